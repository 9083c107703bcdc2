//! What Django keeps for one interpreter: settings, the registry of models, classes, connections.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::orm::models::{ContentTypes, Field, Model, Registry};
use crate::orm::{ErrorKind, OrmError, OrmResult};
use crate::python::exceptions::Kind;
use crate::python::object::{Class, PyResult, Raised, Value};
use crate::python::vm::Vm;

use super::connections::Connections;
use super::errors::Errors;
use super::fields::FieldClasses;
use super::vm_scope;

/// The settings that change how models and queries behave.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `USE_TZ`
    pub use_tz: bool,
    /// `TIME_ZONE`
    pub time_zone: String,
    /// `DEFAULT_AUTO_FIELD`: the class's name.
    pub default_auto_field: String,
    /// `DEBUG`
    pub debug: bool,
    /// `AUTH_USER_MODEL`
    pub auth_user_model: String,
    /// Whether that is a plain model which stands in for Django's own, under its name.
    pub auth_user_stands_in: bool,
    /// The app that a model made outside of any app's module belongs to: a learner's own models at the prompt.
    pub default_app_label: Option<String>,
}

impl Default for Settings {
    /// The settings of the datasets.
    fn default() -> Self {
        Self {
            use_tz: true,
            time_zone: "UTC".into(),
            default_auto_field: "BigAutoField".into(),
            debug: true,
            auth_user_model: "auth.User".into(),
            auth_user_stands_in: false,
            default_app_label: None,
        }
    }
}

/// The native classes that the rest of this floor looks up by name.
pub struct Classes {
    /// Every field class.
    pub fields: FieldClasses,
    /// `Field.__init__`, which subclasses' constructors end in.
    pub field_init: Value,
    /// `django.db.models.fields.NOT_PROVIDED`
    pub not_provided: Value,
    /// `django.db.models.base.ModelBase`
    pub model_base: Rc<Class>,
    /// `django.db.models.Model`
    pub model: Rc<Class>,
    /// `django.db.models.base.ModelState`
    pub model_state: Rc<Class>,
    /// `django.db.models.options.Options`
    pub options: Rc<Class>,
    /// `django.db.models.Manager` and its kin.
    pub manager: Rc<Class>,
    /// `django.db.models.manager.BaseManager`
    pub base_manager: Rc<Class>,
    /// `django.db.models.manager.EmptyManager`-like descriptor class.
    pub manager_descriptor: Rc<Class>,
    /// `django.db.models.QuerySet`
    pub queryset: Rc<Class>,
    /// `django.db.models.Prefetch`
    pub prefetch: Rc<Class>,
    /// `django.db.models.query.RawQuerySet`
    pub raw_queryset: Rc<Class>,
    /// `django.db.models.sql.query.RawQuery`
    pub raw_query: Rc<Class>,
    /// `django.db.models.query.ModelIterable` and its kin.
    pub iterables: super::query::IterableClasses,
    /// The relation objects and descriptors.
    pub related: super::related::RelatedClasses,
    /// The classes of expressions.
    pub expressions: super::expressions::ExpressionClasses,
}

/// Everything that Django keeps for one interpreter.
pub struct Django {
    /// The exception classes.
    pub errors: Errors,
    /// The settings.
    pub settings: RefCell<Settings>,
    /// The databases.
    pub connections: Connections,
    classes: OnceCell<Classes>,
    registry: RefCell<Rc<Registry>>,
    model_classes: RefCell<FxHashMap<Model, Rc<Class>>>,
    field_objects: RefCell<FxHashMap<Field, Value>>,
    /// Settings that a program has set itself.
    pub overridden: RefCell<Rc<crate::python::object::Dict>>,
    /// The installed apps.
    pub apps: RefCell<super::apps::Apps>,
    deferred: OnceCell<Value>,
    /// Lookup and transform classes that programs have registered.
    pub(super) registered: RefCell<Vec<Rc<Class>>>,
    /// What waits for a model to appear, by its lower-case label.
    pub(super) pending: RefCell<Vec<super::related::Pending>>,
}

impl Django {
    /// A Django without models.
    pub fn new(vm: &mut Vm, settings: Settings) -> Rc<Self> {
        let errors = Errors::new(vm);
        Rc::new(Self {
            errors,
            settings: RefCell::new(settings),
            connections: Connections::default(),
            classes: OnceCell::new(),
            registry: RefCell::new(Registry::new()),
            model_classes: RefCell::default(),
            field_objects: RefCell::default(),
            pending: RefCell::default(),
            overridden: RefCell::default(),
            apps: RefCell::default(),
            deferred: OnceCell::new(),
            registered: RefCell::default(),
        })
    }

    /// The one that was installed into this interpreter.
    ///
    /// # Panics
    ///
    /// Never in code that Django's own classes run: they exist only once it is installed.
    pub fn of(vm: &Vm) -> Rc<Self> {
        vm.host::<Self>().expect("Django's classes exist only where Django was installed")
    }

    /// The native classes.
    pub fn classes(&self) -> &Classes {
        self.classes.get().expect("the classes are made while Django is installed")
    }

    pub(super) fn set_classes(&self, classes: Classes) {
        let _ = self.classes.set(classes);
    }

    /// The registry that new models join.
    pub fn registry(&self) -> Rc<Registry> {
        self.registry.borrow().clone()
    }

    /// Puts another registry in its place and gives the old one back: how a test isolates its models.
    pub fn swap_registry(&self, registry: Rc<Registry>) -> Rc<Registry> {
        self.registry.replace(registry)
    }

    /// Tells this registry and those to come where the ids of content types come from.
    pub fn set_content_types(&self, content_types: Rc<dyn ContentTypes>) {
        self.registry().set_content_types(content_types);
    }

    /// Lets go of models, their objects and the databases, which refer to each other: the interpreter is about to go. Gives
    /// the objects that it held, in whose attributes the interpreter finds what they hold.
    pub fn dismantle(&self) -> Vec<Value> {
        let registry = self.registry.replace(Registry::new());
        registry.dismantle();
        let mut held: Vec<Value> = self.field_objects.take().into_values().collect();
        held.extend(self.model_classes.take().into_values().map(Value::Class));
        drop(self.pending.take());
        drop((self.overridden.take(), self.apps.take()));
        self.connections.clear();
        held
    }

    /// The Python class of a model.
    pub fn class_of(&self, model: &Model) -> Option<Rc<Class>> {
        self.model_classes.borrow().get(model).cloned()
    }

    /// Remembers the Python class of a model.
    pub fn set_class_of(&self, model: &Model, class: &Rc<Class>) {
        self.model_classes.borrow_mut().insert(model.clone(), class.clone());
    }

    /// The Python object of a field.
    pub fn object_of(&self, field: &Field) -> Option<Value> {
        self.field_objects.borrow().get(field).cloned()
    }

    /// `DEFERRED`: stands for a value that was not loaded.
    pub fn deferred(&self, vm: &mut Vm) -> Value {
        if let Some(known) = self.deferred.get() {
            return known.clone();
        }
        let class = crate::python::object::ClassBuilder::new("Deferred").module("django.db.models.base").build(vm);
        let made = crate::python::object::Instance::new(class);
        self.deferred.get_or_init(|| made.into()).clone()
    }

    /// Remembers the Python object of a field.
    pub fn set_object_of(&self, field: &Field, object: &Value) {
        self.field_objects.borrow_mut().insert(field.clone(), object.clone());
    }
}

/// The Python class of a model that must have one.
pub fn class_of(vm: &mut Vm, model: &Model) -> PyResult<Rc<Class>> {
    match Django::of(vm).class_of(model) {
        Some(class) => Ok(class),
        None => Err(vm.raise(Kind::LookupError, format!("Model '{}' has no class.", model.label()))),
    }
}

/// Runs a call into the ORM whose hooks may need the interpreter, and makes its error a Python exception.
pub fn orm<T>(vm: &mut Vm, call: impl FnOnce() -> OrmResult<T>) -> PyResult<T> {
    let result = vm_scope::enter(vm, call);
    for text in crate::orm::settings::take_warnings() {
        // A program may have made warnings errors.
        let warnings = vm.import_module("warnings")?;
        let category = Value::Class(vm.exceptions.get(Kind::RuntimeWarning).clone());
        vm.call_method(&warnings, "warn", [Value::from(text), category])?;
    }
    match result {
        Ok(value) => Ok(value),
        Err(error) => Err(raise(vm, error)),
    }
}

/// The Python exception of an error of the ORM.
pub fn raise(vm: &mut Vm, error: OrmError) -> Raised {
    if let Some(raised) = error.host().and_then(|host| host.downcast_ref::<Raised>()) {
        return raised.clone();
    }
    let django = Django::of(vm);
    let errors = &django.errors;
    let class = match error.kind() {
        ErrorKind::FieldError => &errors.field_error,
        ErrorKind::FieldDoesNotExist => &errors.field_does_not_exist,
        ErrorKind::NotSupportedError => &errors.not_supported_error,
        ErrorKind::DatabaseError => &errors.database_error,
        ErrorKind::ImproperlyConfigured => &errors.improperly_configured,
        ErrorKind::OutputFieldIsNone => &errors.output_field_is_none,
        ErrorKind::EmptyResultSet => &errors.empty_result_set,
        ErrorKind::FullResultSet => &errors.full_result_set,
        ErrorKind::Unsupported => return vm.unsupported(error.message()),
        ErrorKind::JsonDecodeError => return of_library(vm, "json", "JSONDecodeError", error.message()),
        ErrorKind::InvalidOperation => return of_library(vm, "decimal", "InvalidOperation", error.message()),
        ErrorKind::ValidationError => return super::validation::error(vm, error.message()),
        kind => {
            let kind = match kind {
                ErrorKind::ValueError => Kind::ValueError,
                ErrorKind::AttributeError => Kind::AttributeError,
                ErrorKind::KeyError => Kind::KeyError,
                ErrorKind::IndexError => Kind::IndexError,
                ErrorKind::LookupError => Kind::LookupError,
                ErrorKind::OverflowError => Kind::OverflowError,
                ErrorKind::AssertionError => Kind::AssertionError,
                ErrorKind::RuntimeError => Kind::RuntimeError,
                ErrorKind::RecursionError => Kind::RecursionError,
                ErrorKind::NotImplementedError => Kind::NotImplementedError,
                _ => Kind::TypeError,
            };
            return vm.raise(kind, error.message());
        }
    };
    raise_class(vm, class, error.message())
}

/// An exception whose class Python's library has.
fn of_library(vm: &mut Vm, module: &str, name: &str, message: &str) -> Raised {
    let made = |vm: &mut Vm| -> PyResult<Raised> {
        let module = vm.import_module(module)?;
        let class = vm.get_attr(&module, name)?;
        let Value::Class(class) = &class else { return Err(vm.value_error(message)) };
        if name == "JSONDecodeError" {
            // It makes its own text of what, in what, and where.
            let what = message.split(": line").next().unwrap_or(message);
            return vm.new_exception(class, [Value::str(what), Value::str(""), Value::Int(0)]);
        }
        Ok(raise_class(vm, class, message))
    };
    match made(vm) {
        Ok(raised) | Err(raised) => raised,
    }
}

/// An exception of `class` that says `message`.
pub fn raise_class(vm: &mut Vm, class: &Rc<Class>, message: impl Into<String>) -> Raised {
    let message: String = message.into();
    match vm.new_exception(class, [Value::from(message)]) {
        Ok(raised) | Err(raised) => raised,
    }
}

/// An exception of Python on its way through the ORM.
pub fn carry(raised: Raised) -> OrmError {
    OrmError::from_host(Rc::new(raised))
}

/// Lends the interpreter to a hook that the ORM called.
pub fn hook<T>(body: impl FnOnce(&mut Vm) -> PyResult<T>) -> OrmResult<T> {
    let outcome = vm_scope::with(|vm| {
        body(vm).map_err(|raised| {
            // What the compiler steers by keeps its meaning on the way through Python code.
            let django = Django::of(vm);
            if raised.is(&django.errors.empty_result_set) {
                OrmError::empty_result()
            } else if raised.is(&django.errors.full_result_set) {
                OrmError::full_result()
            } else {
                carry(raised)
            }
        })
    });
    match outcome {
        Some(outcome) => outcome,
        None => Err(OrmError::unsupported("Python code called from a place where none can run")),
    }
}
