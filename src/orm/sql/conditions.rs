//! Conditions as SQL text: members that nothing or everything fulfils fall away.

use std::rc::Rc;

use super::expressions::constant;
use super::{SqlBuffer, SqlCompiler};
use crate::orm::query::{
    Case, Combined, CombinedKind, Connector, Expr, Expression, Func, When, WhereNode, functions, lookups,
};
use crate::orm::{Datum, OrmError, OrmResult};

impl SqlCompiler<'_> {
    /// Writes a condition. One that nothing or everything fulfils is an error of its own kind.
    pub fn write_where(&mut self, node: &WhereNode, out: &mut SqlBuffer) -> OrmResult<()> {
        if node.connector == Connector::Xor {
            return self.write_xor(node, out);
        }
        let count = node.children.len();
        let (mut full_needed, mut empty_needed) =
            if node.connector == Connector::And { (count, 1) } else { (1, count) };
        let mark = out.mark();
        let wrap = node.negated || node.resolved || count > 1;
        // Parentheses are decided by how many parts remain, so they come in front afterwards.
        let mut written = 0;
        if node.negated {
            out.push("NOT ");
        }
        if wrap {
            out.push("(");
        }
        let glue = if node.connector == Connector::And { " AND " } else { " OR " };
        for child in &node.children {
            let before = out.mark();
            if written > 0 {
                out.push(glue);
            }
            let start = out.sql.len();
            match self.compile(child, out) {
                Ok(()) if out.sql.len() > start => written += 1,
                Ok(()) => {
                    out.rewind(before);
                    full_needed -= 1;
                }
                Err(error) if error.is_empty_result() => {
                    out.rewind(before);
                    empty_needed -= 1;
                }
                Err(error) if error.is_full_result() => {
                    out.rewind(before);
                    full_needed -= 1;
                }
                Err(error) => return Err(error),
            }
            if empty_needed == 0 || full_needed == 0 {
                out.rewind(mark);
                let empty = (empty_needed == 0) != node.negated;
                return Err(if empty { OrmError::empty_result() } else { OrmError::full_result() });
            }
        }
        if written == 0 {
            out.rewind(mark);
            return Err(OrmError::full_result());
        }
        if wrap {
            if !node.negated && !node.resolved && written == 1 {
                out.sql.remove(mark.0);
            } else {
                out.push(")");
            }
        }
        Ok(())
    }

    /// `a XOR b …` as SQLite can say it: one of them, and an odd number of them.
    fn write_xor(&mut self, node: &WhereNode, out: &mut SqlBuffer) -> OrmResult<()> {
        let any =
            WhereNode { connector: Connector::Or, negated: false, resolved: false, children: node.children.clone() };
        let mut sum: Option<Expr> = None;
        for child in &node.children {
            let when = Rc::new(Expression::When(When { condition: child.clone(), result: constant(Datum::Int(1)) }));
            let case: Expr =
                Rc::new(Expression::Case(Case { cases: vec![when], default: constant(Datum::Int(0)), output: None }));
            sum = Some(match sum {
                None => case,
                Some(lhs) => Rc::new(Expression::Combined(Combined {
                    lhs,
                    connector: "+",
                    rhs: case,
                    output: None,
                    kind: CombinedKind::Plain,
                })),
            });
        }
        let Some(mut sum) = sum else { return Err(OrmError::full_result()) };
        if node.children.len() > 2 {
            sum = Rc::new(Expression::Func(Func::new(&functions::MOD, vec![sum, constant(Datum::Int(2))])));
        }
        let odd = Expression::Lookup(lookups::Lookup {
            spec: &lookups::EXACT,
            lhs: constant(Datum::Int(1)),
            rhs: Datum::Expr(sum),
            bilateral: Vec::new(),
            written: None,
        });
        let whole = WhereNode {
            connector: Connector::And,
            negated: node.negated,
            resolved: false,
            children: vec![Rc::new(Expression::Where(Rc::new(any))), Rc::new(odd)],
        };
        self.write_where(&whole, out)
    }
}
