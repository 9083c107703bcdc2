//! Edits of querysets and programs.

use super::Edit;
use super::tokens::{Kind, Tokens};
use crate::runner::Language;

/// Lookups and what they are mistaken for.
const LOOKUPS: &[(&str, &str, &str)] = &[
    ("gte", "gt", "wrong-boundary"),
    ("gt", "gte", "wrong-boundary"),
    ("lte", "lt", "wrong-boundary"),
    ("lt", "lte", "wrong-boundary"),
    ("iexact", "exact", "case-sensitivity"),
    ("exact", "iexact", "case-sensitivity"),
    ("icontains", "istartswith", "wrong-operator"),
    ("contains", "startswith", "wrong-operator"),
    ("startswith", "contains", "wrong-operator"),
    ("istartswith", "icontains", "wrong-operator"),
    ("endswith", "contains", "wrong-operator"),
    ("iendswith", "icontains", "wrong-operator"),
];

/// Names and what they are mistaken for.
const NAMES: &[(&str, &str, &str)] = &[
    ("True", "False", "wrong-operator"),
    ("False", "True", "wrong-operator"),
    ("Sum", "Avg", "wrong-aggregate"),
    ("Sum", "Max", "wrong-aggregate"),
    ("Avg", "Sum", "wrong-aggregate"),
    ("Max", "Min", "wrong-aggregate"),
    ("Min", "Max", "wrong-aggregate"),
    ("first", "last", "wrong-direction"),
    ("last", "first", "wrong-direction"),
    ("latest", "earliest", "wrong-direction"),
    ("earliest", "latest", "wrong-direction"),
];

/// Calls whose arguments may be forgotten, and what is then missing.
const DROPPING: &[(&str, &str)] = &[
    ("filter", "missing-condition"),
    ("exclude", "missing-condition"),
    ("get", "missing-condition"),
    ("Q", "missing-condition"),
    ("When", "missing-condition"),
    ("annotate", "missing-column"),
    ("aggregate", "missing-column"),
    ("values", "missing-column"),
    ("values_list", "missing-column"),
    ("update", "wrong-final-state"),
    ("order_by", "missing-tie-break"),
    ("Count", "fan-out-aggregate"),
];

pub fn edits(source: &str) -> Vec<Edit> {
    let tokens = Tokens::of(source, Language::Python);
    let mut edits = Vec::new();
    for at in 0..tokens.all.len() {
        let Some(kind) = tokens.kind(at) else { continue };
        match kind {
            Kind::Name => name(&tokens, at, &mut edits),
            Kind::Number => number(&tokens, at, &mut edits),
            Kind::Text => text(&tokens, at, &mut edits),
            Kind::Symbol => symbol(&tokens, at, &mut edits),
            Kind::Quoted => {}
        }
    }
    // Equal rows folded that were to come as often as they are.
    let end = source.trim_end().len();
    if source.contains(".objects") && tokens.text(tokens.all.len().saturating_sub(1)) == ")" {
        edits.push(Edit::new(end..end, ".distinct()", "missing-distinct"));
    }
    edits
}

fn name(tokens: &Tokens<'_>, at: usize, edits: &mut Vec<Edit>) {
    let word = tokens.text(at);
    let range = tokens.bytes(at..at + 1);
    if let Some((stem, lookup)) = word.rsplit_once("__") {
        for (_, other, finding) in LOOKUPS.iter().filter(|(from, ..)| *from == lookup) {
            edits.push(Edit::new(range.clone(), format!("{stem}__{other}"), finding));
        }
    }
    for (_, other, finding) in NAMES.iter().filter(|(from, ..)| *from == word) {
        edits.push(Edit::new(range.clone(), *other, finding));
    }
    let open = at + 1;
    if tokens.text(open) != "(" {
        return;
    }
    let Some(close) = tokens.closing(open) else { return };
    let is_method = at > 0 && tokens.text(at - 1) == ".";
    let whole = || tokens.bytes(at - 1..close + 1);
    match word {
        "filter" if is_method => edits.push(Edit::new(range.clone(), "exclude", "wrong-operator")),
        "exclude" if is_method => edits.push(Edit::new(range.clone(), "filter", "wrong-operator")),
        "distinct" if is_method => edits.push(Edit::new(whole(), "", "missing-distinct")),
        "order_by" if is_method => edits.push(Edit::new(whole(), "", "missing-order")),
        _ => {}
    }
    let arguments = tokens.arguments(open, close);
    if word == "Count" && !tokens.slice(open..close).contains("distinct") && !arguments.is_empty() {
        let end = tokens.bytes(close..close + 1).start;
        edits.push(Edit::new(end..end, ", distinct=True", "wrong-aggregate"));
    }
    if word == "Coalesce"
        && let Some(first) = arguments.first()
    {
        edits.push(Edit::new(tokens.bytes(at..close + 1), tokens.slice(first.clone()), "null-handling"));
    }
    if let Some((_, finding)) = DROPPING.iter().find(|(call, _)| *call == word)
        && (arguments.len() > 1 || ["filter", "exclude"].contains(&word))
    {
        for dropped in 0..arguments.len() {
            let kept: Vec<&str> = arguments
                .iter()
                .enumerate()
                .filter(|(place, _)| *place != dropped)
                .map(|(_, argument)| tokens.slice(argument.clone()))
                .collect();
            let inside = tokens.bytes(arguments[0].start..arguments[arguments.len() - 1].end);
            edits.push(Edit::new(inside, kept.join(", "), finding));
        }
    }
    if word == "filter" && is_method && arguments.len() == 2 {
        let halves =
            format!(".filter({}).filter({})", tokens.slice(arguments[0].clone()), tokens.slice(arguments[1].clone()));
        edits.push(Edit::new(whole(), halves, "chained-multi-valued-filter"));
    }
    // Two filters as one.
    if word == "filter" && is_method && tokens.text(close + 1) == "." && tokens.text(close + 2) == "filter" {
        edits.push(Edit::new(tokens.bytes(close..close + 4), ", ", "chained-multi-valued-filter"));
    }
}

fn number(tokens: &Tokens<'_>, at: usize, edits: &mut Vec<Edit>) {
    let Ok(number) = tokens.text(at).parse::<i64>() else { return };
    let range = tokens.bytes(at..at + 1);
    let around = [at.checked_sub(1).map(|at| tokens.text(at)).unwrap_or_default(), tokens.text(at + 1)];
    let in_slice = around.contains(&":") || around.contains(&"[");
    let finding = if in_slice { "off-by-one-slice" } else { "wrong-literal" };
    edits.push(Edit::new(range.clone(), (number + 1).to_string(), finding));
    if number > 0 {
        edits.push(Edit::new(range, (number - 1).to_string(), finding));
    }
}

fn text(tokens: &Tokens<'_>, at: usize, edits: &mut Vec<Edit>) {
    let word = tokens.text(at);
    let range = tokens.bytes(at..at + 1);
    let Some(quote) = word.chars().next() else { return };
    let Some(inner) = word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) else { return };
    if in_call(tokens, at, "order_by") {
        let turned = match inner.strip_prefix('-') {
            Some(rest) => rest.to_owned(),
            None => format!("-{inner}"),
        };
        edits.push(Edit::new(range, format!("{quote}{turned}{quote}"), "wrong-direction"));
        return;
    }
    // A value that is compared with, not the name of a field.
    let compared = at > 0 && (tokens.text(at - 1) == "=" || tokens.text(at - 1) == "[" || tokens.text(at - 1) == "==");
    if compared && inner.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        let twin: String = inner
            .chars()
            .map(|symbol| if symbol.is_lowercase() { symbol.to_ascii_uppercase() } else { symbol.to_ascii_lowercase() })
            .collect();
        edits.push(Edit::new(range, format!("{quote}{twin}{quote}"), "case-sensitivity"));
    }
}

/// Whether the innermost call around a token is to this name.
fn in_call(tokens: &Tokens<'_>, at: usize, name: &str) -> bool {
    let mut depth = 0_i32;
    for before in (0..at).rev() {
        match tokens.text(before) {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" if depth > 0 => depth -= 1,
            "(" => return before > 0 && tokens.text(before - 1) == name,
            "[" | "{" => return false,
            _ => {}
        }
    }
    false
}

fn symbol(tokens: &Tokens<'_>, at: usize, edits: &mut Vec<Edit>) {
    let range = tokens.bytes(at..at + 1);
    let (other, finding) = match tokens.text(at) {
        "&" => ("|", "wrong-operator"),
        "|" => ("&", "wrong-operator"),
        "~" => ("", "wrong-operator"),
        ">=" => (">", "wrong-boundary"),
        "<=" => ("<", "wrong-boundary"),
        ">" => (">=", "wrong-boundary"),
        "<" => ("<=", "wrong-boundary"),
        "+" => ("-", "wrong-value"),
        // A sign before a number or an argument is no operation.
        "-" if at > 0 && (tokens.kind(at - 1) != Some(Kind::Symbol) || tokens.text(at - 1) == ")") => {
            ("+", "wrong-value")
        }
        "*" if at > 0 && !["(", ","].contains(&tokens.text(at - 1)) => ("+", "wrong-value"),
        "/" => ("*", "wrong-value"),
        _ => return,
    };
    edits.push(Edit::new(range, other, finding));
}
