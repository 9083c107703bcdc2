//! The driver's own exceptions: each of Django's is raised from one of them.

use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{Class, ClassBuilder, Raised, Value};
use crate::python::vm::Vm;

/// The classes of `sqlite3`, made on first use.
struct DriverErrors(Vec<Rc<Class>>);

/// Each with the one that it is below.
const CLASSES: &[(&str, &str)] = &[
    ("Error", ""),
    ("InterfaceError", "Error"),
    ("DatabaseError", "Error"),
    ("InternalError", "DatabaseError"),
    ("OperationalError", "DatabaseError"),
    ("ProgrammingError", "DatabaseError"),
    ("IntegrityError", "DatabaseError"),
    ("DataError", "DatabaseError"),
    ("NotSupportedError", "DatabaseError"),
];

/// The driver's class of this name.
pub fn class(vm: &mut Vm, name: &str) -> Option<Rc<Class>> {
    let known = match vm.host::<DriverErrors>() {
        Some(known) => known,
        None => {
            let mut made: Vec<Rc<Class>> = Vec::new();
            for (name, base) in CLASSES {
                let base = made.iter().find(|class| *class.name() == **base).cloned();
                let base = base.unwrap_or_else(|| vm.exceptions.get(Kind::Exception).clone());
                made.push(ClassBuilder::new(*name).module("sqlite3").base(&base).build(vm));
            }
            let made = Rc::new(DriverErrors(made));
            vm.set_host(made.clone());
            made
        }
    };
    known.0.iter().find(|class| *class.name() == *name).cloned()
}

/// The driver's exception that one of Django's was raised from, without a trace of Django's.
pub fn unwrapped(raised: Raised) -> Raised {
    let cause = raised.0.exception_state().and_then(|state| state.cause.borrow().clone());
    match cause {
        Some(Value::Instance(cause)) => Raised(cause),
        _ => raised,
    }
}

/// An exception of Django's, with the driver's exception that it was raised from.
pub fn caused(vm: &mut Vm, raised: Raised) -> Raised {
    let name = raised.0.class().name();
    let Some(class) = class(vm, &name) else { return raised };
    let Some(state) = raised.0.exception_state() else { return raised };
    let args = state.args.borrow().clone();
    match vm.new_exception(&class, args) {
        Ok(cause) if cause.fatal().is_none() => {
            *state.cause.borrow_mut() = Some(cause.value());
            *state.context.borrow_mut() = Some(cause.value());
            state.suppress_context.set(true);
            raised
        }
        Ok(_) => raised,
        Err(raised) => raised,
    }
}
