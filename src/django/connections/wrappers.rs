//! `execute_wrapper`: functions around every statement.

use std::cell::RefCell;
use std::rc::Rc;

use crate::db::{LoggedParams, Params, ResultSet};
use crate::django::convert::from_datum;
use crate::orm::Datum;
use crate::python::object::{Args, Binding, Dict, NativeCode, NativeFunction, PyResult, Value};
use crate::python::vm::Vm;

use super::adapt::sent;
use super::cursor;
use super::{Database, NotedParams};

/// Runs a statement of the ORM's through the wrappers.
pub(super) fn send(vm: &mut Vm, database: &Database, sql: &str, noted: &NotedParams) -> PyResult<ResultSet> {
    let params = values(vm, noted)?;
    let database = super::database(vm, &database.alias.clone())?;
    let cursor = cursor::new(vm, &database);
    let kept: Rc<RefCell<Option<ResultSet>>> = Rc::default();
    run(vm, &database, &cursor, Value::str(sql), params, false, &kept)?;
    let result = kept.borrow_mut().take();
    Ok(result.unwrap_or_default())
}

/// A prepared parameter as Python value: bytes go to the driver as a view of them.
fn as_handed_over(vm: &mut Vm, datum: &Datum) -> PyResult {
    let value = from_datum(vm, datum)?;
    if matches!(datum, Datum::Bytes(_)) {
        let view = Value::Class(vm.types.memoryview.clone());
        return vm.call(&view, [value]);
    }
    Ok(value)
}

/// Parameters as Python values.
fn values(vm: &mut Vm, noted: &NotedParams) -> PyResult {
    Ok(match noted {
        NotedParams::None => Value::None,
        NotedParams::List(data) => {
            let mut values = Vec::with_capacity(data.len());
            for datum in data {
                values.push(as_handed_over(vm, datum)?);
            }
            Value::tuple(values)
        }
        NotedParams::Named(pairs) => {
            let dict = Dict::new();
            for (name, datum) in pairs {
                let value = from_datum(vm, datum)?;
                dict.set_str(name.as_str(), value);
            }
            Value::Dict(Rc::new(dict))
        }
        NotedParams::Many(rows) => {
            let mut all = Vec::with_capacity(rows.len());
            for row in rows {
                all.push(values(vm, row)?);
            }
            Value::list(all)
        }
    })
}

/// Calls the wrappers, the last one added first around the statement; gives what the outermost one gives.
pub(super) fn run(
    vm: &mut Vm,
    database: &Rc<Database>,
    cursor: &Value,
    sql: Value,
    params: Value,
    many: bool,
    kept: &Rc<RefCell<Option<ResultSet>>>,
) -> PyResult {
    let place = log_pending(vm, database, &sql, &params, many)?;
    let (keep, alias, this) = (kept.clone(), database.alias.clone(), cursor.clone());
    let inner = raw("_execute", move |vm: &mut Vm, args: Args| {
        let database = super::database(vm, &alias)?;
        let sql = vm.to_str(&args[0])?;
        let outcome = execute(vm, &database, &sql, &args[1], many);
        if let Some(place) = place {
            database.connection.settle_pending(place);
        }
        let result = outcome?;
        *keep.borrow_mut() = Some(result);
        Ok(this.clone())
    });
    let mut executor = inner.into_value();
    let wrappers = database.wrappers.borrow().clone();
    for wrapper in wrappers.into_iter().rev() {
        let below = executor;
        let around = raw("partial", move |vm: &mut Vm, args: Args| vm.call(&wrapper, args.prepend(below.clone())));
        executor = around.into_value();
    }
    let context = Dict::new();
    context.set_str("connection", super::object::of(vm, database));
    context.set_str("cursor", cursor.clone());
    vm.call(&executor, [sql, params, Value::Bool(many), Value::Dict(Rc::new(context))])
}

/// The debug cursor stands around the wrappers: it logs what it was given, sent or not.
fn log_pending(vm: &mut Vm, database: &Database, sql: &Value, params: &Value, many: bool) -> PyResult<Option<usize>> {
    let sql = vm.to_str(sql)?;
    let read = |vm: &mut Vm, given: &Value| -> PyResult<(Params, NotedParams)> {
        if given.is_none() {
            return Ok((Params::None, NotedParams::None));
        }
        let noted = cursor::given(vm, given).unwrap_or(NotedParams::None);
        Ok((sent(vm, &noted).unwrap_or(Params::None), noted))
    };
    let (logged, noted) = if many {
        let (mut all, mut noted) = (Vec::new(), Vec::new());
        for row in vm.list_from(params)? {
            let (sent, one) = read(vm, &row)?;
            all.push(sent);
            noted.push(one);
        }
        (LoggedParams::Many(all), NotedParams::Many(noted))
    } else {
        let (sent, noted) = read(vm, params)?;
        (LoggedParams::One(sent), noted)
    };
    database.note(vm, noted);
    Ok(database.connection.log_pending(&sql, logged))
}

/// Sends a statement with parameters as Python values.
pub(super) fn execute(vm: &mut Vm, database: &Database, sql: &str, params: &Value, many: bool) -> PyResult<ResultSet> {
    if many {
        let mut rows = Vec::new();
        let mut noted = Vec::new();
        for row in vm.list_from(params)? {
            let one = cursor::given(vm, &row)?;
            rows.push(sent(vm, &one)?);
            noted.push(one);
        }
        return database.send_many_now(vm, sql, &rows, NotedParams::Many(noted));
    }
    if params.is_none() {
        return database.send_now(vm, sql, &Params::None, NotedParams::None);
    }
    let outcome = match cursor::given(vm, params) {
        Ok(noted) => match sent(vm, &noted) {
            Ok(params) => database.send_now(vm, sql, &params, noted),
            Err(raised) => database.refused_by_driver(vm, sql, noted, raised),
        },
        Err(raised) => {
            let shown = vm.to_str(params)?;
            database.refused_by_driver(vm, sql, NotedParams::List(vec![Datum::str(&*shown)]), raised)
        }
    };
    // The debug cursor writes parameters into the text, for which it takes a list, a tuple or a mapping.
    let is_known = params.as_dict().is_some() || params.as_tuple().is_some() || params.as_list().is_some();
    if !is_known && database.queries_logged(vm) && vm.truth(params)? {
        vm.get_attr(params, "values")?;
    }
    outcome
}

/// A function that gets its arguments as they come.
pub(super) fn raw(name: &str, code: impl Fn(&mut Vm, Args) -> PyResult + 'static) -> NativeFunction {
    NativeFunction::with(name, Binding::Raw, NativeCode::Closure(Box::new(code)))
}
