//! How operations fold into one another: the optimizer and what it asks of each pair.

use std::rc::Rc;

use super::field::{ModelKey, resolve_relation};
use super::forwards::ALTER_OPTION_KEYS;
use super::literal::{Argument, Literal};
use super::operation::Operation;
use super::state::{Base, OptionValue, Options, group_set};

/// What becomes of two operations.
pub enum Reduced {
    /// These, in the place of both.
    To(Vec<Operation>),
    /// Whether the first may be moved past the second.
    Passes(bool),
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

impl Operation {
    /// The model that an operation on a field, index or constraint is about.
    fn model_of_part(&self) -> Option<&Rc<str>> {
        match self {
            Self::AddField { model_name, .. }
            | Self::RemoveField { model_name, .. }
            | Self::AlterField { model_name, .. }
            | Self::RenameField { model_name, .. }
            | Self::AddIndex { model_name, .. }
            | Self::RemoveIndex { model_name, .. }
            | Self::RenameIndex { model_name, .. }
            | Self::AddConstraint { model_name, .. }
            | Self::RemoveConstraint { model_name, .. }
            | Self::AlterConstraint { model_name, .. } => Some(model_name),
            _ => None,
        }
    }

    /// The model that an operation on a whole model is about.
    fn model_of_whole(&self) -> Option<&Rc<str>> {
        match self {
            Self::CreateModel { name, .. }
            | Self::DeleteModel { name }
            | Self::RenameModel { old_name: name, .. }
            | Self::AlterModelTable { name, .. }
            | Self::AlterModelTableComment { name, .. }
            | Self::AlterTogether { name, .. }
            | Self::AlterOrderWithRespectTo { name, .. }
            | Self::AlterModelOptions { name, .. }
            | Self::AlterModelManagers { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The field that an operation on one is about, by the name it has before.
    fn field_name(&self) -> Option<&Rc<str>> {
        match self {
            Self::AddField { name, .. } | Self::RemoveField { name, .. } | Self::AlterField { name, .. } => Some(name),
            Self::RenameField { old_name, .. } => Some(old_name),
            _ => None,
        }
    }

    fn same_field(&self, other: &Self) -> bool {
        let same_opt = |a: Option<&Rc<str>>, b: Option<&Rc<str>>| matches!((a, b), (Some(a), Some(b)) if same(a, b));
        same_opt(self.field_name(), other.field_name()) && same_opt(self.model_of_part(), other.model_of_part())
    }

    /// `references_model()`
    pub fn references_model(&self, name: &str, app: &Rc<str>) -> bool {
        let target: ModelKey = (app.clone(), name.to_lowercase().into());
        match self {
            Self::CreateModel { name: own, fields, bases, .. } => {
                let key: ModelKey = (app.clone(), own.to_lowercase().into());
                key == target
                    || bases
                        .iter()
                        .any(|base| matches!(base, Base::Model(label) if resolve_relation(label, &key) == target))
                    || fields.iter().any(|(_, field)| field.references(&key, &target, None, None).any())
            }
            Self::DeleteModel { .. } => true,
            Self::RenameModel { old_name, new_name } => same(name, old_name) || same(name, new_name),
            Self::AddField { model_name, field, .. } | Self::AlterField { model_name, field, .. } => {
                let key: ModelKey = (app.clone(), model_name.to_lowercase().into());
                key == target || field.references(&key, &target, None, None).any()
            }
            Self::RemoveField { model_name, .. } | Self::RenameField { model_name, .. } => same(model_name, name),
            _ => match self.model_of_whole() {
                Some(own) => same(own, name),
                None => true,
            },
        }
    }

    /// `references_field()`
    pub fn references_field(&self, model: &str, name: &str, app: &Rc<str>) -> bool {
        match self {
            Self::AddField { model_name, name: own, field, .. }
            | Self::AlterField { model_name, name: own, field, .. } => {
                if same(model_name, model) {
                    if **own == *name {
                        return true;
                    }
                    let near = field.facts.relation.as_ref().map(|relation| relation.from_fields.as_slice());
                    if near.unwrap_or_default().iter().any(|from| **from == *name) {
                        return true;
                    }
                }
                let key: ModelKey = (app.clone(), model_name.to_lowercase().into());
                let target: ModelKey = (app.clone(), model.to_lowercase().into());
                field.references(&key, &target, Some(name), None).any()
            }
            Self::RemoveField { model_name, name: own } => same(model_name, model) && **own == *name,
            Self::RenameField { old_name, new_name, .. } => {
                self.references_model(model, app) && (same(name, old_name) || same(name, new_name))
            }
            Self::AlterTogether { groups, .. } => {
                self.references_model(model, app)
                    && match groups {
                        Some(groups) if !groups.is_empty() => {
                            groups.iter().any(|group| group.iter().any(|field| **field == *name))
                        }
                        _ => true,
                    }
            }
            Self::AlterOrderWithRespectTo { field, .. } => {
                self.references_model(model, app) && field.as_deref().is_none_or(|field| field == name)
            }
            _ => self.references_model(model, app),
        }
    }

    fn base_reduce(&self, other: &Self) -> Reduced {
        if self.elidable() {
            Reduced::To(vec![other.clone()])
        } else if other.elidable() {
            Reduced::To(vec![self.clone()])
        } else {
            Reduced::Passes(false)
        }
    }

    /// What the base class answers, or else whether the first may pass.
    fn or_passes(&self, other: &Self, passes: impl FnOnce() -> bool) -> Reduced {
        match self.base_reduce(other) {
            Reduced::Passes(_) => Reduced::Passes(passes()),
            reduced => reduced,
        }
    }

    /// `reduce()`
    pub fn reduce(&self, other: &Self, app: &Rc<str>) -> Reduced {
        if let Some(reduced) = self.special(other) {
            return reduced;
        }
        match self {
            Self::RenameModel { new_name, .. } => self.or_passes(other, || !other.references_model(new_name, app)),
            Self::RenameField { model_name, old_name, new_name } => self.or_passes(other, || {
                !(other.references_field(model_name, old_name, app)
                    || other.references_field(model_name, new_name, app))
            }),
            Self::AddField { model_name, name, .. }
            | Self::RemoveField { model_name, name }
            | Self::AlterField { model_name, name, .. } => {
                self.or_passes(other, || !other.references_field(model_name, name, app))
            }
            Self::AlterTogether { name, index, .. } => self.or_passes(other, || {
                !other.references_model(name, app)
                    || matches!(other, Self::AlterTogether { index: theirs, .. } if theirs != index)
            }),
            _ => match self.model_of_whole() {
                Some(name) => self.or_passes(other, || !other.references_model(name, app)),
                None => self.base_reduce(other),
            },
        }
    }

    /// Pairs of operations that become something else.
    fn special(&self, other: &Self) -> Option<Reduced> {
        let to = |operations: Vec<Self>| Some(Reduced::To(operations));
        match (self, other) {
            (Self::CreateModel { .. }, _) => self.part_of_making(other).map(Reduced::To),
            (Self::RenameModel { old_name, new_name }, Self::RenameModel { old_name: from, new_name: last })
                if same(new_name, from) =>
            {
                to(vec![Self::RenameModel { old_name: old_name.clone(), new_name: last.clone() }])
            }
            (
                Self::AlterModelTable { name, .. }
                | Self::AlterModelTableComment { name, .. }
                | Self::AlterTogether { name, .. }
                | Self::AlterOrderWithRespectTo { name, .. }
                | Self::AlterModelOptions { name, .. }
                | Self::AlterModelManagers { name, .. },
                _,
            ) => {
                let replaced = match other {
                    Self::DeleteModel { name: theirs } => same(name, theirs),
                    _ => {
                        self.class_name() == other.class_name()
                            && other.model_of_whole().is_some_and(|theirs| same(name, theirs))
                    }
                };
                if replaced { to(vec![other.clone()]) } else { None }
            }
            (Self::AddIndex { index, .. }, Self::RemoveIndex { name, .. }) if index.name == *name => to(Vec::new()),
            (Self::AddIndex { model_name, index }, Self::RenameIndex { old_name: Some(old), new_name, .. })
                if index.name == *old =>
            {
                to(vec![Self::AddIndex { model_name: model_name.clone(), index: Rc::new(index.renamed(new_name)) }])
            }
            (
                Self::RenameIndex { model_name, new_name, old_name, old_fields },
                Self::RenameIndex { model_name: theirs, new_name: last, old_name: Some(from), .. },
            ) if same(model_name, theirs) && same(new_name, from) => to(vec![Self::RenameIndex {
                model_name: model_name.clone(),
                new_name: last.clone(),
                old_name: old_name.clone(),
                old_fields: old_fields.clone(),
            }]),
            (Self::AddConstraint { model_name, constraint }, Self::RemoveConstraint { model_name: theirs, name })
                if same(model_name, theirs) && constraint.name == *name =>
            {
                to(Vec::new())
            }
            (
                Self::AddConstraint { model_name, constraint },
                Self::AlterConstraint { model_name: theirs, name, constraint: altered },
            ) if same(model_name, theirs) && constraint.name == *name => {
                to(vec![Self::AddConstraint { model_name: model_name.clone(), constraint: altered.clone() }])
            }
            (
                Self::AlterConstraint { model_name, name, .. },
                Self::AlterConstraint { model_name: theirs, name: last, .. }
                | Self::RemoveConstraint { model_name: theirs, name: last },
            ) if same(model_name, theirs) && name == last => to(vec![other.clone()]),
            (Self::AddField { model_name, field, .. }, _) if self.same_field(other) => match other {
                Self::AlterField { name, field, .. } => to(vec![Self::AddField {
                    model_name: model_name.clone(),
                    name: name.clone(),
                    field: field.clone(),
                    preserve_default: true,
                }]),
                Self::RemoveField { .. } => to(Vec::new()),
                Self::RenameField { new_name, .. } => to(vec![Self::AddField {
                    model_name: model_name.clone(),
                    name: new_name.clone(),
                    field: field.clone(),
                    preserve_default: true,
                }]),
                _ => None,
            },
            (Self::RemoveField { model_name, .. }, Self::DeleteModel { name }) if same(model_name, name) => {
                to(vec![other.clone()])
            }
            (Self::AlterField { .. }, Self::AlterField { .. } | Self::RemoveField { .. }) if self.same_field(other) => {
                to(vec![other.clone()])
            }
            (Self::AlterField { model_name, field, .. }, Self::RenameField { new_name, .. })
                if self.same_field(other) && field.facts.db_column.is_none() =>
            {
                to(vec![
                    other.clone(),
                    Self::AlterField {
                        model_name: model_name.clone(),
                        name: new_name.clone(),
                        field: field.clone(),
                        preserve_default: true,
                    },
                ])
            }
            (
                Self::RenameField { model_name, old_name, new_name },
                Self::RenameField { model_name: theirs, old_name: from, new_name: last },
            ) if same(model_name, theirs) && same(new_name, from) => to(vec![Self::RenameField {
                model_name: model_name.clone(),
                old_name: old_name.clone(),
                new_name: last.clone(),
            }]),
            _ => None,
        }
    }

    /// What changes a model that was just made becomes part of its making.
    fn part_of_making(&self, other: &Self) -> Option<Vec<Self>> {
        let Self::CreateModel { name, fields, options, bases, managers } = self else { return None };
        let about = other.model_of_whole().or_else(|| other.model_of_part())?;
        if !same(name, about) {
            return None;
        }
        let (mut name, mut fields, mut options) = (name.clone(), fields.clone(), options.clone());
        let mut managers = managers.clone();
        let text = |text: Option<&Rc<str>>| {
            OptionValue::Value(Argument::plain(text.map_or(Literal::None, |text| Literal::Str(text.clone()))))
        };
        match other {
            Self::DeleteModel { .. } if !options.flag("proxy", false) => return Some(Vec::new()),
            Self::RenameModel { new_name, .. } => name = new_name.clone(),
            Self::AlterModelOptions { options: altered, .. } => {
                for (key, value) in &altered.0 {
                    options.set(key, value.clone());
                }
                for key in ALTER_OPTION_KEYS {
                    if altered.get(key).is_none() {
                        options.remove(key);
                    }
                }
            }
            Self::AlterModelManagers { managers: altered, .. } => managers.clone_from(altered),
            Self::AlterModelTable { table, .. } => options.set("db_table", text(table.as_ref())),
            Self::AlterModelTableComment { comment, .. } => {
                options.set("db_table_comment", OptionValue::Value(comment.clone()));
            }
            Self::AlterTogether { groups, .. } => {
                let value = groups.as_ref().map_or(Literal::None, |groups| group_set(groups));
                options.set(other.together_option(), OptionValue::Value(Argument::plain(value)));
            }
            Self::AlterOrderWithRespectTo { field, .. } => options.set("order_with_respect_to", text(field.as_ref())),
            Self::AddField { name: field_name, field, .. } => fields.push((field_name.clone(), field.clone())),
            Self::AlterField { name: field_name, field, .. } => {
                for (known, held) in &mut fields {
                    if known == field_name {
                        *held = field.clone();
                    }
                }
            }
            Self::RemoveField { name: field_name, .. } => {
                remove_from_options(&mut options, &field_name.to_lowercase());
                fields.retain(|(known, _)| !same(known, field_name));
            }
            Self::RenameField { old_name, new_name, .. } => {
                for option in ["unique_together", "index_together"] {
                    let mut groups = options.together(option);
                    if !groups.is_empty() {
                        for field in groups.iter_mut().flatten().filter(|field| *field == old_name) {
                            *field = new_name.clone();
                        }
                        options.set(option, OptionValue::Value(Argument::plain(group_set(&groups))));
                    }
                }
                if options.text("order_with_respect_to").as_ref() == Some(old_name) {
                    options.set("order_with_respect_to", text(Some(new_name)));
                }
                for (known, _) in fields.iter_mut().filter(|(known, _)| known == old_name) {
                    *known = new_name.clone();
                }
            }
            Self::AddIndex { index: made, .. } | Self::AddConstraint { constraint: made, .. } => {
                let option = if matches!(other, Self::AddIndex { .. }) { "indexes" } else { "constraints" };
                let mut all = options.made(option).to_vec();
                all.push(made.clone());
                options.set(option, OptionValue::Made(all));
            }
            Self::RemoveIndex { name: gone, .. } | Self::RemoveConstraint { name: gone, .. } => {
                let option = if matches!(other, Self::RemoveIndex { .. }) { "indexes" } else { "constraints" };
                let mut all = options.made(option).to_vec();
                all.retain(|made| made.name != *gone);
                options.set(option, OptionValue::Made(all));
            }
            _ => return None,
        }
        Some(vec![Self::CreateModel { name, fields, options, bases: bases.clone(), managers }])
    }
}

fn remove_from_options(options: &mut Options, field: &str) {
    for option in ["unique_together", "index_together"] {
        if options.get(option).is_none() {
            continue;
        }
        let mut groups = options.together(option);
        options.remove(option);
        for group in &mut groups {
            group.retain(|name| **name != *field);
        }
        groups.retain(|group| !group.is_empty());
        groups.sort();
        groups.dedup();
        if !groups.is_empty() {
            options.set(option, OptionValue::Value(Argument::plain(group_set(&groups))));
        }
    }
    if options.text("order_with_respect_to").is_some_and(|name| *name == *field) {
        options.remove("order_with_respect_to");
    }
}

/// The operations folded together as far as they go.
pub fn optimize(mut operations: Vec<Operation>, app: &Rc<str>) -> Vec<Operation> {
    loop {
        match optimize_once(&operations, app) {
            Some(fewer) => operations = fewer,
            None => return operations,
        }
    }
}

/// One fold; `None` when there is none left.
fn optimize_once(operations: &[Operation], app: &Rc<str>) -> Option<Vec<Operation>> {
    let mut kept: Vec<Operation> = Vec::new();
    for (at, operation) in operations.iter().enumerate() {
        let mut right = true;
        for (offset, other) in operations[at + 1..].iter().enumerate() {
            match operation.reduce(other, app) {
                Reduced::To(result) => {
                    let between = &operations[at + 1..at + 1 + offset];
                    let passes = |op: &Operation| matches!(op.reduce(other, app), Reduced::Passes(true));
                    if right {
                        kept.extend(between.iter().cloned());
                        kept.extend(result);
                    } else if between.iter().all(passes) {
                        kept.extend(result);
                        kept.extend(between.iter().cloned());
                    } else {
                        break;
                    }
                    kept.extend(operations[at + offset + 2..].iter().cloned());
                    return Some(kept);
                }
                Reduced::Passes(true) => {}
                Reduced::Passes(false) => right = false,
            }
        }
        kept.push(operation.clone());
    }
    None
}
