//! Why an answer is wrong or could be better: one file for each costly habit, with its page of the handbook, and the
//! ways of telling a wrong result's reason from outside.

mod by_clause;
mod clauses;
pub mod evaluated_twice;
pub mod len_for_count;
pub mod n_plus_one;
pub mod python_side_filter;
pub mod query_in_loop;
mod repeats;
mod scene;
mod symptom;
pub mod truth_for_exists;
pub mod unneeded_query;
pub mod unused_columns;

pub use by_clause::by_clause;
pub use clauses::{ClauseDifference, Stage, differing_clauses};
pub use scene::Scene;
pub use symptom::by_symptom;

use super::Finding;
use crate::runner::Language;

/// The costly habits of an answer, the gravest first, each once. `over` says whether there were more statements than
/// allowed.
pub fn costly(scene: &Scene<'_>, language: Language, over: bool) -> Vec<Finding> {
    let mut findings = n_plus_one::find(scene);
    findings.extend(query_in_loop::find(scene));
    findings.extend(len_for_count::find(scene));
    findings.extend(truth_for_exists::find(scene));
    findings.extend(evaluated_twice::find(scene));
    findings.extend(python_side_filter::find(scene));
    findings.extend(unused_columns::find(scene, language));
    findings.extend(unneeded_query::find(scene, over));
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        if !kept.iter().any(|known| known.id == finding.id && (known.line == finding.line || known.id != "n-plus-one"))
        {
            kept.push(finding);
        }
    }
    kept
}
