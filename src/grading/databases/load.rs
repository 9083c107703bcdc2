//! Rows become an image.

use std::rc::Rc;

use super::Rows;
use crate::db::{Connection, DbError, Image, Params, SqlValue};
use crate::runner::TableInfo;

/// Makes an image of rows, leaving out those that a constraint refuses, and gives what was kept.
pub fn load(
    connection: &Rc<Connection>,
    blank: &Image,
    tables: &[TableInfo],
    rows: &Rows,
) -> Result<(Image, Rows), DbError> {
    connection.restore(blank)?;
    connection.execute_plain("BEGIN", &Params::None)?;
    let kept = fill(connection, tables, rows)?;
    connection.execute_plain("COMMIT", &Params::None)?;
    Ok((connection.image()?, kept))
}

/// Puts rows into empty tables inside of an open transaction, leaving out those that a constraint refuses, and gives what
/// was kept.
pub fn fill(connection: &Rc<Connection>, tables: &[TableInfo], rows: &Rows) -> Result<Rows, DbError> {
    let mut kept = Rows(Vec::with_capacity(rows.0.len()));
    let mut gone: Vec<(usize, Vec<SqlValue>)> = Vec::new();
    for (at, (table, wanted)) in tables.iter().zip(&rows.0).enumerate() {
        let names: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let insert = format!("INSERT OR IGNORE INTO \"{}\" ({}) VALUES ({marks})", table.name, names.join(", "));
        if gone.is_empty() && all_at_once(connection, table, &names, wanted) {
            kept.0.push(wanted.clone());
            continue;
        }
        let mut held = Vec::with_capacity(wanted.len());
        for row in wanted {
            let dangling = table.columns.iter().zip(row).any(|(column, value)| {
                column.references.as_ref().is_some_and(|(other, name)| {
                    gone.iter().any(|(lost, row)| {
                        tables[*lost].name == *other
                            && tables[*lost]
                                .columns
                                .iter()
                                .position(|column| column.name == *name)
                                .and_then(|place| row.get(place))
                                == Some(value)
                    })
                })
            });
            let made = !dangling && {
                let result = connection.execute_plain(&insert, &Params::List(row.clone()))?;
                result.rowcount > 0
            };
            if made {
                held.push(row.clone());
            } else {
                gone.push((at, row.clone()));
            }
        }
        kept.0.push(held);
    }
    Ok(kept)
}

/// Puts all rows of a table in by one statement; whether no constraint refused any.
fn all_at_once(connection: &Rc<Connection>, table: &TableInfo, names: &[String], rows: &[Vec<SqlValue>]) -> bool {
    if rows.is_empty() {
        return true;
    }
    let insert = format!(
        "INSERT INTO \"{}\" ({}) VALUES ({})",
        table.name,
        names.join(", "),
        vec!["%s"; names.len()].join(", ")
    );
    let many: Vec<Params> = rows.iter().map(|row| Params::List(row.clone())).collect();
    let before = connection.execute_plain("SAVEPOINT rows", &Params::None);
    let done = before.is_ok() && connection.execute_many(&insert, &many).is_ok();
    let ending = if done { "RELEASE rows" } else { "ROLLBACK TO rows" };
    connection.execute_plain(ending, &Params::None).is_ok() && done
}
