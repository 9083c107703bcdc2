//! JSON: building it, keys and indexes inside it, and what they are compared by.

use crate::orm::models::{FieldKind, dumps, loads};
use crate::orm::query::lookups::{self, LookupSpec, process_items, process_rhs, push_operator, write_lhs};
use crate::orm::query::{Expr, Expression, Func, FuncSpec, Lookup, LookupClass, Output};
use crate::orm::sql::{Fragment, SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmError, OrmResult};

/// `JSONArray`.
pub static JSON_ARRAY: FuncSpec = FuncSpec {
    name: "JSONArray",
    function: "JSON_ARRAY",
    output: Output::Kind(FieldKind::Json),
    write: Some(write_made),
    ..FuncSpec::DEFAULT
};
/// `JSONObject`; keys and values in turn are its arguments.
pub static JSON_OBJECT: FuncSpec = FuncSpec {
    name: "JSONObject",
    function: "JSON_OBJECT",
    output: Output::Kind(FieldKind::Json),
    write: Some(write_made),
    ..FuncSpec::DEFAULT
};

/// Whether the expression takes a part out of a document.
pub(crate) fn is_key_transform(expr: &Expr) -> bool {
    match &**expr {
        Expression::Func(func) => matches!(func.spec.name, "KeyTransform" | "KeyTextTransform"),
        Expression::Custom(custom) => is_key_transform(&custom.base),
        _ => false,
    }
}

/// `KeyTransform`; the key stands in `extra` under `key_name`.
pub static KEY_TRANSFORM: FuncSpec = FuncSpec {
    name: "KeyTransform",
    arity: Some(1),
    lookup_name: Some(""),
    write: Some(write_key),
    ..FuncSpec::DEFAULT
};
/// `KeyTextTransform`.
pub static KEY_TEXT_TRANSFORM: FuncSpec = FuncSpec {
    name: "KeyTextTransform",
    arity: Some(1),
    lookup_name: Some(""),
    output: Output::Kind(FieldKind::Text),
    write: Some(write_key),
    ..FuncSpec::DEFAULT
};

const BASE: LookupSpec = lookups::BASE;
static CONTAINS: LookupSpec = LookupSpec { name: "DataContains", lookup_name: "contains", write: refuse, ..BASE };
static CONTAINED_BY: LookupSpec =
    LookupSpec { name: "ContainedBy", lookup_name: "contained_by", write: refuse, ..BASE };
static HAS_KEY: LookupSpec =
    LookupSpec { name: "HasKey", lookup_name: "has_key", prepare_rhs: false, write: write_has_key, ..BASE };
static HAS_KEYS: LookupSpec =
    LookupSpec { name: "HasKeys", lookup_name: "has_keys", prepare: prepare_keys, write: write_has_key, ..BASE };
static HAS_ANY_KEYS: LookupSpec =
    LookupSpec { name: "HasAnyKeys", lookup_name: "has_any_keys", prepare: prepare_keys, write: write_has_key, ..BASE };
static EXACT: LookupSpec =
    LookupSpec { name: "JSONExact", lookup_name: "exact", none_as_rhs: true, write: write_exact, ..BASE };

static KEY_EXACT: LookupSpec =
    LookupSpec { name: "KeyTransformExact", lookup_name: "exact", none_as_rhs: true, write: write_key_exact, ..BASE };
static KEY_IN: LookupSpec = LookupSpec { name: "KeyTransformIn", write: write_key_in, ..lookups::IN_SPEC };
static KEY_IS_NULL: LookupSpec =
    LookupSpec { name: "KeyTransformIsNull", write: write_key_is_null, ..lookups::IS_NULL_SPEC };
const NUMERIC: LookupSpec = LookupSpec { write: write_key_numeric, ..BASE };
static KEY_LT: LookupSpec = LookupSpec { name: "KeyTransformLt", lookup_name: "lt", ..NUMERIC };
static KEY_LTE: LookupSpec = LookupSpec { name: "KeyTransformLte", lookup_name: "lte", ..NUMERIC };
static KEY_GT: LookupSpec = LookupSpec { name: "KeyTransformGt", lookup_name: "gt", ..NUMERIC };
static KEY_GTE: LookupSpec = LookupSpec { name: "KeyTransformGte", lookup_name: "gte", ..NUMERIC };

/// Names of a JSON field's lookups.
pub const NAMES: &[&str] = &["contains", "contained_by", "has_key", "has_keys", "has_any_keys", "exact", "icontains"];

/// The lookup `name` of JSON fields.
pub fn lookup(name: &str) -> Option<LookupClass> {
    Some(LookupClass::Lookup(match name {
        "contains" => &CONTAINS,
        "contained_by" => &CONTAINED_BY,
        "has_key" => &HAS_KEY,
        "has_keys" => &HAS_KEYS,
        "has_any_keys" => &HAS_ANY_KEYS,
        "exact" => &EXACT,
        _ => return None,
    }))
}

/// Any other name is a key.
pub fn key(name: &str) -> LookupClass {
    LookupClass::KeyTransform(&KEY_TRANSFORM, "key_name", Datum::str(name))
}

/// The lookups of keys.
pub fn key_lookup(func: &Func, name: &str) -> Option<LookupClass> {
    if !matches!(func.spec.name, "KeyTransform" | "KeyTextTransform") {
        return None;
    }
    let spec = match name {
        "exact" => &KEY_EXACT,
        "in" => &KEY_IN,
        "isnull" => &KEY_IS_NULL,
        "lt" => &KEY_LT,
        "lte" => &KEY_LTE,
        "gt" => &KEY_GT,
        "gte" => &KEY_GTE,
        _ => return None,
    };
    Some(LookupClass::Lookup(spec))
}

/// Functions that make JSON first ask whether the database can.
fn write_made(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    crate::orm::settings::probe_json(compiler.using.as_deref())?;
    compiler.write_func(func, out)
}

fn refuse(lookup: &Lookup, _compiler: &mut SqlCompiler<'_>, _out: &mut SqlBuffer) -> OrmResult<()> {
    Err(OrmError::not_supported(format!(
        "{} lookup is not supported on this database backend.",
        lookup.spec.lookup_name
    )))
}

fn prepare_keys(_spec: &'static LookupSpec, _lhs: &Expr, rhs: Datum) -> OrmResult<Datum> {
    let keys = rhs.iterate()?.iter().map(|key| Ok(Datum::str(key.py_str()?))).collect::<OrmResult<Vec<_>>>()?;
    Ok(Datum::List(keys.into()))
}

fn key_name(func: &Func) -> Datum {
    func.extra("key_name").cloned().unwrap_or(Datum::Null)
}

/// A path of keys: those that read as whole numbers are indexes.
fn path(keys: &[Datum], root: bool) -> OrmResult<String> {
    let mut path = String::from(if root { "$" } else { "" });
    for key in keys {
        let text = key.py_str()?;
        match text.trim().parse::<i64>() {
            Ok(index) => path.push_str(&format!("[{index}]")),
            Err(_) => {
                path.push('.');
                path.push_str(&dumps(&Datum::str(text))?);
            }
        }
    }
    Ok(path)
}

/// The column that a chain of keys starts from, and the keys.
fn unfold(func: &Func) -> OrmResult<(Expr, Vec<Datum>)> {
    let mut keys = vec![key_name(func)];
    let mut inner =
        func.args.first().cloned().ok_or_else(|| OrmError::type_error("KeyTransform takes exactly 1 argument"))?;
    loop {
        let next = match &*inner {
            Expression::Func(func) if matches!(func.spec.name, "KeyTransform" | "KeyTextTransform") => {
                keys.insert(0, key_name(func));
                func.args.first().cloned()
            }
            _ => None,
        };
        match next {
            Some(next) => inner = next,
            None => return Ok((inner, keys)),
        }
    }
}

fn write_key(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let (column, keys) = unfold(func)?;
    let path = Datum::str(path(&keys, true)?);
    for (before, after) in [
        ("(CASE WHEN JSON_TYPE(", ") IN ('null','false','true') THEN "),
        ("JSON_TYPE(", ") ELSE "),
        ("JSON_EXTRACT(", ") END)"),
    ] {
        out.push(before);
        compiler.compile(&column, out)?;
        out.push(", ");
        out.param(path.clone());
        out.push(after);
    }
    Ok(())
}

/// A test on what stands at a path: `template` holds `%s` for the column.
fn write_type_test(
    lhs: &Expr,
    keys: &[Datum],
    final_index: bool,
    test: &str,
    compiler: &mut SqlCompiler<'_>,
    out: &mut SqlBuffer,
) -> OrmResult<()> {
    let (column, mut full) = match &**lhs {
        Expression::Func(func) if matches!(func.spec.name, "KeyTransform" | "KeyTextTransform") => {
            let (column, keys) = unfold(func)?;
            (column, path(&keys, true)?)
        }
        _ => (lhs.clone(), "$".to_owned()),
    };
    if let Some((last, before)) = keys.split_last() {
        full.push_str(&path(before, false)?);
        if final_index {
            full.push_str(&path(std::slice::from_ref(last), false)?);
        } else {
            full.push('.');
            full.push_str(&dumps(last)?);
        }
    }
    out.push("JSON_TYPE(");
    write_lhs(&column, compiler, out)?;
    out.push(", ");
    out.param(Datum::str(full));
    out.push(test);
    Ok(())
}

fn write_has_key(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let rhs: Vec<Datum> = match &lookup.rhs {
        Datum::List(items) | Datum::Tuple(items) => items.to_vec(),
        other => vec![other.clone()],
    };
    let glue = match lookup.spec.lookup_name {
        "has_keys" => Some(" AND "),
        "has_any_keys" => Some(" OR "),
        _ => None,
    };
    if glue.is_some() {
        out.push("(");
    }
    for (position, key) in rhs.iter().enumerate() {
        if position > 0 {
            out.push(glue.unwrap_or_default());
        }
        let keys = match key {
            Datum::Expr(expr) => match &**expr {
                Expression::Func(func) if func.spec.name.starts_with("Key") => unfold(func)?.1,
                _ => vec![key.clone()],
            },
            _ => vec![key.clone()],
        };
        write_type_test(&lookup.lhs, &keys, false, ") IS NOT NULL", compiler, out)?;
    }
    if glue.is_some() {
        out.push(")");
    }
    Ok(())
}

fn exact_rhs(lookup: &Lookup, compiler: &mut SqlCompiler<'_>) -> OrmResult<Fragment> {
    let mut rhs = process_rhs(lookup, compiler)?;
    if rhs.sql == "%s"
        && let [value @ Datum::Null] = &mut rhs.params[..]
    {
        *value = Datum::str("null");
    }
    Ok(rhs)
}

fn write_equal(lookup: &Lookup, rhs: Fragment, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    write_lhs(&lookup.lhs, compiler, out)?;
    out.push(" ");
    push_operator(out, compiler.dialect.operator(lookup.spec.lookup_name).unwrap_or("= %s"), &rhs.sql);
    out.params.extend(rhs.params);
    Ok(())
}

fn write_exact(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let rhs = exact_rhs(lookup, compiler)?;
    write_equal(lookup, rhs, compiler, out)
}

/// Whether a JSON text is one of the three words that `JSON_TYPE` gives for what it stands for.
fn is_word(value: &Datum) -> bool {
    matches!(value.as_str(), Some("null" | "true" | "false"))
}

fn write_key_exact(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let mut rhs = exact_rhs(lookup, compiler)?;
    let is_key = matches!(&lookup.rhs, Datum::Expr(expr)
        if matches!(&**expr, Expression::Func(func) if func.spec.name.starts_with("Key")));
    if !is_key {
        // Every placeholder of the right side is taken for JSON text.
        let mut params = rhs.params.iter();
        let mut sql = String::with_capacity(rhs.sql.len() + 20);
        let mut rest = &*rhs.sql;
        while let Some(at) = rest.find('%') {
            sql.push_str(&rest[..at]);
            if rest[at..].starts_with("%s") {
                let plain = params.next().is_none_or(is_word);
                sql.push_str(if plain { "%s" } else { "JSON_EXTRACT(%s, '$')" });
            } else {
                sql.push('%');
            }
            rest = rest.get(at + 2..).unwrap_or_default();
        }
        sql.push_str(rest);
        rhs.sql = sql;
    }
    write_equal(lookup, rhs, compiler, out)
}

fn write_key_in(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let items: Vec<Datum> = match &lookup.rhs {
        Datum::Expr(_) => return (lookups::IN.write)(lookup, compiler, out),
        direct => direct.iterate()?.into_iter().filter(|item| !item.is_null()).collect(),
    };
    if items.is_empty() {
        return Err(OrmError::empty_result());
    }
    write_lhs(&lookup.lhs, compiler, out)?;
    let parts = process_items(lookup, &items, compiler)?;
    out.push(" IN (");
    for (position, part) in parts.into_iter().enumerate() {
        if position > 0 {
            out.push(", ");
        }
        match &part.params[..] {
            [value] if part.sql == "%s" && !is_word(value) => {
                out.push("JSON_EXTRACT(%s, '$')");
                out.params.extend(part.params);
            }
            _ => out.fragment(&part),
        }
    }
    out.push(")");
    Ok(())
}

fn write_key_is_null(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let Expression::Func(func) = &*lookup.lhs else { return (lookups::IS_NULL.write)(lookup, compiler, out) };
    let inner = func.args.first().cloned().ok_or_else(|| OrmError::type_error("KeyTransform takes 1 argument"))?;
    let test = if matches!(lookup.rhs, Datum::Bool(true)) { ") IS NULL" } else { ") IS NOT NULL" };
    write_type_test(&inner, &[key_name(func)], true, test, compiler, out)
}

fn write_key_numeric(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let mut rhs = process_rhs(lookup, compiler)?;
    // Parameters of an expression are read as well, so that one which holds a path fails.
    for value in &mut rhs.params {
        let Some(text) = value.as_str() else { continue };
        match loads(text) {
            Some(data) => *value = data,
            None => {
                return Err(OrmError::new(
                    crate::orm::ErrorKind::JsonDecodeError,
                    "Expecting value: line 1 column 1 (char 0)",
                ));
            }
        }
    }
    write_equal(lookup, rhs, compiler, out)
}
