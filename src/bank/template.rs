//! The beginning of a new question file, one for each kind: valid as it stands, every key explained.

use super::question::Kind;

/// A file to start a question of `kind` from. It reads without complaint.
pub fn template(kind: Kind, topic: &str) -> String {
    let topic = toml::Value::String(topic.to_owned());
    let head = format!(
        r#"format_version = 1
title = "A short title"
kind = "{kind}"
topic = {topic}
level = "mid"               # junior, mid or senior
dataset = "blog"            # blog, shop, journal, staff, school, library or bank
prompt = """
What is asked, in Markdown. Name everything that is judged: columns, order, ties, limits, the number of queries.
"""
hints = ["A nudge.", "A bigger one."]
explanation = """
Why the answer is the answer; shown afterwards.
"""
"#
    );
    let body = match kind {
        Kind::Queryset => {
            r#"
[answer]
code = "Post.objects.filter(is_active=True)"
order = "none"              # none, total, or keys: ["-n"]
max_queries = 1

[[wrong]]
code = "Post.objects.all()"
finding = "missing-condition"
says = "Inactive posts are among your rows."
"#
        }
        Kind::Sql => {
            r#"
[answer]
code = "SELECT title FROM blog_post WHERE is_active = 1;"
order = "none"              # none, total, or keys: ["-n"]

[[wrong]]
code = "SELECT title FROM blog_post;"
finding = "missing-condition"
says = "Inactive posts are among your rows."
"#
        }
        Kind::Program => {
            r#"
[answer]
code = """
for post in Post.objects.filter(is_active=True):
    print(post.title)
"""
compare = "stdout"          # stdout, or database: the final state of the tables
max_queries = 1

[[wrong]]
code = """
for post in Post.objects.all():
    print(post.title)
"""
finding = "missing-condition"
says = "Inactive posts are printed too."
"#
        }
        Kind::Predict => {
            r#"
[predict]
code = """
posts = Post.objects.filter(is_active=True)
for post in posts:
    print(post.title)
"""
ask = "queries"             # queries, output, rows, sql or exception
choices = ["0", "1", "N+1"]
"#
        }
        Kind::Concept => {
            r#"
[concept]
points = [{ point = "Querysets are lazy", any = ["lazy", "not evaluated"] }]
answer = """
A model answer, which mentions every point: querysets are lazy.
"""
"#
        }
        Kind::Model => {
            r#"
[answer]
code = """
class Note(models.Model):
    text = models.TextField()
"""
compare = "schema"

[[wrong]]
code = """
class Note(models.Model):
    text = models.CharField(max_length=100)
"""
finding = "wrong-model"
says = "A note may be longer than a hundred characters."
"#
        }
    };
    head + body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::{Origin, read_question};

    #[test]
    fn every_template_reads() {
        for kind in Kind::ALL {
            let read = read_question("lookups/new", Origin::BuiltIn, &template(kind, "lookups"));
            assert_eq!(read.map(|question| question.kind), Ok(kind));
        }
    }
}
