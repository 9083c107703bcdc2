//! Whether a question's prompt names what its answers are judged by.

use crate::bank::{Answer, Question};
use crate::grading::{Compare, Order};
use crate::runner::Execution;

/// What the prompt leaves open, each as a sentence that says what to write. `shown` is what the reference shows.
pub fn left_open(question: &Question, answer: &Answer, shown: &Execution) -> Vec<String> {
    if answer.compare != Compare::Value || answer.tests.is_some() {
        return Vec::new();
    }
    let mut open = Vec::new();
    let prompt = question.prompt.to_lowercase();
    let words: Vec<&str> = prompt.split(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').collect();
    if answer.order != Order::None {
        const ORDERS: [&str; 27] = [
            "order",
            "ordered",
            "sorted",
            "sort",
            "first",
            "last",
            "newest",
            "oldest",
            "latest",
            "earliest",
            "highest",
            "lowest",
            "largest",
            "smallest",
            "descending",
            "ascending",
            "alphabetical",
            "alphabetically",
            "most",
            "least",
            "youngest",
            "longest",
            "shortest",
            "best",
            "cheapest",
            "dearest",
            "z",
        ];
        if !words.iter().any(|word| ORDERS.contains(word)) {
            open.push("the order is judged, and the prompt says nothing of it: say what comes first".to_owned());
        }
    }
    let columns = shown.columns.as_deref().unwrap_or_default();
    let own = shown.instances.is_some();
    let code = answer.code.to_lowercase();
    for name in columns {
        // Objects are judged by their key, and by what the reference itself puts on them.
        let made = !own || (code.contains(&format!("{}=", name.to_lowercase())) && !is_filtered(&code, name));
        let nameless = name == "value" || name.contains('(') || name.bytes().all(|byte| byte.is_ascii_digit());
        if !made || nameless {
            continue;
        }
        let lower = name.to_lowercase();
        let parts: Vec<&str> = lower.split("__").collect();
        let named =
            words.contains(&lower.as_str()) || parts.iter().all(|part| prompt.contains(&part.replace('_', " ")));
        if !named {
            open.push(format!(
                "the column `{name}` is judged, and the prompt does not name it: write `{name}` into it"
            ));
        }
    }
    open
}

/// Whether a name stands in a reference as a condition rather than as an annotation.
fn is_filtered(code: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    !["annotate(", "values(", "extra("]
        .iter()
        .any(|method| code.match_indices(method).any(|(at, _)| code[at..].contains(&format!("{name}="))))
}
