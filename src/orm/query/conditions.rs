//! Conditions: `Q` as written, `WhereNode` as resolved.

use std::rc::Rc;

use super::{Expr, Expression};
use crate::orm::{Datum, OrmError, OrmResult};

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

impl Q {
    /// `Q(*members)`; keyword arguments come sorted by name, after the positional ones.
    pub fn new(children: Vec<QNode>) -> Self {
        Self { connector: Connector::And, negated: false, children: children.into() }
    }

    /// `Q(name=value)`.
    pub fn pair(name: &str, value: Datum) -> Self {
        Self::new(vec![QNode::Pair(name.into(), value)])
    }

    /// `bool(q)`: whether there are members.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// `~q`.
    #[must_use]
    pub fn negate(&self) -> Self {
        Self { negated: !self.negated, ..self.clone() }
    }

    /// `q & other` and its kin. An empty side gives the other.
    #[must_use]
    pub fn combine(&self, other: &QNode, connector: Connector) -> Self {
        if let QNode::Q(other) = other {
            if self.is_empty() {
                return other.clone();
            }
            if other.is_empty() {
                return self.clone();
            }
        } else if self.is_empty() {
            return Self::new(vec![other.clone()]);
        }
        let mut children = Vec::new();
        for side in [&QNode::Q(self.clone()), other] {
            match side {
                QNode::Q(q) if !q.negated && (q.connector == connector || q.children.len() == 1) => {
                    children.extend(q.children.iter().cloned());
                }
                side => children.push(side.clone()),
            }
        }
        Self { connector, negated: false, children: children.into() }
    }
}

/// A resolved condition. Members are nested nodes, lookups and conditional expressions.
#[derive(Clone, Debug)]
pub struct WhereNode {
    /// How the members combine.
    pub connector: Connector,
    /// Whether the whole is negated.
    pub negated: bool,
    /// Whether it was resolved a second time, as a part of an expression; it keeps its parentheses then.
    pub resolved: bool,
    /// The members.
    pub children: Vec<Expr>,
}

impl WhereNode {
    /// A condition without members, which holds for every row.
    pub const fn new(connector: Connector) -> Self {
        Self { connector, negated: false, resolved: false, children: Vec::new() }
    }

    /// A condition of one member.
    pub fn of(child: Expr) -> Self {
        Self { connector: Connector::And, negated: false, resolved: false, children: vec![child] }
    }

    /// Adds a member, joined by `connector`. A node that adds no level of its own is taken apart.
    pub fn add(&mut self, child: Expr, connector: Connector) {
        if self.connector != connector {
            let before = Expression::Where(Rc::new(self.clone()));
            self.connector = connector;
            self.children = vec![Rc::new(before), child];
            return;
        }
        match &*child {
            Expression::Where(node) if !node.negated && (node.connector == connector || node.children.len() == 1) => {
                self.children.extend(node.children.iter().cloned());
            }
            _ => self.children.push(child),
        }
    }

    /// Whether one member can never hold: `Query.is_empty`.
    pub fn holds_nothing(&self) -> bool {
        self.children.iter().any(|child| matches!(**child, Expression::Nothing))
    }

    /// The parts for `WHERE`, `HAVING` and a query around that filters on window functions.
    pub fn split_having_qualify(self: &Rc<Self>, negated: bool, must_group_by: bool) -> OrmResult<Split> {
        let aggregate = self.children.iter().any(|child| child.contains_aggregate());
        let over = self.children.iter().any(|child| child.contains_over_clause());
        if !aggregate && !over {
            return Ok(Split { where_: Some(self.clone()), ..Split::default() });
        }
        let in_negated = negated ^ self.negated;
        let connected = (in_negated && self.connector == Connector::And)
            || (!in_negated && self.connector == Connector::Or)
            || self.connector == Connector::Xor;
        if connected && aggregate && !over {
            return Ok(Split { having: Some(self.clone()), ..Split::default() });
        }
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        for child in &self.children {
            if let Expression::Where(node) = &**child {
                let split = node.split_having_qualify(in_negated, must_group_by)?;
                for (part, node) in parts.iter_mut().zip([split.where_, split.having, split.qualify]) {
                    part.extend(node.map(|node| Rc::new(Expression::Where(node))));
                }
            } else if child.contains_over_clause() {
                parts[2].push(child.clone());
            } else if child.contains_aggregate() {
                parts[1].push(child.clone());
            } else {
                parts[0].push(child.clone());
            }
        }
        if connected && !parts[2].is_empty() {
            if parts[0].is_empty() || !must_group_by {
                return Ok(Split { qualify: Some(self.clone()), ..Split::default() });
            }
            return Err(OrmError::not_implemented(
                "Heterogeneous disjunctive predicates against window functions are not implemented when performing \
                 conditional aggregation.",
            ));
        }
        let [where_, having, qualify] = parts.map(|children| {
            (!children.is_empty())
                .then(|| Rc::new(Self { connector: self.connector, negated: self.negated, resolved: false, children }))
        });
        Ok(Split { where_, having, qualify })
    }

    /// Calls `visit` with every member that is no node itself.
    pub fn each_leaf(&self, visit: &mut dyn FnMut(&Expr)) {
        for child in &self.children {
            match &**child {
                Expression::Where(node) => node.each_leaf(visit),
                _ => visit(child),
            }
        }
    }
}

/// A condition by the clause that each part belongs to.
#[derive(Clone, Debug, Default)]
pub struct Split {
    /// For `WHERE`.
    pub where_: Option<Rc<WhereNode>>,
    /// For `HAVING`.
    pub having: Option<Rc<WhereNode>>,
    /// For a query around.
    pub qualify: Option<Rc<WhereNode>>,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}>", self.class_name())
    }
}
