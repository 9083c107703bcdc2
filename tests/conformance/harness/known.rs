//! Divergences that are known: the lines of `SUPPORTED.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The headings of a file's cases that are known to differ. A line is ``- `queries/raw.md` › heading — why``.
pub fn read(file: &str) -> Result<BTreeSet<String>, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/SUPPORTED.md");
    let text = fs::read_to_string(&path).map_err(|error| format!("SUPPORTED.md: {error}"))?;
    let start = format!("- `{file}` › ");
    let headings = text.lines().filter_map(|line| line.strip_prefix(start.as_str()));
    Ok(headings.map(|rest| rest.split(" — ").next().unwrap_or(rest).trim_end().to_owned()).collect())
}
