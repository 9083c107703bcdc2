//! `connection.introspection`: which tables there are, and what they hold.

use std::rc::Rc;

use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;

use super::Database;

struct IntrospectionPayload(Rc<Database>);

struct IntrospectionClasses {
    introspection: Rc<Class>,
    table: Value,
    field: Value,
}

fn named(vm: &mut Vm, name: &str, fields: &[&str]) -> PyResult {
    let collections = vm.import_module("collections")?;
    let fields: Vec<Value> = fields.iter().map(|name| Value::str(*name)).collect();
    vm.call_method(&collections, "namedtuple", [Value::str(name), Value::list(fields)])
}

fn classes(vm: &mut Vm) -> PyResult<Rc<IntrospectionClasses>> {
    if let Some(known) = vm.host::<IntrospectionClasses>() {
        return Ok(known);
    }
    let table = named(vm, "TableInfo", &["name", "type"])?;
    let names = [
        "name",
        "type_code",
        "display_size",
        "internal_size",
        "precision",
        "scale",
        "null_ok",
        "default",
        "collation",
        "pk",
        "has_json_constraint",
    ];
    let field = named(vm, "FieldInfo", &names)?;
    let introspection = ClassBuilder::new("DatabaseIntrospection")
        .module("django.db.backends.sqlite3.introspection")
        .native_layout("DatabaseIntrospection")
        .method("table_names", "self, cursor=None, include_views=False", |vm, args| {
            let views = vm.truth(&args[2])?;
            let mut names: Vec<String> = tables(vm, &args)?
                .into_iter()
                .filter(|(_, kind)| views || kind == "table")
                .map(|(name, _)| name)
                .collect();
            names.sort();
            Ok(Value::list(names.into_iter().map(Value::from).collect::<Vec<_>>()))
        })
        .method("get_table_list", "self, cursor", |vm, args| {
            let mut all = Vec::new();
            let class = classes(vm)?.table.clone();
            for (name, kind) in tables(vm, &args)? {
                let kind = if kind == "view" { "v" } else { "t" };
                all.push(vm.call(&class, [Value::from(name), Value::str(kind)])?);
            }
            Ok(Value::list(all))
        })
        .method("get_table_description", "self, cursor, table_name", description)
        .method("identifier_converter", "self, name", |_, args| Ok(args[1].clone()))
        .method("get_sequences", "self, cursor, table_name, table_fields=()", |vm, args| {
            let database = vm.payload::<IntrospectionPayload>(&args[0])?.0.clone();
            let name = vm.to_str(&args[2])?;
            let info = database.run_bare(vm, &format!("PRAGMA table_info(\"{name}\")"))?;
            let key = info.rows.iter().find(|row| row.get(5).is_some_and(|pk| pk.to_string() != "0"));
            let Some(column) = key.and_then(|row| row.get(1)).map(ToString::to_string) else {
                return Ok(Value::list(Vec::new()));
            };
            let dict = crate::python::object::Dict::new();
            dict.set_str("table", Value::Str(name));
            dict.set_str("column", column);
            Ok(Value::list(vec![Value::Dict(Rc::new(dict))]))
        })
        .build(vm);
    let made = Rc::new(IntrospectionClasses { introspection, table, field });
    vm.set_host(made.clone());
    Ok(made)
}

fn tables(vm: &mut Vm, args: &Args) -> PyResult<Vec<(String, String)>> {
    let database = vm.payload::<IntrospectionPayload>(&args[0])?.0.clone();
    let sql = "\n            SELECT name, type FROM sqlite_master\n            WHERE type in ('table', 'view') AND NOT \
               name='sqlite_sequence'\n            ORDER BY name";
    let result = database.run_bare(vm, sql)?;
    Ok(result.rows.iter().filter_map(|row| Some((row.first()?.to_string(), row.get(1)?.to_string()))).collect())
}

fn description(vm: &mut Vm, args: Args) -> PyResult {
    let database = vm.payload::<IntrospectionPayload>(&args[0])?.0.clone();
    let name = vm.to_str(&args[2])?;
    let info = database.run_bare(vm, &format!("PRAGMA table_xinfo(\"{name}\")"))?;
    if info.rows.is_empty() {
        let class = crate::django::state::Django::of(vm).errors.database_error.clone();
        return Err(crate::django::state::raise_class(
            vm,
            &class,
            format!("Table {name} does not exist (empty pragma)."),
        ));
    }
    let class = classes(vm)?.field.clone();
    let mut all = Vec::with_capacity(info.rows.len());
    for row in &info.rows {
        let text = |at: usize| row.get(at).filter(|value| !value.is_null()).map(ToString::to_string);
        let kind = text(2).unwrap_or_default();
        let size = kind
            .split_once('(')
            .and_then(|(_, rest)| rest.trim_end_matches(')').parse::<i64>().ok())
            .map_or(Value::None, Value::Int);
        let parts = vec![
            Value::from(text(1).unwrap_or_default()),
            Value::from(kind),
            size.clone(),
            size,
            Value::None,
            Value::None,
            Value::Bool(text(3).as_deref() == Some("0")),
            text(4).map_or(Value::None, Value::from),
            Value::None,
            Value::Bool(text(5).as_deref() == Some("1")),
            Value::Bool(false),
        ];
        all.push(vm.call(&class, parts)?);
    }
    Ok(Value::list(all))
}

/// The object of a database; `None` while its helper classes cannot be made.
pub(super) fn object(vm: &mut Vm, database: &Rc<Database>) -> Value {
    match classes(vm) {
        Ok(classes) => Instance::native(classes.introspection.clone(), IntrospectionPayload(database.clone())).into(),
        Err(_) => Value::None,
    }
}
