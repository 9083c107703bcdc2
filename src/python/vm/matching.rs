//! What `match` asks of a subject.

use crate::python::exceptions::Kind;
use crate::python::object::{Dict, PyResult, Str, Value};
use crate::python::vm::Vm;

impl Vm {
    fn subject(&self) -> Value {
        self.stack.last().cloned().unwrap_or(Value::None)
    }

    pub(super) fn is_pattern_sequence(&self) -> bool {
        let subject = self.subject();
        match subject.plain() {
            Value::List(_) | Value::Tuple(_) | Value::Range(_) => true,
            _ => self.class_has_flag(&subject, "__match_sequence__"),
        }
    }

    pub(super) fn is_pattern_mapping(&mut self) -> PyResult<bool> {
        let subject = self.subject();
        Ok(matches!(subject.plain(), Value::Dict(_)) || self.class_has_flag(&subject, "__match_mapping__"))
    }

    /// Whether a native class (`deque`, `mappingproxy`, the abstract bases of collections) says so.
    fn class_has_flag(&self, value: &Value, flag: &str) -> bool {
        self.class_of(value).lookup(&Str::interned(flag)).is_some()
    }

    /// `subject keys`: the values of the keys, `None` where one is missing.
    pub(super) fn match_keys(&mut self) -> PyResult {
        let keys = self.subject();
        let subject = match self.stack.len().checked_sub(2) {
            Some(at) => self.stack[at].clone(),
            None => Value::None,
        };
        let keys = keys.as_tuple().unwrap_or(&[]).to_vec();
        let mut values = Vec::with_capacity(keys.len());
        let seen = Dict::shared();
        for key in keys {
            if seen.set(self, key.clone(), Value::None)?.is_some() {
                let shown = self.repr(&key)?;
                return Err(self.value_error(format!("mapping pattern checks duplicate key ({shown})")));
            }
            let value = match &subject {
                Value::Dict(dict) => dict.get(self, &key)?,
                _ => {
                    let missing = Value::Instance(crate::python::object::Instance::new(self.types.object.clone()));
                    let found = self.call_method(&subject, "get", [key, missing.clone()])?;
                    (!found.is(&missing)).then_some(found)
                }
            };
            match value {
                Some(value) => values.push(value),
                None => return Ok(Value::None),
            }
        }
        Ok(Value::tuple(values))
    }

    /// A copy of a mapping without these keys.
    pub(super) fn match_rest(&mut self, subject: &Value, keys: &Value) -> PyResult {
        let rest = Dict::shared();
        if let Value::Dict(dict) = subject.plain() {
            for (key, value) in dict.items() {
                rest.set(self, key, value)?;
            }
        } else {
            let names = self.call_method(subject, "keys", ())?;
            for key in self.list_from(&names)? {
                let value = self.get_item(subject, &key)?;
                rest.set(self, key, value)?;
            }
        }
        for key in keys.as_tuple().unwrap_or(&[]) {
            rest.remove(self, key)?;
        }
        Ok(Value::Dict(rest))
    }

    /// The attributes that a class pattern looks into, as a tuple; `None` if the subject is no such thing.
    pub(super) fn match_class(&mut self, subject: &Value, class: &Value, names: &Value, positional: usize) -> PyResult {
        let Value::Class(target) = class else {
            return Err(self.type_error("called match pattern must be a type"));
        };
        if !self.is_instance(subject, class)? {
            return Ok(Value::None);
        }
        let mut values = Vec::new();
        let mut seen: Vec<Str> = Vec::new();
        if positional > 0 {
            let match_args = self.get_attr_opt(class, "__match_args__")?;
            let types = &self.types;
            let itself = [
                &types.bool_,
                &types.bytes,
                &types.dict,
                &types.float,
                &types.frozenset,
                &types.int,
                &types.list,
                &types.set,
                &types.str,
                &types.tuple,
            ];
            let is_self = match_args.is_none() && itself.iter().any(|known| target.derives_from(known));
            let args = match &match_args {
                Some(value) => match value.as_tuple() {
                    Some(args) => args.to_vec(),
                    None => {
                        let (class, given) = (target.name(), self.type_name(value));
                        return Err(self.type_error(format!("{class}.__match_args__ must be a tuple (got {given})")));
                    }
                },
                None => Vec::new(),
            };
            let most = if is_self { 1 } else { args.len() };
            if positional > most {
                let class = target.name();
                let plural = if most == 1 { "" } else { "s" };
                return Err(self.type_error(format!(
                    "{class}() accepts {most} positional sub-pattern{plural} ({positional} given)"
                )));
            }
            if is_self {
                values.push(subject.clone());
            }
            for name in args.iter().take(if is_self { 0 } else { positional }) {
                let Some(name) = name.as_str().cloned() else {
                    let given = self.type_name(name);
                    return Err(self.type_error(format!("__match_args__ elements must be strings (got {given})")));
                };
                seen.push(name.clone());
                match self.match_attribute(subject, &name)? {
                    Some(value) => values.push(value),
                    None => return Ok(Value::None),
                }
            }
        }
        for name in names.as_tuple().unwrap_or(&[]).to_vec() {
            let Value::Str(name) = name else { continue };
            if seen.contains(&name) {
                let class = target.name();
                return Err(self.type_error(format!("{class}() got multiple sub-patterns for attribute '{name}'")));
            }
            match self.match_attribute(subject, &name)? {
                Some(value) => values.push(value),
                None => return Ok(Value::None),
            }
        }
        Ok(Value::tuple(values))
    }

    fn match_attribute(&mut self, subject: &Value, name: &Str) -> PyResult<Option<Value>> {
        match self.get_attr_str(subject, name) {
            Ok(value) => Ok(Some(value)),
            Err(raised) if raised.is(self.exceptions.get(Kind::AttributeError)) => Ok(None),
            Err(raised) => Err(raised),
        }
    }
}
