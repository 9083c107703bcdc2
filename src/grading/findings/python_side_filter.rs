//! `python-side-filter`: rows that are fetched and then sorted out, ordered or added up in Python.

use super::scene::{Fact, Scene, Use};
use crate::grading::Finding;
use crate::grading::handbook::{Page, page};

/// What it means.
pub const PAGE: Page = page(
    "python-side-filter",
    "Rows were fetched and then sorted out in Python. The database does that before anything travels, and it can use \
     an index.",
    "[post for post in Post.objects.all() if post.is_active]",
    "Post.objects.filter(is_active=True)",
);

/// Looks for it.
pub fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let does = |fact: &Fact| match &fact.done {
        Use::Sifted => Some("leaves rows out in Python; filter() or exclude() would not fetch them"),
        Use::Folded("sum") => Some("adds up in Python; aggregate(Sum(…)) does it where the rows are"),
        Use::Folded("sorted") => Some("sorts in Python; order_by() lets the database do it"),
        Use::Folded(_) => Some("looks for the extreme in Python; aggregate() or order_by() and a slice find it"),
        Use::Counted | Use::Tested => None,
    };
    let mut findings: Vec<Finding> = Vec::new();
    for (fact, does) in scene.facts.iter().filter_map(|fact| does(fact).map(|does| (fact, does))) {
        if let Some(query) = scene.fetch_of(fact).filter(|query| query.rows > 1)
            && !findings.iter().any(|finding| finding.line == Some(query.line))
        {
            let message = format!("`{}` fetches {} rows and {does}", scene.line(query.line), query.rows);
            findings.push(Finding { id: PAGE.id.to_owned(), line: Some(query.line), message });
        }
    }
    findings
}
