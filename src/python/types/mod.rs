//! The builtin types: a file each, with their methods.

mod bytearray;
pub mod bytes;
pub mod bytes_text;
pub mod codec;
pub mod descriptor;
pub mod dict;
mod dunder;
mod iter;
mod list;
mod memoryview;
mod number;
mod object;
mod set;
pub mod str_;
pub mod super_;
pub mod traceback;
pub mod type_;

use std::rc::Rc;

use super::object::{Class, ClassParts, Dict, Layout, Str, Value};
use super::vm::Vm;

macro_rules! types {
    ($($field:ident : $name:literal),* $(,)?) => {
        /// The classes of the builtin types.
        pub struct Types {
            /// `object`
            pub object: Rc<Class>,
            /// `type`
            pub type_: Rc<Class>,
            $(
                #[doc = concat!("`", $name, "`")]
                pub $field: Rc<Class>,
            )*
        }

        impl Types {
            pub(crate) fn bootstrap() -> Self {
                let object = make("object", Vec::new(), None, Layout::Object, false);
                let type_ = make("type", vec![object.clone()], None, Layout::Type, true);
                object.set_metaclass(type_.clone());
                type_.set_metaclass(type_.clone());
                $(
                    let $field = make($name, vec![object.clone()], Some(type_.clone()), layout_of($name), false);
                )*
                Self { object, type_, $($field),* }
            }
        }
    };
}

types! {
    none: "NoneType", not_implemented: "NotImplementedType", ellipsis: "ellipsis", int: "int", bool_: "bool",
    float: "float", complex: "complex", str: "str", bytes: "bytes", bytearray: "bytearray", memoryview: "memoryview",
    tuple: "tuple", list: "list", dict: "dict", set: "set", frozenset: "frozenset", range: "range", slice: "slice",
    function: "function", builtin_function: "builtin_function_or_method", method_descriptor: "method_descriptor",
    wrapper_descriptor: "wrapper_descriptor", method_wrapper: "method-wrapper", method: "method", generator: "generator", coroutine: "coroutine",
    async_generator: "async_generator", module: "module", cell: "cell", code: "code",
    property: "property", classmethod: "classmethod", staticmethod: "staticmethod", super_: "super",
    getset_descriptor: "getset_descriptor", member_descriptor: "member_descriptor", mappingproxy: "mappingproxy",
    dict_keys: "dict_keys", dict_values: "dict_values", dict_items: "dict_items",
    dict_keyiterator: "dict_keyiterator", dict_valueiterator: "dict_valueiterator", dict_itemiterator: "dict_itemiterator",
    dict_reversekeyiterator: "dict_reversekeyiterator", dict_reversevalueiterator: "dict_reversevalueiterator",
    dict_reverseitemiterator: "dict_reverseitemiterator",
    list_iterator: "list_iterator", list_reverseiterator: "list_reverseiterator", tuple_iterator: "tuple_iterator",
    str_iterator: "str_iterator", str_ascii_iterator: "str_ascii_iterator", bytes_iterator: "bytes_iterator",
    bytearray_iterator: "bytearray_iterator", set_iterator: "set_iterator",
    range_iterator: "range_iterator", longrange_iterator: "longrange_iterator", iterator: "iterator",
    callable_iterator: "callable_iterator", enumerate: "enumerate", zip: "zip", map: "map", filter: "filter",
    reversed: "reversed", traceback: "traceback", frame: "frame", union_type: "UnionType", generic_alias: "GenericAlias",
    simple_namespace: "SimpleNamespace",
}

fn layout_of(name: &'static str) -> Layout {
    match name {
        "int" | "float" | "complex" | "str" | "bytes" | "tuple" | "list" | "dict" | "set" | "frozenset" => {
            Layout::Value(name)
        }
        "SimpleNamespace" => Layout::Object,
        _ => Layout::Native(name),
    }
}

fn make(
    name: &'static str,
    bases: Vec<Rc<Class>>,
    metaclass: Option<Rc<Class>>,
    layout: Layout,
    has_dict: bool,
) -> Rc<Class> {
    let dict = Dict::shared();
    dict.set_str(Str::interned("__module__"), "builtins");
    let parts = |bases| ClassParts {
        name: Str::interned(name),
        qualname: Str::interned(name),
        bases,
        dict: dict.clone(),
        metaclass: metaclass.clone(),
        layout,
        native: true,
        has_dict,
    };
    // One base or none always has an order.
    Class::new(parts(bases)).unwrap_or_else(|mut conflict| conflict.remove(0))
}

impl Vm {
    /// The class of a value: Python's `type(value)`.
    pub fn class_of(&self, value: &Value) -> Rc<Class> {
        let types = &self.types;
        match value {
            Value::Unset | Value::None => &types.none,
            Value::NotImplemented => &types.not_implemented,
            Value::Ellipsis => &types.ellipsis,
            Value::Truth(_) => &types.bool_,
            Value::Int(_) | Value::BigInt(_) => &types.int,
            Value::Real(_) => &types.float,
            Value::Complex(_) => &types.complex,
            Value::Str(_) => &types.str,
            Value::Bytes(_) => &types.bytes,
            Value::Tuple(_) => &types.tuple,
            Value::List(_) => &types.list,
            Value::Dict(_) => &types.dict,
            Value::Set(_) => &types.set,
            Value::FrozenSet(_) => &types.frozenset,
            Value::Range(_) => &types.range,
            Value::Slice(_) => &types.slice,
            Value::Iter(iter) => &iter.class,
            Value::Generator(generator) => return self.generator_class(generator),
            Value::Function(_) => &types.function,
            Value::Native(native) => {
                if native.python_like {
                    &types.function
                } else if native.binds && native.name.starts_with("__") {
                    &types.wrapper_descriptor
                } else if native.binds {
                    &types.method_descriptor
                } else {
                    &types.builtin_function
                }
            }
            Value::BoundMethod(method) => match &method.function {
                Value::Native(native) if !native.python_like && native.name.starts_with("__") && native.binds => {
                    &types.method_wrapper
                }
                Value::Native(native) if !native.python_like => &types.builtin_function,
                _ => &types.method,
            },
            Value::Class(class) => return class.metaclass().unwrap_or_else(|| types.type_.clone()),
            Value::Module(_) => &types.module,
            Value::Instance(instance) => return instance.class(),
            Value::Cell(_) => &types.cell,
            Value::Code(_) => &types.code,
        }
        .clone()
    }

    /// The name of a value's class, as messages show it.
    pub fn type_name(&self, value: &Value) -> Str {
        let class = self.class_of(value);
        if class.dotted.get() { Str::from(class.full_name()) } else { class.name() }
    }
}

/// Fills the builtin types with their methods.
pub(crate) fn install(vm: &mut Vm) {
    object::install(vm);
    type_::install(vm);
    descriptor::install(vm);
    super_::install(vm);
    number::install(vm);
    str_::install(vm);
    bytes::install(vm);
    list::install(vm);
    dict::install(vm);
    set::install(vm);
    iter::install(vm);
    traceback::install(vm);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_machine_calls_builtins() {
        let mut vm = Vm::new();
        let text = Value::from("a,b,c");
        let parts = vm.call_method(&text, "split", [Value::from(",")]).unwrap();
        assert_eq!(&*vm.repr(&parts).unwrap(), "['a', 'b', 'c']");
        let sorted = vm.builtins.get_text("sorted").unwrap();
        let made = vm.call(&sorted, [Value::list([Value::Int(3), Value::Int(1), Value::Int(2)])]).unwrap();
        assert_eq!(&*vm.repr(&made).unwrap(), "[1, 2, 3]");
        let kind = Value::Class(vm.exceptions.get(crate::python::exceptions::Kind::KeyError).clone());
        let error = vm.call(&kind, [Value::from("x")]).unwrap();
        assert_eq!(&*vm.to_str(&error).unwrap(), "'x'");
        assert_eq!(&*vm.repr(&error).unwrap(), "KeyError('x')");
    }
}
