//! `prefetch_related()`: related objects fetched for all rows at once, one statement a level.

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::django::fields::overrides;
use crate::django::models::model_of_instance;
use crate::django::related::{self, prefetch as relations, remember};
use crate::django::state::Django;
use crate::python::object::{Args, Class, ClassBuilder, Dict, List, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{Iterable, QuerySetPayload, current_query, payload};

/// The attribute in which instances keep what was prefetched for them.
const CACHE: &str = "_prefetched_objects_cache";

/// `Prefetch` as it is worked through: a copy, so that the learner's own object stays as written.
#[derive(Clone)]
struct Lookup {
    through: String,
    to: String,
    queryset: Option<Value>,
    /// A `GenericPrefetch` has several.
    querysets: Option<Vec<Value>>,
    to_attr: Option<String>,
}

impl Lookup {
    fn parts(&self) -> Vec<&str> {
        self.through.split("__").collect()
    }

    /// The path of attributes down to `level`.
    fn to_at(&self, level: usize) -> String {
        let parts: Vec<&str> = self.to.split("__").take(level + 1).collect();
        parts.join("__")
    }

    /// The attribute that is filled at `level`, and whether it is `to_attr`.
    fn attribute_at(&self, level: usize) -> (String, bool) {
        let parts: Vec<&str> = self.to.split("__").collect();
        let name = parts.get(level).copied().unwrap_or_default().to_owned();
        (name, self.to_attr.is_some() && level + 1 == parts.len())
    }

    fn querysets_at(&self, level: usize) -> Option<Vec<Value>> {
        if self.to_at(level) != self.to {
            return None;
        }
        self.querysets.clone().or_else(|| self.queryset.clone().map(|one| vec![one]))
    }
}

/// `Prefetch`
pub fn prefetch_class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("Prefetch")
        .module("django.db.models.query")
        .method("__init__", "self, lookup, queryset=None, to_attr=None", init)
        .method("add_prefix", "self, prefix", |vm, args| {
            let prefix = vm.to_str(&args[1])?;
            for name in ["prefetch_through", "prefetch_to"] {
                let held = vm.get_attr(&args[0], name)?;
                let held = vm.to_str(&held)?;
                vm.set_attr(&args[0], name, format!("{prefix}__{held}"))?;
            }
            Ok(Value::None)
        })
        .method("get_current_prefetch_to", "self, level", |vm, args| {
            let lookup = read(vm, &args[0])?;
            Ok(lookup.to_at(level(&args)).into())
        })
        .method("get_current_to_attr", "self, level", |vm, args| {
            let lookup = read(vm, &args[0])?;
            let (name, as_attr) = lookup.attribute_at(level(&args));
            let as_attr = match (as_attr, &lookup.to_attr) {
                (true, _) => Value::Bool(true),
                (false, Some(_)) => Value::Bool(false),
                (false, None) => Value::None,
            };
            Ok(Value::tuple(vec![name.into(), as_attr]))
        })
        .method("get_current_querysets", "self, level", |vm, args| {
            let lookup = read(vm, &args[0])?;
            Ok(lookup.querysets_at(level(&args)).map_or(Value::None, Value::list))
        })
        .method("__eq__", "self, other", |vm, args| {
            let class = prefetch_class_of(vm);
            if !vm.is_instance(&args[1], &Value::Class(class))? {
                return Ok(Value::NotImplemented);
            }
            let (mine, theirs) = (vm.get_attr(&args[0], "prefetch_to")?, vm.get_attr(&args[1], "prefetch_to")?);
            Ok(vm.eq(&mine, &theirs)?.into())
        })
        .method("__hash__", "self", |vm, args| {
            let class = Value::Class(vm.class_of(&args[0]));
            let to = vm.get_attr(&args[0], "prefetch_to")?;
            Ok(Value::Int(vm.hash(&Value::tuple(vec![class, to]))?))
        })
        .build(vm)
}

fn level(args: &Args) -> usize {
    args[1].as_i64().and_then(|level| usize::try_from(level).ok()).unwrap_or_default()
}

fn prefetch_class_of(vm: &Vm) -> Rc<Class> {
    Django::of(vm).classes().prefetch.clone()
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    let lookup = vm.to_str(&args[1])?;
    let queryset = args[2].clone();
    if !queryset.is_none() && !gives_instances(vm, &queryset)? {
        return Err(vm.value_error("Prefetch querysets cannot use raw(), values(), and values_list()."));
    }
    let mut to = lookup.to_string();
    if vm.truth(&args[3])? {
        let to_attr = vm.to_str(&args[3])?;
        let mut parts: Vec<&str> = lookup.split("__").collect();
        parts.pop();
        parts.push(&to_attr);
        to = parts.join("__");
    }
    if let Some(instance) = args[0].as_instance() {
        instance.set("prefetch_through", lookup);
        instance.set("prefetch_to", to);
        instance.set("queryset", queryset);
        instance.set("to_attr", args[3].clone());
    }
    Ok(Value::None)
}

/// Whether what is given as a queryset makes model instances of its rows.
fn gives_instances(vm: &mut Vm, queryset: &Value) -> PyResult<bool> {
    let classes = Django::of(vm);
    let classes = classes.classes();
    if vm.is_instance(queryset, &Value::Class(classes.raw_queryset.clone()))? {
        return Ok(false);
    }
    if let Some(own) = queryset.payload::<QuerySetPayload>()
        && !overrides(&vm.class_of(queryset), "_iterable_class")
    {
        return Ok(own.iterable.get() == Iterable::Model);
    }
    match vm.get_attr_opt(queryset, "_iterable_class")? {
        Some(Value::Class(class)) => Ok(class.derives_from(&classes.iterables.model)),
        _ => Ok(true),
    }
}

/// The parts of a lookup: a `Prefetch`, or a name.
fn read(vm: &mut Vm, value: &Value) -> PyResult<Lookup> {
    let class = prefetch_class_of(vm);
    if vm.is_instance(value, &Value::Class(class))? {
        let through = vm.get_attr(value, "prefetch_through")?;
        let to = vm.get_attr(value, "prefetch_to")?;
        let querysets = match vm.get_attr_opt(value, "querysets")? {
            Some(several) => Some(vm.list_from(&several)?),
            None => None,
        };
        let queryset = Some(vm.get_attr(value, "queryset")?).filter(|one| !one.is_none());
        let to_attr = vm.get_attr(value, "to_attr")?;
        let to_attr = if vm.truth(&to_attr)? { Some(vm.to_str(&to_attr)?.to_string()) } else { None };
        return Ok(Lookup {
            through: vm.to_str(&through)?.to_string(),
            to: vm.to_str(&to)?.to_string(),
            queryset,
            querysets,
            to_attr,
        });
    }
    let Some(name) = value.as_str() else {
        // As the name would be taken apart.
        let split = vm.get_attr(value, "split")?;
        vm.call(&split, [Value::str("__")])?;
        return Err(vm.type_error("a lookup to be prefetched is a name"));
    };
    Ok(Lookup { through: name.to_string(), to: name.to_string(), queryset: None, querysets: None, to_attr: None })
}

/// Checks lookups as they are given.
pub(super) fn check_lookups(vm: &mut Vm, queryset: &Value, lookups: &[Value]) -> PyResult<()> {
    let query = current_query(vm, queryset)?;
    for value in lookups {
        let lookup = read(vm, value)?;
        let first = lookup.to.split("__").next().unwrap_or_default();
        if query.filtered_relations.iter().any(|(name, _)| **name == *first) {
            return Err(vm.value_error("prefetch_related() is not supported with FilteredRelation."));
        }
    }
    Ok(())
}

pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
}

/// `prefetch_related_objects(instances, *lookups)`
pub fn function(vm: &mut Vm, args: Args) -> PyResult {
    let objects = vm.list_from(&args[0])?;
    let lookups = args.rest(1).to_vec();
    prefetch_objects(vm, &objects, lookups)?;
    Ok(Value::None)
}

/// Who fetches one level.
enum Source {
    Relation(relations::Relation),
    Python(Value),
}

/// How to tell that an object has been served already.
enum Served {
    Attribute(Str),
    OwnAttribute(Str),
    Relation(relations::Relation),
    Descriptor(Value),
    Cache(Str),
}

impl Served {
    fn holds(&self, vm: &mut Vm, object: &Value) -> PyResult<bool> {
        Ok(match self {
            Self::Attribute(name) => vm.get_attr_opt_str(object, name)?.is_some(),
            Self::OwnAttribute(name) => object.as_instance().is_some_and(|instance| instance.get(name).is_some()),
            Self::Relation(relation) => relation.is_cached(object),
            Self::Descriptor(descriptor) => {
                let answer = vm.call_method(descriptor, "is_cached", [object.clone()])?;
                vm.truth(&answer)?
            }
            Self::Cache(name) => cache_of(vm, object)?.is_some_and(|cache| cache.contains_str(name)),
        })
    }
}

struct Found {
    source: Option<Source>,
    descriptor: Value,
    /// The related manager of the first object, for relations to several.
    manager: Option<Value>,
    attribute_exists: bool,
    served: Served,
}

/// The objects prefetched for `object` so far.
fn cache_of(vm: &mut Vm, object: &Value) -> PyResult<Option<Rc<Dict>>> {
    if let Some(instance) = object.as_instance()
        && let Some(held) = instance.get(&Str::interned(CACHE))
    {
        return Ok(held.as_dict().cloned());
    }
    Ok(vm.get_attr_opt(object, CACHE)?.and_then(|held| held.as_dict().cloned()))
}

/// Sees to it that an object can keep prefetched objects.
fn prepare(vm: &mut Vm, object: &Value) -> PyResult<bool> {
    if object.as_instance().is_some_and(|instance| instance.get(&Str::interned(CACHE)).is_some())
        || vm.get_attr_opt(object, CACHE)?.is_some()
    {
        return Ok(true);
    }
    match vm.set_attr(object, CACHE, Value::Dict(Rc::new(Dict::new()))) {
        Ok(()) => Ok(true),
        Err(raised) => {
            use crate::python::exceptions::Kind;
            let (attribute, kind) = (vm.exceptions.get(Kind::AttributeError), vm.exceptions.get(Kind::TypeError));
            if raised.is(attribute) || raised.is(kind) { Ok(false) } else { Err(raised) }
        }
    }
}

fn find(vm: &mut Vm, first: &Value, through: &Str, to_attr: &Str) -> PyResult<Found> {
    let class = vm.class_of(first);
    let on_class = class.lookup(to_attr);
    let is_cached_property = match &on_class {
        Some(found) => *vm.type_name(found) == *"cached_property",
        None => false,
    };
    let served =
        if is_cached_property { Served::OwnAttribute(to_attr.clone()) } else { Served::Attribute(to_attr.clone()) };
    let mut found = Found { source: None, descriptor: Value::None, manager: None, attribute_exists: true, served };
    let descriptor = vm.get_attr_opt_str(&Value::Class(class.clone()), through)?;
    let Some(descriptor) = descriptor.filter(|descriptor| !descriptor.is_none()) else {
        found.attribute_exists = vm.get_attr_opt_str(first, through)?.is_some();
        return Ok(found);
    };
    found.descriptor = descriptor.clone();
    if let Some(relation) = relations::relation_of(&descriptor) {
        let is_leaf = through == to_attr;
        if relation.is_single() {
            if is_leaf {
                found.served = Served::Relation(relation.clone());
            }
        } else {
            found.manager = Some(vm.get_attr_str(first, through)?);
            if is_leaf {
                found.served = Served::Cache(through.clone());
            }
        }
        let overridden = match &found.manager {
            Some(manager) => overrides(&vm.class_of(manager), "get_prefetch_querysets"),
            None => overrides(&vm.class_of(&descriptor), "get_prefetch_querysets"),
        };
        found.source = Some(if overridden {
            Source::Python(found.manager.clone().unwrap_or(descriptor))
        } else {
            Source::Relation(relation)
        });
        return Ok(found);
    }
    if !vm.truth(&descriptor)? {
        return Ok(found);
    }
    if offers(vm, &descriptor)? {
        if through == to_attr {
            found.served = Served::Descriptor(descriptor.clone());
        }
        found.source = Some(Source::Python(descriptor));
        return Ok(found);
    }
    let object = vm.get_attr_str(first, through)?;
    if offers(vm, &object)? {
        found.source = Some(Source::Python(object));
    }
    if through == to_attr {
        found.served = Served::Cache(through.clone());
    }
    Ok(found)
}

fn offers(vm: &mut Vm, object: &Value) -> PyResult<bool> {
    Ok(vm.get_attr_opt(object, "get_prefetch_querysets")?.is_some()
        || vm.get_attr_opt(object, "get_prefetch_queryset")?.is_some())
}

/// Fetches what the lookups name for all of these objects.
pub fn prefetch_objects(vm: &mut Vm, objects: &[Value], lookups: Vec<Value>) -> PyResult<()> {
    if objects.is_empty() || lookups.is_empty() {
        return Ok(());
    }
    let mut waiting: VecDeque<Lookup> = VecDeque::with_capacity(lookups.len());
    for lookup in &lookups {
        waiting.push_back(read(vm, lookup)?);
    }
    let mut done: FxHashMap<String, Vec<Value>> = FxHashMap::default();
    // Lookups that related querysets brought along, and the descriptors followed: a relation that leads back to itself
    // would go on for ever.
    let mut brought: FxHashSet<String> = FxHashSet::default();
    let mut followed: Vec<Value> = Vec::new();
    while let Some(lookup) = waiting.pop_front() {
        vm.tick()?;
        if done.contains_key(&lookup.to) {
            if lookup.queryset.is_some() {
                return Err(vm.value_error(format!(
                    "'{}' lookup was already seen with a different queryset. You may need to adjust the ordering of \
                     your lookups.",
                    lookup.to
                )));
            }
            continue;
        }
        let mut current: Vec<Value> = objects.to_vec();
        let parts: Vec<Str> = lookup.parts().into_iter().map(Str::interned).collect();
        for (level, through) in parts.iter().enumerate() {
            let Some(first) = current.first().cloned() else { break };
            let to = lookup.to_at(level);
            if let Some(known) = done.get(&to) {
                current = known.clone();
                continue;
            }
            let mut sound = true;
            for object in &current {
                if !prepare(vm, object)? {
                    sound = false;
                    break;
                }
            }
            if !sound {
                break;
            }
            let to_attr = Str::interned(&lookup.attribute_at(level).0);
            let found = find(vm, &first, through, &to_attr)?;
            if !found.attribute_exists {
                let class = vm.type_name(&first);
                return Err(vm.raise(
                    crate::python::exceptions::Kind::AttributeError,
                    format!(
                        "Cannot find '{through}' on {class} object, '{}' is an invalid parameter to prefetch_related()",
                        lookup.through
                    ),
                ));
            }
            if level + 1 == parts.len() && found.source.is_none() {
                return Err(vm.value_error(format!(
                    "'{}' does not resolve to an item that supports prefetching - this is an invalid parameter to \
                     prefetch_related().",
                    lookup.through
                )));
            }
            let mut needy = Vec::new();
            if found.source.is_some() {
                for object in &current {
                    if !found.served.holds(vm, object)? {
                        needy.push(object.clone());
                    }
                }
            }
            if let Some(source) = found.source.as_ref().filter(|_| !needy.is_empty()) {
                let (related, more) = one_level(vm, &needy, source, found.manager.as_ref(), &lookup, level)?;
                current = related;
                let again = done.contains_key(&to)
                    && brought.contains(&lookup.to)
                    && followed.iter().any(|known| known.is(&found.descriptor));
                if !again {
                    done.insert(to.clone(), current.clone());
                    for value in more.iter().rev() {
                        let mut next = read(vm, value)?;
                        next.through = format!("{to}__{}", next.through);
                        next.to = format!("{to}__{}", next.to);
                        brought.insert(next.to.clone());
                        waiting.push_front(next);
                    }
                }
                followed.push(found.descriptor.clone());
            } else {
                current = step(vm, &current, through)?;
            }
        }
    }
    Ok(())
}

/// The objects one level down where they are there already, or come from a plain attribute.
fn step(vm: &mut Vm, objects: &[Value], through: &Str) -> PyResult<Vec<Value>> {
    let missing = Django::of(vm).errors.object_does_not_exist.clone();
    let mut below = Vec::new();
    for object in objects {
        let cached = cache_of(vm, object)?.and_then(|cache| cache.get_str(through));
        let next = match cached {
            Some(held) => Value::list(vm.list_from(&held)?),
            None => match vm.get_attr_str(object, through) {
                Ok(next) => next,
                Err(raised) if raised.is(&missing) => continue,
                Err(raised) => return Err(raised),
            },
        };
        match next.as_list() {
            _ if next.is_none() => {}
            Some(list) => below.extend(list.to_vec()),
            None => below.push(next),
        }
    }
    Ok(below)
}

/// What a Python object's own `get_prefetch_querysets()` gives.
fn ask(vm: &mut Vm, source: &Value, objects: &[Value], querysets: Option<Vec<Value>>) -> PyResult<relations::Found> {
    let instances = Value::list(objects.to_vec());
    let answer = if vm.get_attr_opt(source, "get_prefetch_querysets")?.is_some() {
        let querysets = querysets.map_or(Value::None, Value::list);
        vm.call_method(source, "get_prefetch_querysets", [instances, querysets])?
    } else {
        let first = querysets.and_then(|querysets| querysets.into_iter().next());
        vm.call_method(source, "get_prefetch_queryset", [instances, first.unwrap_or(Value::None)])?
    };
    let parts = vm.list_from(&answer)?;
    let [queryset, related_key, instance_key, single, cache_name, is_descriptor] = parts.as_slice() else {
        let given = parts.len();
        return Err(vm.value_error(if given < 6 {
            format!("not enough values to unpack (expected 6, got {given})")
        } else {
            "too many values to unpack (expected 6)".to_owned()
        }));
    };
    Ok(relations::Found {
        queryset: queryset.clone(),
        related_key: relations::Key::Python(related_key.clone()),
        instance_key: relations::Key::Python(instance_key.clone()),
        single: vm.truth(single)?,
        cache_name: vm.to_str(cache_name)?,
        is_descriptor: vm.truth(is_descriptor)?,
    })
}

/// Fetches one level for these objects and hands each its share; gives the related objects, and the lookups that their
/// queryset brought along.
fn one_level(
    vm: &mut Vm,
    objects: &[Value],
    source: &Source,
    manager: Option<&Value>,
    lookup: &Lookup,
    level: usize,
) -> PyResult<(Vec<Value>, Vec<Value>)> {
    let given = lookup.querysets_at(level);
    let found = match source {
        Source::Relation(relation) => {
            let given = relations::only(vm, given)?;
            if let Some(other) = given.as_ref().filter(|given| given.payload::<QuerySetPayload>().is_none()) {
                // Every kind of relation gives it hints first.
                vm.get_attr(other, "_add_hints")?;
            }
            relation.fetch(vm, objects, given, manager)?
        }
        Source::Python(source) => ask(vm, source, objects, given)?,
    };
    let more = match found.queryset.payload::<QuerySetPayload>() {
        Some(own) => std::mem::take(&mut *own.prefetch.borrow_mut()),
        None => match vm.get_attr_opt(&found.queryset, "_prefetch_related_lookups")? {
            Some(lookups) => {
                let lookups = vm.list_from(&lookups)?;
                if !lookups.is_empty() {
                    vm.set_attr(&found.queryset, "_prefetch_related_lookups", Value::tuple(Vec::new()))?;
                }
                lookups
            }
            None => Vec::new(),
        },
    };
    let related = vm.list_from(&found.queryset)?;
    let shares = Dict::new();
    for object in &related {
        let key = found.related_key.of(vm, object)?;
        match shares.get(vm, &key)? {
            Some(Value::List(share)) => share.push(object.clone()),
            _ => {
                shares.set(vm, key, Value::list(vec![object.clone()]))?;
            }
        }
    }
    let (name, as_attr) = lookup.attribute_at(level);
    if as_attr && let Some(model) = objects.first().and_then(model_of_instance) {
        let taken = crate::django::state::orm(vm, || Ok(model.get_field(&name).is_ok()))?;
        if taken {
            let class = vm.type_name(&objects[0]);
            return Err(vm.value_error(format!("to_attr={name} conflicts with a field on the {class} model.")));
        }
    }
    let name = Str::interned(&name);
    let is_leaf = lookup.parts().len() == level + 1;
    let mut sharing: Option<Value> = None;
    for object in objects {
        vm.tick()?;
        let key = found.instance_key.of(vm, object)?;
        let share = match shares.get(vm, &key)? {
            Some(Value::List(share)) => Some(share),
            _ => None,
        };
        if found.single {
            let one = share.and_then(|share| share.get(0)).unwrap_or(Value::None);
            if as_attr {
                vm.set_attr_str(object, &name, one)?;
            } else if found.is_descriptor {
                vm.set_attr_str(object, &found.cache_name, one)?;
            } else {
                remember(object, &found.cache_name, &one);
            }
            continue;
        }
        let share = share.unwrap_or_else(|| Rc::new(List::new(Vec::new())));
        if as_attr {
            vm.set_attr_str(object, &name, Value::List(share))?;
            continue;
        }
        let given = lookup.queryset.as_ref().filter(|_| is_leaf);
        let queryset = own_queryset(vm, object, &name, source, given, &mut sharing)?;
        match queryset.payload::<QuerySetPayload>() {
            Some(own) => {
                *own.cache.borrow_mut() = Some(share);
                own.prefetch_done.set(true);
            }
            None => {
                vm.set_attr(&queryset, "_result_cache", Value::List(share))?;
                vm.set_attr(&queryset, "_prefetch_done", true)?;
            }
        }
        if let Some(cache) = cache_of(vm, object)? {
            cache.set_str(found.cache_name.clone(), queryset);
        }
    }
    Ok((related, more))
}

/// The queryset that stands for one object's related ones.
fn own_queryset(
    vm: &mut Vm,
    object: &Value,
    name: &Str,
    source: &Source,
    given: Option<&Value>,
    sharing: &mut Option<Value>,
) -> PyResult {
    if let Source::Relation(relation) = source {
        if let Some(base) = given.or(sharing.as_ref()) {
            return relation.narrow_to(vm, base, object);
        }
        let manager = vm.get_attr_str(object, name)?;
        let base = related::parent_queryset(vm, &manager)?;
        if relation.shares_queryset(vm, &manager) {
            *sharing = Some(base.clone());
        }
        return relation.narrow_to(vm, &base, object);
    }
    let manager = vm.get_attr_str(object, name)?;
    match given {
        Some(given) => vm.call_method(&manager, "_apply_rel_filters", [given.clone()]),
        None => vm.call_method(&manager, "get_queryset", ()),
    }
}

/// Prefetches for rows that a queryset or raw queryset keeps; done once.
pub(super) fn for_rows(vm: &mut Vm, queryset: &Value, rows: &List) -> PyResult<()> {
    let own = payload(vm, queryset)?;
    if own.prefetch_done.get() || own.prefetch.borrow().is_empty() {
        return Ok(());
    }
    let lookups = own.prefetch.borrow().clone();
    prefetch_objects(vm, &rows.to_vec(), lookups)?;
    payload(vm, queryset)?.prefetch_done.set(true);
    Ok(())
}
