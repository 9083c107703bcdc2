//! [`Questioner`]: who decides what two versions of a model cannot tell.

use super::field::FieldState;
use super::literal::Argument;
use super::state::ModelState;
use crate::orm::{OrmError, OrmResult};

/// A default for the rows that are there, and whether it is called.
pub type OneOff = (Argument, bool);

/// Answers what the autodetector asks. An error ends the detection.
pub trait Questioner {
    /// Whether a model was renamed.
    fn ask_rename_model(&mut self, old: &ModelState, new: &ModelState) -> OrmResult<bool>;
    /// Whether a field was renamed.
    fn ask_rename(&mut self, model: &str, old: &str, new: &str, field: &FieldState) -> OrmResult<bool>;
    /// The default for a field that is added, may not be NULL and has none.
    fn ask_not_null_addition(&mut self, field: &str, model: &str) -> OrmResult<OneOff>;
    /// The default for a field that could be NULL; `None` where the rows are corrected otherwise.
    fn ask_not_null_alteration(&mut self, field: &str, model: &str) -> OrmResult<Option<OneOff>>;
    /// The default for a field that is added and says when its row was made.
    fn ask_auto_now_add_addition(&mut self, field: &str, model: &str) -> OrmResult<OneOff>;
    /// Told of a unique field whose callable default is called once.
    fn ask_unique_callable_default_addition(&mut self, field: &str, model: &str) -> OrmResult<()>;
}

/// Nobody to ask: `makemigrations --noinput`.
#[derive(Default)]
pub struct NonInteractive {
    /// What it said.
    pub log: Vec<String>,
    /// Whether it gave up.
    pub gave_up: bool,
}

impl NonInteractive {
    fn give_up(&mut self, field: &str, model: &str, reason: &str) -> OrmError {
        self.log.push(format!("Field '{field}' on model '{model}' not migrated: {reason}."));
        self.gave_up = true;
        OrmError::runtime_error("no default was given")
    }
}

impl Questioner for NonInteractive {
    fn ask_rename_model(&mut self, _old: &ModelState, _new: &ModelState) -> OrmResult<bool> {
        Ok(false)
    }

    fn ask_rename(&mut self, _model: &str, _old: &str, _new: &str, _field: &FieldState) -> OrmResult<bool> {
        Ok(false)
    }

    fn ask_not_null_addition(&mut self, field: &str, model: &str) -> OrmResult<OneOff> {
        let reason = "it is impossible to add a non-nullable field without specifying a default";
        Err(self.give_up(field, model, reason))
    }

    fn ask_not_null_alteration(&mut self, field: &str, model: &str) -> OrmResult<Option<OneOff>> {
        self.log
            .push(format!("Field '{field}' on model '{model}' given a default of NOT PROVIDED and must be corrected."));
        Ok(None)
    }

    fn ask_auto_now_add_addition(&mut self, field: &str, model: &str) -> OrmResult<OneOff> {
        let reason = "it is impossible to add a field with 'auto_now_add=True' without specifying a default";
        Err(self.give_up(field, model, reason))
    }

    fn ask_unique_callable_default_addition(&mut self, _field: &str, _model: &str) -> OrmResult<()> {
        Ok(())
    }
}
