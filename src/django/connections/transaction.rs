//! `django.db.transaction`, and the context managers of connections.

use std::cell::Cell;
use std::rc::Rc;

use crate::python::object::{Args, Class, ClassBuilder, Instance, Module, NativeFn, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::object::alias_of;
use super::{Database, database, wrappers};

/// The classes of this module.
struct Classes {
    atomic: Rc<Class>,
    marker: Rc<Class>,
    block: Rc<Class>,
}

/// What a context manager of a connection does on its way out.
struct BlockPayload {
    database: Rc<Database>,
    kind: BlockKind,
    was_disabled: Cell<bool>,
}

enum BlockKind {
    /// `execute_wrapper`
    Wrapper(Value),
    /// `constraint_checks_disabled`
    Constraints,
}

fn classes(vm: &mut Vm) -> Rc<Classes> {
    if let Some(known) = vm.host::<Classes>() {
        return known;
    }
    let atomic = ClassBuilder::new("Atomic")
        .module("django.db.transaction")
        .method("__init__", "self, using, savepoint, durable", |vm, args| {
            for (name, at) in [("using", 1), ("savepoint", 2), ("durable", 3)] {
                vm.set_attr(&args[0], name, args[at].clone())?;
            }
            vm.set_attr(&args[0], "_from_testcase", false)?;
            Ok(Value::None)
        })
        .method("__enter__", "self", enter)
        .method("__exit__", "self, exc_type, exc_value, traceback", |vm, args| {
            let using = vm.get_attr(&args[0], "using")?;
            let alias = alias_of(vm, &using)?;
            database(vm, &alias)?.end_atomic(vm, !args[1].is_none())?;
            Ok(Value::None)
        })
        .method("__call__", "self, func", |_, args| Ok(decorate(&args[0], &args[1])))
        .build(vm);
    let marker = ClassBuilder::new("_GeneratorContextManager")
        .module("contextlib")
        .method("__enter__", "self", |_, _| Ok(Value::None))
        .method("__exit__", "self, typ, value, traceback", |vm, args| {
            let using = vm.get_attr(&args[0], "using")?;
            let alias = alias_of(vm, &using)?;
            if let Some(instance) = args[2].as_instance()
                && instance.exception_state().is_some()
            {
                let raised = crate::python::object::Raised(instance.clone());
                database(vm, &alias)?.mark_broken(vm, &raised);
            }
            Ok(Value::Bool(false))
        })
        .method("__call__", "self, func", |_, args| Ok(decorate(&args[0], &args[1])))
        .build(vm);
    let block = ClassBuilder::new("_GeneratorContextManager")
        .module("contextlib")
        .native_layout("ConnectionBlock")
        .method("__enter__", "self", |vm, args| {
            let payload = vm.payload::<BlockPayload>(&args[0])?;
            match &payload.kind {
                BlockKind::Wrapper(wrapper) => payload.database.wrappers.borrow_mut().push(wrapper.clone()),
                BlockKind::Constraints => {
                    let connection = super::object::of(vm, &payload.database);
                    let disabled = vm.call_method(&connection, "disable_constraint_checking", ())?;
                    payload.was_disabled.set(vm.truth(&disabled)?);
                }
            }
            Ok(Value::None)
        })
        .method("__exit__", "self, typ, value, traceback", |vm, args| {
            let payload = vm.payload::<BlockPayload>(&args[0])?;
            match &payload.kind {
                BlockKind::Wrapper(_) => {
                    payload.database.wrappers.borrow_mut().pop();
                }
                BlockKind::Constraints if payload.was_disabled.get() => {
                    let connection = super::object::of(vm, &payload.database);
                    vm.call_method(&connection, "enable_constraint_checking", ())?;
                }
                BlockKind::Constraints => {}
            }
            Ok(Value::Bool(false))
        })
        .method("__call__", "self, func", |_, args| Ok(decorate(&args[0], &args[1])))
        .build(vm);
    let made = Rc::new(Classes { atomic, marker, block });
    vm.set_host(made.clone());
    made
}

/// `connection.execute_wrapper(wrapper)`
pub(super) fn wrapper_block(vm: &mut Vm, database: &Rc<Database>, wrapper: Value) -> Value {
    let class = classes(vm).block.clone();
    let kind = BlockKind::Wrapper(wrapper);
    Instance::native(class, BlockPayload { database: database.clone(), kind, was_disabled: Cell::new(false) }).into()
}

/// `connection.constraint_checks_disabled()`
pub(super) fn constraints_block(vm: &mut Vm, database: &Rc<Database>) -> Value {
    let class = classes(vm).block.clone();
    let kind = BlockKind::Constraints;
    Instance::native(class, BlockPayload { database: database.clone(), kind, was_disabled: Cell::new(false) }).into()
}

fn enter(vm: &mut Vm, args: Args) -> PyResult {
    let part = |vm: &mut Vm, name: &str| vm.get_attr(&args[0], name);
    let using = part(vm, "using")?;
    let (savepoint, durable) = (part(vm, "savepoint")?, part(vm, "durable")?);
    let from_test_case = part(vm, "_from_testcase")?;
    let (savepoint, durable) = (vm.truth(&savepoint)?, vm.truth(&durable)?);
    let from_test_case = vm.truth(&from_test_case)?;
    let alias = alias_of(vm, &using)?;
    database(vm, &alias)?.begin_atomic(vm, savepoint, durable, from_test_case, args[0].clone())?;
    Ok(Value::None)
}

/// The function with the context manager around each of its calls.
fn decorate(manager: &Value, function: &Value) -> Value {
    let name = match function {
        Value::Function(function) => function.name.borrow().to_string(),
        Value::Native(native) => native.name.to_string(),
        _ => "inner".to_owned(),
    };
    let (manager, called) = (manager.clone(), function.clone());
    let mut inner = wrappers::raw(&name, move |vm: &mut Vm, args: Args| {
        vm.call_method(&manager, "__enter__", ())?;
        match vm.call_args(&called, args) {
            Ok(value) => {
                vm.call_method(&manager, "__exit__", [Value::None, Value::None, Value::None])?;
                Ok(value)
            }
            Err(raised) if raised.fatal().is_some() => Err(raised),
            Err(raised) => {
                let class = Value::Class(raised.0.class());
                vm.call_method(&manager, "__exit__", [class, raised.value(), Value::None])?;
                Err(raised)
            }
        }
    });
    inner.binds = true;
    inner.python_like = true;
    if let Value::Function(function) = function {
        inner.qualname = function.qualname.borrow().clone();
        *inner.module.get_mut() = function.module.borrow().clone();
        *inner.doc.get_mut() = function.doc.borrow().clone();
        let dict = inner.dict.get_or_init(Rc::default);
        for (name, value) in function.dict().str_items() {
            dict.set_str(name, value);
        }
    }
    inner.dict.get_or_init(Rc::default).set_str("__wrapped__", function.clone());
    inner.into_value()
}

/// Functions that go on to the connection's method of the same name.
const DELEGATES: &[(&str, &str, NativeFn)] = &[
    ("get_autocommit", "using=None", |vm, args| go_on(vm, "get_autocommit", &args, 0)),
    ("set_autocommit", "autocommit, using=None", |vm, args| go_on(vm, "set_autocommit", &args, 1)),
    ("commit", "using=None", |vm, args| go_on(vm, "commit", &args, 0)),
    ("rollback", "using=None", |vm, args| go_on(vm, "rollback", &args, 0)),
    ("savepoint", "using=None", |vm, args| go_on(vm, "savepoint", &args, 0)),
    ("savepoint_rollback", "sid, using=None", |vm, args| go_on(vm, "savepoint_rollback", &args, 1)),
    ("savepoint_commit", "sid, using=None", |vm, args| go_on(vm, "savepoint_commit", &args, 1)),
    ("clean_savepoints", "using=None", |vm, args| go_on(vm, "clean_savepoints", &args, 0)),
    ("get_rollback", "using=None", |vm, args| go_on(vm, "get_rollback", &args, 0)),
    ("set_rollback", "rollback, using=None", |vm, args| go_on(vm, "set_rollback", &args, 1)),
];

/// Calls a method of the connection with the first `count` arguments; the one after them names the connection.
fn go_on(vm: &mut Vm, method: &str, args: &Args, count: usize) -> PyResult {
    let connection = connection(vm, &args[count])?;
    vm.call_method(&connection, method, args.positional[..count].to_vec())
}

fn connection(vm: &mut Vm, using: &Value) -> PyResult {
    let alias = alias_of(vm, using)?;
    super::connection_object(vm, &alias)
}

/// An `Atomic` object.
pub fn new_atomic(vm: &mut Vm, using: Value, savepoint: bool, durable: bool) -> PyResult {
    let class = Value::Class(classes(vm).atomic.clone());
    vm.call(&class, [using, Value::Bool(savepoint), Value::Bool(durable)])
}

/// `django.db.transaction`
pub fn module(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let classes = classes(vm);
    let errors = crate::django::state::Django::of(vm);
    for (name, signature, code) in DELEGATES {
        module = module.function(name, signature, *code);
    }
    Ok(module
        .class(&classes.atomic)
        .class(&errors.errors.transaction_management_error)
        .value("DEFAULT_DB_ALIAS", "default")
        .function("get_connection", "using=None", |vm, args| connection(vm, &args[0]))
        .function("atomic", "using=None, savepoint=True, durable=False", |vm, args| {
            let (savepoint, durable) = (vm.truth(&args[1])?, vm.truth(&args[2])?);
            if vm.is_callable(&args[0]) {
                let atomic = new_atomic(vm, Value::Str(Str::interned("default")), savepoint, durable)?;
                return Ok(decorate(&atomic, &args[0]));
            }
            new_atomic(vm, args[0].clone(), savepoint, durable)
        })
        .function("mark_for_rollback_on_error", "using=None", |vm, args| {
            let class = self::classes(vm).marker.clone();
            let made = Instance::new(class);
            made.set("using", args[0].clone());
            Ok(made.into())
        })
        .function("on_commit", "func, using=None, robust=False", |vm, args| {
            let connection = connection(vm, &args[1])?;
            vm.call_method(&connection, "on_commit", [args[0].clone(), args[2].clone()])
        })
        .function("non_atomic_requests", "using=None", |vm, args| {
            if vm.is_callable(&args[0]) {
                return Ok(args[0].clone());
            }
            let same = wrappers::raw("<lambda>", |_: &mut Vm, args: Args| Ok(args[0].clone()));
            Ok(same.into_value())
        }))
}
