//! Field classes written in Python: which of Django's methods they override, and how the ORM calls those.

use std::any::Any;
use std::cell::OnceCell;
use std::rc::Rc;

use crate::django::convert::{from_datum, to_datum, to_kept_datum};
use crate::django::lookups;
use crate::django::state::{Django, hook};
use crate::orm::models::{Field, FieldHooks, FieldKind};
use crate::orm::query::{Expr, Expression, LookupClass};
use crate::orm::{Datum, OrmError, OrmResult};
use crate::python::object::{Args, Class, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{attribute, kind_of};

/// The overrides of one field object.
struct PyField {
    object: Value,
    get_prep_value: bool,
    get_db_prep_value: bool,
    get_db_prep_save: bool,
    from_db_value: bool,
    db_type: bool,
    internal_type: bool,
    placeholder: bool,
    select_format: bool,
    encoder: Option<Value>,
    decoder: Option<Value>,
    /// Whether there are other words for what is refused.
    own_messages: bool,
    connection: OnceCell<Value>,
}

/// Whether a class written in Python stands between `class` and the method it finds under `name`.
pub fn overrides(class: &Rc<Class>, name: &str) -> bool {
    class.lookup_where(&Str::interned(name)).is_some_and(|(holder, _)| !holder.native)
}

/// The hooks of a field object; `None` where its class is a built-in one or overrides nothing that queries see.
pub fn of(object: &Value, class: &Rc<Class>) -> Option<Rc<dyn FieldHooks>> {
    // A JSON field may be given classes that write and read its values.
    let json = |name: &str| {
        (kind_of(object) == Some(FieldKind::Json))
            .then(|| attribute(object, name).filter(|value| !value.is_none()))
            .flatten()
    };
    let (encoder, decoder) = (json("encoder"), json("decoder"));
    let own_messages = overrides(class, "default_error_messages")
        || attribute(object, "_error_messages").is_some_and(|messages| !messages.is_none());
    if class.native && encoder.is_none() && decoder.is_none() && !own_messages {
        return None;
    }
    let hooks = PyField {
        object: object.clone(),
        get_prep_value: overrides(class, "get_prep_value")
            || kind_of(object).is_some_and(|kind| super::saving::converts_first(kind, class)),
        get_db_prep_value: overrides(class, "get_db_prep_value"),
        get_db_prep_save: overrides(class, "get_db_prep_save"),
        from_db_value: class.lookup(&Str::interned("from_db_value")).is_some(),
        db_type: overrides(class, "db_type"),
        internal_type: overrides(class, "get_internal_type"),
        placeholder: class.lookup(&Str::interned("get_placeholder")).is_some(),
        select_format: overrides(class, "select_format"),
        encoder,
        decoder,
        own_messages,
        connection: OnceCell::new(),
    };
    Some(Rc::new(hooks))
}

impl PyField {
    fn connection(&self, vm: &mut Vm) -> PyResult {
        if let Some(known) = self.connection.get() {
            return Ok(known.clone());
        }
        let connection = Django::of(vm).connections.default_object(vm)?;
        Ok(self.connection.get_or_init(|| connection).clone())
    }

    fn call(&self, method: &str, make: impl FnOnce(&mut Vm) -> PyResult<Args>) -> OrmResult<Datum> {
        hook(|vm| {
            let args = make(vm)?;
            let value = vm.call_method(&self.object, method, args)?;
            to_datum(vm, &value)
        })
    }

    fn text(&self, method: &str, make: impl FnOnce(&mut Vm) -> PyResult<Args>) -> OrmResult<Option<String>> {
        hook(|vm| {
            let args = make(vm)?;
            let value = vm.call_method(&self.object, method, args)?;
            if value.is_none() {
                return Ok(None);
            }
            Ok(Some(vm.to_str(&value)?.to_string()))
        })
    }
}

impl PyField {
    /// `json.dumps(value, cls=encoder)`
    fn dumps(&self, encoder: &Value, value: &Datum) -> OrmResult<Datum> {
        hook(|vm| {
            let json = vm.import_module("json")?;
            let args = Args::new([from_datum(vm, value)?]).keyword("cls", encoder.clone());
            let text = vm.call_method(&json, "dumps", args)?;
            to_datum(vm, &text)
        })
    }

    /// `json.loads(value, cls=decoder)`; what is no JSON stays as it is, and so do numbers that a key led to.
    fn loads(&self, decoder: &Value, value: Datum, expression: &Expr) -> OrmResult<Datum> {
        let is_key = matches!(&**expression, Expression::Func(func) if func.spec.name.starts_with("Key"));
        if value.is_null() || is_key && value.as_str().is_none() {
            return Ok(value);
        }
        hook(|vm| {
            let json = vm.import_module("json")?;
            let args = Args::new([from_datum(vm, &value)?]).keyword("cls", decoder.clone());
            match vm.call_method(&json, "loads", args) {
                Ok(data) => to_datum(vm, &data),
                Err(raised) if vm.type_name(&raised.value()).as_str() == "JSONDecodeError" => Ok(value),
                Err(raised) => Err(raised),
            }
        })
    }
}

impl FieldHooks for PyField {
    fn get_prep_value(&self, _field: &Field, value: &Datum) -> Option<OrmResult<Datum>> {
        self.get_prep_value.then(|| self.call("get_prep_value", |vm| Ok(Args::new([from_datum(vm, value)?]))))
    }

    fn refusal(&self, _field: &Field, value: &Datum) -> Option<OrmError> {
        if !self.own_messages {
            return None;
        }
        self.call("to_python", |vm| Ok(Args::new([from_datum(vm, value)?]))).err()
    }

    fn get_db_prep_value(&self, _field: &Field, value: &Datum, prepared: bool) -> Option<OrmResult<Datum>> {
        if !self.get_db_prep_value
            && let Some(encoder) = &self.encoder
        {
            return (!value.is_expression()).then(|| self.dumps(encoder, value));
        }
        self.get_db_prep_value.then(|| {
            self.call("get_db_prep_value", |vm| {
                let connection = self.connection(vm)?;
                Ok(Args::new([from_datum(vm, value)?, connection, Value::Bool(prepared)]))
            })
        })
    }

    fn get_db_prep_save(&self, _field: &Field, value: &Datum) -> Option<OrmResult<Datum>> {
        self.get_db_prep_save.then(|| {
            self.call("get_db_prep_save", |vm| {
                let connection = self.connection(vm)?;
                Ok(Args::new([from_datum(vm, value)?, connection]))
            })
        })
    }

    fn has_from_db_value(&self) -> bool {
        self.from_db_value || self.decoder.is_some()
    }

    fn from_db_value(&self, _field: &Field, value: Datum, expression: &Expr) -> OrmResult<Datum> {
        if !self.from_db_value
            && let Some(decoder) = &self.decoder
        {
            return self.loads(decoder, value, expression);
        }
        hook(|vm| {
            let connection = self.connection(vm)?;
            let expression = crate::django::expressions::wrap(vm, expression);
            let args = Args::new([from_datum(vm, &value)?, expression, connection]);
            let value = vm.call_method(&self.object, "from_db_value", args)?;
            to_kept_datum(vm, &value)
        })
    }

    fn db_type(&self, _field: &Field) -> Option<OrmResult<Option<String>>> {
        self.db_type.then(|| self.text("db_type", |vm| Ok(Args::new([self.connection(vm)?]))))
    }

    fn internal_type(&self, _field: &Field) -> Option<String> {
        if !self.internal_type {
            return None;
        }
        self.text("get_internal_type", |_| Ok(Args::none())).ok().flatten()
    }

    fn get_placeholder(&self, _field: &Field, value: &Datum) -> Option<OrmResult<String>> {
        self.placeholder.then(|| {
            self.text("get_placeholder", |vm| {
                let connection = self.connection(vm)?;
                Ok(Args::new([from_datum(vm, value)?, Value::None, connection]))
            })
            .map(Option::unwrap_or_default)
        })
    }

    fn select_format(&self, _field: &Field, sql: &str) -> Option<OrmResult<String>> {
        self.select_format.then(|| {
            hook(|vm| {
                let args = [Value::None, Value::str(sql), Value::tuple(Vec::new())];
                let pair = vm.call_method(&self.object, "select_format", args)?;
                let text = pair.as_tuple().and_then(|parts| parts.first().cloned()).unwrap_or(Value::None);
                Ok(vm.to_str(&text)?.to_string())
            })
        })
    }

    fn get_lookup(&self, _field: &Field, name: &str) -> Option<LookupClass> {
        lookups::ask(&self.object, "get_lookup", name)
    }

    fn get_transform(&self, _field: &Field, name: &str) -> Option<LookupClass> {
        lookups::ask(&self.object, "get_transform", name)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
