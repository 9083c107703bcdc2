//! The attributes that objects have of themselves: `__class__`, `__dict__`, `__name__` and their like.

use std::rc::Rc;

use crate::python::object::{Class, Dict, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

/// A read-only view of a namespace: `mappingproxy`.
pub struct MappingProxy(pub Value);

impl Vm {
    /// A `mappingproxy` over a dict.
    pub fn mapping_proxy(&self, dict: &Rc<Dict>) -> Value {
        Instance::native(self.types.mappingproxy.clone(), MappingProxy(Value::Dict(dict.clone()))).into()
    }

    /// An attribute that no namespace holds.
    pub(crate) fn special_attribute(
        &mut self,
        object: &Value,
        class: &Rc<Class>,
        name: &Str,
    ) -> PyResult<Option<Value>> {
        if !name.starts_with("__") {
            return Ok(self.plain_special(object, name));
        }
        if name == "__class__" {
            return Ok(Some(Value::Class(class.clone())));
        }
        Ok(match object {
            Value::Instance(instance) => match name.as_str() {
                "__dict__" if class.has_dict.get() => Some(Value::Dict(instance.dict().clone())),
                "__doc__" => Some(Value::None),
                _ => self.exception_special(instance, name),
            },
            Value::Class(target) => self.class_special(target, name),
            Value::Function(function) => Some(match name.as_str() {
                "__name__" => Value::Str(function.name.borrow().clone()),
                "__qualname__" => Value::Str(function.qualname.borrow().clone()),
                "__doc__" => function.doc.borrow().clone(),
                "__module__" => function.module.borrow().clone(),
                "__dict__" => Value::Dict(function.dict().clone()),
                "__globals__" => Value::Dict(function.globals.clone()),
                "__code__" => Value::Code(function.code.clone()),
                "__defaults__" => {
                    let defaults = function.defaults.borrow();
                    if defaults.is_empty() { Value::None } else { Value::tuple(defaults.to_vec()) }
                }
                "__kwdefaults__" => function.keyword_defaults.borrow().clone().map_or(Value::None, Value::Dict),
                "__annotations__" => {
                    let dict = function.annotations.borrow_mut().get_or_insert_with(Rc::default).clone();
                    Value::Dict(dict)
                }
                "__closure__" if function.closure.is_empty() => Value::None,
                "__closure__" => Value::tuple(function.closure.iter().cloned().map(Value::Cell).collect::<Vec<_>>()),
                "__builtins__" => Value::Dict(self.builtins.clone()),
                _ => return Ok(None),
            }),
            Value::Native(native) => Some(match name.as_str() {
                "__name__" => Value::Str(native.name.clone()),
                "__qualname__" => Value::Str(native.qualname.clone()),
                "__doc__" => native.doc.borrow().clone(),
                "__module__" if native.binds && !native.python_like => return Ok(None),
                "__module__" => native.module.borrow().clone(),
                "__objclass__" if native.binds => {
                    match native.owner.borrow().as_ref().and_then(std::rc::Weak::upgrade) {
                        Some(owner) => Value::Class(owner),
                        None => return Ok(None),
                    }
                }
                "__dict__" if native.python_like => Value::Dict(native.dict.get_or_init(Dict::shared).clone()),
                "__defaults__" | "__kwdefaults__" if native.python_like => Value::None,
                "__annotations__" if native.python_like => Value::Dict(Rc::default()),
                "__self__" if !native.binds && !native.python_like => Value::None,
                "__text_signature__" => Value::None,
                _ => return Ok(None),
            }),
            Value::BoundMethod(method) => match name.as_str() {
                "__func__" => Some(method.function.clone()),
                "__self__" => Some(method.receiver.clone()),
                "__class__" => Some(Value::Class(class.clone())),
                _ => {
                    let function = method.function.clone();
                    return self.get_attr_opt_str(&function, name);
                }
            },
            Value::Module(module) => match name.as_str() {
                "__dict__" => Some(Value::Dict(module.dict.clone())),
                _ => None,
            },
            Value::Generator(generator) => match name.as_str() {
                "__name__" => Some(Value::Str(generator.name.borrow().clone())),
                "__qualname__" => Some(Value::Str(generator.qualname.borrow().clone())),
                "__doc__" => Some(Value::None),
                _ => None,
            },
            _ => match name.as_str() {
                "__doc__" => Some(Value::None),
                _ => None,
            },
        })
    }

    fn plain_special(&mut self, object: &Value, name: &Str) -> Option<Value> {
        match object {
            Value::Instance(instance) => self.exception_special(instance, name),
            Value::Range(range) => match name.as_str() {
                "start" => Some(range.start.clone()),
                "stop" => Some(range.stop.clone()),
                "step" => Some(range.step.clone()),
                _ => None,
            },
            Value::Slice(slice) => match name.as_str() {
                "start" => Some(slice.start.clone()),
                "stop" => Some(slice.stop.clone()),
                "step" => Some(slice.step.clone()),
                _ => None,
            },
            Value::Int(_) | Value::BigInt(_) | Value::Truth(_) => match name.as_str() {
                "real" | "numerator" => object.as_bigint().map(Value::int),
                "imag" => Some(Value::Int(0)),
                "denominator" => Some(Value::Int(1)),
                _ => None,
            },
            Value::Real(number) => match name.as_str() {
                "real" => Some(Value::Real(*number)),
                "imag" => Some(Value::Float(0.0)),
                _ => None,
            },
            Value::Complex(parts) => match name.as_str() {
                "real" => Some(Value::Float(parts.0)),
                "imag" => Some(Value::Float(parts.1)),
                _ => None,
            },
            Value::Code(code) => match name.as_str() {
                "co_name" => Some(Value::Str(code.name.clone())),
                "co_qualname" => Some(Value::Str(code.qualname.clone())),
                "co_filename" => Some(Value::Str(code.source.filename.clone())),
                "co_firstlineno" => Some(Value::from(code.first_line())),
                "co_argcount" => Some(Value::from(u32::from(code.parameters.positional))),
                "co_posonlyargcount" => Some(Value::from(u32::from(code.parameters.positional_only))),
                "co_kwonlyargcount" => Some(Value::from(u32::from(code.parameters.keyword_only))),
                "co_nlocals" => Some(Value::from(code.variable_names().len())),
                "co_varnames" => Some(Value::tuple(code.variable_names())),
                "co_freevars" => Some(Value::tuple(code.free_names())),
                "co_flags" => Some(Value::Int(code.flags())),
                _ => None,
            },
            Value::Generator(generator) => match name.as_str() {
                // One word and a part of it: `gi_` of generators, `cr_` of coroutines, `ag_` of asynchronous generators.
                "gi_running" | "cr_running" | "ag_running" => Some(Value::Bool(generator.is_running())),
                "gi_code" | "cr_code" | "ag_code" => Some(Value::Code(generator.function.code.clone())),
                "gi_yieldfrom" | "cr_await" | "ag_await" => Some(Value::None),
                "gi_frame" | "cr_frame" | "ag_frame" if generator.is_done() => Some(Value::None),
                _ => None,
            },
            Value::Cell(cell) if name == "cell_contents" => cell.get().set(),
            Value::BoundMethod(method) => {
                let function = method.function.clone();
                self.own_attribute(&function, name)
            }
            _ => None,
        }
    }

    fn class_special(&mut self, target: &Rc<Class>, name: &Str) -> Option<Value> {
        Some(match name.as_str() {
            "__name__" => Value::Str(target.name()),
            "__qualname__" => Value::Str(target.qualname()),
            "__dict__" => self.mapping_proxy(target.dict()),
            "__bases__" => Value::tuple(target.bases().into_iter().map(Value::Class).collect::<Vec<_>>()),
            "__base__" => target.bases().first().map_or(Value::None, Value::from),
            "__mro__" => Value::tuple(target.mro().into_iter().map(Value::Class).collect::<Vec<_>>()),
            "__doc__" => Value::None,
            "__annotations__" => {
                let known = target.dict().get_str(name);
                known.unwrap_or_else(|| {
                    let dict = Value::Dict(Rc::default());
                    target.set(name, dict.clone());
                    dict
                })
            }
            "__flags__" | "__weakrefoffset__" | "__dictoffset__" | "__basicsize__" | "__itemsize__" => Value::Int(0),
            _ => return None,
        })
    }

    /// Sets one of the attributes that no namespace holds; tells whether it is one.
    pub(crate) fn set_special_attribute(
        &mut self,
        object: &Value,
        class: &Rc<Class>,
        name: &Str,
        value: Option<&Value>,
    ) -> PyResult<bool> {
        if let Value::Instance(instance) = object
            && instance.exception_state().is_some()
            && self.set_exception_special(instance, name, value)?
        {
            return Ok(true);
        }
        if !name.starts_with("__") {
            if let Value::Cell(cell) = object
                && name == "cell_contents"
            {
                cell.set(value.cloned().unwrap_or(Value::Unset));
                return Ok(true);
            }
            return Ok(false);
        }
        match (object, name.as_str()) {
            (Value::Instance(instance), "__class__") => {
                let Some(Value::Class(wanted)) = value else {
                    return Err(self.type_error(match value {
                        Some(other) => {
                            format!("__class__ must be set to a class, not '{}' object", self.type_name(other))
                        }
                        None => "can't delete __class__ attribute".into(),
                    }));
                };
                if wanted.native && wanted.module().is_some_and(|module| module == "builtins") {
                    return Err(self
                        .type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
                }
                if !instance.same_layout(wanted) {
                    let text = format!(
                        "__class__ assignment: '{}' object layout differs from '{}'",
                        wanted.name(),
                        class.name()
                    );
                    return Err(self.type_error(text));
                }
                instance.set_class(wanted.clone());
            }
            (Value::Instance(instance), "__dict__") if class.has_dict.get() => {
                let Some(dict) = value.and_then(Value::as_dict) else {
                    let given = value.map_or("NoneType".into(), |value| self.type_name(value));
                    return Err(self.type_error(format!("__dict__ must be set to a dictionary, not a '{given}'")));
                };
                // It takes the very dict where it had none yet; else what that holds now.
                let own = instance.dict_or(dict);
                if !Rc::ptr_eq(own, dict) {
                    own.clear();
                    for (key, value) in dict.str_items() {
                        own.set_str(key, value);
                    }
                }
            }
            (Value::Class(target), _) => return self.set_class_special(target, name, value),
            (Value::Function(function), _) => {
                let new = value.cloned().unwrap_or(Value::None);
                match name.as_str() {
                    "__name__" | "__qualname__" => {
                        let Some(text) = new.as_str() else {
                            return Err(self.type_error(format!("{name} must be set to a string object")));
                        };
                        let slot = if name == "__name__" { &function.name } else { &function.qualname };
                        *slot.borrow_mut() = text.clone();
                    }
                    "__doc__" => *function.doc.borrow_mut() = new,
                    "__module__" => *function.module.borrow_mut() = new,
                    "__defaults__" => match new.as_tuple() {
                        Some(items) => *function.defaults.borrow_mut() = items.to_vec().into(),
                        None if new.is_none() => *function.defaults.borrow_mut() = Vec::new().into(),
                        None => return Err(self.type_error("__defaults__ must be set to a tuple object")),
                    },
                    "__kwdefaults__" => *function.keyword_defaults.borrow_mut() = new.as_dict().cloned(),
                    "__annotations__" => *function.annotations.borrow_mut() = new.as_dict().cloned(),
                    "__dict__" => {
                        let Some(dict) = new.as_dict() else {
                            return Err(self.type_error("__dict__ must be set to a dictionary"));
                        };
                        let own = function.dict();
                        own.clear();
                        for (key, value) in dict.str_items() {
                            own.set_str(key, value);
                        }
                    }
                    "__code__" => return Err(self.unsupported("assigning __code__")),
                    "__globals__" | "__closure__" | "__builtins__" => {
                        let raised = self.raise_attribute_error(object, name, "readonly attribute".into());
                        return Err(raised);
                    }
                    _ => return Ok(false),
                }
            }
            (Value::Generator(generator), "__name__" | "__qualname__") => {
                let Some(text) = value.and_then(Value::as_str) else {
                    return Err(self.type_error(format!("{name} must be set to a string object")));
                };
                let slot = if name == "__name__" { &generator.name } else { &generator.qualname };
                *slot.borrow_mut() = text.clone();
            }
            (Value::Native(native), "__doc__") if native.python_like => {
                *native.doc.borrow_mut() = value.cloned().unwrap_or(Value::None);
            }
            (Value::Native(native), "__module__") if native.python_like => {
                *native.module.borrow_mut() = value.cloned().unwrap_or(Value::None);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn set_class_special(&mut self, target: &Rc<Class>, name: &Str, value: Option<&Value>) -> PyResult<bool> {
        match name.as_str() {
            "__name__" | "__qualname__" => {
                let Some(text) = value.and_then(Value::as_str) else {
                    let given = value.map_or("NoneType".into(), |value| self.type_name(value));
                    let text = format!("can only assign string to {}.{name}, not '{given}'", target.name());
                    return Err(self.type_error(text));
                };
                if name == "__name__" {
                    target.set_name(text.clone());
                } else {
                    target.set_qualname(text.clone());
                }
            }
            "__bases__" => {
                let bases: Option<Vec<Rc<Class>>> = value
                    .and_then(Value::as_tuple)
                    .map(|items| items.iter().filter_map(Value::as_class).cloned().collect());
                let Some(bases) = bases.filter(|bases| !bases.is_empty()) else {
                    let given = value.map_or("NoneType".into(), |value| self.type_name(value));
                    let text = format!("can only assign tuple to {}.__bases__, not {given}", target.name());
                    return Err(self.type_error(text));
                };
                if bases.iter().any(|base| base.derives_from(target)) {
                    return Err(self.type_error("a __bases__ item causes an inheritance cycle"));
                }
                if let Err(conflict) = target.set_bases(bases) {
                    let names: Vec<String> = conflict.iter().map(|class| class.name().to_string()).collect();
                    let names = names.join(", ");
                    return Err(self.type_error(format!(
                        "Cannot create a consistent method resolution\norder (MRO) for bases {names}"
                    )));
                }
            }
            "__class__" => {
                let Some(Value::Class(metaclass)) = value else {
                    return Err(self.type_error("__class__ must be set to a class"));
                };
                target.set_metaclass(metaclass.clone());
            }
            "__mro__" | "__base__" | "__dict__" => {
                let object = Value::Class(target.clone());
                let text = format!("attribute '{name}' of 'type' objects is not writable");
                return Err(self.raise_attribute_error(&object, name, text));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What an exception has of itself.
    fn exception_special(&mut self, instance: &Rc<Instance>, name: &Str) -> Option<Value> {
        let state = instance.exception_state()?;
        match name.as_str() {
            "args" => Some(Value::tuple(state.args.borrow().clone())),
            "__cause__" => Some(state.cause.borrow().clone().unwrap_or(Value::None)),
            "__context__" => Some(state.context.borrow().clone().unwrap_or(Value::None)),
            "__suppress_context__" => Some(Value::Bool(state.suppress_context.get())),
            "__traceback__" => Some(self.traceback_value(instance)),
            _ => self.exception_field(instance, name),
        }
    }

    fn set_exception_special(&mut self, instance: &Rc<Instance>, name: &Str, value: Option<&Value>) -> PyResult<bool> {
        let Some(state) = instance.exception_state() else { return Ok(false) };
        let new = value.cloned().unwrap_or(Value::None);
        match name.as_str() {
            "args" => {
                let items = self.list_from(&new)?;
                *state.args.borrow_mut() = items;
            }
            "__cause__" | "__context__" => {
                if !new.is_none() && !self.is_exception(&new) {
                    let what = if name == "__cause__" { "cause" } else { "context" };
                    return Err(self.type_error(format!("exception {what} must be None or derive from BaseException")));
                }
                let new = Some(new).filter(|new| !new.is_none());
                if name == "__cause__" {
                    *state.cause.borrow_mut() = new;
                    state.suppress_context.set(true);
                } else {
                    *state.context.borrow_mut() = new;
                }
            }
            "__suppress_context__" => state.suppress_context.set(self.truth(&new)?),
            "__traceback__" => {
                if new.is_none() {
                    state.traceback.borrow_mut().clear();
                } else if let Some(entries) = new.payload::<crate::python::types::traceback::TracebackView>() {
                    *state.traceback.borrow_mut() = entries.0.clone();
                } else {
                    return Err(self.type_error("__traceback__ must be a traceback or None"));
                }
            }
            _ => return self.set_exception_field(instance, name, new),
        }
        Ok(true)
    }
}
