//! The parser's errors in CPython's words and at CPython's places.

mod targets;
mod tokenizer;

use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_python_parser::{
    InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType, UnsupportedSyntaxError,
};
use ruff_text_size::Ranged;

use self::tokenizer::Scan;
use super::{SyntaxError, SyntaxErrorKind, span};
use crate::diagnostics::Span;

/// Syntax that is younger than Python 3.11.
pub(super) fn of_version(source: &str, error: &UnsupportedSyntaxError) -> SyntaxError {
    let at = span(error.range);
    let text = error.to_string();
    // A list of type parameters: the bracket comes where a parenthesis or colon belongs.
    if text.contains("type parameter lists") {
        let bracket = Span::new(at.start, at.start + 1);
        let function = source[..at.start as usize].trim_end().rsplit(|c: char| c.is_whitespace()).nth(1) == Some("def");
        return SyntaxError::new(bracket, if function { "expected '('" } else { "invalid syntax" });
    }
    if text.contains("`type` alias statement") {
        let rest = &source[(at.end as usize).min(source.len())..];
        let start = at.end + (rest.len() - rest.trim_start().len()) as u32;
        let name = rest.trim_start().find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(0) as u32;
        return SyntaxError::new(Span::new(start, start + name), "invalid syntax");
    }
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
        return SyntaxError::new(
            Span::new(at.start, at.start + 2),
            "dict unpacking cannot be used in dict comprehension",
        );
    }
    SyntaxError::new(at, "invalid syntax")
}

/// The mistake of the tokenizer, which comes before one in the grammar or in an f-string.
pub(super) fn of_tokenizer(source: &str, error: Option<&ParseError>) -> Option<SyntaxError> {
    let mistake = tokenizer::scan(source).mistake?;
    // A line that is indented without need is told of before what follows is read.
    let indent = error.is_some_and(|error| {
        matches!(error.error, ParseErrorType::UnexpectedIndentation)
            && span(error.location).end < mistake.span.start
            && mistake.kind != SyntaxErrorKind::Tab
    });
    (!indent).then_some(mistake)
}

/// A mistake in how lines are indented that the parser lets pass: it counts tabs otherwise.
pub(super) fn of_indentation(source: &str) -> Option<SyntaxError> {
    let mistake = if source.contains('\t') { tokenizer::scan(source).mistake } else { None };
    mistake.filter(|mistake| mistake.kind != SyntaxErrorKind::Syntax)
}

/// The first error of a text in whose words nothing is wrong.
pub(super) fn of_error(source: &str, error: &ParseError, tokens: &Tokens) -> SyntaxError {
    let tokens: Vec<Token> = tokens
        .iter()
        .copied()
        .filter(|token| !matches!(token.kind(), TokenKind::Comment | TokenKind::NonLogicalNewline))
        .collect();
    let page = Page { source, tokens, at: span(error.location), scan: tokenizer::scan(source) };
    page.word(&error.error)
}

/// The text around an error.
struct Page<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    at: Span,
    scan: Scan,
}

impl Page<'_> {
    fn word(&self, error: &ParseErrorType) -> SyntaxError {
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

    fn lexical(&self, error: &LexicalErrorType) -> Option<SyntaxError> {
        match error {
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
                let place = super::fstring::next_token(self.source, range.end as usize);
                return self.error(place, format!("(value error) invalid \\x escape at position {at}"));
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
                return Some(tokenizer::unclosed(self.source, span(start.range()).start as usize));
            }
            InterpolatedStringErrorType::LambdaWithoutParentheses => "f-string: invalid syntax",
            InterpolatedStringErrorType::NewlineInFormatSpec => return None,
        };
        self.error(self.at, text)
    }

    /// Where the indentation of the error's line ends.
    fn indent_place(&self) -> Span {
        let start = self.source.get(..self.at.end as usize).and_then(|before| before.rfind('\n')).map_or(0, |n| n + 1);
        let line = self.source.get(start..).unwrap_or("");
        let end = start + line.len() - line.trim_start_matches([' ', '\t']).len();
        Self::point(end.saturating_sub(1).max(start) as u32)
    }

    /// A bracket that is open where the text ends, where that is on a line before the one that was read last.
    fn brackets(&self) -> Option<SyntaxError> {
        let (bracket, at) = *self.scan.open.last()?;
        let reached = self.scan.tokens.partition_point(|token| token.end <= self.at.start);
        let unclosed = || self.error(Self::point(at), format!("'{bracket}' was never closed"));
        let Some(token) = self.scan.tokens.get(reached) else { return unclosed() };
        // What stands in a bracket is read to its end when it could be an operand.
        let before = reached.checked_sub(1).and_then(|before| self.scan.tokens.get(before));
        let operand = before.is_some_and(|before| {
            self.slice(*before)
                .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '}' | '\'' | '"'))
        });
        let own = token.start == at && operand && !matches!(self.slice(*token), "(");
        if own || self.line_of(token.start) > self.line_of(at) { unclosed() } else { None }
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
            ParseErrorType::InvalidAnnotatedAssignmentTarget => {
                let colon = self.token_at(self.at.end);
                match self.tokens.get(colon + 1) {
                    Some(token) if starts_expression(token.kind()) => {
                        self.error(self.at, "illegal target for annotation")
                    }
                    _ => self
                        .error(self.tokens.get(colon).map_or(self.at, |colon| span(colon.range())), "invalid syntax"),
                }
            }
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
                let words = if self.is_group() { "cannot" } else { "can't" };
                self.error(self.at, format!("{words} use starred expression here"))
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
                let before = self.tokens.get(self.token_at(self.at.start).checked_sub(1)?)?;
                self.error(Span::new(start, span(before.range()).end), "expected 'else' after 'if' expression")
            }
            ParseErrorType::ExpectedToken {
                expected: TokenKind::Comma | TokenKind::In | TokenKind::Rbrace | TokenKind::Rpar | TokenKind::Rsqb,
                ..
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
                if let Some(clause) = self.else_of_try() {
                    return self.error(clause, "expected 'except' or 'finally' block");
                }
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
                    TokenKind::Newline if self.clause_keyword() == Some("from") => {
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

    fn unexpected_indent(&self) -> Option<SyntaxError> {
        self.indentation(self.indent_place(), "unexpected indent")
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

    /// What an augmented assignment whose sign stands at `sign` can't change.
    fn augmented(&self, sign: u32) -> Option<SyntaxError> {
        let end = self.token_at(sign);
        let first = (0..end).rev().find(|at| self.begins_statement(span(self.tokens[*at].range()).start))?;
        let last = self.tokens.get(end.checked_sub(1)?)?;
        let target = Span::new(span(self.tokens.get(first)?.range()).start, span(last.range()).end);
        let name = targets::kind_name(self.slice(target))?;
        if matches!(name, "name" | "attribute" | "subscript") {
            return None;
        }
        self.error(target, format!("'{name}' is an illegal expression for augmented assignment"))
    }

    /// The `else` that follows a `try`'s block at once.
    fn else_of_try(&self) -> Option<Span> {
        let end = self.token_at(self.at.start).min(self.tokens.len());
        let clause = self.tokens[..end].iter().rposition(|token| token.kind() == TokenKind::Else)?;
        let range = span(self.tokens[clause].range());
        let opens = self.tokens[..clause].iter().rposition(|token| token.kind() == TokenKind::Try)?;
        let column = |offset: u32| offset as usize - self.source[..offset as usize].rfind('\n').map_or(0, |n| n + 1);
        let own = column(span(self.tokens[opens].range()).start);
        (self.begins_statement(range.start) && column(range.start) == own).then_some(range)
    }

    /// Does the error's place fill a pair of parentheses that call nothing?
    fn is_group(&self) -> bool {
        let first = self.token_at(self.at.start);
        let before = |at: usize| first.checked_sub(at).and_then(|at| self.tokens.get(at)).map(|token| token.kind());
        let after = self.tokens.get(self.token_at(self.at.end)).map(|token| token.kind());
        before(1) == Some(TokenKind::Lpar) && after == Some(TokenKind::Rpar) && !before(2).is_some_and(ends_expression)
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
            if self.begins_statement(range.start) && self.depth_at(range.start) == 0 {
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
        if !matches!(self.clause_keyword(), Some(word) if !matches!(word, "import" | "from" | "def" | "lambda")) {
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
        // The second expression is read to its end, and so is the text where a bracket around it stays open.
        if let Some((bracket, open)) = self.scan.open.last()
            && self.scan.tokens.last().is_some_and(|last| last.end <= end)
        {
            return self.error(Self::point(*open), format!("'{bracket}' was never closed"));
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
        if let Some(before) = before
            && self.clause_keyword() == Some("def")
        {
            let place = span(before.range());
            if before.kind() == TokenKind::Rarrow {
                return self.error(place, "expected ':'");
            }
            if before.kind() == TokenKind::Equal && matches!(token.kind(), TokenKind::Rpar | TokenKind::Comma) {
                return self.error(place, "expected default value expression");
            }
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
        let at = self.token_at(self.at.start);
        let kind = |at: usize| self.tokens.get(at).map(|token| token.kind());
        if kind(at) == Some(TokenKind::Indent)
            && let Some(error) = self.unexpected_indent()
        {
            return error;
        }
        let place = self.place_of_token();
        if at >= 2 && kind(at - 2) == Some(TokenKind::Def) && kind(at) != Some(TokenKind::Lpar) {
            return SyntaxError::new(place, "expected '('");
        }
        // A name list in parentheses where a parameter belongs.
        if kind(at) == Some(TokenKind::Lpar)
            && self.clause_keyword() == Some("def")
            && self.depth_at(self.at.start) == 1
            && !self.tokens[..at]
                .iter()
                .rev()
                .take_while(|token| token.kind() != TokenKind::Def)
                .any(|token| token.kind() == TokenKind::Equal)
            && matches!(at.checked_sub(1).and_then(kind), Some(TokenKind::Lpar | TokenKind::Comma))
        {
            let names = self.tokens[at + 1..]
                .iter()
                .position(|token| !matches!(token.kind(), TokenKind::Name | TokenKind::Comma));
            if let Some(count) = names.filter(|count| *count > 0 && kind(at + 1 + count) == Some(TokenKind::Rpar)) {
                let end = span(self.tokens[at + 1 + count].range()).end;
                return SyntaxError::new(Span::new(place.start, end), "Function parameters cannot be parenthesized");
            }
        }
        let before = at.checked_sub(1).and_then(|at| self.tokens.get(at));
        if kind(at).is_some_and(|kind| kind.as_augmented_assign_operator().is_some())
            && self.depth_at(self.at.start) == 0
            && let Some(error) = self.augmented(place.start)
        {
            return error;
        }
        if let Some(before) = before
            && before.kind() == TokenKind::Equal
            && matches!(kind(at), Some(TokenKind::Rpar | TokenKind::Comma))
            && self.clause_keyword() == Some("def")
        {
            return SyntaxError::new(span(before.range()), "expected default value expression");
        }
        if kind(at) == Some(TokenKind::Equal)
            && before.is_some_and(|before| before.kind() == TokenKind::Name)
            && self.depth_at(self.at.start) > 0
            && !matches!(self.clause_keyword(), Some("def" | "class" | "lambda" | "import" | "from"))
            && let Some(error) = targets::comparison(self.source, &self.tokens, place)
        {
            return error;
        }
        if let Some(error) = self.missing_comma() {
            return error;
        }
        // A `not` behind an operand may be half of `not in`: what follows it is read.
        if kind(at) == Some(TokenKind::Not) && at.checked_sub(1).and_then(kind).is_some_and(ends_expression) {
            let next = self.tokens.get(at + 1).map(|token| span(token.range()));
            return SyntaxError::new(next.unwrap_or(place), "invalid syntax");
        }
        // Two characters that were one operator once.
        let old = place.start.checked_sub(1).and_then(|at| self.source.get(at as usize..at as usize + 2));
        if old == Some("<>") {
            return SyntaxError::new(Span::new(place.start - 1, place.end), "invalid syntax");
        }
        SyntaxError::new(place, "invalid syntax")
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
