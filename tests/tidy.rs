//! Keeps the house in order: imports run down the floors only, every module says what it holds, SQLite stays where it
//! belongs, and the top level holds nothing that nobody put there on purpose.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Each Rust file below `src/`, as its path from there and its text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push((path.strip_prefix(root().join("src")).unwrap().to_owned(), text));
            }
        }
    }
    sources.sort();
    assert!(sources.len() > 20);
    sources
}

fn floor_of(path: &Path) -> Option<String> {
    let mut parts = path.iter();
    let first = parts.next()?.to_str()?.to_owned();
    parts.next().map(|_| first)
}

/// The table of ARCHITECTURE.md: a floor and those that it may use.
fn edges() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("src/ARCHITECTURE.md")).unwrap();
    let mut edges = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, floor, uses, ..] = cells.as_slice() else { continue };
        if *floor == "floor" || floor.starts_with("---") {
            continue;
        }
        edges
            .insert((*floor).to_owned(), uses.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect());
    }
    assert!(edges.len() >= 10, "{edges:?}");
    edges
}

/// The lines of code: comments, and what stands in strings over several lines, do no importing.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line.split("//").next().unwrap_or(line)))
}

#[test]
fn imports_run_down() {
    let edges = edges();
    let mut strays = Vec::new();
    for (path, text) in sources() {
        let Some(floor) = floor_of(&path) else { continue };
        let allowed = edges.get(&floor).unwrap_or_else(|| panic!("{floor} is not in ARCHITECTURE.md's table"));
        if allowed.iter().any(|name| name == "everything") {
            continue;
        }
        for (number, line) in code_lines(&text) {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                // `use crate::{a::…, b}` names several floors at once.
                let names: Vec<String> = match rest.strip_prefix('{') {
                    Some(group) => group.split(',').map(word).collect(),
                    None => vec![word(rest)],
                };
                for name in names {
                    if edges.contains_key(&name) && name != floor && !allowed.contains(&name) {
                        strays.push(format!("src/{}:{number}: {floor} may not use {name}", path.display()));
                    }
                }
            }
        }
        // `super` chains may not leave the floor: a file at depth n has n - 1 folders of its own above it.
        let depth = path.iter().count() - usize::from(path.ends_with("mod.rs"));
        for (number, line) in code_lines(&text) {
            for (at, _) in line.match_indices("super::") {
                if at >= 7 && line[..at].ends_with("super::") {
                    continue;
                }
                let chain = line[at..].split("::").take_while(|part| *part == "super").count();
                // A module inside the file (its tests) stands one deeper.
                if chain > depth {
                    strays.push(format!("src/{}:{number}: super:: leaves the floor", path.display()));
                }
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

fn word(text: &str) -> String {
    text.trim_start().chars().take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_').collect()
}

#[test]
fn every_module_says_what_it_holds() {
    let silent: Vec<String> = sources()
        .iter()
        .filter(|(_, text)| !text.starts_with("//!") && !text.starts_with("#![doc"))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "without //! at the top: {}", silent.join(", "));
}

#[test]
fn faces_say_what_they_take_and_give() {
    for (path, text) in sources() {
        if path.iter().count() == 2 && path.ends_with("mod.rs") {
            let head: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
            assert!(head.contains("Takes") && head.contains("ives"), "{}", path.display());
        }
    }
}

#[test]
fn sqlite_stays_where_it_belongs() {
    for (path, text) in sources() {
        let name = path.display().to_string();
        let at_home = name.starts_with("db/") || name == "session/store.rs" || name == "session/portable.rs";
        if !at_home {
            let found = code_lines(&text).find(|(_, line)| line.contains("rusqlite"));
            assert!(found.is_none(), "src/{name}:{}: rusqlite belongs to db/ and the progress store", found.unwrap().0);
        }
    }
}

#[test]
fn the_parser_s_types_end_where_they_are_lowered() {
    for (path, text) in sources() {
        let name = path.display().to_string();
        if !name.starts_with("python/parse") {
            let found = code_lines(&text).find(|(_, line)| line.contains("ruff_"));
            assert!(found.is_none(), "src/{name}:{}: ruff's types end in python/parse", found.unwrap().0);
        }
    }
}

#[test]
fn the_top_level_is_calm() {
    const KNOWN: [&str; 9] =
        ["CHANGELOG.md", "Cargo.lock", "Cargo.toml", "README.md", "fixtures", "questions", "src", "target", "tests"];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with('.') || KNOWN.contains(&name.as_str()), "{name} is new at the top level");
    }
}

#[test]
fn questions_stand_where_their_ids_say() {
    let folder = root().join("questions");
    if !folder.is_dir() {
        return;
    }
    for topic in fs::read_dir(folder).unwrap() {
        let topic = topic.unwrap().path();
        assert!(topic.is_dir(), "{} is no topic's folder", topic.display());
        for file in fs::read_dir(&topic).unwrap() {
            let file = file.unwrap().path();
            let slug = file.file_stem().unwrap().to_str().unwrap();
            assert!(
                file.extension().is_some_and(|extension| extension == "toml")
                    && slug
                        .chars()
                        .all(|symbol| symbol.is_ascii_lowercase() || symbol.is_ascii_digit() || symbol == '-'),
                "{} is no question's file",
                file.display()
            );
        }
    }
}
