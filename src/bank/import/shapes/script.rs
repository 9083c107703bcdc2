//! Conversations: an interviewer and who answers, a chat, a transcript. The one who asks is known by the role or by the
//! share of their lines that ask.

use super::{Group, Proposal, split_inline};
use crate::bank::import::page::Page;
use crate::bank::import::units::{Kind, Unit};
use crate::bank::import::wording::{Likeness, core, likeness};

struct Line<'a> {
    at: usize,
    speaker: String,
    rest: &'a str,
}

/// The groups of a page.
pub fn groups(page: &Page) -> Vec<Group> {
    let lines: Vec<Line<'_>> = page
        .candidates()
        .filter(|(_, unit)| matches!(unit.kind, Kind::Text | Kind::Item { .. } | Kind::Heading(_)))
        .filter_map(|(at, unit)| speaker(&unit.text).map(|(speaker, rest)| Line { at, speaker, rest }))
        .collect();
    let mut speakers: Vec<(&str, usize, usize)> = Vec::new();
    for line in &lines {
        let asks = usize::from(likeness(&last_question(line.rest)) >= Likeness::Likely);
        let room = speakers.len() < 200;
        match speakers.iter_mut().find(|(name, ..)| *name == line.speaker) {
            Some((_, count, asking)) => {
                *count += 1;
                *asking += asks;
            }
            // Who speaks often is among the first.
            None if room => speakers.push((&line.speaker, 1, asks)),
            None => {}
        }
    }
    let is_role =
        |name: &str| matches!(name, "interviewer" | "recruiter" | "examiner" | "hiring manager" | "interviewer (i)");
    // Bold labels with a colon are everywhere; a conversation has two who speak often, and only one of them asks.
    let busy = speakers.iter().filter(|(_, count, _)| *count >= 3).count();
    let asker = speakers
        .iter()
        .filter(|(name, count, asking)| {
            is_role(name) && *asking > 0
                || ((2..=6).contains(&busy) && *count >= 3 && *asking * 2 >= *count && !is_field(name))
        })
        .max_by_key(|(name, _, asking)| (is_role(name), *asking))
        .map(|(name, ..)| (*name).to_owned());
    let Some(asker) = asker else { return Vec::new() };
    let mut proposals: Vec<Proposal> = Vec::new();
    for line in lines.iter().filter(|line| line.speaker == asker) {
        let (asked, inline) = split_inline(line.rest);
        let question = last_question(&asked);
        let wanted = if is_role(&asker) { Likeness::Maybe } else { Likeness::Likely };
        if likeness(&question) < wanted {
            continue;
        }
        proposals.push(Proposal {
            at: line.at,
            answer: line.at + 1,
            line: page.units[line.at].line,
            likeness: likeness(&question),
            question,
            inline,
            closed: false,
            end: None,
        });
    }
    let titles: Vec<usize> =
        page.candidates().filter(|(at, unit)| is_title(page, *at, unit)).map(|(at, _)| at).collect();
    // Where every turn has its own title, a title ends the turn before it.
    if titles.len() * 2 >= proposals.len() {
        for proposal in &mut proposals {
            proposal.end = titles.get(titles.partition_point(|title| *title <= proposal.at)).copied();
        }
    }
    let sections = untold_sections(page, &proposals, &titles);
    let mut groups = vec![Group::new("script", 30, proposals).explicit()];
    if !sections.is_empty() {
        groups.push(Group::new("section", 10, sections));
    }
    groups
}

/// Labels with a colon that are no names.
fn is_field(name: &str) -> bool {
    matches!(
        name,
        "note"
            | "example"
            | "tip"
            | "answer"
            | "pros"
            | "cons"
            | "output"
            | "input"
            | "code"
            | "q"
            | "a"
            | "question"
            | "use case"
            | "explanation"
            | "definition"
            | "syntax"
            | "warning"
            | "hint"
            | "result"
            | "difference"
            | "topic"
            | "level"
    )
}

/// The speaker of a line and what they say.
fn speaker(text: &str) -> Option<(String, &str)> {
    let mut text = text.trim_start_matches(|symbol: char| symbol.is_whitespace() || matches!(symbol, '*' | '_' | '>'));
    // The time of a chat line.
    if let Some(rest) = text.strip_prefix(['[', '('])
        && let Some(end) = rest.find([']', ')'])
        && rest[..end]
            .chars()
            .all(|symbol| symbol.is_ascii_digit() || matches!(symbol, ':' | '.' | ' ' | '-' | '/' | 'A' | 'P' | 'M'))
    {
        text = rest[end + 1..].trim_start();
    }
    let end = text.find(':')?;
    let name = text[..end].trim_matches(['*', '_', ' ']);
    let rest = text[end + 1..].trim_start_matches(['*', '_', ' ']);
    let words = name.split_whitespace().count();
    let capital = name.starts_with(char::is_uppercase);
    let plain =
        name.chars().all(|symbol| symbol.is_alphabetic() || matches!(symbol, ' ' | '.' | '-' | '(' | ')' | '\''));
    (capital && plain && (1..=3).contains(&words) && name.chars().count() <= 24 && !rest.is_empty())
        .then(|| (name.to_lowercase(), rest))
}

/// A turn without the words of acknowledgement before what it asks.
fn last_question(text: &str) -> String {
    let text = core(text);
    let mut rest = text;
    while let Some(stop) = rest.find(['.', '!']) {
        let (first, behind) = rest.split_at(stop + 1);
        let behind = behind.trim_start();
        let chatter = first.split_whitespace().count() <= 4 && likeness(first) == Likeness::No;
        if !chatter || behind.is_empty() || !behind.contains('?') {
            break;
        }
        rest = behind;
    }
    core(rest).to_owned()
}

/// Sections of a script in which nobody asks but something is shown: their titles stand for the question.
fn untold_sections(page: &Page, asked: &[Proposal], titles: &[usize]) -> Vec<Proposal> {
    if asked.len() < 5 {
        return Vec::new();
    }
    let starts: Vec<usize> = asked.iter().map(|proposal| proposal.at).collect();
    let mut sections = Vec::new();
    for (index, at) in titles.iter().enumerate() {
        let next = titles.get(index + 1).copied().unwrap_or(page.units.len());
        let silent = starts.get(starts.partition_point(|start| start < at)).is_none_or(|start| *start >= next);
        let shows = page.units[at + 1..next]
            .iter()
            .any(|unit| unit.is_code() || unit.text.contains('\t') || matches!(unit.kind, Kind::Row { .. }));
        let tabular = page.units[at + 1..next].len() >= 4;
        if silent && (shows || tabular) && starts.first().is_some_and(|first| first < at) {
            let mut proposal = Proposal::of(page, *at, &page.units[*at].text);
            proposal.likeness = Likeness::Maybe;
            proposal.end = Some(next);
            sections.push(proposal);
        }
    }
    sections
}

fn is_title(page: &Page, at: usize, unit: &Unit) -> bool {
    if unit.level().is_some() {
        return true;
    }
    let alone = unit.opens && page.units.get(at + 1).is_none_or(|next| next.opens);
    matches!(unit.kind, Kind::Text)
        && alone
        && unit.text.split_whitespace().count() <= 7
        && !unit.text.ends_with(['.', '?', ':', ',', ';', '!'])
        && unit.text.starts_with(char::is_uppercase)
        && speaker(&unit.text).is_none()
}
