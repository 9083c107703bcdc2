//! Builtins about iterables.

use super::{counted, raw, signed};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, PyResult, Value};
use crate::python::ops::compare::CompareOp;
use crate::python::vm::Vm;

fn extreme(vm: &mut Vm, mut args: Args, name: &str, op: CompareOp) -> PyResult {
    let key = args.take_keyword("key").filter(|key| !key.is_none());
    let default = args.take_keyword("default");
    if let Some((keyword, _)) = args.keywords.first() {
        return Err(vm.type_error(format!("'{keyword}' is an invalid keyword argument for {name}()")));
    }
    let items = match args.len() {
        0 => return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0"))),
        1 => vm.iter(&args[0])?,
        _ => {
            if default.is_some() {
                return Err(
                    vm.type_error(format!("Cannot specify a default for {name}() with multiple positional arguments"))
                );
            }
            let all = Value::tuple(args.positional.to_vec());
            vm.iter(&all)?
        }
    };
    let mut best: Option<(Value, Value)> = None;
    while let Some(item) = vm.next(&items)? {
        let by = match &key {
            Some(key) => vm.call(key, [item.clone()])?,
            None => item.clone(),
        };
        let better = match &best {
            None => true,
            Some((known, _)) => vm.compare_truth(op, &by, known)?,
        };
        if better {
            best = Some((by, item));
        }
    }
    match (best, default) {
        (Some((_, item)), _) => Ok(item),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(vm.value_error(format!("{name}() arg is an empty sequence"))),
    }
}

pub(super) fn install(vm: &mut Vm) {
    counted(vm, "len", 1, 1, |vm, args| vm.len(&args[0]).map(Value::from));
    counted(vm, "all", 1, 1, |vm, args| {
        let items = vm.iter(&args[0])?;
        while let Some(item) = vm.next(&items)? {
            if !vm.truth(&item)? {
                return Ok(Value::Bool(false));
            }
        }
        Ok(Value::Bool(true))
    });
    counted(vm, "any", 1, 1, |vm, args| {
        let items = vm.iter(&args[0])?;
        while let Some(item) = vm.next(&items)? {
            if vm.truth(&item)? {
                return Ok(Value::Bool(true));
            }
        }
        Ok(Value::Bool(false))
    });
    raw(vm, "min", |vm, args| extreme(vm, args, "min", CompareOp::Lt));
    raw(vm, "max", |vm, args| extreme(vm, args, "max", CompareOp::Gt));
    raw(vm, "sorted", |vm, mut args| {
        let key = args.take_keyword("key").filter(|key| !key.is_none());
        let reverse = match args.take_keyword("reverse") {
            Some(value) => vm.truth(&value)?,
            None => false,
        };
        if args.len() != 1 {
            return Err(vm.type_error(format!("sorted expected 1 argument, got {}", args.len())));
        }
        if let Some((keyword, _)) = args.keywords.first() {
            return Err(vm.type_error(format!("'{keyword}' is an invalid keyword argument for sort()")));
        }
        let mut items = vm.list_from(&args[0])?;
        vm.sort_values(&mut items, key.as_ref(), reverse)?;
        Ok(Value::list(items))
    });
    counted(vm, "iter", 1, 2, |vm, args| {
        let Some(sentinel) = args.get(1).cloned() else { return vm.iter(&args[0]) };
        if !vm.is_callable(&args[0]) {
            return Err(vm.type_error("iter(v, w): v must be callable"));
        }
        let (function, class) = (args[0].clone(), vm.types.callable_iterator.clone());
        Ok(vm.native_iter(&class, move |vm| {
            let item = match vm.call(&function, ()) {
                Err(raised) if raised.is(vm.exceptions.get(Kind::StopIteration)) => return Ok(None),
                item => item?,
            };
            Ok(if vm.eq(&item, &sentinel)? { None } else { Some(item) })
        }))
    });
    counted(vm, "next", 1, 2, |vm, args| {
        if !vm.is_iterator(&args[0]) {
            let given = vm.type_name(&args[0]);
            return Err(vm.type_error(format!("'{given}' object is not an iterator")));
        }
        // A Python `__next__` raises its own StopIteration, which may carry a value.
        if let Value::Instance(_) | Value::Generator(_) = &args[0] {
            let name = vm.names.next.clone();
            return match (vm.call_special(&args[0], &name, &[]), args.get(1)) {
                (Err(raised), Some(default)) if raised.is(vm.exceptions.get(Kind::StopIteration)) => {
                    Ok(default.clone())
                }
                (result, _) => result.map(|value| value.unwrap_or(Value::None)),
            };
        }
        match (vm.next(&args[0])?, args.get(1)) {
            (Some(item), _) => Ok(item),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(vm.raise(Kind::StopIteration, "")),
        }
    });
    signed(vm, "aiter", "async_iterable, /", |vm, args| {
        let name = vm.names.aiter.clone();
        match vm.call_special(&args[0], &name, &[])? {
            Some(iterator) => Ok(iterator),
            None => {
                let given = vm.type_name(&args[0]);
                Err(vm.type_error(format!("'{given}' object is not an async iterable")))
            }
        }
    });
    signed(vm, "anext", "async_iterator, /", |vm, args| {
        let name = vm.names.anext.clone();
        match vm.call_special(&args[0], &name, &[])? {
            Some(awaitable) => Ok(awaitable),
            None => {
                let given = vm.type_name(&args[0]);
                Err(vm.type_error(format!("'{given}' object is not an async iterator")))
            }
        }
    });
}
