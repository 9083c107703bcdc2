//! `GROUP BY`: what was asked for, and every column that the other clauses need.

use std::rc::Rc;

use super::order_by::OrderItem;
use super::select::select_format;
use super::{Fragment, SqlBuffer, SqlCompiler};
use crate::orm::OrmResult;
use crate::orm::query::{Expr, Expression, GroupBy};

impl SqlCompiler<'_> {
    /// The written terms. `more` are columns selected for the sake of `DISTINCT`.
    pub(super) fn get_group_by(&mut self, more: &[Expr], order_by: &[OrderItem]) -> OrmResult<Vec<Fragment>> {
        // Each with whether it comes from the select list itself.
        let mut exprs: Vec<(Expr, bool)> = Vec::new();
        let mut refs: Vec<Rc<str>> = Vec::new();
        match &self.query.group_by {
            GroupBy::None => return Ok(Vec::new()),
            GroupBy::All => {}
            GroupBy::Exprs(group_by) => {
                for expr in group_by.iter() {
                    match &**expr {
                        Expression::Ref { refs: name, source } => {
                            if !refs.contains(name) {
                                refs.push(name.clone());
                                exprs.push((source.clone(), false));
                            }
                        }
                        _ => exprs.push((expr.clone(), false)),
                    }
                }
            }
        }
        let mut positions: Vec<(Expr, usize)> = Vec::new();
        for (index, item) in self.select.iter().enumerate() {
            if let Some(alias) = &item.alias {
                positions.push((item.expr.clone(), index + 1));
                if refs.contains(alias) {
                    continue;
                }
            }
            exprs.extend(item.expr.group_by_cols()?.into_iter().map(|expr| (expr, true)));
        }
        let mut others: Vec<Expr> = Vec::new();
        for expr in more {
            others.extend(expr.group_by_cols()?);
        }
        if !self.meta_ordering {
            for item in order_by {
                if !item.is_ref {
                    others.extend(item.expr.group_by_cols()?);
                }
            }
        }
        if let Some(having) = &self.split.having {
            for child in &having.children {
                others.extend(child.group_by_cols()?);
            }
        }
        exprs.extend(others.into_iter().map(|expr| (expr, false)));
        let mut terms: Vec<Fragment> = Vec::new();
        for (expr, is_selected) in exprs {
            let mut out = SqlBuffer::new();
            match self.compile(&expr, &mut out) {
                Err(error) if error.is_empty_result() || error.is_full_result() => continue,
                other => other?,
            }
            let is_copied = self.query.select_relabeled && !is_selected && is_column_of_base(&expr);
            let known = positions.iter().rev().find(|(known, _)| *known == expr);
            if let Some((_, position)) = known.filter(|_| !is_copied) {
                out = SqlBuffer::new();
                out.push(&position.to_string());
            } else {
                select_format(&expr, &mut out, 0)?;
            }
            let term = out.finish();
            if !terms.iter().any(|known| known.sql == term.sql && known.params == term.params) {
                terms.push(term);
            }
        }
        Ok(terms)
    }
}

/// Whether Django has one object for the column that every query uses: a copy of it is another.
fn is_column_of_base(expr: &Expr) -> bool {
    let Expression::Col(col) = &**expr else { return false };
    let table = col.target.model().map(|model| model.db_table());
    col.alias.is_some() && col.alias.as_deref() == table.as_deref()
}
