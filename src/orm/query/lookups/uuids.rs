//! Text lookups on UUIDs, which are stored without hyphens.

use std::rc::Rc;

use super::{BASE, Lookup, LookupSpec, builtin};
use crate::orm::models::{Field, FieldKind};
use crate::orm::query::{Expr, Expression, Func, Value, functions};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmError, OrmResult};

const TEXT: LookupSpec = LookupSpec { prepare_rhs: false, db_prepare: false, write, ..BASE };
static IEXACT: LookupSpec = LookupSpec { name: "UUIDIExact", lookup_name: "iexact", ..TEXT };
static CONTAINS: LookupSpec = LookupSpec { name: "UUIDContains", lookup_name: "contains", ..TEXT };
static ICONTAINS: LookupSpec = LookupSpec { name: "UUIDIContains", lookup_name: "icontains", ..TEXT };
static STARTS_WITH: LookupSpec = LookupSpec { name: "UUIDStartsWith", lookup_name: "startswith", ..TEXT };
static ISTARTS_WITH: LookupSpec = LookupSpec { name: "UUIDIStartsWith", lookup_name: "istartswith", ..TEXT };
static ENDS_WITH: LookupSpec = LookupSpec { name: "UUIDEndsWith", lookup_name: "endswith", ..TEXT };
static IENDS_WITH: LookupSpec = LookupSpec { name: "UUIDIEndsWith", lookup_name: "iendswith", ..TEXT };

/// The lookup `name` of UUID fields.
pub fn lookup(name: &str) -> Option<&'static LookupSpec> {
    Some(match name {
        "iexact" => &IEXACT,
        "contains" => &CONTAINS,
        "icontains" => &ICONTAINS,
        "startswith" => &STARTS_WITH,
        "istartswith" => &ISTARTS_WITH,
        "endswith" => &ENDS_WITH,
        "iendswith" => &IENDS_WITH,
        _ => return None,
    })
}

fn constant(value: Datum) -> Expr {
    Rc::new(Expression::Value(Value { value, output: None, for_save: false }))
}

fn write(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let text = match &lookup.rhs {
        Datum::Expr(expr) => expr.clone(),
        direct => constant(direct.clone()),
    };
    // The lookup keeps what it has made of its right side: written again, it goes through all of it once more.
    let times = lookup.written.as_ref().map_or(1, |written| {
        written.set(written.get() + 1);
        written.get()
    });
    let mut bare = text;
    for _ in 0..times {
        let mut stripped =
            Func::new(&functions::text::REPLACE, vec![bare, constant(Datum::str("-")), constant(Datum::str(""))]);
        stripped.output = Some(Field::of_kind(FieldKind::Char));
        bare = Rc::new(Expression::Func(stripped));
    }
    let spec = builtin::base(lookup.spec.lookup_name).ok_or_else(|| OrmError::unsupported(lookup.spec.name))?;
    let plain = Lookup {
        spec,
        lhs: lookup.lhs.clone(),
        rhs: Datum::Expr(bare),
        bilateral: lookup.bilateral.clone(),
        written: None,
    };
    (spec.write)(&plain, compiler, out)
}
