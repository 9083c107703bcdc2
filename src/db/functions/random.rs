//! `RAND()`, `RANDOM()` and `RANDOMBLOB()` from a seed.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use std::sync::{Arc, Mutex};

/// The generator behind the random functions of a connection. The same seed gives the same numbers on every machine.
#[derive(Debug)]
pub(in crate::db) struct Randomness(Mutex<ChaCha8Rng>);

impl Randomness {
    pub fn new(seed: u64) -> Randomness {
        Randomness(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }

    pub fn reseed(&self, seed: u64) {
        if let Ok(mut generator) = self.0.lock() {
            *generator = ChaCha8Rng::seed_from_u64(seed);
        }
    }

    fn bits(&self) -> u64 {
        self.0.lock().map_or(0, |mut generator| generator.random())
    }
}

/// Registers the three functions.
pub(super) fn register(connection: &Connection, random: &Arc<Randomness>) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    let source = Arc::clone(random);
    // 53 random bits make a float in [0, 1).
    connection
        .create_scalar_function("RAND", 0, flags, move |_| Ok((source.bits() >> 11) as f64 / (1u64 << 53) as f64))?;
    let source = Arc::clone(random);
    connection.create_scalar_function("RANDOM", 0, flags, move |_| Ok(source.bits() as i64))?;
    let source = Arc::clone(random);
    connection.create_scalar_function("RANDOMBLOB", 1, flags, move |context| {
        let length: i64 = context.get::<Option<f64>>(0).unwrap_or(None).unwrap_or(0.0) as i64;
        if length > 16 << 20 {
            return Err(super::failure(rusqlite::ffi::SQLITE_TOOBIG, "string or blob too big"));
        }
        let mut bytes = Vec::new();
        while (bytes.len() as i64) < length.max(1) {
            bytes.extend(source.bits().to_le_bytes());
        }
        bytes.truncate(length.max(1) as usize);
        Ok(bytes)
    })?;
    Ok(())
}
