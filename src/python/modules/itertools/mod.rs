//! `itertools`: each function is a class, whose instances are the engine's own iterators.

mod combine;
mod walk;

use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Constructor, Module, ModuleObject, PyResult, Value};
use crate::python::vm::Vm;

/// The module.
pub fn module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let mut module = Module::new("itertools");
    let constructors: [(&str, Constructor); 19] = [
        ("accumulate", walk::accumulate),
        ("chain", walk::chain),
        ("combinations", combine::combinations),
        ("combinations_with_replacement", combine::combinations_with_replacement),
        ("compress", walk::compress),
        ("count", walk::count),
        ("cycle", walk::cycle),
        ("dropwhile", walk::dropwhile),
        ("filterfalse", walk::filterfalse),
        ("groupby", walk::groupby),
        ("islice", walk::islice),
        ("pairwise", walk::pairwise),
        ("permutations", combine::permutations),
        ("product", combine::product),
        ("repeat", walk::repeat),
        ("starmap", walk::starmap),
        ("takewhile", walk::takewhile),
        ("zip_longest", combine::zip_longest),
        ("_tee", walk::refuse),
    ];
    for (name, constructor) in constructors {
        if name == "_tee" {
            let class = iterator_class(vm, "_tee", "itertools", constructor);
            vm.hosted(|_| walk::TeeClass(class));
            continue;
        }
        let class = iterator_class(vm, name, "itertools", constructor);
        if name == "chain" {
            let own = class.clone();
            let function =
                crate::python::object::NativeFunction::closure("from_iterable", "iterable, /", move |vm, args| {
                    let outer = vm.iter(&args[0])?;
                    Ok(walk::chained(vm, &own, outer))
                });
            let function = crate::python::types::descriptor::StaticMethod::new(function.into_value());
            let function = crate::python::object::Instance::native(vm.types.staticmethod.clone(), function);
            class.set("from_iterable", Value::from(function));
        }
        if name == "groupby" {
            let group = iterator_class(vm, "_grouper", "itertools", walk::refuse);
            vm.hosted(|_| walk::GroupClass(group));
        }
        module = module.class(&class);
    }
    Ok(module.function("tee", "iterable, n=2, /", walk::tee).build())
}

/// A class of iterators that run in Rust.
pub(super) fn iterator_class(vm: &mut Vm, name: &str, module: &str, constructor: Constructor) -> Rc<Class> {
    ClassBuilder::new(name)
        .module(module)
        .builtin()
        .has_dict(false)
        .constructor(constructor)
        .arity("__iter__", 1, 1, |_, args| Ok(args[0].clone()))
        .arity("__next__", 1, 1, |vm, args| match vm.next(&args[0])? {
            Some(value) => Ok(value),
            None => Err(vm.raise(Kind::StopIteration, "")),
        })
        .build(vm)
}

/// The class that was called, and the count of arguments after it checked.
fn called(vm: &mut Vm, args: &Args, least: usize, most: usize) -> PyResult<Rc<Class>> {
    let class = vm.class_arg(args, 0)?;
    let given = args.len() - 1;
    if !args.keywords.is_empty() {
        let text = format!("{}() takes no keyword arguments", class.name());
        return Err(vm.type_error(text));
    }
    if given < least || given > most {
        let name = class.name();
        let (bound, which) = if given < least { (least, "at least") } else { (most, "at most") };
        let plural = if bound == 1 { "" } else { "s" };
        let text = if least == most {
            format!("{name} expected {bound} argument{plural}, got {given}")
        } else {
            format!("{name} expected {which} {bound} argument{plural}, got {given}")
        };
        return Err(vm.type_error(text));
    }
    Ok(class)
}
