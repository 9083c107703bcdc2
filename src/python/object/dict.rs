//! [`Dict`]: an insertion-ordered table whose keys may run Python code to be compared.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread::LocalKey;

use super::release::release;
use super::roll::{self, Enrolled, First, Link};
use super::text::hash_text;
use super::{PyResult, Str, Value, simple_eq};
use crate::python::ops::hash::hash_int;
use crate::python::vm::Vm;

const EMPTY: u32 = u32::MAX;
const DELETED: u32 = u32::MAX - 1;
/// Up to so many entries are searched one after the other, without an index.
const SMALL: usize = 8;

thread_local! {
    static NEXT_SHAPE: Cell<u32> = const { Cell::new(1) };
}

fn next_shape() -> u32 {
    NEXT_SHAPE.with(|next| {
        let shape = next.get();
        next.set(shape.wrapping_add(1).max(1));
        shape
    })
}

struct Entry {
    hash: i64,
    /// `Unset` for a removed entry.
    key: Value,
    value: Value,
}

#[derive(Default)]
struct Table {
    entries: Vec<Entry>,
    /// Empty while the table is small, else positions in `entries`, open addressing, a power of two long.
    index: Vec<u32>,
    used: usize,
}

/// Where a search goes on after a candidate that was not equal.
struct Probe {
    at: usize,
    left: usize,
}

impl Table {
    fn slot(&self, hash: i64) -> usize {
        let mixed = (hash as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as usize & (self.index.len() - 1)
    }

    fn probe(&self, hash: i64) -> Probe {
        if self.index.is_empty() {
            Probe { at: 0, left: self.entries.len() }
        } else {
            Probe { at: self.slot(hash), left: self.index.len() }
        }
    }

    /// The next entry with this hash.
    fn candidate(&self, hash: i64, probe: &mut Probe) -> Option<usize> {
        if self.index.is_empty() {
            while probe.left > 0 && probe.at < self.entries.len() {
                let at = probe.at;
                probe.at += 1;
                probe.left -= 1;
                let entry = &self.entries[at];
                if entry.hash == hash && !entry.key.is_unset() {
                    return Some(at);
                }
            }
            return None;
        }
        let mask = self.index.len() - 1;
        while probe.left > 0 {
            let position = self.index[probe.at & mask];
            probe.at = (probe.at + 1) & mask;
            probe.left -= 1;
            match position {
                EMPTY => return None,
                DELETED => {}
                _ => {
                    if self.entries.get(position as usize).is_some_and(|entry| entry.hash == hash) {
                        return Some(position as usize);
                    }
                }
            }
        }
        None
    }

    fn find_str(&self, key: &Str) -> Option<usize> {
        let hash = key.python_hash();
        let mut probe = self.probe(hash);
        while let Some(at) = self.candidate(hash, &mut probe) {
            if let Value::Str(known) = &self.entries[at].key
                && known == key
            {
                return Some(at);
            }
        }
        None
    }

    fn find_text(&self, key: &str) -> Option<usize> {
        let hash = hash_text(key);
        let mut probe = self.probe(hash);
        while let Some(at) = self.candidate(hash, &mut probe) {
            if let Value::Str(known) = &self.entries[at].key
                && *known == *key
            {
                return Some(at);
            }
        }
        None
    }

    fn rebuild(&mut self) {
        self.entries.retain(|entry| !entry.key.is_unset());
        if self.entries.len() <= SMALL {
            self.index = Vec::new();
            return;
        }
        let size = (self.entries.len() * 2).next_power_of_two() * 2;
        self.index.clear();
        self.index.resize(size, EMPTY);
        for position in 0..self.entries.len() {
            self.link(position);
        }
    }

    fn link(&mut self, position: usize) {
        let mask = self.index.len() - 1;
        let mut at = self.slot(self.entries[position].hash);
        while self.index[at] < DELETED {
            at = (at + 1) & mask;
        }
        self.index[at] = position as u32;
    }

    fn insert(&mut self, hash: i64, key: Value, value: Value) {
        self.entries.push(Entry { hash, key, value });
        self.used += 1;
        if self.index.is_empty() {
            if self.entries.len() > SMALL {
                self.rebuild();
            }
        } else if self.entries.len() * 2 > self.index.len() {
            self.rebuild();
        } else {
            self.link(self.entries.len() - 1);
        }
    }

    fn remove(&mut self, position: usize) -> (Value, Value) {
        if !self.index.is_empty() {
            let mask = self.index.len() - 1;
            let mut at = self.slot(self.entries[position].hash);
            for _ in 0..self.index.len() {
                if self.index[at] == position as u32 {
                    self.index[at] = DELETED;
                    break;
                }
                at = (at + 1) & mask;
            }
        }
        let entry = &mut self.entries[position];
        let key = std::mem::replace(&mut entry.key, Value::Unset);
        let value = std::mem::replace(&mut entry.value, Value::Unset);
        self.used -= 1;
        while self.entries.last().is_some_and(|entry| entry.key.is_unset()) {
            self.entries.pop();
        }
        (key, value)
    }
}

/// A dict. Methods that take the [`Vm`] compare keys as Python does; those named `…_str` are for string keys (attributes,
/// names, keyword arguments), never run Python code and never fail.
#[derive(Default)]
pub struct Dict {
    table: RefCell<Table>,
    shape: Cell<u32>,
    link: Link<Dict>,
}

impl Enrolled for Dict {
    fn link(&self) -> &Link<Self> {
        &self.link
    }

    fn first() -> &'static LocalKey<First<Self>> {
        thread_local! {
            static FIRST: First<Dict> = const { Cell::new(std::ptr::null()) };
        }
        &FIRST
    }

    fn surrender(&self) -> Box<dyn Any> {
        self.shape.set(next_shape());
        Box::new(self.table.try_borrow_mut().map(|mut table| std::mem::take(&mut *table)).unwrap_or_default())
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        roll::leave(self);
        let table = std::mem::take(self.table.get_mut());
        if !table.entries.is_empty() {
            release(table);
        }
    }
}

impl Dict {
    /// An empty dict.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty dict that a program may hold.
    pub fn shared() -> Rc<Self> {
        Self::default().share()
    }

    /// The dict as one that a program may hold.
    pub fn share(self) -> Rc<Self> {
        let dict = Rc::new(self);
        roll::enroll(&dict);
        dict
    }

    /// A number that changes whenever a key comes or goes; while it stays, [`Dict::value_at`] positions stay valid.
    /// Shapes of different dicts differ, save that of a dict that never had a key, which is 0.
    pub fn shape(&self) -> u32 {
        self.shape.get()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.table.borrow().used
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The position of a string key, for inline caches.
    pub fn position_str(&self, key: &Str) -> Option<usize> {
        self.table.borrow().find_str(key)
    }

    /// The value at a position that was found under the present [`Dict::shape`].
    #[inline(always)]
    pub fn value_at(&self, position: usize) -> Option<Value> {
        self.table.borrow().entries.get(position).filter(|entry| !entry.key.is_unset()).map(|entry| entry.value.clone())
    }

    /// The value at `position` if the key that stands there is this very (interned) string.
    #[inline(always)]
    pub fn value_hinted(&self, position: usize, key: &Str) -> Option<Value> {
        let table = self.table.borrow();
        let entry = table.entries.get(position)?;
        match &entry.key {
            Value::Str(known) if known.is(key) => Some(entry.value.clone()),
            _ => None,
        }
    }

    /// Replaces the value at `position` if the key that stands there is this very (interned) string.
    #[inline(always)]
    pub fn replace_hinted(&self, position: usize, key: &Str, value: Value) -> Result<(), Value> {
        let mut table = self.table.borrow_mut();
        if let Some(entry) = table.entries.get_mut(position)
            && let Value::Str(known) = &entry.key
            && known.is(key)
        {
            let old = std::mem::replace(&mut entry.value, value);
            drop(table);
            drop(old);
            return Ok(());
        }
        Err(value)
    }

    /// The value of a string key.
    pub fn get_str(&self, key: &Str) -> Option<Value> {
        let table = self.table.borrow();
        table.find_str(key).map(|at| table.entries[at].value.clone())
    }

    /// The value of a string key, given as Rust text.
    pub fn get_text(&self, key: &str) -> Option<Value> {
        let table = self.table.borrow();
        table.find_text(key).map(|at| table.entries[at].value.clone())
    }

    /// Whether the string is a key.
    pub fn contains_str(&self, key: &Str) -> bool {
        self.position_str(key).is_some()
    }

    /// Whether the string is no key: quickly, where there are few.
    #[inline]
    pub(crate) fn lacks_str(&self, key: &Str) -> bool {
        let table = self.table.borrow();
        let hash = key.python_hash();
        if table.index.is_empty() && table.entries.iter().all(|entry| entry.hash != hash) {
            return true;
        }
        table.find_str(key).is_none()
    }

    /// Sets a string key; gives the value that stood there.
    pub fn set_str(&self, key: impl Into<Str>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        let mut table = self.table.borrow_mut();
        if let Some(at) = table.find_str(&key) {
            return Some(std::mem::replace(&mut table.entries[at].value, value));
        }
        table.insert(key.python_hash(), Value::Str(key), value);
        self.shape.set(next_shape());
        None
    }

    /// Removes a string key; gives its value.
    pub fn remove_str(&self, key: &Str) -> Option<Value> {
        let mut table = self.table.borrow_mut();
        let at = table.find_str(key)?;
        self.shape.set(next_shape());
        Some(table.remove(at).1)
    }

    /// The first entry at or after raw position `at`, and the raw position after it. Removed entries leave gaps, so walk
    /// with this and never count.
    pub fn entry_from(&self, at: usize) -> Option<(Value, Value, usize)> {
        let table = self.table.borrow();
        table
            .entries
            .get(at..)?
            .iter()
            .enumerate()
            .find(|(_, entry)| !entry.key.is_unset())
            .map(|(skipped, entry)| (entry.key.clone(), entry.value.clone(), at + skipped + 1))
    }

    /// The last entry before raw position `end` (exclusive), and its raw position.
    pub fn entry_before(&self, end: usize) -> Option<(Value, Value, usize)> {
        let table = self.table.borrow();
        let end = end.min(table.entries.len());
        table.entries[..end]
            .iter()
            .enumerate()
            .rev()
            .find(|(_, entry)| !entry.key.is_unset())
            .map(|(at, entry)| (entry.key.clone(), entry.value.clone(), at))
    }

    /// The keys as they are now.
    pub fn keys(&self) -> Vec<Value> {
        self.table.borrow().entries.iter().filter(|e| !e.key.is_unset()).map(|e| e.key.clone()).collect()
    }

    /// The values as they are now.
    pub fn values(&self) -> Vec<Value> {
        self.table.borrow().entries.iter().filter(|e| !e.key.is_unset()).map(|e| e.value.clone()).collect()
    }

    /// Keys and values as they are now.
    pub fn items(&self) -> Vec<(Value, Value)> {
        self.table
            .borrow()
            .entries
            .iter()
            .filter(|e| !e.key.is_unset())
            .map(|e| (e.key.clone(), e.value.clone()))
            .collect()
    }

    /// The string keys with their values as they are now; other keys are left out.
    pub fn str_items(&self) -> Vec<(Str, Value)> {
        let table = self.table.borrow();
        table.entries.iter().filter_map(|e| e.key.as_str().map(|key| (key.clone(), e.value.clone()))).collect()
    }

    /// Removes everything.
    pub fn clear(&self) {
        self.shape.set(next_shape());
        let old = self.table.take();
        drop(old);
    }

    /// A copy with the same keys and values.
    pub fn copy(&self) -> Dict {
        let table = self.table.borrow();
        let mut entries = Vec::with_capacity(table.used);
        for entry in table.entries.iter().filter(|e| !e.key.is_unset()) {
            entries.push(Entry { hash: entry.hash, key: entry.key.clone(), value: entry.value.clone() });
        }
        let mut copy = Table { used: entries.len(), entries, index: Vec::new() };
        copy.rebuild();
        Dict { table: RefCell::new(copy), shape: Cell::new(next_shape()), link: Link::default() }
    }

    fn find(&self, vm: &mut Vm, hash: i64, key: &Value) -> PyResult<Option<usize>> {
        'again: loop {
            let shape = self.shape.get();
            let mut probe = self.table.borrow().probe(hash);
            loop {
                let known = {
                    let table = self.table.borrow();
                    let Some(at) = table.candidate(hash, &mut probe) else { return Ok(None) };
                    let known = &table.entries[at].key;
                    if known.is(key) {
                        return Ok(Some(at));
                    }
                    match simple_eq(known, key) {
                        Some(true) => return Ok(Some(at)),
                        Some(false) => continue,
                        None => (at, known.clone()),
                    }
                };
                let equal = vm.eq(&known.1, key)?;
                if self.shape.get() != shape {
                    // The comparison changed the dict: look again from the start, as CPython does.
                    vm.tick()?;
                    continue 'again;
                }
                if equal {
                    return Ok(Some(known.0));
                }
            }
        }
    }

    /// The value of a key, when it is there. Fails where the key has no hash or a comparison raises.
    pub fn get(&self, vm: &mut Vm, key: &Value) -> PyResult<Option<Value>> {
        if let Value::Str(text) = key
            && let Some(value) = self.get_str(text)
        {
            return Ok(Some(value));
        }
        let hash = vm.hash(key)?;
        let found = self.find(vm, hash, key)?;
        Ok(found.and_then(|at| self.value_at(at)))
    }

    /// The value of a key that is compared without running any code; the outer `None` stands for any other.
    #[inline]
    pub(crate) fn get_plain(&self, key: &Value) -> Option<Option<Value>> {
        let table = self.table.borrow();
        let hash = match key {
            Value::Str(text) => return Some(table.find_str(text).map(|at| table.entries[at].value.clone())),
            Value::Int(number) => hash_int(*number),
            _ => return None,
        };
        let mut probe = table.probe(hash);
        while let Some(at) = table.candidate(hash, &mut probe) {
            match simple_eq(&table.entries[at].key, key) {
                Some(true) => return Some(Some(table.entries[at].value.clone())),
                Some(false) => {}
                None => return None,
            }
        }
        Some(None)
    }

    /// Sets a key that is compared without running any code; gives the value back where it is another.
    #[inline]
    pub(crate) fn set_plain(&self, key: &Value, value: Value) -> Result<(), Value> {
        let mut table = self.table.borrow_mut();
        let hash = match key {
            Value::Str(text) => text.python_hash(),
            Value::Int(number) => hash_int(*number),
            _ => return Err(value),
        };
        let mut probe = table.probe(hash);
        while let Some(at) = table.candidate(hash, &mut probe) {
            match simple_eq(&table.entries[at].key, key) {
                Some(true) => {
                    let old = std::mem::replace(&mut table.entries[at].value, value);
                    drop(table);
                    drop(old);
                    return Ok(());
                }
                Some(false) => {}
                None => return Err(value),
            }
        }
        if table.entries.len() >= DELETED as usize - 1 {
            return Err(value);
        }
        table.insert(hash, key.clone(), value);
        self.shape.set(next_shape());
        Ok(())
    }

    /// Whether the key is there.
    pub fn contains(&self, vm: &mut Vm, key: &Value) -> PyResult<bool> {
        let hash = vm.hash(key)?;
        Ok(self.find(vm, hash, key)?.is_some())
    }

    /// Sets a key; a known key keeps its place and its first key object. Gives the value that stood there.
    pub fn set(&self, vm: &mut Vm, key: Value, value: Value) -> PyResult<Option<Value>> {
        if let Value::Str(text) = &key {
            let mut table = self.table.borrow_mut();
            if let Some(at) = table.find_str(text) {
                return Ok(Some(std::mem::replace(&mut table.entries[at].value, value)));
            }
        }
        let hash = vm.hash(&key)?;
        if let Some(at) = self.find(vm, hash, &key)? {
            let mut table = self.table.borrow_mut();
            if let Some(entry) = table.entries.get_mut(at) {
                return Ok(Some(std::mem::replace(&mut entry.value, value)));
            }
        }
        if self.table.borrow().entries.len() >= DELETED as usize - 1 {
            return Err(vm.raise(crate::python::exceptions::Kind::MemoryError, ""));
        }
        self.table.borrow_mut().insert(hash, key, value);
        self.shape.set(next_shape());
        Ok(None)
    }

    /// Removes a key; gives its key object and value.
    pub fn remove(&self, vm: &mut Vm, key: &Value) -> PyResult<Option<(Value, Value)>> {
        let hash = vm.hash(key)?;
        let Some(at) = self.find(vm, hash, key)? else { return Ok(None) };
        self.shape.set(next_shape());
        Ok(Some(self.table.borrow_mut().remove(at)))
    }

    /// Removes and gives the entry that came last.
    pub fn pop_last(&self) -> Option<(Value, Value)> {
        let mut table = self.table.borrow_mut();
        let last = table.entries.iter().rposition(|entry| !entry.key.is_unset())?;
        self.shape.set(next_shape());
        Some(table.remove(last))
    }
}
