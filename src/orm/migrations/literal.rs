//! Values as migration files write them: what a deconstructed field, index or manager was given.

use std::any::Any;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::orm::{OrmError, OrmResult};
use crate::values::float_repr;

/// A value that can be compared and written down.
#[derive(Clone, Debug)]
pub enum Literal {
    /// `None`.
    None,
    /// `True` and `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Str(Rc<str>),
    /// `[…]`.
    List(Vec<Literal>),
    /// `(…)`.
    Tuple(Vec<Literal>),
    /// `{…}`.
    Set(Vec<Literal>),
    /// `frozenset([…])`.
    FrozenSet(Vec<Literal>),
    /// `{…: …}`.
    Dict(Vec<(Literal, Literal)>),
    /// The label of a model that a setting names: equal to the label, written as the setting.
    Setting {
        /// The setting.
        name: Rc<str>,
        /// The label that it stands for.
        value: Rc<str>,
    },
    /// A call that makes an equal object.
    Call(Rc<Call>),
    /// Anything whose text says which value it is: a class, a function, a date.
    Text {
        /// The text.
        text: Rc<str>,
        /// The import statements that it needs.
        imports: Vec<Rc<str>>,
    },
    /// What no migration file can hold, with what is said of it, and a text that tells it from others.
    Refused {
        /// The message of the exception.
        message: Rc<str>,
        /// Equal for equal values.
        key: Rc<str>,
    },
}

/// A class, or another callable, and what it is called with.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where it is found.
    pub path: Rc<str>,
    /// Positional arguments.
    pub args: Vec<Literal>,
    /// Keyword arguments.
    pub kwargs: Vec<(Rc<str>, Literal)>,
}

impl Literal {
    /// A text.
    pub fn str(text: impl AsRef<str>) -> Self {
        Self::Str(text.as_ref().into())
    }

    /// The text, of a text.
    pub fn as_str(&self) -> Option<&Rc<str>> {
        match self {
            Self::Str(text) | Self::Setting { value: text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether Python counts it as true.
    pub fn truth(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(truth) => *truth,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) | Self::Set(items) | Self::FrozenSet(items) => !items.is_empty(),
            Self::Dict(items) => !items.is_empty(),
            _ => true,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Bool(truth) => Some(f64::from(u8::from(*truth))),
            #[expect(clippy::cast_precision_loss, reason = "beyond 2**53 whole numbers are compared as such first")]
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The text in a migration file, and the imports that it needs.
    pub fn write(&self, imports: &mut BTreeSet<Rc<str>>) -> OrmResult<String> {
        let mut all =
            |items: &[Self]| -> OrmResult<Vec<String>> { items.iter().map(|item| item.write(imports)).collect() };
        Ok(match self {
            Self::None => "None".to_owned(),
            Self::Bool(truth) => if *truth { "True" } else { "False" }.to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) if number.is_finite() => float_repr(*number),
            Self::Float(number) => format!("float(\"{}\")", float_repr(*number)),
            Self::Str(text) => crate::values::str_repr(text),
            Self::List(items) => format!("[{}]", all(items)?.join(", ")),
            Self::Tuple(items) if items.len() == 1 => format!("({},)", all(items)?.join(", ")),
            Self::Tuple(items) => format!("({})", all(items)?.join(", ")),
            Self::Set(items) => {
                let mut texts = all(items)?;
                texts.sort();
                if items.is_empty() { "set()".to_owned() } else { format!("{{{}}}", texts.join(", ")) }
            }
            Self::FrozenSet(items) => {
                let mut texts = all(items)?;
                texts.sort();
                format!("frozenset([{}])", texts.join(", "))
            }
            Self::Dict(items) => {
                let mut sorted: Vec<&(Self, Self)> = items.iter().collect();
                sorted.sort_by(|(a, _), (b, _)| a.order(b));
                let mut parts = Vec::with_capacity(sorted.len());
                for (key, value) in sorted {
                    let key = key.write(imports)?;
                    parts.push(format!("{key}: {}", value.write(imports)?));
                }
                format!("{{{}}}", parts.join(", "))
            }
            Self::Setting { name, .. } => {
                imports.insert("from django.conf import settings".into());
                format!("settings.{name}")
            }
            Self::Call(call) => call.write(imports)?,
            Self::Text { text, imports: needed } => {
                imports.extend(needed.iter().cloned());
                text.to_string()
            }
            Self::Refused { message, .. } => return Err(OrmError::value_error(&**message)),
        })
    }

    /// The order of keys in a dictionary.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Str(a), Self::Str(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Tuple(a), Self::Tuple(b)) | (Self::List(a), Self::List(b)) => a
                .iter()
                .zip(b)
                .map(|(a, b)| a.order(b))
                .find(|order| order.is_ne())
                .unwrap_or_else(|| a.len().cmp(&b.len())),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => std::cmp::Ordering::Equal,
            },
        }
    }
}

/// The name that a path has in a migration file; the import that it needs is added.
pub fn written_path(path: &str, imports: &mut BTreeSet<Rc<str>>) -> String {
    match path.rsplit_once('.') {
        Some(("django.db.models", name)) => {
            imports.insert("from django.db import models".into());
            format!("models.{name}")
        }
        Some((module, _)) => {
            imports.insert(format!("import {module}").into());
            path.to_owned()
        }
        None => path.to_owned(),
    }
}

impl Call {
    /// The call's text; keywords stand in alphabetical order.
    pub fn write(&self, imports: &mut BTreeSet<Rc<str>>) -> OrmResult<String> {
        let name = written_path(&self.path, imports);
        let mut parts = Vec::with_capacity(self.args.len() + self.kwargs.len());
        for arg in &self.args {
            parts.push(arg.write(imports)?);
        }
        let mut sorted: Vec<&(Rc<str>, Literal)> = self.kwargs.iter().collect();
        sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, value) in sorted {
            parts.push(format!("{name}={}", value.write(imports)?));
        }
        Ok(format!("{name}({})", parts.join(", ")))
    }
}

/// Whether each has what the other has, in any order.
fn same_members<T: PartialEq>(mine: &[T], theirs: &[T]) -> bool {
    mine.len() == theirs.len() && mine.iter().all(|item| theirs.contains(item))
}

/// Whether two sets of keyword arguments are equal.
pub fn same_keywords<T: PartialEq>(mine: &[(Rc<str>, T)], theirs: &[(Rc<str>, T)]) -> bool {
    same_members(mine, theirs)
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => a == b,
            (Self::Set(a) | Self::FrozenSet(a), Self::Set(b) | Self::FrozenSet(b)) => same_members(a, b),
            (Self::Dict(a), Self::Dict(b)) => same_members(a, b),
            (Self::Call(a), Self::Call(b)) => {
                a.path == b.path && a.args == b.args && same_keywords(&a.kwargs, &b.kwargs)
            }
            (Self::Text { text: a, .. }, Self::Text { text: b, .. }) => a == b,
            (Self::Refused { key: a, .. }, Self::Refused { key: b, .. }) => a == b,
            _ => match (self.as_str(), other.as_str()) {
                (Some(a), Some(b)) => a == b,
                (None, None) => matches!((self.number(), other.number()), (Some(a), Some(b)) if a == b),
                _ => false,
            },
        }
    }
}

/// A value with the host's own object for it, where it has one that a [`Literal`] cannot make again.
#[derive(Clone)]
pub struct Argument {
    /// What it is equal to and written as.
    pub literal: Literal,
    /// The host's object.
    pub host: Option<Rc<dyn Any>>,
}

impl Argument {
    /// A value that needs no object of the host's.
    pub fn plain(literal: Literal) -> Self {
        Self { literal, host: None }
    }
}

impl PartialEq for Argument {
    fn eq(&self, other: &Self) -> bool {
        self.literal == other.literal
    }
}

impl std::fmt::Debug for Argument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.literal.fmt(f)
    }
}

/// An index, a constraint or a manager: the class that makes it, and what it was given.
#[derive(Clone)]
pub struct Made {
    /// Where the class is found.
    pub path: Rc<str>,
    /// The host's class.
    pub class: Option<Rc<dyn Any>>,
    /// Positional arguments.
    pub args: Vec<Argument>,
    /// Keyword arguments.
    pub kwargs: Vec<(Rc<str>, Argument)>,
    /// The name, of an index or a constraint.
    pub name: Rc<str>,
    /// How an operation describes what an index is over.
    pub over: Option<Rc<str>>,
    /// The keyword arguments that make no difference to the database.
    pub non_db: Vec<Rc<str>>,
    /// Whether it is a manager made of a queryset class.
    pub as_manager: bool,
}

impl Made {
    /// As a value.
    pub fn literal(&self) -> Literal {
        if self.as_manager {
            let (module, _) = self.path.rsplit_once('.').unwrap_or(("", &self.path));
            let text = if module == "django.db.models" {
                format!("models.{}.as_manager()", &self.path["django.db.models.".len()..])
            } else {
                format!("{}.as_manager()", self.path)
            };
            let import = if module == "django.db.models" {
                "from django.db import models".into()
            } else {
                format!("import {module}").into()
            };
            return Literal::Text { text: text.into(), imports: vec![import] };
        }
        Literal::Call(Rc::new(self.call()))
    }

    fn call(&self) -> Call {
        Call {
            path: self.path.clone(),
            args: self.args.iter().map(|arg| arg.literal.clone()).collect(),
            kwargs: self.kwargs.iter().map(|(name, arg)| (name.clone(), arg.literal.clone())).collect(),
        }
    }

    /// The same under another name.
    pub fn renamed(&self, name: &Rc<str>) -> Self {
        let mut made = self.clone();
        made.name = name.clone();
        made.kwargs.retain(|(known, _)| **known != *"name");
        made.kwargs.push(("name".into(), Argument::plain(Literal::Str(name.clone()))));
        made
    }

    /// The keyword arguments without some.
    pub fn kwargs_without(&self, names: &[Rc<str>]) -> Vec<(Rc<str>, Argument)> {
        self.kwargs.iter().filter(|(name, _)| !names.contains(name)).cloned().collect()
    }

    /// Whether the two differ in nothing but the names of `ignored` keyword arguments.
    pub fn same_but(&self, other: &Self, ignored: &[Rc<str>]) -> bool {
        self.path == other.path
            && self.args == other.args
            && same_keywords(&self.kwargs_without(ignored), &other.kwargs_without(ignored))
    }
}

impl PartialEq for Made {
    fn eq(&self, other: &Self) -> bool {
        self.as_manager == other.as_manager && self.same_but(other, &[])
    }
}
