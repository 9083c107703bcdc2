//! `_random`: the Mersenne Twister that CPython's `random` draws from. The rest of the module is `py/random.py`.

use std::cell::RefCell;
use std::rc::Rc;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::ToPrimitive;
use sha2::{Digest, Sha512};

use super::arguments::{c_int, index};
use crate::python::object::{Args, ClassBuilder, Instance, Module, ModuleObject, PyResult, Value};
use crate::python::vm::Vm;

const N: usize = 624;
const M: usize = 397;

/// MT19937.
#[derive(Clone)]
struct Twister {
    state: [u32; N],
    at: usize,
}

impl Twister {
    fn from_number(seed: u32) -> Self {
        let mut state = [0; N];
        state[0] = seed;
        for at in 1..N {
            let before = state[at - 1];
            state[at] = 1_812_433_253u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(at as u32);
        }
        Self { state, at: N }
    }

    fn from_key(key: &[u32]) -> Self {
        let mut twister = Self::from_number(19_650_218);
        let state = &mut twister.state;
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let before = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] = (state[i] ^ before.wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            let before = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] = (state[i] ^ before.wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        twister
    }

    /// Seeded by an integer of any size, its sign ignored.
    fn from_integer(seed: &BigInt) -> Self {
        let mut key = seed.magnitude().to_u32_digits();
        if key.is_empty() {
            key.push(0);
        }
        Self::from_key(&key)
    }

    fn next(&mut self) -> u32 {
        if self.at >= N {
            for at in 0..N {
                let bits = (self.state[at] & 0x8000_0000) | (self.state[(at + 1) % N] & 0x7fff_ffff);
                let twist = if bits & 1 == 0 { 0 } else { 0x9908_b0df };
                self.state[at] = self.state[(at + M) % N] ^ (bits >> 1) ^ twist;
            }
            self.at = 0;
        }
        let mut bits = self.state[self.at];
        self.at += 1;
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9d2c_5680;
        bits ^= (bits << 15) & 0xefc6_0000;
        bits ^ (bits >> 18)
    }

    fn float(&mut self) -> f64 {
        let (a, b) = (self.next() >> 5, self.next() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    }

    fn bits(&mut self, count: u32) -> BigInt {
        if count <= 32 {
            return BigInt::from(if count == 0 { 0 } else { self.next() >> (32 - count) });
        }
        let words = count.div_ceil(32);
        let mut digits = Vec::with_capacity(words as usize);
        let mut left = count;
        for _ in 0..words {
            let mut word = self.next();
            if left < 32 {
                word >>= 32 - left;
            }
            digits.push(word);
            left = left.saturating_sub(32);
        }
        BigInt::from_biguint(Sign::Plus, BigUint::new(digits))
    }
}

type State = RefCell<Twister>;

/// The module.
pub fn module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let class = ClassBuilder::new("Random")
        .module("_random")
        .native_layout("Random")
        .builtin()
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, State::new(Twister::from_number(0))).into())
        })
        .arity("seed", 2, 2, |vm, args| {
            let seed = index(vm, &args[1])?;
            *vm.payload::<State>(&args[0])?.borrow_mut() = Twister::from_integer(&seed);
            Ok(Value::None)
        })
        .arity("random", 1, 1, |vm, args| Ok(vm.payload::<State>(&args[0])?.borrow_mut().float().into()))
        .arity("getrandbits", 2, 2, |vm, args| {
            let count = c_int(vm, &args[1])?;
            if count < 0 {
                return Err(vm.value_error("number of bits must be non-negative"));
            }
            vm.reserve(count as usize / 8)?;
            Ok(Value::int(vm.payload::<State>(&args[0])?.borrow_mut().bits(count as u32)))
        })
        .arity("getstate", 1, 1, |vm, args| {
            let state = vm.payload::<State>(&args[0])?.borrow();
            let mut numbers: Vec<Value> = state.state.iter().map(|word| Value::from(*word)).collect();
            numbers.push(state.at.into());
            Ok(Value::tuple(numbers))
        })
        .arity("setstate", 2, 2, set_state)
        .build(vm);
    Ok(Module::new("_random")
        .class(&class)
        .function("text_seed", "data, /", |vm, args| {
            // A text is a seed by its bytes with their SHA-512 behind them.
            let Some(data) = args[0].as_bytes().map(<[u8]>::to_vec) else {
                return Err(vm.type_error("bytes were expected"));
            };
            let mut data = data;
            let digest = Sha512::digest(&data);
            data.extend_from_slice(&digest);
            Ok(Value::int(BigInt::from_bytes_be(Sign::Plus, &data)))
        })
        .build())
}

fn set_state(vm: &mut Vm, args: Args) -> PyResult {
    let numbers = vm.list_from(&args[1])?;
    if numbers.len() != N + 1 {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    let mut twister = Twister::from_number(0);
    for (slot, number) in twister.state.iter_mut().zip(&numbers) {
        *slot = index(vm, number)?.to_u32().unwrap_or(0);
    }
    let at = index(vm, &numbers[N])?;
    match at.to_usize().filter(|at| *at <= N) {
        Some(at) => twister.at = at,
        None => return Err(vm.value_error("invalid state")),
    }
    *vm.payload::<State>(&args[0])?.borrow_mut() = twister;
    Ok(Value::None)
}
