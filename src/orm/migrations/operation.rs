//! [`Operation`]: what a migration consists of, and how each says what it is.

use std::any::Any;
use std::rc::Rc;

use super::field::FieldState;
use super::literal::{Argument, Literal, Made};
use super::state::{Base, Options, group_set};

/// What `RunSQL` runs.
#[derive(Clone)]
pub enum RawStatements {
    /// A script, to be split into statements.
    Script(Rc<str>),
    /// Statements, each with parameters or none.
    List(Vec<(Rc<str>, Option<Vec<crate::orm::Datum>>)>),
    /// A member of a list that is no pair: how many items it has.
    Malformed(usize),
}

/// One step of a migration.
#[derive(Clone)]
#[expect(missing_docs, reason = "Django's own names, and those of their arguments")]
pub enum Operation {
    CreateModel {
        name: Rc<str>,
        fields: Vec<(Rc<str>, Rc<FieldState>)>,
        options: Options,
        bases: Vec<Base>,
        managers: Vec<(Rc<str>, Rc<Made>)>,
    },
    DeleteModel {
        name: Rc<str>,
    },
    RenameModel {
        old_name: Rc<str>,
        new_name: Rc<str>,
    },
    AlterModelTable {
        name: Rc<str>,
        table: Option<Rc<str>>,
    },
    AlterModelTableComment {
        name: Rc<str>,
        comment: Argument,
    },
    /// `AlterUniqueTogether` and, with `index`, `AlterIndexTogether`.
    AlterTogether {
        name: Rc<str>,
        index: bool,
        groups: Option<Vec<Vec<Rc<str>>>>,
    },
    AlterOrderWithRespectTo {
        name: Rc<str>,
        field: Option<Rc<str>>,
    },
    AlterModelOptions {
        name: Rc<str>,
        options: Options,
    },
    AlterModelManagers {
        name: Rc<str>,
        managers: Vec<(Rc<str>, Rc<Made>)>,
    },
    AddIndex {
        model_name: Rc<str>,
        index: Rc<Made>,
    },
    RemoveIndex {
        model_name: Rc<str>,
        name: Rc<str>,
    },
    RenameIndex {
        model_name: Rc<str>,
        new_name: Rc<str>,
        old_name: Option<Rc<str>>,
        old_fields: Option<Vec<Rc<str>>>,
    },
    AddConstraint {
        model_name: Rc<str>,
        constraint: Rc<Made>,
    },
    RemoveConstraint {
        model_name: Rc<str>,
        name: Rc<str>,
    },
    AlterConstraint {
        model_name: Rc<str>,
        name: Rc<str>,
        constraint: Rc<Made>,
    },
    AddField {
        model_name: Rc<str>,
        name: Rc<str>,
        field: Rc<FieldState>,
        preserve_default: bool,
    },
    RemoveField {
        model_name: Rc<str>,
        name: Rc<str>,
    },
    AlterField {
        model_name: Rc<str>,
        name: Rc<str>,
        field: Rc<FieldState>,
        preserve_default: bool,
    },
    RenameField {
        model_name: Rc<str>,
        old_name: Rc<str>,
        new_name: Rc<str>,
    },
    RunSql {
        sql: RawStatements,
        reverse_sql: Option<RawStatements>,
        state_operations: Vec<Operation>,
        elidable: bool,
        /// As it was written, for the writer.
        kwargs: Vec<(Rc<str>, Literal)>,
    },
    RunPython {
        reversible: bool,
        elidable: bool,
        /// As it was written, for the writer.
        kwargs: Vec<(Rc<str>, Literal)>,
    },
    SeparateDatabaseAndState {
        database_operations: Vec<Operation>,
        state_operations: Vec<Operation>,
    },
    /// An operation of the host's own class.
    Custom {
        /// The class's name.
        class_name: Rc<str>,
        /// What it says it does.
        described: Rc<str>,
        /// `reduces_to_sql`
        reduces_to_sql: bool,
        /// `reversible`
        reversible: bool,
        /// The host's object.
        host: Rc<dyn Any>,
    },
}

/// How an argument of an operation is laid out.
pub enum Layout<'a> {
    /// On its line.
    Inline(Literal),
    /// An item a line.
    Items(Vec<Literal>),
    /// An entry a line.
    Entries(Vec<(Rc<str>, Literal)>),
    /// Operations, each over several lines.
    Operations(&'a [Operation]),
}

fn or_none(text: Option<&Rc<str>>) -> Literal {
    text.map_or(Literal::None, |text| Literal::Str(text.clone()))
}

fn manager_items(managers: &[(Rc<str>, Rc<Made>)]) -> Vec<Literal> {
    managers.iter().map(|(name, made)| Literal::Tuple(vec![Literal::Str(name.clone()), made.literal()])).collect()
}

fn option_entries(options: &Options) -> Vec<(Rc<str>, Literal)> {
    options.0.iter().map(|(name, value)| (name.clone(), value.literal())).collect()
}

fn is_plain_manager(managers: &[(Rc<str>, Rc<Made>)]) -> bool {
    matches!(managers, [(name, made)] if **name == *"objects" && !made.as_manager
        && *made.path == *"django.db.models.manager.Manager" && made.args.is_empty() && made.kwargs.is_empty())
}

impl Operation {
    /// The class's name.
    pub fn class_name(&self) -> &str {
        match self {
            Self::CreateModel { .. } => "CreateModel",
            Self::DeleteModel { .. } => "DeleteModel",
            Self::RenameModel { .. } => "RenameModel",
            Self::AlterModelTable { .. } => "AlterModelTable",
            Self::AlterModelTableComment { .. } => "AlterModelTableComment",
            Self::AlterTogether { index: false, .. } => "AlterUniqueTogether",
            Self::AlterTogether { index: true, .. } => "AlterIndexTogether",
            Self::AlterOrderWithRespectTo { .. } => "AlterOrderWithRespectTo",
            Self::AlterModelOptions { .. } => "AlterModelOptions",
            Self::AlterModelManagers { .. } => "AlterModelManagers",
            Self::AddIndex { .. } => "AddIndex",
            Self::RemoveIndex { .. } => "RemoveIndex",
            Self::RenameIndex { .. } => "RenameIndex",
            Self::AddConstraint { .. } => "AddConstraint",
            Self::RemoveConstraint { .. } => "RemoveConstraint",
            Self::AlterConstraint { .. } => "AlterConstraint",
            Self::AddField { .. } => "AddField",
            Self::RemoveField { .. } => "RemoveField",
            Self::AlterField { .. } => "AlterField",
            Self::RenameField { .. } => "RenameField",
            Self::RunSql { .. } => "RunSQL",
            Self::RunPython { .. } => "RunPython",
            Self::SeparateDatabaseAndState { .. } => "SeparateDatabaseAndState",
            Self::Custom { class_name, .. } => class_name,
        }
    }

    /// The sign before a description: what kind of change it is.
    pub fn category(&self) -> char {
        match self {
            Self::CreateModel { .. } | Self::AddIndex { .. } | Self::AddConstraint { .. } | Self::AddField { .. } => {
                '+'
            }
            Self::DeleteModel { .. }
            | Self::RemoveIndex { .. }
            | Self::RemoveConstraint { .. }
            | Self::RemoveField { .. } => '-',
            Self::RunSql { .. } => 's',
            Self::RunPython { .. } => 'p',
            Self::SeparateDatabaseAndState { .. } | Self::Custom { .. } => '?',
            _ => '~',
        }
    }

    /// `describe()`
    pub fn describe(&self) -> String {
        match self {
            Self::CreateModel { name, options, .. } => {
                format!("Create {}model {name}", if options.flag("proxy", false) { "proxy " } else { "" })
            }
            Self::DeleteModel { name } => format!("Delete model {name}"),
            Self::RenameModel { old_name, new_name } => format!("Rename model {old_name} to {new_name}"),
            Self::AlterModelTable { name, table } => {
                format!("Rename table for {name} to {}", table.as_deref().unwrap_or("(default)"))
            }
            Self::AlterModelTableComment { name, .. } => format!("Alter {name} table comment"),
            Self::AlterTogether { name, groups, .. } => {
                let count = groups.as_ref().map_or(0, Vec::len);
                format!("Alter {} for {name} ({count} constraint(s))", self.together_option())
            }
            Self::AlterOrderWithRespectTo { name, field } => {
                format!("Set order_with_respect_to on {name} to {}", field.as_deref().unwrap_or("None"))
            }
            Self::AlterModelOptions { name, .. } => format!("Change Meta options on {name}"),
            Self::AlterModelManagers { name, .. } => format!("Change managers on {name}"),
            Self::AddIndex { model_name, index } => match &index.over {
                Some(over) => format!("Create index {} on {over} on model {model_name}", index.name),
                None => {
                    let fields = index.kwargs.iter().find(|(name, _)| **name == *"fields");
                    let fields = match fields.map(|(_, value)| &value.literal) {
                        Some(Literal::List(items) | Literal::Tuple(items)) => items
                            .iter()
                            .filter_map(|item| item.as_str().map(|name| &**name))
                            .collect::<Vec<_>>()
                            .join(", "),
                        _ => String::new(),
                    };
                    format!("Create index {} on field(s) {fields} of model {model_name}", index.name)
                }
            },
            Self::RemoveIndex { model_name, name } => format!("Remove index {name} from {model_name}"),
            Self::RenameIndex { model_name, new_name, old_name: Some(old_name), .. } => {
                format!("Rename index {old_name} on {model_name} to {new_name}")
            }
            Self::RenameIndex { model_name, new_name, old_fields, .. } => {
                let fields: Vec<String> =
                    old_fields.iter().flatten().map(|name| crate::values::str_repr(name)).collect();
                let comma = if fields.len() == 1 { "," } else { "" };
                format!("Rename unnamed index for ({}{comma}) on {model_name} to {new_name}", fields.join(", "))
            }
            Self::AddConstraint { model_name, constraint } => {
                format!("Create constraint {} on model {model_name}", constraint.name)
            }
            Self::RemoveConstraint { model_name, name } => format!("Remove constraint {name} from model {model_name}"),
            Self::AlterConstraint { model_name, name, .. } => format!("Alter constraint {name} on {model_name}"),
            Self::AddField { model_name, name, .. } => format!("Add field {name} to {model_name}"),
            Self::RemoveField { model_name, name } => format!("Remove field {name} from {model_name}"),
            Self::AlterField { model_name, name, .. } => format!("Alter field {name} on {model_name}"),
            Self::RenameField { model_name, old_name, new_name } => {
                format!("Rename field {old_name} on {model_name} to {new_name}")
            }
            Self::RunSql { .. } => "Raw SQL operation".to_owned(),
            Self::RunPython { .. } => "Raw Python operation".to_owned(),
            Self::SeparateDatabaseAndState { .. } => "Custom state/database change combination".to_owned(),
            Self::Custom { described, .. } => described.to_string(),
        }
    }

    /// The option that an `Alter…Together` sets.
    pub fn together_option(&self) -> &'static str {
        match self {
            Self::AlterTogether { index: true, .. } => "index_together",
            _ => "unique_together",
        }
    }

    /// `migration_name_fragment`
    pub fn name_fragment(&self) -> Option<String> {
        let lower = |text: &Rc<str>| text.to_lowercase();
        Some(match self {
            Self::CreateModel { name, .. } => lower(name),
            Self::DeleteModel { name } => format!("delete_{}", lower(name)),
            Self::RenameModel { old_name, new_name } => format!("rename_{}_{}", lower(old_name), lower(new_name)),
            Self::AlterModelTable { name, .. } => format!("alter_{}_table", lower(name)),
            Self::AlterModelTableComment { name, .. } => format!("alter_{}_table_comment", lower(name)),
            Self::AlterTogether { name, .. } => format!("alter_{}_{}", lower(name), self.together_option()),
            Self::AlterOrderWithRespectTo { name, .. } => format!("alter_{}_order_with_respect_to", lower(name)),
            Self::AlterModelOptions { name, .. } => format!("alter_{}_options", lower(name)),
            Self::AlterModelManagers { name, .. } => format!("alter_{}_managers", lower(name)),
            Self::AddIndex { model_name, index: made } | Self::AddConstraint { model_name, constraint: made } => {
                format!("{}_{}", lower(model_name), lower(&made.name))
            }
            Self::RemoveIndex { model_name, name }
            | Self::RemoveConstraint { model_name, name }
            | Self::RemoveField { model_name, name } => format!("remove_{}_{}", lower(model_name), lower(name)),
            Self::RenameIndex { new_name, old_name: Some(old_name), .. } => {
                format!("rename_{}_{}", lower(old_name), lower(new_name))
            }
            Self::RenameIndex { model_name, new_name, old_fields, .. } => {
                let fields: Vec<&str> = old_fields.iter().flatten().map(|name| &**name).collect();
                format!("rename_{}_{}_{}", lower(model_name), fields.join("_"), lower(new_name))
            }
            Self::AlterConstraint { model_name, constraint, .. } => {
                format!("alter_{}_{}", lower(model_name), lower(&constraint.name))
            }
            Self::AddField { model_name, name, .. } => format!("{}_{}", lower(model_name), lower(name)),
            Self::AlterField { model_name, name, .. } => format!("alter_{}_{}", lower(model_name), lower(name)),
            Self::RenameField { model_name, old_name, new_name } => {
                format!("rename_{}_{}_{}", lower(old_name), lower(model_name), lower(new_name))
            }
            Self::RunSql { .. }
            | Self::RunPython { .. }
            | Self::SeparateDatabaseAndState { .. }
            | Self::Custom { .. } => {
                return None;
            }
        })
    }

    /// Whether it can be told as SQL.
    pub fn reduces_to_sql(&self) -> bool {
        match self {
            Self::RunPython { .. } => false,
            Self::Custom { reduces_to_sql, .. } => *reduces_to_sql,
            _ => true,
        }
    }

    /// Whether it can be undone.
    pub fn reversible(&self) -> bool {
        match self {
            Self::RunPython { reversible, .. } | Self::Custom { reversible, .. } => *reversible,
            Self::RunSql { reverse_sql, .. } => reverse_sql.is_some(),
            _ => true,
        }
    }

    /// Whether the optimizer may drop it.
    pub fn elidable(&self) -> bool {
        match self {
            Self::RunSql { elidable, .. } | Self::RunPython { elidable, .. } => *elidable,
            _ => false,
        }
    }

    /// Its arguments as a migration file gives them, in the order of the constructor's parameters.
    pub fn arguments(&self) -> Vec<(Rc<str>, Layout<'_>)> {
        let text = |text: &Rc<str>| Layout::Inline(Literal::Str(text.clone()));
        let mut all: Vec<(Rc<str>, Layout<'_>)> = Vec::new();
        let mut put = |name: &str, layout| all.push((name.into(), layout));
        match self {
            Self::CreateModel { name, fields, options, bases, managers } => {
                put("name", text(name));
                let items = fields
                    .iter()
                    .map(|(name, field)| Literal::Tuple(vec![Literal::Str(name.clone()), field.literal()]))
                    .collect();
                put("fields", Layout::Items(items));
                if !options.0.is_empty() {
                    put("options", Layout::Entries(option_entries(options)));
                }
                let bases: Vec<Literal> = bases.iter().map(Base::literal).collect();
                if !bases.is_empty() && bases != [Base::plain().literal()] {
                    put("bases", Layout::Inline(Literal::Tuple(bases)));
                }
                if !managers.is_empty() && !is_plain_manager(managers) {
                    put("managers", Layout::Items(manager_items(managers)));
                }
            }
            Self::DeleteModel { name } => put("name", text(name)),
            Self::RenameModel { old_name, new_name } => {
                put("old_name", text(old_name));
                put("new_name", text(new_name));
            }
            Self::AlterModelTable { name, table } => {
                put("name", text(name));
                put("table", Layout::Inline(or_none(table.as_ref())));
            }
            Self::AlterModelTableComment { name, comment } => {
                put("name", text(name));
                put("table_comment", Layout::Inline(comment.literal.clone()));
            }
            Self::AlterTogether { name, groups, .. } => {
                put("name", text(name));
                let value = groups.as_ref().map_or(Literal::None, |groups| group_set(groups));
                put(self.together_option(), Layout::Inline(value));
            }
            Self::AlterOrderWithRespectTo { name, field } => {
                put("name", text(name));
                put("order_with_respect_to", Layout::Inline(or_none(field.as_ref())));
            }
            Self::AlterModelOptions { name, options } => {
                put("name", text(name));
                let entries = option_entries(options).into_iter().map(|(name, value)| (Literal::Str(name), value));
                put("options", Layout::Inline(Literal::Dict(entries.collect())));
            }
            Self::AlterModelManagers { name, managers } => {
                put("name", text(name));
                put("managers", Layout::Items(manager_items(managers)));
            }
            Self::AddIndex { model_name, index } => {
                put("model_name", text(model_name));
                put("index", Layout::Inline(index.literal()));
            }
            Self::RemoveIndex { model_name, name } | Self::RemoveConstraint { model_name, name } => {
                put("model_name", text(model_name));
                put("name", text(name));
            }
            Self::RenameIndex { model_name, new_name, old_name, old_fields } => {
                put("model_name", text(model_name));
                put("new_name", text(new_name));
                if let Some(old_name) = old_name {
                    put("old_name", text(old_name));
                }
                if let Some(fields) = old_fields {
                    put(
                        "old_fields",
                        Layout::Inline(Literal::Tuple(fields.iter().cloned().map(Literal::Str).collect())),
                    );
                }
            }
            Self::AddConstraint { model_name, constraint } => {
                put("model_name", text(model_name));
                put("constraint", Layout::Inline(constraint.literal()));
            }
            Self::AlterConstraint { model_name, name, constraint } => {
                put("model_name", text(model_name));
                put("name", text(name));
                put("constraint", Layout::Inline(constraint.literal()));
            }
            Self::AddField { model_name, name, field, preserve_default }
            | Self::AlterField { model_name, name, field, preserve_default } => {
                put("model_name", text(model_name));
                put("name", text(name));
                put("field", Layout::Inline(field.literal()));
                if !preserve_default {
                    put("preserve_default", Layout::Inline(Literal::Bool(false)));
                }
            }
            Self::RemoveField { model_name, name } => {
                put("model_name", text(model_name));
                put("name", text(name));
            }
            Self::RenameField { model_name, old_name, new_name } => {
                put("model_name", text(model_name));
                put("old_name", text(old_name));
                put("new_name", text(new_name));
            }
            Self::RunSql { state_operations, kwargs, .. } => {
                for (name, value) in kwargs {
                    put(name, Layout::Inline(value.clone()));
                }
                if !state_operations.is_empty() {
                    put("state_operations", Layout::Operations(state_operations));
                }
            }
            Self::RunPython { kwargs, .. } => {
                for (name, value) in kwargs {
                    put(name, Layout::Inline(value.clone()));
                }
            }
            Self::SeparateDatabaseAndState { database_operations, state_operations } => {
                if !database_operations.is_empty() {
                    put("database_operations", Layout::Operations(database_operations));
                }
                if !state_operations.is_empty() {
                    put("state_operations", Layout::Operations(state_operations));
                }
            }
            Self::Custom { .. } => {}
        }
        all
    }
}
