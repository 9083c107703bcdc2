//! Managers: the door from a model class to its querysets.

use std::cell::Cell;
use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Dict, Instance, NativeFunction, PyResult, Raised, Str, Value};
use crate::python::vm::Vm;

use super::models::options::OptionsPayload;
use super::models::{base, model_of};
use super::state::{Django, raise_class};

thread_local! {
    static CREATED: Cell<i64> = const { Cell::new(0) };
}

/// What stands in a model class under a manager's name.
pub struct DescriptorPayload {
    manager: Value,
}

/// The classes: `BaseManager`, `Manager`, `ManagerDescriptor`.
pub struct ManagerClasses {
    /// `BaseManager`
    pub base: Rc<Class>,
    /// `Manager`
    pub manager: Rc<Class>,
    /// `ManagerDescriptor`
    pub descriptor: Rc<Class>,
}

/// Makes them; `queryset` is `QuerySet`.
pub fn classes(vm: &mut Vm, queryset: &Rc<Class>) -> ManagerClasses {
    let module = "django.db.models.manager";
    let base = ClassBuilder::new("BaseManager")
        .module(module)
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let made = Instance::new(class);
            let given = Value::tuple(args.positional[1..].to_vec());
            let named = Dict::new();
            for (name, value) in &args.keywords {
                named.set_str(name.clone(), value.clone());
            }
            made.set("_constructor_args", Value::tuple(vec![given, Value::Dict(Rc::new(named))]));
            Ok(made.into())
        })
        .method("__init__", "self", |_, args| {
            let Some(instance) = args[0].as_instance() else { return Ok(Value::None) };
            let counter = CREATED.replace(CREATED.get() + 1);
            instance.set("creation_counter", counter);
            instance.set("model", Value::None);
            instance.set("name", Value::None);
            instance.set("_db", Value::None);
            instance.set("_hints", Rc::new(Dict::new()));
            Ok(Value::None)
        })
        .class_method("__class_getitem__", "cls, *args, **kwargs", |_, args| Ok(args[0].clone()))
        .value("auto_created", false)
        .method("check", "self, **kwargs", |_, _| Ok(Value::list(Vec::new())))
        .value("use_in_migrations", false)
        .class_method("from_queryset", "cls, queryset_class, class_name=None", from_queryset)
        .method("contribute_to_class", "self, cls, name", contribute)
        .method("get_queryset", "self", get_queryset)
        .method("all", "self", |vm, args| vm.call_method(&args[0], "get_queryset", ()))
        .method("db_manager", "self, using=None, hints=None", |vm, args| {
            let copy = copy(&args[0]);
            if let Some(instance) = copy.as_instance() {
                if vm.truth(&args[1])? {
                    instance.set("_db", args[1].clone());
                }
                if vm.truth(&args[2])? {
                    instance.set("_hints", args[2].clone());
                }
            }
            Ok(copy)
        })
        .property("db", |vm, args| {
            let db = vm.get_attr(&args[0], "_db")?;
            Ok(if vm.truth(&db)? { db } else { Value::str("default") })
        })
        .method("__str__", "self", |vm, args| {
            let model = vm.get_attr(&args[0], "model")?;
            let name = vm.get_attr(&args[0], "name")?;
            let label = match model.as_class().and_then(model_of) {
                Some(model) => model.label(),
                None => {
                    // A manager that is in no model.
                    vm.get_attr(&model, "_meta")?;
                    return vm.native_repr(&args[0]).map(Value::from);
                }
            };
            Ok(Value::from(format!("{label}.{}", vm.to_str(&name)?)))
        })
        .method("__eq__", "self, other", |vm, args| {
            let (Some(mine), Some(theirs)) = (args[0].as_instance(), args[1].as_instance()) else {
                return Ok(Value::Bool(false));
            };
            if !Rc::ptr_eq(&mine.class(), &theirs.class()) {
                return Ok(Value::Bool(false));
            }
            let (mine, theirs) = (Value::Dict(mine.dict().clone()), Value::Dict(theirs.dict().clone()));
            Ok(vm.eq(&mine, &theirs)?.into())
        })
        .method("__hash__", "self", |vm, args| Ok(vm.identity(&args[0]).into()))
        .method("deconstruct", "self", deconstruct)
        .method("check", "self, **kwargs", |_, _| Ok(Value::list(Vec::new())))
        .build(vm);
    let manager = make_from_queryset(vm, &base, queryset, "Manager");
    manager.set("__module__", module);
    let descriptor = ClassBuilder::new("ManagerDescriptor")
        .module(module)
        .native_layout("ManagerDescriptor")
        .method("__get__", "self, instance, cls=None", descriptor_get)
        .property("manager", |vm, args| Ok(vm.payload::<DescriptorPayload>(&args[0])?.manager.clone()))
        .build(vm);
    ManagerClasses { base, manager, descriptor }
}

/// What migrations write down of a manager: whether it comes from `as_manager()`, the two classes' paths, the arguments.
fn deconstruct(vm: &mut Vm, args: Args) -> PyResult {
    let this = &args[0];
    let built = vm.get_attr_opt(this, "_built_with_asmanager")?.unwrap_or(Value::None);
    if vm.truth(&built)? {
        let class = vm.get_attr(this, "_queryset_class")?;
        let path = dotted(vm, &class)?;
        return Ok(Value::tuple(vec![true.into(), Value::None, path.into(), Value::None, Value::None]));
    }
    let class = Value::Class(vm.class_of(this));
    let module = vm.get_attr(this, "__module__")?;
    let name = vm.get_attr(&class, "__name__")?;
    let (module, name) = (vm.to_str(&module)?, vm.to_str(&name)?);
    // A class that nobody can import could not be written down.
    let held = vm.import_module(&module)?;
    if vm.get_attr_opt(&held, name.as_str())?.is_none() {
        return Err(vm.value_error(format!(
            "Could not find manager {name} in {module}.\nPlease note that you need to inherit from managers you \
             dynamically generated with 'from_queryset()'."
        )));
    }
    let given = vm.get_attr(this, "_constructor_args")?;
    let parts = vm.list_from(&given)?;
    let (positional, keywords) =
        (parts.first().cloned().unwrap_or(Value::None), parts.get(1).cloned().unwrap_or(Value::None));
    Ok(Value::tuple(vec![false.into(), format!("{module}.{name}").into(), Value::None, positional, keywords]))
}

/// `module.Class`
fn dotted(vm: &mut Vm, class: &Value) -> PyResult<String> {
    let module = vm.get_attr(class, "__module__")?;
    let name = vm.get_attr(class, "__name__")?;
    Ok(format!("{}.{}", vm.to_str(&module)?, vm.to_str(&name)?))
}

/// A manager class whose methods ask a queryset of `queryset`.
fn make_from_queryset(vm: &mut Vm, base: &Rc<Class>, queryset: &Rc<Class>, name: &str) -> Rc<Class> {
    let mut builder = ClassBuilder::new(name).base(base).value("_queryset_class", queryset);
    for method in public_methods(queryset) {
        if base.dict().contains_str(&method) {
            continue;
        }
        let called = method.clone();
        builder = builder.method_closure(&method, "self, *args, **kwargs", move |vm, args| forward(vm, &called, &args));
    }
    builder.build(vm)
}

/// Calls the queryset's method of the same name.
fn forward(vm: &mut Vm, name: &Str, args: &Args) -> PyResult {
    let queryset = vm.call_method(&args[0], "get_queryset", ())?;
    let mut call = Args::new(args.rest(1).iter().cloned());
    call.keywords = args.keyword_rest(2);
    vm.call_method(&queryset, name, call)
}

/// The methods of a queryset class that managers offer: public functions without `queryset_only`, and private ones that say
/// `queryset_only = False`.
fn public_methods(queryset: &Rc<Class>) -> Vec<Str> {
    let mut names: Vec<Str> = Vec::new();
    for class in queryset.mro() {
        for (name, value) in class.dict().str_items() {
            if names.contains(&name) {
                continue;
            }
            let only = match &value {
                Value::Function(function) => function.dict().get_text("queryset_only"),
                Value::Native(native) => native.dict.get().and_then(|dict| dict.get_text("queryset_only")),
                _ => continue,
            };
            let offered = match only {
                Some(Value::Truth(only)) => !only,
                Some(Value::None) | None => !name.starts_with('_'),
                Some(_) => false,
            };
            // The class found first along the order decides.
            let decides = queryset.lookup(&name).is_some_and(|found| found.is(&value));
            if offered && decides {
                names.push(name);
            }
        }
    }
    names
}

fn from_queryset(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let queryset = vm.class_arg(&args, 1)?;
    let name = match args.some(2) {
        Some(name) => vm.to_str(name)?.to_string(),
        None => format!("{}From{}", class.name(), queryset.name()),
    };
    let namespace = Rc::new(Dict::new());
    namespace.set_str("_queryset_class", queryset.clone());
    if let Some(module) = class.module() {
        namespace.set_str("__module__", module);
    }
    for method in public_methods(&queryset) {
        if class.lookup(&method).is_some() {
            continue;
        }
        let called = method.clone();
        let native =
            NativeFunction::closure(&method, "self, *args, **kwargs", move |vm, args| forward(vm, &called, &args))
                .method_of(&name);
        namespace.set_str(method, Value::Native(Rc::new(native)));
    }
    let type_ = vm.types.type_.clone();
    Ok(vm.new_class(&type_, &Str::from(name), vec![class.into()], &namespace, Vec::new())?.into())
}

fn contribute(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 1)?;
    let name = vm.to_str(&args[2])?;
    let this = args[0].clone();
    let Some(instance) = this.as_instance() else { return Ok(Value::None) };
    let own = vm.get_attr(&this, "name")?;
    let own = match own.as_str() {
        Some(own) if !own.is_empty() => own.clone(),
        _ => name.clone(),
    };
    instance.set("name", own.clone());
    instance.set("model", class.clone());
    let descriptor = Django::of(vm).classes().manager_descriptor.clone();
    class.set(name, Instance::native(descriptor, DescriptorPayload { manager: this.clone() }));
    let counter = vm.get_attr(&this, "creation_counter")?.as_i64().unwrap_or(0);
    if let Some(options) = base::options_of(&class)
        && let Some(payload) = options.payload::<OptionsPayload>()
    {
        payload.managers.borrow_mut().push((counter, own, this.clone()));
    }
    Ok(Value::None)
}

fn get_queryset(vm: &mut Vm, args: Args) -> PyResult {
    let queryset = vm.get_attr(&args[0], "_queryset_class")?;
    let model = vm.get_attr(&args[0], "model")?;
    let using = vm.get_attr(&args[0], "_db")?;
    let hints = vm.get_attr(&args[0], "_hints")?;
    let call = Args::none().keyword("model", model).keyword("using", using).keyword("hints", hints);
    vm.call(&queryset, call)
}

/// A manager with the same attributes.
pub fn copy(manager: &Value) -> Value {
    let Some(instance) = manager.as_instance() else { return manager.clone() };
    let fresh = Instance::new(instance.class());
    for (name, value) in instance.dict().str_items() {
        fresh.set(name, value);
    }
    fresh.into()
}

/// Whether the class or an ancestor declares a manager.
pub fn has_any(class: &Rc<Class>) -> bool {
    class.mro().iter().any(|ancestor| {
        ancestor
            .dict()
            .get_text("_meta")
            .is_some_and(|meta| meta.payload::<OptionsPayload>().is_some_and(|meta| !meta.managers.borrow().is_empty()))
    })
}

/// The managers of a class, its own before its ancestors', each bound to the class.
fn collect(class: &Rc<Class>) -> Vec<(Str, Value)> {
    let mut found: Vec<(usize, i64, Str, Value)> = Vec::new();
    let bases = class.mro();
    for (depth, ancestor) in bases.iter().enumerate() {
        let Some(meta) = ancestor.dict().get_text("_meta") else { continue };
        let Some(payload) = meta.payload::<OptionsPayload>() else { continue };
        for (counter, name, manager) in payload.managers.borrow().iter() {
            if found.iter().any(|(_, _, known, _)| known == name) {
                continue;
            }
            let copy = copy(manager);
            if let Some(instance) = copy.as_instance() {
                instance.set("model", class.clone());
            }
            found.push((depth, *counter, name.clone(), copy));
        }
    }
    found.sort_by_key(|(depth, counter, _, _)| (*depth, *counter));
    found.into_iter().map(|(_, _, name, manager)| (name, manager)).collect()
}

/// The managers of a class, made once.
fn cached(class: &Rc<Class>) -> Vec<(Str, Value)> {
    let key = Str::interned("_ormdojo_managers");
    if let Some(Value::Dict(known)) = class.dict().get_str(&key) {
        return known.str_items();
    }
    let all = collect(class);
    let dict = Dict::new();
    for (name, manager) in &all {
        dict.set_str(name.clone(), manager.clone());
    }
    class.set(key, Rc::new(dict));
    all
}

/// `_meta.managers`
pub fn all(_vm: &mut Vm, class: &Rc<Class>) -> PyResult {
    Ok(Value::tuple(cached(class).into_iter().map(|(_, manager)| manager).collect::<Vec<_>>()))
}

/// `_meta.managers_map`
pub fn map(_vm: &mut Vm, class: &Rc<Class>) -> PyResult {
    let dict = Dict::new();
    for (name, manager) in cached(class) {
        dict.set_str(name, manager);
    }
    Ok(Value::Dict(Rc::new(dict)))
}

fn descriptor_get(vm: &mut Vm, args: Args) -> PyResult {
    let Value::Class(class) = &args[2] else { return Ok(args[0].clone()) };
    let class = class.clone();
    let manager = vm.payload::<DescriptorPayload>(&args[0])?.manager.clone();
    if !args[1].is_none() {
        return Err(vm.raise(Kind::AttributeError, format!("Manager isn't accessible via {} instances", class.name())));
    }
    let Some(model) = model_of(&class) else { return Ok(manager) };
    let meta = model.meta();
    if meta.is_abstract {
        return Err(vm.raise(Kind::AttributeError, format!("Manager isn't available; {} is abstract", class.name())));
    }
    if let Some(swapped) = &meta.swapped {
        return Err(vm.raise(
            Kind::AttributeError,
            format!("Manager isn't available; '{}' has been swapped for '{swapped}'", model.label()),
        ));
    }
    let name = vm.get_attr(&manager, "name")?;
    let found = cached(&class).into_iter().find(|(known, _)| name.as_str().is_some_and(|name| name == known));
    Ok(found.map_or(manager, |(_, manager)| manager))
}

fn no_manager(vm: &mut Vm, class: &Rc<Class>, name: &str) -> Raised {
    vm.value_error(format!("{} has no manager named '{name}'", class.name()))
}

/// The nearest ancestor's word for a manager's name.
fn named(class: &Rc<Class>, read: impl Fn(&crate::orm::models::Meta) -> Option<Rc<str>>) -> Option<Rc<str>> {
    class.mro().iter().filter_map(model_of).find_map(|model| read(&model.meta()))
}

/// `_default_manager`
pub fn default_manager(vm: &mut Vm, class: &Rc<Class>) -> PyResult {
    let all = cached(class);
    if let Some(name) = named(class, |meta| meta.default_manager_name.clone()) {
        return match all.into_iter().find(|(known, _)| **known == *name) {
            Some((_, manager)) => Ok(manager),
            None => Err(no_manager(vm, class, &name)),
        };
    }
    Ok(all.into_iter().next().map_or(Value::None, |(_, manager)| manager))
}

/// `_base_manager`: the one that `Meta` names, else a plain one.
pub fn base_manager(vm: &mut Vm, class: &Rc<Class>) -> PyResult {
    if let Some(name) = named(class, |meta| meta.base_manager_name.clone()) {
        return match cached(class).into_iter().find(|(known, _)| **known == *name) {
            Some((_, manager)) => Ok(manager),
            None => Err(no_manager(vm, class, &name)),
        };
    }
    let key = Str::interned("_ormdojo_base_manager");
    if let Some(known) = class.dict().get_str(&key) {
        return Ok(known);
    }
    let manager_class = Value::Class(Django::of(vm).classes().manager.clone());
    let manager = vm.call(&manager_class, ())?;
    if let Some(instance) = manager.as_instance() {
        instance.set("name", "_base_manager");
        instance.set("model", class.clone());
        instance.set("auto_created", true);
    }
    class.set(key, manager.clone());
    Ok(manager)
}

/// A `DoesNotExist`-like exception of a model class.
pub fn raise_of_model(vm: &mut Vm, class: &Rc<Class>, name: &str, message: String) -> Raised {
    let key = Str::interned(name);
    match class.lookup(&key) {
        Some(Value::Class(exception)) => raise_class(vm, &exception, message),
        _ => {
            let exception = Django::of(vm).errors.object_does_not_exist.clone();
            raise_class(vm, &exception, message)
        }
    }
}
