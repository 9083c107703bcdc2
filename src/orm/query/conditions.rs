//! Conditions: `Q` as written, `WhereNode` as resolved.

use std::rc::Rc;

use super::{Expr, Expression};
use crate::orm::Datum;

/// How the members of a condition combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum Connector {
    And,
    Or,
    Xor,
}

impl Connector {
    /// As SQL and `Q`'s repr say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::And => "AND",
            Self::Or => "OR",
            Self::Xor => "XOR",
        }
    }
}

/// A condition as written.
#[derive(Clone)]
pub struct Q {
    /// How the members combine.
    pub connector: Connector,
    /// Whether the whole is negated.
    pub negated: bool,
    /// The members.
    pub children: Rc<[QNode]>,
}

/// A member of a `Q`.
#[derive(Clone)]
pub enum QNode {
    /// `name__lookup=value`.
    Pair(Rc<str>, Datum),
    /// A nested `Q`.
    Q(Q),
    /// A conditional expression.
    Expr(Expr),
}

/// A resolved condition. Members are nested nodes, lookups and conditional expressions.
#[derive(Clone, Debug)]
pub struct WhereNode {
    /// How the members combine.
    pub connector: Connector,
    /// Whether the whole is negated.
    pub negated: bool,
    /// Whether the condition was resolved in a query above.
    pub resolved: bool,
    /// The members.
    pub children: Vec<Expr>,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}>", self.class_name())
    }
}
