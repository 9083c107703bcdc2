//! The iterators that walk along one or several others.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use num_traits::{Signed, ToPrimitive};

use super::called;
use crate::python::modules::arguments::{index, keywords};
use crate::python::object::{Args, Class, PyResult, Value};
use crate::python::vm::Vm;

/// The class of the iterators that `tee` gives.
pub(super) struct TeeClass(pub Rc<Class>);
/// The class of `groupby`'s groups.
pub(super) struct GroupClass(pub Rc<Class>);

/// For classes that can't be called.
pub(super) fn refuse(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let text = format!("cannot create 'itertools.{}' instances", class.name());
    Err(vm.type_error(text))
}

pub(super) fn accumulate(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let [iterable, function, initial] = keywords(vm, args, 1, "accumulate", ["iterable", "func", "initial"], 1)?;
    let items = vm.iter(&iterable)?;
    let function = if function.is_unset() { Value::None } else { function };
    let mut first = if initial.is_unset() || initial.is_none() { None } else { Some(initial) };
    let mut total: Option<Value> = None;
    Ok(vm.native_iter(&class, move |vm| {
        if let Some(first) = first.take() {
            total = Some(first.clone());
            return Ok(Some(first));
        }
        let Some(item) = vm.next(&items)? else { return Ok(None) };
        let next = match total.take() {
            None => item,
            Some(before) if function.is_none() => add(vm, &before, &item)?,
            Some(before) => vm.call(&function, [before, item])?,
        };
        total = Some(next.clone());
        Ok(Some(next))
    }))
}

/// `a + b`
fn add(vm: &mut Vm, a: &Value, b: &Value) -> PyResult {
    if let (Value::Int(a), Value::Int(b)) = (a, b)
        && let Some(sum) = a.checked_add(*b)
    {
        return Ok(Value::Int(sum));
    }
    vm.binary(crate::python::nodes::BinaryOp::Add, a, b)
}

pub(super) fn chain(vm: &mut Vm, args: Args) -> PyResult {
    let class = called(vm, &args, 0, usize::MAX)?;
    let parts = Value::tuple(args.positional[1..].to_vec());
    let outer = vm.iter(&parts)?;
    Ok(chained(vm, &class, outer))
}

pub(super) fn chained(vm: &mut Vm, class: &Rc<Class>, outer: Value) -> Value {
    let mut inner: Option<Value> = None;
    vm.native_iter(class, move |vm| {
        loop {
            if let Some(items) = &inner {
                if let Some(item) = vm.next(items)? {
                    return Ok(Some(item));
                }
                inner = None;
            }
            match vm.next(&outer)? {
                Some(part) => inner = Some(vm.iter(&part)?),
                None => return Ok(None),
            }
        }
    })
}

pub(super) fn compress(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let [data, selectors] = keywords(vm, args, 1, "compress", ["data", "selectors"], 2)?;
    let (data, selectors) = (vm.iter(&data)?, vm.iter(&selectors)?);
    Ok(vm.native_iter(&class, move |vm| {
        loop {
            let Some(item) = vm.next(&data)? else { return Ok(None) };
            let Some(selector) = vm.next(&selectors)? else { return Ok(None) };
            if vm.truth(&selector)? {
                return Ok(Some(item));
            }
        }
    }))
}

pub(super) fn count(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let [start, step] = keywords(vm, args, 1, "count", ["start", "step"], 0)?;
    let start = if start.is_unset() { Value::Int(0) } else { start };
    let step = if step.is_unset() { Value::Int(1) } else { step };
    let mut next = start;
    Ok(vm.native_iter(&class, move |vm| {
        let after = add(vm, &next, &step)?;
        Ok(Some(std::mem::replace(&mut next, after)))
    }))
}

pub(super) fn cycle(vm: &mut Vm, args: Args) -> PyResult {
    let class = called(vm, &args, 1, 1)?;
    let items = vm.iter(&args[1])?;
    let mut saved: Vec<Value> = Vec::new();
    let mut replay: Option<usize> = None;
    Ok(vm.native_iter(&class, move |vm| {
        if replay.is_none() {
            if let Some(item) = vm.next(&items)? {
                if saved.len() % 4096 == 4095 {
                    vm.reserve(saved.len() * 16)?;
                }
                saved.push(item.clone());
                return Ok(Some(item));
            }
            replay = Some(0);
        }
        let at = replay.unwrap_or(0);
        if saved.is_empty() {
            return Ok(None);
        }
        replay = Some((at + 1) % saved.len());
        Ok(saved.get(at).cloned())
    }))
}

pub(super) fn dropwhile(vm: &mut Vm, args: Args) -> PyResult {
    let class = called(vm, &args, 2, 2)?;
    let predicate = args[1].clone();
    let items = vm.iter(&args[2])?;
    let mut dropping = true;
    Ok(vm.native_iter(&class, move |vm| {
        loop {
            let Some(item) = vm.next(&items)? else { return Ok(None) };
            if dropping {
                let answer = vm.call(&predicate, item.clone())?;
                if vm.truth(&answer)? {
                    continue;
                }
                dropping = false;
            }
            return Ok(Some(item));
        }
    }))
}

pub(super) fn takewhile(vm: &mut Vm, args: Args) -> PyResult {
    let class = called(vm, &args, 2, 2)?;
    let predicate = args[1].clone();
    let items = vm.iter(&args[2])?;
    Ok(vm.native_iter(&class, move |vm| {
        let Some(item) = vm.next(&items)? else { return Ok(None) };
        let answer = vm.call(&predicate, item.clone())?;
        Ok(vm.truth(&answer)?.then_some(item))
    }))
}

pub(super) fn filterfalse(vm: &mut Vm, args: Args) -> PyResult {
    let class = called(vm, &args, 2, 2)?;
    let predicate = args[1].clone();
    let items = vm.iter(&args[2])?;
    Ok(vm.native_iter(&class, move |vm| {
        loop {
            let Some(item) = vm.next(&items)? else { return Ok(None) };
            let answer = if predicate.is_none() { item.clone() } else { vm.call(&predicate, item.clone())? };
            if !vm.truth(&answer)? {
                return Ok(Some(item));
            }
        }
    }))
}

pub(super) fn starmap(vm: &mut Vm, args: Args) -> PyResult {
    let class = called(vm, &args, 2, 2)?;
    let function = args[1].clone();
    let items = vm.iter(&args[2])?;
    Ok(vm.native_iter(&class, move |vm| {
        let Some(item) = vm.next(&items)? else { return Ok(None) };
        let given = vm.list_from(&item)?;
        vm.call(&function, given).map(Some)
    }))
}

pub(super) fn pairwise(vm: &mut Vm, args: Args) -> PyResult {
    let class = called(vm, &args, 1, 1)?;
    let items = vm.iter(&args[1])?;
    let mut before: Option<Value> = None;
    Ok(vm.native_iter(&class, move |vm| {
        let first = match before.take() {
            Some(first) => first,
            None => match vm.next(&items)? {
                Some(first) => first,
                None => return Ok(None),
            },
        };
        let Some(second) = vm.next(&items)? else { return Ok(None) };
        before = Some(second.clone());
        Ok(Some(Value::tuple([first, second])))
    }))
}

pub(super) fn repeat(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let [object, times] = keywords(vm, args, 1, "repeat", ["object", "times"], 1)?;
    let mut left = match times {
        Value::Unset => None,
        times => {
            let times = index(vm, &times)?;
            Some(if times.is_negative() { 0 } else { times.to_u64().unwrap_or(u64::MAX) })
        }
    };
    Ok(vm.native_iter(&class, move |_| {
        if let Some(left) = &mut left {
            if *left == 0 {
                return Ok(None);
            }
            *left -= 1;
        }
        Ok(Some(object.clone()))
    }))
}

pub(super) fn islice(vm: &mut Vm, args: Args) -> PyResult {
    let class = called(vm, &args, 2, 4)?;
    let (start, stop, step) = match args.len() {
        3 => (Value::None, args[2].clone(), Value::None),
        _ => (args[2].clone(), args[3].clone(), if args.len() > 4 { args[4].clone() } else { Value::None }),
    };
    let mut bound = |value: &Value, text: &str| -> PyResult<Option<u64>> {
        if value.is_none() {
            return Ok(None);
        }
        match value.as_bigint().and_then(|number| number.to_u64()).filter(|number| *number <= i64::MAX as u64) {
            Some(number) => Ok(Some(number)),
            None => Err(vm.value_error(text)),
        }
    };
    let limits = if args.len() == 3 {
        "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."
    } else {
        "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."
    };
    let stop = bound(&stop, limits)?;
    let start = bound(&start, "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")?.unwrap_or(0);
    let step = match bound(&step, "Step for islice() must be a positive integer or None.")? {
        Some(0) => return Err(vm.value_error("Step for islice() must be a positive integer or None.")),
        step => step.unwrap_or(1),
    };
    let items = vm.iter(&args[1])?;
    let (mut at, mut next) = (0, start);
    Ok(vm.native_iter(&class, move |vm| {
        if stop.is_some_and(|stop| next >= stop) {
            // What lies before the end is consumed, as CPython does it.
            while stop.is_some_and(|stop| at < stop) {
                if vm.next(&items)?.is_none() {
                    break;
                }
                at += 1;
            }
            return Ok(None);
        }
        while at < next {
            if vm.next(&items)?.is_none() {
                return Ok(None);
            }
            at += 1;
        }
        let Some(item) = vm.next(&items)? else { return Ok(None) };
        at += 1;
        next = next.saturating_add(step);
        Ok(Some(item))
    }))
}

struct Tee {
    source: Value,
    queues: Vec<VecDeque<Value>>,
}

pub(super) fn tee(vm: &mut Vm, args: Args) -> PyResult {
    let copies = index(vm, &args[1])?;
    let Some(copies) = copies.to_usize().filter(|copies| *copies <= 10_000) else {
        return Err(if copies.is_negative() {
            vm.value_error("n must be >= 0")
        } else {
            vm.raise(crate::python::exceptions::Kind::MemoryError, "")
        });
    };
    let source = vm.iter(&args[0])?;
    let class = vm.host::<TeeClass>().map_or_else(|| vm.types.generator.clone(), |class| class.0.clone());
    let shared = Rc::new(RefCell::new(Tee { source, queues: vec![VecDeque::new(); copies] }));
    let made: Vec<Value> = (0..copies)
        .map(|own| {
            let shared = shared.clone();
            vm.native_iter(&class, move |vm| {
                let (waiting, source) = {
                    let mut tee = shared.borrow_mut();
                    (tee.queues[own].pop_front(), tee.source.clone())
                };
                if waiting.is_some() {
                    return Ok(waiting);
                }
                let Some(item) = vm.next(&source)? else { return Ok(None) };
                let mut tee = shared.borrow_mut();
                for (at, queue) in tee.queues.iter_mut().enumerate() {
                    if at != own {
                        queue.push_back(item.clone());
                    }
                }
                Ok(Some(item))
            })
        })
        .collect();
    Ok(Value::tuple(made))
}

/// Where a `groupby` stands: the group being read is the one with the number `group`.
struct Groups {
    items: Value,
    key: Value,
    current: Option<(Value, Value)>,
    group: u64,
}

impl Groups {
    /// Reads the next item with its key.
    fn advance(shared: &Rc<RefCell<Groups>>, vm: &mut Vm) -> PyResult<Option<(Value, Value)>> {
        let (items, function) = {
            let groups = shared.borrow();
            (groups.items.clone(), groups.key.clone())
        };
        let Some(item) = vm.next(&items)? else { return Ok(None) };
        let key = if function.is_none() { item.clone() } else { vm.call(&function, item.clone())? };
        Ok(Some((key, item)))
    }
}

pub(super) fn groupby(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let [iterable, key] = keywords(vm, args, 1, "groupby", ["iterable", "key"], 1)?;
    let key = if key.is_unset() { Value::None } else { key };
    let items = vm.iter(&iterable)?;
    let group_class = vm.host::<GroupClass>().map_or_else(|| class.clone(), |class| class.0.clone());
    let shared = Rc::new(RefCell::new(Groups { items, key, current: None, group: 0 }));
    let mut last: Option<Value> = None;
    Ok(vm.native_iter(&class, move |vm| {
        // The rest of the group before is skipped.
        loop {
            let current = shared.borrow().current.clone();
            match (&current, &last) {
                (Some((key, _)), Some(before)) if vm.eq(before, key)? => {}
                (Some(_), _) => break,
                (None, _) => {}
            }
            let next = Groups::advance(&shared, vm)?;
            let ended = next.is_none();
            shared.borrow_mut().current = next;
            if ended {
                return Ok(None);
            }
        }
        let (key, group) = {
            let mut groups = shared.borrow_mut();
            groups.group += 1;
            let key = groups.current.as_ref().map_or(Value::None, |(key, _)| key.clone());
            (key, groups.group)
        };
        last = Some(key.clone());
        let (own, target) = (shared.clone(), key.clone());
        let members = vm.native_iter(&group_class, move |vm| {
            if own.borrow().group != group {
                return Ok(None);
            }
            let waiting = own.borrow_mut().current.take();
            let next = match waiting {
                Some(next) => next,
                None => match Groups::advance(&own, vm)? {
                    Some(next) => next,
                    None => return Ok(None),
                },
            };
            if vm.eq(&target, &next.0)? {
                return Ok(Some(next.1));
            }
            own.borrow_mut().current = Some(next);
            Ok(None)
        });
        Ok(Some(Value::tuple([key, members])))
    }))
}
