//! [`Host`]: what the engine of migrations needs of whoever holds the classes: models made of states, and defaults.

use std::rc::Rc;

use super::field::{FieldState, ModelKey};
use super::literal::Argument;
use super::state::ProjectState;
use crate::orm::models::{Field, FieldKind, Model};
use crate::orm::{Datum, OrmResult};

/// The models of a state, with everything that follows from them.
pub trait Rendered {
    /// A model.
    fn model(&self, key: &ModelKey) -> OrmResult<Model>;
}

/// Who makes models.
pub trait Host {
    /// The models of a state. They live as long as what is given back.
    fn render(&self, state: &ProjectState) -> OrmResult<Rc<dyn Rendered>>;
    /// What the rows that are there get for a field, as it is stored; `given` stands in the place of its own default.
    fn effective_default(&self, field: &Field, given: Option<&Argument>) -> OrmResult<Datum>;
    /// The state of a rendered field, or of one that was made along.
    fn state_of(&self, field: &Field) -> OrmResult<Rc<FieldState>>;
    /// How messages call a field: by its model, or as what it is where it has none.
    fn shown(&self, field: &Field) -> String {
        field.str()
    }
    /// The class of automatic primary keys.
    fn auto_field(&self) -> FieldKind;
}
