//! Lookups on relations: instances, keys and querysets on the right side.

use std::rc::Rc;

use super::builtin::{prepare_exact, prepare_in, rhs_query, write_builtin, write_exact, write_in, write_is_null};
use super::{BASE, Lookup, LookupSpec, prepare_plain, tuples};
use crate::orm::models::{FieldKind, Side};
use crate::orm::query::{Expr, Expression, QueryExpr};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};

static RELATED_EXACT: LookupSpec =
    LookupSpec { name: "RelatedExact", lookup_name: "exact", prepare: prepare_one, write: write_related, ..BASE };
static RELATED_IN: LookupSpec =
    LookupSpec { name: "RelatedIn", lookup_name: "in", prepare: prepare_many, write: write_related, ..BASE };
static RELATED_LT: LookupSpec =
    LookupSpec { name: "RelatedLessThan", prepare: prepare_one, write: write_related, ..LT_CONST };
static RELATED_GT: LookupSpec =
    LookupSpec { name: "RelatedGreaterThan", prepare: prepare_one, write: write_related, ..GT_CONST };
static RELATED_GTE: LookupSpec =
    LookupSpec { name: "RelatedGreaterThanOrEqual", prepare: prepare_one, write: write_related, ..GTE_CONST };
static RELATED_LTE: LookupSpec =
    LookupSpec { name: "RelatedLessThanOrEqual", prepare: prepare_one, write: write_related, ..LTE_CONST };
static RELATED_IS_NULL: LookupSpec = LookupSpec {
    name: "RelatedIsNull",
    lookup_name: "isnull",
    prepare_rhs: false,
    prepare: prepare_one,
    write: write_related,
    db_prepare: false,
    ..BASE
};
const LT_CONST: LookupSpec = LookupSpec { lookup_name: "lt", ..BASE };
const GT_CONST: LookupSpec = LookupSpec { lookup_name: "gt", ..BASE };
const GTE_CONST: LookupSpec = LookupSpec { lookup_name: "gte", ..BASE };
const LTE_CONST: LookupSpec = LookupSpec { lookup_name: "lte", ..BASE };

/// Names of the lookups that relations have.
pub const NAMES: &[&str] = &["in", "exact", "lt", "gt", "gte", "lte", "isnull"];

/// The lookup `name` of relations.
pub fn lookup(name: &str) -> Option<&'static LookupSpec> {
    Some(match name {
        "exact" => &RELATED_EXACT,
        "in" => &RELATED_IN,
        "lt" => &RELATED_LT,
        "gt" => &RELATED_GT,
        "gte" => &RELATED_GTE,
        "lte" => &RELATED_LTE,
        "isnull" => &RELATED_IS_NULL,
        _ => return None,
    })
}

fn is_pairs(lhs: &Expr) -> bool {
    matches!(**lhs, Expression::ColPairs(_))
}

/// The key values that a right side stands for: an instance gives those of the relation's target fields.
pub fn normalized(value: &Datum, lhs: &Expr) -> OrmResult<Vec<Datum>> {
    match value {
        Datum::Instance(instance) => {
            let unset = match instance.attribute("pk")? {
                Datum::Null => true,
                Datum::Tuple(parts) => parts.iter().any(Datum::is_null),
                _ => false,
            };
            if unset {
                return Err(OrmError::value_error("Model instances passed to related filters must be saved."));
            }
            let mut values = Vec::new();
            for mut source in target_fields(lhs)? {
                let model = instance.model();
                while source.model().is_some_and(|holder| !model.is_subclass_of(holder)) {
                    let Some(relation) = &source.relation else { break };
                    let target = relation.require_model()?;
                    source = match &relation.to_field {
                        Some(name) => target.forward_field(name)?,
                        None => target.pk()?,
                    };
                }
                match instance.attribute(&source.attname) {
                    Ok(value) => values.push(value),
                    Err(error) if error.kind() == ErrorKind::AttributeError => {
                        return Ok(match instance.attribute("pk")? {
                            Datum::Tuple(parts) => parts.to_vec(),
                            pk => vec![pk],
                        });
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(values)
        }
        Datum::Tuple(parts) => Ok(parts.to_vec()),
        other => Ok(vec![other.clone()]),
    }
}

/// The fields that a relation's values are values of, members of a composite key one by one.
fn target_fields(lhs: &Expr) -> OrmResult<Vec<crate::orm::models::Field>> {
    let side = lhs.output_side()?.ok_or_else(crate::orm::query::output::no_output_field)?;
    let path = side.path(None)?;
    let mut fields = Vec::new();
    for field in path.last().map(|step| step.target_fields.clone()).unwrap_or_default() {
        if field.kind == FieldKind::CompositePrimaryKey {
            fields.extend(field.require_model()?.pk_fields()?);
        } else {
            fields.push(field);
        }
    }
    Ok(fields)
}

fn first(values: Vec<Datum>) -> OrmResult<Datum> {
    values.into_iter().next().ok_or_else(|| OrmError::new(ErrorKind::IndexError, "tuple index out of range"))
}

fn prepare_one(spec: &'static LookupSpec, lhs: &Expr, rhs: Datum) -> OrmResult<Datum> {
    let mut rhs = rhs;
    if !is_pairs(lhs) && !rhs.is_expression() {
        rhs = first(normalized(&rhs, lhs)?)?;
        if spec.prepare_rhs
            && let Some(target) = target_fields(lhs)?.last()
        {
            rhs = target.get_prep_value(&rhs)?;
        }
    }
    if is_pairs(lhs) && !rhs.is_expression() {
        return Ok(rhs);
    }
    match spec.lookup_name {
        "exact" => prepare_exact(spec, lhs, rhs),
        _ => prepare_plain(spec, lhs, rhs),
    }
}

fn prepare_many(spec: &'static LookupSpec, lhs: &Expr, rhs: Datum) -> OrmResult<Datum> {
    let mut rhs = rhs;
    if is_pairs(lhs) {
        if let Some(inner) = rhs_query(&rhs)
            && inner.query.selected.is_none()
            && let Expression::ColPairs(pairs) = &**lhs
            && pairs.output.related_model().as_ref() == Some(&inner.query.model)
        {
            let names: Vec<Rc<str>> = pairs.sources.iter().map(|field| field.name.clone()).collect();
            rhs = with_values(inner, &names)?;
        }
        if !rhs.is_expression() {
            return Ok(Datum::List(rhs.iterate()?.into()));
        }
    } else if !rhs.is_expression() {
        let target = target_fields(lhs)?.pop();
        let mut values = Vec::new();
        for item in rhs.iterate()? {
            if item.is_expression() {
                values.push(item);
                continue;
            }
            let value = first(normalized(&item, lhs)?)?;
            values.push(match &target {
                Some(target) => target.get_prep_value(&value)?,
                None => value,
            });
        }
        rhs = Datum::List(values.into());
    } else if let Some(inner) = rhs_query(&rhs)
        && inner.query.selected.is_none()
    {
        let side = lhs.output_side()?.ok_or_else(crate::orm::query::output::no_output_field)?;
        let target = match &side {
            Side::Forward(field) => field.target_field()?,
            Side::Reverse(_) => {
                target_fields(lhs)?.pop().ok_or_else(|| OrmError::field_error("The relation has no target field"))?
            }
        };
        // The link to a parent is the key of its model without saying so.
        let is_key = target.is_primary_key()
            || target.model().and_then(|model| model.pk_or_none()).is_some_and(|pk| pk == target);
        if !is_key {
            let own_key = matches!(&side, Side::Forward(field)
                if field.is_primary_key() && field.model() == Some(&inner.query.model));
            let name = if own_key { side.name() } else { target.name.clone() };
            rhs = with_values(inner, &[name])?;
        }
    }
    prepare_in(spec, lhs, rhs)
}

fn with_values(inner: &QueryExpr, names: &[Rc<str>]) -> OrmResult<Datum> {
    let mut query = (*inner.query).clone();
    query.set_values(names)?;
    Ok(Datum::Expr(Rc::new(Expression::Query(QueryExpr { query: Rc::new(query) }))))
}

fn write_related(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    if is_pairs(&lookup.lhs) {
        if lookup.spec.lookup_name != "in" && !lookup.rhs_is_direct() {
            return Err(OrmError::value_error(format!(
                "'{}' doesn't support multi-column subqueries.",
                lookup.spec.lookup_name
            )));
        }
        // As RelatedLookupMixin.as_sql: what does not fit the key's columns is found now.
        let values = match (&lookup.rhs, lookup.spec.lookup_name) {
            (rhs, "in") if lookup.rhs_is_direct() => {
                let rows = rhs.iterate()?;
                let rows: OrmResult<Vec<Datum>> =
                    rows.iter().map(|row| Ok(Datum::Tuple(normalized(row, &lookup.lhs)?.into()))).collect();
                Datum::List(rows?.into())
            }
            (rhs, "in") => rhs.clone(),
            (rhs, _) => Datum::Tuple(normalized(rhs, &lookup.lhs)?.into()),
        };
        let Some(spec) = tuples::lookup(lookup.spec.lookup_name) else { return tuples::write(lookup, compiler, out) };
        return tuples::write(&Lookup::new(spec, lookup.lhs.clone(), values)?, compiler, out);
    }
    match lookup.spec.lookup_name {
        "exact" => write_exact(lookup, compiler, out),
        "in" => write_in(lookup, compiler, out),
        "isnull" => write_is_null(lookup, compiler, out),
        _ => write_builtin(lookup, compiler, out),
    }
}
