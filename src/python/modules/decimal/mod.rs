//! `decimal`: the class, contexts and signals over [`crate::values::decimal`].
//!
//! A host makes and reads numbers with [`new_decimal`] and [`as_decimal`].

mod context;
mod number;

use std::cell::RefCell;
use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, Module, ModuleObject, PyResult, Raised, Value};
use crate::python::vm::Vm;
use crate::values::decimal::{Context, Decimal, DecimalError, MAX_PREC, Rounding, Signal};

/// What a context object holds.
type ContextCell = Rc<RefCell<Context>>;

/// The module's classes and the context that arithmetic uses.
pub struct Classes {
    /// `Decimal`
    pub decimal: Rc<Class>,
    /// `Context`
    pub context: Rc<Class>,
    /// `DecimalException`
    pub exception: Rc<Class>,
    /// `DecimalTuple`
    tuple: Rc<Class>,
    signals: Vec<(&'static str, Rc<Class>)>,
    signal_dict: Rc<Class>,
    manager: Rc<Class>,
    current: RefCell<Value>,
}

/// The classes, made on first use.
pub fn classes(vm: &mut Vm) -> Rc<Classes> {
    vm.hosted(|vm| {
        let arithmetic = vm.exceptions.get(Kind::ArithmeticError).clone();
        let exception = ClassBuilder::new("DecimalException").module("decimal").base(&arithmetic).build(vm);
        let mut signals: Vec<(&'static str, Rc<Class>)> = Vec::new();
        for (name, bases) in EXCEPTIONS {
            let mut builder = ClassBuilder::new(*name).module("decimal");
            for base in *bases {
                let class = match *base {
                    "DecimalException" => exception.clone(),
                    "ZeroDivisionError" => vm.exceptions.get(Kind::ZeroDivisionError).clone(),
                    "TypeError" => vm.exceptions.get(Kind::TypeError).clone(),
                    base => match signals.iter().find(|(known, _)| known == &base) {
                        Some((_, class)) => class.clone(),
                        None => exception.clone(),
                    },
                };
                builder = builder.base(&class);
            }
            signals.push((name, builder.build(vm)));
        }
        let decimal = number::class(vm);
        let tuple = number::tuple_class(vm);
        let context = context::class(vm);
        let signal_dict = context::signal_dict_class(vm);
        let manager = context::manager_class(vm);
        let current = context::new_context(&context, Context::default());
        Classes { decimal, context, exception, tuple, signals, signal_dict, manager, current: RefCell::new(current) }
    })
}

/// The exceptions with their bases, in an order in which they can be made.
const EXCEPTIONS: &[(&str, &[&str])] = &[
    ("Clamped", &["DecimalException"]),
    ("InvalidOperation", &["DecimalException"]),
    ("ConversionSyntax", &["InvalidOperation"]),
    ("DivisionImpossible", &["InvalidOperation"]),
    ("DivisionUndefined", &["InvalidOperation", "ZeroDivisionError"]),
    ("InvalidContext", &["InvalidOperation"]),
    ("DivisionByZero", &["DecimalException", "ZeroDivisionError"]),
    ("Inexact", &["DecimalException"]),
    ("Rounded", &["DecimalException"]),
    ("Subnormal", &["DecimalException"]),
    ("Overflow", &["Inexact", "Rounded"]),
    ("Underflow", &["Inexact", "Rounded", "Subnormal"]),
    ("FloatOperation", &["DecimalException", "TypeError"]),
];

/// The roundings by their Python names.
const ROUNDINGS: [&str; 8] = [
    "ROUND_CEILING",
    "ROUND_FLOOR",
    "ROUND_UP",
    "ROUND_DOWN",
    "ROUND_HALF_UP",
    "ROUND_HALF_DOWN",
    "ROUND_HALF_EVEN",
    "ROUND_05UP",
];

/// The module.
pub fn module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let classes = classes(vm);
    let mut module = Module::new("decimal")
        .class(&classes.decimal)
        .class(&classes.context)
        .class(&classes.tuple)
        .class(&classes.exception)
        .value("DefaultContext", context::new_context(&classes.context, Context::default()))
        .value("BasicContext", context::new_context(&classes.context, Context::basic()))
        .value("ExtendedContext", context::new_context(&classes.context, Context::extended()))
        .value("MAX_PREC", MAX_PREC)
        .value("MAX_EMAX", MAX_PREC)
        .value("MIN_EMIN", -MAX_PREC)
        .value("MIN_ETINY", -2 * MAX_PREC + 1)
        .value("HAVE_THREADS", true)
        .value("HAVE_CONTEXTVAR", true)
        .function("getcontext", "", |vm, _| Ok(current(vm)))
        .function("setcontext", "context, /", |vm, args| {
            if args[0].payload::<ContextCell>().is_none() {
                return Err(vm.type_error("optional argument must be a context"));
            }
            let old = classes_of(vm).current.replace(args[0].clone());
            drop(old);
            Ok(Value::None)
        })
        .function("localcontext", "ctx=None, **kwargs", context::local_context);
    for (name, class) in &classes.signals {
        if Signal::from_name(name).is_some() {
            module = module.class(class);
        }
    }
    for name in ROUNDINGS {
        module = module.value(name, name);
    }
    Ok(module.build())
}

fn classes_of(vm: &mut Vm) -> Rc<Classes> {
    classes(vm)
}

/// The context object in use.
fn current(vm: &mut Vm) -> Value {
    classes(vm).current.borrow().clone()
}

/// A `Decimal`.
pub fn new_decimal(vm: &mut Vm, number: Decimal) -> Value {
    let class = classes(vm).decimal.clone();
    Instance::native(class, number).into()
}

/// The number that a `Decimal` is.
pub fn as_decimal(value: &Value) -> Option<Decimal> {
    value.payload::<Decimal>().cloned()
}

/// Runs an operation in the context in use; a trapped condition is raised as Python's exception.
pub fn in_context<T>(vm: &mut Vm, run: impl FnOnce(&mut Context) -> Result<T, DecimalError>) -> PyResult<T> {
    let current = current(vm);
    run_in(vm, &current, run)
}

/// The same with a given context object.
fn run_in<T>(vm: &mut Vm, context: &Value, run: impl FnOnce(&mut Context) -> Result<T, DecimalError>) -> PyResult<T> {
    let Some(cell) = context.payload::<ContextCell>() else {
        return Err(vm.type_error("optional argument must be a context"));
    };
    let precision = cell.borrow().prec;
    // A precision that no digits could ever fill is refused where it matters.
    if (1000..10_000_000).contains(&precision) {
        let limbs = precision.unsigned_abs() / 19;
        vm.spend(limbs.saturating_mul(limbs) / 4)?;
    }
    let result = run(&mut cell.borrow_mut());
    match result {
        Ok(value) => Ok(value),
        Err(error) => Err(decimal_error(vm, error)?),
    }
}

/// The context named by an optional argument, else the one in use.
fn context_arg(vm: &mut Vm, value: &Value) -> PyResult<Value> {
    if value.is_unset() || value.is_none() {
        return Ok(current(vm));
    }
    if value.payload::<ContextCell>().is_some() {
        return Ok(value.clone());
    }
    Err(vm.type_error("optional argument must be a context"))
}

/// The exception for trapped conditions: its argument lists their classes.
fn decimal_error(vm: &mut Vm, error: DecimalError) -> PyResult<Raised> {
    let Some(signal) = error.signal() else { return Ok(vm.raise(Kind::MemoryError, "")) };
    let classes = classes(vm);
    let find = |name: &str| classes.signals.iter().find(|(known, _)| *known == name).map(|(_, class)| class.clone());
    let named: Vec<Value> = error.conditions.class_names().into_iter().filter_map(find).map(Value::from).collect();
    let class = find(signal.name()).unwrap_or_else(|| classes.exception.clone());
    vm.new_exception(&class, Args::new([Value::list(named)]))
}

/// A rounding named by a value.
fn rounding_arg(vm: &mut Vm, value: &Value) -> PyResult<Rounding> {
    match value.as_str().and_then(|name| Rounding::from_name(name)) {
        Some(rounding) => Ok(rounding),
        None => Err(vm.type_error(
            "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   ROUND_HALF_UP, \
             ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]",
        )),
    }
}
