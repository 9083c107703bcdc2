//! Displays, unpacking and f-strings.

use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::nodes::Conversion;
use crate::python::object::{Dict, List, PyResult, Set, Str, Value};
use crate::python::vm::Vm;

impl Vm {
    pub(super) fn build_set(&mut self, items: Vec<Value>) -> PyResult {
        let set = Rc::new(Set::new());
        for item in items {
            set.add(self, item)?;
        }
        Ok(Value::Set(set))
    }

    /// Through a frozenset, whose order decides that of the set. CPython makes that one anew from its own elements, and once
    /// more where it shares one of them, as it does with texts of one letter.
    pub(super) fn build_constant_set(&mut self, items: Vec<Value>) -> PyResult {
        let letter = |item: &Value| match item {
            Value::Str(text) => {
                text.len_bytes() == 1 && text.starts_with(|c: char| c == '_' || c.is_ascii_alphanumeric())
            }
            _ => false,
        };
        let rounds = if items.iter().any(letter) { 3 } else { 2 };
        let mut items = items;
        let mut frozen = Set::new();
        for _ in 0..rounds {
            frozen = Set::new();
            for item in items {
                frozen.add(self, item)?;
            }
            items = frozen.items();
        }
        Ok(Value::Set(Rc::new(frozen.copy())))
    }

    /// Keys and values in turn.
    pub(super) fn build_dict(&mut self, items: Vec<Value>) -> PyResult {
        let dict = Dict::shared();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            match key {
                Value::Str(key) => {
                    dict.set_str(key, value);
                }
                key => {
                    dict.set(self, key, value)?;
                }
            }
        }
        Ok(Value::Dict(dict))
    }

    pub(super) fn build_string(&mut self, parts: &[Value]) -> PyResult {
        let length = parts.iter().filter_map(Value::as_str).map(|text| text.len_bytes()).sum();
        if length > 1 << 16 {
            self.reserve(length)?;
        }
        let mut text = String::with_capacity(length);
        for part in parts.iter().filter_map(Value::as_str) {
            text.push_str(part);
        }
        Ok(Value::Str(Str::from(text)))
    }

    /// A replacement field of an f-string.
    pub(super) fn format_replacement(&mut self, value: Value, conversion: Conversion, spec: Value) -> PyResult {
        let value = match conversion {
            Conversion::None => value,
            Conversion::Str => Value::Str(self.to_str(&value)?),
            Conversion::Repr => Value::Str(self.repr(&value)?),
            Conversion::Ascii => Value::Str(self.ascii(&value)?),
        };
        let spec = match &spec {
            Value::Str(spec) if !spec.is_empty() => Some(spec.clone()),
            _ => None,
        };
        match (&value, spec) {
            (Value::Str(_), None) => Ok(value),
            (Value::Int(number), None) => Ok(Value::Str(Str::decimal(*number))),
            (_, spec) => {
                let spec = spec.unwrap_or_else(|| Str::interned(""));
                self.format(&value, &spec).map(Value::from)
            }
        }
    }

    fn list_below(&self, below: usize) -> Option<Rc<List>> {
        match self.stack.len().checked_sub(below).and_then(|at| self.stack.get(at)) {
            Some(Value::List(list)) => Some(list.clone()),
            _ => None,
        }
    }

    pub(super) fn list_extend(&mut self, value: &Value) -> PyResult<()> {
        if !self.has_iter(value) {
            let given = self.type_name(value);
            return Err(self.type_error(format!("Value after * must be an iterable, not {given}")));
        }
        self.extend_below(value)
    }

    pub(super) fn args_extend(&mut self, value: &Value) -> PyResult<()> {
        if !self.has_iter(value) {
            let given = self.type_name(value);
            let function = self.callee(3)?;
            return Err(self.type_error(format!("{function} argument after * must be an iterable, not {given}")));
        }
        self.extend_below(value)
    }

    fn extend_below(&mut self, value: &Value) -> PyResult<()> {
        let Some(list) = self.list_below(1) else { return Ok(()) };
        match value {
            Value::List(_) | Value::Tuple(_) => {
                let items = self.list_from(value)?;
                list.borrow_mut().extend(items);
                Ok(())
            }
            _ => self.iterate(value, |_, item| {
                list.push(item);
                Ok(())
            }),
        }
    }

    fn dict_below(&self) -> Option<Rc<Dict>> {
        match self.stack.last() {
            Some(Value::Dict(dict)) => Some(dict.clone()),
            _ => None,
        }
    }

    pub(super) fn display_update(&mut self, value: &Value) -> PyResult<()> {
        let Some(dict) = self.dict_below() else { return Ok(()) };
        match self.mapping_items(value)? {
            Some(items) => {
                for (key, value) in items {
                    dict.set(self, key, value)?;
                }
                Ok(())
            }
            None => {
                let given = self.type_name(value);
                Err(self.type_error(format!("'{given}' object is not a mapping")))
            }
        }
    }

    /// The pairs of a dict or of anything with `keys()`; `None` for anything else.
    fn mapping_items(&mut self, value: &Value) -> PyResult<Option<Vec<(Value, Value)>>> {
        if let Value::Dict(dict) = value {
            return Ok(Some(dict.items()));
        }
        let Some(keys) = self.get_attr_opt(value, "keys")? else { return Ok(None) };
        let keys = self.call(&keys, ())?;
        let keys = self.list_from(&keys)?;
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            let item = self.get_item(value, &key)?;
            items.push((key, item));
        }
        Ok(Some(items))
    }

    /// The keyword arguments of a call that stand on the stack, with those of one more mapping.
    pub(super) fn dict_merge(&mut self, value: &Value) -> PyResult<()> {
        let Some(dict) = self.dict_below() else { return Ok(()) };
        let Some(items) = self.mapping_items(value)? else {
            let given = self.type_name(value);
            let function = self.callee(4)?;
            return Err(self.type_error(format!("{function} argument after ** must be a mapping, not {given}")));
        };
        for (key, value) in items {
            let Some(name) = key.as_str().cloned() else {
                return Err(self.type_error("keywords must be strings"));
            };
            if dict.contains_str(&name) {
                let function = self.callee(4)?;
                return Err(self.type_error(format!("{function} got multiple values for keyword argument '{name}'")));
            }
            dict.set_str(Str::interned(&name), value);
        }
        Ok(())
    }

    /// How messages about a call name the function so many below the top.
    fn callee(&mut self, below: usize) -> PyResult<String> {
        let function = self.stack.len().checked_sub(below).and_then(|at| self.stack.get(at)).cloned();
        let Some(function) = function else { return Ok(String::from("function")) };
        let Some(qualname) = self.get_attr_opt(&function, "__qualname__")? else {
            return Ok(self.to_str(&function)?.to_string());
        };
        let qualname = self.to_str(&qualname)?;
        match self.get_attr_opt(&function, "__module__")? {
            Some(module) if !module.is_none() => {
                let module = self.to_str(&module)?;
                Ok(if module == "builtins" { format!("{qualname}()") } else { format!("{module}.{qualname}()") })
            }
            _ => Ok(format!("{qualname}()")),
        }
    }

    /// Pushes exactly so many items, the first on top.
    pub(super) fn unpack(&mut self, value: &Value, count: usize) -> PyResult<()> {
        if let Value::Tuple(items) = value
            && items.len() == count
        {
            self.stack.extend(items.iter().rev().cloned());
            return Ok(());
        }
        if let Value::List(list) = value
            && list.len() == count
        {
            self.stack.extend(list.borrow().iter().rev().cloned());
            return Ok(());
        }
        let iterator = self.unpack_iterator(value)?;
        let mut items = Vec::with_capacity(count);
        while items.len() < count {
            match self.next(&iterator)? {
                Some(item) => items.push(item),
                None => {
                    let got = items.len();
                    return Err(self.value_error(format!("not enough values to unpack (expected {count}, got {got})")));
                }
            }
        }
        if self.next(&iterator)?.is_some() {
            return Err(self.value_error(format!("too many values to unpack (expected {count})")));
        }
        self.stack.extend(items.into_iter().rev());
        Ok(())
    }

    fn unpack_iterator(&mut self, value: &Value) -> PyResult {
        if !self.has_iter(value) {
            let given = self.type_name(value);
            return Err(self.type_error(format!("cannot unpack non-iterable {given} object")));
        }
        self.iter(value)
    }

    pub(super) fn unpack_star(&mut self, value: &Value, before: usize, after: usize) -> PyResult<()> {
        let iterator = self.unpack_iterator(value)?;
        let mut items = Vec::new();
        while let Some(item) = self.next(&iterator)? {
            items.push(item);
        }
        if items.len() < before + after {
            let got = items.len();
            let least = before + after;
            return Err(self.value_error(format!("not enough values to unpack (expected at least {least}, got {got})")));
        }
        let last = items.split_off(items.len() - after);
        let middle = items.split_off(before);
        self.stack.extend(last.into_iter().rev());
        self.stack.push(Value::list(middle));
        self.stack.extend(items.into_iter().rev());
        Ok(())
    }

    /// `async for` asks for this.
    pub(super) fn async_iterator(&mut self, value: &Value) -> PyResult {
        let given = self.type_name(value);
        match self.call_special(value, &self.names.aiter.clone(), &[])? {
            None => Err(self.type_error(format!("'async for' requires an object with __aiter__ method, got {given}"))),
            Some(iterator) => {
                if self.class_of(&iterator).lookup(&self.names.anext).is_none() {
                    let got = self.type_name(&iterator);
                    return Err(self.type_error(format!(
                        "'async for' received an object from __aiter__ that does not implement __anext__: {got}"
                    )));
                }
                Ok(iterator)
            }
        }
    }

    pub(super) fn async_next(&mut self, iterator: &Value) -> PyResult {
        match self.call_special(iterator, &self.names.anext.clone(), &[])? {
            Some(awaitable) => Ok(awaitable),
            None => {
                let given = self.type_name(iterator);
                Err(self.raise(
                    Kind::TypeError,
                    format!("'async for' requires an iterator with __anext__ method, got {given}"),
                ))
            }
        }
    }
}
