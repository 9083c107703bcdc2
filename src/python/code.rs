//! Compiled bodies: compact instructions, with the places they came from alongside.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::nodes::{BinaryOp, CompareOp, Conversion};
use super::object::{Str, Value};
use crate::diagnostics::{Place, Span};

/// A source text under its name.
#[derive(Debug)]
pub struct Source {
    /// What tracebacks call it.
    pub filename: Str,
    /// The text.
    pub text: String,
    /// Ours: its frames are hidden from tracebacks, and the place of a call made in it is its caller's.
    pub internal: bool,
    /// A text that no file holds, as that of `exec`: tracebacks don't show its lines.
    pub unlisted: bool,
    line_starts: Vec<u32>,
}

impl Source {
    /// A learner's text.
    pub fn new(filename: &str, text: impl Into<String>) -> Rc<Self> {
        Self::build(filename, text.into(), false, false)
    }

    /// A learner's text that is no program of its own.
    pub fn unlisted(filename: &str, text: impl Into<String>) -> Rc<Self> {
        Self::build(filename, text.into(), false, true)
    }

    /// A text of ours.
    pub fn internal(filename: &str, text: impl Into<String>) -> Rc<Self> {
        Self::build(filename, text.into(), true, false)
    }

    fn build(filename: &str, text: String, internal: bool, unlisted: bool) -> Rc<Self> {
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
        Rc::new(Self { filename: Str::from(filename), text, internal, unlisted, line_starts })
    }

    /// The one-based line of a byte.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|start| *start <= offset).max(1) as u32
    }

    /// The one-based line and column of a byte.
    pub fn place(&self, offset: u32) -> Place {
        let line = self.line(offset);
        let start = self.line_starts.get(line as usize - 1).copied().unwrap_or(0) as usize;
        let before = self.text.get(start..offset as usize).unwrap_or("");
        Place { line, column: before.chars().count() as u32 + 1 }
    }

    /// The text of a one-based line, without its end.
    pub fn line_text(&self, line: u32) -> &str {
        let at = (line as usize).wrapping_sub(1);
        let Some(&start) = self.line_starts.get(at) else { return "" };
        let end = self.line_starts.get(at + 1).map_or(self.text.len(), |end| *end as usize);
        self.text.get(start as usize..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// Where a one-based line starts.
    pub fn line_start(&self, line: u32) -> u32 {
        self.line_starts.get((line as usize).wrapping_sub(1)).copied().unwrap_or(self.text.len() as u32)
    }
}

/// What a call of a body makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// It runs.
    Plain,
    /// A generator.
    Generator,
    /// A coroutine.
    Coroutine,
    /// An asynchronous generator.
    AsyncGenerator,
}

/// The parameters of a function's body. They are its first slots: positional ones, keyword-only ones, `*args`,
/// `**kwargs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParameterCounts {
    /// Positional ones that can't be passed by name.
    pub positional_only: u16,
    /// All positional ones.
    pub positional: u16,
    /// Keyword-only ones.
    pub keyword_only: u16,
    /// `*args`?
    pub var_positional: bool,
    /// `**kwargs`?
    pub var_keyword: bool,
}

impl ParameterCounts {
    /// How many slots they take.
    pub fn slots(&self) -> usize {
        self.positional as usize
            + self.keyword_only as usize
            + usize::from(self.var_positional)
            + usize::from(self.var_keyword)
    }
}

/// A compiled module, class body, function, lambda or comprehension. It never changes but for its inline caches.
pub struct Code {
    /// `<module>`, `<lambda>`, `<listcomp>` or the name.
    pub name: Str,
    /// The name with what is around it.
    pub qualname: Str,
    /// The text it was compiled from.
    pub source: Rc<Source>,
    /// The instructions.
    pub ops: Box<[Op]>,
    /// Where each came from.
    pub spans: Box<[Span]>,
    /// Where the operands of instructions that load two slots came from, by instruction. A traceback entry counts on from
    /// the last instruction into these: two for each.
    pub operands: Box<[(u32, Span, Span)]>,
    /// Constants, nested bodies among them.
    pub constants: Box<[Value]>,
    /// Names of globals, attributes and imports, each with what was found there last.
    pub sites: Box<[Site]>,
    /// Names of the slots: parameters, other locals, cells, then the cells that come from around.
    pub slots: Box<[Str]>,
    /// How many slots are filled from the closure.
    pub free: u32,
    /// The first of them; they stand together.
    pub first_free: u32,
    /// Slots that hold a cell made by this body.
    pub cells: Box<[u32]>,
    /// How many values the stack holds at most above the slots.
    pub stack: u32,
    /// The protected ranges, inner ones first.
    pub handlers: Box<[Handler]>,
    /// What a call makes.
    pub kind: CodeKind,
    /// The parameters.
    pub parameters: ParameterCounts,
    /// A call needs no more than its arguments put in their slots: no `*args`, `**kwargs`, keyword-only parameters.
    pub simple: bool,
    /// The first string of the body.
    pub doc: Option<Str>,
    /// Where it is defined.
    pub span: Span,
    /// A class body or a module: names are looked up in a namespace.
    pub has_namespace: bool,
}

impl Code {
    /// The names of its own variables, parameters first: `co_varnames`.
    pub fn variable_names(&self) -> Vec<Value> {
        let free = self.first_free as usize..(self.first_free + self.free) as usize;
        let names = self.slots.iter().enumerate().filter(|(at, name)| {
            let captured = self.cells.contains(&(*at as u32)) && *at >= self.parameters.slots();
            !free.contains(at) && !captured && !name.starts_with('.')
        });
        names.map(|(_, name)| Value::Str(name.clone())).collect()
    }

    /// The names that it takes from around: `co_freevars`.
    pub fn free_names(&self) -> Vec<Value> {
        let names = self.slots.iter().skip(self.first_free as usize).take(self.free as usize);
        names.map(|name| Value::Str(name.clone())).collect()
    }

    /// `co_flags`, as far as `inspect` looks at them.
    pub fn flags(&self) -> i64 {
        let kind = match self.kind {
            CodeKind::Plain => 0,
            CodeKind::Generator => 0x20,
            CodeKind::Coroutine => 0x80,
            CodeKind::AsyncGenerator => 0x200,
        };
        let function = if self.has_namespace { 0 } else { 3 };
        let rest = if self.parameters.var_positional { 4 } else { 0 };
        function | rest | if self.parameters.var_keyword { 8 } else { 0 } | kind
    }

    /// The one-based line that the definition starts on.
    pub fn first_line(&self) -> u32 {
        self.source.line(self.span.start)
    }

    /// The place of an instruction, or of an operand as [`Code::operand`] numbers them.
    pub fn span_of(&self, instruction: u32) -> Span {
        if let Some(span) = self.spans.get(instruction as usize) {
            return *span;
        }
        let past = instruction as usize - self.spans.len();
        match self.operands.get(past / 2) {
            Some((_, first, second)) => [*first, *second][past % 2],
            None => self.span,
        }
    }

    /// The number under which the first or second operand of an instruction stands in a traceback.
    pub fn operand(&self, instruction: u32, second: bool) -> u32 {
        match self.operands.binary_search_by_key(&instruction, |entry| entry.0) {
            Ok(at) => (self.spans.len() + at * 2 + usize::from(second)) as u32,
            Err(_) => instruction,
        }
    }

    /// The one-based line of an instruction.
    pub fn line_of(&self, instruction: u32) -> u32 {
        self.source.line(self.span_of(instruction).start)
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "code {} {:?}", self.qualname, self.slots)?;
        for (at, op) in self.ops.iter().enumerate() {
            writeln!(f, "{at:5} {op:?}")?;
        }
        for handler in &self.handlers {
            writeln!(f, "  {handler:?}")?;
        }
        for constant in &self.constants {
            if let Value::Code(code) = constant {
                write!(f, "{code:?}")?;
            }
        }
        Ok(())
    }
}

/// A range of instructions whose exceptions are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The first instruction.
    pub start: u32,
    /// The one after the last.
    pub end: u32,
    /// Where to go on, the exception on the stack.
    pub target: u32,
    /// How many values above the slots stay.
    pub depth: u32,
}

/// A name that code looks up, and what it found there last.
pub struct Site {
    /// The name, interned.
    pub name: Str,
    /// The version of the class or the shape of the namespace that the rest is true for; 0 for none.
    pub version: Cell<u32>,
    /// A second version: that of the builtins.
    pub other: Cell<u32>,
    /// Where in the namespace, or how.
    pub position: Cell<u32>,
    /// What the class gave.
    pub value: RefCell<Value>,
}

impl Site {
    /// Nothing found yet.
    pub fn new(name: Str) -> Self {
        Self {
            name,
            version: Cell::new(0),
            other: Cell::new(0),
            position: Cell::new(0),
            value: RefCell::new(Value::Unset),
        }
    }
}

/// One instruction. `TOS` is the top of the stack; what is taken off stands before the arrow, what is put on after it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are explained with their instruction")]
pub enum Op {
    /// Nothing.
    Nop,
    /// `a →`
    Pop,
    /// `a → a a`
    Dup,
    /// `a b → a b a b`
    Dup2,
    /// `a b → b a`
    Swap,
    /// `a b c → c a b`
    Rot3,
    /// `a b c d → d a b c`
    Rot4,
    /// Puts a copy of the value so many below the top (1 is the top) on it.
    Copy(u32),
    /// `→ constant`
    Const(u32),
    /// `→ integer`
    Int(i32),
    /// `→ None`
    None,
    /// `→ ` nothing: the missing `self` of a call
    Unset,
    /// `→ slot`
    Load(u32),
    /// Two at once.
    Load2(u16, u16),
    /// `a →`
    Store(u32),
    /// As [`Op::Load`] and [`Op::Return`]: the slot is emptied.
    ReturnSlot(u32),
    /// Store, then load.
    StoreLoad(u16, u16),
    /// Unbinds a slot.
    Delete(u32),
    /// `→ content of the cell`
    LoadCell(u32),
    /// `a →`
    StoreCell(u32),
    /// Unbinds the cell's content.
    DeleteCell(u32),
    /// `→ the cell itself`
    LoadClosure(u32),
    /// In a class body: the namespace first, then the cell.
    LoadClassCell { slot: u16, site: u32 },
    /// `→ global or builtin`
    LoadGlobal(u32),
    /// `→ global nothing`: what a call begins with.
    LoadGlobalCall(u32),
    /// `a →`
    StoreGlobal(u32),
    /// Unbinds a global.
    DeleteGlobal(u32),
    /// `→ name` in the namespace, then global, then builtin
    LoadName(u32),
    /// `a →`
    StoreName(u32),
    /// Unbinds in the namespace.
    DeleteName(u32),
    /// `object → attribute`
    LoadAttr(u32),
    /// `object → function self`, or `attribute nothing`
    LoadMethod(u32),
    /// `value object →`
    StoreAttr(u32),
    /// `→ attribute` of what a slot holds
    LoadAttrSlot { slot: u16, site: u32 },
    /// `→ function self`, or `attribute nothing`, of what a slot holds
    LoadMethodSlot { slot: u16, site: u32 },
    /// `value →`, into an attribute of what a slot holds
    StoreAttrSlot { slot: u16, site: u32 },
    /// `object →`
    DeleteAttr(u32),
    /// `object index → item`
    Subscript,
    /// `value object index →`
    StoreSubscript,
    /// `object index →`
    DeleteSubscript,
    /// `a b → c`
    Binary(BinaryOp),
    /// Both operands are slots.
    BinarySlots(BinaryOp, u16, u16),
    /// The right operand is a small integer.
    BinaryInt(BinaryOp, i16),
    /// `→ c`, of a slot and a small integer
    BinarySlotInt(BinaryOp, u16, i16),
    /// `a b → c`
    InPlace(BinaryOp),
    /// `a b →`, the result going to a slot.
    InPlaceStore(BinaryOp, u16),
    /// `a → +a`
    Plus,
    /// `a → -a`
    Minus,
    /// `a → ~a`
    Invert,
    /// `a → not a`
    Not,
    /// `a b → c`
    Compare(CompareOp),
    /// `a b →`, jumps unless the comparison holds.
    CompareJump(CompareOp, u32),
    /// Jumps unless the comparison of a slot with a small integer holds.
    CompareJumpInt { op: CompareOp, slot: u8, number: i8, target: u32 },
    /// To an instruction.
    Jump(u32),
    /// Backwards, which is where limits are looked at.
    JumpBack(u32),
    /// `a →`, jumps if false.
    JumpIfFalse(u32),
    /// `a →`, jumps if true.
    JumpIfTrue(u32),
    /// `a →`, unless it jumps, if false.
    JumpIfFalseOrPop(u32),
    /// `a →`, unless it jumps, if true.
    JumpIfTrueOrPop(u32),
    /// `a →`, jumps if `None`.
    JumpIfNone(u32),
    /// `a →`, jumps if not `None`.
    JumpIfNotNone(u32),
    /// `iterable → iterator`
    GetIter,
    /// `iterator → iterator item`, or `iterator →` and a jump at the end
    ForIter(u32),
    /// The same, the item going to a slot at once.
    ForIterStore { slot: u16, target: u32 },
    /// `iterable → asynchronous iterator`
    GetAsyncIter,
    /// `iterator → iterator awaitable`
    GetAsyncNext,
    /// `awaitable → iterator to wait on`
    GetAwaitable,
    /// `iterable → iterator to yield from`
    GetYieldFromIter,
    /// `iterator sent → iterator yielded` and out, or `result` and on.
    YieldFrom,
    /// `value → sent`, out of the generator in between.
    Yield,
    /// `value →`, out of the function.
    Return,
    /// `… → list`
    BuildList(u32),
    /// `… → tuple`
    BuildTuple(u32),
    /// `… → set`
    BuildSet(u32),
    /// The same of constants, three or more: CPython goes by a frozenset that it made of them, which shows in the order.
    BuildConstantSet(u32),
    /// `key value … → dict`
    BuildDict(u32),
    /// `start stop [step] → slice`
    BuildSlice(bool),
    /// `strings → string`
    BuildString(u32),
    /// `… value → …`, into the list so many below
    ListAppend(u32),
    /// `… value → …`, into the set so many below
    SetAdd(u32),
    /// `… key value → …`, into the dict so many below
    DictAdd(u32),
    /// `list iterable → list`
    ListExtend,
    /// `function nothing list iterable → function nothing list`
    ArgsExtend,
    /// `set iterable → set`
    SetUpdate,
    /// `dict mapping → dict`
    DictUpdate,
    /// `function nothing … dict mapping → … dict`, where a key that is there already is an error.
    DictMerge(u32),
    /// `list → tuple`
    ListToTuple,
    /// `iterable → items`, the first on top
    Unpack(u32),
    /// The same with a star after so many, before so many.
    UnpackStar(u16, u16),
    /// `value [spec] → string`
    Format { conversion: FormatConversion, has_spec: bool },
    /// `function self … → result`
    Call(u32),
    /// The same, the last of the arguments named by the constant.
    CallKeywords { count: u16, names: u32 },
    /// `function nothing tuple-or-list [dict] → result`
    CallUnpacked(bool),
    /// `[defaults] [keyword defaults] [annotations] [cells] → function`
    MakeFunction { parts: u8, code: u32 },
    /// `→ __build_class__`
    LoadBuildClass,
    /// A `raise` of so many values.
    Raise(u32),
    /// `exception →`, raised again as it is.
    Reraise,
    /// `exception → handled-before exception`; what is handled now is the exception.
    PushHandled,
    /// `handled-before →`: handled again.
    PopHandled,
    /// `exception class → exception truth`
    MatchesException,
    /// `manager → exit entered`
    EnterWith,
    /// `manager → exit awaitable`
    EnterAsyncWith,
    /// `exit handled-before exception → … result`: calls the exit with what was raised.
    ExitWith,
    /// `iterator exception →` if the exception ends the loop; raised again otherwise.
    EndAsyncFor,
    /// `→ AssertionError`
    LoadAssertionError,
    /// `level names → module`; the names are a tuple or `None`.
    Import(u32),
    /// `module → module attribute`
    ImportFrom(u32),
    /// `module →`, all its public names bound
    ImportStar,
    /// Makes `__annotations__` in the namespace unless it is there.
    SetupAnnotations,
    /// Puts a cell into a slot, around what the slot holds.
    MakeCell(u32),
    /// `subject → subject truth`: a sequence in the sense of patterns?
    MatchSequence,
    /// `subject → subject truth`
    MatchMapping,
    /// `subject → subject length`
    MatchLength,
    /// `subject keys → subject keys values-or-None`
    MatchKeys,
    /// `subject class names → tuple-or-None`
    MatchClass(u32),
    /// `subject keys → rest`: a copy of the mapping without the keys
    MatchRest,
    /// Raises `Unsupported` with the constant as the feature's name.
    Unsupported(u32),
    /// A local that may not be read before it is bound: `LoadFast` of comprehensions' `.0`.
    LoadUnchecked(u32),
}

/// The conversion of a replacement field, as in the nodes.
pub type FormatConversion = Conversion;

/// The bits of [`Op::MakeFunction`].
pub mod function_parts {
    /// A tuple of defaults is on the stack.
    pub const DEFAULTS: u8 = 1;
    /// A dict of defaults of keyword-only parameters.
    pub const KEYWORD_DEFAULTS: u8 = 2;
    /// A dict of annotations.
    pub const ANNOTATIONS: u8 = 4;
    /// A tuple of cells.
    pub const CLOSURE: u8 = 8;
}
