//! What the schema editor, which is written in Python, needs of the machinery: `_django_editor`.

use std::rc::Rc;

use crate::orm::migrations::editor::{Given, SchemaEditor};
use crate::orm::models::{Field, Meta, Model};
use crate::orm::schema::{self, Deferred};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Module, PyResult, Value};
use crate::python::vm::Vm;

use super::constraints::{read_constraints, read_indexes};
use super::convert::to_datum;
use super::fields;
use super::migrations::DjangoHost;
use super::models::model_of_value;
use super::state::{Django, orm};

fn model(vm: &mut Vm, value: &Value) -> PyResult<Model> {
    match model_of_value(value) {
        Some(model) => Ok(model),
        None => {
            let given = vm.type_name(value);
            Err(vm.raise(Kind::AttributeError, format!("'{given}' object has no attribute '_meta'")))
        }
    }
}

/// A statement for later as Python keeps it: its parts, and its text.
fn kept(statement: &Deferred) -> Value {
    let columns: Vec<Value> = statement.columns.iter().map(|column| Value::str(&**column)).collect();
    let parts = Value::tuple(vec![
        Value::Bool(statement.unique),
        Value::str(&*statement.table),
        Value::tuple(columns),
        statement.name.as_deref().map_or(Value::None, Value::from),
        Value::from(statement.list.clone()),
        Value::from(statement.condition.clone()),
    ]);
    Value::tuple(vec![parts, Value::from(statement.sql())])
}

/// The same read back.
fn read_kept(vm: &mut Vm, parts: &Value) -> PyResult<Deferred> {
    let Some([unique, table, columns, name, list, condition]) = parts.as_tuple() else {
        return Err(vm.type_error("a statement for later has six parts"));
    };
    let text = |vm: &mut Vm, value: &Value| -> PyResult<Rc<str>> { Ok(vm.to_str(value)?.as_str().into()) };
    let mut known = Vec::new();
    for column in vm.list_from(columns)? {
        known.push(text(vm, &column)?);
    }
    Ok(Deferred {
        unique: vm.truth(unique)?,
        table: text(vm, table)?,
        columns: known,
        name: if name.is_none() { None } else { Some(text(vm, name)?) },
        list: text(vm, list)?.to_string(),
        condition: text(vm, condition)?.to_string(),
    })
}

/// The ORM's field of a field object. One that has only a name joins a model beside `model`, which nothing else knows.
fn field(vm: &mut Vm, host: &DjangoHost, model: &Model, object: &Value) -> PyResult<Field> {
    if let Some(field) = fields::bound(object).filter(|field| field.model().is_some()) {
        return Ok(field);
    }
    let name = vm.get_attr(object, "name")?;
    if name.is_none() {
        let given = vm.type_name(object);
        return Err(vm.raise(Kind::AttributeError, format!("'{given}' object has no attribute 'column'")));
    }
    let name = vm.to_str(&name)?;
    let data = fields::field_data(vm, object, &name)?;
    let meta = model.meta();
    let meta = Meta { app_label: meta.app_label.clone(), db_table: meta.db_table.clone(), ..Meta::default() };
    let field = Model::new(&host.registry(), &model.name, meta).add_field(data);
    Django::of(vm).set_object_of(&field, object);
    Ok(field)
}

/// `edit(action, deferred, model, one, other)`: a method of the editor by its name. Gives the statements to send now, and
/// those for later.
fn edit(vm: &mut Vm, args: Args) -> PyResult {
    let action = vm.to_str(&args[0])?;
    let mut deferred = Vec::new();
    for parts in vm.list_from(&args[1])? {
        deferred.push(read_kept(vm, &parts)?);
    }
    let model = model(vm, &args[2])?;
    let host = DjangoHost::new(vm, "");
    let mut editor = SchemaEditor::resume(&host, deferred);
    match action.as_str() {
        "create_model" => orm(vm, || editor.create_model(&model))?,
        "delete_model" => editor.delete_model(&model),
        "alter_db_table" => {
            let (old, new) = (vm.to_str(&args[3])?, vm.to_str(&args[4])?);
            editor.alter_db_table(&old, &new.as_str().into());
        }
        "add_field" | "remove_field" => {
            let field = field(vm, &host, &model, &args[3])?;
            let between = field.relation.as_ref().and_then(|relation| relation.through_model());
            if field.is_many_to_many() && between.is_none() {
                return Err(vm.raise(Kind::AttributeError, "'NoneType' object has no attribute '_meta'"));
            }
            orm(vm, || match action.as_str() {
                "add_field" => editor.add_field(&model, &Given::plain(&field)),
                _ => editor.remove_field(&model, &field),
            })?;
        }
        "alter_field" => {
            let (old, new) = (field(vm, &host, &model, &args[3])?, field(vm, &host, &model, &args[4])?);
            orm(vm, || editor.alter_field(&model, &old, &Given::plain(&new)))?;
        }
        "add_index" | "remove_index" => {
            let read = read_indexes(vm, &Value::list(vec![args[3].clone()]))?;
            for index in &read {
                orm(vm, || match action.as_str() {
                    "add_index" => editor.add_index(&model, index),
                    _ => {
                        editor.remove_index(&model, &index.name);
                        Ok(())
                    }
                })?;
            }
        }
        "add_constraint" | "remove_constraint" => {
            let read = read_constraints(vm, &Value::list(vec![args[3].clone()]))?;
            for constraint in &read {
                orm(vm, || match action.as_str() {
                    "add_constraint" => editor.add_constraint(&model, constraint),
                    _ => editor.remove_constraint(&model, constraint),
                })?;
            }
        }
        "add_unique" => {
            let mut group: Vec<Rc<str>> = Vec::new();
            for name in vm.list_from(&args[3])? {
                group.push(vm.to_str(&name)?.as_str().into());
            }
            orm(vm, || editor.alter_unique_together(&model, &[], &[group]))?;
        }
        other => return Err(vm.unsupported(format!("schema_editor().{other}()"))),
    }
    let (statements, deferred) = editor.into_parts();
    let statements: Vec<Value> = statements.into_iter().map(Value::from).collect();
    let later: Vec<Value> = deferred.iter().map(kept).collect();
    Ok(Value::tuple(vec![Value::list(statements), Value::list(later)]))
}

/// `_django_editor`
pub fn kernel(_: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(module
        .function("edit", "action, deferred, model, one=None, other=None", edit)
        .function("unique_name", "table, columns", |vm, args| {
            let table = vm.to_str(&args[0])?;
            let mut columns = Vec::new();
            for column in vm.list_from(&args[1])? {
                columns.push(vm.to_str(&column)?);
            }
            let columns: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
            Ok(schema::create_index_name(&table, &columns, "_uniq").into())
        })
        .function("effective_default", "field", |vm, args| {
            let known = fields::bound(&args[0]);
            let field = match known {
                Some(field) => field,
                None => fields::output_field(vm, &args[0])?,
            };
            super::migrations::default_value(vm, &field, None)
        })
        .function("quote_value", "value", |vm, args| {
            let value = to_datum(vm, &args[0])?;
            Ok(orm(vm, || schema::literal(&value))?.into())
        }))
}
