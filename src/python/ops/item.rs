//! Subscripts, slices and membership.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::python::exceptions::Kind;
use crate::python::object::{Args, Dict, List, PyResult, Range, Slice, Str, Value};
use crate::python::vm::Vm;

/// A slice over a known length: where it starts, its step, how many items.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// The first index.
    pub start: i64,
    /// The distance.
    pub step: i64,
    /// How many.
    pub count: usize,
    /// The bound, for assignment.
    pub stop: i64,
}

impl Steps {
    /// The indexes.
    pub fn indexes(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |at| (self.start + at as i64 * self.step) as usize)
    }
}

impl Vm {
    /// `object[index]`
    pub fn get_item(&mut self, object: &Value, index: &Value) -> PyResult {
        match (object, index) {
            (Value::List(list), Value::Int(at)) => {
                let items = list.borrow();
                let place = if *at < 0 { at + items.len() as i64 } else { *at };
                if let Some(item) = usize::try_from(place).ok().and_then(|at| items.get(at)) {
                    return Ok(item.clone());
                }
                drop(items);
                Err(self.raise(Kind::IndexError, "list index out of range"))
            }
            (Value::Dict(dict), key) => {
                let dict = dict.clone();
                match dict.get(self, key)? {
                    Some(value) => Ok(value),
                    None => Err(self.key_error(key.clone())),
                }
            }
            (Value::Instance(_), _) => {
                let name = self.names.getitem.clone();
                match self.call_special(object, &name, std::slice::from_ref(index))? {
                    Some(item) => Ok(item),
                    None => Err(self.not_subscriptable(object)),
                }
            }
            (Value::Class(class), _) => self.get_class_item(object, class, index),
            _ => self.get_item_native(object, index),
        }
    }

    fn not_subscriptable(&mut self, object: &Value) -> crate::python::object::Raised {
        let given = self.type_name(object);
        self.type_error(format!("'{given}' object is not subscriptable"))
    }

    fn get_class_item(&mut self, object: &Value, class: &Rc<crate::python::object::Class>, index: &Value) -> PyResult {
        let name = self.names.getitem.clone();
        if let Some(item) = self.call_special(object, &name, std::slice::from_ref(index))? {
            return Ok(item);
        }
        match class.lookup(&self.names.class_getitem) {
            Some(found) => {
                let bound = self.bind_class(&found, class)?;
                self.call(&bound, [index.clone()])
            }
            None if Rc::ptr_eq(class, &self.types.type_) => {
                crate::python::types::type_::class_getitem(self, Args::new([object.clone(), index.clone()]))
            }
            None => {
                let text = format!("type '{}' is not subscriptable", class.name());
                Err(self.type_error(text))
            }
        }
    }

    /// `object[index]` for the engine's own kinds; instances are seen through.
    pub fn get_item_native(&mut self, object: &Value, index: &Value) -> PyResult {
        let object = object.plain();
        if let (Some(_), Value::Slice(slice)) = (sequence_kind(object), index) {
            return self.get_slice(object, slice);
        }
        match object {
            Value::Dict(dict) => {
                let dict = dict.clone();
                match dict.get(self, index)? {
                    Some(value) => Ok(value),
                    None => Err(self.key_error(index.clone())),
                }
            }
            Value::Range(range) => {
                if let Value::Slice(slice) = index {
                    return self.slice_range(range, slice);
                }
                let Some(at) = self.index_opt(index)? else {
                    let given = self.type_name(index);
                    return Err(self.type_error(format!("range indices must be integers or slices, not {given}")));
                };
                let mut at = at.as_bigint().unwrap_or_default();
                let count = self.range_len(range);
                if at.is_negative() {
                    at += &count;
                }
                if at.is_negative() || at >= count {
                    return Err(self.raise(Kind::IndexError, "range object index out of range"));
                }
                let part = |value: &Value| value.as_bigint().unwrap_or_default();
                Ok(Value::int(part(&range.start) + part(&range.step) * at))
            }
            _ => {
                let Some(kind) = sequence_kind(object) else { return Err(self.not_subscriptable(object)) };
                let Some(at) = self.index_opt(index)? else {
                    let given = self.type_name(index);
                    return Err(self.type_error(match kind {
                        "string" => format!("string indices must be integers, not '{given}'"),
                        "byte" => format!("byte indices must be integers or slices, not {given}"),
                        kind => format!("{kind} indices must be integers or slices, not {given}"),
                    }));
                };
                let Value::Int(at) = at else {
                    return Err(self.raise(Kind::IndexError, "cannot fit 'int' into an index-sized integer"));
                };
                let count = self.len(object)?;
                let place = if at < 0 { at + count as i64 } else { at };
                let found = usize::try_from(place).ok().and_then(|at| match object {
                    Value::Str(text) => text.char_at(at).map(|character| Value::Str(Str::from_char(character))),
                    Value::Bytes(data) => data.get(at).map(|byte| Value::Int(i64::from(*byte))),
                    Value::Tuple(items) => items.get(at).cloned(),
                    Value::List(items) => items.get(at),
                    _ => None,
                });
                match found {
                    Some(item) => Ok(item),
                    None => Err(self.raise(
                        Kind::IndexError,
                        match kind {
                            "byte" => "index out of range".to_owned(),
                            kind => format!("{kind} index out of range"),
                        },
                    )),
                }
            }
        }
    }

    fn get_slice(&mut self, object: &Value, slice: &Slice) -> PyResult {
        let count = self.len(object)?;
        let steps = self.slice_steps(slice, count)?;
        match object {
            Value::Str(text) if text.is_ascii() => self.burn(steps.count),
            Value::Str(text) => self.burn(text.len_bytes()),
            Value::Bytes(_) => self.burn(steps.count),
            _ => self.claim(steps.count * 16)?,
        }
        Ok(match object {
            Value::Str(text) => {
                if steps.step == 1 {
                    let end = steps.start as usize + steps.count;
                    if steps.count == text.len() {
                        return Ok(object.clone());
                    }
                    Value::from(text.slice_chars(steps.start as usize, end))
                } else if text.is_ascii() {
                    let bytes = text.as_bytes();
                    Value::from(
                        steps
                            .indexes()
                            .filter_map(|at| bytes.get(at))
                            .map(|&byte| char::from(byte))
                            .collect::<String>(),
                    )
                } else {
                    let characters: Vec<char> = text.chars().collect();
                    Value::from(steps.indexes().filter_map(|at| characters.get(at)).collect::<String>())
                }
            }
            Value::Bytes(data) => {
                Value::bytes(steps.indexes().filter_map(|at| data.get(at).copied()).collect::<Vec<u8>>())
            }
            Value::Tuple(items) => {
                if steps.step == 1 && steps.count == items.len() {
                    return Ok(object.clone());
                }
                Value::tuple(steps.indexes().filter_map(|at| items.get(at).cloned()).collect::<Vec<_>>())
            }
            Value::List(list) => {
                let items = list.borrow();
                Value::list(steps.indexes().filter_map(|at| items.get(at).cloned()).collect::<Vec<_>>())
            }
            _ => return Err(self.not_subscriptable(object)),
        })
    }

    fn slice_part(&mut self, value: &Value) -> PyResult<Option<BigInt>> {
        if value.is_none() {
            return Ok(None);
        }
        match self.index_opt(value)? {
            Some(index) => Ok(index.as_bigint()),
            None => Err(self.type_error("slice indices must be integers or None or have an __index__ method")),
        }
    }

    /// A slice over a length, as `slice.indices` gives it.
    pub fn slice_steps(&mut self, slice: &Slice, count: usize) -> PyResult<Steps> {
        let (start, stop, step) = match (&slice.start, &slice.stop, &slice.step) {
            // The plain cases need no big integers.
            (Value::None | Value::Int(_), Value::None | Value::Int(_), Value::None | Value::Int(1)) => {
                let length = count as i64;
                let place = |value: &Value, default: i64| match value {
                    Value::Int(at) if *at < 0 => at.saturating_add(length).max(0),
                    Value::Int(at) => (*at).min(length),
                    _ => default,
                };
                (place(&slice.start, 0), place(&slice.stop, length), 1)
            }
            _ => {
                let step = match self.slice_part(&slice.step)? {
                    None => 1,
                    Some(step) if step.is_zero() => return Err(self.value_error("slice step cannot be zero")),
                    Some(step) => step.to_i64().unwrap_or(if step.is_negative() { -i64::MAX } else { i64::MAX }),
                };
                let length = count as i64;
                let (low, high) = if step < 0 { (-1, length - 1) } else { (0, length) };
                let place = |part: Option<BigInt>, default: i64| match part {
                    None => default,
                    Some(at) => {
                        let at = if at.is_negative() { at + length } else { at };
                        at.to_i64().map_or(if at.is_negative() { low } else { high }, |at| at.clamp(low, high))
                    }
                };
                let start = self.slice_part(&slice.start)?;
                let stop = self.slice_part(&slice.stop)?;
                (place(start, if step < 0 { high } else { low }), place(stop, if step < 0 { low } else { high }), step)
            }
        };
        let count = if step > 0 && start < stop {
            (stop - start - 1) / step + 1
        } else if step < 0 && stop < start {
            (start - stop - 1) / -step + 1
        } else {
            0
        };
        Ok(Steps { start, step, count: count as usize, stop })
    }

    fn slice_range(&mut self, range: &Rc<Range>, slice: &Slice) -> PyResult {
        let Some(count) = self.range_len(range).to_i64() else {
            return Err(self.raise(Kind::OverflowError, "Python int too large to convert to C ssize_t"));
        };
        let steps = self.slice_steps(slice, count as usize)?;
        let part = |value: &Value| value.as_bigint().unwrap_or_default();
        let (start, step) = (part(&range.start), part(&range.step));
        Ok(Value::Range(Rc::new(Range {
            start: Value::int(&start + &step * steps.start),
            stop: Value::int(&start + &step * steps.stop),
            step: Value::int(step * steps.step),
        })))
    }

    /// `object[index] = value`
    pub fn set_item(&mut self, object: &Value, index: &Value, value: Value) -> PyResult<()> {
        match object {
            Value::List(list) => {
                let list = list.clone();
                self.list_set_item(&list, index, value)
            }
            Value::Dict(dict) => {
                let old = dict.clone().set(self, index.clone(), value)?;
                drop(old);
                Ok(())
            }
            _ => {
                let name = self.names.setitem.clone();
                match self.call_special(object, &name, &[index.clone(), value])? {
                    Some(_) => Ok(()),
                    None => {
                        let given = self.type_name(object);
                        Err(self.type_error(format!("'{given}' object does not support item assignment")))
                    }
                }
            }
        }
    }

    /// `del object[index]`
    pub fn del_item(&mut self, object: &Value, index: &Value) -> PyResult<()> {
        match object {
            Value::List(list) => {
                let list = list.clone();
                self.list_del_item(&list, index)
            }
            Value::Dict(dict) => {
                let dict = dict.clone();
                self.dict_del_item(&dict, index)
            }
            _ => {
                let name = self.names.delitem.clone();
                match self.call_special(object, &name, std::slice::from_ref(index))? {
                    Some(_) => Ok(()),
                    None => {
                        let given = self.type_name(object);
                        let sequence = !matches!(
                            object,
                            Value::Int(_)
                                | Value::BigInt(_)
                                | Value::Truth(_)
                                | Value::Real(_)
                                | Value::Complex(_)
                                | Value::None
                                | Value::Function(_)
                                | Value::Native(_)
                                | Value::BoundMethod(_)
                        );
                        let does = if sequence && self.index_opt(index)?.is_some() { "doesn't" } else { "does not" };
                        Err(self.type_error(format!("'{given}' object {does} support item deletion")))
                    }
                }
            }
        }
    }

    pub(crate) fn dict_del_item(&mut self, dict: &Rc<Dict>, key: &Value) -> PyResult<()> {
        match dict.remove(self, key)? {
            Some(_) => Ok(()),
            None => Err(self.key_error(key.clone())),
        }
    }

    fn list_place(&mut self, list: &List, index: &Value, doing: &str) -> PyResult<usize> {
        let Some(at) = self.index_opt(index)? else {
            let given = self.type_name(index);
            return Err(self.type_error(format!("list indices must be integers or slices, not {given}")));
        };
        let Value::Int(at) = at else {
            return Err(self.raise(Kind::IndexError, "cannot fit 'int' into an index-sized integer"));
        };
        let count = list.len() as i64;
        let place = if at < 0 { at + count } else { at };
        if place < 0 || place >= count {
            return Err(self.raise(Kind::IndexError, format!("list {doing}index out of range")));
        }
        Ok(place as usize)
    }

    pub(crate) fn list_set_item(&mut self, list: &Rc<List>, index: &Value, value: Value) -> PyResult<()> {
        if let Value::Slice(slice) = index {
            let items = match &value {
                Value::List(items) => items.to_vec(),
                other => match self.list_from(other) {
                    Err(raised) if raised.is(self.exceptions.get(Kind::TypeError)) && !self.has_iter(other) => {
                        let extended = !slice.step.is_none();
                        return Err(self.type_error(if extended {
                            "must assign iterable to extended slice"
                        } else {
                            "can only assign an iterable"
                        }));
                    }
                    items => items?,
                },
            };
            let steps = self.slice_steps(slice, list.len())?;
            if steps.step == 1 {
                let start = steps.start as usize;
                let end = (steps.stop.max(steps.start)) as usize;
                self.reserve((list.len() + items.len()) * 16)?;
                let old: Vec<Value> = {
                    let mut own = list.borrow_mut();
                    let end = end.min(own.len());
                    own.splice(start.min(end)..end, items).collect()
                };
                drop(old);
                return Ok(());
            }
            if items.len() != steps.count {
                return Err(self.value_error(format!(
                    "attempt to assign sequence of size {} to extended slice of size {}",
                    items.len(),
                    steps.count
                )));
            }
            for (at, item) in steps.indexes().zip(items) {
                let old = list.borrow_mut().get_mut(at).map(|slot| std::mem::replace(slot, item));
                drop(old);
            }
            return Ok(());
        }
        let at = self.list_place(list, index, "assignment ")?;
        let old = list.borrow_mut().get_mut(at).map(|slot| std::mem::replace(slot, value));
        drop(old);
        Ok(())
    }

    /// Whether `iter()` would have something to call.
    pub fn has_iter(&self, value: &Value) -> bool {
        match value {
            Value::Instance(_) | Value::Class(_) => {
                let class = self.class_of(value);
                class.lookup(&self.names.iter).is_some_and(|found| !found.is_none())
                    || class.lookup(&self.names.getitem).is_some()
            }
            Value::Iter(_)
            | Value::Generator(_)
            | Value::List(_)
            | Value::Tuple(_)
            | Value::Str(_)
            | Value::Bytes(_)
            | Value::Dict(_)
            | Value::Set(_)
            | Value::FrozenSet(_)
            | Value::Range(_) => true,
            _ => false,
        }
    }

    pub(crate) fn list_del_item(&mut self, list: &Rc<List>, index: &Value) -> PyResult<()> {
        if let Value::Slice(slice) = index {
            let steps = self.slice_steps(slice, list.len())?;
            let mut gone: Vec<usize> = steps.indexes().collect();
            gone.sort_unstable();
            let mut at = 0;
            let old: Vec<Value> = {
                let mut own = list.borrow_mut();
                let mut old = Vec::with_capacity(gone.len());
                let mut kept = Vec::with_capacity(own.len());
                for (position, item) in own.drain(..).enumerate() {
                    if gone.get(at) == Some(&position) {
                        at += 1;
                        old.push(item);
                    } else {
                        kept.push(item);
                    }
                }
                *own = kept;
                old
            };
            drop(old);
            return Ok(());
        }
        let at = self.list_place(list, index, "assignment ")?;
        let old = list.borrow_mut().remove(at);
        drop(old);
        Ok(())
    }

    /// `item in container`
    pub fn contains(&mut self, container: &Value, item: &Value) -> PyResult<bool> {
        match container {
            Value::Instance(_) | Value::Class(_) => {
                let class = self.class_of(container);
                match class.lookup(&self.names.contains) {
                    Some(Value::None) => {
                        let given = class.name();
                        return Err(self.type_error(format!("'{given}' object is not a container")));
                    }
                    Some(found) => {
                        let bound = self.bind(&found, container, &class)?;
                        let result = self.call(&bound, [item.clone()])?;
                        return self.truth(&result);
                    }
                    None => {}
                }
                if !self.has_iter(container) {
                    let given = self.type_name(container);
                    return Err(self.type_error(format!("argument of type '{given}' is not iterable")));
                }
                self.contains_by_iterating(container, item)
            }
            _ => self.contains_native(container, item),
        }
    }

    fn contains_by_iterating(&mut self, container: &Value, item: &Value) -> PyResult<bool> {
        let iterator = self.iter(container)?;
        while let Some(found) = self.next(&iterator)? {
            if self.eq(&found, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `item in container` for the engine's own kinds.
    pub fn contains_native(&mut self, container: &Value, item: &Value) -> PyResult<bool> {
        match container.plain() {
            Value::Str(text) => match item.as_str() {
                Some(part) => {
                    self.burn(text.len_bytes());
                    Ok(text.contains(part.as_str()))
                }
                None => {
                    let given = self.type_name(item);
                    Err(self.type_error(format!("'in <string>' requires string as left operand, not {given}")))
                }
            },
            Value::Bytes(data) => {
                if let Some(part) = item.as_bytes() {
                    self.spend((data.len() as u64).saturating_mul(part.len() as u64) >> 10)?;
                    return Ok(part.is_empty() || data.windows(part.len()).any(|window| window == part));
                }
                match self.index_opt(item)? {
                    Some(Value::Int(byte @ 0..=255)) => Ok(data.contains(&(byte as u8))),
                    Some(_) => Err(self.value_error("byte must be in range(0, 256)")),
                    None => {
                        let given = self.type_name(item);
                        Err(self.type_error(format!("a bytes-like object is required, not '{given}'")))
                    }
                }
            }
            Value::Dict(dict) => dict.clone().contains(self, item),
            Value::Set(set) | Value::FrozenSet(set) => {
                // A set that is looked for in a set stands for the frozenset with its elements.
                if let Value::Set(wanted) = item.plain() {
                    let frozen = Value::FrozenSet(Rc::new(wanted.copy()));
                    return set.clone().contains(self, &frozen);
                }
                set.clone().contains(self, item)
            }
            Value::List(list) => {
                let list = list.clone();
                let mut at = 0;
                while let Some(found) = list.get(at) {
                    self.tick()?;
                    if self.eq(&found, item)? {
                        return Ok(true);
                    }
                    at += 1;
                }
                Ok(false)
            }
            Value::Tuple(items) => {
                for found in items.clone().iter() {
                    self.tick()?;
                    if self.eq(found, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Value::Range(range) if matches!(item, Value::Int(_) | Value::BigInt(_) | Value::Truth(_)) => {
                let part = |value: &Value| value.as_bigint().unwrap_or_default();
                let (start, step, number) = (part(&range.start), part(&range.step), part(item));
                let offset = number - start;
                let (count, rest) = num_integer::Integer::div_mod_floor(&offset, &step);
                Ok(rest.is_zero() && !count.is_negative() && count < self.range_len(range))
            }
            plain => {
                let plain = plain.clone();
                if !self.has_iter(&plain) {
                    let given = self.type_name(&plain);
                    return Err(self.type_error(format!("argument of type '{given}' is not iterable")));
                }
                self.contains_by_iterating(&plain, item)
            }
        }
    }
}

fn sequence_kind(object: &Value) -> Option<&'static str> {
    match object {
        Value::Str(_) => Some("string"),
        Value::Bytes(_) => Some("byte"),
        Value::Tuple(_) => Some("tuple"),
        Value::List(_) => Some("list"),
        _ => None,
    }
}
