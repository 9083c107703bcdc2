//! Our own syntax tree: what the compiler reads, free of any parser's types.
//!
//! Every node that opens a scope carries a [`ScopeId`], given out in source order, under which the scope analysis
//! files what it learnt about the names in it.

use std::rc::Rc;

use num_bigint::BigInt;

use crate::diagnostics::Span;

/// A name as written, shared between the nodes that mention it.
pub type Name = Rc<str>;

/// The number of a scope in one module; the module itself is 0.
pub type ScopeId = u32;

/// A whole source text.
#[derive(Debug)]
pub struct Module {
    /// The statements at the top level.
    pub body: Vec<Stmt>,
    /// How many scopes were numbered, the module's included.
    pub scopes: u32,
    /// `from __future__ import annotations` stands at the top.
    pub lazy_annotations: bool,
}

/// A statement and its place.
#[derive(Debug)]
pub struct Stmt {
    /// The statement's whole text, its body included.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The kinds of statements.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are what the statement's grammar calls them")]
pub enum StmtKind {
    /// An expression evaluated for its effect.
    Expr(Expr),
    /// `a = b = value`.
    Assign { targets: Vec<Expr>, value: Expr },
    /// `target op= value`.
    AugAssign { target: Expr, op: BinaryOp, value: Expr },
    /// `target: annotation [= value]`; `simple` if the target is a bare name without parentheses.
    AnnAssign { target: Expr, annotation: Expr, value: Option<Expr>, simple: bool },
    /// `return [value]`.
    Return(Option<Expr>),
    /// `del targets`.
    Delete(Vec<Expr>),
    /// `pass`.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `if`, with `elif` as an `if` in the other branch.
    If { test: Expr, body: Vec<Stmt>, orelse: Vec<Stmt> },
    /// `while`.
    While { test: Expr, body: Vec<Stmt>, orelse: Vec<Stmt> },
    /// `for` and `async for`.
    For { is_async: bool, target: Expr, iter: Expr, body: Vec<Stmt>, orelse: Vec<Stmt> },
    /// `with` and `async with`.
    With { is_async: bool, items: Vec<WithItem>, body: Vec<Stmt> },
    /// `try`.
    Try { body: Vec<Stmt>, handlers: Vec<Handler>, orelse: Vec<Stmt>, finalbody: Vec<Stmt>, is_star: bool },
    /// `raise [exception [from cause]]`.
    Raise { exception: Option<Expr>, cause: Option<Expr> },
    /// `assert test[, message]`.
    Assert { test: Expr, message: Option<Expr> },
    /// `import a.b as c, d`.
    Import(Vec<Alias>),
    /// `from ..module import names`.
    ImportFrom { module: Option<Name>, names: Vec<Alias>, level: u32 },
    /// `global names`.
    Global(Vec<Name>),
    /// `nonlocal names`.
    Nonlocal(Vec<Name>),
    /// `def` and `async def`.
    Function(Box<FunctionDef>),
    /// `class`.
    Class(Box<ClassDef>),
    /// `match`.
    Match { subject: Expr, cases: Vec<Case> },
}

/// A function definition.
#[derive(Debug)]
pub struct FunctionDef {
    /// Its scope.
    pub scope: ScopeId,
    /// Its name.
    pub name: Name,
    /// The name that it is bound to: the same, unless it is private to a class around it.
    pub bind: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// From `def` on, decorators left out.
    pub def_span: Span,
    /// `async def`?
    pub is_async: bool,
    /// Outermost first.
    pub decorators: Vec<Expr>,
    /// The parameters.
    pub parameters: Parameters,
    /// The annotation after the arrow.
    pub returns: Option<Expr>,
    /// The statements.
    pub body: Vec<Stmt>,
}

/// A class definition.
#[derive(Debug)]
pub struct ClassDef {
    /// Its scope.
    pub scope: ScopeId,
    /// Its name.
    pub name: Name,
    /// The name that it is bound to: the same, unless it is private to a class around it.
    pub bind: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// From `class` on, decorators left out.
    pub def_span: Span,
    /// Outermost first.
    pub decorators: Vec<Expr>,
    /// The bases, starred ones included.
    pub bases: Vec<Expr>,
    /// `metaclass=` and the rest.
    pub keywords: Vec<Keyword>,
    /// The statements.
    pub body: Vec<Stmt>,
}

/// One manager of a `with`.
#[derive(Debug)]
pub struct WithItem {
    /// The manager.
    pub context: Expr,
    /// What follows `as`.
    pub target: Option<Expr>,
}

/// An `except` clause.
#[derive(Debug)]
pub struct Handler {
    /// The clause's whole text.
    pub span: Span,
    /// The classes it catches; all of them if missing.
    pub class: Option<Expr>,
    /// The name after `as`.
    pub name: Option<Name>,
    /// The statements.
    pub body: Vec<Stmt>,
}

/// One name of an import.
#[derive(Debug)]
pub struct Alias {
    /// Its text.
    pub span: Span,
    /// What is imported, dotted or `*`.
    pub name: Name,
    /// The name after `as`.
    pub asname: Option<Name>,
}

/// One `case`.
#[derive(Debug)]
pub struct Case {
    /// What it matches.
    pub pattern: Pattern,
    /// The condition after `if`.
    pub guard: Option<Expr>,
    /// The statements.
    pub body: Vec<Stmt>,
}

/// A pattern and its place.
#[derive(Debug)]
pub struct Pattern {
    /// Its text.
    pub span: Span,
    /// What it is.
    pub kind: PatternKind,
}

/// The kinds of patterns.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are what the pattern's grammar calls them")]
pub enum PatternKind {
    /// Compared by `==`.
    Value(Expr),
    /// `None`, `True`, `False`: compared by identity.
    Singleton(Expr),
    /// A sequence; at most one [`PatternKind::Star`] among them.
    Sequence(Vec<Pattern>),
    /// A mapping.
    Mapping { keys: Vec<Expr>, patterns: Vec<Pattern>, rest: Option<Name> },
    /// `Class(patterns, name=pattern)`.
    Class { class: Expr, patterns: Vec<Pattern>, keywords: Vec<(Name, Pattern)> },
    /// `*name` or `*_` in a sequence.
    Star(Option<Name>),
    /// `pattern as name`, a bare name, or `_` when both are missing.
    As { pattern: Option<Box<Pattern>>, name: Option<Name> },
    /// Alternatives.
    Or(Vec<Pattern>),
}

/// The parameters of a function or lambda.
#[derive(Debug, Default)]
pub struct Parameters {
    /// Before the `/`.
    pub positional_only: Vec<Parameter>,
    /// Between `/` and `*`.
    pub positional: Vec<Parameter>,
    /// `*args`.
    pub var_positional: Option<Parameter>,
    /// After `*`.
    pub keyword_only: Vec<Parameter>,
    /// `**kwargs`.
    pub var_keyword: Option<Parameter>,
}

impl Parameters {
    /// All of them, in the order in which CPython lays out their slots.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.positional_only
            .iter()
            .chain(&self.positional)
            .chain(&self.keyword_only)
            .chain(&self.var_positional)
            .chain(&self.var_keyword)
    }
}

/// One parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its text without the default.
    pub span: Span,
    /// Its name.
    pub name: Name,
    /// Its annotation.
    pub annotation: Option<Expr>,
    /// Its default.
    pub default: Option<Expr>,
}

/// A keyword argument; without a name it is `**value`.
#[derive(Debug)]
pub struct Keyword {
    /// Its text.
    pub span: Span,
    /// The name before `=`.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// An expression and its place.
#[derive(Debug)]
pub struct Expr {
    /// Its text, without parentheses around it.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expressions.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are what the expression's grammar calls them")]
pub enum ExprKind {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// `...`.
    Ellipsis,
    /// An integer of 64 bits.
    Int(i64),
    /// Any other integer.
    BigInt(Box<BigInt>),
    /// A float.
    Float(f64),
    /// The imaginary part of `2j`.
    Imaginary(f64),
    /// A string.
    Str(Rc<str>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// An f-string.
    FString(Vec<FPart>),
    /// A name.
    Name(Name),
    /// `value.name`; the span of the name is kept for the carets.
    Attribute { value: Box<Expr>, name: Name, name_span: Span },
    /// `value[index]`.
    Subscript { value: Box<Expr>, index: Box<Expr> },
    /// `lower:upper:step`.
    Slice { lower: Option<Box<Expr>>, upper: Option<Box<Expr>>, step: Option<Box<Expr>> },
    /// `*value`.
    Starred(Box<Expr>),
    /// A call.
    Call { func: Box<Expr>, args: Vec<Expr>, keywords: Vec<Keyword> },
    /// `left op right`; where the operator stands is kept for the carets.
    Binary { left: Box<Expr>, op: BinaryOp, right: Box<Expr> },
    /// `op operand`.
    Unary { op: UnaryOp, operand: Box<Expr> },
    /// `and` / `or` over two or more.
    BoolOp { is_and: bool, values: Vec<Expr> },
    /// A chain of comparisons.
    Compare { left: Box<Expr>, ops: Vec<CompareOp>, comparators: Vec<Expr> },
    /// `body if test else orelse`.
    Conditional { test: Box<Expr>, body: Box<Expr>, orelse: Box<Expr> },
    /// `name := value`.
    Named { target: Box<Expr>, value: Box<Expr> },
    /// `lambda`.
    Lambda(Box<Lambda>),
    /// `[…]`.
    List(Vec<Expr>),
    /// `(…)`; `parenthesized` says whether it was written with parentheses.
    Tuple { items: Vec<Expr>, parenthesized: bool },
    /// `{…}`.
    Set(Vec<Expr>),
    /// `{key: value}`; without a key it is `**value`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// A comprehension or generator expression.
    Comprehension(Box<Comprehension>),
    /// `await value`.
    Await(Box<Expr>),
    /// `yield [value]`.
    Yield(Option<Box<Expr>>),
    /// `yield from value`.
    YieldFrom(Box<Expr>),
}

/// A lambda.
#[derive(Debug)]
pub struct Lambda {
    /// Its scope.
    pub scope: ScopeId,
    /// The parameters.
    pub parameters: Parameters,
    /// The value.
    pub body: Expr,
}

/// What a comprehension builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComprehensionKind {
    /// `[…]`.
    List,
    /// `{…}`.
    Set,
    /// `{key: value}`.
    Dict,
    /// `(…)`.
    Generator,
}

/// A comprehension or generator expression.
#[derive(Debug)]
pub struct Comprehension {
    /// Its scope; the first iterable is evaluated outside it.
    pub scope: ScopeId,
    /// What it builds.
    pub kind: ComprehensionKind,
    /// The key of a dict, else the element.
    pub element: Expr,
    /// The value of a dict.
    pub value: Option<Expr>,
    /// The `for` clauses, outermost first.
    pub generators: Vec<For>,
}

/// One `for … in … if …` clause.
#[derive(Debug)]
pub struct For {
    /// What is bound.
    pub target: Expr,
    /// What is iterated over.
    pub iter: Expr,
    /// The conditions.
    pub ifs: Vec<Expr>,
    /// `async for`?
    pub is_async: bool,
}

/// A piece of an f-string.
#[derive(Debug)]
pub enum FPart {
    /// Text as it stands.
    Literal(Rc<str>),
    /// `{expression=!r:spec}`; the text of `=` stands before as a literal.
    Value {
        /// The expression.
        expr: Expr,
        /// What follows `!`.
        conversion: Conversion,
        /// The format specification, itself made of parts.
        spec: Option<Vec<FPart>>,
        /// The replacement field with its braces.
        span: Span,
    },
}

/// The conversion in a replacement field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// None given.
    None,
    /// `!s`.
    Str,
    /// `!r`.
    Repr,
    /// `!a`.
    Ascii,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the operator that it is called")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    MatMul,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

/// The unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the operator that it is called")]
pub enum UnaryOp {
    Invert,
    Not,
    Plus,
    Minus,
}

/// The comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the operator that it is called")]
pub enum CompareOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}
