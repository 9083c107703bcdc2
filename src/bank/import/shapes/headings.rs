//! Headings that are questions, numbered or not, of any level.

use super::sequence::{self, Entry};
use super::{Group, Proposal, over_lines};
use crate::bank::import::labels::{Label, labelled};
use crate::bank::import::page::Page;
use crate::bank::import::wording::{Likeness, is_section_title, likeness};

/// The groups of a page, one a level.
pub fn groups(page: &Page) -> Vec<Group> {
    let mut groups = Vec::new();
    for level in 1..=6 {
        let places: Vec<usize> =
            page.candidates().filter(|(_, unit)| unit.level() == Some(level)).map(|(at, _)| at).collect();
        let mut entries = Vec::new();
        let mut plain = Vec::new();
        for at in places {
            let parsed = labelled(&page.units[at].text);
            match parsed {
                super::super::labels::Labelled { label: Some(Label::Number), number: Some(number), rest } => {
                    entries.push(Entry { number, proposal: Proposal::of(page, at, rest), marked: true });
                }
                super::super::labels::Labelled { label: None, .. } => plain.push(over_lines(page, at, parsed.rest)),
                _ => {}
            }
        }
        if let Some(mut group) = sequence::group(page, "numbered headings", 32, entries) {
            group.level = Some(level);
            groups.push(group);
        }
        if let Some(mut group) = unnumbered(page, level, plain) {
            group.level = Some(level);
            groups.push(group);
        }
    }
    groups
}

fn unnumbered(page: &Page, level: u8, proposals: Vec<Proposal>) -> Option<Group> {
    let all = proposals.len();
    let sure = proposals.iter().filter(|proposal| proposal.likeness == Likeness::Sure).count();
    let asking = proposals.iter().filter(|proposal| proposal.likeness >= Likeness::Likely).count();
    let maybe = proposals.iter().filter(|proposal| proposal.likeness >= Likeness::Maybe).count();
    // The title of the document asks nothing.
    let is_title = level == 1 && all == 1 && page.units.iter().filter(|unit| unit.level().is_some()).count() > 1;
    // One among many that ask nothing is a figure of speech.
    let lonely = asking == 1 && all >= 4;
    if is_title || lonely || asking == 0 {
        return None;
    }
    let mostly = asking * 3 >= all * 2;
    let nearly_all = maybe * 4 >= all * 3 && all >= 6;
    let nexts: Vec<usize> = proposals.iter().skip(1).map(|proposal| proposal.at).chain([page.units.len()]).collect();
    let taken: Vec<Proposal> = proposals
        .into_iter()
        .zip(nexts)
        .filter(|(proposal, next)| match proposal.likeness {
            Likeness::Sure => true,
            Likeness::Likely => mostly || asking >= 3 && asking * 3 >= all || sure == 0 && asking >= 2,
            Likeness::Maybe => (mostly || nearly_all) && page.has_content(proposal.at, *next),
            Likeness::No => {
                // Among headings that all ask, one of a few words is a question cut short.
                nearly_all
                    && asking * 5 >= all * 4
                    && page.has_content(proposal.at, *next)
                    && !is_section_title(&proposal.question)
                    && likeness(&proposal.question) == Likeness::No
                    && !super::super::wording::is_chatter(&proposal.question)
            }
        })
        .map(|(proposal, _)| proposal)
        .collect();
    Some(Group::new("headings", 30, taken))
}
