//! A statement rewritten so that rows which tie in an ORDER BY come in an order of our choice.
//!
//! SQL leaves the order of such rows open. SQLite gives them by ascending row number where it sorts, and as an index has
//! them where it reads one, so that a forgotten tie-break may show no difference however many databases are tried. With
//! the row numbers (or, where rows have none, the result's own columns) put behind every ORDER BY, ascending once and
//! descending once, it does; a statement that leaves nothing open gives the same rows as before.

/// The rewritten statements to try, the most telling first: one that does not compile there (a view has no row numbers) is
/// followed by a plainer one. None where nothing can tie.
pub(super) fn broken(sql: &str, descending: bool) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for by_row in [true, false] {
        if let Some(text) = rewritten(sql, by_row, if descending { "DESC" } else { "ASC" })
            && !found.contains(&text)
        {
            found.push(text);
        }
    }
    found
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    /// A name in quotes.
    Name,
    Other,
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    text: &'a str,
    kind: Kind,
    start: usize,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.kind != Kind::Name && self.text.eq_ignore_ascii_case(word)
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The words and signs of a statement; texts and comments are none.
fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(symbol) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (length, kind) = match symbol {
            '\'' | '"' | '`' => (quoted(rest, symbol), Some(if symbol == '\'' { Kind::Other } else { Kind::Name })),
            '[' => (rest.find(']').map_or(rest.len(), |end| end + 1), Some(Kind::Name)),
            '-' if rest.starts_with("--") => (rest.find('\n').map_or(rest.len(), |end| end + 1), None),
            '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |end| end + 2), None),
            symbol if symbol.is_alphanumeric() || symbol == '_' => {
                let is_word = |symbol: char| symbol.is_alphanumeric() || symbol == '_';
                (rest.find(|symbol| !is_word(symbol)).unwrap_or(rest.len()), Some(Kind::Word))
            }
            symbol if symbol.is_whitespace() => (symbol.len_utf8(), None),
            symbol => (symbol.len_utf8(), Some(Kind::Other)),
        };
        if let Some(kind) = kind {
            tokens.push(Token { text: &rest[..length], kind, start: at });
        }
        at += length;
    }
    tokens
}

/// How long a text in quotes is; two quotes inside stand for one.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(end) = text[at..].find(quote) {
        at += end + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clause {
    Columns,
    Tables,
    Order,
    Else,
}

/// What stands between two brackets, or the whole.
#[derive(Debug)]
struct Scope {
    clause: Clause,
    selects: bool,
    /// Grouped, distinct or put together from several: its rows have no numbers.
    mixed: bool,
    /// How many columns it gives, where that can be counted.
    columns: Option<usize>,
    /// What its tables are called.
    tables: Vec<String>,
    /// Whether one of them is no table.
    derived: bool,
    /// For a window: whether a tie may be broken in it without another meaning.
    window: Option<bool>,
    /// Where the present ORDER BY ends, once that is known.
    ends: Vec<usize>,
    /// Ends of the ORDER BY of windows over this scope's rows.
    window_ends: Vec<usize>,
    /// What was called with these brackets.
    callee: String,
}

impl Scope {
    fn new(callee: String, window: Option<bool>) -> Self {
        Self {
            clause: Clause::Else,
            selects: false,
            mixed: false,
            columns: None,
            tables: Vec::new(),
            derived: false,
            window,
            ends: Vec::new(),
            window_ends: Vec::new(),
            callee,
        }
    }

    /// An ORDER BY that is open ends here.
    fn end_order(&mut self, at: usize) {
        if self.clause == Clause::Order {
            self.ends.push(at);
            self.clause = Clause::Else;
        }
    }

    /// What is put in for this scope, now that all of it is known.
    fn insertions(&self, by_row: bool, direction: &str) -> Vec<(usize, String)> {
        let by_rows: Option<String> = (by_row && !self.mixed && !self.derived && !self.tables.is_empty())
            .then(|| self.tables.iter().map(|table| format!(", {table}.rowid {direction}")).collect());
        let by_columns = || (1..=self.columns?).map(|at| format!(", {at} {direction}")).collect::<String>().into();
        let mut found = Vec::new();
        if self.selects
            && let Some(text) = by_rows.clone().or_else(by_columns)
        {
            found.extend(self.ends.iter().map(|at| (*at, text.clone())));
        }
        if let Some(text) = by_rows {
            found.extend(self.window_ends.iter().map(|at| (*at, text.clone())));
        }
        found
    }
}

/// Functions over a window for which rows that tie are not the same.
const BY_ROW: [&str; 5] = ["row_number", "ntile", "lag", "lead", "first_value"];

fn rewritten(sql: &str, by_row: bool, direction: &str) -> Option<String> {
    let tokens = tokens(sql);
    if !tokens.iter().any(|token| token.is("order")) || tokens.first().is_some_and(|first| first.is("create")) {
        return None;
    }
    // Names that WITH gives.
    let common: Vec<&str> =
        tokens.windows(3).filter(|part| part[1].is("as") && part[2].is("(")).map(|part| part[0].text).collect();
    let mut scopes = vec![Scope::new(String::new(), None)];
    let mut insertions: Vec<(usize, String)> = Vec::new();
    let mut called = String::new();
    let mut last_end = 0;
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let next = tokens.get(at + 1);
        if token.is("(") {
            let window = before.is_some_and(|before| before.is("over"));
            let by_row = window.then(|| BY_ROW.iter().any(|name| called.eq_ignore_ascii_case(name)));
            if let Some(scope) = scopes.last_mut()
                && scope.clause == Clause::Tables
                && before.is_some_and(|before| before.is("from") || before.is("join") || before.is(","))
            {
                scope.derived = true;
            }
            let callee = before.filter(|before| before.kind == Kind::Word).map_or("", |before| before.text);
            scopes.push(Scope::new(callee.to_owned(), by_row));
            last_end = token.end();
            continue;
        }
        if token.is(")") && scopes.len() > 1 {
            let mut scope = scopes.pop()?;
            scope.end_order(last_end);
            called = std::mem::take(&mut scope.callee);
            match (scope.window, scopes.last_mut()) {
                (Some(true), Some(outer)) => outer.window_ends.append(&mut scope.ends),
                (Some(false), _) => {}
                _ => insertions.extend(scope.insertions(by_row, direction)),
            }
            last_end = token.end();
            continue;
        }
        let scope = scopes.last_mut()?;
        if token.is(";") {
            scope.end_order(last_end);
        } else if token.is("select") {
            scope.clause = Clause::Columns;
            if scope.selects {
                scope.mixed = true;
            } else {
                scope.selects = true;
                scope.columns = Some(1);
            }
            scope.mixed |= next.is_some_and(|next| next.is("distinct"));
        } else if token.is("from") && scope.clause == Clause::Columns {
            scope.clause = Clause::Tables;
        } else if token.is("order") && next.is_some_and(|next| next.is("by")) {
            scope.clause = Clause::Order;
        } else if token.is("limit") || token.is("rows") || token.is("groups") || token.is("range") {
            scope.end_order(last_end);
            if token.is("rows") && scope.window.is_some() {
                scope.window = Some(true);
            }
        } else if token.is("group") && next.is_some_and(|next| next.is("by")) {
            scope.mixed = true;
            scope.clause = Clause::Else;
        } else if ["where", "having", "window", "on", "using"].iter().any(|word| token.is(word)) {
            scope.clause = Clause::Else;
        } else if ["union", "intersect", "except"].iter().any(|word| token.is(word)) {
            scope.mixed = true;
            scope.clause = Clause::Else;
        } else if token.is("join") && scope.selects {
            scope.clause = Clause::Tables;
        } else if scope.clause == Clause::Columns && !scope.mixed_twice() {
            let begins =
                before.is_some_and(|before| ["select", "distinct", "all", ",", "."].iter().any(|word| before.is(word)));
            if token.is("*") && begins {
                scope.columns = None;
            } else if token.is(",") {
                scope.columns = scope.columns.map(|count| count + 1);
            }
        }
        if scope.clause == Clause::Tables
            && token.kind != Kind::Other
            && before.is_some_and(|before| before.is("from") || before.is("join") || before.is(","))
        {
            scope.derived |= common.iter().any(|name| name.eq_ignore_ascii_case(token.text));
            let alias = match next {
                Some(next) if next.is("as") => tokens.get(at + 2),
                other => other.filter(|next| next.kind != Kind::Other && !is_keyword(next)),
            };
            let called_so = alias.filter(|alias| alias.kind != Kind::Other).unwrap_or(token);
            scope.tables.push(called_so.text.to_owned());
        }
        if !token.is(";") {
            last_end = token.end();
        }
    }
    let mut scope = scopes.pop()?;
    if !scopes.is_empty() {
        return None;
    }
    scope.end_order(last_end);
    insertions.extend(scope.insertions(by_row, direction));
    if insertions.is_empty() {
        return None;
    }
    insertions.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut text = sql.to_owned();
    for (at, more) in insertions {
        text.insert_str(at, &more);
    }
    Some(text)
}

impl Scope {
    /// Whether these are the columns of a later part of a compound.
    fn mixed_twice(&self) -> bool {
        self.mixed && !self.tables.is_empty()
    }
}

fn is_keyword(token: &Token<'_>) -> bool {
    const WORDS: [&str; 22] = [
        "where",
        "group",
        "order",
        "having",
        "limit",
        "on",
        "using",
        "join",
        "inner",
        "left",
        "right",
        "full",
        "cross",
        "natural",
        "union",
        "intersect",
        "except",
        "window",
        "indexed",
        "not",
        "outer",
        "set",
    ];
    token.kind == Kind::Word && WORDS.iter().any(|word| token.is(word))
}

#[cfg(test)]
mod tests {
    use super::broken;

    fn first(sql: &str) -> String {
        broken(sql, true).into_iter().next().unwrap_or_default()
    }

    #[test]
    fn rows_come_by_their_numbers_backwards() {
        assert_eq!(first("SELECT a FROM t ORDER BY b LIMIT 3"), "SELECT a FROM t ORDER BY b, t.rowid DESC LIMIT 3");
        assert_eq!(
            first("SELECT a FROM \"t\" x JOIN u ON x.i = u.i ORDER BY b DESC;"),
            "SELECT a FROM \"t\" x JOIN u ON x.i = u.i ORDER BY b DESC, x.rowid DESC, u.rowid DESC;"
        );
        assert_eq!(
            first("SELECT (SELECT s FROM g WHERE g.x = t.x ORDER BY n DESC LIMIT 1) FROM t"),
            "SELECT (SELECT s FROM g WHERE g.x = t.x ORDER BY n DESC, g.rowid DESC LIMIT 1) FROM t"
        );
        assert_eq!(broken("SELECT a FROM t ORDER BY b", false)[0], "SELECT a FROM t ORDER BY b, t.rowid ASC");
        assert_eq!(first("SELECT a FROM t -- ORDER BY b"), "");
        assert_eq!(first("SELECT a, 'ORDER BY b' FROM t"), "");
    }

    #[test]
    fn rows_without_numbers_come_by_their_columns() {
        let grouped = "SELECT a, COUNT(*) FROM t GROUP BY a ORDER BY 2 DESC";
        assert_eq!(first(grouped), format!("{grouped}, 1 DESC, 2 DESC"));
        let distinct = "SELECT DISTINCT a, f(b, c) FROM t ORDER BY a";
        assert_eq!(first(distinct), format!("{distinct}, 1 DESC, 2 DESC"));
        let compound = "SELECT a FROM t UNION SELECT b FROM u ORDER BY 1";
        assert_eq!(first(compound), format!("{compound}, 1 DESC"));
        let derived = "SELECT x.a, x.b FROM (SELECT * FROM t) x ORDER BY a";
        assert_eq!(first(derived), format!("{derived}, 1 DESC, 2 DESC"));
        let common = "WITH c AS (SELECT 1 AS a) SELECT a FROM c ORDER BY a";
        assert_eq!(first(common), format!("{common}, 1 DESC"));
        assert_eq!(first("SELECT * FROM (SELECT 1) ORDER BY 1"), "");
    }

    #[test]
    fn windows_keep_their_meaning() {
        assert_eq!(
            first("SELECT ROW_NUMBER() OVER (PARTITION BY c ORDER BY b) FROM t"),
            "SELECT ROW_NUMBER() OVER (PARTITION BY c ORDER BY b, t.rowid DESC) FROM t"
        );
        assert_eq!(first("SELECT RANK() OVER (ORDER BY b) FROM t"), "");
        assert_eq!(first("SELECT SUM(a) OVER (ORDER BY b) FROM t"), "");
        assert_eq!(
            first("SELECT SUM(a) OVER (ORDER BY b ROWS UNBOUNDED PRECEDING) FROM t"),
            "SELECT SUM(a) OVER (ORDER BY b, t.rowid DESC ROWS UNBOUNDED PRECEDING) FROM t"
        );
    }
}
