//! [`model_differences`]: what a reference's models state and an answer's don't, beyond the tables. What only the answer
//! states is its own affair, unless it turns the meaning round.

use crate::runner::{Description, Fact, Level, ModelDescription};

/// Something that a model should say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The finding's word.
    pub finding: &'static str,
    /// The model's name.
    pub model: String,
    /// The field's name, or for the model's own options their name.
    pub field: String,
    /// Told to the learner.
    pub detail: String,
}

/// Options that the statements show which make the table; they are compared there.
const IN_THE_TABLE: &[&str] = &[
    "null",
    "unique",
    "primary_key",
    "db_index",
    "db_default",
    "db_column",
    "db_collation",
    "db_tablespace",
    "db_constraint",
    "expression",
    "output_field",
    "db_persist",
    "max_length",
];

/// Told of a field for the sake of others, and never asked for by itself.
const ASIDE: &[&str] = &["class", "way back", "never deleted together", "shared", "auto_created"];

/// Fields that lead to other rows.
const LINKS: &[&str] = &["ForeignKey", "OneToOneField", "ManyToManyField"];

/// What needs no remark when only the answer states it.
const SILENT: &[&str] =
    &["attribute", "abstract base", "on_delete", "to", "verbose_name", "verbose_name_plural", "help_text"];

/// Differences that an interviewer would remark and no more.
const REMARKED: &[&str] = &["order of choices", "labels"];

/// Every difference that counts, in the order of the reference. What may be otherwise but is worth a word goes to
/// `remarks`.
pub fn model_differences(expected: &Description, got: &Description, remarks: &mut Vec<String>) -> Vec<Mismatch> {
    let mut found = refused(expected, got, remarks);
    for wanted in &expected.models {
        match got.models.iter().find(|model| model.label.eq_ignore_ascii_case(&wanted.label)) {
            Some(given) => Comparison { wanted, given, remarks, found: &mut found }.run(),
            None => found.push(Mismatch {
                finding: "wrong-model",
                model: wanted.name.clone(),
                field: String::new(),
                detail: format!("there is no model {}", wanted.name),
            }),
        }
    }
    let known = |model: &&ModelDescription| expected.models.iter().any(|other| other.label == model.label);
    for given in got.models.iter().filter(|model| !known(model)) {
        found.extend(shared(given, None));
        if !given.has_table {
            remarks.push(format!("the model {} was not asked for", given.name));
        }
    }
    found
}

/// What the system checks refuse of the answer's models: such models never get a table.
fn refused(expected: &Description, got: &Description, remarks: &mut Vec<String>) -> Vec<Mismatch> {
    let mut found = Vec::new();
    for issue in &got.issues {
        if expected.issues.contains(issue) {
            continue;
        }
        let first = issue.text.lines().next().unwrap_or_default();
        let (place, _) = first.split_once(": ").unwrap_or_default();
        let mut parts = place.split('.').skip(1);
        let (model, field) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if issue.level >= Level::Error {
            found.push(Mismatch {
                finding: "invalid-model",
                model: model.to_owned(),
                field: field.to_owned(),
                detail: format!("Django's checks refuse it: {first}"),
            });
        } else if issue.level == Level::Warning {
            remarks.push(format!("Django's checks warn: {first}"));
        }
    }
    found
}

/// Defaults that are one object, or one moment, for all rows.
fn shared(given: &ModelDescription, wanted: Option<&ModelDescription>) -> Vec<Mismatch> {
    let mut found = Vec::new();
    for fact in given.facts.iter().filter(|fact| fact.keyword == "shared") {
        if wanted.is_some_and(|wanted| wanted.facts.contains(fact)) {
            continue;
        }
        let place = format!("{}.{}", given.name, fact.field);
        let detail = match fact.meaning.as_str() {
            "object" => {
                format!("{place}: the default {} is one object that all rows share; name a function", fact.told)
            }
            "row" => {
                format!("{place}: in {} the row is fetched once, when the class is made; name the function", fact.told)
            }
            _ => format!(
                "{place}: the default was worked out once, when the class was made, and every row gets {}; name the function without calling it",
                fact.told
            ),
        };
        found.push(Mismatch {
            finding: "shared-default",
            model: given.name.clone(),
            field: fact.field.clone(),
            detail,
        });
    }
    found
}

struct Comparison<'a> {
    wanted: &'a ModelDescription,
    given: &'a ModelDescription,
    remarks: &'a mut Vec<String>,
    found: &'a mut Vec<Mismatch>,
}

impl Comparison<'_> {
    fn run(mut self) {
        self.found.extend(shared(self.given, Some(self.wanted)));
        for field in fields(self.wanted) {
            self.field(field);
        }
        self.options();
        self.beyond();
    }

    fn differs(&mut self, finding: &'static str, field: &str, detail: String) {
        if self
            .found
            .iter()
            .any(|other| other.model == self.wanted.name && other.field == field && other.finding == "shared-default")
        {
            return;
        }
        let detail = match field {
            "" => format!("{}: {detail}", self.wanted.name),
            field => format!("{}.{field}: {detail}", self.wanted.name),
        };
        self.found.push(Mismatch { finding, model: self.wanted.name.clone(), field: field.to_owned(), detail });
    }

    fn remark(&mut self, field: &str, text: &str) {
        self.remarks.push(format!("{}.{field}: {text}", self.wanted.name));
    }

    fn field(&mut self, field: &str) {
        let (wanted, given) = (self.wanted, self.given);
        let Some(class) = fact(wanted, field, "class") else { return };
        let Some(own) = fact(given, field, "class") else {
            self.differs("missing-column", field, "the field is missing".to_owned());
            return;
        };
        if class.meaning != own.meaning {
            let link = LINKS.contains(&class.meaning.as_str()) || LINKS.contains(&own.meaning.as_str());
            let finding = if link { "wrong-relation" } else { "wrong-value" };
            self.differs(finding, field, format!("a {} was asked for, it is a {}", class.told, own.told));
            return;
        }
        for stated in wanted.facts.iter().filter(|fact| fact.field == field) {
            self.stated(stated, &class.meaning);
        }
        self.contradictions(field);
    }

    /// One thing that the reference states of a field.
    fn stated(&mut self, stated: &Fact, class: &str) {
        let (wanted, given, field) = (self.wanted, self.given, stated.field.as_str());
        let keyword = stated.keyword.as_str();
        let in_the_table = wanted.has_table && IN_THE_TABLE.contains(&keyword);
        if ASIDE.contains(&keyword) || (in_the_table && !(keyword == "max_length" && class == "TextField")) {
            return;
        }
        let mut all = given.facts.iter().filter(|fact| fact.field == field && fact.keyword == keyword);
        if all.clone().any(|fact| fact.meaning == stated.meaning) {
            return;
        }
        let own = all.next();
        let says = |keyword: &str| fact(given, field, keyword).is_some();
        let is_now = |fact: &Fact| fact.meaning == "moving 0:00:00";
        match (keyword, own) {
            ("blank", None) if fact(wanted, field, "null").is_some() => {
                self.remark(field, "without `blank=True` a form insists on a value");
            }
            ("editable", None) if says("auto_now") || says("auto_now_add") => {}
            ("auto_now_add", None) if fact(given, field, "default").is_some_and(is_now) => {
                self.remark(field, "a default can be given another value, which `auto_now_add` doesn't allow");
            }
            ("default", None) if is_now(stated) && says("auto_now_add") => {
                self.remark(field, "`auto_now_add` allows no other value, which a default does");
            }
            // What a row has anyway when nothing is given.
            ("default", None) if stated.meaning == "None" => {}
            ("default", None) if stated.meaning == "''" && ["CharField", "TextField", "SlugField"].contains(&class) => {
            }
            ("auto_now_add", None) if says("auto_now") => {
                let detail = "`auto_now` stamps at every save, `auto_now_add` once, when the row is made".to_owned();
                self.differs("wrong-value", field, detail);
            }
            ("auto_now", None) if says("auto_now_add") => {
                let detail = "`auto_now_add` stamps once, when the row is made, `auto_now` at every save".to_owned();
                self.differs("wrong-value", field, detail);
            }
            ("related_name", own) => {
                let back = own.or_else(|| fact(given, field, "way back"));
                if back.is_some_and(|back| back.meaning == stated.meaning) {
                    return;
                }
                let name = back.map_or("nothing", |back| back.told.as_str());
                let detail = format!("the way back is to be called {}, it is {name}", stated.told);
                self.differs("wrong-relation", field, detail);
            }
            ("on_delete", Some(own)) => self.on_delete(stated, own),
            ("to", Some(own)) => {
                let detail = format!("it is to point at {}, it points at {}", stated.told, own.told);
                self.differs("wrong-relation", field, detail);
            }
            (keyword, Some(own)) if REMARKED.contains(&keyword) => {
                self.remark(field, &format!("{keyword}: {} for {}", own.told, stated.told));
            }
            (keyword, None) if REMARKED.contains(&keyword) => {}
            ("choices" | "validators" | "default" | "upload_to", Some(own)) if own.told == stated.told => {
                self.differs("wrong-value", field, format!("{keyword} does something else than was asked for"));
            }
            (keyword, Some(own)) => {
                let detail = format!("{keyword} is {}, it is to be {}", own.told, stated.told);
                self.differs("wrong-value", field, detail);
            }
            (keyword, None) => self.differs("missing-option", field, format!("`{keyword}={}` is missing", stated.told)),
        }
    }

    fn on_delete(&mut self, stated: &Fact, own: &Fact) {
        let field = stated.field.as_str();
        let refusing = |fact: &Fact| matches!(fact.meaning.as_str(), "PROTECT" | "RESTRICT");
        if refusing(stated) && refusing(own) && fact(self.wanted, field, "never deleted together").is_some() {
            self.remark(field, &format!("{} refuses here as {} does, with another exception", own.told, stated.told));
            return;
        }
        let effect = match own.meaning.as_str() {
            "CASCADE" => "the row is deleted along",
            "PROTECT" | "RESTRICT" => "the deletion is refused",
            "SET_NULL" => "the key is emptied",
            "SET_DEFAULT" => "the key falls back to its default",
            "DO_NOTHING" => "Django does nothing and the database refuses",
            _ => "the key gets another value",
        };
        let detail = format!("on_delete is {}, it is to be {}: as it stands, {effect}", own.told, stated.told);
        self.differs("wrong-on-delete", field, detail);
    }

    /// What only the answer states and what turns the field's meaning round.
    fn contradictions(&mut self, field: &str) {
        for keyword in ["auto_now", "auto_now_add"] {
            let stamped = |model: &ModelDescription| {
                ["auto_now", "auto_now_add"].iter().any(|keyword| fact(model, field, keyword).is_some())
                    || fact(model, field, "default").is_some_and(|fact| fact.meaning.starts_with("moving"))
            };
            if fact(self.given, field, keyword).is_some() && !stamped(self.wanted) {
                let detail = format!("`{keyword}` was not asked for; no other value can be given any more");
                self.differs("wrong-value", field, detail);
            }
        }
        if fact(self.given, field, "symmetrical").is_some() && fact(self.wanted, field, "symmetrical").is_none() {
            let detail = "without `symmetrical=False` each row goes both ways".to_owned();
            self.differs("wrong-relation", field, detail);
        }
    }

    /// What the models state of themselves.
    fn options(&mut self) {
        self.ordering();
        let wanted = self.wanted;
        for stated in wanted.facts.iter().filter(|fact| fact.field.is_empty()) {
            let keyword = stated.keyword.as_str();
            let mut all = self.given.facts.iter().filter(|fact| fact.field.is_empty() && fact.keyword == keyword);
            if keyword == "ordering" || all.clone().any(|fact| covers(fact, stated)) {
                continue;
            }
            let own = all.next();
            match (keyword, own) {
                ("abstract base", _) => {
                    let same = self.given.facts.iter().find(|fact| {
                        fact.keyword == keyword && fact.field.is_empty() && fact.meaning == stated.meaning
                    });
                    let detail = match same {
                        None => format!("it has no abstract base {}", stated.meaning),
                        Some(own) => {
                            format!("the base {} has {}, it is to have {}", own.meaning, own.told, stated.told)
                        }
                    };
                    self.differs("wrong-model", "", detail);
                }
                ("managed" | "proxy", _) => {
                    self.differs("wrong-model", "", format!("`{keyword}` is to be {}", stated.told));
                }
                ("attribute", _) => self.differs("missing-option", "", format!("`{}` is missing", stated.told)),
                ("manager", _) => self.differs("missing-option", "", format!("the manager {} is missing", stated.told)),
                (keyword, _) if keyword.starts_with("rows of manager ") => {
                    let name = keyword.trim_start_matches("rows of manager ").to_owned();
                    self.differs("wrong-value", "", format!("the manager {name} gives other rows than were asked for"));
                }
                (keyword, Some(own)) => {
                    let detail = format!("{keyword} is {}, it is to be {}", own.told, stated.told);
                    self.differs("wrong-value", "", detail);
                }
                (keyword, None) => {
                    self.differs("missing-option", "", format!("`{keyword} = {}` is missing", stated.told));
                }
            }
        }
        for keyword in ["managed", "proxy"] {
            if fact(self.given, "", keyword).is_some() && fact(wanted, "", keyword).is_none() {
                self.differs("wrong-model", "", format!("`{keyword}` was not asked for: no table is made"));
            }
        }
    }

    fn ordering(&mut self) {
        let keys = |model: &ModelDescription| -> Vec<String> {
            let own = model.facts.iter().filter(|fact| fact.field.is_empty() && fact.keyword == "ordering");
            own.map(|fact| fact.meaning.clone()).collect()
        };
        let (wanted, given) = (keys(self.wanted), keys(self.given));
        if given.starts_with(&wanted) {
            if given.len() > wanted.len() && !wanted.is_empty() {
                self.remarks.push(format!("{}: ordering goes on after {}", self.wanted.name, wanted.join(", ")));
            }
            return;
        }
        let plain = |keys: &[String]| -> Vec<String> {
            keys.iter().map(|key| key.trim_start_matches('-').to_owned()).collect()
        };
        let detail = format!("ordering is [{}], it is to be [{}]", given.join(", "), wanted.join(", "));
        if given.is_empty() {
            self.differs("missing-order", "", format!("`ordering` is missing: it is to be [{}]", wanted.join(", ")));
        } else if plain(&given) == plain(&wanted) {
            self.differs("wrong-direction", "", detail);
        } else {
            self.differs("wrong-value", "", detail);
        }
    }

    /// One remark on what only the answer states.
    fn beyond(&mut self) {
        let (wanted, given) = (self.wanted, self.given);
        let mut said: Vec<String> = Vec::new();
        for own in &given.facts {
            let keyword = own.keyword.as_str();
            let aside = ASIDE.contains(&keyword) || REMARKED.contains(&keyword) || SILENT.contains(&keyword);
            if aside
                || keyword.starts_with("rows of")
                || (given.has_table && IN_THE_TABLE.contains(&keyword))
                || fact(wanted, &own.field, keyword).is_some()
                || (own.keyword == "default" && own.meaning == "None")
                // Told already.
                || (keyword == "default" && fact(wanted, &own.field, "auto_now_add").is_some())
                || (keyword == "auto_now_add" && fact(wanted, &own.field, "default").is_some())
            {
                continue;
            }
            let text = match own.field.as_str() {
                "" => keyword.to_owned(),
                field if fact(wanted, field, "class").is_none() => field.to_owned(),
                field => format!("{field} {keyword}"),
            };
            if !said.contains(&text) {
                said.push(text);
            }
        }
        if !said.is_empty() {
            self.remarks.push(format!("{} states more than was asked for: {}", given.name, said.join(", ")));
        }
    }
}

/// Whether a fact of the answer satisfies one of the reference, both the model's own.
fn covers(own: &Fact, stated: &Fact) -> bool {
    if own.meaning != stated.meaning {
        return false;
    }
    let names: Vec<&str> = own.told.split(", ").collect();
    stated.keyword != "abstract base" || stated.told.split(", ").all(|name| name.is_empty() || names.contains(&name))
}

fn fields(model: &ModelDescription) -> Vec<&str> {
    model.facts.iter().filter(|fact| fact.keyword == "class").map(|fact| fact.field.as_str()).collect()
}

fn fact<'a>(model: &'a ModelDescription, field: &str, keyword: &str) -> Option<&'a Fact> {
    model.facts.iter().find(|fact| fact.field == field && fact.keyword == keyword)
}

/// The line of an answer in which a model, or one of its fields, is defined.
pub fn line_of(answer: &str, model: &str, field: &str) -> Option<u32> {
    let begins = |line: &str, word: &str| {
        line.trim_start()
            .strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
    };
    let mut inside = false;
    let mut class = None;
    for (number, line) in (1_u32..).zip(answer.lines()) {
        if line.starts_with("class ") {
            inside = begins(line.trim_start_matches("class "), model);
            if inside && class.is_none() {
                class = Some(number);
            }
        } else if inside && !field.is_empty() && begins(line, field) {
            return Some(number);
        }
    }
    if class.is_none() || field.is_empty() {
        return class;
    }
    // A field may stand in an abstract base.
    let everywhere = answer.lines().zip(1_u32..).find(|(line, _)| line.starts_with([' ', '\t']) && begins(line, field));
    everywhere.map(|(_, number)| number).or(class)
}
