//! Small random databases that keep a dataset's constraints and know the constants of the answers.

mod domains;
mod generate;
mod literals;

pub use domains::{Domains, SeenValues};
pub use generate::{Plan, Rows, generate, load};
pub use literals::{Constant, Literal, literals};
