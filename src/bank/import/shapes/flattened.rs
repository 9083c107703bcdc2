//! Pages whose line breaks were lost: several questions glued to one line, without a blank between them and often without
//! their first words, and numbered tasks glued to the word before.

use super::{Group, Proposal};
use crate::bank::import::choose::is_title_line;
use crate::bank::import::page::Page;
use crate::bank::import::units::Kind;
use crate::bank::import::wording::{Likeness, likeness};

/// The groups of a page.
pub fn groups(page: &Page) -> Vec<Group> {
    let mut glued: Vec<Proposal> = Vec::new();
    let mut single: Vec<Proposal> = Vec::new();
    let mut tasks = Vec::new();
    for (at, unit) in page.candidates() {
        if !unit.is_prose() {
            continue;
        }
        let pieces = sentences(&unit.text);
        let asking = pieces.iter().filter(|piece| piece.contains('?') || likeness(piece) >= Likeness::Likely).count();
        if pieces.len() >= 2 && asking >= 1 && pieces.len() <= 40 {
            let list = if asking >= 2 { &mut glued } else { &mut single };
            for piece in pieces {
                // The last piece is often the next heading.
                let asks = piece.contains('?') || piece.ends_with('.') && piece.split_whitespace().count() >= 4;
                if asks {
                    let mut proposal = Proposal::of(page, at, piece);
                    proposal.question = piece.trim().to_owned();
                    proposal.inline.clear();
                    proposal.closed = true;
                    proposal.likeness = if piece.contains('?') { Likeness::Sure } else { Likeness::Likely };
                    list.push(proposal);
                }
            }
        }
        if let Some(list) = glued_tasks(page, at) {
            tasks.extend(list);
        }
    }
    // On such a page a line that is one question has its answer below.
    if glued.len() >= 4 {
        for (at, unit) in page.candidates() {
            let whole = unit.text.ends_with('?') && unit.text.split_whitespace().count() <= 20;
            if unit.is_prose() && whole && likeness(&unit.text) == Likeness::Sure && sentences(&unit.text).len() == 1 {
                let mut proposal = Proposal::of(page, at, &unit.text);
                proposal.end = (at + 2..page.units.len()).find(|place| is_title_line(&page.units[*place]));
                single.push(proposal);
            }
        }
    }
    // One such line may be a slip; where others are glued it is the page.
    if glued.len() >= 4 {
        glued.extend(single);
        glued.sort_by_key(|proposal| proposal.at);
    }
    tasks.dedup_by_key(|proposal: &mut Proposal| proposal.question.clone());
    vec![Group::new("flattened", 20, glued).explicit(), Group::new("flattened tasks", 20, tasks).explicit()]
}

/// Modules whose attributes begin with a capital letter.
const MODULES: &[&str] =
    &["models", "django", "db", "forms", "views", "admin", "functions", "transaction", "self", "cls"];

/// A line apart where a sentence ends and the next begins without a blank between them.
fn sentences(text: &str) -> Vec<&str> {
    if text.len() > 8000 || !text.contains('?') {
        return vec![text];
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut open = 0i32;
    let symbols: Vec<(usize, char)> = text.char_indices().collect();
    for (index, (at, symbol)) in symbols.iter().enumerate() {
        match symbol {
            '(' | '[' => open += 1,
            ')' | ']' => open -= 1,
            _ => {}
        }
        let Some((_, next)) = symbols.get(index + 1) else { break };
        let before = &text[start..*at];
        let ends = match symbol {
            '?' => {
                let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
                let address = word.contains(['/', '\\', '^', '*']) || word.is_empty();
                !address && (next.is_alphabetic() || matches!(next, '.' | '`' | '_'))
            }
            '.' if open <= 0 && *next == '.' => {
                let third = symbols.get(index + 2).map(|(_, third)| *third);
                before.split_whitespace().count() >= 3 && third.is_some_and(char::is_alphabetic)
            }
            '.' if open <= 0 => {
                let word = before
                    .rsplit(|symbol: char| !symbol.is_alphanumeric() && symbol != '_' && symbol != '.')
                    .next()
                    .unwrap_or_default();
                let sentence = before.split_whitespace().count() >= 3
                    && before.ends_with(|symbol: char| symbol.is_lowercase() || symbol.is_ascii_digit())
                    && !word.contains(['.', '_'])
                    && !MODULES.contains(&word);
                sentence && next.is_uppercase() && symbols.get(index + 2).is_some_and(|(_, third)| third.is_lowercase())
            }
            _ => false,
        };
        if ends {
            pieces.push(text[start..=*at].trim());
            start = at + 1;
        }
    }
    pieces.push(text[start..].trim());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Numbered tasks behind a line that calls for them: `… Then implement:1. A manager`.
fn glued_tasks(page: &Page, at: usize) -> Option<Vec<Proposal>> {
    let text = &page.units[at].text;
    let begin = text.find(":1. ").or_else(|| text.find(":1) "))?;
    // The lines behind it go on with the list until the numbers end.
    let mut whole = String::new();
    let mut places: Vec<(usize, usize)> = Vec::new();
    let mut cursor = at;
    while let Some(unit) = page.units.get(cursor) {
        if cursor > at + 30 || !matches!(unit.kind, Kind::Text | Kind::Item { .. }) {
            break;
        }
        places.push((whole.len(), cursor));
        let number = match unit.kind {
            Kind::Item { number: Some(number), .. } => format!("{number}. "),
            _ => String::new(),
        };
        whole.push_str(&number);
        whole.push_str(&unit.text);
        whole.push(' ');
        cursor += 1;
    }
    let intro = text[..begin].trim();
    let mut starts = Vec::new();
    let mut from = begin + 1;
    for number in 1..100u32 {
        let mark = format!("{number}. ");
        let Some(found) = whole.get(from..).and_then(|rest| rest.find(&mark)) else { break };
        starts.push((from + found, mark.len()));
        from += found + mark.len();
    }
    if starts.len() < 2 {
        return None;
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([whole.len()]);
    let tasks = starts
        .iter()
        .zip(ends)
        .map(|((start, mark), end)| {
            let place = places.iter().rev().find(|(offset, _)| offset <= start).map_or(at, |(_, place)| *place);
            let task = whole[start + mark..end].trim();
            let mut proposal = Proposal::of(page, place, task);
            proposal.question = format!("{task}\n\n({intro})");
            proposal.inline.clear();
            proposal.closed = true;
            proposal.likeness = Likeness::Likely;
            proposal
        })
        .collect();
    Some(tasks)
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn glued_sentences_come_apart() {
        assert_eq!(
            sentences(
                "a=True and b=True? When each?Shop model, find all. Write the filter query.Post.objects.get(pk=1)? When?More Topics"
            ),
            [
                "a=True and b=True? When each?",
                "Shop model, find all. Write the filter query.",
                "Post.objects.get(pk=1)? When?",
                "More Topics"
            ]
        );
        assert_eq!(
            sentences("grades well above ninety..distinct() when filtering?Speed"),
            ["grades well above ninety.", ".distinct() when filtering?", "Speed"]
        );
        assert_eq!(sentences("Use models.CharField. It is short."), ["Use models.CharField. It is short."]);
    }
}
