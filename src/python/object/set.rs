//! [`Set`]: the table of sets and frozensets, laid out as CPython's, so that iteration over integers comes in its order.

use std::cell::{Cell, RefCell};

use super::release::release;
use super::{PyResult, Value, simple_eq};
use crate::python::ops::hash::hash_int;
use crate::python::vm::Vm;

const MIN_SIZE: usize = 8;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;

#[derive(Clone)]
struct Slot {
    hash: i64,
    /// `Unset` where nothing stands; then the hash is -1 if something stood here, else 0.
    key: Value,
}

const FREE: Slot = Slot { hash: 0, key: Value::Unset };

struct Table {
    slots: Vec<Slot>,
    fill: usize,
    used: usize,
    /// Where `pop` goes on looking.
    finger: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { slots: vec![FREE; MIN_SIZE], fill: 0, used: 0, finger: 0 }
    }
}

/// The sequence of slots that a hash visits.
struct Probe {
    perturb: u64,
    base: usize,
    offset: usize,
    last: usize,
}

impl Probe {
    fn new(table: &Table, hash: i64) -> Self {
        let mask = table.slots.len() - 1;
        let base = hash as u64 as usize & mask;
        Self {
            perturb: hash as u64,
            base,
            offset: 0,
            last: if base + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 },
        }
    }

    fn at(&self) -> usize {
        self.base + self.offset
    }

    fn advance(&mut self, mask: usize) {
        if self.offset < self.last {
            self.offset += 1;
            return;
        }
        self.perturb >>= PERTURB_SHIFT;
        self.base = self.base.wrapping_mul(5).wrapping_add(1).wrapping_add(self.perturb as usize) & mask;
        self.offset = 0;
        self.last = if self.base + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
    }
}

impl Table {
    fn insert_clean(&mut self, hash: i64, key: Value) {
        let mask = self.slots.len() - 1;
        let mut probe = Probe::new(self, hash);
        while !self.slots[probe.at()].key.is_unset() {
            probe.advance(mask);
        }
        self.slots[probe.at()] = Slot { hash, key };
    }

    fn resize(&mut self, wanted: usize) {
        let mut size = MIN_SIZE;
        while size <= wanted {
            size <<= 1;
        }
        let old = std::mem::replace(&mut self.slots, vec![FREE; size]);
        for slot in old {
            if !slot.key.is_unset() {
                self.insert_clean(slot.hash, slot.key);
            }
        }
        self.fill = self.used;
    }
}

/// A set's elements. Methods that take the [`Vm`] compare elements as Python does.
#[derive(Default)]
pub struct Set {
    table: RefCell<Table>,
    version: Cell<u64>,
    /// A frozenset's hash, once computed.
    pub(crate) hash: Cell<Option<i64>>,
}

enum Found {
    At(usize),
    Free(usize),
}

impl Drop for Set {
    fn drop(&mut self) {
        let slots = std::mem::take(&mut self.table.get_mut().slots);
        release(slots);
    }
}

impl Set {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.table.borrow().used
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A number that grows with every change.
    pub fn version(&self) -> u64 {
        self.version.get()
    }

    /// The elements as they are now, in iteration order.
    pub fn items(&self) -> Vec<Value> {
        self.table.borrow().slots.iter().filter(|slot| !slot.key.is_unset()).map(|slot| slot.key.clone()).collect()
    }

    /// The first element at or after raw slot `at`, and the slot after it.
    pub fn item_from(&self, at: usize) -> Option<(Value, usize)> {
        let table = self.table.borrow();
        let (skipped, slot) = table.slots.get(at..)?.iter().enumerate().find(|(_, slot)| !slot.key.is_unset())?;
        Some((slot.key.clone(), at + skipped + 1))
    }

    /// The elements with their hashes as they are now.
    pub(crate) fn hashed_items(&self) -> Vec<(i64, Value)> {
        self.table.borrow().slots.iter().filter(|s| !s.key.is_unset()).map(|s| (s.hash, s.key.clone())).collect()
    }

    fn find(&self, vm: &mut Vm, hash: i64, key: &Value) -> PyResult<Found> {
        'again: loop {
            let version = self.version.get();
            let mut probe = Probe::new(&self.table.borrow(), hash);
            loop {
                let known = {
                    let table = self.table.borrow();
                    let at = probe.at();
                    let slot = &table.slots[at];
                    if slot.key.is_unset() && slot.hash == 0 {
                        return Ok(Found::Free(at));
                    }
                    let mask = table.slots.len() - 1;
                    if slot.hash != hash || slot.key.is_unset() {
                        probe.advance(mask);
                        continue;
                    }
                    if slot.key.is(key) {
                        return Ok(Found::At(at));
                    }
                    match simple_eq(&slot.key, key) {
                        Some(true) => return Ok(Found::At(at)),
                        Some(false) => {
                            probe.advance(mask);
                            continue;
                        }
                        None => slot.key.clone(),
                    }
                };
                let equal = vm.eq(&known, key)?;
                if self.version.get() != version {
                    vm.tick()?;
                    continue 'again;
                }
                if equal {
                    return Ok(Found::At(probe.at()));
                }
                probe.advance(self.table.borrow().slots.len() - 1);
            }
        }
    }

    /// Adds an element; tells whether it is new.
    pub fn add(&self, vm: &mut Vm, key: Value) -> PyResult<bool> {
        let hash = vm.hash(&key)?;
        self.add_hashed(vm, hash, key)
    }

    pub(crate) fn add_hashed(&self, vm: &mut Vm, hash: i64, key: Value) -> PyResult<bool> {
        match self.find(vm, hash, &key)? {
            Found::At(_) => Ok(false),
            Found::Free(at) => {
                let mut table = self.table.borrow_mut();
                table.slots[at] = Slot { hash, key };
                table.fill += 1;
                table.used += 1;
                self.version.set(self.version.get() + 1);
                if table.fill * 5 >= (table.slots.len() - 1) * 3 {
                    let used = table.used;
                    table.resize(if used > 50_000 { used * 2 } else { used * 4 });
                }
                Ok(true)
            }
        }
    }

    /// Makes room for so many elements of another set at once, as CPython does before it adds them.
    pub(crate) fn make_room(&self, more: usize) {
        let mut table = self.table.borrow_mut();
        if (table.fill + more) * 5 >= (table.slots.len() - 1) * 3 {
            let wanted = (table.used + more) * 2;
            table.resize(wanted);
            self.version.set(self.version.get() + 1);
        }
    }

    /// Adds an element that is compared without running any code; gives it back where it is another.
    #[inline]
    pub(crate) fn add_plain(&self, key: &Value) -> Option<()> {
        let hash = match key {
            Value::Str(text) => text.python_hash(),
            Value::Int(number) => hash_int(*number),
            _ => return None,
        };
        let mut table = self.table.borrow_mut();
        let mask = table.slots.len() - 1;
        let mut probe = Probe::new(&table, hash);
        loop {
            let slot = &table.slots[probe.at()];
            if slot.key.is_unset() && slot.hash == 0 {
                break;
            }
            if slot.hash == hash && !slot.key.is_unset() && simple_eq(&slot.key, key)? {
                return Some(());
            }
            probe.advance(mask);
        }
        let at = probe.at();
        table.slots[at] = Slot { hash, key: key.clone() };
        table.fill += 1;
        table.used += 1;
        self.version.set(self.version.get() + 1);
        if table.fill * 5 >= (table.slots.len() - 1) * 3 {
            let used = table.used;
            table.resize(if used > 50_000 { used * 2 } else { used * 4 });
        }
        Some(())
    }

    /// Whether this is an element.
    pub fn contains(&self, vm: &mut Vm, key: &Value) -> PyResult<bool> {
        let hash = vm.hash(key)?;
        self.contains_hashed(vm, hash, key)
    }

    pub(crate) fn contains_hashed(&self, vm: &mut Vm, hash: i64, key: &Value) -> PyResult<bool> {
        Ok(matches!(self.find(vm, hash, key)?, Found::At(_)))
    }

    /// Removes an element; tells whether it was there.
    pub fn discard(&self, vm: &mut Vm, key: &Value) -> PyResult<bool> {
        let hash = vm.hash(key)?;
        let Found::At(at) = self.find(vm, hash, key)? else { return Ok(false) };
        let old = {
            let mut table = self.table.borrow_mut();
            table.used -= 1;
            std::mem::replace(&mut table.slots[at], Slot { hash: -1, key: Value::Unset })
        };
        self.version.set(self.version.get() + 1);
        drop(old);
        Ok(true)
    }

    /// Removes and gives an element: the next one in iteration order after the one that was given before.
    pub fn pop(&self) -> Option<Value> {
        let mut table = self.table.borrow_mut();
        if table.used == 0 {
            return None;
        }
        let mask = table.slots.len() - 1;
        let mut at = table.finger & mask;
        while table.slots[at].key.is_unset() {
            at = (at + 1) & mask;
        }
        table.finger = at + 1;
        table.used -= 1;
        self.version.set(self.version.get() + 1);
        Some(std::mem::replace(&mut table.slots[at], Slot { hash: -1, key: Value::Unset }).key)
    }

    /// Removes everything.
    pub fn clear(&self) {
        self.version.set(self.version.get() + 1);
        let old = self.table.take();
        drop(old);
    }

    /// Takes over the elements of `other`.
    pub(crate) fn replace_with(&self, other: Set) {
        self.version.set(self.version.get() + 1);
        let old = self.table.replace(other.table.take());
        drop(old);
    }

    /// A copy with the elements laid out as CPython's copy is.
    pub fn copy(&self) -> Set {
        let table = self.table.borrow();
        let mut copy = Table::default();
        if table.used * 5 >= (copy.slots.len() - 1) * 3 {
            copy.resize(table.used * 2);
        }
        if copy.slots.len() == table.slots.len() && table.fill == table.used {
            copy.slots.clone_from(&table.slots);
        } else {
            for slot in table.slots.iter().filter(|slot| !slot.key.is_unset()) {
                copy.insert_clean(slot.hash, slot.key.clone());
            }
        }
        copy.used = table.used;
        copy.fill = table.used;
        let set = Set::new();
        *set.table.borrow_mut() = copy;
        set
    }
}
