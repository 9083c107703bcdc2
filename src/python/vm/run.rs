//! The run loop.

use std::rc::Rc;

use super::arithmetic::{fast_binary, fast_clone, fast_compare};
use super::attr::{own_attr, replace_own};
use super::calling::Called;
use super::generator::Resumed;
use crate::python::code::{Code, CodeKind, Op};
use crate::python::exceptions::Kind;
use crate::python::nodes::{BinaryOp, CompareOp};
use crate::python::object::{Dict, IterState, List, PyResult, Raised, Slice, Str, Tuple, Value, farewell};
use crate::python::ops::compare::CompareOp as Order;
use crate::python::vm::Vm;

/// How a run ended.
pub(super) enum Outcome {
    /// With a `return`.
    Returned(Value),
    /// With a `yield`: the frame stands still.
    Yielded(Value),
}

/// How the frame on top ended, where the loop does not simply go on in the one below.
enum Ended {
    /// The loop's own frame returned this.
    Here(Value),
    /// What it returned is a mistake.
    Failed(Raised),
}

/// What the next item of a `for` is.
enum Next {
    Item(Value),
    End,
}

impl Vm {
    /// Runs the frame on top until it returns or yields.
    pub(super) fn run(&mut self) -> PyResult<Outcome> {
        self.run_loop(None)
    }

    /// The same, beginning with an exception where the frame stands.
    pub(super) fn run_raising(&mut self, raised: Raised) -> PyResult<Outcome> {
        if let Some(frame) = self.frames.last()
            && matches!(frame.code().ops.get(self.pc), Some(Op::YieldFrom))
        {
            self.pc += 1;
        }
        self.run_loop(Some(raised))
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Value {
        match self.stack.pop() {
            Some(value) => value,
            None => Value::None,
        }
    }

    #[inline]
    fn set_top(&mut self, value: Value) {
        if let Some(top) = self.stack.last_mut() {
            std::mem::replace(top, value).discard();
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm an instruction; calls out of the loop would cost on each")]
    fn run_loop(&mut self, mut pending: Option<Raised>) -> PyResult<Outcome> {
        'frames: loop {
            let Some(frame) = self.frames.last() else {
                return Err(self.raise(Kind::SystemError, "no frame to run"));
            };
            // SAFETY: the frame holds its code, and it is taken off by instructions alone that leave this round of the loop.
            #[expect(unsafe_code, reason = "counting the code up and down again costs on every call")]
            let code = unsafe { &*Rc::as_ptr(frame.code()) };
            let ops: &[Op] = &code.ops;
            let base = frame.base;
            let mut pc = self.pc;
            let raised = 'running: {
                if let Some(raised) = pending.take() {
                    break 'running raised;
                }
                macro_rules! attempt {
                    ($result:expr) => {
                        match $result {
                            Ok(value) => value,
                            Err(raised) => break 'running raised,
                        }
                    };
                }
                macro_rules! entered {
                    ($called:expr) => {
                        match attempt!($called) {
                            Called::Done => {}
                            Called::Entered => continue 'frames,
                        }
                    };
                }
                loop {
                    let op = ops[pc];
                    pc += 1;
                    self.pc = pc;
                    match op {
                        Op::Nop => {}
                        Op::Load(slot) => {
                            let value = fast_clone(&self.stack[base + slot as usize]);
                            if value.is_unset() {
                                break 'running self.unbound(code, slot, 0);
                            }
                            self.stack.push(value);
                        }
                        Op::Load2(first, second) => {
                            let value = fast_clone(&self.stack[base + first as usize]);
                            if value.is_unset() {
                                break 'running self.unbound(code, u32::from(first), 1);
                            }
                            self.stack.push(value);
                            let value = fast_clone(&self.stack[base + second as usize]);
                            if value.is_unset() {
                                break 'running self.unbound(code, u32::from(second), 2);
                            }
                            self.stack.push(value);
                        }
                        Op::ReturnSlot(slot) => {
                            let value = std::mem::replace(&mut self.stack[base + slot as usize], Value::Unset);
                            if value.is_unset() {
                                break 'running self.unbound(code, slot, 0);
                            }
                            match self.return_value(value) {
                                Ok(()) => continue 'frames,
                                Err(Ended::Failed(raised)) => {
                                    pending = Some(raised);
                                    continue 'frames;
                                }
                                Err(Ended::Here(value)) => return Ok(Outcome::Returned(value)),
                            }
                        }
                        Op::LoadUnchecked(slot) => {
                            let value = self.stack[base + slot as usize].clone();
                            self.stack.push(value);
                        }
                        Op::Store(slot) => {
                            let value = self.pop();
                            std::mem::replace(&mut self.stack[base + slot as usize], value).discard();
                        }
                        Op::StoreLoad(to, from) => {
                            let value = self.pop();
                            self.stack[base + to as usize] = value;
                            let value = self.stack[base + from as usize].clone();
                            if value.is_unset() {
                                break 'running self.unbound(code, u32::from(from), 2);
                            }
                            self.stack.push(value);
                        }
                        Op::Const(index) => {
                            let value = code.constants[index as usize].clone();
                            self.stack.push(value);
                        }
                        Op::Int(value) => self.stack.push(Value::Int(i64::from(value))),
                        Op::None => self.stack.push(Value::None),
                        Op::Unset => self.stack.push(Value::Unset),
                        Op::Pop => self.pop().discard(),
                        Op::Dup => self.copy(1),
                        Op::Dup2 => {
                            self.copy(2);
                            self.copy(2);
                        }
                        Op::Copy(below) => self.copy(below as usize),
                        Op::Swap => {
                            let top = self.stack.len();
                            if top >= 2 {
                                self.stack.swap(top - 1, top - 2);
                            }
                        }
                        Op::Rot3 => self.rotate(3),
                        Op::Rot4 => self.rotate(4),
                        Op::Delete(slot) => {
                            let old = std::mem::replace(&mut self.stack[base + slot as usize], Value::Unset);
                            if old.is_unset() {
                                break 'running self.unbound(code, slot, 0);
                            }
                        }
                        Op::LoadCell(slot) => {
                            let value = match &self.stack[base + slot as usize] {
                                Value::Cell(cell) => cell.get(),
                                _ => Value::Unset,
                            };
                            if value.is_unset() {
                                break 'running self.unbound_cell(code, slot);
                            }
                            self.stack.push(value);
                        }
                        Op::StoreCell(slot) => {
                            let value = self.pop();
                            if let Value::Cell(cell) = &self.stack[base + slot as usize] {
                                cell.clone().set(value);
                            }
                        }
                        Op::DeleteCell(slot) => {
                            let old = match &self.stack[base + slot as usize] {
                                Value::Cell(cell) => cell.0.replace(Value::Unset),
                                _ => Value::Unset,
                            };
                            if old.is_unset() {
                                break 'running self.unbound_cell(code, slot);
                            }
                        }
                        Op::LoadClosure(slot) => {
                            let value = self.stack[base + slot as usize].clone();
                            self.stack.push(value);
                        }
                        Op::MakeCell(slot) => {
                            let at = base + slot as usize;
                            let inner = std::mem::replace(&mut self.stack[at], Value::Unset);
                            self.stack[at] = Value::Cell(crate::python::object::CellObject::shared(inner));
                        }
                        Op::LoadClassCell { slot, site } => {
                            let value = attempt!(self.load_class_cell(code, base + slot as usize, site));
                            self.stack.push(value);
                        }
                        Op::LoadGlobal(site) => {
                            let value = attempt!(self.load_global(&code.sites[site as usize]));
                            self.stack.push(value);
                        }
                        Op::LoadGlobalCall(site) => {
                            let value = attempt!(self.load_global(&code.sites[site as usize]));
                            self.stack.push(value);
                            self.stack.push(Value::Unset);
                        }
                        Op::StoreGlobal(site) => {
                            let value = self.pop();
                            self.store_global(&code.sites[site as usize], value);
                        }
                        Op::DeleteGlobal(site) => attempt!(self.delete_global(&code.sites[site as usize])),
                        Op::LoadName(site) => {
                            let value = attempt!(self.load_name(&code.sites[site as usize]));
                            self.stack.push(value);
                        }
                        Op::StoreName(site) => {
                            let value = self.pop();
                            attempt!(self.store_name(&code.sites[site as usize], value));
                        }
                        Op::DeleteName(site) => attempt!(self.delete_name(&code.sites[site as usize])),
                        Op::LoadAttr(site) => {
                            let object = self.pop();
                            let value = attempt!(self.load_attr(&code.sites[site as usize], &object));
                            self.stack.push(value);
                        }
                        Op::LoadMethod(site) => {
                            let object = self.pop();
                            attempt!(self.load_method(&code.sites[site as usize], object));
                        }
                        Op::StoreAttr(site) => {
                            let object = self.pop();
                            let value = self.pop();
                            attempt!(self.store_attr(&code.sites[site as usize], &object, value));
                        }
                        Op::LoadAttrSlot { slot, site } => {
                            let site = &code.sites[site as usize];
                            let object = &self.stack[base + slot as usize];
                            let value = match own_attr(site, object) {
                                Some(value) => value,
                                None => {
                                    let object = object.clone();
                                    if object.is_unset() {
                                        break 'running self.unbound(code, u32::from(slot), 1);
                                    }
                                    attempt!(self.load_attr(site, &object))
                                }
                            };
                            self.stack.push(value);
                        }
                        Op::LoadMethodSlot { slot, site } => {
                            let object = self.stack[base + slot as usize].clone();
                            if object.is_unset() {
                                break 'running self.unbound(code, u32::from(slot), 1);
                            }
                            attempt!(self.load_method(&code.sites[site as usize], object));
                        }
                        Op::StoreAttrSlot { slot, site } => {
                            let site = &code.sites[site as usize];
                            let value = self.pop();
                            let object = &self.stack[base + slot as usize];
                            if let Err(value) = replace_own(site, object, value) {
                                let object = object.clone();
                                if object.is_unset() {
                                    break 'running self.unbound(code, u32::from(slot), 1);
                                }
                                attempt!(self.store_attr(site, &object, value));
                            }
                        }
                        Op::DeleteAttr(site) => {
                            let object = self.pop();
                            attempt!(self.del_attr(&object, code.sites[site as usize].name.as_str()));
                        }
                        Op::Subscript => {
                            let index = self.pop();
                            let object = self.pop();
                            let fast = match (&object, &index) {
                                (Value::List(list), Value::Int(at)) if *at >= 0 => list.get(*at as usize),
                                (Value::Tuple(items), Value::Int(at)) if *at >= 0 => items.get(*at as usize).cloned(),
                                (Value::Dict(dict), key) => dict.get_plain(key).flatten(),
                                _ => None,
                            };
                            let value = match fast {
                                Some(value) => value,
                                None => attempt!(self.get_item(&object, &index)),
                            };
                            self.stack.push(value);
                        }
                        Op::StoreSubscript => {
                            let index = self.pop();
                            let object = self.pop();
                            let mut value = self.pop();
                            if let Value::Dict(dict) = &object {
                                match dict.set_plain(&index, value) {
                                    Ok(()) => continue,
                                    Err(back) => value = back,
                                }
                            }
                            attempt!(self.set_item(&object, &index, value));
                        }
                        Op::DeleteSubscript => {
                            let index = self.pop();
                            let object = self.pop();
                            attempt!(self.del_item(&object, &index));
                        }
                        Op::Binary(op) => {
                            if let [.., left, right] = self.stack.as_slice()
                                && let Some(value) = fast_binary(op, left, right)
                            {
                                self.pop().discard();
                                self.set_top(value);
                                continue;
                            }
                            let right = self.pop();
                            let left = self.pop();
                            let value = attempt!(self.binary(op, &left, &right));
                            self.stack.push(value);
                        }
                        Op::BinarySlots(op, first, second) => {
                            let left = &self.stack[base + first as usize];
                            let right = &self.stack[base + second as usize];
                            let value = match fast_binary(op, left, right) {
                                Some(value) => value,
                                None => {
                                    let (left, right) = (left.clone(), right.clone());
                                    if left.is_unset() {
                                        break 'running self.unbound(code, u32::from(first), 1);
                                    }
                                    if right.is_unset() {
                                        break 'running self.unbound(code, u32::from(second), 2);
                                    }
                                    attempt!(self.binary(op, &left, &right))
                                }
                            };
                            self.stack.push(value);
                        }
                        Op::BinaryInt(op, number) => {
                            let right = Value::Int(i64::from(number));
                            if let Some(left) = self.stack.last()
                                && let Some(value) = fast_binary(op, left, &right)
                            {
                                self.set_top(value);
                                continue;
                            }
                            let left = self.pop();
                            let value = attempt!(self.binary(op, &left, &right));
                            self.stack.push(value);
                        }
                        Op::BinarySlotInt(op, slot, number) => {
                            let right = Value::Int(i64::from(number));
                            let left = &self.stack[base + slot as usize];
                            let value = match fast_binary(op, left, &right) {
                                Some(value) => value,
                                None => {
                                    let left = left.clone();
                                    if left.is_unset() {
                                        break 'running self.unbound(code, u32::from(slot), 1);
                                    }
                                    attempt!(self.binary(op, &left, &right))
                                }
                            };
                            right.discard();
                            self.stack.push(value);
                        }
                        Op::InPlaceStore(op, slot) => {
                            if let [.., left, right] = self.stack.as_slice()
                                && let Some(value) = fast_binary(op, left, right)
                            {
                                self.pop().discard();
                                self.pop().discard();
                                std::mem::replace(&mut self.stack[base + slot as usize], value).discard();
                                continue;
                            }
                            if op == BinaryOp::Add && attempt!(self.append_in_place(base + slot as usize)) {
                                continue;
                            }
                            let right = self.pop();
                            let left = self.pop();
                            let value = attempt!(self.in_place(op, &left, &right));
                            self.stack[base + slot as usize] = value;
                        }
                        Op::InPlace(op) => {
                            if let [.., left, right] = self.stack.as_slice()
                                && let Some(value) = fast_binary(op, left, right)
                            {
                                self.stack.pop();
                                self.set_top(value);
                                continue;
                            }
                            let right = self.pop();
                            let left = self.pop();
                            let value = attempt!(self.in_place(op, &left, &right));
                            self.stack.push(value);
                        }
                        Op::Plus => {
                            let value = self.pop();
                            let value = attempt!(self.positive(&value));
                            self.stack.push(value);
                        }
                        Op::Minus => {
                            let value = self.pop();
                            let value = attempt!(self.negative(&value));
                            self.stack.push(value);
                        }
                        Op::Invert => {
                            let value = self.pop();
                            let value = attempt!(self.invert(&value));
                            self.stack.push(value);
                        }
                        Op::Not => {
                            let value = self.pop();
                            let truth = match value {
                                Value::Truth(truth) => truth.get(),
                                _ => attempt!(self.truth(&value)),
                            };
                            self.stack.push(Value::Bool(!truth));
                        }
                        Op::Compare(op) => {
                            if let [.., left, right] = self.stack.as_slice()
                                && let Some(truth) = fast_compare(op, left, right)
                            {
                                self.stack.pop();
                                self.set_top(Value::Bool(truth));
                                continue;
                            }
                            let right = self.pop();
                            let left = self.pop();
                            let value = attempt!(self.compare_op(op, &left, &right));
                            self.stack.push(value);
                        }
                        Op::CompareJump(op, target) => {
                            if let [.., left, right] = self.stack.as_slice()
                                && let Some(truth) = fast_compare(op, left, right)
                            {
                                self.pop().discard();
                                self.pop().discard();
                                if !truth {
                                    pc = target as usize;
                                }
                                continue;
                            }
                            let right = self.pop();
                            let left = self.pop();
                            let value = attempt!(self.compare_op(op, &left, &right));
                            let truth = match value {
                                Value::Truth(truth) => truth.get(),
                                _ => attempt!(self.truth(&value)),
                            };
                            if !truth {
                                pc = target as usize;
                            }
                        }
                        Op::CompareJumpInt { op, slot, number, target } => {
                            let right = Value::Int(i64::from(number));
                            let left = &self.stack[base + slot as usize];
                            let truth = match fast_compare(op, left, &right) {
                                Some(truth) => truth,
                                None => {
                                    let left = left.clone();
                                    if left.is_unset() {
                                        break 'running self.unbound(code, u32::from(slot), 1);
                                    }
                                    match attempt!(self.compare_op(op, &left, &right)) {
                                        Value::Truth(truth) => truth.get(),
                                        value => attempt!(self.truth(&value)),
                                    }
                                }
                            };
                            right.discard();
                            if !truth {
                                pc = target as usize;
                            }
                        }
                        Op::Jump(target) => pc = target as usize,
                        Op::JumpBack(target) => {
                            attempt!(self.tick());
                            if farewell::waits() {
                                attempt!(self.finalize());
                            }
                            pc = target as usize;
                        }
                        Op::JumpIfFalse(target) => {
                            let value = self.pop();
                            let truth = match value {
                                Value::Truth(truth) => truth.get(),
                                Value::None => false,
                                _ => attempt!(self.truth(&value)),
                            };
                            if !truth {
                                pc = target as usize;
                            }
                        }
                        Op::JumpIfTrue(target) => {
                            let value = self.pop();
                            let truth = match value {
                                Value::Truth(truth) => truth.get(),
                                Value::None => false,
                                _ => attempt!(self.truth(&value)),
                            };
                            if truth {
                                pc = target as usize;
                            }
                        }
                        Op::JumpIfFalseOrPop(target) => {
                            let value = self.stack.last().cloned().unwrap_or(Value::None);
                            if attempt!(self.truth(&value)) {
                                self.stack.pop();
                            } else {
                                pc = target as usize;
                            }
                        }
                        Op::JumpIfTrueOrPop(target) => {
                            let value = self.stack.last().cloned().unwrap_or(Value::None);
                            if attempt!(self.truth(&value)) {
                                pc = target as usize;
                            } else {
                                self.stack.pop();
                            }
                        }
                        Op::JumpIfNone(target) => {
                            if self.pop().is_none() {
                                pc = target as usize;
                            }
                        }
                        Op::JumpIfNotNone(target) => {
                            if !self.pop().is_none() {
                                pc = target as usize;
                            }
                        }
                        Op::GetIter => {
                            let value = self.pop();
                            let iterator = attempt!(self.iter(&value));
                            self.stack.push(iterator);
                        }
                        Op::ForIter(target) => {
                            if let Some(Value::Generator(_)) = self.stack.last()
                                && attempt!(self.enter_generator(target, super::frame::Feeds::STACK))
                            {
                                continue 'frames;
                            }
                            match attempt!(self.next_item()) {
                                Next::Item(item) => self.stack.push(item),
                                Next::End => {
                                    self.stack.pop();
                                    pc = target as usize;
                                }
                            }
                        }
                        Op::ForIterStore { slot, target } => {
                            if let Some(Value::Generator(_)) = self.stack.last()
                                && attempt!(self.enter_generator(target, slot.into()))
                            {
                                continue 'frames;
                            }
                            match attempt!(self.next_item()) {
                                Next::Item(item) => {
                                    std::mem::replace(&mut self.stack[base + slot as usize], item).discard()
                                }
                                Next::End => {
                                    self.stack.pop();
                                    pc = target as usize;
                                }
                            }
                        }
                        Op::Call(count) => {
                            entered!(self.call_here(count as usize));
                        }
                        Op::CallKeywords { count, names } => {
                            entered!(self.call_keywords(count as usize, &code.constants[names as usize]));
                        }
                        Op::CallUnpacked(keywords) => {
                            entered!(self.call_unpacked(keywords));
                        }
                        Op::Return => {
                            let value = self.pop();
                            match self.return_value(value) {
                                Ok(()) => continue 'frames,
                                Err(Ended::Failed(raised)) => {
                                    pending = Some(raised);
                                    continue 'frames;
                                }
                                Err(Ended::Here(value)) => return Ok(Outcome::Returned(value)),
                            }
                        }
                        Op::Yield => {
                            let mut value = self.pop();
                            if self.feed(&mut value, pc) {
                                continue 'frames;
                            }
                            self.suspend(pc);
                            return Ok(Outcome::Yielded(value));
                        }
                        Op::YieldFrom => {
                            let sent = self.pop();
                            let inner = self.stack.last().cloned().unwrap_or(Value::None);
                            match attempt!(self.send_into(&inner, sent)) {
                                Resumed::Yielded(mut value) => {
                                    if self.feed(&mut value, pc - 1) {
                                        continue 'frames;
                                    }
                                    self.suspend(pc - 1);
                                    return Ok(Outcome::Yielded(value));
                                }
                                Resumed::Returned(value) => {
                                    self.stack.pop();
                                    self.stack.push(value);
                                }
                            }
                        }
                        Op::GetYieldFromIter => {
                            let value = self.pop();
                            let iterator = attempt!(self.yield_from_iterator(code, value));
                            self.stack.push(iterator);
                        }
                        Op::GetAwaitable => {
                            let value = self.pop();
                            let iterator = attempt!(self.awaitable_iterator(&value));
                            self.stack.push(iterator);
                        }
                        Op::GetAsyncIter => {
                            let value = self.pop();
                            let iterator = attempt!(self.async_iterator(&value));
                            self.stack.push(iterator);
                        }
                        Op::GetAsyncNext => {
                            attempt!(self.tick());
                            let iterator = self.stack.last().cloned().unwrap_or(Value::None);
                            let awaitable = attempt!(self.async_next(&iterator));
                            self.stack.push(awaitable);
                        }
                        Op::EndAsyncFor => {
                            let exception = self.pop();
                            match exception {
                                Value::Instance(instance) => {
                                    let raised = Raised(instance);
                                    if !raised.is(self.exceptions.get(Kind::StopAsyncIteration)) {
                                        break 'running raised;
                                    }
                                    self.stack.pop();
                                }
                                _ => {
                                    self.stack.pop();
                                }
                            }
                        }
                        Op::BuildList(count) => {
                            let items = self.take(count as usize);
                            self.stack.push(Value::List(List::shared(items)));
                        }
                        Op::BuildTuple(count) => {
                            let items = self.take(count as usize);
                            self.stack.push(Value::Tuple(Rc::new(Tuple::new(items))));
                        }
                        Op::BuildSet(count) => {
                            let items = self.take(count as usize);
                            let set = attempt!(self.build_set(items));
                            self.stack.push(set);
                        }
                        Op::BuildConstantSet(count) => {
                            let items = self.take(count as usize);
                            let set = attempt!(self.build_constant_set(items));
                            self.stack.push(set);
                        }
                        Op::BuildDict(count) => {
                            let items = self.take(count as usize * 2);
                            let dict = attempt!(self.build_dict(items));
                            self.stack.push(dict);
                        }
                        Op::BuildSlice(has_step) => {
                            let step = if has_step { self.pop() } else { Value::None };
                            let stop = self.pop();
                            let start = self.pop();
                            self.stack.push(Value::Slice(Rc::new(Slice { start, stop, step })));
                        }
                        Op::BuildString(count) => {
                            let parts = self.take(count as usize);
                            let value = attempt!(self.build_string(&parts));
                            self.stack.push(value);
                        }
                        Op::ListAppend(below) => {
                            let value = self.pop();
                            if let Some(Value::List(list)) = self.below(below as usize) {
                                list.push(value);
                            }
                        }
                        Op::SetAdd(below) => {
                            let value = self.pop();
                            if let Some(Value::Set(set)) = self.below(below as usize) {
                                if set.add_plain(&value).is_some() {
                                    continue;
                                }
                                let set = set.clone();
                                attempt!(set.add(self, value));
                            }
                        }
                        Op::DictAdd(below) => {
                            let mut value = self.pop();
                            let key = self.pop();
                            if let Some(Value::Dict(dict)) = self.below(below as usize) {
                                match dict.set_plain(&key, value) {
                                    Ok(()) => continue,
                                    Err(back) => value = back,
                                }
                                let dict = dict.clone();
                                attempt!(dict.set(self, key, value));
                            }
                        }
                        Op::ListExtend => {
                            let value = self.pop();
                            attempt!(self.list_extend(&value));
                        }
                        Op::ArgsExtend => {
                            let value = self.pop();
                            attempt!(self.args_extend(&value));
                        }
                        Op::SetUpdate => {
                            let value = self.pop();
                            if let Some(Value::Set(set)) = self.below(1) {
                                let set = set.clone();
                                attempt!(self.iterate(&value, |vm, item| set.add(vm, item).map(|_| ())));
                            }
                        }
                        Op::DictUpdate => {
                            let value = self.pop();
                            attempt!(self.display_update(&value));
                        }
                        Op::DictMerge(_) => {
                            let value = self.pop();
                            attempt!(self.dict_merge(&value));
                        }
                        Op::ListToTuple => {
                            let value = self.pop();
                            let items = match &value {
                                Value::List(list) => list.to_vec(),
                                _ => Vec::new(),
                            };
                            self.stack.push(Value::Tuple(Rc::new(Tuple::new(items))));
                        }
                        Op::Unpack(count) => {
                            let value = self.pop();
                            attempt!(self.unpack(&value, count as usize));
                        }
                        Op::UnpackStar(before, after) => {
                            let value = self.pop();
                            attempt!(self.unpack_star(&value, before as usize, after as usize));
                        }
                        Op::Format { conversion, has_spec } => {
                            let spec = if has_spec { self.pop() } else { Value::Unset };
                            let value = self.pop();
                            let text = attempt!(self.format_replacement(value, conversion, spec));
                            self.stack.push(text);
                        }
                        Op::MakeFunction { parts, code: index } => {
                            if let Value::Code(body) = &code.constants[index as usize] {
                                let globals = self.globals_here();
                                let function = self.make_function(body.clone(), parts, globals);
                                self.stack.push(function);
                            }
                        }
                        Op::LoadBuildClass => {
                            let value = self.build_class_function.clone();
                            self.stack.push(value);
                        }
                        Op::Raise(count) => {
                            let cause = if count > 1 { self.pop() } else { Value::Unset };
                            let exception = if count > 0 { self.pop() } else { Value::Unset };
                            break 'running self.raise_statement(exception, cause);
                        }
                        Op::Reraise => match self.pop() {
                            Value::Instance(instance) => break 'running Raised(instance),
                            _ => break 'running self.raise(Kind::SystemError, "no exception to raise again"),
                        },
                        Op::PushHandled => {
                            let exception = self.pop();
                            let before = self.handled.replace(exception.clone());
                            self.stack.push(before.unwrap_or(Value::Unset));
                            self.stack.push(exception);
                        }
                        Op::PopHandled => {
                            self.handled = self.pop().set();
                        }
                        Op::MatchesException => {
                            let class = self.pop();
                            let exception = self.stack.last().cloned().unwrap_or(Value::None);
                            let truth = attempt!(self.matches_exception(&exception, &class));
                            self.stack.push(Value::Bool(truth));
                        }
                        Op::EnterWith => {
                            let manager = self.pop();
                            entered!(self.enter_with(&manager, false));
                        }
                        Op::EnterAsyncWith => {
                            let manager = self.pop();
                            entered!(self.enter_with(&manager, true));
                        }
                        Op::ExitWith => {
                            let value = attempt!(self.exit_with());
                            self.stack.push(value);
                        }
                        Op::LoadAssertionError => {
                            let class = self.exceptions.get(Kind::AssertionError).clone();
                            self.stack.push(Value::Class(class));
                        }
                        Op::Import(site) => {
                            let wanted = self.pop();
                            let level = self.pop().as_i64().unwrap_or(0);
                            let name = code.sites[site as usize].name.clone();
                            let module = attempt!(self.import_statement(&name, &wanted, level));
                            self.stack.push(module);
                        }
                        Op::ImportFrom(site) => {
                            let module = self.stack.last().cloned().unwrap_or(Value::None);
                            let value = attempt!(self.import_from(&module, &code.sites[site as usize].name));
                            self.stack.push(value);
                        }
                        Op::ImportStar => {
                            let module = self.pop();
                            attempt!(self.import_star(&module));
                        }
                        Op::SetupAnnotations => attempt!(self.setup_annotations()),
                        Op::MatchSequence => {
                            let truth = self.is_pattern_sequence();
                            self.stack.push(Value::Bool(truth));
                        }
                        Op::MatchMapping => {
                            let truth = attempt!(self.is_pattern_mapping());
                            self.stack.push(Value::Bool(truth));
                        }
                        Op::MatchLength => {
                            let subject = self.stack.last().cloned().unwrap_or(Value::None);
                            let length = attempt!(self.len(&subject));
                            self.stack.push(Value::from(length));
                        }
                        Op::MatchKeys => {
                            let values = attempt!(self.match_keys());
                            self.stack.push(values);
                        }
                        Op::MatchClass(count) => {
                            let names = self.pop();
                            let class = self.pop();
                            let subject = self.pop();
                            let parts = attempt!(self.match_class(&subject, &class, &names, count as usize));
                            self.stack.push(parts);
                        }
                        Op::MatchRest => {
                            let keys = self.pop();
                            let subject = self.pop();
                            let rest = attempt!(self.match_rest(&subject, &keys));
                            self.stack.push(rest);
                        }
                        Op::Unsupported(index) => {
                            let feature = match &code.constants[index as usize] {
                                Value::Str(text) => text.to_string(),
                                _ => String::new(),
                            };
                            break 'running self.unsupported(feature);
                        }
                    }
                }
            };
            self.unwind(raised)?;
        }
    }

    #[inline]
    fn copy(&mut self, below: usize) {
        let value = match self.stack.len().checked_sub(below) {
            Some(at) => self.stack[at].clone(),
            None => Value::None,
        };
        self.stack.push(value);
    }

    /// `name += text` where the name alone holds the text: it grows where it is. `text more →`
    fn append_in_place(&mut self, slot: usize) -> PyResult<bool> {
        let length = match self.stack.as_slice() {
            [.., Value::Str(left), Value::Str(_)] => match &self.stack[slot] {
                Value::Str(own) if own.is(left) => own.len_bytes(),
                _ => return Ok(false),
            },
            _ => return Ok(false),
        };
        if length > 1 << 16 {
            // It may have to move.
            self.reserve(length)?;
        }
        let (more, left) = (self.pop(), self.pop());
        drop(left);
        let own = std::mem::replace(&mut self.stack[slot], Value::Unset);
        let (Value::Str(mut own), Value::Str(more)) = (own, more) else { return Ok(true) };
        if !own.append(&more) {
            self.claim(own.len_bytes() + more.len_bytes())?;
            let mut text = String::with_capacity(own.len_bytes() + more.len_bytes());
            text.push_str(&own);
            text.push_str(&more);
            own = Str::growing(text);
        }
        self.stack[slot] = Value::Str(own);
        Ok(true)
    }

    /// The top goes below so many.
    fn rotate(&mut self, count: usize) {
        let length = self.stack.len();
        if count <= length {
            self.stack[length - count..].rotate_right(1);
        }
    }

    pub(super) fn below(&self, below: usize) -> Option<&Value> {
        self.stack.len().checked_sub(below).and_then(|at| self.stack.get(at))
    }

    fn take(&mut self, count: usize) -> Vec<Value> {
        let at = self.stack.len().saturating_sub(count);
        self.stack.split_off(at)
    }

    pub(super) fn globals_here(&self) -> Rc<Dict> {
        self.frames.last().map_or_else(|| self.builtins.clone(), |frame| frame.globals().clone())
    }

    /// Ends the frame on top. `Err` where the loop ends with it, or an `__init__` gave something.
    #[inline(always)]
    fn return_value(&mut self, value: Value) -> Result<(), Ended> {
        let Some(frame) = self.frames.last() else { return Err(Ended::Here(value)) };
        let (return_to, entry, init) = (frame.return_to, frame.entry, frame.init);
        if frame.feeds.is_some() {
            if let Some(frame) = self.frames.pop() {
                self.end_feeding(frame);
            }
            return Ok(());
        }
        self.drop_frame();
        self.leave(return_to);
        if init {
            if value.is_none() {
                return Ok(());
            }
            // The call stands in the frame below: there it is raised.
            let given = self.type_name(&value);
            return Err(Ended::Failed(self.type_error(format!("__init__() should return None, not '{given}'"))));
        }
        if entry {
            return Err(Ended::Here(value));
        }
        self.stack.push(value);
        Ok(())
    }

    /// Takes the frame on top off.
    #[inline(always)]
    pub(super) fn drop_frame(&mut self) {
        self.frames.truncate(self.frames.len().saturating_sub(1));
    }

    /// After a frame was taken off: the stack and the place of the one below.
    #[inline]
    pub(super) fn leave(&mut self, return_to: usize) {
        self.depth -= 1;
        while self.stack.len() > return_to {
            self.pop().discard();
        }
        if let Some(below) = self.frames.last() {
            self.pc = below.pc;
        }
    }

    /// Puts the frame on top away into its generator.
    #[inline]
    fn suspend(&mut self, pc: usize) {
        let Some(frame) = self.frames.last() else { return };
        let return_to = frame.return_to;
        if let Some(generator) = &frame.generator {
            generator.put_away(pc, &mut self.stack, frame.base, None);
        }
        self.drop_frame();
        self.leave(return_to);
    }

    /// The next item of the iterator on top of the stack.
    #[inline]
    fn next_item(&mut self) -> PyResult<Next> {
        let iterator = match self.stack.last() {
            Some(Value::Iter(iter)) => {
                if let Ok(mut state) = iter.state.try_borrow_mut() {
                    match &mut *state {
                        IterState::Range(next, left, step) if *left > 0 => {
                            let value = *next;
                            *left -= 1;
                            *next = next.wrapping_add(*step);
                            return Ok(Next::Item(Value::Int(value)));
                        }
                        IterState::List(list, at) => {
                            if let Some(item) = list.get(*at) {
                                *at += 1;
                                return Ok(Next::Item(item));
                            }
                        }
                        IterState::Tuple(items, at) => {
                            if let Some(item) = items.get(*at) {
                                *at += 1;
                                return Ok(Next::Item(item.clone()));
                            }
                        }
                        _ => {}
                    }
                }
                Value::Iter(iter.clone())
            }
            Some(other) => other.clone(),
            None => return Ok(Next::End),
        };
        Ok(match self.next(&iterator)? {
            Some(item) => Next::Item(item),
            None => Next::End,
        })
    }

    fn compare_op(&mut self, op: CompareOp, left: &Value, right: &Value) -> PyResult {
        let order = match op {
            CompareOp::Eq => Order::Eq,
            CompareOp::NotEq => Order::Ne,
            CompareOp::Lt => Order::Lt,
            CompareOp::LtE => Order::Le,
            CompareOp::Gt => Order::Gt,
            CompareOp::GtE => Order::Ge,
            CompareOp::Is => return Ok(Value::Bool(left.is(right))),
            CompareOp::IsNot => return Ok(Value::Bool(!left.is(right))),
            CompareOp::In => return self.contains(right, left).map(Value::Bool),
            CompareOp::NotIn => return self.contains(right, left).map(|found| Value::Bool(!found)),
        };
        self.compare(order, left, right)
    }

    fn yield_from_iterator(&mut self, code: &Code, value: Value) -> PyResult {
        if let Value::Generator(generator) = &value {
            match generator.kind() {
                CodeKind::Generator => return Ok(value),
                CodeKind::Coroutine if code.kind == CodeKind::Plain || code.kind == CodeKind::Generator => {
                    return Err(self.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"));
                }
                _ => {}
            }
        }
        self.iter(&value)
    }
}
