//! What the statements that make tables differ in.

/// The first difference between the statements that make tables.
pub fn schema_difference(expected: &[String], got: &[String]) -> Option<String> {
    let missing = expected.iter().find(|statement| !got.contains(statement));
    let extra = got.iter().find(|statement| !expected.contains(statement));
    match (missing, extra) {
        (None, None) => None,
        (Some(wanted), Some(given)) => Some(format!("`{wanted}` was expected, `{given}` came")),
        (Some(wanted), None) => Some(format!("missing: `{wanted}`")),
        (None, Some(given)) => Some(format!("not asked for: `{given}`")),
    }
}
