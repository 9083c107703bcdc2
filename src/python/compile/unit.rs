//! One body under construction: instructions, labels, constants, the depth of the stack.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::flow::Block;
use super::scope::Scope;
use crate::diagnostics::Span;
use crate::python::code::{Code, CodeKind, Handler, Op, ParameterCounts, Site, Source};
use crate::python::nodes::{CompareOp, ScopeId};
use crate::python::object::{Str, Value};

/// A place in the code that jumps go to; until the unit is finished, jumps hold these.
pub(super) type Label = u32;

/// A constant's identity: equal constants of one type share a place.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Str(Str),
    Int(i64),
    Float(u64),
    Bool(bool),
}

pub(super) struct Unit<'a> {
    pub name: Str,
    pub qualname: Str,
    pub scope: ScopeId,
    /// The place of what is emitted next.
    pub span: Span,
    pub doc: Option<Str>,
    pub cells: Vec<u32>,
    pub free: u32,
    pub first_free: u32,
    pub blocks: Vec<Block<'a>>,
    pub depth: u32,
    definition: Span,
    ops: Vec<Op>,
    spans: Vec<Span>,
    operands: Vec<(u32, Span, Span)>,
    constants: Vec<Value>,
    known: FxHashMap<Key, u32>,
    sites: Vec<Str>,
    shared: FxHashMap<Str, u32>,
    slots: Vec<Str>,
    slot_index: FxHashMap<String, u32>,
    labels: Vec<u32>,
    label_depths: Vec<u32>,
    handlers: Vec<Handler>,
    most: u32,
    /// Nothing falls through to here.
    dead: bool,
    /// Instructions before this one may not be merged with later ones: something points here.
    barrier: usize,
}

impl<'a> Unit<'a> {
    pub(super) fn new(name: Str, qualname: Str, scope: ScopeId, span: Span) -> Self {
        Self {
            name,
            qualname,
            scope,
            span,
            doc: None,
            cells: Vec::new(),
            free: 0,
            first_free: 0,
            blocks: Vec::new(),
            depth: 0,
            definition: span,
            ops: Vec::new(),
            spans: Vec::new(),
            operands: Vec::new(),
            constants: Vec::new(),
            known: FxHashMap::default(),
            sites: Vec::new(),
            shared: FxHashMap::default(),
            slots: Vec::new(),
            slot_index: FxHashMap::default(),
            labels: Vec::new(),
            label_depths: Vec::new(),
            handlers: Vec::new(),
            most: 0,
            dead: false,
            barrier: 0,
        }
    }

    /// The slot of a name, made if it is new.
    pub(super) fn slot(&mut self, name: &str) -> u32 {
        if let Some(&slot) = self.slot_index.get(name) {
            return slot;
        }
        let slot = self.slots.len() as u32;
        self.slots.push(Str::interned(name));
        self.slot_index.insert(name.to_string(), slot);
        slot
    }

    /// How many slots there are yet.
    pub(super) fn slots_len(&self) -> u32 {
        self.slots.len() as u32
    }

    /// The site of a global: one for all its uses.
    pub(super) fn shared_site(&mut self, name: &str) -> u32 {
        let name = Str::interned(name);
        if let Some(&site) = self.shared.get(&name) {
            return site;
        }
        let site = self.site(&name);
        self.shared.insert(name, site);
        site
    }

    /// A site of its own, as every attribute has.
    pub(super) fn site(&mut self, name: &str) -> u32 {
        self.sites.push(Str::interned(name));
        self.sites.len() as u32 - 1
    }

    pub(super) fn constant(&mut self, value: Value) -> u32 {
        let key = match &value {
            Value::Str(text) => Some(Key::Str(text.clone())),
            Value::Int(number) => Some(Key::Int(*number)),
            Value::Real(number) => Some(Key::Float(number.to_bits())),
            Value::Truth(truth) => Some(Key::Bool(truth.get())),
            _ => None,
        };
        let next = self.constants.len() as u32;
        if let Some(key) = key {
            let known = *self.known.entry(key).or_insert(next);
            if known != next {
                return known;
            }
        }
        // Short strings are interned, as CPython does with those that look like names.
        let value = match value {
            Value::Str(text) if text.len() <= 40 => Value::Str(Str::interned(text.as_str())),
            other => other,
        };
        self.constants.push(value);
        next
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        self.label_depths.push(u32::MAX);
        self.labels.len() as u32 - 1
    }

    /// The label stands for the next instruction.
    pub(super) fn place(&mut self, label: Label) {
        let here = self.here();
        self.labels[label as usize] = here;
        let known = self.label_depths[label as usize];
        if self.dead {
            if known != u32::MAX {
                self.depth = known;
            }
            self.dead = known == u32::MAX;
        }
    }

    /// As [`Unit::place`], where an exception handler or a backward jump may arrive with so many values on the stack.
    pub(super) fn place_at(&mut self, label: Label, depth: u32) {
        let here = self.here();
        self.labels[label as usize] = here;
        self.depth = depth;
        self.most = self.most.max(depth);
        self.dead = false;
    }

    /// The number of the next instruction, which something points at.
    pub(super) fn here(&mut self) -> u32 {
        self.barrier = self.ops.len();
        self.ops.len() as u32
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead
    }

    /// Protects instructions: exceptions in them go to `target` with `depth` values left.
    pub(super) fn handler(&mut self, start: u32, end: u32, target: Label, depth: u32) {
        if start < end {
            self.handlers.push(Handler { start, end, target, depth });
        }
    }

    /// Adds an instruction; jumps name labels.
    pub(super) fn emit(&mut self, op: Op) {
        let (fall, jump) = effect(op);
        if let Some(label) = target(op) {
            let depth = self.depth.saturating_add_signed(jump);
            self.label_depths[label as usize] = depth;
            self.most = self.most.max(depth);
        }
        self.depth = self.depth.saturating_add_signed(fall);
        self.most = self.most.max(self.depth);
        self.dead = matches!(op, Op::Jump(_) | Op::JumpBack(_) | Op::Return | Op::Raise(_) | Op::Reraise);
        if !self.merge(op) {
            self.ops.push(op);
            self.spans.push(self.span);
        }
    }

    /// Lets the last instruction and this one be one, where nothing points between them.
    fn merge(&mut self, op: Op) -> bool {
        let length = self.ops.len();
        if length == 0 || self.barrier >= length {
            return false;
        }
        let last = self.ops[length - 1];
        let merged = match (last, op) {
            (Op::Load(a), Op::Load(b)) if a <= 0xffff && b <= 0xffff => {
                self.operands.push((length as u32 - 1, self.spans[length - 1], self.span));
                Op::Load2(a as u16, b as u16)
            }
            (Op::Load2(a, b), Op::Binary(op)) => Op::BinarySlots(op, a, b),
            (Op::Int(value), Op::Binary(op)) if i16::try_from(value).is_ok() => Op::BinaryInt(op, value as i16),
            (Op::InPlace(op), Op::Store(slot)) if slot <= 0xffff => Op::InPlaceStore(op, slot as u16),
            (Op::Compare(op), Op::JumpIfFalse(label)) => Op::CompareJump(op, label),
            (Op::LoadGlobal(site), Op::Unset) => Op::LoadGlobalCall(site),
            (Op::Load(slot), Op::Return) => Op::ReturnSlot(slot),
            (Op::Load(_) | Op::Load2(..), Op::LoadAttr(_) | Op::LoadMethod(_) | Op::StoreAttr(_)) => {
                return self.merge_attribute(op);
            }
            (Op::Not, Op::JumpIfFalse(label)) => Op::JumpIfTrue(label),
            (Op::Not, Op::JumpIfTrue(label)) => Op::JumpIfFalse(label),
            (Op::ForIter(label), Op::Store(slot)) if slot <= 0xffff => {
                Op::ForIterStore { slot: slot as u16, target: label }
            }
            _ => return false,
        };
        self.ops[length - 1] = merged;
        if !matches!(op, Op::JumpIfFalse(_) | Op::JumpIfTrue(_) | Op::Store(_) | Op::Unset | Op::Return) {
            self.spans[length - 1] = self.span;
        }
        self.merge_integer();
        true
    }

    /// The attribute of a slot's object, whose load came right before.
    fn merge_attribute(&mut self, op: Op) -> bool {
        let last = self.ops.len() - 1;
        let (slot, loaded) = match self.ops[last] {
            Op::Load(slot) if slot <= 0xffff => (slot as u16, self.spans[last]),
            Op::Load2(first, second) => {
                // The first of the two stays a load of its own.
                let Some((_, first_span, second_span)) = self.operands.pop() else { return false };
                self.ops[last] = Op::Load(u32::from(first));
                self.spans[last] = first_span;
                self.ops.push(Op::Nop);
                self.spans.push(self.span);
                (second, second_span)
            }
            _ => return false,
        };
        let at = self.ops.len() - 1;
        self.ops[at] = match op {
            Op::LoadAttr(site) => Op::LoadAttrSlot { slot, site },
            Op::LoadMethod(site) => Op::LoadMethodSlot { slot, site },
            Op::StoreAttr(site) => Op::StoreAttrSlot { slot, site },
            other => other,
        };
        self.spans[at] = self.span;
        self.operands.push((at as u32, loaded, loaded));
        true
    }

    /// A small integer that meets what was loaded from a slot right before it.
    fn merge_integer(&mut self) {
        let length = self.ops.len();
        match self.ops[..] {
            [.., Op::Load(slot), Op::BinaryInt(op, number)] if slot <= 0xffff && self.barrier + 2 <= length => {
                self.fuse(length - 2, Op::BinarySlotInt(op, slot as u16, number));
            }
            [.., Op::Load(slot), Op::Int(number), Op::CompareJump(op, target)]
                if slot <= 0xff
                    && self.barrier + 3 <= length
                    && !matches!(op, CompareOp::In | CompareOp::NotIn | CompareOp::Is | CompareOp::IsNot) =>
            {
                let Ok(number) = i8::try_from(number) else { return };
                self.fuse(length - 3, Op::CompareJumpInt { op, slot: slot as u8, number, target });
            }
            _ => {}
        }
    }

    /// One instruction in place of all from `at` on, the first of which loads a slot.
    fn fuse(&mut self, at: usize, op: Op) {
        let (loaded, span) = (self.spans[at], self.spans[self.spans.len() - 1]);
        self.ops.truncate(at);
        self.spans.truncate(at);
        self.ops.push(op);
        self.spans.push(span);
        self.operands.push((at as u32, loaded, loaded));
    }

    pub(super) fn finish(
        mut self,
        source: &Rc<Source>,
        scopes: &[Scope],
        kind: CodeKind,
        parameters: ParameterCounts,
    ) -> Code {
        if !self.dead {
            self.emit(Op::None);
            self.emit(Op::Return);
        }
        let labels = &self.labels;
        let resolve = |label: u32| labels.get(label as usize).copied().unwrap_or(0);
        for op in &mut self.ops {
            retarget(op, resolve);
        }
        for handler in &mut self.handlers {
            handler.target = resolve(handler.target);
        }
        let simple = parameters.keyword_only == 0 && !parameters.var_positional && !parameters.var_keyword;
        Code {
            name: self.name,
            qualname: self.qualname,
            source: source.clone(),
            ops: self.ops.into(),
            spans: self.spans.into(),
            operands: self.operands.into(),
            constants: self.constants.into(),
            sites: self.sites.into_iter().map(Site::new).collect(),
            slots: self.slots.into(),
            free: self.free,
            first_free: self.first_free,
            cells: self.cells.into(),
            stack: self.most + 2,
            handlers: self.handlers.into(),
            kind,
            parameters,
            simple,
            doc: self.doc,
            span: self.definition,
            has_namespace: !scopes[self.scope as usize].kind.is_function(),
        }
    }
}

/// Where a jump goes.
fn target(op: Op) -> Option<u32> {
    match op {
        Op::Jump(label)
        | Op::JumpBack(label)
        | Op::JumpIfFalse(label)
        | Op::JumpIfTrue(label)
        | Op::JumpIfFalseOrPop(label)
        | Op::JumpIfTrueOrPop(label)
        | Op::JumpIfNone(label)
        | Op::JumpIfNotNone(label)
        | Op::ForIter(label)
        | Op::CompareJump(_, label)
        | Op::CompareJumpInt { target: label, .. }
        | Op::ForIterStore { target: label, .. } => Some(label),
        _ => None,
    }
}

fn retarget(op: &mut Op, resolve: impl Fn(u32) -> u32) {
    match op {
        Op::Jump(label)
        | Op::JumpBack(label)
        | Op::JumpIfFalse(label)
        | Op::JumpIfTrue(label)
        | Op::JumpIfFalseOrPop(label)
        | Op::JumpIfTrueOrPop(label)
        | Op::JumpIfNone(label)
        | Op::JumpIfNotNone(label)
        | Op::ForIter(label)
        | Op::CompareJump(_, label)
        | Op::CompareJumpInt { target: label, .. }
        | Op::ForIterStore { target: label, .. } => *label = resolve(*label),
        _ => {}
    }
}

/// How the depth of the stack changes: going on, and jumping.
fn effect(op: Op) -> (i32, i32) {
    let fall = match op {
        Op::Nop
        | Op::Swap
        | Op::Rot3
        | Op::Rot4
        | Op::Delete(_)
        | Op::DeleteCell(_)
        | Op::DeleteGlobal(_)
        | Op::DeleteName(_)
        | Op::LoadAttr(_)
        | Op::Plus
        | Op::Minus
        | Op::Invert
        | Op::Not
        | Op::Jump(_)
        | Op::JumpBack(_)
        | Op::GetIter
        | Op::GetAsyncIter
        | Op::GetAwaitable
        | Op::GetYieldFromIter
        | Op::Yield
        | Op::ListToTuple
        | Op::SetupAnnotations
        | Op::MakeCell(_)
        | Op::Unsupported(_)
        | Op::StoreLoad(..)
        | Op::BinaryInt(..)
        | Op::ReturnSlot(_)
        | Op::CompareJumpInt { .. }
        | Op::MatchesException => 0,
        Op::Dup
        | Op::Copy(_)
        | Op::Const(_)
        | Op::Int(_)
        | Op::None
        | Op::Unset
        | Op::Load(_)
        | Op::LoadUnchecked(_)
        | Op::LoadCell(_)
        | Op::LoadClosure(_)
        | Op::LoadClassCell { .. }
        | Op::LoadGlobal(_)
        | Op::LoadName(_)
        | Op::LoadMethod(_)
        | Op::GetAsyncNext
        | Op::LoadBuildClass
        | Op::PushHandled
        | Op::EnterWith
        | Op::EnterAsyncWith
        | Op::ExitWith
        | Op::LoadAssertionError
        | Op::ImportFrom(_)
        | Op::MatchSequence
        | Op::MatchMapping
        | Op::MatchLength
        | Op::MatchKeys
        | Op::BinarySlotInt(..)
        | Op::LoadAttrSlot { .. }
        | Op::BinarySlots(..) => 1,
        Op::Dup2 | Op::Load2(..) | Op::LoadGlobalCall(_) | Op::LoadMethodSlot { .. } => 2,
        Op::Pop
        | Op::Store(_)
        | Op::StoreCell(_)
        | Op::StoreGlobal(_)
        | Op::StoreName(_)
        | Op::DeleteAttr(_)
        | Op::Subscript
        | Op::Binary(_)
        | Op::InPlace(_)
        | Op::Compare(_)
        | Op::YieldFrom
        | Op::Return
        | Op::ListAppend(_)
        | Op::SetAdd(_)
        | Op::ListExtend
        | Op::ArgsExtend
        | Op::SetUpdate
        | Op::DictUpdate
        | Op::DictMerge(_)
        | Op::Reraise
        | Op::PopHandled
        | Op::Import(_)
        | Op::ImportStar
        | Op::StoreAttrSlot { .. }
        | Op::MatchRest => -1,
        Op::InPlaceStore(..) | Op::StoreAttr(_) | Op::DeleteSubscript | Op::DictAdd(_) | Op::EndAsyncFor => -2,
        Op::StoreSubscript => -3,
        Op::MatchClass(_) => -2,
        Op::BuildList(count)
        | Op::BuildTuple(count)
        | Op::BuildSet(count)
        | Op::BuildConstantSet(count)
        | Op::BuildString(count) => 1 - count as i32,
        Op::BuildDict(count) => 1 - 2 * count as i32,
        Op::BuildSlice(step) => -1 - i32::from(step),
        Op::Unpack(count) => count as i32 - 1,
        Op::UnpackStar(before, after) => i32::from(before) + i32::from(after),
        Op::Format { has_spec, .. } => -i32::from(has_spec),
        Op::Call(count) => -1 - count as i32,
        Op::CallKeywords { count, .. } => -1 - i32::from(count),
        Op::CallUnpacked(keywords) => -2 - i32::from(keywords),
        Op::MakeFunction { parts, .. } => 1 - parts.count_ones() as i32,
        Op::Raise(count) => -(count as i32),
        Op::JumpIfFalse(_) | Op::JumpIfTrue(_) | Op::JumpIfNone(_) | Op::JumpIfNotNone(_) => return (-1, -1),
        Op::JumpIfFalseOrPop(_) | Op::JumpIfTrueOrPop(_) => return (-1, 0),
        Op::CompareJump(..) => return (-2, -2),
        Op::ForIter(_) => return (1, -1),
        Op::ForIterStore { .. } => return (0, -1),
    };
    (fall, fall)
}
