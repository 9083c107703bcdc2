//! The `compiler` that Python code gets in `as_sql(compiler, connection)`, and from `query.get_compiler()`.

use std::cell::RefCell;
use std::rc::Rc;

use crate::django::connections::connection_object;
use crate::django::convert::{from_datum, to_datum};
use crate::django::expressions::{lower, wrap};
use crate::django::state::orm;
use crate::orm::query::Query;
use crate::orm::sql::{self, Fragment, SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmResult};
use crate::python::object::{Class, ClassBuilder, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::object;

/// A query that is being compiled, and for which database.
struct CompilerPayload {
    query: RefCell<Query>,
    using: Str,
}

struct CompilerClass(Rc<Class>);

/// `SQLCompiler`
pub fn class_of(vm: &mut Vm) -> Rc<Class> {
    match vm.host::<CompilerClass>() {
        Some(known) => known.0.clone(),
        None => {
            let made = class(vm);
            vm.set_host(Rc::new(CompilerClass(made.clone())));
            made
        }
    }
}

/// A compiler for `query`.
pub fn new(vm: &mut Vm, query: Query, using: &str) -> Value {
    let class = class_of(vm);
    Instance::native(class, CompilerPayload { query: RefCell::new(query), using: Str::from(using) }).into()
}

/// The query as compiling left it: joins may have been added.
pub fn query_of(compiler: &Value) -> Option<Query> {
    compiler.payload::<CompilerPayload>().map(|payload| payload.query.borrow().clone())
}

/// Runs a call of the ORM's compiler on behalf of a Python one.
pub fn with<T>(vm: &mut Vm, compiler: &Value, call: impl FnOnce(&mut SqlCompiler<'_>) -> OrmResult<T>) -> PyResult<T> {
    let payload = vm.payload::<CompilerPayload>(compiler)?;
    let mut query = payload.query.borrow().clone();
    let using = payload.using.clone();
    let result = orm(vm, || {
        let mut inner = SqlCompiler::new(&mut query);
        inner.using = Some(using.as_str().into());
        call(&mut inner)
    });
    if let Some(payload) = compiler.payload::<CompilerPayload>() {
        *payload.query.borrow_mut() = query;
    }
    result
}

/// SQL and its parameters as Python's pair.
pub fn pair(vm: &mut Vm, fragment: Fragment) -> PyResult {
    let mut params = Vec::with_capacity(fragment.params.len());
    for param in &fragment.params {
        params.push(from_datum(vm, param)?);
    }
    Ok(Value::tuple(vec![fragment.sql.into(), Value::list(params)]))
}

/// A pair of Python's as SQL and parameters.
pub fn unpack(vm: &mut Vm, value: &Value) -> PyResult<Fragment> {
    let parts = vm.list_from(value)?;
    let [sql, params] = parts.as_slice() else {
        let (given, text) = (parts.len(), "values to unpack (expected 2");
        return Err(vm.value_error(if given < 2 {
            format!("not enough {text}, got {given})")
        } else {
            format!("too many {text})")
        }));
    };
    let sql = vm.to_str(sql)?.to_string();
    let mut data: Vec<Datum> = Vec::new();
    for param in vm.list_from(params)? {
        data.push(to_datum(vm, &param)?);
    }
    Ok(Fragment { sql, params: data })
}

fn class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("SQLCompiler")
        .module("django.db.models.sql.compiler")
        .native_layout("SQLCompiler")
        .property("connection", |vm, args| {
            let using = vm.payload::<CompilerPayload>(&args[0])?.using.clone();
            connection_object(vm, &using)
        })
        .property("using", |vm, args| Ok(Value::Str(vm.payload::<CompilerPayload>(&args[0])?.using.clone())))
        .property("query", |vm, args| {
            let query = vm.payload::<CompilerPayload>(&args[0])?.query.borrow().clone();
            Ok(object::new(vm, query))
        })
        .method("compile", "self, node", |vm, args| {
            if let Some(query) = object::query_object(&args[1]) {
                let using = vm.payload::<CompilerPayload>(&args[0])?.using.clone();
                let inner = new(vm, query, &using);
                return vm.call_method(&inner, "as_sql", ());
            }
            let expr = lower(vm, &args[1])?;
            let fragment = with(vm, &args[0], |compiler| compiler.fragment(&expr))?;
            pair(vm, fragment)
        })
        .method("quote_name_unless_alias", "self, name", |vm, args| {
            let name = vm.to_str(&args[1])?;
            let quoted = with(vm, &args[0], |compiler| {
                let mut out = SqlBuffer::new();
                compiler.name(&name, &mut out);
                Ok(out.sql)
            })?;
            Ok(quoted.into())
        })
        .method("as_sql", "self, with_limits=True, with_col_aliases=False", |vm, args| {
            let (limits, aliases) = (vm.truth(&args[1])?, vm.truth(&args[2])?);
            let fragment = with(vm, &args[0], |compiler| compiler.as_sql(limits, aliases))?;
            let mut params = Vec::with_capacity(fragment.params.len());
            for param in &fragment.params {
                params.push(from_datum(vm, param)?);
            }
            Ok(Value::tuple(vec![fragment.sql.into(), Value::tuple(params)]))
        })
        .method("get_order_by", "self", |vm, args| {
            let payload = vm.payload::<CompilerPayload>(&args[0])?;
            let mut query = payload.query.borrow().clone();
            let terms = orm(vm, || sql::order_by(&mut query))?;
            let mut pairs = Vec::with_capacity(terms.len());
            for expr in &terms {
                let fragment = with(vm, &args[0], |compiler| compiler.fragment(expr))?;
                let sql = pair(vm, fragment)?;
                let made = wrap(vm, expr);
                pairs.push(Value::tuple(vec![made, sql]));
            }
            Ok(Value::list(pairs))
        })
        .method("has_results", "self", |vm, args| {
            let payload = vm.payload::<CompilerPayload>(&args[0])?;
            let (query, using) = (payload.query.borrow().clone(), payload.using.clone());
            Ok(super::fetch::has_results(vm, &query, &using)?.into())
        })
        .method("__getattr__", "self, name", |vm, args| {
            let name = vm.to_str(&args[1])?;
            if name.starts_with("__") {
                let text = format!("'SQLCompiler' object has no attribute '{name}'");
                return Err(vm.raise(crate::python::exceptions::Kind::AttributeError, text));
            }
            Err(vm.unsupported(format!("SQLCompiler.{name}")))
        })
        .build(vm)
}
