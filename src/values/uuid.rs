//! [`Uuid`]: 128 bits with the readings of Python's `uuid.UUID`.

use super::text::str_repr;
use md5::{Digest, Md5};
use sha1::Sha1;
use std::fmt;

/// A UUID. Its order is that of its integer; its `Display` the hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(u128);

/// Why a text is no UUID; `Display` is the text of Python's `ValueError`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UuidError(String);

impl Uuid {
    /// `uuid.NAMESPACE_DNS`
    pub const NAMESPACE_DNS: Uuid = Uuid(0x6ba7b810_9dad_11d1_80b4_00c04fd430c8);
    /// `uuid.NAMESPACE_URL`
    pub const NAMESPACE_URL: Uuid = Uuid(0x6ba7b811_9dad_11d1_80b4_00c04fd430c8);
    /// `uuid.NAMESPACE_OID`
    pub const NAMESPACE_OID: Uuid = Uuid(0x6ba7b812_9dad_11d1_80b4_00c04fd430c8);
    /// `uuid.NAMESPACE_X500`
    pub const NAMESPACE_X500: Uuid = Uuid(0x6ba7b814_9dad_11d1_80b4_00c04fd430c8);

    /// `UUID(int=…)`.
    pub fn from_int(value: u128) -> Uuid {
        Uuid(value)
    }

    /// `UUID(bytes=…)`.
    pub fn from_bytes(bytes: [u8; 16]) -> Uuid {
        Uuid(u128::from_be_bytes(bytes))
    }

    /// `UUID(bytes_le=…)`: the first three fields with their bytes reversed.
    pub fn from_bytes_le(bytes: [u8; 16]) -> Uuid {
        Uuid::from_bytes(swap_fields(bytes))
    }

    /// `UUID(fields=(time_low, time_mid, time_hi_version, clock_seq_hi_variant, clock_seq_low, node))`; `node` counts
    /// with its lower 48 bits.
    pub fn from_fields(low: u32, mid: u16, high: u16, clock_high: u8, clock_low: u8, node: u64) -> Uuid {
        let top = u128::from(low) << 96 | u128::from(mid) << 80 | u128::from(high) << 64;
        Uuid(top | u128::from(clock_high) << 56 | u128::from(clock_low) << 48 | u128::from(node & 0xffff_ffff_ffff))
    }

    /// `UUID(text)`: 32 hexadecimal digits, with hyphens anywhere, braces around, `urn:` and `uuid:` before.
    pub fn parse(text: &str) -> Result<Uuid, UuidError> {
        let bare = text.replace("urn:", "").replace("uuid:", "");
        let digits = bare.trim_matches(['{', '}']).replace('-', "");
        if digits.chars().count() != 32 {
            return Err(UuidError("badly formed hexadecimal UUID string".into()));
        }
        // The digits are read as Python's int() reads them: blanks around, a sign, a prefix and underscores are allowed.
        let trimmed = digits.trim();
        let unsigned = trimmed.strip_prefix('+').unwrap_or(trimmed);
        let prefixed = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
        let body = prefixed.map(|rest| rest.strip_prefix('_').unwrap_or(rest)).unwrap_or(unsigned);
        let lonely = body.starts_with('_') || body.ends_with('_') || body.contains("__") || body.starts_with('+');
        let bad = || UuidError(format!("invalid literal for int() with base 16: {}", str_repr(&digits)));
        if lonely {
            return Err(bad());
        }
        u128::from_str_radix(&body.replace('_', ""), 16).map(Uuid).map_err(|_| bad())
    }

    /// `uuid3(namespace, name)`.
    pub fn v3(namespace: Uuid, name: &str) -> Uuid {
        let mut hasher = Md5::new();
        hasher.update(namespace.bytes());
        hasher.update(name.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize()[..16]);
        Uuid::from_bytes(bytes).with_version(3)
    }

    /// `uuid5(namespace, name)`.
    pub fn v5(namespace: Uuid, name: &str) -> Uuid {
        let mut hasher = Sha1::new();
        hasher.update(namespace.bytes());
        hasher.update(name.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize()[..16]);
        Uuid::from_bytes(bytes).with_version(5)
    }

    /// `uuid4()` made of these random bytes.
    pub fn v4(random: [u8; 16]) -> Uuid {
        Uuid::from_bytes(random).with_version(4)
    }

    /// The same bits marked as that version of the RFC 4122 variant: `UUID(…, version=n)`.
    pub fn with_version(self, version: u8) -> Uuid {
        let cleared = self.0 & !(0xc000u128 << 48) & !(0xf000u128 << 64);
        Uuid(cleared | 0x8000u128 << 48 | u128::from(version & 0xf) << 76)
    }

    /// `.int`
    pub fn int(&self) -> u128 {
        self.0
    }

    /// `.bytes`
    pub fn bytes(&self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// `.bytes_le`
    pub fn bytes_le(&self) -> [u8; 16] {
        swap_fields(self.bytes())
    }

    /// `.hex`: 32 digits, as SQLite columns hold it.
    pub fn hex(&self) -> String {
        format!("{:032x}", self.0)
    }

    /// `.urn`
    pub fn urn(&self) -> String {
        format!("urn:uuid:{self}")
    }

    /// `.time_low`
    pub fn time_low(&self) -> u32 {
        (self.0 >> 96) as u32
    }

    /// `.time_mid`
    pub fn time_mid(&self) -> u16 {
        (self.0 >> 80) as u16
    }

    /// `.time_hi_version`
    pub fn time_hi_version(&self) -> u16 {
        (self.0 >> 64) as u16
    }

    /// `.clock_seq_hi_variant`
    pub fn clock_seq_hi_variant(&self) -> u8 {
        (self.0 >> 56) as u8
    }

    /// `.clock_seq_low`
    pub fn clock_seq_low(&self) -> u8 {
        (self.0 >> 48) as u8
    }

    /// `.node`
    pub fn node(&self) -> u64 {
        self.0 as u64 & 0xffff_ffff_ffff
    }

    /// `.time`
    pub fn time(&self) -> u64 {
        u64::from(self.time_hi_version() & 0x0fff) << 48 | u64::from(self.time_mid()) << 32 | u64::from(self.time_low())
    }

    /// `.clock_seq`
    pub fn clock_seq(&self) -> u16 {
        u16::from(self.clock_seq_hi_variant() & 0x3f) << 8 | u16::from(self.clock_seq_low())
    }

    /// `.variant`
    pub fn variant(&self) -> &'static str {
        match self.clock_seq_hi_variant() >> 5 {
            0..=3 => "reserved for NCS compatibility",
            4 | 5 => "specified in RFC 4122",
            6 => "reserved for Microsoft compatibility",
            _ => "reserved for future definition",
        }
    }

    /// `.version`: only the RFC's variant has one.
    pub fn version(&self) -> Option<u8> {
        (self.variant() == "specified in RFC 4122").then_some((self.time_hi_version() >> 12) as u8)
    }

    /// `UUID('…')`
    pub fn repr(&self) -> String {
        format!("UUID('{self}')")
    }
}

fn swap_fields(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[0..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    bytes
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = self.hex();
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}
