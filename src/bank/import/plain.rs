//! Plain text to units: a line each. Code that stands among prose without a fence is carved out; headings of Org,
//! reStructuredText and AsciiDoc are known by their marks.

use super::code::{self, Language};
use super::mend;
use super::units::{Kind, LineBuilder, Unit, squeeze};

/// The units of plain text.
pub fn units(text: &str) -> Vec<Unit> {
    let lines: Vec<&str> = text.lines().collect();
    let org = is_org(&lines);
    let mut units = Vec::new();
    let mut blank = true;
    let mut at = 0;
    while let Some(raw) = lines.get(at) {
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let line = raw.trim();
        if line.is_empty() {
            blank = true;
            at += 1;
            continue;
        }
        if let Some((end, language)) = fenced(&lines, at) {
            let source = lines[at + 1..end].join("\n");
            units.push(Unit::new(Kind::Code { language }, number + 1, source.trim_end().to_owned()));
            at = end + 1;
            blank = true;
            continue;
        }
        if let Some(level) = underlined(&lines, at) {
            units.push(Unit::new(Kind::Heading(level), number, squeeze(line)));
            at += 2;
            blank = true;
            continue;
        }
        if is_rule(line) {
            units.push(Unit::new(Kind::Rule, number, ""));
            blank = true;
            at += 1;
            continue;
        }
        if mend::is_flattened_code(line) {
            units.push(Unit::new(Kind::Code { language: String::new() }, number, line));
            blank = true;
            at += 1;
            continue;
        }
        if let Some((level, title)) = marked_heading(raw, org) {
            units.push(Unit::new(Kind::Heading(level), number, squeeze(title)));
            blank = true;
            at += 1;
            continue;
        }
        if org && (line.starts_with("#+") || line.starts_with(':') && line.ends_with(':')) {
            at += 1;
            continue;
        }
        let end = code::carve(&lines, at);
        if end > at {
            let source = code::dedent(&lines[at..end]);
            units.push(Unit::new(Kind::Code { language: String::new() }, number, source));
            at = end;
            blank = true;
            continue;
        }
        if let Some(cells) = table_row(raw) {
            let head = !matches!(units.last().map(|unit: &Unit| &unit.kind), Some(Kind::Row { .. }));
            if !cells.iter().all(|cell| cell.chars().all(|symbol| matches!(symbol, '-' | ':' | '=' | '+' | ' '))) {
                let text = cells.join(" | ");
                units.push(Unit::new(Kind::Row { cells, head }, number, text));
            }
            blank = true;
            at += 1;
            continue;
        }
        let indent = raw.len() - raw.trim_start().len();
        let mut builder = LineBuilder::new();
        builder.push(line, false, None);
        let kind = match bullet(line) {
            Some(rest) => {
                builder = LineBuilder::new();
                builder.push(rest, false, None);
                Kind::Item { number: None, depth: u8::try_from(1 + indent / 2).unwrap_or(u8::MAX) }
            }
            None => Kind::Text,
        };
        let mut unit = builder.take(kind, number, blank, u8::try_from(indent / 2).unwrap_or(u8::MAX));
        unit.bold.clear();
        units.push(unit);
        blank = false;
        at += 1;
    }
    units
}

fn is_org(lines: &[&str]) -> bool {
    lines.iter().any(|line| line.starts_with("#+")) || lines.iter().filter(|line| line.starts_with("** ")).count() >= 3
}

fn fenced(lines: &[&str], at: usize) -> Option<(usize, String)> {
    let line = lines.get(at)?.trim();
    let lower = line.to_ascii_lowercase();
    let (language, is_end): (&str, &dyn Fn(&str) -> bool) = if let Some(info) = line.strip_prefix("```") {
        (info, &|line: &str| line.trim() == "```")
    } else if lower.starts_with("#+begin_src") {
        (line.get(11..).unwrap_or_default(), &|line: &str| line.trim().eq_ignore_ascii_case("#+end_src"))
    } else {
        return None;
    };
    // A fence that is never closed is a line like any other.
    let length = lines[at + 1..].iter().take(2000).position(|line| is_end(line))?;
    let language = language.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    Some((at + 1 + length, language))
}

/// The level of a heading that is underlined as in reStructuredText.
fn underlined(lines: &[&str], at: usize) -> Option<u8> {
    let line = lines.get(at)?.trim_end();
    let below = lines.get(at + 1)?.trim_end();
    let mark = below.chars().next()?;
    let level = match mark {
        '=' => 1,
        '-' => 2,
        '~' => 3,
        '^' | '"' | '*' | '+' => 4,
        _ => return None,
    };
    let long_enough = below.len() >= 3 && below.chars().count() + 2 >= line.chars().count().min(40);
    let plain = below.chars().all(|symbol| symbol == mark) && line.starts_with(|symbol: char| !symbol.is_whitespace());
    (plain && long_enough && line.chars().any(char::is_alphabetic) && line.chars().count() <= 200).then_some(level)
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.chars().all(|symbol| matches!(symbol, '-' | '=' | '*' | '_' | '~' | '#' | '─' | '═' | '+'))
}

fn marked_heading(raw: &str, org: bool) -> Option<(u8, &str)> {
    let mark = raw.chars().next()?;
    let wanted = if org && mark == '*' || mark == '=' || mark == '#' { mark } else { return None };
    let count = raw.chars().take_while(|symbol| *symbol == wanted).count();
    let rest = raw.get(count..)?;
    if count > 6 || !rest.starts_with(' ') || (mark == '=' && count < 2) {
        return None;
    }
    let title = rest.trim().trim_end_matches(wanted).trim();
    let title = ["TODO ", "DONE "].iter().find_map(|word| title.strip_prefix(word)).unwrap_or(title);
    (!title.is_empty()).then_some((u8::try_from(count).unwrap_or(6), title))
}

/// What stands behind a bullet.
fn bullet(line: &str) -> Option<&str> {
    let mut symbols = line.chars();
    let mark = symbols.next()?;
    if !matches!(mark, '-' | '*' | '+' | '•' | '●' | '○' | '▪' | '◦' | '–' | '·' | '➤' | '►' | '■') {
        return None;
    }
    let rest = symbols.as_str();
    let wide = !mark.is_ascii();
    (rest.starts_with([' ', '\t']) || (wide && mark != '–')).then(|| rest.trim()).filter(|rest| !rest.is_empty())
}

/// The cells of a row: apart by pipes, or by tabs or runs of blanks.
fn table_row(raw: &str) -> Option<Vec<String>> {
    let line = raw.trim();
    if line.len() > 6000 {
        return None;
    }
    let cells: Vec<String> = if line.matches('|').count() >= 2 && (line.starts_with('|') || line.ends_with('|')) {
        line.trim_matches('|').split('|').map(squeeze).collect()
    } else {
        let mut cells: Vec<String> = Vec::new();
        let mut rest = line;
        while let Some(at) = wide_gap(rest) {
            cells.push(squeeze(&rest[..at]));
            rest = rest[at..].trim_start();
        }
        cells.push(squeeze(rest));
        cells
    };
    (cells.len() >= 2).then_some(cells)
}

/// Where a tab or three blanks stand in a row.
fn wide_gap(line: &str) -> Option<usize> {
    let tab = line.find('\t');
    let blanks = line.find("   ");
    match (tab, blanks) {
        (Some(tab), Some(blanks)) => Some(tab.min(blanks)),
        (found, other) => found.or(other),
    }
}

/// Whether line breaks were lost: no blank lines, and blocks of code in one line each.
pub fn is_flattened(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let blank = lines.iter().filter(|line| line.trim().is_empty()).count();
    let code = lines.iter().filter(|line| mend::is_flattened_code(line)).count();
    lines.len() >= 10 && blank * 20 <= lines.len() && code >= 3
}

/// Whether a text reads as plain lines rather than as Markdown.
pub fn is_plain(text: &str) -> bool {
    if is_flattened(text) {
        return true;
    }
    let mut marks = 0;
    let mut lines = 0;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() {
            continue;
        }
        lines += 1;
        let heading = trimmed.starts_with('#')
            && trimmed.trim_start_matches('#').starts_with(' ')
            && trimmed.chars().take_while(|symbol| *symbol == '#').count() <= 6;
        let heading = heading && (trimmed.starts_with("##") || code::language(trimmed) != Language::Python);
        if heading {
            marks += 2;
        }
        if trimmed.starts_with("```") || trimmed.contains("](") || trimmed.starts_with("<details") {
            marks += 4;
        }
        if trimmed.matches("**").count() >= 2 {
            marks += 3;
        }
        if trimmed.starts_with("|--") || trimmed.starts_with("| --") || trimmed.starts_with("|:-") {
            marks += 2;
        }
    }
    marks * 12 < lines.max(12)
}
