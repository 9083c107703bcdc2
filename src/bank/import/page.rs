//! [`Page`]: the units of one document with what every recogniser asks of them: what is contents, what follows what.

use rustc_hash::FxHashMap;

use super::labels::{Label, labelled};
use super::units::{Kind, Unit};
use super::wording::{is_section_title, normalised};

/// The units of a document, and which of them are contents, navigation or chatter round it.
pub struct Page {
    /// The units.
    pub units: Vec<Unit>,
    /// For each unit why it is never looked at; empty where it is.
    pub outside: Vec<&'static str>,
    /// For each level and unit the next heading at least as high, at that unit or behind it.
    bounds: [Vec<usize>; 6],
    /// The level of the heading that each unit stands under.
    above: Vec<Option<u8>>,
}

impl Page {
    /// A page of units.
    pub fn new(mut units: Vec<Unit>) -> Self {
        join_lone_numbers(&mut units);
        let mut above = Vec::with_capacity(units.len());
        let mut level = None;
        for unit in &units {
            above.push(level);
            level = unit.level().or(level);
        }
        let bounds = std::array::from_fn(|index| {
            let mut next = units.len();
            let mut places = vec![next; units.len()];
            for (at, unit) in units.iter().enumerate().rev() {
                if unit.level().is_some_and(|level| usize::from(level) <= index + 1) {
                    next = at;
                }
                places[at] = next;
            }
            places
        });
        let mut page = Self { outside: vec![""; units.len()], units, bounds, above };
        page.mark_navigation();
        page.mark_elsewhere();
        page.mark_linked_contents();
        page.mark_titled_contents();
        page.mark_repeated_contents();
        page.mark_numbered_contents();
        page.mark_sign_off();
        page
    }

    /// The units that may ask something, with their places.
    pub fn candidates(&self) -> impl Iterator<Item = (usize, &Unit)> {
        self.units.iter().enumerate().filter(|(at, _)| self.outside[*at].is_empty())
    }

    /// Whether anything that could answer follows a unit before `next`.
    pub fn has_content(&self, at: usize, next: usize) -> bool {
        (at + 1..next.min(self.units.len())).any(|at| {
            self.outside[at].is_empty() && self.units[at].says_something() && self.units[at].level().is_none()
        })
    }

    /// The level of the heading that a unit stands under.
    pub fn level_above(&self, at: usize) -> Option<u8> {
        self.above.get(at).copied().flatten()
    }

    /// The next heading of a level or a higher one, at a unit or behind it; the end of the document where there is none.
    pub fn next_heading(&self, at: usize, level: u8) -> usize {
        let index = usize::from(level.clamp(1, 6)) - 1;
        self.bounds[index].get(at).copied().unwrap_or(self.units.len())
    }

    fn mark_navigation(&mut self) {
        for (at, unit) in self.units.iter().enumerate() {
            let lower = unit.text.to_lowercase();
            let short = lower.split_whitespace().count() <= 8;
            let back = lower.contains("back to top")
                || lower.contains("back to contents")
                || lower.contains("table of contents") && unit.links > 60
                || lower.contains("go to top")
                || lower.contains("⬆")
                || lower.contains("scroll to top");
            let social = short
                && unit.links > 60
                && [
                    "share",
                    "tweet",
                    "follow",
                    "subscribe",
                    "sign up",
                    "log in",
                    "read more",
                    "previous",
                    "next",
                    "home",
                ]
                .iter()
                .any(|word| lower.starts_with(word));
            if short && back || social {
                self.outside[at] = "navigation";
            }
        }
    }

    /// What stands under a heading that leads to other pages.
    fn mark_elsewhere(&mut self) {
        const STARTS: &[&str] = &[
            "more from",
            "related post",
            "related article",
            "related question",
            "recommended",
            "you may also",
            "you might also",
            "read next",
            "see also",
            "leave a reply",
            "leave a comment",
            "popular post",
            "recent post",
            "recent comments",
            "latest post",
            "share this",
            "about the author",
            "trending",
            "subscribe",
            "newsletter",
            "join our",
            "join the",
        ];
        let mut until: Option<u8> = None;
        for (at, unit) in self.units.iter().enumerate() {
            if let Some(level) = unit.level() {
                let lower = unit.text.to_lowercase();
                let lower = lower.trim_start_matches(|symbol: char| !symbol.is_alphabetic());
                if until.is_some_and(|bound| level <= bound) {
                    until = None;
                }
                if until.is_none() && STARTS.iter().any(|start| lower.starts_with(start)) {
                    until = Some(level);
                }
            }
            if until.is_some() {
                self.outside[at] = "leads elsewhere";
            }
        }
    }

    /// Lists and tables whose entries lead to places of the document.
    fn mark_linked_contents(&mut self) {
        for (at, unit) in self.units.iter().enumerate() {
            let entry = matches!(unit.kind, Kind::Item { .. } | Kind::Row { .. } | Kind::Text);
            if entry && unit.anchors >= 60 {
                self.outside[at] = "contents";
            }
        }
        // The head of a table of contents goes with it.
        for at in 0..self.units.len() {
            let is_head = matches!(self.units[at].kind, Kind::Row { head: true, .. });
            let next_is_contents = self.outside.get(at + 1).is_some_and(|why| *why == "contents");
            if is_head && next_is_contents {
                self.outside[at] = "contents";
            }
        }
    }

    /// What stands under a heading that says contents, if it holds entries only.
    fn mark_titled_contents(&mut self) {
        let mut at = 0;
        while at < self.units.len() {
            let unit = &self.units[at];
            let lower = unit.text.to_lowercase();
            let words = lower.trim_matches(|symbol: char| !symbol.is_alphanumeric());
            let titled = matches!(
                words,
                "table of contents"
                    | "contents"
                    | "toc"
                    | "index"
                    | "list of contents"
                    | "in this article"
                    | "on this page"
                    | "quick navigation"
                    | "jump to"
                    | "quick links"
                    | "navigation"
                    | "what's inside"
                    | "outline"
            );
            if !titled || unit.is_code() {
                at += 1;
                continue;
            }
            self.outside[at] = "contents";
            let mut end = at + 1;
            while let Some(entry) = self.units.get(end) {
                let is_entry = match &entry.kind {
                    Kind::Item { .. } | Kind::Row { .. } => true,
                    Kind::Text => {
                        entry.depth > 0 || entry.text.split_whitespace().count() <= 14 && !entry.text.ends_with('.')
                    }
                    Kind::Rule | Kind::DetailsEnd => break,
                    _ => false,
                };
                if !is_entry || answers_follow(&self.units, end) {
                    break;
                }
                end += 1;
            }
            // Without anything behind it the list is the document.
            let rest = self.units[end..].iter().filter(|unit| unit.says_something()).count();
            if rest > (end - at).min(12) {
                for why in &mut self.outside[at..end] {
                    *why = "contents";
                }
            }
            at = end.max(at + 1);
        }
    }

    /// Entries that say again what stands later with something behind it.
    fn mark_repeated_contents(&mut self) {
        let mut last: FxHashMap<String, usize> = FxHashMap::default();
        for (at, unit) in self.units.iter().enumerate() {
            if !unit.is_code() && self.outside[at].is_empty() {
                let key = normalised(stem(unit));
                if key.split(' ').count() >= 2 {
                    last.insert(key, at);
                }
            }
        }
        let repeats: Vec<usize> = self
            .units
            .iter()
            .enumerate()
            .filter(|(at, unit)| {
                let entry = matches!(unit.kind, Kind::Item { .. } | Kind::Row { .. } | Kind::Text);
                let later = last.get(&normalised(stem(unit))).copied().unwrap_or(*at);
                entry && !unit.is_code() && later > at + 1 && self.units[at + 1..later].len() >= 2
            })
            .map(|(at, _)| at)
            .collect();
        for run in runs(&repeats, 3) {
            // One line that comes twice is no contents; a run of them is.
            if run.len() >= 2 || matches!(self.units[run[0]].kind, Kind::Item { .. }) {
                for at in run {
                    self.outside[at] = "contents";
                }
            }
        }
    }

    /// A run of numbered lines with nothing between, whose numbers all come again with something behind them.
    fn mark_numbered_contents(&mut self) {
        let numbers: Vec<Option<u32>> = self
            .units
            .iter()
            .map(|unit| match unit.kind {
                Kind::Item { number: Some(number), depth: 1 } => Some(number),
                Kind::Text | Kind::Heading(_) => labelled(&unit.text).number,
                _ => None,
            })
            .collect();
        let mut at = 0;
        // Contents come early: of lists without number only the first are looked at.
        let mut looked = 0;
        while at < numbers.len() {
            let mut end = at;
            while end < numbers.len()
                && numbers[end].is_some()
                && (end == at || numbers[end] == numbers[end - 1].map(|number| number + 1))
            {
                end += 1;
            }
            if end - at >= 5 && numbers[at] == Some(1) && looked < 20 {
                looked += 1;
                let length = u32::try_from(end - at).unwrap_or(u32::MAX);
                let mut wanted = 1;
                let mut answered = 0;
                for later in end..numbers.len() {
                    if numbers[later] == Some(wanted) {
                        let filled = numbers.get(later + 1).is_none_or(Option::is_none);
                        answered += u32::from(filled);
                        wanted += 1;
                    }
                }
                if wanted > length && answered * 3 >= length * 2 {
                    for why in &mut self.outside[at..end] {
                        *why = "contents";
                    }
                }
            }
            at = end.max(at + 1);
        }
    }

    /// The last lines of a document that thank, wish luck or point elsewhere.
    fn mark_sign_off(&mut self) {
        let from = self.units.len().saturating_sub(12);
        let mut found = None;
        for at in from..self.units.len() {
            if is_sign_off(&self.units[at]) {
                found = Some(at);
                break;
            }
        }
        let Some(first) = found else { return };
        let short =
            self.units[first..].iter().all(|unit| unit.is_prose() || !unit.says_something() || unit.level().is_some());
        let asks = self.units[first..]
            .iter()
            .skip(1)
            .any(|unit| labelled(&unit.text).label.is_some_and(|label| label != Label::Number));
        if asks {
            self.outside[first] = "sign-off";
        } else if short {
            for why in &mut self.outside[first..] {
                *why = "sign-off";
            }
        } else {
            self.outside[first] = "sign-off";
        }
    }
}

/// A number on a line of its own numbers the line behind it.
fn join_lone_numbers(units: &mut Vec<Unit>) {
    let is_number = |unit: &Unit| {
        let text = unit.text.trim();
        matches!(unit.kind, Kind::Text)
            && text.len() <= 5
            && text.ends_with(['.', ')'])
            && text.len() > 1
            && text[..text.len() - 1].chars().all(|symbol| symbol.is_ascii_digit())
    };
    let mut joined: Vec<Unit> = Vec::with_capacity(units.len());
    for mut unit in units.drain(..) {
        let numbered = joined.last().is_some_and(is_number);
        if numbered && matches!(unit.kind, Kind::Text) && !is_number(&unit) {
            let number = joined.pop().map(|number| number.text).unwrap_or_default();
            unit.text = format!("{} {}", number.trim(), unit.text);
            unit.opens = true;
        }
        joined.push(unit);
    }
    *units = joined;
}

/// A unit's text without its number or label.
pub fn stem(unit: &Unit) -> &str {
    match &unit.kind {
        Kind::Row { cells, .. } => cells.iter().max_by_key(|cell| cell.len()).map_or("", String::as_str),
        _ => labelled(&unit.text).rest,
    }
}

/// Whether something that answers follows an entry before the next one.
fn answers_follow(units: &[Unit], at: usize) -> bool {
    units.get(at + 1).is_some_and(|next| {
        next.is_code()
            || matches!(next.kind, Kind::Text)
                && (labelled(&next.text).label == Some(Label::Answer) || next.text.split_whitespace().count() > 14)
    })
}

/// Ascending places apart into runs that skip at most `gap`.
fn runs(places: &[usize], gap: usize) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for place in places {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| place - last <= gap) => run.push(*place),
            _ => runs.push(vec![*place]),
        }
    }
    runs
}

/// Whether a unit takes its leave of the reader.
pub fn is_sign_off(unit: &Unit) -> bool {
    if !matches!(unit.kind, Kind::Text | Kind::Heading(_) | Kind::Item { .. }) || unit.text.chars().count() > 400 {
        return false;
    }
    let lower = unit.text.trim_start_matches(|symbol: char| !symbol.is_alphanumeric()).to_lowercase();
    const STARTS: &[&str] = &[
        "these questions",
        "this list covers",
        "good luck",
        "happy coding",
        "happy learning",
        "happy interviewing",
        "best of luck",
        "all the best",
        "i hope",
        "we hope",
        "hope this",
        "hope you",
        "thanks for",
        "thank you for",
        "if you found",
        "if you liked",
        "if you enjoyed",
        "feel free",
        "follow me",
        "don't forget",
        "don’t forget",
        "let me know",
        "subscribe",
        "that's it",
        "that’s it",
        "that's all",
        "that’s all",
        "in conclusion",
        "star this",
        "give this repo",
        "please star",
        "contributions are",
        "pull requests",
        "stay tuned",
        "by mastering",
        "by understanding",
        "by preparing",
        "with these questions",
        "made with",
        "copyright",
        "©",
        "all rights reserved",
        "this article",
        "this guide",
        "this document",
        "these interview",
        "practice these",
        "remember,",
        "keep practicing",
        "this covers",
        "the above questions",
        "would you like me",
        "do you want me",
        "want me to",
        "connect with me",
        "support me",
        "buy me a coffee",
        "last updated",
        "happy preparing",
        "wishing you",
        "leave a comment",
        "share this",
        "was this helpful",
        "was this page",
        "did this help",
        "did you find",
    ];
    STARTS.iter().any(|start| lower.starts_with(start))
        || is_section_title(&unit.text) && unit.level().is_some() && lower.starts_with("conclusion")
}
