//! The asynchronous twins of methods: `acreate()` of `create()` and so on. Nothing ever waits, so a twin's coroutine calls
//! the method when it is awaited, and returns what that gives.

use std::cell::RefCell;
use std::rc::Rc;

use super::connections::outside_of_loop;
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Raised, Value};
use crate::python::vm::Vm;

/// A call that waits for its turn.
type Call = Box<dyn FnOnce(&mut Vm) -> PyResult>;

struct CoroutinePayload {
    call: RefCell<Option<Call>>,
}

struct CoroutineClass(Rc<Class>);

/// A coroutine that makes a call when it is awaited.
pub fn coroutine(vm: &mut Vm, call: impl FnOnce(&mut Vm) -> PyResult + 'static) -> Value {
    let class = match vm.host::<CoroutineClass>() {
        Some(known) => known.0.clone(),
        None => {
            let made = class(vm);
            vm.set_host(Rc::new(CoroutineClass(made.clone())));
            made
        }
    };
    Instance::native(class, CoroutinePayload { call: RefCell::new(Some(Box::new(call))) }).into()
}

fn step(vm: &mut Vm, args: &Args) -> PyResult {
    let call = vm.payload::<CoroutinePayload>(&args[0])?.call.borrow_mut().take();
    let Some(call) = call else {
        return Err(vm.raise(Kind::RuntimeError, "cannot reuse already awaited coroutine"));
    };
    let value = outside_of_loop(vm, call)?;
    let raised = vm.raise(Kind::StopIteration, "");
    if let Some(state) = raised.0.exception_state() {
        *state.args.borrow_mut() = vec![value.clone()];
        state.set_field("value", value);
    }
    Err(raised)
}

fn class(vm: &mut Vm) -> Rc<Class> {
    // What asks whether something is a coroutine asks for that class.
    let builtin = vm.types.coroutine.clone();
    ClassBuilder::new("coroutine")
        .base(&builtin)
        .native_layout("coroutine")
        .has_dict(false)
        .method("__await__", "self", |_, args| Ok(args[0].clone()))
        .method("__iter__", "self", |_, args| Ok(args[0].clone()))
        .method("__next__", "self", |vm, args| step(vm, &args))
        .method("send", "self, value", |vm, args| step(vm, &args))
        .method("close", "self", |vm, args| {
            let call = vm.payload::<CoroutinePayload>(&args[0])?.call.borrow_mut().take();
            drop(call);
            Ok(Value::None)
        })
        .method("throw", "self, typ, val=None, tb=None", |vm, args| {
            let call = vm.payload::<CoroutinePayload>(&args[0])?.call.borrow_mut().take();
            drop(call);
            match &args[1] {
                Value::Instance(instance) if instance.exception_state().is_some() => Err(Raised(instance.clone())),
                Value::Class(class) => Err(vm.new_exception(&class.clone(), ())?),
                _ => Err(vm.type_error("exceptions must be classes or instances deriving from BaseException")),
            }
        })
        .build(vm)
}

/// Adds `a` + name for each of these methods. The twin goes through the object, so overrides of the method count.
#[must_use]
pub fn add(mut builder: ClassBuilder, names: &[&'static str]) -> ClassBuilder {
    for name in names {
        let called = *name;
        builder = builder.method_closure(&format!("a{name}"), "self, *args, **kwargs", move |vm, args| {
            let this = args[0].clone();
            let mut call = Args::new(args.rest(1).iter().cloned());
            call.keywords = args.keyword_rest(2);
            Ok(coroutine(vm, move |vm| vm.call_method(&this, called, call)))
        });
    }
    builder
}

/// An asynchronous iterator over what an iterable gives once it is asked.
pub fn async_iter(vm: &mut Vm, source: Value) -> Value {
    async_iter_of(vm, move |_| Ok(source))
}

/// An asynchronous iterator over the iterable that a call gives, made when the first item is asked for.
pub fn async_iter_of(vm: &mut Vm, source: impl FnOnce(&mut Vm) -> PyResult + 'static) -> Value {
    struct Iterator(RefCell<Option<Value>>, RefCell<Option<Call>>);
    struct IteratorClass(Rc<Class>);
    let class = match vm.host::<IteratorClass>() {
        Some(known) => known.0.clone(),
        None => {
            let made = ClassBuilder::new("async_generator")
                .native_layout("async_iterator")
                .has_dict(false)
                .method("__aiter__", "self", |_, args| Ok(args[0].clone()))
                .method("__anext__", "self", |vm, args| {
                    let this = args[0].clone();
                    Ok(coroutine(vm, move |vm| {
                        let held = vm.payload::<Iterator>(&this)?;
                        let source = held.1.borrow_mut().take();
                        if let Some(source) = source {
                            let iterable = source(vm)?;
                            let made = vm.iter(&iterable)?;
                            *held.0.borrow_mut() = Some(made);
                        }
                        let iterator = held.0.borrow().clone();
                        let next = match iterator {
                            Some(iterator) => vm.next(&iterator)?,
                            None => None,
                        };
                        match next {
                            Some(value) => Ok(value),
                            None => Err(vm.raise(Kind::StopAsyncIteration, "")),
                        }
                    }))
                })
                .build(vm);
            vm.set_host(Rc::new(IteratorClass(made.clone())));
            made
        }
    };
    Instance::native(class, Iterator(RefCell::new(None), RefCell::new(Some(Box::new(source))))).into()
}
