//! Documents to questions: reading, units, shapes, and what becomes of each question.
//!
//! Bytes become text ([`decode`]), text becomes units of one line each whatever the format, recognisers propose questions
//! in those units, the best-covering proposals win, code is mended and tried on the engine, and each question becomes a
//! [`Question`](crate::bank::Question) that proves itself.

mod choose;
mod code;
mod document;
mod error;
mod find;
mod html;
mod ids;
mod labels;
mod markdown;
mod mend;
mod mojibake;
mod output;
mod page;
mod plain;
mod questions;
mod reading;
mod rubric;
mod shapes;
mod topic;
mod trial;
mod units;
mod wording;

pub use choose::Skipped;
pub use document::{Document, import, import_text, survey};
pub use error::ImportError;
pub use find::Format;
pub use output::{Output, Written};
pub use questions::{CodeBlock, Imported};
pub use reading::{LARGEST, Text, decode, load};
pub use trial::Engine;
