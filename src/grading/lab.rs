//! [`Lab`]: a dataset's workbench with everything that is worked out once for it, on which answers are run again and again.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::compare::{FinalTable, Moments, Shown, final_state, may_sort, printed};
use super::databases::{
    Knowledge, Literal, Plan, Rows, SeenValues, aimed, bounded, close, copied, fill, generate, literals, load, rekeyed,
};
use super::{Compare, Expectation};
use crate::db::{self, Connection, Image, Params, ResultSet, SqlValue};
use crate::runner::{
    Description, Execution, Language, Limits, Outcome, Showing, Source, Submission, TableInfo, TableState, Workbench,
    WorkbenchError,
};

/// One database, in one of the two ways in which unordered rows may come.
#[derive(Clone)]
pub struct Case {
    /// The database.
    pub image: Image,
    /// Its rows; none for the dataset's own.
    pub rows: Option<Rc<Rows>>,
    /// Whether rows of unordered statements come backwards.
    pub reversed: bool,
    /// Which of the databases it is: the same one in both ways counts once.
    pub number: usize,
    /// A connection of its own, for a case that many answers are run on: one that reads leaves it as it is.
    pub kept: Option<Kept>,
    /// By how many days the clock is ahead of the pinned moment.
    pub days: i64,
}

/// Where a case's own connection is kept; empty until it is needed.
pub type Kept = Rc<RefCell<Option<Rc<Connection>>>>;

impl Case {
    /// The case with a connection of its own.
    pub fn keep(self) -> Self {
        Self { kept: Some(Kept::default()), ..self }
    }

    /// The case with rows of unordered statements backwards, or no longer so.
    pub fn turned(&self) -> Self {
        Self { reversed: !self.reversed, kept: None, ..self.clone() }
    }
}

/// What a run showed.
pub struct Run {
    /// Everything that happened.
    pub execution: Execution,
    /// The value, in comparable form.
    pub shown: Shown,
    /// Whether its program may put rows in order itself.
    pub sorts: bool,
    /// The tables in the end, in comparable form, where they are compared.
    pub state: Vec<FinalTable>,
    /// The output's lines.
    pub printed: Vec<String>,
    /// The statements of new models' tables.
    pub schema: Vec<String>,
    /// What new models state, where models are compared.
    pub models: Description,
    /// Tests that failed, each with its message; none where no tests were asked for.
    pub failures: Option<Vec<(String, String)>>,
}

impl Run {
    /// Whether it ran to its end.
    pub fn finished(&self) -> bool {
        self.execution.outcome == Outcome::Finished && self.execution.unsupported.is_none()
    }
}

/// The dataset's own values, a few of each column.
#[derive(Debug, Default)]
pub struct Seen {
    columns: Vec<(String, String, Vec<SqlValue>)>,
}

impl SeenValues for Seen {
    fn of(&self, table: &str, column: &str) -> &[SqlValue] {
        self.columns
            .iter()
            .find(|(in_table, name, _)| in_table == table && name == column)
            .map(|(_, _, values)| values.as_slice())
            .unwrap_or_default()
    }
}

impl Seen {
    fn of_states(states: &[TableState]) -> Self {
        let mut columns = Vec::new();
        for state in states {
            for (at, name) in state.columns.iter().enumerate() {
                let mut values: Vec<SqlValue> = Vec::new();
                for row in &state.rows {
                    if let Some(value) = row.get(at).filter(|value| !value.is_null())
                        && !values.contains(value)
                        && values.len() < 6
                    {
                        values.push(value.clone());
                    }
                }
                columns.push((state.name.clone(), name.clone(), values));
            }
        }
        Self { columns }
    }
}

/// A dataset's models, ready to run answers on any database.
pub struct Lab {
    dataset: String,
    bench: Workbench,
    interrupt: Arc<AtomicBool>,
    /// The connection for all cases that have none of their own, and the database that it holds, untouched.
    shared: Rc<Connection>,
    holds: Option<(Image, bool)>,
    /// The cases' own connections that are open, the oldest first.
    open: VecDeque<Kept>,
    /// How often the workbench had to be made anew.
    renewals: usize,
    /// By how many days its clock is ahead.
    days: i64,
    /// Fills databases without the workbench noticing.
    filler: Rc<Connection>,
    /// Empty tables, filled for a few statements and then empty again.
    scratch: Rc<Connection>,
    /// The tables, those pointed at first.
    pub tables: Vec<TableInfo>,
    /// All tables, no rows.
    pub blank: Image,
    /// The dataset's own values.
    pub seen: Seen,
}

/// What came of a statement that was only looked at.
pub enum Look {
    /// Its result.
    Rows(ResultSet),
    /// The database refused it.
    Failed,
    /// It takes more than there is time for.
    TooLong,
}

/// What a statement may cost where it is only looked at: steps, so that the same is left out on every machine.
const LOOK: db::Limits =
    db::Limits { max_rows: Some(20_000), max_steps: Some(3_000_000), timeout: None, max_memory: Some(512 << 20) };

fn look_at(connection: &Connection, sql: &str) -> Look {
    if connection.set_limits(LOOK).is_err() {
        return Look::TooLong;
    }
    match connection.execute_plain(sql, &Params::None) {
        Ok(result) => Look::Rows(result),
        Err(error) if matches!(error.kind, db::DbErrorKind::Limit(_) | db::DbErrorKind::Interrupted) => Look::TooLong,
        Err(_) => Look::Failed,
    }
}

/// Microseconds.
const DAY: i64 = 86_400_000_000;

/// No more cases than these keep their connections open.
const MOST_OPEN: usize = 300;

/// Runs every test case that the session's names hold, and shows what failed.
const RUN_TESTS: &str = "
import unittest as _unittest
_result = _unittest.TestResult()
for _case in dict.fromkeys(c for c in list(globals().values()) if isinstance(c, type) and hasattr(c, '_ormdojo_check')):
    _unittest.defaultTestLoader.loadTestsFromTestCase(_case).run(_result)
def _said(text):
    lines = text.strip().splitlines()
    frames = [at for at, line in enumerate(lines) if line.startswith('  File ')]
    rest = [line for line in lines[frames[-1] + 1:] if not line.startswith('    ')] if frames else lines[-1:]
    own = rest[-1].rpartition(' : ')[2] if len(rest) > 1 and ' : ' in rest[-1] else ''
    return rest[0] + (' : ' + own if own else '')
[(t.id().split('.')[-1], _said(m)) for t, m in _result.failures + _result.errors] or _result.testsRun
";

impl Lab {
    /// The lab of a built-in dataset.
    pub fn open(dataset: &str, interrupt: &Arc<AtomicBool>) -> Result<Self, WorkbenchError> {
        let mut bench = Workbench::open(&Source::dataset(dataset))?;
        bench.set_interrupt(interrupt.clone());
        let blank = bench.blank()?;
        let tables = bench.tables();
        bench.reset()?;
        let seen = Seen::of_states(&bench.table_states()?);
        let filler = Rc::new(Connection::open().map_err(|error| WorkbenchError::Invalid(error.message))?);
        let scratch = Rc::new(Connection::from_image(&blank).map_err(|error| WorkbenchError::Invalid(error.message))?);
        filler.set_logging(false);
        scratch.set_logging(false);
        scratch.reverse_unspecified_order(false).map_err(|error| WorkbenchError::Invalid(error.message))?;
        Ok(Self {
            dataset: dataset.to_owned(),
            shared: bench.connection().clone(),
            holds: None,
            open: VecDeque::new(),
            renewals: 0,
            days: 0,
            bench,
            interrupt: interrupt.clone(),
            filler,
            scratch,
            tables,
            blank,
            seen,
        })
    }

    /// How often an answer left traces that made a new workbench necessary.
    pub fn renewals(&self) -> usize {
        self.renewals
    }

    /// What an answer and its run tell of the rows that it looks for.
    pub fn knowledge(&self, text: &str, language: Language, run: Option<&Run>) -> Knowledge {
        let statements: Vec<String> = run
            .map(|run| run.execution.queries.iter().map(|query| query.rendered.clone()).collect())
            .unwrap_or_default();
        Knowledge::of(text, language, &statements, &self.tables, &self.filler)
    }

    /// What the reference tells, and the setup before it.
    pub fn knowledge_of_reference(&self, expectation: &Expectation, run: Option<&Run>) -> Knowledge {
        let mut known = self.knowledge(&expectation.code, expectation.language, run);
        let setup: Vec<Literal> = literals(&expectation.setup, Language::Python);
        known.extend(&Knowledge { literals: setup, ..Knowledge::default() });
        known
    }

    /// The dataset's own rows as a case.
    pub fn visible(&self) -> Case {
        Case {
            image: self.bench.untouched().clone(),
            rows: None,
            reversed: false,
            number: 0,
            kept: Some(Kept::default()),
            days: 0,
        }
    }

    /// A drawn database; none when its rows cannot be loaded.
    pub fn drawn(&self, known: &Knowledge, plan: Plan, number: usize) -> Option<Case> {
        let rows = generate(&self.tables, known, &self.seen, plan);
        self.with_rows(&rows, number)
    }

    /// A drawn database in both ways: as it is, and with unordered rows backwards and an index on each of the columns,
    /// which makes an order come out right no longer by luck.
    pub fn drawn_twice(
        &self,
        known: &Knowledge,
        plan: Plan,
        number: usize,
        indexes: &[(String, bool)],
    ) -> Option<(Case, Case)> {
        let rows = generate(&self.tables, known, &self.seen, plan);
        self.twice(&rows, number, indexes)
    }

    /// A database of given rows in both ways; none when they cannot be loaded.
    pub fn twice(&self, rows: &Rows, number: usize, indexes: &[(String, bool)]) -> Option<(Case, Case)> {
        let plain = self.with_rows(rows, number)?;
        let mut image = plain.image.clone();
        if !indexes.is_empty() {
            // The filler still holds what the plain image was taken from.
            self.index(&self.filler, indexes)?;
            image = self.filler.image().ok()?;
        }
        let reversed = Case { image, reversed: true, ..plain.clone() };
        Some((plain, reversed))
    }

    /// Makes an index on each of these columns; nothing when one cannot be made.
    fn index(&self, connection: &Connection, indexes: &[(String, bool)]) -> Option<()> {
        for (at, table) in self.tables.iter().enumerate() {
            for (place, column) in table.columns.iter().enumerate() {
                if let Some((_, descends)) = indexes.iter().find(|(name, _)| *name == column.name) {
                    // Read against its direction, so that rows that tie come by descending row number, while a plain
                    // sort leaves them ascending.
                    let direction = if *descends { "ASC" } else { "DESC" };
                    let index = format!(
                        "CREATE INDEX \"ix_{at}_{place}\" ON \"{}\" (\"{}\" {direction})",
                        table.name, column.name
                    );
                    connection.execute_plain(&index, &Params::None).ok()?;
                }
            }
        }
        Some(())
    }

    /// The rows of a drawn database.
    pub fn rows_drawn(&self, known: &Knowledge, plan: Plan) -> Rows {
        generate(&self.tables, known, &self.seen, plan)
    }

    /// The rows of a case changed towards what `beyond` compares; none if it names nothing that could be changed.
    pub fn rows_aimed(&self, case: &Case, beyond: &Knowledge, seed: u64) -> Option<Rows> {
        aimed(&self.tables, case.rows.as_ref()?, beyond, &self.seen, seed)
    }

    /// The rows of a case with a column's values on and beside what `beyond` compares it with; none if there is no such
    /// column.
    pub fn rows_bounded(&self, case: &Case, beyond: &Knowledge, number: usize) -> Option<Rows> {
        bounded(&self.tables, case.rows.as_ref()?, beyond, &self.seen, number)
    }

    /// The rows of a case with a key that `beyond` compares with given to another row; none if it names no key.
    pub fn rows_rekeyed(&self, case: &Case, beyond: &Knowledge, number: usize) -> Option<Rows> {
        rekeyed(&self.tables, case.rows.as_ref()?, beyond, number)
    }

    /// The rows of a case so many times over that a page which ends after `end` of them does not hold all that is found.
    pub fn rows_copied(&self, case: &Case, known: &Knowledge, end: i64) -> Option<Rows> {
        Some(copied(&self.tables, case.rows.as_ref()?, known, end))
    }

    /// The rows of a case with the moments that something is ordered by close to one another; none where nothing is.
    pub fn rows_close(&self, case: &Case, known: &Knowledge) -> Option<Rows> {
        close(&self.tables, case.rows.as_ref()?, known)
    }

    /// What one statement gives on a case's database.
    pub fn look(&mut self, case: &Case, sql: &str) -> Result<Look, String> {
        let connection = self.connection_of(case).map_err(|error| error.to_string())?;
        Ok(look_at(&connection, sql))
    }

    /// What several statements give on given rows, each in one way or in both: as rows come, and with unordered rows
    /// backwards beside an index on each of the columns. None when the rows cannot be put in.
    pub fn on_scratch(&self, rows: &Rows, statements: &[&str], turned: Option<&[(String, bool)]>) -> Option<Vec<Look>> {
        let connection = &self.scratch;
        let fine = |sql: &str| connection.execute_plain(sql, &Params::None).ok().map(|_| ());
        fine("BEGIN")?;
        let results = fill(connection, &self.tables, rows).ok().map(|_| {
            if let Some(indexes) = turned {
                let _ = self.index(connection, indexes);
                let _ = connection.reverse_unspecified_order(true);
            }
            statements.iter().map(|sql| look_at(connection, sql)).collect()
        });
        if turned.is_some() {
            connection.reverse_unspecified_order(false).ok()?;
        }
        let _ = connection.set_limits(db::Limits::default());
        fine("ROLLBACK")?;
        results
    }

    /// The rows of a case, the dataset's own for the visible one.
    pub fn rows_of(&mut self, case: &Case) -> Result<Rows, WorkbenchError> {
        if let Some(rows) = &case.rows {
            return Ok((**rows).clone());
        }
        self.enter(case)?;
        let states = self.bench.table_states()?;
        let rows_of = |info: &TableInfo| {
            let Some(state) = states.iter().find(|state| state.name == info.name) else { return Vec::new() };
            let places: Vec<Option<usize>> =
                info.columns.iter().map(|column| state.columns.iter().position(|name| *name == column.name)).collect();
            let row_of = |row: &Vec<SqlValue>| {
                places.iter().map(|place| place.and_then(|at| row.get(at)).cloned().unwrap_or_default()).collect()
            };
            state.rows.iter().map(row_of).collect()
        };
        Ok(Rows(self.tables.iter().map(rows_of).collect()))
    }

    /// A database of given rows; none when they cannot be loaded.
    pub fn with_rows(&self, rows: &Rows, number: usize) -> Option<Case> {
        let (image, kept) = load(&self.filler, &self.blank, &self.tables, rows).ok()?;
        Some(Case { image, rows: Some(Rc::new(kept)), reversed: false, number, kept: None, days: 0 })
    }

    /// Goes to a case's database as it is untouched.
    fn enter(&mut self, case: &Case) -> Result<(), WorkbenchError> {
        let connection = self.connection_of(case)?;
        self.bench.go_on(connection);
        if self.days != case.days {
            self.bench.set_clock(case.days);
            self.days = case.days;
        }
        Ok(())
    }

    /// A connection to a case's database as it is untouched.
    pub fn connection_of(&mut self, case: &Case) -> Result<Rc<Connection>, WorkbenchError> {
        let invalid = |error: crate::db::DbError| WorkbenchError::Invalid(error.message);
        let moment = db::PINNED_NOW + case.days * DAY;
        let Some(kept) = &case.kept else {
            let holds = self.holds.as_ref().is_some_and(|(image, _)| image.is_same(&case.image));
            if !holds || self.shared.take_touched() || self.shared.in_transaction() {
                self.shared.restore(&case.image).map_err(invalid)?;
            }
            if self.holds.as_ref().is_none_or(|(_, reversed)| *reversed != case.reversed) {
                self.shared.reverse_unspecified_order(case.reversed).map_err(invalid)?;
            }
            self.shared.take_touched();
            self.holds = Some((case.image.clone(), case.reversed));
            self.shared.set_now(moment);
            return Ok(self.shared.clone());
        };
        let known = kept.borrow().clone();
        let connection = match known {
            Some(connection) => {
                if connection.take_touched() || connection.in_transaction() {
                    connection.restore(&case.image).map_err(invalid)?;
                }
                connection
            }
            None => {
                let connection = Rc::new(Connection::from_image(&case.image).map_err(invalid)?);
                connection.reverse_unspecified_order(case.reversed).map_err(invalid)?;
                *kept.borrow_mut() = Some(connection.clone());
                self.open.push_back(kept.clone());
                if self.open.len() > MOST_OPEN
                    && let Some(oldest) = self.open.pop_front()
                {
                    *oldest.borrow_mut() = None;
                }
                connection
            }
        };
        connection.take_touched();
        connection.set_now(moment);
        Ok(connection)
    }

    /// The column attributes of a model.
    pub fn attnames(&self, label: &str) -> Vec<String> {
        self.bench.attnames(label)
    }

    /// Runs an answer, or the reference, on a database. `None` when the setup fails there: the database is left out.
    pub fn run(
        &mut self,
        expectation: &Expectation,
        code: &str,
        case: &Case,
        limits: &Limits,
    ) -> Result<Option<Run>, WorkbenchError> {
        self.enter(case)?;
        if self.bench.set_up(&expectation.setup).is_err() {
            return Ok(None);
        }
        let wants_state = expectation.compare == Compare::Database;
        let before = if wants_state { self.bench.table_states()? } else { Vec::new() };
        let generation = self.bench.generation();
        let models = if expectation.compare == Compare::Schema { self.bench.known_models() } else { Vec::new() };
        let submission = Submission { source: code.to_owned(), language: expectation.language };
        let mut execution = self.bench.run(&submission, limits, Showing::Judged);
        let mut failures = None;
        if let Some(tests) = expectation.tests.as_deref().filter(|_| execution.outcome == Outcome::Finished) {
            failures = self.tests(tests, limits, &mut execution);
        }
        let state = if wants_state && execution.outcome == Outcome::Finished {
            {
                let named = |table: &TableInfo| {
                    table.columns.iter().any(|column| column.touched && expectation.prompt.contains(&column.name))
                };
                let moments = match expectation.language {
                    _ if self.tables.iter().any(named) => Moments::Named,
                    Language::Sql => Moments::Written,
                    Language::Python => Moments::Saved,
                };
                final_state(&self.bench.table_states()?, &before, &self.tables, moments)
            }
        } else {
            Vec::new()
        };
        let mut schema = Vec::new();
        let mut described = Description::default();
        if expectation.compare == Compare::Schema && execution.outcome == Outcome::Finished {
            match self.bench.statements_of_new(&models) {
                Ok(statements) => schema = statements,
                Err(error) if error.unsupported => execution.unsupported = Some(error.message),
                Err(error) => execution.outcome = Outcome::Raised(error),
            }
            match self.bench.describe_new(&models, limits) {
                Ok(description) => described = description,
                Err(Outcome::Raised(error)) if error.unsupported => execution.unsupported = Some(error.message),
                Err(outcome) => execution.outcome = outcome,
            }
        }
        if self.bench.leaves_traces(&submission, generation) {
            self.renew()?;
        }
        Ok(Some(Run {
            shown: Shown::of(&execution),
            sorts: may_sort(code),
            printed: if expectation.compare == Compare::Stdout { printed(&execution.stdout) } else { Vec::new() },
            state,
            schema,
            models: described,
            failures,
            execution,
        }))
    }

    fn renew(&mut self) -> Result<(), WorkbenchError> {
        self.bench = Workbench::open(&Source::dataset(self.dataset.as_str()))?;
        self.bench.set_interrupt(self.interrupt.clone());
        self.shared = self.bench.connection().clone();
        self.holds = None;
        self.renewals += 1;
        self.days = 0;
        Ok(())
    }

    /// Runs the question's test code on what the answer defined.
    fn tests(&mut self, tests: &str, limits: &Limits, execution: &mut Execution) -> Option<Vec<(String, String)>> {
        let python = |source: String| Submission { source, language: Language::Python };
        let marked = format!(
            "from django.test import TestCase\n{tests}\nfor _case in list(globals().values()):\n    if isinstance(_case, type) and issubclass(_case, TestCase) and _case is not TestCase:\n        _case._ormdojo_check = True\n"
        );
        let loaded = self.bench.run(&python(marked), limits, Showing::Whole);
        let ran = if loaded.outcome == Outcome::Finished && loaded.unsupported.is_none() {
            self.bench.run(&python(RUN_TESTS.to_owned()), limits, Showing::Whole)
        } else {
            loaded
        };
        if let Some(feature) = ran.unsupported {
            execution.unsupported = Some(feature);
            return None;
        }
        match ran.outcome {
            Outcome::Finished => {}
            Outcome::Raised(error) => {
                // The tests are the question's own: what they raise outside of a test is no fault of the learner's.
                execution.unsupported = Some(format!("the question's tests ({}: {})", error.kind, error.message));
                return None;
            }
            stopped => {
                execution.outcome = stopped;
                return None;
            }
        }
        let text = |cell: &crate::runner::Cell| match cell {
            crate::runner::Cell::Text(text) => text.clone(),
            other => other.to_json().to_string(),
        };
        let rows = ran.rows.unwrap_or_default();
        Some(
            rows.iter()
                .map(|row| (row.first().map(text).unwrap_or_default(), row.get(1).map(text).unwrap_or_default()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::vm::with_big_stack;

    fn lab(dataset: &str) -> Lab {
        Lab::open(dataset, &Arc::new(AtomicBool::new(false))).expect("a dataset")
    }

    #[test]
    fn statements_say_what_they_compare() {
        with_big_stack(|| {
            let lab = lab("blog");
            let sql = "SELECT p.id, COUNT(c.id) AS n FROM blog_post p LEFT JOIN blog_comment c ON c.post_id = p.id \
                       WHERE p.is_active AND p.view_count >= 100 AND p.created_at > datetime('now', '-1 day') \
                       GROUP BY p.id HAVING n > 3 ORDER BY p.title LIMIT 2 OFFSET 4";
            let clues = Knowledge::of("", Language::Sql, &[sql.to_owned()], &lab.tables, &lab.filler).clues;
            let names: Vec<String> = clues
                .compared
                .iter()
                .map(|compared| {
                    let (table, column) = compared.place;
                    format!("{} {:?}", lab.tables[table].columns[column].name, compared.constant)
                })
                .collect();
            for wanted in
                ["is_active Integer(1)", "view_count Integer(100)", "created_at Text(\"2026-06-14 12:00:00\")"]
            {
                assert!(names.iter().any(|name| name == wanted), "{wanted}: {names:?}");
            }
            assert_eq!(clues.counts, [3]);
            assert!(clues.pages.iter().all(|(_, end)| *end == 6) && !clues.pages.is_empty());
            assert_eq!(clues.ordered.len(), 1);
        });
    }

    #[test]
    fn drawn_rows_keep_the_constraints() {
        with_big_stack(|| {
            for dataset in ["blog", "shop", "staff", "school", "library", "bank", "journal"] {
                let lab = lab(dataset);
                let known = Knowledge::default();
                let mut drawn = 0;
                for seed in 1..40 {
                    let case = lab.drawn(&known, Plan::small(seed), 1).expect("a database");
                    let rows = case.rows.expect("its rows");
                    drawn += usize::from(rows.count() > 3);
                    for (table, held) in lab.tables.iter().zip(&rows.0) {
                        for (at, column) in table.columns.iter().enumerate() {
                            let values: Vec<&SqlValue> = held.iter().map(|row| &row[at]).collect();
                            let null = values.iter().any(|value| value.is_null());
                            assert!(column.null || !null, "{}.{}", table.name, column.name);
                            let Some((target, _)) = &column.references else { continue };
                            let at = lab.tables.iter().position(|table| table.name == *target).expect("its table");
                            assert!(!rows.0[at].is_empty() || values.iter().all(|value| value.is_null()));
                        }
                    }
                }
                assert!(drawn > 25, "{dataset}: {drawn}");
            }
        });
    }
}
