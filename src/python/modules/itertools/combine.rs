//! The iterators that put items together: products, permutations, combinations, rows of several.

use num_traits::{Signed, ToPrimitive};

use super::called;
use crate::python::modules::arguments::{index, keywords};
use crate::python::object::{Args, PyResult, Value};
use crate::python::vm::Vm;

/// A size argument that must not be negative.
fn size(vm: &mut Vm, value: &Value, name: &str) -> PyResult<usize> {
    let number = index(vm, value)?;
    if number.is_negative() {
        return Err(vm.value_error(format!("{name} must be non-negative")));
    }
    Ok(number.to_usize().unwrap_or(usize::MAX))
}

pub(super) fn product(vm: &mut Vm, mut args: Args) -> PyResult {
    let times = args.take_keyword("repeat");
    if let Some((name, _)) = args.keywords.first() {
        let text = format!("'{name}' is an invalid keyword argument for product()");
        return Err(vm.type_error(text));
    }
    let class = vm.class_arg(&args, 0)?;
    let times = match times {
        Some(times) => {
            let times = index(vm, &times)?;
            if times.is_negative() {
                return Err(vm.value_error("repeat argument cannot be negative"));
            }
            times.to_usize().unwrap_or(usize::MAX)
        }
        None => 1,
    };
    let mut pools = Vec::new();
    for part in &args.positional[1..] {
        pools.push(vm.list_from(part)?);
    }
    if pools.len().saturating_mul(times) > 1 << 16 {
        return Err(vm.raise(crate::python::exceptions::Kind::OverflowError, "repeat argument too large"));
    }
    let single = pools.clone();
    let mut pools = Vec::new();
    for _ in 0..times {
        pools.extend(single.iter().cloned());
    }
    let mut state: Option<Vec<usize>> = None;
    Ok(vm.native_iter(&class, move |_| {
        match &mut state {
            None => {
                if pools.iter().any(Vec::is_empty) {
                    return Ok(None);
                }
                state = Some(vec![0; pools.len()]);
            }
            Some(places) => {
                let mut at = places.len();
                loop {
                    if at == 0 {
                        return Ok(None);
                    }
                    at -= 1;
                    places[at] += 1;
                    if places[at] < pools[at].len() {
                        break;
                    }
                    places[at] = 0;
                }
            }
        }
        let places = state.as_deref().unwrap_or_default();
        let row: Vec<Value> = places.iter().zip(&pools).map(|(at, pool)| pool[*at].clone()).collect();
        Ok(Some(Value::tuple(row)))
    }))
}

pub(super) fn permutations(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let [iterable, length] = keywords(vm, args, 1, "permutations", ["iterable", "r"], 1)?;
    let pool = vm.list_from(&iterable)?;
    let n = pool.len();
    let r = if length.is_unset() || length.is_none() {
        n
    } else {
        if length.as_bigint().is_none() {
            return Err(vm.type_error("Expected int as r"));
        }
        size(vm, &length, "r")?
    };
    let mut order: Vec<usize> = (0..n).collect();
    let mut cycles: Vec<usize> = (0..r.min(n)).map(|at| n - at).collect();
    let mut started = false;
    Ok(vm.native_iter(&class, move |_| {
        if r > n {
            return Ok(None);
        }
        if started {
            let mut at = r;
            loop {
                if at == 0 {
                    return Ok(None);
                }
                at -= 1;
                cycles[at] -= 1;
                if cycles[at] == 0 {
                    order[at..].rotate_left(1);
                    cycles[at] = n - at;
                } else {
                    let other = n - cycles[at];
                    order.swap(at, other);
                    break;
                }
            }
        }
        started = true;
        Ok(Some(Value::tuple(order[..r].iter().map(|at| pool[*at].clone()).collect::<Vec<_>>())))
    }))
}

pub(super) fn combinations(vm: &mut Vm, args: Args) -> PyResult {
    choose(vm, args, "combinations", false)
}

pub(super) fn combinations_with_replacement(vm: &mut Vm, args: Args) -> PyResult {
    choose(vm, args, "combinations_with_replacement", true)
}

fn choose(vm: &mut Vm, args: Args, name: &str, again: bool) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let [iterable, length] = keywords(vm, args, 1, name, ["iterable", "r"], 2)?;
    let pool = vm.list_from(&iterable)?;
    let r = size(vm, &length, "r")?;
    let n = pool.len();
    let impossible = if again { n == 0 && r > 0 } else { r > n };
    if again && r > 1 << 16 {
        return Err(vm.raise(crate::python::exceptions::Kind::MemoryError, ""));
    }
    let mut places: Vec<usize> = if impossible {
        Vec::new()
    } else if again {
        vec![0; r]
    } else {
        (0..r).collect()
    };
    let mut started = false;
    Ok(vm.native_iter(&class, move |_| {
        if impossible {
            return Ok(None);
        }
        if started {
            let highest = |at: usize| if again { n - 1 } else { at + n - r };
            let Some(at) = (0..r).rev().find(|at| places[*at] != highest(*at)) else { return Ok(None) };
            let next = places[at] + 1;
            for (step, place) in places[at..].iter_mut().enumerate() {
                *place = if again { next } else { next + step };
            }
        }
        started = true;
        Ok(Some(Value::tuple(places.iter().map(|at| pool[*at].clone()).collect::<Vec<_>>())))
    }))
}

pub(super) fn zip_longest(vm: &mut Vm, mut args: Args) -> PyResult {
    let fill = args.take_keyword("fillvalue").unwrap_or(Value::None);
    if !args.keywords.is_empty() {
        return Err(vm.type_error("zip_longest() got an unexpected keyword argument"));
    }
    let class = called(vm, &args, 0, usize::MAX)?;
    let mut sources = Vec::new();
    for part in &args.positional[1..] {
        sources.push(Some(vm.iter(part)?));
    }
    Ok(vm.native_iter(&class, move |vm| {
        let mut row = Vec::with_capacity(sources.len());
        for source in &mut sources {
            let item = match source {
                Some(items) => vm.next(items)?,
                None => None,
            };
            if item.is_none() {
                *source = None;
            }
            row.push(item.unwrap_or_else(|| fill.clone()));
        }
        Ok(if sources.iter().all(Option::is_none) { None } else { Some(Value::tuple(row)) })
    }))
}
