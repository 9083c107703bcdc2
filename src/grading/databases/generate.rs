//! Rows for the tables of a dataset: drawn from small domains, within its constraints.

use super::Knowledge;
use super::clues::Place;
use super::domains::{Domain, Domains, SeenValues};
use super::literals::Constant;
use super::temper::Temper;
use crate::db::SqlValue;
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
    /// Whether there are to be many rows, of every sort that is near what statements compare.
    pub wide: bool,
}

impl Plan {
    /// A small database.
    pub fn small(seed: u64) -> Self {
        Self { seed, scale: None, wide: false }
    }

    /// A database with that many rows in every table.
    pub fn scaled(scale: usize) -> Self {
        Self { seed: 1, scale: Some(scale), wide: false }
    }
}

/// Draws the rows of a database. The seed `0` has none.
pub fn generate(tables: &[TableInfo], known: &Knowledge, seen: &dyn SeenValues, plan: Plan) -> Rows {
    let mut rows = Rows(Vec::with_capacity(tables.len()));
    if plan.seed == 0 && plan.scale.is_none() {
        rows.0.resize(tables.len(), Vec::new());
        return rows;
    }
    let mut dice = Dice::new("database", plan.seed);
    let domains = Domains::new(known, seen, plan.wide);
    let temper = match plan.scale {
        Some(_) => Temper::even(),
        None if plan.wide => Temper::wide(known, &mut dice),
        None => Temper::draw(known, &mut dice),
    };
    let mut drawn: Vec<Vec<Domain>> = Vec::with_capacity(tables.len());
    for (at, table) in tables.iter().enumerate() {
        let of_table = table
            .columns
            .iter()
            .enumerate()
            .map(|(column_at, column)| {
                let place = (at, column_at);
                let width = if known.clues.ordered.contains(&place) { temper.width.min(2) } else { temper.width };
                let mut domain = domains.draw(&table.name, place, column, width, &mut dice);
                share(&mut domain, tables, known, place, &drawn, &mut dice);
                domain
            })
            .collect();
        drawn.push(of_table);
        let mut maker = Maker {
            tables,
            at,
            table,
            known,
            temper: &temper,
            domains: drawn.last().map(Vec::as_slice).unwrap_or_default(),
            made: Vec::new(),
            spread: plan.scale.is_some(),
            keys: Vec::new(),
            uniques: 0,
        };
        maker.fill(plan.scale, &rows, &mut dice);
        rows.0.push(maker.made);
    }
    rows
}

/// Columns that are compared with one another must be able to hold the same values.
fn share(
    domain: &mut Domain,
    tables: &[TableInfo],
    known: &Knowledge,
    place: Place,
    drawn: &[Vec<Domain>],
    dice: &mut Dice,
) {
    let column = &tables[place.0].columns[place.1];
    if column.references.is_some() || column.primary_key || !column.choices.is_empty() {
        return;
    }
    for (one, other) in &known.clues.alike {
        let twin = match (*one == place, *other == place) {
            (true, false) => other,
            (false, true) => one,
            _ => continue,
        };
        let Some(values) = drawn.get(twin.0).and_then(|table| table.get(twin.1)) else { continue };
        if tables[twin.0].columns[twin.1].kind != column.kind {
            continue;
        }
        let mut taken: Vec<SqlValue> = values.all().cloned().collect();
        dice.shuffle(&mut taken);
        taken.truncate(3);
        if dice.below(2) == 0 && !taken.is_empty() {
            domain.other = taken;
        } else {
            domain.other.extend(taken);
        }
    }
}

struct Maker<'a> {
    tables: &'a [TableInfo],
    at: usize,
    table: &'a TableInfo,
    known: &'a Knowledge,
    temper: &'a Temper,
    domains: &'a [Domain],
    made: Vec<Vec<SqlValue>>,
    /// Whether rows shall be spread evenly over what they point at.
    spread: bool,
    keys: Vec<i64>,
    uniques: usize,
}

impl Maker<'_> {
    fn fill(&mut self, scale: Option<usize>, before: &Rows, dice: &mut Dice) {
        let pointing: Vec<usize> = (0..self.table.columns.len()).filter(|&at| self.target(at).is_some()).collect();
        if let Some(scale) = scale {
            self.keys = self.drawn_keys(scale, dice);
            for number in 0..scale {
                self.add(number, None, before, dice);
            }
            return;
        }
        if self.table.links
            && let [one, other] = pointing.as_slice()
        {
            self.link((*one, *other), before, dice);
            return;
        }
        let matters = self.known.clues.tables.is_empty() || self.known.clues.tables.contains(&self.at);
        let most = if matters { self.temper.most } else { 3 };
        let page = self.known.clues.pages.iter().filter(|(table, _)| *table == self.at).map(|(_, end)| *end).max();
        let page = page.filter(|end| self.temper.paged && *end <= 60).and_then(|end| usize::try_from(end).ok());
        // Rows are made for the rows that they point at: some of those have none, some one, some several.
        let strong: Vec<usize> = pointing.iter().copied().filter(|&at| !self.table.columns[at].null).collect();
        let drivers = if strong.is_empty() { &pointing } else { &strong };
        let mut owners: Vec<Option<(usize, usize)>> = Vec::new();
        if let Some(&driver) = drivers.get(dice.below(drivers.len())) {
            let owned = self.target(driver).and_then(|(table, _)| before.0.get(table)).map_or(0, Vec::len);
            if self.table.columns[driver].unique {
                owners.extend((0..owned).filter(|_| dice.below(4) > 0).map(|parent| Some((driver, parent))));
            } else {
                for parent in 0..owned {
                    let count = self.temper.children(dice);
                    owners.extend(std::iter::repeat_n(Some((driver, parent)), count));
                }
            }
            if strong.is_empty() {
                owners.push(None);
            }
            dice.shuffle(&mut owners);
        } else {
            owners.resize(self.temper.roots(dice), None);
        }
        owners.truncate(most);
        if let Some(end) = page {
            let wanted = end + dice.below(4);
            owners.resize(owners.len().max(wanted), None);
        } else if matters && dice.below(20) == 0 {
            owners.clear();
        }
        self.keys = self.drawn_keys(owners.len(), dice);
        for (number, owner) in owners.into_iter().enumerate() {
            self.add(number, owner, before, dice);
        }
    }

    /// Links some of all pairs, each once.
    fn link(&mut self, (one, other): (usize, usize), before: &Rows, dice: &mut Dice) {
        let values = |at: usize| -> Vec<SqlValue> {
            let Some((table, place)) = self.target(at) else { return Vec::new() };
            let rows = before.0.get(table).map(Vec::as_slice).unwrap_or_default();
            rows.iter().filter_map(|row| row.get(place).cloned()).collect()
        };
        let (left, right) = (values(one), values(other));
        let mut pairs: Vec<(SqlValue, SqlValue)> =
            left.iter().flat_map(|left| right.iter().map(|right| (left.clone(), right.clone()))).collect();
        dice.shuffle(&mut pairs);
        pairs.retain(|_| dice.below(100) < self.temper.density);
        pairs.truncate(self.temper.most.max(6));
        self.keys = self.drawn_keys(pairs.len(), dice);
        for (number, (left, right)) in pairs.into_iter().enumerate() {
            let row = (0..self.table.columns.len()).map(|at| match at {
                at if at == one => left.clone(),
                at if at == other => right.clone(),
                _ => SqlValue::Integer(self.keys.get(number).copied().unwrap_or(number as i64 + 1)),
            });
            self.made.push(row.collect());
        }
    }

    /// The position of the table that a column points at, and of the column there.
    fn target(&self, at: usize) -> Option<(usize, usize)> {
        let (table, name) = self.table.columns.get(at)?.references.as_ref()?;
        let table = self.tables.iter().position(|other| other.name == *table)?;
        Some((table, self.tables[table].columns.iter().position(|other| other.name == *name)?))
    }

    /// Distinct keys, not in order and with gaps, among them those that a statement names.
    fn drawn_keys(&self, count: usize, dice: &mut Dice) -> Vec<i64> {
        let mut keys: Vec<i64> = (1..=(count as i64) + 3).collect();
        dice.shuffle(&mut keys);
        keys.truncate(count);
        let key = self.table.columns.iter().position(|column| column.primary_key);
        for compared in &self.known.clues.compared {
            if let SqlValue::Integer(wanted) = compared.constant
                && key.is_some_and(|key| compared.place == (self.at, key))
                && wanted > 0
                && !keys.contains(&wanted)
                && dice.below(4) > 0
                && let Some(place) = keys.len().checked_sub(1).map(|last| dice.below(last + 1))
            {
                keys[place] = wanted;
            }
        }
        keys
    }

    fn add(&mut self, number: usize, owner: Option<(usize, usize)>, before: &Rows, dice: &mut Dice) {
        // Some rows repeat an earlier one but for what must be unique and whom they belong to.
        let repeats = !self.made.is_empty() && dice.below(100) < self.temper.twins;
        let twin = repeats.then(|| dice.below(self.made.len())).and_then(|twin| self.made.get(twin)).cloned();
        let moved = dice.below(2) == 0;
        let mut row: Vec<SqlValue> = Vec::with_capacity(self.table.columns.len());
        for (place, column) in self.table.columns.iter().enumerate() {
            let own = column.unique || column.primary_key || (column.references.is_some() && moved);
            let repeated = twin.as_ref().and_then(|row| row.get(place)).filter(|_| !own).cloned();
            let value = match repeated {
                Some(value) => Some(value),
                None => self.value(number, place, column, owner, &row, before, dice),
            };
            match value {
                Some(value) => row.push(value),
                // Nothing to point at: no row.
                None => return,
            }
        }
        self.level(&mut row, dice);
        self.part(&mut row);
        self.made.push(row);
    }

    /// Gives a row that shares with another what no two rows may share a value of its own.
    fn part(&mut self, row: &mut [SqlValue]) {
        let table = self.table;
        for places in &table.together {
            let taken = |row: &[SqlValue], made: &[Vec<SqlValue>]| {
                made.iter().any(|other| places.iter().all(|&at| !row[at].is_null() && other.get(at) == row.get(at)))
            };
            let Some(&free) = places.iter().find(|&&at| {
                let column = &table.columns[at];
                column.references.is_none() && column.choices.is_empty() && column.kind != FieldKind::Boolean
            }) else {
                continue;
            };
            if !taken(row, &self.made) {
                continue;
            }
            let other = self.domains.get(free).and_then(|domain| {
                domain.all().find(|value| {
                    let mut changed = row.to_vec();
                    changed[free] = (*value).clone();
                    !taken(&changed, &self.made)
                })
            });
            row[free] = match other {
                Some(value) => value.clone(),
                None => {
                    self.uniques += 1;
                    numbered(&table.columns[free], self.uniques)
                }
            };
        }
    }

    /// Lets columns of a row that can be compared hold the same value now and then.
    fn level(&self, row: &mut [SqlValue], dice: &mut Dice) {
        let columns = &self.table.columns;
        for (at, column) in columns.iter().enumerate() {
            let free = |column: &ColumnInfo| {
                !column.unique && !column.primary_key && column.references.is_none() && column.choices.is_empty()
            };
            if !free(column) || column.kind == FieldKind::Boolean {
                continue;
            }
            for other in 0..at {
                if columns[other].kind != column.kind || !free(&columns[other]) {
                    continue;
                }
                let clue = self.known.clues.alike.contains(&((self.at, other), (self.at, at)));
                let chance = if clue { 30 } else { 4 };
                if dice.below(100) < chance && !row[other].is_null() {
                    row[at] = row[other].clone();
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a value depends on, each of its own sort")]
    fn value(
        &mut self,
        number: usize,
        place: usize,
        column: &ColumnInfo,
        owner: Option<(usize, usize)>,
        row: &[SqlValue],
        before: &Rows,
        dice: &mut Dice,
    ) -> Option<SqlValue> {
        if column.references.is_some() {
            return self.reference(number, place, column, owner, row, before, dice);
        }
        if column.primary_key && is_integer(column.kind) {
            return Some(SqlValue::Integer(self.keys.get(number).copied().unwrap_or(number as i64 + 1)));
        }
        if column.null && !column.primary_key && dice.below(100) < self.nulls(place) {
            return Some(SqlValue::Null);
        }
        let domain = self.domains.get(place)?;
        if !column.unique && !column.primary_key {
            return self.pick(domain, place, dice).cloned();
        }
        let start = dice.below(domain.len());
        let good_first = dice.below(100) < self.temper.aim;
        let mut values: Vec<&SqlValue> = domain.all().collect();
        if !values.is_empty() && !good_first {
            values.rotate_left(start);
        }
        let free = |value: &&SqlValue| !self.made.iter().any(|row| row.get(place) == Some(*value));
        let fresh: Vec<&SqlValue> = values.into_iter().filter(free).collect();
        let good = fresh.iter().filter(|value| domain.good.contains(value)).count();
        let among = if good_first && good > 0 { good } else { 1 };
        if let Some(value) = fresh.get(dice.below(among)) {
            return Some((*value).clone());
        }
        self.uniques += 1;
        Some(numbered(column, self.uniques))
    }

    /// In a hundred, how many values of a column are NULL.
    fn nulls(&self, place: usize) -> usize {
        let looked_for = self.known.clues.missing.contains(&(self.at, place));
        match self.temper.focus == Some((self.at, place)) {
            true => 50,
            false if looked_for => self.temper.nulls.max(25),
            false => self.temper.nulls,
        }
    }

    /// A value of a domain: most often one that meets the conditions, but for the column that is looked at just now.
    fn pick<'d>(&self, domain: &'d Domain, place: usize, dice: &mut Dice) -> Option<&'d SqlValue> {
        let aim = if self.temper.focus == Some((self.at, place)) { 40 } else { self.temper.aim };
        let good = domain.other.is_empty() || (!domain.good.is_empty() && dice.below(100) < aim);
        let values = if good { &domain.good } else { &domain.other };
        values.get(dice.below(values.len()))
    }

    #[expect(clippy::too_many_arguments, reason = "what a reference depends on, each of its own sort")]
    fn reference(
        &self,
        number: usize,
        place: usize,
        column: &ColumnInfo,
        owner: Option<(usize, usize)>,
        row: &[SqlValue],
        before: &Rows,
        dice: &mut Dice,
    ) -> Option<SqlValue> {
        let missing = || column.null.then_some(SqlValue::Null);
        let (table, key) = self.target(place)?;
        if let Some((driver, parent)) = owner
            && driver == place
        {
            return before.0.get(table)?.get(parent)?.get(key).cloned();
        }
        if column.null && dice.below(100) < self.nulls(place) {
            return missing();
        }
        if table == self.at {
            // A row may point at itself, too.
            let of_itself = self.keys.get(number).filter(|_| dice.below(100) < self.temper.same / 4);
            if let Some(own) = of_itself {
                return Some(SqlValue::Integer(*own));
            }
        }
        if dice.below(100) < self.temper.same
            && let Some(value) = self.same_as_related(place, table, key, row, before)
        {
            return Some(value);
        }
        let rows = if table == self.at { Some(&self.made) } else { before.0.get(table) };
        let Some(rows) = rows.filter(|rows| !rows.is_empty()) else {
            return missing();
        };
        if self.spread {
            return rows.get(number % rows.len())?.get(key).cloned();
        }
        if column.unique || column.primary_key {
            let start = dice.below(rows.len());
            let free = (0..rows.len())
                .filter_map(|step| rows[(start + step) % rows.len()].get(key))
                .find(|value| !self.made.iter().any(|row| row.get(place) == Some(*value)));
            return free.cloned().or_else(missing);
        }
        let chosen = if dice.below(10) < self.temper.skew { 0 } else { dice.below(rows.len()) };
        rows.get(chosen)?.get(key).cloned()
    }

    /// What another column of the row points at, or what the row it points at points at: a comment by its post's author, a
    /// transfer to its own account.
    fn same_as_related(
        &self,
        place: usize,
        table: usize,
        key: usize,
        row: &[SqlValue],
        before: &Rows,
    ) -> Option<SqlValue> {
        for (other, value) in row.iter().enumerate() {
            if other == place || value.is_null() {
                continue;
            }
            let Some((through, through_key)) = self.target(other) else { continue };
            if through == table && through_key == key {
                return Some(value.clone());
            }
            let Some(related) = before
                .0
                .get(through)
                .and_then(|rows| rows.iter().find(|related| related.get(through_key) == Some(value)))
            else {
                continue;
            };
            let back = self.tables[through].columns.iter().position(|column| {
                column.references.as_ref().is_some_and(|(name, _)| *name == self.tables[table].name)
            });
            if let Some(value) = back.and_then(|back| related.get(back)).filter(|value| !value.is_null()) {
                return Some(value.clone());
            }
        }
        None
    }
}

/// Whether a column of this kind holds whole numbers.
pub fn is_integer(kind: FieldKind) -> bool {
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
        K::Email => SqlValue::Text(format!("{}{}@x.org", if number.is_multiple_of(2) { "N" } else { "n" }, number / 2)),
        K::Date => SqlValue::Text(format!("20{:02}-02-{:02}", 10 + number / 28 % 10, 1 + number % 28)),
        K::DateTime => SqlValue::Text(format!("20{:02}-02-{:02} 00:00:00", 10 + number / 28 % 10, 1 + number % 28)),
        K::Decimal | K::Float | K::Duration => SqlValue::Integer(1000 + number as i64),
        // Two after each other differ in case alone.
        _ => SqlValue::Text(format!("{}{}", if number.is_multiple_of(2) { "N" } else { "n" }, number / 2)),
    }
}

/// The numbers among constants that counts of rows may be compared with.
pub(super) fn countable(known: &Knowledge) -> Vec<i64> {
    let mut counts: Vec<i64> = known.clues.counts.iter().copied().filter(|count| (1..=24).contains(count)).collect();
    // Without a statement that compares a count, any number may be meant for one.
    if counts.is_empty() {
        counts.extend(known.literals.iter().filter_map(|literal| match literal.value {
            Constant::Int(number) if (2..=12).contains(&number) => Some(number),
            _ => None,
        }));
    }
    counts.sort_unstable();
    counts.dedup();
    counts
}
