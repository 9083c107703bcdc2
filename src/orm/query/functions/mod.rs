//! Function classes as tables, one family a file, and the transforms that fields lead to.

pub mod aggregates;
pub mod comparison;
pub mod datetime;
pub mod json;
pub mod math;
pub mod text;
pub mod window;

use super::{Func, LookupClass};
use crate::orm::models::{Field, FieldKind};

pub use aggregates::{AVG, COUNT, MAX, MIN, STDDEV_POP, STDDEV_SAMP, SUM, VAR_POP, VAR_SAMP};
pub use comparison::{CAST, COALESCE, COLLATE, GREATEST, LEAST, MOD, NULL_IF, RANDOM};

/// The lookup or transform that field class `kind` itself adds under `name`: date parts, JSON paths and the like.
pub fn field_lookup(kind: FieldKind, name: &str) -> Option<LookupClass> {
    match kind {
        FieldKind::Date | FieldKind::DateTime | FieldKind::Time => datetime::transform(kind, name),
        FieldKind::Json => json::lookup(name),
        _ => None,
    }
}

/// The names that [`field_lookup`] answers for `kind`.
pub fn field_lookup_names(kind: FieldKind) -> &'static [&'static str] {
    match kind {
        FieldKind::Date => datetime::DATE_NAMES,
        FieldKind::DateTime => datetime::MOMENT_NAMES,
        FieldKind::Time => datetime::TIME_NAMES,
        FieldKind::Json => json::NAMES,
        _ => &[],
    }
}

/// What a field makes of any other name: a JSON field takes it for a key.
pub fn any_transform(field: &Field, name: &str) -> Option<LookupClass> {
    (field.kind == FieldKind::Json).then(|| json::key(name))
}

/// The lookup or transform that a transform itself has under `name`, before its type is asked.
pub fn transform_lookup(func: &Func, name: &str) -> Option<LookupClass> {
    datetime::year_lookup(func, name).or_else(|| json::key_lookup(func, name))
}

/// Whether the field is of this class itself, and of none that extends it.
fn is_exactly(field: &Field, kind: FieldKind) -> bool {
    field.kind == kind
}

/// Classes whose constructors do more than take expressions, and those that only others extend.
static OTHERS: &[&super::FuncSpec] = &[
    &CAST,
    &COLLATE,
    &datetime::EXTRACT,
    &datetime::TRUNC,
    &json::JSON_OBJECT,
    &json::KEY_TRANSFORM,
    &json::KEY_TEXT_TRANSFORM,
    &math::ROUND,
    &text::CONCAT,
    &text::LEFT,
    &text::RIGHT,
    &text::LPAD,
    &text::RPAD,
    &text::REPEAT,
    &text::REPLACE,
    &text::SUBSTR,
    &text::SLICED,
    &window::LAG,
    &window::LEAD,
    &window::NTH_VALUE,
    &window::NTILE,
    &aggregates::AGGREGATE,
    &AVG,
    &COUNT,
    &MAX,
    &MIN,
    &STDDEV_POP,
    &SUM,
    &VAR_POP,
    &TRANSFORM,
];

/// `Transform` itself, for a host's classes that extend it.
pub static TRANSFORM: super::FuncSpec =
    super::FuncSpec { name: "Transform", arity: Some(1), lookup_name: Some(""), ..super::FuncSpec::DEFAULT };

/// The class called `name`.
pub fn named(name: &str) -> Option<&'static super::FuncSpec> {
    PLAIN.iter().chain(OTHERS).copied().find(|spec| spec.name == name)
}

/// Every function class whose arguments are expressions and nothing else, so that a host can make its class from the
/// table entry alone. Those with arguments of their own (`Cast`, `Collate`, `Extract`, `Trunc`, `Concat`, `JSONObject`
/// and the classes with checks or defaults: `Left`, `Right`, `LPad`, `RPad`, `Repeat`, `Replace`, `Substr`, `Round`,
/// `Lag`, `Lead`, `NthValue`, `Ntile`) are named in their families.
pub static PLAIN: &[&super::FuncSpec] = &[
    &COALESCE,
    &GREATEST,
    &LEAST,
    &NULL_IF,
    &RANDOM,
    &MOD,
    &datetime::EXTRACT_YEAR,
    &datetime::EXTRACT_ISO_YEAR,
    &datetime::EXTRACT_MONTH,
    &datetime::EXTRACT_DAY,
    &datetime::EXTRACT_WEEK,
    &datetime::EXTRACT_WEEK_DAY,
    &datetime::EXTRACT_ISO_WEEK_DAY,
    &datetime::EXTRACT_QUARTER,
    &datetime::EXTRACT_HOUR,
    &datetime::EXTRACT_MINUTE,
    &datetime::EXTRACT_SECOND,
    &datetime::TRUNC_YEAR,
    &datetime::TRUNC_QUARTER,
    &datetime::TRUNC_MONTH,
    &datetime::TRUNC_WEEK,
    &datetime::TRUNC_DAY,
    &datetime::TRUNC_HOUR,
    &datetime::TRUNC_MINUTE,
    &datetime::TRUNC_SECOND,
    &datetime::TRUNC_DATE,
    &datetime::TRUNC_TIME,
    &datetime::NOW,
    &json::JSON_ARRAY,
    &math::ABS,
    &math::ACOS,
    &math::ASIN,
    &math::ATAN,
    &math::ATAN2,
    &math::CEIL,
    &math::COS,
    &math::COT,
    &math::DEGREES,
    &math::EXP,
    &math::FLOOR,
    &math::LN,
    &math::LOG,
    &math::PI,
    &math::POWER,
    &math::RADIANS,
    &math::SIGN,
    &math::SIN,
    &math::SQRT,
    &math::TAN,
    &text::CHR,
    &text::CONCAT_PAIR,
    &text::LENGTH,
    &text::LOWER,
    &text::LTRIM,
    &text::MD5,
    &text::ORD,
    &text::REVERSE,
    &text::RTRIM,
    &text::SHA1,
    &text::SHA224,
    &text::SHA256,
    &text::SHA384,
    &text::SHA512,
    &text::STR_INDEX,
    &text::TRIM,
    &text::UPPER,
    &window::CUME_DIST,
    &window::DENSE_RANK,
    &window::FIRST_VALUE,
    &window::LAST_VALUE,
    &window::PERCENT_RANK,
    &window::RANK,
    &window::ROW_NUMBER,
];
