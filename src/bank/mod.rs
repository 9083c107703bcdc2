//! Questions: the file format, loading, checking, and importing from documents.
//!
//! Takes TOML files and documents. Gives questions that prove themselves.
