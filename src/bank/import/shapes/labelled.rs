//! Questions that say that they are questions: `Q:`, `Q3.`, `Question 3`, `### Q1: …`, `Task 2:`.

use super::{Group, Proposal, is_answer_mark, split_inline};
use crate::bank::import::labels::{Label, labelled};
use crate::bank::import::page::Page;
use crate::bank::import::units::Kind;
use crate::bank::import::wording::{Likeness, core, likeness};

/// The groups of a page.
pub fn groups(page: &Page) -> Vec<Group> {
    let mut groups = Vec::new();
    for wanted in [Label::Question, Label::Task] {
        let places: Vec<usize> = page
            .candidates()
            .filter(|(_, unit)| {
                !matches!(unit.kind, Kind::Code { .. } | Kind::Row { .. } | Kind::Rule | Kind::DetailsEnd)
            })
            .filter(|(_, unit)| labelled(&unit.text).label == Some(wanted) && !is_speaker(&unit.text))
            .map(|(at, _)| at)
            .collect();
        // Headings apart from lines: each kind has its own extent.
        let (headings, lines): (Vec<usize>, Vec<usize>) =
            places.iter().partition(|at| page.units[**at].level().is_some());
        for (places, is_heading) in [(headings, true), (lines, false)] {
            let numbered = places.iter().filter(|at| labelled(&page.units[**at].text).number.is_some()).count();
            if wanted == Label::Task && (places.len() < 2 || numbered * 2 < places.len()) {
                continue;
            }
            let nexts = places.iter().skip(1).copied().chain([page.units.len()]);
            let proposals: Vec<Proposal> =
                places.iter().zip(nexts).filter_map(|(at, next)| proposal(page, *at, next, wanted)).collect();
            // Each heading rules as far as its own level says.
            groups.push(Group::new("labelled", if is_heading { 40 } else { 30 }, proposals).explicit());
        }
    }
    groups
}

/// `Interviewer:` is a speaker of a script.
fn is_speaker(text: &str) -> bool {
    text.trim_start_matches(|symbol: char| !symbol.is_alphabetic()).to_lowercase().starts_with("interviewer")
}

fn proposal(page: &Page, at: usize, next: usize, label: Label) -> Option<Proposal> {
    let rest = labelled(&page.units[at].text).rest;
    let mut proposal = Proposal::of(page, at, rest);
    let limit = next.min(page.units.len());
    let answer = (at + 1..limit).take(40).find(|place| {
        let unit = &page.units[*place];
        is_answer_mark(&unit.text) && !unit.is_code() || matches!(unit.kind, Kind::Summary)
    });
    let mut parts = Vec::new();
    let mut cursor = at + 1;
    if core(rest).is_empty() {
        // The label stands alone: what follows, up to the answer's mark, is the question.
        while cursor < limit && page.units[cursor].level().is_none_or(|_| cursor == at + 1) {
            let unit = &page.units[cursor];
            if answer == Some(cursor) || !unit.says_something() {
                break;
            }
            if !parts.is_empty() && answer.is_none() && unit.opens {
                break;
            }
            parts.push(part(page, cursor));
            cursor += 1;
        }
    } else if let Some(answer) = answer
        && proposal.inline.is_empty()
        && (at + 1..answer).all(|place| page.units[place].level().is_none())
        && answer - at <= 12
    {
        // Everything between the label and the answer's mark is still the question.
        parts.push(core(rest).to_owned());
        while cursor < answer {
            parts.push(part(page, cursor));
            cursor += 1;
        }
    } else {
        let over = super::over_lines(page, at, rest);
        if over.answer > at + 1 {
            return Some(over);
        }
    }
    if !parts.is_empty() {
        let text = parts.join("\n");
        let (question, inline) =
            if parts.len() == 1 { split_inline(&text) } else { (text.trim().to_owned(), String::new()) };
        proposal.likeness = likeness(question.lines().next().unwrap_or_default()).max(likeness(&question));
        proposal.question = question;
        proposal.inline = inline;
        proposal.answer = cursor;
    }
    if proposal.question.split_whitespace().count() < 1
        || proposal.question.chars().filter(|c| c.is_alphabetic()).count() < 3
    {
        return None;
    }
    // The author says that it asks.
    proposal.likeness =
        proposal.likeness.max(if label == Label::Question { Likeness::Likely } else { Likeness::Maybe });
    Some(proposal)
}

fn part(page: &Page, at: usize) -> String {
    let unit = &page.units[at];
    match &unit.kind {
        Kind::Code { language } => format!("\n```{language}\n{}\n```", unit.text),
        Kind::Item { .. } => format!("- {}", unit.text),
        _ => unit.text.clone(),
    }
}
