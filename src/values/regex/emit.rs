//! Writes a parsed pattern in the engine's syntax.
//!
//! `.`, `^`, `$`, `\w`, `\b` and their kin are spelled out, so that they mean what they mean to Python and not what the
//! engine takes them for; only letter case is left to its flag.

use super::tree::{Alternatives, Category, Greed, Member, Node, Parsed, Sequence, node_width};
use super::{ASCII, DOTALL, IGNORECASE, MULTILINE, PatternError, UNICODE};

pub(super) fn write(parsed: &Parsed) -> Result<String, PatternError> {
    let mut writer = Writer { out: String::new(), widths: &parsed.widths };
    let caseless = parsed.flags & IGNORECASE != 0;
    if caseless {
        writer.out.push_str("(?i:");
    }
    writer.alternatives(&parsed.body, parsed.flags);
    if caseless {
        writer.out.push(')');
    }
    Ok(writer.out)
}

struct Writer<'p> {
    out: String,
    widths: &'p [Option<(u64, u64)>],
}

impl Writer<'_> {
    fn alternatives(&mut self, body: &Alternatives, flags: u32) {
        for (index, sequence) in body.iter().enumerate() {
            if index > 0 {
                self.out.push('|');
            }
            self.sequence(sequence, flags);
        }
    }

    fn sequence(&mut self, sequence: &Sequence, flags: u32) {
        for node in sequence {
            self.node(node, flags);
        }
    }

    fn node(&mut self, node: &Node, flags: u32) {
        match node {
            Node::Literal(c) => self.literal(*c),
            Node::Any if flags & DOTALL != 0 => self.out.push_str("(?s:.)"),
            Node::Any => self.out.push_str("[^\\n]"),
            Node::Category { category, negated } => {
                self.out.push_str(if *negated { "[^" } else { "[" });
                self.out.push_str(members_of(*category, flags));
                self.out.push(']');
            }
            Node::Set { negated, members } => {
                self.out.push_str(if *negated { "[^" } else { "[" });
                for member in members {
                    self.member(*member, flags);
                }
                self.out.push(']');
            }
            Node::LineStart => self.out.push_str(if flags & MULTILINE != 0 { "(?m:^)" } else { "\\A" }),
            Node::LineEnd => self.out.push_str(if flags & MULTILINE != 0 { "(?m:$)" } else { "(?=\\n?\\z)" }),
            Node::TextStart => self.out.push_str("\\A"),
            Node::TextEnd => self.out.push_str("\\z"),
            Node::Boundary { negated } => {
                let word = members_of(Category::Word, flags);
                self.out.push_str(&if *negated {
                    // An empty text has no such place in Python 3.11.
                    format!("(?:(?<=[{word}])(?=[{word}])|(?<![{word}])(?![{word}])(?!\\A\\z))")
                } else {
                    format!("(?:(?<=[{word}])(?![{word}])|(?<![{word}])(?=[{word}]))")
                });
            }
            Node::Group { number: Some(_), body, .. } => self.wrapped("(", body, flags),
            Node::Group { number: None, add, remove, body } => {
                let mut inside = (flags | add) & !remove;
                if add & ASCII != 0 {
                    inside &= !UNICODE;
                } else if add & UNICODE != 0 {
                    inside &= !ASCII;
                }
                let opening = match (inside & IGNORECASE != 0, flags & IGNORECASE != 0) {
                    (true, false) => "(?i:",
                    (false, true) => "(?-i:",
                    _ => "(?:",
                };
                self.wrapped(opening, body, inside);
            }
            Node::Atomic(body) => self.wrapped("(?>", body, flags),
            Node::Look { ahead, negated, body } => {
                let opening = match (ahead, negated) {
                    (true, false) => "(?=",
                    (true, true) => "(?!",
                    (false, false) => "(?<=",
                    (false, true) => "(?<!",
                };
                self.wrapped(opening, body, flags);
            }
            // In a group of its own, so that a digit behind it stays outside.
            Node::Reference(group) => self.out.push_str(&format!("(?:\\{group})")),
            Node::Conditional { group, yes, no } => {
                self.out.push_str(&format!("(?({group})"));
                self.grouped(yes, flags);
                self.out.push('|');
                if let Some(no) = no {
                    self.grouped(no, flags);
                }
                self.out.push(')');
            }
            // What takes no room holds once or not at all; the engine refuses to repeat it.
            Node::Repeat { min, max, greed, body } if *max != Some(0) && node_width(body, self.widths) == (0, 0) => {
                self.out.push_str(if *greed == Greed::Possessive { "(?>" } else { "(?:" });
                if *min == 0 && *greed == Greed::Lazy {
                    self.out.push('|');
                }
                self.node(body, flags);
                if *min == 0 && *greed != Greed::Lazy {
                    self.out.push('|');
                }
                self.out.push(')');
            }
            Node::Repeat { min, max, greed, body } => {
                if *greed == Greed::Possessive {
                    self.out.push_str("(?>");
                }
                let bare =
                    matches!(**body, Node::Literal(_) | Node::Set { .. } | Node::Category { .. } | Node::Group { .. });
                if bare {
                    self.node(body, flags);
                } else {
                    self.out.push_str("(?:");
                    self.node(body, flags);
                    self.out.push(')');
                }
                match (min, max) {
                    (0, None) => self.out.push('*'),
                    (1, None) => self.out.push('+'),
                    (0, Some(1)) => self.out.push('?'),
                    (min, None) => self.out.push_str(&format!("{{{min},}}")),
                    (min, Some(max)) => self.out.push_str(&format!("{{{min},{max}}}")),
                }
                match greed {
                    Greed::Greedy => {}
                    Greed::Lazy => self.out.push('?'),
                    Greed::Possessive => self.out.push(')'),
                }
            }
        }
    }

    fn wrapped(&mut self, opening: &str, body: &Alternatives, flags: u32) {
        self.out.push_str(opening);
        self.alternatives(body, flags);
        self.out.push(')');
    }

    fn grouped(&mut self, sequence: &Sequence, flags: u32) {
        self.out.push_str("(?:");
        self.sequence(sequence, flags);
        self.out.push(')');
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphanumeric()) {
            self.out.push(c);
        } else {
            self.out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
        }
    }

    fn member(&mut self, member: Member, flags: u32) {
        match member {
            Member::Literal(c) => self.literal(c),
            Member::Range(low, high) => {
                self.literal(low);
                self.out.push('-');
                self.literal(high);
            }
            Member::Category { category, negated } => {
                self.out.push_str(if negated { "[^" } else { "[" });
                self.out.push_str(members_of(category, flags));
                self.out.push(']');
            }
        }
    }
}

/// The members of a category as Python has them: `\w` is what `str.isalnum` says, and the underscore.
fn members_of(category: Category, flags: u32) -> &'static str {
    match (category, flags & ASCII != 0) {
        (Category::Digit, true) => "0-9",
        (Category::Digit, false) => "\\p{Nd}",
        (Category::Space, true) => "\\x09-\\x0d\\x20",
        (Category::Space, false) => {
            "\\x09-\\x0d\\x1c-\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
        }
        (Category::Word, true) => "a-zA-Z0-9_",
        (Category::Word, false) => "\\p{L}\\p{N}_",
    }
}
