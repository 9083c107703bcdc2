//! `ModelBase`: what happens when a class that derives from `models.Model` is made.

use std::rc::Rc;

use crate::django::fields::FieldPayload;
use crate::django::state::{Django, raise_class};
use crate::orm::models::Model;
use crate::python::object::{Args, Class, ClassBuilder, Dict, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::options::OptionsPayload;
use super::{inherit, meta, model_of, options, prepare};

/// The metaclass.
pub fn model_base(vm: &mut Vm) -> Rc<Class> {
    let type_ = vm.types.type_.clone();
    ClassBuilder::new("ModelBase")
        .module("django.db.models.base")
        .base(&type_)
        .constructor(construct)
        .method("add_to_class", "cls, name, value", |vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let Some(name) = args[1].as_str().cloned() else {
                return Err(vm.type_error("attribute name must be string"));
            };
            add_to_class(vm, &class, &name, &args[2])?;
            Ok(Value::None)
        })
        .property("_base_manager", |vm, args| {
            let class = vm.class_arg(&args, 0)?;
            crate::django::managers::base_manager(vm, &class)
        })
        .property("_default_manager", |vm, args| {
            let class = vm.class_arg(&args, 0)?;
            crate::django::managers::default_manager(vm, &class)
        })
        .build(vm)
}

/// Whether a class was made by this metaclass, `Model` itself included.
pub fn is_model_class(vm: &Vm, class: &Rc<Class>) -> bool {
    class.derives_from(&Django::of(vm).classes().model)
}

/// `ModelBase.__new__`
fn construct(vm: &mut Vm, args: Args) -> PyResult {
    let metaclass = vm.class_arg(&args, 0)?;
    let (Some(name), Some(bases), Some(namespace)) =
        (args[1].as_str().cloned(), args[2].as_tuple().map(<[Value]>::to_vec), args[3].as_dict().cloned())
    else {
        return Err(vm.type_error("ModelBase.__new__() takes a name, bases and a namespace"));
    };
    let keywords = args.keywords.clone();
    let parents: Vec<Rc<Class>> =
        bases.iter().filter_map(Value::as_class).filter(|base| is_model_class(vm, base)).cloned().collect();
    if parents.is_empty() {
        return Ok(vm.new_class(&metaclass, &name, bases, &namespace, keywords)?.into());
    }
    Ok(make(vm, &metaclass, &name, bases, &parents, &namespace, keywords)?.into())
}

/// Makes a model class.
fn make(
    vm: &mut Vm,
    metaclass: &Rc<Class>,
    name: &Str,
    bases: Vec<Value>,
    parents: &[Rc<Class>],
    namespace: &Rc<Dict>,
    keywords: Vec<(Str, Value)>,
) -> PyResult<Rc<Class>> {
    let own = Rc::new(Dict::new());
    let mut contributions = Vec::new();
    let mut attr_meta = None;
    for (key, value) in namespace.str_items() {
        if key == "Meta" {
            attr_meta = Some(value);
        } else if contributes(vm, &value)? {
            contributions.push((key, value));
        } else {
            own.set_str(key, value);
        }
    }
    let class = vm.new_class(metaclass, name, bases, &own, keywords)?;
    let said_meta = match &attr_meta {
        Some(meta) => Some(meta.clone()),
        None => vm.get_attr_opt(&Value::Class(class.clone()), "Meta")?,
    };
    let module = class.module().map_or_else(String::new, |module| module.to_string());
    let base_model = parents.iter().find_map(model_of);
    let app_label = app_label_of(vm, &module);
    let mut read = meta::read(vm, said_meta.as_ref(), name, app_label.as_deref())?;
    // `abstract` counts only where the class says so itself, not where it inherits its parent's Meta.
    if attr_meta.is_none() {
        read.meta.is_abstract = false;
    }
    if read.meta.app_label.is_empty() && !read.meta.is_abstract {
        return Err(meta::no_app(vm, &module, name));
    }
    let is_said = |key: &str| read.said.iter().any(|(known, _)| known == key);
    if let Some(base) = base_model.as_ref().filter(|base| !read.meta.is_abstract && !base.meta().is_abstract) {
        if !is_said("ordering") {
            read.meta.ordering = base.meta().ordering.clone();
        }
        if !is_said("get_latest_by") {
            read.meta.get_latest_by = base.meta().get_latest_by.clone();
        }
    }
    let is_abstract = read.meta.is_abstract;
    let is_proxy = read.meta.proxy;
    let registry = Django::of(vm).registry();
    let model = Model::new(&registry, name, read.meta);
    let django = Django::of(vm);
    django.set_class_of(&model, &class);
    let options = options::new(vm, &model, &class, read.said);
    class.set("_meta", options.clone());
    if !is_abstract {
        add_exceptions(vm, &class, parents, &module)?;
    }
    for (key, value) in &contributions {
        add_to_class(vm, &class, key, value)?;
    }
    if is_proxy {
        inherit::set_up_proxy(vm, &class, &model, parents)?;
    }
    inherit::inherit_fields(vm, &class, &model, parents, is_proxy)?;
    if is_abstract {
        inherit::finish_abstract(vm, &class, attr_meta.as_ref())?;
        return Ok(class);
    }
    prepare::finish(vm, &class, &model)?;
    Ok(class)
}

/// Whether a class attribute joins the class through `contribute_to_class` rather than by being set.
fn contributes(vm: &mut Vm, value: &Value) -> PyResult<bool> {
    match value {
        Value::Instance(_) => {
            if value.payload::<FieldPayload>().is_some() {
                return Ok(true);
            }
            let class = vm.class_of(value);
            Ok(class.lookup(&Str::interned("contribute_to_class")).is_some())
        }
        _ => Ok(false),
    }
}

/// `cls.add_to_class(name, value)`
pub fn add_to_class(vm: &mut Vm, class: &Rc<Class>, name: &Str, value: &Value) -> PyResult<()> {
    if contributes(vm, value)? {
        vm.call_method(value, "contribute_to_class", [Value::Class(class.clone()), Value::Str(name.clone())])?;
    } else {
        class.set(name.clone(), value.clone());
    }
    Ok(())
}

/// The label of the app that a module belongs to: its folder's name.
fn app_label_of(vm: &Vm, module: &str) -> Option<String> {
    let django = Django::of(vm);
    if let Some(label) = django.apps.borrow().label_of_module(module) {
        return Some(label);
    }
    django.settings.borrow().default_app_label.clone()
}

/// `DoesNotExist` and `MultipleObjectsReturned`, each below those of the parents.
fn add_exceptions(vm: &mut Vm, class: &Rc<Class>, parents: &[Rc<Class>], module: &str) -> PyResult<()> {
    let django = Django::of(vm);
    for (name, base) in [
        ("DoesNotExist", &django.errors.object_does_not_exist),
        ("MultipleObjectsReturned", &django.errors.multiple_objects_returned),
    ] {
        let key = Str::interned(name);
        let mut bases: Vec<Value> = Vec::new();
        for parent in parents {
            if model_of(parent).is_some_and(|model| !model.meta().is_abstract)
                && let Some(found) = parent.lookup(&key)
            {
                bases.push(found);
            }
        }
        if bases.is_empty() {
            bases.push(base.into());
        }
        let namespace = Rc::new(Dict::new());
        namespace.set_str("__module__", module);
        namespace.set_str("__qualname__", format!("{}.{name}", class.qualname()));
        let type_ = vm.types.type_.clone();
        let made = vm.new_class(&type_, &key, bases, &namespace, Vec::new())?;
        class.set(name, made);
    }
    Ok(())
}

/// The options object of a model class.
pub fn options_of(class: &Rc<Class>) -> Option<Value> {
    class.lookup(&Str::interned("_meta")).filter(|value| value.payload::<OptionsPayload>().is_some())
}

/// A `FieldError`.
pub fn field_error(vm: &mut Vm, message: impl Into<String>) -> crate::python::object::Raised {
    let class = Django::of(vm).errors.field_error.clone();
    raise_class(vm, &class, message)
}

/// The names of a class's own fields.
pub fn own_field_names(model: &Model) -> Vec<Rc<str>> {
    let mut names: Vec<Rc<str>> = model.local_fields().iter().map(|field| field.name.clone()).collect();
    names.extend(model.local_many_to_many().iter().map(|field| field.name.clone()));
    names.extend(model.private_fields().iter().map(|field| field.name.clone()));
    names
}
