//! What was typed since a question began, and what of it is the answer.
//!
//! For a program everything that ran is the answer. For a queryset the last expression is, together with those earlier
//! inputs that it depends on by name: looking around before answering must not cost queries.

use super::statements::{Statement, statements};
use crate::bank::Kind;

/// One input and whether it ran to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Input {
    text: String,
    ran: bool,
}

/// The inputs since a question began or was reset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    inputs: Vec<Input>,
}

impl Transcript {
    /// Adds an input.
    pub fn push(&mut self, text: &str, ran: bool) {
        self.inputs.push(Input { text: text.trim_end().to_owned(), ran });
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.inputs.clear();
    }

    /// Whether anything was typed.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// How many inputs raised; a program's answer leaves them out.
    pub fn raised(&self) -> usize {
        self.inputs.iter().filter(|input| !input.ran).count()
    }

    /// The answer to a question of `kind`. `given` is what was typed after the submitting word, if anything: it is taken
    /// as one more input.
    pub fn answer(&self, kind: Kind, given: &str) -> Option<String> {
        let given = given.trim();
        match kind {
            Kind::Queryset => self.last_expression(given),
            Kind::Sql if given.is_empty() => self.inputs.last().map(|input| input.text.clone()),
            Kind::Sql => Some(given.to_owned()),
            Kind::Program | Kind::Model => {
                let mut parts: Vec<&str> =
                    self.inputs.iter().filter(|input| input.ran).map(|input| input.text.as_str()).collect();
                if parts.is_empty() && given.is_empty() {
                    // Nothing ran: the last try is what the learner stands by.
                    parts.extend(self.inputs.last().map(|input| input.text.as_str()));
                }
                parts.extend((!given.is_empty()).then_some(given));
                (!parts.is_empty()).then(|| parts.join("\n") + "\n")
            }
            Kind::Predict | Kind::Concept => {
                let mut lines: Vec<&str> = self.inputs.iter().map(|input| input.text.as_str()).collect();
                lines.extend((!given.is_empty()).then_some(given));
                (!lines.is_empty()).then(|| lines.join("\n"))
            }
        }
    }

    fn last_expression(&self, given: &str) -> Option<String> {
        let inputs = self.inputs.iter().filter(|input| input.ran || std::ptr::eq(*input, self.last()));
        let mut earlier: Vec<Statement> = inputs.filter_map(|input| statements(&input.text)).flatten().collect();
        let mut answer = Vec::new();
        if given.is_empty() {
            match earlier.last().and_then(|last| last.assigns.clone()) {
                // `qs = …` as the last input: what was bound is the answer.
                Some(name) => answer.push(name),
                None => {
                    let at = earlier.iter().rposition(|statement| statement.is_expression)?;
                    answer.push(earlier[at].text.clone());
                    earlier.truncate(at + 1);
                }
            }
        } else {
            answer.push(given.to_owned());
        }
        let mut needed: Vec<String> = match statements(&answer[0]) {
            Some(parts) => parts.into_iter().flat_map(|part| part.reads).collect(),
            // Not Python: it is judged as it stands.
            None => return answer.pop(),
        };
        if given.is_empty() && earlier.last().is_some_and(|last| last.is_expression) {
            earlier.pop();
        }
        for statement in earlier.into_iter().rev() {
            let touched = statement.binds.iter().chain(&statement.changes).any(|name| needed.contains(name));
            if touched || statement.binds_all {
                needed.extend(statement.reads);
                answer.push(statement.text);
            }
        }
        answer.reverse();
        Some(answer.join("\n"))
    }

    fn last(&self) -> *const Input {
        self.inputs.last().map_or(std::ptr::null(), |input| input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(inputs: &[&str]) -> Transcript {
        let mut transcript = Transcript::default();
        for input in inputs {
            transcript.push(input.trim_start_matches('!'), !input.starts_with('!'));
        }
        transcript
    }

    fn queryset(inputs: &[&str]) -> Option<String> {
        transcript(inputs).answer(Kind::Queryset, "")
    }

    #[test]
    fn looking_around_is_not_part_of_the_answer() {
        assert_eq!(
            queryset(&["Post.objects.count()", "User.objects.first()", "Post.objects.filter(id=1)"]).as_deref(),
            Some("Post.objects.filter(id=1)")
        );
        assert_eq!(queryset(&[]), None);
        assert_eq!(queryset(&["x = 1"]).as_deref(), Some("x = 1\nx"));
    }

    #[test]
    fn what_the_expression_depends_on_comes_along() {
        let inputs = [
            "from django.db.models import Count",
            "n = Post.objects.count()",
            "base = Post.objects.filter(is_active=True)",
            "print(base.count())",
            "qs = base.annotate(c=Count('tags'))",
            "qs.filter(c__gt=1)",
        ];
        assert_eq!(
            queryset(&inputs).as_deref(),
            Some(
                "from django.db.models import Count\nbase = Post.objects.filter(is_active=True)\n\
                 qs = base.annotate(c=Count('tags'))\nqs.filter(c__gt=1)"
            )
        );
    }

    #[test]
    fn an_assignment_at_the_end_answers_with_its_name() {
        assert_eq!(
            queryset(&["Post.objects.all()", "qs = Post.objects.filter(title='a=b')"]).as_deref(),
            Some("qs = Post.objects.filter(title='a=b')\nqs")
        );
    }

    #[test]
    fn loops_and_lists_come_along_when_they_matter() {
        let inputs =
            ["ids = []", "for p in Post.objects.all():\n    ids.append(p.id)", "ids.append(9)", "len(ids)", "ids"];
        assert_eq!(
            queryset(&inputs).as_deref(),
            Some("ids = []\nfor p in Post.objects.all():\n    ids.append(p.id)\nids.append(9)\nids")
        );
    }

    #[test]
    fn a_given_answer_uses_what_was_typed_before() {
        let transcript = transcript(&["qs = Post.objects.all()", "!qs.fliter()"]);
        assert_eq!(
            transcript.answer(Kind::Queryset, "qs.filter(id=1)").as_deref(),
            Some("qs = Post.objects.all()\nqs.filter(id=1)")
        );
    }

    #[test]
    fn a_keyword_or_attribute_of_the_same_name_costs_nothing() {
        let inputs = [
            "author = User.objects.get(id=1)",
            "title = Post.objects.first().title",
            "Post.objects.filter(author=1, title=F('x').title)",
        ];
        assert_eq!(queryset(&inputs).as_deref(), Some("Post.objects.filter(author=1, title=F('x').title)"));
    }

    #[test]
    fn what_raised_is_left_out_unless_it_is_the_answer() {
        assert_eq!(
            queryset(&["qs = Post.objects.all()", "!qs = qs.fliter()", "qs.count()"]).as_deref(),
            Some("qs = Post.objects.all()\nqs.count()")
        );
        assert_eq!(
            queryset(&["Post.objects.all()", "!Post.objects.fliter()"]).as_deref(),
            Some("Post.objects.fliter()")
        );
        assert_eq!(queryset(&["Post.objects.all()", "!Post.objects.filter("]).as_deref(), Some("Post.objects.all()"));
        assert_eq!(transcript(&[]).answer(Kind::Queryset, "1 +").as_deref(), Some("1 +"));
    }

    #[test]
    fn a_program_is_everything_that_ran() {
        let transcript = transcript(&["x = 1", "!y", "print(x)"]);
        assert_eq!(transcript.answer(Kind::Program, "").as_deref(), Some("x = 1\nprint(x)\n"));
        assert_eq!(transcript.raised(), 1);
        assert_eq!(transcript.answer(Kind::Sql, "").as_deref(), Some("print(x)"));
    }

    #[test]
    fn nothing_panics() {
        let mut dice = crate::session::Dice::new("transcript", 1);
        let pieces = [
            "x", "=", " ", "\n", "'", "\"\"\"", "f'", "{", "}", "(", ")", "#", "\\", "é", "for ", "import ", "as ",
            "def ", "1", ".", "[", ":=",
        ];
        for _ in 0..200 {
            let mut transcript = Transcript::default();
            for _ in 0..3 {
                let text: String = (0..dice.below(9)).map(|_| pieces[dice.below(pieces.len())]).collect();
                transcript.push(&text, true);
            }
            for kind in Kind::ALL {
                let _ = transcript.answer(kind, "x");
                let _ = transcript.answer(kind, "");
            }
        }
    }
}
