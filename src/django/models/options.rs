//! `_meta`: what a model class says of itself.

use std::cell::RefCell;
use std::rc::Rc;

use crate::django::delegate::in_python;
use crate::django::state::{Django, class_of, orm};
use crate::django::{constraints, managers};
use crate::orm::models::{Field, Model, OrderTerm, Side};
use crate::python::object::{Args, Class, ClassBuilder, Instance, NativeFn, PyResult, Str, Truth, Value};
use crate::python::vm::Vm;

/// What an options object holds besides attributes that were set on it.
pub struct OptionsPayload {
    /// The model.
    pub model: Model,
    /// Its class.
    pub class: Rc<Class>,
    /// What `class Meta` said, as it was.
    pub said: RefCell<Vec<(Str, Value)>>,
    /// Indexes and constraints as the class has them, named after itself.
    pub own: RefCell<Vec<(Str, Value)>>,
    /// Managers in the order of their creation counters, with their names.
    pub managers: RefCell<Vec<(i64, Str, Value)>>,
}

/// The options object of a new class.
pub fn new(vm: &Vm, model: &Model, class: &Rc<Class>, said: Vec<(Str, Value)>) -> Value {
    let payload = OptionsPayload {
        model: model.clone(),
        class: class.clone(),
        said: RefCell::new(said),
        own: RefCell::default(),
        managers: RefCell::default(),
    };
    Instance::native(Django::of(vm).classes().options.clone(), payload).into()
}

/// What `class Meta` said.
pub fn said(class: &Rc<Class>) -> Option<Vec<(Str, Value)>> {
    let options = class.lookup(&Str::interned("_meta"))?;
    options.payload::<OptionsPayload>().map(|payload| payload.said.borrow().clone())
}

/// Keeps the indexes and constraints of a class.
pub fn keep(class: &Rc<Class>, own: Vec<(Str, Value)>) {
    if let Some(options) = class.lookup(&Str::interned("_meta"))
        && let Some(payload) = options.payload::<OptionsPayload>()
    {
        *payload.own.borrow_mut() = own;
    }
}

/// The indexes or constraints of a class.
pub fn kept(class: &Rc<Class>, name: &str) -> Option<Value> {
    let options = class.lookup(&Str::interned("_meta"))?;
    let payload = options.payload::<OptionsPayload>()?;
    let own = payload.own.borrow();
    own.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

fn model(vm: &mut Vm, args: &Args) -> PyResult<Model> {
    Ok(vm.payload::<OptionsPayload>(&args[0])?.model.clone())
}

/// The Python objects of fields.
fn objects(vm: &mut Vm, fields: &[Field]) -> Vec<Value> {
    fields.iter().map(|field| Django::of(vm).object_of(field).unwrap_or(Value::None)).collect()
}

/// The object that `_meta.get_field()` gives: a field, or the relation seen from its other side.
pub fn side_object(vm: &mut Vm, side: &Side) -> Value {
    let django = Django::of(vm);
    match side {
        Side::Forward(field) => django.object_of(field).unwrap_or(Value::None),
        Side::Reverse(field) => django
            .object_of(field)
            .and_then(|object| crate::django::fields::attribute(&object, "remote_field"))
            .unwrap_or(Value::None),
    }
}

fn field_list(vm: &mut Vm, args: &Args, list: impl FnOnce(&Model) -> Rc<[Field]>) -> PyResult {
    let model = model(vm, args)?;
    let fields = list(&model);
    Ok(Value::tuple(objects(vm, &fields)))
}

fn text(vm: &mut Vm, args: &Args, read: impl FnOnce(&Model) -> Rc<str>) -> PyResult {
    let model = model(vm, args)?;
    Ok(Value::str(&*read(&model)))
}

fn optional(vm: &mut Vm, args: &Args, read: impl FnOnce(&Model) -> Option<Rc<str>>) -> PyResult {
    let model = model(vm, args)?;
    Ok(read(&model).as_deref().into())
}

fn get_field(vm: &mut Vm, args: Args) -> PyResult {
    let model = model(vm, &args)?;
    let name = vm.to_str(&args[1])?;
    let side = orm(vm, || model.get_field(&name))?;
    Ok(side_object(vm, &side))
}

fn get_fields(vm: &mut Vm, args: Args) -> PyResult {
    let model = model(vm, &args)?;
    let include_parents = !matches!(args[1], Value::Truth(Truth::False));
    let include_hidden = vm.truth(&args[2])?;
    let sides = model.get_fields(include_hidden);
    let mut all = Vec::with_capacity(sides.len());
    for side in sides {
        let own = match &side {
            Side::Forward(field) => field.model() == Some(&model),
            Side::Reverse(field) => {
                field.related_model().is_some_and(|target| target.concrete_model() == model.concrete_model())
            }
        };
        if include_parents || own {
            all.push(side_object(vm, &side));
        }
    }
    Ok(Value::tuple(all))
}

fn term(vm: &mut Vm, term: &OrderTerm) -> Value {
    match term {
        OrderTerm::Name(name) => Value::str(&**name),
        OrderTerm::Expr(expr) => crate::django::expressions::wrap(vm, expr),
    }
}

/// What `class Meta` said under a name.
fn said_value(vm: &mut Vm, args: &Args, name: &str) -> PyResult<Option<Value>> {
    let payload = vm.payload::<OptionsPayload>(&args[0])?;
    Ok(payload.said.borrow().iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
}

/// Names whose values are only kept, with what they are where nothing was said.
fn kept_default(name: &str) -> Option<Value> {
    Some(match name {
        "db_table_comment" | "db_tablespace" => Value::str(""),
        "required_db_features" | "permissions" => Value::list(Vec::new()),
        "required_db_vendor" | "swappable" => Value::None,
        "auto_created" => Value::Bool(false),
        "default_permissions" => {
            let usual = ["add", "change", "delete", "view"];
            Value::tuple(usual.iter().map(|name| Value::str(*name)).collect::<Vec<_>>())
        }
        _ => return None,
    })
}

/// `_meta.name = value`: what a class is made of can be changed afterwards.
fn set_option(vm: &mut Vm, args: Args) -> PyResult {
    let name = vm.to_str(&args[1])?;
    let value = args[2].clone();
    let known = super::OPTION_NAMES.contains(&name.as_str());
    let payload = vm.payload::<OptionsPayload>(&args[0])?;
    let (model, class) = (payload.model.clone(), payload.class.clone());
    if known {
        let mut said = payload.said.borrow_mut();
        said.retain(|(known, _)| *known != name);
        said.push((Str::interned(&name), value.clone()));
    }
    if !known && !PROPERTIES.iter().any(|(property, _)| *property == name.as_str()) {
        if let Some(instance) = args[0].as_instance() {
            instance.set(name, value);
        }
        return Ok(Value::None);
    }
    let mut meta = (*model.meta()).clone();
    let text = |value: &Value| value.as_str().map(|text| Rc::<str>::from(text.as_str()));
    match name.as_str() {
        "app_label" => meta.app_label = text(&value).unwrap_or_default(),
        "db_table" => meta.db_table = text(&value).unwrap_or_default(),
        "verbose_name" => meta.verbose_name = Rc::from(vm.to_str(&value)?.as_str()),
        "verbose_name_plural" => meta.verbose_name_plural = Rc::from(vm.to_str(&value)?.as_str()),
        "managed" => meta.managed = vm.truth(&value)?,
        "abstract" => meta.is_abstract = vm.truth(&value)?,
        "proxy" => meta.proxy = vm.truth(&value)?,
        "select_on_save" => meta.select_on_save = vm.truth(&value)?,
        "base_manager_name" => meta.base_manager_name = text(&value),
        "default_manager_name" => meta.default_manager_name = text(&value),
        "default_related_name" => meta.default_related_name = text(&value),
        "ordering" => meta.ordering = super::meta::order_terms_or_none(vm, &value),
        "unique_together" => meta.unique_together = super::meta::together_or_none(vm, &value),
        "get_latest_by" => {
            meta.get_latest_by = match text(&value) {
                Some(name) => vec![name],
                None if value.is_none() => Vec::new(),
                None => vm.list_from(&value)?.iter().filter_map(&text).collect(),
            };
        }
        "indexes" | "constraints" => {
            let own = Value::list(vm.list_from(&value)?);
            if name.as_str() == "indexes" {
                meta.indexes = constraints::read_indexes(vm, &own)?;
            } else {
                meta.constraints = constraints::read_constraints(vm, &own)?;
            }
            let mut kept: Vec<(Str, Value)> = vm
                .payload::<OptionsPayload>(&args[0])?
                .own
                .borrow()
                .iter()
                .filter(|(known, _)| *known != name)
                .cloned()
                .collect();
            kept.push((Str::interned(&name), own));
            keep(&class, kept);
        }
        _ if known => {}
        "pk" => {
            if let Some(field) = crate::django::fields::bound(&value) {
                model.set_pk(&field);
            }
            return Ok(Value::None);
        }
        _ => {
            return Err(vm.raise(
                crate::python::exceptions::Kind::AttributeError,
                format!("property '{name}' of 'Options' object has no setter"),
            ));
        }
    }
    model.set_meta(meta);
    Ok(Value::None)
}

fn kept_value(vm: &mut Vm, args: &Args, name: &str) -> PyResult {
    let said = said_value(vm, args, name)?;
    Ok(said.or_else(|| kept_default(name)).unwrap_or(Value::None))
}

/// `_meta._property_names`: what is a property in the class or its parents.
fn property_names(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.payload::<OptionsPayload>(&args[0])?.class.clone();
    let mut seen: Vec<Str> = Vec::new();
    let mut names = Vec::new();
    for base in class.mro() {
        for (name, value) in base.dict().str_items() {
            if seen.contains(&name) {
                continue;
            }
            if vm.type_name(&value).as_str() == "property" {
                names.push(Value::Str(name.clone()));
            }
            seen.push(name);
        }
    }
    let set = Value::Class(vm.types.frozenset.clone());
    vm.call(&set, [Value::list(names)])
}

/// `_meta._get_fields(forward, reverse, include_parents, include_hidden)`
fn some_fields(vm: &mut Vm, args: Args) -> PyResult {
    let (forward, reverse) = (vm.truth(&args[1])?, vm.truth(&args[2])?);
    let model = model(vm, &args)?;
    let include_hidden = vm.truth(&args[4])?;
    let parents = vm.truth(&args[3])?;
    let mut all = Vec::new();
    for side in model.get_fields(include_hidden) {
        let (wanted, own) = match &side {
            Side::Forward(field) => (forward, field.model() == Some(&model)),
            Side::Reverse(field) => {
                (reverse, field.related_model().is_some_and(|target| target.concrete_model() == model.concrete_model()))
            }
        };
        if wanted && (parents || own) {
            all.push(side_object(vm, &side));
        }
    }
    Ok(Value::list(all))
}

/// `_meta.swapped`: the label of the model that a setting puts in this one's place.
fn swapped(vm: &mut Vm, args: Args) -> PyResult {
    let Some(setting) = said_value(vm, &args, "swappable")? else { return Ok(Value::None) };
    if !vm.truth(&setting)? {
        return Ok(Value::None);
    }
    let setting = vm.to_str(&setting)?;
    let Ok(label) = crate::django::conf::setting(vm, &setting) else { return Ok(Value::None) };
    if !vm.truth(&label)? {
        return Ok(Value::None);
    }
    let text = vm.to_str(&label)?;
    let own = model(vm, &args)?.label_lower();
    let same = match text.split_once('.') {
        Some((app, name)) => format!("{app}.{}", name.to_lowercase()) == own,
        None => false,
    };
    Ok(if same { Value::None } else { label })
}

/// The properties that only read the ORM's model.
const PROPERTIES: &[(&str, NativeFn)] = &[
    ("model", |vm, args| Ok(Value::Class(vm.payload::<OptionsPayload>(&args[0])?.class.clone()))),
    ("concrete_model", |vm, args| {
        let model = model(vm, &args)?;
        if model.meta().is_abstract {
            return Ok(Value::None);
        }
        Ok(class_of(vm, &model.concrete_model())?.into())
    }),
    ("app_label", |vm, args| text(vm, &args, |model| model.meta().app_label.clone())),
    ("object_name", |vm, args| text(vm, &args, |model| model.name.clone())),
    ("model_name", |vm, args| text(vm, &args, |model| model.model_name.clone())),
    ("label", |vm, args| text(vm, &args, |model| model.label().into())),
    ("label_lower", |vm, args| text(vm, &args, |model| model.label_lower().into())),
    ("db_table", |vm, args| text(vm, &args, |model| model.db_table())),
    ("verbose_name", |vm, args| text(vm, &args, |model| model.meta().verbose_name.clone())),
    ("verbose_name_raw", |vm, args| text(vm, &args, |model| model.meta().verbose_name.clone())),
    ("verbose_name_plural", |vm, args| text(vm, &args, |model| model.meta().verbose_name_plural.clone())),
    ("abstract", |vm, args| Ok(model(vm, &args)?.meta().is_abstract.into())),
    ("proxy", |vm, args| Ok(model(vm, &args)?.meta().proxy.into())),
    ("managed", |vm, args| Ok(model(vm, &args)?.meta().managed.into())),
    ("select_on_save", |vm, args| Ok(model(vm, &args)?.meta().select_on_save.into())),
    ("swappable", |vm, args| kept_value(vm, &args, "swappable")),
    ("proxy_for_model", |vm, args| {
        let model = model(vm, &args)?;
        match model.proxy_for() {
            Some(target) => Ok(class_of(vm, &target)?.into()),
            None => Ok(Value::None),
        }
    }),
    ("fields_map", in_python!("_django_options", "fields_map")),
    ("_forward_fields_map", in_python!("_django_options", "forward_fields_map")),
    ("_relation_tree", in_python!("_django_options", "relation_tree")),
    ("db_returning_fields", in_python!("_django_options", "db_returning_fields")),
    ("_reverse_one_to_one_field_names", in_python!("_django_options", "base_reverse_one_to_one")),
    ("swapped", swapped),
    ("default_related_name", |vm, args| optional(vm, &args, |model| model.meta().default_related_name.clone())),
    ("auto_created", |vm, args| kept_value(vm, &args, "auto_created")),
    ("ordering", |vm, args| {
        let wrt = said_value(vm, &args, "order_with_respect_to")?.filter(|wrt| !wrt.is_none());
        if let (None, Some(said)) = (wrt, said_value(vm, &args, "ordering")?) {
            return Ok(said);
        }
        let terms = model(vm, &args)?.meta().ordering.clone();
        let terms: Vec<Value> = terms.iter().map(|one| term(vm, one)).collect();
        Ok(Value::list(terms))
    }),
    ("get_latest_by", |vm, args| {
        let model = model(vm, &args)?;
        let names: Vec<Value> = model.meta().get_latest_by.iter().map(|name| Value::str(&**name)).collect();
        Ok(match names.len() {
            0 => Value::None,
            1 => names[0].clone(),
            _ => Value::tuple(names),
        })
    }),
    ("unique_together", |vm, args| {
        let model = model(vm, &args)?;
        if let Some(said) = said_value(vm, &args, "unique_together")?
            && model.meta().unique_together.is_empty()
            && vm.truth(&said)?
        {
            let module = vm.import_module("_django_options")?;
            return vm.call_method(&module, "normalize_together", [said]);
        }
        let sets: Vec<Value> = model
            .meta()
            .unique_together
            .iter()
            .map(|set| Value::tuple(set.iter().map(|name| Value::str(&**name)).collect::<Vec<_>>()))
            .collect();
        Ok(Value::tuple(sets))
    }),
    ("order_with_respect_to", |vm, args| {
        let model = model(vm, &args)?;
        match model.meta().order_with_respect_to.clone() {
            None => Ok(Value::None),
            Some(name) => {
                let side = orm(vm, || model.get_field(&name))?;
                Ok(side_object(vm, &side))
            }
        }
    }),
    ("pk", |vm, args| {
        let model = model(vm, &args)?;
        Ok(model.pk_or_none().and_then(|pk| Django::of(vm).object_of(&pk)).unwrap_or(Value::None))
    }),
    ("auto_field", |vm, args| {
        let model = model(vm, &args)?;
        let auto = model.local_fields().into_iter().find(|field| {
            use crate::orm::models::FieldKind::{Auto, BigAuto, SmallAuto};
            matches!(field.kind, Auto | BigAuto | SmallAuto)
        });
        Ok(auto.and_then(|field| Django::of(vm).object_of(&field)).unwrap_or(Value::None))
    }),
    ("pk_fields", |vm, args| {
        let model = model(vm, &args)?;
        let fields = orm(vm, || model.pk_fields())?;
        Ok(Value::list(objects(vm, &fields)))
    }),
    ("is_composite_pk", |vm, args| {
        let model = model(vm, &args)?;
        let composite =
            model.pk_or_none().is_some_and(|pk| pk.kind == crate::orm::models::FieldKind::CompositePrimaryKey);
        Ok(composite.into())
    }),
    ("fields", |vm, args| field_list(vm, &args, |model| model.fields())),
    ("concrete_fields", |vm, args| field_list(vm, &args, |model| model.concrete_fields())),
    ("many_to_many", |vm, args| field_list(vm, &args, |model| model.many_to_many())),
    ("local_fields", |vm, args| {
        let fields = model(vm, &args)?.local_fields();
        Ok(Value::list(objects(vm, &fields)))
    }),
    ("local_concrete_fields", |vm, args| {
        field_list(vm, &args, |model| model.local_fields().into_iter().filter(|f| f.is_concrete()).collect())
    }),
    ("local_many_to_many", |vm, args| {
        let fields = model(vm, &args)?.local_many_to_many();
        Ok(Value::list(objects(vm, &fields)))
    }),
    ("private_fields", |vm, args| {
        let fields = model(vm, &args)?.private_fields();
        Ok(Value::list(objects(vm, &fields)))
    }),
    ("related_objects", |vm, args| {
        let fields = model(vm, &args)?.related_objects();
        let sides: Vec<Value> = fields.iter().map(|field| side_object(vm, &Side::Reverse(field.clone()))).collect();
        Ok(Value::tuple(sides))
    }),
    ("parents", |vm, args| {
        let parents = model(vm, &args)?.parents();
        let dict = crate::python::object::Dict::new();
        for (parent, link) in parents {
            let class = class_of(vm, &parent)?;
            let link = link.and_then(|link| Django::of(vm).object_of(&link)).unwrap_or(Value::None);
            dict.set(vm, class.into(), link)?;
        }
        Ok(Value::Dict(Rc::new(dict)))
    }),
    ("all_parents", |vm, args| {
        let parents = model(vm, &args)?.all_parents();
        let mut classes = Vec::with_capacity(parents.len());
        for parent in parents.iter() {
            classes.push(Value::Class(class_of(vm, parent)?));
        }
        Ok(Value::tuple(classes))
    }),
    ("managers", |vm, args| {
        let class = vm.payload::<OptionsPayload>(&args[0])?.class.clone();
        managers::all(vm, &class)
    }),
    ("managers_map", |vm, args| {
        let class = vm.payload::<OptionsPayload>(&args[0])?.class.clone();
        managers::map(vm, &class)
    }),
    ("base_manager", |vm, args| {
        let class = vm.payload::<OptionsPayload>(&args[0])?.class.clone();
        managers::base_manager(vm, &class)
    }),
    ("default_manager", |vm, args| {
        let class = vm.payload::<OptionsPayload>(&args[0])?.class.clone();
        managers::default_manager(vm, &class)
    }),
    ("indexes", |vm, args| {
        let class = vm.payload::<OptionsPayload>(&args[0])?.class.clone();
        constraints::index_objects(vm, &class)
    }),
    ("constraints", |vm, args| {
        let class = vm.payload::<OptionsPayload>(&args[0])?.class.clone();
        constraints::constraint_objects(vm, &class)
    }),
    ("total_unique_constraints", |vm, args| {
        let class = vm.payload::<OptionsPayload>(&args[0])?.class.clone();
        constraints::total_unique_constraints(vm, &class)
    }),
    ("apps", |vm, _| crate::django::apps::apps_object(vm)),
    ("_property_names", property_names),
    ("_ordering_clash", |vm, args| {
        let wrt = said_value(vm, &args, "order_with_respect_to")?;
        let ordering = said_value(vm, &args, "ordering")?;
        Ok(match (wrt, ordering) {
            (Some(wrt), Some(ordering)) => vm.truth(&wrt)? && vm.truth(&ordering)?,
            _ => false,
        }
        .into())
    }),
    ("db_table_comment", |vm, args| kept_value(vm, &args, "db_table_comment")),
    ("db_tablespace", |vm, args| kept_value(vm, &args, "db_tablespace")),
    ("required_db_features", |vm, args| kept_value(vm, &args, "required_db_features")),
    ("required_db_vendor", |vm, args| kept_value(vm, &args, "required_db_vendor")),
    ("permissions", |vm, args| kept_value(vm, &args, "permissions")),
    ("default_permissions", |vm, args| kept_value(vm, &args, "default_permissions")),
    ("base_manager_name", |vm, args| optional(vm, &args, |model| model.meta().base_manager_name.clone())),
    ("default_manager_name", |vm, args| optional(vm, &args, |model| model.meta().default_manager_name.clone())),
    ("original_attrs", |vm, args| {
        let payload = vm.payload::<OptionsPayload>(&args[0])?;
        let dict = crate::python::object::Dict::new();
        let own = payload.own.borrow();
        for (name, value) in payload.said.borrow().iter() {
            let kept = own.iter().find(|(known, _)| known == name).map(|(_, value)| value);
            dict.set_str(name.clone(), kept.unwrap_or(value).clone());
        }
        Ok(Value::Dict(Rc::new(dict)))
    }),
    ("app_config", |vm, args| {
        let label = model(vm, &args)?.meta().app_label.clone();
        crate::django::apps::app_config(vm, &label)
    }),
];

/// The class.
pub fn options_class(vm: &mut Vm) -> Rc<Class> {
    let mut builder = ClassBuilder::new("Options")
        .module("django.db.models.options")
        .native_layout("Options")
        .method("get_field", "self, field_name", get_field)
        .method("get_fields", "self, include_parents=True, include_hidden=False", get_fields)
        .method(
            "_get_fields",
            "self, forward=True, reverse=True, include_parents=True, include_hidden=False",
            some_fields,
        )
        .method("get_parent_list", "self", |vm, args| {
            let parents = model(vm, &args)?.all_parents();
            let mut classes = Vec::with_capacity(parents.len());
            for parent in parents.iter() {
                classes.push(Value::Class(class_of(vm, parent)?));
            }
            Ok(Value::list(classes))
        })
        .method("get_ancestor_link", "self, ancestor", |vm, args| {
            let model = model(vm, &args)?;
            let Some(ancestor) = super::model_of_value(&args[1]) else { return Ok(Value::None) };
            Ok(model.ancestor_link(&ancestor).and_then(|link| Django::of(vm).object_of(&link)).unwrap_or(Value::None))
        })
        .method("__str__", "self", |vm, args| text(vm, &args, |model| model.label_lower().into()))
        .method("__repr__", "self", |vm, args| {
            let name = model(vm, &args)?.name.clone();
            Ok(Value::from(format!("<Options for {name}>")))
        })
        .method("contribute_to_class", "self, cls, name", |_, _| Ok(Value::None))
        .method("add_field", "self, field, private=False", |vm, _| {
            Err(vm.unsupported("Options.add_field: use Model.add_to_class"))
        });
    builder = builder
        .method("_expire_cache", "self, forward=True, reverse=True", |_, _| Ok(Value::None))
        .method("can_migrate", "self, connection", in_python!("_django_options", "can_migrate"))
        .method("setup_pk", "self, field", in_python!("_django_options", "setup_pk"))
        .method("get_base_chain", "self, model", in_python!("_django_options", "get_base_chain"))
        .method("__setattr__", "self, name, value", set_option);
    for (name, get) in PROPERTIES {
        builder = builder.property(name, *get);
    }
    builder.build(vm)
}
