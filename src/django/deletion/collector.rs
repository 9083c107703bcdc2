//! `Collector`: gathers what goes along with the rows that are deleted.

use std::cell::RefCell;
use std::rc::Rc;

use crate::django::fields::bound;
use crate::django::models::model_of;
use crate::django::query::QuerySetPayload;
use crate::django::state::Django;
use crate::orm::models::{Field, FieldKind, Model, OnDelete};
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Raised, Set, Str, Value};
use crate::python::vm::Vm;

use super::execute;
use super::related::{batches, can_fast_delete, candidates, holder, only_referenced, related_objects, rule};

/// The collected instances of one class.
pub(super) struct Collected {
    /// The class.
    pub(super) class: Rc<Class>,
    /// The instances in the order in which they were met.
    pub(super) instances: Vec<Value>,
    known: Rc<Set>,
}

/// Rows that get another value in a field.
pub(super) struct FieldUpdate {
    pub(super) field: Field,
    pub(super) value: Value,
    pub(super) rows: Vec<Value>,
}

/// Restricted rows of one class, by field.
struct Restricted {
    class: Rc<Class>,
    fields: Vec<(Field, Rc<Set>)>,
}

/// What a collector has gathered.
pub struct Collector {
    /// `using`
    pub(super) using: RefCell<Str>,
    /// The instance or queryset that `delete()` was called on.
    pub(super) origin: RefCell<Value>,
    pub(super) data: RefCell<Vec<Collected>>,
    pub(super) updates: RefCell<Vec<FieldUpdate>>,
    restricted: RefCell<Vec<Restricted>>,
    pub(super) fast_deletes: RefCell<Vec<Value>>,
    pub(super) dependencies: RefCell<Vec<(Model, Vec<Model>)>>,
}

/// The class, made on first use.
struct CollectorClass(Rc<Class>);

/// How a call of `collect()` goes about it.
struct How {
    source: Option<Rc<Class>>,
    nullable: bool,
    collect_related: bool,
    reverse_dependency: bool,
    keep_parents: bool,
    fail_on_restricted: bool,
}

/// `django.db.models.deletion.Collector`
pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    if let Some(known) = vm.host::<CollectorClass>() {
        return known.0.clone();
    }
    let made = ClassBuilder::new("Collector")
        .module("django.db.models.deletion")
        .native_layout("Collector")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, Collector::empty(Str::interned("default"), Value::None)).into())
        })
        .method("__init__", "self, using, origin=None", |vm, args| {
            let using = vm.to_str(&args[1])?;
            let own = vm.payload::<Collector>(&args[0])?;
            *own.using.borrow_mut() = using;
            *own.origin.borrow_mut() = args[2].clone();
            Ok(Value::None)
        })
        .method(
            "collect",
            "self, objs, source=None, nullable=False, collect_related=True, source_attr=None, \
             reverse_dependency=False, keep_parents=False, fail_on_restricted=True",
            |vm, args| {
                let how = How {
                    source: args[2].as_class().cloned(),
                    nullable: vm.truth(&args[3])?,
                    collect_related: vm.truth(&args[4])?,
                    reverse_dependency: vm.truth(&args[6])?,
                    keep_parents: vm.truth(&args[7])?,
                    fail_on_restricted: vm.truth(&args[8])?,
                };
                collect(vm, &args[0], &args[1], &how)?;
                Ok(Value::None)
            },
        )
        .method("add", "self, objs, source=None, nullable=False, reverse_dependency=False", |vm, args| {
            let objects = vm.list_from(&args[1])?;
            let source = args[2].as_class().cloned();
            let (nullable, reverse) = (vm.truth(&args[3])?, vm.truth(&args[4])?);
            Ok(Value::list(add(vm, &args[0], &objects, source.as_ref(), nullable, reverse)?))
        })
        .method("add_dependency", "self, model, dependency, reverse_dependency=False", |vm, args| {
            let reverse = vm.truth(&args[3])?;
            if let (Some(model), Some(dependency)) = (args[1].as_class(), args[2].as_class()) {
                add_dependency(vm.payload::<Collector>(&args[0])?, model, dependency, reverse);
            }
            Ok(Value::None)
        })
        .method("add_field_update", "self, field, value, objs", |vm, args| {
            let Some(field) = bound(&args[1]) else { return Err(vm.type_error("the first argument is a field")) };
            add_field_update(vm, &args[0], field, &args[2], &args[3])?;
            Ok(Value::None)
        })
        .method("add_restricted_objects", "self, field, objs", |vm, args| {
            let Some(field) = bound(&args[1]) else { return Err(vm.type_error("the first argument is a field")) };
            add_restricted(vm, &args[0], field, &args[2])?;
            Ok(Value::None)
        })
        .method("can_fast_delete", "self, objs, from_field=None", |vm, args| {
            let from = bound(&args[2]);
            Ok(can_fast_delete(vm, &args[1], from.as_ref())?.into())
        })
        .method("delete", "self", |vm, args| execute::delete(vm, &args[0]))
        .property("using", |vm, args| Ok(Value::Str(vm.payload::<Collector>(&args[0])?.using.borrow().clone())))
        .property("origin", |vm, args| Ok(vm.payload::<Collector>(&args[0])?.origin.borrow().clone()))
        .property("fast_deletes", |vm, args| {
            let all = vm.payload::<Collector>(&args[0])?.fast_deletes.borrow().clone();
            Ok(Value::list(all))
        })
        .property("data", |vm, args| {
            let all: Vec<(Rc<Class>, Vec<Value>)> = vm
                .payload::<Collector>(&args[0])?
                .data
                .borrow()
                .iter()
                .map(|one| (one.class.clone(), one.instances.clone()))
                .collect();
            let dict = crate::python::object::Dict::new();
            for (class, instances) in all {
                dict.set(vm, Value::Class(class), Value::list(instances))?;
            }
            Ok(Value::Dict(Rc::new(dict)))
        })
        .build(vm);
    vm.set_host(Rc::new(CollectorClass(made.clone())));
    made
}

impl Collector {
    /// An empty collector for a deletion that `origin` asked for.
    #[expect(clippy::new_ret_no_self, reason = "what Python holds is the object around it")]
    pub fn new(vm: &mut Vm, using: &Str, origin: Value) -> Value {
        let class = class(vm);
        Instance::native(class, Self::empty(using.clone(), origin)).into()
    }

    fn empty(using: Str, origin: Value) -> Self {
        Self {
            using: RefCell::new(using),
            origin: RefCell::new(origin),
            data: RefCell::default(),
            updates: RefCell::default(),
            restricted: RefCell::default(),
            fast_deletes: RefCell::default(),
            dependencies: RefCell::default(),
        }
    }

    /// `collector.collect(objects, keep_parents=keep_parents)`
    pub fn collect(vm: &mut Vm, collector: &Value, objects: &Value, keep_parents: bool) -> PyResult<()> {
        let how = How {
            source: None,
            nullable: false,
            collect_related: true,
            reverse_dependency: false,
            keep_parents,
            fail_on_restricted: true,
        };
        collect(vm, collector, objects, &how)
    }

    /// `collector.delete()`
    pub fn delete(vm: &mut Vm, collector: &Value) -> PyResult {
        execute::delete(vm, collector)
    }
}

fn concrete(class: &Rc<Class>) -> Option<Model> {
    model_of(class).map(|model| model.concrete_model())
}

/// Remembers the objects that were not known yet, and gives them.
fn add(
    vm: &mut Vm,
    collector: &Value,
    objects: &[Value],
    source: Option<&Rc<Class>>,
    nullable: bool,
    reverse: bool,
) -> PyResult<Vec<Value>> {
    let Some(first) = objects.first() else { return Ok(Vec::new()) };
    let class = vm.class_of(first);
    let own = vm.payload::<Collector>(collector)?;
    let known = entry(own, &class);
    let mut new = Vec::new();
    for object in objects {
        if !known.contains(vm, object)? {
            new.push(object.clone());
        }
    }
    for object in &new {
        if known.add(vm, object.clone())?
            && let Some(entry) = own.data.borrow_mut().iter_mut().find(|one| Rc::ptr_eq(&one.class, &class))
        {
            entry.instances.push(object.clone());
        }
    }
    if let Some(source) = source.filter(|_| !nullable) {
        add_dependency(own, source, &class, reverse);
    }
    Ok(new)
}

/// The set of a class's collected instances, made when it is first asked for.
fn entry(own: &Collector, class: &Rc<Class>) -> Rc<Set> {
    let mut data = own.data.borrow_mut();
    if let Some(known) = data.iter().find(|one| Rc::ptr_eq(&one.class, class)) {
        return known.known.clone();
    }
    let known = Rc::new(Set::new());
    data.push(Collected { class: class.clone(), instances: Vec::new(), known: known.clone() });
    known
}

fn add_dependency(own: &Collector, model: &Rc<Class>, dependency: &Rc<Class>, reverse: bool) {
    let (model, dependency) = if reverse { (dependency, model) } else { (model, dependency) };
    if let (Some(from), Some(to)) = (concrete(model), concrete(dependency)) {
        let mut all = own.dependencies.borrow_mut();
        match all.iter_mut().find(|(known, _)| *known == from) {
            Some((_, known)) if known.contains(&to) => {}
            Some((_, known)) => known.push(to),
            None => all.push((from, vec![to])),
        }
    }
    entry(own, dependency);
}

fn add_field_update(vm: &mut Vm, collector: &Value, field: Field, value: &Value, rows: &Value) -> PyResult<()> {
    let own = vm.payload::<Collector>(collector)?;
    let known: Vec<(Field, Value)> =
        own.updates.borrow().iter().map(|one| (one.field.clone(), one.value.clone())).collect();
    for (at, (known, held)) in known.iter().enumerate() {
        if *known == field && vm.eq(held, value)? {
            if let Some(update) = own.updates.borrow_mut().get_mut(at) {
                update.rows.push(rows.clone());
            }
            return Ok(());
        }
    }
    own.updates.borrow_mut().push(FieldUpdate { field, value: value.clone(), rows: vec![rows.clone()] });
    Ok(())
}

fn add_restricted(vm: &mut Vm, collector: &Value, field: Field, rows: &Value) -> PyResult<()> {
    let objects = vm.list_from(rows)?;
    let Some(first) = objects.first() else { return Ok(()) };
    let class = vm.class_of(first);
    let own = vm.payload::<Collector>(collector)?;
    let set = {
        let mut all = own.restricted.borrow_mut();
        let at = match all.iter().position(|one| Rc::ptr_eq(&one.class, &class)) {
            Some(at) => at,
            None => {
                all.push(Restricted { class: class.clone(), fields: Vec::new() });
                all.len() - 1
            }
        };
        let fields = &mut all[at].fields;
        match fields.iter().find(|(known, _)| *known == field) {
            Some((_, set)) => set.clone(),
            None => {
                let set = Rc::new(Set::new());
                fields.push((field, set.clone()));
                set
            }
        }
    };
    for object in objects {
        set.add(vm, object)?;
    }
    Ok(())
}

/// As Collector.collect.
fn collect(vm: &mut Vm, collector: &Value, objects: &Value, how: &How) -> PyResult<()> {
    vm.tick()?;
    if can_fast_delete(vm, objects, None)? {
        vm.payload::<Collector>(collector)?.fast_deletes.borrow_mut().push(objects.clone());
        return Ok(());
    }
    let list = vm.list_from(objects)?;
    let new = add(vm, collector, &list, how.source.as_ref(), how.nullable, how.reverse_dependency)?;
    let Some(first) = new.first() else { return Ok(()) };
    let class = vm.class_of(first);
    let Some(model) = model_of(&class) else { return Ok(()) };
    if !how.keep_parents {
        collect_parents(vm, collector, &new, &class, &model)?;
    }
    if !how.collect_related {
        return Ok(());
    }
    let using = vm.payload::<Collector>(collector)?.using.borrow().clone();
    let mut fast: Vec<(Rc<Class>, Vec<Field>)> = Vec::new();
    let mut protected: Vec<(String, Vec<Value>)> = Vec::new();
    for field in candidates(&model) {
        let target = field.related_model();
        if how.keep_parents && target.is_some_and(|target| model.all_parents().contains(&target)) {
            continue;
        }
        let (kind, handler) = rule(vm, &field);
        if kind == OnDelete::DoNothing {
            continue;
        }
        let related = holder(vm, &field)?;
        if can_fast_delete(vm, &Value::Class(related.clone()), Some(&field))? {
            match fast.iter_mut().find(|(known, _)| Rc::ptr_eq(known, &related)) {
                Some((_, fields)) => fields.push(field),
                None => fast.push((related, vec![field])),
            }
            continue;
        }
        let object = Django::of(vm).object_of(&field).unwrap_or(Value::None);
        for batch in batches(&new, std::slice::from_ref(&field)) {
            let rows = related_objects(vm, &related, std::slice::from_ref(&field), &batch, &using)?;
            let rows = only_referenced(vm, &related, &rows)?;
            let lazy = match vm.get_attr_opt(&handler, "lazy_sub_objs")? {
                Some(lazy) => vm.truth(&lazy)?,
                None => false,
            };
            if !lazy && !vm.truth(&rows)? {
                continue;
            }
            let call = [collector.clone(), object.clone(), rows, Value::Str(using.clone())];
            match vm.call(&handler, call) {
                Ok(_) => {}
                Err(raised) if raised.is(&Django::of(vm).errors.protected_error) => {
                    let held = vm.get_attr(&raised.value(), "protected_objects")?;
                    let key = format!("'{}.{}'", related.name(), field.name);
                    let held = vm.list_from(&held)?;
                    match protected.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, all)) => all.extend(held),
                        None => protected.push((key, held)),
                    }
                }
                Err(raised) => return Err(raised),
            }
        }
    }
    if !protected.is_empty() {
        return Err(blocked(vm, &class, protected, true)?);
    }
    for (related, fields) in fast {
        for batch in batches(&new, &fields) {
            let rows = related_objects(vm, &related, &fields, &batch, &using)?;
            vm.payload::<Collector>(collector)?.fast_deletes.borrow_mut().push(rows);
        }
    }
    for field in model.private_fields().iter().filter(|field| field.kind == FieldKind::GenericRelation) {
        let object = Django::of(vm).object_of(field).unwrap_or(Value::None);
        let call = [Value::list(new.clone()), Value::Str(using.clone())];
        let rows = vm.call_method(&object, "bulk_related_objects", call)?;
        let inner = How {
            source: Some(class.clone()),
            nullable: true,
            collect_related: true,
            reverse_dependency: false,
            keep_parents: false,
            fail_on_restricted: false,
        };
        collect(vm, collector, &rows, &inner)?;
    }
    if how.fail_on_restricted {
        check_restricted(vm, collector, &class)?;
    }
    Ok(())
}

/// The rows of concrete parents go along; what hangs on them is found from the child.
fn collect_parents(vm: &mut Vm, collector: &Value, new: &[Value], class: &Rc<Class>, model: &Model) -> PyResult<()> {
    for (_, link) in model.concrete_model().parents() {
        let Some(link) = link else { continue };
        let mut parents = Vec::with_capacity(new.len());
        for object in new {
            parents.push(vm.get_attr(object, &*link.name)?);
        }
        let how = How {
            source: Some(class.clone()),
            nullable: false,
            collect_related: false,
            reverse_dependency: true,
            keep_parents: false,
            fail_on_restricted: false,
        };
        collect(vm, collector, &Value::list(parents), &how)?;
    }
    Ok(())
}

/// Refuses restricted rows that are not deleted anyway.
fn check_restricted(vm: &mut Vm, collector: &Value, class: &Rc<Class>) -> PyResult<()> {
    let own = vm.payload::<Collector>(collector)?;
    if own.restricted.borrow().is_empty() {
        return Ok(());
    }
    let all: Vec<(Rc<Class>, Field, Rc<Set>)> = own
        .restricted
        .borrow()
        .iter()
        .flat_map(|one| one.fields.iter().map(|(field, set)| (one.class.clone(), field.clone(), set.clone())))
        .collect();
    let collected: Vec<(Rc<Class>, Rc<Set>)> =
        own.data.borrow().iter().map(|one| (one.class.clone(), one.known.clone())).collect();
    for (near, _, set) in &all {
        for (_, known) in collected.iter().filter(|(class, _)| Rc::ptr_eq(class, near)) {
            for object in known.items() {
                set.discard(vm, &object)?;
            }
        }
    }
    let fast = own.fast_deletes.borrow().clone();
    for rows in fast {
        let Some(payload) = rows.payload::<QuerySetPayload>() else { continue };
        let near = payload.class.borrow().clone();
        let sets: Vec<Rc<Set>> = all
            .iter()
            .filter(|(class, _, _)| near.as_ref().is_some_and(|near| Rc::ptr_eq(near, class)))
            .map(|(_, _, set)| set.clone())
            .collect();
        if sets.is_empty() {
            continue;
        }
        let mut keys = Vec::new();
        for object in sets.iter().flat_map(|set| set.items()) {
            keys.push(vm.get_attr(&object, "pk")?);
        }
        let found = vm.call_method(&rows, "filter", Args::none().keyword("pk__in", Value::list(keys)))?;
        for object in vm.list_from(&found)? {
            for set in &sets {
                set.discard(vm, &object)?;
            }
        }
    }
    let mut left: Vec<(String, Vec<Value>)> = Vec::new();
    for (near, field, set) in all {
        if set.is_empty() {
            continue;
        }
        let key = format!("'{}.{}'", near.name(), field.name);
        match left.iter_mut().find(|(known, _)| *known == key) {
            Some((_, objects)) => objects.extend(set.items()),
            None => left.push((key, set.items())),
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    Err(blocked(vm, class, left, false)?)
}

/// `ProtectedError` or `RestrictedError` with everything in the way.
fn blocked(vm: &mut Vm, class: &Rc<Class>, by_key: Vec<(String, Vec<Value>)>, protected: bool) -> PyResult<Raised> {
    let word = if protected { "protected" } else { "restricted" };
    let keys: Vec<&str> = by_key.iter().map(|(key, _)| key.as_str()).collect();
    let text = format!(
        "Cannot delete some instances of model '{}' because they are referenced through {word} foreign keys: {}.",
        class.name(),
        keys.join(", ")
    );
    let set = Set::new();
    for object in by_key.iter().flat_map(|(_, objects)| objects.iter().cloned()) {
        set.add(vm, object)?;
    }
    let django = Django::of(vm);
    let error = if protected { &django.errors.protected_error } else { &django.errors.restricted_error };
    vm.new_exception(&error.clone(), [Value::from(text), Value::Set(Rc::new(set))])
}
