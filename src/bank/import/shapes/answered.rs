//! Lines that have no mark of their own, but an answer that has one right behind them: `Answer: …`.

use super::{Group, Proposal, is_answer_mark, split_inline};
use crate::bank::import::labels::{Label, labelled};
use crate::bank::import::page::Page;
use crate::bank::import::units::Kind;
use crate::bank::import::wording::{Likeness, likeness};

/// The group of a page.
pub fn groups(page: &Page) -> Vec<Group> {
    let mut proposals = Vec::new();
    for (at, unit) in page.candidates() {
        if !is_answer_mark(&unit.text) || unit.is_code() || matches!(unit.kind, Kind::Row { .. }) {
            continue;
        }
        // The paragraph before it, from where it began.
        let Some(last) = (0..at).rev().find(|place| page.units[*place].says_something()) else { continue };
        let mut first = last;
        while first > 0
            && matches!(page.units[first].kind, Kind::Text)
            && !page.units[first].opens
            && matches!(page.units[first - 1].kind, Kind::Text | Kind::Item { .. })
            && at - first < 8
            && likeness(&page.units[first].text) < Likeness::Likely
            && !is_answer_mark(&page.units[first - 1].text)
        {
            first -= 1;
        }
        let asking = &page.units[first];
        let parsed = labelled(&asking.text);
        let marked = matches!(parsed.label, Some(Label::Answer | Label::Question | Label::Task));
        if marked
            || asking.is_code()
            || !page.outside[first].is_empty()
            || matches!(asking.kind, Kind::Row { .. } | Kind::Summary)
        {
            continue;
        }
        let text: Vec<&str> = (first..=last)
            .map(|place| if place == first { parsed.rest } else { page.units[place].text.as_str() })
            .collect();
        let (question, _) = split_inline(&text.join(" "));
        if question.split_whitespace().count() < 2 || question.len() > 900 {
            continue;
        }
        proposals.push(Proposal {
            at: first,
            answer: at,
            line: asking.line,
            likeness: likeness(&question).max(likeness(page.units[first].text.as_str())),
            question,
            inline: String::new(),
            closed: false,
            end: None,
        });
    }
    let asking = proposals.iter().filter(|proposal| proposal.likeness >= Likeness::Likely).count();
    if proposals.len() < 3 || asking * 2 < proposals.len() {
        return Vec::new();
    }
    vec![Group::new("answered", 24, proposals)]
}
