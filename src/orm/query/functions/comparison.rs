//! `Coalesce`, `Cast`, `Collate`, and what the core itself needs of other families.

use crate::orm::models::FieldKind;
use crate::orm::query::{Func, FuncSpec, Output};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmError, OrmResult};

/// `Coalesce`.
pub static COALESCE: FuncSpec = FuncSpec { name: "Coalesce", function: "COALESCE", ..FuncSpec::DEFAULT };

/// `Greatest`.
pub static GREATEST: FuncSpec = FuncSpec { name: "Greatest", function: "MAX", ..FuncSpec::DEFAULT };

/// `Least`.
pub static LEAST: FuncSpec = FuncSpec { name: "Least", function: "MIN", ..FuncSpec::DEFAULT };

/// `NullIf`.
pub static NULL_IF: FuncSpec = FuncSpec { name: "NullIf", function: "NULLIF", arity: Some(2), ..FuncSpec::DEFAULT };

/// `Random`.
pub static RANDOM: FuncSpec = FuncSpec {
    name: "Random",
    function: "RAND",
    arity: Some(0),
    output: Output::Kind(FieldKind::Float),
    ..FuncSpec::DEFAULT
};

/// `Mod`.
pub static MOD: FuncSpec = FuncSpec {
    name: "Mod",
    function: "MOD",
    arity: Some(2),
    output: Output::By(super::aggregates::numeric_output),
    ..FuncSpec::DEFAULT
};

/// `Collate`; the collation stands in `extra` under `collation`.
pub static COLLATE: FuncSpec = FuncSpec {
    name: "Collate",
    function: "COLLATE",
    template: "%(expressions)s %(function)s %(collation)s",
    write: Some(write_collate),
    ..FuncSpec::DEFAULT
};

/// `Cast`; its type is the declared one.
pub static CAST: FuncSpec = FuncSpec {
    name: "Cast",
    function: "CAST",
    template: "%(function)s(%(expressions)s AS %(db_type)s)",
    write: Some(write_cast),
    ..FuncSpec::DEFAULT
};

fn write_collate(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let name = func.extra("collation").map(Datum::py_str).transpose()?.unwrap_or_default();
    let mut quoted = SqlBuffer::new();
    quoted.name(&name);
    compiler.write_template(func, out, func.spec.template, &[("collation", &quoted.sql)])
}

fn write_cast(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let output = func.output.clone().ok_or_else(|| OrmError::type_error("Cast needs an output_field"))?;
    // SQLite's CAST knows no dates: its own functions give the text that Django stores.
    let format = match output.db_type()?.as_deref() {
        Some("date") => return compiler.write_template(func, out, "date(%(expressions)s)", &[]),
        Some("datetime") => "%Y-%m-%d %H:%M:%f",
        Some("time") => "%H:%M:%f",
        _ => {
            let db_type = output.cast_db_type()?.unwrap_or_else(|| "None".to_owned());
            return compiler.write_template(func, out, func.spec.template, &[("db_type", &db_type)]);
        }
    };
    out.push("strftime(");
    out.param(Datum::str(format));
    out.push(", ");
    compiler.write_arguments(func, out)?;
    out.push(")");
    Ok(())
}
