//! `connection.cursor()`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::db::{Column, Params, ResultSet, SqlValue};
use crate::django::convert::{from_datum, to_datum};
use crate::django::state::{Django, raise_class};
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::adapt::from_sql;
use super::{Database, NotedParams, wrappers};

/// What a cursor holds.
pub struct CursorPayload {
    database: Rc<Database>,
    columns: RefCell<Vec<Column>>,
    rows: RefCell<std::collections::VecDeque<Vec<SqlValue>>>,
    rowcount: Cell<i64>,
    lastrowid: Cell<Option<i64>>,
    arraysize: Cell<i64>,
    closed: Cell<bool>,
}

/// The class, made on first use.
struct CursorClass(Rc<Class>);

/// A cursor of a database.
pub fn new(vm: &mut Vm, database: &Rc<Database>) -> Value {
    let class = match vm.host::<CursorClass>() {
        Some(known) => known.0.clone(),
        None => {
            let made = class(vm);
            vm.set_host(Rc::new(CursorClass(made.clone())));
            made
        }
    };
    let payload = CursorPayload {
        database: database.clone(),
        columns: RefCell::default(),
        rows: RefCell::default(),
        rowcount: Cell::new(-1),
        lastrowid: Cell::new(None),
        arraysize: Cell::new(1),
        closed: Cell::new(false),
    };
    Instance::native(class, payload).into()
}

/// Reads the parameters of a call: a sequence, or a mapping.
pub(super) fn given(vm: &mut Vm, params: &Value) -> PyResult<NotedParams> {
    if let Some(dict) = params.as_dict() {
        let mut noted = Vec::new();
        for (key, value) in dict.items() {
            let name = vm.to_str(&key)?.to_string();
            noted.push((name, to_datum(vm, &value)?));
        }
        return Ok(NotedParams::Named(noted));
    }
    let is_sequence = {
        let class = vm.class_of(params);
        class.lookup(&Str::interned("__getitem__")).is_some() && class.lookup(&Str::interned("__len__")).is_some()
    };
    if !is_sequence {
        let class = Django::of(vm).errors.programming_error.clone();
        let raised = raise_class(vm, &class, "parameters are of unsupported type");
        return Err(super::driver::caused(vm, raised));
    }
    let mut data = Vec::new();
    for value in vm.list_from(params)? {
        data.push(to_datum(vm, &value)?);
    }
    Ok(NotedParams::List(data))
}

fn payload<'a>(vm: &mut Vm, args: &'a Args) -> PyResult<&'a CursorPayload> {
    let payload = vm.payload::<CursorPayload>(&args[0])?;
    if payload.closed.get() {
        let class = Django::of(vm).errors.programming_error.clone();
        return Err(raise_class(vm, &class, "Cannot operate on a closed cursor."));
    }
    Ok(payload)
}

fn execute_with(vm: &mut Vm, args: &Args, many: bool) -> PyResult {
    let database = vm.payload::<CursorPayload>(&args[0])?.database.clone();
    let sql = args[1].clone();
    if let Some(text) = sql.as_str()
        && vm.payload::<CursorPayload>(&args[0])?.closed.get()
    {
        database.note(vm, NotedParams::None);
        database.connection.log_refused(text, &Params::None);
    }
    payload(vm, args)?;
    if sql.as_str().is_none() {
        let given = if sql.is_none() { "None".into() } else { vm.type_name(&sql) };
        return Err(vm.type_error(format!("execute() argument 1 must be str, not {given}")));
    }
    if database.wrappers.borrow().is_empty() {
        let text = vm.to_str(&sql)?;
        let result = wrappers::execute(vm, &database, &text, &args[2], many)?;
        keep(vm, &args[0], result)?;
        return Ok(args[0].clone());
    }
    let kept: Rc<RefCell<Option<ResultSet>>> = Rc::default();
    let given = wrappers::run(vm, &database, &args[0], sql, args[2].clone(), many, &kept)?;
    let result = kept.borrow_mut().take();
    if let Some(result) = result {
        keep(vm, &args[0], result)?;
    }
    Ok(given)
}

fn keep(vm: &mut Vm, cursor: &Value, result: ResultSet) -> PyResult<()> {
    let payload = vm.payload::<CursorPayload>(cursor)?;
    *payload.columns.borrow_mut() = result.columns;
    *payload.rows.borrow_mut() = result.rows.into();
    payload.rowcount.set(result.rowcount);
    if result.lastrowid.is_some() {
        payload.lastrowid.set(result.lastrowid);
    }
    Ok(())
}

fn next_row(vm: &mut Vm, args: &Args) -> PyResult<Option<Value>> {
    let payload = payload(vm, args)?;
    let Some(row) = payload.rows.borrow_mut().pop_front() else { return Ok(None) };
    let columns = payload.columns.borrow().clone();
    let mut values = Vec::with_capacity(row.len());
    for (at, value) in row.into_iter().enumerate() {
        values.push(match columns.get(at) {
            Some(column) => from_column(vm, column, value)?,
            None => from_datum(vm, &from_sql(value))?,
        });
    }
    Ok(Some(Value::tuple(values)))
}

/// A value of a raw statement, converted by its column's declared type as the driver does.
pub fn from_column(vm: &mut Vm, column: &Column, value: SqlValue) -> PyResult {
    if value.is_null() {
        return Ok(Value::None);
    }
    let text = value.to_string();
    for name in column.converter_names() {
        return match name.as_str() {
            "bool" => Ok(Value::Bool(text == "1")),
            "date" => parsed(vm, "parse_date", "date", &text),
            "time" => parsed(vm, "parse_time", "time", &text),
            "datetime" | "timestamp" => parsed(vm, "parse_datetime", "datetime", &text),
            _ => continue,
        };
    }
    from_datum(vm, &from_sql(value))
}

/// `django.utils.dateparse` on text as SQLite holds it: what does not look like a moment is `None`, what looks like one
/// and is none is a `ValueError`.
fn parsed(vm: &mut Vm, function: &str, class: &str, text: &str) -> PyResult {
    let module = vm.import_module("datetime")?;
    let class = vm.get_attr(&module, class)?;
    match vm.call_method(&class, "fromisoformat", [Value::str(text)]) {
        Err(raised) if raised.is(vm.exceptions.get(Kind::ValueError)) => {
            let lenient = vm.import_module("django.utils.dateparse")?;
            vm.call_method(&lenient, function, [Value::str(text)])
        }
        other => other,
    }
}

fn fetch(vm: &mut Vm, args: &Args, limit: usize) -> PyResult {
    let mut rows = Vec::new();
    while rows.len() < limit {
        match next_row(vm, args)? {
            Some(row) => rows.push(row),
            None => break,
        }
    }
    Ok(Value::list(rows))
}

fn class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("CursorDebugWrapper")
        .module("django.db.backends.utils")
        .native_layout("CursorDebugWrapper")
        .method("execute", "self, sql, params=None", |vm, args| execute_with(vm, &args, false))
        .method("executemany", "self, sql, param_list", |vm, args| execute_with(vm, &args, true))
        .method("callproc", "self, procname, params=None, kparams=None", |vm, args| {
            if args.some(3).is_some() {
                let class = Django::of(vm).errors.not_supported_error.clone();
                let text = "Keyword parameters for callproc are not supported on this database backend.";
                return Err(raise_class(vm, &class, text));
            }
            let database = payload(vm, &args)?.database.clone();
            database.validate_no_broken_transaction(vm)?;
            Err(vm.raise(Kind::AttributeError, "'SQLiteCursorWrapper' object has no attribute 'callproc'"))
        })
        .method("fetchone", "self", |vm, args| Ok(next_row(vm, &args)?.unwrap_or(Value::None)))
        .method("fetchmany", "self, size=?", |vm, args| {
            let size = match args.get(1) {
                Some(size) => vm.index_i64(size)?,
                None => payload(vm, &args)?.arraysize.get(),
            };
            fetch(vm, &args, usize::try_from(size).unwrap_or(0))
        })
        .method("fetchall", "self", |vm, args| fetch(vm, &args, usize::MAX))
        .method("close", "self", |vm, args| {
            vm.payload::<CursorPayload>(&args[0])?.closed.set(true);
            Ok(Value::None)
        })
        .method("__enter__", "self", |_, args| Ok(args[0].clone()))
        .method("__exit__", "self, type, value, traceback", |vm, args| {
            vm.payload::<CursorPayload>(&args[0])?.closed.set(true);
            Ok(Value::None)
        })
        .method("__iter__", "self", |vm, args| {
            let this = args[0].clone();
            let class = vm.types.generator.clone();
            Ok(vm.native_iter(&class, move |vm| next_row(vm, &Args::new([this.clone()]))))
        })
        .method("__next__", "self", |vm, args| match next_row(vm, &args)? {
            Some(row) => Ok(row),
            None => Err(vm.raise(Kind::StopIteration, "")),
        })
        .property("description", |vm, args| {
            let columns = payload(vm, &args)?.columns.borrow().clone();
            if columns.is_empty() {
                return Ok(Value::None);
            }
            let described = columns.into_iter().map(|column| {
                let mut parts = vec![Value::from(column.name)];
                parts.resize(7, Value::None);
                Value::tuple(parts)
            });
            Ok(Value::tuple(described.collect::<Vec<_>>()))
        })
        .property("rowcount", |vm, args| {
            let payload = payload(vm, &args)?;
            // Changes that give rows are counted when the last of them is fetched.
            let ahead = payload.rowcount.get() > 0 && !payload.rows.borrow().is_empty();
            Ok(if ahead { Value::Int(0) } else { payload.rowcount.get().into() })
        })
        .property("lastrowid", |vm, args| Ok(payload(vm, &args)?.lastrowid.get().map_or(Value::None, Value::Int)))
        .property_mut(
            "arraysize",
            |vm, args| Ok(payload(vm, &args)?.arraysize.get().into()),
            |vm, args| {
                let size = vm.index_i64(&args[1])?;
                payload(vm, &args)?.arraysize.set(size);
                Ok(Value::None)
            },
        )
        .method("__getattr__", "self, name", |vm, args| {
            let name = vm.to_str(&args[1])?;
            Err(vm.raise(Kind::AttributeError, format!("'SQLiteCursorWrapper' object has no attribute '{name}'")))
        })
        .property("db", |vm, args| {
            let database = vm.payload::<CursorPayload>(&args[0])?.database.clone();
            Ok(super::object::of(vm, &database))
        })
        .property("connection", |vm, args| {
            let database = vm.payload::<CursorPayload>(&args[0])?.database.clone();
            Ok(super::object::of(vm, &database))
        })
        .property("cursor", |_, args| Ok(args[0].clone()))
        .build(vm)
}
