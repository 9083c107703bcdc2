//! Models files as people have them: what they import of each other and of the files beside them, and which model is the
//! user's.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::python::code::Source;
use crate::python::vm::{Found, Vm};

use super::WorkbenchError;
use super::package::FILE_CAP;

/// One models file.
pub(super) struct ModelsFile {
    /// The app's label: the name of the folder that the file stands in.
    pub label: String,
    /// How the file was named.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// The models files that are loaded together.
pub(super) struct Project {
    /// In the order given.
    pub files: Vec<ModelsFile>,
}

/// Where `AUTH_USER_MODEL` points.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UserModel {
    /// `app.Model`
    pub label: String,
    /// A plain model called User, which takes the place of Django's own.
    pub stands_in: bool,
}

impl Project {
    /// Reads the files. A folder stands for the `models.py` in it.
    pub fn read(files: &[PathBuf]) -> Result<Self, WorkbenchError> {
        let mut read = Vec::new();
        for file in files {
            let path = if file.is_dir() { file.join("models.py") } else { file.clone() };
            let text = text_of(&path).map_err(WorkbenchError::Invalid)?;
            let label = label_of(&path);
            if read.iter().any(|other: &ModelsFile| other.label == label && other.path != path) {
                let text = format!("{}: there is another app called {label}", path.display());
                return Err(WorkbenchError::Invalid(text));
            }
            read.push(ModelsFile { label, path, text });
        }
        Ok(Self { files: read })
    }

    /// The user model: one that builds on Django's base classes, or a plain `User`, or else Django's own.
    pub fn user_model(&self) -> UserModel {
        let classes = || self.files.iter().flat_map(|file| class_heads(&file.text).map(move |head| (file, head)));
        let built = classes().find(|(_, (_, bases))| {
            bases.contains("AbstractUser") || bases.contains("AbstractBaseUser") || bases.contains("AbstractEmailUser")
        });
        if let Some((file, (name, _))) = built {
            return UserModel { label: format!("{}.{name}", file.label), stands_in: false };
        }
        match classes().find(|(_, (name, bases))| *name == "User" && bases.contains("Model")) {
            Some((file, _)) => UserModel { label: format!("{}.User", file.label), stands_in: true },
            None => UserModel { label: crate::django::modules::OWN_USER.to_owned(), stands_in: false },
        }
    }

    /// Whether any of the files speaks of Django's users, be it by a setting's name.
    pub fn needs_users(&self) -> bool {
        self.files.iter().any(|file| {
            ["AUTH_USER_MODEL", "get_user_model", "'auth.", "\"auth."].iter().any(|word| file.text.contains(word))
        })
    }

    /// The files, each after those whose models it imports. Rings stay in the order given.
    pub fn in_order(&self) -> Vec<&ModelsFile> {
        let mut order = Vec::new();
        let mut seen = vec![false; self.files.len()];
        for at in 0..self.files.len() {
            self.visit(at, &mut seen, &mut order);
        }
        order
    }

    fn visit<'a>(&'a self, at: usize, seen: &mut [bool], order: &mut Vec<&'a ModelsFile>) {
        if std::mem::replace(&mut seen[at], true) {
            return;
        }
        let file = &self.files[at];
        for (other, wanted) in self.files.iter().enumerate() {
            if other != at && imports(&file.text, &wanted.label) {
                self.visit(other, seen, order);
            }
        }
        order.push(file);
    }

    /// Makes an interpreter's imports find these files by `label.models`, and the modules beside them. The returned
    /// latch, once set, keeps any further file from being read: what runs later is a learner's code.
    pub fn install(&self, vm: &mut Vm) -> Rc<Cell<bool>> {
        let closed = Rc::new(Cell::new(false));
        let latch = closed.clone();
        let apps: Vec<(String, PathBuf, Rc<Source>)> = self
            .files
            .iter()
            .map(|file| {
                let folder = file.path.parent().map(Path::to_owned).unwrap_or_default();
                (file.label.clone(), folder, Source::internal(&file.path.display().to_string(), file.text.as_str()))
            })
            .collect();
        let read = RefCell::new(Vec::<PathBuf>::new());
        vm.set_importer(Rc::new(move |vm, name| {
            let (label, rest) = name.split_once('.').unwrap_or((name, ""));
            let Some((_, folder, models)) = apps.iter().find(|(known, _, _)| known == label) else {
                return crate::django::modules::find(vm, name);
            };
            if rest == "models" {
                return Ok(Some(Found::Source { source: models.clone(), package: false }));
            }
            if rest.is_empty() {
                return Ok(Some(Found::Source { source: Source::internal(label, ""), package: true }));
            }
            if latch.get() {
                return Ok(None);
            }
            let place = rest.split('.').fold(folder.clone(), |path, part| path.join(part));
            let (path, package) = match place.join("__init__.py") {
                init if init.is_file() => (init, true),
                _ => (place.with_extension("py"), false),
            };
            if !path.is_file() || read.borrow().contains(&path) {
                return Ok(None);
            }
            read.borrow_mut().push(path.clone());
            match text_of(&path) {
                Ok(text) => {
                    Ok(Some(Found::Source { source: Source::internal(&path.display().to_string(), text), package }))
                }
                Err(_) => Ok(None),
            }
        }));
        closed
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    let invalid = |error: String| format!("{}: {error}", path.display());
    let size = std::fs::metadata(path).map_err(|error| invalid(error.to_string()))?.len();
    if size > FILE_CAP as u64 {
        return Err(invalid("the file is too large to hold models".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|error| invalid(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| invalid("the file is not UTF-8 text".to_owned()))
}

/// Names and bases of the classes that begin a line.
fn class_heads(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices("class ").filter(|(at, _)| *at == 0 || text[..*at].ends_with('\n')).filter_map(|(at, word)| {
        let head = &text[at + word.len()..];
        let (name, rest) = head.split_once('(')?;
        let name = name.trim();
        let fits = !name.is_empty() && name.chars().all(|symbol| symbol.is_alphanumeric() || symbol == '_');
        fits.then(|| (name, rest.split(')').next().unwrap_or("")))
    })
}

/// Whether a text imports an app's models.
fn imports(text: &str, label: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        let words = |prefix: &str| line.strip_prefix(prefix).map(str::trim_start);
        words("from ").or_else(|| words("import ")).is_some_and(|rest| {
            let rest = rest.trim_start_matches('.');
            rest.strip_prefix(label).is_some_and(|rest| rest.starts_with(['.', ' ']) || rest.is_empty())
        })
    })
}

/// The app label of a models file: its folder's name.
pub(super) fn label_of(file: &Path) -> String {
    let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    whole
        .parent()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "app".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> Project {
        let file = |&(label, text): &(&str, &str)| ModelsFile {
            label: label.to_owned(),
            path: PathBuf::from(format!("{label}/models.py")),
            text: text.to_owned(),
        };
        Project { files: files.iter().map(file).collect() }
    }

    #[test]
    fn the_user_model_is_found() {
        let found = |text: &str| {
            let user = project(&[("shop", text)]).user_model();
            (user.label, user.stands_in)
        };
        assert_eq!(found("class A(models.Model):\n    pass\n"), ("auth.User".to_owned(), false));
        assert_eq!(found("class User(models.Model): pass"), ("shop.User".to_owned(), true));
        assert_eq!(found("import x\nclass Member(AbstractUser):\n"), ("shop.Member".to_owned(), false));
        assert_eq!(
            found("class M(BaseUserManager):\n  pass\nclass Account(\n    AbstractBaseUser,\n    PermissionsMixin):\n"),
            ("shop.Account".to_owned(), false)
        );
    }

    #[test]
    fn what_is_imported_comes_first() {
        let project = project(&[
            ("store", "from accounts.models import Account\nfrom . import x\n"),
            ("blog", "import datetime\n"),
            ("accounts", "from django.db import models\nfrom blog.models import Post"),
        ]);
        let order: Vec<&str> = project.in_order().iter().map(|file| file.label.as_str()).collect();
        assert_eq!(order, ["blog", "accounts", "store"]);
    }
}
