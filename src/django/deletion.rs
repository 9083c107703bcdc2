//! `on_delete`: its handlers, the exceptions that protect rows.

use std::rc::Rc;

use crate::orm::models::OnDelete;
use crate::python::object::{Args, Class, ClassBuilder, NativeFunction, PyResult, Value};
use crate::python::vm::Vm;

/// The handlers with their names.
const HANDLERS: &[(&str, OnDelete)] = &[
    ("CASCADE", OnDelete::Cascade),
    ("PROTECT", OnDelete::Protect),
    ("RESTRICT", OnDelete::Restrict),
    ("SET_NULL", OnDelete::SetNull),
    ("SET_DEFAULT", OnDelete::SetDefault),
    ("DO_NOTHING", OnDelete::DoNothing),
];

/// The handlers made for a machine.
struct Handlers(Vec<(OnDelete, Value)>);

/// The Python object of a handler.
pub fn handler(vm: &mut Vm, kind: OnDelete) -> Value {
    let all = match vm.host::<Handlers>() {
        Some(all) => all,
        None => {
            let made = HANDLERS
                .iter()
                .map(|(name, kind)| {
                    let native = NativeFunction::new(name, "collector, field, sub_objs, using", |vm, _| {
                        Err(vm.unsupported("calling an on_delete handler by hand"))
                    });
                    (*kind, native.into_value())
                })
                .collect();
            let all = Rc::new(Handlers(made));
            vm.set_host(all.clone());
            all
        }
    };
    all.0.iter().find(|(known, _)| *known == kind).map_or(Value::None, |(_, value)| value.clone())
}

/// Every handler with its name, for `django.db.models`.
pub fn handlers(vm: &mut Vm) -> Vec<(&'static str, Value)> {
    HANDLERS.iter().map(|(name, kind)| (*name, handler(vm, *kind))).collect()
}

/// Which handler a Python object is; any other callable is one of the program's own.
pub fn kind_of(value: &Value) -> OnDelete {
    let Value::Native(native) = value else { return OnDelete::Set };
    HANDLERS.iter().find(|(name, _)| native.name == *name).map_or(OnDelete::Set, |(_, kind)| *kind)
}

/// `ProtectedError` or `RestrictedError`: the message and the objects in the way.
pub fn blocked_class(vm: &mut Vm, name: &str, attribute: &'static str, base: &Rc<Class>) -> Rc<Class> {
    ClassBuilder::new(name)
        .module("django.db.models.deletion")
        .base(base)
        .method_closure("__init__", "self, msg, objects", move |vm: &mut Vm, args: Args| -> PyResult {
            vm.set_attr(&args[0], attribute, args[2].clone())?;
            if let Some(state) = args[0].as_instance().and_then(|instance| instance.exception_state()) {
                *state.args.borrow_mut() = vec![args[1].clone(), args[2].clone()];
            }
            Ok(Value::None)
        })
        .build(vm)
}
