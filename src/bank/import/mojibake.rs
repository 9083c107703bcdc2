//! Mends text whose UTF-8 was once read in another encoding: `donâ€™t`, `โ` for every dash.

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_874, WINDOWS_1251, WINDOWS_1252};

/// A text after mending.
pub struct Mended {
    /// The text.
    pub text: String,
    /// What was done, if anything was.
    pub note: Option<String>,
}

/// Mends what can be mended and leaves everything else as it is.
pub fn mend(text: &str) -> Mended {
    let mut best: Option<(usize, String, &'static str)> = None;
    for encoding in [WINDOWS_1252, WINDOWS_874, WINDOWS_1251, MACINTOSH] {
        let (count, mended) = reread(text, encoding);
        if count > best.as_ref().map_or(0, |(best, ..)| *best) {
            best = Some((count, mended, encoding.name()));
        }
    }
    let (mut text, mut notes) = match best {
        Some((count, mended, name)) => (mended, vec![format!("mended {count} characters that were read as {name}")]),
        None => (text.to_owned(), Vec::new()),
    };
    if let Some((count, mended)) = bare_leads(&text) {
        notes.push(format!("{count} characters that were read as Thai are lost; dashes and lines stand in for them"));
        text = mended;
    }
    Mended { text, note: (!notes.is_empty()).then(|| notes.join("; ")) }
}

/// Reads runs of characters beyond ASCII again as the UTF-8 that they were, where that makes sense.
fn reread(text: &str, encoding: &'static Encoding) -> (usize, String) {
    let mut out = String::with_capacity(text.len());
    let mut count = 0;
    let mut run = String::new();
    for symbol in text.chars().chain(['\0']) {
        if !symbol.is_ascii() {
            run.push(symbol);
            continue;
        }
        if !run.is_empty() {
            match original(&run, encoding) {
                Some(mended) => {
                    count += mended.chars().count();
                    out.push_str(&mended);
                }
                None => out.push_str(&run),
            }
            run.clear();
        }
        if symbol != '\0' {
            out.push(symbol);
        }
    }
    (count, out)
}

fn original(run: &str, encoding: &'static Encoding) -> Option<String> {
    let mut bytes = Vec::with_capacity(run.len());
    for symbol in run.chars() {
        let code = u32::from(symbol);
        // Characters that the encoding leaves undefined come through as controls.
        if (0x80..0xa0).contains(&code) {
            bytes.push(u8::try_from(code).ok()?);
            continue;
        }
        let mut buffer = [0; 4];
        let (encoded, _, failed) = encoding.encode(symbol.encode_utf8(&mut buffer));
        if failed || encoded.len() != 1 {
            return None;
        }
        bytes.extend_from_slice(&encoded);
    }
    let text = std::str::from_utf8(&bytes).ok()?;
    // A lone accented letter before a sign is rarely by chance; a text that stays as long was no mojibake.
    let shorter = text.chars().count() < run.chars().count();
    let readable = text.chars().all(|symbol| !symbol.is_control());
    (shorter && readable).then(|| text.to_owned())
}

/// The first byte of dashes, arrows, ticks and lines, read as Thai, the other bytes lost.
const LEAD: char = 'โ';

/// Stands dashes in for characters of which only the first byte is left, where no Thai is written.
fn bare_leads(text: &str) -> Option<(usize, String)> {
    let is_thai = |symbol: char| ('\u{0e00}'..='\u{0e7f}').contains(&symbol);
    let thai = text.chars().filter(|symbol| is_thai(*symbol)).count();
    let leads = text.chars().filter(|symbol| *symbol == LEAD).count();
    if leads < 3 || leads * 10 < thai * 6 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut symbols = text.chars().peekable();
    let mut line_begins = true;
    while let Some(symbol) = symbols.next() {
        if !is_thai(symbol) {
            line_begins = symbol == '\n' || line_begins && symbol.is_whitespace();
            out.push(symbol);
            continue;
        }
        let mut run = vec![symbol];
        while let Some(next) =
            symbols.next_if(|next| is_thai(*next) || ('\u{80}'..='\u{9f}').contains(next) || *next == '\u{fe0f}')
        {
            run.push(next);
        }
        if line_begins {
            // A number in a circle, a tick: what follows is the line.
            if symbols.peek() == Some(&' ') {
                symbols.next();
            }
        } else if run.len() > 2 {
            out.push_str("──");
        } else {
            out.push('—');
        }
        line_begins = false;
    }
    Some((thai, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_read_text_is_mended() {
        assert_eq!(mend("donâ€™t â€” itâ€™s â€œlazyâ€\u{9d}").text, "don’t — it’s “lazy”");
        assert_eq!(mend("cafÃ© naÃ¯ve").text, "café naïve");
        assert_eq!(mend("café naïve — “so”").text, "café naïve — “so”");
        assert_eq!(mend("Привет, как дела").text, "Привет, как дела");
    }

    #[test]
    fn bare_lead_bytes_become_dashes() {
        let mended = mend("โ When?\nA โ B\nC โ D # โโโโ\n");
        assert_eq!(mended.text, "When?\nA — B\nC — D # ──\n");
        assert!(mended.note.is_some());
        assert_eq!(mend("โปรแกรมภาษาไทยและการเขียนโค้ด").note, None);
    }
}
