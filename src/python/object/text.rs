//! [`Str`]: the text of a Python `str`.

use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// An immutable string, shared by reference. It knows its length in characters and whether it is ASCII, and computes its
/// hash once. Equality compares text; two equal interned strings are the same object.
#[derive(Clone)]
pub struct Str(Rc<StrData>);

struct StrData {
    hash: Cell<i64>,
    chars: usize,
    /// Short texts, which most are, stand in here.
    text: CompactString,
}

thread_local! {
    /// By hash.
    static INTERNED: RefCell<FxHashMap<i64, SmallVec<[Str; 1]>>> = RefCell::default();
}

/// CPython's hash of a text under `PYTHONHASHSEED=0`: SipHash-1-3 with a key of zeros over the characters at the width that
/// the widest one needs.
pub(crate) fn hash_text(text: &str) -> i64 {
    if text.is_empty() {
        return 0;
    }
    if text.is_ascii() {
        return hash_bytes(text.as_bytes());
    }
    let widest = text.chars().max().map_or(0, u32::from);
    let mut data = Vec::with_capacity(text.len());
    for code in text.chars().map(u32::from) {
        match widest {
            0..=0xff => data.push(code as u8),
            0x100..=0xffff => data.extend((code as u16).to_le_bytes()),
            _ => data.extend(code.to_le_bytes()),
        }
    }
    hash_bytes(&data)
}

/// CPython's hash of bytes, as [`hash_text`].
pub(crate) fn hash_bytes(data: &[u8]) -> i64 {
    if data.is_empty() {
        return 0;
    }
    let mut v: [u64; 4] = [0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573];
    fn round(v: &mut [u64; 4]) {
        v[0] = v[0].wrapping_add(v[1]);
        v[2] = v[2].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[1]);
        v[0] = v[0].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].rotate_left(32);
    }
    let mut blocks = data.chunks_exact(8);
    for block in &mut blocks {
        let word = u64::from_le_bytes(block.try_into().unwrap_or_default());
        v[3] ^= word;
        round(&mut v);
        v[0] ^= word;
    }
    let mut last = [0; 8];
    last[..blocks.remainder().len()].copy_from_slice(blocks.remainder());
    last[7] = data.len() as u8;
    let word = u64::from_le_bytes(last);
    v[3] ^= word;
    round(&mut v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for _ in 0..3 {
        round(&mut v);
    }
    match (v[0] ^ v[1] ^ v[2] ^ v[3]) as i64 {
        -1 => -2,
        hash => hash,
    }
}

impl Str {
    /// A string with this text.
    #[inline]
    pub fn new(text: impl Into<CompactString>) -> Self {
        let text = text.into();
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        Self(Rc::new(StrData { hash: Cell::new(0), chars, text }))
    }

    /// The decimal text of an integer.
    pub(crate) fn decimal(number: i64) -> Self {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut left = number.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        if number < 0 {
            at -= 1;
            digits[at] = b'-';
        }
        Self::new(std::str::from_utf8(&digits[at..]).unwrap_or_default())
    }

    /// The one interned string with this text: names of attributes, variables and keywords should be interned.
    pub fn interned(text: &str) -> Self {
        let hash = hash_text(text);
        INTERNED.with_borrow_mut(|all| {
            let same_hash = all.entry(hash).or_default();
            if let Some(known) = same_hash.iter().find(|known| known.as_str() == text) {
                return known.clone();
            }
            let fresh = Self::new(text);
            fresh.0.hash.set(hash);
            same_hash.push(fresh.clone());
            fresh
        })
    }

    /// A string that will probably be added to: the room that the text has is kept.
    pub(crate) fn growing(text: String) -> Self {
        Self::new(CompactString::from_string_buffer(text))
    }

    /// Forgets the interned strings that nothing else uses.
    pub(crate) fn sweep_interned() {
        INTERNED.with_borrow_mut(|all| {
            all.retain(|_, same_hash| {
                same_hash.retain(|text| Rc::strong_count(&text.0) > 1);
                !same_hash.is_empty()
            });
            all.shrink_to_fit();
        });
    }

    /// Adds to the text in place; gives false, and changes nothing, where the string is shared.
    pub(crate) fn append(&mut self, more: &Str) -> bool {
        let Some(data) = Rc::get_mut(&mut self.0) else { return false };
        data.text.push_str(more);
        data.chars += more.len();
        data.hash.set(0);
        true
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether every character is ASCII, so that bytes can be indexed as characters.
    pub fn is_ascii(&self) -> bool {
        self.0.chars == self.0.text.len()
    }

    /// The number of characters: Python's `len`.
    pub fn len(&self) -> usize {
        self.0.chars
    }

    /// The number of bytes of its UTF-8.
    pub fn len_bytes(&self) -> usize {
        self.0.text.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.text.is_empty()
    }

    /// Whether both are the same object.
    pub fn is(&self, other: &Str) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).cast::<()>() as usize
    }

    /// Python's hash of the text; the same on every machine.
    #[inline]
    pub fn python_hash(&self) -> i64 {
        let known = self.0.hash.get();
        if known != 0 {
            return known;
        }
        let hash = hash_text(&self.0.text);
        self.0.hash.set(hash);
        hash
    }

    /// The character at `index`, which counts characters.
    pub fn char_at(&self, index: usize) -> Option<char> {
        if self.is_ascii() {
            self.0.text.as_bytes().get(index).map(|&byte| char::from(byte))
        } else {
            self.0.text.chars().nth(index)
        }
    }

    /// The text from character `start` up to, not including, character `end`. Both are cut to the text.
    pub fn slice_chars(&self, start: usize, end: usize) -> &str {
        let text = &*self.0.text;
        if self.is_ascii() {
            let end = end.min(text.len());
            return &text[start.min(end)..end];
        }
        let mut at = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        let Some(from) = at.nth(start) else { return "" };
        let to = if end <= start { from } else { at.nth(end - start - 1).unwrap_or(text.len()) };
        &text[from..to]
    }

    /// Interned strings of one ASCII or Latin-1 character are shared.
    pub fn from_char(character: char) -> Self {
        thread_local! {
            static SINGLE: RefCell<Vec<Str>> = const { RefCell::new(Vec::new()) };
        }
        let code = character as usize;
        if code >= 256 {
            return Str::from(character.to_string());
        }
        SINGLE.with_borrow_mut(|all| {
            if all.is_empty() {
                all.extend((0u8..=255).map(|byte| Str::interned(char::from(byte).encode_utf8(&mut [0; 4]))));
            }
            all[code].clone()
        })
    }
}

impl std::ops::Deref for Str {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0.text
    }
}
impl PartialEq for Str {
    fn eq(&self, other: &Str) -> bool {
        if self.is(other) {
            return true;
        }
        let (a, b) = (self.0.hash.get(), other.0.hash.get());
        (a == 0 || b == 0 || a == b) && self.0.text == other.0.text
    }
}
impl Eq for Str {}
impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.0.text == *other
    }
}
impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.0.text == **other
    }
}
impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_i64(self.python_hash());
    }
}
impl From<&str> for Str {
    fn from(text: &str) -> Self {
        if let [byte] = text.as_bytes() {
            return Str::from_char(char::from(*byte));
        }
        Str::new(text)
    }
}
impl From<String> for Str {
    fn from(mut text: String) -> Self {
        if text.capacity() > text.len() * 2 {
            text.shrink_to_fit();
        }
        Str::new(text)
    }
}
impl From<&String> for Str {
    fn from(text: &String) -> Self {
        Str::new(text.as_str())
    }
}
impl From<&Str> for Str {
    fn from(text: &Str) -> Self {
        text.clone()
    }
}
impl std::fmt::Display for Str {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.text)
    }
}
impl std::fmt::Debug for Str {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0.text)
    }
}
