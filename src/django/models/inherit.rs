//! What a model class takes over from its parents: fields of abstract ones, links to concrete ones, everything of a proxy's.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use crate::django::fields;
use crate::django::related;
use crate::django::state::Django;
use crate::orm::models::{Field, FieldKind, Model};
use crate::python::object::{Class, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::base::{add_to_class, field_error, own_field_names};
use super::model_of;

/// Makes `model` a proxy of its one concrete parent.
pub fn set_up_proxy(vm: &mut Vm, class: &Rc<Class>, model: &Model, parents: &[Rc<Class>]) -> PyResult<()> {
    let name = class.name();
    let mut base: Option<Model> = None;
    for parent in parents.iter().filter_map(model_of) {
        if parent.meta().is_abstract {
            if !parent.fields().is_empty() {
                return Err(vm.type_error(format!(
                    "Abstract base class containing model fields not permitted for proxy model '{name}'."
                )));
            }
            continue;
        }
        match &base {
            None => base = Some(parent),
            Some(known) if known.concrete_model() != parent.concrete_model() => {
                return Err(
                    vm.type_error(format!("Proxy model '{name}' has more than one non-abstract model base class."))
                );
            }
            Some(_) => {}
        }
    }
    let Some(base) = base else {
        return Err(vm.type_error(format!("Proxy model '{name}' has no non-abstract model base class.")));
    };
    let options = base_options(vm, &base)?;
    let swapped = vm.get_attr(&options, "swapped")?;
    if vm.truth(&swapped)? {
        let swapped = vm.to_str(&swapped)?;
        return Err(vm.type_error(format!("{name} cannot proxy the swapped model '{swapped}'.")));
    }
    model.set_proxy_for(&base);
    Ok(())
}

fn base_options(vm: &mut Vm, base: &Model) -> PyResult {
    let class = crate::django::state::class_of(vm, base)?;
    vm.get_attr(&Value::Class(class), "_meta")
}

/// Gives the class what its parents hand down.
pub fn inherit_fields(
    vm: &mut Vm,
    class: &Rc<Class>,
    model: &Model,
    parents: &[Rc<Class>],
    is_proxy: bool,
) -> PyResult<()> {
    let own: FxHashSet<Rc<str>> = own_field_names(model).into_iter().collect();
    let mut links = parent_links(model, parents);
    let mut inherited: FxHashSet<String> = FxHashSet::default();
    for base in class.mro() {
        let base_model = parents.iter().any(|parent| Rc::ptr_eq(parent, &base)).then(|| model_of(&base)).flatten();
        let Some(base_model) = base_model else {
            inherited.extend(base.dict().str_items().into_iter().map(|(key, _)| key.to_string()));
            continue;
        };
        let base_fields: Vec<Field> =
            base_model.local_fields().into_iter().chain(base_model.local_many_to_many()).collect();
        if base_model.meta().is_abstract {
            for field in &base_fields {
                let name = field.name.to_string();
                let hidden = class.dict().contains_str(&Str::interned(&name)) || inherited.contains(&name);
                if own.contains(&field.name) || hidden {
                    continue;
                }
                hand_down(vm, class, field, false)?;
            }
            for (grandparent, link) in base_model.parents() {
                if !model.parents().iter().any(|(known, _)| *known == grandparent) {
                    let link = link.and_then(|link| model.forward_field(&link.name).ok());
                    model.add_parent(&grandparent, link.as_ref());
                }
            }
        } else {
            for field in &base_fields {
                if own.contains(&field.name) {
                    return Err(field_error(
                        vm,
                        format!(
                            "Local field '{}' in class '{}' clashes with field of the same name from base class '{}'.",
                            field.name,
                            class.name(),
                            base.name()
                        ),
                    ));
                }
                inherited.insert(field.name.to_string());
            }
            let concrete = base_model.concrete_model();
            let link = match links.iter().position(|(target, _)| *target == concrete) {
                Some(at) => Some(links.swap_remove(at).1),
                None if is_proxy => None,
                None => Some(make_parent_link(vm, class, model, &concrete, &base, &own)?),
            };
            // A proxy names its parent; the concrete model stands for it everywhere else.
            let parent = if is_proxy { &base_model } else { &concrete };
            model.add_parent(parent, link.as_ref());
        }
        for field in base_model.private_fields() {
            if own.contains(&field.name) {
                if !base_model.meta().is_abstract {
                    return Err(field_error(
                        vm,
                        format!(
                            "Local field '{}' in class '{}' clashes with field of the same name from base class '{}'.",
                            field.name,
                            class.name(),
                            base.name()
                        ),
                    ));
                }
            } else {
                hand_down(vm, class, &field, !base_model.meta().is_abstract)?;
            }
        }
    }
    Ok(())
}

/// A copy of a parent's field joins the class. What points back at a generic relation finds the parent that has a
/// table, never its children too.
fn hand_down(vm: &mut Vm, class: &Rc<Class>, field: &Field, has_table: bool) -> PyResult<()> {
    let Some(object) = Django::of(vm).object_of(field) else { return Ok(()) };
    let copy = fields::copy(&object);
    if let Some(rel) = fields::attribute(&copy, "remote_field").filter(|rel| !rel.is_none()) {
        let rel = related::copy_rel(&rel, &copy);
        let mut shown = false;
        if has_table && field.kind == FieldKind::GenericRelation {
            let known = vm.get_attr_opt(&rel, "accessor")?;
            let known = match known {
                Some(known) => known,
                None => vm.get_attr(&rel, "related_query_name")?,
            };
            shown = !known.is_none();
            vm.set_attr(&rel, "accessor", known)?;
            vm.set_attr(&rel, "related_name", "+")?;
            vm.set_attr(&rel, "related_query_name", Value::None)?;
        }
        if let Some(instance) = copy.as_instance() {
            instance.set("remote_field", rel);
            if shown {
                instance.set("mti_inherited", true);
            }
        }
    }
    add_to_class(vm, class, &Str::interned(&field.name), &copy)
}

/// One-to-one fields of the class and its abstract parents that say `parent_link=True`, by the model they point at.
fn parent_links(model: &Model, parents: &[Rc<Class>]) -> Vec<(Model, Field)> {
    let abstract_parents = parents.iter().filter_map(model_of).filter(|parent| parent.meta().is_abstract);
    let mut links = Vec::new();
    for holder in std::iter::once(model.clone()).chain(abstract_parents) {
        for field in holder.local_fields() {
            if field.kind != FieldKind::OneToOne {
                continue;
            }
            let Some(relation) = field.relation.as_ref().filter(|relation| relation.parent_link) else { continue };
            if let Some(target) = relation.model() {
                let field = model.forward_field(&field.name).unwrap_or(field.clone());
                links.push((target.concrete_model(), field));
            }
        }
    }
    links
}

fn make_parent_link(
    vm: &mut Vm,
    class: &Rc<Class>,
    model: &Model,
    parent: &Model,
    base: &Rc<Class>,
    own: &FxHashSet<Rc<str>>,
) -> PyResult<Field> {
    let name = format!("{}_ptr", parent.model_name);
    if own.contains(&*name) {
        return Err(field_error(
            vm,
            format!(
                "Auto-generated field '{name}' in class '{}' for parent_link to base class '{}' clashes with declared \
                 field of the same name.",
                class.name(),
                base.name()
            ),
        ));
    }
    if class.lookup(&Str::interned(&name)).is_some()
        && let Ok(inherited) = model.forward_field(&name)
    {
        // A parent that is reached on two ways is linked by the nearer parent's own link.
        return Ok(inherited);
    }
    let target = crate::django::state::class_of(vm, parent)?;
    let field = related::new_parent_link(vm, &target, &name)?;
    add_to_class(vm, class, &Str::interned(&name), &field)?;
    model.forward_field(&name).map_err(|error| crate::django::state::raise(vm, error))
}

/// An abstract class keeps its `Meta` for its children, who are not abstract by inheritance.
pub fn finish_abstract(vm: &mut Vm, class: &Rc<Class>, meta: Option<&Value>) -> PyResult<()> {
    if let Some(meta) = meta {
        vm.set_attr(meta, "abstract", false)?;
        class.set("Meta", meta.clone());
    }
    Ok(())
}
