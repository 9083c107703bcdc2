//! How native library functions read their arguments: C-style keyword lists, integers, floats, texts.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::python::exceptions::Kind;
use crate::python::object::{Args, PyResult, Value};
use crate::python::vm::Vm;

/// Binds what follows the first `skip` arguments to `names`, of which the first `required` must be there, with the words of
/// CPython's C functions. `function` is empty where those call it "this function". Unpassed ones are `Unset`.
pub fn keywords<const N: usize>(
    vm: &mut Vm,
    args: Args,
    skip: usize,
    function: &str,
    names: [&str; N],
    required: usize,
) -> PyResult<[Value; N]> {
    let (title, called) = if function.is_empty() {
        ("function".to_owned(), "this function".to_owned())
    } else {
        (format!("{function}()"), format!("{function}()"))
    };
    let given = args.positional.len().saturating_sub(skip) + args.keywords.len();
    if given > N {
        let keyword = if args.positional.len() <= skip { "keyword " } else { "" };
        let plural = if N == 1 { "" } else { "s" };
        return Err(vm.type_error(format!("{title} takes at most {N} {keyword}argument{plural} ({given} given)")));
    }
    let mut bound = [const { Value::Unset }; N];
    for (slot, value) in bound.iter_mut().zip(args.positional.into_iter().skip(skip)) {
        *slot = value;
    }
    for (at, name) in names.iter().enumerate().take(required) {
        if bound[at].is_unset() && !args.keywords.iter().any(|(known, _)| known == *name) {
            return Err(vm.type_error(format!("{title} missing required argument '{name}' (pos {})", at + 1)));
        }
    }
    for (name, value) in args.keywords {
        let Some(at) = names.iter().position(|known| name == **known) else {
            return Err(vm.type_error(format!("'{name}' is an invalid keyword argument for {called}")));
        };
        if !bound[at].is_unset() {
            return Err(
                vm.type_error(format!("argument for {title} given by name ('{name}') and position ({})", at + 1))
            );
        }
        bound[at] = value;
    }
    Ok(bound)
}

/// The integer that a value is, or has through `__index__`.
pub fn index(vm: &mut Vm, value: &Value) -> PyResult<BigInt> {
    if let Some(number) = value.as_bigint() {
        return Ok(number);
    }
    if let Value::Instance(instance) = value
        && instance.class().lookup(&"__index__".into()).is_some()
    {
        let number = vm.call_method(value, "__index__", ())?;
        if let Some(number) = number.as_bigint() {
            return Ok(number);
        }
        let name = vm.type_name(&number);
        return Err(vm.type_error(format!("__index__ returned non-int (type {name})")));
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!("'{name}' object cannot be interpreted as an integer")))
}

/// An integer that must fit a C `int`.
pub fn c_int(vm: &mut Vm, value: &Value) -> PyResult<i64> {
    if let Value::Int(number) = value
        && let Ok(small) = i32::try_from(*number)
    {
        return Ok(small.into());
    }
    let number = index(vm, value)?;
    match number.to_i64() {
        Some(fits) if fits > i64::from(i32::MAX) => {
            Err(vm.raise(Kind::OverflowError, "signed integer is greater than maximum"))
        }
        Some(fits) if fits < i64::from(i32::MIN) => {
            Err(vm.raise(Kind::OverflowError, "signed integer is less than minimum"))
        }
        Some(fits) => Ok(fits),
        None => Err(vm.raise(Kind::OverflowError, "Python int too large to convert to C long")),
    }
}

/// An integer that must fit a C `ssize_t`.
pub fn c_size(vm: &mut Vm, value: &Value) -> PyResult<i64> {
    if let Value::Int(number) = value {
        return Ok(*number);
    }
    let number = index(vm, value)?;
    match number.to_i64() {
        Some(fits) => Ok(fits),
        None => Err(vm.raise(Kind::OverflowError, "Python int too large to convert to C ssize_t")),
    }
}

/// The float that a number is, or has through `__float__` or `__index__`.
pub fn float(vm: &mut Vm, value: &Value) -> PyResult<f64> {
    match value.plain() {
        Value::Real(number) => return Ok(number.get()),
        Value::Int(number) => return Ok(*number as f64),
        Value::Truth(truth) => return Ok(f64::from(u8::from(*truth))),
        Value::BigInt(number) => {
            return match number.to_f64() {
                Some(float) if float.is_finite() => Ok(float),
                _ => Err(vm.raise(Kind::OverflowError, "int too large to convert to float")),
            };
        }
        _ => {}
    }
    if let Value::Instance(instance) = value {
        let class = instance.class();
        if class.lookup(&"__float__".into()).is_some() {
            let number = vm.call_method(value, "__float__", ())?;
            if let Value::Real(number) = number.plain() {
                return Ok(number.get());
            }
            let (own, other) = (vm.type_name(value), vm.type_name(&number));
            return Err(vm.type_error(format!("{own}.__float__ returned non-float (type {other})")));
        }
        if class.lookup(&"__index__".into()).is_some() {
            let number = index(vm, value)?;
            return float(vm, &Value::int(number));
        }
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!("must be real number, not {name}")))
}

/// The text of a string argument; `what` begins the complaint, as in `fromisoformat: argument`.
pub fn text(vm: &mut Vm, value: &Value, what: &str) -> PyResult<String> {
    match value.as_str() {
        Some(text) => Ok(text.as_str().to_owned()),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("{what} must be str, not {name}")))
        }
    }
}

/// Which rich comparison is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Comparison {
    /// Each with its method.
    pub const METHODS: [(&'static str, Comparison); 6] = [
        ("__lt__", Comparison::Lt),
        ("__le__", Comparison::Le),
        ("__eq__", Comparison::Eq),
        ("__ne__", Comparison::Ne),
        ("__gt__", Comparison::Gt),
        ("__ge__", Comparison::Ge),
    ];

    /// Whether it holds for this order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Lt => order.is_lt(),
            Comparison::Le => order.is_le(),
            Comparison::Eq => order.is_eq(),
            Comparison::Ne => order.is_ne(),
            Comparison::Gt => order.is_gt(),
            Comparison::Ge => order.is_ge(),
        }
    }

    /// Whether it asks for equality or its contrary.
    pub fn is_equality(self) -> bool {
        matches!(self, Comparison::Eq | Comparison::Ne)
    }

    /// The answer for two things that are not equal and have no order.
    pub fn unequal(self) -> Value {
        Value::Bool(self == Comparison::Ne)
    }
}
