//! `ModelState`: what an instance knows of where it came from.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::django::state::Django;
use crate::python::object::{Class, ClassBuilder, Dict, Instance, PyResult, Str, Value};
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
        .method("__copy__", "self", |vm, args| {
            let held = vm.payload::<StatePayload>(&args[0])?.fields_cache.borrow().clone();
            duplicate(vm, &args[0], held)
        })
        .method("__deepcopy__", "self, memo", |vm, args| {
            let held = vm.payload::<StatePayload>(&args[0])?.fields_cache.borrow().clone();
            let fresh = duplicate(vm, &args[0], Rc::default())?;
            let module = vm.import_module("copy")?;
            let copied = vm.call_method(&module, "deepcopy", [Value::Dict(held), args[1].clone()])?;
            if let (Some(dict), Some(payload)) = (copied.as_dict(), fresh.payload::<StatePayload>()) {
                *payload.fields_cache.borrow_mut() = dict.clone();
            }
            Ok(fresh)
        })
        .build(vm)
}

/// Another state that says the same, with this cache.
fn duplicate(vm: &mut Vm, state: &Value, cache: Rc<Dict>) -> PyResult {
    let class = vm.class_of(state);
    let payload = vm.payload::<StatePayload>(state)?;
    let fresh = StatePayload {
        db: RefCell::new(payload.db.borrow().clone()),
        adding: Cell::new(payload.adding.get()),
        fields_cache: RefCell::new(cache),
        annotations: RefCell::new(payload.annotations.borrow().clone()),
    };
    let made = Instance::native(class, fresh);
    if let Some(instance) = state.as_instance() {
        for (name, value) in instance.dict().str_items() {
            made.set(name, value);
        }
    }
    Ok(made.into())
}

/// A state of its own for a copied instance, related objects shared.
pub fn copied(vm: &mut Vm, state: &Value) -> PyResult {
    let held = vm.payload::<StatePayload>(state)?.fields_cache.borrow().clone();
    duplicate(vm, state, Rc::new(held.copy()))
}
