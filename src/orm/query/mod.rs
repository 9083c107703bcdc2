//! Queries and what they hold: expressions, lookups, conditions and joins.
//!
//! Names resolve when a method of [`Query`] is called; what a query holds afterwards is bound to its aliases. Expressions
//! never change: resolving, relabelling and replacing make new ones.

mod build;
mod children;
mod combine;
mod conditions;
mod custom;
mod exclude;
mod expression;
mod filter;
mod func;
pub mod functions;
mod identity;
mod inspect;
mod join;
mod joins;
pub mod lookups;
pub(crate) mod output;
mod path;
mod repr;
pub(crate) mod resolve;
mod rewrite;
mod seen;
mod state;
mod values;

pub use combine::Aggregation;
pub use conditions::{Connector, Q, QNode, Split, WhereNode};
pub use custom::{Custom, ExpressionHooks};
pub use expression::{
    Aggregate, Case, Col, ColPairs, Combined, CombinedKind, Expr, Expression, ExtraWhere, Frame, FrameBound,
    FrameExclusion, FrameKind, OrderBy, OutputType, QueryExpr, RawSql, Subquery, Value, When, Window,
};
pub use filter::{Clause, Filtering};
pub use func::{FUNC, Func, FuncOverrides, FuncRule, FuncSpec, FuncWriter, Output};
pub use join::{FilteredRelation, Join, JoinType, Table};
pub use joins::JoinPromoter;
pub use lookups::{Lookup, LookupClass, LookupFactory, LookupSpec};
pub use path::{JoinInfo, NamedPath, NamesWithPath, PathError, Trimmed, check_name, not_a_name};
pub use resolve::{AliasSet, Resolve};
pub use rewrite::ChangeMap;
pub use state::{
    Annotation, Deferred, Explain, Extra, GroupBy, Named, Query, QueryKind, Related, RelatedNames, Selected,
    TableEntry, UpdateData,
};
