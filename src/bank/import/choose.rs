//! Which of the proposed questions are taken, and where each one's answer ends.

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
    (proposal.answer..limit.max(proposal.answer).min(page.units.len()))
        .find(|at| page.units[*at].level().is_some_and(|level| level <= bound) || page.outside[*at] == "sign-off")
        .unwrap_or(limit)
}

fn add(page: &Page, group: &Group, taken: &mut Vec<Taken>, refused: &mut Vec<(usize, String)>) {
    // Lines that merely ask count only where nothing else was found, or by far the most.
    let weak = matches!(group.shape, "bare lines" | "list");
    if weak && taken.len() >= 3 && taken.len() * 2 > group.proposals.len() {
        refused.extend(group.proposals.iter().map(|proposal| (proposal.at, "asked in passing".to_owned())));
        return;
    }
    let before: Vec<(usize, usize, bool)> = taken
        .iter()
        .map(|other| {
            let next = taken
                .iter()
                .map(|next| next.proposal.at)
                .filter(|at| *at > other.proposal.at)
                .min()
                .unwrap_or(page.units.len());
            let end = section_end(page, &other.proposal, other.level).min(next);
            (other.proposal.at, end.max(other.proposal.answer), other.proposal.closed)
        })
        .collect();
    let mut added = Vec::new();
    for (index, proposal) in group.proposals.iter().enumerate() {
        let inside = before.iter().find(|(start, end, _)| (*start..*end).contains(&proposal.at));
        if inside.is_some_and(|(start, ..)| *start != proposal.at || !group.explicit) {
            refused.push((proposal.at, "part of another answer".to_owned()));
            continue;
        }
        if inside.is_some() {
            continue;
        }
        let end = region_end(page, group, index);
        let holds = before.iter().filter(|(start, ..)| (proposal.at + 1..end).contains(start)).count();
        if holds > 0 && (group.level.is_some() || proposal.likeness < Likeness::Sure) {
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
        let later = keys[index + 1..].iter().position(|key| *key == keys[index] && !key.is_empty());
        let bare = question.proposal.inline.is_empty() && later == Some(0);
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
            section: section_of(page, proposal.at, &starts),
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

/// The headings above a unit, outermost first.
fn section_of(page: &Page, at: usize, starts: &[usize]) -> String {
    let mut titles: Vec<&str> = Vec::new();
    let mut level = page.units[at].level().unwrap_or(7);
    for before in (0..at).rev() {
        let unit = &page.units[before];
        match unit.level() {
            Some(found) if found < level => {
                titles.push(&unit.text);
                level = found;
            }
            None if titles.is_empty()
                && page.outside[before].is_empty()
                && level == 7
                && starts.contains(&(before + 1))
                && is_title_line(unit) =>
            {
                titles.push(&unit.text);
                level = 6;
            }
            _ => {}
        }
        if level <= 1 {
            break;
        }
    }
    titles.reverse();
    titles.join(" / ")
}

fn skipped(page: &Page, taken: &[Taken], found: &[Found], refused: Vec<(usize, String)>) -> Vec<Skipped> {
    let used: Vec<usize> = taken.iter().map(|question| question.proposal.at).collect();
    let answered: Vec<u32> = found.iter().flat_map(|found| found.answer.iter().map(|unit| unit.line)).collect();
    let mut skipped: Vec<(u32, usize, String)> = Vec::new();
    for (at, reason) in refused {
        if !used.contains(&at) {
            skipped.push((page.units[at].line, at, reason));
        }
    }
    for (at, unit) in page.units.iter().enumerate() {
        if used.contains(&at) || !unit.says_something() {
            continue;
        }
        if !page.outside[at].is_empty() {
            skipped.push((unit.line, at, page.outside[at].to_owned()));
        } else if !answered.contains(&unit.line) {
            let inside_question =
                taken.iter().any(|question| (question.proposal.at..question.proposal.answer).contains(&at));
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
