//! `connection` as Python sees it.

use std::rc::Rc;

use crate::python::object::{Class, ClassBuilder, Instance, Value};
use crate::python::vm::Vm;

use super::Database;

/// What a connection object holds.
pub struct ConnectionPayload {
    /// The database.
    pub database: Rc<Database>,
}

/// The classes of connection objects.
pub struct ConnectionClasses {
    /// `DatabaseWrapper`
    pub connection: Rc<Class>,
}

impl ConnectionClasses {
    /// Those of this machine; made on first use.
    pub fn of(vm: &mut Vm) -> Rc<Self> {
        if let Some(known) = vm.host::<Self>() {
            return known;
        }
        let connection = ClassBuilder::new("DatabaseWrapper")
            .module("django.db.backends.sqlite3.base")
            .native_layout("DatabaseWrapper")
            .value("vendor", "sqlite")
            .value("display_name", "SQLite")
            .property("alias", |vm, args| {
                Ok(Value::Str(vm.payload::<ConnectionPayload>(&args[0])?.database.alias.clone()))
            })
            .build(vm);
        let made = Rc::new(Self { connection });
        vm.set_host(made.clone());
        made
    }
}

/// The object of a database.
pub fn of(vm: &mut Vm, database: &Rc<Database>) -> Value {
    let class = ConnectionClasses::of(vm).connection.clone();
    database
        .object
        .get_or_init(|| Instance::native(class, ConnectionPayload { database: database.clone() }).into())
        .clone()
}
