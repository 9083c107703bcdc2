//! Bytes to text: encodings, limits, and what cannot be a document.

use std::path::Path;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::error::ImportError;
use super::mojibake;

/// The largest document that is read, in bytes.
pub const LARGEST: u64 = 8 << 20;

/// A document's text, and what had to be done to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text, with `\n` line ends.
    pub text: String,
    /// What the reader should know: a foreign encoding, mended characters.
    pub notes: Vec<String>,
}

/// The bytes of a file, if it may be a document.
pub fn load(path: &Path) -> Result<Vec<u8>, ImportError> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => ImportError::Missing,
        _ => ImportError::Unreadable(error.to_string()),
    };
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if about.is_dir() {
        return Err(ImportError::Folder);
    }
    if about.len() > LARGEST {
        return Err(ImportError::TooLarge { bytes: about.len() });
    }
    std::fs::read(path).map_err(unreadable)
}

/// The text of a document's bytes.
pub fn decode(bytes: &[u8]) -> Result<Text, ImportError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > LARGEST {
        return Err(ImportError::TooLarge { bytes: size });
    }
    if let Some(format) = known_binary(bytes) {
        return Err(ImportError::Binary { format });
    }
    let mut notes = Vec::new();
    let text = decoded(bytes, &mut notes)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n");
    let controls = text
        .chars()
        .filter(|symbol| {
            symbol.is_control()
                && !matches!(symbol, '\n' | '\t' | '\u{c}' | '\u{85}')
                && !('\u{80}'..='\u{9f}').contains(symbol)
        })
        .count();
    if controls > 0 && controls * 100 > text.chars().count() {
        return Err(ImportError::Binary { format: None });
    }
    let text: String = text
        .chars()
        .map(|symbol| if symbol == '\u{c}' { '\n' } else { symbol })
        .filter(|symbol| {
            !matches!(symbol, '\u{200b}' | '\u{feff}' | '\u{2060}')
                && (*symbol == '\n' || *symbol == '\t' || u32::from(*symbol) >= 32)
        })
        .collect();
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    let mended = mojibake::mend(&text);
    notes.extend(mended.note);
    Ok(Text { text: mended.text, notes })
}

fn decoded(bytes: &[u8], notes: &mut Vec<String>) -> Result<String, ImportError> {
    if let Some((encoding, skip)) = Encoding::for_bom(bytes) {
        let (text, broken) = encoding.decode_without_bom_handling(bytes.get(skip..).unwrap_or_default());
        if broken && encoding != UTF_8 {
            return Err(ImportError::Broken { line: 1, name: encoding.name() });
        }
        if !broken {
            return Ok(text.into_owned());
        }
    }
    // UTF-16 without a mark has a zero in every other byte.
    let zeros = bytes.iter().take(4096).filter(|byte| **byte == 0).count();
    if zeros > 0 {
        let sample = bytes.len().min(4096);
        let odd = bytes.iter().take(4096).skip(1).step_by(2).filter(|byte| **byte == 0).count();
        let encoding = if odd * 2 >= zeros { UTF_16LE } else { UTF_16BE };
        if zeros * 3 < sample || zeros * 3 > sample * 2 {
            return Err(ImportError::Binary { format: None });
        }
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        if broken {
            return Err(ImportError::Broken { line: 1, name: encoding.name() });
        }
        notes.push(format!("read as {}", encoding.name()));
        return Ok(text.into_owned());
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error,
    };
    let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    if let Some(encoding) = declared(bytes)
        && encoding != UTF_8
    {
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        if !broken {
            notes.push(format!("read as {}", encoding.name()));
            return Ok(text.into_owned());
        }
    }
    // Nothing beyond ASCII is UTF-8: it is in one of the old encodings.
    let lossy = String::from_utf8_lossy(bytes);
    let bad = lossy.chars().filter(|symbol| *symbol == '\u{fffd}').count();
    let good = lossy.chars().filter(|symbol| !symbol.is_ascii() && *symbol != '\u{fffd}').count();
    let all = lossy.chars().count().max(1);
    if good == 0 && bad * 10 <= all {
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
        notes.push(format!("not UTF-8 (line {line}); read as {}", WINDOWS_1252.name()));
        return Ok(text.into_owned());
    }
    if bad * 50 <= all {
        notes.push(format!("{bad} broken characters, the first in line {line}, are left out"));
        return Ok(lossy.replace('\u{fffd}', ""));
    }
    Err(ImportError::Broken { line, name: UTF_8.name() })
}

/// The encoding that a page says it has.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head: String = bytes.iter().take(2048).map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let at = head.find("charset=")? + "charset=".len();
    let label: String = head[at..]
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|symbol| symbol.is_ascii_alphanumeric() || matches!(symbol, '-' | '_'))
        .collect();
    Encoding::for_label(label.as_bytes())
}

/// The name of a format that is no text; the outer none says that it may be text.
#[expect(clippy::option_option, reason = "a binary format may have no name that a person knows")]
fn known_binary(bytes: &[u8]) -> Option<Option<&'static str>> {
    const MAGIC: &[(&[u8], &str)] = &[
        (b"%PDF", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive or an Office document"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"SQLite format 3", "an SQLite database"),
        (b"\x7fELF", "a program"),
        (b"\xd0\xcf\x11\xe0", "an old Office document"),
        (b"{\\rtf", "a Rich Text document"),
        (b"7z\xbc\xaf", "a 7z archive"),
    ];
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(Some(name));
    }
    None
}
