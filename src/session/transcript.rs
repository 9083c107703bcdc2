//! What was typed since a question began, and what of it is the answer.
//!
//! For a program everything that ran is the answer. For a queryset the last expression is, together with those earlier
//! inputs that it depends on by name: looking around before answering must not cost queries.

use crate::bank::Kind;

/// One input and whether it ran to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Input {
    text: String,
    ran: bool,
}

/// The inputs since a question began or was reset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    inputs: Vec<Input>,
}

impl Transcript {
    /// Adds an input.
    pub fn push(&mut self, text: &str, ran: bool) {
        self.inputs.push(Input { text: text.trim_end().to_owned(), ran });
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.inputs.clear();
    }

    /// Whether anything was typed.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// How many inputs raised; a program's answer leaves them out.
    pub fn raised(&self) -> usize {
        self.inputs.iter().filter(|input| !input.ran).count()
    }

    /// The answer to a question of `kind`. `given` is what was typed after the submitting word, if anything: it is taken
    /// as one more input.
    pub fn answer(&self, kind: Kind, given: &str) -> Option<String> {
        let given = given.trim();
        match kind {
            Kind::Queryset => self.last_expression(given),
            Kind::Sql if given.is_empty() => self.inputs.last().map(|input| input.text.clone()),
            Kind::Sql => Some(given.to_owned()),
            Kind::Program | Kind::Model => {
                let mut parts: Vec<&str> =
                    self.inputs.iter().filter(|input| input.ran).map(|input| input.text.as_str()).collect();
                if parts.is_empty() && given.is_empty() {
                    // Nothing ran: the last try is what the learner stands by.
                    parts.extend(self.inputs.last().map(|input| input.text.as_str()));
                }
                parts.extend((!given.is_empty()).then_some(given));
                (!parts.is_empty()).then(|| parts.join("\n") + "\n")
            }
            Kind::Predict | Kind::Concept => {
                let mut lines: Vec<&str> = self.inputs.iter().map(|input| input.text.as_str()).collect();
                lines.extend((!given.is_empty()).then_some(given));
                (!lines.is_empty()).then(|| lines.join("\n"))
            }
        }
    }

    fn last_expression(&self, given: &str) -> Option<String> {
        let (expression, earlier) = if given.is_empty() {
            let (last, earlier) = self.inputs.split_last()?;
            match bound(&last.text).as_slice() {
                // `qs = …` as the last input: what was bound is the answer.
                [name] if last.ran && is_assignment(&last.text) => (format!("{}\n{name}", last.text), earlier),
                _ => {
                    let at = self.inputs.iter().rposition(|input| is_expression(&input.text))?;
                    (self.inputs[at].text.clone(), &self.inputs[..at])
                }
            }
        } else {
            (given.to_owned(), self.inputs.as_slice())
        };
        let mut needed = names(&expression);
        let mut parts = vec![expression.as_str()];
        for input in earlier.iter().rev().filter(|input| input.ran) {
            if input_matters(&input.text, &needed) {
                needed.extend(names(&input.text));
                parts.push(&input.text);
            }
        }
        parts.reverse();
        Some(parts.join("\n"))
    }
}

/// Whether an earlier input changes what the needed names stand for.
fn input_matters(text: &str, needed: &[String]) -> bool {
    if is_expression(text) {
        // `items.append(…)` on a list of the learner's own.
        const MUTATORS: [&str; 9] =
            ["append", "extend", "insert", "remove", "sort", "pop", "discard", "clear", "setdefault"];
        let words = names(text);
        return matches!(words.as_slice(), [root, method, ..] if needed.contains(root) && MUTATORS.contains(&method.as_str()));
    }
    let bound = bound(text);
    // An input that binds nothing by name (`d["x"] = 1`, `from x import *`, a bare `for`) counts by what it mentions.
    if bound.is_empty() {
        return text.contains('*') || names(text).iter().any(|name| needed.contains(name));
    }
    bound.iter().any(|name| needed.contains(name))
}

const STATEMENTS: [&str; 24] = [
    "import", "from", "def", "class", "for", "while", "if", "with", "try", "async", "del", "return", "raise", "assert",
    "pass", "global", "nonlocal", "break", "continue", "else", "elif", "except", "finally", "yield",
];

/// Whether an input is one expression rather than a statement.
fn is_expression(text: &str) -> bool {
    let text = text.trim_start();
    if text.is_empty() || text.starts_with(['@', '#']) {
        return false;
    }
    let first: String = text.chars().take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_').collect();
    if STATEMENTS.contains(&first.as_str()) {
        return false;
    }
    !is_assignment(text)
}

/// Whether the input assigns at its top level: an `=` outside of brackets and strings that is no comparison.
fn is_assignment(text: &str) -> bool {
    let mut found = false;
    scan(text, |at, symbol, depth| {
        if symbol != '=' || depth > 0 {
            return;
        }
        let before = text[..at].chars().next_back();
        let after = text[at + 1..].chars().next();
        let comparison = after == Some('=')
            || matches!(before, Some('=' | '!'))
            || (matches!(before, Some('<' | '>')) && !matches!(text[..at].chars().rev().nth(1), Some('<' | '>')))
            || before == Some(':');
        found |= !comparison;
    });
    found
}

/// The names that an input binds at its top level, as far as its words tell.
fn bound(text: &str) -> Vec<String> {
    let mut bound = Vec::new();
    for line in text.lines() {
        let words = names(line);
        if line.starts_with([' ', '\t', '@', ')', ']', '}']) {
            continue;
        }
        match words.first().map(String::as_str) {
            Some("import" | "from") => {
                let after = words.iter().position(|word| word == "import").unwrap_or(0) + 1;
                let mut rest = words[after.min(words.len())..].iter().peekable();
                while let Some(word) = rest.next() {
                    if rest.peek().is_some_and(|next| *next == "as") {
                        rest.next();
                        bound.extend(rest.next().cloned());
                    } else {
                        bound.push(word.clone());
                    }
                }
            }
            Some("def" | "class") => bound.extend(words.get(1).cloned()),
            Some("async") => bound.extend(words.get(2).cloned()),
            Some("for") => bound.extend(words[1..].iter().take_while(|word| *word != "in").cloned()),
            Some("with") => {
                bound.extend(words.windows(2).filter(|pair| pair[0] == "as").map(|pair| pair[1].clone()));
            }
            _ if is_assignment(line) => {
                if let Some(at) = line.find('=') {
                    let target = &line[..at];
                    // `x.y = …` and `d[k] = …` change what x and d hold.
                    if target.contains(['.', '[']) {
                        bound.extend(words.first().cloned());
                    } else {
                        bound.extend(names(target));
                    }
                }
            }
            _ => {}
        }
    }
    // Names that a loop's or block's body assigns are bound at the top level too.
    let block = matches!(names(text).first().map(String::as_str), Some("for" | "while" | "if" | "with" | "try"));
    if block {
        for line in text.lines().filter(|line| line.starts_with([' ', '\t'])) {
            let line = line.trim_start();
            if is_assignment(line)
                && let Some(at) = line.find('=')
            {
                bound.extend(names(&line[..at]).into_iter().take(1));
            } else {
                bound.extend(names(line).into_iter().take(1));
            }
        }
    }
    bound
}

/// The identifiers of a text, strings' and comments' contents apart. What stands inside an f-string counts as well.
fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut end = 0;
    scan(text, |at, symbol, _| {
        let is_part = symbol.is_alphanumeric() || symbol == '_';
        if !name.is_empty() && (!is_part || at != end) {
            names.push(std::mem::take(&mut name));
        }
        if is_part && (!name.is_empty() || !symbol.is_ascii_digit()) {
            name.push(symbol);
            end = at + symbol.len_utf8();
        }
    });
    if !name.is_empty() {
        names.push(name);
    }
    names
}

/// Walks over code, giving each symbol outside of plain strings and comments with its offset and bracket depth.
fn scan(text: &str, mut each: impl FnMut(usize, char, usize)) {
    let mut depth = 0usize;
    let mut symbols = text.char_indices().peekable();
    let mut prefix = String::new();
    while let Some((at, symbol)) = symbols.next() {
        match symbol {
            '#' => while symbols.next_if(|(_, symbol)| *symbol != '\n').is_some() {},
            '"' | '\'' => {
                let formatted = prefix.len() <= 2 && prefix.to_ascii_lowercase().contains('f');
                let triple = text[at..].starts_with(&symbol.to_string().repeat(3));
                let fence = symbol.to_string().repeat(if triple { 3 } else { 1 });
                let start = at + fence.len();
                let end = string_end(text, start, &fence);
                if formatted {
                    // Only what stands in braces is code; the words beside it do no harm but to name too much.
                    for (offset, inner) in text[start..end].char_indices() {
                        each(start + offset, inner, depth + 1);
                    }
                }
                let past = (end + fence.len()).min(text.len());
                while symbols.next_if(|(next, _)| *next < past).is_some() {}
            }
            _ => {
                match symbol {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                each(at, symbol, depth);
            }
        }
        if symbol.is_alphanumeric() {
            prefix.push(symbol);
        } else {
            prefix.clear();
        }
    }
}

/// Where a string's content ends: at its fence, at the end of the line for one-line strings, or at the end of the text.
fn string_end(text: &str, start: usize, fence: &str) -> usize {
    let mut at = start;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(fence) || (fence.len() == 1 && rest.starts_with('\n')) {
            return at;
        }
        let mut symbols = rest.chars();
        let symbol = symbols.next().unwrap_or(' ');
        at += symbol.len_utf8();
        if symbol == '\\' {
            at += symbols.next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(inputs: &[&str]) -> Transcript {
        let mut transcript = Transcript::default();
        for input in inputs {
            transcript.push(input.trim_start_matches('!'), !input.starts_with('!'));
        }
        transcript
    }

    fn queryset(inputs: &[&str]) -> Option<String> {
        transcript(inputs).answer(Kind::Queryset, "")
    }

    #[test]
    fn looking_around_is_not_part_of_the_answer() {
        assert_eq!(
            queryset(&["Post.objects.count()", "User.objects.first()", "Post.objects.filter(id=1)"]).as_deref(),
            Some("Post.objects.filter(id=1)")
        );
        assert_eq!(queryset(&[]), None);
        assert_eq!(queryset(&["x = 1"]).as_deref(), Some("x = 1\nx"));
    }

    #[test]
    fn what_the_expression_depends_on_comes_along() {
        let inputs = [
            "from django.db.models import Count",
            "n = Post.objects.count()",
            "base = Post.objects.filter(is_active=True)",
            "print(base.count())",
            "qs = base.annotate(c=Count('tags'))",
            "qs.filter(c__gt=1)",
        ];
        assert_eq!(
            queryset(&inputs).as_deref(),
            Some(
                "from django.db.models import Count\nbase = Post.objects.filter(is_active=True)\n\
                 qs = base.annotate(c=Count('tags'))\nqs.filter(c__gt=1)"
            )
        );
    }

    #[test]
    fn an_assignment_at_the_end_answers_with_its_name() {
        assert_eq!(
            queryset(&["Post.objects.all()", "qs = Post.objects.filter(title='a=b')"]).as_deref(),
            Some("qs = Post.objects.filter(title='a=b')\nqs")
        );
    }

    #[test]
    fn loops_and_lists_come_along_when_they_matter() {
        let inputs =
            ["ids = []", "for p in Post.objects.all():\n    ids.append(p.id)", "ids.append(9)", "len(ids)", "ids"];
        assert_eq!(
            queryset(&inputs).as_deref(),
            Some("ids = []\nfor p in Post.objects.all():\n    ids.append(p.id)\nids.append(9)\nids")
        );
    }

    #[test]
    fn a_given_answer_uses_what_was_typed_before() {
        let transcript = transcript(&["qs = Post.objects.all()", "!qs.fliter()"]);
        assert_eq!(
            transcript.answer(Kind::Queryset, "qs.filter(id=1)").as_deref(),
            Some("qs = Post.objects.all()\nqs.filter(id=1)")
        );
    }

    #[test]
    fn a_program_is_everything_that_ran() {
        let transcript = transcript(&["x = 1", "!y", "print(x)"]);
        assert_eq!(transcript.answer(Kind::Program, "").as_deref(), Some("x = 1\nprint(x)\n"));
        assert_eq!(transcript.raised(), 1);
        assert_eq!(transcript.answer(Kind::Sql, "").as_deref(), Some("print(x)"));
    }

    #[test]
    fn nothing_panics() {
        let mut dice = crate::session::Dice::new("transcript", 1);
        let pieces = [
            "x", "=", " ", "\n", "'", "\"\"\"", "f'", "{", "}", "(", ")", "#", "\\", "é", "for ", "import ", "as ",
            "def ", "1", ".", "[", ":=",
        ];
        for _ in 0..3000 {
            let mut transcript = Transcript::default();
            for _ in 0..3 {
                let text: String = (0..dice.below(9)).map(|_| pieces[dice.below(pieces.len())]).collect();
                transcript.push(&text, true);
            }
            for kind in Kind::ALL {
                let _ = transcript.answer(kind, "x");
                let _ = transcript.answer(kind, "");
            }
        }
    }

    #[test]
    fn words_in_strings_are_no_names() {
        assert_eq!(names("f(x, 'y', \"\"\"z\"\"\") # w"), ["f", "x"]);
        assert_eq!(names("f'{a} b'").last().map(String::as_str), Some("b"));
        assert!(is_assignment("x += 1") && is_assignment("x >>= 1") && is_assignment("a, b = 1, 2"));
        assert!(
            !is_assignment("x == 1")
                && !is_assignment("f(a=1)")
                && !is_assignment("x <= 2")
                && !is_assignment("(x := 1)")
        );
        assert!(is_expression("[p for p in Post.objects.all()]") && !is_expression("for p in x:\n    p"));
        assert!(is_expression("'unclosed") && !is_expression("# only a comment"));
    }
}
