//! Numbered lists and numbered lines: `12. What is …?` with the answer inside the item or below it.

use super::sequence::{self, Entry};
use super::{Group, over_lines};
use crate::bank::import::labels::{Label, labelled};
use crate::bank::import::page::Page;
use crate::bank::import::units::Kind;

/// The groups of a page: items of ordered lists by depth, and numbered lines.
pub fn groups(page: &Page) -> Vec<Group> {
    let mut lines = Vec::new();
    let mut by_depth: Vec<Vec<Entry>> = Vec::new();
    for (at, unit) in page.candidates() {
        let parsed = labelled(&unit.text);
        match &unit.kind {
            Kind::Item { number: Some(number), depth } if *depth <= 3 && parsed.label.is_none() => {
                let index = usize::from(*depth);
                while by_depth.len() <= index {
                    by_depth.push(Vec::new());
                }
                by_depth[index].push(Entry {
                    number: *number,
                    proposal: over_lines(page, at, parsed.rest),
                    marked: unit.is_bold(),
                });
            }
            Kind::Text | Kind::Item { .. } if parsed.label == Some(Label::Number) => {
                if let Some(number) = parsed.number {
                    lines.push(Entry { number, proposal: over_lines(page, at, parsed.rest), marked: unit.is_bold() });
                }
            }
            _ => {}
        }
    }
    let mut groups = Vec::new();
    groups.extend(sequence::group(page, "numbered lines", 16, lines));
    groups.extend(by_depth.into_iter().filter_map(|entries| sequence::group(page, "numbered list", 15, entries)));
    groups
}
