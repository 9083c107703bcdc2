//! `n-plus-one`: one more statement for each row, because a related object is reached that was not loaded.

use super::repeats::{Repeat, repeats};
use super::scene::Scene;
use crate::grading::Finding;
use crate::grading::handbook::{Page, page};
use crate::runner::TableInfo;

/// What it means.
pub const PAGE: Page = page(
    "n-plus-one",
    "One query fetches the rows, and then one more is sent for each of them, because a related object is reached \
     that was not loaded. Ten rows cost eleven queries, a thousand rows a thousand and one. Load the related \
     objects along: with a join for a single one, with a second query for many.",
    "for post in Post.objects.all():\n    print(post.author.username)",
    "for post in Post.objects.select_related(\"author\"):\n    print(post.author.username)\n\n# many-valued: prefetch_related(\"tags\")",
);

/// Looks for it.
pub fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for repeat in repeats(scene).iter().filter(|repeat| !repeat.written_out) {
        if !findings.iter().any(|finding| finding.line == repeat.place()) {
            findings.push(Finding { id: PAGE.id.to_owned(), line: repeat.place(), message: told(scene, repeat) });
        }
    }
    findings
}

fn told(scene: &Scene<'_>, repeat: &Repeat<'_>) -> String {
    let line = scene.line(repeat.query.line);
    let table = table_of(&repeat.query.sql);
    let parents = match repeat.parents {
        Some((line, _)) if line != repeat.query.line => format!("for each row of line {line}"),
        _ => "for each row".to_owned(),
    };
    let growth = match repeat.before {
        0 => format!("{} of them", repeat.count),
        before => format!("{before} with few rows, {} with more", repeat.count),
    };
    let (through, edit) = mended(scene.tables, line, &repeat.query.sql, &table);
    let through = through.map(|name| format!("`{name}` of ")).unwrap_or_default();
    let place = match repeat.parents {
        Some((line, _)) => format!("Add {edit} to the queryset of line {line}"),
        None => format!("Add {edit} to the queryset"),
    };
    format!("{through}`{line}` sends one more query to {table} {parents} ({growth}). {place}.")
}

/// The relation that a line goes along, and the edit that loads it beforehand.
fn mended(tables: &[TableInfo], line: &str, sql: &str, table: &str) -> (Option<String>, String) {
    let reached = attributes(line);
    let single = sql.contains(" LIMIT 21") && !sql.contains(" JOIN ");
    // A single object is looked up by its own key; a reverse one-to-one by the key that points here.
    let forward = tables.iter().flat_map(|info| &info.columns).find_map(|column| {
        let (target, _) = column.references.as_ref()?;
        (target == table && reached.contains(&column.field.as_str())).then(|| column.field.clone())
    });
    if single {
        let name = forward.or_else(|| {
            let model = tables.iter().find(|info| info.name == table)?.model.rsplit('.').next()?.to_lowercase();
            reached.contains(&model.as_str()).then_some(model)
        });
        let edit = match &name {
            Some(name) => format!("`.select_related(\"{name}\")`"),
            None => "`.select_related(…)` with the relation's name".to_owned(),
        };
        return (name, edit);
    }
    const ENDS: [&str; 14] = [
        "all",
        "filter",
        "exclude",
        "count",
        "order_by",
        "exists",
        "first",
        "last",
        "values",
        "values_list",
        "aggregate",
        "distinct",
        "latest",
        "earliest",
    ];
    let is_relation = |name: &str| {
        name != "objects" && !ENDS.contains(&name) && !name.starts_with("prefetch_") && !name.starts_with("select_")
    };
    let at = reached.windows(2).position(|pair| ENDS.contains(&pair[1]) && is_relation(pair[0]));
    let Some(at) = at else { return (None, "`.prefetch_related(…)` with the relation's name".to_owned()) };
    let (name, end) = (reached[at].to_owned(), reached[at + 1]);
    let edit = match end {
        "all" => format!("`.prefetch_related(\"{name}\")`"),
        "count" => format!("`.annotate(n=Count(\"{name}\"))`, and read `n`,"),
        "exists" => format!("`.annotate(found=Exists(…))` for {name}"),
        _ => format!("`.prefetch_related(Prefetch(\"{name}\", queryset=…, to_attr=…))` with the same conditions"),
    };
    (Some(name), edit)
}

/// The names that follow a dot in a line, in order.
fn attributes(line: &str) -> Vec<&str> {
    let is_symbol = |symbol: char| symbol.is_alphanumeric() || symbol == '_';
    let mut names = Vec::new();
    for (at, _) in line.match_indices('.') {
        let rest = &line[at + 1..];
        let end = rest.find(|symbol| !is_symbol(symbol)).unwrap_or(rest.len());
        if end > 0 && !rest.starts_with(|symbol: char| symbol.is_ascii_digit()) {
            names.push(&rest[..end]);
        }
    }
    names
}

/// The table that a statement is about first.
pub fn table_of(sql: &str) -> String {
    let after = ["FROM ", "INTO ", "UPDATE "].iter().find_map(|word| sql.find(word).map(|at| &sql[at + word.len()..]));
    let name: String = after
        .unwrap_or_default()
        .trim_start_matches('"')
        .chars()
        .take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_')
        .collect();
    if name.is_empty() { "the database".to_owned() } else { name }
}
