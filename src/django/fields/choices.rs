//! `choices=` in the forms that Django takes, and the label that a value has among them.

use crate::python::object::{PyResult, Value};
use crate::python::vm::Vm;

/// Choices as a list of pairs: mappings become pairs, enumerations their `choices`, callables what they give.
pub fn normalize(vm: &mut Vm, choices: &Value) -> PyResult {
    if choices.is_none() || choices.is_unset() {
        return Ok(Value::None);
    }
    if let Value::Class(class) = choices {
        // A `TextChoices` or `IntegerChoices` class.
        if let Some(pairs) = vm.get_attr_opt(&Value::Class(class.clone()), "choices")? {
            return normalize(vm, &pairs);
        }
    }
    if choices.as_str().is_some() || choices.as_bytes().is_some() {
        return Ok(choices.clone());
    }
    if choices.as_dict().is_none() && vm.is_callable(choices) {
        // They are worked out each time they are asked for.
        let module = vm.import_module("django.utils.choices")?;
        return vm.call_method(&module, "CallableChoiceIterator", [choices.clone()]);
    }
    let pairs = if let Some(dict) = choices.as_dict() {
        dict.items().into_iter().map(|(key, label)| Value::tuple(vec![key, label])).collect()
    } else {
        match vm.list_from(choices) {
            Ok(items) => items,
            Err(_) => return Ok(choices.clone()),
        }
    };
    let mut normal = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let Some(parts) = sequence(&pair).filter(|parts| parts.len() == 2) else {
            normal.push(pair);
            continue;
        };
        let label = match &parts[1] {
            Value::Dict(_) | Value::List(_) | Value::Tuple(_) => normalize(vm, &parts[1])?,
            other => other.clone(),
        };
        normal.push(Value::tuple(vec![parts[0].clone(), label]));
    }
    Ok(Value::list(normal))
}

fn sequence(value: &Value) -> Option<Vec<Value>> {
    value.as_tuple().map(<[Value]>::to_vec).or_else(|| value.as_list().map(|list| list.to_vec()))
}

/// Choices as a list, also where a callable gives them.
pub fn settled(vm: &mut Vm, choices: &Value) -> PyResult {
    if choices.is_none() || choices.as_list().is_some() || choices.as_tuple().is_some() {
        return Ok(choices.clone());
    }
    Ok(Value::list(vm.list_from(choices)?))
}

/// All pairs, those of groups among them.
pub fn flat(choices: &Value) -> Vec<(Value, Value)> {
    let mut all = Vec::new();
    for pair in sequence(choices).unwrap_or_default() {
        let Some(parts) = sequence(&pair).filter(|parts| parts.len() == 2) else { continue };
        match &parts[1] {
            Value::List(_) | Value::Tuple(_) => all.extend(flat(&parts[1])),
            label => all.push((parts[0].clone(), label.clone())),
        }
    }
    all
}

/// What `get_FOO_display()` gives for `value`: its label, or the value itself, as text; `None` stays `None`.
pub fn display(vm: &mut Vm, choices: &Value, value: &Value) -> PyResult {
    let choices = settled(vm, choices)?;
    for (key, label) in flat(&choices) {
        if vm.eq(&key, value)? {
            return match label {
                Value::None => Ok(Value::None),
                label => Ok(Value::Str(vm.to_str(&label)?)),
            };
        }
    }
    if value.is_none() {
        return Ok(Value::None);
    }
    Ok(Value::Str(vm.to_str(value)?))
}
