//! Models as a drawing for the terminal, as SQL, or as a Mermaid diagram.

use std::fmt::Write;

use crate::cli::console::{Console, Style};
use crate::session::{FieldInfo, ModelInfo, RelationKind};

/// Draws models and where their relations lead.
pub fn show(console: &mut Console, models: &[ModelInfo]) {
    for (at, model) in models.iter().enumerate() {
        if at > 0 {
            console.line("");
        }
        let shown = cut(&model.name, console.width);
        let name = console.paint(Style::Strong, &shown);
        let room = console.width.saturating_sub(shown.chars().count() + 2);
        let table = console.paint(Style::Dim, &cut(&format!("table {}", model.table), room));
        console.line(&format!("{name}  {table}"));
        let widest = model.fields.iter().map(|field| field.name.len()).max().unwrap_or(0).min(24);
        for field in &model.fields {
            let branch = match &field.relation {
                None => "  ",
                Some(relation) => match relation.kind {
                    RelationKind::ManyToOne => "→ ",
                    RelationKind::OneToOne => "↔ ",
                    RelationKind::ManyToMany => "⇄ ",
                },
            };
            let line = format!("  {branch}{:widest$}  {}", field.name, described(field));
            let line = cut(line.trim_end(), console.width);
            console.line(&line);
        }
        for (other, field) in models.iter().flat_map(|other| other.fields.iter().map(move |field| (other, field))) {
            if let Some(relation) = field.relation.as_ref().filter(|relation| relation.to == model.name)
                && let Some(accessor) = &relation.accessor
            {
                let text = format!("  ← {accessor:widest$}  from {}.{}", other.name, field.name);
                let text = console.paint(Style::Dim, &cut(&text, console.width));
                console.line(&text);
            }
        }
    }
}

/// A line that fits into a width.
fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let kept: String = line.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// A column's name as Mermaid takes it: one word.
fn word(name: &str) -> String {
    let word: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if word.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_') {
        word
    } else {
        format!("_{word}")
    }
}

fn described(field: &FieldInfo) -> String {
    let mut words = vec![match &field.relation {
        Some(relation) => relation.to.clone(),
        None => field.kind.clone(),
    }];
    for (holds, word) in
        [(field.primary_key, "primary key"), (field.unique && !field.primary_key, "unique"), (field.null, "null")]
    {
        if holds {
            words.push(word.to_owned());
        }
    }
    if field.relation.is_some()
        && let Some(column) = field.column.as_ref().filter(|column| **column != field.name)
    {
        words.push(format!("column {column}"));
    }
    words.join(", ")
}

/// The statements that make the tables.
pub fn sql(statements: &[String]) -> String {
    let mut text = String::new();
    for statement in statements {
        let _ = writeln!(text, "{};", statement.trim_end().trim_end_matches(';'));
    }
    text
}

/// A Mermaid entity diagram.
pub fn mermaid(models: &[ModelInfo]) -> String {
    let mut text = String::from("erDiagram\n");
    for model in models {
        let _ = writeln!(text, "    {} {{", model.name);
        for field in &model.fields {
            let Some(column) = &field.column else { continue };
            let mut keys = Vec::new();
            if field.primary_key {
                keys.push("PK");
            }
            if field.relation.is_some() {
                keys.push("FK");
            }
            if field.unique && !field.primary_key {
                keys.push("UK");
            }
            let keys = if keys.is_empty() { String::new() } else { format!(" {}", keys.join(", ")) };
            let _ = writeln!(text, "        {} {}{keys}", word(&field.kind), word(column));
        }
        text.push_str("    }\n");
    }
    for model in models {
        for field in &model.fields {
            let Some(relation) = &field.relation else { continue };
            let line = match (relation.kind, field.null) {
                (RelationKind::ManyToOne, false) => "}o--||",
                (RelationKind::ManyToOne, true) => "}o--o|",
                (RelationKind::OneToOne, false) => "|o--||",
                (RelationKind::OneToOne, true) => "|o--o|",
                (RelationKind::ManyToMany, _) => "}o--o{",
            };
            let _ = writeln!(text, "    {} {line} {} : {}", model.name, relation.to, field.name);
        }
    }
    text
}
