//! `len-for-count`: rows that are fetched only to be counted.

use super::scene::{Scene, Use};
use crate::grading::Finding;
use crate::grading::handbook::{Page, page};

/// What it means.
pub const PAGE: Page = page(
    "len-for-count",
    "All rows were fetched only to be counted. The database counts without sending them.",
    "len(Post.objects.filter(is_active=True))",
    "Post.objects.filter(is_active=True).count()",
);

/// Looks for it.
pub fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for fact in scene.facts.iter().filter(|fact| fact.done == Use::Counted && scene.only_for(fact)) {
        // What goes through the rows itself does more than count them, and an attribute of one of them is none of them.
        if fact.text.starts_with(['[', '{', '(']) || is_attribute(&fact.text) || is_container(&fact.text) {
            continue;
        }
        if let Some(query) = scene.fetch_of(fact).filter(|query| query.rows > 1) {
            let message = format!(
                "`{}` fetches {} rows only to count them; `{}.count()` leaves them where they are",
                scene.line(query.line),
                query.rows,
                fact.text.split_whitespace().collect::<Vec<_>>().join(" ")
            );
            findings.push(Finding { id: PAGE.id.to_owned(), line: Some(query.line), message });
        }
    }
    findings
}

/// `row.name`, without a call.
fn is_attribute(text: &str) -> bool {
    text.contains('.') && text.chars().all(|symbol| symbol.is_alphanumeric() || symbol == '_' || symbol == '.')
}

/// `list(…)` of something that is no query by its own words.
fn is_container(text: &str) -> bool {
    let made = ["list(", "tuple(", "set(", "sorted("].iter().any(|start| text.starts_with(start));
    made && !text.contains(".objects")
}
