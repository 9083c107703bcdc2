//! [`Class`]: name, bases, method resolution order, namespace.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use rustc_hash::FxHashMap;

use super::{Args, Dict, Function, PyResult, Str, Value};
use crate::python::vm::Vm;

thread_local! {
    static NEXT_VERSION: Cell<u32> = const { Cell::new(1) };
}

fn next_version() -> u32 {
    NEXT_VERSION.with(|next| {
        let version = next.get();
        next.set(version.wrapping_add(1).max(1));
        version
    })
}

/// What the instances of a class hold besides attributes; two bases must agree on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Attributes alone.
    Object,
    /// A plain value of a builtin type, named by the native class that brought it.
    Value(&'static str),
    /// An exception's state.
    Exception,
    /// A class: the instances of metaclasses.
    Type,
    /// A host's data, named by the native class that brought it.
    Native(&'static str),
}

/// How a call of a class makes an instance.
#[derive(Clone, Default)]
pub(crate) enum Making {
    /// By its `__new__` and `__init__`, whatever they are.
    #[default]
    Called,
    /// An empty one, and this `__init__`.
    Plain(Rc<Function>),
    /// An exception, as `BaseException` makes it.
    Exception,
}

/// A hook that runs when a class derived from a native class has been made: after `__set_name__`, before
/// `__init_subclass__`. It gets the new class and the class keywords that are left.
pub type SubclassHook = Rc<dyn Fn(&mut Vm, &Rc<Class>, &mut Vec<(Str, Value)>) -> PyResult<()>>;

/// A class. Its namespace is an ordered dict; attributes are looked up through [`Class::lookup`], which remembers.
pub struct Class {
    name: RefCell<Str>,
    qualname: RefCell<Str>,
    bases: RefCell<Vec<Rc<Class>>>,
    mro: RefCell<Rc<[Weak<Class>]>>,
    dict: Rc<Dict>,
    metaclass: RefCell<Option<Rc<Class>>>,
    version: Cell<u32>,
    cache: RefCell<FxHashMap<Str, Option<Value>>>,
    subclasses: RefCell<Vec<Weak<Class>>>,
    /// How its instances are made, and the version that this is true for.
    pub(crate) making: RefCell<(u32, Making)>,
    /// Its number among the objects that were asked for an identity; 0 until then.
    pub(crate) serial: Cell<u32>,
    /// What instances hold.
    pub layout: Layout,
    /// Made by Rust: attributes can't be set by Python code.
    pub native: bool,
    /// Whether messages name it with its module, as CPython names the types that C extension modules define.
    pub dotted: Cell<bool>,
    /// Whether Python code may derive from it (`bool` and `NoneType` say no).
    pub derivable: Cell<bool>,
    /// Whether instances have a `__dict__`; `__slots__` and many native classes say no.
    pub has_dict: Cell<bool>,
    /// Whether its instances have a `__del__`.
    pub(crate) finalizes: Cell<bool>,
    /// Runs for each class that derives from this one, directly or not.
    pub on_subclass: RefCell<Option<SubclassHook>>,
}

/// What a class is made of, for [`Class::new`].
pub struct ClassParts {
    /// `__name__`
    pub name: Str,
    /// `__qualname__`
    pub qualname: Str,
    /// The bases, in order; empty for `object` alone.
    pub bases: Vec<Rc<Class>>,
    /// The namespace.
    pub dict: Rc<Dict>,
    /// The class of the class; `None` while `type` itself is being made.
    pub metaclass: Option<Rc<Class>>,
    /// What instances hold.
    pub layout: Layout,
    /// Whether Rust made it.
    pub native: bool,
    /// Whether instances have a `__dict__`.
    pub has_dict: bool,
}

impl Class {
    /// Makes a class; `Err` holds the bases that have no consistent order.
    pub fn new(parts: ClassParts) -> Result<Rc<Class>, Vec<Rc<Class>>> {
        let class = Rc::new_cyclic(|_| Class {
            name: RefCell::new(parts.name),
            qualname: RefCell::new(parts.qualname),
            bases: RefCell::new(parts.bases),
            mro: RefCell::new(Rc::from(Vec::new())),
            dict: parts.dict,
            metaclass: RefCell::new(parts.metaclass),
            version: Cell::new(next_version()),
            cache: RefCell::default(),
            subclasses: RefCell::default(),
            making: RefCell::default(),
            serial: Cell::new(0),
            layout: parts.layout,
            native: parts.native,
            dotted: Cell::new(false),
            derivable: Cell::new(true),
            has_dict: Cell::new(parts.has_dict),
            finalizes: Cell::new(false),
            on_subclass: RefCell::default(),
        });
        let order = linearize(&class)?;
        *class.mro.borrow_mut() = order.iter().map(Rc::downgrade).collect();
        class.finalizes.set(class.lookup(&Str::interned("__del__")).is_some());
        for base in class.bases.borrow().iter() {
            base.subclasses.borrow_mut().push(Rc::downgrade(&class));
        }
        Ok(class)
    }

    /// `__name__`
    pub fn name(&self) -> Str {
        self.name.borrow().clone()
    }
    /// Sets `__name__`.
    pub fn set_name(&self, name: Str) {
        *self.name.borrow_mut() = name;
    }
    /// `__qualname__`
    pub fn qualname(&self) -> Str {
        self.qualname.borrow().clone()
    }
    /// Sets `__qualname__`.
    pub fn set_qualname(&self, name: Str) {
        *self.qualname.borrow_mut() = name;
    }
    /// The bases.
    pub fn bases(&self) -> Vec<Rc<Class>> {
        self.bases.borrow().clone()
    }
    /// The method resolution order, this class first.
    pub fn mro(&self) -> Vec<Rc<Class>> {
        let order = self.mro.borrow().clone();
        order.iter().filter_map(Weak::upgrade).collect()
    }
    /// Replaces the bases; `Err` holds those without a consistent order, and nothing is changed.
    pub fn set_bases(self: &Rc<Self>, bases: Vec<Rc<Class>>) -> Result<(), Vec<Rc<Class>>> {
        let old = self.bases.replace(bases);
        match linearize(self) {
            Ok(order) => {
                *self.mro.borrow_mut() = order.iter().map(Rc::downgrade).collect();
                for base in self.bases.borrow().iter() {
                    base.subclasses.borrow_mut().push(Rc::downgrade(self));
                }
                self.changed();
                Ok(())
            }
            Err(conflict) => {
                *self.bases.borrow_mut() = old;
                Err(conflict)
            }
        }
    }
    /// The namespace. After changing it, call [`Class::changed`]; [`Class::set`] does.
    pub fn dict(&self) -> &Rc<Dict> {
        &self.dict
    }
    /// The class of the class.
    pub fn metaclass(&self) -> Option<Rc<Class>> {
        self.metaclass.borrow().clone()
    }
    /// Sets the class of the class.
    pub fn set_metaclass(&self, class: Rc<Class>) {
        *self.metaclass.borrow_mut() = Some(class);
    }
    /// A number that no other class ever has and that changes with everything that could change an attribute's lookup:
    /// the key of inline caches.
    pub fn version(&self) -> u32 {
        self.version.get()
    }
    /// Tells that the namespace was changed: caches of this class and its subclasses are void.
    pub fn changed(&self) {
        self.version.set(next_version());
        self.cache.borrow_mut().clear();
        let subclasses: Vec<Rc<Class>> = self.subclasses.borrow().iter().filter_map(Weak::upgrade).collect();
        for class in subclasses {
            class.changed();
        }
    }
    /// The classes that name this one as a base and are still alive.
    pub fn subclasses(&self) -> Vec<Rc<Class>> {
        self.subclasses.borrow().iter().filter_map(Weak::upgrade).collect()
    }
    /// Cuts what leads from the class to other objects but its namespace: for the end of a machine.
    #[expect(clippy::mutable_key_type, reason = "a name's hash is computed once and never changes")]
    pub(crate) fn dismantle(&self) {
        let metaclass = self.metaclass.take();
        let cache = self.cache.take();
        let hook = self.on_subclass.take();
        drop(self.making.take());
        drop((metaclass, cache, hook));
    }

    /// Sets a name in the namespace.
    pub fn set(&self, name: impl Into<Str>, value: impl Into<Value>) {
        self.dict.set_str(name, value);
        self.changed();
    }
    /// The name in the namespaces along the method resolution order, without descriptors.
    pub fn lookup(&self, name: &Str) -> Option<Value> {
        if let Some(known) = self.cache.borrow().get(name) {
            return known.clone();
        }
        let order = self.mro.borrow().clone();
        let found = order.iter().filter_map(Weak::upgrade).find_map(|class| class.dict.get_str(name));
        self.cache.borrow_mut().insert(name.clone(), found.clone());
        found
    }
    /// As [`Class::lookup`], with the class that has it.
    pub fn lookup_where(&self, name: &Str) -> Option<(Rc<Class>, Value)> {
        self.mro().into_iter().find_map(|class| {
            let value = class.dict.get_str(name)?;
            Some((class, value))
        })
    }
    /// Whether `other` is this class or one of its ancestors (by method resolution order, not by `__subclasscheck__`).
    pub fn derives_from(&self, other: &Class) -> bool {
        std::ptr::eq(self, other) || self.mro.borrow().iter().any(|class| std::ptr::eq(class.as_ptr(), other))
    }
    /// `__module__`, when it is a string.
    pub fn module(&self) -> Option<Str> {
        match self.dict.get_text("__module__") {
            Some(Value::Str(module)) => Some(module),
            _ => None,
        }
    }
    /// `module.qualname`, or the qualname alone for builtins: how a repr names it.
    pub fn full_name(&self) -> String {
        match self.module() {
            Some(module) if module != "builtins" => format!("{module}.{}", self.qualname.borrow()),
            _ => self.qualname.borrow().to_string(),
        }
    }
    /// The hooks of this class's ancestors, nearest first.
    pub fn subclass_hooks(&self) -> Vec<SubclassHook> {
        self.mro().iter().skip(1).filter_map(|class| class.on_subclass.borrow().clone()).collect()
    }
}

/// The C3 order of a class over its bases; `Err` holds the heads that block each other.
fn linearize(class: &Rc<Class>) -> Result<Vec<Rc<Class>>, Vec<Rc<Class>>> {
    let bases = class.bases();
    if let [base] = &bases[..] {
        let mut order = vec![class.clone()];
        order.extend(base.mro());
        return Ok(order);
    }
    let mut rows: Vec<Vec<Rc<Class>>> = bases.iter().map(|base| base.mro()).collect();
    rows.push(bases);
    let mut order = vec![class.clone()];
    let mut heads = vec![0; rows.len()];
    loop {
        let mut blocked: Vec<Rc<Class>> = Vec::new();
        let mut chosen = None;
        for (row, &head) in rows.iter().zip(&heads) {
            let Some(candidate) = row.get(head) else { continue };
            let in_a_tail =
                rows.iter().zip(&heads).any(|(other, &at)| other.iter().skip(at + 1).any(|c| Rc::ptr_eq(c, candidate)));
            if in_a_tail {
                if !blocked.iter().any(|c| Rc::ptr_eq(c, candidate)) {
                    blocked.push(candidate.clone());
                }
            } else {
                chosen = Some(candidate.clone());
                break;
            }
        }
        let Some(next) = chosen else {
            return if blocked.is_empty() { Ok(order) } else { Err(blocked) };
        };
        for (row, head) in rows.iter().zip(&mut heads) {
            if row.get(*head).is_some_and(|c| Rc::ptr_eq(c, &next)) {
                *head += 1;
            }
        }
        order.push(next);
    }
}

/// How a native class makes its instances: `cls` first, then the arguments of the call.
pub type Constructor = fn(&mut Vm, Args) -> PyResult<Value>;
