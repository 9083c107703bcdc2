//! `_re`: compiled patterns and their matches as numbers. Everything else of `re` is `py/re.py`.

use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, Module, ModuleObject, PyResult, Raised, Value};
use crate::python::vm::Vm;
use crate::values::regex::{Anchor, MatchError, Pattern, PatternError};

struct Compiled(Rc<Class>);

/// The module.
pub fn module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let class = ClassBuilder::new("Compiled")
        .module("_re")
        .native_layout("Compiled")
        .property("groups", |vm, args| Ok(vm.payload::<Pattern>(&args[0])?.groups().into()))
        .property("flags", |vm, args| Ok(vm.payload::<Pattern>(&args[0])?.flags().into()))
        .property("names", |vm, args| {
            let pattern = vm.payload::<Pattern>(&args[0])?;
            let names: Vec<Value> = pattern
                .group_names()
                .iter()
                .map(|(name, number)| Value::tuple([name.as_str().into(), (*number).into()]))
                .collect();
            Ok(Value::list(names))
        })
        .method("find", "self, text, start, anchor, /", find)
        .build(vm);
    vm.hosted(|_| Compiled(class));
    Ok(Module::new("_re").function("compile", "pattern, flags, failure, /", compile).build())
}

fn compile(vm: &mut Vm, args: Args) -> PyResult {
    let text = super::arguments::text(vm, &args[0], "pattern")?;
    let flags = super::arguments::c_int(vm, &args[1])?;
    match Pattern::compile(&text, flags as u32) {
        Ok(pattern) => match vm.host::<Compiled>() {
            Some(class) => Ok(Instance::native(class.0.clone(), pattern).into()),
            None => Err(vm.raise(Kind::RuntimeError, "the module is not ready")),
        },
        Err(error) => Err(failure(vm, &args[2], error)),
    }
}

fn failure(vm: &mut Vm, class: &Value, error: PatternError) -> Raised {
    match error {
        PatternError::Invalid { message, position, pattern } => {
            let args = [message.clone().into(), pattern.into(), position.into()];
            match vm.call(class, args) {
                Ok(Value::Instance(instance)) if instance.exception_state().is_some() => Raised(instance),
                Ok(_) => vm.value_error(message),
                Err(raised) => raised,
            }
        }
        PatternError::Value(message) => vm.value_error(message),
        PatternError::Overflow(message) => vm.raise(Kind::OverflowError, message),
        PatternError::Unsupported(message) => vm.unsupported(message),
    }
}

/// Where the pattern matches, in characters: start and end of the whole and of each group (-1 where a group took no part),
/// and at last the number of the last group that closed, 0 for none.
fn find(vm: &mut Vm, args: Args) -> PyResult {
    let Some(text) = args[1].as_str().cloned() else {
        return Err(vm.type_error("expected string or bytes-like object"));
    };
    let start = args[2].as_i64().and_then(|start| usize::try_from(start).ok()).unwrap_or(0);
    let anchor = match args[3].as_i64() {
        Some(0) => Anchor::Search,
        Some(1) => Anchor::Match,
        _ => Anchor::Full,
    };
    vm.tick()?;
    if start > text.len() {
        return Ok(Value::None);
    }
    let ascii = text.is_ascii();
    let byte = if ascii { start } else { text.char_indices().nth(start).map_or(text.len_bytes(), |(at, _)| at) };
    let found = vm.payload::<Pattern>(&args[0])?.find(&text, byte, anchor);
    let found = match found {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Value::None),
        Err(MatchError::TooComplex) => return Err(vm.fatal(crate::python::object::Fatal::Time)),
    };
    let place = |at: usize| -> Value { if ascii { at.into() } else { text[..at].chars().count().into() } };
    let mut numbers = Vec::new();
    for span in &found.spans {
        match span {
            Some((from, to)) => {
                numbers.push(place(*from));
                numbers.push(place(*to));
            }
            None => numbers.extend([Value::Int(-1), Value::Int(-1)]),
        }
    }
    numbers.push(found.last_index.unwrap_or(0).into());
    Ok(Value::tuple(numbers))
}
