//! What holds true of an expression: what it contains, what it groups by, what it refers to.

use std::rc::Rc;

use super::{Expr, Expression, LookupClass, Query};
use crate::orm::{Datum, OrmError, OrmResult};

impl Expression {
    /// `contains_aggregate`.
    pub fn contains_aggregate(&self) -> bool {
        match self {
            Self::Aggregate(_) => true,
            Self::Window(_) | Self::Subquery(_) | Self::Query(_) | Self::ExtraWhere(_) | Self::Nothing => false,
            Self::Custom(custom) => {
                custom.hooks.contains_aggregate().unwrap_or_else(|| custom.base.contains_aggregate())
            }
            _ => self.any_source(&mut Self::contains_aggregate),
        }
    }

    /// `contains_over_clause`.
    pub fn contains_over_clause(&self) -> bool {
        match self {
            Self::Window(_) => true,
            Self::Subquery(_) | Self::Query(_) | Self::ExtraWhere(_) | Self::Nothing => false,
            Self::Custom(custom) => custom.base.contains_over_clause(),
            _ => self.any_source(&mut Self::contains_over_clause),
        }
    }

    /// `contains_column_references`, which a condition does not have.
    pub fn contains_column_references(&self) -> OrmResult<bool> {
        match self {
            Self::Col(_) | Self::ColPairs(_) => Ok(true),
            Self::Where(_) => {
                Err(OrmError::attribute_error("'WhereNode' object has no attribute 'contains_column_references'"))
            }
            _ => {
                let mut refused = None;
                let found = self.any_source(&mut |source| match source.contains_column_references() {
                    Ok(found) => found,
                    Err(error) => {
                        refused = Some(error);
                        true
                    }
                });
                refused.map_or(Ok(found), Err)
            }
        }
    }

    /// `contains_subquery`; `None` where Django's search ends at a condition, which has no such attribute.
    pub fn contains_subquery(&self) -> Option<bool> {
        match self {
            Self::Subquery(_) => return Some(true),
            Self::Where(_) => return None,
            _ => {}
        }
        let sources = match self {
            Self::Lookup(lookup) => lookup_sources(lookup),
            _ => self.sources(),
        };
        for source in &sources {
            let found = match &**source {
                Self::Subquery(_) => true,
                Self::Query(inner) => inner.query.subquery,
                Self::Where(node) if node.children.is_empty() => false,
                other => other.contains_subquery()?,
            };
            if found {
                return Some(true);
            }
        }
        Some(false)
    }

    /// `conditional`; an expression without a type is not.
    pub fn conditional(&self) -> OrmResult<bool> {
        match self {
            Self::Q(_) | Self::Where(_) | Self::Lookup(_) | Self::Negated(_) => Ok(true),
            Self::OrderBy(_) | Self::When(_) | Self::F(_) | Self::OuterRef { .. } | Self::ResolvedOuterRef(_) => {
                Ok(false)
            }
            Self::ExtraWhere(_) | Self::Nothing | Self::Query(_) => Ok(false),
            Self::Custom(custom) => match custom.hooks.conditional() {
                Some(conditional) => Ok(conditional),
                None => self.has_boolean_output(),
            },
            _ => self.has_boolean_output(),
        }
    }

    fn has_boolean_output(&self) -> OrmResult<bool> {
        let output = self.output_field()?;
        Ok(output.is_a(crate::orm::models::FieldKind::Boolean))
    }

    /// `window_compatible`.
    pub fn window_compatible(&self) -> bool {
        match self {
            Self::Aggregate(_) => true,
            Self::Func(func) => {
                func.overrides.as_ref().and_then(|own| own.window_compatible).unwrap_or(func.spec.window_compatible)
            }
            Self::Custom(custom) => custom.base.window_compatible(),
            _ => false,
        }
    }

    /// `is_summary`: whether `aggregate()` resolved it.
    pub fn is_summary(&self) -> bool {
        match self {
            Self::Aggregate(aggregate) => aggregate.is_summary,
            Self::Custom(custom) => custom.base.is_summary(),
            Self::Ref { .. } | Self::Col(_) => false,
            _ => self.any_source(&mut Self::is_summary),
        }
    }

    /// The value over no rows: `empty_result_set_value`; `None` where the database has to be asked.
    pub fn empty_result_set_value(&self) -> Option<Datum> {
        match self {
            Self::Value(value) => Some(value.value.clone()),
            Self::Aggregate(aggregate) => {
                Some(if aggregate.func.spec.empty_result_zero { Datum::Int(0) } else { Datum::Null })
            }
            Self::Subquery(subquery) if subquery.exists => Some(Datum::Bool(false)),
            Self::Subquery(_) | Self::Query(_) => Some(Datum::Null),
            Self::Func(func) if func.spec.name == "Coalesce" => {
                for arg in &func.args {
                    match arg.empty_result_set_value() {
                        Some(Datum::Null) => {}
                        other => return other,
                    }
                }
                Some(Datum::Null)
            }
            Self::Custom(custom) => custom.base.empty_result_set_value(),
            _ => None,
        }
    }

    /// Adds the select aliases that the expression refers to: `get_refs()`.
    pub fn collect_refs(&self, refs: &mut Vec<Rc<str>>) {
        if let Self::Ref { refs: name, .. } = self {
            if !refs.contains(name) {
                refs.push(name.clone());
            }
            return;
        }
        self.each_source(&mut |source| source.collect_refs(refs));
    }

    /// `get_refs()`.
    pub fn refs(&self) -> Vec<Rc<str>> {
        let mut refs = Vec::new();
        self.collect_refs(&mut refs);
        refs
    }

    /// `get_group_by_cols()`.
    pub fn group_by_cols(self: &Expr) -> OrmResult<Vec<Expr>> {
        match &**self {
            Self::Col(_) | Self::Ref { .. } | Self::PositionRef { .. } | Self::RawSql(_) => Ok(vec![self.clone()]),
            Self::Value(_) | Self::ResolvedOuterRef(_) | Self::Aggregate(_) => Ok(Vec::new()),
            // Every row has a number of its own: nothing can be grouped by it.
            Self::Func(func) if func.spec.name == "Random" => Ok(Vec::new()),
            Self::OrderBy(_) | Self::List(_) | Self::Where(_) | Self::Lookup(_) | Self::When(_) | Self::Window(_) => {
                if let Self::Window(window) = &**self {
                    let mut cols = Vec::new();
                    for part in [&window.partition_by, &window.order_by].into_iter().flatten() {
                        cols.extend(part.group_by_cols()?);
                    }
                    return Ok(cols);
                }
                self.sources_group_by_cols()
            }
            Self::Wrapper { inner, output } => match &**inner {
                Self::Where(_) | Self::Subquery(_) | Self::Q(_) | Self::Query(_) => self.plain_group_by_cols(),
                _ => inner.with_output(output).group_by_cols(),
            },
            Self::Case(case) if case.cases.is_empty() => case.default.group_by_cols(),
            Self::Subquery(subquery) => subquery.query.group_by_cols_as(self),
            Self::Query(inner) => inner.query.group_by_cols_as(self),
            Self::ExtraWhere(_) | Self::Nothing => Ok(Vec::new()),
            Self::Custom(custom) => match custom.hooks.group_by_cols(&custom.base) {
                Some(cols) => cols,
                None => {
                    let cols = custom.base.group_by_cols()?;
                    // The base stands for the whole, hooks included.
                    Ok(cols
                        .into_iter()
                        .map(|col| if Rc::ptr_eq(&col, &custom.base) { self.clone() } else { col })
                        .collect())
                }
            },
            _ => self.plain_group_by_cols(),
        }
    }

    fn plain_group_by_cols(self: &Expr) -> OrmResult<Vec<Expr>> {
        if self.contains_aggregate() { self.sources_group_by_cols() } else { Ok(vec![self.clone()]) }
    }

    fn sources_group_by_cols(&self) -> OrmResult<Vec<Expr>> {
        let mut cols = Vec::new();
        for source in self.sources() {
            cols.extend(source.group_by_cols()?);
        }
        Ok(cols)
    }

    /// Calls `visit` with every column in the expression: `Query._gen_cols`. With `include_external`, subqueries give
    /// their columns of the queries around; with `resolve_refs` false, references are not entered.
    pub fn each_col(self: &Expr, include_external: bool, resolve_refs: bool, visit: &mut dyn FnMut(&Expr)) {
        match &**self {
            Self::Col(_) => visit(self),
            Self::Subquery(subquery) if include_external => {
                subquery.query.external_cols().iter().for_each(visit);
            }
            Self::Query(inner) if include_external => inner.query.external_cols().iter().for_each(visit),
            Self::Ref { .. } if !resolve_refs => {}
            _ => self.each_source(&mut |source| source.each_col(include_external, resolve_refs, visit)),
        }
    }

    /// `get_bilateral_transforms()`: the transforms on the way to the column that apply to the right side too.
    pub fn bilateral_transforms(&self) -> Vec<LookupClass> {
        match self {
            Self::Func(func) if func.is_transform() => {
                let mut transforms = func.args.first().map(|lhs| lhs.bilateral_transforms()).unwrap_or_default();
                if func.overrides.as_ref().and_then(|own| own.bilateral).unwrap_or(func.spec.bilateral) {
                    transforms.push(LookupClass::Transform(func.spec));
                }
                transforms
            }
            Self::Custom(custom) => custom.hooks.bilateral_transforms(&custom.base),
            _ => Vec::new(),
        }
    }
}

impl super::Func {
    /// Whether the class is a transform.
    pub fn is_transform(&self) -> bool {
        self.spec.lookup_name.is_some() || self.overrides.as_ref().is_some_and(|own| own.lookup_name.is_some())
    }
}

impl Query {
    /// `get_external_cols()`: columns of the queries around.
    pub fn external_cols(&self) -> Vec<Expr> {
        let mut cols = Vec::new();
        let mut visit = |col: &Expr| {
            if let Expression::Col(data) = &**col
                && data
                    .alias
                    .as_ref()
                    .is_some_and(|alias| self.external_aliases.iter().any(|(known, _)| known == alias))
            {
                cols.push(col.clone());
            }
        };
        for annotation in self.annotations.iter() {
            annotation.expr.each_col(true, true, &mut visit);
        }
        for child in &self.where_.children {
            child.each_col(true, true, &mut visit);
        }
        cols
    }

    /// `get_group_by_cols(wrapper)`.
    pub fn group_by_cols_as(&self, wrapper: &Expr) -> OrmResult<Vec<Expr>> {
        let cols = self.external_cols();
        let multivalued = cols.iter().any(|col| matches!(&**col, Expression::Col(col) if col.possibly_multivalued));
        Ok(if multivalued { vec![wrapper.clone()] } else { cols })
    }
}

/// The sides of a lookup that are expressions.
fn lookup_sources(lookup: &super::Lookup) -> Vec<super::Expr> {
    let mut sources = vec![lookup.lhs.clone()];
    if let crate::orm::Datum::Expr(rhs) = &lookup.rhs {
        sources.push(rhs.clone());
    }
    sources
}
