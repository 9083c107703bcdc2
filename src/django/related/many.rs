//! Both sides of a many-to-many field: a manager of the objects on the other side.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::django::managers;
use crate::django::models::instance;
use crate::django::query;
use crate::django::state::{Django, class_of, orm};
use crate::orm::models::Field;
use crate::python::object::{Args, Class, ClassBuilder, Dict, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::manager::{above, parent_queryset, prefetched, scoped};
use super::{RelationPayload, many_changes, owner_class, target_class};

/// Which side of which field a manager stands on.
#[derive(Clone)]
pub(super) struct End {
    /// The many-to-many field.
    pub(super) field: Field,
    /// Whether it is the side that the field points at.
    pub(super) reverse: bool,
}

/// What a manager works with.
pub(super) struct Parts {
    /// The instance that it belongs to.
    pub(super) this: Value,
    /// The class on the other side.
    pub(super) class: Rc<Class>,
    /// The class between.
    pub(super) through: Rc<Class>,
    /// The key between that points at the instance.
    pub(super) source: Field,
    /// The key between that points at the other side.
    pub(super) target: Field,
    /// Whether links go both ways.
    pub(super) symmetrical: bool,
    /// What the instance's key is compared with.
    pub(super) related: Vec<Value>,
}

impl End {
    /// `prefetch_cache_name`
    pub(super) fn cache_name(&self) -> Rc<str> {
        if self.reverse { self.field.related_query_name() } else { self.field.name.clone() }
    }

    /// `query_field_name`
    fn query_name(&self) -> Rc<str> {
        if self.reverse { self.field.name.clone() } else { self.field.related_query_name() }
    }

    /// The keys between: the one to this side, the one to the other.
    fn keys(&self, vm: &mut Vm) -> PyResult<(Field, Field)> {
        let (own, other) = (orm(vm, || self.field.m2m_field())?, orm(vm, || self.field.m2m_reverse_field())?);
        Ok(if self.reverse { (other, own) } else { (own, other) })
    }

    fn symmetrical(&self) -> bool {
        !self.reverse && self.field.relation.as_ref().is_some_and(|relation| relation.symmetrical)
    }

    /// What a manager of this side works with.
    pub(super) fn parts(&self, vm: &mut Vm, manager: &Value) -> PyResult<Parts> {
        let this = vm.get_attr(manager, "instance")?;
        let (source, target) = self.keys(vm)?;
        let class = if self.reverse { owner_class(vm, &self.field)? } else { target_class(vm, &self.field)? };
        let through = orm(vm, || self.field.require_through())?;
        let through = class_of(vm, &through)?;
        let related = super::changes::far_values(vm, &source, &this)?;
        Ok(Parts { this, class, through, source, target, symmetrical: self.symmetrical(), related })
    }
}

/// `ManyToManyDescriptor`
pub fn class(vm: &mut Vm, reverse: &Rc<Class>) -> Rc<Class> {
    ClassBuilder::new("ManyToManyDescriptor")
        .module("django.db.models.fields.related_descriptors")
        .base(reverse)
        .method("__get__", "self, instance, cls=None", |vm, args| {
            if args[1].is_none() {
                return Ok(args[0].clone());
            }
            let payload = vm.payload::<RelationPayload>(&args[0])?;
            let end = End { field: payload.field.clone(), reverse: payload.reverse };
            let class = if end.reverse { owner_class(vm, &end.field)? } else { target_class(vm, &end.field)? };
            let default = managers::default_manager(vm, &class)?;
            let base = vm.class_of(&default);
            bound(vm, &end, &base, &args[1])
        })
        .property("through", |vm, args| {
            let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
            let through = orm(vm, || field.require_through())?;
            Ok(class_of(vm, &through)?.into())
        })
        .property("reverse", |vm, args| Ok(vm.payload::<RelationPayload>(&args[0])?.reverse.into()))
        .build(vm)
}

/// The manager classes made so far, by field, side and the place of the class below which they are.
#[derive(Default)]
struct ManagerClasses(RefCell<FxHashMap<(Field, bool, usize), Rc<Class>>>);

fn manager_class(vm: &mut Vm, end: &End, base: &Rc<Class>) -> Rc<Class> {
    let kept = vm.host::<ManagerClasses>().unwrap_or_default();
    let key = (end.field.clone(), end.reverse, Rc::as_ptr(base) as usize);
    if let Some(known) = kept.0.borrow().get(&key) {
        return known.clone();
    }
    let (rows, other) = (end.clone(), end.clone());
    let builder = ClassBuilder::new("ManyRelatedManager")
        .qualname("create_forward_many_to_many_manager.<locals>.ManyRelatedManager")
        .module("django.db.models.fields.related_descriptors")
        .base(base)
        .value("do_not_call_in_templates", true)
        .method_closure("__call__", "self, *, manager", move |vm, args| {
            let model = vm.get_attr(&args[0], "model")?;
            let name = vm.to_str(&args[1])?;
            let named = vm.get_attr_str(&model, &name)?;
            let base = vm.class_of(&named);
            let this = vm.get_attr(&args[0], "instance")?;
            bound(vm, &other, &base, &this)
        })
        .method_closure("get_queryset", "self", move |vm, args| queryset(vm, &rows, &args[0]));
    let relation = super::prefetch::Relation { field: end.field.clone(), reverse: end.reverse };
    let builder = super::prefetch::add_methods(builder, relation);
    let is_plain = Rc::ptr_eq(base, &Django::of(vm).classes().manager);
    let builder = if is_plain { add_short_cuts(builder, end) } else { builder };
    let class = many_changes::add_methods(builder, end).build(vm);
    class.set_qualname(Str::interned("create_forward_many_to_many_manager.<locals>.ManyRelatedManager"));
    kept.0.borrow_mut().insert(key, class.clone());
    vm.set_host(kept);
    class
}

/// `exists()` and `count()` need only the table between, where its keys are sure to lead somewhere.
fn add_short_cuts(mut builder: ClassBuilder, end: &End) -> ClassBuilder {
    for name in ["exists", "count"] {
        let end = end.clone();
        builder = builder.method_closure(name, "self", move |vm, args| {
            let parts = end.parts(vm, &args[0])?;
            let constrained = parts.target.relation.as_ref().is_some_and(|relation| relation.db_constraint);
            if !constrained || prefetched(&parts.this, &end.cache_name()).is_some() {
                let method = above(vm, &args[0], name)?;
                return vm.call(&method, ());
            }
            let manager = managers::base_manager(vm, &parts.through)?;
            let alias = crate::django::connections::write_alias(&parts.this);
            let manager = super::changes::on_database(&manager, &alias);
            let value = parts.related.first().cloned().unwrap_or(Value::None);
            let mut call = Args::none().keyword(&*parts.source.name, value);
            if parts.target.options.null {
                call = call.keyword(format!("{}__isnull", parts.target.name), false);
            }
            let rows = vm.call_method(&manager, "filter", call)?;
            vm.call_method(&rows, name, ())
        });
    }
    builder
}

/// A manager for an instance, whose class is below `base`.
fn bound(vm: &mut Vm, end: &End, base: &Rc<Class>, this: &Value) -> PyResult {
    let class = manager_class(vm, end, base);
    let manager = vm.call(&Value::Class(class), ())?;
    let Some(made) = manager.as_instance().cloned() else { return Ok(manager) };
    made.set("instance", this.clone());
    let parts = end.parts(vm, &manager)?;
    let filters = Dict::new();
    let pairs = orm(vm, || parts.source.related_fields())?;
    for ((_, far), value) in pairs.iter().zip(&parts.related) {
        filters.set_str(format!("{}__{}", end.query_name(), far.name), value.clone());
    }
    if parts.related.iter().any(Value::is_none) {
        let shown = vm.repr(this)?;
        let far = pairs.first().map_or_else(String::new, |(_, far)| far.name.to_string());
        return Err(vm.value_error(format!(
            "\"{shown}\" needs to have a value for field \"{far}\" before this many-to-many relationship can be used."
        )));
    }
    if !instance::is_pk_set(vm, this)? {
        let name = vm.type_name(this);
        return Err(vm.value_error(format!(
            "'{name}' instance needs to have a primary key value before a many-to-many relationship can be used."
        )));
    }
    let django = Django::of(vm);
    made.set("model", parts.class);
    made.set("through", parts.through);
    made.set("reverse", end.reverse);
    made.set("symmetrical", parts.symmetrical);
    made.set("query_field_name", &*end.query_name());
    made.set("prefetch_cache_name", &*end.cache_name());
    made.set("source_field_name", &*parts.source.name);
    made.set("target_field_name", &*parts.target.name);
    made.set("source_field", django.object_of(&parts.source).unwrap_or(Value::None));
    made.set("target_field", django.object_of(&parts.target).unwrap_or(Value::None));
    made.set("core_filters", Rc::new(filters));
    made.set("related_val", Value::tuple(parts.related));
    Ok(manager)
}

/// The objects on the other side: prefetched ones, or a queryset of them.
fn queryset(vm: &mut Vm, end: &End, manager: &Value) -> PyResult {
    let this = vm.get_attr(manager, "instance")?;
    if let Some(found) = prefetched(&this, &end.cache_name()) {
        return Ok(found);
    }
    let base = parent_queryset(vm, manager)?;
    let rows = scoped(vm, manager, &this, &base)?;
    if rows.payload::<query::QuerySetPayload>().is_some() {
        query::payload(vm, &rows)?.sticky_filter.set(true);
    }
    let filters = vm.get_attr(manager, "core_filters")?;
    let mut call = Args::none();
    call.keywords = filters.as_dict().map(|dict| dict.str_items()).unwrap_or_default();
    vm.call_method(&rows, "filter", call)
}

/// The name of the attribute that a key between has for its value.
pub(super) fn id_name(field: &Field) -> Str {
    Str::from(format!("{}_id", field.name))
}
