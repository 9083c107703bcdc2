//! Questions in bold: a bold line, or a line or list item that begins in bold and goes on with the answer.

use super::sequence::{self, Entry};
use super::{Group, Proposal};
use crate::bank::import::labels::{Label, labelled};
use crate::bank::import::page::Page;
use crate::bank::import::units::{Kind, Unit};
use crate::bank::import::wording::{Likeness, core};

/// The groups of a page: numbered bold lines, and others.
pub fn groups(page: &Page) -> Vec<Group> {
    let mut entries = Vec::new();
    let mut plain = Vec::new();
    for (at, unit) in page.candidates() {
        if !matches!(unit.kind, Kind::Text | Kind::Item { .. }) || unit.bold.is_empty() || unit.depth > 2 {
            continue;
        }
        let parsed = labelled(&unit.text);
        if matches!(parsed.label, Some(Label::Question | Label::Answer | Label::Task)) {
            continue;
        }
        let number = match unit.kind {
            Kind::Item { number, .. } => number.or(parsed.number),
            _ => parsed.number,
        };
        let proposal = proposal(page, at, unit, parsed.rest);
        match number {
            Some(number) => entries.push(Entry { number, marked: unit.is_bold(), proposal }),
            None => plain.push((unit.is_bold(), proposal)),
        }
    }
    // `**Model**: the data` numbers parts of an answer.
    entries.retain(|entry| entry.marked || entry.proposal.likeness >= Likeness::Likely);
    let mut groups = Vec::new();
    groups.extend(sequence::group(page, "numbered bold", 22, entries));
    let all = plain.iter().filter(|(whole, _)| *whole).count().max(1);
    let sure = plain.iter().filter(|(_, proposal)| proposal.likeness == Likeness::Sure).count();
    let asking = plain.iter().filter(|(whole, proposal)| *whole && proposal.likeness >= Likeness::Likely).count();
    let taken: Vec<Proposal> = plain
        .into_iter()
        .filter(|(whole, proposal)| match proposal.likeness {
            Likeness::Sure => true,
            Likeness::Likely => *whole && asking >= 2 && asking * 3 >= all,
            Likeness::Maybe => *whole && asking * 3 >= all * 2 && asking >= 4,
            Likeness::No => false,
        })
        .map(|(_, proposal)| proposal)
        .collect();
    if sure >= 2 || asking >= 3 {
        groups.push(Group::new("bold", 18, taken));
    }
    groups
}

fn proposal(page: &Page, at: usize, unit: &Unit, rest: &str) -> Proposal {
    let bold = labelled(&unit.bold).rest;
    let bold = if bold.is_empty() { unit.bold.as_str() } else { bold };
    let mut proposal = Proposal::of(page, at, bold);
    if proposal.likeness < Likeness::Likely || unit.is_bold() {
        let whole = Proposal::of(page, at, rest);
        if whole.likeness > proposal.likeness || unit.is_bold() {
            return whole;
        }
    }
    // What stands behind the bold part answers.
    if let Some(behind) = rest.find(core(bold)).and_then(|start| rest.get(start + core(bold).len()..)) {
        let behind = behind.trim_matches(|symbol: char| {
            symbol.is_whitespace() || matches!(symbol, ':' | '-' | '–' | '—' | '?' | '*' | '.')
        });
        proposal.inline = behind.to_owned();
    }
    proposal
}
