//! The model between the two sides of a many-to-many field, where none was named.

use std::rc::Rc;

use crate::django::fields::attribute;
use crate::django::state::{Django, class_of, orm};
use crate::orm::models::{Field, FieldKind, Model, OnDelete, Target};
use crate::orm::schema::truncate_name;
use crate::python::object::{Args, Class, Dict, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::rel;

/// Sees to it that a many-to-many field whose two sides exist has a model between them.
pub fn ensure_through(vm: &mut Vm, object: &Value, field: &Field) -> PyResult<()> {
    let Some(relation) = &field.relation else { return Ok(()) };
    let named = relation.through.borrow().clone();
    match named {
        Some(Target::Model(through)) => {
            if let Some(class) = Django::of(vm).class_of(&through) {
                rel::set(object, "through", class);
            }
            return Ok(());
        }
        // Named by a string, it resolves when that model appears.
        Some(Target::Name(_)) => return Ok(()),
        None => {}
    }
    let (owner, target) = (orm(vm, || field.require_model().cloned())?, orm(vm, || relation.require_model())?);
    let class = make(vm, object, field, &owner, &target)?;
    if let Some(model) = crate::django::models::model_of(&class) {
        *relation.through.borrow_mut() = Some(Target::Model(model));
    }
    rel::set(object, "through", class);
    Django::of(vm).registry().invalidate();
    Ok(())
}

fn make(vm: &mut Vm, object: &Value, field: &Field, owner: &Model, target: &Model) -> PyResult<Rc<Class>> {
    let name = format!("{}_{}", owner.name, field.name);
    let (mut from, mut to) = (owner.model_name.to_string(), target.model_name.to_string());
    if from == to {
        (from, to) = (format!("from_{from}"), format!("to_{to}"));
    }
    let owner_class = class_of(vm, owner)?;
    let target_class = class_of(vm, target)?;
    let table = match attribute(object, "db_table").and_then(|table| table.as_str().cloned()) {
        Some(table) => table.to_string(),
        None => truncate_name(&format!("{}_{}", owner.db_table().trim_matches('"'), field.name), None),
    };
    let meta_names = Rc::new(Dict::new());
    meta_names.set_str("db_table", table);
    meta_names.set_str("auto_created", owner_class.clone());
    meta_names.set_str("managed", owner.meta().managed || target.meta().managed);
    meta_names.set_str("app_label", &*owner.meta().app_label);
    meta_names.set_str("unique_together", Value::tuple(vec![Value::str(&*from), Value::str(&*to)]));
    meta_names.set_str("verbose_name", format!("{from}-{to} relationship"));
    meta_names.set_str("verbose_name_plural", format!("{from}-{to} relationships"));
    let type_ = vm.types.type_.clone();
    let meta = vm.new_class(&type_, &Str::interned("Meta"), Vec::new(), &meta_names, Vec::new())?;
    let names = Rc::new(Dict::new());
    if let Some(module) = owner_class.module() {
        names.set_str("__module__", module);
    }
    names.set_str("__qualname__", &*name);
    names.set_str("Meta", meta);
    let key = Value::Class(Django::of(vm).classes().fields.get(FieldKind::ForeignKey).clone());
    let cascade = crate::django::deletion::handler(vm, OnDelete::Cascade);
    let constraint = rel::of_field(object)
        .and_then(|rel| rel.as_instance().and_then(|instance| instance.get(&Str::interned("db_constraint"))))
        .unwrap_or(Value::Bool(true));
    for (side, class) in [(&from, &owner_class), (&to, &target_class)] {
        let args = Args::new([Value::Class(class.clone())])
            .keyword("related_name", format!("{name}+"))
            .keyword("db_constraint", constraint.clone())
            .keyword("on_delete", cascade.clone());
        let made = vm.call(&key, args)?;
        names.set_str(&**side, made);
    }
    let classes = Django::of(vm);
    let (base, model) = (classes.classes().model_base.clone(), classes.classes().model.clone());
    let made =
        vm.call(&Value::Class(base), [Value::from(name), Value::tuple(vec![Value::Class(model)]), Value::Dict(names)])?;
    match made {
        Value::Class(class) => Ok(class),
        _ => Err(vm.type_error("the model between is no class")),
    }
}
