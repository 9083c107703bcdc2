//! Model instances: how they are made, compared and shown.

use std::rc::Rc;

use crate::django::fields::{self, FieldDefault};
use crate::django::state::{Django, orm};
use crate::django::{persistence, signals, validation};
use crate::orm::models::{Field, FieldKind, Model};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{model_of, model_of_instance, model_of_value, state};

/// Marks an instance of a model class; everything it holds are attributes.
pub struct ModelPayload;

/// `models.Model`
pub fn model_class(vm: &mut Vm, metaclass: &Rc<Class>) -> Rc<Class> {
    let builder = ClassBuilder::new("Model")
        .module("django.db.models.base")
        .metaclass(metaclass)
        .native_layout("Model")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, ModelPayload).into())
        })
        .method("__init__", "self, *args, **kwargs", init)
        .class_method("from_db", "cls, db, field_names, values", from_db)
        .method("__repr__", "self", |vm, args| {
            let shown = vm.to_str(&args[0])?;
            let class = vm.type_name(&args[0]);
            Ok(Value::from(format!("<{class}: {shown}>")))
        })
        .method("__str__", "self", |vm, args| {
            let class = vm.type_name(&args[0]);
            let pk = pk_of(vm, &args[0])?;
            let shown = vm.to_str(&pk)?;
            Ok(Value::from(format!("{class} object ({shown})")))
        })
        .method("__eq__", "self, other", eq)
        .method("__hash__", "self", |vm, args| {
            let pk = pk_of(vm, &args[0])?;
            if !is_pk_set(vm, &args[0])? {
                return Err(vm.type_error("Model instances without primary key value are unhashable"));
            }
            Ok(Value::Int(vm.hash(&pk)?))
        })
        .property_mut(
            "pk",
            |vm, args| pk_of(vm, &args[0]),
            |vm, args| {
                set_pk(vm, &args[0], &args[1])?;
                Ok(Value::None)
            },
        )
        .method("_get_pk_val", "self, meta=None", |vm, args| pk_by_meta(vm, &args))
        .method("_set_pk_val", "self, value", |vm, args| {
            set_pk(vm, &args[0], &args[1])?;
            Ok(Value::None)
        })
        .method("_is_pk_set", "self, meta=None", |vm, args| {
            let pk = pk_by_meta(vm, &args)?;
            Ok(is_set(&pk).into())
        })
        .method("prepare_database_save", "self, field", |vm, args| {
            if !is_pk_set(vm, &args[0])? {
                let shown = vm.repr(&args[0])?;
                return Err(vm.value_error(format!("Unsaved model instance {shown} cannot be used in an ORM query.")));
            }
            let remote = vm.get_attr(&args[1], "remote_field")?;
            let target = vm.call_method(&remote, "get_related_field", ())?;
            let attname = vm.get_attr(&target, "attname")?;
            let attname = vm.to_str(&attname)?;
            vm.get_attr_str(&args[0], &attname)
        })
        .method("get_deferred_fields", "self", |vm, args| {
            let names: Vec<Value> = deferred_fields(&args[0]).iter().map(|field| Value::str(&*field.attname)).collect();
            let set = Value::Class(vm.types.set.clone());
            vm.call(&set, [Value::list(names)])
        })
        .method("__reduce__", "self", reduce)
        .method("__getstate__", "self", getstate)
        .method("__setstate__", "self, state", setstate)
        .method("serializable_value", "self, field_name", |vm, args| {
            let name = vm.to_str(&args[1])?;
            let attname = model_of_instance(&args[0])
                .and_then(|model| model.forward_field(&name).ok())
                .map_or_else(|| name.to_string(), |field| field.attname.to_string());
            vm.get_attr(&args[0], attname)
        });
    let builder = persistence::add_methods(builder);
    validation::add_methods(builder).build(vm)
}

/// The value of the primary key; a tuple for one made of several fields.
pub fn pk_of(vm: &mut Vm, instance: &Value) -> PyResult {
    let Some(model) = model_of_instance(instance) else { return vm.get_attr(instance, "pk") };
    pk_of_model(vm, instance, &model)
}

/// The value of `model`'s primary key in an instance of it or of a child.
pub fn pk_of_model(vm: &mut Vm, instance: &Value, model: &Model) -> PyResult {
    let pk = orm(vm, || model.pk())?;
    if pk.kind == FieldKind::CompositePrimaryKey {
        let members = orm(vm, || model.pk_fields())?;
        let mut values = Vec::with_capacity(members.len());
        for field in members {
            values.push(vm.get_attr_str(instance, &Str::interned(&field.attname))?);
        }
        return Ok(Value::tuple(values));
    }
    vm.get_attr_str(instance, &Str::interned(&pk.attname))
}

/// The primary key of `self` as the model of `meta`, its own where none is given.
fn pk_by_meta(vm: &mut Vm, args: &Args) -> PyResult {
    let Some(meta) = args.some(1) else { return pk_of(vm, &args[0]) };
    let model = vm.get_attr(meta, "model")?;
    match model_of_value(&model) {
        Some(model) => pk_of_model(vm, &args[0], &model),
        None => pk_of(vm, &args[0]),
    }
}

fn is_set(pk: &Value) -> bool {
    match pk.as_tuple() {
        Some(parts) => parts.iter().all(|part| !part.is_none()),
        None => !pk.is_none(),
    }
}

/// Whether no part of the primary key is `None`.
pub fn is_pk_set(vm: &mut Vm, instance: &Value) -> PyResult<bool> {
    Ok(is_set(&pk_of(vm, instance)?))
}

/// Sets the primary key, and with it the keys of the parents that other columns link to.
pub fn set_pk(vm: &mut Vm, instance: &Value, value: &Value) -> PyResult<()> {
    let Some(model) = model_of_instance(instance) else {
        return Err(vm.type_error("not a model instance"));
    };
    let pk = orm(vm, || model.pk())?;
    if pk.kind == FieldKind::CompositePrimaryKey {
        let members = orm(vm, || model.pk_fields())?;
        let parts = match value {
            Value::None => vec![Value::None; members.len()],
            value if value.as_tuple().is_some() || value.as_list().is_some() => vm.list_from(value)?,
            _ => return Err(vm.value_error(format!("'{}' must be a list or a tuple.", pk.name))),
        };
        if parts.len() != members.len() {
            return Err(vm.value_error(format!("'{}' must have {} elements.", pk.name, members.len())));
        }
        for (field, part) in members.iter().zip(parts) {
            vm.set_attr(instance, &field.attname, part)?;
        }
        return Ok(());
    }
    for link in model.parents().into_iter().filter_map(|(_, link)| link).filter(|link| *link != pk) {
        let target = orm(vm, || link.target_field())?;
        vm.set_attr(instance, &target.attname, value.clone())?;
    }
    vm.set_attr(instance, &pk.attname, value.clone())
}

/// Fields that were not loaded.
pub fn deferred_fields(instance: &Value) -> Vec<Field> {
    let (Some(model), Some(held)) = (model_of_instance(instance), instance.as_instance()) else {
        return Vec::new();
    };
    let missing = |field: &&Field| held.get(&Str::interned(&field.attname)).is_none();
    model.concrete_fields().iter().filter(missing).cloned().collect()
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let class = vm.class_of(&this);
    let positional = args.rest(1).to_vec();
    let mut keywords = args.keyword_rest(2);
    let Some(model) = model_of(&class) else {
        return Err(vm.type_error("Model cannot be instantiated directly"));
    };
    if model.meta().is_abstract {
        return Err(vm.type_error("Abstract models cannot be instantiated."));
    }
    // Listeners get the very dictionary, which loses what becomes a field's value.
    let given = args.get(2).and_then(Value::as_dict).cloned().unwrap_or_default();
    if signals::listens_to_init(vm, &class) {
        signals::send_pre_init(vm, &class, &positional, &given)?;
        keywords = given.str_items();
    }
    let Some(instance) = this.as_instance().cloned() else { return Ok(Value::None) };
    instance.set("_state", state::new(vm, Value::None, true));
    let deferred = Django::of(vm).deferred(vm);
    let concrete = model.concrete_fields();
    if positional.len() > concrete.len() {
        return Err(vm.raise(Kind::IndexError, "Number of args exceeds number of fields"));
    }
    let all = if keywords.is_empty() { concrete } else { model.fields() };
    for (field, value) in all.iter().zip(&positional) {
        if keywords.is_empty() && value.is(&deferred) {
            continue;
        }
        vm.set_attr(&this, &field.attname, value.clone())?;
        if take(&mut keywords, &field.name).is_some() {
            return Err(vm.type_error(format!(
                "{}() got both positional and keyword arguments for field '{}'.",
                class.qualname(),
                field.name
            )));
        }
    }
    for field in all.iter().skip(positional.len()) {
        if field.column.is_none() || field.generated.is_some() {
            continue;
        }
        if field.relation.is_some()
            && let Some(related) = take(&mut keywords, &field.name)
        {
            if !related.is(&deferred) {
                vm.set_attr(&this, &field.name, related)?;
            }
            continue;
        }
        let value = match take(&mut keywords, &field.attname) {
            Some(value) => value,
            None => default(vm, field)?,
        };
        if !value.is(&deferred) {
            set_field(vm, &this, field, value)?;
        }
    }
    for (name, _) in given.str_items() {
        if !keywords.iter().any(|(left, _)| *left == name) {
            given.remove_str(&name);
        }
    }
    rest(vm, &this, &class, &model, keywords, &deferred)?;
    next_init(vm, &this, &class)?;
    signals::send_post_init(vm, &class, &this)?;
    Ok(Value::None)
}

/// `super().__init__()` of `Model.__init__`: a mixin that stands behind `Model` has its turn.
fn next_init(vm: &mut Vm, this: &Value, class: &Rc<Class>) -> PyResult<()> {
    let model = Django::of(vm).classes().model.clone();
    let name = Str::interned("__init__");
    let bases = class.mro();
    let behind = bases.iter().skip_while(|base| !Rc::ptr_eq(base, &model)).skip(1);
    for base in behind.filter(|base| !base.native) {
        if let Some(found) = base.dict().get_str(&name) {
            let bound = vm.bind(&found, this, class)?;
            vm.call(&bound, ())?;
            return Ok(());
        }
    }
    Ok(())
}

fn take(keywords: &mut Vec<(Str, Value)>, name: &str) -> Option<Value> {
    let at = keywords.iter().position(|(known, _)| known.as_str() == name)?;
    Some(keywords.remove(at).1)
}

/// Keywords that name no column: properties, and relations that have none.
fn rest(
    vm: &mut Vm,
    this: &Value,
    class: &Rc<Class>,
    model: &Model,
    keywords: Vec<(Str, Value)>,
    deferred: &Value,
) -> PyResult<()> {
    let mut unexpected = Vec::new();
    for (name, value) in keywords {
        let is_property = class.lookup(&name).is_some_and(|found| vm.is_property(&found));
        if is_property || model.find_field(&name).is_some() {
            if !value.is(deferred) {
                vm.set_attr_str(this, &name, value)?;
            }
        } else {
            unexpected.push(format!("'{name}'"));
        }
    }
    if unexpected.is_empty() {
        return Ok(());
    }
    Err(vm.type_error(format!("{}() got unexpected keyword arguments: {}", class.name(), unexpected.join(", "))))
}

/// Sets a column's attribute; through the class where a descriptor of its own or `__setattr__` watches.
fn set_field(vm: &mut Vm, this: &Value, field: &Field, value: Value) -> PyResult<()> {
    vm.set_attr_str(this, &Str::interned(&field.attname), value)
}

/// `field.get_default()`
pub fn default(vm: &mut Vm, field: &Field) -> PyResult {
    let Some(object) = Django::of(vm).object_of(field) else { return Ok(Value::None) };
    match fields::default_of(vm, &object, field)? {
        FieldDefault::Value(value) | FieldDefault::Database(value) => Ok(value),
        FieldDefault::Callable(callable) => vm.call(&callable, ()),
        FieldDefault::Method => vm.call_method(&object, "get_default", ()),
    }
}

/// `Model.from_db(db, field_names, values)`: through the class's own constructor.
fn from_db(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let Some(model) = model_of(&class) else { return Err(vm.type_error("not a model class")) };
    let mut values = vm.list_from(&args[3])?;
    let concrete = model.concrete_fields();
    if values.len() != concrete.len() {
        let names = vm.list_from(&args[2])?;
        let deferred = Django::of(vm).deferred(vm);
        let mut given = values.into_iter();
        let mut all = Vec::with_capacity(concrete.len());
        for field in concrete.iter() {
            let is_loaded = names.iter().any(|name| name.as_str().is_some_and(|name| **name == *field.attname));
            all.push(if is_loaded { given.next().unwrap_or(Value::None) } else { deferred.clone() });
        }
        values = all;
    }
    let made = vm.call(&Value::Class(class), values)?;
    mark_loaded(vm, &made, args[1].clone())?;
    Ok(made)
}

/// Marks an instance as read from `db`.
pub fn mark_loaded(vm: &mut Vm, instance: &Value, db: Value) -> PyResult<()> {
    let held = vm.get_attr(instance, "_state")?;
    let payload = vm.payload::<state::StatePayload>(&held)?;
    payload.adding.set(false);
    *payload.db.borrow_mut() = db;
    Ok(())
}

fn eq(vm: &mut Vm, args: Args) -> PyResult {
    let (this, other) = (&args[0], &args[1]);
    let (Some(mine), Some(theirs)) = (model_of_instance(this), model_of_instance(other)) else {
        return Ok(Value::NotImplemented);
    };
    if mine.concrete_model() != theirs.concrete_model() {
        return Ok(Value::Bool(false));
    }
    let my_pk = pk_of(vm, this)?;
    if my_pk.is_none() {
        return Ok(this.is(other).into());
    }
    let their_pk = pk_of(vm, other)?;
    Ok(vm.eq(&my_pk, &their_pk)?.into())
}

/// The version that pickled instances carry.
const VERSION: &str = "5.2.19";
/// The key that they carry it under.
const VERSION_KEY: &str = "_django_version";

/// `__reduce__`: how an instance is copied.
fn reduce(vm: &mut Vm, args: Args) -> PyResult {
    let state = vm.call_method(&args[0], "__getstate__", ())?;
    if let Some(dict) = state.as_dict() {
        dict.set_str(VERSION_KEY, VERSION);
    }
    let class = Value::Class(vm.class_of(&args[0]));
    let module = vm.import_module("django.db.models.base")?;
    let make = vm.get_attr(&module, "model_unpickle")?;
    Ok(Value::tuple(vec![make, Value::tuple(vec![class]), state]))
}

fn getstate(vm: &mut Vm, args: Args) -> PyResult {
    let Some(instance) = args[0].as_instance() else { return Ok(Value::None) };
    let dict = instance.dict().copy();
    if let Some(held) = dict.get_text("_state") {
        let fresh = state::copied(vm, &held)?;
        dict.set_str("_state", fresh);
    }
    Ok(Value::Dict(Rc::new(dict)))
}

fn setstate(vm: &mut Vm, args: Args) -> PyResult {
    let (Some(instance), Some(dict)) = (args[0].as_instance().cloned(), args[1].as_dict().cloned()) else {
        return Ok(Value::None);
    };
    let text = match dict.get_text(VERSION_KEY) {
        None => Some("Pickled model instance's Django version is not specified.".to_owned()),
        Some(version) => {
            let version = vm.to_str(&version)?;
            (*version != *VERSION).then(|| {
                format!(
                    "Pickled model instance's Django version {version} does not match the current version {VERSION}."
                )
            })
        }
    };
    if let Some(text) = text {
        let module = vm.import_module("warnings")?;
        let category = Value::Class(vm.exceptions.get(Kind::RuntimeWarning).clone());
        vm.call_method(&module, "warn", Args::new([Value::str(&*text), category]).keyword("stacklevel", 2i64))?;
    }
    for (name, value) in dict.str_items() {
        instance.set(name, value);
    }
    Ok(Value::None)
}

/// `django.db.models.base.model_unpickle`: an instance without anything in it yet.
pub fn unpickle(vm: &mut Vm, args: Args) -> PyResult {
    let class = match &args[0] {
        Value::Class(class) => class.clone(),
        id => {
            let apps = crate::django::apps::apps_object(vm)?;
            let parts = vm.list_from(id)?;
            let found = vm.call_method(&apps, "get_model", parts)?;
            match found.as_class() {
                Some(class) => class.clone(),
                None => return Err(vm.type_error("a model's name or class")),
            }
        }
    };
    Ok(Instance::native(class, ModelPayload).into())
}
