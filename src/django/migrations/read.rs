//! Model classes, fields, indexes and migration files as the ORM's states and operations.

use std::any::Any;
use std::rc::Rc;

use crate::django::convert::to_datum;
use crate::django::expressions;
use crate::django::fields::{self, attribute, flag, text};
use crate::django::models::{model_of, options};
use crate::django::state::Django;
use crate::orm::migrations::{
    Argument, Base, FieldFacts, FieldState, Literal, Made, Migration, ModelState, Operation, OptionValue, Options,
    ProjectState, RawStatements, RelationState, group_set, groups_of,
};
use crate::orm::models::{Field, FieldKind, Model};
use crate::orm::query::Expression;
use crate::python::object::{Class, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::serialize::{class_literal, literal};

/// The keyword arguments of a field that make no difference to the database.
const NON_DB: &[&str] = &[
    "blank",
    "choices",
    "db_column",
    "editable",
    "error_messages",
    "help_text",
    "limit_choices_to",
    "on_delete",
    "related_name",
    "related_query_name",
    "validators",
    "verbose_name",
];

fn host(value: &Value) -> Option<Rc<dyn Any>> {
    Some(Rc::new(value.clone()))
}

/// A value with the object that it is.
pub(super) fn argument(vm: &mut Vm, value: &Value) -> PyResult<Argument> {
    Ok(Argument { literal: literal(vm, value)?, host: host(value) })
}

fn arguments(vm: &mut Vm, values: &Value) -> PyResult<Vec<Argument>> {
    if values.is_none() {
        return Ok(Vec::new());
    }
    vm.list_from(values)?.iter().map(|value| argument(vm, value)).collect()
}

fn keywords(vm: &mut Vm, values: &Value) -> PyResult<Vec<(Rc<str>, Argument)>> {
    let Some(dict) = values.as_dict() else { return Ok(Vec::new()) };
    dict.str_items().iter().map(|(name, value)| Ok((Rc::from(name.as_str()), argument(vm, value)?))).collect()
}

fn string(vm: &mut Vm, value: &Value) -> PyResult<Rc<str>> {
    Ok(vm.to_str(value)?.as_str().into())
}

fn optional(vm: &mut Vm, value: &Value) -> PyResult<Option<Rc<str>>> {
    if value.is_none() { Ok(None) } else { string(vm, value).map(Some) }
}

fn strings(vm: &mut Vm, value: &Value) -> PyResult<Vec<Rc<str>>> {
    if value.is_none() {
        return Ok(Vec::new());
    }
    vm.list_from(value)?.iter().map(|item| string(vm, item)).collect()
}

/// How a relation says its target: the label of a class, a text as it is.
fn target(vm: &mut Vm, value: &Value) -> PyResult<Rc<str>> {
    match crate::django::models::model_of_value(value) {
        Some(model) => Ok(model.label().into()),
        None => string(vm, value),
    }
}

fn part(value: &Value, name: &str) -> Option<Value> {
    value.as_instance().and_then(|instance| instance.get(&Str::interned(name))).filter(|found| !found.is_none())
}

fn relation(
    vm: &mut Vm,
    object: &Value,
    kind: FieldKind,
    kwargs: &[(Rc<str>, Argument)],
) -> PyResult<Option<RelationState>> {
    if matches!(kind, FieldKind::GenericForeignKey | FieldKind::GenericRelation) {
        return Ok(None);
    }
    let Some(rel) = attribute(object, "remote_field").filter(|rel| !rel.is_none()) else { return Ok(None) };
    let Some(model) = part(&rel, "model") else { return Ok(None) };
    let kwarg = |name: &str| kwargs.iter().find(|(known, _)| **known == *name).map(|(_, value)| &value.literal);
    let to = target(vm, &model)?;
    let setting = match kwarg("to") {
        Some(Literal::Setting { name, .. }) => Some(name.clone()),
        _ => None,
    };
    let mut through = None;
    let mut through_fields = None;
    if kind == FieldKind::ManyToMany {
        if let Some(given) = part(&rel, "through") {
            let made = crate::django::models::model_of_value(&given).is_some_and(|model| model.meta().auto_created);
            if !made {
                through = Some(target(vm, &given)?);
            }
        }
        if let Some(given) = part(&rel, "through_fields") {
            through_fields = Some(strings(vm, &given)?);
        }
    }
    let names = |vm: &mut Vm, name: &str| -> PyResult<Vec<Option<Rc<str>>>> {
        match attribute(object, name) {
            Some(list) => vm.list_from(&list)?.iter().map(|item| optional(vm, item)).collect(),
            None => Ok(Vec::new()),
        }
    };
    let (mut from_fields, mut to_fields) = (Vec::new(), None);
    match kind {
        FieldKind::ForeignKey | FieldKind::OneToOne => {
            to_fields = Some(vec![kwarg("to_field").and_then(|name| name.as_str().cloned())]);
        }
        FieldKind::ForeignObject => {
            from_fields = names(vm, "from_fields")?.into_iter().flatten().collect();
            to_fields = Some(names(vm, "to_fields")?);
        }
        _ => {}
    }
    let parent_link = match part(&rel, "parent_link") {
        Some(value) => vm.truth(&value)?,
        None => false,
    };
    Ok(Some(RelationState { to, through, through_fields, to_fields, from_fields, parent_link, setting }))
}

/// The names that a generated field's expression reads.
fn generated_from(vm: &mut Vm, object: &Value) -> PyResult<Vec<Rc<str>>> {
    let expression = attribute(object, "expression").unwrap_or(Value::None);
    let expr = expressions::lower(vm, &expression)?;
    let mut names: Vec<Rc<str>> = Vec::new();
    expr.flatten(&mut |part| {
        if let Expression::F(name) = &**part {
            names.push(name.split("__").next().unwrap_or(name).into());
        }
    });
    Ok(names)
}

/// A field object as a state.
pub(super) fn field(vm: &mut Vm, object: &Value) -> PyResult<FieldState> {
    let kind = fields::kind_of(object).unwrap_or(FieldKind::Plain);
    let parts = vm.call_method(object, "deconstruct", ())?;
    let Some([_, path, args, kwargs]) = parts.as_tuple() else {
        return Err(vm.type_error("deconstruct() gives a name, a path, arguments and keywords"));
    };
    let path = string(vm, path)?;
    let args = arguments(vm, args)?;
    let kwargs = keywords(vm, kwargs)?;
    let class = vm.class_of(object);
    let not_provided = Django::of(vm).classes().not_provided.clone();
    let given = |name: &str| attribute(object, name).filter(|value| !value.is(&not_provided));
    let default = given("default");
    let own = class.lookup_where(&Str::interned("empty_strings_allowed")).filter(|(holder, _)| !holder.native);
    let empty_strings_allowed = match own {
        Some((_, own)) => vm.truth(&own)?,
        None => {
            !matches!(kind, FieldKind::ForeignKey | FieldKind::OneToOne) && Field::of_kind(kind).empty_strings_allowed()
        }
    };
    let non_db = match vm.get_attr_opt(object, "non_db_attrs")? {
        Some(names) => strings(vm, &names)?,
        None => NON_DB.iter().map(|name| (*name).into()).collect(),
    };
    let primary_key = flag(vm, object, "primary_key")? || kind == FieldKind::CompositePrimaryKey;
    let facts = FieldFacts {
        kind,
        null: flag(vm, object, "null")?,
        blank: flag(vm, object, "blank")?,
        primary_key,
        unique: flag(vm, object, "_unique")? || primary_key || kind == FieldKind::OneToOne,
        has_default: default.is_some(),
        callable_default: default.is_some_and(|default| vm.is_callable(&default)),
        has_db_default: given("db_default").is_some(),
        auto_now: flag(vm, object, "auto_now")?,
        auto_now_add: flag(vm, object, "auto_now_add")?,
        empty_strings_allowed,
        db_column: text(object, "db_column"),
        generated_from: if kind == FieldKind::Generated { Some(generated_from(vm, object)?) } else { None },
        relation: relation(vm, object, kind, &kwargs)?,
        non_db,
    };
    Ok(FieldState {
        path,
        class_name: class.name().as_str().into(),
        class: host(&Value::Class(class)),
        args,
        kwargs,
        facts,
    })
}

/// An index or a constraint.
fn made(vm: &mut Vm, object: &Value) -> PyResult<Made> {
    let parts = vm.call_method(object, "deconstruct", ())?;
    let Some([path, args, kwargs]) = parts.as_tuple() else {
        return Err(vm.type_error("deconstruct() gives a path, arguments and keywords"));
    };
    let name = vm.get_attr(object, "name")?;
    let expressions = match vm.get_attr_opt(object, "expressions")? {
        Some(all) if !all.is_none() => vm.list_from(&all)?,
        _ => Vec::new(),
    };
    let mut over = Vec::new();
    for expression in expressions {
        over.push(vm.to_str(&expression)?.to_string());
    }
    let non_db = match vm.get_attr_opt(object, "non_db_attrs")? {
        Some(names) => strings(vm, &names)?,
        None => Vec::new(),
    };
    let class = vm.class_of(object);
    Ok(Made {
        path: string(vm, path)?,
        class: host(&Value::Class(class)),
        args: arguments(vm, args)?,
        kwargs: keywords(vm, kwargs)?,
        name: string(vm, &name)?,
        over: (!over.is_empty()).then(|| over.join(", ").into()),
        non_db,
        as_manager: false,
    })
}

fn made_list(vm: &mut Vm, objects: &Value) -> PyResult<Vec<Rc<Made>>> {
    vm.list_from(objects)?.iter().map(|object| made(vm, object).map(Rc::new)).collect()
}

/// A manager.
pub(super) fn manager(vm: &mut Vm, object: &Value) -> PyResult<Made> {
    let as_manager = match vm.get_attr_opt(object, "_built_with_as_manager")? {
        Some(value) => vm.truth(&value)?,
        None => false,
    };
    let class = vm.class_of(object);
    let class = if as_manager {
        let queryset = vm.get_attr(object, "_queryset_class")?;
        queryset.as_class().cloned().unwrap_or(class)
    } else {
        class
    };
    let module = class.module().map(|module| module.to_string()).unwrap_or_default();
    let path = format!("{module}.{}", class.name());
    if !as_manager
        && let Some(home) = Some(vm.import_module(&module)).and_then(Result::ok)
        && vm.get_attr_opt(&home, class.name().as_str())?.is_none()
    {
        return Err(vm.value_error(format!(
            "Could not find manager {} in {module}.\nPlease note that you need to inherit from managers you dynamically \
             generated with 'from_queryset()'.",
            class.name()
        )));
    }
    let (mut args, mut kwargs) = (Vec::new(), Vec::new());
    if !as_manager
        && let Some(given) = attribute(object, "_constructor_args")
        && let Some([positional, named]) = given.as_tuple()
    {
        args = arguments(vm, positional)?;
        kwargs = keywords(vm, named)?;
    }
    Ok(Made {
        path: path.into(),
        class: host(&Value::Class(class)),
        args,
        kwargs,
        name: "".into(),
        over: None,
        non_db: Vec::new(),
        as_manager,
    })
}

fn plain_manager(vm: &mut Vm) -> Made {
    let class = Django::of(vm).classes().manager.clone();
    Made {
        path: "django.db.models.manager.Manager".into(),
        class: host(&Value::Class(class)),
        args: Vec::new(),
        kwargs: Vec::new(),
        name: "".into(),
        over: None,
        non_db: Vec::new(),
        as_manager: false,
    }
}

/// The managers of a class that its migrations know.
fn managers(vm: &mut Vm, class: &Rc<Class>) -> PyResult<Vec<(Rc<str>, Rc<Made>)>> {
    let class = Value::Class(class.clone());
    let meta = vm.get_attr(&class, "_meta")?;
    let all = vm.get_attr(&meta, "managers")?;
    let (default, base) = (vm.get_attr(&class, "_default_manager")?, vm.get_attr(&class, "_base_manager")?);
    let mut found: Vec<(Rc<str>, Rc<Made>)> = Vec::new();
    let mut only_shim = true;
    for object in vm.list_from(&all)? {
        let name = vm.get_attr(&object, "name")?;
        let name = string(vm, &name)?;
        if found.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let used = vm.get_attr(&object, "use_in_migrations")?;
        let made = if vm.truth(&used)? {
            only_shim = false;
            manager(vm, &object)?
        } else if object.is(&default) || object.is(&base) {
            only_shim &= object.is(&default) && *name == *"objects";
            plain_manager(vm)
        } else {
            continue;
        };
        found.push((name, Rc::new(made)));
    }
    if found.len() == 1 && only_shim {
        found.clear();
    }
    Ok(found)
}

/// The base classes of a model, abstract ones replaced by theirs.
fn bases(vm: &mut Vm, class: &Rc<Class>) -> PyResult<Vec<Base>> {
    fn flatten(class: &Rc<Class>, all: &mut Vec<Rc<Class>>) {
        for base in class.bases() {
            if model_of(&base).is_some_and(|model| model.meta().is_abstract) {
                flatten(&base, all);
            } else if !all.iter().any(|known| Rc::ptr_eq(known, &base)) {
                all.push(base);
            }
        }
    }
    let mut all = Vec::new();
    flatten(class, &mut all);
    let order = class.mro();
    all.sort_by_key(|base| order.iter().position(|known| Rc::ptr_eq(known, base)));
    let root = Django::of(vm).classes().model.clone();
    if !all.iter().any(|base| base.derives_from(&root)) {
        return Ok(vec![Base::plain()]);
    }
    all.iter().map(|base| base_of(vm, base)).collect()
}

fn base_of(vm: &mut Vm, class: &Rc<Class>) -> PyResult<Base> {
    if let Some(model) = model_of(class) {
        return Ok(Base::Model(model.label_lower().into()));
    }
    if Rc::ptr_eq(class, &Django::of(vm).classes().model) {
        return Ok(Base::plain());
    }
    Ok(Base::Class { literal: class_literal(vm, class)?, class: host(&Value::Class(class.clone())) })
}

/// A model class as a state.
fn model_state(vm: &mut Vm, model: &Model) -> PyResult<ModelState> {
    let class = crate::django::state::class_of(vm, model)?;
    let meta = model.meta();
    let mut fields = Vec::new();
    for bound in model.local_fields().into_iter().chain(model.local_many_to_many()) {
        let Some(object) = Django::of(vm).object_of(&bound) else { continue };
        if attribute(&object, "_ormdojo_order_wrt").is_some() || *vm.class_of(&object).name() == *"OrderWrt" {
            continue;
        }
        fields.push((bound.name.clone(), Rc::new(field(vm, &object)?)));
    }
    let mut said = Options::default();
    for (name, value) in options::said(&class).unwrap_or_default() {
        let value = match name.as_str() {
            "apps" | "app_label" => continue,
            "indexes" | "constraints" => {
                let own = options::kept(&class, name.as_str()).unwrap_or(value);
                OptionValue::Made(made_list(vm, &own)?)
            }
            "unique_together" => {
                let groups = groups_of(&literal(vm, &value)?);
                OptionValue::Value(Argument::plain(group_set(&groups)))
            }
            _ => OptionValue::Value(argument(vm, &value)?),
        };
        said.set(name.as_str(), value);
    }
    let private = model.private_fields();
    if let Some(name) = said.text("order_with_respect_to")
        && private.iter().any(|field| field.name == name)
    {
        said.remove("order_with_respect_to");
    }
    let (bases, managers) = (bases(vm, &class)?, managers(vm, &class)?);
    Ok(ModelState::new(&meta.app_label, &model.name, fields, said, bases, managers))
}

/// The models of one app as a state.
pub fn project_state(vm: &mut Vm, app_label: &str) -> PyResult<ProjectState> {
    let models = Django::of(vm).registry().models();
    let mut state = ProjectState::default();
    for model in models {
        let meta = model.meta();
        if meta.is_abstract || meta.auto_created || *meta.app_label != *app_label {
            continue;
        }
        state.add(model_state(vm, &model)?);
    }
    Ok(state)
}

fn raw(vm: &mut Vm, value: &Value) -> PyResult<RawStatements> {
    let items = match value.as_tuple().map(<[Value]>::to_vec).or_else(|| value.as_list().map(|list| list.to_vec())) {
        Some(items) => items,
        None => return Ok(RawStatements::Script(string(vm, value)?)),
    };
    let mut all = Vec::new();
    for item in items {
        let pair = item.as_tuple().map(<[Value]>::to_vec).or_else(|| item.as_list().map(|list| list.to_vec()));
        match pair.as_deref() {
            None => all.push((string(vm, &item)?, None)),
            Some([sql, params]) => {
                let sql = string(vm, sql)?;
                let params = if params.is_none() {
                    None
                } else {
                    let mut values = Vec::new();
                    for param in vm.list_from(params)? {
                        values.push(to_datum(vm, &param)?);
                    }
                    Some(values)
                };
                all.push((sql, params));
            }
            Some(other) => return Ok(RawStatements::Malformed(other.len())),
        }
    }
    Ok(RawStatements::List(all))
}

fn operations(vm: &mut Vm, values: &Value) -> PyResult<Vec<Operation>> {
    vm.list_from(values)?.iter().map(|value| operation_of(vm, value)).collect()
}

fn named_managers(vm: &mut Vm, values: &Value) -> PyResult<Vec<(Rc<str>, Rc<Made>)>> {
    let mut all = Vec::new();
    for pair in vm.list_from(values)? {
        let pair = vm.list_from(&pair)?;
        let [name, object] = pair.as_slice() else {
            return Err(vm.value_error("managers are pairs of name and manager"));
        };
        all.push((string(vm, name)?, Rc::new(manager(vm, object)?)));
    }
    Ok(all)
}

fn options_of(vm: &mut Vm, values: &Value) -> PyResult<Options> {
    let mut options = Options::default();
    if let Some(dict) = values.as_dict() {
        for (name, value) in dict.str_items() {
            let value = match name.as_str() {
                "indexes" | "constraints" => OptionValue::Made(made_list(vm, &value)?),
                "unique_together" | "index_together" => {
                    let groups = groups_of(&literal(vm, &value)?);
                    OptionValue::Value(Argument::plain(group_set(&groups)))
                }
                _ => OptionValue::Value(argument(vm, &value)?),
            };
            options.set(name.as_str(), value);
        }
    }
    Ok(options)
}

/// The class of Django's own that an operation's class is or extends.
fn known_class(vm: &mut Vm, value: &Value) -> String {
    let class = vm.class_of(value);
    let known = class.mro().into_iter().find(|class| {
        class.module().is_some_and(|module| module.as_str().starts_with("django.db.migrations.operations."))
    });
    known.map(|class| class.name().to_string()).unwrap_or_default()
}

/// An operation of a migration file.
pub fn operation_of(vm: &mut Vm, value: &Value) -> PyResult<Operation> {
    let known = known_class(vm, value);
    let get = |vm: &mut Vm, name: &str| vm.get_attr(value, name);
    let text = |vm: &mut Vm, name: &str| -> PyResult<Rc<str>> {
        let found = vm.get_attr(value, name)?;
        string(vm, &found)
    };
    let bool_of = |vm: &mut Vm, name: &str| -> PyResult<bool> {
        let found = vm.get_attr(value, name)?;
        vm.truth(&found)
    };
    Ok(match known.as_str() {
        "CreateModel" => {
            let mut fields = Vec::new();
            let pairs = get(vm, "fields")?;
            for pair in vm.list_from(&pairs)? {
                let pair = vm.list_from(&pair)?;
                let [name, object] = pair.as_slice() else {
                    return Err(vm.value_error("fields are pairs of name and field"));
                };
                fields.push((string(vm, name)?, Rc::new(field(vm, object)?)));
            }
            let (options, given, managers) = (get(vm, "options")?, get(vm, "bases")?, get(vm, "managers")?);
            let mut bases = Vec::new();
            for base in vm.list_from(&given)? {
                bases.push(match &base {
                    Value::Class(class) => base_of(vm, class)?,
                    other => Base::Model(string(vm, other)?),
                });
            }
            Operation::CreateModel {
                name: text(vm, "name")?,
                fields,
                options: options_of(vm, &options)?,
                bases,
                managers: named_managers(vm, &managers)?,
            }
        }
        "DeleteModel" => Operation::DeleteModel { name: text(vm, "name")? },
        "RenameModel" => Operation::RenameModel { old_name: text(vm, "old_name")?, new_name: text(vm, "new_name")? },
        "AlterModelTable" => {
            let table = get(vm, "table")?;
            Operation::AlterModelTable { name: text(vm, "name")?, table: optional(vm, &table)? }
        }
        "AlterModelTableComment" => {
            let comment = get(vm, "table_comment")?;
            Operation::AlterModelTableComment { name: text(vm, "name")?, comment: argument(vm, &comment)? }
        }
        "AlterUniqueTogether" | "AlterIndexTogether" => {
            let index = known == "AlterIndexTogether";
            let given = get(vm, if index { "index_together" } else { "unique_together" })?;
            let groups = if given.is_none() { None } else { Some(groups_of(&literal(vm, &given)?)) };
            Operation::AlterTogether { name: text(vm, "name")?, index, groups }
        }
        "AlterOrderWithRespectTo" => {
            let field = get(vm, "order_with_respect_to")?;
            Operation::AlterOrderWithRespectTo { name: text(vm, "name")?, field: optional(vm, &field)? }
        }
        "AlterModelOptions" => {
            let options = get(vm, "options")?;
            Operation::AlterModelOptions { name: text(vm, "name")?, options: options_of(vm, &options)? }
        }
        "AlterModelManagers" => {
            let managers = get(vm, "managers")?;
            Operation::AlterModelManagers { name: text(vm, "name")?, managers: named_managers(vm, &managers)? }
        }
        "AddIndex" => {
            let index = get(vm, "index")?;
            Operation::AddIndex { model_name: text(vm, "model_name")?, index: Rc::new(made(vm, &index)?) }
        }
        "RemoveIndex" => Operation::RemoveIndex { model_name: text(vm, "model_name")?, name: text(vm, "name")? },
        "RenameIndex" => {
            let (old_name, old_fields) = (get(vm, "old_name")?, get(vm, "old_fields")?);
            Operation::RenameIndex {
                model_name: text(vm, "model_name")?,
                new_name: text(vm, "new_name")?,
                old_name: optional(vm, &old_name)?,
                old_fields: if old_fields.is_none() { None } else { Some(strings(vm, &old_fields)?) },
            }
        }
        "AddConstraint" => {
            let constraint = get(vm, "constraint")?;
            Operation::AddConstraint {
                model_name: text(vm, "model_name")?,
                constraint: Rc::new(made(vm, &constraint)?),
            }
        }
        "RemoveConstraint" => {
            Operation::RemoveConstraint { model_name: text(vm, "model_name")?, name: text(vm, "name")? }
        }
        "AlterConstraint" => {
            let constraint = get(vm, "constraint")?;
            Operation::AlterConstraint {
                model_name: text(vm, "model_name")?,
                name: text(vm, "name")?,
                constraint: Rc::new(made(vm, &constraint)?),
            }
        }
        "AddField" | "AlterField" => {
            let object = get(vm, "field")?;
            let (model_name, name) = (text(vm, "model_name")?, text(vm, "name")?);
            let field = Rc::new(field(vm, &object)?);
            let preserve_default = bool_of(vm, "preserve_default")?;
            if known == "AddField" {
                Operation::AddField { model_name, name, field, preserve_default }
            } else {
                Operation::AlterField { model_name, name, field, preserve_default }
            }
        }
        "RemoveField" => Operation::RemoveField { model_name: text(vm, "model_name")?, name: text(vm, "name")? },
        "RenameField" => Operation::RenameField {
            model_name: text(vm, "model_name")?,
            old_name: text(vm, "old_name")?,
            new_name: text(vm, "new_name")?,
        },
        "RunSQL" => {
            let (sql, reverse, state) = (get(vm, "sql")?, get(vm, "reverse_sql")?, get(vm, "state_operations")?);
            let mut kwargs: Vec<(Rc<str>, Literal)> = vec![("sql".into(), literal(vm, &sql)?)];
            let reverse_sql = if reverse.is_none() {
                None
            } else {
                kwargs.push(("reverse_sql".into(), literal(vm, &reverse)?));
                Some(raw(vm, &reverse)?)
            };
            Operation::RunSql {
                sql: raw(vm, &sql)?,
                reverse_sql,
                state_operations: operations(vm, &state)?,
                elidable: bool_of(vm, "elidable")?,
                kwargs,
            }
        }
        "RunPython" => {
            let (code, reverse) = (get(vm, "code")?, get(vm, "reverse_code")?);
            let mut kwargs: Vec<(Rc<str>, Literal)> = vec![("code".into(), literal(vm, &code)?)];
            if !reverse.is_none() {
                kwargs.push(("reverse_code".into(), literal(vm, &reverse)?));
            }
            Operation::RunPython { reversible: !reverse.is_none(), elidable: bool_of(vm, "elidable")?, kwargs }
        }
        "SeparateDatabaseAndState" => {
            let (database, state) = (get(vm, "database_operations")?, get(vm, "state_operations")?);
            Operation::SeparateDatabaseAndState {
                database_operations: operations(vm, &database)?,
                state_operations: operations(vm, &state)?,
            }
        }
        _ => {
            let class = vm.class_of(value);
            let described = match vm.get_attr_opt(value, "describe")? {
                Some(describe) => vm.call(&describe, ())?,
                None => return Err(vm.type_error(format!("{} is no operation", vm.type_name(value)))),
            };
            Operation::Custom {
                class_name: class.name().as_str().into(),
                described: string(vm, &described)?,
                reduces_to_sql: bool_of(vm, "reduces_to_sql")?,
                reversible: bool_of(vm, "reversible")?,
                host: Rc::new(value.clone()),
            }
        }
    })
}

/// The `Migration` class of a migration file.
pub fn migration_of(vm: &mut Vm, class: &Value, name: &str, app_label: &str) -> PyResult<Migration> {
    let listed = vm.get_attr(class, "operations")?;
    let operations = operations(vm, &listed)?;
    let atomic = vm.get_attr(class, "atomic")?;
    let initial = vm.get_attr(class, "initial")?;
    let mut dependencies = Vec::new();
    let listed = vm.get_attr(class, "dependencies")?;
    for pair in vm.list_from(&listed)? {
        let pair = strings(vm, &pair)?;
        if let [app, name] = pair.as_slice() {
            dependencies.push((app.clone(), name.clone()));
        }
    }
    Ok(Migration {
        app_label: app_label.into(),
        name: name.into(),
        dependencies,
        initial: vm.truth(&initial)?,
        operations,
        atomic: vm.truth(&atomic)?,
    })
}
