//! `unneeded-query`: a statement whose result is known already or is never used.

use super::scene::Scene;
use crate::grading::Finding;
use crate::grading::handbook::{Page, page};

/// What it means.
pub const PAGE: Page = page(
    "unneeded-query",
    "A query was sent whose result was known already or is never used: a related object fetched for its key alone, \
     or a row read back that was just written.",
    "post.author.id",
    "post.author_id",
);

/// Looks for it. `over` says whether there were more statements than allowed.
pub fn find(scene: &Scene<'_>, over: bool) -> Vec<Finding> {
    let finding = |line: u32, message: String| {
        vec![Finding { id: PAGE.id.to_owned(), line: (line > 0).then_some(line), message }]
    };
    for query in scene.selects().filter(|query| query.sql.contains(" LIMIT 21")) {
        if let Some((name, _)) = scene.keys.iter().find(|(_, line)| *line == query.line) {
            let text = format!(
                "`{}` fetches the whole object for its key; `{name}_id` is there already",
                scene.line(query.line)
            );
            return finding(query.line, text);
        }
    }
    if !over || scene.answer.counted_queries() <= scene.reference.counted_queries() {
        return Vec::new();
    }
    let idle = scene
        .selects()
        .find(|query| query.sql.contains(" LIMIT 21") || query.sql.contains("SELECT 1 AS") || query.rows <= 1);
    match idle {
        Some(query) => {
            finding(query.line, format!("`{}` sends a query that the answer does not need", scene.line(query.line)))
        }
        None => Vec::new(),
    }
}
