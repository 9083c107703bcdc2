//! `Avg`, `Count`, `Max`, `Min`, `StdDev`, `Sum`, `Variance`.

use crate::orm::OrmResult;
use crate::orm::models::{Field, FieldKind};
use crate::orm::query::{Func, FuncSpec, Output};

const BASE: FuncSpec = FuncSpec {
    name: "Aggregate",
    template: "%(function)s(%(distinct)s%(expressions)s)",
    window_compatible: true,
    is_aggregate: true,
    ..FuncSpec::DEFAULT
};
const ONE: FuncSpec = FuncSpec { arity: Some(1), ..BASE };

/// `Aggregate` itself, for a host's classes that extend it.
pub static AGGREGATE: FuncSpec = BASE;

/// `Avg`.
pub static AVG: FuncSpec =
    FuncSpec { name: "Avg", function: "AVG", allow_distinct: true, output: Output::By(numeric_output), ..ONE };
/// `Count`.
pub static COUNT: FuncSpec = FuncSpec {
    name: "Count",
    function: "COUNT",
    allow_distinct: true,
    empty_result_zero: true,
    output: Output::Kind(FieldKind::Integer),
    ..ONE
};
/// `Max`.
pub static MAX: FuncSpec = FuncSpec { name: "Max", function: "MAX", ..ONE };
/// `Min`.
pub static MIN: FuncSpec = FuncSpec { name: "Min", function: "MIN", ..ONE };
/// `StdDev(…)`.
pub static STDDEV_POP: FuncSpec =
    FuncSpec { name: "StdDev", function: "STDDEV_POP", output: Output::By(numeric_output), ..ONE };
/// `StdDev(…, sample=True)`.
pub static STDDEV_SAMP: FuncSpec =
    FuncSpec { name: "StdDev", function: "STDDEV_SAMP", output: Output::By(numeric_output), ..ONE };
/// `Sum`.
pub static SUM: FuncSpec = FuncSpec { name: "Sum", function: "SUM", allow_distinct: true, ..ONE };
/// `Variance(…)`.
pub static VAR_POP: FuncSpec =
    FuncSpec { name: "Variance", function: "VAR_POP", output: Output::By(numeric_output), ..ONE };
/// `Variance(…, sample=True)`.
pub static VAR_SAMP: FuncSpec =
    FuncSpec { name: "Variance", function: "VAR_SAMP", output: Output::By(numeric_output), ..ONE };

/// `NumericOutputFieldMixin`: decimals stay decimals, integers become floats, all else must agree.
pub fn numeric_output(func: &Func) -> OrmResult<Option<Field>> {
    let sources = func.args.iter().map(|arg| arg.output_or_none()).collect::<OrmResult<Vec<_>>>()?;
    if sources.is_empty() {
        return Ok(Some(Field::of_kind(FieldKind::Float)));
    }
    if sources.iter().flatten().any(|field| field.is_a(FieldKind::Decimal)) {
        return Ok(Some(Field::of_kind(FieldKind::Decimal)));
    }
    if sources.iter().flatten().any(|field| field.is_a(FieldKind::Integer)) {
        return Ok(Some(Field::of_kind(FieldKind::Float)));
    }
    super::super::output::agreed(sources.into_iter().map(Ok))
}
