//! The object model: what values are, and how a host makes classes, functions and modules.
//!
//! # How a host embeds the interpreter
//!
//! A [`Value`] is any Python object; clone it freely. Whatever can run Python code takes `&mut Vm` and gives a
//! [`PyResult`]; `?` passes an exception on. Never hold a `RefCell` borrow across such a call.
//!
//! ```text
//! let class = ClassBuilder::new("QuerySet")
//!     .module("django.db.models.query")
//!     .native_layout("QuerySet")                       // instances carry a host's data
//!     .constructor(|vm, args| {                        // __new__: cls first, arguments unchecked
//!         let class = vm.class_arg(&args, 0)?;
//!         Ok(Instance::native(class, QuerySetData::default()).into())
//!     })
//!     .method("filter", "self, *args, **kwargs", |vm, args| {
//!         let this = vm.payload::<QuerySetData>(&args[0])?;   // Rust data, or a TypeError
//!         let conditions = args.rest(1);                      // the *args tuple
//!         let lookups = args.keyword_rest(2);                 // the **kwargs dict
//!         …
//!     })
//!     .property("query", |vm, args| …)
//!     .class_method("as_manager", "cls", |vm, args| …)
//!     .on_subclass(|vm, class, keywords| …)            // a class that derives from it was made
//!     .build(vm);
//! vm.add_module(Module::new("django.db.models").class(&class).function("F", "name", f).build());
//! ```
//!
//! - **Signatures** are written once (`"self, obj, /, *args, using=None, limit=?, **kwargs"`) and bind as CPython binds, with its
//!   `TypeError`s; a bound call has one argument a parameter, [`Value::Unset`] for `?` defaults that were not passed.
//! - **Subclassing**: a Python class may derive from any class made here; methods, `super()`, properties and the method
//!   resolution order work as for Python classes. Data lives in the instance's payload: `Instance::native` makes it, in a
//!   constructor, for the class that was *called*; [`Value::payload`] gets it. Python attributes live in `instance.dict()`.
//!   Subclasses of `str`, `int`, `list` … hold the plain value: [`Value::plain`], [`Value::as_str`] and so on see it.
//! - **Metaclasses**: build a class with `.base(&vm.types.type_)` and give it to `.metaclass(…)`; its `__new__` may call
//!   [`Vm::new_class`]. Where a hook is enough, use `on_subclass`.
//! - **Calling**: `vm.call(&f, args)`, `vm.call_method(&obj, "name", args)`, with `args` a `Vec`, an array, `()`, one value, or
//!   `Args::new(…).keyword("using", "default")`.
//! - **Attributes**: `vm.get_attr(&obj, "name")?`, `vm.get_attr_opt` (no `AttributeError`), `vm.set_attr`, `vm.del_attr`.
//! - **Protocols**: `vm.truth`, `vm.eq`, `vm.compare`, `vm.hash`, `vm.repr`, `vm.to_str`, `vm.len`, `vm.iterate(&v, |vm, item| …)`,
//!   `vm.list_from(&v)` (all items), `vm.iter` and `vm.next`, `vm.binary`, `vm.is_instance`, `vm.is_subclass`.
//! - **Raising**: `Err(vm.type_error("…"))`, `Err(vm.raise(Kind::ValueError, "…"))`, an own class with
//!   `vm.new_exception(&class, args)`; `Err(vm.unsupported("feature"))` for what the engine lacks.
//! - **Catching**: `raised.is(vm.exceptions.get(Kind::KeyError))`, `raised.value()`.

mod args;
mod build;
mod class;
mod dict;
pub(crate) mod farewell;
mod function;
mod instance;
mod iter;
mod release;
pub(crate) mod roll;
mod scalar;
mod sequence;
mod set;
mod signature;
mod text;
mod value;

pub use args::Args;
pub use build::{ClassBuilder, Module};
pub(crate) use class::Making;
pub use class::{Class, ClassParts, Constructor, Layout, SubclassHook};
pub use dict::Dict;
pub(crate) use farewell::Gone;
pub use function::{Binding, BoundMethod, Function, ModuleObject, NativeCode, NativeFn, NativeFunction};
pub use instance::{ExceptionState, Fatal, Instance, Payload, PyResult, Raised, TracebackEntry};
pub use iter::{DictPart, Iter, IterState, Step};
pub use scalar::{Real, Truth};
pub use sequence::{Bytes, CellObject, List, Range, Slice, Tuple};
pub use set::Set;
pub(crate) use signature::check_arity;
pub use signature::{Parameter, ParameterKind, Signature, missing_text, too_many_text};
pub use text::Str;
pub(crate) use text::hash_bytes;
pub use value::Value;

pub use crate::python::vm::Generator;

/// Whether two values are equal where that needs no Python code: `None` where it does, or where their kinds are not simple.
pub(crate) fn simple_eq(a: &Value, b: &Value) -> Option<bool> {
    use Value::{BigInt, Bytes, Class, Ellipsis, Int, None as Nothing, Real, Str, Truth};
    Some(match (a, b) {
        (Str(a), Str(b)) => a == b,
        (Int(a), Int(b)) => a == b,
        (Int(a), Truth(b)) | (Truth(b), Int(a)) => *a == i64::from(*b),
        (Truth(a), Truth(b)) => a == b,
        (Real(a), Real(b)) => a.get() == b.get(),
        (BigInt(a), BigInt(b)) => a == b,
        (Bytes(a), Bytes(b)) => a[..] == b[..],
        (Nothing, Nothing) | (Ellipsis, Ellipsis) => true,
        (
            Str(_) | Int(_) | Truth(_) | BigInt(_) | Bytes(_) | Nothing | Ellipsis,
            Str(_) | Int(_) | Truth(_) | BigInt(_) | Bytes(_) | Nothing | Ellipsis,
        ) => false,
        (Class(a), Str(_)) | (Str(_), Class(a)) if a.metaclass().is_some_and(|m| m.native) => false,
        _ => return None,
    })
}
