//! One submission becomes one `Execution`: value, output, statements with their source places, error.
//!
//! Takes source text and a dataset. Gives what happened; it judges nothing.
