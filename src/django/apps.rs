//! `django.apps`: which app a module belongs to, and the models by app.

use crate::python::object::{PyResult, Value};
use crate::python::vm::Vm;

/// The installed apps, by the module that holds their models.
#[derive(Default)]
pub struct Apps {
    /// Module prefix and label.
    installed: Vec<(String, String)>,
    /// Whether the modules of models are being read at this moment.
    pub loading: bool,
}

impl Apps {
    /// Installs an app: modules called `module` or below it belong to `label`.
    pub fn install(&mut self, module: &str, label: &str) {
        self.installed.retain(|(known, _)| known != module);
        self.installed.push((module.to_owned(), label.to_owned()));
    }

    /// Whether a label is that of one of Django's own apps.
    pub fn is_contrib(&self, label: &str) -> bool {
        self.installed.iter().any(|(module, known)| known == label && module.starts_with("django.contrib."))
    }

    /// The labels of the installed apps.
    pub fn labels(&self) -> Vec<String> {
        self.installed.iter().map(|(_, label)| label.clone()).collect()
    }

    /// Module prefixes and labels of the installed apps.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.installed.clone()
    }

    /// The label of the app that a module belongs to: that of the longest name that holds it.
    pub fn label_of_module(&self, module: &str) -> Option<String> {
        self.installed
            .iter()
            .filter(|(known, _)| {
                module == known || module.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('.'))
            })
            .max_by_key(|(known, _)| known.len())
            .map(|(_, label)| label.clone())
    }
}

/// `django.apps.apps`
pub fn apps_object(vm: &mut Vm) -> PyResult {
    if let Some(isolated) = super::testing::isolated_apps(vm) {
        return Ok(isolated);
    }
    vm.import_module("django.apps").and_then(|module| vm.get_attr(&module, "apps"))
}

/// `apps.get_app_config(label)`
pub fn app_config(vm: &mut Vm, label: &str) -> PyResult {
    let apps = apps_object(vm)?;
    vm.call_method(&apps, "get_app_config", [Value::str(label)])
}
