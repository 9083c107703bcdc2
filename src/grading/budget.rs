//! Right rows: whether they cost too many statements, or the SQL has not the shape that is asked for.

use std::rc::Rc;

use super::databases::Plan;
use super::findings::{Scene, costly};
use super::hints::{Clues, hints};
use super::judging::{Found, Judging};
use super::lab::{Case, Run};
use super::shape::shape_words;
use super::trials::{Trial, runs_once};
use super::{Check, Finding, Verdict, VerdictKind};
use crate::runner::{Execution, Language, QueryKind};

impl Judging<'_> {
    /// Looks at the cost of an answer whose rows are right. What an interviewer would merely mention goes to the remarks,
    /// unless the reference does the same.
    pub fn budget(&mut self, verdict: &mut Verdict, found: &Found, expected: &Rc<Run>) -> Result<(), String> {
        let growth = if found.is_one_statement() { None } else { self.growth()? };
        let mut most = found.most_queries;
        if let Some((small, large)) = &growth {
            most = most.max(small.counted_queries()).max(large.counted_queries());
        }
        verdict.queries = most;
        let mut over = false;
        if let Some(budget) = self.expectation.max_queries {
            over = most > budget;
            let detail = if over { format!("{most} queries, {budget} allowed") } else { String::new() };
            verdict.checks.push(Check { name: "queries", ok: !over, detail });
        }
        let misshapen = self.misshapen(verdict);
        if over || misshapen {
            verdict.kind = VerdictKind::OverBudget;
            verdict.findings.extend(self.known_wrong(None, None)?);
        }
        let Some(visible) = &found.visible else { return Ok(()) };
        let extremes = found.extremes.as_ref().map(|(least, most)| (&least.execution, &most.execution));
        let growing: Vec<_> = growth.iter().map(|(small, large)| (small, large)).chain(extremes).collect();
        let (language, tables) = (self.expectation.language, self.lab.tables.as_slice());
        let scene = Scene::new(self.answer, language, &visible.execution, &expected.execution, growing, tables);
        let seen = costly(&scene, language, over);
        if verdict.kind != VerdictKind::Correct {
            for finding in seen {
                if !verdict.findings.iter().any(|known| known.id == finding.id) {
                    verdict.findings.push(finding);
                }
            }
            if verdict.findings.is_empty() && over {
                verdict.findings.extend(counted_by_line(&visible.execution));
            }
            let cost = self.expectation.max_queries.filter(|_| over).map(|budget| (most, budget));
            let finding = verdict.findings.iter().find(|finding| finding.line.is_some()).or(verdict.findings.first());
            verdict.hints = hints(&Clues { symptom: None, finding, clauses: &[], edit: None, cost });
            return Ok(());
        }
        if seen.is_empty() {
            return Ok(());
        }
        // A reference that is one statement is that on every database.
        let known: Vec<Rc<Run>> = match self.bench.reading {
            Some(_) => vec![expected.clone()],
            None => self.bench.fixed.iter().filter_map(Trial::known).collect(),
        };
        let wanted = known.iter().map(|run| &run.execution);
        let few = wanted.clone().min_by_key(|execution| execution.counted_queries());
        let many = wanted.max_by_key(|execution| execution.counted_queries());
        let reference = &expected.execution;
        let scene = Scene::new(
            &self.expectation.code,
            language,
            reference,
            reference,
            few.zip(many).into_iter().collect(),
            tables,
        );
        let shared = costly(&scene, language, false);
        for finding in seen.into_iter().filter(|finding| shared.iter().all(|other| other.id != finding.id)) {
            verdict.remarks.push(finding.message);
        }
        Ok(())
    }

    /// Adds the check of the SQL's shape, where one is asked for; whether it failed.
    fn misshapen(&self, verdict: &mut Verdict) -> bool {
        let shape = &self.expectation.shape;
        if shape.require.is_empty() && shape.forbid.is_empty() {
            return false;
        }
        let words: Vec<&str> = verdict.answer_sql.iter().flat_map(|sql| shape_words(sql)).collect();
        let missing = shape.require.iter().find(|word| !words.contains(&word.as_str()));
        let unwanted = shape.forbid.iter().find(|word| words.contains(&word.as_str()));
        let detail = match (missing, unwanted) {
            (Some(word), _) => format!("the SQL has no {}, which was asked for", word.replace('_', " ")),
            (None, Some(word)) => format!("the SQL has {}, which was not to be there", word.replace('_', " ")),
            (None, None) => String::new(),
        };
        let misshapen = !detail.is_empty();
        verdict.checks.push(Check { name: "shape", ok: !misshapen, detail });
        misshapen
    }

    /// The answer on a database with a few parents and on one with three times as many.
    fn growth(&mut self) -> Result<Option<(Execution, Execution)>, String> {
        if runs_once(self.expectation) || self.expectation.language == Language::Sql {
            return Ok(None);
        }
        if self.bench.growth.is_none() {
            let drawn = |scale| self.lab.drawn(&self.bench.known, Plan::scaled(scale), 200).map(Case::keep);
            self.bench.growth = Some([3, 9].into_iter().filter_map(drawn).collect());
        }
        let cases = self.bench.growth.clone().unwrap_or_default();
        let mut runs = Vec::new();
        for case in cases {
            let answer = self.answer;
            match self.run(answer, &case)? {
                Some(run) if run.finished() => runs.push(run.execution),
                _ => return Ok(None),
            }
        }
        let large = runs.pop();
        Ok(runs.pop().zip(large))
    }
}

/// Which lines send how many statements: the least that can be said of an answer that sends too many.
fn counted_by_line(execution: &Execution) -> Option<Finding> {
    let mut lines: Vec<(u32, usize)> = Vec::new();
    for query in execution.queries.iter().filter(|query| query.kind != QueryKind::Transaction && query.line > 0) {
        match lines.iter_mut().find(|(line, _)| *line == query.line) {
            Some((_, count)) => *count += 1,
            None => lines.push((query.line, 1)),
        }
    }
    let &(most, _) = lines.iter().max_by_key(|(_, count)| *count)?;
    let told = |(line, count): &(u32, usize)| match count {
        1 => format!("line {line} sends one statement"),
        count => format!("line {line} sends {count} statements"),
    };
    let counts = lines.iter().map(told).collect::<Vec<_>>().join(", ");
    let message = format!("{counts}: look which of them another one could do along with its own work");
    Some(Finding { id: "unneeded-query".to_owned(), line: Some(most), message })
}
