//! The statements that change rows, sent.

use std::rc::Rc;

use crate::django::connections::{database, from_sql};
use crate::django::convert::{from_datum, to_datum};
use crate::django::persistence::pre_save;
use crate::django::query::{current_query, db, fetch};
use crate::django::state::{orm, raise};
use crate::django::vm_scope;
use crate::orm::models::{Field, Model};
use crate::orm::query::Query;
use crate::orm::sql::{self, Insert, InsertValues, OnConflict, UpdatePlan};
use crate::orm::{Datum, OrmResult};
use crate::python::object::{PyResult, Str, Value};
use crate::python::vm::Vm;

/// Rows of instances to be inserted by one statement.
pub struct Insertion<'a> {
    /// The model whose table it is.
    pub model: &'a Model,
    /// The columns.
    pub fields: &'a [Field],
    /// The instances.
    pub objects: &'a [Value],
    /// The database.
    pub using: &'a Str,
    /// Whether values go in as they stand, without `pre_save`.
    pub raw: bool,
    /// What happens to rows that are there already.
    pub on_conflict: Option<OnConflict>,
    /// The columns that come back.
    pub returning: &'a [Field],
}

/// Inserts the rows; gives the returned values of each.
pub fn insert(vm: &mut Vm, how: &Insertion<'_>) -> PyResult<Vec<Vec<Value>>> {
    let mut rows = Vec::with_capacity(how.objects.len());
    let mut values = InsertValues::new(how.model);
    for object in how.objects {
        let mut row = Vec::with_capacity(how.fields.len());
        for field in how.fields {
            let value = if how.raw {
                vm.get_attr_str(object, &Str::interned(&field.attname))?
            } else {
                pre_save(vm, field, object, true)?
            };
            let datum = to_datum(vm, &value)?;
            row.push(orm(vm, || values.prepare(field, &datum))?);
        }
        rows.push(row);
    }
    let insert = Insert {
        model: how.model.clone(),
        fields: how.fields.to_vec(),
        rows,
        on_conflict: how.on_conflict.clone(),
        returning: how.returning.to_vec(),
    };
    let compiled = orm(vm, || sql::compile_insert(&insert))?;
    let database = database(vm, how.using)?;
    let result = database.run(vm, &compiled.statement.sql, &compiled.statement.params)?;
    let mut returned = Vec::with_capacity(result.rows.len());
    for row in result.rows {
        let data = orm(vm, || {
            row.into_iter()
                .enumerate()
                .map(|(at, value)| {
                    let steps = compiled.converters.get(at).map_or(&[][..], Vec::as_slice);
                    steps.iter().try_fold(from_sql(value), |datum, step| step.convert(datum))
                })
                .collect::<OrmResult<Vec<Datum>>>()
        })?;
        let mut values = Vec::with_capacity(data.len());
        for datum in &data {
            values.push(from_datum(vm, datum)?);
        }
        returned.push(values);
    }
    Ok(returned)
}

/// `queryset._update(values)`: how many rows it matched.
pub fn update_fields(vm: &mut Vm, queryset: &Value, values: &[(Field, Value)]) -> PyResult<i64> {
    let query = current_query(vm, queryset)?;
    if query.is_sliced() {
        return Err(vm.type_error("Cannot update a query once a slice has been taken."));
    }
    let mut data = Vec::with_capacity(values.len());
    for (field, value) in values {
        data.push((field.clone(), to_datum(vm, value)?));
    }
    let mut query = query.as_update();
    orm(vm, || query.add_update_fields(&data))?;
    query.annotations = Rc::default();
    let alias = db(vm, queryset)?;
    run_update(vm, query, &alias)
}

/// Sends an update and those of parents' tables; how many rows the first of them that did anything matched.
pub fn run_update(vm: &mut Vm, query: Query, alias: &Str) -> PyResult<i64> {
    let mut query = query;
    let mut count = send_update(vm, &mut query, alias)?;
    for related in orm(vm, || query.related_updates())? {
        let mut related = related;
        let further = send_update(vm, &mut related, alias)?;
        if count.is_none() && further.is_some_and(|further| further > 0) {
            count = further;
        }
    }
    Ok(count.unwrap_or(0))
}

/// One update; `None` when there was nothing to send.
fn send_update(vm: &mut Vm, query: &mut Query, alias: &Str) -> PyResult<Option<i64>> {
    for _ in 0..2 {
        let plan = match vm_scope::enter(vm, || sql::compile_update(query)) {
            Ok(plan) => plan,
            Err(error) if error.is_empty_result() => return Ok(None),
            Err(error) => return Err(raise(vm, error)),
        };
        match plan {
            UpdatePlan::One(None) => return Ok(None),
            UpdatePlan::One(Some(fragment)) => {
                let database = database(vm, alias)?;
                let result = database.run(vm, &fragment.sql, &fragment.params)?;
                return Ok(Some(result.rowcount.max(0)));
            }
            UpdatePlan::ReadKeys { select, parents } => {
                let found = fetch::rows(vm, &select, alias)?.rows;
                let column = |at: usize| -> Vec<Datum> {
                    found.iter().map(|row| row.get(at).cloned().unwrap_or(Datum::Null)).collect()
                };
                let related = parents.into_iter().map(|(model, at)| (model, column(at))).collect();
                let ids = column(0);
                orm(vm, || query.set_update_ids(ids, related))?;
            }
        }
    }
    Ok(None)
}

/// `queryset._raw_delete(using)`: one statement, whatever hangs on the rows.
/// `None` where nothing can match, so that nothing is sent.
pub fn raw_delete(vm: &mut Vm, queryset: &Value, using: &Str) -> PyResult<Option<i64>> {
    let query = current_query(vm, queryset)?;
    send_delete(vm, query, using)
}

fn send_delete(vm: &mut Vm, mut query: Query, using: &Str) -> PyResult<Option<i64>> {
    let fragment = match vm_scope::enter(vm, || sql::compile_delete(&mut query)) {
        Ok(fragment) => fragment,
        Err(error) if error.is_empty_result() => return Ok(None),
        Err(error) => return Err(raise(vm, error)),
    };
    let database = database(vm, using)?;
    Ok(Some(database.run(vm, &fragment.sql, &fragment.params)?.rowcount.max(0)))
}

/// How many keys a statement of the collector's names at most.
const CHUNK: usize = 100;

/// As DeleteQuery.delete_batch.
pub fn delete_batch(vm: &mut Vm, model: &Model, keys: &[Value], using: &Str) -> PyResult<i64> {
    let mut count = 0;
    let pk = orm(vm, || model.pk())?;
    for part in keys.chunks(CHUNK) {
        let keys = to_datum(vm, &Value::list(part.to_vec()))?;
        let mut query = Query::new(model);
        orm(vm, || query.add_filter(&format!("{}__in", pk.attname), keys))?;
        count += send_delete(vm, query, using)?.unwrap_or(0);
    }
    Ok(count)
}

/// As UpdateQuery.update_batch.
pub fn update_batch(
    vm: &mut Vm,
    model: &Model,
    keys: &[Value],
    field: &Field,
    value: &Value,
    using: &Str,
) -> PyResult<()> {
    let datum = to_datum(vm, value)?;
    for part in keys.chunks(CHUNK) {
        let keys = to_datum(vm, &Value::list(part.to_vec()))?;
        let mut query = Query::new(model).as_update();
        orm(vm, || {
            query.add_update_values(&[(field.name.clone(), datum.clone())])?;
            query.add_filter("pk__in", keys)
        })?;
        run_update(vm, query, using)?;
    }
    Ok(())
}
