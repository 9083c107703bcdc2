//! The type of an expression's value: `output_field` and how it follows from the parts.

use super::expression::CombinedKind;
use super::{Expression, Func, Output, Query};
use crate::orm::models::{Field, FieldKind, Side};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};

impl Expression {
    /// The type as either side of a relation; `None` when nothing tells it.
    pub fn output_side(&self) -> OrmResult<Option<Side>> {
        match self {
            Self::Col(col) => Ok(Some(col.output.clone())),
            Self::ColPairs(pairs) => Ok(Some(pairs.output.clone())),
            Self::Ref { source, .. } | Self::PositionRef { source, .. } | Self::DatabaseDefault(source) => {
                source.output_side()
            }
            Self::OrderBy(order) => order.expr.output_side(),
            _ => Ok(self.output_or_none()?.map(Side::Forward)),
        }
    }

    /// The type; `None` when nothing tells it: `_output_field_or_none`.
    pub fn output_or_none(&self) -> OrmResult<Option<Field>> {
        Ok(Some(match self {
            Self::F(_) | Self::OuterRef { .. } | Self::ResolvedOuterRef(_) => {
                return Err(OrmError::attribute_error(format!(
                    "'{}' object has no attribute '_output_field_or_none'",
                    self.class_name()
                )));
            }
            Self::Col(col) => col.output.field().clone(),
            Self::ColPairs(pairs) => pairs.output.field().clone(),
            Self::Ref { source, .. } | Self::PositionRef { source, .. } | Self::DatabaseDefault(source) => {
                return source.output_or_none();
            }
            Self::Value(value) => match &value.output {
                Some(output) => output.clone(),
                None => return Ok(value_kind(&value.value).map(Field::of_kind)),
            },
            Self::Star | Self::ExtraWhere(_) | Self::Nothing => return Ok(None),
            Self::Func(func) => return func.output_or_none(),
            Self::Aggregate(aggregate) => return aggregate.func.output_or_none(),
            Self::Combined(combined) => {
                if let Some(output) = &combined.output {
                    return Ok(Some(output.clone()));
                }
                if combined.kind == CombinedKind::TemporalSubtraction {
                    return Ok(Some(Field::of_kind(FieldKind::Duration)));
                }
                let lhs = combined.lhs.output_or_none()?;
                let rhs = combined.rhs.output_or_none()?;
                match combined_kind(
                    combined.connector,
                    lhs.as_ref().map(|field| field.kind),
                    rhs.as_ref().map(|field| field.kind),
                ) {
                    Some(kind) => Field::of_kind(kind),
                    None => {
                        return Err(OrmError::field_error(format!(
                            "Cannot infer type of '{}' expression involving these types: {}, {}. You must set \
                             output_field.",
                            combined.connector,
                            combined.lhs.output_field()?.class_name,
                            combined.rhs.output_field()?.class_name,
                        )));
                    }
                }
            }
            Self::Wrapper { output, .. } => output.clone(),
            Self::Negated(_) | Self::Q(_) | Self::Where(_) | Self::Lookup(_) => Field::of_kind(FieldKind::Boolean),
            Self::Case(case) => match &case.output {
                Some(output) => output.clone(),
                None => {
                    let sources = case.cases.iter().chain([&case.default]).map(|part| part.output_or_none());
                    return agreed(sources);
                }
            },
            Self::When(when) => return when.result.output_or_none(),
            Self::Subquery(subquery) => {
                if subquery.exists {
                    return Ok(Some(Field::of_kind(FieldKind::Boolean)));
                }
                match &subquery.output {
                    Some(output) => output.clone(),
                    None => return subquery.query.output_or_none(),
                }
            }
            Self::Query(inner) => return inner.query.output_or_none(),
            Self::Window(window) => match &window.output {
                Some(output) => output.clone(),
                None => window.source.output_field()?,
            },
            Self::RawSql(raw) => raw.output.clone().unwrap_or_else(|| Field::of_kind(FieldKind::Plain)),
            Self::OrderBy(order) => return order.expr.output_or_none(),
            Self::List(items) => return agreed(items.iter().map(|item| item.output_or_none())),
            Self::Custom(custom) => match custom.hooks.output_field(&custom.base) {
                Some(output) => output?,
                None => return custom.base.output_or_none(),
            },
        }))
    }

    /// `output_field`.
    pub fn output_field(&self) -> OrmResult<Field> {
        if matches!(self, Self::F(_) | Self::OuterRef { .. } | Self::ResolvedOuterRef(_)) {
            return Err(OrmError::attribute_error(format!(
                "'{}' object has no attribute 'output_field'",
                self.class_name()
            )));
        }
        self.output_or_none()?.ok_or_else(no_output_field)
    }

    /// The internal type of the output field, where one is known.
    pub fn internal_type(&self) -> Option<std::rc::Rc<str>> {
        self.output_field().ok().map(|field| field.internal_type())
    }
}

/// The failure of an expression that has no type.
pub fn no_output_field() -> OrmError {
    OrmError::new(ErrorKind::OutputFieldIsNone, "Cannot resolve expression type, unknown output_field")
}

/// The type that all parts agree on, as `BaseExpression._resolve_output_field`.
pub fn agreed(sources: impl Iterator<Item = OrmResult<Option<Field>>>) -> OrmResult<Option<Field>> {
    // All are asked before any two are compared: one that cannot say fails first.
    let sources: Vec<Option<Field>> = sources.collect::<OrmResult<_>>()?;
    let mut found: Option<Field> = None;
    for source in sources.into_iter().flatten() {
        match &found {
            None => found = Some(source),
            Some(first) if !first.is_instance_of_class_of(&source) => {
                return Err(OrmError::field_error(format!(
                    "Expression contains mixed types: {}, {}. You must set output_field.",
                    first.class_name, source.class_name
                )));
            }
            Some(_) => {}
        }
    }
    Ok(found)
}

impl Func {
    /// The type of the call.
    pub fn output_or_none(&self) -> OrmResult<Option<Field>> {
        if let Some(output) = &self.output {
            return Ok(Some(output.clone()));
        }
        match self.spec.output {
            Output::Kind(kind) => Ok(Some(Field::of_kind(kind))),
            Output::By(rule) => rule(self),
            Output::FromArguments => agreed(self.args.iter().map(|arg| arg.output_or_none())),
        }
    }
}

impl Query {
    /// The type of a query that selects one thing.
    pub fn output_or_none(&self) -> OrmResult<Option<Field>> {
        if let [only] = &self.select[..] {
            return match &**only {
                Expression::Col(col) => Ok(Some(col.target.clone())),
                other => other.output_field().map(Some),
            };
        }
        let mut selected = self.annotation_select();
        match (selected.next(), selected.next()) {
            (Some(only), None) => only.expr.output_field().map(Some),
            _ => Ok(None),
        }
    }
}

/// The field class of a constant.
fn value_kind(value: &Datum) -> Option<FieldKind> {
    Some(match value {
        Datum::Str(_) => FieldKind::Char,
        Datum::Bool(_) => FieldKind::Boolean,
        Datum::Int(_) | Datum::BigInt(_) => FieldKind::Integer,
        Datum::Float(_) => FieldKind::Float,
        Datum::DateTime(_) => FieldKind::DateTime,
        Datum::Date(_) => FieldKind::Date,
        Datum::Time(_) => FieldKind::Time,
        Datum::Duration(_) => FieldKind::Duration,
        Datum::Decimal(_) => FieldKind::Decimal,
        Datum::Bytes(_) => FieldKind::Binary,
        Datum::Uuid(_) => FieldKind::Uuid,
        _ => return None,
    })
}

/// The field class of `lhs connector rhs`, by Django's table of combinations; the first entry that fits counts.
fn combined_kind(connector: &str, lhs: Option<FieldKind>, rhs: Option<FieldKind>) -> Option<FieldKind> {
    use FieldKind::{Date, DateTime, Decimal, Duration, Float, Integer, PositiveInteger, Time};
    let both = |a: FieldKind, b: FieldKind| lhs.is_some_and(|l| l.is_a(a)) && rhs.is_some_and(|r| r.is_a(b));
    let arithmetic = matches!(connector, "+" | "-" | "*" | "/" | "%%" | "^");
    if arithmetic {
        if connector != "-" && both(PositiveInteger, PositiveInteger) {
            return Some(PositiveInteger);
        }
        for kind in [Integer, Float, Decimal] {
            if both(kind, kind) {
                return Some(kind);
            }
        }
        if connector != "^" {
            for (a, b, result) in [
                (Integer, Decimal, Decimal),
                (Decimal, Integer, Decimal),
                (Integer, Float, Float),
                (Float, Integer, Float),
            ] {
                if both(a, b) {
                    return Some(result);
                }
            }
        }
    }
    if matches!(connector, "&" | "|" | "<<" | ">>" | "#") && both(Integer, Integer) {
        return Some(Integer);
    }
    if arithmetic {
        for kind in [Integer, Decimal, Float] {
            if lhs.is_some_and(|l| l.is_a(kind)) && rhs.is_none() || rhs.is_some_and(|r| r.is_a(kind)) && lhs.is_none()
            {
                return Some(kind);
            }
        }
    }
    let rules: &[(FieldKind, FieldKind, FieldKind)] = match connector {
        "+" => &[
            (Date, Duration, DateTime),
            (DateTime, Duration, DateTime),
            (Duration, Date, DateTime),
            (Duration, DateTime, DateTime),
            (Duration, Duration, Duration),
            (Time, Duration, Time),
            (Duration, Time, Time),
        ],
        "-" => &[
            (Date, Duration, DateTime),
            (DateTime, Duration, DateTime),
            (Date, Date, Duration),
            (Date, DateTime, Duration),
            (DateTime, Date, Duration),
            (DateTime, DateTime, Duration),
            (Duration, Duration, Duration),
            (Time, Duration, Time),
            (Time, Time, Duration),
        ],
        _ => &[],
    };
    rules.iter().find(|(a, b, _)| both(*a, *b)).map(|(_, _, result)| *result)
}
