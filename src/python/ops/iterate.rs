//! Iterating: `iter`, `next`, and walking anything from Rust.

use std::cell::RefCell;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::python::exceptions::Kind;
use crate::python::object::{Class, DictPart, Iter, IterState, PyResult, Range, Str, Value};
use crate::python::vm::Vm;

impl Vm {
    /// An iterator with this state.
    pub fn new_iter(&self, class: &Rc<Class>, state: IterState) -> Value {
        Value::Iter(Rc::new(Iter { class: class.clone(), state: RefCell::new(state), name: None }))
    }

    /// An iterator whose steps run in Rust; `class` is what `type()` says of it, mostly `vm.types.generator`.
    pub fn native_iter(
        &self,
        class: &Rc<Class>,
        step: impl FnMut(&mut Vm) -> PyResult<Option<Value>> + 'static,
    ) -> Value {
        self.new_iter(class, IterState::Native(Box::new(step)))
    }

    /// What a generator function of this qualified name gives; its steps run in Rust.
    pub fn native_generator(
        &self,
        name: &'static str,
        step: impl FnMut(&mut Vm) -> PyResult<Option<Value>> + 'static,
    ) -> Value {
        let state = RefCell::new(IterState::Native(Box::new(step)));
        Value::Iter(Rc::new(Iter { class: self.types.generator.clone(), state, name: Some(name) }))
    }

    /// How many numbers a range has.
    pub fn range_len(&self, range: &Range) -> BigInt {
        if let (Value::Int(start), Value::Int(stop), Value::Int(step)) = (&range.start, &range.stop, &range.step) {
            return BigInt::from(small_range_len(*start, *stop, *step));
        }
        let zero = BigInt::zero();
        let part = |value: &Value| value.as_bigint().unwrap_or_default();
        let (start, stop, step) = (part(&range.start), part(&range.stop), part(&range.step));
        let distance = if step.is_negative() { &start - &stop } else { &stop - &start };
        if !distance.is_positive() || step.is_zero() {
            return zero;
        }
        (distance - 1) / step.abs() + 1
    }

    /// `iter(value)`
    pub fn iter(&mut self, value: &Value) -> PyResult {
        let types = self.types.clone();
        Ok(match value {
            Value::Iter(_) => value.clone(),
            Value::Generator(_) => {
                if !Rc::ptr_eq(&self.class_of(value), &types.generator) {
                    return Err(self.not_iterable(value));
                }
                value.clone()
            }
            Value::List(list) => self.new_iter(&types.list_iterator, IterState::List(list.clone(), 0)),
            Value::Tuple(tuple) => self.new_iter(&types.tuple_iterator, IterState::Tuple(tuple.clone(), 0)),
            Value::Str(text) => {
                let class = if text.is_ascii() { &types.str_ascii_iterator } else { &types.str_iterator };
                self.new_iter(class, IterState::Str(text.clone(), 0))
            }
            Value::Bytes(data) => {
                let (data, mut at) = (data.clone(), 0);
                self.native_iter(&types.bytes_iterator, move |_| {
                    at += 1;
                    Ok(data.get(at - 1).map(|byte| Value::Int(i64::from(*byte))))
                })
            }
            Value::Dict(dict) => {
                self.new_iter(&types.dict_keyiterator, IterState::Dict(dict.clone(), DictPart::Keys, 0, dict.len()))
            }
            Value::Set(set) | Value::FrozenSet(set) => {
                self.new_iter(&types.set_iterator, IterState::Set(set.clone(), 0, set.len()))
            }
            Value::Range(range) => self.iter_range(range),
            _ => {
                let name = self.names.iter.clone();
                let class = self.class_of(value);
                match class.lookup(&name) {
                    Some(Value::None) => return Err(self.not_iterable(value)),
                    Some(_) => {
                        let made = self.call_special(value, &name, &[])?.unwrap_or(Value::None);
                        if !self.is_iterator(&made) {
                            let given = self.type_name(&made);
                            return Err(self.type_error(format!("iter() returned non-iterator of type '{given}'")));
                        }
                        made
                    }
                    None if class.lookup(&self.names.getitem).is_some() => {
                        let (object, mut at) = (value.clone(), 0_i64);
                        self.native_iter(&types.iterator, move |vm| {
                            let name = vm.names.getitem.clone();
                            match vm.call_special(&object, &name, &[Value::Int(at)]) {
                                Ok(item) => {
                                    at += 1;
                                    Ok(item)
                                }
                                Err(raised)
                                    if raised.is(vm.exceptions.get(Kind::IndexError))
                                        || raised.is(vm.exceptions.get(Kind::StopIteration)) =>
                                {
                                    Ok(None)
                                }
                                Err(raised) => Err(raised),
                            }
                        })
                    }
                    None => return Err(self.not_iterable(value)),
                }
            }
        })
    }

    fn iter_range(&mut self, range: &Rc<Range>) -> Value {
        let types = self.types.clone();
        if let (Value::Int(start), Value::Int(stop), Value::Int(step)) = (&range.start, &range.stop, &range.step) {
            let count = small_range_len(*start, *stop, *step);
            return self.new_iter(&types.range_iterator, IterState::Range(*start, count, *step));
        }
        let mut left = self.range_len(range);
        let mut at = range.start.as_bigint().unwrap_or_default();
        let step = range.step.as_bigint().unwrap_or_default();
        self.native_iter(&types.longrange_iterator, move |_| {
            if !left.is_positive() {
                return Ok(None);
            }
            left -= 1;
            let value = Value::int(at.clone());
            at += &step;
            Ok(Some(value))
        })
    }

    /// Whether a value has `__next__`.
    pub fn is_iterator(&self, value: &Value) -> bool {
        match value {
            Value::Iter(_) => true,
            Value::Generator(_) => Rc::ptr_eq(&self.class_of(value), &self.types.generator),
            _ => self.class_of(value).lookup(&self.names.next).is_some(),
        }
    }

    fn not_iterable(&mut self, value: &Value) -> crate::python::object::Raised {
        let name = self.type_name(value);
        self.type_error(format!("'{name}' object is not iterable"))
    }

    /// The next item of an iterator, `None` at its end.
    pub fn next(&mut self, iterator: &Value) -> PyResult<Option<Value>> {
        self.tick()?;
        match iterator {
            Value::Iter(iter) => self.step(iter),
            Value::Generator(generator) => self.resume_generator(generator, Value::None),
            _ => {
                let name = self.names.next.clone();
                match self.call_special(iterator, &name, &[]) {
                    Ok(Some(value)) => Ok(Some(value)),
                    Ok(None) => {
                        let given = self.type_name(iterator);
                        Err(self.type_error(format!("'{given}' object is not an iterator")))
                    }
                    Err(raised) if raised.is(self.exceptions.get(Kind::StopIteration)) => Ok(None),
                    Err(raised) => Err(raised),
                }
            }
        }
    }

    /// The next item of one of the engine's iterators.
    pub fn step(&mut self, iter: &Rc<Iter>) -> PyResult<Option<Value>> {
        let mut state = iter.state.borrow_mut();
        let item = match &mut *state {
            IterState::Done => return Ok(None),
            IterState::List(list, at) => {
                *at += 1;
                list.get(*at - 1)
            }
            IterState::ListReversed(list, at) => match at.checked_sub(1) {
                Some(before) => {
                    *at = before;
                    list.get(before)
                }
                None => None,
            },
            IterState::Tuple(tuple, at) => {
                *at += 1;
                tuple.get(*at - 1).cloned()
            }
            IterState::Range(next, left, step) => {
                if *left == 0 {
                    None
                } else {
                    let value = *next;
                    *left -= 1;
                    *next = next.wrapping_add(*step);
                    Some(Value::Int(value))
                }
            }
            IterState::Str(text, at) => text[*at..].chars().next().map(|character| {
                *at += character.len_utf8();
                Value::Str(Str::from_char(character))
            }),
            IterState::Dict(dict, part, at, length) => {
                if dict.len() != *length {
                    *length = usize::MAX;
                    drop(state);
                    return Err(self.raise(Kind::RuntimeError, "dictionary changed size during iteration"));
                }
                dict.entry_from(*at).map(|(key, value, next)| {
                    *at = next;
                    pair(*part, key, value)
                })
            }
            IterState::DictReversed(dict, part, at, length) => {
                if dict.len() != *length {
                    *length = usize::MAX;
                    drop(state);
                    return Err(self.raise(Kind::RuntimeError, "dictionary changed size during iteration"));
                }
                dict.entry_before(*at).map(|(key, value, before)| {
                    *at = before;
                    pair(*part, key, value)
                })
            }
            IterState::Set(set, at, length) => {
                if set.len() != *length {
                    *length = usize::MAX;
                    drop(state);
                    return Err(self.raise(Kind::RuntimeError, "Set changed size during iteration"));
                }
                set.item_from(*at).map(|(item, next)| {
                    *at = next;
                    item
                })
            }
            IterState::Native(_) => {
                let IterState::Native(mut step) = std::mem::replace(&mut *state, IterState::Done) else {
                    return Ok(None);
                };
                drop(state);
                return step(self).inspect(|item| {
                    if item.is_some() {
                        *iter.state.borrow_mut() = IterState::Native(step);
                    }
                });
            }
        };
        if item.is_none() {
            let old = std::mem::replace(&mut *state, IterState::Done);
            drop(state);
            drop(old);
        }
        Ok(item)
    }

    /// Calls `each` with every item of an iterable; stops where it fails.
    pub fn iterate(&mut self, iterable: &Value, mut each: impl FnMut(&mut Vm, Value) -> PyResult<()>) -> PyResult<()> {
        let iterator = self.iter(iterable)?;
        while let Some(item) = self.next(&iterator)? {
            each(self, item)?;
        }
        Ok(())
    }

    /// All items of an iterable.
    pub fn list_from(&mut self, iterable: &Value) -> PyResult<Vec<Value>> {
        match iterable {
            Value::List(list) => {
                self.claim(list.len() * 16)?;
                return Ok(list.to_vec());
            }
            Value::Tuple(tuple) => {
                self.claim(tuple.len() * 16)?;
                return Ok(tuple.to_vec());
            }
            _ => {}
        }
        let mut items = Vec::new();
        self.iterate(iterable, |vm, item| {
            if items.len() % 4096 == 4095 {
                vm.reserve(items.len() * 16)?;
            }
            items.push(item);
            Ok(())
        })?;
        Ok(items)
    }
}

fn small_range_len(start: i64, stop: i64, step: i64) -> u64 {
    let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
    let count = if step > 0 && start < stop {
        (stop - start - 1) / step + 1
    } else if step < 0 && start > stop {
        (start - stop - 1) / -step + 1
    } else {
        0
    };
    count.to_u64().unwrap_or(u64::MAX)
}

fn pair(part: DictPart, key: Value, value: Value) -> Value {
    match part {
        DictPart::Keys => key,
        DictPart::Values => value,
        DictPart::Items => Value::tuple([key, value]),
    }
}
