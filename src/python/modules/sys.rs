//! `sys`: facts about the interpreter, and where programs write to.

use std::cell::RefCell;
use std::rc::Rc;

use super::arguments::text;
use crate::python::exceptions::Kind;
use crate::python::object::{
    Args, Class, ClassBuilder, Dict, Instance, Module, ModuleObject, NativeFn, PyResult, Truth, Value,
};
use crate::python::vm::Vm;

/// The module, and what stands for the standard streams.
struct Streams {
    module: Rc<ModuleObject>,
    stdout: Value,
    errors: RefCell<String>,
}

/// Which stream an object writes to.
struct Stream {
    errors: bool,
}

/// What was written to `sys.stderr`, taken out.
pub fn take_errors(vm: &mut Vm) -> String {
    vm.host::<Streams>().map_or_else(String::new, |streams| streams.errors.take())
}

/// What a program has put in the place of `sys.stdout`, if it has.
pub fn replaced_stdout(vm: &Vm) -> Option<Value> {
    let streams = vm.host::<Streams>()?;
    let stdout = streams.module.dict.get_text("stdout")?;
    (!stdout.is(&streams.stdout)).then_some(stdout)
}

fn write(vm: &mut Vm, args: &Args) -> PyResult {
    let written = text(vm, &args[1], "write() argument")?;
    if vm.payload::<Stream>(&args[0])?.errors {
        if let Some(streams) = vm.host::<Streams>() {
            vm.reserve(written.len() + streams.errors.borrow().len())?;
            streams.errors.borrow_mut().push_str(&written);
        }
    } else {
        vm.write_output(&written)?;
    }
    Ok(written.chars().count().into())
}

fn stream_class(vm: &mut Vm) -> Rc<Class> {
    ClassBuilder::new("TextIOWrapper")
        .module("_io")
        .native_layout("TextIOWrapper")
        .builtin()
        .arity("write", 2, 2, |vm, args| write(vm, &args))
        .arity("writelines", 2, 2, |vm, args| {
            for line in vm.list_from(&args[1])? {
                write(vm, &Args::new([args[0].clone(), line]))?;
            }
            Ok(Value::None)
        })
        .arity("flush", 1, 1, |_, _| Ok(Value::None))
        .arity("isatty", 1, 1, |_, _| Ok(false.into()))
        .arity("writable", 1, 1, |_, _| Ok(true.into()))
        .arity("readable", 1, 1, |_, _| Ok(false.into()))
        .raw("read", |vm, _| Err(vm.unsupported("reading from a standard stream")))
        .raw("readline", |vm, _| Err(vm.unsupported("reading from a standard stream")))
        .arity("fileno", 1, 1, |vm, _| Err(vm.unsupported("file descriptors")))
        .property("encoding", |_, _| Ok("utf-8".into()))
        .property("errors", |_, _| Ok("strict".into()))
        .property("closed", |_, _| Ok(false.into()))
        .property("name", |vm, args| {
            Ok(if vm.payload::<Stream>(&args[0])?.errors { "<stderr>" } else { "<stdout>" }.into())
        })
        .build(vm)
}

/// A tuple whose items have names, shown as `sys.version_info` is.
fn named_tuple(vm: &mut Vm, name: &str, items: &[(&str, Value)]) -> Value {
    let tuple = vm.types.tuple.clone();
    let mut builder = ClassBuilder::new(name).module("sys").base(&tuple).builtin();
    for (at, (field, _)) in items.iter().enumerate() {
        let gets: [NativeFn; 12] = [
            |_, args| Ok(item(&args, 0)),
            |_, args| Ok(item(&args, 1)),
            |_, args| Ok(item(&args, 2)),
            |_, args| Ok(item(&args, 3)),
            |_, args| Ok(item(&args, 4)),
            |_, args| Ok(item(&args, 5)),
            |_, args| Ok(item(&args, 6)),
            |_, args| Ok(item(&args, 7)),
            |_, args| Ok(item(&args, 8)),
            |_, args| Ok(item(&args, 9)),
            |_, args| Ok(item(&args, 10)),
            |_, args| Ok(item(&args, 11)),
        ];
        if let Some(get) = gets.get(at) {
            builder = builder.property(field, *get);
        }
    }
    let fields: Vec<String> = items.iter().map(|(field, _)| (*field).to_owned()).collect();
    let title = format!("sys.{name}");
    let class = builder
        .method_closure("__repr__", "self", move |vm, args| {
            let mut parts = Vec::new();
            for (at, field) in fields.iter().enumerate() {
                parts.push(format!("{field}={}", vm.repr(&item(&args, at))?));
            }
            Ok(format!("{title}({})", parts.join(", ")).into())
        })
        .build(vm);
    let values: Vec<Value> = items.iter().map(|(_, value)| value.clone()).collect();
    Instance::with_value(class, Value::tuple(values)).into()
}

fn item(args: &Args, at: usize) -> Value {
    args[0].as_tuple().and_then(|items| items.get(at).cloned()).unwrap_or(Value::None)
}

fn simple_namespace(vm: &mut Vm, items: &[(&str, Value)]) -> Value {
    let instance = Instance::new(vm.types.simple_namespace.clone());
    for (name, value) in items {
        instance.set(*name, value.clone());
    }
    instance.into()
}

/// The exception being handled, as `sys.exc_info()` gives it.
fn exc_info(vm: &mut Vm) -> Value {
    match vm.handled.clone() {
        Some(Value::Instance(instance)) => {
            let traceback = vm.traceback_value(&instance);
            let class = instance.class();
            Value::tuple([class.into(), instance.into(), traceback])
        }
        _ => Value::tuple([Value::None, Value::None, Value::None]),
    }
}

/// The module.
pub fn module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let class = stream_class(vm);
    let stdout: Value = Instance::native(class.clone(), Stream { errors: false }).into();
    let stderr: Value = Instance::native(class, Stream { errors: true }).into();
    let version = [
        ("major", 3.into()),
        ("minor", 11.into()),
        ("micro", 7.into()),
        ("releaselevel", "final".into()),
        ("serial", 0.into()),
    ];
    let version_info = named_tuple(vm, "version_info", &version);
    let float_info = named_tuple(
        vm,
        "float_info",
        &[
            ("max", f64::MAX.into()),
            ("max_exp", 1024.into()),
            ("max_10_exp", 308.into()),
            ("min", f64::MIN_POSITIVE.into()),
            ("min_exp", (-1021).into()),
            ("min_10_exp", (-307).into()),
            ("dig", 15.into()),
            ("mant_dig", 53.into()),
            ("epsilon", f64::EPSILON.into()),
            ("radix", 2.into()),
            ("rounds", 1.into()),
        ],
    );
    let implementation = simple_namespace(
        vm,
        &[("name", "cpython".into()), ("cache_tag", "cpython-311".into()), ("version", version_info.clone())],
    );
    let flags = simple_namespace(vm, &[("optimize", 0.into()), ("dev_mode", false.into()), ("utf8_mode", 0.into())]);
    let modules = vm.modules.clone();
    let module = Module::new("sys")
        .value("stdout", stdout.clone())
        .value("__stdout__", stdout.clone())
        .value("stderr", stderr.clone())
        .value("__stderr__", stderr)
        .value("stdin", Value::None)
        .value("version", "3.11.7 (ormdojo)")
        .value("version_info", version_info)
        .value("hexversion", 0x030b_07f0_i64)
        .value("api_version", 1013)
        .value("float_info", float_info)
        .value("implementation", implementation)
        .value("flags", flags)
        .value("maxsize", i64::MAX)
        .value("maxunicode", 0x10_ffff)
        .value("byteorder", "little")
        .value("platform", "linux")
        .value("argv", Value::list(vec!["".into()]))
        .value("path", Value::list(Vec::new()))
        .value("executable", "")
        .value("prefix", "")
        .value("warnoptions", Value::list(Vec::new()))
        .value("dont_write_bytecode", true)
        .value("builtin_module_names", Value::tuple(Vec::new()))
        .value("modules", Value::Dict(modules))
        .function("exc_info", "", |vm, _| Ok(exc_info(vm)))
        .function("exception", "", |vm, _| Ok(vm.handled.clone().unwrap_or(Value::None)))
        .function("exit", "status=None, /", |vm, args| {
            let class = vm.exceptions.get(Kind::SystemExit).clone();
            let given = if args[0].is_none() { Args::none() } else { Args::from(args[0].clone()) };
            Err(vm.new_exception(&class, given)?)
        })
        .function("intern", "string, /", |_, args| Ok(args[0].clone()))
        .function("getrecursionlimit", "", |_, _| Ok(1000.into()))
        .function("setrecursionlimit", "limit, /", |vm, args| match args[0].as_i64() {
            Some(limit) if limit > 0 => Ok(Value::None),
            Some(_) => Err(vm.value_error("recursion limit must be greater or equal than 1")),
            None => Err(vm.type_error("an integer is required")),
        })
        .function("getdefaultencoding", "", |_, _| Ok("utf-8".into()))
        .function("getfilesystemencoding", "", |_, _| Ok("utf-8".into()))
        .function("getrefcount", "object, /", |_, _| Ok(2.into()))
        .function("getsizeof", "object, default=?", |vm, args| size_of(vm, &args[0]))
        .function("get_int_max_str_digits", "", |_, _| Ok(4300.into()))
        .function("set_int_max_str_digits", "maxdigits", |vm, _| Err(vm.unsupported("sys.set_int_max_str_digits")))
        .function("settrace", "function, /", |vm, _| Err(vm.unsupported("sys.settrace")))
        .function("gettrace", "", |_, _| Ok(Value::None))
        .function("_getframe", "depth=0, /", |vm, _| {
            let globals = vm.learner_globals().unwrap_or_else(Dict::shared);
            Ok(simple_namespace(vm, &[("f_globals", Value::Dict(globals))]))
        })
        .build();
    vm.set_host(Rc::new(Streams { module: module.clone(), stdout, errors: RefCell::default() }));
    Ok(module)
}

/// What CPython would say an object takes, for the kinds whose sizes are known.
fn size_of(vm: &mut Vm, value: &Value) -> PyResult {
    let size = match value {
        Value::None => 16,
        Value::Truth(_) | Value::Int(_) | Value::BigInt(_) => {
            let bits = value.as_bigint().map_or(0, |number| number.bits() as usize);
            24 + 4 * bits.div_ceil(30).max(usize::from(!matches!(value, Value::Truth(Truth::False))))
        }
        Value::Real(_) => 24,
        Value::Str(text) if text.is_ascii() => 49 + text.len(),
        Value::Str(text) => 74 + 2 * text.len(),
        Value::Bytes(data) => 33 + data.len(),
        Value::Tuple(items) => 40 + 8 * items.len(),
        Value::List(items) => 56 + 8 * items.len(),
        Value::Dict(items) if items.is_empty() => 64,
        Value::Dict(_) => 232,
        Value::Set(_) | Value::FrozenSet(_) => 216,
        _ => return Err(vm.unsupported("sys.getsizeof of this object")),
    };
    Ok(size.into())
}
