//! Why a document cannot be read, in words for its owner.

use super::reading::LARGEST;

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Nothing is there.
    #[error("does not exist")]
    Missing,
    /// A folder.
    #[error("is a folder; name the documents in it")]
    Folder,
    /// The system refuses.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// Too much.
    #[error("has {} MB; a document may have {} MB. Split it, or import the part that holds the questions", .bytes.div_ceil(1 << 20), LARGEST >> 20)]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// No text.
    #[error("is {}, not text; save it as text, Markdown or HTML first", .format.unwrap_or("a binary file"))]
    Binary {
        /// What it is, when that is known.
        format: Option<&'static str>,
    },
    /// Text in no encoding that is known.
    #[error("line {line}: is not valid {name}, nor any other encoding that is known; save it as UTF-8")]
    Broken {
        /// Where it breaks.
        line: u32,
        /// What it was read as.
        name: &'static str,
    },
    /// Nothing in it.
    #[error("is empty")]
    Empty,
    /// Lists in lists in lists.
    #[error("line {line}: lists, quotations or elements are nested too deeply to be meant")]
    TooDeep {
        /// Where.
        line: u32,
    },
}
