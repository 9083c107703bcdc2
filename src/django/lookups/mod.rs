//! Lookups and transforms: the registry that Python code adds to, and classes of Python's own.

mod class;

use std::rc::Rc;

use crate::django::convert::from_datum;
use crate::django::expressions::{lower, transform_class, transform_spec, wrap};
use crate::django::fields::{FieldPayload, bound, output_field, overrides};
use crate::django::state::{Django, hook, orm};
use crate::orm::models::{Field, Registry, Side};
use crate::orm::query::{Col, Expr, Expression, LookupClass, LookupFactory, lookups};
use crate::orm::{Datum, OrmResult};
use crate::python::object::{
    Args, Class, ClassBuilder, Dict, Instance, NativeFn, NativeFunction, PyResult, Str, Value,
};
use crate::python::vm::Vm;

pub use class::classes;

/// A lookup or transform class written in Python.
struct PyLookup {
    class: Rc<Class>,
}

impl LookupFactory for PyLookup {
    fn is_transform(&self) -> bool {
        hook(|vm| Ok(self.class.derives_from(&transform_class(vm)))).unwrap_or(false)
    }
    fn transform(&self, lhs: Expr) -> OrmResult<Expr> {
        hook(|vm| {
            let lhs = wrap(vm, &lhs);
            let made = vm.call(&Value::Class(self.class.clone()), [lhs])?;
            lower(vm, &made)
        })
    }
    fn lookup(&self, lhs: Expr, rhs: Datum) -> OrmResult<Expr> {
        hook(|vm| {
            let lhs = wrap(vm, &lhs);
            let rhs = from_datum(vm, &rhs)?;
            let made = vm.call(&Value::Class(self.class.clone()), [lhs, rhs])?;
            lower(vm, &made)
        })
    }
    fn class_name(&self) -> String {
        self.class.name().to_string()
    }
}

/// A class of Python's own, as the ORM sees it.
pub fn host(class: &Rc<Class>) -> LookupClass {
    LookupClass::Host(Rc::new(PyLookup { class: class.clone() }))
}

/// Any lookup or transform class, as the ORM sees it.
fn of_class(vm: &mut Vm, class: &Rc<Class>) -> LookupClass {
    if class.native {
        if let Some(spec) = class::spec_of(class) {
            return LookupClass::Lookup(spec);
        }
        if let Some(spec) = transform_spec(vm, class) {
            return LookupClass::Transform(spec);
        }
    }
    host(class)
}

/// The Python class of what a name leads to.
fn object_of(vm: &mut Vm, found: &LookupClass) -> Value {
    let django = Django::of(vm);
    let named = |name: &str| django.classes().expressions.named(name).map_or(Value::None, |class| class.into());
    match found {
        LookupClass::Lookup(spec) => named(spec.name),
        LookupClass::Transform(spec) | LookupClass::KeyTransform(spec, ..) => named(spec.name),
        LookupClass::Host(factory) => {
            let name = factory.class_name();
            django
                .registered
                .borrow()
                .iter()
                .rev()
                .find(|class| *class.name() == *name)
                .map_or(Value::None, |class| class.into())
        }
    }
}

/// The attribute of classes, and of objects, that holds what was registered for them.
const OF_CLASS: &str = "class_lookups";
const OF_INSTANCE: &str = "instance_lookups";

/// What was registered under `name` for an object: for itself, or for a class that it is of.
pub fn registered(_vm: &mut Vm, this: &Value, name: &Value) -> PyResult<Option<Value>> {
    let Some(name) = name.as_str() else { return Ok(None) };
    let Some(instance) = this.as_instance() else { return Ok(None) };
    if let Some(Value::Dict(own)) = instance.dict_opt().and_then(|dict| dict.get_text(OF_INSTANCE))
        && let Some(found) = own.get_str(name)
    {
        return Ok(Some(found));
    }
    Ok(registered_for(&instance.class(), name))
}

/// What was registered under `name` for a class or one above it.
fn registered_for(class: &Rc<Class>, name: &Str) -> Option<Value> {
    of_own_lookups(class).iter().find_map(|class| match class.dict().get_text(OF_CLASS) {
        Some(Value::Dict(own)) => own.get_str(name),
        _ => None,
    })
}

/// The classes whose lookups a class has: all that it extends, but for relations none above `ForeignObject`.
fn of_own_lookups(class: &Rc<Class>) -> Vec<Rc<Class>> {
    let mut all: Vec<Rc<Class>> = class.mro().to_vec();
    if let Some(last) = all.iter().position(|class| class.native && *class.name() == *"ForeignObject") {
        all.truncate(last + 1);
    }
    all
}

/// Asks an object whose class is written in Python for a lookup or transform: its own method, or what was registered.
fn ask_object(
    vm: &mut Vm,
    object: &Value,
    class: &Rc<Class>,
    method: &str,
    name: &str,
) -> PyResult<Option<LookupClass>> {
    let found = if overrides(class, method) {
        Some(vm.call_method(object, method, [Value::str(name)])?)
    } else {
        // What was registered for the built-in classes above, the ORM finds itself.
        let key = Str::from(name);
        class.mro().iter().take_while(|class| !class.native).find_map(|class| match class.dict().get_text(OF_CLASS) {
            Some(Value::Dict(own)) => own.get_str(&key),
            _ => None,
        })
    };
    let Some(Value::Class(found)) = found else { return Ok(None) };
    let is_transform = found.derives_from(&transform_class(vm));
    if is_transform != (method == "get_transform") {
        return Ok(None);
    }
    Ok(Some(of_class(vm, &found)))
}

/// Asks a field's own `get_lookup` or `get_transform`.
pub fn ask(object: &Value, method: &str, name: &str) -> Option<LookupClass> {
    let class = object.as_instance()?.class();
    hook(|vm| ask_object(vm, object, &class, method, name)).ok().flatten()
}

/// Asks an expression whose class is written in Python.
pub fn of_expression(object: &Value, class: &Rc<Class>, method: &str, name: &str) -> Option<LookupClass> {
    hook(|vm| ask_object(vm, object, class, method, name)).ok().flatten()
}

fn name_of(vm: &mut Vm, lookup: &Value, given: &Value) -> PyResult<Str> {
    if !given.is_none() && !given.is_unset() {
        return vm.to_str(given);
    }
    let name = vm.get_attr(lookup, "lookup_name")?;
    vm.to_str(&name)
}

/// The name under which the ORM knows what a class or field object has registered.
fn holder_name(vm: &mut Vm, this: &Value) -> PyResult<String> {
    Ok(match this {
        Value::Class(class) => class.name().to_string(),
        object => {
            let field = output_field(vm, object)?;
            Registry::name_of_field(&field)
        }
    })
}

/// `register_lookup(lookup, lookup_name=None)` of a class or an object.
fn register(vm: &mut Vm, args: Args) -> PyResult {
    let (this, lookup) = (args[0].clone(), args[1].clone());
    let name = name_of(vm, &lookup, args.get(2).unwrap_or(&Value::None))?;
    let dict = match &this {
        Value::Class(class) => match class.dict().get_text(OF_CLASS) {
            Some(Value::Dict(own)) => own,
            _ => {
                let own = Rc::new(Dict::new());
                class.set(OF_CLASS, own.clone());
                own
            }
        },
        object => {
            let Some(instance) = object.as_instance() else { return Ok(lookup) };
            match instance.get(&Str::interned(OF_INSTANCE)) {
                Some(Value::Dict(own)) => own,
                _ => {
                    let own = Rc::new(Dict::new());
                    instance.set(OF_INSTANCE, own.clone());
                    own
                }
            }
        }
    };
    dict.set_str(name.clone(), lookup.clone());
    if let Some(class) = lookup.as_class().cloned() {
        let django = Django::of(vm);
        django.registered.borrow_mut().push(class.clone());
        let made = of_class(vm, &class);
        let holder = holder_name(vm, &this)?;
        django.registry().register_lookup(&holder, &name, made);
    }
    Ok(lookup)
}

/// `_unregister_lookup(lookup, lookup_name=None)`
fn unregister(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let name = name_of(vm, &args[1], args.get(2).unwrap_or(&Value::None))?;
    let own = match &this {
        Value::Class(class) => class.dict().get_text(OF_CLASS),
        object => object.as_instance().and_then(|instance| instance.get(&Str::interned(OF_INSTANCE))),
    };
    if let Some(Value::Dict(own)) = own
        && own.remove_str(&name).is_none()
    {
        return Err(vm.key_error(Value::Str(name)));
    }
    let holder = holder_name(vm, &this)?;
    Django::of(vm).registry().unregister_lookup(&holder, &name);
    Ok(Value::None)
}

/// A column of a field, as lookups are asked of it.
fn column(field: &Field) -> Expr {
    Rc::new(Expression::Col(Col {
        alias: None,
        target: field.clone(),
        output: Side::Forward(field.clone()),
        possibly_multivalued: false,
        typed: false,
    }))
}

fn field_of(vm: &mut Vm, object: &Value) -> PyResult<Field> {
    match bound(object) {
        Some(field) => Ok(field),
        None => output_field(vm, object),
    }
}

fn registry_of(vm: &Vm, field: &Field) -> Rc<Registry> {
    field.model().map_or_else(|| Django::of(vm).registry(), |model| model.registry.clone())
}

/// `get_lookups()`: by name, those of the built-in classes too.
fn all(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let dict = Dict::new();
    let class = match &this {
        Value::Class(class) => class.clone(),
        object => vm.class_of(object),
    };
    let sample = match &this {
        object if object.payload::<FieldPayload>().is_some() => Some(field_of(vm, object)?),
        _ => crate::django::fields::kind_of_field_class(vm, &class).map(Field::of_kind),
    };
    if let Some(field) = sample {
        let registry = registry_of(vm, &field);
        let col = column(&field);
        for name in lookups::known_names(&Side::Forward(field), &registry) {
            let found = orm(vm, || {
                Ok(match lookups::get_lookup(&col, &name, &registry)? {
                    Some(found) => Some(found),
                    None => lookups::get_transform(&col, &name, &registry)?,
                })
            })?;
            if let Some(found) = found {
                let object = object_of(vm, &found);
                if !object.is_none() {
                    dict.set_str(&*name, object);
                }
            }
        }
    }
    for above in of_own_lookups(&class).iter().rev() {
        if let Some(Value::Dict(own)) = above.dict().get_text(OF_CLASS) {
            for (name, lookup) in own.str_items() {
                dict.set_str(name, lookup);
            }
        }
    }
    if let Some(Value::Dict(own)) = this.as_instance().and_then(|instance| instance.get(&Str::interned(OF_INSTANCE))) {
        for (name, lookup) in own.str_items() {
            dict.set_str(name, lookup);
        }
    }
    Ok(Value::Dict(Rc::new(dict)))
}

fn get(vm: &mut Vm, args: &Args, transform: bool) -> PyResult {
    if let Some(found) = registered(vm, &args[0], &args[1])? {
        let is_transform = found.as_class().is_some_and(|class| class.derives_from(&transform_class(vm)));
        return Ok(if is_transform == transform { found } else { Value::None });
    }
    let field = field_of(vm, &args[0])?;
    let registry = registry_of(vm, &field);
    let name = vm.to_str(&args[1])?;
    let col = column(&field);
    let found = orm(vm, || {
        if transform {
            lookups::get_transform(&col, &name, &registry)
        } else {
            lookups::get_lookup(&col, &name, &registry)
        }
    })?;
    Ok(found.map_or(Value::None, |found| object_of(vm, &found)))
}

/// A method that takes the class, or the object, that it was asked of.
struct EitherPayload {
    name: &'static str,
    signature: &'static str,
    code: NativeFn,
}

struct EitherClass(Rc<Class>);

fn either(vm: &mut Vm, name: &'static str, signature: &'static str, code: NativeFn) -> Value {
    let class = match vm.host::<EitherClass>() {
        Some(known) => known.0.clone(),
        None => {
            let made = ClassBuilder::new("class_or_instance_method")
                .module("django.db.models.query_utils")
                .native_layout("class_or_instance_method")
                .method("__get__", "self, instance, owner=None", |vm, args| {
                    let payload = vm.payload::<EitherPayload>(&args[0])?;
                    let (name, signature, code) = (payload.name, payload.signature, payload.code);
                    let this = if args[1].is_none() { args[2].clone() } else { args[1].clone() };
                    let call =
                        NativeFunction::closure(name, signature, move |vm, args| code(vm, args.prepend(this.clone())));
                    Ok(call.into_value())
                })
                .build(vm);
            vm.set_host(Rc::new(EitherClass(made.clone())));
            made
        }
    };
    Instance::native(class, EitherPayload { name, signature, code }).into()
}

/// The methods of `RegisterLookupMixin` for a class that was made.
pub fn add_registry(vm: &mut Vm, class: &Rc<Class>) {
    for (name, signature, code) in [
        ("register_lookup", "lookup, lookup_name=None", register as NativeFn),
        ("_unregister_lookup", "lookup, lookup_name=None", unregister),
        ("get_lookups", "", all),
    ] {
        let method = either(vm, name, signature, code);
        class.set(name, method);
    }
    let get_class_lookups = either(vm, "get_class_lookups", "", |vm, args| match &args[0] {
        Value::Class(_) => all(vm, args),
        object => {
            let class = Value::Class(vm.class_of(object));
            all(vm, Args::new([class]))
        }
    });
    class.set("get_class_lookups", get_class_lookups);
    if crate::django::fields::kind_of_field_class(vm, class).is_some() {
        let methods: [(&str, NativeFn); 2] =
            [("get_lookup", |vm, args| get(vm, &args, false)), ("get_transform", |vm, args| get(vm, &args, true))];
        for (name, code) in methods {
            let method = NativeFunction::new(name, "self, lookup_name", code).method_of("RegisterLookupMixin");
            class.set(name, Value::Native(Rc::new(method)));
        }
    }
}
