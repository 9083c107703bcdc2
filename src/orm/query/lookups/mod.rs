//! Lookups: which class a name leads to, and how one is made. One family a file.

mod builtin;
mod class;
mod process;
mod related;
mod tuples;
mod uuids;

use std::rc::Rc;

use super::{Expr, Expression, Func, QueryExpr};
use crate::orm::models::{Field, FieldKind, Registry, Side};
use crate::orm::{Datum, OrmError, OrmResult};

pub use builtin::{BASE, EXACT, IN, IN_SPEC, IS_NULL, IS_NULL_SPEC, LOOKUP, push_operator, write_builtin};
pub use class::{Lookup, LookupClass, LookupFactory, LookupSpec, LookupWriter, Prepare};
pub use process::{prepare_plain, preparing_field, process_items, process_lhs, process_rhs, right_side, write_lhs};

/// The built-in lookup or transform that class `kind` itself adds under `name`.
fn builtin(kind: FieldKind, name: &str) -> Option<LookupClass> {
    match kind {
        FieldKind::Plain => builtin::base(name).map(LookupClass::Lookup),
        FieldKind::Integer => builtin::integer(name).map(LookupClass::Lookup),
        FieldKind::Uuid => uuids::lookup(name).map(LookupClass::Lookup),
        FieldKind::ForeignObject => related::lookup(name).map(LookupClass::Lookup),
        FieldKind::CompositePrimaryKey => tuples::lookup(name).map(LookupClass::Lookup),
        _ => super::functions::field_lookup(kind, name),
    }
}

/// Names of the built-in lookups and transforms that class `kind` itself adds.
fn builtin_names(kind: FieldKind) -> &'static [&'static str] {
    match kind {
        FieldKind::Plain => builtin::NAMES,
        FieldKind::ForeignObject | FieldKind::CompositePrimaryKey => related::NAMES,
        _ => super::functions::field_lookup_names(kind),
    }
}

/// The class and those it extends, as far as lookups are inherited.
fn classes(kind: FieldKind) -> impl Iterator<Item = FieldKind> {
    let mut next = Some(kind);
    std::iter::from_fn(move || {
        let current = next?;
        // A foreign object's values are its target's: it has no lookups but the relational ones.
        next = if current == FieldKind::ForeignObject { None } else { current.parent() };
        Some(current)
    })
}

/// What `name` leads to from a field.
fn find_for_field(field: &Field, name: &str, registry: &Registry) -> Option<LookupClass> {
    if *field.class_name != *field.kind.class_name()
        && let Some(found) = registry.registered_lookup(&field.class_name, name)
    {
        return Some(found);
    }
    if let Some(generated) = &field.generated {
        return find_for_field(&generated.output_field, name, registry);
    }
    classes(field.kind)
        .find_map(|kind| registry.registered_lookup(kind.class_name(), name).or_else(|| builtin(kind, name)))
}

/// The lookup `name` that the class `kind` of fields adds.
pub fn lookup_of_kind(kind: FieldKind, name: &str) -> Option<&'static LookupSpec> {
    match builtin(kind, name)? {
        LookupClass::Lookup(spec) => Some(spec),
        _ => None,
    }
}

fn find_for_side(side: &Side, name: &str, registry: &Registry, transform: bool) -> Option<LookupClass> {
    let field = side.field();
    if let Some(hooks) = &field.hooks {
        let own = if transform { hooks.get_transform(field, name) } else { hooks.get_lookup(field, name) };
        if own.is_some() {
            return own;
        }
    }
    let found = registry
        .registered_for_field(field, name)
        .or_else(|| find_for_field(field, name, registry))
        .or_else(|| if transform { super::functions::any_transform(field, name) } else { None })?;
    (found.is_transform() == transform).then_some(found)
}

fn find(expr: &Expr, name: &str, registry: &Registry, transform: bool) -> OrmResult<Option<LookupClass>> {
    match &**expr {
        Expression::Custom(custom) => {
            let own = if transform {
                custom.hooks.get_transform(&custom.base, name)
            } else {
                custom.hooks.get_lookup(&custom.base, name)
            };
            if own.is_some() {
                return Ok(own);
            }
            if let Expression::Func(_) = &*custom.base
                && let Some(found) = find(&custom.base, name, registry, transform)?
            {
                return Ok(Some(found));
            }
        }
        // A transform answers for itself before its type does.
        Expression::Func(func) if func.is_transform() => {
            let found = registry
                .registered_lookup(func.class_name(), name)
                .or_else(|| registry.registered_lookup(func.spec.name, name))
                .or_else(|| super::functions::transform_lookup(func, name));
            if let Some(found) = found {
                return Ok((found.is_transform() == transform).then_some(found));
            }
        }
        Expression::F(_) | Expression::OuterRef { .. } | Expression::ResolvedOuterRef(_) => {
            return Err(OrmError::attribute_error(format!(
                "'{}' object has no attribute '{}'",
                expr.class_name(),
                if transform { "get_transform" } else { "get_lookup" }
            )));
        }
        _ => {}
    }
    let side = expr.output_side()?.ok_or_else(super::output::no_output_field)?;
    Ok(find_for_side(&side, name, registry, transform))
}

/// `expr.get_lookup(name)`.
pub fn get_lookup(expr: &Expr, name: &str, registry: &Registry) -> OrmResult<Option<LookupClass>> {
    find(expr, name, registry, false)
}

/// `expr.get_transform(name)`.
pub fn get_transform(expr: &Expr, name: &str, registry: &Registry) -> OrmResult<Option<LookupClass>> {
    find(expr, name, registry, true)
}

/// All names that lead anywhere from a field.
pub fn known_names(side: &Side, registry: &Registry) -> Vec<Rc<str>> {
    let field = side.field();
    let mut names: Vec<Rc<str>> = registry.registered_names(&field.class_name);
    names.extend(registry.registered_names(&Registry::name_of_field(field)));
    for kind in classes(field.kind) {
        if *kind.class_name() != *field.class_name {
            names.extend(registry.registered_names(kind.class_name()));
        }
        names.extend(builtin_names(kind).iter().map(|name| Rc::from(*name)));
    }
    names.sort();
    names.dedup();
    names
}

/// The lookup class that every field has under `name`.
pub fn base_lookup(name: &str) -> Option<&'static LookupSpec> {
    builtin::base(name)
}

/// The lookup class that integer fields have under `name`.
pub fn integer_lookup(name: &str) -> Option<&'static LookupSpec> {
    builtin::integer(name)
}

/// `TupleIn`: several columns at once among tuples of values.
pub fn tuple_in() -> &'static LookupSpec {
    tuples::lookup("in").unwrap_or(&IN)
}

/// `GreaterThan`.
pub fn greater_than() -> &'static LookupSpec {
    &builtin::GT
}

/// `LessThanOrEqual`.
pub fn less_than_or_equal() -> &'static LookupSpec {
    &builtin::LTE
}

/// `Class(lhs, rhs)`.
pub fn make(class: &LookupClass, lhs: Expr, rhs: Datum) -> OrmResult<Expr> {
    match class {
        LookupClass::Lookup(spec) => Ok(Rc::new(Expression::Lookup(Lookup::new(spec, lhs, rhs)?))),
        LookupClass::Host(factory) => factory.lookup(lhs, rhs),
        LookupClass::Transform(_) | LookupClass::KeyTransform(..) => {
            Err(OrmError::type_error("a transform takes no right side"))
        }
    }
}

/// `Transform(lhs)`.
pub fn apply_transform(class: &LookupClass, lhs: Expr) -> OrmResult<Expr> {
    match class {
        LookupClass::Transform(spec) => Ok(Rc::new(Expression::Func(Func::new(spec, vec![lhs])))),
        LookupClass::KeyTransform(spec, name, argument) => {
            let mut func = Func::new(spec, vec![lhs]);
            func.extra.push(((*name).into(), argument.clone()));
            Ok(Rc::new(Expression::Func(func)))
        }
        LookupClass::Host(factory) => factory.transform(lhs),
        LookupClass::Lookup(_) => Err(OrmError::type_error("a lookup is no transform")),
    }
}

impl Lookup {
    /// `Class(lhs, rhs)` of a built-in class: prepares the right side.
    pub fn new(spec: &'static LookupSpec, lhs: Expr, rhs: Datum) -> OrmResult<Self> {
        let rhs = match rhs {
            Datum::Query(query) => Datum::Expr(Rc::new(Expression::Query(QueryExpr { query }))),
            other => other,
        };
        let is_query = matches!(&rhs, Datum::Expr(expr) if matches!(**expr, Expression::Query(_)));
        let rhs = (spec.prepare)(spec, &lhs, rhs)?;
        let bilateral = lhs.bilateral_transforms();
        if is_query && !bilateral.is_empty() {
            return Err(OrmError::not_implemented(
                "Bilateral transformations on nested querysets are not implemented.",
            ));
        }
        let written = spec.name.starts_with("UUID").then(Rc::default);
        Ok(Self { spec, lhs, rhs, bilateral, written })
    }
}

/// `field.get_lookup("isnull")(col, is_null)`.
pub fn is_null_for(field: &Field, col: Expr, is_null: bool) -> OrmResult<Expr> {
    let registry = registry_of(field)?;
    let class = find_for_side(&Side::Forward(field.clone()), "isnull", &registry, false)
        .unwrap_or(LookupClass::Lookup(&IS_NULL));
    make(&class, col, Datum::Bool(is_null))
}

/// `field.get_lookup("exact")(lhs, rhs)`.
pub fn exact_for(field: &Field, lhs: Expr, rhs: Datum) -> OrmResult<Expr> {
    let registry = registry_of(field)?;
    let class =
        find_for_side(&Side::Forward(field.clone()), "exact", &registry, false).unwrap_or(LookupClass::Lookup(&EXACT));
    make(&class, lhs, rhs)
}

fn registry_of(field: &Field) -> OrmResult<Rc<Registry>> {
    Ok(field.require_model()?.registry.clone())
}
