//! `connection` as Python sees it.

use std::rc::Rc;

use crate::db::Params;
use crate::django::state::{Django, raise_class};
use crate::orm::sql::{Dialect, Sqlite};
use crate::python::object::{Args, Class, ClassBuilder, Dict, Instance, NativeFn, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{Database, OnCommit, cursor, features, transaction};

/// What a connection object holds.
pub struct ConnectionPayload {
    /// The database as it was when the object was made; the one with its alias counts.
    pub database: Rc<Database>,
}

/// The classes of connection objects.
pub struct ConnectionClasses {
    /// `DatabaseWrapper`
    pub connection: Rc<Class>,
    /// The log that `connection.queries_log` shows.
    log: Rc<Class>,
}

fn db(vm: &mut Vm, args: &Args) -> PyResult<Rc<Database>> {
    let made = vm.payload::<ConnectionPayload>(&args[0])?.database.clone();
    // A fresh run may have put another database in its place.
    Ok(Django::of(vm).connections.find(&made.alias).unwrap_or(made))
}

/// The flags that Python code reads and sets.
const FLAGS: &[(&str, NativeFn, NativeFn)] = &[
    (
        "force_debug_cursor",
        |vm, args| Ok(db(vm, &args)?.force_debug_cursor.get().into()),
        |vm, args| {
            let truth = vm.truth(&args[1])?;
            db(vm, &args)?.force_debug_cursor.set(truth);
            Ok(Value::None)
        },
    ),
    (
        "in_atomic_block",
        |vm, args| Ok(db(vm, &args)?.in_atomic_block.get().into()),
        |vm, args| {
            let truth = vm.truth(&args[1])?;
            db(vm, &args)?.in_atomic_block.set(truth);
            Ok(Value::None)
        },
    ),
    (
        "needs_rollback",
        |vm, args| Ok(db(vm, &args)?.needs_rollback.get().into()),
        |vm, args| {
            let truth = vm.truth(&args[1])?;
            db(vm, &args)?.needs_rollback.set(truth);
            Ok(Value::None)
        },
    ),
    (
        "autocommit",
        |vm, args| Ok(db(vm, &args)?.autocommit.get().into()),
        |vm, args| {
            let truth = vm.truth(&args[1])?;
            db(vm, &args)?.autocommit.set(truth);
            Ok(Value::None)
        },
    ),
    (
        "commit_on_exit",
        |vm, args| Ok(db(vm, &args)?.commit_on_exit.get().into()),
        |vm, args| {
            let truth = vm.truth(&args[1])?;
            db(vm, &args)?.commit_on_exit.set(truth);
            Ok(Value::None)
        },
    ),
    (
        "rollback_exc",
        |vm, args| Ok(db(vm, &args)?.rollback_exception.borrow().clone().unwrap_or(Value::None)),
        |vm, args| {
            *db(vm, &args)?.rollback_exception.borrow_mut() = Some(args[1].clone()).filter(|value| !value.is_none());
            Ok(Value::None)
        },
    ),
    ("run_on_commit", hooks, set_hooks),
];

/// `run_on_commit`: `(savepoints, function, robust)` each.
fn hooks(vm: &mut Vm, args: Args) -> PyResult {
    let database = db(vm, &args)?;
    let known: Vec<(Vec<Value>, Value, bool)> = database
        .on_commit
        .borrow()
        .iter()
        .map(|hook| {
            let ids = hook.savepoints.iter().map(|id| id.as_deref().map_or(Value::None, Value::from)).collect();
            (ids, hook.function.clone(), hook.robust)
        })
        .collect();
    let set = Value::Class(vm.types.set.clone());
    let mut all = Vec::with_capacity(known.len());
    for (ids, function, robust) in known {
        let ids = vm.call(&set, [Value::list(ids)])?;
        all.push(Value::tuple(vec![ids, function, Value::Bool(robust)]));
    }
    Ok(Value::list(all))
}

fn set_hooks(vm: &mut Vm, args: Args) -> PyResult {
    let database = db(vm, &args)?;
    let mut all = Vec::new();
    for hook in vm.list_from(&args[1])? {
        let Some([ids, function, robust]) = hook.as_tuple() else {
            return Err(vm.value_error("not enough values to unpack (expected 3)"));
        };
        let savepoints = vm.list_from(ids)?.iter().map(|id| id.as_str().map(ToString::to_string)).collect();
        all.push(OnCommit { savepoints, function: function.clone(), robust: vm.truth(robust)? });
    }
    *database.on_commit.borrow_mut() = all;
    Ok(Value::None)
}

/// Methods of transactions.
const TRANSACTIONS: &[(&str, &str, NativeFn)] = &[
    ("commit", "self", |vm, args| {
        db(vm, &args)?.commit(vm)?;
        Ok(Value::None)
    }),
    ("rollback", "self", |vm, args| {
        db(vm, &args)?.rollback(vm)?;
        Ok(Value::None)
    }),
    ("savepoint", "self", |vm, args| Ok(db(vm, &args)?.savepoint(vm)?.map_or(Value::None, Value::from))),
    ("savepoint_commit", "self, sid", |vm, args| {
        let database = db(vm, &args)?;
        if database.in_atomic_block.get() {
            let id = savepoint_id(vm, &args[1])?;
            database.savepoint_commit(vm, &id)?;
        }
        Ok(Value::None)
    }),
    ("savepoint_rollback", "self, sid", |vm, args| {
        let database = db(vm, &args)?;
        if database.in_atomic_block.get() {
            let id = savepoint_id(vm, &args[1])?;
            database.savepoint_rollback(vm, &id)?;
        }
        Ok(Value::None)
    }),
    ("clean_savepoints", "self", |vm, args| {
        db(vm, &args)?.savepoint_state.set(0);
        Ok(Value::None)
    }),
    ("get_autocommit", "self", |vm, args| {
        super::refuse_in_coroutine(vm)?;
        Ok(db(vm, &args)?.autocommit.get().into())
    }),
    ("set_autocommit", "self, autocommit, force_begin_transaction_with_broken_autocommit=False", |vm, args| {
        let (autocommit, begin) = (vm.truth(&args[1])?, vm.truth(&args[2])?);
        db(vm, &args)?.set_autocommit(vm, autocommit, begin)?;
        Ok(Value::None)
    }),
    ("get_rollback", "self", |vm, args| Ok(db(vm, &args)?.get_rollback(vm)?.into())),
    ("set_rollback", "self, rollback", |vm, args| {
        let rollback = vm.truth(&args[1])?;
        db(vm, &args)?.set_rollback(vm, rollback)?;
        Ok(Value::None)
    }),
    ("on_commit", "self, func, robust=False", |vm, args| {
        let robust = vm.truth(&args[2])?;
        db(vm, &args)?.on_commit(vm, &args[1], robust)?;
        Ok(Value::None)
    }),
    ("run_and_clear_commit_hooks", "self", |vm, args| {
        db(vm, &args)?.run_and_clear_commit_hooks(vm)?;
        Ok(Value::None)
    }),
    ("validate_no_atomic_block", "self", |vm, args| {
        db(vm, &args)?.validate_no_atomic_block(vm)?;
        Ok(Value::None)
    }),
    ("validate_no_broken_transaction", "self", |vm, args| {
        db(vm, &args)?.validate_no_broken_transaction(vm)?;
        Ok(Value::None)
    }),
    ("execute_wrapper", "self, wrapper", |vm, args| {
        let database = db(vm, &args)?;
        Ok(transaction::wrapper_block(vm, &database, args[1].clone()))
    }),
    ("disable_constraint_checking", "self", |vm, args| Ok(set_foreign_keys(vm, &args, false)?.into())),
    ("enable_constraint_checking", "self", |vm, args| {
        set_foreign_keys(vm, &args, true)?;
        Ok(Value::None)
    }),
    ("constraint_checks_disabled", "self", |vm, args| {
        let database = db(vm, &args)?;
        Ok(transaction::constraints_block(vm, &database))
    }),
    ("check_constraints", "self, table_names=None", check_constraints),
];

/// The name of a savepoint, which none has that was made outside of blocks.
fn savepoint_id(vm: &mut Vm, given: &Value) -> PyResult<Str> {
    match given.as_str() {
        Some(id) => Ok(id.clone()),
        None => vm.get_attr(given, "startswith").and_then(|_| vm.to_str(given)),
    }
}

/// `PRAGMA foreign_keys = …`; whether it took effect, which it does not inside a transaction.
fn set_foreign_keys(vm: &mut Vm, args: &Args, enforce: bool) -> PyResult<bool> {
    let database = db(vm, args)?;
    database.run_bare(vm, if enforce { "PRAGMA foreign_keys = ON" } else { "PRAGMA foreign_keys = OFF" })?;
    if enforce {
        return Ok(true);
    }
    let result = database.run_bare(vm, "PRAGMA foreign_keys")?;
    Ok(result.rows.first().and_then(|row| row.first()) == Some(&crate::db::SqlValue::Integer(0)))
}

/// `connection.check_constraints()`: the first row that points at nothing is an `IntegrityError`.
fn check_constraints(vm: &mut Vm, args: Args) -> PyResult {
    let database = db(vm, &args)?;
    let mut found = Vec::new();
    match args.some(1) {
        None => found.extend(database.run_bare(vm, "PRAGMA foreign_key_check")?.rows),
        Some(names) => {
            for name in vm.list_from(names)? {
                let name = vm.to_str(&name)?;
                found.extend(database.run_bare(vm, &format!("PRAGMA foreign_key_check(\"{name}\")"))?.rows);
            }
        }
    }
    let Some(row) = found.into_iter().next() else { return Ok(Value::None) };
    let text = |at: usize| row.get(at).map_or_else(String::new, ToString::to_string);
    let (table, rowid, parent, index) = (text(0), text(1), text(2), text(3));
    let keys = database.run_bare(vm, &format!("PRAGMA foreign_key_list(\"{table}\")"))?;
    let key = keys.rows.iter().find(|row| row.first().is_some_and(|id| id.to_string() == index));
    let part = |at: usize| key.and_then(|row| row.get(at)).map_or_else(String::new, ToString::to_string);
    let (column, target) = (part(3), part(4));
    let info = database.run_bare(vm, &format!("PRAGMA table_info(\"{table}\")"))?;
    let primary = info
        .rows
        .iter()
        .find(|row| row.get(5).is_some_and(|pk| pk.to_string() != "0"))
        .and_then(|row| row.get(1))
        .map_or_else(|| "rowid".to_owned(), ToString::to_string);
    let sql = format!("SELECT \"{primary}\", \"{column}\" FROM \"{table}\" WHERE rowid = %s");
    let id = rowid.parse::<i64>().unwrap_or_default();
    let values = database.send(
        vm,
        &sql,
        &Params::List(vec![crate::db::SqlValue::Integer(id)]),
        super::NotedParams::List(vec![crate::orm::Datum::Int(id)]),
    )?;
    let value = |at: usize| {
        values.rows.first().and_then(|row| row.get(at)).map_or_else(|| "None".to_owned(), ToString::to_string)
    };
    let class = Django::of(vm).errors.integrity_error.clone();
    Err(raise_class(
        vm,
        &class,
        format!(
            "The row in table '{table}' with primary key '{}' has an invalid foreign key: {table}.{column} contains a \
             value '{}' that does not have a corresponding value in {parent}.{target}.",
            value(0),
            value(1)
        ),
    ))
}

/// The statements that `connection.queries` shows: `{"sql": …, "time": …}` each.
pub(super) fn queries(vm: &mut Vm, database: &Database) -> PyResult<Vec<Value>> {
    let mut all = Vec::new();
    for query in database.visible_log() {
        let sql = match database.connection.rendered(&query) {
            Ok(sql) => sql,
            Err(_) => query.sql.clone(),
        };
        let dict = Dict::new();
        dict.set_str("sql", sql);
        dict.set_str("time", "0.000");
        all.push(Value::Dict(Rc::new(dict)));
        vm.tick()?;
    }
    Ok(all)
}

/// `connection.operators`: how each lookup compares.
fn operators() -> Rc<Dict> {
    let names = [
        "exact",
        "iexact",
        "contains",
        "icontains",
        "regex",
        "iregex",
        "gt",
        "gte",
        "lt",
        "lte",
        "startswith",
        "endswith",
        "istartswith",
        "iendswith",
    ];
    let dict = Dict::new();
    for name in names {
        dict.set_str(name, Sqlite.operator(name));
    }
    Rc::new(dict)
}

/// `connection.pattern_ops`: how lookups compare with a pattern that is SQL itself.
fn pattern_operators() -> Rc<Dict> {
    let dict = Dict::new();
    for (name, pattern) in [
        ("contains", r"LIKE '%%' || {} || '%%' ESCAPE '\'"),
        ("icontains", r"LIKE '%%' || UPPER({}) || '%%' ESCAPE '\'"),
        ("startswith", r"LIKE {} || '%%' ESCAPE '\'"),
        ("istartswith", r"LIKE UPPER({}) || '%%' ESCAPE '\'"),
        ("endswith", r"LIKE '%%' || {} ESCAPE '\'"),
        ("iendswith", r"LIKE '%%' || UPPER({}) ESCAPE '\'"),
    ] {
        dict.set_str(name, pattern);
    }
    Rc::new(dict)
}

impl ConnectionClasses {
    /// Those of this machine; made on first use.
    pub fn of(vm: &mut Vm) -> Rc<Self> {
        if let Some(known) = vm.host::<Self>() {
            return known;
        }
        let (features, ops) = (features::features(vm), features::ops(vm));
        let mut builder = ClassBuilder::new("DatabaseWrapper")
            .module("django.db.backends.sqlite3.base")
            .native_layout("DatabaseWrapper")
            .value("vendor", "sqlite")
            .value("display_name", "SQLite")
            .value("queries_limit", 9000)
            .value("features", features)
            .value("ops", ops)
            .value("operators", operators())
            .value("pattern_ops", pattern_operators())
            .value("pattern_esc", r"REPLACE(REPLACE(REPLACE({}, '\', '\\'), '%%', '\%%'), '_', '\_')")
            .value("closed_in_transaction", false)
            .value("connection", true)
            .property("alias", |vm, args| Ok(Value::Str(db(vm, &args)?.alias.clone())))
            .property("queries", |vm, args| {
                let database = db(vm, &args)?;
                Ok(Value::list(queries(vm, &database)?))
            })
            .property("queries_log", |vm, args| {
                let database = db(vm, &args)?;
                let class = Self::of(vm).log.clone();
                Ok(Instance::native(class, ConnectionPayload { database }).into())
            })
            .property("queries_logged", |vm, args| {
                let database = db(vm, &args)?;
                Ok(database.queries_logged(vm).into())
            })
            .property("savepoint_ids", |vm, args| Ok(Value::List(db(vm, &args)?.savepoint_ids.clone())))
            .property("savepoint_state", |vm, args| Ok(db(vm, &args)?.savepoint_state.get().into()))
            .property("atomic_blocks", |vm, args| {
                let blocks: Vec<Value> =
                    db(vm, &args)?.blocks.borrow().iter().map(|block| block.object.clone()).collect();
                Ok(Value::list(blocks))
            })
            .property("execute_wrappers", |vm, args| {
                let wrappers = db(vm, &args)?.wrappers.borrow().clone();
                Ok(Value::list(wrappers))
            })
            .property("settings_dict", |vm, args| {
                let _ = db(vm, &args)?;
                let dict = Dict::new();
                for (name, value) in [
                    ("ENGINE", Value::str("django.db.backends.sqlite3")),
                    ("NAME", Value::str(":memory:")),
                    ("ATOMIC_REQUESTS", Value::Bool(false)),
                    ("AUTOCOMMIT", Value::Bool(true)),
                    ("CONN_MAX_AGE", Value::Int(0)),
                    ("CONN_HEALTH_CHECKS", Value::Bool(false)),
                    ("OPTIONS", Value::Dict(Rc::default())),
                    ("TIME_ZONE", Value::None),
                    ("USER", Value::str("")),
                    ("PASSWORD", Value::str("")),
                    ("HOST", Value::str("")),
                    ("PORT", Value::str("")),
                ] {
                    dict.set_str(name, value);
                }
                Ok(Value::Dict(Rc::new(dict)))
            })
            .property("introspection", |vm, args| {
                let database = db(vm, &args)?;
                Ok(super::introspection::object(vm, &database))
            })
            .method("cursor", "self", |vm, args| {
                super::refuse_in_coroutine(vm)?;
                let database = db(vm, &args)?;
                Ok(cursor::new(vm, &database))
            })
            .method("chunked_cursor", "self", |vm, args| {
                super::refuse_in_coroutine(vm)?;
                let database = db(vm, &args)?;
                Ok(cursor::new(vm, &database))
            })
            .method("ensure_connection", "self", |vm, _| {
                super::refuse_in_coroutine(vm)?;
                Ok(Value::None)
            })
            .method("connect", "self", |_, _| Ok(Value::None))
            .method("close", "self", |_, _| Ok(Value::None))
            .method("close_if_unusable_or_obsolete", "self", |_, _| Ok(Value::None))
            .method("is_usable", "self", |_, _| Ok(Value::Bool(true)))
            .method("is_in_memory_db", "self", |_, _| Ok(Value::Bool(true)))
            .method("get_database_version", "self", |vm, args| {
                let found = db(vm, &args)?.connection.execute_plain("SELECT sqlite_version()", &Params::None);
                let text = found.ok().and_then(|result| result.rows.first()?.first().map(ToString::to_string));
                let parts: Vec<Value> = text
                    .unwrap_or_default()
                    .split('.')
                    .filter_map(|part| part.parse::<i64>().ok().map(Value::Int))
                    .collect();
                Ok(Value::tuple(parts))
            })
            .method("schema_editor", "self, *args, **kwargs", |vm, args| {
                let module = vm.import_module("django.db.backends.sqlite3.schema")?;
                let mut call = Args::new([args[0].clone()]);
                call.positional.extend(args.rest(1).iter().cloned());
                call.keywords = args.keyword_rest(2);
                vm.call_method(&module, "DatabaseSchemaEditor", call)
            })
            .method("__repr__", "self", |vm, args| {
                let alias = Value::Str(db(vm, &args)?.alias.clone());
                Ok(format!("<DatabaseWrapper vendor='sqlite' alias={}>", vm.repr(&alias)?).into())
            })
            .method("__eq__", "self, other", |_, args| Ok(args[0].is(&args[1]).into()))
            .method("__hash__", "self", |vm, args| Ok(vm.identity(&args[0]).into()));
        for (name, get, set) in FLAGS {
            builder = builder.property_mut(name, *get, *set);
        }
        for (name, signature, code) in TRANSACTIONS {
            builder = builder.method(name, signature, *code);
        }
        let connection = builder.build(vm);
        let log = log_class(vm);
        let made = Rc::new(Self { connection, log });
        vm.set_host(made.clone());
        made
    }
}

/// `connection.queries_log`
fn log_class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("deque")
        .module("collections")
        .native_layout("QueriesLog")
        .value("maxlen", 9000)
        .method("__len__", "self", |vm, args| Ok(db(vm, &args)?.visible_log().len().into()))
        .method("__iter__", "self", |vm, args| {
            let database = db(vm, &args)?;
            let all = Value::list(queries(vm, &database)?);
            vm.iter(&all)
        })
        .method("__getitem__", "self, index", |vm, args| {
            let database = db(vm, &args)?;
            let all = Value::list(queries(vm, &database)?);
            vm.get_item(&all, &args[1])
        })
        .method("clear", "self", |vm, args| {
            forget_queries(&*db(vm, &args)?);
            Ok(Value::None)
        })
        .build(vm)
}

/// As reset_queries for one connection.
pub(super) fn forget_queries(database: &Database) {
    database.log_start.set(database.connection.log_len());
}

/// The object of a database.
pub fn of(vm: &mut Vm, database: &Rc<Database>) -> Value {
    /// The objects made so far, one an alias: names that a program bound stay the same object in later runs.
    #[derive(Default)]
    struct Made(std::cell::RefCell<Vec<(Str, Value)>>);
    let made = match vm.host::<Made>() {
        Some(made) => made,
        None => {
            let made = Rc::new(Made::default());
            vm.set_host(made.clone());
            made
        }
    };
    let known = made.0.borrow().iter().find(|(alias, _)| *alias == database.alias).map(|(_, value)| value.clone());
    if let Some(known) = known {
        return known;
    }
    let class = ConnectionClasses::of(vm).connection.clone();
    let object: Value = Instance::native(class, ConnectionPayload { database: database.clone() }).into();
    made.0.borrow_mut().push((database.alias.clone(), object.clone()));
    object
}

/// The alias that `using=` names.
pub(super) fn alias_of(vm: &mut Vm, using: &Value) -> PyResult<Str> {
    if using.is_none() || using.is_unset() {
        return Ok(Str::interned("default"));
    }
    vm.to_str(using)
}
