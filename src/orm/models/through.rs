//! The model that Django makes between the two sides of a many-to-many relation.

use super::{Field, FieldData, FieldKind, Meta, Model, Relation, Target};
use crate::orm::{OrmError, OrmResult};

impl Model {
    /// Makes and registers the table between this model and the target of its many-to-many `field`, and points the
    /// field at it. `pk` is the class of automatic keys. The target need not exist yet.
    pub fn make_through(&self, field: &Field, pk: FieldKind) -> OrmResult<Self> {
        let relation = field.relation.as_ref().ok_or_else(|| OrmError::attribute_error("remote_field"))?;
        let own = self.meta();
        let target = relation.target.borrow().clone();
        let (to_self, target_name) = match &target {
            Target::Model(model) => (model == self, model.model_name.to_string()),
            Target::Name(name) => {
                let name = name.to_lowercase();
                (name == self.label_lower(), name.rsplit('.').next().unwrap_or_default().to_owned())
            }
        };
        let (from, to) = if to_self {
            (format!("from_{}", self.model_name), format!("to_{}", self.model_name))
        } else {
            (self.model_name.to_string(), target_name)
        };
        let name = format!("{}_{}", self.name, field.name);
        let table = relation
            .db_table
            .clone()
            .unwrap_or_else(|| format!("{}_{}", own.db_table.trim_matches('"'), field.name).into());
        let verbose = format!("{from}-{to} relationship");
        let meta = Meta {
            app_label: own.app_label.clone(),
            db_table: table,
            managed: own.managed,
            auto_created: true,
            unique_together: vec![vec![from.as_str().into(), to.as_str().into()]],
            verbose_name_plural: format!("{verbose}s").into(),
            verbose_name: verbose.into(),
            can_migrate: own.can_migrate,
            ..Meta::default()
        };
        let through = Self::new(&self.registry, &name, meta);
        let mut id = FieldData::new(pk, "id");
        id.options.primary_key = true;
        id.options.auto_created = true;
        id.creation_counter = -1;
        through.add_field(id);
        for (key, end) in [(from, Target::Model(self.clone())), (to, target)] {
            let mut key = FieldData::new(FieldKind::ForeignKey, key);
            let mut relation_to = Relation::to(end);
            relation_to.related_name = Some(format!("{name}+").into());
            relation_to.db_constraint = relation.db_constraint;
            key.options.db_index = true;
            key.relation = Some(relation_to);
            through.add_field(key);
        }
        *relation.through.borrow_mut() = Some(Target::Model(through.clone()));
        self.registry.register(&through);
        Ok(through)
    }
}
