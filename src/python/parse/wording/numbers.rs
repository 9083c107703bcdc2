//! Numbers that are none.

use super::SyntaxError;
use crate::diagnostics::Span;

/// A number that ends in the middle of a word, or whose digits don't fit its base, at or just before the error.
pub(super) fn bad_number(source: &str, at: Span) -> Option<SyntaxError> {
    // Back to where the word that holds the error begins.
    let bytes = source.as_bytes();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut start = (at.start as usize).min(bytes.len());
    while start > 0 && word(bytes[start - 1]) {
        start -= 1;
    }
    // The digits after a point belong to the number before it.
    if start > 0 && bytes[start - 1] == b'.' && start >= 2 && bytes[start - 2].is_ascii_digit() {
        return None;
    }
    let text: String = source.get(start..)?.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let point = |offset: usize| Span::new((start + offset) as u32, (start + offset) as u32);
    let lower = text.to_ascii_lowercase();
    for (prefix, base, name) in [("0x", 16, "hexadecimal"), ("0o", 8, "octal"), ("0b", 2, "binary")] {
        let Some(digits) = lower.strip_prefix(prefix) else { continue };
        for (at, digit) in digits.char_indices() {
            if digit == '_' || digit.is_digit(base) {
                continue;
            }
            if digit.is_ascii_digit() {
                return Some(SyntaxError::new(point(at + 2), format!("invalid digit '{digit}' in {name} literal")));
            }
            return Some(SyntaxError::new(point((at + 1).max(1)), format!("invalid {name} literal")));
        }
        if digits.is_empty() || digits.ends_with('_') {
            return Some(SyntaxError::new(point(1 + digits.len()), format!("invalid {name} literal")));
        }
        return None;
    }
    let digits = lower.chars().take_while(|c| c.is_ascii_digit() || *c == '_').count();
    let (number, rest) = lower.split_at(digits);
    if let Some(double) = number.find("__") {
        return Some(SyntaxError::new(point(double), "invalid decimal literal"));
    }
    if number.ends_with('_') {
        return Some(SyntaxError::new(point(digits - 1), "invalid decimal literal"));
    }
    let is_float = source.as_bytes().get(start + digits) == Some(&b'.') || rest.starts_with(['e', 'j']);
    if number.len() > 1 && number.starts_with('0') && number.bytes().any(|b| (b'1'..=b'9').contains(&b)) && !is_float {
        let zeros = number.bytes().take_while(|b| *b == b'0' || *b == b'_').count();
        let from = start as u32;
        return Some(SyntaxError::new(
            Span::new(from, from + zeros as u32),
            "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        ));
    }
    let exponent = rest.strip_prefix('e').map(|after| after.chars().take_while(char::is_ascii_digit).count());
    let after = match exponent {
        Some(0) if !matches!(source.as_bytes().get(start + digits + 1), Some(b'+' | b'-')) => {
            return Some(SyntaxError::new(point(digits - 1), "invalid decimal literal"));
        }
        Some(count) => &rest[1 + count..],
        None => rest,
    };
    let after = after.strip_prefix('j').unwrap_or(after);
    if after.is_empty() {
        return None;
    }
    // `1if x else y` is still allowed.
    if ["if", "or", "and", "in", "is", "else", "for", "not"].iter().any(|keyword| after.starts_with(keyword)) {
        return None;
    }
    let end = text.len() - after.len();
    Some(SyntaxError::new(point(end.saturating_sub(1)), "invalid decimal literal"))
}
