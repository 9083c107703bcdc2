//! [`SchemaEditor`]: the statements that change tables on SQLite.

mod alter;
mod remake;

use std::rc::Rc;

use super::field::FieldState;
use super::host::Host;
use super::literal::Argument;
use crate::orm::models::{Constraint, Field, FieldKind, Index, Model};
use crate::orm::query::Expression;
use crate::orm::schema::{
    Deferred, added_column_definition, columns_by_name, constraint_index, create_index_name, field_index,
    index_statement, is_index, literal, quote, table_statements, unique_together_statement,
};
use crate::orm::{Datum, OrmError, OrmResult};

/// Writes the statements for changes of models, in the order in which they are sent.
pub struct SchemaEditor<'h> {
    host: &'h dyn Host,
    /// The statements so far.
    pub statements: Vec<String>,
    deferred: Vec<Deferred>,
}

/// A field with a default of its own for the rows that are there.
#[derive(Clone)]
pub struct Given {
    /// The field.
    pub field: Field,
    /// Its default, in the place of what the field says.
    pub default: Option<Argument>,
}

impl Given {
    /// A field with its own default.
    pub fn plain(field: &Field) -> Self {
        Self { field: field.clone(), default: None }
    }
}

impl<'h> SchemaEditor<'h> {
    /// An editor that has sent nothing.
    pub fn new(host: &'h dyn Host) -> Self {
        Self { host, statements: Vec::new(), deferred: Vec::new() }
    }

    /// Takes up statements that another editor left for later.
    pub fn resume(host: &'h dyn Host, deferred: Vec<Deferred>) -> Self {
        Self { host, statements: Vec::new(), deferred }
    }

    /// What was sent, and what waits.
    pub fn into_parts(self) -> (Vec<String>, Vec<Deferred>) {
        (self.statements, self.deferred)
    }

    /// Sends one statement.
    pub fn execute(&mut self, sql: impl Into<String>) {
        self.statements.push(sql.into());
    }

    /// Sends what was left for the end.
    pub fn finish(&mut self) {
        for statement in std::mem::take(&mut self.deferred) {
            self.statements.push(statement.sql());
        }
    }

    fn is_made_between(field: &Field) -> Option<Model> {
        let through = field.relation.as_ref()?.through_model()?;
        (field.kind == FieldKind::ManyToMany && through.meta().auto_created).then_some(through)
    }

    /// `create_model()`
    pub fn create_model(&mut self, model: &Model) -> OrmResult<()> {
        let (create, deferred) = table_statements(model)?;
        self.execute(create);
        self.deferred.extend(deferred);
        for field in model.local_many_to_many() {
            if let Some(through) = Self::is_made_between(&field) {
                self.create_model(&through)?;
            }
        }
        Ok(())
    }

    /// `delete_model()`
    pub fn delete_model(&mut self, model: &Model) {
        for field in model.local_many_to_many() {
            if let Some(through) = Self::is_made_between(&field) {
                self.delete_model(&through);
            }
        }
        self.drop_table(&model.db_table());
    }

    fn drop_table(&mut self, table: &str) {
        self.execute(format!("DROP TABLE {}", quote(table)));
        self.deferred.retain(|statement| !statement.references_table(table));
    }

    /// `alter_db_table()`
    pub fn alter_db_table(&mut self, old: &str, new: &Rc<str>) {
        if old.to_lowercase() == new.to_lowercase() {
            return;
        }
        self.execute(format!("ALTER TABLE {} RENAME TO {}", quote(old), quote(new)));
        for statement in &mut self.deferred {
            statement.rename_table(old, new);
        }
    }

    /// `add_index()`
    pub fn add_index(&mut self, model: &Model, index: &Index) -> OrmResult<()> {
        let statement = index_statement(model, index)?;
        self.execute(statement.sql());
        Ok(())
    }

    /// `remove_index()`
    pub fn remove_index(&mut self, model: &Model, name: &str) {
        let table = model.db_table();
        self.deferred.retain(|statement| !statement.references_index(&table, name));
        self.execute(format!("DROP INDEX {}", quote(name)));
    }

    /// `add_constraint()`
    pub fn add_constraint(&mut self, model: &Model, constraint: &Constraint) -> OrmResult<()> {
        if by_index(constraint) {
            if let Some(statement) = constraint_index(model, constraint)? {
                self.execute(statement.sql());
            }
            return Ok(());
        }
        self.remake_table(model, None, None, &[])
    }

    /// `remove_constraint()`
    pub fn remove_constraint(&mut self, model: &Model, constraint: &Constraint) -> OrmResult<()> {
        if by_index(constraint) {
            if let (true, Constraint::Unique { name, .. }) = (is_index(constraint), constraint) {
                self.execute(format!("DROP INDEX {}", quote(name)));
            }
            return Ok(());
        }
        self.remake_table(model, None, None, &[])
    }

    /// `alter_unique_together()`. The indexes that go have the names that Django gave them.
    pub fn alter_unique_together(
        &mut self,
        model: &Model,
        old: &[Vec<Rc<str>>],
        new: &[Vec<Rc<str>>],
    ) -> OrmResult<()> {
        for group in old.iter().filter(|group| !new.contains(group)) {
            let columns = columns_by_name(model, group)?;
            let columns: Vec<&str> = columns.iter().map(|column| &**column).collect();
            self.execute(format!("DROP INDEX {}", quote(&create_index_name(&model.db_table(), &columns, "_uniq"))));
        }
        for group in new.iter().filter(|group| !old.contains(group)) {
            let statement = unique_together_statement(model, group)?;
            self.execute(statement.sql());
        }
        Ok(())
    }

    /// `alter_index_together()`, of migrations from before there were indexes.
    pub fn alter_index_together(&mut self, model: &Model, old: &[Vec<Rc<str>>], new: &[Vec<Rc<str>>]) -> OrmResult<()> {
        for (groups, others, gone) in [(old, new, true), (new, old, false)] {
            for group in groups.iter().filter(|group| !others.contains(group)) {
                let columns = columns_by_name(model, group)?;
                let names: Vec<&str> = columns.iter().map(|column| &**column).collect();
                let name = quote(&create_index_name(&model.db_table(), &names, "_idx"));
                if gone {
                    self.execute(format!("DROP INDEX {name}"));
                } else {
                    let list: Vec<String> = names.iter().map(|column| quote(column)).collect();
                    let table = quote(&model.db_table());
                    self.execute(format!("CREATE INDEX {name} ON {table} ({})", list.join(", ")));
                }
            }
        }
        Ok(())
    }

    /// A default for the rows that are there, as it is stored.
    fn effective_default(&self, given: &Given) -> OrmResult<Datum> {
        self.host.effective_default(&given.field, given.default.as_ref())
    }

    /// The same as SQL.
    fn quoted_default(&self, given: &Given) -> OrmResult<String> {
        literal(&self.effective_default(given)?)
    }

    /// `add_field()`
    pub fn add_field(&mut self, model: &Model, given: &Given) -> OrmResult<()> {
        let field = &given.field;
        if let Some(through) = Self::is_made_between(field) {
            return self.create_model(&through);
        }
        if field.kind == FieldKind::CompositePrimaryKey {
            return Ok(());
        }
        let constant_default = field.options.db_default.as_deref().is_none_or(|it| matches!(it, Expression::Value(_)));
        if field.is_primary_key()
            || field.is_unique()
            || !field.options.null
            || !self.effective_default(given)?.is_null()
            || !constant_default
        {
            return self.remake_table(model, Some(given), None, &[]);
        }
        let (Some(column), Some(definition)) = (&field.column, added_column_definition(model, field)?) else {
            return Ok(());
        };
        self.execute(format!("ALTER TABLE {} ADD COLUMN {} {definition}", quote(&model.db_table()), quote(column)));
        if let Some(mut statement) = field_index(model, field) {
            statement.table = model.db_table();
            self.deferred.push(statement);
        }
        Ok(())
    }

    /// `remove_field()`
    pub fn remove_field(&mut self, model: &Model, field: &Field) -> OrmResult<()> {
        if field.is_many_to_many() {
            if let Some(through) = Self::is_made_between(field) {
                self.delete_model(&through);
            }
            return Ok(());
        }
        if field.db_type()?.is_none() && field.column.is_none() {
            return Ok(());
        }
        let watched = field.relation.as_ref().is_some_and(|relation| relation.db_constraint);
        if !field.is_primary_key() && !field.is_unique() && !field.options.db_index && !watched {
            let Some(column) = field.column.as_ref().filter(|_| field.db_type().is_ok_and(|kind| kind.is_some()))
            else {
                return Ok(());
            };
            let table = model.db_table();
            self.execute(format!("ALTER TABLE {} DROP COLUMN {}", quote(&table), quote(column)));
            self.deferred.retain(|statement| !statement.references_column(&table, column));
            return Ok(());
        }
        if field.db_type()?.is_none() {
            return Ok(());
        }
        self.remake_table(model, None, Some(field), &[])
    }

    /// The state of a field, where one is known.
    fn state_of(&self, field: &Field) -> OrmResult<Rc<FieldState>> {
        self.host.state_of(field)
    }
}

/// Whether a unique constraint is changed by statements about an index rather than by making the table again.
fn by_index(constraint: &Constraint) -> bool {
    match constraint {
        Constraint::Unique { expressions, condition, deferrable, include, .. } => {
            condition.is_some() || !expressions.is_empty() || deferrable.is_some() || !include.is_empty()
        }
        _ => false,
    }
}

/// The error for a field that is missing where one must be.
fn missing(what: &str) -> OrmError {
    OrmError::value_error(format!("{what} is not known"))
}
