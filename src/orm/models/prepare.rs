//! Values on their way from the host to a field: `get_prep_value`, `get_db_prep_value`, `get_db_prep_save`.

use super::{Field, FieldKind};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};

impl Field {
    /// `get_prep_value(value)`: the value in the field's own Python type.
    pub fn get_prep_value(&self, value: &Datum) -> OrmResult<Datum> {
        if let Some(own) = self.hooks.as_ref().and_then(|hooks| hooks.get_prep_value(self, value)) {
            return own;
        }
        self.own_prep_value(value)
    }

    /// As [`Self::get_prep_value`], past what a host's class overrides: what its `super()` finds.
    pub fn own_prep_value(&self, value: &Datum) -> OrmResult<Datum> {
        if matches!(self.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
            return self.target_field()?.get_prep_value(value);
        }
        if let Some(generated) = &self.generated {
            return generated.output_field.get_prep_value(value);
        }
        super::values::prepare(self, value).map_err(|error| match &self.hooks {
            Some(hooks) if error.kind() == ErrorKind::ValidationError => hooks.refusal(self, value).unwrap_or(error),
            _ => error,
        })
    }

    /// `get_db_prep_value(value, connection, prepared)`: the value as it is sent.
    pub fn get_db_prep_value(&self, value: &Datum, prepared: bool) -> OrmResult<Datum> {
        if let Some(own) = self.hooks.as_ref().and_then(|hooks| hooks.get_db_prep_value(self, value, prepared)) {
            return own;
        }
        let value = if prepared { value.clone() } else { self.get_prep_value(value)? };
        self.own_db_prep_value(&value)
    }

    /// The second half of [`Self::get_db_prep_value`], for a value in the field's own type, past what a host's class
    /// overrides.
    pub fn own_db_prep_value(&self, value: &Datum) -> OrmResult<Datum> {
        if matches!(self.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
            return self.target_field()?.get_db_prep_value(value, true);
        }
        if let Some(generated) = &self.generated {
            return generated.output_field.get_db_prep_value(value, true);
        }
        super::values::adapt(self, value)
    }

    /// `get_db_prep_save(value, connection)`: the value as it is stored. Expressions pass.
    pub fn get_db_prep_save(&self, value: &Datum) -> OrmResult<Datum> {
        if let Some(own) = self.hooks.as_ref().and_then(|hooks| hooks.get_db_prep_save(self, value)) {
            return own;
        }
        if self.kind == FieldKind::Json
            && let Datum::Expr(expr) = value
            && let crate::orm::query::Expression::Value(constant) = &**expr
            && constant.value.is_null()
            && constant.output.as_ref().is_some_and(|output| output.is_a(FieldKind::Json))
        {
            // `Value(None, JSONField())` is JSON's null, a plain `None` SQL's.
            return self.get_db_prep_value(&Datum::Null, false);
        }
        if value.is_expression() {
            return Ok(value.clone());
        }
        if matches!(self.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
            let target = self.target_field()?;
            let empty = matches!(value, Datum::Str(text) if text.is_empty());
            if value.is_null() || (empty && !target.empty_strings_allowed()) {
                return Ok(Datum::Null);
            }
            return target.get_db_prep_save(value);
        }
        if self.kind == FieldKind::Json {
            return super::values::save_json(self, value);
        }
        self.get_db_prep_value(value, false)
    }

    /// `empty_strings_allowed` of the class.
    pub fn empty_strings_allowed(&self) -> bool {
        !matches!(
            self.kind,
            FieldKind::Boolean
                | FieldKind::Date
                | FieldKind::DateTime
                | FieldKind::Decimal
                | FieldKind::Duration
                | FieldKind::Float
                | FieldKind::Time
                | FieldKind::Uuid
                | FieldKind::Json
                | FieldKind::GenericIpAddress
                | FieldKind::GenericRelation
        ) && !self.is_a(FieldKind::Integer)
            && !self.is_a(FieldKind::SmallAuto)
    }

    /// `instance.prepare_database_save(field)`: the key of an instance that is assigned to this relation.
    pub fn key_of(&self, instance: &dyn crate::orm::Instance) -> OrmResult<Datum> {
        if instance.attribute("pk")?.is_null() {
            return Err(OrmError::value_error(format!(
                "Unsaved model instance {} cannot be used in an ORM query.",
                instance.repr()?
            )));
        }
        let attname = match self.relation.as_ref().and_then(|relation| relation.to_field.clone()) {
            Some(name) => self.require_related_model()?.forward_field(&name)?.attname.clone(),
            None => self.target_field()?.attname.clone(),
        };
        instance.attribute(&attname)
    }
}
