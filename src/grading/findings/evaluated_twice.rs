//! `evaluated-twice`: the same rows fetched again from another place in the answer.

use super::scene::Scene;
use crate::grading::Finding;
use crate::grading::handbook::{Page, page};
use crate::runner::{LoggedQuery, QueryKind};

/// What it means.
pub const PAGE: Page = page(
    "evaluated-twice",
    "The same queryset, or two that were built alike, went to the database more than once. A queryset keeps its rows \
     once it was iterated; calling a method on it makes a new one that has none.",
    "posts = Post.objects.filter(is_active=True)\nprint(posts.count())\nfor post in posts:\n    print(post.title)",
    "posts = list(Post.objects.filter(is_active=True))\nprint(len(posts))\nfor post in posts:\n    print(post.title)",
);

/// Looks for it.
pub fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let queries = &scene.answer.queries;
    for (at, query) in queries.iter().enumerate().filter(|(_, query)| is_read(query)) {
        // What was written in between may have changed the rows.
        let since = queries[..at].iter().rposition(|other| {
            matches!(other.kind, QueryKind::Insert | QueryKind::Update | QueryKind::Delete | QueryKind::Ddl)
        });
        let earlier = queries[since.map_or(0, |at| at + 1)..at]
            .iter()
            .find(|other| is_read(other) && (other.rendered == query.rendered || same_rows(other, query)));
        let Some(earlier) = earlier else { continue };
        if (earlier.line, earlier.column) == (query.line, query.column) || query.line == 0 {
            continue;
        }
        let message = format!(
            "`{}` asks again for the rows of line {}; keep them in a list, or go through the same queryset",
            scene.line(query.line),
            earlier.line
        );
        return vec![Finding { id: PAGE.id.to_owned(), line: Some(query.line), message }];
    }
    Vec::new()
}

fn is_read(query: &LoggedQuery) -> bool {
    query.kind == QueryKind::Select && !query.failed
}

/// Whether two statements read the same rows: the same text from the tables on, without order and limit.
fn same_rows(one: &LoggedQuery, other: &LoggedQuery) -> bool {
    let source = |sql: &str| {
        let from = sql.find(" FROM ").map(|at| &sql[at..]).unwrap_or_default();
        let end = [" ORDER BY ", " LIMIT "].iter().filter_map(|word| from.find(word)).min().unwrap_or(from.len());
        from[..end].to_owned()
    };
    let (one, other) = (source(&one.rendered), source(&other.rendered));
    !one.is_empty() && one == other && one.contains(" WHERE ")
}
