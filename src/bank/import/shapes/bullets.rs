//! Bulleted lists of questions.

use super::{Group, Proposal, over_lines};
use crate::bank::import::labels::labelled;
use crate::bank::import::page::Page;
use crate::bank::import::units::Kind;
use crate::bank::import::wording::Likeness;

/// The groups of a page, one a depth.
pub fn groups(page: &Page) -> Vec<Group> {
    let mut groups = Vec::new();
    for wanted in 1..=2 {
        let items: Vec<Proposal> = page
            .candidates()
            .filter(|(_, unit)| matches!(unit.kind, Kind::Item { number: None, depth } if depth == wanted))
            .filter(|(_, unit)| labelled(&unit.text).label.is_none())
            .map(|(at, unit)| over_lines(page, at, &unit.text))
            .collect();
        let sure = items.iter().filter(|proposal| proposal.likeness == Likeness::Sure).count();
        if sure < 3 {
            continue;
        }
        // A list counts as a whole: most of its items ask, or it is an answer.
        let mut taken = Vec::new();
        let mut run: Vec<Proposal> = Vec::new();
        let mut close = |run: &mut Vec<Proposal>| {
            let asking = run.iter().filter(|proposal| proposal.likeness >= Likeness::Likely).count();
            let list = std::mem::take(run);
            if asking * 3 >= list.len() * 2 && asking > 0 {
                taken.extend(list.into_iter().filter(|proposal| proposal.likeness >= Likeness::Maybe));
            } else {
                taken.extend(list.into_iter().filter(|proposal| proposal.likeness == Likeness::Sure && asking >= 3));
            }
        };
        for proposal in items {
            let apart = run
                .last()
                .is_some_and(|last| page.units[last.at..proposal.at].iter().any(|unit| unit.level().is_some()));
            if apart {
                close(&mut run);
            }
            run.push(proposal);
        }
        close(&mut run);
        groups.push(Group::new("list", 9, taken));
    }
    groups
}
