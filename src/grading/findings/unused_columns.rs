//! `unused-columns`: long columns that are fetched and never looked at.

use super::scene::Scene;
use crate::grading::Finding;
use crate::grading::handbook::{Page, page};
use crate::orm::models::FieldKind;
use crate::runner::Language;

/// What it means.
pub const PAGE: Page = page(
    "unused-columns",
    "Columns were fetched that nobody looks at, among them long texts. Ask for those that are needed.",
    "[post.title for post in Post.objects.all()]",
    "Post.objects.values_list(\"title\", flat=True)",
);

/// Looks for it.
pub fn find(scene: &Scene<'_>, language: Language) -> Vec<Finding> {
    // Whole objects that are the result are for the caller to look at.
    let is_shown = scene.answer.columns.is_some() || !scene.answer.stdout.is_empty();
    if language == Language::Sql || scene.answer.instances.is_some() || !is_shown {
        return Vec::new();
    }
    let shown = scene.answer.columns.as_deref().unwrap_or_default();
    let words: Vec<&str> = scene.source.split(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').collect();
    for query in scene.selects().filter(|query| query.rows > 1) {
        let head = query.sql.split(" FROM ").next().unwrap_or_default();
        for table in scene.tables {
            let unread: Vec<&str> = table
                .columns
                .iter()
                .filter(|column| matches!(column.kind, FieldKind::Text | FieldKind::Json | FieldKind::Binary))
                .filter(|column| head.contains(&format!("\"{}\".\"{}\"", table.name, column.name)))
                .map(|column| column.field.as_str())
                .filter(|name| !words.contains(name) && !shown.iter().any(|column| column == name))
                .collect();
            if unread.is_empty() {
                continue;
            }
            let message = format!(
                "`{}` loads {} of {}, which nobody looks at; values_list(), only() or defer() leaves it where it is",
                scene.line(query.line),
                unread.join(", "),
                table.name
            );
            return vec![Finding { id: PAGE.id.to_owned(), line: (query.line > 0).then_some(query.line), message }];
        }
    }
    Vec::new()
}
