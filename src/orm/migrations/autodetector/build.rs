//! Operations put in order and cut into migrations.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Autodetector, Pending, circle, satisfies};
use crate::orm::OrmResult;
use crate::orm::migrations::operation::Operation;
use crate::orm::migrations::reduce::optimize;

/// The last migration of each app that is there.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// App and migration.
    pub leaves: Vec<(Rc<str>, Rc<str>)>,
    /// The name of a migration for which none follows from its operations.
    pub timestamp: Rc<str>,
}

impl Graph {
    fn leaf(&self, app: &str) -> Option<&Rc<str>> {
        self.leaves.iter().find(|(known, _)| **known == *app).map(|(_, name)| name)
    }
}

/// A migration.
#[derive(Clone)]
pub struct Migration {
    /// Its app.
    pub app_label: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
    /// What it needs: app and migration.
    pub dependencies: Vec<(Rc<str>, Rc<str>)>,
    /// Whether it is an app's first.
    pub initial: bool,
    /// What it does.
    pub operations: Vec<Operation>,
    /// Whether all of it happens or nothing.
    pub atomic: bool,
}

/// The number that a migration's name begins with.
fn number_of(name: &str) -> usize {
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

impl Migration {
    /// `suggest_name()`
    pub fn suggest_name(&self, timestamp: &str) -> String {
        if self.initial {
            return "initial".to_owned();
        }
        let fragments: Vec<String> = self
            .operations
            .iter()
            .filter_map(Operation::name_fragment)
            .filter(|fragment| !fragment.is_empty())
            .map(|fragment| underscored(&fragment))
            .collect();
        let Some((first, rest)) = fragments.split_first().filter(|_| fragments.len() == self.operations.len()) else {
            return format!("auto_{timestamp}");
        };
        let mut name = first.clone();
        for fragment in rest {
            let longer = format!("{name}_{fragment}");
            if longer.chars().count() > 52 {
                name.push_str("_and_more");
                break;
            }
            name = longer;
        }
        name
    }
}

/// A text with each run of other characters than letters, digits and underscores as one underscore.
fn underscored(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_run = false;
    for letter in text.chars() {
        if letter.is_alphanumeric() || letter == '_' {
            out.push(letter);
            in_run = false;
        } else if !in_run {
            out.push('_');
            in_run = true;
        }
    }
    out
}

/// Numbers and names migrations after the ones that are there.
pub fn arrange(migrations: &mut [Migration], graph: &Graph, given: Option<&str>) {
    let mut names: BTreeMap<(Rc<str>, Rc<str>), Rc<str>> = BTreeMap::new();
    let mut next: BTreeMap<Rc<str>, usize> = BTreeMap::new();
    for migration in migrations.iter_mut() {
        let leaf = graph.leaf(&migration.app_label).cloned();
        let first = !next.contains_key(&migration.app_label);
        let number =
            next.entry(migration.app_label.clone()).or_insert_with(|| leaf.as_deref().map_or(0, number_of) + 1);
        if first && let Some(leaf) = &leaf {
            migration.dependencies.push((migration.app_label.clone(), leaf.clone()));
        }
        let word = match given {
            Some(given) => given.to_owned(),
            None if first && leaf.is_none() => "initial".to_owned(),
            None => migration.suggest_name(&graph.timestamp).chars().take(100).collect(),
        };
        let name: Rc<str> = format!("{number:04}_{word}").into();
        *number += 1;
        names.insert((migration.app_label.clone(), migration.name.clone()), name.clone());
        migration.name = name;
    }
    for migration in migrations {
        for (app, name) in &mut migration.dependencies {
            if let Some(now) = names.get(&(app.clone(), name.clone())) {
                *name = now.clone();
            }
        }
    }
}

impl Autodetector<'_> {
    /// Puts the operations of each app in an order in which each comes after what it waits for.
    pub(super) fn sort_operations(&mut self) -> OrmResult<()> {
        let mut all = std::mem::take(&mut self.operations);
        for (app, pending) in &mut all {
            let count = pending.len();
            let mut seen: Vec<usize> = Vec::new();
            let mut known = vec![false; count];
            let mut waiting = vec![0usize; count];
            let mut successors: Vec<Vec<usize>> = vec![Vec::new(); count];
            let mut meet = |node: usize, seen: &mut Vec<usize>| {
                if !std::mem::replace(&mut known[node], true) {
                    seen.push(node);
                }
            };
            for (at, one) in pending.iter().enumerate() {
                meet(at, &mut seen);
                for dependency in &one.waits_for {
                    let (dependency, _) = self.resolve(dependency);
                    if dependency.app != *app {
                        continue;
                    }
                    for (before, other) in pending.iter().enumerate() {
                        if satisfies(&other.operation, &dependency) {
                            waiting[at] += 1;
                            meet(before, &mut seen);
                            successors[before].push(at);
                        }
                    }
                }
            }
            let mut order = Vec::with_capacity(count);
            let mut ready: Vec<usize> = seen.iter().copied().filter(|&node| waiting[node] == 0).collect();
            while !ready.is_empty() {
                let group = std::mem::take(&mut ready);
                order.extend(&group);
                for node in group {
                    for &after in &successors[node] {
                        waiting[after] -= 1;
                        if waiting[after] == 0 {
                            ready.push(after);
                        }
                    }
                }
            }
            if order.len() != count {
                return Err(circle());
            }
            let mut taken: Vec<Option<Pending>> = std::mem::take(pending).into_iter().map(Some).collect();
            *pending = order.into_iter().filter_map(|at: usize| taken[at].take()).collect();
        }
        self.operations = all;
        Ok(())
    }

    /// Cuts the operations into migrations, each after the ones that it needs of other apps.
    pub(super) fn build(&mut self, graph: &Graph, existing: &BTreeSet<Rc<str>>) -> OrmResult<Vec<Migration>> {
        let mut made: BTreeMap<Rc<str>, Vec<Migration>> = BTreeMap::new();
        let mut left: usize = self.operations.values().map(Vec::len).sum();
        let mut chop = false;
        while left > 0 {
            let apps: Vec<Rc<str>> = self.operations.keys().cloned().collect();
            for app in apps {
                let mut pending = self.operations.remove(&app).unwrap_or_default();
                let mut dependencies: BTreeSet<(Rc<str>, Rc<str>)> = BTreeSet::new();
                let mut count = 0;
                for one in &pending {
                    match self.outer_dependencies(&app, one, &made, graph, chop) {
                        Some(needed) => {
                            dependencies.extend(needed);
                            count += 1;
                        }
                        None => break,
                    }
                }
                if count > 0 && (count == pending.len() || chop) {
                    let rest = pending.split_off(count);
                    let list = made.entry(app.clone()).or_default();
                    list.push(Migration {
                        app_label: app.clone(),
                        name: format!("auto_{}", list.len() + 1).into(),
                        dependencies: dependencies.into_iter().collect(),
                        initial: !existing.contains(&app),
                        operations: pending.into_iter().map(|one| one.operation).collect(),
                        atomic: true,
                    });
                    chop = false;
                    self.operations.insert(app, rest);
                } else {
                    self.operations.insert(app, pending);
                }
            }
            let now: usize = self.operations.values().map(Vec::len).sum();
            if now == left {
                if chop {
                    return Err(circle());
                }
                chop = true;
            }
            left = now;
        }
        let mut all = Vec::new();
        for (app, mut migrations) in made {
            for at in 1..migrations.len() {
                let before = (app.clone(), migrations[at - 1].name.clone());
                if !migrations[at].dependencies.contains(&before) {
                    migrations[at].dependencies.push(before);
                }
            }
            for mut migration in migrations {
                migration.operations = optimize(migration.operations, &app);
                all.push(migration);
            }
        }
        Ok(all)
    }

    /// What an operation needs of other apps; `None` when that is not there yet.
    fn outer_dependencies(
        &self,
        app: &Rc<str>,
        one: &Pending,
        made: &BTreeMap<Rc<str>, Vec<Migration>>,
        graph: &Graph,
        chop: bool,
    ) -> Option<Vec<(Rc<str>, Rc<str>)>> {
        let mut needed = Vec::new();
        for original in &one.waits_for {
            let (dependency, is_setting) = self.resolve(original);
            if dependency.app == *app {
                continue;
            }
            let awaited = self.operations.get(&dependency.app).map(Vec::as_slice).unwrap_or_default();
            if awaited.iter().any(|other| satisfies(&other.operation, &dependency)) {
                return None;
            }
            if is_setting {
                needed.push((original.app.clone(), original.model.clone()));
            } else if let Some(last) = made.get(&dependency.app).and_then(|list| list.last()) {
                needed.push((dependency.app.clone(), last.name.clone()));
            } else if chop {
                let leaf = graph.leaf(&dependency.app).cloned().unwrap_or_else(|| "__first__".into());
                needed.push((dependency.app.clone(), leaf));
            } else {
                return None;
            }
        }
        Some(needed)
    }
}
