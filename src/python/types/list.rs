//! `list`, `tuple`, and sorting.

use std::rc::Rc;

use super::{dunder, type_};
use crate::python::exceptions::Kind;
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, ClassBuilder, Instance, IterState, List, PyResult, Value};
use crate::python::ops::compare::CompareOp;
use crate::python::vm::Vm;

fn this(vm: &mut Vm, args: &Args) -> PyResult<Rc<List>> {
    match args[0].as_list() {
        Some(list) => Ok(list.clone()),
        None => {
            let given = vm.type_name(&args[0]);
            Err(vm.type_error(format!("descriptor requires a 'list' object but received a '{given}'")))
        }
    }
}

fn index_of(vm: &mut Vm, get: &dyn Fn(usize) -> Option<Value>, args: &Args, length: usize, kind: &str) -> PyResult {
    let (start, end, _) = super::str_::bounds(vm, args, 2, length)?;
    let mut at = start;
    while let Some(item) = get(at).filter(|_| at < end) {
        vm.tick()?;
        if vm.eq(&item, &args[1])? {
            return Ok(Value::from(at));
        }
        at += 1;
    }
    if kind == "list" {
        let text = vm.repr(&args[1])?;
        return Err(vm.value_error(format!("{text} is not in list")));
    }
    Err(vm.value_error("tuple.index(x): x not in tuple"))
}

fn count_of(vm: &mut Vm, get: &dyn Fn(usize) -> Option<Value>, args: &Args) -> PyResult {
    let (mut at, mut count) = (0, 0);
    while let Some(item) = get(at) {
        vm.tick()?;
        if vm.eq(&item, &args[1])? {
            count += 1;
        }
        at += 1;
    }
    Ok(Value::Int(count))
}

impl Vm {
    /// Sorts stably, by `key` where one is given; `reverse` keeps equal items in their order too.
    pub fn sort_values(&mut self, items: &mut Vec<Value>, key: Option<&Value>, reverse: bool) -> PyResult<()> {
        let mut keyed: Vec<(Value, Value)> = Vec::with_capacity(items.len());
        for item in items.iter() {
            self.tick()?;
            let by = match key {
                Some(key) => self.call(key, [item.clone()])?,
                None => Value::Unset,
            };
            keyed.push((by, item.clone()));
        }
        if reverse {
            keyed.reverse();
        }
        let sorted = self.merge_sort(keyed)?;
        *items = sorted.into_iter().map(|(_, item)| item).collect();
        if reverse {
            items.reverse();
        }
        Ok(())
    }

    fn merge_sort(&mut self, items: Vec<(Value, Value)>) -> PyResult<Vec<(Value, Value)>> {
        let less = |vm: &mut Vm, a: &(Value, Value), b: &(Value, Value)| -> PyResult<bool> {
            let (a, b) = if a.0.is_unset() { (&a.1, &b.1) } else { (&a.0, &b.0) };
            match (a, b) {
                (Value::Int(a), Value::Int(b)) => Ok(a < b),
                (Value::Str(a), Value::Str(b)) => Ok(a.as_str() < b.as_str()),
                _ => vm.compare_truth(CompareOp::Lt, a, b),
            }
        };
        let count = items.len();
        if count < 2 {
            return Ok(items);
        }
        // Runs that are in order already, strictly descending ones turned round; short ones are filled up by insertion.
        let mut runs: Vec<Vec<(Value, Value)>> = Vec::new();
        let mut rest = items.into_iter().peekable();
        while let Some(first) = rest.next() {
            let mut run = vec![first];
            if let Some(second) = rest.peek() {
                self.tick()?;
                let down = less(self, second, &run[0])?;
                while let Some(next) = rest.peek() {
                    self.tick()?;
                    let falls = less(self, next, &run[run.len() - 1])?;
                    if falls != down {
                        break;
                    }
                    if let Some(next) = rest.next() {
                        run.push(next);
                    }
                }
                if down {
                    run.reverse();
                }
                while run.len() < 16 {
                    let Some(next) = rest.next() else { break };
                    let (mut low, mut high) = (0, run.len());
                    while low < high {
                        self.tick()?;
                        let middle = (low + high) / 2;
                        if less(self, &next, &run[middle])? { high = middle } else { low = middle + 1 }
                    }
                    run.insert(low, next);
                }
            }
            runs.push(run);
        }
        while runs.len() > 1 {
            let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
            let mut pairs = runs.into_iter();
            while let Some(left) = pairs.next() {
                let Some(right) = pairs.next() else {
                    merged.push(left);
                    break;
                };
                let mut out = Vec::with_capacity(left.len() + right.len());
                let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
                while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
                    self.tick()?;
                    let next = if less(self, b, a)? { right.next() } else { left.next() };
                    out.extend(next);
                }
                out.extend(left);
                out.extend(right);
                merged.push(out);
            }
            runs = merged;
        }
        Ok(runs.pop().unwrap_or_default())
    }
}

fn new_list(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    if Rc::ptr_eq(&class, &vm.types.list) {
        return Ok(Value::list([]));
    }
    Ok(Instance::with_value(class, Value::list([])).into())
}

fn init_list(vm: &mut Vm, args: Args) -> PyResult {
    let list = this(vm, &args)?;
    if !args.keywords.is_empty() {
        return Err(vm.type_error("list() takes no keyword arguments"));
    }
    if args.len() > 2 {
        return Err(vm.type_error(format!("list expected at most 1 argument, got {}", args.len() - 1)));
    }
    let items = match args.get(1) {
        Some(iterable) => vm.list_from(iterable)?,
        None => Vec::new(),
    };
    let old = std::mem::replace(&mut *list.borrow_mut(), items);
    drop(old);
    Ok(Value::None)
}

fn install_list(vm: &mut Vm) {
    let class = vm.types.list.clone();
    let builder = ClassBuilder::new("list")
        .builtin()
        .constructor(new_list)
        .raw("__init__", init_list)
        .class_method("__class_getitem__", "cls, item, /", type_::class_getitem)
        .arity("append", 2, 2, |vm, mut args| {
            let list = this(vm, &args)?;
            let value = args.take(1);
            list.push(value);
            if list.len() % 65_536 == 0 {
                vm.reserve(list.len() * 16)?;
            }
            Ok(Value::None)
        })
        .arity("extend", 2, 2, |vm, args| {
            let list = this(vm, &args)?;
            vm.in_place(BinaryOp::Add, &Value::List(list), &args[1])?;
            Ok(Value::None)
        })
        .arity("insert", 3, 3, |vm, mut args| {
            let list = this(vm, &args)?;
            let at = vm.index_i64(&args[1])?;
            let count = list.len() as i64;
            let at = if at < 0 { (at + count).max(0) } else { at.min(count) };
            let value = args.take(2);
            list.borrow_mut().insert(at as usize, value);
            Ok(Value::None)
        })
        .arity("pop", 1, 2, |vm, args| {
            let list = this(vm, &args)?;
            let at = match args.get(1) {
                Some(value) => vm.index_i64(value)?,
                None => -1,
            };
            let count = list.len() as i64;
            if count == 0 {
                return Err(vm.raise(Kind::IndexError, "pop from empty list"));
            }
            let place = if at < 0 { at + count } else { at };
            if place < 0 || place >= count {
                return Err(vm.raise(Kind::IndexError, "pop index out of range"));
            }
            Ok(list.borrow_mut().remove(place as usize))
        })
        .arity("remove", 2, 2, |vm, args| {
            let list = this(vm, &args)?;
            let mut at = 0;
            while let Some(item) = list.get(at) {
                vm.tick()?;
                if vm.eq(&item, &args[1])? {
                    if at < list.len() {
                        let old = list.borrow_mut().remove(at);
                        drop(old);
                    }
                    return Ok(Value::None);
                }
                at += 1;
            }
            Err(vm.value_error("list.remove(x): x not in list"))
        })
        .arity("clear", 1, 1, |vm, args| {
            let list = this(vm, &args)?;
            let old = std::mem::take(&mut *list.borrow_mut());
            drop(old);
            Ok(Value::None)
        })
        .arity("copy", 1, 1, |vm, args| {
            let list = this(vm, &args)?;
            vm.list_from(&Value::List(list)).map(Value::list)
        })
        .arity("reverse", 1, 1, |vm, args| {
            this(vm, &args)?.borrow_mut().reverse();
            Ok(Value::None)
        })
        .arity("index", 2, 4, |vm, args| {
            let list = this(vm, &args)?;
            index_of(vm, &|at| list.get(at), &args, list.len(), "list")
        })
        .arity("count", 2, 2, |vm, args| {
            let list = this(vm, &args)?;
            count_of(vm, &|at| list.get(at), &args)
        })
        .method("sort", "self, *, key=None, reverse=False", |vm, args| {
            let list = this(vm, &args)?;
            let reverse = vm.truth(&args[2])?;
            if args.some(1).is_none() && args.some(2).is_some_and(|reverse| reverse.as_str().is_some()) {
                return Err(vm.type_error("'str' object cannot be interpreted as an integer"));
            }
            // The list is empty while it is sorted, as in CPython.
            let mut items = std::mem::take(&mut *list.borrow_mut());
            let result = vm.sort_values(&mut items, args.some(1), reverse);
            let changed = !list.is_empty();
            let old = std::mem::replace(&mut *list.borrow_mut(), items);
            drop(old);
            result?;
            if changed {
                return Err(vm.value_error("list modified during sort"));
            }
            Ok(Value::None)
        })
        .arity("__setitem__", 3, 3, |vm, mut args| {
            let list = this(vm, &args)?;
            let value = args.take(2);
            vm.list_set_item(&list, &args[1], value)?;
            Ok(Value::None)
        })
        .arity("__delitem__", 2, 2, |vm, args| {
            let list = this(vm, &args)?;
            vm.list_del_item(&list, &args[1])?;
            Ok(Value::None)
        })
        .arity("__iadd__", 2, 2, |vm, args| {
            let list = Value::List(this(vm, &args)?);
            vm.in_place(BinaryOp::Add, &list, &args[1])?;
            Ok(args[0].clone())
        })
        .arity("__imul__", 2, 2, |vm, args| {
            let list = Value::List(this(vm, &args)?);
            vm.in_place(BinaryOp::Mul, &list, &args[1])?;
            Ok(args[0].clone())
        })
        .arity("__reversed__", 1, 1, |vm, args| {
            let list = this(vm, &args)?;
            let class = vm.types.list_reverseiterator.clone();
            let count = list.len();
            Ok(vm.new_iter(&class, IterState::ListReversed(list, count)))
        })
        .value("__hash__", Value::None);
    let builder = builder.arity("__repr__", 1, 1, |vm, args| vm.native_repr(args[0].plain()).map(Value::from));
    dunder::sequence(dunder::comparisons(builder)).install(vm, &class);
}

fn new_tuple(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    if !args.keywords.is_empty() && Rc::ptr_eq(&class, &vm.types.tuple) {
        return Err(vm.type_error("tuple() takes no keyword arguments"));
    }
    if args.len() > 2 {
        return Err(vm.type_error(format!("tuple expected at most 1 argument, got {}", args.len() - 1)));
    }
    let exact = Rc::ptr_eq(&class, &vm.types.tuple);
    let tuple = match args.get(1) {
        None => Value::tuple([]),
        Some(tuple @ Value::Tuple(_)) => tuple.clone(),
        Some(iterable) => Value::tuple(vm.list_from(iterable)?),
    };
    Ok(if exact { tuple } else { Instance::with_value(class, tuple).into() })
}

fn install_tuple(vm: &mut Vm) {
    let class = vm.types.tuple.clone();
    let builder = ClassBuilder::new("tuple")
        .builtin()
        .constructor(new_tuple)
        .class_method("__class_getitem__", "cls, item, /", type_::class_getitem)
        .arity("__getnewargs__", 1, 1, |_, args| Ok(Value::tuple([args[0].plain().clone()])))
        .arity("index", 2, 4, |vm, args| {
            let items = args[0].as_tuple().unwrap_or(&[]).to_vec();
            index_of(vm, &|at| items.get(at).cloned(), &args, items.len(), "tuple")
        })
        .arity("count", 2, 2, |vm, args| {
            let items = args[0].as_tuple().unwrap_or(&[]).to_vec();
            count_of(vm, &|at| items.get(at).cloned(), &args)
        });
    dunder::sequence(dunder::comparisons(dunder::basics(builder))).install(vm, &class);
}

pub(super) fn install(vm: &mut Vm) {
    install_list(vm);
    install_tuple(vm);
}
