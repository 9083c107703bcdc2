//! `dict`, its views, and `mappingproxy`.

use std::rc::Rc;

use super::{dunder, type_};
use crate::python::exceptions::Kind;
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, ClassBuilder, Dict, DictPart, Instance, IterState, PyResult, Str, Value};
use crate::python::ops::special::MappingProxy;
use crate::python::vm::Vm;

/// What `dict.keys()`, `.values()` and `.items()` hold.
pub struct View {
    /// The dict.
    pub dict: Rc<Dict>,
    /// Which part.
    pub part: DictPart,
}

fn this(vm: &mut Vm, args: &Args) -> PyResult<Rc<Dict>> {
    match args[0].as_dict() {
        Some(dict) => Ok(dict.clone()),
        None => {
            let given = vm.type_name(&args[0]);
            Err(vm.type_error(format!("descriptor requires a 'dict' object but received a '{given}'")))
        }
    }
}

impl Vm {
    /// `dict.update(other)`: a mapping, or an iterable of pairs.
    pub fn dict_update(&mut self, dict: &Rc<Dict>, other: &Value) -> PyResult<()> {
        let plain_iteration = match other {
            Value::Dict(_) => true,
            Value::Instance(_) => {
                // A subclass that overrides `__iter__` or `keys` is asked; others are copied.
                let class = self.class_of(other);
                let own = |vm: &Vm, name: &Str| matches!((class.lookup(name), vm.types.dict.dict().get_str(name)), (Some(a), Some(b)) if a.is(&b));
                let (iter, keys) = (self.names.iter.clone(), Str::interned("keys"));
                own(self, &iter) && own(self, &keys)
            }
            _ => false,
        };
        if plain_iteration && let Some(source) = other.as_dict().cloned() {
            if Rc::ptr_eq(&source, dict) {
                return Ok(());
            }
            for (key, value) in source.items() {
                self.tick()?;
                dict.set(self, key, value)?;
            }
            return Ok(());
        }
        if let Some(keys) = self.get_attr_opt(other, "keys")? {
            let keys = self.call(&keys, ())?;
            let dict = dict.clone();
            let other = other.clone();
            return self.iterate(&keys, |vm, key| {
                let value = vm.get_item(&other, &key)?;
                dict.set(vm, key, value)?;
                Ok(())
            });
        }
        let dict = dict.clone();
        let mut at = 0;
        self.iterate(other, |vm, item| {
            let pair = match vm.list_from(&item) {
                Err(raised) if raised.is(vm.exceptions.get(Kind::TypeError)) => {
                    return Err(
                        vm.type_error(format!("cannot convert dictionary update sequence element #{at} to a sequence"))
                    );
                }
                pair => pair?,
            };
            let [key, value] = pair.as_slice() else {
                return Err(vm.value_error(format!(
                    "dictionary update sequence element #{at} has length {}; 2 is required",
                    pair.len()
                )));
            };
            at += 1;
            dict.set(vm, key.clone(), value.clone())?;
            Ok(())
        })
    }

    /// A view of a dict.
    pub fn dict_view(&self, dict: &Rc<Dict>, part: DictPart) -> Value {
        let class = match part {
            DictPart::Keys => &self.types.dict_keys,
            DictPart::Values => &self.types.dict_values,
            DictPart::Items => &self.types.dict_items,
        };
        Instance::native(class.clone(), View { dict: dict.clone(), part }).into()
    }

    fn dict_iter(&self, dict: &Rc<Dict>, part: DictPart, reversed: bool) -> Value {
        let types = &self.types;
        let (class, state) = if reversed {
            let class = match part {
                DictPart::Keys => &types.dict_reversekeyiterator,
                DictPart::Values => &types.dict_reversevalueiterator,
                DictPart::Items => &types.dict_reverseitemiterator,
            };
            (class, IterState::DictReversed(dict.clone(), part, usize::MAX, dict.len()))
        } else {
            let class = match part {
                DictPart::Keys => &types.dict_keyiterator,
                DictPart::Values => &types.dict_valueiterator,
                DictPart::Items => &types.dict_itemiterator,
            };
            (class, IterState::Dict(dict.clone(), part, 0, dict.len()))
        };
        self.new_iter(class, state)
    }
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    let dict = this(vm, &args)?;
    update(vm, &dict, &args, "dict")
}

fn update(vm: &mut Vm, dict: &Rc<Dict>, args: &Args, name: &str) -> PyResult {
    if args.len() > 2 {
        return Err(vm.type_error(format!("{name} expected at most 1 argument, got {}", args.len() - 1)));
    }
    if let Some(other) = args.get(1) {
        vm.dict_update(dict, other)?;
    }
    for (name, value) in &args.keywords {
        dict.set_str(name, value.clone());
    }
    Ok(Value::None)
}

fn view_this(vm: &mut Vm, args: &Args) -> PyResult<(Rc<Dict>, DictPart)> {
    let view = vm.payload::<View>(&args[0])?;
    Ok((view.dict.clone(), view.part))
}

fn view_items(view: &View) -> Vec<Value> {
    match view.part {
        DictPart::Keys => view.dict.keys(),
        DictPart::Values => view.dict.values(),
        DictPart::Items => view.dict.items().into_iter().map(|(key, value)| Value::tuple([key, value])).collect(),
    }
}

fn view_contains(vm: &mut Vm, dict: &Rc<Dict>, part: DictPart, item: &Value) -> PyResult<bool> {
    match part {
        DictPart::Keys => dict.contains(vm, item),
        DictPart::Values => {
            for value in dict.values() {
                vm.tick()?;
                if vm.eq(&value, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        DictPart::Items => match item.as_tuple() {
            Some([key, value]) => match dict.get(vm, key)? {
                Some(known) => vm.eq(&known, value),
                None => Ok(false),
            },
            _ => Ok(false),
        },
    }
}

fn view_op(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> PyResult {
    let set_of = |vm: &mut Vm, value: &Value| -> PyResult {
        let items = vm.list_from(value)?;
        let set = crate::python::object::Set::new();
        for item in items {
            set.add(vm, item)?;
        }
        Ok(Value::Set(Rc::new(set)))
    };
    if !vm.has_iter(b) || !vm.has_iter(a) {
        return Ok(Value::NotImplemented);
    }
    let (a, b) = (set_of(vm, a)?, set_of(vm, b)?);
    Ok(vm.binary_native(op, &a, &b)?.unwrap_or(Value::NotImplemented))
}

fn install_views(vm: &mut Vm) {
    for (class, part) in [
        (vm.types.dict_keys.clone(), DictPart::Keys),
        (vm.types.dict_values.clone(), DictPart::Values),
        (vm.types.dict_items.clone(), DictPart::Items),
    ] {
        let mut builder = ClassBuilder::new(&*class.name())
            .builtin()
            .derivable(false)
            .arity("__len__", 1, 1, |vm, args| Ok(Value::from(view_this(vm, &args)?.0.len())))
            .arity("__iter__", 1, 1, |vm, args| {
                let (dict, part) = view_this(vm, &args)?;
                Ok(vm.dict_iter(&dict, part, false))
            })
            .arity("__reversed__", 1, 1, |vm, args| {
                let (dict, part) = view_this(vm, &args)?;
                Ok(vm.dict_iter(&dict, part, true))
            })
            .arity("__contains__", 2, 2, |vm, args| {
                let (dict, part) = view_this(vm, &args)?;
                view_contains(vm, &dict, part, &args[1]).map(Value::Bool)
            })
            .arity("__repr__", 1, 1, |vm, args| {
                let name = vm.type_name(&args[0]);
                let items = Value::list(view_items(vm.payload::<View>(&args[0])?));
                let dict = Value::Dict(view_this(vm, &args)?.0);
                let text = vm.guarded(&dict, "...", |vm| vm.repr(&items).map(|text| text.to_string()))?;
                Ok(Value::from(format!("{name}({text})")))
            })
            .property("mapping", |vm, args| {
                let (dict, _) = view_this(vm, &args)?;
                Ok(vm.mapping_proxy(&dict))
            });
        if part != DictPart::Values {
            builder = builder.value("__hash__", Value::None).arity("isdisjoint", 2, 2, |vm, args| {
                let both = view_op(vm, BinaryOp::BitAnd, &args[0], &args[1])?;
                Ok(Value::Bool(vm.len(&both)? == 0))
            });
            for (name, op, reflected) in [
                ("__and__", BinaryOp::BitAnd, false),
                ("__rand__", BinaryOp::BitAnd, true),
                ("__or__", BinaryOp::BitOr, false),
                ("__ror__", BinaryOp::BitOr, true),
                ("__sub__", BinaryOp::Sub, false),
                ("__rsub__", BinaryOp::Sub, true),
                ("__xor__", BinaryOp::BitXor, false),
                ("__rxor__", BinaryOp::BitXor, true),
            ] {
                builder = builder.arity_closure(name, 2, 2, move |vm, args| {
                    let (a, b) = if reflected { (&args[1], &args[0]) } else { (&args[0], &args[1]) };
                    view_op(vm, op, a, b)
                });
            }
            for (name, op) in super::object::COMPARISONS {
                builder = builder.arity_closure(name, 2, 2, move |vm, args| {
                    if args[1].payload::<View>().is_none() && args[1].as_set().is_none() {
                        return Ok(Value::NotImplemented);
                    }
                    let items = vm.list_from(&args[0])?;
                    let set = crate::python::object::Set::new();
                    for item in items {
                        set.add(vm, item)?;
                    }
                    let other = vm.list_from(&args[1])?;
                    let other_set = crate::python::object::Set::new();
                    for item in other {
                        other_set.add(vm, item)?;
                    }
                    let (a, b) = (Value::Set(Rc::new(set)), Value::Set(Rc::new(other_set)));
                    Ok(vm.native_compare(op, &a, &b)?.map_or(Value::NotImplemented, Value::Bool))
                });
            }
        }
        builder.install(vm, &class);
    }
}

fn fromkeys(vm: &mut Vm, args: Args) -> PyResult {
    let made = vm.call(&args[0], ())?;
    let value = args[2].clone();
    let target = made.clone();
    vm.iterate(&args[1], |vm, key| vm.set_item(&target, &key, value.clone()))?;
    Ok(made)
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.dict.clone();
    let builder = ClassBuilder::new("dict")
        .builtin()
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let dict = Value::Dict(Dict::shared());
            Ok(if Rc::ptr_eq(&class, &vm.types.dict) { dict } else { Instance::with_value(class, dict).into() })
        })
        .raw("__init__", init)
        .class_method("__class_getitem__", "cls, item, /", type_::class_getitem)
        .class_method("fromkeys", "cls, iterable, value=None, /", fromkeys)
        .arity("__getitem__", 2, 2, |vm, args| {
            let dict = this(vm, &args)?;
            if let Some(value) = dict.get(vm, &args[1])? {
                return Ok(value);
            }
            if let Value::Instance(_) = &args[0] {
                let name = vm.names.missing.clone();
                if let Some(value) = vm.call_special(&args[0], &name, &[args[1].clone()])? {
                    return Ok(value);
                }
            }
            Err(vm.key_error(args[1].clone()))
        })
        .arity("__setitem__", 3, 3, |vm, mut args| {
            let dict = this(vm, &args)?;
            let (key, value) = (args.take(1), args.take(2));
            dict.set(vm, key, value)?;
            Ok(Value::None)
        })
        .arity("__delitem__", 2, 2, |vm, args| {
            let dict = this(vm, &args)?;
            vm.dict_del_item(&dict, &args[1])?;
            Ok(Value::None)
        })
        .arity("get", 2, 3, |vm, args| {
            let dict = this(vm, &args)?;
            let found = dict.get(vm, &args[1])?;
            Ok(found.or_else(|| args.get(2).cloned()).unwrap_or(Value::None))
        })
        .arity("setdefault", 2, 3, |vm, args| {
            let dict = this(vm, &args)?;
            if let Some(value) = dict.get(vm, &args[1])? {
                return Ok(value);
            }
            let value = args.get(2).cloned().unwrap_or(Value::None);
            dict.set(vm, args[1].clone(), value.clone())?;
            Ok(value)
        })
        .arity("pop", 2, 3, |vm, args| {
            let dict = this(vm, &args)?;
            match dict.remove(vm, &args[1])? {
                Some((_, value)) => Ok(value),
                None => match args.get(2) {
                    Some(default) => Ok(default.clone()),
                    None => Err(vm.key_error(args[1].clone())),
                },
            }
        })
        .arity("popitem", 1, 1, |vm, args| {
            let dict = this(vm, &args)?;
            match dict.pop_last() {
                Some((key, value)) => Ok(Value::tuple([key, value])),
                None => Err(vm.key_error(Value::from("popitem(): dictionary is empty"))),
            }
        })
        .raw("update", |vm, args| {
            let dict = this(vm, &args)?;
            update(vm, &dict, &args, "update")
        })
        .arity("clear", 1, 1, |vm, args| {
            this(vm, &args)?.clear();
            Ok(Value::None)
        })
        .arity("copy", 1, 1, |vm, args| {
            let dict = this(vm, &args)?;
            vm.claim(dict.len() * 64)?;
            Ok(Value::Dict(dict.copy().share()))
        })
        .arity("keys", 1, 1, |vm, args| {
            let dict = this(vm, &args)?;
            Ok(vm.dict_view(&dict, DictPart::Keys))
        })
        .arity("values", 1, 1, |vm, args| {
            let dict = this(vm, &args)?;
            Ok(vm.dict_view(&dict, DictPart::Values))
        })
        .arity("items", 1, 1, |vm, args| {
            let dict = this(vm, &args)?;
            Ok(vm.dict_view(&dict, DictPart::Items))
        })
        .arity("__reversed__", 1, 1, |vm, args| {
            let dict = this(vm, &args)?;
            Ok(vm.dict_iter(&dict, DictPart::Keys, true))
        })
        .arity("__ior__", 2, 2, |vm, args| {
            let dict = this(vm, &args)?;
            vm.dict_update(&dict, &args[1])?;
            Ok(args[0].clone())
        })
        .arity("__repr__", 1, 1, |vm, args| vm.native_repr(args[0].plain()).map(Value::from))
        .value("__hash__", Value::None);
    let builder = dunder::operators(builder, &[("__or__", BinaryOp::BitOr, false), ("__ror__", BinaryOp::BitOr, true)]);
    dunder::container(dunder::comparisons(builder)).install(vm, &class);
    install_views(vm);

    let class = vm.types.mappingproxy.clone();
    fn target(vm: &mut Vm, args: &Args) -> PyResult {
        Ok(vm.payload::<MappingProxy>(&args[0])?.0.clone())
    }
    let mut builder = ClassBuilder::new("mappingproxy")
        .builtin()
        .derivable(false)
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            if args.len() != 2 {
                return Err(
                    vm.type_error(format!("mappingproxy() takes exactly 1 argument ({} given)", args.len() - 1))
                );
            }
            Ok(Instance::native(class, MappingProxy(args[1].clone())).into())
        })
        .arity("__getitem__", 2, 2, |vm, args| {
            let target = target(vm, &args)?;
            vm.get_item(&target, &args[1])
        })
        .arity("__len__", 1, 1, |vm, args| {
            let target = target(vm, &args)?;
            vm.len(&target).map(Value::from)
        })
        .arity("__iter__", 1, 1, |vm, args| {
            let target = target(vm, &args)?;
            vm.iter(&target)
        })
        .arity("__contains__", 2, 2, |vm, args| {
            let target = target(vm, &args)?;
            vm.contains(&target, &args[1]).map(Value::Bool)
        })
        .arity("__repr__", 1, 1, |vm, args| {
            let target = target(vm, &args)?;
            Ok(Value::from(format!("mappingproxy({})", vm.repr(&target)?)))
        })
        .arity("__str__", 1, 1, |vm, args| {
            let target = target(vm, &args)?;
            vm.to_str(&target).map(Value::Str)
        })
        .arity("__eq__", 2, 2, |vm, args| {
            let mut this = target(vm, &args)?;
            let mut other = args[1].clone();
            if let Some(proxy) = other.payload::<MappingProxy>() {
                other = proxy.0.clone();
            }
            std::mem::swap(&mut this, &mut other);
            vm.compare(crate::python::ops::compare::CompareOp::Eq, &other, &this)
        })
        .arity("__or__", 2, 2, |vm, args| {
            let this = target(vm, &args)?;
            vm.binary(BinaryOp::BitOr, &this, &args[1])
        });
    for name in ["get", "keys", "values", "items", "copy"] {
        builder = builder.arity_closure(name, 1, if name == "get" { 3 } else { 1 }, move |vm, mut args| {
            let this = target(vm, &args)?;
            args.positional.remove(0);
            vm.call_method(&this, name, args)
        });
    }
    builder.install(vm, &class);
}
