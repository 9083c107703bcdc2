//! Between prepared parameters and SQLite's five kinds of value.

use crate::db::{Params, SqlValue};
use crate::orm::Datum;
use crate::python::exceptions::Kind;
use crate::python::object::PyResult;
use crate::python::vm::Vm;
use crate::values::datetime::TimeSpec;
use num_traits::ToPrimitive;

use crate::django::state::{Django, raise_class};

use super::NotedParams;

/// A parameter as SQLite gets it; `index` counts from one, for the error that names it.
fn to_sql(vm: &mut Vm, datum: &Datum, index: usize) -> PyResult<SqlValue> {
    Ok(match datum {
        Datum::Null => SqlValue::Null,
        Datum::Bool(truth) => SqlValue::Integer(i64::from(*truth)),
        Datum::Int(number) => SqlValue::Integer(*number),
        Datum::BigInt(number) => match number.to_i64() {
            Some(number) => SqlValue::Integer(number),
            None => return Err(vm.raise(Kind::OverflowError, "Python int too large to convert to SQLite INTEGER")),
        },
        Datum::Float(number) => SqlValue::Real(*number),
        Datum::Str(text) => SqlValue::Text(text.to_string()),
        Datum::Bytes(bytes) => SqlValue::Blob(bytes.to_vec()),
        Datum::Decimal(number) => SqlValue::Text(number.to_string()),
        Datum::Date(date) => SqlValue::Text(date.isoformat()),
        Datum::DateTime(moment) => SqlValue::Text(moment.isoformat(" ", TimeSpec::Auto)),
        other => {
            let kind = other.type_name_in_full();
            let class = Django::of(vm).errors.programming_error.clone();
            let text = format!("Error binding parameter {index}: type '{kind}' is not supported");
            let raised = raise_class(vm, &class, text);
            return Err(super::driver::caused(vm, raised));
        }
    })
}

/// All parameters of a statement.
fn all_to_sql(vm: &mut Vm, params: &[Datum]) -> PyResult<Vec<SqlValue>> {
    params.iter().enumerate().map(|(index, datum)| to_sql(vm, datum, index + 1)).collect()
}

/// Parameters as the driver sends them; its refusal where it knows no way.
pub(super) fn sent(vm: &mut Vm, noted: &NotedParams) -> PyResult<Params> {
    Ok(match noted {
        NotedParams::Named(pairs) => {
            let mut named = Vec::with_capacity(pairs.len());
            for (name, datum) in pairs {
                named.push((name.clone(), to_sql(vm, datum, named.len() + 1)?));
            }
            Params::Named(named)
        }
        NotedParams::List(data) => Params::List(all_to_sql(vm, data)?),
        NotedParams::None | NotedParams::Many(_) => Params::None,
    })
}

/// A value as it came from the database, before any field's conversion.
pub fn from_sql(value: SqlValue) -> Datum {
    match value {
        SqlValue::Null => Datum::Null,
        SqlValue::Integer(number) => Datum::Int(number),
        SqlValue::Real(number) => Datum::Float(number),
        SqlValue::Text(text) => Datum::Str(text.into()),
        SqlValue::Blob(bytes) => Datum::Bytes(bytes.into()),
    }
}
