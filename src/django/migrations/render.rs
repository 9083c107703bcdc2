//! Models made of states: classes in a registry of their own.

use std::rc::Rc;

use crate::django::convert::to_datum;
use crate::django::fields::{self, attribute};
use crate::django::state::{Django, hook, orm};
use crate::orm::migrations::{
    Argument, Base, FieldState, Host, Literal, Made, ModelKey, ModelState, OptionValue, ProjectState, Rendered,
    resolve_relation,
};
use crate::orm::models::{Field, FieldKind, Model, Registry};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};
use crate::python::object::{Args, Dict, PyResult, Str, Value};
use crate::python::vm::Vm;

/// The interpreter's side of migrations.
pub struct DjangoHost {
    /// The models of apps that the migrations are not about.
    others: Vec<Model>,
}

impl DjangoHost {
    /// A host whose states may refer to the models that are registered now, but for those of `app_label`.
    pub fn new(vm: &Vm, app_label: &str) -> Self {
        let models = Django::of(vm).registry().models();
        Self { others: models.into_iter().filter(|model| *model.meta().app_label != *app_label).collect() }
    }

    /// A registry that holds the models of other apps only.
    pub fn registry(&self) -> Rc<Registry> {
        let registry = Registry::new();
        for model in &self.others {
            registry.register(model);
        }
        registry
    }
}

/// A value that needs no object, made again.
fn value_of(vm: &mut Vm, literal: &Literal) -> PyResult {
    let all = |vm: &mut Vm, items: &[Literal]| -> PyResult<Vec<Value>> {
        items.iter().map(|item| value_of(vm, item)).collect()
    };
    Ok(match literal {
        Literal::None => Value::None,
        Literal::Bool(truth) => Value::Bool(*truth),
        Literal::Int(number) => Value::Int(*number),
        Literal::Float(number) => Value::Float(*number),
        Literal::Str(text) | Literal::Setting { value: text, .. } => Value::str(&**text),
        Literal::List(items) => Value::list(all(vm, items)?),
        Literal::Tuple(items) | Literal::Set(items) | Literal::FrozenSet(items) => Value::tuple(all(vm, items)?),
        Literal::Dict(items) => {
            let dict = Dict::new();
            for (key, value) in items {
                let (key, value) = (value_of(vm, key)?, value_of(vm, value)?);
                dict.set(vm, key, value)?;
            }
            Value::Dict(Rc::new(dict))
        }
        Literal::Call(_) | Literal::Text { .. } | Literal::Refused { .. } => Value::None,
    })
}

fn object(vm: &mut Vm, argument: &Argument) -> PyResult {
    match argument.host.as_ref().and_then(|host| host.downcast_ref::<Value>()) {
        Some(value) => Ok(value.clone()),
        None => value_of(vm, &argument.literal),
    }
}

fn call(
    vm: &mut Vm,
    class: Option<&Rc<dyn std::any::Any>>,
    args: &[Argument],
    kwargs: &[(Rc<str>, Argument)],
) -> PyResult {
    let Some(class) = class.and_then(|class| class.downcast_ref::<Value>()).cloned() else {
        return Err(vm.value_error("a class of the state is not known"));
    };
    let mut call = Args::none();
    for arg in args {
        let value = object(vm, arg)?;
        call.positional.push(value);
    }
    for (name, arg) in kwargs {
        let value = object(vm, arg)?;
        call.keywords.push((Str::interned(name), value));
    }
    vm.call(&class, call)
}

fn made(vm: &mut Vm, made: &Made) -> PyResult {
    if made.as_manager {
        let Some(class) = made.class.as_ref().and_then(|class| class.downcast_ref::<Value>()).cloned() else {
            return Err(vm.value_error("a queryset class of the state is not known"));
        };
        return vm.call_method(&class, "as_manager", ());
    }
    call(vm, made.class.as_ref(), &made.args, &made.kwargs)
}

fn list(vm: &mut Vm, all: &[Rc<Made>]) -> PyResult {
    let mut values = Vec::with_capacity(all.len());
    for one in all {
        values.push(made(vm, one)?);
    }
    Ok(Value::list(values))
}

/// The bases as classes; `None` when one is not made yet.
fn bases(vm: &mut Vm, state: &ModelState, registry: &Rc<Registry>) -> PyResult<Option<Vec<Value>>> {
    let mut all = Vec::new();
    let near = state.key();
    for base in &state.bases {
        match base {
            Base::Model(label) => {
                let (app, name) = resolve_relation(label, &near);
                match registry.find(&app, &name).and_then(|model| Django::of(vm).class_of(&model)) {
                    Some(class) => all.push(Value::Class(class)),
                    None => return Ok(None),
                }
            }
            Base::Class { class: Some(class), .. } => match class.downcast_ref::<Value>() {
                Some(class) => all.push(class.clone()),
                None => return Ok(None),
            },
            Base::Class { class: None, .. } => all.push(Value::Class(Django::of(vm).classes().model.clone())),
        }
    }
    Ok(Some(all))
}

fn render_model(vm: &mut Vm, state: &ModelState, bases: Vec<Value>) -> PyResult<()> {
    let meta_names = Rc::new(Dict::new());
    meta_names.set_str("app_label", &*state.app_label);
    for (name, value) in &state.options.0 {
        if **name == *"index_together" {
            continue;
        }
        let value = match value {
            OptionValue::Value(value) => object(vm, value)?,
            OptionValue::Made(all) => list(vm, all)?,
        };
        meta_names.set_str(Str::interned(name), value);
    }
    let type_ = vm.types.type_.clone();
    let meta = vm.new_class(&type_, &Str::interned("Meta"), Vec::new(), &meta_names, Vec::new())?;
    let body = Rc::new(Dict::new());
    for (name, field) in &state.fields {
        let value = call(vm, field.class.as_ref(), &field.args, &field.kwargs)?;
        body.set_str(Str::interned(name), value);
    }
    body.set_str("Meta", meta);
    body.set_str("__module__", "__fake__");
    body.set_str("__qualname__", &*state.name);
    for (name, manager) in &state.managers {
        let value = made(vm, manager)?;
        body.set_str(Str::interned(name), value);
    }
    let base = Value::Class(Django::of(vm).classes().model_base.clone());
    vm.call(&base, [Value::str(&*state.name), Value::tuple(bases), Value::Dict(body)])?;
    Ok(())
}

fn render_all(vm: &mut Vm, state: &ProjectState, registry: &Rc<Registry>) -> PyResult<()> {
    let mut left: Vec<Rc<ModelState>> = state.models.clone();
    while !left.is_empty() {
        let mut later = Vec::new();
        for model in &left {
            match bases(vm, model, registry)? {
                Some(found) => render_model(vm, model, found)?,
                None => later.push(model.clone()),
            }
        }
        if later.len() == left.len() {
            let names: Vec<String> =
                later.iter().map(|model| format!("<ModelState: '{}.{}'>", model.app_label, model.name)).collect();
            return Err(vm.value_error(format!(
                "Cannot resolve bases for [{}]\nThis can happen if you are inheriting models from an app with migrations \
                 (e.g. contrib.auth)\n in an app with no migrations; see \
                 https://docs.djangoproject.com/en/5.2/topics/migrations/#dependencies for more",
                names.join(", ")
            )));
        }
        left = later;
    }
    Ok(())
}

struct RenderedModels {
    registry: Rc<Registry>,
}

impl Rendered for RenderedModels {
    fn model(&self, key: &ModelKey) -> OrmResult<Model> {
        self.registry.find(&key.0, &key.1).ok_or_else(|| {
            OrmError::new(ErrorKind::LookupError, format!("App '{}' doesn't have a '{}' model.", key.0, key.1))
        })
    }
}

impl Host for DjangoHost {
    fn render(&self, state: &ProjectState) -> OrmResult<Rc<dyn Rendered>> {
        hook(|vm| {
            let registry = self.registry();
            let django = Django::of(vm);
            let before = django.swap_registry(registry.clone());
            let waiting = django.pending.take();
            let outcome = render_all(vm, state, &registry);
            django.swap_registry(before);
            *django.pending.borrow_mut() = waiting;
            outcome?;
            Ok(Rc::new(RenderedModels { registry }) as Rc<dyn Rendered>)
        })
    }

    fn effective_default(&self, field: &Field, given: Option<&Argument>) -> OrmResult<Datum> {
        hook(|vm| {
            let value = default_value(vm, field, given)?;
            let datum = to_datum(vm, &value)?;
            orm(vm, || field.get_db_prep_save(&datum))
        })
    }

    fn state_of(&self, field: &Field) -> OrmResult<Rc<FieldState>> {
        hook(|vm| {
            let object = fields::object_of(vm, field)?;
            Ok(Rc::new(super::read::field(vm, &object)?))
        })
    }

    fn shown(&self, field: &Field) -> String {
        let text = hook(|vm| {
            let object = fields::object_of(vm, field)?;
            Ok(vm.to_str(&object)?.to_string())
        });
        text.unwrap_or_else(|_| field.str())
    }

    fn auto_field(&self) -> FieldKind {
        let name = hook(|vm| Ok(Django::of(vm).settings.borrow().default_auto_field.clone())).unwrap_or_default();
        match name.rsplit('.').next() {
            Some("AutoField") => FieldKind::Auto,
            Some("SmallAutoField") => FieldKind::SmallAuto,
            _ => FieldKind::BigAuto,
        }
    }
}

/// `_effective_default()`
pub fn default_value(vm: &mut Vm, field: &Field, given: Option<&Argument>) -> PyResult {
    if let Some(given) = given {
        let value = object(vm, given)?;
        return if vm.is_callable(&value) { vm.call(&value, ()) } else { Ok(value) };
    }
    let made = fields::object_of(vm, field)?;
    let not_provided = Django::of(vm).classes().not_provided.clone();
    if attribute(&made, "default").is_some_and(|default| !default.is(&not_provided)) {
        return fields::get_default(vm, &made, field);
    }
    if field.generated.is_some() {
        return Ok(Value::None);
    }
    let internal = field.internal_type();
    let strings_allowed =
        !matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOne) && field.empty_strings_allowed();
    if !field.options.null && field.options.blank && strings_allowed {
        return Ok(if *internal == *"BinaryField" { Value::bytes(Vec::new()) } else { Value::str("") });
    }
    if field.options.auto_now || field.options.auto_now_add {
        if *internal == *"DateTimeField" {
            let zones = vm.import_module("django.utils.timezone")?;
            return vm.call_method(&zones, "now", ());
        }
        let module = vm.import_module("datetime")?;
        let class = vm.get_attr(&module, "datetime")?;
        let now = vm.call_method(&class, "now", ())?;
        return match &*internal {
            "DateField" => vm.call_method(&now, "date", ()),
            "TimeField" => vm.call_method(&now, "time", ()),
            _ => Ok(now),
        };
    }
    Ok(Value::None)
}
