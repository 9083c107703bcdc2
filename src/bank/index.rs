//! All questions by their ids: those inside the binary, and those of a folder laid over them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::question::{Kind, Level, Origin, Question};
use super::read::{id_of_path, read_question};
use crate::diagnostics::{Diagnostic, Place, nearest};

struct BuiltIn {
    id: &'static str,
    title: &'static str,
    kind: &'static str,
    topic: &'static str,
    level: &'static str,
    text: &'static str,
}

static BUILT_IN: &[BuiltIn] = include!(concat!(env!("OUT_DIR"), "/questions.rs"));

/// What is known of a question without reading its file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `<topic>/<slug>`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What its answers are.
    pub kind: Kind,
    /// What it is about.
    pub topic: String,
    /// For whom it is.
    pub level: Level,
    source: Text,
}

#[derive(Clone, Debug)]
enum Text {
    BuiltIn(&'static str),
    Read(Box<Question>),
}

/// What is wrong with one question file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file, or `questions/<id>.toml` for one inside the binary.
    pub path: PathBuf,
    /// Each complaint with its place, when it has one.
    pub complaints: Vec<(Option<Place>, Diagnostic)>,
}

impl FileError {
    fn new(path: PathBuf, text: &str, complaints: Vec<Diagnostic>) -> Self {
        let placed = |complaint: Diagnostic| {
            let place = complaint.span.map(|span| Place::of(text, span.start));
            (place, complaint)
        };
        Self { path, complaints: complaints.into_iter().map(placed).collect() }
    }
}

/// Why a question cannot be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BankError {
    /// No question has that id.
    #[error("there is no question `{id}`")]
    Unknown {
        /// The id that was asked for.
        id: String,
        /// The nearest one there is.
        near: Option<String>,
    },
    /// Its file is invalid.
    #[error("the question file {} is invalid", .0.path.display())]
    Invalid(FileError),
    /// Files of a folder are invalid.
    #[error("{} question files are invalid", .0.len())]
    InvalidFolder(Vec<FileError>),
    /// The folder cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The folder or file.
        path: String,
        /// The system's reason.
        reason: String,
    },
}

/// The question bank, sorted by id.
#[derive(Clone, Debug, Default)]
pub struct Bank {
    entries: Vec<Entry>,
    broken: Vec<FileError>,
}

impl Bank {
    /// The questions inside the binary.
    pub fn built_in() -> Self {
        let mut bank = Self::default();
        for question in BUILT_IN {
            let known = (Kind::from_word(question.kind), Level::from_word(question.level));
            match known {
                (Some(kind), Some(level)) if !question.title.is_empty() && !question.topic.is_empty() => {
                    bank.entries.push(Entry {
                        id: question.id.to_owned(),
                        title: question.title.to_owned(),
                        kind,
                        topic: question.topic.to_owned(),
                        level,
                        source: Text::BuiltIn(question.text),
                    });
                }
                // The index could not tell: the file itself is asked.
                _ => match read_question(question.id, Origin::BuiltIn, question.text) {
                    Ok(read) => bank.add(read),
                    Err(complaints) => {
                        let path = Path::new("questions").join(format!("{}.toml", question.id));
                        bank.broken.push(FileError::new(path, question.text, complaints));
                    }
                },
            }
        }
        bank
    }

    /// A bank of the questions given.
    pub fn of(questions: impl IntoIterator<Item = Question>) -> Self {
        let mut bank = Self::default();
        for question in questions {
            bank.add(question);
        }
        bank
    }

    /// Lays the questions of `<folder>/<topic>/<slug>.toml` over this bank: an id that is there is replaced.
    pub fn overlay(&mut self, folder: &Path) -> Result<(), BankError> {
        let unreadable = |path: &Path, error: std::io::Error| BankError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let mut paths = Vec::new();
        let listing = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
        for topic in listing.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir()) {
            let files = std::fs::read_dir(&topic).map_err(|error| unreadable(&topic, error))?;
            paths.extend(
                files
                    .filter_map(Result::ok)
                    .map(|entry| entry.path())
                    .filter(|path| path.extension().is_some_and(|extension| extension == "toml")),
            );
        }
        paths.sort();
        let mut broken = Vec::new();
        for path in paths {
            let Some(id) = id_of_path(&path) else { continue };
            let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            match read_question(&id, Origin::File(path.clone()), &text) {
                Ok(question) => self.add(question),
                Err(complaints) => broken.push(FileError::new(path, &text, complaints)),
            }
        }
        if broken.is_empty() { Ok(()) } else { Err(BankError::InvalidFolder(broken)) }
    }

    /// Adds a question, or replaces the one with its id.
    pub fn add(&mut self, question: Question) {
        let entry = Entry {
            id: question.id.clone(),
            title: question.title.clone(),
            kind: question.kind,
            topic: question.topic.clone(),
            level: question.level,
            source: Text::Read(Box::new(question)),
        };
        match self.entries.binary_search_by(|known| known.id.cmp(&entry.id)) {
            Ok(at) => self.entries[at] = entry,
            Err(at) => self.entries.insert(at, entry),
        }
    }

    /// Every question, by id.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Built-in files that cannot be read at all.
    pub fn broken(&self) -> &[FileError] {
        &self.broken
    }

    /// What is known of one question.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.binary_search_by(|entry| entry.id.as_str().cmp(id)).ok().map(|at| &self.entries[at])
    }

    /// One question, its file read.
    pub fn question(&self, id: &str) -> Result<Cow<'_, Question>, BankError> {
        let Some(entry) = self.entry(id) else {
            return Err(BankError::Unknown { id: id.to_owned(), near: self.near(id) });
        };
        match &entry.source {
            Text::Read(question) => Ok(Cow::Borrowed(question)),
            Text::BuiltIn(text) => read_question(id, Origin::BuiltIn, text).map(Cow::Owned).map_err(|complaints| {
                let path = Path::new("questions").join(format!("{id}.toml"));
                BankError::Invalid(FileError::new(path, text, complaints))
            }),
        }
    }

    /// The topics that have questions: the built-in ones in their order, then others by name.
    pub fn topics(&self) -> Vec<String> {
        let mut topics: Vec<String> = super::TOPICS
            .iter()
            .filter(|topic| self.entries.iter().any(|entry| entry.topic == **topic))
            .map(|topic| (*topic).to_owned())
            .collect();
        for entry in &self.entries {
            if !topics.contains(&entry.topic) {
                topics.push(entry.topic.clone());
            }
        }
        topics
    }

    /// The id nearest to a misspelt one; a bare slug finds its question too.
    fn near(&self, id: &str) -> Option<String> {
        let by_slug = self.entries.iter().find(|entry| entry.id.split('/').nth(1) == Some(id));
        by_slug
            .map(|entry| entry.id.clone())
            .or_else(|| nearest(id, self.entries.iter().map(|entry| entry.id.as_str())).map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::template;

    #[test]
    fn the_index_says_what_the_files_say() {
        let bank = Bank::built_in();
        assert_eq!(bank.broken(), []);
        for entry in bank.entries() {
            let question = bank.question(&entry.id).unwrap_or_else(|error| panic!("{}: {error:?}", entry.id));
            assert_eq!(
                (&question.title, question.kind, &question.topic, question.level),
                (&entry.title, entry.kind, &entry.topic, entry.level)
            );
        }
        assert!(bank.entries().is_sorted_by_key(|entry| &entry.id));
    }

    #[test]
    fn a_folder_adds_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let topic = folder.path().join("lookups");
        std::fs::create_dir(&topic).unwrap();
        std::fs::write(topic.join("mine.toml"), template(Kind::Sql, "lookups")).unwrap();
        let mut bank = Bank::default();
        bank.overlay(folder.path()).unwrap();
        bank.overlay(folder.path()).unwrap();
        assert_eq!(bank.entries().len(), 1);
        assert_eq!(bank.question("lookups/mine").unwrap().kind, Kind::Sql);
        let Err(BankError::Unknown { near, .. }) = bank.question("lookups/mien") else { panic!() };
        assert_eq!(near.as_deref(), Some("lookups/mine"));

        std::fs::write(topic.join("bad.toml"), "format_version = 1\ntitel = 'x'\n").unwrap();
        let Err(BankError::InvalidFolder(files)) = bank.overlay(folder.path()) else { panic!() };
        assert_eq!(files[0].path, topic.join("bad.toml"));
        assert!(files[0].complaints.iter().any(|(place, _)| place.is_some_and(|place| place.line == 2)));
    }
}
