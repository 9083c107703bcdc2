//! `MD5`, `SHA1` and the SHA-2 family: hexadecimal digests of UTF-8 text.

use super::{Answer, Argument, Raised, define};
use crate::db::SqlValue;
use md5::Md5;
use rusqlite::Connection;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    define(connection, "MD5", 1, digest::<Md5>)?;
    define(connection, "SHA1", 1, digest::<Sha1>)?;
    define(connection, "SHA224", 1, digest::<Sha224>)?;
    define(connection, "SHA256", 1, digest::<Sha256>)?;
    define(connection, "SHA384", 1, digest::<Sha384>)?;
    define(connection, "SHA512", 1, digest::<Sha512>)
}

fn digest<D: Digest>(arguments: &[Argument<'_>]) -> Answer {
    match arguments {
        [Argument::Null] => Ok(SqlValue::Null),
        [Argument::Text(text)] => {
            let bytes = D::digest(text.as_bytes());
            Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
        }
        _ => Err(Raised::Exception),
    }
}
