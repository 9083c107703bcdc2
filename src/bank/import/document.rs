//! [`Document`]: one imported document, and its report.

use serde_json::{Value, json};

use crate::bank::Kind;

use super::choose::Skipped;
use super::error::ImportError;
use super::find::{Format, find};
use super::ids;
use super::questions::{self, Imported};
use super::reading::{Text, decode};
use super::trial::Engine;

/// Below this a question is doubtful: somebody should look.
const DOUBTFUL: f64 = 0.7;

/// One imported document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its name, as it was given.
    pub path: String,
    /// How it is written.
    pub format: Format,
    /// The shapes of its questions, most frequent first.
    pub shapes: Vec<&'static str>,
    /// Its questions, in its order.
    pub questions: Vec<Imported>,
    /// What was not taken.
    pub skipped: Vec<Skipped>,
    /// What had to be done to read it.
    pub notes: Vec<String>,
}

/// Imports the bytes of a document; `taken` says which ids other documents have already.
pub fn import(
    engine: &mut Engine,
    path: &str,
    bytes: &[u8],
    taken: &dyn Fn(&str) -> bool,
) -> Result<Document, ImportError> {
    import_text(engine, path, decode(bytes)?, taken)
}

/// What a document asks, without trying any of its code: line, question, and answer as Markdown.
pub fn survey(path: &str, bytes: &[u8]) -> Result<Vec<(u32, String, String)>, ImportError> {
    let text = decode(bytes)?;
    let (_, found, _) = find(path, &text.text)?;
    Ok(found.into_iter().map(|found| (found.line, found.question, questions::told(&found.answer))).collect())
}

/// Imports a document's text.
pub fn import_text(
    engine: &mut Engine,
    path: &str,
    text: Text,
    taken: &dyn Fn(&str) -> bool,
) -> Result<Document, ImportError> {
    let (format, found, skipped) = find(path, &text.text)?;
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for question in &found {
        match counts.iter_mut().find(|(shape, _)| *shape == question.shape) {
            Some((_, count)) => *count += 1,
            None => counts.push((question.shape, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let models = questions::models(&found);
    let mut questions: Vec<Imported> =
        found.into_iter().map(|found| questions::build(engine, found, &models)).collect();
    name(&mut questions, taken);
    Ok(Document {
        path: path.to_owned(),
        format,
        shapes: counts.into_iter().map(|(shape, _)| shape).collect(),
        questions,
        skipped,
        notes: text.notes,
    })
}

/// Gives every question its id, from its own words: the same document gives the same ids.
fn name(questions: &mut [Imported], taken: &dyn Fn(&str) -> bool) {
    let mut used: Vec<String> = Vec::new();
    for imported in questions.iter_mut() {
        let slug = ids::slug(&imported.asked);
        let id = ids::free(&imported.question.topic, &slug, &|id| taken(id) || used.iter().any(|other| other == id));
        used.push(id.clone());
        imported.question.id = id;
    }
    for imported in questions {
        imported.name_others(&mut |id| {
            let known = taken(id) || used.iter().any(|other| other == id);
            if !known {
                used.push(id.to_owned());
            }
            known
        });
    }
}

impl Imported {
    /// Whether somebody should look at it.
    pub fn is_doubtful(&self) -> bool {
        self.confidence < DOUBTFUL
    }

    /// Names what is asked beside the question after it; `taken` says whether an id is taken and takes it if not.
    pub fn name_others(&mut self, taken: &mut dyn FnMut(&str) -> bool) {
        let id = self.question.id.clone();
        for (at, other) in self.also.iter_mut().enumerate() {
            let suffix = if other.kind == Kind::Concept { "told".to_owned() } else { format!("code-{}", at + 1) };
            let mut name = format!("{id}-{suffix}");
            let mut number = 2;
            while taken(&name) {
                name = format!("{id}-{suffix}-{number}");
                number += 1;
            }
            other.id = name;
            other.topic.clone_from(&self.question.topic);
        }
        self.question.follow_ups = self.also.iter().map(|other| other.id.clone()).collect();
    }

    fn report(&self) -> Value {
        let code: Vec<Value> = self
            .code
            .iter()
            .map(|block| {
                json!({
                    "language": block.language.word(), "source": block.source, "line": block.line, "runs": block.runs,
                    "reason": block.reason,
                })
            })
            .collect();
        let also: Vec<Value> = self
            .also
            .iter()
            .map(|other| json!({"id": other.id, "kind": other.kind.word(), "title": other.title}))
            .collect();
        json!({
            "id": self.question.id, "line": self.line, "topic": self.question.topic, "level": self.question.level.word(),
            "kind": self.question.kind.word(), "prompt": self.asked, "answer": self.answer, "code": code,
            "confidence": self.confidence, "doubtful": self.is_doubtful(), "shape": self.shape, "also": also,
        })
    }
}

impl Document {
    /// Every question, those beside the document's own included.
    pub fn all(&self) -> impl Iterator<Item = &crate::bank::Question> {
        self.questions.iter().flat_map(|imported| std::iter::once(&imported.question).chain(&imported.also))
    }

    /// The document's part of the import report.
    pub fn report(&self) -> Value {
        let skipped: Vec<Value> = self
            .skipped
            .iter()
            .map(|skipped| json!({"line": skipped.line, "text": skipped.text, "reason": skipped.reason}))
            .collect();
        let questions: Vec<Value> = self.questions.iter().map(Imported::report).collect();
        json!({
            "path": self.path, "shape": self.shapes.first().copied().unwrap_or("none"), "format": self.format.word(),
            "questions": questions, "skipped": skipped, "notes": self.notes,
        })
    }
}
