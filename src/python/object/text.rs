//! [`Str`]: the text of a Python `str`.

use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use rustc_hash::{FxHashSet, FxHasher};

/// An immutable string, shared by reference. It knows its length in characters and whether it is ASCII, and computes its
/// hash once. Equality compares text; two equal interned strings are the same object.
#[derive(Clone)]
pub struct Str(Rc<StrData>);

struct StrData {
    hash: Cell<i64>,
    chars: usize,
    text: String,
}

thread_local! {
    static INTERNED: RefCell<FxHashSet<Str>> = RefCell::default();
}

impl Str {
    /// A string with this text.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        let text: Box<str> = text.into();
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        Self(Rc::new(StrData { hash: Cell::new(0), chars, text: text.into_string() }))
    }

    /// The one interned string with this text: names of attributes, variables and keywords should be interned.
    pub fn interned(text: &str) -> Self {
        let fresh = Self::from(text);
        INTERNED.with_borrow_mut(|all| {
            if let Some(known) = all.get(&fresh) {
                return known.clone();
            }
            all.insert(fresh.clone());
            fresh
        })
    }

    /// A string that will probably be added to: the room that the text has is kept.
    pub(crate) fn growing(text: String) -> Self {
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        Self(Rc::new(StrData { hash: Cell::new(0), chars, text }))
    }

    /// Forgets the interned strings that nothing else uses.
    pub(crate) fn sweep_interned() {
        INTERNED.with_borrow_mut(|all| {
            all.retain(|text| Rc::strong_count(&text.0) > 1);
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
    pub fn python_hash(&self) -> i64 {
        let known = self.0.hash.get();
        if known != 0 {
            return known;
        }
        let mut hasher = FxHasher::default();
        hasher.write(self.0.text.as_bytes());
        hasher.write_usize(self.0.text.len());
        let mut hash = hasher.finish() as i64;
        hash ^= hash >> 32;
        if hash == 0 || hash == -1 {
            hash = 0x5bd1_e995;
        }
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
        Str::new(text)
    }
}
impl From<String> for Str {
    fn from(text: String) -> Self {
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
