//! Numbered things: those whose numbers run on belong together, even where one of them does not read like a question.

use super::{Group, Proposal};
use crate::bank::import::choose::is_title_line;
use crate::bank::import::page::Page;
use crate::bank::import::units::Kind;
use crate::bank::import::wording::{Likeness, is_section_title};

/// A numbered thing.
pub struct Entry {
    /// Its number.
    pub number: u32,
    /// The question that it may be.
    pub proposal: Proposal,
    /// Whether its own markup sets it apart (bold, a heading).
    pub marked: bool,
}

/// The group of those entries that ask, by their words and by their numbers.
pub fn group(page: &Page, shape: &'static str, factor: u32, entries: Vec<Entry>) -> Option<Group> {
    let all = entries.len();
    let asking = entries.iter().filter(|entry| entry.proposal.likeness >= Likeness::Likely).count();
    let maybe = entries.iter().filter(|entry| entry.proposal.likeness == Likeness::Maybe).count();
    if all == 0 || asking == 0 {
        return None;
    }
    // Steps of an answer tell to do something too: they are more than the questions, and not many of them ask.
    let sure = entries.iter().filter(|entry| entry.proposal.likeness == Likeness::Sure).count();
    let trusted = (asking * 2 + maybe) >= all;
    let nexts: Vec<usize> = entries.iter().skip(1).map(|entry| entry.proposal.at).chain([page.units.len()]).collect();
    let mut taken = Vec::new();
    let mut last: Option<(u32, usize)> = None;
    for (entry, next) in entries.into_iter().zip(nexts) {
        let follows = last.is_none_or(|(number, _)| entry.number == number + 1);
        let jumps = last.is_some_and(|(number, _)| entry.number > number && entry.number <= number + 5);
        let restarts = entry.number == 1
            && last.is_none_or(|(_, at)| {
                page.units[at..entry.proposal.at].iter().any(|unit| {
                    unit.level().is_some()
                        || matches!(unit.kind, Kind::Text) && (is_title_line(unit) || is_section_title(&unit.text))
                })
            });
        let content = page.has_content(entry.proposal.at, next) || !entry.proposal.inline.is_empty();
        let take = match entry.proposal.likeness {
            Likeness::Sure => true,
            Likeness::Likely => follows || jumps || restarts || (trusted && entry.marked),
            Likeness::Maybe => {
                (follows && (trusted || sure * 3 >= all)) || ((restarts || jumps) && trusted && entry.marked)
            }
            Likeness::No => {
                (follows || jumps && entry.marked)
                    && trusted
                    && (content || entry.marked)
                    && !is_section_title(&entry.proposal.question)
                    && last.is_some()
            }
        };
        if take {
            last = Some((entry.number, entry.proposal.at));
            taken.push(entry.proposal);
        }
    }
    Some(Group::new(shape, factor, taken))
}
