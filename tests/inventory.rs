//! Every item that `tests/conformance/inventory/ids.txt` names has a case below `tests/conformance/inventory/` whose
//! heading begins with its id, and which is not among those that `SUPPORTED.md` excuses. That the cases pass is what the
//! test of the corpus shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_item_has_a_case() {
    let corpus = Path::new("tests/conformance");
    let excused = read(&corpus.join("SUPPORTED.md"));
    let mut shown = BTreeSet::new();
    let entries = fs::read_dir(corpus.join("inventory")).expect("the folder of the inventory");
    for entry in entries {
        let path = entry.expect("an entry of the folder").path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for heading in read(&path).lines().filter_map(|line| line.strip_prefix("## ")) {
            let known = excused.contains(&format!("`inventory/{name}` › {heading} —"));
            if !known && let Some(id) = heading.split_whitespace().next() {
                shown.insert(id.to_owned());
            }
        }
    }
    let ids = read(&corpus.join("inventory/ids.txt"));
    let missing: Vec<&str> = ids.lines().filter(|id| !id.is_empty() && !shown.contains(*id)).collect();
    assert!(missing.is_empty(), "no case that passes for {missing:?}");
    assert!(shown.len() >= 372, "the list of items is cut short");
}
