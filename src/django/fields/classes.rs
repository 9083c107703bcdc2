//! The field classes, one a [`FieldKind`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::orm::models::FieldKind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;

use super::{FieldPayload, init};

/// The attribute in which a native field class keeps its kind.
const KIND: &str = "_ormdojo_kind";

/// Kinds in an order in which every parent comes before its children. Relational kinds are made in [`super::super::related`].
const KINDS: &[FieldKind] = &[
    FieldKind::Plain,
    FieldKind::Integer,
    FieldKind::BigInteger,
    FieldKind::SmallInteger,
    FieldKind::PositiveInteger,
    FieldKind::PositiveBigInteger,
    FieldKind::PositiveSmallInteger,
    FieldKind::Auto,
    FieldKind::BigAuto,
    FieldKind::SmallAuto,
    FieldKind::Float,
    FieldKind::Decimal,
    FieldKind::Boolean,
    FieldKind::Char,
    FieldKind::CommaSeparatedInteger,
    FieldKind::Slug,
    FieldKind::Email,
    FieldKind::Url,
    FieldKind::Text,
    FieldKind::FilePath,
    FieldKind::File,
    FieldKind::Image,
    FieldKind::IpAddress,
    FieldKind::GenericIpAddress,
    FieldKind::Binary,
    FieldKind::Date,
    FieldKind::DateTime,
    FieldKind::Time,
    FieldKind::Duration,
    FieldKind::Uuid,
    FieldKind::Json,
    FieldKind::Generated,
    FieldKind::CompositePrimaryKey,
    FieldKind::ForeignObject,
    FieldKind::ForeignKey,
    FieldKind::OneToOne,
    FieldKind::ManyToMany,
    FieldKind::GenericForeignKey,
    FieldKind::GenericRelation,
];

/// The classes by kind.
pub struct FieldClasses {
    by_kind: FxHashMap<FieldKind, Rc<Class>>,
}

impl FieldClasses {
    /// Makes them.
    pub fn new(vm: &mut Vm) -> Self {
        let mut by_kind: FxHashMap<FieldKind, Rc<Class>> = FxHashMap::default();
        for &kind in KINDS {
            let mut builder = ClassBuilder::new(kind.class_name())
                .module(module_of(kind))
                .native_layout("Field")
                .constructor(construct)
                .value("_ormdojo_class", kind.class_name())
                .value(KIND, KINDS.iter().position(|&known| known == kind).unwrap_or(0));
            if kind == FieldKind::Auto {
                builder = builder.metaclass(&auto_field_meta(vm));
            }
            if let Some(parent) = parent_of(kind).and_then(|parent| by_kind.get(&parent)) {
                builder = builder.base(parent);
            }
            if kind == FieldKind::Plain {
                builder = super::methods::add(builder.method("__init__", init::FIELD, init::field));
            } else if let Some((signature, code)) =
                init::constructor(kind).or_else(|| super::super::related::constructor(kind))
            {
                builder = builder.method("__init__", signature, code);
            }
            builder = super::super::related::add_field_methods(super::methods::add_for_kind(builder, kind), kind);
            by_kind.insert(kind, builder.build(vm));
        }
        Self { by_kind }
    }

    /// The class of a kind.
    pub fn get(&self, kind: FieldKind) -> &Rc<Class> {
        self.by_kind.get(&kind).unwrap_or_else(|| &self.by_kind[&FieldKind::Plain])
    }

    /// All of them with their names, for `django.db.models`.
    pub fn all(&self) -> impl Iterator<Item = &Rc<Class>> {
        KINDS.iter().filter(|kind| is_core(**kind)).filter_map(|kind| self.by_kind.get(kind))
    }
}

/// `AutoFieldMeta`: every automatic field counts as an `AutoField`, whatever integer it is.
fn auto_field_meta(vm: &mut Vm) -> Rc<Class> {
    let type_ = vm.types.type_.clone();
    ClassBuilder::new("AutoFieldMeta")
        .module("django.db.models.fields")
        .base(&type_)
        .method("__instancecheck__", "self, instance", |vm, args| {
            let class = vm.class_of(&args[1]);
            let own = vm.class_arg(&args, 0)?;
            Ok((class.derives_from(&own) || is_other_auto(&class)).into())
        })
        .method("__subclasscheck__", "self, subclass", |vm, args| {
            let class = vm.class_arg(&args, 1)?;
            let own = vm.class_arg(&args, 0)?;
            Ok((class.derives_from(&own) || is_other_auto(&class)).into())
        })
        .build(vm)
}

/// Whether a class is a big or small automatic field, which `AutoField` counts as its own.
fn is_other_auto(class: &Rc<Class>) -> bool {
    matches!(kind_of_class(class), FieldKind::BigAuto | FieldKind::SmallAuto)
}

fn module_of(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::File | FieldKind::Image => "django.db.models.fields.files",
        FieldKind::Json => "django.db.models.fields.json",
        FieldKind::Generated => "django.db.models.fields.generated",
        FieldKind::CompositePrimaryKey => "django.db.models.fields.composite",
        FieldKind::ForeignObject | FieldKind::ForeignKey | FieldKind::OneToOne | FieldKind::ManyToMany => {
            "django.db.models.fields.related"
        }
        FieldKind::GenericForeignKey | FieldKind::GenericRelation => "django.contrib.contenttypes.fields",
        _ => "django.db.models.fields",
    }
}

/// The class that a kind's class derives from.
fn parent_of(kind: FieldKind) -> Option<FieldKind> {
    if kind == FieldKind::GenericForeignKey { Some(FieldKind::Plain) } else { kind.parent() }
}

/// Whether a kind belongs to `django.db.models` itself.
fn is_core(kind: FieldKind) -> bool {
    !matches!(kind, FieldKind::GenericForeignKey | FieldKind::GenericRelation)
}

/// The kind that a class inherits from the native class it descends from.
pub(super) fn kind_of_class(class: &Rc<Class>) -> FieldKind {
    class
        .lookup(&crate::python::object::Str::interned(KIND))
        .and_then(|value| value.as_i64())
        .and_then(|index| KINDS.get(usize::try_from(index).ok()?).copied())
        .unwrap_or(FieldKind::Plain)
}

/// `__new__`
fn construct(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let kind = kind_of_class(&class);
    Ok(Instance::native(class, FieldPayload { kind, field: RefCell::default(), counter: Cell::new(0) }).into())
}

/// Another field object with the same attributes that has joined no model: how abstract parents hand theirs down.
pub fn copy(value: &Value) -> Value {
    let (Some(instance), Some(payload)) = (value.as_instance(), value.payload::<FieldPayload>()) else {
        return value.clone();
    };
    let fresh = Instance::native(
        instance.class(),
        FieldPayload { kind: payload.kind, field: RefCell::default(), counter: Cell::new(payload.counter.get()) },
    );
    for (name, held) in instance.dict().str_items() {
        if !matches!(name.as_str(), "model" | "attname" | "column") {
            fresh.set(name, held);
        }
    }
    fresh.into()
}
