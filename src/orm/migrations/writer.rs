//! The text of a migration file.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::autodetector::Migration;
use super::literal::Literal;
use super::operation::{Layout, Operation};
use crate::orm::OrmResult;

/// The lines of one operation.
struct Lines<'a> {
    lines: Vec<String>,
    depth: usize,
    imports: &'a mut BTreeSet<Rc<str>>,
}

impl Lines<'_> {
    fn feed(&mut self, line: &str) {
        self.lines.push(format!("{}{line}", "    ".repeat(self.depth)));
    }

    /// A text that may have several lines, with something before its first and after its last.
    fn block(&mut self, before: &str, text: &str) {
        let lines: Vec<&str> = text.lines().collect();
        match lines.as_slice() {
            [] => self.feed(&format!("{before},")),
            [only] => self.feed(&format!("{before}{only},")),
            [first, rest @ .., last] => {
                self.feed(&format!("{before}{first}"));
                for line in rest {
                    self.feed(line);
                }
                self.feed(&format!("{last},"));
            }
        }
    }

    fn operation(&mut self, operation: &Operation) -> OrmResult<()> {
        self.feed(&format!("migrations.{}(", operation.class_name()));
        self.depth += 1;
        for (name, layout) in operation.arguments() {
            match layout {
                Layout::Inline(value) => {
                    let text = value.write(self.imports)?;
                    self.block(&format!("{name}="), &text);
                }
                Layout::Items(items) => {
                    self.feed(&format!("{name}=["));
                    self.depth += 1;
                    for item in items {
                        let text = item.write(self.imports)?;
                        self.block("", &text);
                    }
                    self.depth -= 1;
                    self.feed("],");
                }
                Layout::Entries(entries) => {
                    self.feed(&format!("{name}={{"));
                    self.depth += 1;
                    for (key, value) in entries {
                        let key = Literal::Str(key).write(self.imports)?;
                        let text = value.write(self.imports)?;
                        self.block(&format!("{key}: "), &text);
                    }
                    self.depth -= 1;
                    self.feed("},");
                }
                Layout::Operations(operations) => {
                    self.feed(&format!("{name}=["));
                    self.depth += 1;
                    for operation in operations {
                        self.operation(operation)?;
                    }
                    self.depth -= 1;
                    self.feed("],");
                }
            }
        }
        self.depth -= 1;
        self.feed("),");
        Ok(())
    }
}

/// How imports sort: `import` before `from`, each by module.
fn import_order(line: &str) -> (bool, String) {
    let mut words = line.split_whitespace();
    let is_from = words.next() == Some("from");
    (is_from, words.next().unwrap_or_default().to_owned())
}

/// The file of a migration, under a first line that says when it was made.
pub fn write(migration: &Migration, header: Option<&str>) -> OrmResult<String> {
    let mut imports: BTreeSet<Rc<str>> = BTreeSet::new();
    let mut operations = String::new();
    for operation in &migration.operations {
        let mut lines = Lines { lines: Vec::new(), depth: 2, imports: &mut imports };
        lines.operation(operation)?;
        operations.push_str(&lines.lines.join("\n"));
        operations.push('\n');
    }
    let mut dependencies = Vec::with_capacity(migration.dependencies.len());
    for (app, name) in &migration.dependencies {
        if **app == *"__setting__" {
            dependencies.push(format!("        migrations.swappable_dependency(settings.{name}),\n"));
            imports.insert("from django.conf import settings".into());
        } else {
            let pair = Literal::Tuple(vec![Literal::Str(app.clone()), Literal::Str(name.clone())]);
            dependencies.push(format!("        {},\n", pair.write(&mut imports)?));
        }
    }
    dependencies.sort();
    let models = imports.remove("from django.db import models");
    imports.insert(
        if models { "from django.db import migrations, models" } else { "from django.db import migrations" }.into(),
    );
    let mut sorted: Vec<&Rc<str>> = imports.iter().collect();
    sorted.sort_by_key(|line| import_order(line));
    let mut text = header.map(|header| format!("{header}\n\n")).unwrap_or_default();
    for line in sorted {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str("\n\nclass Migration(migrations.Migration):\n");
    if migration.initial {
        text.push_str("\n    initial = True\n");
    }
    text.push_str("\n    dependencies = [\n");
    text.push_str(&dependencies.concat());
    text.push_str("    ]\n\n    operations = [\n");
    text.push_str(&operations);
    text.push_str("    ]\n");
    Ok(text)
}
