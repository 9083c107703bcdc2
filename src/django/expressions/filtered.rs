//! `FilteredRelation`: a relation with a condition of its own.

use std::cell::RefCell;
use std::rc::Rc;

use crate::orm::query::FilteredRelation;
use crate::python::object::{Class, ClassBuilder, Instance, Value};
use crate::python::vm::Vm;

use crate::django::state::orm;

use super::q_value;

/// What a `FilteredRelation` object holds.
struct FilteredPayload {
    relation: RefCell<Option<FilteredRelation>>,
}

/// The relation of a `FilteredRelation` object; `None` for anything else.
pub fn filtered_relation(value: &Value) -> Option<FilteredRelation> {
    value.payload::<FilteredPayload>().and_then(|payload| payload.relation.borrow().clone())
}

/// `FilteredRelation`
pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("FilteredRelation")
        .module("django.db.models.query_utils")
        .native_layout("FilteredRelation")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, FilteredPayload { relation: RefCell::default() }).into())
        })
        .method("__init__", "self, relation_name, *, condition=?", |vm, args| {
            let name = vm.to_str(&args[1])?;
            let condition = match args.get(2) {
                None => crate::orm::query::Q::new(Vec::new()),
                Some(value) => match q_value(value) {
                    Some(q) => q,
                    None => return Err(vm.value_error("condition argument must be a Q() instance.")),
                },
            };
            let made = orm(vm, || FilteredRelation::new(&name, condition))?;
            *vm.payload::<FilteredPayload>(&args[0])?.relation.borrow_mut() = Some(made);
            Ok(Value::None)
        })
        .property("relation_name", |_, args| {
            Ok(filtered_relation(&args[0]).map(|relation| relation.relation_name.to_string()).into())
        })
        .build(vm)
}
