//! The ladder of hints on one wrong answer: four steps from a nudge to the edit, each to be asked for.

use super::compare::Symptom;
use super::findings::ClauseDifference;
use super::{Finding, HANDBOOK};

/// Everything that is known of what went wrong.
pub struct Clues<'a> {
    /// What the difference looks like; none when the rows are right or the answer raised.
    pub symptom: Option<Symptom>,
    /// The strongest reason.
    pub finding: Option<&'a Finding>,
    /// Where the statements differ.
    pub clauses: &'a [ClauseDifference],
    /// The edit of the reference that behaves like the answer: what it has, and what stands there instead.
    pub edit: Option<&'a (String, String)>,
    /// Statements sent and allowed, when there were too many.
    pub cost: Option<(usize, usize)>,
}

/// The four steps, the mildest first.
pub fn hints(clues: &Clues<'_>) -> Vec<String> {
    vec![nudge(clues), place(clues), reason(clues), edit(clues)]
}

fn nudge(clues: &Clues<'_>) -> String {
    if let Some((sent, allowed)) = clues.cost {
        return format!(
            "The rows are right. Look at what they cost: {sent} queries, where {allowed} are enough. Which line sends most of them?"
        );
    }
    let text = match clues.symptom {
        Some(Symptom::Missing) => "Rows are missing. Take one of them: at which step does it get lost?",
        Some(Symptom::Extra) => {
            "There are rows too many. Take one of them: what about it breaks the rules of the task?"
        }
        Some(Symptom::Repeated) => "Rows come more than once. What in the query multiplies them?",
        Some(Symptom::Both) => "Some rows are missing and others too many: the rows are chosen by another rule.",
        Some(Symptom::Values) => "A value is another than expected. Work it out by hand for one row.",
        Some(Symptom::Type) => "Look at the type of what comes: a text is no number, and a number no text.",
        Some(Symptom::Order) => "The rows are right, their order is not, at least not on every database.",
        Some(Symptom::Column) => "Compare the columns that come with those that the task names.",
        Some(Symptom::Model) => "Which model does the task ask for, and which one does your query start from?",
        Some(Symptom::Form) => "One object, a list, a number, or nothing at all: what does the task ask for?",
        Some(Symptom::Definition(_)) => {
            "Go through the task field by field: what does it ask of each, and of the model?"
        }
        None => "Read the task once more, and then your answer, word by word.",
    };
    text.to_owned()
}

fn place(clues: &Clues<'_>) -> String {
    if let Some(line) = clues.finding.and_then(|finding| finding.line) {
        return format!("Look at line {line}.");
    }
    match clues.clauses {
        [] => match clues.finding {
            Some(finding) => {
                format!("This is a case of {}; `ormdojo explain {}` has a page on it.", finding.id, finding.id)
            }
            None => "Try it on the small tables above, step by step.".to_owned(),
        },
        [only] => format!("Only {} differs from the reference: {}.", only.stage.word(), only.stage.topic()),
        [first, ..] => format!(
            "In the order in which the database works, {} is the first to differ from the reference: {}.",
            first.stage.word(),
            first.stage.topic()
        ),
    }
}

fn reason(clues: &Clues<'_>) -> String {
    let page = clues.finding.and_then(|finding| HANDBOOK.iter().find(|page| page.id == finding.id));
    let told = clues.clauses.first().map(|clause| format!("{}.", clause.told()));
    match (page, told) {
        (Some(page), Some(told)) => format!("{told} {}", page.means),
        (Some(page), None) => page.means.to_owned(),
        (None, Some(told)) => told,
        (None, None) => "Compare each column of the expected rows with yours.".to_owned(),
    }
}

fn edit(clues: &Clues<'_>) -> String {
    if let Some((right, wrong)) = clues.edit {
        return match (right.is_empty(), wrong.is_empty()) {
            (false, false) => format!("It behaves as if `{wrong}` stood where `{right}` belongs."),
            (false, true) => format!("It behaves as if `{right}` were left out."),
            _ => format!("It behaves as if `{wrong}` were added."),
        };
    }
    let page = clues.finding.and_then(|finding| HANDBOOK.iter().find(|page| page.id == finding.id));
    match (clues.clauses.first(), page) {
        (Some(clause), _) => clause.edit(),
        (None, Some(page)) => format!("Instead of\n{}\nwrite\n{}", page.example, page.instead),
        (None, None) => "\\solution shows the reference.".to_owned(),
    }
}
