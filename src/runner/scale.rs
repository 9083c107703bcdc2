//! The medium and large rows of a dataset, made from `fixtures/<name>/scale.toml` by 64-bit arithmetic that any language
//! repeats; `fixtures/README.md` says how, and `fixtures/scale.sha256` holds every maker to the same rows.

use toml_edit::{DocumentMut, InlineTable, Item, Value};

use crate::db::SqlValue;
use crate::values::TimeDelta;
use crate::values::datetime::{Date, DateTime, TimeSpec};

use super::{WorkbenchError, fixture};

/// The rows of one table.
pub struct ScaledTable {
    /// Its name.
    pub name: String,
    /// Its columns, `id` first.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<SqlValue>>,
}

/// SplitMix64's output for a state.
fn mix(state: u64) -> u64 {
    let mut number = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// FNV-1a, 64 bits.
fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |number, byte| (number ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// A number below `span`; small ones are the more likely.
fn skew(draw: u64, span: u64) -> u64 {
    let product = ((draw >> 32) * (draw & 0xFFFF_FFFF)) >> 32;
    ((u128::from(span) * u128::from(product)) >> 32) as u64
}

struct Maker<'p> {
    counts: &'p dyn toml_edit::TableLike,
    words: Vec<&'static str>,
}

fn broken(dataset: &str, what: &str) -> WorkbenchError {
    WorkbenchError::Invalid(format!("{dataset}/scale.toml: {what}"))
}

/// The tables of a dataset at a scale, in the plan's order, link tables last.
pub fn scaled_tables(dataset: &str, scale: &str) -> Result<Vec<ScaledTable>, WorkbenchError> {
    let text = fixture(&format!("{dataset}/scale.toml"))
        .ok_or_else(|| WorkbenchError::Usage(format!("the dataset \"{dataset}\" has no scales")))?;
    let plan: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| broken(dataset, &error.to_string()))?;
    let counts = plan.get(scale).and_then(Item::as_table_like).ok_or_else(|| {
        WorkbenchError::Usage(format!("the dataset \"{dataset}\" has no scale \"{scale}\"; there are medium and large"))
    })?;
    let words = fixture("words.txt").unwrap_or_default().split_whitespace().collect();
    let maker = Maker { counts, words };
    let mut tables = Vec::new();
    let listed = plan.get("tables").and_then(Item::as_table_like).ok_or_else(|| broken(dataset, "no [tables]"))?;
    for (name, columns) in listed.iter() {
        let columns = columns.as_table_like().ok_or_else(|| broken(dataset, name))?;
        let specs: Vec<(&str, u64, &Value)> = columns
            .iter()
            .filter_map(|(column, spec)| Some((column, fnv(&format!("{name}.{column}")), spec.as_value()?)))
            .collect();
        let mut rows = Vec::new();
        for row in 1..=maker.count(name) {
            let mut values = vec![SqlValue::Integer(row as i64)];
            for (column, seed, spec) in &specs {
                let value = maker.value(spec, mix(seed.wrapping_add(row)), row);
                values.push(value.ok_or_else(|| broken(dataset, &format!("{name}.{column}: {spec}")))?);
            }
            rows.push(values);
        }
        let names = std::iter::once("id").chain(specs.iter().map(|(column, ..)| *column));
        tables.push(ScaledTable { name: name.to_owned(), columns: names.map(str::to_owned).collect(), rows });
    }
    if let Some(links) = plan.get("links").and_then(Item::as_table_like) {
        for (name, link) in links.iter() {
            let link = link.as_table_like().ok_or_else(|| broken(dataset, name))?;
            tables.push(maker.pairs(name, link).ok_or_else(|| broken(dataset, name))?);
        }
    }
    Ok(tables)
}

impl Maker<'_> {
    fn count(&self, table: &str) -> u64 {
        self.counts.get(table).and_then(Item::as_integer).and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
    }

    /// The rows of a table between two others.
    fn pairs(&self, table: &str, link: &dyn toml_edit::TableLike) -> Option<ScaledTable> {
        let text = |name: &str| link.get(name).and_then(Item::as_str);
        let (many, base) = (fnv(&format!("{table}.many")), fnv(&format!("{table}.base")));
        let most = link.get("most").and_then(Item::as_integer).and_then(|most| u64::try_from(most).ok())?;
        let specs: Vec<(&str, u64, &Value)> = link
            .get("columns")
            .and_then(Item::as_table_like)
            .map(|columns| {
                columns
                    .iter()
                    .filter_map(|(column, spec)| Some((column, fnv(&format!("{table}.{column}")), spec.as_value()?)))
                    .collect()
            })
            .unwrap_or_default();
        let count = self.count(text("to")?);
        let mut rows = Vec::new();
        for left in 1..=self.count(text("from")?) {
            let start = mix(base.wrapping_add(left));
            for step in 0..mix(many.wrapping_add(left)) % (most + 1) {
                let row = rows.len() as u64 + 1;
                let right = 1 + (start % count + step) % count;
                let mut values = vec![
                    SqlValue::Integer(row as i64),
                    SqlValue::Integer(left as i64),
                    SqlValue::Integer(right as i64),
                ];
                for (_, seed, spec) in &specs {
                    values.push(self.value(spec, mix(seed.wrapping_add(row)), row)?);
                }
                rows.push(values);
            }
        }
        let mut columns = vec!["id".to_owned(), text("left")?.to_owned(), text("right")?.to_owned()];
        columns.extend(specs.iter().map(|(column, ..)| (*column).to_owned()));
        Some(ScaledTable { name: table.to_owned(), columns, rows })
    }

    /// One value; `None` for a spec that nobody understands.
    fn value(&self, spec: &Value, draw: u64, row: u64) -> Option<SqlValue> {
        match spec {
            Value::String(text) => Some(SqlValue::Text(text.value().replace("{row}", &row.to_string()))),
            Value::InlineTable(spec) => self.made(spec, draw, row),
            other => plain(other),
        }
    }

    fn made(&self, spec: &InlineTable, draw: u64, row: u64) -> Option<SqlValue> {
        let null = spec.get("null").and_then(Value::as_integer).unwrap_or(0);
        if ((draw >> 40) % 100) < u64::try_from(null).ok()? {
            return Some(SqlValue::Null);
        }
        let whole = |number: u64| Some(SqlValue::Integer(number as i64));
        let (kind, first) = spec
            .iter()
            .find(|(name, _)| !matches!(*name, "null" | "skewed" | "most"))
            .or_else(|| spec.iter().find(|(name, _)| *name == "skewed"))?;
        match kind {
            "ref" => {
                let count = self.count(first.as_str()?);
                let skewed = spec.get("skewed").and_then(Value::as_bool).unwrap_or(false);
                whole(1 + if skewed { skew(draw, count) } else { draw % count })
            }
            "each" => whole(row),
            "earlier" if row == 1 => Some(SqlValue::Null),
            "earlier" => whole(1 + draw % (row - 1)),
            "pick" => {
                let values = first.as_array()?;
                plain(values.get(usize::try_from(draw % values.len() as u64).ok()?)?)
            }
            "int" => {
                let (low, span) = bounds(first)?;
                Some(SqlValue::Integer(low + (draw % span) as i64))
            }
            "skewed" => {
                let (low, span) = bounds(first)?;
                Some(SqlValue::Integer(low + skew(draw, span) as i64))
            }
            "tenths" => {
                let (low, span) = bounds(first)?;
                Some(SqlValue::Real((low + (draw % span) as i64) as f64 / 10.0))
            }
            "cents" => {
                let (low, span) = bounds(first)?;
                let cents = low + (draw % span) as i64;
                let sign = if cents < 0 { "-" } else { "" };
                Some(SqlValue::Text(format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)))
            }
            "seconds" => {
                let (low, span) = bounds(first)?;
                Some(SqlValue::Integer((low + (draw % span) as i64) * 1_000_000))
            }
            "moment" => {
                let (first, last) = texts(first)?;
                let (first, last) = (DateTime::fromisoformat(first).ok()?, DateTime::fromisoformat(last).ok()?);
                let span = (last.wall_microseconds() - first.wall_microseconds()) / 1_000_000;
                let seconds = i64::try_from(draw % (u64::try_from(span).ok()? + 1)).ok()?;
                let moment = first.checked_add(&TimeDelta::new(0, seconds, 0).ok()?).ok()?;
                Some(SqlValue::Text(moment.isoformat(" ", TimeSpec::Auto)))
            }
            "day" => {
                let (first, last) = texts(first)?;
                let (first, last) = (Date::fromisoformat(first).ok()?, Date::fromisoformat(last).ok()?);
                let span = u64::try_from(last.to_ordinal() - first.to_ordinal()).ok()?;
                let day = Date::from_ordinal(first.to_ordinal() + i64::try_from(draw % (span + 1)).ok()?).ok()?;
                Some(SqlValue::Text(day.isoformat()))
            }
            "words" => {
                let (low, span) = bounds(first)?;
                let count = low as u64 + draw % span;
                let picked: Option<Vec<&str>> = (0..count)
                    .map(|place| {
                        let at = mix(draw.wrapping_add(place)) % self.words.len().max(1) as u64;
                        self.words.get(usize::try_from(at).ok()?).copied()
                    })
                    .collect();
                Some(SqlValue::Text(picked?.join(" ")))
            }
            "uuid" => Some(SqlValue::Text(format!("{draw:016x}{:016x}", mix(draw)))),
            _ => None,
        }
    }
}

/// A constant.
fn plain(value: &Value) -> Option<SqlValue> {
    match value {
        Value::String(text) => Some(SqlValue::Text(text.value().clone())),
        Value::Integer(number) => Some(SqlValue::Integer(*number.value())),
        Value::Float(number) => Some(SqlValue::Real(*number.value())),
        Value::Boolean(truth) => Some(SqlValue::Integer(i64::from(*truth.value()))),
        _ => None,
    }
}

/// The lowest number of a range and how many there are.
fn bounds(value: &Value) -> Option<(i64, u64)> {
    let pair = value.as_array()?;
    let (low, high) = (pair.get(0)?.as_integer()?, pair.get(1)?.as_integer()?);
    Some((low, u64::try_from(high - low + 1).ok()?))
}

fn texts(value: &Value) -> Option<(&str, &str)> {
    let pair = value.as_array()?;
    Some((pair.get(0)?.as_str()?, pair.get(1)?.as_str()?))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn json(value: &SqlValue) -> serde_json::Value {
        match value {
            SqlValue::Null => serde_json::Value::Null,
            SqlValue::Integer(number) => (*number).into(),
            SqlValue::Real(number) => (*number).into(),
            SqlValue::Text(text) => text.as_str().into(),
            SqlValue::Blob(_) => serde_json::Value::Null,
        }
    }

    #[test]
    fn the_rows_have_the_hashes_of_those_that_django_took() {
        let listed = include_str!("../../fixtures/scale.sha256");
        let mut seen = 0;
        for line in listed.lines() {
            let mut parts = line.split_whitespace();
            let (Some(wanted), Some(dataset), Some(scale)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            // The large scale repeats the medium one's rules; one dataset of it is enough for a debug build.
            if scale == "large" && dataset != "staff" {
                continue;
            }
            let mut hasher = Sha256::new();
            for table in scaled_tables(dataset, scale).unwrap() {
                hasher.update(format!("{} {}\n", table.name, table.columns.join(" ")));
                for row in &table.rows {
                    let row: serde_json::Value = row.iter().map(json).collect();
                    hasher.update(format!("{row}\n"));
                }
            }
            let found: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found, wanted, "{dataset} {scale}");
            seen += 1;
        }
        assert!(seen >= 8);
    }
}
