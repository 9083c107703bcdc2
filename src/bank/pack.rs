//! Run by Cargo before the library is compiled: writes an index of `questions/` and `fixtures/` as Rust tables, so that
//! the program starts without parsing anything.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[expect(clippy::print_stdout, reason = "this is how Cargo is told things")]
fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for folder in ["questions", "fixtures"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=src/bank/pack.rs");
    write_if_new(&out.join("questions.rs"), &questions(&root.join("questions"))?)?;
    write_if_new(&out.join("fixtures.rs"), &fixtures(&root.join("fixtures"))?)
}

fn questions(folder: &Path) -> io::Result<String> {
    let mut index = String::from("&[\n");
    for path in files(folder)? {
        let relative = slashed(path.strip_prefix(folder).unwrap_or(&path));
        let Some(id) = relative.strip_suffix(".toml").filter(|id| id.matches('/').count() == 1) else { continue };
        let text = fs::read_to_string(&path)?;
        let [title, kind, topic, level] = head(&text, ["title", "kind", "topic", "level"]);
        let _ = writeln!(
            index,
            "BuiltIn {{ id: {id:?}, title: {title:?}, kind: {kind:?}, topic: {topic:?}, level: {level:?}, text: include_str!({:?}) }},",
            path.display().to_string()
        );
    }
    index.push(']');
    Ok(index)
}

fn fixtures(folder: &Path) -> io::Result<String> {
    let mut index = String::from("&[\n");
    for path in files(folder)? {
        let relative = slashed(path.strip_prefix(folder).unwrap_or(&path));
        let _ = writeln!(index, "({relative:?}, include_str!({:?})),", path.display().to_string());
    }
    index.push(']');
    Ok(index)
}

fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Every file below a folder that is not hidden, sorted by its path's bytes.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') || name == "__pycache__" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort_by_key(|path| slashed(path));
    Ok(found)
}

/// The values of `keys` in the lines before the first table. A file that writes one of them in an unusual way (over
/// several lines, say) has it empty here; the loader then reads the file itself.
fn head<const N: usize>(text: &str, keys: [&str; N]) -> [String; N] {
    let mut values = [const { String::new() }; N];
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        if let Some(quotes) = fence {
            if line.contains(quotes) {
                fence = None;
            }
            continue;
        }
        if line.trim_start().starts_with('[') && !line.contains('=') && !line.contains('"') {
            break;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim();
        fence = ["\"\"\"", "'''"].into_iter().find(|quotes| value.matches(quotes).count() == 1);
        if fence.is_none()
            && let Some(at) = keys.iter().position(|known| *known == key.trim())
        {
            values[at] = string(value).unwrap_or_default();
        }
    }
    values
}

/// A one-line TOML string's value.
fn string(value: &str) -> Option<String> {
    if let Some(literal) = value.strip_prefix('\'') {
        return literal.split_once('\'').map(|(text, _)| text.to_owned()).filter(|text| !text.is_empty());
    }
    let mut symbols = value.strip_prefix('"')?.chars();
    let mut text = String::new();
    loop {
        match symbols.next()? {
            '"' => return Some(text),
            '\\' => match symbols.next()? {
                escaped @ ('"' | '\\') => text.push(escaped),
                _ => return None,
            },
            symbol => text.push(symbol),
        }
    }
}

fn write_if_new(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) { Ok(()) } else { fs::write(path, text) }
}
