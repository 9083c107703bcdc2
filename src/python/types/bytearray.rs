//! `bytearray`: bytes that change where they are.

use std::cell::RefCell;

use super::bytes::{byte, construct, data, from_hex, new_array, shared};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, ClassBuilder, Instance, PyResult, Slice, Value};
use crate::python::vm::Vm;

/// What a `bytearray` holds.
pub struct ByteArray(pub RefCell<Vec<u8>>);

fn change(vm: &mut Vm, args: &Args, work: impl FnOnce(&mut Vec<u8>)) -> PyResult {
    work(&mut vm.payload::<ByteArray>(&args[0])?.0.borrow_mut());
    Ok(Value::None)
}

/// The index of an item that is there.
fn place(vm: &mut Vm, args: &Args, index: &Value, text: &str) -> PyResult<usize> {
    let at = match vm.index_opt(index)? {
        Some(Value::Int(at)) => at,
        Some(_) => return Err(vm.raise(Kind::IndexError, "cannot fit 'int' into an index-sized integer")),
        None => {
            let given = vm.type_name(index);
            return Err(vm.type_error(format!("bytearray indices must be integers or slices, not {given}")));
        }
    };
    let length = vm.payload::<ByteArray>(&args[0])?.0.borrow().len();
    let at = if at < 0 { at + length as i64 } else { at };
    match usize::try_from(at).ok().filter(|at| *at < length) {
        Some(at) => Ok(at),
        None => Err(vm.raise(Kind::IndexError, text)),
    }
}

fn set_slice(vm: &mut Vm, args: &Args, slice: &Slice, new: Vec<u8>) -> PyResult {
    let length = vm.payload::<ByteArray>(&args[0])?.0.borrow().len();
    let steps = vm.slice_steps(slice, length)?;
    vm.claim(length + new.len())?;
    if steps.step != 1 && new.len() != steps.count {
        let (given, wanted) = (new.len(), steps.count);
        return Err(
            vm.value_error(format!("attempt to assign bytes of size {given} to extended slice of size {wanted}"))
        );
    }
    change(vm, args, |own| {
        if steps.step == 1 {
            let start = (steps.start.max(0) as usize).min(own.len());
            let end = (steps.stop.max(steps.start).max(0) as usize).clamp(start, own.len());
            own.splice(start..end, new);
            return;
        }
        for (at, byte) in steps.indexes().zip(new) {
            if let Some(slot) = own.get_mut(at) {
                *slot = byte;
            }
        }
    })
}

fn set_item(vm: &mut Vm, args: Args) -> PyResult {
    if let Value::Slice(slice) = &args[1] {
        let new = match (&args[2], vm.bytes_like(&args[2])) {
            (_, Some(data)) => data,
            (Value::Int(_) | Value::Str(_), None) => {
                return Err(vm.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
            }
            (other, None) => vm.bytes_from(other)?,
        };
        return set_slice(vm, &args, slice, new);
    }
    let at = place(vm, &args, &args[1], "bytearray index out of range")?;
    let value = byte(vm, &args[2], "byte")?;
    change(vm, &args, |own| {
        if let Some(slot) = own.get_mut(at) {
            *slot = value;
        }
    })
}

fn del_item(vm: &mut Vm, args: Args) -> PyResult {
    if let Value::Slice(slice) = &args[1] {
        let length = vm.payload::<ByteArray>(&args[0])?.0.borrow().len();
        let steps = vm.slice_steps(slice, length)?;
        let mut gone = vec![false; length];
        for at in steps.indexes() {
            if let Some(slot) = gone.get_mut(at) {
                *slot = true;
            }
        }
        return change(vm, &args, |own| {
            let mut gone = gone.into_iter();
            own.retain(|_| !gone.next().unwrap_or(false));
        });
    }
    let at = place(vm, &args, &args[1], "bytearray index out of range")?;
    change(vm, &args, |own| {
        own.remove(at);
    })
}

/// The data so many times over.
fn repeated(vm: &mut Vm, args: &Args) -> PyResult<Option<Vec<u8>>> {
    let times = match vm.index_opt(&args[1])? {
        Some(Value::Int(times)) => usize::try_from(times).unwrap_or(0),
        Some(_) => return Err(vm.raise(Kind::OverflowError, "cannot fit 'int' into an index-sized integer")),
        None => return Ok(None),
    };
    let own = data(vm, args, 0)?;
    vm.claim(own.len().saturating_mul(times))?;
    Ok(Some(own.repeat(times)))
}

fn pop(vm: &mut Vm, args: Args) -> PyResult {
    let length = vm.payload::<ByteArray>(&args[0])?.0.borrow().len();
    if length == 0 {
        return Err(vm.raise(Kind::IndexError, "pop from empty bytearray"));
    }
    let at = match args.get(1) {
        Some(index) => {
            vm.index(index)?;
            place(vm, &args, index, "pop index out of range")?
        }
        None => length - 1,
    };
    let gone = vm.payload::<ByteArray>(&args[0])?.0.borrow_mut().remove(at);
    Ok(Value::Int(i64::from(gone)))
}

fn concatenated(vm: &mut Vm, args: &Args, first: usize, second: usize) -> PyResult<Vec<u8>> {
    let mut joined = data(vm, args, first)?;
    let Some(more) = vm.bytes_like(&args[second]) else {
        let (left, right) = (vm.type_name(&args[first]), vm.type_name(&args[second]));
        return Err(vm.type_error(format!("can't concat {right} to {left}")));
    };
    vm.claim(joined.len() + more.len())?;
    joined.extend(more);
    Ok(joined)
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.bytearray.clone();
    let mut builder = shared(ClassBuilder::new("bytearray").builtin())
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let data = construct(vm, &args, "bytearray")?;
            Ok(Instance::native(class, ByteArray(RefCell::new(data))).into())
        })
        .raw("__init__", |_, _| Ok(Value::None))
        .class_method("fromhex", "cls, string, /", |vm, args| {
            let data = from_hex(vm, &args)?;
            Ok(new_array(vm, data))
        })
        .value("__hash__", Value::None)
        .arity("__repr__", 1, 1, |vm, args| {
            let data = data(vm, &args, 0)?;
            let name = vm.class_of(&args[0]).name();
            Ok(Value::from(format!("{name}({})", crate::python::ops::text::repr_bytes(&data))))
        })
        .arity("__len__", 1, 1, |vm, args| Ok(Value::from(data(vm, &args, 0)?.len())))
        .arity("__getitem__", 2, 2, |vm, args| {
            if !matches!(&args[1], Value::Slice(_)) {
                let at = place(vm, &args, &args[1], "bytearray index out of range")?;
                let found = vm.payload::<ByteArray>(&args[0])?.0.borrow().get(at).copied();
                return Ok(Value::Int(i64::from(found.unwrap_or(0))));
            }
            let data = Value::bytes(data(vm, &args, 0)?);
            match vm.get_item_native(&data, &args[1])? {
                Value::Bytes(part) => Ok(new_array(vm, part.to_vec())),
                item => Ok(item),
            }
        })
        .arity("__setitem__", 3, 3, set_item)
        .arity("__delitem__", 2, 2, del_item)
        .arity("__iter__", 1, 1, |vm, args| {
            let (object, mut at) = (args[0].clone(), 0);
            let class = vm.types.bytearray_iterator.clone();
            Ok(vm.native_iter(&class, move |_| {
                at += 1;
                let array = object.payload::<ByteArray>();
                Ok(array.and_then(|array| array.0.borrow().get(at - 1).map(|byte| Value::Int(i64::from(*byte)))))
            }))
        })
        .arity("__contains__", 2, 2, |vm, args| {
            let data = Value::bytes(data(vm, &args, 0)?);
            vm.contains_native(&data, &args[1]).map(Value::Bool)
        })
        .arity("__add__", 2, 2, |vm, args| {
            let joined = concatenated(vm, &args, 0, 1)?;
            Ok(new_array(vm, joined))
        })
        .arity("__radd__", 2, 2, |vm, args| match &args[1] {
            Value::Bytes(_) => concatenated(vm, &args, 1, 0).map(Value::bytes),
            _ => Ok(Value::NotImplemented),
        })
        .arity("__iadd__", 2, 2, |vm, args| {
            let joined = concatenated(vm, &args, 0, 1)?;
            change(vm, &args, |own| *own = joined)?;
            Ok(args[0].clone())
        })
        .arity("__mul__", 2, 2, |vm, args| match repeated(vm, &args)? {
            Some(data) => Ok(new_array(vm, data)),
            None => Ok(Value::NotImplemented),
        })
        .arity("__rmul__", 2, 2, |vm, args| match repeated(vm, &args)? {
            Some(data) => Ok(new_array(vm, data)),
            None => Ok(Value::NotImplemented),
        })
        .arity("__imul__", 2, 2, |vm, args| match repeated(vm, &args)? {
            Some(data) => {
                change(vm, &args, |own| *own = data)?;
                Ok(args[0].clone())
            }
            None => Ok(Value::NotImplemented),
        })
        .arity("append", 2, 2, |vm, args| {
            let value = byte(vm, &args[1], "byte")?;
            vm.burn(1);
            change(vm, &args, |own| own.push(value))
        })
        .arity("extend", 2, 2, |vm, args| {
            if args[1].as_str().is_some() {
                return Err(vm.type_error("expected iterable of integers; got: 'str'"));
            }
            if matches!(&args[1], Value::Int(_)) || !vm.has_iter(&args[1]) && vm.bytes_like(&args[1]).is_none() {
                let given = vm.type_name(&args[1]);
                return Err(vm.type_error(format!("can't extend bytearray with {given}")));
            }
            let more = vm.bytes_from(&args[1])?;
            vm.claim(more.len() * 2)?;
            change(vm, &args, |own| own.extend(more))
        })
        .arity("insert", 3, 3, |vm, args| {
            let at = vm.index_i64(&args[1])?;
            let value = byte(vm, &args[2], "byte")?;
            change(vm, &args, |own| {
                let length = own.len() as i64;
                let at = if at < 0 { (at + length).max(0) } else { at.min(length) };
                own.insert(at as usize, value);
            })
        })
        .arity("remove", 2, 2, |vm, args| {
            let value = byte(vm, &args[1], "byte")?;
            let mut found = false;
            change(vm, &args, |own| {
                if let Some(at) = own.iter().position(|known| *known == value) {
                    own.remove(at);
                    found = true;
                }
            })?;
            if found { Ok(Value::None) } else { Err(vm.value_error("value not found in bytearray")) }
        })
        .arity("clear", 1, 1, |vm, args| change(vm, &args, Vec::clear))
        .arity("reverse", 1, 1, |vm, args| change(vm, &args, |own| own.reverse()))
        .arity("copy", 1, 1, |vm, args| {
            let own = data(vm, &args, 0)?;
            Ok(new_array(vm, own))
        })
        .arity("pop", 1, 2, pop);
    for (name, op) in super::object::COMPARISONS {
        builder = builder.arity_closure(name, 2, 2, move |vm, args| {
            match (vm.bytes_like(&args[0]), vm.bytes_like(&args[1])) {
                (Some(a), Some(b)) => Ok(Value::Bool(op.holds(a.cmp(&b)))),
                _ => Ok(Value::NotImplemented),
            }
        });
    }
    builder.install(vm, &class);
}
