//! Small random databases that keep a dataset's constraints and know the constants of the answers.

mod aim;
mod clues;
mod domains;
mod generate;
mod knowledge;
mod literals;
mod load;
mod temper;

pub use aim::{aimed, bounded, close, copied, rekeyed};
pub use clues::Clues;
pub use domains::{Domains, SeenValues};
pub use generate::{Plan, Rows, generate, is_integer};
pub use knowledge::Knowledge;
pub use literals::{Constant, Literal, literals};
pub use load::{fill, load};
