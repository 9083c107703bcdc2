//! Deletion: `on_delete` with its handlers, the exceptions that protect rows, and the collector that follows relations.

mod collector;
mod execute;
mod related;

use std::rc::Rc;

use crate::orm::models::OnDelete;
use crate::python::object::{Args, Class, ClassBuilder, Module, NativeFunction, PyResult, Value};
use crate::python::vm::Vm;

use super::fields::{attribute, bound};
use super::related as relations;
use super::state::Django;

pub use collector::Collector;

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
                    let kind = *kind;
                    let native = NativeFunction::closure(name, "collector, field, sub_objs, using", move |vm, args| {
                        handle(vm, kind, &args)
                    });
                    *native.module.borrow_mut() = Value::str("django.db.models.deletion");
                    let value = native.into_value();
                    if kind == OnDelete::SetNull {
                        mark_lazy(&value);
                    }
                    (kind, value)
                })
                .collect();
            let all = Rc::new(Handlers(made));
            vm.set_host(all.clone());
            all
        }
    };
    all.0.iter().find(|(known, _)| *known == kind).map_or(Value::None, |(_, value)| value.clone())
}

/// Every handler with its name, for `django.db.models`; `SET`, which makes one, is among them.
pub fn handlers(vm: &mut Vm) -> Vec<(&'static str, Value)> {
    let mut all: Vec<(&'static str, Value)> = HANDLERS.iter().map(|(name, kind)| (*name, handler(vm, *kind))).collect();
    all.push(("SET", NativeFunction::new("SET", "value", set).into_value()));
    all
}

/// Its rows need not be looked at before they are changed.
fn mark_lazy(handler: &Value) {
    if let Value::Native(native) = handler {
        native.dict.get_or_init(Rc::default).set_str("lazy_sub_objs", true);
    }
}

/// `SET(value)`: a handler that sets the key to a value, or to what a callable gives.
fn set(vm: &mut Vm, args: Args) -> PyResult {
    let value = args[0].clone();
    let is_callable = vm.is_callable(&value);
    let native = NativeFunction::closure(
        "set_on_delete",
        "collector, field, sub_objs, using",
        move |vm: &mut Vm, args: Args| {
            let value = if is_callable { vm.call(&value, ())? } else { value.clone() };
            vm.call_method(&args[0], "add_field_update", [args[1].clone(), value, args[2].clone()])
        },
    );
    let handler = native.into_value();
    if let Value::Native(native) = &handler {
        let given = args[0].clone();
        let say = NativeFunction::closure("deconstruct", "", move |_, _| {
            let given = Value::tuple(vec![given.clone()]);
            Ok(Value::tuple(vec![Value::str("django.db.models.SET"), given, Value::Dict(Rc::default())]))
        });
        native.dict.get_or_init(Rc::default).set_str("deconstruct", say.into_value());
    }
    if !is_callable {
        mark_lazy(&handler);
    }
    Ok(handler)
}

/// What a handler does with the rows that point at what is deleted.
fn handle(vm: &mut Vm, kind: OnDelete, args: &Args) -> PyResult {
    let (collector, object, rows) = (&args[0], &args[1], &args[2]);
    let Some(field) = bound(object) else { return Ok(Value::None) };
    match kind {
        OnDelete::Cascade => {
            let target = relations::target_class(vm, &field)?;
            let call = Args::new([rows.clone()])
                .keyword("source", target)
                .keyword("source_attr", &*field.name)
                .keyword("nullable", field.options.null)
                .keyword("fail_on_restricted", false);
            vm.call_method(collector, "collect", call)
        }
        OnDelete::Protect => {
            let target = relations::target_class(vm, &field)?;
            let first = vm.get_item(rows, &Value::Int(0))?;
            let near = vm.type_name(&first);
            let text = format!(
                "Cannot delete some instances of model '{}' because they are referenced through a protected foreign \
                 key: '{near}.{}'",
                target.name(),
                field.name
            );
            let class = Django::of(vm).errors.protected_error.clone();
            Err(vm.new_exception(&class, [Value::from(text), rows.clone()])?)
        }
        OnDelete::Restrict => {
            vm.call_method(collector, "add_restricted_objects", [object.clone(), rows.clone()])?;
            let target = relations::target_class(vm, &field)?;
            let owner = relations::owner_class(vm, &field)?;
            vm.call_method(collector, "add_dependency", [Value::Class(target), Value::Class(owner)])
        }
        OnDelete::SetNull => vm.call_method(collector, "add_field_update", [object.clone(), Value::None, rows.clone()]),
        OnDelete::SetDefault => {
            let value = vm.call_method(object, "get_default", ())?;
            vm.call_method(collector, "add_field_update", [object.clone(), value, rows.clone()])
        }
        OnDelete::Set | OnDelete::DoNothing => Ok(Value::None),
    }
}

/// Which handler a Python object is; any other callable is one of the program's own.
pub fn kind_of(value: &Value) -> OnDelete {
    let Value::Native(native) = value else { return OnDelete::Set };
    HANDLERS.iter().find(|(name, _)| native.name == *name).map_or(OnDelete::Set, |(_, kind)| *kind)
}

/// The `on_delete` of a relational field's object.
fn on_delete(object: &Value) -> Value {
    attribute(object, "remote_field").as_ref().and_then(|rel| attribute(rel, "on_delete")).unwrap_or(Value::None)
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

/// `django.db.models.deletion`
pub fn module(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    for (name, handler) in handlers(vm) {
        module = module.value(name, handler);
    }
    let django = Django::of(vm);
    let collector = collector::class(vm);
    Ok(module.class(&collector).class(&django.errors.protected_error).class(&django.errors.restricted_error))
}
