//! `memoryview`: a window on the bytes of another object.

use std::cell::Cell;

use super::bytearray::ByteArray;
use super::bytes::{byte, data, hex};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;

/// What a `memoryview` looks at: the items of `object` from `start` on, `step` apart.
pub struct MemoryView {
    object: Value,
    start: i64,
    step: i64,
    count: usize,
    released: Cell<bool>,
}

impl MemoryView {
    fn at(&self, index: usize) -> usize {
        (self.start + index as i64 * self.step).max(0) as usize
    }

    /// A copy of what it shows; `None` where it was released.
    pub fn data(&self) -> Option<Vec<u8>> {
        let pick = |all: &[u8]| (0..self.count).filter_map(|index| all.get(self.at(index)).copied()).collect();
        if self.released.get() {
            None
        } else if let Some(array) = self.object.payload::<ByteArray>() {
            Some(pick(&array.0.borrow()))
        } else {
            self.object.as_bytes().map(pick)
        }
    }

    fn is_readonly(&self) -> bool {
        self.object.payload::<ByteArray>().is_none()
    }
}

/// The view, unless it was released.
fn own<'a>(vm: &mut Vm, args: &'a Args) -> PyResult<&'a MemoryView> {
    match args[0].payload::<MemoryView>() {
        Some(view) if view.released.get() => Err(vm.value_error("operation forbidden on released memoryview object")),
        Some(view) => Ok(view),
        None => Err(vm.type_error("a memoryview is required")),
    }
}

fn window(vm: &Vm, object: Value, start: i64, step: i64, count: usize) -> Value {
    let view = MemoryView { object, start, step, count, released: Cell::new(false) };
    Instance::native(vm.types.memoryview.clone(), view).into()
}

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let object = &args[1];
    if let Some(view) = object.payload::<MemoryView>()
        && !view.released.get()
    {
        return Ok(window(vm, view.object.clone(), view.start, view.step, view.count));
    }
    let Some(data) = vm.bytes_like(object) else {
        let given = vm.type_name(object);
        return Err(vm.type_error(format!("memoryview: a bytes-like object is required, not '{given}'")));
    };
    Ok(window(vm, object.clone(), 0, 1, data.len()))
}

/// The index of an item that is there.
fn place(vm: &mut Vm, args: &Args) -> PyResult<usize> {
    let count = own(vm, args)?.count;
    let at = match vm.index_opt(&args[1])? {
        Some(Value::Int(at)) => at,
        Some(_) => return Err(vm.raise(Kind::IndexError, "cannot fit 'int' into an index-sized integer")),
        None => return Err(vm.type_error("memoryview: invalid slice key")),
    };
    let at = if at < 0 { at + count as i64 } else { at };
    match usize::try_from(at).ok().filter(|at| *at < count) {
        Some(at) => Ok(at),
        None => Err(vm.raise(Kind::IndexError, "index out of bounds on dimension 1")),
    }
}

fn get_item(vm: &mut Vm, args: Args) -> PyResult {
    let view = own(vm, &args)?;
    if let Value::Slice(slice) = &args[1] {
        let steps = vm.slice_steps(slice, view.count)?;
        let start = view.start + steps.start * view.step;
        return Ok(window(vm, view.object.clone(), start, view.step.saturating_mul(steps.step), steps.count));
    }
    let at = place(vm, &args)?;
    let found = view.data().and_then(|data| data.get(at).copied());
    Ok(Value::Int(i64::from(found.unwrap_or(0))))
}

fn set_item(vm: &mut Vm, args: Args) -> PyResult {
    let view = own(vm, &args)?;
    if view.is_readonly() {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    let (places, new): (Vec<usize>, Vec<u8>) = match &args[1] {
        Value::Slice(slice) => {
            let steps = vm.slice_steps(slice, view.count)?;
            let new = data(vm, &args, 2)?;
            if new.len() != steps.count {
                return Err(vm.value_error("memoryview assignment: lvalue and rvalue have different structures"));
            }
            (steps.indexes().map(|at| view.at(at)).collect(), new)
        }
        _ => {
            let at = place(vm, &args)?;
            let value = match vm.index_opt(&args[2])? {
                Some(value) => match byte(vm, &value, "byte") {
                    Ok(value) => value,
                    Err(_) => return Err(vm.value_error("memoryview: invalid value for format 'B'")),
                },
                None => return Err(vm.type_error("memoryview: invalid type for format 'B'")),
            };
            (vec![view.at(at)], vec![value])
        }
    };
    if let Some(array) = view.object.payload::<ByteArray>() {
        let mut array = array.0.borrow_mut();
        for (at, value) in places.into_iter().zip(new) {
            if let Some(slot) = array.get_mut(at) {
                *slot = value;
            }
        }
    }
    Ok(Value::None)
}

fn release(_: &mut Vm, args: Args) -> PyResult {
    if let Some(view) = args[0].payload::<MemoryView>() {
        view.released.set(true);
    }
    Ok(Value::None)
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.memoryview.clone();
    ClassBuilder::new("memoryview")
        .builtin()
        .derivable(false)
        .constructor(new)
        .method("tobytes", "self, order='C'", |vm, args| {
            own(vm, &args)?;
            Ok(Value::bytes(data(vm, &args, 0)?))
        })
        .arity("tolist", 1, 1, |vm, args| {
            own(vm, &args)?;
            let own = Value::bytes(data(vm, &args, 0)?);
            Ok(Value::list(vm.list_from(&own)?))
        })
        .method("hex", "self, sep=?, bytes_per_sep=1", hex)
        .arity("toreadonly", 1, 1, |vm, args| {
            let data = Value::bytes(data(vm, &args, 0)?);
            let count = own(vm, &args)?.count;
            Ok(window(vm, data, 0, 1, count))
        })
        .arity("cast", 2, 3, |vm, args| match args[1].as_str() {
            Some(format) if matches!(format.as_str(), "B" | "c" | "b") && args.len() == 2 => Ok(args[0].clone()),
            _ => Err(vm.unsupported("memoryview.cast()")),
        })
        .arity("release", 1, 1, release)
        .arity("__enter__", 1, 1, |_, args| Ok(args[0].clone()))
        .arity("__exit__", 4, 4, release)
        .property("obj", |vm, args| Ok(own(vm, &args)?.object.clone()))
        .property("nbytes", |vm, args| Ok(Value::from(own(vm, &args)?.count)))
        .property("itemsize", |_, _| Ok(Value::Int(1)))
        .property("ndim", |_, _| Ok(Value::Int(1)))
        .property("format", |_, _| Ok(Value::from("B")))
        .property("shape", |vm, args| Ok(Value::tuple([Value::from(own(vm, &args)?.count)])))
        .property("strides", |vm, args| Ok(Value::tuple([Value::Int(own(vm, &args)?.step)])))
        .property("suboffsets", |_, _| Ok(Value::tuple([])))
        .property("contiguous", |vm, args| Ok(Value::Bool(own(vm, &args)?.step == 1)))
        .property("c_contiguous", |vm, args| Ok(Value::Bool(own(vm, &args)?.step == 1)))
        .property("f_contiguous", |vm, args| Ok(Value::Bool(own(vm, &args)?.step == 1)))
        .property("readonly", |vm, args| Ok(Value::Bool(own(vm, &args)?.is_readonly())))
        .arity("__len__", 1, 1, |vm, args| Ok(Value::from(own(vm, &args)?.count)))
        .arity("__getitem__", 2, 2, get_item)
        .arity("__setitem__", 3, 3, set_item)
        .arity("__delitem__", 2, 2, |vm, args| {
            let readonly = own(vm, &args)?.is_readonly();
            Err(vm.type_error(if readonly { "cannot modify read-only memory" } else { "cannot delete memory" }))
        })
        .arity("__hash__", 1, 1, |vm, args| {
            if !own(vm, &args)?.is_readonly() {
                return Err(vm.value_error("cannot hash writable memoryview object"));
            }
            let data = Value::bytes(data(vm, &args, 0)?);
            vm.hash(&data).map(Value::Int)
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let address = vm.identity(&args[0]);
            Ok(Value::from(format!("<memory at {address:#x}>")))
        })
        .arity("__eq__", 2, 2, |vm, args| match (vm.bytes_like(&args[0]), vm.bytes_like(&args[1])) {
            (Some(a), Some(b)) => Ok(Value::Bool(a == b)),
            _ => Ok(Value::NotImplemented),
        })
        .install(vm, &class);
}
