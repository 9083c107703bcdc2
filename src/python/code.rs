//! Compiled bodies.

use super::object::Str;

/// A compiled body: what a function, class or module runs.
pub struct Code {
    /// The name of what it is the body of.
    pub name: Str,
    /// Its dotted name.
    pub qualname: Str,
}
