//! Tables with a question a row, and files of flash cards.

use super::{Group, Proposal};
use crate::bank::import::labels::labelled;
use crate::bank::import::page::Page;
use crate::bank::import::units::Kind;
use crate::bank::import::wording::{Likeness, likeness, normalised};

/// The groups of a page, one a table.
pub fn groups(page: &Page) -> Vec<Group> {
    let rows: Vec<(usize, &Vec<String>, bool)> = page
        .candidates()
        .filter_map(|(at, unit)| match &unit.kind {
            Kind::Row { cells, head } => Some((at, cells, *head)),
            _ => None,
        })
        .collect();
    let mut tables: Vec<Vec<(usize, &Vec<String>, bool)>> = Vec::new();
    for row in rows {
        match tables.last_mut() {
            Some(table) if table.last().is_some_and(|last| last.0 + 1 == row.0) && !row.2 => table.push(row),
            _ => tables.push(vec![row]),
        }
    }
    tables.iter().filter_map(|table| group(page, table)).collect()
}

fn group(page: &Page, table: &[(usize, &Vec<String>, bool)]) -> Option<Group> {
    let head = table.first().filter(|row| row.2).map(|row| row.1);
    let named = |words: &[&str]| {
        head.and_then(|cells| {
            cells.iter().position(|cell| {
                let cell = normalised(cell);
                words.iter().any(|word| cell == *word || cell.split(' ').any(|other| other == *word))
            })
        })
    };
    let question_column = named(&["question", "questions", "q", "prompt", "front"]);
    let answer_column = named(&["answer", "answers", "a", "response", "solution", "explanation", "back"]);
    let columns = table.iter().map(|row| row.1.len()).max()?;
    let share = |column: usize| {
        let cells: Vec<&String> = table.iter().filter(|row| !row.2).filter_map(|row| row.1.get(column)).collect();
        let asking = cells.iter().filter(|cell| likeness(labelled(cell).rest) >= Likeness::Likely).count();
        (asking * 100).checked_div(cells.len()).unwrap_or(0)
    };
    let explicit = question_column.is_some();
    let column = question_column
        .or_else(|| (0..columns).max_by_key(|column| share(*column)).filter(|column| share(*column) >= 60))?;
    let body = table.iter().filter(|row| {
        !(row.2
            && (explicit
                || answer_column.is_some()
                || likeness(row.1.get(column).map_or("", |cell| labelled(cell).rest)) < Likeness::Likely))
    });
    let answer_column = answer_column.filter(|answer| *answer != column);
    let proposals: Vec<Proposal> = body
        .filter_map(|(at, cells, _)| {
            let cell = cells.get(column)?;
            let question = labelled(cell).rest;
            let answer = match answer_column {
                Some(answer) => cells.get(answer).cloned().unwrap_or_default(),
                None => cells
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| *at > column)
                    .map(|(_, cell)| cell.as_str())
                    .collect::<Vec<_>>()
                    .join(" — "),
            };
            let mut proposal = Proposal::of(page, *at, question);
            proposal.inline = if proposal.inline.is_empty() { answer } else { format!("{} {answer}", proposal.inline) };
            proposal.closed = true;
            let good = proposal.likeness >= Likeness::Maybe || (explicit && !proposal.inline.is_empty());
            (good && question.split_whitespace().count() >= 1).then_some(proposal)
        })
        .collect();
    Some(Group::new("table", 28, proposals))
}
