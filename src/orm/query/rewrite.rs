//! Expressions made of others: new aliases, replaced parts, prefixed references.

use std::rc::Rc;

use super::{Col, ColPairs, Expr, Expression, OutputType, QueryExpr, WhereNode};
use crate::orm::{Datum, OrmResult};

/// Old aliases and their new names.
pub type ChangeMap = [(Rc<str>, Rc<str>)];

pub(super) fn renamed(alias: &Rc<str>, changes: &ChangeMap) -> Rc<str> {
    changes.iter().find(|(old, _)| old == alias).map_or_else(|| alias.clone(), |(_, new)| new.clone())
}

impl Expression {
    /// `relabeled_clone(change_map)`.
    pub fn relabeled(self: &Expr, changes: &ChangeMap) -> OrmResult<Expr> {
        if changes.is_empty() {
            return Ok(self.clone());
        }
        match &**self {
            Self::Col(col) => match &col.alias {
                Some(alias) if changes.iter().any(|(old, _)| old == alias) => {
                    let alias = Some(renamed(alias, changes));
                    Ok(Rc::new(Self::Col(Col { alias, possibly_multivalued: false, typed: true, ..col.clone() })))
                }
                // A copy is made all the same.
                Some(_) if !col.typed => Ok(Rc::new(Self::Col(Col { typed: true, ..col.clone() }))),
                _ => Ok(self.clone()),
            },
            Self::ColPairs(pairs) => {
                let alias = pairs.alias.as_ref().map(|alias| renamed(alias, changes));
                Ok(Rc::new(Self::ColPairs(ColPairs { alias, ..pairs.clone() })))
            }
            Self::OuterRef { .. } | Self::ResolvedOuterRef(_) | Self::Value(_) | Self::Star => Ok(self.clone()),
            Self::Query(inner) => {
                let mut query = (*inner.query).clone();
                query.change_aliases(changes)?;
                Ok(Rc::new(Self::Query(QueryExpr { query: Rc::new(query) })))
            }
            Self::Lookup(lookup) => match &lookup.rhs {
                // Members of a list may be columns too.
                Datum::List(items) | Datum::Tuple(items) if items.iter().any(Datum::is_expression) => {
                    let mut lookup = lookup.clone();
                    lookup.lhs = lookup.lhs.relabeled(changes)?;
                    Ok(Rc::new(Self::Lookup(lookup)))
                }
                _ => self.map_sources(&mut |source| source.relabeled(changes)),
            },
            _ => self.map_sources(&mut |source| source.relabeled(changes)),
        }
    }

    /// `replace_expressions(replacements)`.
    pub fn replaced(self: &Expr, replacements: &[(Expr, Expr)]) -> OrmResult<Expr> {
        if replacements.is_empty() {
            return Ok(self.clone());
        }
        if let Some((_, new)) = replacements.iter().find(|(old, _)| old == self) {
            return Ok(new.clone());
        }
        self.map_sources(&mut |source| source.replaced(replacements))
    }

    /// `prefix_references(prefix)`, for orderings of a related model.
    pub fn prefixed(self: &Expr, prefix: &str) -> OrmResult<Expr> {
        self.map_sources(&mut |source| match &**source {
            Self::F(name) => Ok(Rc::new(Self::F(format!("{prefix}{name}").into()))),
            _ => source.prefixed(prefix),
        })
    }

    /// The same expression with another declared type.
    pub fn with_output(self: &Expr, output: &OutputType) -> Expr {
        let mut changed = (**self).clone();
        let slot = match &mut changed {
            Self::Value(value) => &mut value.output,
            Self::Func(func) => &mut func.output,
            Self::Aggregate(aggregate) => &mut aggregate.func.output,
            Self::Combined(combined) => &mut combined.output,
            Self::Case(case) => &mut case.output,
            Self::Subquery(subquery) => &mut subquery.output,
            Self::Window(window) => &mut window.output,
            Self::RawSql(raw) => &mut raw.output,
            Self::Wrapper { output: declared, .. } => {
                *declared = output.clone();
                return Rc::new(changed);
            }
            _ => return self.clone(),
        };
        *slot = Some(output.clone());
        Rc::new(changed)
    }
}

impl WhereNode {
    /// `relabel_aliases(change_map)`.
    pub fn relabel(&mut self, changes: &ChangeMap) -> OrmResult<()> {
        for child in &mut self.children {
            *child = child.relabeled(changes)?;
        }
        Ok(())
    }
}
