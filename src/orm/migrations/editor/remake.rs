//! Tables made again: a new one, the rows copied, the old one dropped, the new one renamed.

use std::rc::Rc;

use super::{Given, SchemaEditor};
use crate::orm::OrmResult;
use crate::orm::models::{Field, FieldData, FieldKind, Meta, Model, Registry, Relation, Target};
use crate::orm::schema::{db_default_sql, quote};

/// A column of the new table.
struct Column {
    field: Field,
    /// Whether it is a copy that points at its own model; copies are the youngest.
    copied: bool,
    primary_key: bool,
}

/// What each column of the new table is filled with, by column.
#[derive(Default)]
struct Mapping(Vec<(Rc<str>, String)>);

impl Mapping {
    fn set(&mut self, column: &Rc<str>, value: String) {
        match self.0.iter_mut().find(|(known, _)| known == column) {
            Some((_, held)) => *held = value,
            None => self.0.push((column.clone(), value)),
        }
    }

    fn remove(&mut self, column: Option<&Rc<str>>) {
        self.0.retain(|(known, _)| Some(known) != column);
    }
}

fn points_at(field: &Field, model: &Model) -> bool {
    field.related_model().as_ref() == Some(model)
}

fn is_auto_created(field: &Field) -> bool {
    field.options.auto_created
}

/// Whether the field brings a primary key.
fn is_key(field: &Field) -> bool {
    field.options.primary_key || field.kind == FieldKind::CompositePrimaryKey
}

impl SchemaEditor<'_> {
    /// `_remake_table()`
    pub(super) fn remake_table(
        &mut self,
        model: &Model,
        create: Option<&Given>,
        delete: Option<&Field>,
        alter: &[(Field, Given)],
    ) -> OrmResult<()> {
        let meta = model.meta();
        let old_key = model.pk_or_none();
        let mut body: Vec<Column> = Vec::new();
        let mut mapping = Mapping::default();
        for field in model.local_fields().into_iter().filter(|field| field.column.is_some()) {
            let copied = points_at(&field, model);
            if let (None, Some(column)) = (&field.generated, &field.column) {
                mapping.set(column, quote(column));
            }
            let primary_key = is_key(&field) || old_key.as_ref() == Some(&field);
            body.push(Column { field, copied, primary_key });
        }
        if let Some(key) = old_key.filter(|key| key.kind == FieldKind::CompositePrimaryKey) {
            body.push(Column { field: key, copied: true, primary_key: true });
        }
        if create.is_some_and(|given| is_key(&given.field)) || alter.iter().any(|(_, new)| is_key(&new.field)) {
            body.retain_mut(|column| {
                let kept_name = alter.iter().any(|(_, new)| new.field.name == column.field.name);
                if !column.primary_key || kept_name {
                    return true;
                }
                column.primary_key = false;
                if is_auto_created(&column.field) {
                    mapping.remove(column.field.column.as_ref());
                    return false;
                }
                true
            });
        }
        if let Some(given) = create {
            let field = &given.field;
            body.retain(|column| column.field.name != field.name);
            body.push(Column { field: field.clone(), copied: false, primary_key: is_key(field) });
            if let (None, None, Some(column)) = (&field.options.db_default, &field.generated, &field.column) {
                let value = self.quoted_default(given)?;
                mapping.set(column, value);
            }
        }
        let mut renamed: Vec<(Rc<str>, Rc<str>)> = Vec::new();
        for (old, given) in alter {
            let new = &given.field;
            body.retain(|column| column.field.name != old.name && column.field.name != new.name);
            mapping.remove(old.column.as_ref());
            body.push(Column { field: new.clone(), copied: false, primary_key: is_key(new) });
            renamed.push((old.name.clone(), new.name.clone()));
            if new.generated.is_some() {
                continue;
            }
            let (Some(old_column), Some(new_column)) = (&old.column, &new.column) else { continue };
            let value = if old.options.null && !new.options.null {
                let default = match &new.options.db_default {
                    Some(_) => db_default_sql(new.require_model()?, new)?,
                    None => self.quoted_default(given)?,
                };
                format!("coalesce({}, {default})", quote(old_column))
            } else {
                quote(old_column)
            };
            mapping.set(new_column, value);
        }
        if let Some(field) = delete {
            body.retain(|column| column.field.name != field.name);
            mapping.remove(field.column.as_ref());
        }
        body.sort_by_key(|column| (column.copied, column.field.creation_counter));
        let now = |name: &Rc<str>| renamed.iter().find(|(old, _)| old == name).map_or(name, |(_, new)| new).clone();
        let mut new_meta = Meta {
            app_label: meta.app_label.clone(),
            db_table: meta.db_table.clone(),
            unique_together: meta.unique_together.iter().map(|group| group.iter().map(now).collect()).collect(),
            indexes: meta.indexes.clone(),
            constraints: meta.constraints.clone(),
            managed: true,
            can_migrate: true,
            ..Meta::default()
        };
        if let Some(field) = delete {
            new_meta.indexes.retain(|index| !index.fields.iter().any(|(name, _)| *name == field.name));
        }
        let registry = Registry::new();
        // What points at the model itself finds the new columns there, under the table's lasting name.
        let own = self.scratch(&registry, model, &model.name, &body, new_meta.clone(), None, delete)?;
        new_meta.db_table = format!("new__{}", meta.db_table.trim_matches('"')).into();
        let name: Rc<str> = format!("New{}", model.name).into();
        let new_model = self.scratch(&registry, model, &name, &body, new_meta, Some(&own), delete)?;
        let outcome = self.replace_table(model, &new_model, &mapping);
        own.dispose();
        new_model.dispose();
        outcome
    }

    fn replace_table(&mut self, model: &Model, new_model: &Model, mapping: &Mapping) -> OrmResult<()> {
        let (old_table, new_table) = (model.db_table(), new_model.db_table());
        self.create_model(new_model)?;
        let columns: Vec<String> = mapping.0.iter().map(|(column, _)| quote(column)).collect();
        let values: Vec<&str> = mapping.0.iter().map(|(_, value)| value.as_str()).collect();
        self.execute(format!(
            "INSERT INTO {} ({}) SELECT {} FROM {}",
            quote(&new_table),
            columns.join(", "),
            values.join(", "),
            quote(&old_table)
        ));
        self.drop_table(&old_table);
        self.alter_db_table(&new_table, &old_table);
        self.finish();
        Ok(())
    }

    /// A model of the new columns that nothing else knows.
    #[expect(clippy::too_many_arguments, reason = "each is one part of the class that is made")]
    fn scratch(
        &self,
        registry: &Rc<Registry>,
        model: &Model,
        name: &str,
        body: &[Column],
        meta: Meta,
        own: Option<&Model>,
        delete: Option<&Field>,
    ) -> OrmResult<Model> {
        let made = Model::new(registry, name, meta);
        for (parent, _) in model.parents() {
            made.add_parent(&parent, None);
        }
        for (at, column) in body.iter().enumerate() {
            let mut data = FieldData::like(&column.field);
            data.options.primary_key = column.primary_key;
            data.creation_counter = i64::try_from(at).unwrap_or(i64::MAX);
            if column.copied
                && let Some(relation) = &mut data.relation
            {
                *relation.target.get_mut() = Target::Model(own.unwrap_or(&made).clone());
            }
            made.add_field(data);
        }
        if model.meta().proxy {
            // The class made anew says of no parent that it stands for it: it is a child with a table of its own.
            for (parent, _) in model.parents() {
                let mut link = FieldData::new(FieldKind::OneToOne, format!("{}_ptr", parent.model_name));
                let mut relation = Relation::to(Target::Model(parent));
                relation.parent_link = true;
                link.relation = Some(relation);
                link.options.primary_key = made.pk_or_none().is_none();
                link.options.auto_created = true;
                link.creation_counter = -1;
                made.add_field(link);
            }
        }
        let inherits_key = model.parents().iter().any(|(_, link)| link.is_some());
        let keyless = made.pk_or_none().is_none() && !inherits_key;
        if keyless && delete.is_none_or(|field| *field.attname != *"id") {
            let mut id = FieldData::new(self.host.auto_field(), "id");
            id.options.primary_key = true;
            id.options.auto_created = true;
            id.creation_counter = -1;
            made.add_field(id);
        }
        Ok(made)
    }
}
