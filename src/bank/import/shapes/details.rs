//! `<details>` with the question in its summary. A summary that only says "answer" belongs to the question before it.

use super::{Group, Proposal};
use crate::bank::import::labels::{Label, labelled};
use crate::bank::import::page::Page;
use crate::bank::import::units::{Kind, Unit};
use crate::bank::import::wording::{Likeness, likeness, normalised};

/// The groups of a page.
pub fn groups(page: &Page) -> Vec<Group> {
    let summaries: Vec<usize> =
        page.candidates().filter(|(_, unit)| matches!(unit.kind, Kind::Summary)).map(|(at, _)| at).collect();
    let (covers, asking): (Vec<usize>, Vec<usize>) =
        summaries.into_iter().partition(|at| is_cover(&page.units[*at].text));
    let asking: Vec<Proposal> = asking
        .into_iter()
        .filter(|at| labelled(&page.units[*at].text).label != Some(Label::Question))
        .map(|at| {
            let mut proposal = Proposal::of(page, at, labelled(&page.units[at].text).rest);
            proposal.end = end_of(page, at);
            proposal
        })
        .collect();
    let likely = asking.iter().filter(|proposal| proposal.likeness >= Likeness::Likely).count();
    let mostly = likely * 2 >= asking.len();
    let asking = asking
        .into_iter()
        .filter(|proposal| proposal.likeness >= Likeness::Likely || mostly && proposal.likeness >= Likeness::Maybe)
        .collect();
    let covered = covers.into_iter().filter_map(|at| before(page, at)).collect();
    vec![Group::new("details", 35, asking), Group::new("details", 34, covered)]
}

/// Where what unfolds ends.
fn end_of(page: &Page, at: usize) -> Option<usize> {
    let mut open = 1;
    for (place, unit) in page.units.iter().enumerate().skip(at + 1).take(1000) {
        match unit.kind {
            Kind::Summary => open += 1,
            Kind::DetailsEnd => {
                open -= 1;
                if open == 0 {
                    return Some(place);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a summary says only that something is hidden.
fn is_cover(text: &str) -> bool {
    let words = normalised(text);
    let count = words.split(' ').count();
    count <= 6
        && [
            "answer",
            "answers",
            "solution",
            "show",
            "reveal",
            "click",
            "view",
            "see",
            "hint",
            "expand",
            "explanation",
            "ans",
            "details",
        ]
        .iter()
        .any(|word| words.split(' ').any(|other| other == *word))
        && !text.contains('?')
}

/// The question that stands right before a cover.
fn before(page: &Page, at: usize) -> Option<Proposal> {
    let hint = normalised(&page.units[at].text);
    if hint.starts_with("hint") {
        return None;
    }
    // The paragraph, or what a heading says, between the last end and the cover.
    let start = page.units[..at]
        .iter()
        .rposition(|unit| matches!(unit.kind, Kind::DetailsEnd | Kind::Rule | Kind::Summary | Kind::Heading(_)))
        .map_or(0, |place| if page.units[place].level().is_some() { place } else { place + 1 });
    let places: Vec<usize> =
        (start..at).filter(|place| page.outside[*place].is_empty() && page.units[*place].says_something()).collect();
    let heading = places.first().copied().filter(|place| page.units[*place].level().is_some());
    let body: Vec<usize> = places.iter().copied().filter(|place| Some(*place) != heading).collect();
    let heading_text = heading.map(|place| labelled(&page.units[place].text).rest).unwrap_or_default();
    let heading_asks = likeness(heading_text) >= Likeness::Likely;
    let first = if heading_asks || body.is_empty() { heading? } else { *body.first()? };
    if labelled(&page.units[first].text).label == Some(Label::Question)
        && !labelled(&page.units[first].text).rest.is_empty()
    {
        return None;
    }
    let text: Vec<String> =
        places.iter().filter(|place| **place >= first).map(|place| shown(&page.units[*place])).collect();
    let mut proposal = Proposal::of(page, first, &text.join("\n"));
    proposal.question = text.join("\n").trim().to_owned();
    proposal.inline.clear();
    proposal.likeness = likeness(&page.units[first].text).max(likeness(&proposal.question)).max(Likeness::Likely);
    proposal.answer = at + 1;
    proposal.end = end_of(page, at);
    (proposal.question.split_whitespace().count() >= 2 && proposal.question.len() < 3000).then_some(proposal)
}

fn shown(unit: &Unit) -> String {
    match &unit.kind {
        Kind::Code { language } => format!("\n```{language}\n{}\n```", unit.text),
        Kind::Item { number: Some(number), .. } => format!("{number}. {}", unit.text),
        Kind::Item { .. } => format!("- {}", unit.text),
        _ => labelled(&unit.text).rest.to_owned(),
    }
}
