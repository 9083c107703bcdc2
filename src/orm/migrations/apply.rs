//! Migrations as SQL: what `sqlmigrate` prints.

use std::rc::Rc;

use super::autodetector::Migration;
use super::editor::{Given, SchemaEditor};
use super::field::ModelKey;
use super::host::{Host, Rendered};
use super::operation::{Operation, RawStatements};
use super::script;
use super::state::ProjectState;
use crate::orm::models::{Constraint, FieldKind, Index, Model, Side};
use crate::orm::schema::fill;
use crate::orm::{ErrorKind, OrmError, OrmResult};

/// A state before or after an operation, its models made when they are first asked for.
pub struct Stage<'h> {
    host: &'h dyn Host,
    /// The state.
    pub state: ProjectState,
    rendered: std::cell::RefCell<Option<Rc<dyn Rendered>>>,
}

impl<'h> Stage<'h> {
    /// A state.
    pub fn new(host: &'h dyn Host, state: ProjectState) -> Self {
        Self { host, state, rendered: std::cell::RefCell::default() }
    }

    /// A model.
    pub fn model(&self, app: &Rc<str>, name: &str) -> OrmResult<Model> {
        let key: ModelKey = (app.clone(), name.to_lowercase().into());
        self.render()?.model(&key)
    }

    /// The models. The later a stage makes them, the younger are their fields, and columns stand by age.
    fn render(&self) -> OrmResult<Rc<dyn Rendered>> {
        let known = self.rendered.borrow().clone();
        if let Some(rendered) = known {
            return Ok(rendered);
        }
        let made = self.host.render(&self.state)?;
        *self.rendered.borrow_mut() = Some(made.clone());
        Ok(made)
    }

    fn is_rendered(&self) -> bool {
        self.rendered.borrow().is_some()
    }
}

/// Whether a model's table is Django's to change.
fn can_migrate(model: &Model) -> bool {
    let meta = model.meta();
    !meta.proxy && meta.swapped.is_none() && meta.managed && meta.can_migrate
}

fn find_index(model: &Model, name: &str) -> OrmResult<Index> {
    model
        .meta()
        .indexes
        .iter()
        .find(|index| *index.name == *name)
        .cloned()
        .ok_or_else(|| OrmError::value_error(format!("No index named {name} on model {}", model.name)))
}

fn find_constraint(model: &Model, name: &str) -> OrmResult<Constraint> {
    let is = |constraint: &&Constraint| match constraint {
        Constraint::Check { name: own, .. }
        | Constraint::Unique { name: own, .. }
        | Constraint::Other { name: own } => **own == *name,
    };
    model
        .meta()
        .constraints
        .iter()
        .find(is)
        .cloned()
        .ok_or_else(|| OrmError::value_error(format!("No constraint named {name} on model {}", model.name)))
}

impl Operation {
    /// `database_forwards()`
    pub fn database_forwards(
        &self,
        app: &Rc<str>,
        editor: &mut SchemaEditor<'_>,
        from: &Stage<'_>,
        to: &Stage<'_>,
    ) -> OrmResult<()> {
        match self {
            Self::CreateModel { name, options, .. } => {
                let model = to.model(app, name)?;
                if can_migrate(&model) {
                    editor.create_model(&model)?;
                    let groups = options.together("index_together");
                    editor.alter_index_together(&model, &[], &groups)?;
                }
                Ok(())
            }
            Self::DeleteModel { name } => {
                let model = from.model(app, name)?;
                if can_migrate(&model) {
                    editor.delete_model(&model);
                }
                Ok(())
            }
            Self::RenameModel { old_name, new_name } => rename_model(app, editor, (from, old_name), (to, new_name)),
            Self::AlterModelTable { name, .. } => {
                let (new, old) = (to.model(app, name)?, from.model(app, name)?);
                if can_migrate(&new) {
                    editor.alter_db_table(&old.db_table(), &new.db_table());
                    for (old, new) in old.local_many_to_many().iter().zip(new.local_many_to_many()) {
                        let through = |field: &crate::orm::models::Field| {
                            field.relation.as_ref().and_then(|relation| relation.through_model())
                        };
                        if let (Some(old), Some(new)) = (through(old), through(&new))
                            && new.meta().auto_created
                        {
                            editor.alter_db_table(&old.db_table(), &new.db_table());
                        }
                    }
                }
                Ok(())
            }
            Self::AlterTogether { name, index, .. } => {
                let model = to.model(app, name)?;
                if !can_migrate(&model) {
                    return Ok(());
                }
                let key: ModelKey = (app.clone(), name.to_lowercase().into());
                let option = self.together_option();
                let old = from.state.get(&key)?.options.together(option);
                let new = to.state.get(&key)?.options.together(option);
                if *index {
                    editor.alter_index_together(&model, &old, &new)
                } else {
                    editor.alter_unique_together(&model, &old, &new)
                }
            }
            Self::AlterOrderWithRespectTo { name, .. } => {
                let (new, old) = (to.model(app, name)?, from.model(app, name)?);
                if !can_migrate(&new) {
                    return Ok(());
                }
                match (&old.meta().order_with_respect_to, &new.meta().order_with_respect_to) {
                    (Some(_), None) => editor.remove_field(&old, &old.forward_field("_order")?),
                    (None, Some(_)) => {
                        let zero = super::literal::Argument::plain(super::literal::Literal::Int(0));
                        let given = Given { field: new.forward_field("_order")?, default: Some(zero) };
                        editor.add_field(&old, &given)
                    }
                    _ => Ok(()),
                }
            }
            Self::AlterModelOptions { .. }
            | Self::AlterModelManagers { .. }
            | Self::AlterConstraint { .. }
            | Self::AlterModelTableComment { .. }
            | Self::RunPython { .. } => Ok(()),
            Self::AddIndex { model_name, index } => {
                let model = to.model(app, model_name)?;
                if can_migrate(&model) { editor.add_index(&model, &find_index(&model, &index.name)?) } else { Ok(()) }
            }
            Self::RemoveIndex { model_name, name } => {
                let model = from.model(app, model_name)?;
                if can_migrate(&model) {
                    find_index(&model, name)?;
                    editor.remove_index(&model, name);
                }
                Ok(())
            }
            Self::RenameIndex { model_name, new_name, old_name: Some(old_name), .. } => {
                rename_index(app, editor, to, model_name, (from, old_name), new_name)
            }
            Self::RenameIndex { .. } => Err(OrmError::unsupported("RenameIndex with old_fields")),
            Self::AddConstraint { model_name, constraint } => {
                let model = to.model(app, model_name)?;
                if can_migrate(&model) {
                    editor.add_constraint(&model, &find_constraint(&model, &constraint.name)?)
                } else {
                    Ok(())
                }
            }
            Self::RemoveConstraint { model_name, name } => {
                let (new, old) = (to.model(app, model_name)?, from.model(app, model_name)?);
                if can_migrate(&new) { editor.remove_constraint(&new, &find_constraint(&old, name)?) } else { Ok(()) }
            }
            Self::AddField { model_name, name, field, preserve_default } => {
                let (new, old) = (to.model(app, model_name)?, from.model(app, model_name)?);
                if !can_migrate(&new) {
                    return Ok(());
                }
                let default = if *preserve_default { None } else { field.kwarg("default").cloned() };
                editor.add_field(&old, &Given { field: new.forward_field(name)?, default })
            }
            Self::RemoveField { model_name, name } => {
                let old = from.model(app, model_name)?;
                if can_migrate(&old) { editor.remove_field(&old, &old.forward_field(name)?) } else { Ok(()) }
            }
            Self::AlterField { model_name, name, field, preserve_default } => {
                let (new, old) = (to.model(app, model_name)?, from.model(app, model_name)?);
                if !can_migrate(&new) {
                    return Ok(());
                }
                let default = if *preserve_default { None } else { field.kwarg("default").cloned() };
                let given = Given { field: new.forward_field(name)?, default };
                editor.alter_field(&old, &old.forward_field(name)?, &given)
            }
            Self::RenameField { model_name, old_name, new_name } => {
                rename_field(app, editor, model_name, (from, old_name), (to, new_name))
            }
            Self::RunSql { sql, .. } => run_sql(editor, sql),
            Self::SeparateDatabaseAndState { database_operations, .. } => {
                let mut before = from.state.clone();
                let mut rendered = from.is_rendered();
                for operation in database_operations {
                    let mut after = before.clone();
                    operation.state_forwards(app, &mut after)?;
                    let (old, new) = (Stage::new(from.host, before), Stage::new(from.host, after.clone()));
                    if rendered {
                        old.render()?;
                    }
                    operation.database_forwards(app, editor, &old, &new)?;
                    rendered = rendered || new.is_rendered();
                    before = after;
                }
                Ok(())
            }
            Self::Custom { class_name, .. } => Err(OrmError::unsupported(format!("migration operation {class_name}"))),
        }
    }

    /// `database_backwards()`: `from` is the state with the operation, `to` the one without.
    pub fn database_backwards(
        &self,
        app: &Rc<str>,
        editor: &mut SchemaEditor<'_>,
        from: &Stage<'_>,
        to: &Stage<'_>,
    ) -> OrmResult<()> {
        match self {
            Self::CreateModel { name, .. } => {
                let model = from.model(app, name)?;
                if can_migrate(&model) {
                    editor.delete_model(&model);
                }
                Ok(())
            }
            Self::DeleteModel { name } => {
                let model = to.model(app, name)?;
                if can_migrate(&model) { editor.create_model(&model) } else { Ok(()) }
            }
            Self::RenameModel { old_name, new_name } => rename_model(app, editor, (from, new_name), (to, old_name)),
            Self::AddIndex { model_name, index } => {
                let model = from.model(app, model_name)?;
                if can_migrate(&model) {
                    editor.remove_index(&model, &index.name);
                }
                Ok(())
            }
            Self::RemoveIndex { model_name, name } => {
                let model = to.model(app, model_name)?;
                if can_migrate(&model) { editor.add_index(&model, &find_index(&model, name)?) } else { Ok(()) }
            }
            Self::RenameIndex { model_name, new_name, old_name: Some(old_name), .. } => {
                rename_index(app, editor, to, model_name, (from, new_name), old_name)
            }
            Self::RenameIndex { .. } => Ok(()),
            Self::AddConstraint { model_name, constraint } => {
                let (new, old) = (to.model(app, model_name)?, from.model(app, model_name)?);
                if can_migrate(&new) {
                    editor.remove_constraint(&new, &find_constraint(&old, &constraint.name)?)
                } else {
                    Ok(())
                }
            }
            Self::RemoveConstraint { model_name, name } => {
                let new = to.model(app, model_name)?;
                if can_migrate(&new) { editor.add_constraint(&new, &find_constraint(&new, name)?) } else { Ok(()) }
            }
            Self::AddField { model_name, name, .. } => {
                let model = from.model(app, model_name)?;
                if can_migrate(&model) { editor.remove_field(&model, &model.forward_field(name)?) } else { Ok(()) }
            }
            Self::RemoveField { model_name, name } => {
                let (new, old) = (to.model(app, model_name)?, from.model(app, model_name)?);
                if can_migrate(&new) {
                    editor.add_field(&old, &Given::plain(&new.forward_field(name)?))
                } else {
                    Ok(())
                }
            }
            Self::RenameField { model_name, old_name, new_name } => {
                rename_field(app, editor, model_name, (from, new_name), (to, old_name))
            }
            Self::RunSql { reverse_sql: Some(sql), .. } => run_sql(editor, sql),
            Self::RunSql { .. } => {
                Err(OrmError::new(ErrorKind::NotImplementedError, "You cannot reverse this operation"))
            }
            Self::SeparateDatabaseAndState { database_operations, .. } => {
                let mut states = vec![to.state.clone()];
                for operation in database_operations {
                    let mut next = states.last().cloned().unwrap_or_default();
                    operation.state_forwards(app, &mut next)?;
                    states.push(next);
                }
                let stages: Vec<Stage<'_>> = states.into_iter().map(|state| Stage::new(from.host, state)).collect();
                for (at, operation) in database_operations.iter().enumerate().rev() {
                    let (from, to) = (&stages[at + 1], &stages[at]);
                    operation.database_backwards(app, editor, from, to)?;
                }
                Ok(())
            }
            _ => self.database_forwards(app, editor, from, to),
        }
    }
}

fn rename_index(
    app: &Rc<str>,
    editor: &mut SchemaEditor<'_>,
    to: &Stage<'_>,
    model_name: &str,
    (from, old_name): (&Stage<'_>, &Rc<str>),
    new_name: &Rc<str>,
) -> OrmResult<()> {
    let model = to.model(app, model_name)?;
    if !can_migrate(&model) {
        return Ok(());
    }
    find_index(&from.model(app, model_name)?, old_name)?;
    if old_name == new_name {
        return Ok(());
    }
    let index = find_index(&model, new_name)?;
    editor.remove_index(&model, old_name);
    editor.add_index(&model, &index)
}

fn rename_field(
    app: &Rc<str>,
    editor: &mut SchemaEditor<'_>,
    model_name: &str,
    (from, old_name): (&Stage<'_>, &Rc<str>),
    (to, new_name): (&Stage<'_>, &Rc<str>),
) -> OrmResult<()> {
    let (new, old) = (to.model(app, model_name)?, from.model(app, model_name)?);
    if !can_migrate(&new) {
        return Ok(());
    }
    editor.alter_field(&old, &old.forward_field(old_name)?, &Given::plain(&new.forward_field(new_name)?))
}

fn rename_model(
    app: &Rc<str>,
    editor: &mut SchemaEditor<'_>,
    (from, old_name): (&Stage<'_>, &Rc<str>),
    (to, new_name): (&Stage<'_>, &Rc<str>),
) -> OrmResult<()> {
    let new = to.model(app, new_name)?;
    if !can_migrate(&new) {
        return Ok(());
    }
    let old = from.model(app, old_name)?;
    editor.alter_db_table(&old.db_table(), &new.db_table());
    for field in old.related_objects().iter() {
        let holder = field.require_model()?;
        let model = if *holder == old { new.clone() } else { to.model(&holder.meta().app_label, &holder.model_name)? };
        let Side::Forward(now) = model.get_field(&field.name)? else { continue };
        editor.alter_field(&model, field, &Given::plain(&now))?;
    }
    for (before, now) in old.local_many_to_many().iter().zip(new.local_many_to_many()) {
        let to_itself = now.related_model().as_ref() == now.model();
        let between = now.relation.as_ref().and_then(|relation| relation.through_model());
        if to_itself || now.kind != FieldKind::ManyToMany || !between.is_some_and(|model| model.meta().auto_created) {
            continue;
        }
        editor.alter_many_to_many(before, &now)?;
    }
    Ok(())
}

fn run_sql(editor: &mut SchemaEditor<'_>, sql: &RawStatements) -> OrmResult<()> {
    match sql {
        RawStatements::Script(text) => {
            for statement in script::statements(text) {
                editor.execute(statement);
            }
        }
        RawStatements::List(all) => {
            for (sql, params) in all {
                match params {
                    Some(params) => editor.execute(fill(sql, params)?),
                    None => editor.execute(&**sql),
                }
            }
        }
        RawStatements::Malformed(count) => {
            return Err(OrmError::value_error(format!("Expected a 2-tuple but got {count}")));
        }
    }
    Ok(())
}

/// The lines of one operation: what it is, and its statements or why there are none.
fn told(operation: &Operation, lines: &mut Vec<String>, statements: Option<Vec<String>>) {
    lines.push("--".to_owned());
    lines.push(format!("-- {}", operation.describe()));
    lines.push("--".to_owned());
    match statements {
        None => lines.push("-- THIS OPERATION CANNOT BE WRITTEN AS SQL".to_owned()),
        Some(statements) if statements.is_empty() => lines.push("-- (no-op)".to_owned()),
        Some(statements) => lines.extend(statements.into_iter().map(ended)),
    }
}

/// A statement with its semicolon.
fn ended(sql: String) -> String {
    if sql.trim_end().ends_with(';') { sql } else { format!("{sql};") }
}

/// What `sqlmigrate` prints for a migration on top of `before`, and the state after it.
pub fn sql_of(
    migration: &Migration,
    before: &ProjectState,
    host: &dyn Host,
    backwards: bool,
) -> OrmResult<(Vec<String>, ProjectState)> {
    let app = &migration.app_label;
    let mut states = vec![before.clone()];
    let mut lines = Vec::new();
    let mut editor = SchemaEditor::new(host);
    if backwards {
        for operation in &migration.operations {
            if !operation.reversible() {
                return Err(OrmError::new(
                    ErrorKind::RuntimeError,
                    format!("Operation {} in {app}.{} is not reversible", operation.class_name(), migration.name),
                ));
            }
        }
    }
    for operation in &migration.operations {
        let mut next = states.last().cloned().unwrap_or_default();
        // What cannot be told as SQL has no say in the state either, forwards.
        if backwards || operation.reduces_to_sql() {
            operation.state_forwards(app, &mut next)?;
        }
        states.push(next);
    }
    let after = states.last().cloned().unwrap_or_default();
    let mut stages: Vec<Rc<Stage<'_>>> = states.into_iter().map(|state| Rc::new(Stage::new(host, state))).collect();
    let count = migration.operations.len();
    let mut rendered = false;
    for step in 0..count {
        let at = if backwards { count - 1 - step } else { step };
        let operation = &migration.operations[at];
        if !operation.reduces_to_sql() {
            told(operation, &mut lines, None);
            continue;
        }
        let (before, after) = (stages[at].clone(), stages[at + 1].clone());
        if backwards {
            // Each operation is undone between states of its own.
            let (before, after) = (Stage::new(host, before.state.clone()), Stage::new(host, after.state.clone()));
            operation.database_backwards(app, &mut editor, &after, &before)?;
        } else {
            if rendered {
                before.render()?;
            }
            operation.database_forwards(app, &mut editor, &before, &after)?;
            rendered = rendered || after.is_rendered();
        }
        told(operation, &mut lines, Some(std::mem::take(&mut editor.statements)));
    }
    stages.clear();
    editor.finish();
    lines.extend(std::mem::take(&mut editor.statements).into_iter().map(ended));
    if migration.atomic && !lines.is_empty() {
        lines.insert(0, "BEGIN;".to_owned());
        lines.push("COMMIT;".to_owned());
    }
    Ok((lines, after))
}
