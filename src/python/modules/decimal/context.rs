//! `Context`, its dicts of signals, and `localcontext`.

use std::cell::RefCell;
use std::rc::Rc;

use super::number::{BINARY, Binary, TESTS, UNARY, Unary, from_value, required};
use super::{ContextCell, classes, current, new_decimal, rounding_arg, run_in};
use crate::python::exceptions::Kind;
use crate::python::modules::arguments::{c_size, keywords};
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::decimal::{Conditions, Context, Decimal, MAX_PREC, Signal};

/// A context object.
pub(super) fn new_context(class: &Rc<Class>, context: Context) -> Value {
    Instance::native(class.clone(), ContextCell::new(RefCell::new(context))).into()
}

fn own(vm: &mut Vm, args: &Args) -> PyResult<ContextCell> {
    Ok(vm.payload::<ContextCell>(&args[0])?.clone())
}

pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    let mut builder = ClassBuilder::new("Context")
        .module("decimal")
        .native_layout("Context")
        .builtin()
        .constructor(new)
        .property_mut("prec", |vm, args| Ok(own(vm, &args)?.borrow().prec.into()), |vm, args| set(vm, &args, "prec"))
        .property_mut(
            "rounding",
            |vm, args| Ok(own(vm, &args)?.borrow().rounding.name().into()),
            |vm, args| set(vm, &args, "rounding"),
        )
        .property_mut("Emin", |vm, args| Ok(own(vm, &args)?.borrow().emin.into()), |vm, args| set(vm, &args, "Emin"))
        .property_mut("Emax", |vm, args| Ok(own(vm, &args)?.borrow().emax.into()), |vm, args| set(vm, &args, "Emax"))
        .property_mut(
            "capitals",
            |vm, args| Ok(i64::from(own(vm, &args)?.borrow().capitals).into()),
            |vm, args| set(vm, &args, "capitals"),
        )
        .property_mut(
            "clamp",
            |vm, args| Ok(i64::from(own(vm, &args)?.borrow().clamp).into()),
            |vm, args| set(vm, &args, "clamp"),
        )
        .property_mut("flags", |vm, args| signals(vm, &args, false), |vm, args| set(vm, &args, "flags"))
        .property_mut("traps", |vm, args| signals(vm, &args, true), |vm, args| set(vm, &args, "traps"))
        .arity("Etiny", 1, 1, |vm, args| Ok(own(vm, &args)?.borrow().etiny().into()))
        .arity("Etop", 1, 1, |vm, args| Ok(own(vm, &args)?.borrow().etop().into()))
        .arity("clear_flags", 1, 1, |vm, args| {
            own(vm, &args)?.borrow_mut().flags = Conditions::NONE;
            Ok(Value::None)
        })
        .arity("clear_traps", 1, 1, |vm, args| {
            own(vm, &args)?.borrow_mut().traps = Conditions::NONE;
            Ok(Value::None)
        })
        .arity("copy", 1, 1, copy)
        .arity("__copy__", 1, 1, copy)
        .method("create_decimal", "self, num='0', /", |vm, args| {
            if let Some(text) = args[1].as_str().cloned() {
                let result = run_in(vm, &args[0], |context| context.create_from_text(&text))?;
                return Ok(new_decimal(vm, result));
            }
            let number = from_value(vm, &args[1], &args[0])?;
            let result = run_in(vm, &args[0], |context| context.create(&number))?;
            Ok(new_decimal(vm, result))
        })
        .method("create_decimal_from_float", "self, f, /", |vm, args| {
            let number = match args[1].plain() {
                Value::Real(number) => Decimal::from_f64(number.get()),
                _ => required(vm, &args[1])?,
            };
            let result = run_in(vm, &args[0], |context| context.create(&number))?;
            Ok(new_decimal(vm, result))
        })
        .method("quantize", "self, a, b", |vm, args| {
            let (a, b) = (required(vm, &args[1])?, required(vm, &args[2])?);
            let result = run_in(vm, &args[0], |context| context.quantize(&a, &b, None))?;
            Ok(new_decimal(vm, result))
        })
        .method("divmod", "self, a, b", |vm, args| {
            let (a, b) = (required(vm, &args[1])?, required(vm, &args[2])?);
            let (quotient, rest) = run_in(vm, &args[0], |context| context.divmod(&a, &b))?;
            Ok(Value::tuple([new_decimal(vm, quotient), new_decimal(vm, rest)]))
        })
        .method("fma", "self, a, b, c", |vm, args| {
            let (a, b, c) = (required(vm, &args[1])?, required(vm, &args[2])?, required(vm, &args[3])?);
            let result = run_in(vm, &args[0], |context| context.fma(&a, &b, &c))?;
            Ok(new_decimal(vm, result))
        })
        .method("number_class", "self, a", |vm, args| {
            let a = required(vm, &args[1])?;
            run_in(vm, &args[0], |context| Ok(context.number_class(&a).into()))
        })
        .method("same_quantum", "self, a, b", |vm, args| {
            let (a, b) = (required(vm, &args[1])?, required(vm, &args[2])?);
            Ok(a.same_quantum(&b).into())
        })
        .method("to_sci_string", "self, a", |vm, args| {
            let a = required(vm, &args[1])?;
            run_in(vm, &args[0], |context| Ok(context.to_text(&a).into()))
        })
        .method("to_eng_string", "self, a", |vm, args| {
            let a = required(vm, &args[1])?;
            run_in(vm, &args[0], |context| Ok(a.to_eng_text(context.capitals).into()))
        })
        .method("power", "self, a, b, modulo=None", |vm, args| {
            let (a, b) = (required(vm, &args[1])?, required(vm, &args[2])?);
            let result = if args[3].is_none() {
                run_in(vm, &args[0], |context| context.power(&a, &b))?
            } else {
                let modulo = required(vm, &args[3])?;
                run_in(vm, &args[0], |context| context.power_mod(&a, &b, &modulo))?
            };
            Ok(new_decimal(vm, result))
        })
        .arity("radix", 1, 1, |_, _| Ok(10.into()))
        .arity("__repr__", 1, 1, |vm, args| {
            let cell = own(vm, &args)?;
            let context = cell.borrow();
            Ok(format!(
                "Context(prec={}, rounding={}, Emin={}, Emax={}, capitals={}, clamp={}, flags=[{}], traps=[{}])",
                context.prec,
                context.rounding.name(),
                context.emin,
                context.emax,
                u8::from(context.capitals),
                u8::from(context.clamp),
                names(context.flags),
                names(context.traps)
            )
            .into())
        });
    let unary: [(&str, Unary); 6] = [
        ("abs", Context::abs),
        ("minus", Context::minus),
        ("plus", Context::plus),
        ("to_integral_value", |context, a| context.to_integral_value(a, None)),
        ("to_integral_exact", |context, a| context.to_integral_exact(a, None)),
        ("copy_decimal", |_, a| Ok(a.clone())),
    ];
    for (name, operation) in unary.iter().chain(UNARY) {
        let operation = *operation;
        builder = builder.method_closure(name, "self, a", move |vm, args| {
            let a = required(vm, &args[1])?;
            let result = run_in(vm, &args[0], |context| operation(context, &a))?;
            Ok(new_decimal(vm, result))
        });
    }
    let binary: [(&str, Binary); 6] = [
        ("add", Context::add),
        ("subtract", Context::subtract),
        ("multiply", Context::multiply),
        ("divide", Context::divide),
        ("divide_int", Context::divide_int),
        ("remainder", Context::remainder),
    ];
    for (name, operation) in binary.iter().chain(BINARY) {
        let operation = *operation;
        builder = builder.method_closure(name, "self, a, b", move |vm, args| {
            let (a, b) = (required(vm, &args[1])?, required(vm, &args[2])?);
            let result = run_in(vm, &args[0], |context| operation(context, &a, &b))?;
            Ok(new_decimal(vm, result))
        });
    }
    for (name, test) in TESTS {
        let test = *test;
        builder = builder.method_closure(name, "self, a", move |vm, args| Ok(test(&required(vm, &args[1])?).into()));
    }
    builder.build(vm)
}

/// The signals in the order in which a context's repr lists them.
const SHOWN: [Signal; 9] = [
    Signal::Clamped,
    Signal::InvalidOperation,
    Signal::DivisionByZero,
    Signal::Inexact,
    Signal::FloatOperation,
    Signal::Overflow,
    Signal::Rounded,
    Signal::Subnormal,
    Signal::Underflow,
];

fn names(conditions: Conditions) -> String {
    let set: Vec<&str> =
        SHOWN.iter().filter(|signal| conditions.intersects(signal.conditions())).map(|signal| signal.name()).collect();
    set.join(", ")
}

fn copy(vm: &mut Vm, args: Args) -> PyResult {
    let context = own(vm, &args)?.borrow().clone();
    Ok(new_context(&classes(vm).context.clone(), context))
}

const FIELDS: [&str; 8] = ["prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"];

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let given = keywords(vm, args, 1, "", FIELDS, 0)?;
    let mut context = Context::default();
    for (name, value) in FIELDS.iter().zip(&given) {
        if !value.is_unset() && !value.is_none() {
            assign(vm, &mut context, name, value)?;
        }
    }
    Ok(new_context(&class, context))
}

fn set(vm: &mut Vm, args: &Args, name: &str) -> PyResult {
    let cell = own(vm, args)?;
    // Reading the value may run code that uses this very context: it is changed afterwards.
    let mut changed = cell.borrow().clone();
    assign(vm, &mut changed, name, &args[1])?;
    *cell.borrow_mut() = changed;
    Ok(Value::None)
}

fn assign(vm: &mut Vm, context: &mut Context, name: &str, value: &Value) -> PyResult<()> {
    match name {
        "rounding" => context.rounding = rounding_arg(vm, value)?,
        "flags" => context.flags = conditions(vm, value)?,
        "traps" => context.traps = conditions(vm, value)?,
        _ => {
            if value.as_bigint().is_none() {
                return Err(vm.type_error("an integer is required"));
            }
            let number = c_size(vm, value)?;
            let (range, text) = match name {
                "prec" => (1..=MAX_PREC, "valid range for prec is [1, MAX_PREC]"),
                "Emin" => (-MAX_PREC..=0, "valid range for Emin is [MIN_EMIN, 0]"),
                "Emax" => (0..=MAX_PREC, "valid range for Emax is [0, MAX_EMAX]"),
                "capitals" => (0..=1, "valid values for capitals are 0 or 1"),
                _ => (0..=1, "valid values for clamp are 0 or 1"),
            };
            if !range.contains(&number) {
                return Err(vm.value_error(text));
            }
            match name {
                "prec" => context.prec = number,
                "Emin" => context.emin = number,
                "Emax" => context.emax = number,
                "capitals" => context.capitals = number == 1,
                _ => context.clamp = number == 1,
            }
        }
    }
    Ok(())
}

fn signal(vm: &mut Vm, value: &Value) -> PyResult<Signal> {
    let found = value.as_class().and_then(|class| Signal::from_name(&class.name()));
    match found {
        Some(signal) => Ok(signal),
        None => Err(vm.raise(Kind::KeyError, "invalid error flag")),
    }
}

/// The conditions of a list of signals, or of a dict that says yes or no to each.
fn conditions(vm: &mut Vm, value: &Value) -> PyResult<Conditions> {
    if let Some(dict) = value.payload::<SignalDict>() {
        return Ok(dict.get());
    }
    let mut set = Conditions::NONE;
    if value.as_dict().is_some() {
        for key in vm.list_from(value)? {
            let truth = vm.call_method(value, "__getitem__", key.clone())?;
            let signal = signal(vm, &key)?;
            if vm.truth(&truth)? {
                set |= signal.conditions();
            }
        }
        return Ok(set);
    }
    for key in vm.list_from(value)? {
        set |= signal(vm, &key)?.conditions();
    }
    Ok(set)
}

/// The flags or the traps of a context, as the dict that Python code sees.
struct SignalDict {
    context: ContextCell,
    traps: bool,
}

impl SignalDict {
    fn get(&self) -> Conditions {
        let context = self.context.borrow();
        if self.traps { context.traps } else { context.flags }
    }

    fn change(&self, signal: Signal, on: bool) {
        let mut context = self.context.borrow_mut();
        let set = if self.traps { &mut context.traps } else { &mut context.flags };
        set.remove(signal.conditions());
        if on {
            *set |= signal.conditions();
        }
    }
}

fn signals(vm: &mut Vm, args: &Args, traps: bool) -> PyResult {
    let context = own(vm, args)?;
    let class = classes(vm).signal_dict.clone();
    Ok(Instance::native(class, SignalDict { context, traps }).into())
}

/// The signals' classes with their truths.
fn items(vm: &mut Vm, args: &Args) -> PyResult<Vec<(Value, bool)>> {
    let set = vm.payload::<SignalDict>(&args[0])?.get();
    let classes = classes(vm);
    Ok(Signal::ALL
        .iter()
        .filter_map(|signal| {
            let class = classes.signals.iter().find(|(name, _)| *name == signal.name())?;
            Some((Value::from(&class.1), set.intersects(signal.conditions())))
        })
        .collect())
}

fn as_plain_dict(vm: &mut Vm, args: &Args) -> PyResult {
    let dict = Rc::new(crate::python::object::Dict::new());
    for (class, on) in items(vm, args)? {
        dict.set(vm, class, on.into())?;
    }
    Ok(Value::Dict(dict))
}

pub(super) fn signal_dict_class(vm: &mut Vm) -> Rc<Class> {
    let mut builder = ClassBuilder::new("SignalDict")
        .module("decimal")
        .native_layout("SignalDict")
        .builtin()
        .arity("__getitem__", 2, 2, |vm, args| {
            let signal = signal(vm, &args[1])?;
            Ok(vm.payload::<SignalDict>(&args[0])?.get().intersects(signal.conditions()).into())
        })
        .arity("__setitem__", 3, 3, |vm, args| {
            let signal = signal(vm, &args[1])?;
            let on = vm.truth(&args[2])?;
            vm.payload::<SignalDict>(&args[0])?.change(signal, on);
            Ok(Value::None)
        })
        .arity("__len__", 1, 1, |_, _| Ok(Signal::ALL.len().into()))
        .arity("__iter__", 1, 1, |vm, args| {
            let dict = as_plain_dict(vm, &args)?;
            vm.iter(&dict)
        })
        .arity("__contains__", 2, 2, |_, args| {
            Ok(args[1].as_class().is_some_and(|class| Signal::from_name(&class.name()).is_some()).into())
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let mut parts = Vec::new();
            for (class, on) in items(vm, &args)? {
                parts.push(format!("{}:{}", vm.repr(&class)?, if on { "True" } else { "False" }));
            }
            Ok(format!("{{{}}}", parts.join(", ")).into())
        })
        .arity("__eq__", 2, 2, |vm, args| {
            let own = as_plain_dict(vm, &args)?;
            let other = if args[1].payload::<SignalDict>().is_some() {
                as_plain_dict(vm, &Args::from(args[1].clone()))?
            } else {
                args[1].clone()
            };
            vm.eq(&own, &other).map(Value::from)
        })
        .arity("copy", 1, 1, |vm, args| as_plain_dict(vm, &args));
    for name in ["keys", "values", "items", "get"] {
        builder = builder.method_closure(name, "self, *args", move |vm, args| {
            let dict = as_plain_dict(vm, &args)?;
            let rest = args.rest(1).to_vec();
            vm.call_method(&dict, name, rest)
        });
    }
    builder.build(vm)
}

/// A block's own context, and the one to go back to.
struct Manager {
    inner: Value,
    outer: RefCell<Value>,
}

pub(super) fn manager_class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("ContextManager")
        .module("decimal")
        .native_layout("ContextManager")
        .builtin()
        .arity("__enter__", 1, 1, |vm, args| {
            let outer = current(vm);
            let manager = vm.payload::<Manager>(&args[0])?;
            let inner = manager.inner.clone();
            let old = manager.outer.replace(outer);
            drop(old);
            let old = classes(vm).current.replace(inner.clone());
            drop(old);
            Ok(inner)
        })
        .raw("__exit__", |vm, args| {
            let outer = vm.payload::<Manager>(&args[0])?.outer.borrow().clone();
            if !outer.is_none() {
                let old = classes(vm).current.replace(outer);
                drop(old);
            }
            Ok(false.into())
        })
        .build(vm)
}

/// `localcontext(ctx=None, **kwargs)`
pub(super) fn local_context(vm: &mut Vm, args: Args) -> PyResult {
    let base = if args[0].is_none() { current(vm) } else { args[0].clone() };
    let Some(cell) = base.payload::<ContextCell>() else {
        return Err(vm.type_error("optional argument must be a context"));
    };
    let mut context = cell.borrow().clone();
    for (name, value) in args.keyword_rest(1) {
        if !FIELDS.contains(&&*name) {
            return Err(vm.type_error(format!("'{name}' is an invalid keyword argument for this function")));
        }
        assign(vm, &mut context, &name, &value)?;
    }
    let classes = classes(vm);
    let inner = new_context(&classes.context, context);
    let manager = Manager { inner, outer: RefCell::new(Value::None) };
    Ok(Instance::native(classes.manager.clone(), manager).into())
}
