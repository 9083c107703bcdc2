//! `type`: the class of classes.

use std::rc::Rc;

use crate::python::object::{Args, Class, ClassBuilder, Dict, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

/// What `X | Y` of classes holds.
pub struct Union(pub Vec<Value>);

/// What `list[int]` holds.
pub struct GenericAlias {
    /// `__origin__`
    pub origin: Value,
    /// `__args__`
    pub args: Vec<Value>,
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.type_.clone();
    ClassBuilder::new("type")
        .builtin()
        .constructor(new)
        .raw("__init__", |_, _| Ok(Value::None))
        .raw("__call__", |vm, mut args| {
            let Value::Class(class) = args.take(0) else {
                return Err(vm.type_error("descriptor '__call__' requires a 'type' object"));
            };
            args.positional.remove(0);
            vm.instantiate(&class, args)
        })
        .arity("__repr__", 1, 1, |vm, args| vm.native_repr(&args[0]).map(Value::from))
        .arity("__hash__", 1, 1, |vm, args| Ok(Value::Int(vm.identity(&args[0]) >> 4)))
        .arity("mro", 1, 1, |vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Value::list(class.mro().into_iter().map(Value::Class).collect::<Vec<_>>()))
        })
        .arity("__subclasses__", 1, 1, |vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Value::list(class.subclasses().into_iter().map(Value::Class).collect::<Vec<_>>()))
        })
        .arity("__instancecheck__", 2, 2, |vm, args| {
            let class = vm.class_arg(&args, 0)?;
            vm.is_instance_plain(&args[1], &class).map(Value::Bool)
        })
        .arity("__subclasscheck__", 2, 2, |vm, args| {
            let class = vm.class_arg(&args, 0)?;
            match &args[1] {
                Value::Class(other) => Ok(Value::Bool(other.derives_from(&class))),
                _ => Err(vm.type_error("issubclass() arg 1 must be a class")),
            }
        })
        .arity("__dir__", 1, 1, |vm, args| {
            let names = vm.dir_names(&args[0])?;
            Ok(Value::list(names.into_iter().map(Value::Str).collect::<Vec<_>>()))
        })
        .arity("__getattribute__", 2, 2, |vm, args| {
            let name = super::object::attribute_name(vm, &args[1])?;
            let class = vm.class_of(&args[0]);
            match vm.generic_get_attr(&args[0], &class, &name)? {
                Some(value) => Ok(value),
                None => Err(vm.no_attribute(&args[0], &name)),
            }
        })
        .arity("__setattr__", 3, 3, |vm, args| {
            let name = super::object::attribute_name(vm, &args[1])?;
            let class = vm.class_of(&args[0]);
            vm.generic_set_attr(&args[0], &class, &name, Some(args[2].clone()))?;
            Ok(Value::None)
        })
        .arity("__delattr__", 2, 2, |vm, args| {
            let name = super::object::attribute_name(vm, &args[1])?;
            let class = vm.class_of(&args[0]);
            vm.generic_set_attr(&args[0], &class, &name, None)?;
            Ok(Value::None)
        })
        .arity("__or__", 2, 2, |vm, args| union(vm, &args[0], &args[1]))
        .arity("__ror__", 2, 2, |vm, args| union(vm, &args[1], &args[0]))
        .class_method("__prepare__", "cls, *args, **kwargs", |_, _| Ok(Value::Dict(Dict::shared())))
        .install(vm, &class);

    let class = vm.types.union_type.clone();
    ClassBuilder::new("UnionType")
        .builtin()
        .module("types")
        .arity("__repr__", 1, 1, |vm, args| {
            let members = vm.payload::<Union>(&args[0])?.0.clone();
            let mut names = Vec::new();
            for member in &members {
                names.push(type_text(vm, member)?);
            }
            Ok(Value::from(names.join(" | ")))
        })
        .arity("__or__", 2, 2, |vm, args| union(vm, &args[0], &args[1]))
        .arity("__ror__", 2, 2, |vm, args| union(vm, &args[1], &args[0]))
        .arity("__eq__", 2, 2, |_, args| {
            let (Some(a), Some(b)) = (args[0].payload::<Union>(), args[1].payload::<Union>()) else {
                return Ok(Value::NotImplemented);
            };
            let same = a.0.len() == b.0.len() && a.0.iter().all(|x| b.0.iter().any(|y| x.is(y)));
            Ok(Value::Bool(same))
        })
        .arity("__hash__", 1, 1, |vm, args| {
            let members = vm.payload::<Union>(&args[0])?.0.clone();
            let mut hash = 0;
            for member in &members {
                hash ^= vm.hash(member)?;
            }
            Ok(Value::Int(hash))
        })
        .arity("__instancecheck__", 2, 2, |vm, args| {
            let members = vm.payload::<Union>(&args[0])?.0.clone();
            for member in &members {
                let member = if member.is_none() { Value::Class(vm.types.none.clone()) } else { member.clone() };
                if vm.is_instance(&args[1], &member)? {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        })
        .arity("__subclasscheck__", 2, 2, |vm, args| {
            let members = vm.payload::<Union>(&args[0])?.0.clone();
            for member in &members {
                if vm.is_subclass(&args[1], member)? {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        })
        .property("__args__", |vm, args| Ok(Value::tuple(vm.payload::<Union>(&args[0])?.0.clone())))
        .install(vm, &class);

    let class = vm.types.generic_alias.clone();
    ClassBuilder::new("GenericAlias")
        .builtin()
        .module("types")
        .arity("__repr__", 1, 1, |vm, args| {
            let alias = vm.payload::<GenericAlias>(&args[0])?;
            let mut names = Vec::new();
            for member in &alias.args {
                names.push(type_text(vm, member)?);
            }
            Ok(Value::from(format!("{}[{}]", type_text(vm, &alias.origin)?, names.join(", "))))
        })
        .raw("__call__", |vm, mut args| {
            let alias = args.take(0);
            args.positional.remove(0);
            let origin = vm.payload::<GenericAlias>(&alias)?.origin.clone();
            vm.call_args(&origin, args)
        })
        .arity("__mro_entries__", 2, 2, |vm, args| {
            Ok(Value::tuple([vm.payload::<GenericAlias>(&args[0])?.origin.clone()]))
        })
        .arity("__or__", 2, 2, |vm, args| union(vm, &args[0], &args[1]))
        .arity("__getitem__", 2, 2, |_, args| Ok(args[0].clone()))
        .arity("__instancecheck__", 2, 2, |vm, _| {
            Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic"))
        })
        .arity("__eq__", 2, 2, |vm, args| {
            let (Some(a), Some(b)) = (args[0].payload::<GenericAlias>(), args[1].payload::<GenericAlias>()) else {
                return Ok(Value::NotImplemented);
            };
            let (x, y) = (Value::tuple(a.args.clone()), Value::tuple(b.args.clone()));
            Ok(Value::Bool(a.origin.is(&b.origin) && vm.eq(&x, &y)?))
        })
        .arity("__hash__", 1, 1, |vm, args| {
            let alias = vm.payload::<GenericAlias>(&args[0])?;
            let parts = Value::tuple([alias.origin.clone(), Value::tuple(alias.args.clone())]);
            vm.hash(&parts).map(Value::Int)
        })
        .property("__origin__", |vm, args| Ok(vm.payload::<GenericAlias>(&args[0])?.origin.clone()))
        .property("__args__", |vm, args| Ok(Value::tuple(vm.payload::<GenericAlias>(&args[0])?.args.clone())))
        .install(vm, &class);
}

/// `cls[item]` for the builtin containers.
pub(crate) fn class_getitem(vm: &mut Vm, args: Args) -> PyResult {
    let items = match &args[1] {
        Value::Tuple(items) => items.to_vec(),
        other => vec![other.clone()],
    };
    let alias = GenericAlias { origin: args[0].clone(), args: items };
    Ok(Instance::native(vm.types.generic_alias.clone(), alias).into())
}

fn type_text(vm: &mut Vm, value: &Value) -> PyResult<String> {
    match value {
        Value::Class(class) => Ok(class.full_name()),
        Value::Ellipsis => Ok("...".into()),
        other => vm.repr(other).map(|text| text.to_string()),
    }
}

fn union(vm: &mut Vm, a: &Value, b: &Value) -> PyResult {
    let mut members: Vec<Value> = Vec::new();
    for side in [a, b] {
        let parts = match side {
            Value::Class(_) | Value::None => vec![side.clone()],
            other => match (other.payload::<Union>(), other.payload::<GenericAlias>()) {
                (Some(union), _) => union.0.clone(),
                (_, Some(_)) => vec![side.clone()],
                _ => return Ok(Value::NotImplemented),
            },
        };
        for part in parts {
            if !members.iter().any(|known| known.is(&part)) {
                members.push(part);
            }
        }
    }
    if members.len() == 1 {
        return Ok(members.remove(0));
    }
    Ok(Instance::native(vm.types.union_type.clone(), Union(members)).into())
}

fn new(vm: &mut Vm, mut args: Args) -> PyResult {
    let metaclass = vm.class_arg(&args, 0)?;
    if args.positional.len() != 4 {
        if args.positional.len() == 2 && Rc::ptr_eq(&metaclass, &vm.types.type_) {
            return Ok(Value::Class(vm.class_of(&args[1])));
        }
        return Err(vm.type_error("type() takes 1 or 3 arguments"));
    }
    let Some(name) = args[1].as_str().cloned() else {
        return Err(vm.argument_error("type.__new__", 1, "str", &args[1]));
    };
    let Some(bases) = args[2].as_tuple().map(<[Value]>::to_vec) else {
        return Err(vm.argument_error("type.__new__", 2, "tuple", &args[2]));
    };
    let Some(namespace) = args[3].as_dict().cloned() else {
        return Err(vm.argument_error("type.__new__", 3, "dict", &args[3]));
    };
    let keywords: Vec<(Str, Value)> = std::mem::take(&mut args.keywords);
    let class: Rc<Class> = {
        // A more derived metaclass among the bases takes over, with its own `__new__`.
        let classes: Vec<Rc<Class>> = bases.iter().filter_map(Value::as_class).cloned().collect();
        let winner = vm.metaclass_of(Some(&metaclass), &classes)?;
        if !Rc::ptr_eq(&winner, &metaclass)
            && let Some(own) = winner.lookup(&vm.names.new)
        {
            let own = vm.bind_static(&own);
            let of_type = vm.types.type_.lookup(&vm.names.new).map(|found| vm.bind_static(&found));
            if !of_type.is_some_and(|of_type| of_type.is(&own)) {
                let mut again = Args::new([Value::Class(winner), args[1].clone(), args[2].clone(), args[3].clone()]);
                again.keywords = keywords;
                return vm.call_args(&own, again);
            }
        }
        vm.new_class(&winner, &name, bases, &namespace, keywords)?
    };
    Ok(Value::Class(class))
}
