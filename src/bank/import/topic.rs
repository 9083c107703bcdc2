//! What a question is about and for whom, by its words and by the headings above it.

use crate::bank::Level;

use super::wording::normalised;

/// Words of a topic, with how much each says.
const TOPICS: &[(&str, &[(&str, u32)])] = &[
    ("n-plus-one", &[("n 1 query", 9), ("n 1 problem", 9), ("n 1 queries", 9), ("n 1", 6)]),
    (
        "loading",
        &[
            ("select related", 6),
            ("prefetch related", 6),
            ("prefetch", 4),
            ("eager loading", 5),
            ("lazy loading", 4),
            ("defer", 5),
            ("only and defer", 6),
            ("only method", 4),
        ],
    ),
    ("on-delete", &[("on delete", 8), ("cascade", 5), ("set null", 5), ("protect", 3)]),
    (
        "q-objects",
        &[
            ("q object", 8),
            ("q objects", 8),
            ("or queries", 6),
            ("or query", 6),
            ("complex queries", 4),
            ("complex lookups", 4),
        ],
    ),
    (
        "f-expressions",
        &[
            ("f expression", 8),
            ("f expressions", 8),
            ("f object", 8),
            ("f objects", 8),
            ("f view count", 6),
            ("the f expression", 8),
        ],
    ),
    (
        "transactions",
        &[
            ("transaction", 6),
            ("transactions", 6),
            ("atomic", 6),
            ("rollback", 5),
            ("savepoint", 6),
            ("select for update", 6),
            ("commit", 3),
            ("isolation level", 6),
            ("deadlock", 5),
        ],
    ),
    ("signals", &[("signal", 6), ("signals", 6), ("post save", 6), ("pre save", 6), ("receiver", 3)]),
    ("migrations", &[("migration", 6), ("migrations", 6), ("makemigrations", 6), ("migrate", 4), ("squash", 4)]),
    ("managers", &[("manager", 5), ("managers", 5), ("get queryset", 4), ("custom queryset", 5)]),
    (
        "aggregation",
        &[
            ("aggregate", 5),
            ("aggregation", 6),
            ("annotate", 5),
            ("annotation", 4),
            ("annotations", 4),
            ("group by", 5),
            ("having", 4),
            ("count", 2),
            ("aggregate functions", 7),
            ("sum", 2),
            ("avg", 3),
        ],
    ),
    ("bulk", &[("bulk create", 7), ("bulk update", 7), ("bulk", 5), ("in batch", 2)]),
    (
        "raw-sql",
        &[("raw sql", 7), ("raw query", 6), ("raw queries", 6), ("raw", 3), ("cursor", 4), ("sql injection", 4)],
    ),
    ("values", &[("values list", 7), ("values", 3)]),
    (
        "subqueries",
        &[
            ("subquery", 7),
            ("subqueries", 7),
            ("outerref", 7),
            ("nested query", 5),
            ("correlated", 5),
            ("cte", 4),
            ("exists", 2),
        ],
    ),
    (
        "conditional",
        &[
            ("case and when", 7),
            ("case when", 6),
            ("conditional expression", 7),
            ("conditional expressions", 7),
            ("when", 0),
        ],
    ),
    (
        "functions",
        &[
            ("database functions", 7),
            ("database function", 7),
            ("coalesce", 5),
            ("window function", 6),
            ("window functions", 6),
            ("extract", 2),
            ("concat", 4),
            ("string functions", 5),
            ("row number", 5),
            ("rank", 3),
        ],
    ),
    (
        "joins-sql",
        &[("join", 5), ("joins", 6), ("inner join", 7), ("left join", 7), ("self join", 7), ("outer join", 6)],
    ),
    ("indexes", &[("index", 5), ("indexes", 6), ("indexing", 6), ("indices", 5), ("db index", 6), ("clustered", 5)]),
    (
        "normalization-acid",
        &[("normalization", 8), ("normalisation", 8), ("normal form", 7), ("acid", 7), ("denormalization", 7)],
    ),
    ("async", &[("async", 6), ("asynchronous", 5), ("aget", 5), ("await", 4)]),
    (
        "lookups",
        &[
            ("lookup", 6),
            ("lookups", 6),
            ("field lookup", 7),
            ("icontains", 5),
            ("iexact", 5),
            ("case insensitive", 5),
            ("double underscore", 5),
            ("filter", 2),
            ("contains", 2),
            ("filtering", 2),
        ],
    ),
    (
        "relations",
        &[
            ("foreignkey", 5),
            ("foreign key", 4),
            ("manytomany", 5),
            ("many to many", 5),
            ("onetoone", 5),
            ("one to one", 5),
            ("onetoonefield", 5),
            ("manytomanyfield", 5),
            ("related name", 6),
            ("relationship", 5),
            ("relationships", 5),
            ("through model", 6),
            ("reverse relation", 6),
            ("relation", 3),
        ],
    ),
    (
        "performance",
        &[
            ("optimize", 5),
            ("optimise", 5),
            ("performance", 5),
            ("optimization", 5),
            ("slow query", 5),
            ("slow queries", 5),
            ("iterator", 4),
            ("caching", 3),
            ("cache", 3),
            ("large dataset", 4),
            ("large datasets", 4),
            ("explain plan", 5),
            ("pagination", 3),
            ("efficient", 2),
        ],
    ),
    (
        "writes",
        &[
            ("save", 3),
            ("create", 2),
            ("update", 3),
            ("delete", 3),
            ("get or create", 6),
            ("update or create", 6),
            ("insert", 3),
            ("update fields", 5),
            ("soft delete", 5),
            ("create objects", 5),
            ("truncate", 3),
            ("upsert", 5),
        ],
    ),
    (
        "models-and-fields",
        &[
            ("model", 2),
            ("models", 3),
            ("field", 2),
            ("fields", 3),
            ("meta class", 5),
            ("class meta", 6),
            ("meta", 3),
            ("charfield", 4),
            ("null true", 5),
            ("blank true", 5),
            ("verbose name", 5),
            ("choices", 4),
            ("abstract", 4),
            ("proxy model", 6),
            ("proxy models", 6),
            ("custom model field", 6),
            ("validators", 4),
            ("primary key", 3),
            ("constraint", 3),
            ("constraints", 3),
            ("unique together", 4),
            ("multi table inheritance", 5),
            ("inheritance", 2),
            ("editable", 4),
            ("auto now", 5),
        ],
    ),
    (
        "sql-basics",
        &[
            ("sql", 2),
            ("select", 2),
            ("where clause", 4),
            ("ddl", 4),
            ("dml", 4),
            ("rdbms", 5),
            ("dbms", 4),
            ("order by", 3),
            ("distinct", 3),
            ("union", 4),
            ("table", 1),
            ("primary key", 3),
            ("foreign key", 3),
            ("unique key", 4),
            ("stored procedure", 5),
            ("trigger", 4),
            ("triggers", 4),
            ("view in sql", 4),
            ("limit", 2),
            ("between", 1),
            ("null", 1),
            ("varchar", 4),
            ("schema", 2),
            ("mysql", 3),
            ("postgresql", 3),
        ],
    ),
    (
        "django-framework",
        &[
            ("middleware", 7),
            ("mvt", 7),
            ("mvc", 5),
            ("mtv", 7),
            ("architecture", 3),
            ("settings", 4),
            ("template", 4),
            ("templates", 4),
            ("view", 2),
            ("views", 3),
            ("url", 3),
            ("urls", 3),
            ("rest framework", 7),
            ("drf", 7),
            ("serializer", 6),
            ("serializers", 6),
            ("csrf", 6),
            ("session", 4),
            ("sessions", 5),
            ("authentication", 6),
            ("authorization", 5),
            ("jwt", 6),
            ("deploy", 5),
            ("wsgi", 6),
            ("asgi", 6),
            ("admin", 4),
            ("form", 3),
            ("forms", 4),
            ("celery", 6),
            ("file uploads", 5),
            ("flask", 4),
            ("fastapi", 5),
            ("static files", 5),
            ("manage py", 4),
            ("context processor", 6),
            ("request", 2),
            ("project and an app", 5),
            ("path parameters", 5),
            ("web framework", 4),
            ("cookie", 4),
            ("viewset", 5),
            ("permissions", 4),
            ("rest api", 4),
            ("class based", 5),
            ("features of django", 4),
        ],
    ),
    (
        "best-practices",
        &[("best practice", 7), ("best practices", 7), ("pitfalls", 5), ("security", 3), ("clean code", 4)],
    ),
    (
        "basics",
        &[
            ("orm", 3),
            ("object relational", 4),
            ("queryset", 3),
            ("querysets", 3),
            ("lazy", 4),
            ("lazy evaluation", 5),
            ("filter and get", 6),
            ("get and filter", 6),
            ("exclude", 3),
            ("all filter", 4),
        ],
    ),
];

/// The topic of a question: the built-in one that its words speak of most.
pub fn topic(question: &str, section: &str, answer: &str) -> String {
    let question = format!(" {} ", normalised(&question.replace('_', " ")));
    let section = format!(" {} ", normalised(&section.replace('_', " ")));
    let answer: String = answer.chars().take(1500).collect();
    let answer = format!(" {} ", normalised(&answer.replace('_', " ")));
    let mut best = ("basics", 0);
    for (topic, words) in TOPICS {
        let score: u32 = words
            .iter()
            .map(|(word, weight)| {
                let word = format!(" {word} ");
                let in_question = if question.contains(&word) { weight * 6 } else { 0 };
                let in_section = if section.contains(&word) { weight * 2 } else { 0 };
                let in_answer = u32::try_from(answer.matches(&word).count()).unwrap_or(0).min(3) * weight;
                in_question + in_section + in_answer
            })
            .sum();
        if score > best.1 {
            best = (topic, score);
        }
    }
    if best.1 >= 4 { best.0.to_owned() } else { other(&question, &answer) }
}

/// The topic of what is neither about Django nor about databases.
fn other(question: &str, answer: &str) -> String {
    let about = |words: &[&str]| {
        words.iter().any(|word| question.contains(&format!(" {word} ")) || answer.contains(&format!(" {word} ")))
    };
    if about(&["django", "queryset", "orm"]) {
        "basics".to_owned()
    } else if about(&["sql", "table", "database", "query"]) {
        "sql-basics".to_owned()
    } else if about(&[
        "python",
        "list",
        "tuple",
        "decorator",
        "generator",
        "lambda",
        "dictionary",
        "class",
        "function",
        "gil",
    ]) {
        "python".to_owned()
    } else {
        "general".to_owned()
    }
}

/// For whom a question is: the headings above it say so, or its own words.
pub fn level(question: &str, section: &str, answer: &str) -> Level {
    let section = format!(" {} ", normalised(section));
    let said = |words: &[&str]| words.iter().any(|word| section.contains(&format!(" {word} ")));
    if said(&[
        "basic",
        "basics",
        "beginner",
        "beginners",
        "junior",
        "fresher",
        "freshers",
        "easy",
        "entry",
        "fundamentals",
        "introductory",
    ]) {
        return Level::Junior;
    }
    if said(&["advanced", "senior", "expert", "experienced", "hard", "difficult", "real world"]) {
        return Level::Senior;
    }
    if said(&["intermediate", "medium", "mid", "practical"]) {
        return Level::Mid;
    }
    let question = format!(" {} ", normalised(question));
    let hard = [
        "deadlock",
        "isolation",
        "window",
        "sharding",
        "recursive",
        "race",
        "concurrency",
        "scale",
        "trade",
        "internals",
        "async",
        "optimize",
        "production",
        "locking",
    ];
    if hard.iter().any(|word| question.contains(&format!(" {word} "))) {
        return Level::Senior;
    }
    let simple =
        question.starts_with(" what is ") || question.starts_with(" what are ") || question.starts_with(" define ");
    if simple && answer.len() < 700 { Level::Junior } else { Level::Mid }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_headings_tell_topic_and_level() {
        for (question, wanted) in [
            ("What is the N+1 query problem?", "n-plus-one"),
            ("Explain `select_related()` and `prefetch_related()`", "loading"),
            ("How do you handle database transactions in Django?", "transactions"),
            ("What are proxy models in Django?", "models-and-fields"),
            ("What is middleware in Django?", "django-framework"),
            ("Explain SQL JOINS.", "joins-sql"),
            ("What is Django ORM?", "basics"),
            ("What is a decorator in Python?", "python"),
        ] {
            assert_eq!(topic(question, "", ""), wanted, "{question}");
        }
        assert_eq!(level("What is it?", "Advanced Questions", ""), Level::Senior);
        assert_eq!(level("What is it?", "", "Short."), Level::Junior);
    }
}
