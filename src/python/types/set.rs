//! `set` and `frozenset`.

use std::rc::Rc;

use super::{dunder, type_};
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, ClassBuilder, Instance, PyResult, Set, Value};
use crate::python::vm::Vm;

fn this(vm: &mut Vm, args: &Args) -> PyResult<Rc<Set>> {
    match args[0].as_set() {
        Some(set) => Ok(set.clone()),
        None => {
            let given = vm.type_name(&args[0]);
            Err(vm.type_error(format!("descriptor requires a 'set' object but received a '{given}'")))
        }
    }
}

impl Vm {
    /// A set of an iterable's items.
    pub fn set_from(&mut self, iterable: &Value) -> PyResult<Set> {
        if let Some(set) = iterable.as_set()
            && !matches!(iterable, Value::Instance(_))
        {
            return Ok(set.copy());
        }
        let set = Set::new();
        self.iterate(iterable, |vm, item| set.add(vm, item).map(|_| ()))?;
        Ok(set)
    }
}

/// The element, or for a set the frozenset that stands for it.
fn element(value: &Value) -> Value {
    match value.plain() {
        Value::Set(set) => Value::FrozenSet(Rc::new(set.copy())),
        _ => value.clone(),
    }
}

/// An operation of set methods that take any iterables.
fn combine(vm: &mut Vm, args: &Args, op: BinaryOp) -> PyResult {
    let mut result = match args[0].plain() {
        frozen @ Value::FrozenSet(_) => frozen.clone(),
        _ => Value::Set(Rc::new(this(vm, args)?.copy())),
    };
    for other in args.positional.iter().skip(1) {
        let other = Value::Set(Rc::new(vm.set_from(other)?));
        result = vm.binary_native(op, &result, &other)?.unwrap_or(Value::NotImplemented);
    }
    Ok(result)
}

fn combine_here(vm: &mut Vm, args: &Args, op: BinaryOp) -> PyResult {
    let set = this(vm, args)?;
    if op == BinaryOp::BitOr {
        for other in args.positional.iter().skip(1) {
            let items = match other.as_set() {
                Some(other) => {
                    set.make_room(other.len());
                    other.items()
                }
                None => vm.list_from(other)?,
            };
            for item in items {
                vm.tick()?;
                set.add(vm, item)?;
            }
        }
        return Ok(Value::None);
    }
    if op == BinaryOp::BitAnd {
        if let Value::Set(result) = combine(vm, args, op)? {
            set.replace_with(Rc::try_unwrap(result).unwrap_or_else(|shared| shared.copy()));
        }
        return Ok(Value::None);
    }
    for other in args.positional.iter().skip(1) {
        let other = vm.set_from(other)?;
        for (hash, item) in other.hashed_items() {
            vm.tick()?;
            let removed = set.discard(vm, &item)?;
            if !removed && op == BinaryOp::BitXor {
                set.add_hashed(vm, hash, item)?;
            }
        }
    }
    Ok(Value::None)
}

fn relation(vm: &mut Vm, args: &Args, op: crate::python::ops::compare::CompareOp) -> PyResult {
    let own = Value::Set(this(vm, args)?);
    let other = match args[1].as_set() {
        Some(set) => Value::Set(set.clone()),
        None => Value::Set(Rc::new(vm.set_from(&args[1])?)),
    };
    Ok(Value::Bool(vm.native_compare(op, &own, &other)?.unwrap_or(false)))
}

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let frozen = class.derives_from(&vm.types.frozenset);
    let exact = Rc::ptr_eq(&class, &vm.types.set) || Rc::ptr_eq(&class, &vm.types.frozenset);
    if exact && !args.keywords.is_empty() {
        return Err(vm.type_error(format!("{}() takes no keyword arguments", class.name())));
    }
    if exact && args.len() > 2 {
        return Err(vm.type_error(format!("{} expected at most 1 argument, got {}", class.name(), args.len() - 1)));
    }
    let value = if frozen {
        match args.get(1) {
            Some(same @ Value::FrozenSet(_)) => same.clone(),
            Some(iterable) => Value::FrozenSet(Rc::new(vm.set_from(iterable)?)),
            None => Value::FrozenSet(Rc::default()),
        }
    } else {
        Value::Set(Rc::default())
    };
    Ok(if exact { value } else { Instance::with_value(class, value).into() })
}

fn shared(builder: ClassBuilder) -> ClassBuilder {
    use crate::python::ops::compare::CompareOp;
    let builder = builder
        .constructor(new)
        .class_method("__class_getitem__", "cls, item, /", type_::class_getitem)
        .arity("copy", 1, 1, |vm, args| match args[0].plain() {
            frozen @ Value::FrozenSet(_) => Ok(frozen.clone()),
            _ => Ok(Value::Set(Rc::new(this(vm, &args)?.copy()))),
        })
        .arity("union", 1, 255, |vm, args| combine(vm, &args, BinaryOp::BitOr))
        .arity("intersection", 1, 255, |vm, args| combine(vm, &args, BinaryOp::BitAnd))
        .arity("difference", 1, 255, |vm, args| combine(vm, &args, BinaryOp::Sub))
        .arity("symmetric_difference", 2, 2, |vm, args| combine(vm, &args, BinaryOp::BitXor))
        .arity("issubset", 2, 2, |vm, args| relation(vm, &args, CompareOp::Le))
        .arity("issuperset", 2, 2, |vm, args| relation(vm, &args, CompareOp::Ge))
        .arity("isdisjoint", 2, 2, |vm, args| {
            let both = combine(vm, &args, BinaryOp::BitAnd)?;
            Ok(Value::Bool(vm.len(&both)? == 0))
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let text = vm.native_repr(args[0].plain())?;
            let Value::Instance(instance) = &args[0] else { return Ok(Value::from(text)) };
            let name = instance.class().name();
            Ok(Value::from(match args[0].plain() {
                Value::Set(set) if set.is_empty() => format!("{name}()"),
                Value::Set(_) => format!("{name}({text})"),
                _ => text.replacen("frozenset", &name, 1),
            }))
        });
    let builder = dunder::operators(
        builder,
        &[
            ("__and__", BinaryOp::BitAnd, false),
            ("__rand__", BinaryOp::BitAnd, true),
            ("__or__", BinaryOp::BitOr, false),
            ("__ror__", BinaryOp::BitOr, true),
            ("__sub__", BinaryOp::Sub, false),
            ("__rsub__", BinaryOp::Sub, true),
            ("__xor__", BinaryOp::BitXor, false),
            ("__rxor__", BinaryOp::BitXor, true),
        ],
    );
    dunder::container(dunder::comparisons(builder))
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.set.clone();
    let mut builder = shared(ClassBuilder::new("set").builtin())
        .value("__hash__", Value::None)
        .raw("__init__", |vm, args| {
            let set = this(vm, &args)?;
            if args.len() > 2 {
                let given = args.len() - 1;
                return Err(vm.type_error(format!("set expected at most 1 argument, got {given}")));
            }
            if let Some(iterable) = args.get(1) {
                let fresh = vm.set_from(iterable)?;
                set.replace_with(fresh);
            }
            Ok(Value::None)
        })
        .arity("add", 2, 2, |vm, mut args| {
            let set = this(vm, &args)?;
            let item = args.take(1);
            set.add(vm, item)?;
            Ok(Value::None)
        })
        .arity("discard", 2, 2, |vm, args| {
            let set = this(vm, &args)?;
            set.discard(vm, &element(&args[1]))?;
            Ok(Value::None)
        })
        .arity("remove", 2, 2, |vm, args| {
            let set = this(vm, &args)?;
            if set.discard(vm, &element(&args[1]))? {
                return Ok(Value::None);
            }
            Err(vm.key_error(args[1].clone()))
        })
        .arity("pop", 1, 1, |vm, args| match this(vm, &args)?.pop() {
            Some(item) => Ok(item),
            None => Err(vm.key_error(Value::from("pop from an empty set"))),
        })
        .arity("clear", 1, 1, |vm, args| {
            this(vm, &args)?.clear();
            Ok(Value::None)
        })
        .arity("update", 1, 255, |vm, args| combine_here(vm, &args, BinaryOp::BitOr))
        .arity("intersection_update", 1, 255, |vm, args| combine_here(vm, &args, BinaryOp::BitAnd))
        .arity("difference_update", 1, 255, |vm, args| combine_here(vm, &args, BinaryOp::Sub))
        .arity("symmetric_difference_update", 2, 2, |vm, args| combine_here(vm, &args, BinaryOp::BitXor));
    for (name, op) in [
        ("__iand__", BinaryOp::BitAnd),
        ("__ior__", BinaryOp::BitOr),
        ("__isub__", BinaryOp::Sub),
        ("__ixor__", BinaryOp::BitXor),
    ] {
        builder = builder.arity_closure(name, 2, 2, move |vm, args| {
            if args[1].as_set().is_none() {
                return Ok(Value::NotImplemented);
            }
            combine_here(vm, &args, op)?;
            Ok(args[0].clone())
        });
    }
    builder.install(vm, &class);
    let class = vm.types.frozenset.clone();
    shared(ClassBuilder::new("frozenset").builtin())
        .arity("__hash__", 1, 1, |vm, args| vm.hash(args[0].plain()).map(Value::Int))
        .install(vm, &class);
}
