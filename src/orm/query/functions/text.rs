//! Functions on texts.

use std::rc::Rc;

use super::COALESCE;
use crate::orm::models::FieldKind;
use crate::orm::query::{Combined, CombinedKind, Expr, Expression, Func, FuncSpec, Output, Value};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmError, OrmResult};

const TRANSFORM: FuncSpec = FuncSpec { arity: Some(1), ..FuncSpec::DEFAULT };
const TEXT: Output = Output::Kind(FieldKind::Char);
const NUMBER: Output = Output::Kind(FieldKind::Integer);

macro_rules! texts {
    ($($id:ident = { $($spec:tt)* } in $base:ident),* $(,)?) => {
        $(
            #[doc = concat!("The class behind `", stringify!($id), "`.")]
            pub static $id: FuncSpec = FuncSpec { $($spec)*, ..$base };
        )*
    };
}

const PLAIN: FuncSpec = FuncSpec::DEFAULT;

texts! {
    CHR = { name: "Chr", function: "CHAR", lookup_name: Some("chr"), output: TEXT } in TRANSFORM,
    LENGTH = { name: "Length", function: "LENGTH", lookup_name: Some("length"), output: NUMBER } in TRANSFORM,
    LOWER = { name: "Lower", function: "LOWER", lookup_name: Some("lower") } in TRANSFORM,
    UPPER = { name: "Upper", function: "UPPER", lookup_name: Some("upper") } in TRANSFORM,
    LTRIM = { name: "LTrim", function: "LTRIM", lookup_name: Some("ltrim") } in TRANSFORM,
    RTRIM = { name: "RTrim", function: "RTRIM", lookup_name: Some("rtrim") } in TRANSFORM,
    TRIM = { name: "Trim", function: "TRIM", lookup_name: Some("trim") } in TRANSFORM,
    ORD = { name: "Ord", function: "UNICODE", lookup_name: Some("ord"), output: NUMBER } in TRANSFORM,
    REVERSE = { name: "Reverse", function: "REVERSE", lookup_name: Some("reverse") } in TRANSFORM,
    MD5 = { name: "MD5", function: "MD5", lookup_name: Some("md5") } in TRANSFORM,
    SHA1 = { name: "SHA1", function: "SHA1", lookup_name: Some("sha1") } in TRANSFORM,
    SHA224 = { name: "SHA224", function: "SHA224", lookup_name: Some("sha224") } in TRANSFORM,
    SHA256 = { name: "SHA256", function: "SHA256", lookup_name: Some("sha256") } in TRANSFORM,
    SHA384 = { name: "SHA384", function: "SHA384", lookup_name: Some("sha384") } in TRANSFORM,
    SHA512 = { name: "SHA512", function: "SHA512", lookup_name: Some("sha512") } in TRANSFORM,
    CONCAT = { name: "Concat", template: "%(expressions)s" } in PLAIN,
    CONCAT_PAIR = { name: "ConcatPair", function: "CONCAT", write: Some(write_concat) } in PLAIN,
    LEFT = { name: "Left", function: "LEFT", arity: Some(2), output: TEXT, write: Some(write_left) } in PLAIN,
    RIGHT = { name: "Right", function: "RIGHT", arity: Some(2), output: TEXT, write: Some(write_right) } in PLAIN,
    LPAD = { name: "LPad", function: "LPAD", output: TEXT } in PLAIN,
    RPAD = { name: "RPad", function: "RPAD", output: TEXT } in PLAIN,
    REPEAT = { name: "Repeat", function: "REPEAT", output: TEXT } in PLAIN,
    REPLACE = { name: "Replace", function: "REPLACE" } in PLAIN,
    STR_INDEX = { name: "StrIndex", function: "INSTR", arity: Some(2), output: NUMBER } in PLAIN,
    SUBSTR = { name: "Substr", function: "SUBSTR", output: TEXT } in PLAIN,
}

/// `F("name")[1:3]`; the first letter stands in `extra` under `start`, how many of them under `length`.
pub static SLICED: FuncSpec = FuncSpec { name: "Sliced", resolved: Some(slice), ..FuncSpec::DEFAULT };

/// A text's slice is a part of it; nothing else has slices.
fn slice(func: &Func) -> OrmResult<Option<Expr>> {
    let Some(text) = func.args.first() else { return Ok(None) };
    // A name of the query around has no type yet.
    if !matches!(**text, Expression::OuterRef { .. } | Expression::ResolvedOuterRef(_)) {
        let output = text.output_field()?;
        if !output.is_a(FieldKind::Char) && !output.is_a(FieldKind::Text) {
            return Err(OrmError::not_supported("This field does not support slicing."));
        }
    }
    let part = |name: &str| match func.extra(name) {
        Some(Datum::Int(value)) => Some(number(*value)),
        _ => None,
    };
    let args = [Some(text.clone()), part("start"), part("length")];
    Ok(Some(Rc::new(Expression::Func(Func::new(&SUBSTR, args.into_iter().flatten().collect())))))
}

fn number(number: i64) -> Expr {
    Rc::new(Expression::Value(Value { value: Datum::Int(number), output: None, for_save: false }))
}

/// NULL beside a text would make all of it NULL.
fn write_concat(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let empty =
        || -> Expr { Rc::new(Expression::Value(Value { value: Datum::str(""), output: None, for_save: false })) };
    out.push("(");
    for (position, arg) in func.args.iter().enumerate() {
        if position > 0 {
            out.push(" || ");
        }
        let coalesced = Func::new(&COALESCE, vec![arg.clone(), empty()]);
        compiler.compile(&(Rc::new(Expression::Func(coalesced)) as Expr), out)?;
    }
    out.push(")");
    Ok(())
}

fn write_left(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let [text, length] = &func.args[..] else { return compiler.write_func(func, out) };
    compiler.write_func(&Func::new(&SUBSTR, vec![text.clone(), number(1), length.clone()]), out)
}

fn write_right(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let [text, length] = &func.args[..] else { return compiler.write_func(func, out) };
    let from_end = Rc::new(Expression::Combined(Combined {
        lhs: length.clone(),
        connector: "*",
        rhs: number(-1),
        output: None,
        kind: CombinedKind::Plain,
    }));
    compiler.write_func(&Func::new(&SUBSTR, vec![text.clone(), from_end, length.clone()]), out)
}
