//! What language a piece of code is in, and where code stands among prose.

use crate::python::parse::{SOURCE_CAP, parse_module};

/// The language of a piece of code, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// SQL.
    Sql,
    /// Commands of a shell.
    Shell,
    /// Anything else.
    Text,
}

impl Language {
    /// The word in reports and fences.
    pub fn word(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Sql => "sql",
            Self::Shell => "shell",
            Self::Text => "text",
        }
    }

    /// The language that an author's word means, where it says enough.
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "python" | "py" | "python3" | "py3" | "pycon" | "django" | "ipython" => Some(Self::Python),
            "sql" | "mysql" | "postgresql" | "postgres" | "sqlite" | "plsql" | "tsql" | "pgsql" => Some(Self::Sql),
            "bash" | "sh" | "shell" | "console" | "zsh" | "cmd" | "powershell" => Some(Self::Shell),
            "json" | "html" | "yaml" | "yml" | "xml" | "css" | "javascript" | "js" | "jsx" | "ts" | "typescript"
            | "java" | "c" | "cpp" | "go" | "rust" | "ruby" | "php" | "toml" | "ini" | "nginx" | "dockerfile"
            | "diff" | "htmldjango" | "jinja" | "jinja2" | "mermaid" => Some(Self::Text),
            _ => None,
        }
    }
}

/// Whether a text is a Python program.
pub fn parses(source: &str) -> bool {
    source.len() <= SOURCE_CAP && parse_module(source, SOURCE_CAP).is_ok()
}

const SQL_STARTS: &[&str] = &[
    "select ",
    "select\n",
    "insert into ",
    "update ",
    "delete from ",
    "create table ",
    "create index ",
    "create unique ",
    "create view ",
    "create or ",
    "create database ",
    "create trigger ",
    "create procedure ",
    "alter table ",
    "drop table ",
    "drop index ",
    "with recursive ",
    "begin;",
    "commit;",
    "rollback;",
    "explain ",
    "truncate ",
    "show ",
    "grant ",
    "revoke ",
    "savepoint ",
    "begin transaction",
    "start transaction",
    "merge into ",
    "pragma ",
    "declare ",
    "use ",
    "exec ",
];
const SHELL_STARTS: &[&str] = &[
    "pip ",
    "pip3 ",
    "python ",
    "python3 ",
    "django-admin ",
    "source ",
    "cd ",
    "mkdir ",
    "git ",
    "npm ",
    "docker ",
    "sudo ",
    "apt ",
    "brew ",
    "./manage.py ",
    "$ ",
    "gunicorn ",
    "virtualenv ",
    "pytest",
    "curl ",
    "celery ",
    "uvicorn ",
    "heroku ",
    "poetry ",
    "pipenv ",
    "conda ",
    "ls ",
    "export ",
    "touch ",
];

fn starts_sql(line: &str) -> bool {
    let lower = format!("{} ", line.trim_start().to_ascii_lowercase());
    if lower.starts_with("use ") || lower.starts_with("show ") || lower.starts_with("update ") {
        let words: Vec<&str> = line.split_whitespace().collect();
        let shouted = words.first().is_some_and(|word| word.chars().all(|symbol| symbol.is_ascii_uppercase()));
        return shouted && (line.contains(';') || line.contains(" SET") || words.len() <= 4);
    }
    SQL_STARTS.iter().any(|start| lower.starts_with(start))
}

fn starts_shell(line: &str) -> bool {
    let line = line.trim_start();
    SHELL_STARTS.iter().any(|start| line.starts_with(start))
        && !line.ends_with(['.', '?'])
        && line.split_whitespace().count() <= 14
}

/// The language of a block by its content.
pub fn language(source: &str) -> Language {
    let lines: Vec<&str> = source.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let plain: Vec<&str> =
        lines.iter().copied().filter(|line| !line.starts_with("--") && !line.starts_with('#')).collect();
    let Some(first) = plain.first() else {
        return if lines.iter().any(|line| line.starts_with("--")) { Language::Sql } else { Language::Text };
    };
    let count = plain.len().max(1);
    let shell = plain.iter().filter(|line| starts_shell(line)).count();
    if shell * 2 > count {
        return Language::Shell;
    }
    let sql = plain.iter().filter(|line| starts_sql(line)).count();
    let comments = lines.iter().filter(|line| line.starts_with("-- ")).count();
    if starts_sql(first) || (comments > 0 && sql > 0) {
        return Language::Sql;
    }
    let python = plain.iter().filter(|line| is_python_line(line)).count();
    if python * 3 >= count && python > 0 {
        return Language::Python;
    }
    if sql > 0 && python == 0 {
        return Language::Sql;
    }
    // Single words parse as Python too.
    let wordy = plain.iter().filter(|line| !line.contains(['(', '=', '.', '['])).count() * 2 > count;
    if !wordy && parses(source) { Language::Python } else { Language::Text }
}

/// Whether a line can hardly be anything but Python.
pub fn is_python_line(line: &str) -> bool {
    let code = line.split(" # ").next().unwrap_or(line).split("  #").next().unwrap_or(line).trim();
    let code = code.strip_prefix(">>> ").unwrap_or(code);
    // What goes on asking is prose about code.
    if code.is_empty() || code.ends_with('?') || code.contains("? ") {
        return false;
    }
    let word: String = code.chars().take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_').collect();
    let words = code.split_whitespace().count();
    let ends_block = code.ends_with(':');
    match word.as_str() {
        "from" => return code.contains(" import ") && words <= 40,
        "import" => return words <= 6 && !code.ends_with('.'),
        "class" => return ends_block && words <= 8,
        "def" | "async" => return code.contains('(') && (ends_block || code.contains("):") || code.ends_with('(')),
        "for" => return code.contains(" in ") && (ends_block || code.contains(": ")) && words <= 14,
        "if" | "elif" | "while" | "with" | "except" => {
            return ends_block && words <= 14 && (code.contains(['(', '.', '=', '_', '<', '>']) || words <= 4);
        }
        "else" | "try" | "finally" => return ends_block && words == 1,
        "return" | "raise" | "await" | "yield" | "assert" | "del" => {
            return words == 1 || code.contains(['(', '.', '_', '=', '[']) && !code.ends_with('.') || words == 2;
        }
        "pass" | "break" | "continue" => return words == 1,
        "print" => return code.starts_with("print("),
        _ => {}
    }
    if code.starts_with('@') && words <= 3 && code.len() > 2 {
        return true;
    }
    if matches!(code, "}" | "]" | ")" | "}," | "]," | ")," | "})" | ");") {
        return true;
    }
    // An assignment to a name.
    if let Some((target, value)) = code.split_once('=')
        && !value.starts_with('=')
        && !value.trim().is_empty()
    {
        let target = target.trim().trim_end_matches(['+', '-', '*', '/', '|', '&']).trim();
        let named = !target.is_empty()
            && target.chars().all(|symbol| symbol.is_alphanumeric() || "_.,[]'\" ".contains(symbol))
            && target.split(',').all(|name| name.split_whitespace().count() == 1);
        if named && !value.trim_end().ends_with(['?', '.']) {
            let value = value.trim();
            return value.contains(['(', '[', '{', '\'', '"', '.', '_'])
                || value.split_whitespace().count() == 1
                || parses(code);
        }
    }
    // A chain of calls.
    let chain = code.starts_with('.') || word.len() < code.len() && code[word.len()..].starts_with(['.', '(']);
    if chain && !word.chars().all(|symbol| symbol.is_ascii_digit()) {
        let balanced = code.ends_with([')', ']', '(', '\\', ',', '}']);
        let dotted = code.contains(".objects") || code.contains('(');
        let first_gap = code.find(' ').unwrap_or(code.len());
        let first_call = code.find('(').unwrap_or(0);
        return balanced
            && dotted
            && first_call < first_gap + 1
            && (parses(code) || !code.ends_with(')') || code.starts_with('.'));
    }
    false
}

/// The line after the code that begins at a line of plain text; the line itself where none does.
pub fn carve(lines: &[&str], at: usize) -> usize {
    let Some(first) = lines.get(at) else { return at };
    let trimmed = first.trim();
    if first.contains('\t') && first.trim().split('\t').count() >= 2 && !first.starts_with('\t') {
        return at;
    }
    if starts_sql(trimmed)
        && (trimmed.contains(" FROM ") || trimmed.ends_with(';') || trimmed.contains('*') || is_shouted(trimmed))
        && !trimmed.ends_with('?')
    {
        return end_of_sql(lines, at);
    }
    if starts_shell(trimmed) && !trimmed.starts_with("python is") {
        return at + 1;
    }
    let comment = trimmed.starts_with("# ") && trimmed.len() < 120 || trimmed.starts_with("#!");
    if !is_python_line(trimmed) && !comment {
        return at;
    }
    let mut end = at;
    let mut open = 0i64;
    let mut cursor = at;
    let mut has_code = false;
    while let Some(line) = lines.get(cursor) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            // Blank lines stay inside while code goes on behind them.
            let next = lines[cursor..].iter().position(|line| !line.trim().is_empty());
            let Some(next) = next.filter(|gap| *gap <= 2).map(|gap| cursor + gap) else { break };
            let following = lines[next];
            let goes_on = open > 0 || following.starts_with([' ', '\t']) || is_python_line(following.trim());
            let wide = following.trim().contains("   ") || following.contains('\t');
            if !goes_on || (wide && open == 0) {
                break;
            }
            cursor = next;
            continue;
        }
        let indented = line.starts_with([' ', '\t']) && has_code && cursor > at;
        let inside = open > 0;
        let is_comment = trimmed.starts_with('#');
        if !(inside || is_python_line(trimmed) || is_comment || (indented && !ends_prose(trimmed))) {
            break;
        }
        has_code |= !is_comment;
        open = (open + brackets(trimmed)).max(0);
        cursor += 1;
        end = cursor;
        if end - at > 400 {
            break;
        }
    }
    if has_code { end } else { at }
}

fn ends_prose(line: &str) -> bool {
    line.ends_with(['.', '?']) && line.split_whitespace().count() > 4
}

fn is_shouted(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(|word| {
        word.len() >= 3 && word.trim_end_matches(';').chars().all(|symbol| symbol.is_ascii_uppercase())
    })
}

fn end_of_sql(lines: &[&str], at: usize) -> usize {
    let mut end = at;
    for line in &lines[at..] {
        let trimmed = line.trim();
        if trimmed.is_empty() || end - at > 60 {
            break;
        }
        let first = end == at;
        let shouted = is_shouted(trimmed) || trimmed.starts_with(['(', ')', '-']) || line.starts_with([' ', '\t']);
        if !first && !shouted && lines.get(end - 1).is_some_and(|line| !line.trim_end().ends_with([',', '(', '='])) {
            break;
        }
        end += 1;
        if trimmed.ends_with(';') && !lines.get(end).is_some_and(|line| starts_sql(line)) {
            break;
        }
    }
    end
}

/// How many brackets a line leaves open.
fn brackets(line: &str) -> i64 {
    let mut open = 0;
    let mut quote = None;
    for symbol in line.chars() {
        match (quote, symbol) {
            (None, '#') => break,
            (None, '"' | '\'') => quote = Some(symbol),
            (Some(mark), symbol) if mark == symbol => quote = None,
            (None, '(' | '[' | '{') => open += 1,
            (None, ')' | ']' | '}') => open -= 1,
            _ => {}
        }
    }
    open
}

/// Lines without the indentation that all of them share.
pub fn dedent(lines: &[&str]) -> String {
    let shared = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    let lines: Vec<&str> = lines.iter().map(|line| line.get(shared..).unwrap_or_default().trim_end()).collect();
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_tells_the_language() {
        assert_eq!(language("SELECT 1"), Language::Sql);
        assert_eq!(language("-- all\nSELECT * FROM t;"), Language::Sql);
        assert_eq!(language("posts = Post.objects.all()"), Language::Python);
        assert_eq!(language("# first\nfor p in posts:\n    print(p)"), Language::Python);
        assert_eq!(language("python manage.py migrate"), Language::Shell);
        assert_eq!(language("Model -> Table\nField -> Column"), Language::Text);
        assert_eq!(language("Post.objects.filter(...)"), Language::Python);
    }

    #[test]
    fn code_is_carved_out_of_prose() {
        let text = "Fetch only what you need:\nEmployee.objects.only(\"name\")  # two columns\nclass A(models.Model):\n    x = 1\n\n    def f(self):\n        return 1\nAnd so on.";
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(carve(&lines, 0), 0);
        assert_eq!(carve(&lines, 1), 7);
        assert_eq!(carve(&lines, 7), 7);
        for prose in [
            "When in doubt, use F().",
            "Model (M): the data.",
            "Use select_related and prefetch_related",
            "import is slow.",
            "Adds indexes = faster reads.",
        ] {
            assert_eq!(carve(&[prose], 0), 0, "{prose}");
        }
    }
}
