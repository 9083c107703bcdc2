//! The words that question files may use: topics, datasets, findings, demands on the SQL.

/// The built-in topics, in the order in which they are listed. An imported or private bank may add its own.
pub const TOPICS: &[&str] = &[
    "basics",
    "models-and-fields",
    "lookups",
    "relations",
    "django-framework",
    "loading",
    "aggregation",
    "writes",
    "managers",
    "performance",
    "on-delete",
    "sql-basics",
    "indexes",
    "transactions",
    "migrations",
    "q-objects",
    "raw-sql",
    "values",
    "f-expressions",
    "bulk",
    "best-practices",
    "n-plus-one",
    "normalization-acid",
    "functions",
    "subqueries",
    "joins-sql",
    "signals",
    "conditional",
    "async",
];

/// The built-in datasets.
pub const DATASETS: &[&str] = &["blog", "shop", "journal", "staff", "school", "library", "bank"];

/// The reasons that a verdict names.
pub const FINDINGS: &[&str] = &[
    "n-plus-one",
    "query-in-loop",
    "evaluated-twice",
    "len-for-count",
    "truth-for-exists",
    "python-side-filter",
    "unused-columns",
    "unneeded-query",
    "missing-distinct",
    "chained-multi-valued-filter",
    "exclude-multi-valued",
    "inner-join-drops-rows",
    "outer-join-keeps-rows",
    "wrong-boundary",
    "null-handling",
    "wrong-literal",
    "wrong-operator",
    "case-sensitivity",
    "wrong-grouping",
    "fan-out-aggregate",
    "wrong-aggregate",
    "missing-order",
    "wrong-direction",
    "missing-tie-break",
    "off-by-one-slice",
    "missing-condition",
    "extra-condition",
    "wrong-relation",
    "wrong-model",
    "missing-column",
    "wrong-value",
    "hard-coded-id",
    "wrong-final-state",
    "wrong-on-delete",
    "missing-option",
    "shared-default",
    "invalid-model",
];

/// What `[shape]` may demand of the SQL or forbid in it.
pub const SHAPE_WORDS: &[&str] = &[
    "exists",
    "subquery",
    "join",
    "inner_join",
    "left_join",
    "self_join",
    "distinct",
    "group_by",
    "having",
    "order_by",
    "limit",
    "offset",
    "window",
    "union",
    "in_list",
    "between",
    "like",
    "case",
    "aggregate",
    "is_null",
    "cte",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_its_page() {
        let pages: Vec<&str> = crate::grading::HANDBOOK.iter().map(|page| page.id).collect();
        assert_eq!(pages, FINDINGS);
    }
}
