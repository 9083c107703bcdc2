//! Questions as an Anki text file, and back: one note a line, fields apart by tabs, the id first.

use crate::bank::{Bank, Body, Concept, Kind, Level, Origin, Point, Question, letters};
use crate::cli::exit::Failure;
use crate::grading::Shape;

const HEAD: &str = "#separator:tab\n#html:true\n#columns:Id\tFront\tBack\tTags\n#tags column:4\n#guid column:1\n";

/// The text file of the questions with these ids.
pub fn export<'a>(bank: &Bank, ids: impl Iterator<Item = &'a str>) -> Result<String, Failure> {
    let mut text = HEAD.to_owned();
    for id in ids {
        let question = bank.question(id)?;
        let fields = [
            question.id.clone(),
            front(&question),
            back(&question),
            format!("{} {} {}", question.topic, question.level, question.kind),
        ];
        let line: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
        text.push_str(&line.join("\t"));
        text.push('\n');
    }
    Ok(text)
}

fn front(question: &Question) -> String {
    let mut text = format!("<b>{}</b><br>{}", escaped(&question.title), lines(&question.prompt));
    match &question.body {
        Body::Predict(predict) => {
            text.push_str(&code(&predict.code));
            text.push_str(&choices(predict.choices.iter().map(String::as_str)));
        }
        Body::Concept(concept) => text.push_str(&choices(concept.choices.iter().map(|choice| choice.text.as_str()))),
        Body::Answer(_) => {}
    }
    text
}

fn back(question: &Question) -> String {
    let mut text = match &question.body {
        Body::Answer(answer) => code(&answer.code),
        Body::Predict(_) => String::new(),
        Body::Concept(concept) => {
            let points: String =
                concept.points.iter().map(|point| format!("<li>{}</li>", escaped(&point.point))).collect();
            let points = if points.is_empty() { points } else { format!("<ul>{points}</ul>") };
            format!("{}{points}", lines(&question.solution()))
        }
    };
    text.push_str(&lines(&question.explanation));
    text
}

fn choices<'a>(choices: impl Iterator<Item = &'a str>) -> String {
    choices.enumerate().map(|(at, choice)| format!("<br>{}) {}", letters(at), escaped(choice))).collect()
}

fn code(text: &str) -> String {
    format!("<pre>{}</pre>", lines(text.trim_end()))
}

fn lines(text: &str) -> String {
    escaped(text.trim()).replace('\n', "<br>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn quoted(field: &str) -> String {
    if field.contains(['\t', '"', '\n', '#']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

/// The questions of an Anki text file. Each note's first field is what is asked and its second the answer (after an id
/// field, where the file says that it has one); they become concept questions, which the learner rates, under
/// their own ids or of the topic `anki`.
pub fn import(text: &str) -> Result<Vec<Question>, Failure> {
    let mut separator = '\t';
    let mut html = true;
    let (mut id_column, mut tags_column) = (None, None);
    let mut body = String::new();
    let mut head = true;
    for line in text.lines() {
        if head && let Some(setting) = line.strip_prefix('#') {
            let (name, value) = setting.split_once(':').unwrap_or((setting, ""));
            match name.trim() {
                "separator" => separator = separator_of(value),
                "html" => html = value.trim() != "false",
                "guid column" => id_column = column(value),
                "tags column" => tags_column = column(value),
                _ => {}
            }
            continue;
        }
        head = false;
        body.push_str(line);
        body.push('\n');
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(separator).unwrap_or(b'\t'))
        .from_reader(body.as_bytes());
    let mut questions: Vec<Question> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| Failure::Invalid(format!("the Anki file: {error}")))?;
        let fields: Vec<String> = record
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != id_column && Some(*at) != tags_column)
            .map(|(_, field)| if html { plain(field) } else { field.to_owned() })
            .collect();
        let [front, back, ..] = fields.as_slice() else { continue };
        if front.trim().is_empty() || back.trim().is_empty() {
            continue;
        }
        // A note that was exported keeps its id; others have one from their words.
        let own = id_column.and_then(|at| record.get(at)).filter(|id| is_id(id));
        let own = own.filter(|id| questions.iter().all(|question| question.id != **id));
        let id = own.map_or_else(|| format!("anki/{}", free_slug(&questions, &slug(front))), str::to_owned);
        let topic = id.split('/').next().unwrap_or("anki").to_owned();
        let title: String =
            front.lines().find(|line| !line.trim().is_empty()).unwrap_or(front).trim().chars().take(80).collect();
        questions.push(Question {
            id,
            origin: Origin::BuiltIn,
            title,
            kind: Kind::Concept,
            topic,
            level: Level::Mid,
            dataset: "blog".to_owned(),
            prompt: front.trim().to_owned() + "\n",
            covers: Vec::new(),
            hints: Vec::new(),
            explanation: String::new(),
            follow_ups: Vec::new(),
            body: Body::Concept(Concept {
                points: back
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .map(|line| Point { point: line.to_owned(), any: Vec::new() })
                    .collect(),
                choices: Vec::new(),
                answer: back.trim().to_owned() + "\n",
            }),
            accepted: Vec::new(),
            wrong: Vec::new(),
            shape: Shape::default(),
            suite: None,
        });
    }
    Ok(questions)
}

/// Whether a field is a question's id, topic/slug.
fn is_id(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|symbol| symbol.is_ascii_lowercase() || symbol.is_ascii_digit() || symbol == '-')
    };
    text.split_once('/').is_some_and(|(topic, slug)| part(topic) && part(slug))
}

fn separator_of(value: &str) -> char {
    match value.trim().to_ascii_lowercase().as_str() {
        "comma" => ',',
        "semicolon" => ';',
        "space" => ' ',
        "pipe" => '|',
        "colon" => ':',
        "tab" => '\t',
        other => other.chars().next().unwrap_or('\t'),
    }
}

fn column(value: &str) -> Option<usize> {
    value.trim().parse::<usize>().ok()?.checked_sub(1)
}

/// HTML without its tags: line breaks and list items become lines.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('>') else {
            text.push_str(&rest[at..]);
            rest = "";
            break;
        };
        let tag = rest[at + 1..at + end].trim_start_matches('/').to_ascii_lowercase();
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        if ["br", "p", "div", "li", "ul", "ol", "pre", "tr"].contains(&name.as_str()) && !text.ends_with('\n') {
            text.push('\n');
        }
        rest = &rest[at + end + 1..];
    }
    text.push_str(rest);
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn slug(text: &str) -> String {
    let mut slug = String::new();
    for symbol in text.chars().flat_map(char::to_lowercase) {
        if symbol.is_ascii_alphanumeric() {
            slug.push(symbol);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= 48 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "note".to_owned() } else { slug.to_owned() }
}

fn free_slug(questions: &[Question], slug: &str) -> String {
    let taken = |slug: &str| questions.iter().any(|question| question.id == format!("anki/{slug}"));
    if !taken(slug) {
        return slug.to_owned();
    }
    (2..).map(|number| format!("{slug}-{number}")).find(|slug| !taken(slug)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::{read_question, template, write_question};

    #[test]
    fn notes_become_questions_that_read() {
        let text = "#separator:tab\n#html:true\nWhat is <b>N+1</b>?\t\"One query, then<br>one a row\"\nempty\t\nTwo\tTwo &lt; 3\tmore\n";
        let questions = import(text).unwrap();
        assert_eq!(
            questions.iter().map(|question| question.id.as_str()).collect::<Vec<_>>(),
            ["anki/what-is-n-1", "anki/two"]
        );
        for question in &questions {
            assert!(read_question(&question.id, Origin::BuiltIn, &write_question(question)).is_ok());
        }
    }

    #[test]
    fn what_is_exported_comes_back_as_notes() {
        let questions = Kind::ALL.map(|kind| {
            read_question(&format!("lookups/{kind}"), Origin::BuiltIn, &template(kind, "lookups")).unwrap()
        });
        let bank = Bank::of(questions);
        let text = export(&bank, bank.entries().iter().map(|entry| entry.id.as_str())).unwrap();
        assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 6);
        let back = import(&text).unwrap();
        let ids: Vec<&str> = back.iter().map(|question| question.id.as_str()).collect();
        assert!(bank.entries().iter().all(|entry| ids.contains(&entry.id.as_str())), "{ids:?}");
        assert_eq!(back.len(), 6);
    }
}
