//! What a queryset makes of each row, and the classes by which Python code names that.

use std::rc::Rc;

use crate::python::object::{Class, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{QuerySetPayload, fetch};

/// The kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Iterable {
    /// Model instances.
    Model,
    /// Dicts: `values()`.
    Values,
    /// Tuples: `values_list()`.
    ValuesList,
    /// Single values: `values_list(flat=True)`, `dates()`, `datetimes()`.
    FlatValuesList,
    /// Named tuples: `values_list(named=True)`.
    NamedValuesList,
}

const KINDS: &[Iterable] =
    &[Iterable::Model, Iterable::Values, Iterable::ValuesList, Iterable::FlatValuesList, Iterable::NamedValuesList];

/// The attribute in which a class keeps the kind of its rows.
const KIND: &str = "_ormdojo_rows";
/// The attribute in which a queryset keeps an iterable class of Python's own.
pub(super) const OWN: &str = "_ormdojo_iterable";

impl Iterable {
    /// Django's name of the class.
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Model => "ModelIterable",
            Self::Values => "ValuesIterable",
            Self::ValuesList => "ValuesListIterable",
            Self::FlatValuesList => "FlatValuesListIterable",
            Self::NamedValuesList => "NamedValuesListIterable",
        }
    }
}

/// The classes.
pub struct IterableClasses {
    /// `BaseIterable`
    pub base: Rc<Class>,
    /// `ModelIterable`
    pub model: Rc<Class>,
    /// All but the base, by kind.
    pub all: Vec<(Iterable, Rc<Class>)>,
}

impl IterableClasses {
    /// Makes them.
    pub fn new(vm: &mut Vm) -> Self {
        let module = "django.db.models.query";
        let base = ClassBuilder::new("BaseIterable")
            .module(module)
            .method("__init__", "self, queryset, chunked_fetch=False, chunk_size=100", |_, args| {
                if let Some(instance) = args[0].as_instance() {
                    instance.set("queryset", args[1].clone());
                    instance.set("chunked_fetch", args[2].clone());
                    instance.set("chunk_size", args[3].clone());
                }
                Ok(Value::None)
            })
            .build(vm);
        let mut all: Vec<(Iterable, Rc<Class>)> = Vec::with_capacity(KINDS.len());
        for (at, &kind) in KINDS.iter().enumerate() {
            // Named rows are tuples too, as Django's classes have it.
            let parent = match kind {
                Iterable::NamedValuesList => &all[2].1,
                _ => &base,
            };
            let class = ClassBuilder::new(kind.class_name())
                .module(module)
                .base(parent)
                .value(KIND, at)
                .method("__iter__", "self", |vm, args| {
                    let queryset = vm.get_attr(&args[0], "queryset")?;
                    let class = vm.class_of(&args[0]);
                    let kind = kind_of(&class).unwrap_or(Iterable::Model);
                    let rows = fetch::rows_as(vm, &queryset, kind)?;
                    vm.iter(&Value::list(rows))
                })
                .build(vm);
            all.push((kind, class));
        }
        Self { base, model: all[0].1.clone(), all }
    }

    /// The class of a kind.
    pub fn of(&self, kind: Iterable) -> Rc<Class> {
        self.all.iter().find(|(known, _)| *known == kind).map_or_else(|| self.model.clone(), |(_, class)| class.clone())
    }
}

/// The kind of rows that a class gives, inherited from Django's.
pub(super) fn kind_of(class: &Rc<Class>) -> Option<Iterable> {
    let at = class.lookup(&Str::interned(KIND))?.as_i64()?;
    KINDS.get(usize::try_from(at).ok()?).copied()
}

/// An iterable class of Python's own that a queryset was given, or that its class declares.
pub(super) fn own_class(vm: &mut Vm, queryset: &Value) -> PyResult<Option<Value>> {
    let Some(instance) = queryset.as_instance() else { return Ok(None) };
    if let Some(own) = instance.dict_opt().and_then(|dict| dict.get_text(OWN)) {
        return Ok(Some(own));
    }
    let class = instance.class();
    if class.native || !crate::django::fields::overrides(&class, "_iterable_class") {
        return Ok(None);
    }
    // A class attribute holds until `values()` asks for other rows.
    let is_default = queryset.payload::<QuerySetPayload>().is_some_and(|own| own.iterable.get() == Iterable::Model);
    if !is_default {
        return Ok(None);
    }
    vm.get_attr(queryset, "_iterable_class").map(Some)
}
