//! The blog's models built by hand, and queries whose SQL real Django printed.

mod blog;
mod people;
mod script;
mod selects;
