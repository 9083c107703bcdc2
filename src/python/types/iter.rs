//! `range`, `slice`, iterators, `enumerate`, `zip`, `map`, `filter`, `reversed`.

use std::rc::Rc;

use num_traits::Signed;

use super::dunder;
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, IterState, PyResult, Range, Slice, Value};
use crate::python::vm::Vm;

fn new_range(vm: &mut Vm, args: Args) -> PyResult {
    if !args.keywords.is_empty() {
        return Err(vm.type_error("range() takes no keyword arguments"));
    }
    let given = args.len() - 1;
    let mut parts = Vec::new();
    for value in args.positional.iter().skip(1) {
        parts.push(vm.index(value)?);
    }
    let (start, stop, step) = match parts.as_slice() {
        [] => return Err(vm.type_error("range expected at least 1 argument, got 0")),
        [stop] => (Value::Int(0), stop.clone(), Value::Int(1)),
        [start, stop] => (start.clone(), stop.clone(), Value::Int(1)),
        [start, stop, step] => (start.clone(), stop.clone(), step.clone()),
        _ => return Err(vm.type_error(format!("range expected at most 3 arguments, got {given}"))),
    };
    if matches!(step, Value::Int(0)) {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    Ok(Value::Range(Rc::new(Range { start, stop, step })))
}

fn range(vm: &mut Vm, value: &Value) -> PyResult<Rc<Range>> {
    match value {
        Value::Range(range) => Ok(range.clone()),
        _ => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("descriptor requires a 'range' object but received a '{given}'")))
        }
    }
}

fn range_position(vm: &mut Vm, range: &Range, item: &Value) -> PyResult<Option<num_bigint::BigInt>> {
    let Some(number) = item.as_bigint() else { return Ok(None) };
    let part = |value: &Value| value.as_bigint().unwrap_or_default();
    let (count, rest) = num_integer::Integer::div_mod_floor(&(number - part(&range.start)), &part(&range.step));
    let within = rest == num_bigint::BigInt::default() && !count.is_negative() && count < vm.range_len(range);
    Ok(within.then_some(count))
}

fn install_range(vm: &mut Vm) {
    let class = vm.types.range.clone();
    let builder = ClassBuilder::new("range")
        .builtin()
        .derivable(false)
        .constructor(new_range)
        .raw("__init__", |_, _| Ok(Value::None))
        .arity("index", 2, 2, |vm, args| {
            let range = range(vm, &args[0])?;
            match range_position(vm, &range, &args[1])? {
                Some(at) => Ok(Value::int(at)),
                None => {
                    let text = vm.repr(&args[1])?;
                    Err(vm.value_error(format!("{text} is not in range")))
                }
            }
        })
        .arity("count", 2, 2, |vm, args| {
            let range = range(vm, &args[0])?;
            Ok(Value::from(range_position(vm, &range, &args[1])?.is_some() as i64))
        })
        .arity("__reversed__", 1, 1, |vm, args| {
            let range = range(vm, &args[0])?;
            reversed_range(vm, &range)
        })
        .arity("__getitem__", 2, 2, |vm, args| vm.get_item_native(&args[0], &args[1]))
        .property("start", |vm, args| Ok(range(vm, &args[0])?.start.clone()))
        .property("stop", |vm, args| Ok(range(vm, &args[0])?.stop.clone()))
        .property("step", |vm, args| Ok(range(vm, &args[0])?.step.clone()));
    dunder::container(dunder::comparisons(dunder::basics(builder))).install(vm, &class);

    let class = vm.types.slice.clone();
    let builder = ClassBuilder::new("slice")
        .builtin()
        .derivable(false)
        .constructor(|vm, args| {
            let (start, stop, step) = match &args.positional[1..] {
                [stop] => (Value::None, stop.clone(), Value::None),
                [start, stop] => (start.clone(), stop.clone(), Value::None),
                [start, stop, step] => (start.clone(), stop.clone(), step.clone()),
                [] => return Err(vm.type_error("slice expected at least 1 argument, got 0")),
                more => return Err(vm.type_error(format!("slice expected at most 3 arguments, got {}", more.len()))),
            };
            Ok(Value::Slice(Rc::new(Slice { start, stop, step })))
        })
        .raw("__init__", |_, _| Ok(Value::None))
        .arity("indices", 2, 2, |vm, args| {
            let Value::Slice(slice) = &args[0] else { return Ok(Value::None) };
            let length = vm.index_i64(&args[1])?;
            let Ok(length) = usize::try_from(length) else {
                return Err(vm.value_error("length should not be negative"));
            };
            let steps = vm.slice_steps(slice, length)?;
            Ok(Value::tuple([Value::Int(steps.start), Value::Int(steps.stop), Value::Int(steps.step)]))
        })
        .arity("__repr__", 1, 1, |vm, args| vm.native_repr(&args[0]).map(Value::from))
        .value("__hash__", Value::None);
    dunder::comparisons(builder).install(vm, &class);
}

fn reversed_range(vm: &mut Vm, range: &Rc<Range>) -> PyResult {
    let part = |value: &Value| value.as_bigint().unwrap_or_default();
    let (start, step) = (part(&range.start), part(&range.step));
    let count = vm.range_len(range);
    let last = &start + (count - 1) * &step;
    let turned = Range { start: Value::int(last), stop: Value::int(start - &step), step: Value::int(-step) };
    vm.iter(&Value::Range(Rc::new(turned)))
}

impl Vm {
    /// `reversed(value)`
    pub fn reversed(&mut self, value: &Value) -> PyResult {
        let types = self.types.clone();
        if let Value::Instance(_) | Value::Class(_) = value {
            let class = self.class_of(value);
            match class.lookup(&self.names.reversed) {
                Some(Value::None) => {}
                Some(found) => {
                    let bound = self.bind(&found, value, &class)?;
                    return self.call(&bound, ());
                }
                None => {
                    if class.lookup(&self.names.getitem).is_some() && class.lookup(&self.names.len).is_some() {
                        let (object, mut left) = (value.clone(), self.len(value)?);
                        return Ok(self.native_iter(&types.reversed, move |vm| {
                            if left == 0 {
                                return Ok(None);
                            }
                            left -= 1;
                            vm.get_item(&object, &Value::from(left)).map(Some)
                        }));
                    }
                }
            }
            if class.lookup(&self.names.getitem).is_some() && class.lookup(&self.names.reversed).is_none() {
                self.len(value)?;
            }
            let given = class.name();
            return Err(self.type_error(format!("'{given}' object is not reversible")));
        }
        Ok(match value {
            Value::List(list) => {
                self.new_iter(&types.list_reverseiterator, IterState::ListReversed(list.clone(), list.len()))
            }
            Value::Tuple(_) | Value::Str(_) | Value::Bytes(_) => {
                let mut items = self.list_from(value)?;
                self.native_iter(&types.reversed, move |_| Ok(items.pop()))
            }
            Value::Range(range) => reversed_range(self, range)?,
            Value::Dict(_) => self.call_method(value, "__reversed__", ())?,
            _ => {
                let given = self.type_name(value);
                return Err(self.type_error(format!("'{given}' object is not reversible")));
            }
        })
    }
}

fn iterators(vm: &mut Vm, args: &[Value]) -> PyResult<Vec<Value>> {
    args.iter().map(|value| vm.iter(value)).collect()
}

fn new_zip(vm: &mut Vm, mut args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let strict = match args.take_keyword("strict") {
        Some(value) => vm.truth(&value)?,
        None => false,
    };
    if let Some((name, _)) = args.keywords.first() {
        return Err(vm.type_error(format!("'{name}' is an invalid keyword argument for zip()")));
    }
    let mut sources = Vec::new();
    for value in &args.positional[1..] {
        if !vm.has_iter(value) && !vm.is_iterator(value) {
            let given = vm.type_name(value);
            return Err(vm.type_error(format!("'{given}' object is not iterable")));
        }
        sources.push(vm.iter(value)?);
    }
    Ok(vm.native_iter(&class, move |vm| {
        if sources.is_empty() {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(sources.len());
        for (at, source) in sources.iter().enumerate() {
            match vm.next(source)? {
                Some(item) => items.push(item),
                None => {
                    if strict {
                        if at > 0 {
                            let plural = if at == 1 { "argument 1".to_owned() } else { format!("arguments 1-{at}") };
                            return Err(vm.value_error(format!("zip() argument {} is shorter than {plural}", at + 1)));
                        }
                        for (other, source) in sources.iter().enumerate().skip(1) {
                            if vm.next(source)?.is_some() {
                                let plural =
                                    if other == 1 { "argument 1".to_owned() } else { format!("arguments 1-{other}") };
                                return Err(
                                    vm.value_error(format!("zip() argument {} is longer than {plural}", other + 1))
                                );
                            }
                        }
                    }
                    return Ok(None);
                }
            }
        }
        Ok(Some(Value::tuple(items)))
    }))
}

fn new_enumerate(vm: &mut Vm, mut args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let start = match args.take_keyword("start").or_else(|| args.get(2).cloned()) {
        Some(value) => vm.index(&value)?,
        None => Value::Int(0),
    };
    let Some(iterable) = args.take_keyword("iterable").or_else(|| args.get(1).cloned()) else {
        return Err(vm.type_error("enumerate() missing required argument 'iterable'"));
    };
    let source = vm.iter(&iterable)?;
    let mut at = start;
    Ok(vm.native_iter(&class, move |vm| {
        let Some(item) = vm.next(&source)? else { return Ok(None) };
        let index = at.clone();
        at = vm.binary(crate::python::nodes::BinaryOp::Add, &at, &Value::Int(1))?;
        Ok(Some(Value::tuple([index, item])))
    }))
}

fn install_iterators(vm: &mut Vm) {
    let types = vm.types.clone();
    let all: [&Rc<Class>; 23] = [
        &types.dict_keyiterator,
        &types.dict_valueiterator,
        &types.dict_itemiterator,
        &types.dict_reversekeyiterator,
        &types.dict_reversevalueiterator,
        &types.dict_reverseitemiterator,
        &types.list_iterator,
        &types.list_reverseiterator,
        &types.tuple_iterator,
        &types.str_iterator,
        &types.str_ascii_iterator,
        &types.bytes_iterator,
        &types.bytearray_iterator,
        &types.set_iterator,
        &types.range_iterator,
        &types.longrange_iterator,
        &types.iterator,
        &types.callable_iterator,
        &types.enumerate,
        &types.zip,
        &types.map,
        &types.filter,
        &types.reversed,
    ];
    for class in all {
        ClassBuilder::new(&*class.name())
            .builtin()
            .derivable(false)
            .arity("__iter__", 1, 1, |_, args| Ok(args[0].clone()))
            .arity("__next__", 1, 1, |vm, args| match vm.next(&args[0])? {
                Some(item) => Ok(item),
                None => Err(vm.raise(Kind::StopIteration, "")),
            })
            .arity("__length_hint__", 1, 1, |_, args| {
                let Value::Iter(iter) = &args[0] else { return Ok(Value::NotImplemented) };
                Ok(match &*iter.state.borrow() {
                    IterState::Done => Value::Int(0),
                    IterState::List(list, at) => Value::from(list.len().saturating_sub(*at)),
                    IterState::Tuple(tuple, at) => Value::from(tuple.len().saturating_sub(*at)),
                    IterState::Range(_, left, _) => Value::from(*left),
                    _ => Value::NotImplemented,
                })
            })
            .install(vm, class);
    }
    ClassBuilder::new("zip").builtin().derivable(false).constructor(new_zip).install(vm, &types.zip);
    ClassBuilder::new("enumerate")
        .builtin()
        .derivable(false)
        .constructor(new_enumerate)
        .class_method("__class_getitem__", "cls, item, /", super::type_::class_getitem)
        .install(vm, &types.enumerate);
    ClassBuilder::new("map")
        .builtin()
        .derivable(false)
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            if args.len() < 3 {
                return Err(vm.type_error("map() must have at least two arguments."));
            }
            let function = args[1].clone();
            let sources = iterators(vm, &args.positional[2..])?;
            Ok(vm.native_iter(&class, move |vm| {
                let mut items = Args::none();
                for source in &sources {
                    match vm.next(source)? {
                        Some(item) => items.positional.push(item),
                        None => return Ok(None),
                    }
                }
                vm.call_args(&function, items).map(Some)
            }))
        })
        .install(vm, &types.map);
    ClassBuilder::new("filter")
        .builtin()
        .derivable(false)
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            if args.len() != 3 {
                return Err(vm.type_error(format!("filter expected 2 arguments, got {}", args.len() - 1)));
            }
            let function = args[1].clone();
            let source = vm.iter(&args[2])?;
            Ok(vm.native_iter(&class, move |vm| {
                while let Some(item) = vm.next(&source)? {
                    let keep = match &function {
                        Value::None => vm.truth(&item)?,
                        function => {
                            let answer = vm.call(function, [item.clone()])?;
                            vm.truth(&answer)?
                        }
                    };
                    if keep {
                        return Ok(Some(item));
                    }
                }
                Ok(None)
            }))
        })
        .install(vm, &types.filter);
    ClassBuilder::new("reversed")
        .builtin()
        .derivable(false)
        .constructor(|vm, args| {
            if args.len() != 2 {
                return Err(vm.type_error(format!("reversed expected 1 argument, got {}", args.len() - 1)));
            }
            vm.reversed(&args[1])
        })
        .install(vm, &types.reversed);
}

pub(super) fn install(vm: &mut Vm) {
    install_range(vm);
    install_iterators(vm);
    for (class, name) in [
        (vm.types.none.clone(), "NoneType"),
        (vm.types.ellipsis.clone(), "ellipsis"),
        (vm.types.not_implemented.clone(), "NotImplementedType"),
    ] {
        ClassBuilder::new(name)
            .builtin()
            .derivable(false)
            .constructor(|vm, args| {
                let class = vm.class_arg(&args, 0)?;
                if args.len() > 1 || !args.keywords.is_empty() {
                    return Err(vm.type_error(format!("{} takes no arguments", class.name())));
                }
                Ok(match class.name().as_str() {
                    "NoneType" => Value::None,
                    "ellipsis" => Value::Ellipsis,
                    _ => Value::NotImplemented,
                })
            })
            .arity("__bool__", 1, 1, |vm, args| vm.truth(&args[0]).map(Value::Bool))
            .arity("__repr__", 1, 1, |vm, args| vm.native_repr(&args[0]).map(Value::from))
            .install(vm, &class);
    }
    let class = vm.types.simple_namespace.clone();
    class.has_dict.set(true);
    ClassBuilder::new("SimpleNamespace")
        .module("types")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(crate::python::object::Instance::new(class).into())
        })
        .raw("__init__", |vm, args| {
            if args.len() > 1 {
                return Err(vm.type_error("no positional arguments expected"));
            }
            for (name, value) in args.keywords {
                vm.set_attr_str(&args.positional[0], &name, value)?;
            }
            Ok(Value::None)
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let Value::Instance(instance) = &args[0] else { return Ok(Value::None) };
            let name = if Rc::ptr_eq(&instance.class(), &vm.types.simple_namespace) {
                "namespace".into()
            } else {
                instance.class().name()
            };
            let items = instance.dict().str_items();
            let text = vm.guarded(&args[0], &format!("{name}(...)"), |vm| {
                let mut parts = Vec::new();
                for (key, value) in items {
                    parts.push(format!("{key}={}", vm.repr(&value)?));
                }
                Ok(format!("{name}({})", parts.join(", ")))
            })?;
            Ok(Value::from(text))
        })
        .arity("__eq__", 2, 2, |vm, args| {
            let (Value::Instance(a), Value::Instance(b)) = (&args[0], &args[1]) else {
                return Ok(Value::NotImplemented);
            };
            if !b.class().derives_from(&vm.types.simple_namespace) {
                return Ok(Value::NotImplemented);
            }
            let (a, b) = (Value::Dict(a.dict().clone()), Value::Dict(b.dict().clone()));
            Ok(Value::Bool(vm.eq(&a, &b)?))
        })
        .value("__hash__", Value::None)
        .install(vm, &class);
    class.dotted.set(true);
    let class = vm.types.module.clone();
    ClassBuilder::new("module")
        .builtin()
        .constructor(|vm, args| {
            let Some(name) = args[1].as_str().cloned() else {
                return Err(vm.type_error("module() argument 'name' must be str"));
            };
            Ok(Value::Module(crate::python::object::Module::new(&*name).build()))
        })
        .arity("__repr__", 1, 1, |vm, args| vm.native_repr(&args[0]).map(Value::from))
        .install(vm, &class);
}
