//! [`Args`]: what a call passes.

use smallvec::SmallVec;

use super::{Str, Value};

/// The arguments of a call. After a signature has bound them, `positional` holds one value a parameter, in its order:
/// a tuple for `*args`, a dict for `**kwargs`, [`Value::Unset`] where nothing was passed and no default was written.
#[derive(Clone, Default, Debug)]
pub struct Args {
    /// The positional ones.
    pub positional: SmallVec<[Value; 4]>,
    /// The keyword ones, in order.
    pub keywords: Vec<(Str, Value)>,
}

impl Args {
    /// No arguments.
    pub fn none() -> Self {
        Self::default()
    }

    /// These positional arguments.
    pub fn new(positional: impl IntoIterator<Item = Value>) -> Self {
        Self { positional: positional.into_iter().collect(), keywords: Vec::new() }
    }

    /// The same with one more keyword argument.
    #[must_use]
    pub fn keyword(mut self, name: impl Into<Str>, value: impl Into<Value>) -> Self {
        self.keywords.push((name.into(), value.into()));
        self
    }

    /// The same with a first argument put in front.
    #[must_use]
    pub fn prepend(mut self, first: Value) -> Self {
        self.positional.insert(0, first);
        self
    }

    /// How many positional arguments there are.
    pub fn len(&self) -> usize {
        self.positional.len()
    }

    /// Whether nothing is passed.
    pub fn is_empty(&self) -> bool {
        self.positional.is_empty() && self.keywords.is_empty()
    }

    /// The argument at `index`, when it was passed.
    pub fn get(&self, index: usize) -> Option<&Value> {
        self.positional.get(index).filter(|value| !value.is_unset())
    }

    /// The argument at `index`, when it was passed and is not `None`.
    pub fn some(&self, index: usize) -> Option<&Value> {
        self.get(index).filter(|value| !value.is_none())
    }

    /// Takes the argument at `index` out; `Unset` when there is none.
    pub fn take(&mut self, index: usize) -> Value {
        self.positional.get_mut(index).map_or(Value::Unset, |slot| std::mem::replace(slot, Value::Unset))
    }

    /// The items of the `*args` tuple at `index`.
    pub fn rest(&self, index: usize) -> &[Value] {
        self.get(index).and_then(Value::as_tuple).unwrap_or(&[])
    }

    /// The string-keyed items of the `**kwargs` dict at `index`.
    pub fn keyword_rest(&self, index: usize) -> Vec<(Str, Value)> {
        self.get(index).and_then(Value::as_dict).map_or_else(Vec::new, |dict| dict.str_items())
    }

    /// Takes a keyword argument out by name.
    pub fn take_keyword(&mut self, name: &str) -> Option<Value> {
        let at = self.keywords.iter().position(|(known, _)| known == name)?;
        Some(self.keywords.remove(at).1)
    }
}

impl std::ops::Index<usize> for Args {
    type Output = Value;
    /// The argument at `index`; `Unset` past the end.
    fn index(&self, index: usize) -> &Value {
        const NOTHING: &Value = &Value::Unset;
        self.positional.get(index).unwrap_or(NOTHING)
    }
}

impl From<()> for Args {
    fn from((): ()) -> Self {
        Self::default()
    }
}
impl From<Vec<Value>> for Args {
    fn from(positional: Vec<Value>) -> Self {
        Self::new(positional)
    }
}
impl From<&[Value]> for Args {
    fn from(positional: &[Value]) -> Self {
        Self::new(positional.iter().cloned())
    }
}
impl<const N: usize> From<[Value; N]> for Args {
    fn from(positional: [Value; N]) -> Self {
        Self::new(positional)
    }
}
impl From<Value> for Args {
    fn from(only: Value) -> Self {
        Self::new([only])
    }
}
