//! The near side of a foreign key or one-to-one field: the related object, fetched when it is asked for.

use std::rc::Rc;

use crate::django::managers;
use crate::django::models::{instance, model_of_instance};
use crate::django::state::{Django, orm};
use crate::orm::models::{Field, FieldKind};
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

use super::{RelationPayload, cached, remember, reverse_cache_name, target_class};

/// `ForwardManyToOneDescriptor` and `ForwardOneToOneDescriptor`
pub fn classes(vm: &mut Vm) -> (Rc<Class>, Rc<Class>) {
    let module = "django.db.models.fields.related_descriptors";
    let many = ClassBuilder::new("ForwardManyToOneDescriptor")
        .module(module)
        .native_layout("ForwardManyToOneDescriptor")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            match args.get(1).and_then(crate::django::fields::bound) {
                Some(field) => Ok(Instance::native(class, RelationPayload { field, reverse: false }).into()),
                None => Err(vm.type_error(format!("{}() takes a field that has joined a model", class.name()))),
            }
        })
        .method("__init__", "self, field_with_rel", |_, _| Ok(Value::None))
        .method("__get__", "self, instance, cls=None", get)
        .method("__set__", "self, instance, value", set)
        .method("is_cached", "self, instance", |vm, args| {
            let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
            Ok(cached(&args[1], &field.name).is_some().into())
        })
        .method("get_queryset", "self, **hints", |vm, args| {
            let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
            let class = target_class(vm, &field)?;
            let manager = managers::base_manager(vm, &class)?;
            vm.call_method(&manager, "get_queryset", ())
        })
        .property("field", |vm, args| {
            let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
            Ok(Django::of(vm).object_of(&field).unwrap_or(Value::None))
        })
        .method("get_prefetch_queryset", "self, instances, queryset=None", super::changes::prefetch_queryset)
        .method("get_prefetch_querysets", "self, instances, querysets=None", |vm, args| {
            match super::prefetch::relation_of(&args[0]) {
                Some(relation) => super::prefetch::method(vm, &relation, None, &args),
                None => Err(vm.type_error("the descriptor has no relation")),
            }
        })
        .property("RelatedObjectDoesNotExist", |vm, args| {
            let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
            Ok(missing_class(vm, &field, false)?.into())
        })
        .build(vm);
    let one = ClassBuilder::new("ForwardOneToOneDescriptor").module(module).base(&many).build(vm);
    (many, one)
}

/// The exception class for a missing related object: below the target's `DoesNotExist` and `AttributeError`.
pub(super) fn missing_class(vm: &mut Vm, field: &Field, reverse: bool) -> PyResult<Rc<Class>> {
    let key = (field.clone(), reverse);
    let kept = vm.host::<Missing>().unwrap_or_default();
    if let Some(known) = kept.0.borrow().get(&key) {
        return Ok(known.clone());
    }
    let related = if reverse { super::owner_class(vm, field)? } else { target_class(vm, field)? };
    let holder = if reverse { target_class(vm, field)? } else { super::owner_class(vm, field)? };
    let base = related.lookup(&Str::interned("DoesNotExist"));
    let fallback = Django::of(vm).errors.object_does_not_exist.clone();
    let base = base.unwrap_or(Value::Class(fallback));
    let attribute_error = vm.exceptions.get(crate::python::exceptions::Kind::AttributeError).clone();
    let namespace = Rc::new(crate::python::object::Dict::new());
    if let Some(module) = holder.module() {
        namespace.set_str("__module__", module);
    }
    let name = if reverse { field.accessor_name().unwrap_or_else(|| field.name.clone()) } else { field.name.clone() };
    namespace.set_str("__qualname__", format!("{}.{name}.RelatedObjectDoesNotExist", holder.qualname()));
    let type_ = vm.types.type_.clone();
    let made = vm.new_class(
        &type_,
        &Str::interned("RelatedObjectDoesNotExist"),
        vec![base, attribute_error.into()],
        &namespace,
        Vec::new(),
    )?;
    kept.0.borrow_mut().insert(key, made.clone());
    vm.set_host(kept);
    Ok(made)
}

/// The exception classes made so far.
#[derive(Default)]
struct Missing(std::cell::RefCell<rustc_hash::FxHashMap<(Field, bool), Rc<Class>>>);

/// The exception for a missing related object.
pub(super) fn missing(vm: &mut Vm, field: &Field, reverse: bool, text: String) -> Raised {
    match missing_class(vm, field, reverse) {
        Ok(class) => crate::django::state::raise_class(vm, &class, text),
        Err(raised) => raised,
    }
}

/// Pairs of the near and far field of a relation, seen from the field's own model.
pub(super) fn pairs(vm: &mut Vm, field: &Field) -> PyResult<Vec<(Field, Field)>> {
    orm(vm, || field.related_fields())
}

/// The object that `instance` refers to through `field`: remembered, or fetched by one statement.
pub fn get_related(vm: &mut Vm, instance: &Value, field: &Field) -> PyResult {
    if let Some(known) = cached(instance, &field.name) {
        return check(vm, instance, field, known);
    }
    let pairs = pairs(vm, field)?;
    let mut key = Vec::with_capacity(pairs.len());
    for (near, _) in &pairs {
        key.push(vm.get_attr_str(instance, &Str::interned(&near.attname))?);
    }
    let has_value = key.iter().all(|part| !part.is_none());
    let mut related = from_ancestor(instance, field, has_value);
    if related.is_none() && has_value {
        related = fetch(vm, instance, field, &pairs, key)?;
        if field.kind == FieldKind::OneToOne && !related.is_none() {
            remember(&related, &reverse_cache_name(field), instance);
        }
    }
    remember(instance, &field.name, &related);
    check(vm, instance, field, related)
}

/// A child's link remembers what its ancestor already knows.
fn from_ancestor(instance: &Value, field: &Field, has_value: bool) -> Value {
    if !has_value {
        return Value::None;
    }
    let (Some(model), Some(owner)) = (model_of_instance(instance), field.model()) else { return Value::None };
    match model.ancestor_link(owner) {
        Some(link) if cached(instance, &link.name).is_some() => {
            let ancestor = cached(instance, &link.name).unwrap_or(Value::None);
            cached(&ancestor, &field.name).unwrap_or(Value::None)
        }
        _ => Value::None,
    }
}

/// A parent's link can be followed without a statement when everything it needs is loaded.
fn parent_from_child(vm: &mut Vm, instance: &Value, field: &Field) -> PyResult<Option<Value>> {
    let parent_link = field.relation.as_ref().is_some_and(|relation| relation.parent_link);
    if field.kind != FieldKind::OneToOne || !parent_link {
        return Ok(None);
    }
    let class = target_class(vm, field)?;
    let Some(target) = crate::django::models::model_of(&class) else { return Ok(None) };
    let deferred = instance::deferred_fields(instance);
    let fields = target.concrete_fields();
    if fields.iter().any(|field| deferred.iter().any(|known| known.attname == field.attname)) {
        return Ok(None);
    }
    let mut call = Args::none();
    for field in fields.iter() {
        let value = vm.get_attr_str(instance, &Str::interned(&field.attname))?;
        call = call.keyword(&*field.attname, value);
    }
    let made = vm.call(&Value::Class(class), call)?;
    let state = vm.get_attr(instance, "_state")?;
    let (adding, db) = (vm.get_attr(&state, "adding")?, vm.get_attr(&state, "db")?);
    let made_state = vm.get_attr(&made, "_state")?;
    vm.set_attr(&made_state, "adding", adding)?;
    vm.set_attr(&made_state, "db", db)?;
    Ok(Some(made))
}

fn fetch(vm: &mut Vm, instance: &Value, field: &Field, pairs: &[(Field, Field)], key: Vec<Value>) -> PyResult {
    if let Some(parent) = parent_from_child(vm, instance, field)? {
        return Ok(parent);
    }
    let class = target_class(vm, field)?;
    let manager = managers::base_manager(vm, &class)?;
    let db = crate::django::persistence::read_alias(vm, instance)?;
    let queryset = vm.call_method(&manager, "get_queryset", ())?;
    let queryset = if db.is_none() { queryset } else { vm.call_method(&queryset, "using", [db])? };
    let mut call = Args::none();
    for ((_, far), value) in pairs.iter().zip(key) {
        call = call.keyword(&*far.attname, value);
    }
    vm.call_method(&queryset, "get", call)
}

/// `None` is an answer only where the column may be NULL.
fn check(vm: &mut Vm, instance: &Value, field: &Field, related: Value) -> PyResult {
    if related.is_none() && !field.options.null {
        let class = vm.type_name(instance);
        return Err(missing(vm, field, false, format!("{class} has no {}.", field.name)));
    }
    Ok(related)
}

fn get(vm: &mut Vm, args: Args) -> PyResult {
    if args[1].is_none() {
        return Ok(args[0].clone());
    }
    let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
    get_related(vm, &args[1], &field)
}

fn set(vm: &mut Vm, args: Args) -> PyResult {
    let field = vm.payload::<RelationPayload>(&args[0])?.field.clone();
    let (this, value) = (args[1].clone(), args[2].clone());
    let target = target_class(vm, &field)?;
    let wanted = crate::django::models::model_of(&target).map(|model| model.concrete_model());
    let fits = model_of_instance(&value)
        .is_some_and(|given| wanted.as_ref().is_some_and(|wanted| given.concrete_model().is_subclass_of(wanted)));
    if !value.is_none() && !fits {
        let (shown, class) = (vm.repr(&value)?, vm.type_name(&this));
        return Err(vm.value_error(format!(
            "Cannot assign \"{shown}\": \"{class}.{}\" must be a \"{}\" instance.",
            field.name,
            target.name()
        )));
    }
    if !value.is_none() {
        super::share_database(vm, &this, &value)?;
    }
    let pairs = pairs(vm, &field)?;
    let one_to_one = field.kind == FieldKind::OneToOne;
    if value.is_none() {
        // What the old object remembers of this one is void.
        if one_to_one && let Some(old) = cached(&this, &field.name).filter(|old| !old.is_none()) {
            remember(&old, &reverse_cache_name(&field), &Value::None);
        }
        for (near, _) in &pairs {
            vm.set_attr(&this, &*near.attname, Value::None)?;
        }
    } else {
        for (near, far) in &pairs {
            let part = vm.get_attr_str(&value, &Str::interned(&far.attname))?;
            vm.set_attr(&this, &*near.attname, part)?;
        }
    }
    remember(&this, &field.name, &value);
    if one_to_one && !value.is_none() {
        remember(&value, &reverse_cache_name(&field), &this);
    }
    let links = field.relation.as_ref().is_some_and(|relation| relation.parent_link);
    if one_to_one && links && is_key(&field) {
        inherit(vm, &this, &value)?;
    }
    Ok(Value::None)
}

/// Whether the field is its model's primary key; a parent's link becomes it without saying so.
fn is_key(field: &Field) -> bool {
    field.is_primary_key() || field.model().and_then(|model| model.pk_or_none()).is_some_and(|key| key == *field)
}

/// A child that is given its parent takes over the keys that it inherits, or loses them.
fn inherit(vm: &mut Vm, this: &Value, parent: &Value) -> PyResult<()> {
    let Some(model) = model_of_instance(this) else { return Ok(()) };
    let targets = |field: &Field| is_key(field).then(|| field.related_model()).flatten();
    for target in model.concrete_fields().iter().filter_map(targets) {
        let Some(key) = target.pk_or_none() else { continue };
        let value = if parent.is_none() { Value::None } else { vm.get_attr_str(parent, &Str::interned(&key.attname))? };
        vm.set_attr(this, &*key.attname, value)?;
    }
    Ok(())
}
