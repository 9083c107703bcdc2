//! Question files in a folder: ids kept from one import to the next, what an author changed left alone.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::bank::{Question, write_question};

use super::document::Document;
use super::ids::{digest, likeness};
use super::wording::normalised;

/// The file in the folder that remembers what was written.
const MEMORY: &str = ".ormdojo-import.json";
/// How alike a question must be to one written before to be the same, edited.
const SAME: f64 = 0.72;

/// One file that an import wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    id: String,
    document: String,
    asked: String,
    digest: String,
}

/// A folder of question files, and what earlier imports wrote into it.
#[derive(Clone, Debug)]
pub struct Output {
    folder: PathBuf,
    entries: Vec<Entry>,
}

/// What became of the files of one import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// New files.
    pub added: usize,
    /// Files whose question changed in the document.
    pub updated: usize,
    /// Files that say what they would say again.
    pub unchanged: usize,
    /// Files that somebody edited since: left as they are.
    pub kept: Vec<String>,
}

impl Output {
    /// The folder as it is.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let memory = folder.join(MEMORY);
        let entries = match std::fs::read_to_string(&memory) {
            Ok(text) => parse(&text).ok_or_else(|| {
                format!("{}: is not what an import wrote; move it away to begin anew", memory.display())
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(format!("{}: {error}", memory.display())),
        };
        Ok(Self { folder: folder.to_owned(), entries })
    }

    /// Whether an id belongs to another document, or to a file that no import wrote.
    pub fn is_taken(&self, document: &str, id: &str) -> bool {
        match self.entries.iter().find(|entry| entry.id == id) {
            Some(entry) => entry.document != document,
            None => self.folder.join(format!("{id}.toml")).exists(),
        }
    }

    /// Gives the questions of a document the ids that they had when it was imported before.
    pub fn keep_ids(&self, document: &mut Document) {
        let name = file_name(&document.path);
        let known: Vec<&Entry> =
            self.entries.iter().filter(|entry| entry.document == name && !entry.asked.is_empty()).collect();
        let mut free: Vec<bool> = vec![true; known.len()];
        let asked: Vec<String> = document.questions.iter().map(|imported| normalised(&imported.asked)).collect();
        let mut matched: Vec<Option<usize>> = vec![None; asked.len()];
        // The same words first, then the most alike.
        for (at, words) in asked.iter().enumerate() {
            if let Some(found) = (0..known.len()).find(|index| free[*index] && known[*index].asked == *words) {
                matched[at] = Some(found);
                free[found] = false;
            }
        }
        for (at, words) in asked.iter().enumerate() {
            if matched[at].is_some() {
                continue;
            }
            let best = (0..known.len())
                .filter(|index| free[*index])
                .map(|index| (likeness(&known[index].asked, words), index))
                .max_by(|one, other| one.0.total_cmp(&other.0));
            if let Some((_, index)) = best.filter(|(likeness, _)| *likeness >= SAME) {
                matched[at] = Some(index);
                free[index] = false;
            }
        }
        let mut used: Vec<String> = matched.iter().flatten().map(|index| known[*index].id.clone()).collect();
        for (imported, found) in document.questions.iter_mut().zip(matched) {
            match found {
                Some(index) => {
                    imported.question.id.clone_from(&known[index].id);
                    // The folder of a file is its topic.
                    if let Some((topic, _)) = known[index].id.split_once('/') {
                        topic.clone_into(&mut imported.question.topic);
                    }
                }
                None => {
                    if used.contains(&imported.question.id) {
                        let (topic, slug) = imported.question.id.split_once('/').unwrap_or(("general", "question"));
                        imported.question.id = super::ids::free(topic, slug, &|id| {
                            used.iter().any(|other| other == id) || self.is_taken(&name, id)
                        });
                    }
                    used.push(imported.question.id.clone());
                }
            }
        }
        for imported in &mut document.questions {
            imported.name_others(&mut |id| {
                let known = used.iter().any(|other| other == id) || self.is_taken(&name, id);
                if !known {
                    used.push(id.to_owned());
                }
                known
            });
        }
    }

    /// Writes the files of a document. One that was edited by hand since it was written stays as it is.
    pub fn write(&mut self, document: &Document) -> Result<Written, String> {
        let name = file_name(&document.path);
        let mut written = Written::default();
        for imported in &document.questions {
            let asked = normalised(&imported.asked);
            self.write_one(&imported.question, &name, &asked, &mut written)?;
            for other in &imported.also {
                self.write_one(other, &name, "", &mut written)?;
            }
        }
        self.remember()?;
        Ok(written)
    }

    fn write_one(
        &mut self,
        question: &Question,
        document: &str,
        asked: &str,
        written: &mut Written,
    ) -> Result<(), String> {
        let path = self.folder.join(format!("{}.toml", question.id));
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        let text = write_question(question);
        let digest_of_text = digest(&text);
        let entry = Entry {
            id: question.id.clone(),
            document: document.to_owned(),
            asked: asked.to_owned(),
            digest: digest_of_text.clone(),
        };
        let place = self.entries.iter().position(|entry| entry.id == question.id);
        match std::fs::read_to_string(&path) {
            Ok(there) => {
                let found = digest(&there);
                let ours = place.is_some_and(|at| self.entries[at].digest == found);
                if found == digest_of_text {
                    written.unchanged += 1;
                } else if ours {
                    std::fs::write(&path, &text).map_err(told)?;
                    written.updated += 1;
                } else {
                    written.kept.push(question.id.clone());
                    if let Some(at) = place {
                        // The words are the document's; the file's state is what the import last wrote.
                        asked.clone_into(&mut self.entries[at].asked);
                    }
                    return Ok(());
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(told)?;
                }
                std::fs::write(&path, &text).map_err(told)?;
                written.added += 1;
            }
            Err(error) => return Err(told(error)),
        }
        match place {
            Some(at) => self.entries[at] = entry,
            None => self.entries.push(entry),
        }
        Ok(())
    }

    fn remember(&self) -> Result<(), String> {
        let mut entries = self.entries.clone();
        entries.sort_by(|one, other| one.id.cmp(&other.id));
        let files: Vec<Value> = entries
            .iter()
            .map(|entry| json!({"id": entry.id, "document": entry.document, "asked": entry.asked, "sha256": entry.digest}))
            .collect();
        let path = self.folder.join(MEMORY);
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        std::fs::create_dir_all(&self.folder).map_err(told)?;
        let mut text = serde_json::to_string_pretty(&json!({"format": 1, "files": files})).unwrap_or_default();
        text.push('\n');
        if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        std::fs::write(&path, text).map_err(told)
    }
}

/// What a document is called, wherever it lies.
fn file_name(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn parse(text: &str) -> Option<Vec<Entry>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let text_of = |entry: &Value, key: &str| entry.get(key)?.as_str().map(str::to_owned);
    value
        .get("files")?
        .as_array()?
        .iter()
        .map(|entry| {
            Some(Entry {
                id: text_of(entry, "id")?,
                document: text_of(entry, "document")?,
                asked: text_of(entry, "asked")?,
                digest: text_of(entry, "sha256")?,
            })
        })
        .collect()
}
