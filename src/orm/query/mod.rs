//! Queries and what they hold: expressions, lookups, conditions and joins.

mod conditions;
mod custom;
mod expression;
mod func;
mod join;
mod lookup;
mod state;

pub use conditions::{Connector, Q, QNode, WhereNode};
pub use custom::{Custom, ExpressionHooks};
pub use expression::{
    Aggregate, Case, Col, ColPairs, Combined, CombinedKind, Expr, Expression, ExtraWhere, Frame, FrameBound,
    FrameExclusion, FrameKind, OrderBy, OutputType, QueryExpr, RawSql, Subquery, Value, When, Window,
};
pub use func::{FUNC, Func, FuncOverrides, FuncSpec, FuncWriter, Output};
pub use join::{FilteredRelation, Join, JoinType, Table};
pub use lookup::{Lookup, LookupClass, LookupFactory, LookupSpec};
pub use state::{Deferred, Explain, Extra, GroupBy, Query, QueryKind, Related, RelatedNames, Selected, UpdateData};
