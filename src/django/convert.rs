//! Between Python's values and the ORM's.

use std::any::Any;
use std::rc::Rc;

use crate::orm::models::Model;
use crate::orm::{Datum, ErrorKind, HostObject, Instance, OrmError, OrmResult};
use crate::python::exceptions::Kind;
use crate::python::modules::{datetime, decimal, uuid};
use crate::python::object::{Class, PyResult, Value};
use crate::python::vm::Vm;

use super::state::{Django, hook};
use super::{expressions, models, query};

/// A Python value in the ORM's words.
pub fn to_datum(vm: &mut Vm, value: &Value) -> PyResult<Datum> {
    Ok(match value {
        Value::Unset | Value::None => Datum::Null,
        Value::Truth(truth) => Datum::Bool(truth.get()),
        Value::Int(number) => Datum::Int(*number),
        Value::BigInt(number) => Datum::BigInt(number.clone()),
        Value::Real(number) => Datum::Float(number.get()),
        Value::Str(text) => Datum::Str(text.as_str().into()),
        Value::Bytes(bytes) => Datum::Bytes(Rc::from(&***bytes)),
        Value::Tuple(items) => Datum::Tuple(to_data(vm, items)?.into()),
        Value::List(list) => {
            let items = list.to_vec();
            Datum::List(to_data(vm, &items)?.into())
        }
        Value::Set(_) | Value::FrozenSet(_) => {
            let items = vm.list_from(value)?;
            Datum::Set(to_data(vm, &items)?.into())
        }
        Value::Dict(dict) => {
            let mut pairs = Vec::with_capacity(dict.len());
            for (key, held) in dict.items() {
                pairs.push((to_datum(vm, &key)?, to_datum(vm, &held)?));
            }
            Datum::Dict(pairs.into())
        }
        Value::Instance(_) => match vm.bytes_like(value) {
            Some(data) => Datum::Bytes(data.into()),
            None => instance_to_datum(vm, value)?,
        },
        _ => Datum::Object(Rc::new(PyObject::new(vm, value.clone()))),
    })
}

fn to_data(vm: &mut Vm, items: &[Value]) -> PyResult<Vec<Datum>> {
    items.iter().map(|item| to_datum(vm, item)).collect()
}

fn instance_to_datum(vm: &mut Vm, value: &Value) -> PyResult<Datum> {
    if let Some(model) = models::model_of_instance(value) {
        return Ok(Datum::Instance(Rc::new(PyInstance { value: value.clone(), model })));
    }
    if let Some(query) = query::query_of(vm, value)? {
        return Ok(Datum::Query(query));
    }
    if let Some(expr) = expressions::lower_opt(vm, value)? {
        return Ok(Datum::Expr(expr));
    }
    if let Some(moment) = datetime::resolve_datetime(vm, value)? {
        return Ok(Datum::DateTime(Rc::new(moment)));
    }
    if let Some(date) = datetime::as_date(value) {
        return Ok(Datum::Date(date));
    }
    if let Some(time) = datetime::as_time(value) {
        return Ok(Datum::Time(Rc::new(time)));
    }
    if let Some(duration) = datetime::as_timedelta(value) {
        return Ok(Datum::Duration(duration));
    }
    if let Some(number) = decimal::as_decimal(value) {
        return Ok(Datum::Decimal(Rc::new(number)));
    }
    if let Some(id) = uuid::as_uuid(value) {
        return Ok(Datum::Uuid(id));
    }
    // `SimpleLazyObject` and other wrappers stand for what they wrap.
    if let Some(wrapped) = super::lazy::wrapped(vm, value)? {
        return to_datum(vm, &wrapped);
    }
    let plain = value.plain();
    if !matches!(plain, Value::Instance(_)) {
        // A member of `TextChoices`, an `int` subclass: the database sees the plain value.
        return to_datum(vm, &plain.clone());
    }
    Ok(Datum::Object(Rc::new(PyObject::new(vm, value.clone()))))
}

/// A value on its way out of the database, which Python code has made: one of a class of its own stays the object it is.
pub fn to_kept_datum(vm: &mut Vm, value: &Value) -> PyResult<Datum> {
    match value.as_instance() {
        Some(instance) if !instance.class().native => Ok(Datum::Object(Rc::new(PyObject::new(vm, value.clone())))),
        _ => to_datum(vm, value),
    }
}

/// A value of the ORM as a Python value.
pub fn from_datum(vm: &mut Vm, datum: &Datum) -> PyResult {
    Ok(match datum {
        Datum::Null => Value::None,
        Datum::Bool(truth) => Value::Bool(*truth),
        Datum::Int(number) => Value::Int(*number),
        Datum::BigInt(number) => Value::int((**number).clone()),
        Datum::Float(number) => Value::Float(*number),
        Datum::Str(text) => Value::str(&**text),
        Datum::Bytes(bytes) => Value::bytes(bytes.to_vec()),
        Datum::Decimal(number) => decimal::new_decimal(vm, (**number).clone()),
        Datum::Date(date) => datetime::new_date(vm, date),
        Datum::Time(time) => datetime::new_time(vm, time),
        Datum::DateTime(moment) => datetime::new_datetime(vm, moment),
        Datum::Duration(duration) => datetime::new_timedelta(vm, duration),
        Datum::Uuid(id) => uuid::new_uuid(vm, *id),
        Datum::List(items) => Value::list(from_data(vm, items)?),
        Datum::Tuple(items) => Value::tuple(from_data(vm, items)?),
        Datum::Set(items) => {
            let items = Value::list(from_data(vm, items)?);
            let set = Value::Class(vm.types.set.clone());
            vm.call(&set, [items])?
        }
        Datum::Dict(pairs) => {
            let dict = crate::python::object::Dict::new();
            for (key, held) in pairs.iter() {
                let (key, held) = (from_datum(vm, key)?, from_datum(vm, held)?);
                dict.set(vm, key, held)?;
            }
            Value::Dict(Rc::new(dict))
        }
        Datum::Instance(instance) => match instance.as_any().downcast_ref::<PyInstance>() {
            Some(instance) => instance.value.clone(),
            None => Value::None,
        },
        Datum::Object(object) => match object.as_any().downcast_ref::<PyObject>() {
            Some(object) => object.value.clone(),
            None => Value::None,
        },
        Datum::Expr(expr) => expressions::wrap(vm, expr),
        Datum::Query(query) => query::wrap_query(vm, query)?,
    })
}

fn from_data(vm: &mut Vm, items: &[Datum]) -> PyResult<Vec<Value>> {
    items.iter().map(|item| from_datum(vm, item)).collect()
}

/// A model instance, as the ORM looks into it.
pub struct PyInstance {
    /// The instance.
    pub value: Value,
    model: Model,
}

impl Instance for PyInstance {
    fn model(&self) -> Model {
        self.model.clone()
    }
    fn attribute(&self, attname: &str) -> OrmResult<Datum> {
        // An attribute that is missing is told apart from what Python code raised: lookups then go by the key.
        hook(|vm| match vm.get_attr(&self.value, attname) {
            Ok(held) => Ok(Ok(to_datum(vm, &held)?)),
            Err(raised) if raised.is(vm.exceptions.get(Kind::AttributeError)) => {
                let text = vm.to_str(&raised.value())?;
                Ok(Err(OrmError::attribute_error(text.as_str())))
            }
            Err(raised) => Err(raised),
        })?
    }
    fn repr(&self) -> OrmResult<String> {
        hook(|vm| Ok(vm.repr(&self.value)?.to_string()))
    }
    fn str(&self) -> OrmResult<String> {
        hook(|vm| Ok(vm.to_str(&self.value)?.to_string()))
    }
    fn identity(&self) -> usize {
        self.value.address().unwrap_or_default()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Any other Python object.
pub struct PyObject {
    /// The object.
    pub value: Value,
    type_name: String,
}

impl PyObject {
    fn new(vm: &Vm, value: Value) -> Self {
        let type_name = vm.type_name(&value).to_string();
        Self { value, type_name }
    }
}

impl PyObject {
    /// `int(object)` or `float(object)`; a refusal keeps its kind, since fields word their own from it.
    fn number(&self, class: impl FnOnce(&mut Vm) -> Rc<Class>) -> OrmResult<Datum> {
        hook(|vm| {
            let class = Value::Class(class(vm));
            match vm.call(&class, [self.value.clone()]) {
                Ok(number) => Ok(Ok(to_datum(vm, &number)?)),
                Err(raised) => {
                    for (kind, ours) in
                        [(Kind::TypeError, ErrorKind::TypeError), (Kind::ValueError, ErrorKind::ValueError)]
                    {
                        if raised.is(vm.exceptions.get(kind)) {
                            let text = vm.to_str(&raised.value())?;
                            return Ok(Err(OrmError::new(ours, text.as_str())));
                        }
                    }
                    Err(raised)
                }
            }
        })?
    }
}

impl HostObject for PyObject {
    fn type_name(&self) -> String {
        self.type_name.clone()
    }
    fn repr(&self) -> OrmResult<String> {
        hook(|vm| Ok(vm.repr(&self.value)?.to_string()))
    }
    fn str(&self) -> OrmResult<String> {
        hook(|vm| Ok(vm.to_str(&self.value)?.to_string()))
    }
    fn int(&self) -> OrmResult<Datum> {
        self.number(|vm| vm.types.int.clone())
    }
    fn float(&self) -> OrmResult<Datum> {
        self.number(|vm| vm.types.float.clone())
    }
    fn iterate(&self) -> Option<OrmResult<Vec<Datum>>> {
        hook(|vm| {
            let class = vm.class_of(&self.value);
            if class.lookup(&vm.names.iter.clone()).is_none() {
                return Ok(None);
            }
            let items = vm.list_from(&self.value)?;
            to_data(vm, &items).map(Some)
        })
        .transpose()
    }
    fn identity(&self) -> usize {
        self.value.address().unwrap_or_default()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The Django that `vm` holds, for conversions that depend on its settings.
pub fn uses_time_zones(vm: &Vm) -> bool {
    Django::of(vm).settings.borrow().use_tz
}
