//! `ForeignObject`: a relation by several columns, without a column of its own.

use std::rc::Rc;

use crate::django::fields::attribute;
use crate::django::state::Django;
use crate::orm::models::{FieldKind, Relation};
use crate::python::object::{Args, NativeFn, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::rel;

/// `ForeignObject.__init__`
fn init(vm: &mut Vm, args: Args) -> PyResult {
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
        instance.set("field_name", Value::None);
    }
    let mut keywords = args.keyword_rest(11);
    keywords.retain(|(name, _)| name != "rel");
    keywords.push((Str::interned("rel"), made));
    let base = Django::of(vm).classes().field_init.clone();
    let mut call = Args::new([args[0].clone()]);
    call.keywords = keywords;
    vm.call(&base, call)?;
    let (from, to) = (vm.list_from(&args[3])?, vm.list_from(&args[4])?);
    if let Some(instance) = args[0].as_instance() {
        instance.set("from_fields", Value::list(from));
        instance.set("to_fields", Value::list(to));
        instance.set("swappable", args[10].clone());
    }
    Ok(Value::None)
}

/// The constructor of the class itself; foreign keys have their own.
pub fn constructor(kind: FieldKind) -> Option<(&'static str, NativeFn)> {
    (kind == FieldKind::ForeignObject).then_some((
        "self, to, on_delete, from_fields, to_fields, rel=None, related_name=None, related_query_name=None, \
         limit_choices_to=None, parent_link=False, swappable=True, **kwargs",
        init as NativeFn,
    ))
}

/// Says by which fields a foreign object refers.
pub fn add_pairs(vm: &mut Vm, object: &Value, relation: &mut Relation) -> PyResult<()> {
    let (Some(from), Some(to)) = (attribute(object, "from_fields"), attribute(object, "to_fields")) else {
        return Ok(());
    };
    let (from, to) = (vm.list_from(&from)?, vm.list_from(&to)?);
    let name = |value: &Value| -> Option<Rc<str>> {
        value.as_str().filter(|name| name.as_str() != "self").map(|name| name.as_str().into())
    };
    relation.pairs = from.iter().zip(&to).map(|(near, far)| (name(near), name(far))).collect();
    Ok(())
}
