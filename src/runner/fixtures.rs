//! The built-in datasets' files, packed into the binary when it is built.

static FIXTURES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));

/// The text of a file below `fixtures/`, such as `blog/models.py`.
pub fn fixture(path: &str) -> Option<&'static str> {
    FIXTURES.binary_search_by(|(known, _)| (*known).cmp(path)).ok().map(|at| FIXTURES[at].1)
}

/// The names of the built-in datasets: the folders that hold a `models.py`.
pub fn dataset_names() -> impl Iterator<Item = &'static str> {
    FIXTURES.iter().filter_map(|(path, _)| path.strip_suffix("/models.py")).filter(|name| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dataset_has_models() {
        assert!(FIXTURES.is_sorted_by_key(|(path, _)| path));
        assert!(dataset_names().any(|name| name == "blog"));
        assert!(fixture("blog/models.py").is_some_and(|text| text.contains("class Post")));
        assert_eq!(fixture("blog/nothing"), None);
    }
}
