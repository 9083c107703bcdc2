//! Expressions as data: what stands in a select list, a condition, a grouping or an ordering.

use std::rc::Rc;

use super::{Custom, Func, Lookup, Q, Query, WhereNode};
use crate::orm::Datum;
use crate::orm::models::{Field, Side};

/// A shared expression. Expressions never change: resolving or relabelling gives new ones.
pub type Expr = Rc<Expression>;

/// The type of an expression's value, as a field.
pub type OutputType = Field;

/// An expression, unresolved (as written) or resolved (bound to a query's aliases).
#[derive(Clone)]
pub enum Expression {
    /// `F("author__name")`.
    F(Rc<str>),
    /// `OuterRef("pk")`.
    OuterRef {
        /// The name, for the query around.
        name: Rc<str>,
        /// How many further `OuterRef`s it is wrapped in.
        depth: u32,
    },
    /// An `OuterRef` one level in: an `F` for the query around.
    ResolvedOuterRef(Rc<str>),
    /// A column of an alias.
    Col(Col),
    /// The columns of a key made of several.
    ColPairs(ColPairs),
    /// A select alias in place of the expression it names.
    Ref {
        /// The alias.
        refs: Rc<str>,
        /// What it names.
        source: Expr,
    },
    /// `Value(…)`.
    Value(Value),
    /// `*`.
    Star,
    /// `NULL` as a default of the database (`DatabaseDefault`) with the expression that a backend may spell out.
    DatabaseDefault(Expr),
    /// A function call of any kind, transforms included.
    Func(Func),
    /// An aggregate.
    Aggregate(Aggregate),
    /// `a + b`.
    Combined(Combined),
    /// `ExpressionWrapper(…, output_field)`.
    Wrapper {
        /// What is wrapped.
        inner: Expr,
        /// The declared type.
        output: OutputType,
    },
    /// `~expression`.
    Negated(Expr),
    /// `Case(…)`.
    Case(Case),
    /// `When(…)`.
    When(When),
    /// `Subquery(queryset)`, and `Exists`.
    Subquery(Subquery),
    /// A query that stands as an operand itself.
    Query(QueryExpr),
    /// `Window(…)`.
    Window(Window),
    /// `RawSQL(…)`.
    RawSql(RawSql),
    /// `expression.asc()`/`.desc()`.
    OrderBy(OrderBy),
    /// Expressions in a row, joined by commas.
    List(Rc<[Expr]>),
    /// A position in the select list, in place of the expression there.
    PositionRef {
        /// The one-based position.
        ordinal: usize,
        /// The select alias, when there is one.
        refs: Option<Rc<str>>,
        /// What stands there.
        source: Expr,
    },
    /// A `Q` as written.
    Q(Q),
    /// A resolved condition.
    Where(Rc<WhereNode>),
    /// A lookup.
    Lookup(Lookup),
    /// A condition of `extra(where=…)`.
    ExtraWhere(ExtraWhere),
    /// A condition that never holds.
    Nothing,
    /// An expression of a host's class.
    Custom(Custom),
}

/// A column of a table in the query.
#[derive(Clone)]
pub struct Col {
    /// The table's alias; `None` writes the bare column, as in checks and updates.
    pub alias: Option<Rc<str>>,
    /// The column's field.
    pub target: Field,
    /// The type, which differs from the target's when a relation is read through its key.
    pub output: Side,
    /// Whether an `OuterRef` reached it through a relation, so that it may have several values.
    pub possibly_multivalued: bool,
    /// Whether it was made with a type, be it the target's own: such a column equals only another such.
    pub typed: bool,
}

/// The columns of a composite key or of a foreign object.
#[derive(Clone)]
pub struct ColPairs {
    /// The table's alias.
    pub alias: Option<Rc<str>>,
    /// The columns' fields.
    pub targets: Rc<[Field]>,
    /// The fields on the near side of the relation.
    pub sources: Rc<[Field]>,
    /// The field that they make up.
    pub output: Side,
}

/// A constant.
#[derive(Clone)]
pub struct Value {
    /// The constant.
    pub value: Datum,
    /// The declared type; without one it follows from the value.
    pub output: Option<OutputType>,
    /// Whether it is about to be stored, so that the field prepares it for that.
    pub for_save: bool,
}

/// An aggregate function.
#[derive(Clone)]
pub struct Aggregate {
    /// The function and its arguments.
    pub func: Func,
    /// `distinct=True`.
    pub distinct: bool,
    /// `filter=`.
    pub filter: Option<Expr>,
    /// `order_by=` of aggregates that take one.
    pub order_by: Option<Expr>,
    /// `default=`.
    pub default: Option<Expr>,
    /// Whether the default was given as an expression, which has a type of its own.
    pub default_typed: bool,
    /// Whether it was resolved by `aggregate()`, above the rows that the query gives.
    pub is_summary: bool,
}

/// Two operands and an operator between them.
#[derive(Clone)]
pub struct Combined {
    /// Left operand.
    pub lhs: Expr,
    /// Django's connector: `+`, `-`, `*`, `/`, `%%`, `^`, `&`, `|`, `#`, `<<`, `>>`.
    pub connector: &'static str,
    /// Right operand.
    pub rhs: Expr,
    /// The declared type.
    pub output: Option<OutputType>,
    /// What resolving found it to be.
    pub kind: CombinedKind,
}

/// How a combination is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CombinedKind {
    /// As written.
    Plain,
    /// With a duration on one side.
    Duration,
    /// The difference of two dates, times or moments.
    TemporalSubtraction,
}

/// `Case(…, default=…)`.
#[derive(Clone)]
pub struct Case {
    /// The branches, each an [`Expression::When`].
    pub cases: Vec<Expr>,
    /// What no branch's rows get.
    pub default: Expr,
    /// The declared type.
    pub output: Option<OutputType>,
}

/// `When(condition, then=…)`.
#[derive(Clone)]
pub struct When {
    /// The condition.
    pub condition: Expr,
    /// The value.
    pub result: Expr,
}

/// `Subquery(queryset)` or `Exists(queryset)`.
#[derive(Clone)]
pub struct Subquery {
    /// The query inside.
    pub query: Rc<Query>,
    /// The declared type.
    pub output: Option<OutputType>,
    /// Whether it is an `Exists`.
    pub exists: bool,
    /// A template that replaces `(%(subquery)s)`.
    pub template: Option<Rc<str>>,
    /// Values for the template's further names.
    pub extra: Vec<(Rc<str>, Datum)>,
}

/// A query as an operand, as `name__in=queryset` holds one.
#[derive(Clone)]
pub struct QueryExpr {
    /// The query.
    pub query: Rc<Query>,
}

/// `Window(expression, partition_by, order_by, frame)`.
#[derive(Clone)]
pub struct Window {
    /// The function over the window.
    pub source: Expr,
    /// `partition_by=` as a list.
    pub partition_by: Option<Expr>,
    /// `order_by=` as a list.
    pub order_by: Option<Expr>,
    /// `frame=`.
    pub frame: Option<Frame>,
    /// The declared type.
    pub output: Option<OutputType>,
}

/// A window frame.
#[derive(Clone)]
pub struct Frame {
    /// `ROWS` or `RANGE`.
    pub kind: FrameKind,
    /// `start=`.
    pub start: FrameBound,
    /// `end=`.
    pub end: FrameBound,
    /// `exclusion=`.
    pub exclusion: Option<FrameExclusion>,
}

/// The unit of a window frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum FrameKind {
    Rows,
    Range,
}

/// One end of a window frame, as given: `None` is unbounded.
#[derive(Clone)]
pub struct FrameBound(pub Datum);

/// `EXCLUDE …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum FrameExclusion {
    CurrentRow,
    Group,
    Ties,
    NoOthers,
}

/// `RawSQL(sql, params)`.
#[derive(Clone)]
pub struct RawSql {
    /// The text with `%s` placeholders.
    pub sql: Rc<str>,
    /// Its parameters.
    pub params: Rc<[Datum]>,
    /// The declared type.
    pub output: Option<OutputType>,
}

/// A term of an ordering.
#[derive(Clone)]
pub struct OrderBy {
    /// What is ordered by.
    pub expr: Expr,
    /// Whether it descends.
    pub descending: bool,
    /// `nulls_first=True`.
    pub nulls_first: bool,
    /// `nulls_last=True`.
    pub nulls_last: bool,
}

/// Conditions of `extra(where=…, params=…)`.
#[derive(Clone)]
pub struct ExtraWhere {
    /// The texts.
    pub sqls: Rc<[Rc<str>]>,
    /// The parameters of all of them.
    pub params: Rc<[Datum]>,
}

impl Expression {
    /// The name of Django's class.
    pub fn class_name(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::F(_) => "F",
            Self::OuterRef { .. } => "OuterRef",
            Self::ResolvedOuterRef(_) => "ResolvedOuterRef",
            Self::Col(_) => "Col",
            Self::ColPairs(_) => "ColPairs",
            Self::Ref { .. } => "Ref",
            Self::Value(_) => "Value",
            Self::Star => "Star",
            Self::DatabaseDefault(_) => "DatabaseDefault",
            Self::Func(func) => return func.class_name().into(),
            Self::Aggregate(aggregate) => return aggregate.func.class_name().into(),
            Self::Combined(combined) => match combined.kind {
                CombinedKind::Plain => "CombinedExpression",
                CombinedKind::Duration => "DurationExpression",
                CombinedKind::TemporalSubtraction => "TemporalSubtraction",
            },
            Self::Wrapper { .. } => "ExpressionWrapper",
            Self::Negated(_) => "NegatedExpression",
            Self::Case(_) => "Case",
            Self::When(_) => "When",
            Self::Subquery(subquery) if subquery.exists => "Exists",
            Self::Subquery(_) => "Subquery",
            Self::Query(_) => "Query",
            Self::Window(_) => "Window",
            Self::RawSql(_) => "RawSQL",
            Self::OrderBy(_) => "OrderBy",
            Self::List(_) => "ExpressionList",
            Self::PositionRef { .. } => "PositionRef",
            Self::Q(_) => "Q",
            Self::Where(_) => "WhereNode",
            Self::Lookup(lookup) => lookup.spec.name,
            Self::ExtraWhere(_) => "ExtraWhere",
            Self::Nothing => "NothingNode",
            Self::Custom(custom) => return custom.hooks.class_name().into(),
        }
        .into()
    }
}
