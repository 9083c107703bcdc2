//! Questions and answers as bare lines: a line that asks, and what follows it up to the next one.

use super::{Group, Proposal, over_lines};
use crate::bank::import::labels::labelled;
use crate::bank::import::page::Page;
use crate::bank::import::units::Kind;
use crate::bank::import::wording::Likeness;

/// The group of a page.
pub fn groups(page: &Page) -> Vec<Group> {
    let proposals: Vec<Proposal> = page
        .candidates()
        .filter(|(_, unit)| matches!(unit.kind, Kind::Text) && unit.depth <= 1 && labelled(&unit.text).label.is_none())
        .filter(|(_, unit)| unit.text.contains('?') || unit.opens)
        .map(|(at, unit)| over_lines(page, at, &unit.text))
        .collect();
    let sure = proposals.iter().filter(|proposal| proposal.likeness == Likeness::Sure).count();
    let taken: Vec<Proposal> = proposals
        .into_iter()
        .filter(|proposal| proposal.likeness == Likeness::Sure || proposal.likeness == Likeness::Likely && sure >= 3)
        .filter(|proposal| proposal.question.split_whitespace().count() >= 3)
        .collect();
    if sure < 3 {
        return Vec::new();
    }
    vec![Group::new("bare lines", 7, taken)]
}
