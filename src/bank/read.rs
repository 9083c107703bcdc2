//! Reads a question file. Every complaint names its place and what to write instead; all are given at once.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::question::{
    Answer, Ask, Body, Choice, Concept, Equivalent, Kind, Level, Origin, Point, Predict, Question, Suite,
};
use super::vocabulary::{DATASETS, FINDINGS, SHAPE_WORDS};
use crate::diagnostics::{Diagnostic, Span, nearest};
use crate::grading::{Compare, KnownWrong, Order, Shape};

const TOP_KEYS: &[&str] = &[
    "format_version",
    "title",
    "kind",
    "topic",
    "level",
    "dataset",
    "prompt",
    "covers",
    "hints",
    "explanation",
    "follow_ups",
    "answer",
    "accepted",
    "wrong",
    "shape",
    "predict",
    "suite",
    "concept",
    "check",
];
const ANSWER_KEYS: &[&str] = &["code", "order", "max_queries", "exact_columns", "compare", "setup"];
const COMPARE_WORDS: &[&str] = &["value", "stdout", "database", "schema"];

/// The id that a question file has by its place: its folder's name, a slash, its name without `.toml`.
pub fn id_of_path(path: &Path) -> Option<String> {
    let slug = path.file_stem()?.to_str()?;
    let topic = path.parent()?.file_name()?.to_str()?;
    Some(format!("{topic}/{slug}"))
}

/// Reads `text`, the file of question `id`. An error lists everything that is wrong with it, in the file's order.
pub fn read_question(id: &str, origin: Origin, text: &str) -> Result<Question, Vec<Diagnostic>> {
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let span = error.span().map(|range| Span::new(range.start as u32, range.end as u32));
            return Err(vec![Diagnostic { message: error.message().to_owned(), span, hints: Vec::new() }]);
        }
    };
    let mut reader = Reader { complaints: Vec::new() };
    let question = reader.question(id, origin, &document);
    match question {
        Some(question) if reader.complaints.is_empty() => Ok(question),
        _ => {
            reader.complaints.sort_by_key(|complaint| complaint.span.map_or(0, |span| span.start));
            Err(reader.complaints)
        }
    }
}

type Table<'a, 'i> = &'a DeTable<'i>;
type Value<'a, 'i> = &'a Spanned<DeValue<'i>>;

fn span_of<T>(spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(range.start as u32, range.end as u32)
}

fn listed(words: &[&str]) -> String {
    words.join(", ")
}

struct Reader {
    complaints: Vec<Diagnostic>,
}

impl Reader {
    fn complain(&mut self, complaint: Diagnostic) {
        self.complaints.push(complaint);
    }

    /// Complains of every key that is not among `known`. `place` is the table's header, empty for the top.
    fn keys(&mut self, table: Table<'_, '_>, place: &str, known: &[&str]) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let within = if place.is_empty() { String::new() } else { format!(" in [{place}]") };
            let mut complaint = Diagnostic::at(span_of(key), format!("unknown key `{name}`{within}"));
            if let Some(near) = nearest(name, known.iter().copied()) {
                complaint = complaint.hint(format!("did you mean `{near}`?"));
            } else if place.is_empty() && ANSWER_KEYS.contains(&name) {
                complaint = complaint.hint(format!("`{name}` belongs under [answer]"));
            } else {
                complaint = complaint.hint(format!("known keys: {}", listed(known)));
            }
            self.complain(complaint);
        }
    }

    fn wrong_type(&mut self, value: Value<'_, '_>, name: &str, wanted: &str) {
        let found = value.get_ref().type_str();
        self.complain(Diagnostic::at(span_of(value), format!("`{name}` must be {wanted}, not {found}")));
    }

    fn missing(&mut self, place: Option<Span>, name: &str, hint: &str) {
        self.complain(
            Diagnostic { message: format!("`{name}` is missing"), span: place, hints: Vec::new() }.hint(hint),
        );
    }

    fn string(&mut self, table: Table<'_, '_>, name: &str) -> Option<String> {
        let value = table.get(name)?;
        match value.get_ref().as_str() {
            Some(text) => Some(text.to_owned()),
            None => {
                self.wrong_type(value, name, "a string");
                None
            }
        }
    }

    /// A string that must be there and must say something.
    fn required(&mut self, table: Table<'_, '_>, place: Option<Span>, name: &str, hint: &str) -> Option<String> {
        let Some(value) = table.get(name) else {
            self.missing(place, name, hint);
            return None;
        };
        let text = self.string(table, name)?;
        if text.trim().is_empty() {
            self.complain(Diagnostic::at(span_of(value), format!("`{name}` is empty")).hint(hint));
            return None;
        }
        Some(text)
    }

    fn boolean(&mut self, table: Table<'_, '_>, name: &str) -> Option<bool> {
        let value = table.get(name)?;
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.wrong_type(value, name, "true or false");
        }
        found
    }

    fn number(&mut self, value: Value<'_, '_>, name: &str) -> Option<u64> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(value, name, "a whole number");
            return None;
        };
        match u64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()) {
            Ok(number) => Some(number),
            Err(_) => {
                self.complain(Diagnostic::at(span_of(value), format!("`{name}` must be zero or more")));
                None
            }
        }
    }

    fn strings(&mut self, table: Table<'_, '_>, name: &str) -> Vec<(String, Span)> {
        let Some(value) = table.get(name) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(value, name, "a list of strings");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push((text.to_owned(), span_of(item))),
                None => self.wrong_type(item, name, "a list of strings"),
            }
        }
        texts
    }

    fn plain_strings(&mut self, table: Table<'_, '_>, name: &str) -> Vec<String> {
        self.strings(table, name).into_iter().map(|(text, _)| text).collect()
    }

    /// A list of tables: `[[name]]` headers or inline tables.
    fn tables<'a, 'i>(&mut self, table: Table<'a, 'i>, name: &str) -> Vec<(&'a DeTable<'i>, Span)> {
        let Some(value) = table.get(name) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(value, name, "a list of tables");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_table() {
                Some(found) => tables.push((found, span_of(item))),
                None => self.wrong_type(item, name, "a list of tables"),
            }
        }
        tables
    }

    fn table<'a, 'i>(&mut self, table: Table<'a, 'i>, name: &str) -> Option<(&'a DeTable<'i>, Span)> {
        let value = table.get(name)?;
        match value.get_ref().as_table() {
            Some(found) => Some((found, span_of(value))),
            None => {
                self.wrong_type(value, name, &format!("a table, [{name}]"));
                None
            }
        }
    }

    fn word(&mut self, word: &str, span: Span, what: &str, known: &[&str]) -> bool {
        if known.contains(&word) {
            return true;
        }
        let mut complaint = Diagnostic::at(span, format!("unknown {what} `{word}`"));
        if let Some(near) = nearest(word, known.iter().copied()) {
            complaint = complaint.hint(format!("did you mean `{near}`?"));
        }
        self.complain(complaint.hint(format!("known: {}", listed(known))));
        false
    }

    /// A required string that must be one of `known`.
    fn choice(&mut self, table: Table<'_, '_>, place: Option<Span>, name: &str, known: &[&str]) -> Option<String> {
        let text = self.required(table, place, name, &format!("write one of: {}", listed(known)))?;
        let span = table.get(name).map(span_of).unwrap_or_default();
        self.word(&text, span, name, known).then_some(text)
    }

    fn question(&mut self, id: &str, origin: Origin, document: &Spanned<DeTable<'_>>) -> Option<Question> {
        let top = document.get_ref();
        self.keys(top, "", TOP_KEYS);
        match top.get("format_version") {
            None => self.missing(None, "format_version", "write `format_version = 1` on the first line"),
            Some(value) => {
                if self.number(value, "format_version").is_some_and(|version| version != 1) {
                    self.complain(
                        Diagnostic::at(span_of(value), "this program reads format_version 1 only")
                            .hint("a newer program may be needed for this file"),
                    );
                }
            }
        }
        let title = self.required(top, None, "title", "write a short title: `title = \"…\"`");
        let kinds = Kind::ALL.map(Kind::word);
        let kind = self.choice(top, None, "kind", &kinds).and_then(|word| Kind::from_word(&word));
        let topic = self.required(top, None, "topic", "write the name of the folder that the file is in");
        let levels = Level::ALL.map(Level::word);
        let level = self.choice(top, None, "level", &levels).and_then(|word| Level::from_word(&word));
        let prompt = self.required(top, None, "prompt", "write what is asked, in Markdown: `prompt = \"\"\"…\"\"\"`");
        let dataset = match self.string(top, "dataset") {
            None => "blog".to_owned(),
            Some(name) => {
                let span = top.get("dataset").map(span_of).unwrap_or_default();
                self.word(&name, span, "dataset", DATASETS);
                name
            }
        };
        if let (Some(topic), Some((folder, _))) = (&topic, id.split_once('/'))
            && topic != folder
        {
            let span = top.get("topic").map(span_of);
            self.complain(
                Diagnostic { message: format!("`topic` is `{topic}`, the folder is `{folder}`"), span, hints: vec![] }
                    .hint(format!("write `topic = \"{folder}\"`, or move the file to {topic}/")),
            );
        }
        let follow_ups = self.strings(top, "follow_ups");
        for (follow_up, span) in &follow_ups {
            if follow_up.split_once('/').is_none_or(|(topic, slug)| topic.is_empty() || slug.is_empty()) {
                self.complain(
                    Diagnostic::at(*span, format!("`{follow_up}` is not a question's id"))
                        .hint("write `topic/slug`, without .toml"),
                );
            }
        }
        let body = kind.and_then(|kind| self.body(kind, top));
        let accepted = self.accepted(top);
        let wrong = self.wrong(top);
        let shape = self.shape(top);
        let suite = self.suite(top);
        Some(Question {
            id: id.to_owned(),
            origin,
            title: title?,
            kind: kind?,
            topic: topic?,
            level: level?,
            dataset,
            prompt: prompt?,
            covers: self.plain_strings(top, "covers"),
            hints: self.plain_strings(top, "hints"),
            explanation: self.string(top, "explanation").unwrap_or_default(),
            follow_ups: follow_ups.into_iter().map(|(text, _)| text).collect(),
            body: body?,
            accepted,
            wrong,
            shape,
            suite,
        })
    }

    fn body(&mut self, kind: Kind, top: Table<'_, '_>) -> Option<Body> {
        let own = kind.table();
        for other in ["answer", "predict", "concept"] {
            if other != own
                && let Some(value) = top.get(other)
            {
                self.complain(
                    Diagnostic::at(span_of(value), format!("a {kind} question has no [{other}]"))
                        .hint(format!("write [{own}], or change `kind`")),
                );
            }
        }
        if kind != Kind::Program
            && let Some(value) = top.get("check")
        {
            self.complain(Diagnostic::at(span_of(value), "[check] is for `kind = \"program\"` only"));
        }
        if !top.contains_key(own) {
            self.missing(None, &format!("[{own}]"), &format!("a {kind} question is judged by its [{own}] table"));
            return None;
        }
        let (table, span) = self.table(top, own)?;
        match own {
            "answer" => self.answer(kind, top, table, span).map(Body::Answer),
            "predict" => self.predict(table, span).map(Body::Predict),
            _ => self.concept(table, span).map(Body::Concept),
        }
    }

    fn answer(&mut self, kind: Kind, top: Table<'_, '_>, table: Table<'_, '_>, span: Span) -> Option<Answer> {
        self.keys(table, "answer", ANSWER_KEYS);
        let code = self.required(table, Some(span), "code", "write the reference answer: `code = \"…\"`");
        let compare = match self.string(table, "compare") {
            // Model classes have no value; what they make is what is compared.
            None if kind == Kind::Model => Compare::Schema,
            None => Compare::Value,
            Some(word) => {
                let span = table.get("compare").map(span_of).unwrap_or_default();
                self.word(&word, span, "compare", COMPARE_WORDS);
                match word.as_str() {
                    "stdout" => Compare::Stdout,
                    "database" => Compare::Database,
                    "schema" => Compare::Schema,
                    _ => Compare::Value,
                }
            }
        };
        let order = self.order(table);
        let max_queries = match table.get("max_queries") {
            Some(value) => self.number(value, "max_queries").map(|number| number as usize),
            None => None,
        };
        let tests = self.table(top, "check").and_then(|(check, span)| {
            self.keys(check, "check", &["tests"]);
            self.required(
                check,
                Some(span),
                "tests",
                "write Django test code: `tests = \"\"\"class Check(TestCase): …\"\"\"`",
            )
        });
        Some(Answer {
            code: code?,
            order,
            max_queries,
            exact_columns: self.boolean(table, "exact_columns").unwrap_or(false),
            compare,
            setup: self.string(table, "setup").unwrap_or_default(),
            tests,
        })
    }

    fn order(&mut self, table: Table<'_, '_>) -> Order {
        let Some(value) = table.get("order") else { return Order::None };
        match (value.get_ref().as_str(), value.get_ref().as_array()) {
            (Some("none"), _) => Order::None,
            (Some("total"), _) => Order::Total,
            (None, Some(array)) if array.iter().next().is_some() => Order::Keys(self.plain_strings(table, "order")),
            _ => {
                self.complain(
                    Diagnostic::at(span_of(value), "`order` is \"none\", \"total\" or a list of column names")
                        .hint("`order = [\"-n\"]` lets rows with the same n come in any order"),
                );
                Order::None
            }
        }
    }

    fn predict(&mut self, table: Table<'_, '_>, span: Span) -> Option<Predict> {
        self.keys(table, "predict", &["code", "setup", "ask", "choices"]);
        let code = self.required(table, Some(span), "code", "write the code that is asked about: `code = \"…\"`");
        let words = Ask::ALL.map(Ask::word);
        let ask = self.choice(table, Some(span), "ask", &words).and_then(|word| Ask::from_word(&word));
        let choices = self.strings(table, "choices");
        if let [(_, span)] = choices.as_slice() {
            self.complain(Diagnostic::at(*span, "one choice is no choice").hint("write two or more, or none"));
        }
        Some(Predict {
            code: code?,
            setup: self.string(table, "setup").unwrap_or_default(),
            ask: ask?,
            choices: choices.into_iter().map(|(text, _)| text).collect(),
        })
    }

    fn concept(&mut self, table: Table<'_, '_>, span: Span) -> Option<Concept> {
        self.keys(table, "concept", &["points", "choices", "answer"]);
        let mut concept = Concept { answer: self.string(table, "answer").unwrap_or_default(), ..Concept::default() };
        for (point, span) in self.tables(table, "points") {
            self.keys(point, "concept.points", &["point", "any"]);
            let name = self.required(point, Some(span), "point", "write what a good answer mentions");
            let any = self.plain_strings(point, "any");
            if let Some(point) = name {
                concept.points.push(Point { point, any });
            }
        }
        let choices = self.tables(table, "choices");
        let had_choices = !choices.is_empty();
        for (choice, span) in choices {
            self.keys(choice, "concept.choices", &["text", "right", "why"]);
            let text = self.required(choice, Some(span), "text", "write what the choice says");
            let right = self.boolean(choice, "right").unwrap_or(false);
            let why = self.string(choice, "why").unwrap_or_default();
            if let Some(text) = text {
                concept.choices.push(Choice { text, right, why });
            }
        }
        if concept.points.is_empty() && !had_choices {
            self.complain(
                Diagnostic::at(span, "[concept] has neither `points` nor `choices`")
                    .hint("points: what a good free-text answer mentions; choices: multiple choice"),
            );
        }
        if had_choices && concept.choices.iter().all(|choice| !choice.right) {
            self.complain(Diagnostic::at(span, "no choice is right").hint("write `right = true` in one or more"));
        }
        if concept.choices.len() > 26 {
            self.complain(Diagnostic::at(span, "more than 26 choices cannot be lettered"));
        }
        Some(concept)
    }

    fn accepted(&mut self, top: Table<'_, '_>) -> Vec<String> {
        let mut accepted = Vec::new();
        for (table, span) in self.tables(top, "accepted") {
            self.keys(table, "accepted", &["code"]);
            accepted.extend(self.required(table, Some(span), "code", "write the other right answer"));
        }
        accepted
    }

    fn wrong(&mut self, top: Table<'_, '_>) -> Vec<KnownWrong> {
        let mut wrong = Vec::new();
        for (table, span) in self.tables(top, "wrong") {
            self.keys(table, "wrong", &["code", "finding", "says"]);
            let code = self.required(table, Some(span), "code", "write the mistaken answer");
            let finding = self.choice(table, Some(span), "finding", FINDINGS);
            let says = self.required(table, Some(span), "says", "write what to tell a learner who answers this");
            if let (Some(code), Some(finding), Some(says)) = (code, finding, says) {
                wrong.push(KnownWrong { code, finding, says });
            }
        }
        wrong
    }

    fn shape(&mut self, top: Table<'_, '_>) -> Shape {
        let Some((table, _)) = self.table(top, "shape") else { return Shape::default() };
        self.keys(table, "shape", &["require", "forbid"]);
        let mut lists = ["require", "forbid"].map(|name| {
            let words = self.strings(table, name);
            for (word, span) in &words {
                self.word(word, *span, "shape word", SHAPE_WORDS);
            }
            words.into_iter().map(|(word, _)| word).collect::<Vec<_>>()
        });
        Shape { require: std::mem::take(&mut lists[0]), forbid: std::mem::take(&mut lists[1]) }
    }

    fn suite(&mut self, top: Table<'_, '_>) -> Option<Suite> {
        let (table, _) = self.table(top, "suite")?;
        self.keys(table, "suite", &["seeds", "equivalent"]);
        let mut suite = Suite::default();
        if let Some(value) = table.get("seeds") {
            match value.get_ref().as_array() {
                None => self.wrong_type(value, "seeds", "a list of whole numbers"),
                Some(array) => {
                    for item in array.iter() {
                        suite.seeds.extend(self.number(item, "seeds"));
                    }
                }
            }
        }
        for (item, span) in self.tables(table, "equivalent") {
            self.keys(item, "suite.equivalent", &["mutant", "because"]);
            let mutant = self.required(item, Some(span), "mutant", "write the mutant's code");
            let because = self.string(item, "because").unwrap_or_default();
            suite.equivalent.extend(mutant.map(|mutant| Equivalent { mutant, because }));
        }
        Some(suite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Place;

    const GOOD: &str = r#"
format_version = 1
title = "Busy authors"
kind = "queryset"
topic = "aggregation"
level = "mid"
prompt = "Which users wrote five posts or more?"

[answer]
code = 'User.objects.annotate(n=Count("posts")).filter(n__gte=5)'
order = ["-n"]

[[wrong]]
code = 'User.objects.annotate(n=Count("posts")).filter(n__gt=5)'
finding = "wrong-boundary"
says = "Five posts count too."
"#;

    fn read(text: &str) -> Result<Question, Vec<Diagnostic>> {
        read_question("aggregation/busy-authors", Origin::BuiltIn, text)
    }

    #[test]
    fn a_short_file_gets_the_defaults() {
        let question = read(GOOD).unwrap();
        assert_eq!(question.dataset, "blog");
        let Body::Answer(answer) = &question.body else { panic!("not an answer") };
        assert_eq!(answer.order, Order::Keys(vec!["-n".into()]));
        assert_eq!(answer.compare, Compare::Value);
        assert_eq!(answer.max_queries, None);
        assert!(!answer.exact_columns);
        assert_eq!(question.wrong[0].finding, "wrong-boundary");
    }

    #[test]
    fn every_complaint_has_its_place_and_its_remedy() {
        let text =
            GOOD.replace("prompt =", "promt =").replace("\"mid\"", "\"middle\"").replace("wrong-bound", "rong-bound");
        let complaints = read(&text).unwrap_err();
        let told: Vec<_> = complaints
            .iter()
            .map(|complaint| {
                (
                    complaint.span.map(|span| Place::of(&text, span.start).line),
                    complaint.message.as_str(),
                    complaint.hints[0].as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (None, "`prompt` is missing", "write what is asked, in Markdown: `prompt = \"\"\"…\"\"\"`"),
                (Some(6), "unknown level `middle`", "did you mean `mid`?"),
                (Some(7), "unknown key `promt`", "did you mean `prompt`?"),
                (Some(15), "unknown finding `rong-boundary`", "did you mean `wrong-boundary`?"),
            ]
        );
    }

    #[test]
    fn a_misplaced_key_is_sent_home() {
        let complaints = read(&GOOD.replace("level = \"mid\"", "level = \"mid\"\nmax_queries = 1")).unwrap_err();
        assert_eq!(complaints[0].hints, ["`max_queries` belongs under [answer]"]);
    }

    #[test]
    fn the_table_must_fit_the_kind_and_the_folder_the_topic() {
        let complaints =
            read(&GOOD.replace("\"queryset\"", "\"concept\"").replace("\"aggregation\"", "\"values\"")).unwrap_err();
        let messages: Vec<_> = complaints.iter().map(|complaint| complaint.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "`[concept]` is missing",
                "`topic` is `values`, the folder is `aggregation`",
                "a concept question has no [answer]"
            ]
        );
    }

    #[test]
    fn no_damage_panics() {
        for at in 0..GOOD.len() {
            for with in ["", "[", "\"", "=", "é", "\n"] {
                if GOOD.is_char_boundary(at) && GOOD.is_char_boundary(at + 1) {
                    let _ = read(&format!("{}{with}{}", &GOOD[..at], &GOOD[at + 1..]));
                }
            }
        }
    }

    #[test]
    fn broken_toml_is_a_complaint_with_a_place() {
        let complaints = read("title = \"x").unwrap_err();
        assert!(complaints[0].span.is_some());
    }
}
