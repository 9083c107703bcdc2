//! What Django's own functions say on chosen inputs; the wide tables are in `tests/conformance/functions/`.

use crate::db::{Connection, DbErrorKind, Params, SqlValue};

fn value(sql: &str) -> Result<SqlValue, (DbErrorKind, String)> {
    let connection = Connection::open().expect("a new database");
    match connection.execute(&format!("SELECT {sql}"), &Params::None) {
        Ok(result) => Ok(result.rows.into_iter().flatten().next().unwrap_or_default()),
        Err(error) => Err((error.kind, error.message)),
    }
}

#[test]
fn values_are_pythons() {
    for (sql, expected) in [
        ("django_date_extract('week_day', '2024-03-10')", SqlValue::Integer(1)),
        ("django_datetime_trunc('week', '2024-03-10 23:30:00', 'Europe/Berlin', 'UTC')", "2024-03-11 00:00:00".into()),
        ("django_datetime_cast_date('2024-03-10 23:30:00', 'UTC+05:30', 'UTC')", "2024-03-11".into()),
        ("django_format_dtdelta('+', '2024-03-10 12:00:00', 1500000)", "2024-03-10 12:00:01.500000".into()),
        ("django_format_dtdelta('-', 5, 16)", "-1 day, 23:59:59.999989".into()),
        ("django_format_dtdelta('/', 5, 2)", SqlValue::Real(2.5)),
        ("django_time_diff('10:00:00', '09:59:59.5')", SqlValue::Integer(500_000)),
        ("LPAD('ab', 5, 'xyz')", "xyzab".into()),
        ("RPAD('abc', 2, 'x')", "ab".into()),
        ("REPEAT('ab', -1)", "".into()),
        ("REVERSE('äb')", "bä".into()),
        ("MD5('a')", "0cc175b9c0f1b6a831c399e269772661".into()),
        ("SIGN(-2.5)", SqlValue::Integer(-1)),
        ("'Post 12' REGEXP '^[a-z]+ \\d+$'", SqlValue::Integer(0)),
        ("'Post 12' REGEXP '(?i)' || '^[a-z]+ \\d+$'", SqlValue::Integer(1)),
        ("SQRT(-1)", SqlValue::Null),
        ("LOG(2, 8)", SqlValue::Real(3.0)),
        ("CEILING(3)", SqlValue::Integer(3)),
        ("MOD(5, 3)", SqlValue::Real(2.0)),
        ("POWER(0, -1)", SqlValue::Real(f64::INFINITY)),
        ("(SELECT VAR_POP(x) FROM (SELECT 2 AS x UNION ALL SELECT 2))", SqlValue::Integer(0)),
        ("(SELECT STDDEV_SAMP(x) FROM (SELECT 2 AS x UNION ALL SELECT 4.5))", SqlValue::Real(1.7677669529663689)),
        ("(SELECT STDDEV_POP(x) FROM (SELECT 2 AS x) WHERE x > 5)", SqlValue::Null),
    ] {
        assert_eq!(value(sql), Ok(expected), "{sql}");
    }
}

#[test]
fn exceptions_are_operational_errors() {
    for sql in ["SIGN('x')", "COT(0)", "'a' REGEXP '('", "django_date_trunc('hour', '2024-01-01', NULL, NULL)"] {
        assert_eq!(
            value(sql),
            Err((DbErrorKind::Operational, "user-defined function raised exception".to_owned())),
            "{sql}"
        );
    }
    assert_eq!(
        value("(SELECT VAR_SAMP(x) FROM (SELECT 2 AS x))"),
        Err((DbErrorKind::Operational, "user-defined aggregate's 'finalize' method raised error".to_owned()))
    );
}
