//! `raw()`: rows of a statement written by hand, as model instances.

use std::cell::RefCell;
use std::rc::Rc;

use crate::db::{ResultSet, SqlValue};
use crate::django::connections::{NotedParams, database, from_column, from_sql};
use crate::django::convert::{from_datum, to_datum};
use crate::django::models::{model_of, state::StatePayload};
use crate::django::state::{Django, orm, raise_class};
use crate::orm::models::{Field, FieldKind};
use crate::orm::sql::Converter;
use crate::orm::{Datum, OrmResult};
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, Class, ClassBuilder, Dict, Instance, List, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{payload, prefetch};

pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    builder.method("raw", "self, raw_query, params=(), translations=None, using=None", |vm, args| {
        let using = if args[4].is_none() { Value::Str(super::db(vm, &args[0])?) } else { args[4].clone() };
        let model = payload(vm, &args[0])?.class.borrow().clone();
        let class = Value::Class(Django::of(vm).classes().raw_queryset.clone());
        let call = Args::new([args[1].clone()])
            .keyword("model", model)
            .keyword("params", args[2].clone())
            .keyword("translations", args[3].clone())
            .keyword("using", using);
        let made = vm.call(&class, call)?;
        let lookups = payload(vm, &args[0])?.prefetch.borrow().clone();
        vm.set_attr(&made, "_prefetch_related_lookups", Value::tuple(lookups))?;
        Ok(made)
    })
}

/// What a `RawQuery` keeps: the result of its last execution.
#[derive(Default)]
struct RawQueryPayload {
    result: RefCell<Option<Rc<ResultSet>>>,
}

/// `RawQuery`
pub fn raw_query_class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("RawQuery")
        .module("django.db.models.sql.query")
        .native_layout("RawQuery")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, RawQueryPayload::default()).into())
        })
        .method("__init__", "self, sql, using, params=()", |_, args| {
            if let Some(instance) = args[0].as_instance() {
                instance.set("params", args[3].clone());
                instance.set("sql", args[1].clone());
                instance.set("using", args[2].clone());
                instance.set("cursor", Value::None);
                instance.set("low_mark", 0);
                instance.set("high_mark", Value::None);
                instance.set("extra_select", Rc::new(Dict::new()));
                instance.set("annotation_select", Rc::new(Dict::new()));
            }
            Ok(Value::None)
        })
        .method("chain", "self, using", clone_query)
        .method("clone", "self, using", clone_query)
        .method("get_columns", "self", |vm, args| {
            let names: Vec<Value> = query_columns(vm, &args[0])?.into_iter().map(Value::from).collect();
            Ok(Value::list(names))
        })
        .method("__iter__", "self", |vm, args| {
            let result = execute(vm, &args[0])?;
            let mut rows = Vec::with_capacity(result.rows.len());
            for row in &result.rows {
                let mut values = Vec::with_capacity(row.len());
                for value in row {
                    values.push(from_datum(vm, &from_sql(value.clone()))?);
                }
                rows.push(Value::tuple(values));
            }
            vm.iter(&Value::list(rows))
        })
        .property("params_type", |vm, args| {
            let params = vm.get_attr(&args[0], "params")?;
            Ok(match params {
                Value::None => Value::None,
                params if params.as_dict().is_some() => Value::Class(vm.types.dict.clone()),
                _ => Value::Class(vm.types.tuple.clone()),
            })
        })
        .method("__str__", "self", |vm, args| text(vm, &args[0]))
        .method("__repr__", "self", |vm, args| {
            let shown = text(vm, &args[0])?;
            let shown = vm.to_str(&shown)?;
            Ok(format!("<{}: {shown}>", vm.type_name(&args[0])).into())
        })
        .build(vm)
}

/// The statement with its parameters put in, as Python's `%` does.
fn text(vm: &mut Vm, query: &Value) -> PyResult {
    let sql = vm.get_attr(query, "sql")?;
    let params = vm.get_attr(query, "params")?;
    if params.is_none() {
        return Ok(sql);
    }
    let params = if params.as_dict().is_some() { params } else { Value::tuple(vm.list_from(&params)?) };
    vm.binary(BinaryOp::Mod, &sql, &params)
}

fn clone_query(vm: &mut Vm, args: Args) -> PyResult {
    let (sql, params) = (vm.get_attr(&args[0], "sql")?, vm.get_attr(&args[0], "params")?);
    let class = Value::Class(vm.class_of(&args[0]));
    vm.call(&class, Args::new([sql, args[1].clone()]).keyword("params", params))
}

/// A parameter whose field is not known, in the form that the database takes: moments become text.
fn adapt(vm: &mut Vm, value: &Value) -> PyResult<Datum> {
    let datum = to_datum(vm, value)?;
    let kind = match datum {
        Datum::DateTime(_) => FieldKind::DateTime,
        Datum::Date(_) => FieldKind::Date,
        Datum::Time(_) => FieldKind::Time,
        Datum::Decimal(_) => return Ok(datum),
        _ => return Ok(datum),
    };
    orm(vm, || Field::of_kind(kind).get_db_prep_value(&datum, true))
}

/// Runs the statement and keeps its result.
fn execute(vm: &mut Vm, query: &Value) -> PyResult<Rc<ResultSet>> {
    let using = vm.get_attr(query, "using")?;
    let using = vm.to_str(&using)?;
    let database = database(vm, &using)?;
    let held = vm.get_attr(query, "sql")?;
    let sql = vm.to_str(&held)?;
    let params = vm.get_attr(query, "params")?;
    if held.as_str().is_none() {
        // The statement is logged before anybody looks at it.
        let noted = if params.is_none() { NotedParams::None } else { NotedParams::List(Vec::new()) };
        database.log_refused(vm, &sql, noted);
        let text = match vm.type_name(&held).as_str() {
            _ if params.is_none() => {
                let kind = crate::django::connections::c_type_name(vm, &held);
                format!("execute() argument 1 must be str, not {kind}")
            }
            "bytes" | "bytearray" => "cannot use a string pattern on a bytes-like object".to_owned(),
            kind => format!("expected string or bytes-like object, got '{kind}'"),
        };
        return Err(vm.type_error(text));
    }
    let noted = if params.is_none() {
        NotedParams::None
    } else if let Some(dict) = params.as_dict() {
        let mut noted = Vec::new();
        for (name, value) in dict.str_items() {
            noted.push((name.to_string(), adapt(vm, &value)?));
        }
        NotedParams::Named(noted)
    } else {
        let mut noted = Vec::new();
        for value in vm.list_from(&params)? {
            noted.push(adapt(vm, &value)?);
        }
        NotedParams::List(noted)
    };
    let result = Rc::new(database.run_noted(vm, &sql, noted)?);
    *vm.payload::<RawQueryPayload>(query)?.result.borrow_mut() = Some(result.clone());
    Ok(result)
}

/// The names of the result's columns; the statement is run where that was not done yet.
fn query_columns(vm: &mut Vm, query: &Value) -> PyResult<Vec<String>> {
    let known = vm.payload::<RawQueryPayload>(query)?.result.borrow().clone();
    let result = match known {
        Some(result) => result,
        None => execute(vm, query)?,
    };
    if result.columns.is_empty() {
        return Err(vm.type_error("'NoneType' object is not iterable"));
    }
    Ok(result.columns.iter().map(|column| column.name.clone()).collect())
}

/// `RawQuerySet`
pub fn raw_queryset_class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("RawQuerySet")
        .module("django.db.models.query")
        .method(
            "__init__",
            "self, raw_query, model=None, query=None, params=(), translations=None, using=None, hints=None",
            init,
        )
        .method("prefetch_related", "self, *lookups", |vm, args| {
            let made = vm.call_method(&args[0], "_clone", ())?;
            let given = args.rest(1).to_vec();
            let lookups = if let [Value::None] = given.as_slice() {
                Vec::new()
            } else {
                let held = vm.get_attr(&made, "_prefetch_related_lookups")?;
                let mut lookups = vm.list_from(&held)?;
                lookups.extend(given);
                lookups
            };
            vm.set_attr(&made, "_prefetch_related_lookups", Value::tuple(lookups))?;
            Ok(made)
        })
        .method("_clone", "self", |vm, args| {
            let this = &args[0];
            let query = vm.get_attr(this, "query")?;
            let using = vm.get_attr(this, "_db")?;
            let made = derived(vm, this, query, using)?;
            let lookups = vm.get_attr(this, "_prefetch_related_lookups")?;
            vm.set_attr(&made, "_prefetch_related_lookups", lookups)?;
            Ok(made)
        })
        .method("using", "self, alias", |vm, args| {
            let query = vm.get_attr(&args[0], "query")?;
            let query = vm.call_method(&query, "chain", Args::none().keyword("using", args[1].clone()))?;
            derived(vm, &args[0], query, args[1].clone())
        })
        .method("_fetch_all", "self", |vm, args| {
            fetched(vm, &args[0])?;
            Ok(Value::None)
        })
        .method("__len__", "self", |vm, args| Ok(fetched(vm, &args[0])?.len().into()))
        .method("__bool__", "self", |vm, args| Ok((!fetched(vm, &args[0])?.is_empty()).into()))
        .method("__aiter__", "self", |vm, args| Ok(crate::django::async_twins::async_iter(vm, args[0].clone())))
        .method("__iter__", "self", |vm, args| {
            let rows = fetched(vm, &args[0])?;
            vm.iter(&Value::List(rows))
        })
        .method("iterator", "self", |vm, args| {
            let source = args[0].clone();
            let mut rows: Option<std::vec::IntoIter<Value>> = None;
            Ok(vm.native_generator("RawQuerySet.iterator", move |vm| {
                if rows.is_none() {
                    rows = Some(instances(vm, &source)?.into_iter());
                }
                Ok(rows.as_mut().and_then(Iterator::next))
            }))
        })
        .method("__repr__", "self", |vm, args| {
            let query = vm.get_attr(&args[0], "query")?;
            let shown = vm.to_str(&query)?;
            Ok(format!("<{}: {shown}>", vm.type_name(&args[0])).into())
        })
        .method("__getitem__", "self, k", |vm, args| {
            let rows = Value::list(fetched(vm, &args[0])?.to_vec());
            vm.call_method(&rows, "__getitem__", [args[1].clone()])
        })
        .property("db", |vm, args| {
            let held = vm.get_attr(&args[0], "_db")?;
            Ok(if vm.truth(&held)? { held } else { Value::str("default") })
        })
        .property("columns", |vm, args| {
            let columns = columns(vm, &args[0])?;
            Ok(Value::list(columns.into_iter().map(Value::from).collect::<Vec<_>>()))
        })
        .property("model_fields", |vm, args| {
            let dict = Dict::new();
            for (column, field) in model_fields(vm, &args[0])? {
                let object = Django::of(vm).object_of(&field).unwrap_or(Value::None);
                dict.set_str(&*column, object);
            }
            Ok(Value::Dict(Rc::new(dict)))
        })
        .method("resolve_model_init_order", "self", |vm, args| {
            let plan = plan(vm, &args[0])?;
            let names: Vec<Value> = plan.fields.iter().map(|(field, _)| Value::str(&*field.attname)).collect();
            let order: Vec<Value> = plan.fields.iter().map(|(_, at)| (*at).into()).collect();
            let extra: Vec<Value> = plan
                .annotations
                .iter()
                .map(|(name, at)| Value::tuple(vec![Value::Str(name.clone()), (*at).into()]))
                .collect();
            Ok(Value::tuple(vec![Value::list(names), Value::list(order), Value::list(extra)]))
        })
        .build(vm)
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let Some(instance) = this.as_instance() else { return Ok(Value::None) };
    instance.set("raw_query", args[1].clone());
    instance.set("model", args[2].clone());
    instance.set("_db", args[6].clone());
    let or_empty = |vm: &mut Vm, value: &Value| -> PyResult {
        Ok(if vm.truth(value)? { value.clone() } else { Value::Dict(Rc::new(Dict::new())) })
    };
    instance.set("_hints", or_empty(vm, &args[7])?);
    let query = if vm.truth(&args[3])? {
        args[3].clone()
    } else {
        let class = Value::Class(Django::of(vm).classes().raw_query.clone());
        let db = vm.get_attr(&this, "db")?;
        let call = Args::none().keyword("sql", args[1].clone()).keyword("using", db).keyword("params", args[4].clone());
        vm.call(&class, call)?
    };
    instance.set("query", query);
    instance.set("params", args[4].clone());
    instance.set("translations", or_empty(vm, &args[5])?);
    instance.set("_result_cache", Value::None);
    instance.set("_prefetch_related_lookups", Value::tuple(Vec::new()));
    instance.set("_prefetch_done", false);
    Ok(Value::None)
}

/// Another raw queryset over the same statement.
fn derived(vm: &mut Vm, this: &Value, query: Value, using: Value) -> PyResult {
    let class = Value::Class(vm.class_of(this));
    let raw_query = vm.get_attr(this, "raw_query")?;
    let mut call = Args::new([raw_query]).keyword("query", query).keyword("using", using);
    for name in ["model", "params", "translations"] {
        let value = vm.get_attr(this, name)?;
        call = call.keyword(name, value);
    }
    vm.call(&class, call)
}

/// The instances, made once, with what was asked to be prefetched.
fn fetched(vm: &mut Vm, this: &Value) -> PyResult<Rc<List>> {
    let held = vm.get_attr(this, "_result_cache")?;
    let rows = match held.as_list() {
        Some(rows) => rows.clone(),
        None => {
            let rows = Rc::new(List::new(instances(vm, this)?));
            vm.set_attr(this, "_result_cache", Value::List(rows.clone()))?;
            rows
        }
    };
    let lookups = vm.get_attr(this, "_prefetch_related_lookups")?;
    let done = vm.get_attr(this, "_prefetch_done")?;
    if !vm.truth(&done)? && vm.truth(&lookups)? {
        let lookups = vm.list_from(&lookups)?;
        prefetch::prefetch_objects(vm, &rows.to_vec(), lookups)?;
        vm.set_attr(this, "_prefetch_done", true)?;
    }
    Ok(rows)
}

/// The columns' names, translated; worked out once.
fn columns(vm: &mut Vm, this: &Value) -> PyResult<Vec<String>> {
    const KEY: &str = "_ormdojo_columns";
    if let Some(known) = this.as_instance().and_then(|instance| instance.get(&Str::interned(KEY))) {
        let names = vm.list_from(&known)?;
        return names.iter().map(|name| Ok(vm.to_str(name)?.to_string())).collect();
    }
    let query = vm.get_attr(this, "query")?;
    let mut names = query_columns(vm, &query)?;
    let translations = vm.get_attr(this, "translations")?;
    if let Some(dict) = translations.as_dict().cloned() {
        for (from, to) in dict.str_items() {
            if let Some(at) = names.iter().position(|name| **name == *from) {
                names[at] = vm.to_str(&to)?.to_string();
            }
        }
    }
    if let Some(instance) = this.as_instance() {
        instance.set(KEY, Value::tuple(names.iter().map(|name| Value::str(name.as_str())).collect::<Vec<_>>()));
    }
    Ok(names)
}

fn model_class(vm: &mut Vm, this: &Value) -> PyResult<(Rc<Class>, crate::orm::models::Model)> {
    let class = vm.get_attr(this, "model")?;
    match class.as_class().map(|class| (class.clone(), model_of(class))) {
        Some((class, Some(model))) => Ok((class, model)),
        _ => Err(vm.type_error("the raw queryset has no model")),
    }
}

/// The model's fields by column.
fn model_fields(vm: &mut Vm, this: &Value) -> PyResult<Vec<(Rc<str>, Field)>> {
    let (_, model) = model_class(vm, this)?;
    Ok(model.fields().iter().filter_map(|field| field.column.clone().map(|column| (column, field.clone()))).collect())
}

/// Where the values of an instance stand in a row.
struct Plan {
    fields: Vec<(Field, usize)>,
    annotations: Vec<(Str, usize)>,
    /// The field of each column, for its way back from the database.
    by_column: Vec<Option<Field>>,
}

fn plan(vm: &mut Vm, this: &Value) -> PyResult<Plan> {
    let columns = columns(vm, this)?;
    let known = model_fields(vm, this)?;
    let fields = known
        .iter()
        .filter_map(|(column, field)| Some((field.clone(), columns.iter().position(|name| **name == **column)?)))
        .collect();
    let mut annotations = Vec::new();
    let mut by_column = Vec::with_capacity(columns.len());
    for (at, name) in columns.iter().enumerate() {
        let field = known.iter().find(|(column, _)| **column == **name).map(|(_, field)| field.clone());
        if field.is_none() {
            annotations.push((Str::interned(name), at));
        }
        by_column.push(field);
    }
    Ok(Plan { fields, annotations, by_column })
}

/// Runs the statement and makes an instance of each row.
fn instances(vm: &mut Vm, this: &Value) -> PyResult<Vec<Value>> {
    let query = vm.get_attr(this, "query")?;
    let result = execute(vm, &query)?;
    let plan = plan(vm, this)?;
    let (class, model) = model_class(vm, this)?;
    // A key of several columns is never among the columns itself, and Django asks for nothing else.
    let pk = orm(vm, || model.pk())?;
    if !plan.fields.iter().any(|(field, _)| field.attname == pk.attname) {
        let class = Django::of(vm).errors.field_does_not_exist.clone();
        return Err(raise_class(vm, &class, "Raw query must include the primary key"));
    }
    let converters: Vec<Vec<Converter>> = orm(vm, || {
        plan.by_column
            .iter()
            .map(|field| match field {
                Some(field) => Converter::for_expression(&field.col(Some(field.require_model()?.db_table()))?),
                None => Ok(Vec::new()),
            })
            .collect()
    })?;
    let alias = vm.get_attr(this, "db")?;
    let names: Vec<Value> = plan.fields.iter().map(|(field, _)| Value::str(&*field.attname)).collect();
    let annotated: Rc<[Str]> = plan.annotations.iter().map(|(name, _)| name.clone()).collect();
    let class = Value::Class(class);
    let mut objects = Vec::with_capacity(result.rows.len());
    for row in &result.rows {
        vm.tick()?;
        let mut values = Vec::with_capacity(row.len());
        for (at, value) in row.iter().enumerate() {
            let steps = converters.get(at).map_or(&[][..], Vec::as_slice);
            values.push(match result.columns.get(at) {
                Some(column) if steps.is_empty() => from_column(vm, column, value.clone())?,
                _ => convert(vm, value, steps)?,
            });
        }
        let given: Vec<Value> =
            plan.fields.iter().map(|(_, at)| values.get(*at).cloned().unwrap_or(Value::None)).collect();
        let call = [alias.clone(), Value::list(names.clone()), Value::list(given)];
        let made = vm.call_method(&class, "from_db", call)?;
        for (name, at) in &plan.annotations {
            vm.set_attr_str(&made, name, values.get(*at).cloned().unwrap_or(Value::None))?;
        }
        if let Some(held) = made.as_instance().and_then(|instance| instance.get(&Str::interned("_state")))
            && let Some(state) = held.payload::<StatePayload>()
        {
            *state.annotations.borrow_mut() = annotated.clone();
        }
        objects.push(made);
    }
    Ok(objects)
}

fn convert(vm: &mut Vm, value: &SqlValue, steps: &[Converter]) -> PyResult {
    let plain = from_sql(value.clone());
    let datum = if steps.is_empty() {
        plain
    } else {
        orm(vm, || steps.iter().try_fold(plain, |datum, step| -> OrmResult<Datum> { step.convert(datum) }))?
    };
    from_datum(vm, &datum)
}

/// Whether a value is a raw queryset.
pub fn is_raw(vm: &mut Vm, value: &Value) -> bool {
    let class = Django::of(vm).classes().raw_queryset.clone();
    value.as_instance().is_some_and(|instance| instance.class().derives_from(&class))
}
