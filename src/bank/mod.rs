//! Questions: the file format, loading, checking, and importing from documents.
//!
//! Takes TOML files and documents. Gives questions that prove themselves.

mod concept;
pub mod import;
mod index;
mod predict;
mod question;
mod read;
mod template;
mod vocabulary;
mod write;

pub use concept::{Rubric, judge_choices, judge_points, letters, names_choices};
pub use index::{Bank, BankError, Entry, FileError};
pub use predict::{judge_prediction, names_prediction, right_choices};
pub use question::{
    Answer, Ask, Body, Choice, Concept, Equivalent, Kind, Level, Origin, Point, Predict, Question, Suite,
};
pub use read::{id_of_path, read_question};
pub use template::template;
pub use vocabulary::{DATASETS, FINDINGS, SHAPE_WORDS, TOPICS};
pub use write::write_question;
