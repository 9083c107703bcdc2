//! `_engine`: what the library's Python parts need from Rust: names of the engine's types, `deque`, `cmp_to_key`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::arguments::{Comparison, c_size, index, keywords};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, Module, ModuleObject, PyResult, Value};
use crate::python::ops::compare::CompareOp;
use crate::python::types::traceback::TracebackView;
use crate::python::vm::Vm;

/// The module.
pub fn module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let types = vm.types.clone();
    let deque = deque_class(vm);
    let key = key_class(vm);
    let reference = super::weak::class(vm);
    let make_key = key.clone();
    Ok(Module::new("_engine")
        .value("SimpleNamespace", &types.simple_namespace)
        .value("CodeType", &types.code)
        .value("FrameType", &types.frame)
        .value("TracebackType", &types.traceback)
        .value("GenericAlias", &types.generic_alias)
        .value("UnionType", &types.union_type)
        .value("deque", &deque)
        .value("ref", &reference)
        .function("import_module", "name, /", |vm, args| {
            let name = super::arguments::text(vm, &args[0], "name")?;
            vm.import_module(&name)
        })
        .function("unsupported", "feature, /", |vm, args| {
            let feature = super::arguments::text(vm, &args[0], "feature")?;
            Err(vm.unsupported(feature))
        })
        .function("literal", "text, /", |vm, args| {
            let text = super::arguments::text(vm, &args[0], "text")?;
            super::literal::literal(vm, &text)
        })
        .function("in_event_loop", "running, /", |vm, args| {
            let running = vm.truth(&args[0])?;
            Ok(std::mem::replace(&mut vm.in_event_loop, running).into())
        })
        .function("format_exception", "value, /", |vm, args| {
            let raised = exception(vm, &args[0])?;
            Ok(vm.format_exception(&raised).into())
        })
        .function("format_exception_only", "value, /", |vm, args| {
            let raised = exception(vm, &args[0])?;
            let mut text = String::new();
            vm.format_last_line(&raised.0, &mut text);
            Ok(text.into())
        })
        .function("traceback_entries", "traceback, /", |_, args| {
            let Some(view) = args[0].payload::<TracebackView>() else { return Ok(Value::list([])) };
            let entries = view.shown();
            let rows = entries.iter().map(|entry| {
                let line = entry.code.line_of(entry.instruction);
                let source = &entry.code.source;
                let text = crate::python::vm::traceback_text(std::slice::from_ref(entry));
                Value::tuple([
                    (&source.filename).into(),
                    line.into(),
                    (&entry.code.name).into(),
                    source.line_text(line).trim().into(),
                    text.into(),
                ])
            });
            let rows: Vec<Value> = rows.collect();
            Ok(Value::list(rows))
        })
        .function("caller", "level, /", |vm, args| {
            let level = args[0].as_i64().and_then(|level| usize::try_from(level).ok()).unwrap_or(1);
            Ok(match vm.caller_outside(level) {
                Some(site) => Value::tuple([(&site.source.filename).into(), site.line().into(), (&site.name).into()]),
                None => Value::tuple(["sys".into(), 1.into(), "<module>".into()]),
            })
        })
        .native(crate::python::object::NativeFunction::closure("cmp_to_key", "mycmp", move |_, args| {
            let (class, compare) = (make_key.clone(), args[0].clone());
            let function = crate::python::object::NativeFunction::closure("K", "obj", move |_, args| {
                Ok(Instance::native(class.clone(), Key { compare: compare.clone(), object: args[0].clone() }).into())
            });
            Ok(function.into_value())
        }))
        .build())
}

fn exception(vm: &mut Vm, value: &Value) -> PyResult<crate::python::object::Raised> {
    match value {
        Value::Instance(instance) if instance.exception_state().is_some() => {
            Ok(crate::python::object::Raised(instance.clone()))
        }
        _ => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("expected an exception, got {name}")))
        }
    }
}

/// An object that is ordered by a comparison function.
struct Key {
    compare: Value,
    object: Value,
}

fn key_class(vm: &mut Vm) -> Rc<Class> {
    let mut builder = ClassBuilder::new("KeyWrapper").module("functools").native_layout("KeyWrapper").builtin();
    builder = builder.property("obj", |vm, args| Ok(vm.payload::<Key>(&args[0])?.object.clone()));
    for (name, comparison) in Comparison::METHODS {
        builder = builder.method_closure(name, "self, other, /", move |vm, args| {
            let (Some(a), Some(b)) = (args[0].payload::<Key>(), args[1].payload::<Key>()) else {
                return Err(vm.type_error("other argument must be K instance"));
            };
            let answer = vm.call(&a.compare, [a.object.clone(), b.object.clone()])?;
            let op = match comparison {
                Comparison::Lt => CompareOp::Lt,
                Comparison::Le => CompareOp::Le,
                Comparison::Eq => CompareOp::Eq,
                Comparison::Ne => CompareOp::Ne,
                Comparison::Gt => CompareOp::Gt,
                Comparison::Ge => CompareOp::Ge,
            };
            vm.compare(op, &answer, &Value::Int(0))
        });
    }
    builder.build(vm)
}

/// A deque's items; `version` grows with every change.
#[derive(Default)]
struct Deque {
    items: RefCell<VecDeque<Value>>,
    limit: RefCell<Option<usize>>,
    version: std::cell::Cell<u64>,
}

impl Deque {
    fn changed(&self) {
        self.version.set(self.version.get() + 1);
    }

    fn push_back(&self, value: Value) {
        self.changed();
        let dropped = {
            let mut items = self.items.borrow_mut();
            items.push_back(value);
            if self.limit.borrow().is_some_and(|limit| items.len() > limit) { items.pop_front() } else { None }
        };
        drop(dropped);
    }

    fn push_front(&self, value: Value) {
        self.changed();
        let dropped = {
            let mut items = self.items.borrow_mut();
            items.push_front(value);
            if self.limit.borrow().is_some_and(|limit| items.len() > limit) { items.pop_back() } else { None }
        };
        drop(dropped);
    }

    fn snapshot(&self) -> Vec<Value> {
        self.items.borrow().iter().cloned().collect()
    }
}

fn own<'a>(vm: &mut Vm, args: &'a Args) -> PyResult<&'a Deque> {
    vm.payload::<Deque>(&args[0])
}

/// The place that an index means, when there is one.
fn place(vm: &mut Vm, deque: &Deque, value: &Value) -> PyResult<usize> {
    let at = c_size(vm, value)?;
    let length = deque.items.borrow().len() as i64;
    let at = if at < 0 { at + length } else { at };
    if (0..length).contains(&at) {
        Ok(at as usize)
    } else {
        Err(vm.raise(Kind::IndexError, "deque index out of range"))
    }
}

fn extend(vm: &mut Vm, deque: &Value, items: &Value, front: bool) -> PyResult<()> {
    // Its own items are read before any is added.
    let source = if items.is(deque) { Value::list(vm.payload::<Deque>(deque)?.snapshot()) } else { items.clone() };
    let target = deque.clone();
    vm.iterate(&source, move |vm, item| {
        let deque = vm.payload::<Deque>(&target)?;
        if deque.items.borrow().len() % 4096 == 4095 {
            vm.reserve(1 << 16)?;
        }
        if front {
            deque.push_front(item)
        } else {
            deque.push_back(item)
        }
        Ok(())
    })
}

fn make(vm: &mut Vm, like: &Value, items: Vec<Value>) -> PyResult {
    let limit = *vm.payload::<Deque>(like)?.limit.borrow();
    let class = vm.class_of(like);
    let deque = Deque { limit: RefCell::new(limit), ..Deque::default() };
    for item in items {
        deque.push_back(item);
    }
    Ok(Instance::native(class, deque).into())
}

fn walk(vm: &mut Vm, deque: &Value, backwards: bool) -> PyResult {
    let class = vm.types.generator.clone();
    let version = vm.payload::<Deque>(deque)?.version.get();
    let (deque, mut at) = (deque.clone(), 0);
    Ok(vm.native_iter(&class, move |vm| {
        let own = vm.payload::<Deque>(&deque)?;
        if own.version.get() != version {
            return Err(vm.raise(Kind::RuntimeError, "deque mutated during iteration"));
        }
        let items = own.items.borrow();
        let item = if at >= items.len() {
            None
        } else if backwards {
            items.get(items.len() - 1 - at).cloned()
        } else {
            items.get(at).cloned()
        };
        at += 1;
        Ok(item)
    }))
}

fn deque_class(vm: &mut Vm) -> Rc<Class> {
    let builder = ClassBuilder::new("deque")
        .module("collections")
        .native_layout("deque")
        .builtin()
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, Deque::default()).into())
        })
        .raw("__init__", |vm, args| {
            let own = args[0].clone();
            let [items, limit] = keywords(vm, args, 1, "deque", ["iterable", "maxlen"], 0)?;
            let limit = match limit {
                Value::Unset | Value::None => None,
                limit => {
                    if limit.as_bigint().is_none() {
                        return Err(vm.type_error("an integer is required"));
                    }
                    match usize::try_from(c_size(vm, &limit)?) {
                        Ok(limit) => Some(limit),
                        Err(_) => return Err(vm.value_error("maxlen must be non-negative")),
                    }
                }
            };
            let deque = vm.payload::<Deque>(&own)?;
            *deque.limit.borrow_mut() = limit;
            let old = deque.items.take();
            drop(old);
            if !items.is_unset() {
                extend(vm, &own, &items, false)?;
            }
            Ok(Value::None)
        });
    let builder = changes(builder);
    let builder = readings(builder);
    let mut builder = builder.property("maxlen", |vm, args| Ok((*own(vm, &args)?.limit.borrow()).into()));
    for (name, op) in [
        ("__lt__", CompareOp::Lt),
        ("__le__", CompareOp::Le),
        ("__eq__", CompareOp::Eq),
        ("__ne__", CompareOp::Ne),
        ("__gt__", CompareOp::Gt),
        ("__ge__", CompareOp::Ge),
    ] {
        builder = builder.method_closure(name, "self, other, /", move |vm, args| {
            let (Some(a), Some(b)) = (args[0].payload::<Deque>(), args[1].payload::<Deque>()) else {
                return Ok(Value::NotImplemented);
            };
            let (a, b) = (Value::list(a.snapshot()), Value::list(b.snapshot()));
            vm.compare(op, &a, &b)
        });
    }
    builder.value("__hash__", Value::None).build(vm)
}

fn changes(builder: ClassBuilder) -> ClassBuilder {
    builder
        .arity("append", 2, 2, |vm, args| {
            own(vm, &args)?.push_back(args[1].clone());
            Ok(Value::None)
        })
        .arity("appendleft", 2, 2, |vm, args| {
            own(vm, &args)?.push_front(args[1].clone());
            Ok(Value::None)
        })
        .arity("pop", 1, 1, |vm, args| {
            let deque = own(vm, &args)?;
            deque.changed();
            let item = deque.items.borrow_mut().pop_back();
            item.ok_or_else(|| vm.raise(Kind::IndexError, "pop from an empty deque"))
        })
        .arity("popleft", 1, 1, |vm, args| {
            let deque = own(vm, &args)?;
            deque.changed();
            let item = deque.items.borrow_mut().pop_front();
            item.ok_or_else(|| vm.raise(Kind::IndexError, "pop from an empty deque"))
        })
        .arity("extend", 2, 2, |vm, args| extend(vm, &args[0], &args[1], false).map(|()| Value::None))
        .arity("extendleft", 2, 2, |vm, args| extend(vm, &args[0], &args[1], true).map(|()| Value::None))
        .arity("__iadd__", 2, 2, |vm, args| extend(vm, &args[0], &args[1], false).map(|()| args[0].clone()))
        .arity("clear", 1, 1, |vm, args| {
            let deque = own(vm, &args)?;
            deque.changed();
            let old = deque.items.take();
            drop(old);
            Ok(Value::None)
        })
        .arity("reverse", 1, 1, |vm, args| {
            let deque = own(vm, &args)?;
            deque.changed();
            deque.items.borrow_mut().make_contiguous().reverse();
            Ok(Value::None)
        })
        .arity("rotate", 1, 2, |vm, args| {
            let steps = if args.len() > 1 { index(vm, &args[1])? } else { 1.into() };
            let deque = own(vm, &args)?;
            deque.changed();
            let mut items = deque.items.borrow_mut();
            let length = items.len();
            if length > 0 {
                let steps = num_integer::Integer::mod_floor(&steps, &length.into());
                items.rotate_right(num_traits::ToPrimitive::to_usize(&steps).unwrap_or(0));
            }
            Ok(Value::None)
        })
        .arity("insert", 3, 3, |vm, args| {
            let at = c_size(vm, &args[1])?;
            let deque = own(vm, &args)?;
            let length = deque.items.borrow().len();
            if deque.limit.borrow().is_some_and(|limit| length >= limit) {
                return Err(vm.raise(Kind::IndexError, "deque already at its maximum size"));
            }
            let at = if at < 0 { (at + length as i64).max(0) as usize } else { (at as usize).min(length) };
            deque.changed();
            deque.items.borrow_mut().insert(at, args[2].clone());
            Ok(Value::None)
        })
        .arity("remove", 2, 2, |vm, args| {
            let items = own(vm, &args)?.snapshot();
            for (at, item) in items.iter().enumerate() {
                if vm.eq(item, &args[1])? {
                    let deque = own(vm, &args)?;
                    deque.changed();
                    let old = deque.items.borrow_mut().remove(at);
                    drop(old);
                    return Ok(Value::None);
                }
            }
            let text = format!("{} is not in deque", vm.repr(&args[1])?);
            Err(vm.value_error(text))
        })
        .arity("__setitem__", 3, 3, |vm, args| {
            let deque = own(vm, &args)?;
            let at = place(vm, deque, &args[1])?;
            let old = deque.items.borrow_mut().get_mut(at).map(|slot| std::mem::replace(slot, args[2].clone()));
            drop(old);
            Ok(Value::None)
        })
        .arity("__delitem__", 2, 2, |vm, args| {
            let deque = own(vm, &args)?;
            let at = place(vm, deque, &args[1])?;
            deque.changed();
            let old = deque.items.borrow_mut().remove(at);
            drop(old);
            Ok(Value::None)
        })
}

fn readings(builder: ClassBuilder) -> ClassBuilder {
    builder
        .arity("__getitem__", 2, 2, |vm, args| {
            let deque = own(vm, &args)?;
            if args[1].as_bigint().is_none() && !matches!(args[1], Value::Instance(_)) {
                let kind = vm.type_name(&args[1]);
                return Err(vm.type_error(format!("sequence index must be integer, not '{kind}'")));
            }
            let at = place(vm, deque, &args[1])?;
            Ok(deque.items.borrow().get(at).cloned().unwrap_or(Value::None))
        })
        .arity("__len__", 1, 1, |vm, args| Ok(own(vm, &args)?.items.borrow().len().into()))
        .arity("__bool__", 1, 1, |vm, args| Ok((!own(vm, &args)?.items.borrow().is_empty()).into()))
        .arity("__iter__", 1, 1, |vm, args| walk(vm, &args[0], false))
        .arity("__reversed__", 1, 1, |vm, args| walk(vm, &args[0], true))
        .arity("__contains__", 2, 2, |vm, args| {
            for item in own(vm, &args)?.snapshot() {
                if item.is(&args[1]) || vm.eq(&item, &args[1])? {
                    return Ok(true.into());
                }
            }
            Ok(false.into())
        })
        .arity("count", 2, 2, |vm, args| {
            let mut count = 0;
            for item in own(vm, &args)?.snapshot() {
                vm.tick()?;
                count += i64::from(vm.eq(&item, &args[1])?);
            }
            Ok(count.into())
        })
        .arity("index", 2, 4, |vm, args| {
            let items = own(vm, &args)?.snapshot();
            let length = items.len() as i64;
            let mut bound = |at: usize, default: i64| -> PyResult<i64> {
                if args.len() <= at {
                    return Ok(default);
                }
                let value = c_size(vm, &args[at])?;
                Ok(if value < 0 { (value + length).max(0) } else { value.min(length) })
            };
            let (start, stop) = (bound(2, 0)?, bound(3, length)?);
            for at in start..stop {
                if vm.eq(&items[at as usize], &args[1])? {
                    return Ok(at.into());
                }
            }
            let text = format!("{} is not in deque", vm.repr(&args[1])?);
            Err(vm.value_error(text))
        })
        .arity("copy", 1, 1, |vm, args| {
            let items = own(vm, &args)?.snapshot();
            make(vm, &args[0], items)
        })
        .arity("__copy__", 1, 1, |vm, args| {
            let items = own(vm, &args)?.snapshot();
            make(vm, &args[0], items)
        })
        .arity("__add__", 2, 2, |vm, args| {
            let mut items = own(vm, &args)?.snapshot();
            match args[1].payload::<Deque>() {
                Some(other) => items.extend(other.snapshot()),
                None => {
                    let kind = vm.type_name(&args[1]);
                    return Err(vm.type_error(format!("can only concatenate deque (not \"{kind}\") to deque")));
                }
            }
            make(vm, &args[0], items)
        })
        .arity("__mul__", 2, 2, |vm, args| {
            let Some(times) = args[1].as_i64() else { return Ok(Value::NotImplemented) };
            let items = own(vm, &args)?.snapshot();
            let times = times.max(0) as usize;
            vm.reserve(items.len().saturating_mul(times).saturating_mul(16))?;
            let repeated: Vec<Value> = (0..times).flat_map(|_| items.iter().cloned()).collect();
            make(vm, &args[0], repeated)
        })
        .arity("__reduce__", 1, 1, |vm, args| {
            let deque = own(vm, &args)?;
            let (items, limit) = (deque.snapshot(), *deque.limit.borrow());
            let class = vm.class_of(&args[0]);
            let args = match limit {
                Some(limit) => vec![Value::tuple(Vec::new()), limit.into()],
                None => Vec::new(),
            };
            let items = vm.iter(&Value::list(items))?;
            Ok(Value::tuple([class.into(), Value::tuple(args), Value::None, items]))
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let deque = own(vm, &args)?;
            let (items, limit) = (deque.snapshot(), *deque.limit.borrow());
            let name = vm.class_of(&args[0]).name();
            let address = args[0].address().unwrap_or(0);
            if vm.repr_stack.contains(&address) {
                return Ok("[...]".into());
            }
            vm.repr_stack.push(address);
            let shown = vm.repr(&Value::list(items));
            vm.repr_stack.pop();
            let shown = shown?;
            Ok(match limit {
                Some(limit) => format!("{name}({shown}, maxlen={limit})"),
                None => format!("{name}({shown})"),
            }
            .into())
        })
}
