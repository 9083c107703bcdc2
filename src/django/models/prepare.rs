//! The last steps of making a model class: primary key, default manager, accessors, registration.

use std::rc::Rc;

use crate::django::state::{Django, raise};
use crate::django::{managers, related, signals};
use crate::orm::models::{FieldKind, Model, OrderTerm};
use crate::python::object::{Args, Class, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::base::add_to_class;
use super::{meta, options};

/// Finishes a class that is not abstract and makes it findable.
pub fn finish(vm: &mut Vm, class: &Rc<Class>, model: &Model) -> PyResult<()> {
    order_with_respect_to(vm, class, model)?;
    primary_key(vm, class, model)?;
    if class.dict().get_str(&Str::interned("__doc__")).is_none_or(|doc| doc.is_none()) {
        let names: Vec<String> = model.fields().iter().map(|field| field.name.to_string()).collect();
        class.set("__doc__", format!("{}({})", class.name(), names.join(", ")));
    }
    if !managers::has_any(class) {
        if model.fields().iter().any(|field| &*field.name == "objects") {
            return Err(vm.value_error(format!(
                "Model {} must specify a custom Manager, because it has a field named 'objects'.",
                class.name()
            )));
        }
        let manager_class = Value::Class(Django::of(vm).classes().manager.clone());
        let manager = vm.call(&manager_class, ())?;
        if let Some(instance) = manager.as_instance() {
            instance.set("auto_created", true);
        }
        add_to_class(vm, class, &Str::interned("objects"), &manager)?;
    }
    let mut read = (*model.meta()).clone();
    if let Some(said) = options::said(class) {
        let own = meta::read_late(vm, &mut read, &said, class)?;
        options::keep(class, own);
    }
    model.set_meta(read);
    let resolved = model.registry.register(model);
    related::class_registered(vm, class, model, &resolved)?;
    signals::send_class_prepared(vm, class)?;
    Ok(())
}

/// `Meta.order_with_respect_to` orders by a column of its own.
fn order_with_respect_to(vm: &mut Vm, class: &Rc<Class>, model: &Model) -> PyResult<()> {
    let Some(name) = model.meta().order_with_respect_to.clone() else { return Ok(()) };
    let named = |field: &crate::orm::models::Field| field.name == name || field.attname == name;
    if !model.forward_fields().iter().any(named) && !model.private_fields().iter().any(named) {
        return Err(raise(
            vm,
            crate::orm::OrmError::field_does_not_exist(format!("{} has no field named '{name}'", class.name())),
        ));
    }
    let mut changed = (*model.meta()).clone();
    changed.ordering = vec![OrderTerm::Name("_order".into())];
    model.set_meta(changed);
    if !model.forward_fields().iter().any(|field| &*field.name == "_order") {
        let integer = Value::Class(Django::of(vm).classes().fields.get(FieldKind::Integer).clone());
        let order = vm.call(&integer, Args::none().keyword("name", "_order").keyword("editable", false))?;
        if let Some(instance) = order.as_instance() {
            instance.set("_ormdojo_order_wrt", true);
        }
        add_to_class(vm, class, &Str::interned("_order"), &order)?;
    }
    related::order_accessors(vm, class)
}

/// Gives a model without a primary key one: its first parent's link, or an automatic field.
fn primary_key(vm: &mut Vm, class: &Rc<Class>, model: &Model) -> PyResult<()> {
    if model.pk_or_none().is_some() {
        return Ok(());
    }
    if let Some((_, Some(link))) = model.parents().into_iter().next() {
        // A link inherited from an abstract parent is a copy by the same name.
        let link = model.forward_field(&link.name).unwrap_or(link);
        if let Some(object) = Django::of(vm).object_of(&link)
            && let Some(instance) = object.as_instance()
        {
            instance.set("primary_key", true);
            instance.set("serialize", false);
        }
        model.set_pk(&link);
        return Ok(());
    }
    if Django::of(vm).overridden.borrow().get_text("DEFAULT_AUTO_FIELD").is_some() {
        let module = vm.import_module("_django_options")?;
        let auto_class = vm.call_method(&module, "default_pk_class", ())?;
        let args =
            Args::none().keyword("verbose_name", "ID").keyword("primary_key", true).keyword("auto_created", true);
        let auto = vm.call(&auto_class, args)?;
        return add_to_class(vm, class, &Str::interned("id"), &auto);
    }
    let django = Django::of(vm);
    let label = model.meta().app_label.clone();
    // Django's own apps keep the keys that they have always had, whatever the settings say.
    let of_django = ["django.contrib.auth", "django.contrib.contenttypes"]
        .iter()
        .any(|app| django.apps.borrow().pairs().iter().any(|(module, known)| module == app && *known == *label));
    let wanted = match of_django {
        true => "AutoField".to_owned(),
        false => django.settings.borrow().default_auto_field.clone(),
    };
    let kind = match wanted.rsplit('.').next() {
        Some("AutoField") => FieldKind::Auto,
        Some("SmallAutoField") => FieldKind::SmallAuto,
        _ => FieldKind::BigAuto,
    };
    let auto_class = Value::Class(Django::of(vm).classes().fields.get(kind).clone());
    let args = Args::none().keyword("verbose_name", "ID").keyword("primary_key", true).keyword("auto_created", true);
    let auto = vm.call(&auto_class, args)?;
    add_to_class(vm, class, &Str::interned("id"), &auto)
}
