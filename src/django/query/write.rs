//! Methods that change rows.

use crate::python::object::ClassBuilder;

pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
}
