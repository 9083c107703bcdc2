//! Writes a question as its file. Reading what is written gives the same question.

use std::fmt::Write;

use super::question::{Body, Question};
use crate::grading::{Compare, Order};

/// The text of a question's file.
pub fn write_question(question: &Question) -> String {
    let mut text = String::from("format_version = 1\n");
    line(&mut text, "title", &question.title);
    line(&mut text, "kind", question.kind.word());
    line(&mut text, "topic", &question.topic);
    line(&mut text, "level", question.level.word());
    line(&mut text, "dataset", &question.dataset);
    line(&mut text, "prompt", &question.prompt);
    list(&mut text, "covers", &question.covers);
    list(&mut text, "hints", &question.hints);
    if !question.explanation.is_empty() {
        line(&mut text, "explanation", &question.explanation);
    }
    list(&mut text, "follow_ups", &question.follow_ups);
    body(&mut text, question);
    for code in &question.accepted {
        text.push_str("\n[[accepted]]\n");
        line(&mut text, "code", code);
    }
    for wrong in &question.wrong {
        text.push_str("\n[[wrong]]\n");
        line(&mut text, "code", &wrong.code);
        line(&mut text, "finding", &wrong.finding);
        line(&mut text, "says", &wrong.says);
    }
    if !question.shape.require.is_empty() || !question.shape.forbid.is_empty() {
        text.push_str("\n[shape]\n");
        list(&mut text, "require", &question.shape.require);
        list(&mut text, "forbid", &question.shape.forbid);
    }
    if let Some(suite) = &question.suite {
        let seeds: Vec<String> = suite.seeds.iter().map(u64::to_string).collect();
        let _ = write!(text, "\n[suite]\nseeds = [{}]\n", seeds.join(", "));
        for equivalent in &suite.equivalent {
            text.push_str("\n[[suite.equivalent]]\n");
            line(&mut text, "mutant", &equivalent.mutant);
            line(&mut text, "because", &equivalent.because);
        }
    }
    text
}

fn quoted(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {}", quoted(value));
}

fn list(text: &mut String, key: &str, values: &[String]) {
    if values.is_empty() {
        return;
    }
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    let one_line = values.join(", ");
    let _ = if one_line.len() <= 100 && !one_line.contains('\n') {
        writeln!(text, "{key} = [{one_line}]")
    } else {
        writeln!(text, "{key} = [\n    {},\n]", values.join(",\n    "))
    };
}

fn body(text: &mut String, question: &Question) {
    let _ = write!(text, "\n[{}]\n", question.kind.table());
    match &question.body {
        Body::Answer(answer) => {
            line(text, "code", &answer.code);
            match &answer.order {
                Order::None => {}
                Order::Total => text.push_str("order = \"total\"\n"),
                Order::Keys(keys) => list(text, "order", keys),
            }
            if let Some(budget) = answer.max_queries {
                let _ = writeln!(text, "max_queries = {budget}");
            }
            if answer.exact_columns {
                text.push_str("exact_columns = true\n");
            }
            match answer.compare {
                Compare::Value => {}
                Compare::Stdout => text.push_str("compare = \"stdout\"\n"),
                Compare::Database => text.push_str("compare = \"database\"\n"),
                Compare::Schema => text.push_str("compare = \"schema\"\n"),
            }
            if !answer.setup.is_empty() {
                line(text, "setup", &answer.setup);
            }
            if let Some(tests) = &answer.tests {
                text.push_str("\n[check]\n");
                line(text, "tests", tests);
            }
        }
        Body::Predict(predict) => {
            line(text, "code", &predict.code);
            if !predict.setup.is_empty() {
                line(text, "setup", &predict.setup);
            }
            line(text, "ask", predict.ask.word());
            list(text, "choices", &predict.choices);
        }
        Body::Concept(concept) => {
            if !concept.answer.is_empty() {
                line(text, "answer", &concept.answer);
            }
            for point in &concept.points {
                text.push_str("\n[[concept.points]]\n");
                line(text, "point", &point.point);
                list(text, "any", &point.any);
            }
            for choice in &concept.choices {
                text.push_str("\n[[concept.choices]]\n");
                line(text, "text", &choice.text);
                if choice.right {
                    text.push_str("right = true\n");
                }
                if !choice.why.is_empty() {
                    line(text, "why", &choice.why);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::{Origin, read_question};

    #[test]
    fn what_is_written_reads_back_the_same() {
        let texts = [
            r#"
format_version = 1
title = 'A "quoted" title \ with a backslash'
kind = "program"
topic = "t"
level = "senior"
dataset = "shop"
prompt = """
Several
lines with 'quotes' and "quotes"
"""
covers = ["S1", "S2"]
hints = ["one"]
explanation = "Why."
follow_ups = ["a/b"]
[answer]
code = '''
for x in Order.objects.all():
    print("x", 'y')
'''
order = "total"
max_queries = 2
exact_columns = true
compare = "stdout"
setup = "x = 1"
[check]
tests = "class Check(TestCase): pass"
[[accepted]]
code = "print(1)"
[[wrong]]
code = "print(2)"
finding = "wrong-value"
says = "No."
[shape]
require = ["exists"]
[suite]
seeds = [17, 402]
equivalent = [{ mutant = "m", because = "b" }]
"#,
            r#"
format_version = 1
title = "T"
kind = "concept"
topic = "t"
level = "mid"
prompt = "?"
[concept]
answer = "Because."
points = [{ point = "lazy", any = ["lazy", "not evaluated"] }]
choices = [{ text = "yes", right = true, why = "so" }, { text = "no" }]
"#,
            r#"
format_version = 1
title = "T"
kind = "predict"
topic = "t"
level = "mid"
prompt = "?"
[predict]
code = "Post.objects.all()"
ask = "queries"
choices = ["1", "N+1"]
"#,
        ];
        for text in texts {
            let question = read_question("t/x", Origin::BuiltIn, text).unwrap();
            let written = write_question(&question);
            assert_eq!(read_question("t/x", Origin::BuiltIn, &written).as_ref(), Ok(&question), "{written}");
        }
    }
}
