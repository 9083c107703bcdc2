//! `truth-for-exists`: rows that are fetched or counted only to learn whether there is one.

use super::scene::{Scene, Use, summarizes};
use crate::grading::Finding;
use crate::grading::handbook::{Page, page};

/// What it means.
pub const PAGE: Page = page(
    "truth-for-exists",
    "A queryset was tested for truth, which fetches all of its rows, though only the question whether there is one \
     mattered. When the rows are used afterwards the test costs nothing extra; when they are not, ask for existence.",
    "if Post.objects.filter(author=user):\n    print(\"has posts\")",
    "if Post.objects.filter(author=user).exists():\n    print(\"has posts\")",
);

/// Looks for it.
pub fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for fact in scene.facts.iter().filter(|fact| fact.done == Use::Tested && scene.only_for(fact)) {
        let one = [".exists()", ".first()", ".last()", ".get("];
        if one.iter().any(|word| fact.text.contains(word)) {
            continue;
        }
        let sent = scene.selects().find(|query| (fact.lines.0..=fact.lines.1).contains(&query.line));
        let Some(query) = sent.filter(|query| !query.sql.starts_with("SELECT 1 AS")) else { continue };
        let does = if summarizes(&query.sql) {
            if !query.sql.starts_with("SELECT COUNT(") {
                continue;
            }
            "counts all rows".to_owned()
        } else {
            format!("fetches rows ({})", query.rows)
        };
        let message = format!(
            "`{}` {does} to learn whether there is one; exists() asks just that, and stops at the first",
            scene.line(query.line)
        );
        findings.push(Finding { id: PAGE.id.to_owned(), line: Some(query.line), message });
    }
    findings
}
