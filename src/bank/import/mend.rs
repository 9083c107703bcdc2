//! Mends code: fences that a page break split, programs whose line breaks were lost. The Python parser is the judge.

use super::code::{self, Language};

/// Whether a line is a program whose line breaks were lost.
pub fn is_flattened_code(line: &str) -> bool {
    if line.len() < 60 || line.starts_with('|') || line.ends_with('|') || line.contains("? ") && !line.starts_with('#')
    {
        return false;
    }
    let starts =
        ["from ", "import ", "class ", "# ", "def ", "@", "with ", "for ", "python ", "async ", "SELECT ", "CREATE "];
    let begins = starts.iter().any(|start| line.starts_with(start)) || code::is_python_line(line);
    if !begins {
        return false;
    }
    // More than one statement, or a comment with a statement behind it.
    let marks = [
        " = ",
        ".objects.",
        "models.",
        " class ",
        " def ",
        " import ",
        "self.",
        "python manage.py",
        "():",
        "): ",
        ".save()",
        " # ",
    ];
    let count: usize = marks.iter().map(|mark| line.matches(mark).count()).sum();
    let words = line.split_whitespace().count();
    count >= 3 && count * 14 >= words || (count >= 2 && words <= 14 && line.starts_with("from "))
}

/// A piece of a flattened program.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// A statement, or the head of a compound one.
    Statement(String),
    /// A comment with its mark.
    Comment(String),
}

/// A flattened program with its line breaks again, if the parser accepts one that has them.
pub fn unflatten(line: &str) -> Option<String> {
    if line.len() > 20_000 {
        return None;
    }
    if code::parses(line) && !line.trim_start().starts_with('#') && line.len() < 100 {
        return None;
    }
    let line = line.replace("\\ .", " .").replace("\\ ", " ");
    let pieces = pieces(&line);
    let laid_out = layout(&pieces);
    if code::parses(&laid_out) && laid_out.lines().count() > 1 {
        return Some(laid_out);
    }
    // A part that cannot be mended must not take the others with it.
    let kept = parsing_parts(&laid_out);
    (kept.lines().filter(|line| !line.trim_start().starts_with('#')).count() >= 2).then_some(kept)
}

/// The top-level statements of a program that parse, each with the comment before it.
fn parsing_parts(source: &str) -> String {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    for line in source.lines() {
        let top = !line.starts_with(' ') && !line.starts_with(')');
        let continues =
            parts.last().is_some_and(|part| part.iter().all(|line| line.starts_with('#') || line.starts_with('@')));
        if (top && !continues) || parts.is_empty() {
            parts.push(vec![line]);
        } else if let Some(part) = parts.last_mut() {
            part.push(line);
        }
    }
    let mut kept: Vec<String> = Vec::new();
    for part in parts {
        let text = part.join("\n");
        if code::parses(&text) {
            kept.push(text);
        }
    }
    kept.join("\n")
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// Words that begin a statement.
const HEADS: &[&str] =
    &["class", "def", "for", "while", "if", "elif", "else", "try", "except", "finally", "with", "async"];
const SIMPLE: &[&str] =
    &["from", "import", "return", "raise", "pass", "break", "continue", "del", "assert", "global", "yield"];
/// Words that join two operands.
const JOINING: &[&str] =
    &["and", "or", "not", "in", "is", "if", "else", "for", "lambda", "await", "as", "import", "from", "async", "yield"];

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// A string with its prefix, if one begins here.
    fn string(&self) -> Option<usize> {
        let rest = self.rest();
        let prefix = rest.chars().take_while(|symbol| "rbfuRBFU".contains(*symbol)).count();
        if prefix > 2 {
            return None;
        }
        let body = &rest[prefix..];
        let quote = body.chars().next().filter(|symbol| matches!(symbol, '"' | '\''))?;
        let triple: String = [quote; 3].iter().collect();
        if body.starts_with(&triple) {
            let end = body[3..].find(&triple)?;
            return Some(prefix + 3 + end + 3);
        }
        let mut escaped = false;
        for (at, symbol) in body.char_indices().skip(1) {
            match symbol {
                '\\' if !escaped => escaped = true,
                _ if symbol == quote && !escaped => return Some(prefix + at + 1),
                _ => escaped = false,
            }
        }
        None
    }

    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').unwrap_or(rest.len());
        &rest[..end]
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut scanner = Scanner { text, at: 0 };
    let mut pieces = Vec::new();
    loop {
        scanner.skip_blanks();
        if scanner.rest().is_empty() {
            return pieces;
        }
        if scanner.rest().starts_with('#') {
            let end = comment_end(scanner.rest());
            pieces.push(Piece::Comment(scanner.rest()[..end].trim().to_owned()));
            scanner.at += end;
            continue;
        }
        let start = scanner.at;
        let comments = statement(&mut scanner);
        if scanner.at == start {
            // Nothing that could begin a statement: it stays, and the parser refuses it.
            scanner.at += scanner.rest().find(' ').map_or(scanner.rest().len(), |end| end + 1).max(1);
            while !scanner.text.is_char_boundary(scanner.at) {
                scanner.at += 1;
            }
        }
        let mut source = scanner.text[start..scanner.at].to_owned();
        for (from, to) in comments.into_iter().rev() {
            // A comment inside brackets goes; where it ended is known from what follows.
            source.replace_range(from - start..to - start, " ");
        }
        pieces.push(Piece::Statement(source.trim().to_owned()));
    }
}

/// Reads one statement, or the head of a compound one up to its colon. Gives the comments within its brackets.
fn statement(scanner: &mut Scanner<'_>) -> Vec<(usize, usize)> {
    let first = scanner.word();
    let compound = HEADS.contains(&first) || scanner.rest().starts_with("async ");
    let mut comments = Vec::new();
    let mut depth = 0i32;
    // Whether an operand has just ended: another one right after it begins the next statement.
    let mut ended = false;
    let mut last_word = "";
    let mut begun = false;
    let is_import = matches!(first, "from" | "import");
    let decorator = scanner.rest().starts_with('@');
    while scanner.at < scanner.text.len() {
        let rest = scanner.rest();
        let Some(symbol) = rest.chars().next() else { break };
        if symbol.is_whitespace() {
            scanner.at += symbol.len_utf8();
            continue;
        }
        if symbol == '#' {
            if depth == 0 {
                break;
            }
            let end = comment_end(rest);
            comments.push((scanner.at, scanner.at + end));
            scanner.at += end;
            continue;
        }
        if let Some(length) = scanner.string() {
            if depth == 0 && ended && begun && !last_was_string(scanner) {
                break;
            }
            scanner.at += length;
            ended = true;
            begun = true;
            last_word = "";
            continue;
        }
        let word = scanner.word();
        if !word.is_empty() {
            if depth == 0 && begun {
                let begins = ended && !JOINING.contains(&last_word);
                let joins = JOINING.contains(&word) && !starts_statement(scanner, word, compound, is_import);
                if begins && !joins {
                    break;
                }
            }
            scanner.at += word.len();
            ended = !JOINING.contains(&word) && !(!begun && (HEADS.contains(&word) || SIMPLE.contains(&word)));
            if !begun && matches!(word, "pass" | "break" | "continue") {
                return comments;
            }
            if !begun && matches!(word, "else" | "try" | "finally" | "return" | "raise") {
                ended = false;
            }
            begun = true;
            last_word = word;
            continue;
        }
        match symbol {
            '(' | '[' | '{' => {
                if depth == 0 && ended && symbol == '{' {
                    break;
                }
                depth += 1;
                ended = false;
            }
            ')' | ']' | '}' => {
                depth -= 1;
                ended = true;
                if depth < 0 {
                    scanner.at += 1;
                    break;
                }
            }
            ':' if depth == 0 && compound => {
                scanner.at += 1;
                return comments;
            }
            '@' if depth == 0 && ended && !decorator => break,
            '…' | '—' | '─' => {
                if depth == 0 {
                    break;
                }
                ended = true;
            }
            '.' if rest.starts_with("...") => {
                scanner.at += 2;
                ended = true;
            }
            _ => ended = false,
        }
        last_word = "";
        begun = true;
        scanner.at += symbol.len_utf8();
    }
    comments
}

/// Adjacent strings are one.
fn last_was_string(scanner: &Scanner<'_>) -> bool {
    scanner.text[..scanner.at].trim_end().ends_with(['"', '\''])
}

/// Whether a joining word begins a statement here.
fn starts_statement(scanner: &Scanner<'_>, word: &str, compound: bool, is_import: bool) -> bool {
    let rest = scanner.rest();
    match word {
        "from" => {
            !compound && rest.contains(" import ") && {
                let words: Vec<&str> = rest.split_whitespace().take(3).collect();
                words.get(2) == Some(&"import")
            }
        }
        "import" => !is_import,
        // `x for x in` stands in brackets; at the top `for` begins a loop.
        "for" | "if" => !compound && head_ends(rest),
        "async" => true,
        "else" => rest[4..].trim_start().starts_with(':'),
        _ => false,
    }
}

/// Whether a head's colon comes before the next assignment.
fn head_ends(rest: &str) -> bool {
    let colon = rest.find(':');
    colon.is_some_and(|colon| colon < 160 && !rest[..colon].contains(" else "))
}

/// Where a comment that lost its line end ends: before the first words that begin a statement.
fn comment_end(text: &str) -> usize {
    let mut offset = 1;
    let body = &text[1..];
    for (index, (at, word)) in words(body).enumerate() {
        offset = 1 + at;
        let rest = &body[at..];
        if word.starts_with('#') && index > 0 {
            return offset;
        }
        if index > 0 && begins_code(rest, word) {
            return offset;
        }
        offset += word.len();
    }
    offset.max(text.len())
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split_whitespace().map(move |word| (word.as_ptr() as usize - base, word))
}

/// Whether a text begins with a statement rather than with words.
fn begins_code(rest: &str, word: &str) -> bool {
    let next: Vec<&str> = rest.split_whitespace().take(4).collect();
    let second = next.get(1).copied().unwrap_or_default();
    let identifier = |text: &str| {
        !text.is_empty()
            && text.starts_with(|symbol: char| symbol.is_alphabetic() || symbol == '_')
            && text.chars().all(|symbol| symbol.is_alphanumeric() || matches!(symbol, '_' | '.' | ','))
    };
    if identifier(word) && matches!(second, "=" | "+=" | "-=" | "*=" | "&=" | "|=") {
        return true;
    }
    match word {
        "from" => return next.get(2) == Some(&"import"),
        "import" => return identifier(second) && !second.ends_with(','),
        "class" => return second.contains(['(', ':']),
        "def" => return second.contains('('),
        "for" => {
            return rest.split(':').next().is_some_and(|head| {
                head.contains(" in ")
                    && head.len() < 90
                    && head.split_whitespace().count() <= 8
                    && rest.len() > head.len()
            });
        }
        "with" => return second.contains(['(', '.']) && rest.contains(':'),
        "if" => {
            return rest.split(':').next().is_some_and(|head| {
                head.len() < 100 && head.contains(['.', '(']) && head.split_whitespace().count() <= 6
            }) && rest.contains(':');
        }
        "try:" | "else:" | "finally:" => return true,
        "except" => return second.ends_with(':') || second.contains('.'),
        "return" | "raise" => return second.contains(['(', '.']),
        "python" | "pip" => return true,
        _ => {}
    }
    if word.starts_with('@') && word.len() > 3 {
        return true;
    }
    // `Post.objects.filter(…)`, `post.save()`, `models.Index(`.
    let head: &str = word.split('(').next().unwrap_or_default();
    let called = word.contains('(') || word.ends_with('\\');
    let dotted = head.contains('.') && !head.starts_with('.') && !head.ends_with('.');
    let chain = word.contains(".objects") && identifier(head);
    chain && (word.contains('(') || word.ends_with(".objects\\") || second.starts_with('.'))
        || dotted && called && identifier(head)
        || (called
            && identifier(head)
            && word.len() > head.len() + 1
            && matches!(head, "print" | "list" | "len" | "bool"))
        || (called && identifier(head) && word.len() > head.len() + 2 && head.ends_with("cursor.execute"))
}

/// Lines with indentation guessed from heads, decorators and what cannot follow what.
fn layout(pieces: &[Piece]) -> String {
    let mut lines: Vec<String> = Vec::new();
    // The heads that are open, with the indentation of their bodies.
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut waiting: Vec<String> = Vec::new();
    let mut decorated = false;
    let mut ended_block = false;
    for (index, piece) in pieces.iter().enumerate() {
        let statement = match piece {
            Piece::Comment(text) => {
                waiting.push(text.clone());
                continue;
            }
            Piece::Statement(text) => text,
        };
        let word: String = statement.chars().take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_').collect();
        let is_head = statement.ends_with(':');
        let decorator = statement.starts_with('@');
        let in_class = open.iter().rposition(|(head, _)| head == "class");
        let method = word == "def" && {
            let arguments = statement.split('(').nth(1).unwrap_or_default().trim_start();
            arguments.starts_with("self") || arguments.starts_with("cls")
        };
        let next_is_method = decorator
            && matches!(pieces.get(index + 1), Some(Piece::Statement(next)) if next.starts_with("def ") && next.contains("(self"));
        if !decorated {
            match word.as_str() {
                "class" => {
                    let bases = statement.split('(').nth(1).unwrap_or_default();
                    let nested = statement.starts_with("class Meta") || bases.contains("Choices") && in_class.is_some();
                    match in_class {
                        Some(at) if nested => open.truncate(at + 1),
                        _ => open.clear(),
                    }
                }
                "def" | "async" if method => {
                    // `Meta` holds no methods: they belong to the class around it.
                    let outer = open.iter().rposition(|(head, _)| head == "class");
                    open.truncate(outer.map_or(0, |at| at + 1));
                }
                "def" | "from" | "import" => {
                    let inside = ended_block || !open.iter().all(|(head, filled)| head == "def" && !filled);
                    if inside || word == "def" {
                        open.clear();
                    }
                }
                "else" | "elif" | "except" | "finally" => {
                    let fits = |head: &str| match word.as_str() {
                        "except" | "finally" => matches!(head, "try" | "except"),
                        _ => matches!(head, "if" | "elif" | "for" | "while" | "try" | "except"),
                    };
                    if let Some(at) = open.iter().rposition(|(head, _)| fits(head)) {
                        open.truncate(at);
                    }
                }
                _ if decorator => {
                    let keep = if next_is_method { in_class.map_or(0, |at| at + 1) } else { 0 };
                    open.truncate(keep);
                }
                _ => {
                    let field = statement.contains("= models.")
                        || statement.contains("Manager()")
                        || statement.contains(".as_manager()");
                    if field
                        && in_class.is_some_and(|at| {
                            open.get(at + 1).is_some_and(|(head, _)| head != "class")
                                || open.len() > at + 1 && !statement.starts_with(char::is_uppercase)
                        })
                    {
                        open.truncate(in_class.map_or(0, |at| at + 1));
                    } else if ended_block {
                        // What follows a `return` stands outside its function, or its `if`.
                        while open.last().is_some_and(|(head, _)| head != "class") {
                            open.pop();
                        }
                        let own = statement.contains("models.") || !statement.contains(['.', '(']);
                        if !own {
                            open.clear();
                        }
                    } else if leaves(&open, statement, &waiting) {
                        open.clear();
                    }
                }
            }
        }
        ended_block = matches!(word.as_str(), "return" | "raise" | "pass" | "break" | "continue") && !is_head;
        decorated = decorator;
        let indent = "    ".repeat(open.len());
        for comment in waiting.drain(..) {
            lines.push(format!("{indent}{comment}"));
        }
        lines.push(format!("{indent}{statement}"));
        if let Some((_, filled)) = open.last_mut() {
            *filled = true;
        }
        if is_head {
            let head = match word.as_str() {
                "async" => "def".to_owned(),
                "class" if statement.starts_with("class Meta") => "meta".to_owned(),
                "class" if statement.contains("Choices)") && !open.is_empty() => "meta".to_owned(),
                _ => word,
            };
            open.push((head, false));
        }
    }
    lines.extend(waiting);
    lines.join("\n")
}

/// Whether a statement stands outside what is open: code on querysets after a class's fields, a comment before code that
/// does not use the loop's variable.
fn leaves(open: &[(String, bool)], statement: &str, comments: &[String]) -> bool {
    let Some((head, filled)) = open.last() else { return false };
    if !filled {
        return false;
    }
    let queries = statement.contains(".objects")
        || statement.contains("()") && statement.contains('.')
        || statement.starts_with("print(");
    match head.as_str() {
        "class" | "meta" => {
            let only_classes = open.iter().all(|(head, _)| head == "class" || head == "meta");
            only_classes
                && (queries && !statement.contains("models.")
                    || statement.contains('.')
                        && statement.contains(" = ")
                        && !statement.contains("= models.")
                        && statement.split('=').next().is_some_and(|target| target.contains('.')))
        }
        // A loop's body goes on until a comment or a new query begins something else.
        "for" | "if" | "else" | "elif" | "with" | "try" | "except" | "while" => {
            !comments.is_empty() && open.iter().all(|(head, _)| head != "def" && head != "class")
                || statement.contains(".objects") && matches!(head.as_str(), "for" | "if") && open.len() == 1
        }
        _ => false,
    }
}

/// Code blocks that a page break split, joined where the parser accepts only the whole, or where both halves go on with
/// one statement.
pub fn joins(first: &str, second: &str) -> Option<String> {
    let language = code::language(first);
    if language == Language::Shell || code::language(second) == Language::Shell {
        return None;
    }
    let joined = format!("{}\n{}", first.trim_end(), second);
    if language == Language::Sql {
        let open = first.matches('(').count() > first.matches(')').count();
        let unfinished =
            !first.trim_end().ends_with(';') && !second.trim_start().to_ascii_lowercase().starts_with("select");
        let comment_only = first.trim_end().lines().last().is_some_and(|line| line.trim_start().starts_with("--"));
        return (open || unfinished || comment_only).then_some(joined);
    }
    let comment_only = first.trim_end().lines().last().is_some_and(|line| line.trim_start().starts_with('#'));
    if code::parses(first) && code::parses(second) && !comment_only {
        return None;
    }
    if code::parses(&joined) {
        return Some(joined);
    }
    // The indentation of a body was lost at the break.
    let last = first.trim_end().lines().last().unwrap_or_default();
    if last.trim_end().ends_with(':') {
        let indent = " ".repeat(last.len() - last.trim_start().len() + 4);
        let moved: Vec<String> = second
            .lines()
            .map(|line| if line.trim().is_empty() { String::new() } else { format!("{indent}{line}") })
            .collect();
        let joined = format!("{}\n{}", first.trim_end(), moved.join("\n"));
        if code::parses(&joined) {
            return Some(joined);
        }
    }
    let open = first.matches(['(', '[', '{']).count() > first.matches([')', ']', '}']).count();
    (open || comment_only).then_some(joined)
}

/// What of an author's code is code: prompts and their output taken off.
pub fn without_prompts(source: &str) -> Option<String> {
    let prompted =
        |line: &str| line.starts_with(">>>") || line.starts_with("... ") || line == "..." || in_prompt(line).is_some();
    if !source.lines().any(|line| prompted(line.trim_start())) {
        return None;
    }
    let lines: Vec<&str> = source
        .lines()
        .map(str::trim_start)
        .filter_map(|line| line.strip_prefix(">>> ").or_else(|| line.strip_prefix("... ")).or_else(|| in_prompt(line)))
        .collect();
    Some(lines.join("\n"))
}

/// What stands behind `In [3]: `.
fn in_prompt(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("In [")?;
    let end = rest.find("]: ")?;
    rest[..end].chars().all(|symbol| symbol.is_ascii_digit() || symbol == ' ').then(|| &rest[end + 3..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_line_ends_come_back() {
        let flat = "from django.db import models class Note(models.Model): # the text text = models.TextField() done = models.BooleanField(default=False) class Meta: ordering = ['-id'] def __str__(self): return self.text";
        assert_eq!(
            unflatten(flat).unwrap(),
            "from django.db import models\nclass Note(models.Model):\n    # the text\n    text = models.TextField()\n    done = models.BooleanField(default=False)\n    class Meta:\n        ordering = ['-id']\n    def __str__(self):\n        return self.text"
        );
        let flat = "# every note notes = Note.objects.all() for note in notes: print(note.text) # only one note = Note.objects.get(pk=1) note.save()";
        assert_eq!(
            unflatten(flat).unwrap(),
            "# every note\nnotes = Note.objects.all()\nfor note in notes:\n    print(note.text)\n# only one\nnote = Note.objects.get(pk=1)\nnote.save()"
        );
    }

    #[test]
    fn split_blocks_are_joined() {
        assert_eq!(joins("x = f(\n    1,", "    2,\n)").as_deref(), Some("x = f(\n    1,\n    2,\n)"));
        assert_eq!(joins("with a() as b:", "b.run()").as_deref(), Some("with a() as b:\n    b.run()"));
        assert_eq!(joins("a = 1", "b = 2"), None);
        assert_eq!(
            joins("SELECT * FROM t WHERE id IN (", "SELECT id FROM u);").as_deref(),
            Some("SELECT * FROM t WHERE id IN (\nSELECT id FROM u);")
        );
        assert_eq!(without_prompts(">>> a = 1\n>>> a\n1").as_deref(), Some("a = 1\na"));
    }
}
