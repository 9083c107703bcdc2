//! `Q.check()`: whether a condition holds for given values, asked of the database without any table.

use crate::django::connections::{atomic, database};
use crate::django::query::fetch;
use crate::django::state::{Django, orm};
use crate::orm::Datum;
use crate::orm::models::{Meta, Model, Registry};
use crate::orm::query::{Q, QNode, Query};
use crate::python::object::{Args, PyResult, Str, Value};
use crate::python::vm::Vm;

/// `Q.check(against, using)`
pub(super) fn check(vm: &mut Vm, args: Args) -> PyResult {
    let model = Model::new(&Registry::new(), "", Meta::default());
    let mut query = Query::new(&model);
    let Some(against) = args[1].as_dict().cloned() else {
        return Err(vm.type_error("check() takes values by name"));
    };
    for (name, value) in against.str_items() {
        let expr = match super::lower_opt(vm, &value)? {
            Some(expr) => expr,
            None => super::value(crate::django::convert::to_datum(vm, &value)?, None),
        };
        orm(vm, || query.add_annotation(&expr, &name, false))?;
    }
    let one = super::value(Datum::Int(1), None);
    orm(vm, || query.add_annotation(&one, "_check", true))?;
    // A condition that is NULL does not fail.
    let fields = vm.import_module("django.db.models")?;
    let boolean = vm.call_method(&fields, "BooleanField", ())?;
    let functions = vm.import_module("django.db.models.functions")?;
    let call = Args::new([args[0].clone(), Value::Bool(true)]).keyword("output_field", boolean);
    let settled = vm.call_method(&functions, "Coalesce", call)?;
    let settled = super::lower(vm, &settled)?;
    orm(vm, || query.add_q(&Q::new(vec![QNode::Expr(settled)])))?;
    let alias: Str = vm.to_str(&args[2])?;
    let in_atomic_block = database(vm, &alias)?.in_atomic_block.get();
    let found = if in_atomic_block {
        atomic(vm, &alias, true, |vm| fetch::rows(vm, &query, &alias))
    } else {
        fetch::rows(vm, &query, &alias)
    };
    match found {
        Ok(rows) => Ok((!rows.rows.is_empty()).into()),
        Err(raised) if raised.is(&Django::of(vm).errors.database_error) => {
            let logging = vm.import_module("logging")?;
            let logger = vm.call_method(&logging, "getLogger", [Value::str("django.db.models")])?;
            let call = Args::new([
                Value::str("Got a database error calling check() on %r: %s"),
                args[0].clone(),
                raised.value(),
            ]);
            vm.call_method(&logger, "warning", call)?;
            Ok(true.into())
        }
        Err(raised) => Err(raised),
    }
}
