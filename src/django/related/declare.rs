//! The constructors of relational fields, and what they say as the ORM's data.

use std::cell::RefCell;
use std::rc::Rc;

use crate::django::expressions::q_value;
use crate::django::fields::attribute;
use crate::django::models::model_of_value;
use crate::django::state::Django;
use crate::orm::models::{FieldData, FieldKind, GenericKey, OnDelete, Relation, Target};
use crate::python::object::{Args, Class, NativeFn, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::rel;

/// Calls `Field.__init__` with the relation object.
fn base(vm: &mut Vm, this: &Value, rel: Value, mut keywords: Vec<(Str, Value)>) -> PyResult {
    keywords.retain(|(name, _)| name != "rel");
    keywords.push((Str::interned("rel"), rel));
    let init = Django::of(vm).classes().field_init.clone();
    let mut args = Args::new([this.clone()]);
    args.keywords = keywords;
    vm.call(&init, args)
}

/// The `TypeError` for a target that is neither a model nor a name.
fn check_target(vm: &mut Vm, this: &Value, to: &Value, word: &str) -> PyResult<()> {
    if model_of_value(to).is_some() || to.as_str().is_some() {
        return Ok(());
    }
    if let Value::Class(class) = to
        && class.derives_from(&Django::of(vm).classes().model)
    {
        return Ok(());
    }
    let (class, shown) = (vm.type_name(this), vm.repr(to)?);
    Err(vm.type_error(format!(
        "{class}({shown}) is invalid. First parameter to {word} must be either a model, a model name, or the string 'self'"
    )))
}

fn foreign_key(vm: &mut Vm, args: Args) -> PyResult {
    check_target(vm, &args[0], &args[1], "ForeignKey")?;
    if !vm.is_callable(&args[2]) {
        return Err(vm.type_error("on_delete must be callable."));
    }
    let mut to_field = args[7].clone();
    if !vm.truth(&to_field)?
        && let Some(model) = model_of_value(&args[1])
    {
        to_field = model.pk_or_none().map_or(Value::None, |pk| Value::str(&*pk.name));
    }
    let class = if is_one_to_one(&args[0]) { rel::Kind::OneToOne } else { rel::Kind::ManyToOne };
    let made = rel::new(vm, class, &args[0], &args[1]);
    let set = |name: &str, value: &Value| {
        if let Some(instance) = made.as_instance() {
            instance.set(name, value.clone());
        }
    };
    set("on_delete", &args[2]);
    set("related_name", &args[3]);
    set("related_query_name", &args[4]);
    let limit = if args[5].is_none() { Value::Dict(Rc::default()) } else { args[5].clone() };
    set("limit_choices_to", &limit);
    set("parent_link", &args[6]);
    set("field_name", &to_field);
    let mut keywords = args.keyword_rest(9);
    let swappable = match keywords.iter().position(|(name, _)| name == "swappable") {
        Some(at) => keywords.remove(at).1,
        None => Value::Bool(true),
    };
    if let Some(instance) = args[0].as_instance() {
        instance.set("_related_name", args[3].clone());
        instance.set("_related_query_name", args[4].clone());
        instance.set("_limit_choices_to", args[5].clone());
        instance.set("swappable", swappable);
        instance.set("db_constraint", args[8].clone());
        let from = Value::str("self");
        instance.set("from_fields", Value::list(vec![from]));
        instance.set("to_fields", Value::list(vec![to_field]));
    }
    if !keywords.iter().any(|(name, _)| name == "db_index") {
        keywords.push((Str::interned("db_index"), Value::Bool(true)));
    }
    base(vm, &args[0], made, keywords)
}

fn foreign_object(vm: &mut Vm, args: Args) -> PyResult {
    check_target(vm, &args[0], &args[1], "ForeignObject")?;
    let made = match args.some(5) {
        Some(rel) => rel.clone(),
        None => rel::new(vm, rel::Kind::ManyToOne, &args[0], &args[1]),
    };
    if let Some(instance) = made.as_instance() {
        instance.set("on_delete", args[2].clone());
        instance.set("related_name", args[6].clone());
        instance.set("related_query_name", args[7].clone());
        let limit = if args[8].is_none() { Value::Dict(Rc::default()) } else { args[8].clone() };
        instance.set("limit_choices_to", limit);
        instance.set("parent_link", args[9].clone());
    }
    let (from, to) = (vm.list_from(&args[3])?, vm.list_from(&args[4])?);
    if let Some(instance) = args[0].as_instance() {
        instance.set("_related_name", args[6].clone());
        instance.set("_related_query_name", args[7].clone());
        instance.set("_limit_choices_to", args[8].clone());
        instance.set("from_fields", Value::list(from));
        instance.set("to_fields", Value::list(to));
        instance.set("swappable", args[10].clone());
        instance.set("db_constraint", false);
    }
    base(vm, &args[0], made, args.keyword_rest(11))
}

/// The names of a near and a far field; `None` stands for the relation itself or the target's key.
type NamePair = (Option<Rc<str>>, Option<Rc<str>>);

/// The pairs of names that a foreign object joins by.
fn pairs(vm: &mut Vm, object: &Value) -> PyResult<Vec<NamePair>> {
    let mut sides = Vec::with_capacity(2);
    for name in ["from_fields", "to_fields"] {
        let mut names: Vec<Option<Rc<str>>> = Vec::new();
        if let Some(list) = attribute(object, name) {
            for item in vm.list_from(&list)? {
                names.push(item.as_str().filter(|name| *name != "self").map(|name| name.as_str().into()));
            }
        }
        sides.push(names);
    }
    let to = sides.pop().unwrap_or_default();
    let from = sides.pop().unwrap_or_default();
    Ok(from.into_iter().zip(to).collect())
}

fn is_one_to_one(this: &Value) -> bool {
    crate::django::fields::kind_of(this) == Some(FieldKind::OneToOne)
}

fn one_to_one(vm: &mut Vm, args: Args) -> PyResult {
    let mut keywords = args.keyword_rest(4);
    keywords.retain(|(name, _)| name != "unique");
    keywords.push((Str::interned("unique"), Value::Bool(true)));
    keywords.push((Str::interned("to_field"), args[3].clone()));
    let parent = Django::of(vm).classes().fields.get(FieldKind::ForeignKey).clone();
    let init = vm.get_attr(&Value::Class(parent), "__init__")?;
    let mut call = Args::new([args[0].clone(), args[1].clone(), args[2].clone()]);
    call.keywords = keywords;
    vm.call(&init, call)
}

fn many_to_many(vm: &mut Vm, args: Args) -> PyResult {
    check_target(vm, &args[0], &args[1], "ManyToManyField")?;
    let through = args[6].clone();
    if args.some(9).is_some() && args.some(6).is_some() {
        return Err(vm.value_error("Cannot specify a db_table if an intermediary model is used."));
    }
    if args.some(7).is_some() && args.some(6).is_none() {
        return Err(vm.value_error("Cannot specify through_fields without a through model"));
    }
    let made = rel::new(vm, rel::Kind::ManyToMany, &args[0], &args[1]);
    let symmetrical = match args.some(5) {
        Some(value) => value.clone(),
        None => Value::Bool(args[1].as_str().is_some_and(|name| name == "self")),
    };
    if let Some(instance) = made.as_instance() {
        instance.set("related_name", args[2].clone());
        instance.set("related_query_name", args[3].clone());
        let limit = if args[4].is_none() { Value::Dict(Rc::default()) } else { args[4].clone() };
        instance.set("limit_choices_to", limit);
        instance.set("symmetrical", symmetrical);
        instance.set("through", through.clone());
        instance.set("through_fields", args[7].clone());
        instance.set("db_constraint", args[8].clone());
        instance.set("on_delete", Value::None);
        instance.set("parent_link", false);
    }
    if let Some(instance) = args[0].as_instance() {
        instance.set("_related_name", args[2].clone());
        instance.set("_related_query_name", args[3].clone());
        instance.set("_limit_choices_to", args[4].clone());
        instance.set("db_table", args[9].clone());
        instance.set("swappable", args[10].clone());
        instance.set("has_null_arg", args.keyword_rest(11).iter().any(|(name, _)| name == "null"));
    }
    base(vm, &args[0], made, args.keyword_rest(11))
}

/// The constructor of a relational field class: its parameters and its code.
pub fn constructor(kind: FieldKind) -> Option<(&'static str, NativeFn)> {
    Some(match kind {
        FieldKind::ForeignKey => (
            "self, to, on_delete, related_name=None, related_query_name=None, limit_choices_to=None, \
             parent_link=False, to_field=None, db_constraint=True, **kwargs",
            foreign_key as NativeFn,
        ),
        FieldKind::ForeignObject => (
            "self, to, on_delete, from_fields, to_fields, rel=None, related_name=None, related_query_name=None, \
             limit_choices_to=None, parent_link=False, swappable=True, **kwargs",
            foreign_object,
        ),
        FieldKind::OneToOne => ("self, to, on_delete, to_field=None, **kwargs", one_to_one),
        FieldKind::ManyToMany => (
            "self, to, related_name=None, related_query_name=None, limit_choices_to=None, symmetrical=None, \
             through=None, through_fields=None, db_constraint=True, db_table=None, swappable=True, **kwargs",
            many_to_many,
        ),
        FieldKind::GenericForeignKey => {
            ("self, ct_field='content_type', fk_field='object_id', for_concrete_model=True", generic_foreign_key)
        }
        FieldKind::GenericRelation => (
            "self, to, object_id_field='object_id', content_type_field='content_type', for_concrete_model=True, \
             related_query_name=None, limit_choices_to=None, **kwargs",
            generic_relation,
        ),
        _ => return None,
    })
}

fn generic_foreign_key(vm: &mut Vm, args: Args) -> PyResult {
    let keywords = vec![(Str::interned("editable"), Value::Bool(false))];
    base(vm, &args[0], Value::None, keywords)?;
    if let Some(instance) = args[0].as_instance() {
        instance.set("ct_field", args[1].clone());
        instance.set("fk_field", args[2].clone());
        instance.set("for_concrete_model", args[3].clone());
        instance.set("is_relation", true);
    }
    Ok(Value::None)
}

fn generic_relation(vm: &mut Vm, args: Args) -> PyResult {
    check_target(vm, &args[0], &args[1], "GenericRelation")?;
    let made = rel::new(vm, rel::Kind::Generic, &args[0], &args[1]);
    if let Some(instance) = made.as_instance() {
        instance.set("related_name", if args.some(5).is_some() { args[5].clone() } else { Value::str("+") });
        instance.set("related_query_name", args[5].clone());
        let limit = if args[6].is_none() { Value::Dict(Rc::default()) } else { args[6].clone() };
        instance.set("limit_choices_to", limit);
        instance.set("on_delete", crate::django::deletion::handler(vm, OnDelete::DoNothing));
        instance.set("parent_link", false);
    }
    let mut keywords = args.keyword_rest(7);
    for (name, value) in [("null", true), ("blank", true), ("editable", false), ("serialize", false)] {
        keywords.retain(|(known, _)| known != name);
        keywords.push((Str::interned(name), Value::Bool(value)));
    }
    base(vm, &args[0], made, keywords)?;
    if let Some(instance) = args[0].as_instance() {
        instance.set("object_id_field_name", args[2].clone());
        instance.set("content_type_field_name", args[3].clone());
        instance.set("for_concrete_model", args[4].clone());
        instance.set("_related_name", Value::None);
        instance.set("_related_query_name", args[5].clone());
    }
    Ok(Value::None)
}

/// The fields that a generic key or relation goes by.
fn generic_key(vm: &mut Vm, object: &Value, content_type: &str, object_id: &str) -> PyResult<GenericKey> {
    let name = |name: &str| crate::django::fields::text(object, name).unwrap_or_else(|| "".into());
    Ok(GenericKey {
        content_type: name(content_type),
        object_id: name(object_id),
        for_concrete_model: crate::django::fields::flag(vm, object, "for_concrete_model")?,
        mti_inherited: crate::django::fields::flag(vm, object, "mti_inherited")?,
    })
}

/// The field that links a child to its parent, which no class declares.
pub fn new_parent_link(vm: &mut Vm, target: &Rc<Class>, name: &str) -> PyResult {
    let class = Value::Class(Django::of(vm).classes().fields.get(FieldKind::OneToOne).clone());
    let cascade = crate::django::deletion::handler(vm, OnDelete::Cascade);
    let args = Args::new([Value::Class(target.clone())])
        .keyword("on_delete", cascade)
        .keyword("name", name)
        .keyword("auto_created", true)
        .keyword("parent_link", true);
    vm.call(&class, args)
}

/// A model or a name as the ORM's target.
pub(super) fn target(value: &Value) -> Option<Target> {
    if let Some(model) = model_of_value(value) {
        return Some(Target::Model(model));
    }
    value.as_str().map(|name| Target::Name(name.as_str().into()))
}

/// Adds what a relational field object says of its relation; others say nothing.
pub fn relation_data(vm: &mut Vm, object: &Value, data: &mut FieldData) -> PyResult<()> {
    if data.kind == FieldKind::GenericForeignKey {
        data.generic = Some(generic_key(vm, object, "ct_field", "fk_field")?);
        return Ok(());
    }
    let Some(rel) = attribute(object, "remote_field").filter(|rel| !rel.is_none()) else { return Ok(()) };
    let part = |name: &str| rel.as_instance().and_then(|instance| instance.get(&Str::interned(name)));
    let name = |name: &str| -> Option<Rc<str>> {
        part(name).and_then(|value| value.as_str().map(|text| text.as_str().into()))
    };
    let Some(to) = part("model").as_ref().and_then(target) else { return Ok(()) };
    let mut relation = Relation::to(to);
    relation.related_name = name("related_name");
    relation.related_query_name = name("related_query_name");
    relation.to_field = name("field_name").filter(|field| !field.is_empty());
    relation.parent_link = match part("parent_link") {
        Some(value) => vm.truth(&value)?,
        None => false,
    };
    let constraint = attribute(object, "db_constraint").or_else(|| part("db_constraint"));
    relation.db_constraint = match constraint {
        Some(value) => vm.truth(&value)?,
        None => true,
    };
    relation.on_delete = match part("on_delete") {
        Some(value) => crate::django::deletion::kind_of(&value),
        None => OnDelete::Cascade,
    };
    relation.limit_choices_to = match part("limit_choices_to") {
        Some(value) if q_value(&value).is_some() => q_value(&value),
        Some(Value::Dict(dict)) if !dict.is_empty() => {
            let keywords = dict.str_items();
            Some(crate::django::expressions::q_from_call(vm, &[], keywords)?)
        }
        _ => None,
    };
    if data.kind == FieldKind::ManyToMany {
        relation.symmetrical = match part("symmetrical") {
            Some(value) => vm.truth(&value)?,
            None => false,
        };
        relation.through = RefCell::new(part("through").as_ref().and_then(target));
        if let Some(fields) = part("through_fields").filter(|fields| !fields.is_none()) {
            let names = vm.list_from(&fields)?;
            if let [first, second, ..] = names.as_slice() {
                relation.through_fields = Some((vm.to_str(first)?.as_str().into(), vm.to_str(second)?.as_str().into()));
            }
        }
    }
    if data.kind == FieldKind::ForeignObject {
        relation.pairs = pairs(vm, object)?;
    }
    if data.kind == FieldKind::GenericRelation {
        relation.generic = Some(generic_key(vm, object, "content_type_field_name", "object_id_field_name")?);
    }
    data.relation = Some(relation);
    Ok(())
}
