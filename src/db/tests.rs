//! The connection's behaviour against what CPython's driver and Django's backend do.

use super::*;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn connection() -> Connection {
    Connection::from_script("CREATE TABLE t(a integer primary key autoincrement, b varchar(10) unique, c bool);")
        .expect("a new database")
}

fn rows(connection: &Connection, sql: &str) -> Vec<Vec<SqlValue>> {
    connection.execute(sql, &Params::None).expect(sql).rows
}

fn error(connection: &Connection, sql: &str, params: &Params) -> (DbErrorKind, String) {
    let error = connection.execute_unlogged(sql, params).expect_err(sql);
    (error.kind, error.message)
}

fn list(values: &[i64]) -> Params {
    Params::List(values.iter().map(|value| SqlValue::Integer(*value)).collect())
}

#[test]
fn errors_are_the_drivers() {
    use DbErrorKind::{Integrity, Operational, Programming};
    let db = connection();
    rows(&db, "INSERT INTO t(b) VALUES ('x')");
    for (sql, params, kind, message) in [
        ("select 1; select 2", Params::None, Programming, "You can only execute one statement at a time."),
        (
            "select %s",
            list(&[]),
            Programming,
            "Incorrect number of bindings supplied. The current statement uses 1, and there are 0 supplied.",
        ),
        (
            "select 1",
            list(&[1]),
            Programming,
            "Incorrect number of bindings supplied. The current statement uses 0, and there are 1 supplied.",
        ),
        ("insert into t(b) values ('x')", Params::None, Integrity, "UNIQUE constraint failed: t.b"),
        ("select * from", Params::None, Operational, "incomplete input"),
        ("selec", Params::None, Operational, "near \"selec\": syntax error"),
        ("select * from x", Params::None, Operational, "no such table: x"),
        ("commit", Params::None, Operational, "cannot commit - no transaction is active"),
        ("select 'a\0b'", Params::None, Programming, "the query contains a null character"),
        (
            "select :y",
            Params::Named(vec![("x".into(), SqlValue::Null)]),
            Programming,
            "You did not supply a value for binding parameter :y.",
        ),
        (
            "select ?",
            Params::Named(vec![("x".into(), SqlValue::Null)]),
            Programming,
            "Binding 1 has no name, but you supplied a dictionary (which has only names).",
        ),
    ] {
        assert_eq!(error(&db, sql, &params), (kind, message.to_owned()), "{sql}");
    }
}

#[test]
fn results_carry_columns_counts_and_ids() {
    let db = connection();
    let result =
        db.execute("INSERT INTO t(b, c) VALUES (%s, 1), ('y', 0) RETURNING a, b", &Params::List(vec!["x".into()]));
    let result = result.expect("insert");
    assert_eq!(result.rows, vec![vec![1.into(), "x".into()], vec![2.into(), "y".into()]]);
    assert_eq!((result.rowcount, result.lastrowid), (2, Some(2)));
    let result = db.execute("SELECT b, c, 1 AS \"day [date]\" FROM t", &Params::None).expect("select");
    let names: Vec<_> = result.columns.iter().map(|column| (column.name.as_str(), column.converter_names())).collect();
    assert_eq!(
        names,
        [("b", vec!["varchar".to_owned()]), ("c", vec!["bool".to_owned()]), ("day", vec!["date".to_owned()])]
    );
    assert_eq!(result.rowcount, -1);
    let many = db.execute_many("UPDATE t SET b = b WHERE a = %s", &[list(&[1]), list(&[2]), list(&[3])]).expect("many");
    assert_eq!(many.rowcount, 2);
    let refused = db.execute_many("SELECT %s", &[list(&[1])]).expect_err("no DML");
    assert_eq!(refused.message, "executemany() can only execute DML statements.");
    let log = db.take_log();
    assert_eq!(log.iter().map(|query| query.rows).collect::<Vec<_>>(), [2, 2, 2, 0]);
    assert_eq!(db.rendered(&log[0]).as_deref(), Ok("INSERT INTO t(b, c) VALUES ('x', 1), ('y', 0) RETURNING a, b"));
    assert_eq!(db.rendered(&log[2]).as_deref(), Ok("3 times: UPDATE t SET b = b WHERE a = %s"));
    assert!(log[3].failed);
}

#[test]
fn the_debug_cursor_complains_of_its_own_formatting() {
    let db = connection();
    let error = db.execute("SELECT %s, %s", &list(&[1])).expect_err("too few");
    assert_eq!((error.kind, error.message.as_str()), (DbErrorKind::Type, "not enough arguments for format string"));
    // Django logs what it could not format, too.
    assert_eq!(db.log_len(), 1);
}

#[test]
fn foreign_keys_wait_for_the_commit() {
    let db = Connection::from_script(
        "CREATE TABLE p(id integer primary key);
         CREATE TABLE c(id integer primary key, p_id bigint REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED);",
    )
    .expect("tables");
    rows(&db, "BEGIN");
    rows(&db, "INSERT INTO c VALUES (7, 9)");
    let found = db.foreign_key_check(Some("c")).expect("check");
    assert_eq!(found, [ForeignKeyViolation { table: "c".into(), rowid: Some(7), parent: "p".into(), key: 0 }]);
    let refused = db.commit().expect_err("violated");
    assert_eq!((refused.kind, refused.message.as_str()), (DbErrorKind::Integrity, "FOREIGN KEY constraint failed"));
    assert!(db.in_transaction());
    db.rollback().expect("rollback");
    let log = db.take_log();
    assert_eq!(
        log.iter().map(|query| query.sql.as_str()).collect::<Vec<_>>(),
        ["BEGIN", "INSERT INTO c VALUES (7, 9)", "COMMIT", "ROLLBACK"]
    );
}

#[test]
fn images_restore_what_was() {
    let db = connection();
    let before = db.image().expect("image");
    rows(&db, "INSERT INTO t(b) VALUES ('x')");
    let copy = Connection::from_image(&db.image().expect("image")).expect("copy");
    assert_eq!(rows(&copy, "SELECT count(*) FROM t"), [[SqlValue::Integer(1)]]);
    rows(&copy, "INSERT INTO t(b) VALUES (hex(randomblob(1000)))");
    db.restore(&before).expect("restore");
    assert_eq!(rows(&db, "SELECT count(*) FROM t"), [[SqlValue::Integer(0)]]);
    rows(&db, "INSERT INTO t(b) VALUES ('again')");
    db.restore(&Image::empty()).expect("restore");
    assert_eq!(rows(&db, "SELECT count(*) FROM sqlite_master"), [[SqlValue::Integer(0)]]);
    assert_eq!(rows(&Connection::open().expect("new"), "SELECT count(*) FROM sqlite_master"), [[SqlValue::Integer(0)]]);
    rows(&db, "CREATE TABLE u(a)");
    rows(&db, "BEGIN");
    rows(&db, "INSERT INTO u VALUES (1)");
    rows(&db, "SAVEPOINT s");
    rows(&db, "INSERT INTO u SELECT 2");
    rows(&db, "ROLLBACK TO SAVEPOINT s");
    rows(&db, "COMMIT");
    assert_eq!(rows(&db, "SELECT a FROM u"), [[SqlValue::Integer(1)]]);
    assert_eq!(rows(&db, "PRAGMA foreign_keys"), [[SqlValue::Integer(1)]]);
    let untouched = Connection::open().expect("new").image().expect("image");
    Connection::from_image(&untouched).expect("a copy of nothing");
}

#[test]
fn files_are_read_and_never_written() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("shop.db");
    let writer = rusqlite::Connection::open(&path).expect("file");
    writer
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(a); INSERT INTO t VALUES (1);
             INSERT INTO t SELECT value FROM json_each('[2,3,4]'); BEGIN; INSERT INTO t VALUES (99);",
        )
        .expect("rows");
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(folder.path())
            .expect("folder")
            .map(|entry| entry.expect("entry"))
            .map(|entry| (entry.file_name(), entry.metadata().expect("metadata").modified().expect("time")))
            .collect();
        names.sort();
        names
    };
    let before = names();
    let db = Connection::from_image(&Image::from_file(&path).expect("image")).expect("copy");
    assert_eq!(rows(&db, "SELECT sum(a) FROM t"), [[SqlValue::Integer(10)]]);
    rows(&db, "DELETE FROM t");
    assert_eq!(names(), before);
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "a".repeat(200)).expect("text");
    assert!(matches!(Image::from_file(&text), Err(ImageError::NotADatabase(_))));
    assert!(matches!(Image::from_file(&folder.path().join("none")), Err(ImageError::Unreadable { .. })));
}

#[test]
fn doors_stay_shut() {
    let db = connection();
    for (sql, feature) in [
        ("ATTACH DATABASE '/tmp/x.db' AS x", "ATTACH DATABASE"),
        ("ATTACH DATABASE 'a' || 'b' AS x", "ATTACH DATABASE"),
        ("VACUUM INTO '/tmp/x.db'", "ATTACH DATABASE"),
        ("PRAGMA writable_schema = 1", "PRAGMA writable_schema"),
        ("SELECT load_extension('x')", "the SQL function load_extension()"),
    ] {
        assert_eq!(error(&db, sql, &Params::None), (DbErrorKind::Unsupported, feature.to_owned()), "{sql}");
    }
    rows(&db, "VACUUM");
    rows(
        &db,
        "CREATE TEMP TABLE big AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50000) SELECT x, hex(randomblob(50)) h FROM n",
    );
    assert_eq!(rows(&db, "SELECT count(*) FROM (SELECT DISTINCT h FROM big ORDER BY h)"), [[SqlValue::Integer(50000)]]);
}

#[test]
fn the_clock_stands_still() {
    let db = connection();
    let sql = "SELECT CURRENT_TIMESTAMP, datetime('now'), date('now'), STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')";
    let now = || db.execute(sql, &list(&[])).expect(sql).rows.remove(0);
    let expected: [SqlValue; 4] = [
        "2026-06-15 12:00:00".into(),
        "2026-06-15 12:00:00".into(),
        "2026-06-15".into(),
        "2026-06-15 12:00:00.000".into(),
    ];
    assert_eq!(now(), expected);
    db.set_now(1_500_000);
    assert_eq!(now()[3], "1970-01-01 00:00:01.500".into());
    let random = |db: &Connection| rows(db, "SELECT RANDOM(), RAND(), hex(RANDOMBLOB(4))");
    db.set_seed(5);
    let first = random(&db);
    assert_ne!(random(&db), first);
    db.set_seed(5);
    assert_eq!(random(&db), first);
}

#[test]
fn limits_end_statements() {
    let db = connection();
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT ";
    let limited = |limits: Limits, what: &str| {
        db.set_limits(limits).expect("limits");
        db.execute(&format!("{endless}{what} FROM n"), &Params::None).expect_err("a limit").kind
    };
    let rows_limit = Limits { max_rows: Some(100), ..Limits::NONE };
    assert_eq!(limited(rows_limit, "x"), DbErrorKind::Limit(LimitKind::Rows));
    assert_eq!(
        limited(Limits { max_steps: Some(100_000), ..Limits::NONE }, "count(*)"),
        DbErrorKind::Limit(LimitKind::Steps)
    );
    let brief = Limits { timeout: Some(Duration::from_millis(30)), ..Limits::NONE };
    assert_eq!(limited(brief, "count(*)"), DbErrorKind::Limit(LimitKind::Time));
    let small = Limits { max_memory: Some(1 << 20), ..Limits::NONE };
    assert_eq!(limited(small, "hex(zeroblob(1000))"), DbErrorKind::Limit(LimitKind::Rows));
    let full = db.execute(&format!("CREATE TABLE f AS {endless} hex(zeroblob(1000)) AS h FROM n"), &Params::None);
    assert_eq!(full.expect_err("a limit").kind, DbErrorKind::Limit(LimitKind::Memory));
    db.set_limits(Limits::NONE).expect("limits");
    db.interrupt_flag().store(true, Ordering::Relaxed);
    assert_eq!(limited(Limits::NONE, "count(*)"), DbErrorKind::Interrupted);
    db.interrupt_flag().store(false, Ordering::Relaxed);
    assert_eq!(rows(&db, "SELECT 1"), [[SqlValue::Integer(1)]]);
}
