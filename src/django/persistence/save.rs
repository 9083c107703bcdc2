//! `save()` and `save_base()`: what happens once a save, whatever tables it touches.

use std::rc::Rc;

use crate::django::connections::{atomic, mark_for_rollback_on_error, write_alias};
use crate::django::models::base::is_model_class;
use crate::django::models::state::StatePayload;
use crate::django::models::{instance, model_of_instance};
use crate::django::related::{cached, forget};
use crate::django::signals::{self, ModelSignal};
use crate::django::state::{class_of, orm};
use crate::orm::models::Model;
use crate::python::object::{Args, Class, PyResult, Str, Truth, Value};
use crate::python::vm::Vm;

use super::table::{SaveTable, save_table};
use super::{prepare_related_fields_for_save, using_or};

/// The four options of `save()`, which may still be given by position.
fn options(vm: &mut Vm, args: &Args, method: &str) -> PyResult<[Value; 4]> {
    let mut options = [args[2].clone(), args[3].clone(), args[4].clone(), args[5].clone()];
    let given = args.rest(1);
    if given.is_empty() {
        return Ok(options);
    }
    let warnings = vm.import_module("warnings")?;
    let category = match vm.import_module("django.utils.deprecation") {
        Ok(module) => vm.get_attr(&module, "RemovedInDjango60Warning")?,
        Err(_) => vm.exceptions.get(crate::python::exceptions::Kind::DeprecationWarning).clone().into(),
    };
    let text = Value::from(format!("Passing positional arguments to {method}() is deprecated"));
    vm.call_method(&warnings, "warn", [text, category])?;
    if given.len() > options.len() {
        return Err(vm.type_error(format!(
            "Model.{method}() takes from 1 to 5 positional arguments but {} were given",
            given.len() + 1
        )));
    }
    let names = ["force_insert", "force_update", "using", "update_fields"];
    for (at, value) in given.iter().enumerate() {
        let is_default = match &options[at] {
            Value::Truth(Truth::False) => at < 2,
            Value::None => at >= 2,
            _ => false,
        };
        if !is_default {
            return Err(vm.type_error(format!("Model.{method}() got multiple values for argument '{}'", names[at])));
        }
        options[at] = value.clone();
    }
    Ok(options)
}

/// The names that `update_fields` may hold.
pub(in crate::django) fn updatable_names(vm: &mut Vm, model: &Model) -> PyResult<Vec<Rc<str>>> {
    let mut keys = orm(vm, || model.pk_fields())?;
    for parent in model.all_parents().iter() {
        keys.extend(orm(vm, || parent.pk_fields())?);
    }
    let mut names = Vec::new();
    for field in model.concrete_fields().iter().filter(|field| !keys.contains(field)) {
        names.push(field.name.clone());
        if field.name != field.attname {
            names.push(field.attname.clone());
        }
    }
    Ok(names)
}

/// `Model.save()`
pub(super) fn save(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let [force_insert, force_update, using, mut update_fields] = options(vm, &args, "save")?;
    prepare_related_fields_for_save(vm, &this, "save", None)?;
    let using = if vm.truth(&using)? { using } else { Value::Str(write_alias(&this)) };
    let (inserts, updates) = (vm.truth(&force_insert)?, vm.truth(&force_update)?);
    if inserts && (updates || vm.truth(&update_fields)?) {
        return Err(vm.value_error("Cannot force both insert and updating in model saving."));
    }
    let Some(model) = model_of_instance(&this) else { return Err(vm.type_error("not a model instance")) };
    let deferred: Vec<Rc<str>> = instance::deferred_fields(&this)
        .iter()
        .filter(|field| field.generated.is_none())
        .map(|field| field.attname.clone())
        .collect();
    if !update_fields.is_none() {
        if !vm.truth(&update_fields)? {
            return Ok(Value::None);
        }
        let class = Value::Class(vm.types.frozenset.clone());
        let given = vm.list_from(&update_fields)?;
        update_fields = vm.call(&class, [Value::list(given.clone())])?;
        let known = updatable_names(vm, &model)?;
        let mut wrong: Vec<String> = Vec::new();
        for name in &given {
            if !name.as_str().is_some_and(|name| known.iter().any(|known| **known == **name)) {
                let shown = vm.to_str(name)?.to_string();
                if !wrong.contains(&shown) {
                    wrong.push(shown);
                }
            }
        }
        if !wrong.is_empty() {
            return Err(vm.value_error(format!(
                "The following fields do not exist in this model, are m2m fields, primary keys, or are non-concrete \
                 fields: {}",
                wrong.join(", ")
            )));
        }
    } else if !inserts && !deferred.is_empty() && using.as_str().is_some_and(|using| is_from(&this, using)) {
        let keys = orm(vm, || model.pk_fields())?;
        let loaded: Vec<Value> = model
            .concrete_fields()
            .iter()
            .filter(|field| !keys.contains(field) && !deferred.contains(&field.attname))
            .map(|field| Value::str(&*field.attname))
            .collect();
        if !loaded.is_empty() {
            let class = Value::Class(vm.types.frozenset.clone());
            update_fields = vm.call(&class, [Value::list(loaded)])?;
        }
    }
    let call = Args::none()
        .keyword("using", using)
        .keyword("force_insert", force_insert)
        .keyword("force_update", force_update)
        .keyword("update_fields", update_fields);
    vm.call_method(&this, "save_base", call)?;
    Ok(Value::None)
}

/// `Model.asave()`
pub(super) fn asave(vm: &mut Vm, args: Args) -> PyResult {
    Ok(crate::django::async_twins::coroutine(vm, move |vm| {
        let [force_insert, force_update, using, update_fields] = options(vm, &args, "asave")?;
        let call = Args::none()
            .keyword("force_insert", force_insert)
            .keyword("force_update", force_update)
            .keyword("using", using)
            .keyword("update_fields", update_fields);
        vm.call_method(&args[0], "save", call)
    }))
}

/// Whether the instance was read from, or saved to, this database.
fn is_from(this: &Value, using: &Str) -> bool {
    state_of(this).is_some_and(|state| {
        state.payload::<StatePayload>().is_some_and(|state| state.db.borrow().as_str().is_some_and(|db| db == using))
    })
}

/// `instance._state`
pub(super) fn state_of(this: &Value) -> Option<Value> {
    this.as_instance().and_then(|held| held.get(&Str::interned("_state")))
}

/// The classes whose tables are to be inserted into.
fn validate_force_insert(vm: &mut Vm, class: &Rc<Class>, force_insert: &Value) -> PyResult<Vec<Rc<Class>>> {
    match force_insert {
        Value::Truth(Truth::False) => return Ok(Vec::new()),
        Value::Truth(Truth::True) => return Ok(vec![class.clone()]),
        _ => {}
    }
    let Some(members) = force_insert.as_tuple().map(<[Value]>::to_vec) else {
        return Err(vm.type_error("force_insert must be a bool or tuple."));
    };
    let mut classes = Vec::with_capacity(members.len());
    for member in members {
        let Some(known) = member.as_class().filter(|known| is_model_class(vm, known)).cloned() else {
            let shown = vm.repr(&member)?;
            return Err(vm.type_error(format!("Invalid force_insert member. {shown} must be a model subclass.")));
        };
        if !class.derives_from(&known) {
            return Err(vm.type_error(format!(
                "Invalid force_insert member. {} must be a base of {}.",
                known.qualname(),
                class.qualname()
            )));
        }
        classes.push(known);
    }
    Ok(classes)
}

/// `Model.save_base()`
pub(super) fn save_base(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let raw = vm.truth(&args[1])?;
    let (force_insert, update_fields) = (args[2].clone(), args[5].clone());
    let force_update = vm.truth(&args[3])?;
    let using = using_or(vm, &args[4], &this)?;
    let Some(own) = model_of_instance(&this) else { return Err(vm.type_error("not a model instance")) };
    let origin = vm.class_of(&this);
    let model = if own.meta().proxy { own.concrete_model() } else { own };
    let signalled = !model.meta().auto_created;
    let sender = Value::Class(origin.clone());
    let named = |more: Option<bool>| {
        let mut named = vec![("instance", this.clone())];
        if let Some(created) = more {
            named.push(("created", Value::Bool(created)));
            named.push(("update_fields", update_fields.clone()));
            named.push(("raw", Value::Bool(raw)));
            named.push(("using", Value::Str(using.clone())));
        } else {
            named.push(("raw", Value::Bool(raw)));
            named.push(("using", Value::Str(using.clone())));
            named.push(("update_fields", update_fields.clone()));
        }
        named
    };
    if signalled {
        signals::send(vm, ModelSignal::PreSave, &sender, named(None))?;
    }
    let names = match &update_fields {
        Value::None | Value::Unset => None,
        given => {
            let mut names: Vec<Rc<str>> = Vec::new();
            for name in vm.list_from(given)? {
                names.push(vm.to_str(&name)?.as_str().into());
            }
            Some(names)
        }
    };
    let body = |vm: &mut Vm| -> PyResult<bool> {
        let mut forced = vm.truth(&force_insert)?;
        if !raw {
            let classes = validate_force_insert(vm, &origin, &force_insert)?;
            forced = !classes.is_empty();
            let how = Parents { this: &this, using: &using, update_fields: names.as_deref(), force_insert: &classes };
            forced |= save_parents(vm, &how, &model, &mut Vec::new())?;
        }
        save_table(
            vm,
            &SaveTable {
                this: &this,
                model: &model,
                raw,
                force_insert: forced,
                force_update,
                using: &using,
                update_fields: names.as_deref(),
            },
        )
    };
    let updated = if model.parents().is_empty() {
        mark_for_rollback_on_error(vm, &using, body)?
    } else {
        atomic(vm, &using, false, body)?
    };
    if let Some(state) = state_of(&this) {
        let state = vm.payload::<StatePayload>(&state)?;
        *state.db.borrow_mut() = Value::Str(using.clone());
        state.adding.set(false);
    }
    if signalled {
        signals::send(vm, ModelSignal::PostSave, &sender, named(Some(!updated)))?;
    }
    Ok(Value::None)
}

/// What saving the parents goes by.
struct Parents<'a> {
    this: &'a Value,
    using: &'a Str,
    update_fields: Option<&'a [Rc<str>]>,
    force_insert: &'a [Rc<Class>],
}

/// Saves the rows of the parents; whether any was inserted. `done` are the parents already saved, with whether that was
/// an update: a diamond saves its top once.
fn save_parents(vm: &mut Vm, how: &Parents<'_>, model: &Model, done: &mut Vec<(Model, bool)>) -> PyResult<bool> {
    let mut inserted = false;
    for (parent, link) in model.parents() {
        let parent_pk = orm(vm, || parent.pk())?;
        let pk_name = Str::interned(&parent_pk.attname);
        if let Some(link) = &link {
            let link_value = vm.get_attr_str(how.this, &Str::interned(&link.attname))?;
            if vm.get_attr_str(how.this, &pk_name)?.is_none() && !link_value.is_none() {
                vm.set_attr_str(how.this, &pk_name, link_value)?;
            }
        }
        let known = done.iter().find(|(known, _)| *known == parent).map(|(_, updated)| *updated);
        match known {
            None => {
                let above = save_parents(vm, how, &parent, done)?;
                let class = class_of(vm, &parent)?;
                let asked = how.force_insert.iter().any(|wanted| class.derives_from(wanted));
                let updated = save_table(
                    vm,
                    &SaveTable {
                        this: how.this,
                        model: &parent,
                        raw: false,
                        force_insert: above || asked,
                        force_update: false,
                        using: how.using,
                        update_fields: how.update_fields,
                    },
                )?;
                inserted |= !updated;
                done.push((parent.clone(), updated));
            }
            Some(updated) => inserted |= !updated,
        }
        if let Some(link) = &link {
            let pk = instance::pk_of_model(vm, how.this, &parent)?;
            vm.set_attr(how.this, &*link.attname, pk)?;
            if cached(how.this, &link.name).is_some() {
                forget(how.this, &link.name);
            }
        }
    }
    Ok(inserted)
}
