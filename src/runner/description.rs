//! What new models say of themselves beyond their tables: fields with their options, relations, Meta, managers, and what
//! the system checks say of them.

use crate::orm::models::Model;
use crate::python::object::{PyResult, Value};

use super::{Issue, Limits, Outcome, Workbench};

/// Something that a model states. Equal meanings are equal definitions, however they were spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The field's name; empty for what the model states of itself.
    pub field: String,
    /// What is stated, as `on_delete`.
    pub keyword: String,
    /// What it comes to.
    pub meaning: String,
    /// How a person would write it.
    pub told: String,
}

/// A model's own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelDescription {
    /// `app.Model`
    pub label: String,
    /// The class's name.
    pub name: String,
    /// Whether a table is made for it.
    pub has_table: bool,
    /// What it states, field after field, then what it states of itself.
    pub facts: Vec<Fact>,
}

/// Some models and what the system checks say of all there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The models.
    pub models: Vec<ModelDescription>,
    /// The checks' findings, those of other models too.
    pub issues: Vec<Issue>,
}

impl Workbench {
    /// What the models that were not there before state. Functions that they name (defaults, the values of `SET`) are
    /// called, within the limits and in a transaction that is taken back.
    pub fn describe_new(&mut self, before: &[Model], limits: &Limits) -> Result<Description, Outcome> {
        self.apply(limits);
        self.database.connection.set_logging(false);
        let described = self.description(before);
        self.database.connection.set_logging(true);
        self.vm.output.clear();
        let models = described.map_err(|raised| self.outcome(&raised, (0, 0)))?;
        // A program may have left the checks nothing to work with; what it defined stands all the same.
        let mut issues = if models.is_empty() { Vec::new() } else { self.issues().unwrap_or_default() };
        // A model of the dataset's that is defined anew is another class: what was written before it by name still points
        // at the old one, as no file of models would.
        let is_anew = |issue: &Issue| {
            issue.id == "fields.E300" && models.iter().any(|model| issue.text.contains(&format!("'{}'", model.name)))
        };
        issues.retain(|issue| !is_anew(issue));
        Ok(Description { models, issues })
    }

    fn description(&mut self, before: &[Model]) -> PyResult<Vec<ModelDescription>> {
        let models = self.django.registry().models();
        let new = models.iter().filter(|model| !before.contains(model));
        let classes: Vec<Value> = new.filter_map(|model| self.django.class_of(model)).map(Value::Class).collect();
        let vm = &mut self.vm;
        let module = vm.import_module("_django_description")?;
        let described = vm.call_method(&module, "described", [Value::list(classes)])?;
        let mut found = Vec::new();
        for item in vm.list_from(&described)? {
            let [label, name, has_table, facts] = item.as_tuple().unwrap_or_default() else { continue };
            let (label, name) = (vm.to_str(label)?.to_string(), vm.to_str(name)?.to_string());
            let has_table = vm.truth(has_table)?;
            let mut all = Vec::new();
            for fact in vm.list_from(facts)? {
                let [field, keyword, meaning, told] = fact.as_tuple().unwrap_or_default() else { continue };
                all.push(Fact {
                    field: vm.to_str(field)?.to_string(),
                    keyword: vm.to_str(keyword)?.to_string(),
                    meaning: vm.to_str(meaning)?.to_string(),
                    told: vm.to_str(told)?.to_string(),
                });
            }
            found.push(ModelDescription { label, name, has_table, facts: all });
        }
        Ok(found)
    }
}
