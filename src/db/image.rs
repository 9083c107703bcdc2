//! [`Image`]: a whole database as bytes, taken from a connection or from files that are only ever read.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A database as bytes; cheap to clone. Every connection made from it starts from the same state.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    bytes: Arc<[u8]>,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} bytes)", self.bytes.len())
    }
}

/// Why a file gives no image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The file can't be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is no SQLite database.
    #[error("{0} is not an SQLite database")]
    NotADatabase(PathBuf),
    /// Another program was in the middle of a change.
    #[error(
        "{0} holds an unfinished transaction (its journal is still there); open it once with the program that owns it"
    )]
    Unfinished(PathBuf),
}

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

impl Image {
    /// The image of a new database.
    pub fn empty() -> Image {
        Image { bytes: Arc::from([]) }
    }

    /// The bytes of a database file that isn't in write-ahead mode.
    pub(super) fn from_bytes(bytes: &[u8]) -> Image {
        Image { bytes: Arc::from(bytes) }
    }

    /// Whether it is a clone of the other, at no cost.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes)
    }

    /// The bytes, as a database file holds them; none for a new database.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads a database file, with the committed part of its write-ahead log, without touching either.
    pub fn from_file(path: &Path) -> Result<Image, ImageError> {
        let unreadable = |path: &Path, source| ImageError::Unreadable { path: path.to_owned(), source };
        let mut bytes = std::fs::read(path).map_err(|source| unreadable(path, source))?;
        if let Some(journal) = beside(path, "-journal")?
            && journal.starts_with(&JOURNAL_MAGIC)
        {
            return Err(ImageError::Unfinished(path.to_owned()));
        }
        let log = beside(path, "-wal")?;
        if bytes.is_empty() && log.is_none() {
            return Ok(Image::empty());
        }
        if let Some(log) = log {
            apply_log(&mut bytes, &log);
        }
        if bytes.len() < 100 || !bytes.starts_with(MAGIC) {
            return Err(ImageError::NotADatabase(path.to_owned()));
        }
        // In memory there is no write-ahead log: the header's version numbers say so.
        bytes[18] = 1;
        bytes[19] = 1;
        Ok(Image { bytes: Arc::from(bytes) })
    }
}

/// The contents of the file whose name has that suffix more, if there is one with contents.
fn beside(path: &Path, suffix: &str) -> Result<Option<Vec<u8>>, ImageError> {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    let path = PathBuf::from(name);
    match std::fs::read(&path) {
        Ok(bytes) if bytes.is_empty() => Ok(None),
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ImageError::Unreadable { path, source }),
    }
}

fn big_endian(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

/// The log's running checksum over 32-bit words in the byte order that the log's magic number states.
fn checksum(words: &[u8], little: bool, (mut a, mut b): (u32, u32)) -> (u32, u32) {
    for pair in words.chunks_exact(8) {
        let word = |at: usize| {
            let four = [pair[at], pair[at + 1], pair[at + 2], pair[at + 3]];
            if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) }
        };
        a = a.wrapping_add(word(0)).wrapping_add(b);
        b = b.wrapping_add(word(4)).wrapping_add(a);
    }
    (a, b)
}

/// Writes the pages of the log's committed transactions over the database. Frames count as long as their salts and
/// checksums are right, and up to the last one that commits.
fn apply_log(bytes: &mut Vec<u8>, log: &[u8]) {
    const HEADER: usize = 32;
    const FRAME: usize = 24;
    let magic = big_endian(log, 0);
    let page_size = big_endian(log, 8) as usize;
    if log.len() < HEADER
        || magic & !1 != 0x377f_0682
        || !(512..=65536).contains(&page_size)
        || !page_size.is_power_of_two()
    {
        return;
    }
    let little = magic & 1 == 0;
    let mut sum = checksum(&log[..24], little, (0, 0));
    if sum != (big_endian(log, 24), big_endian(log, 28)) {
        return;
    }
    let mut pending: Vec<(usize, &[u8])> = Vec::new();
    for frame in log[HEADER..].chunks_exact(FRAME + page_size) {
        let (head, page) = frame.split_at(FRAME);
        if head[8..16] != log[16..24] {
            break;
        }
        sum = checksum(page, little, checksum(&head[..8], little, sum));
        if sum != (big_endian(head, 16), big_endian(head, 20)) {
            break;
        }
        let number = big_endian(head, 0) as usize;
        if number == 0 {
            break;
        }
        pending.push((number, page));
        let size_after = big_endian(head, 4) as usize;
        if size_after == 0 {
            continue;
        }
        let Some(length) = size_after.checked_mul(page_size) else { return };
        // A damaged log must not ask for more than database and log hold together.
        if length > bytes.len() + log.len() {
            return;
        }
        bytes.resize(length, 0);
        for (number, page) in pending.drain(..) {
            let start = (number - 1) * page_size;
            if let Some(place) = bytes.get_mut(start..start + page_size) {
                place.copy_from_slice(page);
            }
        }
    }
}
