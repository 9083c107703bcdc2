//! [`ClassBuilder`] and [`Module`]: how a host makes classes and modules.

use std::rc::Rc;

use super::{
    Args, Binding, Class, ClassParts, Constructor, Dict, Instance, Layout, ModuleObject, NativeCode, NativeFn,
    NativeFunction, PyResult, Signature, Str, SubclassHook, Value,
};
use crate::python::types::descriptor::{ClassMethod, Property, StaticMethod};
use crate::python::vm::Vm;

/// Makes a native class. Methods get `self` as their first argument; signatures are written with it.
pub struct ClassBuilder {
    name: String,
    qualname: Option<String>,
    module: String,
    bases: Vec<Rc<Class>>,
    metaclass: Option<Rc<Class>>,
    layout: Option<Layout>,
    members: Vec<(Str, Member)>,
    on_subclass: Option<SubclassHook>,
    has_dict: Option<bool>,
    derivable: bool,
    python_like: bool,
}

enum Member {
    Value(Value),
    Method(NativeFunction),
    ClassMethod(NativeFunction),
    StaticMethod(NativeFunction),
    Property(Option<NativeFunction>, Option<NativeFunction>),
}

impl ClassBuilder {
    /// A class of this `__name__`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            qualname: None,
            module: "builtins".into(),
            bases: Vec::new(),
            metaclass: None,
            layout: None,
            members: Vec::new(),
            on_subclass: None,
            has_dict: None,
            derivable: true,
            python_like: true,
        }
    }
    /// `__qualname__`, where it is not the name alone.
    #[must_use]
    pub fn qualname(mut self, qualname: &str) -> Self {
        self.qualname = Some(qualname.into());
        self
    }
    /// `__module__`
    #[must_use]
    pub fn module(mut self, module: impl Into<String>) -> Self {
        self.module = module.into();
        self
    }
    /// Adds a base; without any it is `object`.
    #[must_use]
    pub fn base(mut self, class: &Rc<Class>) -> Self {
        self.bases.push(class.clone());
        self
    }
    /// The class of the class; without one it is that of the first base.
    #[must_use]
    pub fn metaclass(mut self, class: &Rc<Class>) -> Self {
        self.metaclass = Some(class.clone());
        self
    }
    /// Says that instances hold a host's data ([`Instance::native`]) named by this class.
    #[must_use]
    pub fn native_layout(mut self, name: &'static str) -> Self {
        self.layout = Some(Layout::Native(name));
        self
    }
    /// Whether instances have a `__dict__`. Unless said, they do.
    #[must_use]
    pub fn has_dict(mut self, has_dict: bool) -> Self {
        self.has_dict = Some(has_dict);
        self
    }
    /// Whether Python code may derive from it.
    #[must_use]
    pub fn derivable(mut self, derivable: bool) -> Self {
        self.derivable = derivable;
        self
    }
    /// Its functions show themselves as CPython's C functions, not as functions written in Python.
    #[must_use]
    pub fn builtin(mut self) -> Self {
        self.python_like = false;
        self
    }
    /// `__new__`: gets `cls` first and must give an instance of it. Arguments come unchecked.
    #[must_use]
    pub fn constructor(mut self, code: Constructor) -> Self {
        self.members.push((Str::interned("__new__"), Member::StaticMethod(NativeFunction::raw("__new__", code))));
        self
    }
    /// A method.
    #[must_use]
    pub fn method(mut self, name: &str, signature: &str, code: NativeFn) -> Self {
        self.members.push((Str::interned(name), Member::Method(NativeFunction::new(name, signature, code))));
        self
    }
    /// A method from a closure.
    #[must_use]
    pub fn method_closure(
        mut self,
        name: &str,
        signature: &str,
        code: impl Fn(&mut Vm, Args) -> PyResult + 'static,
    ) -> Self {
        self.members.push((Str::interned(name), Member::Method(NativeFunction::closure(name, signature, code))));
        self
    }
    /// A method whose arguments, `self` among them, are counted only, as CPython's C functions do.
    #[must_use]
    pub fn arity(mut self, name: &str, least: u8, most: u8, code: NativeFn) -> Self {
        self.members.push((Str::interned(name), Member::Method(NativeFunction::arity(name, least, most, code))));
        self
    }
    /// As [`ClassBuilder::arity`], from a closure.
    #[must_use]
    pub fn arity_closure(
        mut self,
        name: &str,
        least: u8,
        most: u8,
        code: impl Fn(&mut Vm, Args) -> PyResult + 'static,
    ) -> Self {
        let function = NativeFunction::with(name, Binding::Arity(least, most), NativeCode::Closure(Box::new(code)));
        self.members.push((Str::interned(name), Member::Method(function)));
        self
    }
    /// A method that gets its arguments unchecked.
    #[must_use]
    pub fn raw(mut self, name: &str, code: NativeFn) -> Self {
        self.members.push((Str::interned(name), Member::Method(NativeFunction::raw(name, code))));
        self
    }
    /// A class method: gets the class first.
    #[must_use]
    pub fn class_method(mut self, name: &str, signature: &str, code: NativeFn) -> Self {
        self.members.push((Str::interned(name), Member::ClassMethod(NativeFunction::new(name, signature, code))));
        self
    }
    /// A class method that gets its arguments, the class first, unchecked.
    #[must_use]
    pub fn raw_class_method(mut self, name: &str, code: NativeFn) -> Self {
        self.members.push((Str::interned(name), Member::ClassMethod(NativeFunction::raw(name, code))));
        self
    }
    /// A static method.
    #[must_use]
    pub fn static_method(mut self, name: &str, signature: &str, code: NativeFn) -> Self {
        self.members.push((Str::interned(name), Member::StaticMethod(NativeFunction::new(name, signature, code))));
        self
    }
    /// A read-only property.
    #[must_use]
    pub fn property(mut self, name: &str, get: NativeFn) -> Self {
        let get = NativeFunction::new(name, "self", get);
        self.members.push((Str::interned(name), Member::Property(Some(get), None)));
        self
    }
    /// A read-only property from a closure.
    pub fn property_closure(mut self, name: &str, get: impl Fn(&mut Vm, Args) -> PyResult + 'static) -> Self {
        let get = NativeFunction::closure(name, "self", get);
        self.members.push((Str::interned(name), Member::Property(Some(get), None)));
        self
    }

    /// A property that can be set; `set` gets `self` and the value.
    #[must_use]
    pub fn property_mut(mut self, name: &str, get: NativeFn, set: NativeFn) -> Self {
        let get = NativeFunction::new(name, "self", get);
        let set = NativeFunction::new(name, "self, value", set);
        self.members.push((Str::interned(name), Member::Property(Some(get), Some(set))));
        self
    }
    /// Any value in the namespace.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.push((Str::interned(name), Member::Value(value.into())));
        self
    }
    /// `__doc__`
    #[must_use]
    pub fn doc(self, text: &str) -> Self {
        self.value("__doc__", text)
    }
    /// Runs whenever a class is made that derives from this one.
    #[must_use]
    pub fn on_subclass(
        mut self,
        hook: impl Fn(&mut Vm, &Rc<Class>, &mut Vec<(Str, Value)>) -> PyResult<()> + 'static,
    ) -> Self {
        self.on_subclass = Some(Rc::new(hook));
        self
    }

    /// Makes the class. Bases that conflict are a fault of the host; the class then derives from the first alone.
    pub fn build(self, vm: &mut Vm) -> Rc<Class> {
        let bases = if self.bases.is_empty() { vec![vm.types.object.clone()] } else { self.bases };
        let dict = Dict::shared();
        let metaclass = self
            .metaclass
            .or_else(|| bases.iter().find_map(|base| base.metaclass().filter(|m| !Rc::ptr_eq(m, &vm.types.type_))))
            .unwrap_or_else(|| vm.types.type_.clone());
        let layout = self.layout.unwrap_or_else(|| {
            bases.iter().map(|base| base.layout).find(|layout| *layout != Layout::Object).unwrap_or(Layout::Object)
        });
        let name = Str::interned(&self.name);
        let qualname = self.qualname.as_deref().map_or_else(|| name.clone(), Str::interned);
        let parts = |bases: Vec<Rc<Class>>| ClassParts {
            name: name.clone(),
            qualname: qualname.clone(),
            has_dict: self.has_dict.unwrap_or(true),
            bases,
            dict: dict.clone(),
            metaclass: Some(metaclass.clone()),
            layout,
            native: true,
        };
        let class = Class::new(parts(bases.clone()))
            .or_else(|_| Class::new(parts(bases[..1].to_vec())))
            .unwrap_or_else(|_| vm.types.object.clone());
        if !dict.contains_str(&Str::from("__module__")) {
            dict.set_str(Str::interned("__module__"), self.module.as_str());
        }
        class.derivable.set(self.derivable);
        class.dotted.set(!self.python_like && self.module != "builtins");
        *class.on_subclass.borrow_mut() = self.on_subclass;
        fill(vm, &class, self.members, self.python_like);
        class
    }

    /// Puts the members into a class that exists already: how the builtin types, which must exist first, get theirs.
    pub(crate) fn install(self, vm: &mut Vm, class: &Rc<Class>) {
        class.derivable.set(self.derivable);
        class.dict().set_str(Str::interned("__module__"), self.module.as_str());
        fill(vm, class, self.members, self.python_like);
    }
}

fn fill(vm: &mut Vm, class: &Rc<Class>, members: Vec<(Str, Member)>, python_like: bool) {
    let owner = class.qualname();
    let module = class.module();
    let finish = |function: NativeFunction, binds: bool| {
        let mut function = function.method_of(&owner);
        function.binds = binds;
        function.python_like = python_like;
        *function.owner.borrow_mut() = Some(Rc::downgrade(class));
        if python_like && let Some(module) = &module {
            *function.module.borrow_mut() = Value::Str(module.clone());
        }
        function.into_value()
    };
    for (name, member) in members {
        let value = match member {
            Member::Value(value) => value,
            Member::Method(function) => finish(function, true),
            Member::ClassMethod(function) => {
                let function = finish(function, true);
                Instance::native(vm.types.classmethod.clone(), ClassMethod::new(function)).into()
            }
            Member::StaticMethod(function) => {
                let function = finish(function, false);
                Instance::native(vm.types.staticmethod.clone(), StaticMethod::new(function)).into()
            }
            Member::Property(get, set) => {
                let property = Property::new(
                    get.map_or(Value::None, |f| finish(f, true)),
                    set.map_or(Value::None, |f| finish(f, true)),
                    Value::None,
                    python_like,
                );
                Instance::native(vm.types.property.clone(), property).into()
            }
        };
        class.dict().set_str(name, value);
    }
    class.changed();
}

/// Makes a module.
pub struct Module {
    name: String,
    members: Vec<(Str, Value)>,
}

impl Module {
    /// A module of this `__name__`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), members: Vec::new() }
    }

    /// Its full name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A function.
    #[must_use]
    pub fn function(self, name: &str, signature: &str, code: NativeFn) -> Self {
        let function = NativeFunction::with(
            name,
            Binding::Signature(Rc::new(Signature::parse(signature))),
            NativeCode::Plain(code),
        );
        self.native(function)
    }
    /// A function made beforehand.
    #[must_use]
    pub fn native(mut self, mut function: NativeFunction) -> Self {
        *function.module.get_mut() = Value::str(self.name.as_str());
        self.members.push((function.name.clone(), function.into_value()));
        self
    }
    /// A class, under its own name.
    #[must_use]
    pub fn class(mut self, class: &Rc<Class>) -> Self {
        self.members.push((class.name(), Value::Class(class.clone())));
        self
    }
    /// Any value.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.push((Str::interned(name), value.into()));
        self
    }
    /// Makes the module; [`Vm::add_module`] makes it importable.
    pub fn build(self) -> Rc<ModuleObject> {
        let dict = Dict::shared();
        let name = Str::interned(&self.name);
        dict.set_str(Str::interned("__name__"), &name);
        dict.set_str(Str::interned("__doc__"), Value::None);
        dict.set_str(Str::interned("__package__"), self.name.rsplit_once('.').map_or("", |(package, _)| package));
        for (name, value) in self.members {
            dict.set_str(name, value);
        }
        Rc::new(ModuleObject { name, dict })
    }
}
