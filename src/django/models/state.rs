//! `ModelState`: what an instance knows of where it came from.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::django::state::Django;
use crate::python::object::{Class, ClassBuilder, Dict, Instance, Str, Value};
use crate::python::vm::Vm;

/// The parts of `instance._state`.
pub struct StatePayload {
    /// The alias of the database that it was read from or saved to.
    pub db: RefCell<Value>,
    /// Whether it has never been saved.
    pub adding: Cell<bool>,
    /// Related objects by field name.
    pub fields_cache: RefCell<Rc<Dict>>,
    /// The names of the annotations that came with the row.
    pub annotations: RefCell<Rc<[Str]>>,
}

/// A state for a new or a loaded instance.
pub fn new(vm: &Vm, db: Value, adding: bool) -> Value {
    let payload = StatePayload {
        db: RefCell::new(db),
        adding: Cell::new(adding),
        fields_cache: RefCell::default(),
        annotations: RefCell::default(),
    };
    Instance::native(Django::of(vm).classes().model_state.clone(), payload).into()
}

/// The class.
pub fn state_class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("ModelState")
        .module("django.db.models.base")
        .native_layout("ModelState")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let payload = StatePayload {
                db: RefCell::new(Value::None),
                adding: Cell::new(true),
                fields_cache: RefCell::default(),
                annotations: RefCell::default(),
            };
            Ok(Instance::native(class, payload).into())
        })
        .property_mut(
            "db",
            |vm, args| Ok(vm.payload::<StatePayload>(&args[0])?.db.borrow().clone()),
            |vm, args| {
                *vm.payload::<StatePayload>(&args[0])?.db.borrow_mut() = args[1].clone();
                Ok(Value::None)
            },
        )
        .property_mut(
            "adding",
            |vm, args| Ok(vm.payload::<StatePayload>(&args[0])?.adding.get().into()),
            |vm, args| {
                let adding = vm.truth(&args[1])?;
                vm.payload::<StatePayload>(&args[0])?.adding.set(adding);
                Ok(Value::None)
            },
        )
        .property_mut(
            "fields_cache",
            |vm, args| Ok(Value::Dict(vm.payload::<StatePayload>(&args[0])?.fields_cache.borrow().clone())),
            |vm, args| {
                let Some(dict) = args[1].as_dict().cloned() else {
                    return Err(vm.type_error("fields_cache is a dict"));
                };
                *vm.payload::<StatePayload>(&args[0])?.fields_cache.borrow_mut() = dict;
                Ok(Value::None)
            },
        )
        .build(vm)
}
