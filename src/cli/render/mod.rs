//! Data as a learner reads it: tables, SQL, Markdown, verdicts, error pages; and as JSON for other tools.

pub mod execution;
pub mod json;
pub mod markdown;
pub mod schema;
pub mod sql;
pub mod table;
pub mod verdict;
