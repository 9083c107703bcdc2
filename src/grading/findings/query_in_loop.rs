//! `query-in-loop`: a statement that the answer asks for in so many words, on every turn of a loop.

use super::n_plus_one::table_of;
use super::repeats::repeats;
use super::scene::Scene;
use crate::grading::Finding;
use crate::grading::handbook::{Page, page};
use crate::runner::QueryKind;

/// What it means.
pub const PAGE: Page = page(
    "query-in-loop",
    "A query is built and sent inside a loop, once for every turn. The database can usually answer for all turns at \
     once.",
    "for user in User.objects.all():\n    print(user.username, Post.objects.filter(author=user).count())",
    "for user in User.objects.annotate(n=Count(\"posts\")):\n    print(user.username, user.n)",
);

/// Looks for it.
pub fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for repeat in repeats(scene).iter().filter(|repeat| repeat.written_out) {
        if findings.iter().any(|finding| finding.line == repeat.place()) {
            continue;
        }
        let line = scene.line(repeat.query.line);
        let table = table_of(&repeat.query.sql);
        let instead = match repeat.query.kind {
            QueryKind::Insert => "collect the objects and write them with one bulk_create()",
            QueryKind::Update => "one update() can change all rows, with F() or Case() where they differ",
            QueryKind::Delete => "one delete() on a queryset removes all of them",
            _ if repeat.query.sql.contains("COUNT(") => "annotate(Count(…)) counts for all rows at once",
            _ => "ask once for all, with __in, a join or an annotation",
        };
        let message = format!(
            "`{line}` sends a query to {table} on every turn of the loop ({} times where there are more rows); {instead}",
            repeat.count
        );
        findings.push(Finding { id: PAGE.id.to_owned(), line: repeat.place(), message });
    }
    findings
}
