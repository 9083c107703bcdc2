//! Work that the database could have done, or that was done twice: told by the statements and the words of the answer.

use crate::grading::Finding;
use crate::runner::{Execution, LoggedQuery, QueryKind};

/// What the answer's statements waste, compared with the reference's.
pub fn wasteful(source: &str, answer: &Execution, reference: &Execution) -> Vec<Finding> {
    let mut findings = Vec::new();
    let selects: Vec<&LoggedQuery> = answer.queries.iter().filter(|query| query.kind == QueryKind::Select).collect();
    let line_of = |query: &LoggedQuery| source.lines().nth((query.line as usize).saturating_sub(1)).unwrap_or_default();
    let place = |query: &LoggedQuery| (query.line > 0).then_some(query.line);
    let mut say = |id: &str, line: Option<u32>, message: String| {
        if !findings.iter().any(|finding: &Finding| finding.id == id) {
            findings.push(Finding { id: id.to_owned(), line, message });
        }
    };
    let more_rows = |query: &LoggedQuery| query.rows > 1;
    let aggregates = |query: &LoggedQuery| query.sql.starts_with("SELECT COUNT(") || query.sql.contains("SELECT 1 AS");
    for query in &selects {
        let line = line_of(query);
        if aggregates(query) {
            continue;
        }
        if line.contains("len(") && answer.scalar.is_some() && more_rows(query) {
            say(
                "len-for-count",
                place(query),
                format!(
                    "`{}` fetches {} rows only to count them; count() leaves them where they are",
                    line.trim(),
                    query.rows
                ),
            );
        }
        let tested = ["if ", "while ", "bool(", "not "].iter().any(|word| line.contains(word));
        let loops = line.contains(" for ") || line.trim_start().starts_with("for ");
        if tested && !loops && (line.contains("bool(") || line.trim_end().ends_with(':')) && !line.contains(".exists()")
        {
            say(
                "truth-for-exists",
                place(query),
                format!("`{}` fetches rows to learn whether there is one; exists() asks just that", line.trim()),
            );
        }
        let filters = loops && line.contains(" if ");
        if filters || line.contains("filter(lambda") || line.contains("sorted(") || line.contains("sum(") {
            say(
                "python-side-filter",
                place(query),
                format!(
                    "`{}` does in Python what the database does better: it fetched {} rows",
                    line.trim(),
                    query.rows
                ),
            );
        }
    }
    for (at, query) in selects.iter().enumerate() {
        let earlier = selects[..at].iter().find(|other| other.rendered == query.rendered || same_rows(other, query));
        if let Some(earlier) = earlier
            && earlier.line != query.line
        {
            say(
                "evaluated-twice",
                place(query),
                format!(
                    "the rows of line {} are fetched again; keep them in a list, or go through the same queryset",
                    earlier.line
                ),
            );
        }
    }
    if answer.counted_queries() > reference.counted_queries()
        && let Some(query) = selects.iter().find(|query| {
            query.sql.contains(" LIMIT 21") || query.rows == 0 || query.sql.contains("SELECT 1 AS") || query.rows == 1
        })
    {
        say(
            "unneeded-query",
            place(query),
            format!("`{}` sends a query that the answer does not need", line_of(query).trim()),
        );
    }
    findings
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
