//! Fields that become other fields.

use std::rc::Rc;

use super::{Given, SchemaEditor};
use crate::orm::migrations::literal::{Literal, same_keywords};
use crate::orm::models::{Field, FieldKind, Model};
use crate::orm::schema::{collation, column_sql, db_default_sql, generated_sql, quote};
use crate::orm::{OrmError, OrmResult};

/// The column, or for a many-to-many field what would be its name.
fn column_of(field: &Field) -> Option<Rc<str>> {
    match field.kind {
        FieldKind::ManyToMany => Some(field.options.db_column.clone().unwrap_or_else(|| field.name.clone())),
        _ => field.column.clone(),
    }
}

/// The type of a field's column; none for what has no column.
fn type_of(field: &Field) -> OrmResult<Option<String>> {
    if field.column.is_none() {
        return Ok(None);
    }
    field.db_type()
}

impl SchemaEditor<'_> {
    /// `_field_should_be_altered()`
    fn should_be_altered(&self, old: &Field, new: &Field) -> OrmResult<bool> {
        let (old_column, new_column) = (column_of(old), column_of(new));
        if old_column.is_none() && new_column.is_none() {
            return Ok(false);
        }
        if old_column != new_column {
            return Ok(true);
        }
        let (old_state, new_state) = (self.state_of(old)?, self.state_of(new)?);
        let (mut mine, mut theirs) = (old_state.db_kwargs(), new_state.db_kwargs());
        let mut forget = |name: &str| {
            mine.retain(|(known, _)| **known != *name);
            theirs.retain(|(known, _)| **known != *name);
        };
        if !new.is_many_to_many()
            && let (Some(from), Some(to)) = (old.related_model(), new.related_model())
            && from.db_table() == to.db_table()
        {
            forget("to");
        }
        if old.options.db_default.is_some()
            && new.options.db_default.is_some()
            && old_state.kwarg("db_default").is_some_and(|value| value.literal.truth())
            && new_state.kwarg("db_default").is_some_and(|value| value.literal.truth())
            && db_default_sql(old.require_model()?, old)? == db_default_sql(new.require_model()?, new)?
        {
            forget("db_default");
        }
        let args = |args: &[super::Argument]| args.iter().map(|arg| arg.literal.clone()).collect::<Vec<Literal>>();
        Ok(old_state.path != new_state.path
            || args(&old_state.args) != args(&new_state.args)
            || !same_keywords(&mine, &theirs))
    }

    /// `alter_field()`
    pub fn alter_field(&mut self, model: &Model, old: &Field, new: &Given) -> OrmResult<()> {
        let field = &new.field;
        if !self.should_be_altered(old, field)? {
            return Ok(());
        }
        let (old_type, new_type) = (type_of(old)?, type_of(field)?);
        if (old_type.is_none() && old.relation.is_none()) || (new_type.is_none() && field.relation.is_none()) {
            return Err(OrmError::value_error(format!(
                "Cannot alter field {} into {} - they do not properly define db_type (are you using a badly-written \
                 custom field?)",
                self.host.shown(old),
                self.host.shown(field)
            )));
        }
        if old_type.is_none() && new_type.is_none() {
            let between = |field: &Field| field.relation.as_ref().and_then(|relation| relation.through_model());
            if let (Some(from), Some(to)) = (between(old), between(field)) {
                match (from.meta().auto_created, to.meta().auto_created) {
                    (true, true) => return self.alter_many_to_many(old, field),
                    (false, false) => return Ok(()),
                    _ => {}
                }
            }
        }
        if old_type.is_none() || new_type.is_none() {
            return Err(OrmError::value_error(format!(
                "Cannot alter field {} into {} - they are not compatible types (you cannot alter to or from M2M fields, \
                 or add or remove through= on M2M fields)",
                self.host.shown(old),
                self.host.shown(field)
            )));
        }
        let persisted = |field: &Field| field.generated.as_ref().map(|generated| generated.db_persist);
        let mut modifies = persisted(old) != persisted(field);
        if !modifies && field.generated.is_some() {
            let now = generated_sql(field.require_model()?, field)?;
            modifies = match generated_sql(old.require_model()?, old) {
                Ok(before) => before != now,
                Err(error) if error.is_field_error() => true,
                Err(error) => return Err(error),
            };
        }
        if modifies {
            return Err(OrmError::value_error(format!(
                "Modifying GeneratedFields is not supported - the field {} must be removed and re-added with the new \
                 definition.",
                self.host.shown(field)
            )));
        }
        self.alter_column(model, old, new, old_type != new_type)
    }

    /// `_alter_field()`
    fn alter_column(&mut self, model: &Model, old: &Field, new: &Given, other_type: bool) -> OrmResult<()> {
        let field = &new.field;
        let watched = |field: &Field| field.relation.as_ref().is_some_and(|relation| relation.db_constraint);
        if let (Some(before), Some(now)) = (&old.column, &field.column)
            && before != now
            && column_sql(model, old)? == column_sql(model, field)?
            && !watched(old)
            && !watched(field)
        {
            self.execute(format!(
                "ALTER TABLE {} RENAME COLUMN {} TO {}",
                quote(&model.db_table()),
                quote(before),
                quote(now)
            ));
            return Ok(());
        }
        self.remake_table(model, None, None, &[(old.clone(), new.clone())])?;
        if !field.is_unique() || !(other_type || collation(old)? != collation(field)?) {
            return Ok(());
        }
        // The tables whose keys point at this column have its type.
        let mut related: Vec<Model> = Vec::new();
        let mut add = |model: Model| {
            if !related.contains(&model) {
                related.push(model);
            }
        };
        let owner = field.require_model()?.clone();
        for remote in owner.related_objects().iter() {
            let holder = remote.require_model()?;
            if holder == model {
                continue;
            }
            if !remote.is_many_to_many() {
                if matches!(remote.kind, FieldKind::ForeignKey | FieldKind::OneToOne)
                    && remote.target_field()?.name == field.name
                {
                    add(holder.clone());
                }
            } else if field.is_primary_key()
                && let Some(through) = Self::is_made_between(remote)
            {
                add(through);
            }
        }
        if field.is_primary_key() {
            for remote in owner.many_to_many().iter() {
                if remote.related_model().as_ref() == Some(model) {
                    continue;
                }
                if let Some(through) = Self::is_made_between(remote) {
                    add(through);
                }
            }
        }
        for model in related {
            self.remake_table(&model, None, None, &[])?;
        }
        Ok(())
    }

    /// `_alter_many_to_many()`
    pub fn alter_many_to_many(&mut self, old: &Field, new: &Field) -> OrmResult<()> {
        let through = |field: &Field| {
            field
                .relation
                .as_ref()
                .and_then(|relation| relation.through_model())
                .ok_or_else(|| super::missing("through"))
        };
        let (from, to) = (through(old)?, through(new)?);
        let (old_near, old_far) = (old.m2m_field()?, old.m2m_reverse_field()?);
        let (new_near, new_far) = (new.m2m_field()?, new.m2m_reverse_field()?);
        if from.db_table() == to.db_table() {
            let alter = [(old_far, Given::plain(&new_far)), (old_near, Given::plain(&new_near))];
            return self.remake_table(&from, None, None, &alter);
        }
        self.create_model(&to)?;
        let column = |field: &Field| field.column.as_deref().unwrap_or_default().to_owned();
        self.execute(format!(
            "INSERT INTO {} (id, {}, {}) SELECT id, {}, {} FROM {}",
            quote(&to.db_table()),
            column(&new_near),
            column(&new_far),
            column(&old_near),
            column(&old_far),
            quote(&from.db_table())
        ));
        self.delete_model(&from);
        Ok(())
    }
}
