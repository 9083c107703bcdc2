//! `models.Model`: the classes that Python code makes of it, and their instances.

pub mod base;
pub mod descriptors;
pub mod inherit;
pub mod instance;
pub mod kernel;
pub mod meta;
pub mod options;
pub mod prepare;
pub mod state;

use std::rc::Rc;

use crate::orm::models::Model;
use crate::python::object::{Class, Str, Value};

use options::OptionsPayload;

/// The model of a class made from `models.Model`; `None` for `Model` itself and every other class.
pub fn model_of(class: &Rc<Class>) -> Option<Model> {
    thread_local! {
        static META: Str = Str::interned("_meta");
    }
    let options = META.with(|name| class.lookup(name))?;
    options.payload::<OptionsPayload>().map(|payload| payload.model.clone())
}

/// The model of a model instance.
pub fn model_of_instance(value: &Value) -> Option<Model> {
    let instance = value.as_instance()?;
    instance.payload::<instance::ModelPayload>()?;
    model_of(&instance.class())
}

/// The model of a value that is a model class.
pub fn model_of_value(value: &Value) -> Option<Model> {
    value.as_class().and_then(model_of)
}

pub use meta::NAMES as OPTION_NAMES;
