//! Definition lists whose terms ask.

use super::{Group, Proposal};
use crate::bank::import::labels::labelled;
use crate::bank::import::page::Page;
use crate::bank::import::units::Kind;
use crate::bank::import::wording::Likeness;

/// The groups of a page.
pub fn groups(page: &Page) -> Vec<Group> {
    let proposals: Vec<Proposal> = page
        .candidates()
        .filter(|(_, unit)| matches!(unit.kind, Kind::Term))
        .map(|(at, unit)| Proposal::of(page, at, labelled(&unit.text).rest))
        .collect();
    let asking = proposals.iter().filter(|proposal| proposal.likeness >= Likeness::Likely).count();
    if asking * 2 < proposals.len() {
        return Vec::new();
    }
    let taken = proposals.into_iter().filter(|proposal| proposal.likeness >= Likeness::Maybe).collect();
    vec![Group::new("definitions", 32, taken)]
}
