//! Which values have come already, as Python's `set` would tell them apart.

use rustc_hash::FxHashSet;

use crate::orm::Datum;

/// A set of values. Those that have no cheap hash are compared one by one.
#[derive(Default)]
pub struct Seen {
    ints: FxHashSet<i64>,
    texts: FxHashSet<std::rc::Rc<str>>,
    others: Vec<Datum>,
}

impl Seen {
    /// Adds `value`; whether it is new.
    pub fn insert(&mut self, value: &Datum) -> bool {
        match value {
            Datum::Int(number) => self.ints.insert(*number),
            Datum::Bool(truth) => self.ints.insert(i64::from(*truth)),
            Datum::Str(text) => self.texts.insert(text.clone()),
            // Unhashable members are kept as they are.
            Datum::List(_) | Datum::Dict(_) => true,
            other => {
                if self.others.contains(other) {
                    return false;
                }
                self.others.push(other.clone());
                true
            }
        }
    }
}
