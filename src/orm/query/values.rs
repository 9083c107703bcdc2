//! `values()` and grouping: which columns a row has, and what `GROUP BY` follows from them.

use std::rc::Rc;

use super::build::put;
use super::path::PathError;
use super::{Annotation, Expr, Expression, GroupBy, Query, Related, Selected};
use crate::orm::{OrmError, OrmResult};

impl Query {
    /// `values(*names)`; without names all columns, annotations and extras.
    pub fn set_values(&mut self, names: &[Rc<str>]) -> OrmResult<()> {
        self.select_related = Related::None;
        self.clear_deferred_loading();
        self.clear_select_fields();
        let mut selected: Vec<(Rc<str>, Selected)> = Vec::new();
        let mut field_names: Vec<Rc<str>> = Vec::new();
        if names.is_empty() {
            field_names.extend(self.model.concrete_fields().iter().map(|field| field.attname.clone()));
        } else {
            for name in names {
                self.check_alias(name)?;
            }
            let mut extra_names = Vec::new();
            let mut annotation_names: Vec<Rc<str>> = Vec::new();
            if self.extra.is_empty() && self.annotations.is_empty() {
                for (position, name) in names.iter().enumerate() {
                    field_names.push(name.clone());
                    put(&mut selected, name.clone(), Selected::Field(position));
                }
            } else {
                self.default_cols = false;
                for name in names {
                    if self.extra_select().any(|(known, _)| known == name) {
                        extra_names.push(name.clone());
                        put(&mut selected, name.clone(), Selected::Extra(name.clone()));
                    } else if self.annotation(name).is_some() {
                        if !self.annotation_is_selected(name) {
                            return Err(OrmError::field_error(format!(
                                "Cannot select the '{name}' alias. Use annotate() to promote it."
                            )));
                        }
                        annotation_names.push(name.clone());
                        put(&mut selected, name.clone(), Selected::Annotation(name.clone()));
                    } else {
                        if self.annotation_select().next().is_some() {
                            let parts: Vec<&str> = name.split("__").collect();
                            if let Err(PathError::Other(error)) = self.names_to_path(&parts, &self.model, true, false) {
                                return Err(error);
                            }
                        }
                        put(&mut selected, name.clone(), Selected::Field(field_names.len()));
                        field_names.push(name.clone());
                    }
                }
            }
            self.set_extra_mask(Some(extra_names));
            self.set_annotation_mask(Some(annotation_names));
        }
        let listed = |name: &Rc<str>| {
            if names.is_empty() { field_names.contains(name) } else { selected.iter().any(|(known, _)| known == name) }
        };
        match &self.group_by {
            GroupBy::None => {}
            GroupBy::All => {
                self.group_by_model()?;
                self.clear_select_fields();
            }
            GroupBy::Exprs(exprs) => {
                let exprs: Vec<Expr> = exprs
                    .iter()
                    .map(|expr| match &**expr {
                        Expression::Ref { refs, .. } if !listed(refs) => {
                            self.annotation(refs).cloned().unwrap_or_else(|| expr.clone())
                        }
                        _ => expr.clone(),
                    })
                    .collect();
                self.group_by = GroupBy::Exprs(exprs.into());
            }
        }
        self.values_select = field_names.clone().into();
        self.add_fields(&field_names, true)?;
        self.selected = (!names.is_empty()).then(|| Rc::new(selected));
        Ok(())
    }

    /// Groups by all columns of the model, spelt out.
    pub(super) fn group_by_model(&mut self) -> OrmResult<()> {
        let names: Vec<Rc<str>> = self.model.concrete_fields().iter().map(|field| field.attname.clone()).collect();
        self.add_fields(&names, false)?;
        self.set_group_by(false)
    }

    /// Works out `GROUP BY` from what is selected so far; with `allow_aliases` annotations are grouped by their names.
    pub fn set_group_by(&mut self, allow_aliases: bool) -> OrmResult<()> {
        if allow_aliases && !self.values_select.is_empty() {
            // Selected expressions become annotations, so that there are names to group by.
            let mut moved: Vec<Annotation> = Vec::new();
            let mut kept: Vec<(Rc<str>, Expr)> = Vec::new();
            for (name, expr) in self.values_select.iter().zip(self.select.iter()) {
                if matches!(**expr, Expression::Col(_)) {
                    put(&mut kept, name.clone(), expr.clone());
                } else {
                    moved.push(Annotation { name: name.clone(), expr: expr.clone(), origin: None });
                }
            }
            let names: Vec<Rc<str>> = moved.iter().map(|annotation| annotation.name.clone()).collect();
            if !moved.is_empty() {
                for annotation in self.annotations.iter() {
                    match moved.iter_mut().find(|known| known.name == annotation.name) {
                        Some(known) => *known = annotation.clone(),
                        None => moved.push(annotation.clone()),
                    }
                }
                self.annotations = Rc::new(moved);
            }
            self.append_annotation_mask(&names);
            self.select = kept.iter().map(|(_, expr)| expr.clone()).collect();
            self.values_select = kept.iter().map(|(name, _)| name.clone()).collect();
            if let Some(selected) = &mut self.selected {
                let selected = Rc::make_mut(selected);
                for (position, (name, _)) in kept.iter().enumerate() {
                    put(selected, name.clone(), Selected::Field(position));
                }
            }
        }
        let mut group_by: Vec<Expr> = self.select.to_vec();
        for annotation in self.annotation_select() {
            let cols = annotation.expr.group_by_cols()?;
            if cols.is_empty() {
                continue;
            }
            if allow_aliases && !annotation.expr.contains_aggregate() {
                group_by
                    .push(Rc::new(Expression::Ref { refs: annotation.name.clone(), source: annotation.expr.clone() }));
            } else {
                group_by.extend(cols);
            }
        }
        self.group_by = GroupBy::Exprs(group_by.into());
        Ok(())
    }
}
