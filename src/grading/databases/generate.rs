//! Rows for the tables of a dataset: drawn from small domains, within its constraints.

use std::rc::Rc;

use super::domains::{Domains, SeenValues};
use super::{Constant, Literal};
use crate::db::{Connection, DbError, Image, Params, SqlValue};
use crate::grading::Dice;
use crate::orm::models::FieldKind;
use crate::runner::{ColumnInfo, TableInfo};

/// A database as rows: by table, in the order of the tables, each row in column order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows(pub Vec<Vec<Vec<SqlValue>>>);

impl Rows {
    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }
}

/// How a database is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The stream that it is drawn from.
    pub seed: u64,
    /// Rows in every table, for measuring growth; none for few.
    pub scale: Option<usize>,
}

/// The most rows that a table is given for the sake of a number in an answer.
const CROWD: i64 = 24;

/// Draws the rows of a database. The seed `0` has none.
pub fn generate(tables: &[TableInfo], literals: &[Literal], seen: &dyn SeenValues, plan: Plan) -> Rows {
    let mut rows = Rows(Vec::with_capacity(tables.len()));
    if plan.seed == 0 && plan.scale.is_none() {
        rows.0.resize(tables.len(), Vec::new());
        return rows;
    }
    let mut dice = Dice::new("database", plan.seed);
    let domains = Domains::new(literals, seen);
    let counts: Vec<i64> = literals
        .iter()
        .filter_map(|literal| match literal.value {
            Constant::Int(number) if (2..=CROWD).contains(&number) => Some(number),
            _ => None,
        })
        .collect();
    for (at, table) in tables.iter().enumerate() {
        let crowd =
            if counts.is_empty() || dice.below(2) == 0 { None } else { counts.get(dice.below(counts.len())).copied() };
        let count = match (plan.scale, crowd) {
            (Some(scale), _) => scale,
            // Most tables have some rows; one in twelve is empty.
            (None, None) if dice.below(12) == 0 => 0,
            (None, None) => 1 + dice.below(5),
            (None, Some(number)) => usize::try_from(number).unwrap_or(0) + dice.below(4),
        };
        let mut maker = RowMaker {
            tables,
            at,
            table,
            drawn: table.columns.iter().map(|column| domains.draw(&table.name, column, &mut dice)).collect(),
            made: Vec::new(),
            crowded: crowd.is_some() && plan.scale.is_none(),
            spread: plan.scale.is_some(),
            keys: keys(count, &mut dice),
            uniques: 0,
        };
        for number in 0..count {
            maker.add(number, &rows, &mut dice);
        }
        rows.0.push(maker.made);
    }
    rows
}

/// Distinct keys, not in order and with gaps.
fn keys(count: usize, dice: &mut Dice) -> Vec<i64> {
    let mut keys: Vec<i64> = (1..=(count as i64) + 3).collect();
    dice.shuffle(&mut keys);
    keys.truncate(count);
    keys
}

struct RowMaker<'a> {
    tables: &'a [TableInfo],
    at: usize,
    table: &'a TableInfo,
    drawn: Vec<Vec<SqlValue>>,
    made: Vec<Vec<SqlValue>>,
    /// Whether many rows shall point at the same one.
    crowded: bool,
    /// Whether rows shall be spread evenly over what they point at.
    spread: bool,
    keys: Vec<i64>,
    uniques: usize,
}

impl RowMaker<'_> {
    fn add(&mut self, number: usize, before: &Rows, dice: &mut Dice) {
        // Three rows in ten repeat an earlier one but for what must be unique.
        let twin = (!self.made.is_empty() && dice.below(10) < 3).then(|| dice.below(self.made.len()));
        let mut row = Vec::with_capacity(self.table.columns.len());
        for (place, column) in self.table.columns.iter().enumerate() {
            let repeated = twin.and_then(|twin| self.made.get(twin)).and_then(|row| row.get(place)).cloned();
            match repeated.filter(|_| !column.unique && !column.primary_key) {
                Some(value) => row.push(value),
                None => match self.value(number, place, column, before, dice) {
                    Some(value) => row.push(value),
                    // Nothing to point at: no row.
                    None => return,
                },
            }
        }
        self.made.push(row);
    }

    fn value(
        &mut self,
        number: usize,
        place: usize,
        column: &ColumnInfo,
        before: &Rows,
        dice: &mut Dice,
    ) -> Option<SqlValue> {
        if let Some((table, name)) = &column.references {
            return self.reference(number, column, table, name, before, dice);
        }
        if column.primary_key && is_integer(column.kind) {
            return Some(SqlValue::Integer(self.keys.get(number).copied().unwrap_or(number as i64 + 1)));
        }
        if column.null && !column.primary_key && dice.below(4) == 0 {
            return Some(SqlValue::Null);
        }
        let domain = self.drawn.get(place)?;
        if domain.is_empty() {
            return None;
        }
        if !column.unique && !column.primary_key {
            return domain.get(dice.below(domain.len())).cloned();
        }
        let start = dice.below(domain.len());
        let free = (0..domain.len())
            .map(|step| &domain[(start + step) % domain.len()])
            .find(|value| !self.made.iter().any(|row| row.get(place) == Some(*value)));
        if let Some(value) = free {
            return Some(value.clone());
        }
        self.uniques += 1;
        Some(numbered(column, self.uniques))
    }

    fn reference(
        &self,
        number: usize,
        column: &ColumnInfo,
        table: &str,
        name: &str,
        before: &Rows,
        dice: &mut Dice,
    ) -> Option<SqlValue> {
        let missing = || column.null.then_some(SqlValue::Null);
        let at = self.tables.iter().position(|other| other.name == table)?;
        let place = self.tables[at].columns.iter().position(|other| other.name == name)?;
        if column.null && dice.below(4) == 0 {
            return missing();
        }
        let rows = if at == self.at { Some(&self.made) } else { before.0.get(at) };
        let Some(rows) = rows.filter(|rows| !rows.is_empty()) else {
            return missing();
        };
        let chosen = if self.spread || column.unique || column.primary_key {
            number % rows.len()
        } else if self.crowded && dice.below(10) < 8 {
            0
        } else {
            dice.below(rows.len())
        };
        rows.get(chosen)?.get(place).cloned()
    }
}

fn is_integer(kind: FieldKind) -> bool {
    use FieldKind as K;
    matches!(
        kind,
        K::Auto
            | K::BigAuto
            | K::SmallAuto
            | K::Integer
            | K::BigInteger
            | K::SmallInteger
            | K::PositiveInteger
            | K::PositiveBigInteger
            | K::PositiveSmallInteger
    )
}

/// A value that nothing else has, when a domain is used up.
fn numbered(column: &ColumnInfo, number: usize) -> SqlValue {
    use FieldKind as K;
    match column.kind {
        kind if is_integer(kind) => SqlValue::Integer(1000 + number as i64),
        K::Uuid => SqlValue::Text(format!("0000000000004000a000{number:012x}")),
        K::Email => SqlValue::Text(format!("n{number}@x.org")),
        K::Date => SqlValue::Text(format!("20{:02}-02-{:02}", 10 + number / 28 % 10, 1 + number % 28)),
        K::DateTime => SqlValue::Text(format!("20{:02}-02-{:02} 00:00:00", 10 + number / 28 % 10, 1 + number % 28)),
        K::Decimal | K::Float | K::Duration => SqlValue::Integer(1000 + number as i64),
        _ => SqlValue::Text(format!("n{number}")),
    }
}

/// Makes an image of rows, leaving out those that a constraint refuses, and gives what was kept.
pub fn load(
    connection: &Rc<Connection>,
    blank: &Image,
    tables: &[TableInfo],
    rows: &Rows,
) -> Result<(Image, Rows), DbError> {
    connection.restore(blank)?;
    let mut kept = Rows(Vec::with_capacity(rows.0.len()));
    let mut gone: Vec<(usize, Vec<SqlValue>)> = Vec::new();
    connection.execute_plain("BEGIN", &Params::None)?;
    for (at, (table, wanted)) in tables.iter().zip(&rows.0).enumerate() {
        let names: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let insert = format!("INSERT OR IGNORE INTO \"{}\" ({}) VALUES ({marks})", table.name, names.join(", "));
        let mut held = Vec::with_capacity(wanted.len());
        for row in wanted {
            let dangling = table.columns.iter().zip(row).any(|(column, value)| {
                column.references.as_ref().is_some_and(|(other, name)| {
                    gone.iter().any(|(lost, row)| {
                        tables[*lost].name == *other
                            && tables[*lost]
                                .columns
                                .iter()
                                .position(|column| column.name == *name)
                                .and_then(|place| row.get(place))
                                == Some(value)
                    })
                })
            });
            let made = !dangling && {
                let result = connection.execute_plain(&insert, &Params::List(row.clone()))?;
                result.rowcount > 0
            };
            if made {
                held.push(row.clone());
            } else {
                gone.push((at, row.clone()));
            }
        }
        kept.0.push(held);
    }
    connection.execute_plain("COMMIT", &Params::None)?;
    Ok((connection.image()?, kept))
}
