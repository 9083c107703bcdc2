//! One question, as its file says it.

use std::fmt;
use std::path::PathBuf;

use crate::grading::{Compare, Expectation, KnownWrong, Order, Shape};
use crate::runner::Language;

/// What an answer to a question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An expression that gives a queryset or what one gives.
    Queryset,
    /// SQL statements.
    Sql,
    /// A Python program.
    Program,
    /// A word on what given code does.
    Predict,
    /// Free text or letters.
    Concept,
    /// Model classes.
    Model,
}

impl Kind {
    /// Every kind, in CONTRACT.md's order.
    pub const ALL: [Self; 6] = [Self::Queryset, Self::Sql, Self::Program, Self::Predict, Self::Concept, Self::Model];

    /// The word in a question file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queryset => "queryset",
            Self::Sql => "sql",
            Self::Program => "program",
            Self::Predict => "predict",
            Self::Concept => "concept",
            Self::Model => "model",
        }
    }

    /// The kind that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The table that a question of this kind must have.
    pub fn table(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::Concept => "concept",
            Self::Queryset | Self::Sql | Self::Program | Self::Model => "answer",
        }
    }

    /// The language of its answers, when they are code.
    pub fn language(self) -> Option<Language> {
        match self {
            Self::Sql => Some(Language::Sql),
            Self::Queryset | Self::Program | Self::Model => Some(Language::Python),
            Self::Predict | Self::Concept => None,
        }
    }
}

/// For whom a question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The first job.
    Junior,
    /// Some years in.
    Mid,
    /// Leads others.
    Senior,
}

impl Level {
    /// Every level, easiest first.
    pub const ALL: [Self; 3] = [Self::Junior, Self::Mid, Self::Senior];

    /// The word in a question file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Junior => "junior",
            Self::Mid => "mid",
            Self::Senior => "senior",
        }
    }

    /// The level that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where a question came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The binary.
    BuiltIn,
    /// A file.
    File(PathBuf),
}

/// The reference answer of a queryset, SQL, program or model question, and how answers are compared with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The reference.
    pub code: String,
    /// The order that is asked for.
    pub order: Order,
    /// Statements allowed at the worst database, transaction statements apart.
    pub max_queries: Option<usize>,
    /// Whether names and order of columns count.
    pub exact_columns: bool,
    /// What is compared.
    pub compare: Compare,
    /// Runs before the answer, unlogged, on every database.
    pub setup: String,
    /// Django test code that judges a program.
    pub tests: Option<String>,
}

/// What a predict question asks about its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// How many statements are sent.
    Queries,
    /// What is printed.
    Output,
    /// Which rows, or how many, come back.
    Rows,
    /// Which clause is sent.
    Sql,
    /// Which exception is raised.
    Exception,
}

impl Ask {
    /// Everything that may be asked.
    pub const ALL: [Self; 5] = [Self::Queries, Self::Output, Self::Rows, Self::Sql, Self::Exception];

    /// The word in a question file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queries => "queries",
            Self::Output => "output",
            Self::Rows => "rows",
            Self::Sql => "sql",
            Self::Exception => "exception",
        }
    }

    /// What a word asks.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ask| ask.word() == word)
    }
}

/// A predict question's code; the truth is what running it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predict {
    /// The code that the learner reads.
    pub code: String,
    /// Runs before it, unlogged.
    pub setup: String,
    /// What is asked.
    pub ask: Ask,
    /// Answers to choose from; empty when it is to be typed.
    pub choices: Vec<String>,
}

/// One thing that a good free-text answer mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The thing.
    pub point: String,
    /// Words of which any one shows that it was mentioned.
    pub any: Vec<String>,
}

/// One of several answers to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// Whether it belongs to the right answer.
    pub right: bool,
    /// Why it does or does not.
    pub why: String,
}

/// A concept question's rubric: points for free text, or choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concept {
    /// What a good answer mentions; empty for multiple choice.
    pub points: Vec<Point>,
    /// The choices; empty for free text.
    pub choices: Vec<Choice>,
    /// The model answer.
    pub answer: String,
}

/// What the answer to a question is judged by.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Runs (queryset, sql, program, model).
    Answer(Answer),
    /// Is foretold.
    Predict(Predict),
    /// Is told.
    Concept(Concept),
}

/// A mutant of the reference that no allowed database tells from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivalent {
    /// The mutant.
    pub mutant: String,
    /// Why nothing can tell.
    pub because: String,
}

/// The distilled databases, written by the bank's own tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suite {
    /// Their seeds.
    pub seeds: Vec<u64>,
    /// Mutants that cannot be killed.
    pub equivalent: Vec<Equivalent>,
}

/// One question. Its body fits its kind, every word in it is a known one, and its required texts are not empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// `<topic>/<slug>`, from where its file stands.
    pub id: String,
    /// Where it came from.
    pub origin: Origin,
    /// What it is called.
    pub title: String,
    /// What its answers are.
    pub kind: Kind,
    /// What it is about.
    pub topic: String,
    /// For whom it is.
    pub level: Level,
    /// The dataset that its code uses.
    pub dataset: String,
    /// Markdown.
    pub prompt: String,
    /// Items of the source documents that it answers.
    pub covers: Vec<String>,
    /// A ladder, mildest first.
    pub hints: Vec<String>,
    /// Markdown, shown afterwards.
    pub explanation: String,
    /// Ids of what an interviewer asks next.
    pub follow_ups: Vec<String>,
    /// What the answer is judged by.
    pub body: Body,
    /// Other right answers.
    pub accepted: Vec<String>,
    /// Likely mistakes.
    pub wrong: Vec<KnownWrong>,
    /// Demands on the SQL.
    pub shape: Shape,
    /// The distilled databases; none when the file has no `[suite]`.
    pub suite: Option<Suite>,
}

impl Question {
    /// What the judge needs for a question whose answer runs; none for predict and concept questions.
    pub fn expectation(&self) -> Option<Expectation> {
        let Body::Answer(answer) = &self.body else { return None };
        Some(Expectation {
            dataset: self.dataset.clone(),
            prompt: self.prompt.clone(),
            code: answer.code.clone(),
            language: self.kind.language().unwrap_or(Language::Python),
            compare: answer.compare,
            order: answer.order.clone(),
            max_queries: answer.max_queries,
            exact_columns: answer.exact_columns,
            shape: self.shape.clone(),
            setup: answer.setup.clone(),
            tests: answer.tests.clone(),
            known_wrong: self.wrong.clone(),
            seeds: self.suite.as_ref().map(|suite| suite.seeds.clone()).unwrap_or_default(),
        })
    }

    /// What to show as the solution: reference code, or the model answer.
    pub fn solution(&self) -> String {
        match &self.body {
            Body::Answer(answer) => answer.code.trim_end().to_owned(),
            Body::Predict(_) => String::new(),
            Body::Concept(concept) if !concept.answer.trim().is_empty() => concept.answer.trim_end().to_owned(),
            Body::Concept(concept) => {
                let right = concept.choices.iter().enumerate().filter(|(_, choice)| choice.right);
                right
                    .map(|(at, choice)| format!("{}) {}", super::letters(at), choice.text))
                    .collect::<Vec<_>>()
                    .join("\n")
            }
        }
    }

    /// Whether it is answered by letters.
    pub fn has_choices(&self) -> bool {
        match &self.body {
            Body::Answer(_) => false,
            Body::Predict(predict) => !predict.choices.is_empty(),
            Body::Concept(concept) => !concept.choices.is_empty(),
        }
    }
}
