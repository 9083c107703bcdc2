//! The parser's errors in CPython's words and at CPython's places.

mod numbers;
mod targets;

use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_python_parser::{
    InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType, UnsupportedSyntaxError,
};
use ruff_text_size::Ranged;

use super::{SyntaxError, SyntaxErrorKind, span};
use crate::diagnostics::Span;

/// Syntax that is younger than Python 3.11.
pub(super) fn of_version(error: &UnsupportedSyntaxError) -> SyntaxError {
    let at = span(error.range);
    let text = error.to_string();
    if text.starts_with("Multiple exception types") {
        return SyntaxError::new(at, "multiple exception types must be parenthesized");
    }
    if text.contains("escape sequence (backslash) in f-strings") {
        return SyntaxError::new(at, "f-string expression part cannot include a backslash");
    }
    if text.contains("comments in f-strings") {
        return SyntaxError::new(at, "f-string expression part cannot include '#'");
    }
    if text.contains("unpacking in a list comprehension") || text.contains("unpacking in a set comprehension") {
        return SyntaxError::new(at, "iterable unpacking cannot be used in comprehension");
    }
    if text.contains("dictionary unpacking in a dict comprehension") {
        return SyntaxError::new(at, "dict unpacking cannot be used in dict comprehension");
    }
    SyntaxError::new(at, "invalid syntax")
}

/// The first error of a text.
pub(super) fn of_error(source: &str, error: &ParseError, tokens: &Tokens) -> SyntaxError {
    let tokens: Vec<Token> = tokens
        .iter()
        .copied()
        .filter(|token| !matches!(token.kind(), TokenKind::Comment | TokenKind::NonLogicalNewline))
        .collect();
    let page = Page { source, tokens, at: span(error.location) };
    page.word(&error.error)
}

/// The text around an error.
struct Page<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    at: Span,
}

impl Page<'_> {
    fn word(&self, error: &ParseErrorType) -> SyntaxError {
        // What the tokenizer stumbles over comes before anything about grammar.
        if let Some(error) = self.bad_character(error) {
            return error;
        }
        if let Some(error) = numbers::bad_number(self.source, self.at) {
            return error;
        }
        if let ParseErrorType::Lexical(error) = error
            && let Some(error) = self.lexical(error)
        {
            return error;
        }
        if let Some(error) = self.brackets() {
            return error;
        }
        if let Some(error) = self.specific(error) {
            return error;
        }
        self.generic()
    }

    fn slice(&self, span: Span) -> &str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn line_of(&self, offset: u32) -> u32 {
        let before = self.source.get(..offset as usize).unwrap_or(self.source);
        before.bytes().filter(|byte| *byte == b'\n').count() as u32 + 1
    }

    /// The index of the token that an error stands at, or of the first after it.
    fn token_at(&self, offset: u32) -> usize {
        self.tokens.partition_point(|token| span(token.range()).end <= offset && token.kind() != TokenKind::EndOfFile)
    }

    fn error(&self, span: Span, message: impl Into<String>) -> Option<SyntaxError> {
        Some(SyntaxError::new(span, message))
    }

    fn indentation(&self, span: Span, message: impl Into<String>) -> Option<SyntaxError> {
        Some(SyntaxError { kind: SyntaxErrorKind::Indentation, message: message.into(), span, quoted: None })
    }

    fn point(offset: u32) -> Span {
        Span::new(offset, offset)
    }

    /// A character that is in no token.
    fn bad_character(&self, error: &ParseErrorType) -> Option<SyntaxError> {
        let ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { tok }) = error else { return None };
        if tok.is_ascii() {
            return None;
        }
        let code = *tok as u32;
        let text = if crate::python::ops::text::is_printable(*tok) {
            format!("invalid character '{tok}' (U+{code:04X})")
        } else {
            format!("invalid non-printable character U+{code:04X}")
        };
        self.error(Self::point(self.at.start), text)
    }

    fn lexical(&self, error: &LexicalErrorType) -> Option<SyntaxError> {
        match error {
            LexicalErrorType::UnclosedStringError => Some(self.unclosed_string(self.at.start)),
            LexicalErrorType::IndentationError => {
                if let Some(error) = self.mixed_indent() {
                    return Some(error);
                }
                let rest = self.source.get(self.at.end as usize..).unwrap_or("");
                let end = self.at.end + rest.find('\n').unwrap_or(rest.len()) as u32;
                self.indentation(Self::point(end), "unindent does not match any outer indentation level")
            }
            LexicalErrorType::LineContinuationError => {
                let after = self.at.start + 1;
                match self.source.get(after as usize..) {
                    None | Some("" | "\n") => self.error(Self::point(after), "unexpected EOF while parsing"),
                    Some(_) => self.error(Self::point(after), "unexpected character after line continuation character"),
                }
            }
            LexicalErrorType::UnicodeError
            | LexicalErrorType::MissingUnicodeLbrace
            | LexicalErrorType::MissingUnicodeRbrace => self.bad_escape(),
            LexicalErrorType::InvalidByteLiteral => {
                let token = self.tokens.get(self.token_at(self.at.start))?;
                self.error(span(token.range()), "bytes can only contain ASCII literal characters")
            }
            LexicalErrorType::FStringError(error) => self.f_string(error),
            _ => None,
        }
    }

    fn unclosed_string(&self, start: u32) -> SyntaxError {
        let literal = self.source.get(start as usize..).unwrap_or("");
        let quotes = literal.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let triple = quotes.starts_with("\"\"\"") || quotes.starts_with("'''");
        let detected = if triple {
            let text = self.source.trim_end_matches('\n');
            text.bytes().filter(|byte| *byte == b'\n').count() as u32 + 1
        } else {
            // Lines that end in a backslash belong to the literal.
            let mut line = self.line_of(start);
            let mut rest = literal;
            while let Some((first, after)) = rest.split_once('\n') {
                if !first.ends_with('\\') || after.is_empty() {
                    break;
                }
                line += 1;
                rest = after;
            }
            line
        };
        let kind = if triple { "triple-quoted string" } else { "string" };
        SyntaxError::new(Self::point(start), format!("unterminated {kind} literal (detected at line {detected})"))
    }

    fn bad_escape(&self) -> Option<SyntaxError> {
        let token = self.tokens.iter().find(|token| {
            let range = span(token.range());
            range.start <= self.at.start && self.at.start <= range.end && token.kind() == TokenKind::String
        })?;
        let range = span(token.range());
        let text = self.slice(range);
        let prefix = text.len() - text.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let bytes = text[..prefix].to_ascii_lowercase().contains('b');
        let quotes = if text[prefix..].starts_with("\"\"\"") || text[prefix..].starts_with("'''") { 3 } else { 1 };
        let body = text.get(prefix + quotes..text.len().saturating_sub(quotes))?;
        let error_at = (self.at.start as usize).saturating_sub(range.start as usize + prefix + quotes);
        // The last backslash before the place of the error begins the escape.
        let escape = body.get(..error_at.min(body.len()))?.rfind('\\')?;
        let at = body[..escape].len();
        let rest = &body[escape..];
        let digits = |from: usize| rest.chars().skip(from).take_while(char::is_ascii_hexdigit).count();
        let (words, length) = match rest.chars().nth(1) {
            Some('x') if bytes => {
                return self.error(range, format!("(value error) invalid \\x escape at position {at}"));
            }
            Some('x') => ("truncated \\xXX escape", 2 + digits(2).min(2)),
            Some('u') => ("truncated \\uXXXX escape", 2 + digits(2).min(4)),
            Some('U') if digits(2) >= 8 => ("illegal Unicode character", 10),
            Some('U') => ("truncated \\UXXXXXXXX escape", 2 + digits(2).min(8)),
            Some('N') => match rest.find('}') {
                Some(end) if rest.starts_with("\\N{") && end > 3 => ("unknown Unicode character name", end + 1),
                _ => ("malformed \\N character escape", 2),
            },
            _ => return None,
        };
        let end = at + length - 1;
        self.error(
            super::fstring::next_token(self.source, range.end as usize),
            format!("(unicode error) 'unicodeescape' codec can't decode bytes in position {at}-{end}: {words}"),
        )
    }

    fn f_string(&self, error: &InterpolatedStringErrorType) -> Option<SyntaxError> {
        let text = match error {
            InterpolatedStringErrorType::UnclosedLbrace => {
                // Two expressions side by side look like a forgotten comma to CPython.
                let token = self.tokens.get(self.token_at(self.at.start))?;
                match token.kind() {
                    TokenKind::Name | TokenKind::Int | TokenKind::Float => {
                        "f-string: invalid syntax. Perhaps you forgot a comma?"
                    }
                    _ => "f-string: expecting '}'",
                }
            }
            InterpolatedStringErrorType::InvalidConversionFlag
            | InterpolatedStringErrorType::ConversionFlagNotImmediatelyAfterExclamation => {
                "f-string: invalid conversion character: expected 's', 'r', or 'a'"
            }
            InterpolatedStringErrorType::SingleRbrace => "f-string: single '}' is not allowed",
            InterpolatedStringErrorType::UnterminatedString
            | InterpolatedStringErrorType::UnterminatedTripleQuotedString => {
                let start = self.tokens.iter().rev().find(|token| {
                    token.kind() == TokenKind::FStringStart && span(token.range()).start <= self.at.start
                })?;
                return Some(self.unclosed_string(span(start.range()).start));
            }
            InterpolatedStringErrorType::LambdaWithoutParentheses => "f-string: invalid syntax",
            InterpolatedStringErrorType::NewlineInFormatSpec => return None,
        };
        self.error(self.at, text)
    }

    /// Where the indentation of the error's line ends.
    fn indent_place(&self) -> Span {
        let start =
            self.source.get(..self.at.start as usize).and_then(|before| before.rfind('\n')).map_or(0, |n| n + 1);
        let line = self.source.get(start..).unwrap_or("");
        let end = start + line.len() - line.trim_start_matches([' ', '\t']).len();
        Self::point(end.saturating_sub(1).max(start) as u32)
    }

    /// Brackets that don't match, or that are open where the text ends.
    fn brackets(&self) -> Option<SyntaxError> {
        let mut open: Vec<(char, u32)> = Vec::new();
        let limit = self.tokens.len();
        let mut reached = false;
        for token in &self.tokens[..limit] {
            let range = span(token.range());
            if range.start > self.at.end && !reached {
                reached = true;
                // CPython has read no further, unless nothing is wrong but what follows.
                if let Some((bracket, at)) = open.last()
                    && self.line_of(self.at.start) > self.line_of(*at)
                    && !self.closed_later(&open)
                {
                    return self.error(Self::point(*at), format!("'{bracket}' was never closed"));
                }
            }
            let (closing, opening) = match token.kind() {
                TokenKind::Lpar => {
                    open.push(('(', range.start));
                    continue;
                }
                TokenKind::Lsqb => {
                    open.push(('[', range.start));
                    continue;
                }
                TokenKind::Lbrace => {
                    open.push(('{', range.start));
                    continue;
                }
                TokenKind::Rpar => (')', '('),
                TokenKind::Rsqb => (']', '['),
                TokenKind::Rbrace => ('}', '{'),
                _ => continue,
            };
            if reached && open.is_empty() {
                break;
            }
            match open.pop() {
                Some((bracket, _)) if bracket == opening => {}
                Some((bracket, at)) => {
                    let (line, own) = (self.line_of(at), self.line_of(range.start));
                    let on = if line == own { String::new() } else { format!(" on line {line}") };
                    return self.error(
                        Self::point(range.start),
                        format!("closing parenthesis '{closing}' does not match opening parenthesis '{bracket}'{on}"),
                    );
                }
                None => return self.error(Self::point(range.start), format!("unmatched '{closing}'")),
            }
        }
        let (bracket, at) = *open.last()?;
        let at_end = self.source.get(self.at.start as usize..).is_none_or(|rest| rest.trim().is_empty());
        if at_end || self.line_of(self.at.start) > self.line_of(at) || self.nothing_else_wrong(at) {
            return self.error(Self::point(at), format!("'{bracket}' was never closed"));
        }
        None
    }

    fn closed_later(&self, open: &[(char, u32)]) -> bool {
        let mut depth = open.len() as i64;
        for token in self.tokens.iter().filter(|token| span(token.range()).start > self.at.end) {
            match token.kind() {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                    depth -= 1;
                    if depth < open.len() as i64 {
                        return true;
                    }
                }
                TokenKind::Newline => return false,
                _ => {}
            }
        }
        false
    }

    /// An `=` in an index or the like on the line of a bracket that stays open: CPython reports the bracket.
    fn nothing_else_wrong(&self, bracket: u32) -> bool {
        self.slice(Span::new(bracket, self.at.start)).len() < 64
            && self.tokens.get(self.token_at(self.at.start)).is_some_and(|token| token.kind() == TokenKind::Equal)
    }

    fn specific(&self, error: &ParseErrorType) -> Option<SyntaxError> {
        match error {
            ParseErrorType::FStringError(error) => self.f_string(error),
            ParseErrorType::InvalidAssignmentTarget | ParseErrorType::InvalidNamedAssignmentTarget => {
                targets::assignment(self.source, &self.tokens, self.at)
            }
            ParseErrorType::InvalidAugmentedAssignmentTarget => {
                let name = targets::kind_name(self.slice(self.at))?;
                self.error(self.at, format!("'{name}' is an illegal expression for augmented assignment"))
            }
            ParseErrorType::InvalidAnnotatedAssignmentTarget => self.error(self.at, "illegal target for annotation"),
            ParseErrorType::InvalidDeleteTarget => {
                let name = targets::kind_name(self.slice(self.at))?;
                self.error(self.at, format!("cannot delete {name}"))
            }
            ParseErrorType::PositionalAfterKeywordArgument => {
                self.error(self.end_of_call(), "positional argument follows keyword argument")
            }
            ParseErrorType::PositionalAfterKeywordUnpacking => {
                self.error(self.end_of_call(), "positional argument follows keyword argument unpacking")
            }
            ParseErrorType::InvalidArgumentUnpackingOrder => {
                let star = Span::new(self.at.start, self.at.start + 1);
                self.error(star, "iterable argument unpacking follows keyword argument unpacking")
            }
            ParseErrorType::NonDefaultParamAfterDefaultParam => {
                self.error(self.at, "non-default argument follows default argument")
            }
            ParseErrorType::ParamAfterVarKeywordParam => {
                self.error(self.at, "arguments cannot follow var-keyword argument")
            }
            ParseErrorType::VarParameterWithDefault => {
                let double = self.slice(self.at).starts_with("**");
                let words = if double { "var-keyword" } else { "var-positional" };
                self.error(self.at, format!("{words} argument cannot have default value"))
            }
            ParseErrorType::ExpectedKeywordParam => {
                let star = self
                    .tokens
                    .iter()
                    .rev()
                    .find(|token| token.kind() == TokenKind::Star && span(token.range()).start <= self.at.start);
                self.error(star.map_or(self.at, |star| span(star.range())), "named arguments must follow bare *")
            }
            ParseErrorType::UnparenthesizedGeneratorExpression => {
                self.error(self.at, "Generator expression must be parenthesized")
            }
            ParseErrorType::InvalidStarredExpressionUsage => {
                let before = self.tokens[..self.token_at(self.at.start)].last();
                if before.is_some_and(|token| token.kind().as_binary_operator().is_some()) {
                    return self.error(Span::new(self.at.start, self.at.start + 1), "invalid syntax");
                }
                self.error(self.at, "can't use starred expression here")
            }
            ParseErrorType::IterableUnpackingInComprehension => {
                self.error(self.at, "iterable unpacking cannot be used in comprehension")
            }
            ParseErrorType::InvalidMatchPatternTarget => self.error(self.at, "cannot use '_' as a target"),
            ParseErrorType::UnexpectedIndentation => self.unexpected_indent(),
            ParseErrorType::SimpleStatementsOnSameLine => self.missing_parentheses(),
            ParseErrorType::ExpectedToken { expected: TokenKind::Colon, found } => self.expected_colon(*found),
            ParseErrorType::ExpectedToken { expected: TokenKind::Rpar, found: TokenKind::Equal } => {
                targets::comparison(self.source, &self.tokens, self.at)
            }
            ParseErrorType::ExpectedToken { expected: TokenKind::Else, .. } => {
                let start = self.start_of_operand(self.at.start)?;
                self.error(Span::new(start, self.at.start), "expected 'else' after 'if' expression")
            }
            ParseErrorType::ExpectedToken {
                expected: TokenKind::Comma | TokenKind::In | TokenKind::Rbrace, ..
            } => self.missing_comma(),
            ParseErrorType::ExpectedExpression => self.missing_expression(),
            ParseErrorType::OtherError(text) => self.other(text),
            _ => None,
        }
    }

    fn other(&self, text: &str) -> Option<SyntaxError> {
        if let Some(what) = text.strip_prefix("Expected an indented block after ") {
            return self.missing_block(what);
        }
        let words = match text {
            "Expected `except` or `finally` after `try` block" => {
                // At the end of the text CPython stands behind the last line, not before one that is not there.
                let rest = self.source.get(self.at.start as usize..).unwrap_or("");
                let before = self.source.get(..self.at.start as usize).unwrap_or("").trim_end();
                let at = if rest.trim().is_empty() { Self::point(before.len() as u32) } else { self.at };
                return self.error(at, "expected 'except' or 'finally' block");
            }
            "Only one '*' parameter allowed" | "Only one '*' separator allowed" => {
                return self.error(Span::new(self.at.start, self.at.start + 1), "* argument may appear only once");
            }
            "Keyword-only parameter separator not allowed after '*' parameter" => "* argument may appear only once",
            "Only one '**' parameter allowed" => "arguments cannot follow var-keyword argument",
            "Position-only parameter separator not allowed as first parameter" => {
                "at least one argument must precede /"
            }
            "Only one '/' separator allowed" => "/ may appear only once",
            "'/' parameter must appear before '*' parameter" => "/ must be ahead of *",
            "Only single target (not tuple) can be annotated" => {
                let text = self.slice(self.at);
                let first = if text.starts_with('(') { text.len() } else { text.find(',').unwrap_or(text.len()) };
                let end = self.at.start + text[..first].trim_end().len() as u32;
                return self.error(Span::new(self.at.start, end), "only single target (not tuple) can be annotated");
            }
            "Only single target (not list) can be annotated" => "only single target (not list) can be annotated",
            "Cannot have both 'except' and 'except*' on the same 'try'" => {
                "cannot have both 'except' and 'except*' on the same 'try'"
            }
            "Expected one or more exception types" => "expected one or more exception types",
            "Positional patterns cannot follow keyword patterns" => "positional patterns follow keyword patterns",
            "Expected a parameter name" => return self.keyword_argument(),
            "Trailing comma not allowed" => {
                let next = self.tokens.get(self.token_at(self.at.start) + 1)?;
                return match next.kind() {
                    TokenKind::Newline => {
                        let behind = Self::point(span(next.range()).start);
                        self.error(behind, "trailing comma not allowed without surrounding parentheses")
                    }
                    _ => self.error(span(next.range()), "invalid syntax"),
                };
            }
            "Star import must be the only import" => {
                let comma = self
                    .tokens
                    .iter()
                    .find(|token| token.kind() == TokenKind::Comma && span(token.range()).start >= self.at.start)?;
                return self.error(span(comma.range()), "invalid syntax");
            }
            _ => return None,
        };
        self.error(self.at, words)
    }

    /// A line may mix tabs and spaces so that its depth depends on the width of a tab.
    fn mixed_indent(&self) -> Option<SyntaxError> {
        let start = self.source.get(..self.at.end as usize)?.rfind('\n').map_or(0, |n| n + 1);
        let before = self.source.get(..start)?.lines().rev().find(|line| !line.trim().is_empty());
        let own = self.source.get(start..)?;
        // Columns with tabs of eight, and of one: both must agree on which line is deeper.
        let columns = |line: &str| {
            let (mut wide, mut narrow) = (0, 0);
            for c in line.chars() {
                match c {
                    ' ' => (wide, narrow) = (wide + 1, narrow + 1),
                    '\t' => (wide, narrow) = ((wide / 8 + 1) * 8, narrow + 1),
                    _ => break,
                }
            }
            (wide, narrow)
        };
        let ((before_wide, before_narrow), (wide, narrow)) = (columns(before?), columns(own));
        let mixed = (wide == before_wide && narrow != before_narrow) || (wide > before_wide && narrow <= before_narrow);
        if mixed {
            return Some(SyntaxError {
                kind: SyntaxErrorKind::Tab,
                message: "inconsistent use of tabs and spaces in indentation".into(),
                span: Self::point(start as u32),
                quoted: None,
            });
        }
        None
    }

    fn unexpected_indent(&self) -> Option<SyntaxError> {
        if let Some(error) = self.mixed_indent() {
            return Some(error);
        }
        let place = Page { source: self.source, tokens: Vec::new(), at: Self::point(self.at.end) }.indent_place();
        self.indentation(place, "unexpected indent")
    }

    /// `what` is the parser's name of the clause whose block is missing.
    fn missing_block(&self, what: &str) -> Option<SyntaxError> {
        let word = what.split('`').nth(1);
        let (name, keyword) = match (word, what) {
            (_, "function definition") => ("function definition".to_string(), "def"),
            (Some("class"), _) => ("class definition".to_string(), "class"),
            (Some(word), _) => (format!("'{word}' statement"), word),
            _ => return None,
        };
        let keyword_at = self
            .tokens
            .iter()
            .rev()
            .map(|token| span(token.range()))
            .find(|range| range.start < self.at.end && self.slice(*range) == keyword)?;
        let line = self.line_of(keyword_at.start);
        let token = self.tokens.get(self.token_at(self.at.start));
        let place = match token {
            Some(token) if !matches!(token.kind(), TokenKind::EndOfFile | TokenKind::Newline) => span(token.range()),
            _ => Self::point(self.at.start),
        };
        self.indentation(place, format!("expected an indented block after {name} on line {line}"))
    }

    /// `print x`
    fn missing_parentheses(&self) -> Option<SyntaxError> {
        let before = self.tokens.get(self.token_at(self.at.start).checked_sub(1)?)?;
        let range = span(before.range());
        let name = self.slice(range);
        let token = self.tokens.get(self.token_at(self.at.start))?;
        let starts = starts_expression(token.kind());
        if (name == "print" || name == "exec") && starts && self.begins_statement(range.start) {
            let end = self.end_of_line(self.at.start);
            return self.error(
                Span::new(range.start, end),
                format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?"),
            );
        }
        None
    }

    fn begins_statement(&self, offset: u32) -> bool {
        let at = self.token_at(offset);
        match at.checked_sub(1).and_then(|at| self.tokens.get(at)) {
            None => true,
            Some(token) => matches!(
                token.kind(),
                TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::Semi | TokenKind::Colon
            ),
        }
    }

    fn end_of_line(&self, from: u32) -> u32 {
        self.tokens
            .iter()
            .skip(self.token_at(from))
            .take_while(|token| !matches!(token.kind(), TokenKind::Newline | TokenKind::Semi | TokenKind::EndOfFile))
            .last()
            .map_or(from, |token| span(token.range()).end)
    }

    fn expected_colon(&self, found: TokenKind) -> Option<SyntaxError> {
        if found == TokenKind::Equal {
            return targets::comparison(self.source, &self.tokens, self.at);
        }
        let place = self.place_of_token();
        let keyword = self.clause_keyword();
        // A dict display whose item has no value.
        if found == TokenKind::Rbrace || (found == TokenKind::Comma && self.depth_at(self.at.start) > 0) {
            let before = self.tokens.get(self.token_at(self.at.start).checked_sub(1)?)?;
            let end = span(before.range());
            return self.error(Span::new(end.end.saturating_sub(1), end.end), "':' expected after dictionary key");
        }
        let forced = matches!(keyword, Some("def" | "try" | "else" | "finally"));
        if forced || (found == TokenKind::Newline && keyword.is_some_and(|keyword| keyword != "lambda")) {
            return self.error(place, "expected ':'");
        }
        None
    }

    /// The keyword that opens the clause around the error.
    fn clause_keyword(&self) -> Option<&str> {
        let mut at = self.token_at(self.at.start);
        while at > 0 {
            at -= 1;
            let token = &self.tokens[at];
            if token.kind() == TokenKind::Lambda {
                return Some("lambda");
            }
            let range = span(token.range());
            if self.begins_statement(range.start) {
                let word = self.slice(range);
                return match word {
                    "async" => self.tokens.get(at + 1).map(|token| self.slice(span(token.range()))),
                    _ => Some(word),
                };
            }
        }
        None
    }

    /// How many brackets are open before a place.
    fn depth_at(&self, offset: u32) -> i64 {
        let mut depth = 0;
        for token in &self.tokens[..self.token_at(offset).min(self.tokens.len())] {
            match token.kind() {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth -= 1,
                _ => {}
            }
        }
        depth
    }

    /// `f(1=2)`, `f(True=1)`
    fn keyword_argument(&self) -> Option<SyntaxError> {
        let text = self.slice(self.at);
        let equal = self.tokens.get(self.token_at(self.at.end))?;
        let span = Span::new(self.at.start, span(equal.range()).end);
        if matches!(text, "True" | "False" | "None") {
            return self.error(span, format!("cannot assign to {text}"));
        }
        self.error(span, "expression cannot contain assignment, perhaps you meant \"==\"?")
    }

    /// The bracket that closes the call around the error, where CPython notices a misplaced argument.
    fn end_of_call(&self) -> Span {
        let mut depth = 0;
        for token in self.tokens.iter().skip(self.token_at(self.at.start)) {
            match token.kind() {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace if depth == 0 => return span(token.range()),
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth -= 1,
                _ => {}
            }
        }
        self.at
    }

    /// Where the operand that ends before a place begins: after the last comma, bracket or assignment around it.
    fn start_of_operand(&self, offset: u32) -> Option<u32> {
        let mut at = self.token_at(offset);
        let mut depth = 0;
        let mut start = None;
        while at > 0 {
            at -= 1;
            let token = &self.tokens[at];
            match token.kind() {
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth += 1,
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace if depth == 0 => break,
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth -= 1,
                TokenKind::Comma
                | TokenKind::Equal
                | TokenKind::Colon
                | TokenKind::Newline
                | TokenKind::Indent
                | TokenKind::Dedent
                | TokenKind::Semi
                | TokenKind::For
                | TokenKind::In
                | TokenKind::Return
                | TokenKind::ColonEqual
                | TokenKind::Star
                | TokenKind::DoubleStar
                    if depth == 0 =>
                {
                    // A `*` between operands belongs to them.
                    let binary = matches!(token.kind(), TokenKind::Star | TokenKind::DoubleStar)
                        && at > 0
                        && ends_expression(self.tokens[at - 1].kind());
                    if !binary {
                        break;
                    }
                }
                _ => {}
            }
            start = Some(span(token.range()).start);
        }
        start
    }

    /// Two expressions side by side within brackets.
    fn missing_comma(&self) -> Option<SyntaxError> {
        if self.depth_at(self.at.start) <= 0 {
            return None;
        }
        let at = self.token_at(self.at.start);
        let token = self.tokens.get(at)?;
        let before = self.tokens.get(at.checked_sub(1)?)?;
        if !starts_expression(token.kind()) || !ends_expression(before.kind()) {
            return None;
        }
        if before.kind() == TokenKind::Name && matches!(token.kind(), TokenKind::String | TokenKind::FStringStart) {
            return None;
        }
        if !matches!(self.clause_keyword(), Some(word) if !matches!(word, "import" | "from" | "def" | "class")) {
            return None;
        }
        let start = self.start_of_operand(self.at.start)?;
        let mut end = span(token.range()).end;
        let mut depth = 0;
        for token in &self.tokens[at..] {
            match token.kind() {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace if depth == 0 => break,
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth -= 1,
                TokenKind::Comma | TokenKind::Equal | TokenKind::Colon | TokenKind::For | TokenKind::EndOfFile
                    if depth == 0 =>
                {
                    break;
                }
                TokenKind::Newline => break,
                _ => {}
            }
            end = span(token.range()).end;
        }
        if let Some(start) = self.unclosed_later() {
            return Some(self.unclosed_string(start));
        }
        // A third expression after the two is not looked at.
        let second = self.tokens.iter().skip(at + 1).find(|token| span(token.range()).end <= end);
        if let Some(second) = second
            && starts_expression(second.kind())
            && ends_expression(token.kind())
            && !matches!(second.kind(), TokenKind::Lpar | TokenKind::Lsqb)
            && !(token.kind() == TokenKind::String && second.kind() == TokenKind::String)
        {
            end = span(token.range()).end;
        }
        self.error(Span::new(start, end), "invalid syntax. Perhaps you forgot a comma?")
    }

    /// An operand is missing.
    fn missing_expression(&self) -> Option<SyntaxError> {
        let at = self.token_at(self.at.start);
        let token = self.tokens.get(at)?;
        let before = at.checked_sub(1).and_then(|at| self.tokens.get(at));
        // Inside the braces of an f-string.
        let in_f_string = before.is_some_and(|before| before.kind() == TokenKind::Lbrace)
            && at >= 2
            && matches!(
                self.tokens[at - 2].kind(),
                TokenKind::FStringStart | TokenKind::FStringMiddle | TokenKind::Rbrace
            );
        if in_f_string {
            let words = match token.kind() {
                TokenKind::Rbrace | TokenKind::Exclamation | TokenKind::Colon => {
                    "f-string: empty expression not allowed"
                }
                _ => "f-string: expecting '}'",
            };
            return self.error(self.at, words);
        }
        if token.kind() == TokenKind::Rbrace
            && self.tokens[..at]
                .iter()
                .rev()
                .take_while(|token| token.kind() != TokenKind::Newline)
                .any(|token| token.kind() == TokenKind::FStringStart)
            && self.tokens[at..]
                .iter()
                .take_while(|token| token.kind() != TokenKind::Newline)
                .any(|token| token.kind() == TokenKind::FStringEnd)
        {
            return self.error(self.at, "f-string: invalid syntax");
        }
        if let Some(before) = before
            && before.kind() == TokenKind::Colon
            && matches!(token.kind(), TokenKind::Rbrace | TokenKind::Comma)
            && self.depth_at(self.at.start) > 0
        {
            let place = span(before.range());
            return self.error(place, "expression expected after dictionary key and ':'");
        }
        // `f() =` with nothing after it.
        if let Some(before) = before
            && before.kind() == TokenKind::Equal
            && matches!(token.kind(), TokenKind::Newline | TokenKind::EndOfFile)
        {
            return targets::before_equal(self.source, &self.tokens, span(before.range()).start);
        }
        None
    }

    /// The token that CPython stopped at; a line's end is a point.
    fn place_of_token(&self) -> Span {
        match self.tokens.get(self.token_at(self.at.start)) {
            Some(token) if matches!(token.kind(), TokenKind::Newline | TokenKind::EndOfFile | TokenKind::Dedent) => {
                Self::point(self.at.start.min(span(token.range()).start.max(self.at.start)))
            }
            Some(token) => span(token.range()),
            None => Self::point(self.at.start),
        }
    }

    fn generic(&self) -> SyntaxError {
        let token = self.tokens.get(self.token_at(self.at.start));
        if let Some(token) = token
            && token.kind() == TokenKind::Indent
            && let Some(error) = self.unexpected_indent()
        {
            return error;
        }
        if let Some(start) = self.unclosed_later() {
            return self.unclosed_string(start);
        }
        let place = self.place_of_token();
        // Two characters that were one operator once.
        let old = place.start.checked_sub(1).and_then(|at| self.source.get(at as usize..at as usize + 2));
        if old == Some("<>") {
            return SyntaxError::new(Span::new(place.start - 1, place.end), "invalid syntax");
        }
        SyntaxError::new(place, "invalid syntax")
    }

    /// A string further on in the line that has no end: CPython's tokenizer meets it while its parser looks for words.
    fn unclosed_later(&self) -> Option<u32> {
        let end = self.end_of_line(self.at.start);
        let line_start = self.source.get(..self.at.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
        let line = self.source.get(line_start..end as usize)?;
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'#' => return None,
                quote @ (b'\'' | b'"') => {
                    if bytes[at..].starts_with(&[quote; 3]) {
                        return None;
                    }
                    let start = at;
                    at += 1;
                    while at < bytes.len() && bytes[at] != quote {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                    let start = (line_start + start) as u32;
                    if at >= bytes.len() {
                        return (start > self.at.start).then_some(start);
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
        None
    }
}

/// May an expression begin with this?
fn starts_expression(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringStart
            | TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::Minus
            | TokenKind::Plus
            | TokenKind::Tilde
            | TokenKind::Not
            | TokenKind::Lambda
            | TokenKind::Await
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Ellipsis
    )
}

/// May an expression end with this?
fn ends_expression(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringEnd
            | TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Ellipsis
    )
}
