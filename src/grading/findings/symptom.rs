//! The last resort: what a difference looks like from outside.

use crate::grading::Finding;
use crate::grading::compare::{Difference, Symptom};
use crate::grading::shape::shape_words;

/// The finding that a difference by itself suggests.
pub fn by_symptom(difference: &Difference, answer_sql: &[String], reference_sql: &[String]) -> Finding {
    let shape = |statements: &[String]| statements.iter().flat_map(|sql| shape_words(sql)).collect::<Vec<_>>();
    let (given, wanted) = (shape(answer_sql), shape(reference_sql));
    let lacks = |word: &str| wanted.contains(&word) && !given.contains(&word);
    let adds = |word: &str| given.contains(&word) && !wanted.contains(&word);
    let (id, hint) = match difference.symptom {
        Symptom::Repeated if adds("join") || lacks("distinct") || lacks("exists") => {
            ("missing-distinct", "a join repeats rows; each was to come once")
        }
        Symptom::Repeated => ("missing-condition", "rows come that were not asked for"),
        Symptom::Extra if adds("left_join") => (
            "outer-join-keeps-rows",
            "rows come that were not asked for: does an outer join keep some without a partner?",
        ),
        Symptom::Extra => ("missing-condition", "rows come that were not asked for"),
        Symptom::Missing if adds("inner_join") || lacks("left_join") => {
            ("inner-join-drops-rows", "rows are missing: does a join lose some that have no partner?")
        }
        Symptom::Missing if adds("distinct") => {
            ("extra-condition", "DISTINCT makes one row of several that were each asked for")
        }
        Symptom::Missing => ("extra-condition", "rows are missing that were asked for"),
        Symptom::Both => ("wrong-operator", "other rows come than were asked for"),
        Symptom::Values => ("wrong-value", ""),
        Symptom::Type => ("wrong-value", "the values are of another type"),
        Symptom::Order if !given.contains(&"order_by") => {
            ("missing-order", "without ORDER BY the database promises no order")
        }
        Symptom::Order if difference.by_luck => {
            ("missing-order", "an ORDER BY inside brackets orders nothing outside of them")
        }
        Symptom::Order => ("wrong-direction", "the rows come in another order"),
        Symptom::Column => ("missing-column", "a column that was asked for is not there"),
        Symptom::Model => ("wrong-model", "the objects are of another model"),
        Symptom::Form => ("wrong-value", ""),
        Symptom::Definition(id) => {
            return Finding { id: id.to_owned(), line: None, message: difference.detail.clone() };
        }
    };
    let message = match hint {
        "" => difference.detail.clone(),
        hint => format!("{}: {hint}", difference.detail),
    };
    Finding { id: id.to_owned(), line: None, message }
}
