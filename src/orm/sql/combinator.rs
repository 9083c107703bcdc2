//! `UNION`, `INTERSECT`, `EXCEPT`, and the query around that filters on window functions.

use std::rc::Rc;

use super::{Fragment, SqlBuffer, SqlCompiler};
use crate::orm::query::{Connector, Expr, Expression, Query, WhereNode};
use crate::orm::{OrmError, OrmResult};

impl SqlCompiler<'_> {
    /// Writes the combined queries.
    pub(super) fn write_combined(&mut self, combinator: &str, all: bool, out: &mut SqlBuffer) -> OrmResult<()> {
        let mut parts: Vec<Query> = self.query.combined_queries.iter().map(|query| (**query).clone()).collect();
        for part in &mut parts {
            if part.is_sliced() {
                return Err(OrmError::database_error("LIMIT/OFFSET not allowed in subqueries of compound statements."));
            }
            let mut compiler = SqlCompiler::with(part, self.dialect);
            compiler.using.clone_from(&self.using);
            if !compiler.get_order_by()?.is_empty() {
                return Err(OrmError::database_error("ORDER BY not allowed in subqueries of compound statements."));
            }
        }
        let mut written: Vec<Fragment> = Vec::new();
        let mut empty: Option<usize> = None;
        for (index, part) in parts.iter_mut().enumerate() {
            match self.combinator_part(part, self.elide_empty) {
                Ok(sql) => written.push(sql),
                // An empty part adds nothing to a union, and takes nothing from a difference.
                Err(error)
                    if error.is_empty_result()
                        && (combinator == "union" || (combinator == "difference" && !written.is_empty())) =>
                {
                    empty = Some(index);
                }
                Err(error) => return Err(error),
            }
        }
        if written.is_empty() {
            return Err(OrmError::empty_result());
        }
        if written.len() == 1
            && combinator == "union"
            && self.query.is_sliced()
            && let Some(part) = empty.and_then(|index| parts.get_mut(index))
        {
            // A slice of a slice needs two parts for its own LIMIT.
            written.push(self.combinator_part(part, false)?);
        }
        let word = match combinator {
            "union" if all => " UNION ALL ",
            "union" => " UNION ",
            "intersection" => " INTERSECT ",
            "difference" => " EXCEPT ",
            other => {
                return Err(OrmError::not_supported(format!("{other} is not supported on this database backend.")));
            }
        };
        for (position, part) in written.iter().enumerate() {
            if position > 0 {
                out.push(word);
            }
            out.fragment(part);
        }
        Ok(())
    }

    fn combinator_part(&self, part: &mut Query, elide_empty: bool) -> OrmResult<Fragment> {
        // All parts select what the whole does.
        if let Some(selected) = &self.query.selected
            && part.selected.is_none()
        {
            let names: Vec<Rc<str>> = selected.iter().map(|(name, _)| name.clone()).collect();
            part.set_values(&names)?;
        }
        let nested = part.combinator.is_some();
        let mut compiler = SqlCompiler::with(part, self.dialect);
        compiler.using.clone_from(&self.using);
        compiler.elide_empty = elide_empty;
        let mut sql = compiler.as_sql(true, true)?;
        if nested {
            sql.sql = format!("SELECT * FROM ({})", sql.sql);
        }
        Ok(sql)
    }

    /// Writes the query that filters on window functions: they are computed inside, and compared around.
    pub(super) fn write_qualify(&mut self, qualify: &Rc<WhereNode>, out: &mut SqlBuffer) -> OrmResult<()> {
        let mut inner = self.query.clone();
        inner.subquery = true;
        let mut conditions = WhereNode::new(Connector::And);
        for part in [&self.split.where_, &self.split.having].into_iter().flatten() {
            conditions.children.push(Rc::new(Expression::Where(part.clone())));
        }
        inner.where_ = Rc::new(conditions);
        let plain = (std::mem::take(&mut self.select), std::mem::take(&mut self.select_sql));
        let info = (self.class_info.take(), std::mem::take(&mut self.annotation_cols));
        self.get_select(true)?;
        // Of columns that are equal one stays, at the first's place and by the last's name, as in a dictionary.
        let mut select: Vec<(Expr, Rc<str>)> = Vec::with_capacity(self.select.len());
        for item in &self.select {
            let Some(alias) = item.alias.clone() else { continue };
            match select.iter_mut().find(|(known, _)| *known == item.expr) {
                Some((_, known)) => *known = alias,
                None => select.push((item.expr.clone(), alias)),
            }
        }
        (self.select, self.select_sql) = plain;
        (self.class_info, self.annotation_cols) = info;
        let mut added: Vec<Rc<str>> = Vec::new();
        let mut replacements: Vec<(Expr, Expr)> = Vec::new();
        let mut leaves: Vec<Expr> = Vec::new();
        qualify.each_leaf(&mut |leaf| leaves.push(leaf.clone()));
        collect(&mut inner, &select, leaves, &mut added, &mut replacements)?;
        let condition: Expr = Rc::new(Expression::Where(qualify.clone()));
        let condition = condition.replaced(&replacements)?;
        let mut order_by = Vec::new();
        for item in self.get_order_by()? {
            let (before, sources) = (added.len(), item.expr.sources());
            collect(&mut inner, &select, sources.clone(), &mut added, &mut replacements)?;
            // The query inside is ordered by the term as it was given, and has to find the column that was made of it.
            if let (Some(name), [source], [given]) = (added.get(before), &sources[..], &item.given.sources()[..])
                && replacements.iter().any(|(known, reference)| {
                    known == source && matches!(&**reference, Expression::Ref { refs, .. } if refs == name)
                })
            {
                inner.set_origin(name, given);
            }
            order_by.push(item.expr.replaced(&replacements)?);
        }
        let mut inner_compiler = SqlCompiler::with(&mut inner, self.dialect);
        inner_compiler.using.clone_from(&self.using);
        inner_compiler.elide_empty = self.elide_empty;
        let inner_sql = inner_compiler.as_sql(false, true)?;
        let condition = self.fragment(&condition)?;
        if !added.is_empty() {
            out.push("SELECT ");
            for (position, (_, alias)) in select.iter().enumerate() {
                if position > 0 {
                    out.push(", ");
                }
                out.name(alias);
            }
            out.push(" FROM ( ");
        }
        out.push("SELECT * FROM ( ");
        out.fragment(&inner_sql);
        out.push(" ) \"qualify\" WHERE ");
        out.fragment(&condition);
        if !added.is_empty() {
            out.push(" ) \"qualify_mask\"");
        }
        for (position, term) in order_by.iter().enumerate() {
            out.push(if position == 0 { " ORDER BY " } else { ", " });
            self.compile(term, out)?;
        }
        Ok(())
    }
}

/// Gives every expression that is compared outside a name inside.
fn collect(
    inner: &mut Query,
    select: &[(Expr, Rc<str>)],
    mut pending: Vec<Expr>,
    added: &mut Vec<Rc<str>>,
    replacements: &mut Vec<(Expr, Expr)>,
) -> OrmResult<()> {
    while let Some(expr) = pending.pop() {
        if replacements.iter().any(|(known, _)| *known == expr) {
            continue;
        }
        let reference =
            |name: &Rc<str>| -> Expr { Rc::new(Expression::Ref { refs: name.clone(), source: expr.clone() }) };
        if let Some((_, alias)) = select.iter().rev().find(|(known, _)| *known == expr) {
            replacements.push((expr.clone(), reference(alias)));
            continue;
        }
        match &*expr {
            Expression::Lookup(_) => pending.extend(expr.sources()),
            Expression::Ref { refs, .. } => {
                if !select.iter().any(|(_, alias)| alias == refs) {
                    pending.extend(expr.sources());
                }
            }
            Expression::PositionRef { refs, .. } => {
                if !refs.as_ref().is_some_and(|refs| select.iter().any(|(_, alias)| alias == refs)) {
                    pending.extend(expr.sources());
                }
            }
            _ => {
                let name: Rc<str> = format!("qual{}", added.len()).into();
                added.push(name.clone());
                inner.add_annotation(&expr, &name, true)?;
                replacements.push((expr.clone(), reference(&name)));
            }
        }
    }
    Ok(())
}
