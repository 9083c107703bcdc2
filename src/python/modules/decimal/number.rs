//! `Decimal`

use std::rc::Rc;

use num_bigint::{BigInt, BigUint};

use super::{classes, context_arg, in_context, new_decimal, rounding_arg, run_in};
use crate::python::exceptions::Kind;
use crate::python::modules::arguments::{Comparison, c_size, keywords};
use crate::python::object::{Args, Class, ClassBuilder, Instance, NativeFn, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::decimal::{Context, Decimal, DecimalError, FormatSpec, IntegerError, Rounding, TupleExponent};

/// An operation on one number.
pub(super) type Unary = fn(&mut Context, &Decimal) -> Result<Decimal, DecimalError>;
/// A question about a number.
pub(super) type Test = fn(&Decimal) -> bool;
/// An operation on two numbers.
pub(super) type Binary = fn(&mut Context, &Decimal, &Decimal) -> Result<Decimal, DecimalError>;

/// The operations on one number that are methods of numbers and of contexts.
pub(super) const UNARY: &[(&str, Unary)] = &[
    ("next_minus", Context::next_minus),
    ("next_plus", Context::next_plus),
    ("normalize", Context::normalize),
    ("logb", Context::logb),
    ("exp", Context::exp),
    ("ln", Context::ln),
    ("log10", Context::log10),
    ("sqrt", Context::sqrt),
    ("logical_invert", Context::logical_invert),
];

/// The operations on two numbers that are methods of numbers and of contexts.
pub(super) const BINARY: &[(&str, Binary)] = &[
    ("compare", Context::compare),
    ("compare_signal", Context::compare_signal),
    ("compare_total", |context, a, b| Ok(context.compare_total(a, b))),
    ("compare_total_mag", |context, a, b| Ok(context.compare_total_mag(a, b))),
    ("max", Context::max),
    ("max_mag", Context::max_mag),
    ("min", Context::min),
    ("min_mag", Context::min_mag),
    ("next_toward", Context::next_toward),
    ("remainder_near", Context::remainder_near),
    ("rotate", Context::rotate),
    ("scaleb", Context::scaleb),
    ("shift", Context::shift),
    ("copy_sign", |_, a, b| Ok(a.copy_sign(b))),
    ("logical_and", Context::logical_and),
    ("logical_or", Context::logical_or),
    ("logical_xor", Context::logical_xor),
];

/// What a number is asked.
pub(super) const TESTS: &[(&str, Test)] = &[
    ("is_canonical", |_| true),
    ("is_finite", Decimal::is_finite),
    ("is_infinite", Decimal::is_infinite),
    ("is_nan", Decimal::is_nan),
    ("is_qnan", Decimal::is_qnan),
    ("is_signed", Decimal::is_signed),
    ("is_snan", Decimal::is_snan),
    ("is_zero", Decimal::is_zero),
];

pub(super) fn class(vm: &mut Vm) -> Rc<Class> {
    let mut builder = ClassBuilder::new("Decimal")
        .module("decimal")
        .native_layout("Decimal")
        .has_dict(false)
        .builtin()
        .constructor(new);
    for (name, operation) in UNARY {
        let operation = *operation;
        builder = builder.method_closure(name, "self, context=None", move |vm, args| {
            let number = own(vm, &args)?;
            let context = context_arg(vm, &args[1])?;
            let result = run_in(vm, &context, |context| operation(context, &number))?;
            Ok(new_decimal(vm, result))
        });
    }
    for (name, operation) in BINARY {
        let operation = *operation;
        builder = builder.method_closure(name, "self, other, context=None", move |vm, args| {
            let a = own(vm, &args)?;
            let b = required(vm, &args[1])?;
            let context = context_arg(vm, &args[2])?;
            let result = run_in(vm, &context, |context| operation(context, &a, &b))?;
            Ok(new_decimal(vm, result))
        });
    }
    for (name, test) in TESTS {
        let test = *test;
        builder = builder.method_closure(name, "self", move |vm, args| Ok(test(&own(vm, &args)?).into()));
    }
    builder = operators(methods(builder));
    for (name, comparison) in Comparison::METHODS {
        builder =
            builder.method_closure(name, "self, other, /", move |vm, args| compare(vm, &args[0], &args[1], comparison));
    }
    builder.build(vm)
}

fn methods(builder: ClassBuilder) -> ClassBuilder {
    builder
        .raw_class_method("from_float", |vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let number = match args[1].plain() {
                Value::Real(number) => Decimal::from_f64(number.get()),
                other => match other.as_bigint() {
                    Some(number) => Decimal::from_integer(&number),
                    None => return Err(vm.type_error("argument must be int or float")),
                },
            };
            Ok(Instance::native(class, number).into())
        })
        .method("is_normal", "self, context=None", |vm, args| {
            let number = own(vm, &args)?;
            let context = context_arg(vm, &args[1])?;
            run_in(vm, &context, |context| Ok(context.is_normal(&number).into()))
        })
        .method("is_subnormal", "self, context=None", |vm, args| {
            let number = own(vm, &args)?;
            let context = context_arg(vm, &args[1])?;
            run_in(vm, &context, |context| Ok(context.is_subnormal(&number).into()))
        })
        .method("number_class", "self, context=None", |vm, args| {
            let number = own(vm, &args)?;
            let context = context_arg(vm, &args[1])?;
            run_in(vm, &context, |context| Ok(context.number_class(&number).into()))
        })
        .method("quantize", "self, exp, rounding=None, context=None", |vm, args| {
            let number = own(vm, &args)?;
            let pattern = required(vm, &args[1])?;
            let rounding = optional_rounding(vm, &args[2])?;
            let context = context_arg(vm, &args[3])?;
            let result = run_in(vm, &context, |context| context.quantize(&number, &pattern, rounding))?;
            Ok(new_decimal(vm, result))
        })
        .method("to_integral_value", "self, rounding=None, context=None", to_integral)
        .method("to_integral", "self, rounding=None, context=None", to_integral)
        .method("to_integral_exact", "self, rounding=None, context=None", |vm, args| {
            let number = own(vm, &args)?;
            let rounding = optional_rounding(vm, &args[1])?;
            let context = context_arg(vm, &args[2])?;
            let result = run_in(vm, &context, |context| context.to_integral_exact(&number, rounding))?;
            Ok(new_decimal(vm, result))
        })
        .method("fma", "self, other, third, context=None", |vm, args| {
            let (a, b, c) = (own(vm, &args)?, required(vm, &args[1])?, required(vm, &args[2])?);
            let context = context_arg(vm, &args[3])?;
            let result = run_in(vm, &context, |context| context.fma(&a, &b, &c))?;
            Ok(new_decimal(vm, result))
        })
        .method("same_quantum", "self, other, context=None", |vm, args| {
            let (a, b) = (own(vm, &args)?, required(vm, &args[1])?);
            Ok(a.same_quantum(&b).into())
        })
        .arity("adjusted", 1, 1, |vm, args| Ok(own(vm, &args)?.adjusted().into()))
        .arity("as_integer_ratio", 1, 1, |vm, args| match own(vm, &args)?.as_integer_ratio() {
            Ok((numerator, denominator)) => Ok(Value::tuple([Value::int(numerator), Value::int(denominator)])),
            Err(error) => Err(match error {
                IntegerError::Nan => vm.value_error("cannot convert NaN to integer ratio"),
                IntegerError::Infinite => vm.raise(Kind::OverflowError, "cannot convert Infinity to integer ratio"),
                IntegerError::TooLarge => vm.raise(Kind::MemoryError, ""),
            }),
        })
        .arity("as_tuple", 1, 1, |vm, args| {
            let (sign, digits, exponent) = own(vm, &args)?.as_tuple();
            let digits: Vec<Value> = digits.into_iter().map(|digit| Value::Int(digit.into())).collect();
            let exponent = match exponent {
                TupleExponent::Number(exponent) => exponent.into(),
                TupleExponent::Infinite => "F".into(),
                TupleExponent::Nan => "n".into(),
                TupleExponent::Snan => "N".into(),
            };
            let class = classes(vm).tuple.clone();
            let items = Value::tuple([Value::Int(sign.into()), Value::tuple(digits), exponent]);
            Ok(Instance::with_value(class, items).into())
        })
        .arity("canonical", 1, 1, |_, args| Ok(args[0].clone()))
        .arity("conjugate", 1, 1, |_, args| Ok(args[0].clone()))
        .arity("copy_abs", 1, 1, |vm, args| {
            let number = own(vm, &args)?.copy_abs();
            Ok(new_decimal(vm, number))
        })
        .arity("copy_negate", 1, 1, |vm, args| {
            let number = own(vm, &args)?.copy_negate();
            Ok(new_decimal(vm, number))
        })
        .arity("radix", 1, 1, |vm, _| Ok(new_decimal(vm, Decimal::from_i64(10))))
        .method("to_eng_string", "self, context=None", |vm, args| Ok(own(vm, &args)?.to_eng_text(true).into()))
        .property("real", |_, args| Ok(args[0].clone()))
        .property("imag", |vm, _| Ok(new_decimal(vm, Decimal::zero())))
        .arity("__copy__", 1, 1, |_, args| Ok(args[0].clone()))
        .arity("__deepcopy__", 2, 2, |_, args| Ok(args[0].clone()))
        .arity("__reduce__", 1, 1, |vm, args| {
            let text = own(vm, &args)?.to_text(true);
            let class = vm.class_of(&args[0]);
            Ok(Value::tuple([class.into(), Value::tuple([text.into()])]))
        })
}

/// A binary operator and its reflected form, which NotImplemented answers for what is no number of ours.
fn operator(builder: ClassBuilder, name: &str, operation: Binary) -> ClassBuilder {
    let run = move |vm: &mut Vm, a: &Value, b: &Value| match (convert(a), convert(b)) {
        (Some(a), Some(b)) => {
            let result = in_context(vm, |context| operation(context, &a, &b))?;
            Ok(new_decimal(vm, result))
        }
        _ => Ok(Value::NotImplemented),
    };
    builder
        .method_closure(&format!("__{name}__"), "self, other, /", move |vm, args| run(vm, &args[0], &args[1]))
        .method_closure(&format!("__r{name}__"), "self, other, /", move |vm, args| run(vm, &args[1], &args[0]))
}

fn operators(mut builder: ClassBuilder) -> ClassBuilder {
    let binary: [(&str, Binary); 6] = [
        ("add", Context::add),
        ("sub", Context::subtract),
        ("mul", Context::multiply),
        ("truediv", Context::divide),
        ("floordiv", Context::divide_int),
        ("mod", Context::remainder),
    ];
    for (name, operation) in binary {
        builder = operator(builder, name, operation);
    }
    let unary: [(&str, Unary); 3] =
        [("__neg__", Context::minus), ("__pos__", Context::plus), ("__abs__", Context::abs)];
    for (name, operation) in unary {
        builder = builder.method_closure(name, "self", move |vm, args| {
            let number = own(vm, &args)?;
            let result = in_context(vm, |context| operation(context, &number))?;
            Ok(new_decimal(vm, result))
        });
    }
    let rounded: [(&str, Rounding); 4] = [
        ("__int__", Rounding::Down),
        ("__trunc__", Rounding::Down),
        ("__floor__", Rounding::Floor),
        ("__ceil__", Rounding::Ceiling),
    ];
    for (name, rounding) in rounded {
        builder = builder.method_closure(name, "self", move |vm, args| {
            let number = own(vm, &args)?;
            whole(vm, number.round_to_integer(rounding))
        });
    }
    builder
        .arity("__divmod__", 2, 2, |vm, args| divmod(vm, &args[0], &args[1]))
        .arity("__rdivmod__", 2, 2, |vm, args| divmod(vm, &args[1], &args[0]))
        .arity("__pow__", 2, 3, |vm, args| {
            let (Some(a), Some(b)) = (convert(&args[0]), convert(&args[1])) else { return Ok(Value::NotImplemented) };
            let result = if args.len() > 2 && !args[2].is_none() {
                let Some(modulo) = convert(&args[2]) else { return Ok(Value::NotImplemented) };
                in_context(vm, |context| context.power_mod(&a, &b, &modulo))?
            } else {
                in_context(vm, |context| context.power(&a, &b))?
            };
            Ok(new_decimal(vm, result))
        })
        .arity("__rpow__", 2, 3, |vm, args| {
            let (Some(a), Some(b)) = (convert(&args[1]), convert(&args[0])) else { return Ok(Value::NotImplemented) };
            let result = in_context(vm, |context| context.power(&a, &b))?;
            Ok(new_decimal(vm, result))
        })
        .arity("__bool__", 1, 1, |vm, args| Ok((!own(vm, &args)?.is_zero()).into()))
        .arity("__float__", 1, 1, |vm, args| {
            let number = own(vm, &args)?;
            if number.is_snan() {
                return Err(vm.value_error("cannot convert signaling NaN to float"));
            }
            Ok(number.to_f64().into())
        })
        .arity("__complex__", 1, 1, |vm, args| Ok(Value::Complex(Rc::new((own(vm, &args)?.to_f64(), 0.0)))))
        .arity("__round__", 1, 2, |vm, args| {
            let number = own(vm, &args)?;
            if args.len() < 2 || args[1].is_none() {
                return whole(vm, number.round_to_integer(Rounding::HalfEven));
            }
            let Some(places) = args[1].as_i64() else { return Err(vm.type_error("optional arg must be an integer")) };
            let result = in_context(vm, |context| context.round_to_places(&number, places))?;
            Ok(new_decimal(vm, result))
        })
        .arity("__hash__", 1, 1, |vm, args| {
            let number = own(vm, &args)?;
            match number.python_hash() {
                Some(hash) => Ok(hash.into()),
                None if number.is_snan() => Err(vm.type_error("Cannot hash a signaling NaN value")),
                None => Ok(vm.identity(&args[0]).into()),
            }
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let number = own(vm, &args)?;
            let text = in_context(vm, |context| Ok(context.to_text(&number)))?;
            Ok(format!("Decimal('{text}')").into())
        })
        .arity("__str__", 1, 1, |vm, args| {
            let number = own(vm, &args)?;
            in_context(vm, |context| Ok(context.to_text(&number).into()))
        })
        .arity("__format__", 2, 2, |vm, args| {
            let number = own(vm, &args)?;
            let Some(spec) = args[1].as_str().cloned() else { return Err(vm.type_error("format arg must be str")) };
            let Ok(spec) = FormatSpec::parse(&spec) else { return Err(vm.value_error("invalid format string")) };
            match in_context(vm, |context| Ok(context.format(&number, &spec)))? {
                Ok(text) => Ok(text.into()),
                Err(_) => Err(vm.value_error("invalid format string")),
            }
        })
}

fn own(vm: &mut Vm, args: &Args) -> PyResult<Decimal> {
    Ok(vm.payload::<Decimal>(&args[0])?.clone())
}

/// A number that arithmetic takes: a `Decimal` or an `int`.
pub(super) fn convert(value: &Value) -> Option<Decimal> {
    match value.payload::<Decimal>() {
        Some(number) => Some(number.clone()),
        None => value.as_bigint().map(|number| Decimal::from_integer(&number)),
    }
}

/// The same for an argument that must be one.
pub(super) fn required(vm: &mut Vm, value: &Value) -> PyResult<Decimal> {
    match convert(value) {
        Some(number) => Ok(number),
        None => {
            let kind = vm.type_name(value);
            Err(vm.type_error(format!("conversion from {kind} to Decimal is not supported")))
        }
    }
}

fn optional_rounding(vm: &mut Vm, value: &Value) -> PyResult<Option<Rounding>> {
    if value.is_none() || value.is_unset() { Ok(None) } else { rounding_arg(vm, value).map(Some) }
}

fn to_integral(vm: &mut Vm, args: Args) -> PyResult {
    let number = own(vm, &args)?;
    let rounding = optional_rounding(vm, &args[1])?;
    let context = context_arg(vm, &args[2])?;
    let result = run_in(vm, &context, |context| context.to_integral_value(&number, rounding))?;
    Ok(new_decimal(vm, result))
}

fn divmod(vm: &mut Vm, a: &Value, b: &Value) -> PyResult {
    let (Some(a), Some(b)) = (convert(a), convert(b)) else { return Ok(Value::NotImplemented) };
    let (quotient, rest) = in_context(vm, |context| context.divmod(&a, &b))?;
    Ok(Value::tuple([new_decimal(vm, quotient), new_decimal(vm, rest)]))
}

fn whole(vm: &mut Vm, result: Result<BigInt, IntegerError>) -> PyResult {
    match result {
        Ok(number) => Ok(Value::int(number)),
        Err(IntegerError::Nan) => Err(vm.value_error("cannot convert NaN to integer")),
        Err(IntegerError::Infinite) => Err(vm.raise(Kind::OverflowError, "cannot convert Infinity to integer")),
        Err(IntegerError::TooLarge) => Err(vm.raise(Kind::MemoryError, "")),
    }
}

fn compare(vm: &mut Vm, a: &Value, b: &Value, comparison: Comparison) -> PyResult {
    let Some(own) = convert(a) else { return Ok(Value::NotImplemented) };
    let other = match b.plain() {
        Value::Real(number) => {
            // Equality with a float only sets the flag; an order is refused where the signal is trapped.
            let refused = in_context(vm, |context| Ok(context.float_operation()))?;
            if refused.is_err() && !comparison.is_equality() {
                return in_context(vm, |context| context.float_operation().map(|()| Value::None));
            }
            Decimal::from_f64(number.get())
        }
        _ => match convert(b) {
            Some(number) => number,
            None => return Ok(Value::NotImplemented),
        },
    };
    let order = in_context(vm, |context| {
        if comparison.is_equality() { context.equality(&own, &other) } else { context.ordering(&own, &other) }
    })?;
    Ok(match order {
        Some(order) => comparison.holds(order).into(),
        None => comparison.unequal(),
    })
}

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let [value, context] = keywords(vm, args, 1, "", ["value", "context"], 0)?;
    let context = context_arg(vm, &context)?;
    let number = from_value(vm, &value, &context)?;
    Ok(Instance::native(class, number).into())
}

/// What `Decimal(value)` makes of a value, exactly.
pub(super) fn from_value(vm: &mut Vm, value: &Value, context: &Value) -> PyResult<Decimal> {
    if value.is_unset() {
        return Ok(Decimal::zero());
    }
    if let Some(number) = convert(value) {
        return Ok(number);
    }
    if let Some(text) = value.as_str().cloned() {
        return run_in(vm, context, |context| context.parse(&text));
    }
    if let Value::Real(number) = value.plain() {
        run_in(vm, context, |context| context.float_operation())?;
        return Ok(Decimal::from_f64(number.get()));
    }
    let items = match (value.as_tuple(), value.as_list()) {
        (Some(items), _) => items.to_vec(),
        (None, Some(list)) => list.to_vec(),
        (None, None) => {
            let kind = vm.type_name(value);
            return Err(vm.type_error(format!("conversion from {kind} to Decimal is not supported")));
        }
    };
    from_items(vm, &items)
}

fn from_items(vm: &mut Vm, items: &[Value]) -> PyResult<Decimal> {
    let [sign, digits, exponent] = items else {
        return Err(vm.value_error("argument must be a sequence of length 3"));
    };
    let negative = match sign.as_i64() {
        Some(0) => false,
        Some(1) => true,
        _ => return Err(vm.value_error("sign must be an integer with the value 0 or 1")),
    };
    let digits: Vec<Value> = match (digits.as_tuple(), digits.as_list()) {
        (Some(items), _) => items.to_vec(),
        (None, Some(list)) => list.to_vec(),
        (None, None) => return Err(vm.value_error("coefficient must be a tuple of digits")),
    };
    let mut text = String::new();
    for digit in digits {
        match digit.as_i64() {
            Some(digit @ 0..=9) => text.push(char::from(b'0' + digit as u8)),
            _ => return Err(vm.value_error("coefficient must be a tuple of digits")),
        }
    }
    let coefficient = BigUint::parse_bytes(text.as_bytes(), 10).unwrap_or_default();
    if let Some(special) = exponent.as_str() {
        return match special.as_str() {
            "F" => Ok(Decimal::infinity(negative)),
            "n" => Ok(Decimal::nan_with(negative, false, coefficient)),
            "N" => Ok(Decimal::nan_with(negative, true, coefficient)),
            _ => Err(vm.value_error("string argument in the third position must be 'F', 'n' or 'N'")),
        };
    }
    if exponent.as_bigint().is_none() {
        return Err(vm.value_error("exponent must be an integer"));
    }
    let exponent = c_size(vm, exponent)?;
    Ok(Decimal::from_parts(negative, coefficient, exponent))
}

/// What `as_tuple()` gives: a tuple with names.
pub(super) fn tuple_class(vm: &mut Vm) -> Rc<Class> {
    fn item(args: &Args, at: usize) -> Value {
        args[0].as_tuple().and_then(|items| items.get(at).cloned()).unwrap_or(Value::None)
    }
    let parts: [(&str, NativeFn); 3] = [
        ("sign", |_, args| Ok(item(&args, 0))),
        ("digits", |_, args| Ok(item(&args, 1))),
        ("exponent", |_, args| Ok(item(&args, 2))),
    ];
    let tuple = vm.types.tuple.clone();
    let mut builder = ClassBuilder::new("DecimalTuple")
        .module("decimal")
        .base(&tuple)
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let items = keywords(vm, args, 1, "DecimalTuple", ["sign", "digits", "exponent"], 3)?;
            Ok(Instance::with_value(class, Value::tuple(items)).into())
        })
        .value("_fields", Value::tuple(["sign", "digits", "exponent"].map(Value::from)))
        .method("__repr__", "self", |vm, args| {
            let mut text = Vec::new();
            for at in 0..3 {
                text.push(vm.repr(&item(&args, at))?);
            }
            Ok(format!("DecimalTuple(sign={}, digits={}, exponent={})", text[0], text[1], text[2]).into())
        });
    for (name, get) in parts {
        builder = builder.property(name, get);
    }
    builder.build(vm)
}
