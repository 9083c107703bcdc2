//! `DELETE`.

use std::rc::Rc;

use super::{Fragment, SqlBuffer, SqlCompiler};
use crate::orm::query::{Q, Query, Related};
use crate::orm::{Datum, OrmResult};

/// Compiles the deletion of a query's rows.
pub fn compile_delete(query: &mut Query) -> OrmResult<Fragment> {
    query.get_initial_alias();
    if query.count_active_tables() == 1 {
        return delete_sql(query);
    }
    // Rows that other tables decide are named by their keys.
    let mut inner = query.clone();
    inner.clear_select_clause();
    inner.select_related = Related::None;
    let pk = query.model.pk()?;
    let alias = query.get_initial_alias();
    inner.select = [pk.col(Some(alias))?].into();
    let mut outer = Query::new(&query.model);
    outer.add_q(&Q::pair("pk__in", Datum::Query(Rc::new(inner))))?;
    delete_sql(&mut outer)
}

fn delete_sql(query: &mut Query) -> OrmResult<Fragment> {
    let table = query.base_table().unwrap_or_default();
    let where_ = query.where_.clone();
    let mut compiler = SqlCompiler::new(query);
    let mut out = SqlBuffer::new();
    out.push("DELETE FROM ");
    compiler.name(&table, &mut out);
    let mark = out.mark();
    out.push(" WHERE ");
    match compiler.write_where(&where_, &mut out) {
        Err(error) if error.is_full_result() => out.rewind(mark),
        other => other?,
    }
    Ok(out.finish())
}
