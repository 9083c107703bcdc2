//! Rows as a table that fits the width: long values cut, many rows folded, columns that find no room named below.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::runner::Cell;

/// Rows shown before the fold.
const HEAD: usize = 15;
/// Rows shown after it.
const TAIL: usize = 3;
/// A column is not cut below its name, or below this width when the name is shorter.
const LEAST: usize = 6;
/// A longer name than this may be cut to it.
const LONG_NAME: usize = 14;

/// A cell as a learner reads it.
pub fn cell_text(cell: &Cell) -> String {
    let text = match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Bool(true) => "True".to_owned(),
        Cell::Bool(false) => "False".to_owned(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => float_text(*number),
        Cell::BigInt(text) | Cell::Text(text) | Cell::Decimal(text) | Cell::Temporal(text) => text.clone(),
        Cell::Bytes(bytes) => format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        Cell::List(_) | Cell::Dict(_) => cell.to_json().to_string(),
        Cell::Instance { model, pk } => {
            let name = model.rsplit('.').next().unwrap_or(model);
            format!("{name} {}", cell_text(pk))
        }
    };
    text.replace("\r\n", "⏎").replace(['\n', '\r'], "⏎").replace(|symbol: char| symbol.is_control(), "·")
}

fn float_text(number: f64) -> String {
    if number.is_nan() {
        "nan".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else {
        format!("{number:?}")
    }
}

/// Cuts a text to a width, ending it with `…` when something is lost.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for symbol in text.chars() {
        let wide = symbol.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        kept.push(symbol);
    }
    kept.push('…');
    kept
}

/// A table of rows no wider than `width`, ending without a line break. When there is no room for all columns, the first
/// one and those that `about` names (a statement, a learner's line) are shown before others.
pub fn rows_table(columns: &[String], rows: &[Vec<Cell>], width: usize, about: &str) -> String {
    let texts = rows.iter().map(|row| row.iter().map(cell_text).collect()).collect::<Vec<Vec<String>>>();
    table_about(columns, &texts, width, true, about)
}

/// A table of texts no wider than `width`; with `fold`, many rows are folded.
pub fn text_table(columns: &[String], rows: &[Vec<String>], width: usize, fold: bool) -> String {
    table_about(columns, rows, width, fold, "")
}

/// [`text_table`] that prefers the columns that `about` names.
pub fn table_about(columns: &[String], rows: &[Vec<String>], width: usize, fold: bool, about: &str) -> String {
    if columns.is_empty() {
        return format!("({} rows without columns)", rows.len());
    }
    let mut wanted: Vec<usize> = columns.iter().map(|column| column.width().max(1)).collect();
    for row in rows {
        for (at, text) in row.iter().enumerate().take(wanted.len()) {
            wanted[at] = wanted[at].max(text.width());
        }
    }
    let least: Vec<usize> = columns
        .iter()
        .zip(&wanted)
        .map(|(column, &wanted)| wanted.min(column.width().clamp(LEAST, LONG_NAME)))
        .collect();
    let shown = chosen(columns, &least, width, about);
    let widths = shared_out(&shown, &wanted, &least, width);
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
    let laid = |texts: &[String]| -> Vec<String> {
        shown.iter().zip(&widths).map(|(&at, &width)| cut(texts.get(at).map_or("", String::as_str), width)).collect()
    };
    table.set_header(laid(columns));
    let folded = fold && rows.len() > HEAD + TAIL + 1;
    for (at, row) in rows.iter().enumerate() {
        if folded && at == HEAD {
            let mut fold = vec![cut(&format!("… {} more", rows.len() - HEAD - TAIL), widths[0].max(LEAST))];
            fold.resize(shown.len(), "…".to_owned());
            table.add_row(fold);
        }
        if !folded || at < HEAD || at >= rows.len() - TAIL {
            table.add_row(laid(row));
        }
    }
    let mut text = table.to_string();
    if folded {
        text.push_str(&format!("\n({} rows)", rows.len()));
    }
    if shown.len() < columns.len() {
        let hidden: Vec<&str> =
            (0..columns.len()).filter(|at| !shown.contains(at)).map(|at| columns[at].as_str()).collect();
        text.push('\n');
        text.push_str(&textwrap::fill(&format!("(no room for: {})", hidden.join(", ")), width));
    }
    text
}

/// The columns that find room, in their own order: the first, those that `about` names, then the others.
fn chosen(columns: &[String], least: &[usize], width: usize, about: &str) -> Vec<usize> {
    let mut words: Vec<&str> = about
        .split(|symbol: char| !symbol.is_alphanumeric() && symbol != '_')
        .flat_map(|word| word.split("__"))
        .collect();
    words.sort_unstable();
    let named = |at: usize| {
        let name = columns[at].as_str();
        [name, name.strip_suffix("_id").unwrap_or(name)].iter().any(|name| words.binary_search(name).is_ok())
    };
    let (mut turns, others): (Vec<usize>, Vec<usize>) = (0..columns.len()).partition(|&at| at == 0 || named(at));
    turns.extend(others);
    let mut used = 1;
    let mut shown = Vec::new();
    for at in turns {
        if shown.is_empty() || used + least[at] + 3 <= width {
            used += least[at] + 3;
            shown.push(at);
        }
    }
    shown.sort_unstable();
    shown
}

/// Gives every shown column what it wants, the widest ones less when it does not fit.
fn shared_out(shown: &[usize], wanted: &[usize], least: &[usize], width: usize) -> Vec<usize> {
    let room = width.saturating_sub(1 + 3 * shown.len()).max(shown.len());
    let given = |most: usize| shown.iter().map(move |&at| wanted[at].min(most.max(least[at])));
    let mut most = shown.iter().map(|&at| wanted[at]).max().unwrap_or(0);
    while most > 1 && given(most).sum::<usize>() > room {
        most -= 1;
    }
    // A single column is all that is left of a table: it may be cut below its least.
    given(most).map(|wide| wide.min(room)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_small_table() {
        let rows = [vec![Cell::Int(1), Cell::Null], vec![Cell::Int(2), Cell::Text("two\nlines".into())]];
        let expected = "\
┌────┬───────────┐
│ id ┆ name      │
╞════╪═══════════╡
│ 1  ┆ NULL      │
│ 2  ┆ two⏎lines │
└────┴───────────┘";
        assert_eq!(rows_table(&strings(&["id", "name"]), &rows, 60, ""), expected);
    }

    #[test]
    fn nothing_is_wider_than_the_width() {
        let columns: Vec<String> = (0..14).map(|at| format!("column_{at}")).collect();
        let rows: Vec<Vec<Cell>> = (0..40).map(|at| vec![Cell::Text("wide, wider, widest ".repeat(at)); 14]).collect();
        for width in [60, 80, 100] {
            for count in [1, 3, 14] {
                let cut: Vec<Vec<Cell>> = rows.iter().map(|row| row[..count].to_vec()).collect();
                let table = rows_table(&columns[..count], &cut, width, "");
                assert!(table.lines().all(|line| line.width() <= width), "{table}");
                assert!(table.contains("(40 rows)"));
                assert!(count < 14 || table.contains("no room for"));
            }
        }
    }

    #[test]
    fn what_is_talked_about_is_shown_first() {
        let columns = strings(&["id", "title_of_it", "body", "author_id", "view_count"]);
        let row = strings(&["1", "a long title", "a long body text", "4", "100"]);
        let table = table_about(&columns, &[row], 42, true, "Post.objects.filter(author__age=3, view_count=1)");
        let header = table.lines().nth(1).unwrap_or_default();
        assert!(header.contains("author_id") && header.contains("view_count"), "{table}");
        assert!(table.ends_with("(no room for: title_of_it)"), "{table}");
    }

    #[test]
    fn wide_symbols_are_cut_between_symbols() {
        assert_eq!(cut("日本語の文", 5), "日本…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
