//! Which of the proposed questions are taken, and where each one's answer ends.

use rustc_hash::FxHashSet;

use super::page::{Page, is_sign_off};
use super::shapes::{Group, Proposal};
use super::units::{Kind, Unit};
use super::wording::{Likeness, is_section_title, likeness, normalised};

/// A question of a document with what answers it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The shape that it was found by.
    pub shape: &'static str,
    /// Its line.
    pub line: u32,
    /// What it asks.
    pub question: String,
    /// What answers it.
    pub answer: Vec<Unit>,
    /// The headings above it.
    pub section: String,
    /// From 0 to 1.
    pub confidence: f64,
}

/// What was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its line.
    pub line: u32,
    /// What it says.
    pub text: String,
    /// Why it was not taken.
    pub reason: String,
}

struct Taken {
    shape: &'static str,
    explicit: bool,
    level: Option<u8>,
    proposal: Proposal,
}

/// The questions of a page, in its order, and what was skipped.
pub fn choose(page: &Page, mut groups: Vec<Group>) -> (Vec<Found>, Vec<Skipped>) {
    // What the author marked goes first, then what there is most of.
    groups.sort_by_key(|group| (std::cmp::Reverse(group.explicit), std::cmp::Reverse(group.weight)));
    let mut taken: Vec<Taken> = Vec::new();
    let mut refused: Vec<(usize, String)> = Vec::new();
    for group in &groups {
        add(page, group, &mut taken, &mut refused);
    }
    taken.sort_by_key(|question| question.proposal.at);
    let taken = without_duplicates(taken, &mut refused);
    let found = extents(page, &taken);
    let skipped = skipped(page, &taken, &found, refused);
    (found, skipped)
}

/// The end of the region that a question would rule: the next of its own group, or where its section ends.
fn region_end(page: &Page, group: &Group, index: usize) -> usize {
    let proposal = &group.proposals[index];
    let next =
        group.proposals[index + 1..].iter().find(|next| next.at > proposal.at).map_or(page.units.len(), |next| next.at);
    section_end(page, proposal, group.level).min(next)
}

/// Where the section that a question stands in ends.
fn section_end(page: &Page, proposal: &Proposal, level: Option<u8>) -> usize {
    if proposal.closed {
        return proposal.answer;
    }
    let limit = proposal.end.unwrap_or(page.units.len());
    let own = page.units[proposal.at].level();
    let bound = level.or(own).or_else(|| page.level_above(proposal.at)).unwrap_or(2);
    let heading = page.next_heading(proposal.answer, bound);
    // Signing off stands near the end only.
    let from = page.units.len().saturating_sub(16).max(proposal.answer);
    let leave = (from..page.units.len()).find(|at| page.outside[*at] == "sign-off").unwrap_or(page.units.len());
    heading.min(leave).min(limit.max(proposal.answer))
}

fn add(page: &Page, group: &Group, taken: &mut Vec<Taken>, refused: &mut Vec<(usize, String)>) {
    // Lines that merely ask count only where nothing else was found, or by far the most.
    let weak = matches!(group.shape, "bare lines" | "list") || group.shape == "headings" && group.proposals.len() == 1;
    if weak && taken.len() >= 3 && taken.len() * 2 > group.proposals.len() {
        refused.extend(group.proposals.iter().map(|proposal| (proposal.at, "asked in passing".to_owned())));
        return;
    }
    let mut starts: Vec<usize> = taken.iter().map(|other| other.proposal.at).collect();
    starts.sort_unstable();
    let mut before: Vec<(usize, usize)> = taken
        .iter()
        .map(|other| {
            let next = starts.get(starts.partition_point(|start| *start <= other.proposal.at)).copied();
            let end = section_end(page, &other.proposal, other.level).min(next.unwrap_or(page.units.len()));
            (other.proposal.at, end.max(other.proposal.answer))
        })
        .collect();
    before.sort_unstable();
    let mut added = Vec::new();
    for (index, proposal) in group.proposals.iter().enumerate() {
        let last = before.partition_point(|(start, _)| *start <= proposal.at);
        let inside = last.checked_sub(1).map(|at| before[at]).filter(|(_, end)| proposal.at < *end);
        if inside.is_some_and(|(start, _)| start != proposal.at || !group.explicit) {
            refused.push((proposal.at, "part of another answer".to_owned()));
            continue;
        }
        if inside.is_some() {
            continue;
        }
        let end = region_end(page, group, index);
        let holds = starts.get(starts.partition_point(|start| *start <= proposal.at)).is_some_and(|start| *start < end);
        if holds && (group.level.is_some() || proposal.likeness < Likeness::Sure) {
            refused.push((proposal.at, "a heading over questions".to_owned()));
            continue;
        }
        added.push(Taken {
            shape: group.shape,
            explicit: group.explicit,
            level: group.level,
            proposal: proposal.clone(),
        });
    }
    taken.extend(added);
}

/// The same question twice is one: the one that is answered more fully stays.
fn without_duplicates(taken: Vec<Taken>, refused: &mut Vec<(usize, String)>) -> Vec<Taken> {
    let keys: Vec<String> = taken.iter().map(|question| normalised(&question.proposal.question)).collect();
    let mut kept = Vec::new();
    for (index, question) in taken.into_iter().enumerate() {
        let again = keys.get(index + 1).is_some_and(|next| *next == keys[index] && !next.is_empty());
        let bare = question.proposal.inline.is_empty() && again;
        if bare {
            refused.push((question.proposal.at, "said again right after".to_owned()));
            continue;
        }
        kept.push(question);
    }
    kept
}

fn extents(page: &Page, taken: &[Taken]) -> Vec<Found> {
    let mut found = Vec::new();
    let starts: Vec<usize> = taken.iter().map(|question| question.proposal.at).collect();
    let sections = sections(page, &starts);
    for (index, question) in taken.iter().enumerate() {
        let proposal = &question.proposal;
        let next = taken[index + 1..]
            .iter()
            .map(|next| next.proposal.at)
            .find(|at| *at > proposal.at)
            .unwrap_or(page.units.len());
        let end = section_end(page, proposal, question.level).min(next);
        let mut answer: Vec<Unit> = Vec::new();
        if !proposal.inline.is_empty() {
            answer.push(Unit::new(Kind::Text, proposal.line, proposal.inline.clone()));
        }
        let mut ended = false;
        for at in proposal.answer..end.max(proposal.answer) {
            let Some(unit) = page.units.get(at) else { break };
            if !page.outside[at].is_empty() || matches!(unit.kind, Kind::DetailsEnd | Kind::Rule) {
                continue;
            }
            if unit.level().is_some() && is_section_title(&unit.text) {
                ended = true;
            }
            if !ended {
                answer.push(unit.clone());
            }
        }
        let cut = trailing_titles(&answer, next < page.units.len());
        answer.truncate(cut);
        trim_answer_marks(&mut answer);
        let answered = !answer.is_empty();
        let mut confidence: f64 = match proposal.likeness {
            Likeness::Sure => 0.95,
            Likeness::Likely => 0.85,
            Likeness::Maybe => 0.65,
            Likeness::No => 0.55,
        };
        if question.explicit {
            confidence += 0.04;
        }
        if !answered {
            confidence -= 0.2;
        }
        if matches!(question.shape, "bare lines" | "list" | "section") {
            confidence -= 0.1;
        }
        found.push(Found {
            shape: question.shape,
            line: proposal.line,
            question: proposal.question.clone(),
            answer,
            section: sections.get(index).cloned().unwrap_or_default(),
            confidence: (confidence * 100.0).round() / 100.0,
        });
    }
    found
}

/// How much of an answer stays when the titles of the next section are cut off its end.
fn trailing_titles(answer: &[Unit], more: bool) -> usize {
    let mut end = answer.len();
    while end > 0 {
        let unit = &answer[end - 1];
        let title = unit.level().is_some() || (more && end > 1 && is_title_line(unit));
        if !title && !is_sign_off(unit) {
            break;
        }
        if is_sign_off(unit) && more && unit.level().is_none() {
            break;
        }
        end -= 1;
    }
    end
}

/// Whether a bare line looks like a title.
pub fn is_title_line(unit: &Unit) -> bool {
    let text = unit.text.trim();
    matches!(unit.kind, Kind::Text)
        && text.split_whitespace().count() <= 6
        && text.chars().count() <= 60
        && !text.ends_with(['.', '?', '!', ':', ';', ',', ')', '`', '\\'])
        && text.starts_with(|symbol: char| symbol.is_uppercase() || symbol.is_ascii_digit())
        && !text.contains(['=', '`', '(', '{'])
        && (unit.opens
            || text.split_whitespace().filter(|word| word.starts_with(char::is_uppercase)).count() * 2
                > text.split_whitespace().count()
            || text.ends_with("uestions")
            || text.ends_with("ractices"))
}

/// Takes `Answer:` and the like off the beginning of an answer.
fn trim_answer_marks(answer: &mut Vec<Unit>) {
    use super::labels::{Label, labelled};
    for _ in 0..2 {
        let Some(first) = answer.first_mut() else { return };
        if first.is_code() {
            return;
        }
        let parsed = labelled(&first.text);
        let mark = parsed.label == Some(Label::Answer)
            || matches!(first.kind, Kind::Summary) && first.text.split_whitespace().count() <= 6
            || first.level().is_some() && normalised(&first.text).ends_with("answer");
        if !mark {
            return;
        }
        let rest = if parsed.label == Some(Label::Answer) { parsed.rest.to_owned() } else { String::new() };
        if rest.is_empty() {
            answer.remove(0);
        } else {
            first.text = rest;
            first.kind = match std::mem::replace(&mut first.kind, Kind::Text) {
                Kind::Heading(_) | Kind::Summary => Kind::Text,
                kind => kind,
            };
        }
    }
}

/// The headings above each question, outermost first. A bare title right before a question counts as a heading.
fn sections(page: &Page, starts: &[usize]) -> Vec<String> {
    let mut found = Vec::with_capacity(starts.len());
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut cursor = 0;
    for &start in starts {
        while cursor < start {
            let unit = &page.units[cursor];
            let title = || {
                page.outside[cursor].is_empty() && starts.binary_search(&(cursor + 1)).is_ok() && is_title_line(unit)
            };
            let level = unit.level().or_else(|| title().then_some(7));
            if let Some(level) = level {
                while open.last().is_some_and(|(known, _)| *known >= level) {
                    open.pop();
                }
                open.push((level, cursor));
            }
            cursor += 1;
        }
        let own = page.units[start].level().unwrap_or(8);
        let titles: Vec<&str> =
            open.iter().filter(|(level, _)| *level < own).map(|(_, at)| page.units[*at].text.as_str()).collect();
        found.push(titles.join(" / "));
    }
    found
}

fn skipped(page: &Page, taken: &[Taken], found: &[Found], refused: Vec<(usize, String)>) -> Vec<Skipped> {
    let used: Vec<usize> = taken.iter().map(|question| question.proposal.at).collect();
    let answered: FxHashSet<u32> = found.iter().flat_map(|found| found.answer.iter().map(|unit| unit.line)).collect();
    let mut skipped: Vec<(u32, usize, String)> = Vec::new();
    for (at, reason) in refused {
        if used.binary_search(&at).is_err() {
            skipped.push((page.units[at].line, at, reason));
        }
    }
    for (at, unit) in page.units.iter().enumerate() {
        if used.binary_search(&at).is_ok() || !unit.says_something() {
            continue;
        }
        if !page.outside[at].is_empty() {
            skipped.push((unit.line, at, page.outside[at].to_owned()));
        } else if !answered.contains(&unit.line) {
            let last = used.partition_point(|start| *start <= at).checked_sub(1);
            let inside_question = last.is_some_and(|last| at < taken[last].proposal.answer);
            if inside_question {
                continue;
            }
            let asks = likeness(&unit.text) >= Likeness::Likely && !unit.is_code();
            let reason = if unit.level().is_some() || is_title_line(unit) {
                "a heading"
            } else if is_sign_off(unit) {
                "sign-off"
            } else if asks {
                "asked in passing"
            } else {
                "belongs to no question"
            };
            skipped.push((unit.line, at, reason.to_owned()));
        }
    }
    skipped.sort();
    skipped.dedup_by_key(|(_, at, _)| *at);
    skipped
        .into_iter()
        .map(|(line, at, reason)| Skipped { line, text: page.units[at].text.chars().take(120).collect(), reason })
        .collect()
}
