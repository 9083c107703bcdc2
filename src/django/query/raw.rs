//! `raw()`: rows of a statement written by hand.

use crate::python::object::ClassBuilder;

pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    builder.method("raw", "self, raw_query, params=(), translations=None, using=None", |vm, _| {
        Err(vm.unsupported("QuerySet.raw"))
    })
}
