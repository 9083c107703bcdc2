//! An answer whose last line gives no value, though it names one: completed so that it does.

use std::borrow::Cow;

use crate::python::nodes::{ExprKind, Parameter, Stmt, StmtKind};
use crate::python::parse::{SOURCE_CAP, parse_module};

/// An answer with a last line that gives what its last statement bound: `posts = …` ends in `posts`, a function that
/// needs no arguments is called. The lines before stay where they are. With it comes what an interviewer would remark.
pub fn completed(source: &str) -> (Cow<'_, str>, Option<String>) {
    let Ok(module) = parse_module(source, SOURCE_CAP) else { return (Cow::Borrowed(source), None) };
    let Some((line, remark)) = module.body.last().and_then(last_line) else { return (Cow::Borrowed(source), None) };
    (Cow::Owned(format!("{}\n{line}\n", source.trim_end())), Some(remark))
}

fn last_line(statement: &Stmt) -> Option<(String, String)> {
    let target = match &statement.kind {
        StmtKind::Assign { targets, .. } => targets.last()?,
        StmtKind::AnnAssign { target, value: Some(_), .. } | StmtKind::AugAssign { target, .. } => target,
        StmtKind::Function(function) => {
            let free = |parameter: &Parameter| parameter.default.is_some();
            let parameters = &function.parameters;
            let needed = parameters.positional_only.iter().chain(&parameters.positional);
            let callable = needed.chain(&parameters.keyword_only).all(free);
            if !callable || function.is_async || !function.decorators.is_empty() {
                return None;
            }
            let name = &function.name;
            return Some((format!("{name}()"), format!("`{name}` is only defined; it was called for you")));
        }
        _ => return None,
    };
    match &target.kind {
        ExprKind::Name(name) => {
            Some((name.to_string(), format!("the value is bound to `{name}`; the last line was to give it")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::completed;

    #[test]
    fn values_that_are_only_named_are_given() {
        let text = |source: &str| completed(source).0.into_owned();
        assert_eq!(text("a = 1\nposts = f(a)  # all\n"), "a = 1\nposts = f(a)  # all\nposts\n");
        assert_eq!(text("def posts(n=3):\n    return n"), "def posts(n=3):\n    return n\nposts()\n");
        for whole in ["f(1)", "def posts(n):\n    return n", "x[0] = 1", "x =", "", "for a in b:\n    pass"] {
            assert_eq!(completed(whole).0, whole);
            assert!(completed(whole).1.is_none());
        }
    }
}
