//! Functions on numbers.

use super::aggregates::numeric_output;
use crate::orm::models::Field;
use crate::orm::query::{Expression, Func, FuncSpec, Output};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmError, OrmResult};

const TRANSFORM: FuncSpec = FuncSpec { arity: Some(1), ..FuncSpec::DEFAULT };
const NUMERIC: FuncSpec = FuncSpec { output: Output::By(numeric_output), ..TRANSFORM };

macro_rules! numbers {
    ($($id:ident $name:literal $function:literal $lookup:literal $base:ident),* $(,)?) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub static $id: FuncSpec =
                FuncSpec { name: $name, function: $function, lookup_name: Some($lookup), ..$base };
        )*
    };
}

numbers! {
    ABS "Abs" "ABS" "abs" TRANSFORM,
    ACOS "ACos" "ACOS" "acos" NUMERIC,
    ASIN "ASin" "ASIN" "asin" NUMERIC,
    ATAN "ATan" "ATAN" "atan" NUMERIC,
    CEIL "Ceil" "CEILING" "ceil" TRANSFORM,
    COS "Cos" "COS" "cos" NUMERIC,
    COT "Cot" "COT" "cot" NUMERIC,
    DEGREES "Degrees" "DEGREES" "degrees" NUMERIC,
    EXP "Exp" "EXP" "exp" NUMERIC,
    FLOOR "Floor" "FLOOR" "floor" TRANSFORM,
    LN "Ln" "LN" "ln" NUMERIC,
    RADIANS "Radians" "RADIANS" "radians" NUMERIC,
    SIGN "Sign" "SIGN" "sign" TRANSFORM,
    SIN "Sin" "SIN" "sin" NUMERIC,
    SQRT "Sqrt" "SQRT" "sqrt" NUMERIC,
    TAN "Tan" "TAN" "tan" NUMERIC,
}

/// `ATan2`.
pub static ATAN2: FuncSpec =
    FuncSpec { name: "ATan2", function: "ATAN2", arity: Some(2), numeric_cast: false, ..NUMERIC };
/// `Log`.
pub static LOG: FuncSpec = FuncSpec { name: "Log", function: "LOG", arity: Some(2), numeric_cast: false, ..NUMERIC };
/// `Power`.
pub static POWER: FuncSpec = FuncSpec { name: "Power", function: "POWER", arity: Some(2), ..NUMERIC };
/// `Pi`.
pub static PI: FuncSpec = FuncSpec { name: "Pi", function: "PI", arity: Some(0), ..NUMERIC };
/// `Round`; the precision is its second argument.
pub static ROUND: FuncSpec = FuncSpec {
    name: "Round",
    function: "ROUND",
    lookup_name: Some("round"),
    output: Output::By(first_output),
    write: Some(write_round),
    ..FuncSpec::DEFAULT
};

/// The type of the first argument.
pub fn first_output(func: &Func) -> OrmResult<Option<Field>> {
    match func.args.first() {
        Some(first) => first.output_field().map(Some),
        None => Ok(None),
    }
}

fn write_round(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let mut func = func.clone();
    if func.args.len() == 1 {
        // As a lookup it rounds to whole numbers.
        func.args.push(std::rc::Rc::new(Expression::Value(crate::orm::query::Value {
            value: Datum::Int(0),
            output: None,
            for_save: false,
        })));
    }
    if let Some(Expression::Value(precision)) = func.args.get(1).map(|arg| &**arg)
        && matches!(precision.value, Datum::Int(number) if number < 0)
    {
        return Err(OrmError::value_error("SQLite does not support negative precision."));
    }
    compiler.write_func(&func, out)
}
