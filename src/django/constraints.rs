//! `Index`, `UniqueConstraint` and `CheckConstraint` as Python sees them, and as the ORM's data.

use std::rc::Rc;

use crate::django::delegate::in_python;
use crate::django::expressions::{self, q_value};
use crate::django::models::options;
use crate::orm::models::{Constraint, Index, Model};
use crate::orm::query::Expr;
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

/// What was given to a constructor, kept as attributes.
fn put(this: &Value, name: &str, value: impl Into<Value>) {
    if let Some(instance) = this.as_instance() {
        instance.set(name, value);
    }
}

fn read(value: &Value, name: &str) -> Value {
    value.as_instance().and_then(|instance| instance.get(&Str::interned(name))).unwrap_or(Value::None)
}

fn text(value: &Value, name: &str) -> Option<Rc<str>> {
    read(value, name).as_str().map(|text| text.as_str().into())
}

/// The classes, for `django.db.models`.
pub fn classes(vm: &mut Vm) -> Vec<Rc<Class>> {
    let index = ClassBuilder::new("Index")
        .module("django.db.models.indexes")
        .value("suffix", "idx")
        .value("max_name_length", 30i64)
        .method(
            "__init__",
            "self, *expressions, fields=(), name=None, db_tablespace=None, opclasses=(), condition=None, include=None",
            in_python!("_django_indexes", "init"),
        )
        .property("contains_expressions", has_expressions)
        .method("deconstruct", "self", in_python!("_django_indexes", "deconstruct"))
        .method("clone", "self", in_python!("_django_indexes", "clone"))
        .method("set_name_with_model", "self, model", in_python!("_django_indexes", "set_name_with_model"))
        .method("__repr__", "self", in_python!("_django_indexes", "show"))
        .method("__eq__", "self, other", in_python!("_django_indexes", "equal"))
        .value("__hash__", Value::None)
        .build(vm);
    let base = ClassBuilder::new("BaseConstraint")
        .module("django.db.models.constraints")
        .value("violation_error_code", Value::None)
        .value("violation_error_message", Value::None)
        .value("default_violation_error_message", VIOLATED)
        .value("contains_expressions", false)
        .value("non_db_attrs", Value::tuple(vec!["violation_error_code".into(), "violation_error_message".into()]))
        .method(
            "__init__",
            "self, *args, name=None, violation_error_code=None, violation_error_message=None",
            in_python!("_django_constraints", "base_init"),
        )
        .method("constraint_sql", "self, model, schema_editor", in_python!("_django_constraints", "not_implemented"))
        .method("create_sql", "self, model, schema_editor", in_python!("_django_constraints", "not_implemented"))
        .method("remove_sql", "self, model, schema_editor", in_python!("_django_constraints", "not_implemented"))
        .method(
            "validate",
            "self, model, instance, exclude=None, using='default'",
            in_python!("_django_constraints", "not_implemented"),
        )
        .method("_check", "self, model, connection", |_, _| Ok(Value::list(Vec::new())))
        .method(
            "_check_references",
            "self, model, references",
            in_python!("_django_checks_models", "constraint_references"),
        )
        .method("deconstruct", "self", in_python!("_django_constraints", "base_deconstruct"))
        .method("clone", "self", in_python!("_django_constraints", "clone"))
        .method("get_violation_error_message", "self", in_python!("_django_constraints", "get_violation_error_message"))
        .build(vm);
    let check = ClassBuilder::new("CheckConstraint")
        .module("django.db.models.constraints")
        .base(&base)
        .method(
            "__init__",
            "self, *, name, condition=None, check=None, violation_error_code=None, violation_error_message=None",
            check_init,
        )
        .property_mut(
            "check",
            in_python!("_django_constraints", "get_check"),
            in_python!("_django_constraints", "set_check"),
        )
        .method("_check", "self, model, connection", in_python!("_django_checks_models", "check_constraint"))
        .method("__repr__", "self", in_python!("_django_constraints", "check_repr"))
        .method("__eq__", "self, other", in_python!("_django_constraints", "check_eq"))
        .value("__hash__", Value::None)
        .method("deconstruct", "self", in_python!("_django_constraints", "check_deconstruct"))
        .method(
            "validate",
            "self, model, instance, exclude=None, using='default'",
            in_python!("_django_constraints", "check_validate"),
        )
        .build(vm);
    let unique = ClassBuilder::new("UniqueConstraint")
        .module("django.db.models.constraints")
        .base(&base)
        .method(
            "__init__",
            "self, *expressions, fields=(), name=None, condition=None, deferrable=None, include=None, opclasses=(), \
             nulls_distinct=None, violation_error_code=None, violation_error_message=None",
            unique_init,
        )
        .property("contains_expressions", has_expressions)
        .method("_check", "self, model, connection", in_python!("_django_checks_models", "unique_constraint"))
        .method("__repr__", "self", in_python!("_django_constraints", "unique_repr"))
        .method("__eq__", "self, other", in_python!("_django_constraints", "unique_eq"))
        .value("__hash__", Value::None)
        .method("deconstruct", "self", in_python!("_django_constraints", "unique_deconstruct"))
        .method(
            "validate",
            "self, model, instance, exclude=None, using='default'",
            in_python!("_django_constraints", "unique_validate"),
        )
        .build(vm);
    vec![index, base, check, unique]
}

/// What a constraint says that was given no message of its own.
const VIOLATED: &str = "Constraint “%(name)s” is violated.";

/// The code and the message of an error, for both kinds.
fn put_error(this: &Value, code: &Value, message: &Value) {
    if !code.is_none() {
        put(this, "violation_error_code", code.clone());
    }
    put(this, "violation_error_message", if message.is_none() { Value::str(VIOLATED) } else { message.clone() });
}

fn check_init(vm: &mut Vm, args: Args) -> PyResult {
    if args.some(3).is_some() {
        return crate::django::delegate::call(vm, "_django_constraints", "check_init", args);
    }
    let condition = args[2].clone();
    let fits = match expressions::lower_opt(vm, &condition)? {
        Some(expr) => crate::django::state::orm(vm, || expr.conditional())?,
        None => false,
    };
    if !fits {
        return Err(vm.type_error("CheckConstraint.condition must be a Q instance or boolean expression."));
    }
    put(&args[0], "condition", condition);
    put(&args[0], "name", args[1].clone());
    put_error(&args[0], &args[4], &args[5]);
    Ok(Value::None)
}

/// `Deferrable`, when it is first asked for.
pub fn deferrable(vm: &mut Vm) -> PyResult {
    let module = vm.import_module("_django_constraints")?;
    vm.get_attr(&module, "Deferrable")
}

fn has_expressions(_: &mut Vm, args: Args) -> PyResult {
    Ok(read(&args[0], "expressions").as_tuple().is_some_and(|all| !all.is_empty()).into())
}

fn unique_init(vm: &mut Vm, args: Args) -> PyResult {
    // The usual declaration; whatever else may be wrong with one is told by the long form.
    let plain = args.rest(1).is_empty()
        && (4..=8).all(|at| at == 7 || args.some(at).is_none())
        && args[7].as_tuple().is_some_and(<[Value]>::is_empty);
    let named = args[3].as_str().is_some_and(|name| !name.is_empty());
    let fields = args[2].as_tuple().map(<[Value]>::to_vec).or_else(|| args[2].as_list().map(|list| list.to_vec()));
    let Some(fields) = fields.filter(|fields| plain && named && !fields.is_empty()) else {
        return crate::django::delegate::call(vm, "_django_constraints", "unique_init", args);
    };
    put(&args[0], "expressions", Value::tuple(Vec::new()));
    put(&args[0], "fields", Value::tuple(fields));
    put(&args[0], "name", args[3].clone());
    for name in ["condition", "deferrable", "nulls_distinct"] {
        put(&args[0], name, Value::None);
    }
    put(&args[0], "include", Value::tuple(Vec::new()));
    put(&args[0], "opclasses", args[7].clone());
    put_error(&args[0], &args[9], &args[10]);
    Ok(Value::None)
}

fn lowered(vm: &mut Vm, value: &Value) -> PyResult<Vec<Expr>> {
    vm.list_from(value)?.iter().map(|item| expressions::lower(vm, item)).collect()
}

fn names(vm: &mut Vm, value: &Value) -> PyResult<Vec<Rc<str>>> {
    if value.is_none() {
        return Ok(Vec::new());
    }
    vm.list_from(value)?.iter().map(|item| Ok(Rc::from(vm.to_str(item)?.as_str()))).collect()
}

/// `Meta.indexes`
pub fn read_indexes(vm: &mut Vm, value: &Value) -> PyResult<Vec<Index>> {
    let mut all = Vec::new();
    for item in vm.list_from(value)? {
        let fields = names(vm, &read(&item, "fields"))?;
        let fields = fields
            .into_iter()
            .map(|name| match name.strip_prefix('-') {
                Some(name) => (Rc::from(name), true),
                None => (name, false),
            })
            .collect();
        all.push(Index {
            name: text(&item, "name").unwrap_or_else(|| "".into()),
            fields,
            expressions: lowered(vm, &read(&item, "expressions"))?,
            condition: q_value(&read(&item, "condition")),
            include: names(vm, &read(&item, "include"))?,
        });
    }
    Ok(all)
}

/// The indexes or constraints of `Meta` as one class has them: copies that are named after it.
pub fn named_after(vm: &mut Vm, value: &Value, app_label: &str, class: &str) -> PyResult<Vec<Value>> {
    let mut all = Vec::new();
    for item in vm.list_from(value)? {
        let (Some(instance), Some(name)) = (item.as_instance(), text(&item, "name")) else {
            all.push(item);
            continue;
        };
        let name = name.replace("%(app_label)s", &app_label.to_lowercase()).replace("%(class)s", &class.to_lowercase());
        let copy = crate::python::object::Instance::new(instance.class());
        for (key, held) in instance.dict().str_items() {
            copy.set(key, held);
        }
        copy.set("name", name);
        all.push(copy.into());
    }
    Ok(all)
}

/// `Meta.constraints`
pub fn read_constraints(vm: &mut Vm, value: &Value) -> PyResult<Vec<Constraint>> {
    let mut all = Vec::new();
    for item in vm.list_from(value)? {
        let name: Rc<str> = text(&item, "name").unwrap_or_else(|| "".into());
        let kind = vm.class_of(&item);
        let is = |wanted: &str| kind.mro().iter().any(|class| class.native && *class.name() == *wanted);
        all.push(if is("CheckConstraint") {
            Constraint::Check { name, condition: expressions::lower(vm, &read(&item, "condition"))? }
        } else if is("UniqueConstraint") {
            let nulls_distinct = match read(&item, "nulls_distinct") {
                Value::Truth(distinct) => Some(distinct.get()),
                _ => None,
            };
            Constraint::Unique {
                name,
                fields: names(vm, &read(&item, "fields"))?,
                expressions: lowered(vm, &read(&item, "expressions"))?,
                condition: q_value(&read(&item, "condition")),
                deferrable: deferrable_name(vm, &item)?,
                nulls_distinct,
                include: names(vm, &read(&item, "include"))?,
            }
        } else {
            Constraint::Other { name }
        });
    }
    Ok(all)
}

/// The value of `deferrable`, a member of `Deferrable`.
fn deferrable_name(vm: &mut Vm, item: &Value) -> PyResult<Option<Rc<str>>> {
    let member = read(item, "deferrable");
    if member.is_none() {
        return Ok(None);
    }
    let value = vm.get_attr(&member, "value")?;
    Ok(Some(vm.to_str(&value)?.as_str().into()))
}

/// Gives indexes without a name the one that Django makes.
pub fn name_indexes(vm: &mut Vm, class: &Rc<Class>, indexes: &Value) -> PyResult<()> {
    for item in vm.list_from(indexes)? {
        if text(&item, "name").is_none_or(|name| name.is_empty()) {
            vm.call_method(&item, "set_name_with_model", [Value::Class(class.clone())])?;
        }
    }
    Ok(())
}

fn said(class: &Rc<Class>, name: &str) -> Value {
    options::kept(class, name).unwrap_or_else(|| Value::list(Vec::new()))
}

/// `_meta.indexes`
pub fn index_objects(vm: &mut Vm, class: &Rc<Class>) -> PyResult {
    let items = vm.list_from(&said(class, "indexes"))?;
    Ok(Value::list(items))
}

/// `_meta.constraints`
pub fn constraint_objects(vm: &mut Vm, class: &Rc<Class>) -> PyResult {
    let items = vm.list_from(&said(class, "constraints"))?;
    Ok(Value::list(items))
}

/// `_meta.total_unique_constraints`: those over plain fields without a condition.
pub fn total_unique_constraints(vm: &mut Vm, class: &Rc<Class>) -> PyResult {
    let mut total = Vec::new();
    for item in vm.list_from(&said(class, "constraints"))? {
        let unique = vm.class_of(&item).mro().iter().any(|class| *class.name() == *"UniqueConstraint");
        let fields = names(vm, &read(&item, "fields"))?;
        if unique && read(&item, "condition").is_none() && !fields.is_empty() {
            total.push(item);
        }
    }
    Ok(Value::list(total))
}

/// Whether a constraint makes this one field unique by itself.
pub fn is_total_unique(model: &Model, name: &str) -> bool {
    model.meta().constraints.iter().any(|constraint| match constraint {
        Constraint::Unique { fields, condition: None, .. } => fields.len() == 1 && *fields[0] == *name,
        _ => false,
    })
}
