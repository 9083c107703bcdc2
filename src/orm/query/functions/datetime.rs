//! `Extract…`, `Trunc…`, `Now`, and the lookups that compare years by their bounds.

use std::rc::Rc;

use super::is_exactly;
use crate::orm::models::{Field, FieldKind};
use crate::orm::query::lookups::{LookupSpec, process_rhs, write_lhs};
use crate::orm::query::{Expr, Expression, Func, FuncSpec, Lookup, LookupClass, Output};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmError, OrmResult, settings};
use crate::values::{Date, DateTime, Time, TimeDelta, TimeZone};

const EXTRACT_BASE: FuncSpec = FuncSpec {
    name: "Extract",
    arity: Some(1),
    output: Output::Kind(FieldKind::Integer),
    write: Some(write_extract),
    resolved: Some(check_extract),
    ..FuncSpec::DEFAULT
};

/// `Extract(…, lookup_name)`; the part stands in `extra` under `lookup_name`, a zone's name under `tzname`.
pub static EXTRACT: FuncSpec = FuncSpec { ..EXTRACT_BASE };

macro_rules! extracts {
    ($($id:ident $name:literal $part:literal),* $(,)?) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub static $id: FuncSpec = FuncSpec { name: $name, lookup_name: Some($part), ..EXTRACT_BASE };
        )*

        fn extract(part: &str) -> Option<&'static FuncSpec> {
            match part {
                $($part => Some(&$id),)*
                _ => None,
            }
        }
    };
}

extracts! {
    EXTRACT_YEAR "ExtractYear" "year",
    EXTRACT_ISO_YEAR "ExtractIsoYear" "iso_year",
    EXTRACT_MONTH "ExtractMonth" "month",
    EXTRACT_DAY "ExtractDay" "day",
    EXTRACT_WEEK "ExtractWeek" "week",
    EXTRACT_WEEK_DAY "ExtractWeekDay" "week_day",
    EXTRACT_ISO_WEEK_DAY "ExtractIsoWeekDay" "iso_week_day",
    EXTRACT_QUARTER "ExtractQuarter" "quarter",
    EXTRACT_HOUR "ExtractHour" "hour",
    EXTRACT_MINUTE "ExtractMinute" "minute",
    EXTRACT_SECOND "ExtractSecond" "second",
}

const TRUNC_BASE: FuncSpec = FuncSpec {
    name: "Trunc",
    arity: Some(1),
    write: Some(write_trunc),
    resolved: Some(check_trunc),
    ..FuncSpec::DEFAULT
};

/// `Trunc(…, kind)`; the kind stands in `extra` under `kind`, a zone's name under `tzname`.
pub static TRUNC: FuncSpec = FuncSpec { ..TRUNC_BASE };

macro_rules! truncs {
    ($($id:ident $name:literal $kind:literal),* $(,)?) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub static $id: FuncSpec = FuncSpec { name: $name, function: $kind, ..TRUNC_BASE };
        )*
    };
}

truncs! {
    TRUNC_YEAR "TruncYear" "year",
    TRUNC_QUARTER "TruncQuarter" "quarter",
    TRUNC_MONTH "TruncMonth" "month",
    TRUNC_WEEK "TruncWeek" "week",
    TRUNC_DAY "TruncDay" "day",
    TRUNC_HOUR "TruncHour" "hour",
    TRUNC_MINUTE "TruncMinute" "minute",
    TRUNC_SECOND "TruncSecond" "second",
}

/// `TruncDate`.
pub static TRUNC_DATE: FuncSpec = FuncSpec {
    name: "TruncDate",
    function: "date",
    lookup_name: Some("date"),
    output: Output::Kind(FieldKind::Date),
    ..TRUNC_BASE
};

/// `TruncTime`.
pub static TRUNC_TIME: FuncSpec = FuncSpec {
    name: "TruncTime",
    function: "time",
    lookup_name: Some("time"),
    output: Output::Kind(FieldKind::Time),
    ..TRUNC_BASE
};

/// `Now`.
pub static NOW: FuncSpec = FuncSpec {
    name: "Now",
    template: "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW')",
    output: Output::Kind(FieldKind::DateTime),
    allowed_default: Some(true),
    ..FuncSpec::DEFAULT
};

/// The parts of dates.
pub const DATE_NAMES: &[&str] = &["year", "iso_year", "month", "day", "week", "week_day", "iso_week_day", "quarter"];
/// What moments have besides.
pub const MOMENT_NAMES: &[&str] = &["hour", "minute", "second", "date", "time"];
/// The parts of times.
pub const TIME_NAMES: &[&str] = &["hour", "minute", "second"];

/// The transform `name` of a field class.
pub fn transform(kind: FieldKind, name: &str) -> Option<LookupClass> {
    let found = match kind {
        FieldKind::Date if DATE_NAMES.contains(&name) => extract(name),
        FieldKind::Time if TIME_NAMES.contains(&name) => extract(name),
        FieldKind::DateTime => match name {
            "date" => Some(&TRUNC_DATE),
            "time" => Some(&TRUNC_TIME),
            _ if TIME_NAMES.contains(&name) => extract(name),
            _ => None,
        },
        _ => None,
    };
    found.map(LookupClass::Transform)
}

fn part(func: &Func) -> Rc<str> {
    match func.extra("lookup_name") {
        Some(Datum::Str(part)) => part.clone(),
        _ => func.spec.lookup_name.unwrap_or_default().into(),
    }
}

fn kind(func: &Func) -> Rc<str> {
    match func.extra("kind") {
        Some(Datum::Str(kind)) => kind.clone(),
        _ => func.spec.function.into(),
    }
}

fn own_zone_name(func: &Func) -> Option<&Datum> {
    func.extra("tzname").filter(|name| !name.is_null())
}

/// The zone's name that a call is computed in; none where times are naive.
fn zone_name(func: &Func) -> Option<Datum> {
    settings::with(|settings| {
        settings.use_tz.then(|| match own_zone_name(func) {
            Some(name) => name.clone(),
            None => Datum::str(settings.current_zone_name.as_str()),
        })
    })
}

/// Writes the two zones that Django's functions take.
fn write_zones(zone: Option<Datum>, out: &mut SqlBuffer) {
    out.push(", ");
    match zone {
        Some(zone) => {
            out.param(zone);
            out.push(", ");
            out.param(Datum::str(settings::with(|settings| settings.connection_zone_name.clone())));
        }
        None => {
            out.param(Datum::Null);
            out.push(", ");
            out.param(Datum::Null);
        }
    }
}

fn argument(func: &Func) -> OrmResult<&Expr> {
    func.args.first().ok_or_else(|| OrmError::type_error(format!("'{}' takes exactly 1 argument", func.class_name())))
}

fn check_extract(func: &Func) -> OrmResult<Option<Expr>> {
    let lhs = argument(func)?;
    // A name of the query around has no type yet.
    if matches!(**lhs, Expression::F(_) | Expression::OuterRef { .. } | Expression::ResolvedOuterRef(_)) {
        return Ok(None);
    }
    let Some(field) = lhs.output_or_none()? else { return Ok(None) };
    let part = part(func);
    let (is_date, is_time) = (field.is_a(FieldKind::Date), field.is_a(FieldKind::Time));
    if !is_date && !is_time && !field.is_a(FieldKind::Duration) {
        return Err(OrmError::value_error(
            "Extract input expression must be DateField, DateTimeField, TimeField, or DurationField.",
        ));
    }
    if is_exactly(&field, FieldKind::Date) && TIME_NAMES.contains(&&*part) {
        return Err(OrmError::value_error(format!(
            "Cannot extract time component '{part}' from DateField '{}'.",
            shown(&field)
        )));
    }
    if field.is_a(FieldKind::Duration) && DATE_NAMES.contains(&&*part) && &*part != "day" {
        return Err(OrmError::value_error(format!(
            "Cannot extract component '{part}' from DurationField '{}'.",
            shown(&field)
        )));
    }
    Ok(None)
}

fn write_extract(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let lhs = argument(func)?;
    let field = lhs.output_field()?;
    let moment = field.is_a(FieldKind::DateTime);
    if !moment && own_zone_name(func).is_some() {
        return Err(OrmError::value_error("tzinfo can only be used with DateTimeField."));
    }
    let function = if moment {
        "django_datetime_extract("
    } else if field.is_a(FieldKind::Date) {
        "django_date_extract("
    } else if field.is_a(FieldKind::Time) {
        "django_time_extract("
    } else {
        return Err(OrmError::value_error("Extract requires native DurationField database support."));
    };
    out.push(function);
    out.param(Datum::str(part(func).to_lowercase()));
    out.push(", ");
    compiler.compile(lhs, out)?;
    if moment {
        write_zones(zone_name(func), out);
    }
    out.push(")");
    Ok(())
}

fn check_trunc(func: &Func) -> OrmResult<Option<Expr>> {
    let field = argument(func)?.output_field()?;
    if !field.is_a(FieldKind::Date) && !field.is_a(FieldKind::Time) {
        return Err(OrmError::type_error(format!(
            "{} isn't a DateField, TimeField, or DateTimeField.",
            if field.name.is_empty() { "None".to_owned() } else { crate::orm::text::repr_str(&field.name) }
        )));
    }
    let output = func.output_or_none()?.unwrap_or_else(|| field.clone());
    if !output.is_a(FieldKind::Date) && !output.is_a(FieldKind::Time) {
        return Err(OrmError::value_error("output_field must be either DateField, TimeField, or DateTimeField"));
    }
    let kind = kind(func);
    // A class's own type counts more than a declared one.
    let own_type = matches!(func.spec.output, Output::Kind(_));
    let output = match func.spec.output {
        Output::Kind(own) => Field::of_kind(own),
        _ => output,
    };
    let told = if own_type || field.class_name != output.class_name {
        output.class_name.clone()
    } else {
        "DateTimeField".into()
    };
    let to_moment = output.is_a(FieldKind::DateTime);
    if is_exactly(&field, FieldKind::Date) && (to_moment || matches!(&*kind, "hour" | "minute" | "second" | "time")) {
        return Err(OrmError::value_error(format!("Cannot truncate DateField '{}' to {told}.", shown(&field))));
    }
    if field.is_a(FieldKind::Time)
        && (to_moment || matches!(&*kind, "year" | "quarter" | "month" | "week" | "day" | "date"))
    {
        return Err(OrmError::value_error(format!("Cannot truncate TimeField '{}' to {told}.", shown(&field))));
    }
    Ok(None)
}

/// The field's name; a type that no model declares has none.
fn shown(field: &Field) -> &str {
    if field.name.is_empty() { "None" } else { &field.name }
}

fn write_trunc(func: &Func, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let lhs = argument(func)?;
    if func.spec.lookup_name.is_some() {
        out.push(if func.spec.name == "TruncDate" {
            "django_datetime_cast_date("
        } else {
            "django_datetime_cast_time("
        });
        compiler.compile(lhs, out)?;
        write_zones(zone_name(func), out);
        out.push(")");
        return Ok(());
    }
    let moment = lhs.output_field()?.is_a(FieldKind::DateTime);
    if !moment && own_zone_name(func).is_some() {
        return Err(OrmError::value_error("tzinfo can only be used with DateTimeField."));
    }
    let output = func.output_or_none()?.ok_or_else(crate::orm::query::output::no_output_field)?;
    out.push(if output.is_a(FieldKind::DateTime) {
        "django_datetime_trunc("
    } else if output.is_a(FieldKind::Date) {
        "django_date_trunc("
    } else if output.is_a(FieldKind::Time) {
        "django_time_trunc("
    } else {
        return Err(OrmError::value_error("Trunc only valid on DateField, TimeField, or DateTimeField."));
    });
    out.param(Datum::str(kind(func).to_lowercase()));
    out.push(", ");
    compiler.compile(lhs, out)?;
    write_zones(if moment { zone_name(func) } else { None }, out);
    out.push(")");
    Ok(())
}

/// Whether a call gives moments that are to be read in the call's zone.
pub fn is_trunc(func: &Func) -> bool {
    func.spec.name.starts_with("Trunc")
}

const YEAR: LookupSpec = LookupSpec { write: write_year, ..crate::orm::query::lookups::BASE };
static YEAR_EXACT: LookupSpec = LookupSpec { name: "YearExact", lookup_name: "exact", ..YEAR };
static YEAR_GT: LookupSpec = LookupSpec { name: "YearGt", lookup_name: "gt", ..YEAR };
static YEAR_GTE: LookupSpec = LookupSpec { name: "YearGte", lookup_name: "gte", ..YEAR };
static YEAR_LT: LookupSpec = LookupSpec { name: "YearLt", lookup_name: "lt", ..YEAR };
static YEAR_LTE: LookupSpec = LookupSpec { name: "YearLte", lookup_name: "lte", ..YEAR };

/// The lookups of extracted years.
pub fn year_lookup(func: &Func, name: &str) -> Option<LookupClass> {
    if !matches!(func.spec.name, "ExtractYear" | "ExtractIsoYear") {
        return None;
    }
    year_spec(name).map(LookupClass::Lookup)
}

/// The lookup `name` of years.
pub fn year_spec(name: &str) -> Option<&'static LookupSpec> {
    Some(match name {
        "exact" => &YEAR_EXACT,
        "gt" => &YEAR_GT,
        "gte" => &YEAR_GTE,
        "lt" => &YEAR_LT,
        "lte" => &YEAR_LTE,
        _ => return None,
    })
}

fn out_of_range(error: impl std::fmt::Display) -> OrmError {
    OrmError::value_error(error.to_string())
}

/// The first and last moment of a year, as stored.
fn year_bounds(year: i64, iso: bool, field: &Field) -> OrmResult<(Datum, Datum)> {
    let day = |year, month, day| Date::new(year, month, day).map_err(out_of_range);
    let (first, last) = if iso {
        let next = Date::from_isocalendar(year + 1, 1, 1).map_err(out_of_range)?;
        (Date::from_isocalendar(year, 1, 1).map_err(out_of_range)?, next.add_days(-1).map_err(out_of_range)?)
    } else {
        (day(year, 1, 1)?, day(year, 12, 31)?)
    };
    if !field.is_a(FieldKind::DateTime) {
        return Ok((Datum::str(first.to_string()), Datum::str(last.to_string())));
    }
    let midnight = Time::new(0, 0, 0, 0).map_err(out_of_range)?;
    let end = Time::new(23, 59, 59, 999_999).map_err(out_of_range)?;
    let bound = |date, time| -> OrmResult<Datum> {
        let moment = DateTime::combine(date, time);
        let zones = settings::with(|settings| {
            settings.use_tz.then(|| (settings.current_zone.clone(), settings.connection_zone.clone()))
        });
        let stored = match zones {
            Some((here, stored)) => {
                moment.with_zone(Some(here)).astimezone(&stored, &stored).map_err(out_of_range)?.naive()
            }
            None => moment,
        };
        Ok(Datum::str(stored.to_string()))
    };
    Ok((bound(first, midnight)?, bound(last, end)?))
}

fn write_year(lookup: &Lookup, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> OrmResult<()> {
    let base = match lookup.spec.lookup_name {
        "exact" => &crate::orm::query::lookups::EXACT,
        _ => lookup.spec,
    };
    let (Expression::Func(func), Datum::Int(year), true) = (&*lookup.lhs, &lookup.rhs, lookup.rhs_is_direct()) else {
        if std::ptr::eq(base, lookup.spec) {
            return crate::orm::query::lookups::write_builtin(lookup, compiler, out);
        }
        return (base.write)(lookup, compiler, out);
    };
    let inner = argument(func)?;
    let field = inner.output_field()?;
    // The right side is checked, then its bounds are sent.
    process_rhs(lookup, compiler)?;
    let (first, last) = year_bounds(*year, func.spec.name == "ExtractIsoYear", &field)?;
    write_lhs(inner, compiler, out)?;
    match lookup.spec.lookup_name {
        "exact" => {
            out.push(" BETWEEN ");
            out.param(first);
            out.push(" AND ");
            out.param(last);
        }
        "gt" => {
            out.push(" > ");
            out.param(last);
        }
        "gte" => {
            out.push(" >= ");
            out.param(first);
        }
        "lt" => {
            out.push(" < ");
            out.param(first);
        }
        _ => {
            out.push(" <= ");
            out.param(last);
        }
    }
    Ok(())
}

/// A moment that a call gave back, in the call's own zone or the current one.
pub fn rezoned(moment: &DateTime, zone: Option<&TimeZone>) -> DateTime {
    let zone = zone.cloned().unwrap_or_else(|| settings::with(|settings| settings.current_zone.clone()));
    moment.naive().with_zone(Some(zone))
}

/// The zone that a call names: as a host gave it, on a moment under `tzinfo`, or by its name.
pub fn own_zone(func: &Func) -> OrmResult<Option<TimeZone>> {
    if let Some(Datum::DateTime(carrier)) = func.extra("tzinfo") {
        return Ok(carrier.zone().cloned());
    }
    match func.extra("tzname") {
        Some(Datum::Str(name)) => named_zone(name).map(Some),
        _ => Ok(None),
    }
}

/// A zone by the name that Django gives it: `UTC`, `Europe/Paris`, `UTC+05:30`.
fn named_zone(name: &str) -> OrmResult<TimeZone> {
    if let Some(zone) = TimeZone::zone(name) {
        return Ok(zone);
    }
    let offset = name.trim_start_matches("UTC");
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let mut parts =
        offset.trim_start_matches(['+', '-']).split(':').map(|part| part.parse::<i64>().unwrap_or_default());
    let minutes = sign * (parts.next().unwrap_or_default() * 60 + parts.next().unwrap_or_default());
    let offset = TimeDelta::new(0, minutes * 60, 0).map_err(out_of_range)?;
    TimeZone::fixed(offset, None).map_err(out_of_range)
}
