//! `id()`: small numbers, the same in every run.

use rustc_hash::FxHashMap;

use crate::python::object::Value;
use crate::python::vm::Vm;

/// The identities given out. Objects that were asked for theirs stay alive, so that no other takes it over.
#[derive(Default)]
pub struct Identities {
    given: FxHashMap<usize, (i64, Value)>,
    next: i64,
}

const FIRST: i64 = 0x7f00_0000_1000;

impl Vm {
    fn serial(&mut self, serial: &std::cell::Cell<u32>) -> i64 {
        if serial.get() == 0 {
            self.identities.next += 1;
            serial.set(self.identities.next as u32);
        }
        FIRST + i64::from(serial.get()) * 16
    }

    /// The identity of an object, as `id()` and the default repr show it.
    pub fn identity(&mut self, value: &Value) -> i64 {
        match value {
            Value::Unset => 0,
            Value::None => 0x1000,
            Value::NotImplemented => 0x1010,
            Value::Ellipsis => 0x1020,
            Value::Truth(truth) => 0x1030 + i64::from(*truth) * 16,
            Value::Int(number) => 0x1_0000 + number.wrapping_mul(32),
            Value::Real(number) => (number.to_bits() >> 1) as i64,
            Value::Instance(instance) => self.serial(&instance.serial),
            Value::Class(class) => self.serial(&class.serial),
            _ => {
                let Some(address) = value.address() else { return 0 };
                let identities = &mut self.identities;
                if let Some((known, _)) = identities.given.get(&address) {
                    return *known;
                }
                identities.next += 1;
                let fresh = FIRST + identities.next * 16;
                identities.given.insert(address, (fresh, value.clone()));
                fresh
            }
        }
    }
}
