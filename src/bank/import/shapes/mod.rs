//! The shapes that documents keep their questions in, a file each. Every recogniser proposes groups of questions; which
//! of them are taken is decided by [`super::choose`].

mod answered;
mod bare;
mod bold;
mod bullets;
mod details;
mod flattened;
mod headings;
mod labelled;
mod numbered;
mod script;
mod sequence;
mod table;
mod terms;

use super::labels::{Label, labelled as parse_label};
use super::page::Page;
use super::wording::{Likeness, core, is_imperative, likeness};

/// A question that a recogniser sees.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The unit in which it begins.
    pub at: usize,
    /// The first unit that may belong to its answer.
    pub answer: usize,
    /// Its line.
    pub line: u32,
    /// What it asks.
    pub question: String,
    /// What of the answer stands on its line.
    pub inline: String,
    /// How much it reads like a question.
    pub likeness: Likeness,
    /// Whether nothing but the inline part answers it.
    pub closed: bool,
    /// Where the answer ends at the latest, a unit; for those whose end is marked.
    pub end: Option<usize>,
}

/// Proposals of one shape that stand or fall together.
#[derive(Clone, Debug)]
pub struct Group {
    /// The shape's name in reports.
    pub shape: &'static str,
    /// How much speaks for it.
    pub weight: u32,
    /// Whether the author marked them as questions.
    pub explicit: bool,
    /// The level of the headings that the questions are.
    pub level: Option<u8>,
    /// The proposals, in order.
    pub proposals: Vec<Proposal>,
}

impl Group {
    /// A group; its weight is its likeness times `factor`, in tenths.
    pub fn new(shape: &'static str, factor: u32, proposals: Vec<Proposal>) -> Self {
        let weight = proposals.iter().map(|proposal| proposal.likeness.weight()).sum::<u32>() * factor;
        Self { shape, weight, explicit: false, level: None, proposals }
    }

    /// The same, marked by the author.
    pub fn explicit(mut self) -> Self {
        self.explicit = true;
        self
    }
}

/// Every group that any recogniser sees in a document.
pub fn groups(page: &Page) -> Vec<Group> {
    let recognisers: [fn(&Page) -> Vec<Group>; 12] = [
        labelled::groups,
        script::groups,
        answered::groups,
        details::groups,
        terms::groups,
        headings::groups,
        bold::groups,
        numbered::groups,
        table::groups,
        bullets::groups,
        flattened::groups,
        bare::groups,
    ];
    recognisers.iter().flat_map(|recogniser| recogniser(page)).filter(|group| !group.proposals.is_empty()).collect()
}

impl Proposal {
    /// A question that a unit's text asks; what stands behind the question on the line is its answer's beginning.
    pub fn of(page: &Page, at: usize, text: &str) -> Self {
        let (question, inline) = split_inline(text);
        Self {
            at,
            answer: at + 1,
            line: page.units[at].line,
            likeness: likeness(&question),
            question,
            inline,
            closed: false,
            end: None,
        }
    }
}

const ANSWER_MARKS: &[&str] =
    &["A:", "Answer:", "Ans:", "Ans.", "You:", "Ans-", "Ans :", "Answer :", "Solution:", "Candidate:", "A.", "→", "=>"];

/// A line apart into the question and what answers it on the same line.
pub fn split_inline(text: &str) -> (String, String) {
    let tidy = |question: &str| {
        core(question).trim_matches(|symbol: char| symbol == '"' || symbol == '“' || symbol == '”').trim().to_owned()
    };
    // Nobody asks at such length.
    if text.len() > 4000 {
        return (tidy(text), String::new());
    }
    // An answer mark behind the question.
    for mark in ANSWER_MARKS {
        for (at, _) in text.match_indices(mark) {
            let before = text[..at].trim_end();
            let mark_stands_alone = text[..at].ends_with([' ', '\t', '*', '"', '”']);
            let asked = before.ends_with(['?', '"', '”', '.', '*', ')']) && before.split_whitespace().count() >= 2;
            let arrow = matches!(*mark, "A." | "→" | "=>") && !before.ends_with('?');
            if mark_stands_alone && asked && !arrow && likeness(before) >= Likeness::Likely {
                let after = text[at + mark.len()..].trim_start_matches(['*', ' ', ':', '-', '>']);
                return (tidy(before), after.trim().to_owned());
            }
        }
    }
    // A question mark with a sentence behind it that does not ask.
    for (at, _) in text.match_indices('?') {
        let end = at + 1;
        let rest = &text[end..];
        if !rest.starts_with(|symbol: char| symbol.is_whitespace() || matches!(symbol, '"' | '”' | '*' | ')')) {
            continue;
        }
        let after = rest.trim_start_matches(|symbol: char| {
            symbol.is_whitespace() || matches!(symbol, '"' | '”' | '*' | ')' | '-' | '–' | '—' | ':')
        });
        let words = after.split_whitespace().count();
        if words <= 5 || is_imperative(after) || after.starts_with('(') {
            continue;
        }
        let first = after.find(['.', '?', '!']).map_or(after, |stop| &after[..=stop]);
        if first.ends_with('?') || first.to_lowercase().starts_with("or ") {
            continue;
        }
        return (tidy(&text[..end]), after.to_owned());
    }
    (tidy(text), String::new())
}

/// The text of a paragraph that begins at a unit: its lines until one opens a new block.
pub fn paragraph(page: &Page, at: usize) -> (String, usize) {
    let mut text = page.units[at].text.clone();
    let mut end = at + 1;
    while let Some(unit) = page.units.get(end) {
        let goes_on = !unit.opens
            && matches!(unit.kind, super::units::Kind::Text)
            && page.outside[end].is_empty()
            && parse_label(&unit.text).label.is_none()
            && unit.bold.is_empty();
        // A short line before a capital letter was not wrapped: it ended.
        let before = page.units[end - 1].text.chars().count();
        let ended = before < 45 && unit.text.starts_with(|symbol: char| !symbol.is_lowercase());
        if !goes_on || ended || text.len() > 1200 {
            break;
        }
        text.push(' ');
        text.push_str(&unit.text);
        end += 1;
    }
    (text, end)
}

/// A question that begins at a unit and may run over several lines: the shortest beginning of its paragraph that asks.
pub fn over_lines(page: &Page, at: usize, first: &str) -> Proposal {
    let proposal = Proposal::of(page, at, first);
    if proposal.likeness == Likeness::Sure {
        return proposal;
    }
    let (whole, end) = paragraph(page, at);
    if end == at + 1 {
        return proposal;
    }
    let whole = whole.strip_prefix(&page.units[at].text).map_or(whole.clone(), |rest| format!("{first}{rest}"));
    let trimmed = whole.trim_end_matches(['"', '”', '*', ' ']);
    if trimmed.ends_with('?') && trimmed.len() <= 900 {
        let question = core(trimmed).to_owned();
        return Proposal { answer: end, likeness: likeness(&question), question, inline: String::new(), ..proposal };
    }
    proposal
}

/// Whether a unit's text begins an answer.
pub fn is_answer_mark(text: &str) -> bool {
    parse_label(text).label == Some(Label::Answer)
}
