//! Python's pattern grammar.

use super::source::{Piece, Source};
use super::tree::{Alternatives, Category, Greed, Member, Node, Parsed, Sequence, width};
use super::{ASCII, DEBUG, DOTALL, IGNORECASE, LOCALE, MULTILINE, PatternError, UNICODE, VERBOSE};
use crate::values::text::str_repr;

/// Deeper nesting than this the engine refuses anyway.
const MAX_DEPTH: usize = 60;
const MAX_REPEAT: u64 = 4_294_967_295;

pub(super) fn parse(pattern: &str, flags: u32) -> Result<Parsed, PatternError> {
    if flags & LOCALE != 0 {
        return Err(PatternError::Value("cannot use LOCALE flag with a str pattern".into()));
    }
    let mut parser = Parser {
        source: Source::new(pattern)?,
        flags,
        groups: 1,
        open: Vec::new(),
        widths: vec![None],
        names: Vec::new(),
        closing_order: Vec::new(),
        lookbehind: None,
        conditions: Vec::new(),
        depth: 0,
    };
    let body = parser.alternatives(flags & VERBOSE != 0, true)?;
    if parser.source.peek().is_some() {
        return Err(parser.source.error("unbalanced parenthesis", 0));
    }
    if parser.flags & ASCII == 0 {
        parser.flags |= UNICODE;
    } else if parser.flags & UNICODE != 0 {
        return Err(PatternError::Value("ASCII and UNICODE flags are incompatible".into()));
    }
    for (group, position) in &parser.conditions {
        if *group >= parser.groups {
            return Err(parser.source.error_at(&format!("invalid group reference {group}"), *position));
        }
    }
    check_lookbehinds(&body, &parser.widths, &parser.source)?;
    Ok(Parsed {
        body,
        groups: parser.groups - 1,
        names: parser.names,
        flags: parser.flags,
        widths: parser.widths,
        closing_order: parser.closing_order,
    })
}

/// Look-behinds must have one width.
fn check_lookbehinds(
    body: &Alternatives,
    widths: &[Option<(u64, u64)>],
    source: &Source<'_>,
) -> Result<(), PatternError> {
    body.iter().flatten().try_for_each(|node| check_node(node, widths, source))
}

fn check_node(node: &Node, widths: &[Option<(u64, u64)>], source: &Source<'_>) -> Result<(), PatternError> {
    match node {
        Node::Look { ahead, body, .. } => {
            if !ahead {
                let (least, greatest) = width(body, widths);
                if least != greatest {
                    return Err(source.placeless("look-behind requires fixed-width pattern"));
                }
            }
            check_lookbehinds(body, widths, source)
        }
        Node::Group { body, .. } | Node::Atomic(body) => check_lookbehinds(body, widths, source),
        Node::Conditional { yes, no, .. } => {
            yes.iter().chain(no.iter().flatten()).try_for_each(|node| check_node(node, widths, source))
        }
        Node::Repeat { body, .. } => check_node(body, widths, source),
        _ => Ok(()),
    }
}

struct Parser<'p> {
    source: Source<'p>,
    flags: u32,
    /// One more than the last group's number.
    groups: usize,
    open: Vec<usize>,
    /// The widths of the closed groups.
    widths: Vec<Option<(u64, u64)>>,
    names: Vec<(String, usize)>,
    closing_order: Vec<usize>,
    /// Inside a look-behind: the number of groups that were there when it began.
    lookbehind: Option<usize>,
    /// Numbers that conditionals refer to, with their places.
    conditions: Vec<(usize, usize)>,
    depth: usize,
}

/// What an escape stands for.
enum Escaped {
    Literal(char),
    Category { category: Category, negated: bool },
    Node(Node),
}

fn flag_of(c: char) -> Option<u32> {
    Some(match c {
        'i' => IGNORECASE,
        'L' => LOCALE,
        'm' => MULTILINE,
        's' => DOTALL,
        'x' => VERBOSE,
        'a' => ASCII,
        'u' => UNICODE,
        _ => return None,
    })
}

const TYPE_FLAGS: u32 = ASCII | LOCALE | UNICODE;

impl Parser<'_> {
    fn alternatives(&mut self, verbose: bool, outermost: bool) -> Result<Alternatives, PatternError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PatternError::Unsupported("regular expressions nested this deeply".into()));
        }
        let mut verbose = verbose;
        let mut all = Vec::new();
        loop {
            let first = outermost && all.is_empty();
            all.push(self.sequence(verbose, first)?);
            if !self.source.accept('|')? {
                break;
            }
            if outermost {
                verbose = self.flags & VERBOSE != 0;
            }
        }
        self.depth -= 1;
        Ok(all)
    }

    fn sequence(&mut self, verbose: bool, first: bool) -> Result<Sequence, PatternError> {
        let mut verbose = verbose;
        let mut nodes: Sequence = Vec::new();
        while let Some(piece) = self.source.peek() {
            if matches!(piece, Piece::Plain('|' | ')')) {
                break;
            }
            self.source.get()?;
            let c = match piece {
                Piece::Escape(c) => {
                    let node = match self.escape(c)? {
                        Escaped::Literal(c) => Node::Literal(c),
                        Escaped::Category { category, negated } => Node::Category { category, negated },
                        Escaped::Node(node) => node,
                    };
                    nodes.push(node);
                    continue;
                }
                Piece::Plain(c) => c,
            };
            if verbose {
                if matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c') {
                    continue;
                }
                if c == '#' {
                    while !matches!(self.source.get()?, None | Some(Piece::Plain('\n'))) {}
                    continue;
                }
            }
            match c {
                '[' => {
                    let set = self.set()?;
                    nodes.push(set);
                }
                '*' | '+' | '?' | '{' => self.repeat(c, &mut nodes)?,
                '.' => nodes.push(Node::Any),
                '^' => nodes.push(Node::LineStart),
                '$' => nodes.push(Node::LineEnd),
                '(' => {
                    if let Some(node) = self.group(&mut verbose, first && nodes.is_empty())? {
                        nodes.push(node);
                    }
                }
                c => nodes.push(Node::Literal(c)),
            }
        }
        Ok(nodes)
    }

    fn repeat(&mut self, sign: char, nodes: &mut Sequence) -> Result<(), PatternError> {
        let here = self.source.tell();
        let (min, max) = match sign {
            '?' => (0, Some(1)),
            '*' => (0, None),
            '+' => (1, None),
            _ => {
                if self.source.peek() == Some(Piece::Plain('}')) {
                    nodes.push(Node::Literal('{'));
                    return Ok(());
                }
                let low = self.source.take_while(usize::MAX, |c| c.is_ascii_digit())?;
                let high = if self.source.accept(',')? {
                    self.source.take_while(usize::MAX, |c| c.is_ascii_digit())?
                } else {
                    low.clone()
                };
                if !self.source.accept('}')? {
                    nodes.push(Node::Literal('{'));
                    self.source.seek(here)?;
                    return Ok(());
                }
                let number = |text: &str| match text.parse::<u64>() {
                    Ok(value) if value < MAX_REPEAT => Ok(value as u32),
                    _ => Err(PatternError::Overflow("the repetition number is too large".into())),
                };
                let min = if low.is_empty() { 0 } else { number(&low)? };
                let max = if high.is_empty() { None } else { Some(number(&high)?) };
                if max.is_some_and(|max| max < min) {
                    let offset = self.source.tell() - here;
                    return Err(self.source.error("min repeat greater than max repeat", offset));
                }
                (min, max)
            }
        };
        let offset = self.source.tell() - here + 1;
        let Some(item) = nodes.pop() else { return Err(self.source.error("nothing to repeat", offset)) };
        if item.is_position() {
            return Err(self.source.error("nothing to repeat", offset));
        }
        if matches!(item, Node::Repeat { .. }) {
            return Err(self.source.error("multiple repeat", offset));
        }
        let greed = if self.source.accept('?')? {
            Greed::Lazy
        } else if self.source.accept('+')? {
            Greed::Possessive
        } else {
            Greed::Greedy
        };
        nodes.push(Node::Repeat { min, max, greed, body: Box::new(item) });
        Ok(())
    }

    /// What stands behind an opening bracket.
    fn set(&mut self) -> Result<Node, PatternError> {
        let here = self.source.tell() - 1;
        let negated = self.source.accept('^')?;
        let mut members = Vec::new();
        let unterminated = |source: &Source<'_>| source.error("unterminated character set", source.tell() - here);
        loop {
            let Some(this) = self.source.get()? else { return Err(unterminated(&self.source)) };
            let (low, shown) = match this {
                Piece::Plain(']') if !members.is_empty() => break,
                Piece::Plain(c) => (Member::Literal(c), this),
                Piece::Escape(c) => (self.class_escape(c)?, this),
            };
            if !self.source.accept('-')? {
                members.push(low);
                continue;
            }
            let Some(that) = self.source.get()? else { return Err(unterminated(&self.source)) };
            let high = match that {
                Piece::Plain(']') => {
                    members.push(low);
                    members.push(Member::Literal('-'));
                    break;
                }
                Piece::Plain(c) => Member::Literal(c),
                Piece::Escape(c) => self.class_escape(c)?,
            };
            match (low, high) {
                (Member::Literal(low), Member::Literal(high)) if low <= high => members.push(Member::Range(low, high)),
                _ => {
                    let message = format!("bad character range {}-{}", shown.text(), that.text());
                    return Err(self.source.error(&message, shown.len() + 1 + that.len()));
                }
            }
        }
        Ok(Node::Set { negated, members })
    }

    fn class_escape(&mut self, c: char) -> Result<Member, PatternError> {
        if let Some((category, negated)) = category(c) {
            return Ok(Member::Category { category, negated });
        }
        match c {
            'b' => Ok(Member::Literal('\x08')),
            '0'..='7' => self.octal(c).map(Member::Literal),
            _ => self.plain_escape(c).map(Member::Literal),
        }
    }

    /// An octal escape of up to three digits.
    fn octal(&mut self, first: char) -> Result<char, PatternError> {
        let more = self.source.take_while(2, |c| ('0'..='7').contains(&c))?;
        let digits = format!("{first}{more}");
        let value = u32::from_str_radix(&digits, 8).unwrap_or(0);
        if value > 0o377 {
            let message = format!("octal escape value \\{digits} outside of range 0-0o377");
            return Err(self.source.error(&message, digits.len() + 1));
        }
        Ok(char::from(value as u8))
    }

    /// The escapes that stand for one character both in and outside of sets.
    fn plain_escape(&mut self, c: char) -> Result<char, PatternError> {
        let digits = match c {
            'a' => return Ok('\x07'),
            'f' => return Ok('\x0c'),
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            'v' => return Ok('\x0b'),
            '\\' => return Ok('\\'),
            'x' => 2,
            'u' => 4,
            'U' => 8,
            'N' => return Err(PatternError::Unsupported("character names in regular expressions".into())),
            c if c.is_ascii_alphanumeric() => {
                return Err(self.source.error(&format!("bad escape \\{c}"), 2));
            }
            c => return Ok(c),
        };
        let hex = self.source.take_while(digits, |c| c.is_ascii_hexdigit())?;
        let length = hex.len() + 2;
        if hex.len() != digits {
            return Err(self.source.error(&format!("incomplete escape \\{c}{hex}"), length));
        }
        let code = u32::from_str_radix(&hex, 16).unwrap_or(u32::MAX);
        match char::from_u32(code) {
            Some(c) => Ok(c),
            None if code > 0x10ffff => Err(self.source.error(&format!("bad escape \\{c}{hex}"), length)),
            None => Err(PatternError::Unsupported("surrogates in regular expressions".into())),
        }
    }

    fn escape(&mut self, c: char) -> Result<Escaped, PatternError> {
        if let Some((category, negated)) = category(c) {
            return Ok(Escaped::Category { category, negated });
        }
        Ok(match c {
            'A' => Escaped::Node(Node::TextStart),
            'Z' => Escaped::Node(Node::TextEnd),
            'b' => Escaped::Node(Node::Boundary { negated: false }),
            'B' => Escaped::Node(Node::Boundary { negated: true }),
            '0' => {
                let more = self.source.take_while(2, |c| ('0'..='7').contains(&c))?;
                let value = if more.is_empty() { 0 } else { u32::from_str_radix(&more, 8).unwrap_or(0) };
                Escaped::Literal(char::from(value as u8))
            }
            '1'..='9' => return self.reference_or_octal(c),
            _ => Escaped::Literal(self.plain_escape(c)?),
        })
    }

    fn reference_or_octal(&mut self, first: char) -> Result<Escaped, PatternError> {
        let mut digits = String::from(first);
        if let Some(Piece::Plain(second @ '0'..='9')) = self.source.peek() {
            digits.push(second);
            self.source.get()?;
            let octal = digits.chars().all(|c| ('0'..='7').contains(&c));
            if let (true, Some(Piece::Plain(third @ '0'..='7'))) = (octal, self.source.peek()) {
                digits.push(third);
                self.source.get()?;
                let value = u32::from_str_radix(&digits, 8).unwrap_or(0);
                if value > 0o377 {
                    let message = format!("octal escape value \\{digits} outside of range 0-0o377");
                    return Err(self.source.error(&message, digits.len() + 1));
                }
                return Ok(Escaped::Literal(char::from(value as u8)));
            }
        }
        let group: usize = digits.parse().unwrap_or(usize::MAX);
        if group >= self.groups {
            return Err(self.source.error(&format!("invalid group reference {group}"), digits.len()));
        }
        self.check_reference(group, digits.len() + 1)?;
        Ok(Escaped::Node(Node::Reference(group)))
    }

    fn check_reference(&self, group: usize, offset: usize) -> Result<(), PatternError> {
        if self.open.contains(&group) {
            return Err(self.source.error("cannot refer to an open group", offset));
        }
        self.check_lookbehind_reference(group)
    }

    fn check_lookbehind_reference(&self, group: usize) -> Result<(), PatternError> {
        let Some(outside) = self.lookbehind else { return Ok(()) };
        if self.open.contains(&group) {
            return Err(self.source.error("cannot refer to an open group", 0));
        }
        if group >= outside {
            return Err(self.source.error("cannot refer to group defined in the same lookbehind subpattern", 0));
        }
        Ok(())
    }

    fn check_name(&self, name: &str, offset: usize) -> Result<(), PatternError> {
        if is_identifier(name) {
            return Ok(());
        }
        let message = format!("bad character in group name {}", str_repr(name));
        Err(self.source.error(&message, name.chars().count() + offset))
    }

    fn group_named(&self, name: &str) -> Result<usize, PatternError> {
        match self.names.iter().find(|(known, _)| known == name) {
            Some((_, group)) => Ok(*group),
            None => {
                let message = format!("unknown group name {}", str_repr(name));
                Err(self.source.error(&message, name.chars().count() + 1))
            }
        }
    }

    fn close(&mut self, start: usize) -> Result<(), PatternError> {
        if self.source.accept(')')? {
            return Ok(());
        }
        let offset = self.source.tell() - start;
        Err(self.source.error("missing ), unterminated subpattern", offset))
    }

    /// What stands behind an opening parenthesis; comments and global flags are no nodes.
    fn group(&mut self, verbose: &mut bool, at_start: bool) -> Result<Option<Node>, PatternError> {
        let start = self.source.tell() - 1;
        if !self.source.accept('?')? {
            return self.capture(None, *verbose, start).map(Some);
        }
        let piece = self.source.get()?;
        let unexpected_end = |source: &Source<'_>| source.error("unexpected end of pattern", 0);
        let Some(piece) = piece else { return Err(unexpected_end(&self.source)) };
        match piece {
            Piece::Plain('P') => {
                if self.source.accept('<')? {
                    let name = self.source.until('>', "group name")?;
                    self.check_name(&name, 1)?;
                    return self.capture(Some(name), *verbose, start).map(Some);
                }
                if self.source.accept('=')? {
                    let name = self.source.until(')', "group name")?;
                    self.check_name(&name, 1)?;
                    let group = self.group_named(&name)?;
                    self.check_reference(group, name.chars().count() + 1)?;
                    return Ok(Some(Node::Reference(group)));
                }
                match self.source.get()? {
                    None => Err(unexpected_end(&self.source)),
                    Some(piece) => {
                        let message = format!("unknown extension ?P{}", piece.text());
                        Err(self.source.error(&message, piece.len() + 2))
                    }
                }
            }
            Piece::Plain(':') => {
                let body = self.alternatives(*verbose, false)?;
                self.close(start)?;
                Ok(Some(Node::Group { number: None, add: 0, remove: 0, body }))
            }
            Piece::Plain('>') => {
                let body = self.alternatives(*verbose, false)?;
                self.close(start)?;
                Ok(Some(Node::Atomic(body)))
            }
            Piece::Plain('#') => loop {
                if self.source.peek().is_none() {
                    let offset = self.source.tell() - start;
                    return Err(self.source.error("missing ), unterminated comment", offset));
                }
                if self.source.get()? == Some(Piece::Plain(')')) {
                    return Ok(None);
                }
            },
            Piece::Plain(sign @ ('=' | '!')) => {
                let body = self.alternatives(*verbose, false)?;
                self.close(start)?;
                Ok(Some(Node::Look { ahead: true, negated: sign == '!', body }))
            }
            Piece::Plain('<') => {
                let Some(sign) = self.source.get()? else { return Err(unexpected_end(&self.source)) };
                let Piece::Plain(sign @ ('=' | '!')) = sign else {
                    let message = format!("unknown extension ?<{}", sign.text());
                    return Err(self.source.error(&message, sign.len() + 2));
                };
                let outer = self.lookbehind;
                self.lookbehind = outer.or(Some(self.groups));
                let body = self.alternatives(*verbose, false)?;
                self.lookbehind = outer;
                self.close(start)?;
                Ok(Some(Node::Look { ahead: false, negated: sign == '!', body }))
            }
            Piece::Plain('(') => self.conditional(*verbose, start).map(Some),
            Piece::Plain(c) if c == '-' || flag_of(c).is_some() => {
                let Some((add, remove)) = self.inline_flags(c)? else {
                    if !at_start {
                        let offset = self.source.tell() - start;
                        return Err(self.source.error("global flags not at the start of the expression", offset));
                    }
                    *verbose = self.flags & VERBOSE != 0;
                    return Ok(None);
                };
                let inside = (*verbose || add & VERBOSE != 0) && remove & VERBOSE == 0;
                let body = self.alternatives(inside, false)?;
                self.close(start)?;
                Ok(Some(Node::Group { number: None, add, remove, body }))
            }
            piece => {
                let message = format!("unknown extension ?{}", piece.text());
                Err(self.source.error(&message, piece.len() + 1))
            }
        }
    }

    fn capture(&mut self, name: Option<String>, verbose: bool, start: usize) -> Result<Node, PatternError> {
        let number = self.groups;
        self.groups += 1;
        self.widths.push(None);
        if let Some(name) = name {
            if let Some((_, earlier)) = self.names.iter().find(|(known, _)| *known == name) {
                let message =
                    format!("redefinition of group name {} as group {number}; was group {earlier}", str_repr(&name));
                return Err(self.source.error(&message, name.chars().count() + 1));
            }
            self.names.push((name, number));
        }
        self.open.push(number);
        let body = self.alternatives(verbose, false)?;
        self.close(start)?;
        self.open.pop();
        self.widths[number] = Some(width(&body, &self.widths));
        self.closing_order.push(number);
        Ok(Node::Group { number: Some(number), add: 0, remove: 0, body })
    }

    fn conditional(&mut self, verbose: bool, start: usize) -> Result<Node, PatternError> {
        let name = self.source.until(')', "group name")?;
        let length = name.chars().count();
        let group = if is_identifier(&name) {
            self.group_named(&name)?
        } else {
            let Ok(group) = name.trim().parse::<usize>() else {
                let message = format!("bad character in group name {}", str_repr(&name));
                return Err(self.source.error(&message, length + 1));
            };
            if group == 0 {
                return Err(self.source.error("bad group number", length + 1));
            }
            if !self.conditions.iter().any(|(known, _)| *known == group) {
                self.conditions.push((group, self.source.tell() - length - 1));
            }
            group
        };
        self.check_lookbehind_reference(group)?;
        self.depth += 1;
        let yes = self.sequence(verbose, false)?;
        let no = if self.source.accept('|')? {
            let no = self.sequence(verbose, false)?;
            if self.source.peek() == Some(Piece::Plain('|')) {
                return Err(self.source.error("conditional backref with more than two branches", 0));
            }
            Some(no)
        } else {
            None
        };
        self.depth -= 1;
        self.close(start)?;
        Ok(Node::Conditional { group, yes, no })
    }

    /// Flags behind `(?`: `None` for global ones, which are added to the pattern's.
    fn inline_flags(&mut self, first: char) -> Result<Option<(u32, u32)>, PatternError> {
        const GLOBAL: u32 = DEBUG;
        let mut add = 0;
        let mut remove = 0;
        let mut c = first;
        if c != '-' {
            loop {
                let flag = flag_of(c).unwrap_or(0);
                if flag == LOCALE {
                    return Err(self.source.error("bad inline flags: cannot use 'L' flag with a str pattern", 0));
                }
                add |= flag;
                if flag & TYPE_FLAGS != 0 && add & TYPE_FLAGS != flag {
                    return Err(self.source.error("bad inline flags: flags 'a', 'u' and 'L' are incompatible", 0));
                }
                c = self.flag_letter("missing -, : or )", ")-:")?;
                if matches!(c, ')' | '-' | ':') {
                    break;
                }
            }
        }
        if c == ')' {
            self.flags |= add;
            return Ok(None);
        }
        if add & GLOBAL != 0 {
            return Err(self.source.error("bad inline flags: cannot turn on global flag", 1));
        }
        if c == '-' {
            c = self.flag_letter("missing flag", "")?;
            loop {
                let flag = flag_of(c).unwrap_or(0);
                if flag & TYPE_FLAGS != 0 {
                    return Err(self.source.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", 0));
                }
                remove |= flag;
                c = self.flag_letter("missing :", ":")?;
                if c == ':' {
                    break;
                }
            }
        }
        if add & remove != 0 {
            return Err(self.source.error("bad inline flags: flag turned on and off", 1));
        }
        Ok(Some((add, remove)))
    }

    /// The next flag, or one of the characters that may end them.
    fn flag_letter(&mut self, missing: &str, enders: &str) -> Result<char, PatternError> {
        match self.source.get()? {
            None => Err(self.source.error(missing, 0)),
            Some(Piece::Plain(c)) if enders.contains(c) || flag_of(c).is_some() => Ok(c),
            Some(piece) => {
                let letter = matches!(piece, Piece::Plain(c) if c.is_alphabetic());
                Err(self.source.error(if letter { "unknown flag" } else { missing }, piece.len()))
            }
        }
    }
}

fn category(c: char) -> Option<(Category, bool)> {
    Some(match c {
        'd' => (Category::Digit, false),
        'D' => (Category::Digit, true),
        's' => (Category::Space, false),
        'S' => (Category::Space, true),
        'w' => (Category::Word, false),
        'W' => (Category::Word, true),
        _ => return None,
    })
}

/// `name.isidentifier()`
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(|c| c.is_alphanumeric() || c == '_')
}
