//! The learner's statistics as one page that loads nothing else.

use std::fmt::Write;

use crate::session::Stats;
use crate::session::clock::shown;

/// The page.
pub fn page(stats: &Stats, now: i64) -> String {
    let mut rows = String::new();
    for topic in &stats.topics {
        let share = |part: usize| (part * 100).checked_div(topic.questions).unwrap_or(0);
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
             <td class=\"bar\"><span class=\"known\" style=\"width:{}%\"></span><span class=\"seen\" style=\"width:{}%\"></span></td></tr>",
            escaped(&topic.topic),
            topic.questions,
            topic.seen,
            topic.known,
            topic.due,
            share(topic.known),
            share(topic.seen.saturating_sub(topic.known)),
        );
    }
    let next = stats.next_due.map(|next| format!(", the next on {} UTC", shown(next))).unwrap_or_default();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>ormdojo: what you know</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>What you know</h1>\n\
         <p>As of {} UTC: {} answers, {} of them correct, {} days in a row. Reviews due: {}{next}.</p>\n\
         <table>\n<thead><tr><th scope=\"col\">Topic</th><th scope=\"col\">Questions</th><th scope=\"col\">Seen</th>\
         <th scope=\"col\">Known</th><th scope=\"col\">Due</th><th scope=\"col\">Share known and seen</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</body>\n</html>\n",
        shown(now),
        stats.answers,
        stats.correct,
        stats.streak,
        stats.due,
    )
}

const STYLE: &str = "\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; }
td:not(.bar) { font-variant-numeric: tabular-nums; text-align: right; }
.bar { width: 12rem; }
.bar span { display: inline-block; height: .8rem; vertical-align: middle; }
.known { background: #2a7; }
.seen { background: #da3; }
";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::TopicStats;

    #[test]
    fn names_are_escaped_and_nothing_is_loaded() {
        let topic = TopicStats { topic: "<b>&\"".into(), questions: 4, seen: 2, known: 1, due: 1 };
        let stats =
            Stats { format: 1, answers: 3, correct: 1, due: 1, next_due: Some(0), streak: 1, topics: vec![topic] };
        let page = page(&stats, 0);
        assert!(page.contains("&lt;b&gt;&amp;&quot;"));
        assert!(!page.contains("http") && !page.contains("src="));
    }
}
