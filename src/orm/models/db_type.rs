//! The column type of each field on SQLite.

use super::{Field, FieldKind};
use crate::orm::OrmResult;

impl Field {
    /// `db_type(connection)`; `None` for a field without a column.
    pub fn db_type(&self) -> OrmResult<Option<String>> {
        if let Some(own) = self.hooks.as_ref().and_then(|hooks| hooks.db_type(self)) {
            return own;
        }
        self.own_db_type()
    }

    /// As [`Self::db_type`], past what a host's class overrides: what its `super()` finds.
    pub fn own_db_type(&self) -> OrmResult<Option<String>> {
        if let Some(generated) = &self.generated {
            return generated.output_field.db_type();
        }
        if matches!(self.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
            return self.target_field()?.rel_db_type();
        }
        let internal = self.internal_type();
        let length = || self.options.max_length.map_or_else(|| "None".to_owned(), |length| length.to_string());
        Ok(Some(match &*internal {
            "AutoField" | "BigAutoField" | "SmallAutoField" | "IntegerField" | "OneToOneField" => "integer".to_owned(),
            "BigIntegerField" | "DurationField" => "bigint".to_owned(),
            "SmallIntegerField" => "smallint".to_owned(),
            "PositiveBigIntegerField" => "bigint unsigned".to_owned(),
            "PositiveIntegerField" => "integer unsigned".to_owned(),
            "PositiveSmallIntegerField" => "smallint unsigned".to_owned(),
            "BinaryField" => "BLOB".to_owned(),
            "BooleanField" => "bool".to_owned(),
            "CharField" if self.options.max_length.is_none() => "varchar".to_owned(),
            "CharField" | "FileField" | "FilePathField" | "SlugField" => format!("varchar({})", length()),
            "DateField" => "date".to_owned(),
            "DateTimeField" => "datetime".to_owned(),
            "DecimalField" => "decimal".to_owned(),
            "FloatField" => "real".to_owned(),
            "IPAddressField" => "char(15)".to_owned(),
            "GenericIPAddressField" => "char(39)".to_owned(),
            "JSONField" | "TextField" => "text".to_owned(),
            "TimeField" => "time".to_owned(),
            "UUIDField" => "char(32)".to_owned(),
            _ => return Ok(None),
        }))
    }

    /// `rel_db_type(connection)`: the type of a key that points here.
    pub fn rel_db_type(&self) -> OrmResult<Option<String>> {
        Ok(match self.kind {
            FieldKind::Auto => Some("integer".to_owned()),
            FieldKind::BigAuto => Some("bigint".to_owned()),
            FieldKind::SmallAuto => Some("smallint".to_owned()),
            FieldKind::PositiveBigInteger => Some("bigint".to_owned()),
            FieldKind::PositiveInteger => Some("integer".to_owned()),
            FieldKind::PositiveSmallInteger => Some("smallint".to_owned()),
            _ => self.db_type()?,
        })
    }

    /// `cast_db_type(connection)`.
    pub fn cast_db_type(&self) -> OrmResult<Option<String>> {
        if matches!(self.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
            return self.target_field()?.cast_db_type();
        }
        if self.is_a(FieldKind::Char) && self.options.max_length.is_none() {
            return Ok(Some("text".to_owned()));
        }
        match &*self.internal_type() {
            "DateField" | "DateTimeField" => Ok(Some("TEXT".to_owned())),
            _ => self.db_type(),
        }
    }

    /// A column of this field under `alias`, typed as the values it holds.
    pub fn col(&self, alias: Option<std::rc::Rc<str>>) -> OrmResult<crate::orm::query::Expr> {
        self.col_as(alias, None)
    }

    /// A column of this field under `alias`; `output` is the type, the field's own when `None`.
    pub fn col_as(
        &self,
        alias: Option<std::rc::Rc<str>>,
        output: Option<super::Side>,
    ) -> OrmResult<crate::orm::query::Expr> {
        use crate::orm::query::{Col, ColPairs, Expression};
        // As Field.get_col: the column under the table's own name is one object for all, keys' columns always have a type.
        let is_key = matches!(self.kind, FieldKind::ForeignKey | FieldKind::OneToOne);
        let shared = || {
            let table = self.model().map(|model| model.db_table());
            matches!(&output, Some(super::Side::Forward(given)) if given == self)
                && alias.is_some()
                && alias.as_deref() == table.as_deref()
        };
        let typed = is_key || output.is_some() && !shared();
        let output = match output {
            Some(output) => output,
            None => match self.kind {
                FieldKind::CompositePrimaryKey => {
                    let fields = self.require_model()?.pk_fields()?;
                    return Ok(std::rc::Rc::new(Expression::ColPairs(ColPairs {
                        alias,
                        targets: fields.clone().into(),
                        sources: fields.into(),
                        output: super::Side::Forward(self.clone()),
                    })));
                }
                FieldKind::ForeignKey | FieldKind::OneToOne => {
                    let mut target = self.target_field()?;
                    while matches!(target.kind, FieldKind::ForeignKey | FieldKind::OneToOne) {
                        target = target.target_field()?;
                        if target == *self {
                            return Err(crate::orm::OrmError::value_error("Cannot resolve output_field."));
                        }
                    }
                    super::Side::Forward(target)
                }
                _ => match &self.generated {
                    Some(generated) => super::Side::Forward(generated.output_field.clone()),
                    None => super::Side::Forward(self.clone()),
                },
            },
        };
        if self.kind == FieldKind::CompositePrimaryKey {
            let fields = self.require_model()?.pk_fields()?;
            return Ok(std::rc::Rc::new(Expression::ColPairs(ColPairs {
                alias,
                targets: fields.clone().into(),
                sources: fields.into(),
                output,
            })));
        }
        let target = self.clone();
        Ok(std::rc::Rc::new(Expression::Col(Col { alias, target, output, possibly_multivalued: false, typed })))
    }
}
