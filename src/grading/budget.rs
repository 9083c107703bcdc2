//! Right rows: whether they cost too many statements, or the SQL has not the shape that is asked for.

use std::rc::Rc;

use super::databases::Plan;
use super::findings::{repeated_queries, wasteful};
use super::judging::{Found, Judging};
use super::lab::Run;
use super::shape::shape_words;
use super::trials::runs_once;
use super::{Check, Finding, Verdict, VerdictKind};
use crate::runner::Execution;

impl Judging<'_> {
    /// Right rows: whether the statements are too many, or not of the shape that is asked for.
    pub fn budget(&mut self, verdict: &mut Verdict, found: &Found, expected: &Rc<Run>) -> Result<(), String> {
        let visible = found.visible.clone();
        let mut most = found.most_queries;
        let growth = self.growth()?;
        if let Some((small, large)) = &growth {
            most = most.max(small.counted_queries()).max(large.counted_queries());
        }
        verdict.queries = most;
        let mut over = false;
        if let Some(budget) = self.expectation.max_queries {
            over = most > budget;
            let detail = if over { format!("{} queries, {budget} allowed", most) } else { String::new() };
            verdict.checks.push(Check { name: "queries", ok: !over, detail });
        }
        let mut misshapen = false;
        let shape = &self.expectation.shape;
        if !shape.require.is_empty() || !shape.forbid.is_empty() {
            let words: Vec<&str> = verdict.answer_sql.iter().flat_map(|sql| shape_words(sql)).collect();
            let missing = shape.require.iter().find(|word| !words.contains(&word.as_str()));
            let unwanted = shape.forbid.iter().find(|word| words.contains(&word.as_str()));
            let detail = match (missing, unwanted) {
                (Some(word), _) => format!("the SQL has no {}, which was asked for", word.replace('_', " ")),
                (None, Some(word)) => format!("the SQL has {}, which was not to be there", word.replace('_', " ")),
                (None, None) => String::new(),
            };
            misshapen = !detail.is_empty();
            verdict.checks.push(Check { name: "shape", ok: !misshapen, detail });
        }
        if over || misshapen {
            verdict.kind = VerdictKind::OverBudget;
            verdict.findings.extend(self.known_wrong(None)?);
        }
        let mut seen: Vec<Finding> = Vec::new();
        if let Some((small, large)) = &growth {
            seen.extend(repeated_queries(self.answer, small, large));
        }
        if seen.is_empty()
            && let Some((least, most)) = &found.extremes
        {
            seen.extend(repeated_queries(self.answer, &least.execution, &most.execution));
        }
        if let Some(visible) = &visible {
            seen.extend(wasteful(self.answer, &visible.execution, &expected.execution));
        }
        // What the reference does as well is no fault of the answer's.
        if verdict.kind == VerdictKind::Correct && self.expectation.max_queries.is_none() {
            return Ok(());
        }
        for finding in seen {
            let is_new = !verdict.findings.iter().any(|known| known.id == finding.id);
            if is_new && (verdict.kind != VerdictKind::Correct) {
                verdict.findings.push(finding);
            } else if is_new && finding.id != "unneeded-query" {
                verdict.remarks.push(finding.message);
            }
        }
        Ok(())
    }

    /// The answer on a database with a few parents and on one with three times as many.
    fn growth(&mut self) -> Result<Option<(Execution, Execution)>, String> {
        if runs_once(self.expectation) || self.expectation.language == crate::runner::Language::Sql {
            return Ok(None);
        }
        if self.bench.growth.is_none() {
            let drawn = |scale| self.lab.drawn(&self.bench.literals, Plan { seed: 1, scale: Some(scale) }, 200);
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
