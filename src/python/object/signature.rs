//! [`Signature`]: the parameters of a native function, and CPython's words for arguments that don't fit.

use super::{Args, Dict, PyResult, Str, Value};
use crate::python::exceptions::Kind;
use crate::python::vm::Vm;

/// How a parameter takes its argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterKind {
    /// By position only.
    PositionalOnly,
    /// By position or name.
    Positional,
    /// `*args`
    Rest,
    /// By name only.
    KeywordOnly,
    /// `**kwargs`
    KeywordRest,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Str,
    /// How it is passed.
    pub kind: ParameterKind,
    /// Its default; `Some(Unset)` where the function tells "not passed" apart; `None` where it must be passed.
    pub default: Option<Value>,
}

/// The parameters of a function.
#[derive(Clone, Debug)]
pub struct Signature {
    /// In order; bound arguments come in the same order.
    pub parameters: Vec<Parameter>,
}

impl Signature {
    /// Parses `"self, obj, /, *args, using=None, **kwargs"`. Defaults are `None`, `True`, `False`, integers, quoted
    /// strings and `()`; anything else (by custom `?`) stands for "not passed".
    pub fn parse(text: &str) -> Self {
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut keyword_only = false;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, default) = match part.split_once('=') {
                Some((name, default)) => (name.trim(), Some(parse_default(default.trim()))),
                None => (part, None),
            };
            let (name, kind) = if name == "/" {
                for parameter in &mut parameters {
                    parameter.kind = ParameterKind::PositionalOnly;
                }
                continue;
            } else if let Some(name) = name.strip_prefix("**") {
                (name, ParameterKind::KeywordRest)
            } else if let Some(name) = name.strip_prefix('*') {
                keyword_only = true;
                if name.is_empty() {
                    continue;
                }
                (name, ParameterKind::Rest)
            } else if keyword_only {
                (name, ParameterKind::KeywordOnly)
            } else {
                (name, ParameterKind::Positional)
            };
            parameters.push(Parameter { name: Str::interned(name), kind, default });
        }
        Self { parameters }
    }

    /// Puts each argument at its parameter's place, or raises the `TypeError` that CPython raises for a function called
    /// `name`.
    pub fn bind(&self, vm: &mut Vm, name: &str, args: Args) -> PyResult<Args> {
        use ParameterKind::{KeywordOnly, KeywordRest, Positional, PositionalOnly, Rest};
        let parameters = &self.parameters;
        let mut bound = Args::default();
        bound.positional.resize(parameters.len(), Value::Unset);
        let places = parameters.iter().filter(|p| matches!(p.kind, PositionalOnly | Positional)).count();
        let given = args.positional.len();
        let mut rest = Vec::new();
        for (at, value) in args.positional.into_iter().enumerate() {
            if at < places {
                bound.positional[at] = value;
            } else {
                rest.push(value);
            }
        }
        let keyword_rest = parameters.iter().any(|p| p.kind == KeywordRest).then(Dict::shared);
        for (keyword, value) in args.keywords {
            let place = parameters.iter().position(|p| matches!(p.kind, Positional | KeywordOnly) && p.name == keyword);
            match place {
                Some(at) if !bound.positional[at].is_unset() => {
                    return Err(vm.type_error(format!("{name}() got multiple values for argument '{keyword}'")));
                }
                Some(at) => bound.positional[at] = value,
                None => match &keyword_rest {
                    Some(dict) => {
                        dict.set_str(keyword, value);
                    }
                    None => {
                        if parameters.iter().any(|p| p.kind == PositionalOnly && p.name == keyword) {
                            return Err(vm.type_error(format!(
                                "{name}() got some positional-only arguments passed as keyword arguments: '{keyword}'"
                            )));
                        }
                        return Err(vm.type_error(format!("{name}() got an unexpected keyword argument '{keyword}'")));
                    }
                },
            }
        }
        let takes_rest = parameters.iter().any(|p| p.kind == Rest);
        if !rest.is_empty() && !takes_rest {
            return Err(self.too_many(vm, name, places, given, &bound));
        }
        let missing = |wanted: fn(ParameterKind) -> bool, bound: &Args| -> Vec<Str> {
            parameters
                .iter()
                .zip(&bound.positional)
                .filter(|(p, value)| wanted(p.kind) && p.default.is_none() && value.is_unset())
                .map(|(p, _)| p.name.clone())
                .collect()
        };
        let lacking = missing(|kind| matches!(kind, PositionalOnly | Positional), &bound);
        if !lacking.is_empty() {
            return Err(vm.type_error(missing_text(name, "positional", &lacking)));
        }
        let lacking = missing(|kind| kind == KeywordOnly, &bound);
        if !lacking.is_empty() {
            return Err(vm.type_error(missing_text(name, "keyword-only", &lacking)));
        }
        for (parameter, slot) in parameters.iter().zip(&mut bound.positional) {
            match parameter.kind {
                Rest => *slot = Value::tuple(std::mem::take(&mut rest)),
                KeywordRest => *slot = keyword_rest.clone().map_or(Value::Unset, Value::Dict),
                _ if slot.is_unset() => {
                    if let Some(default) = &parameter.default {
                        *slot = default.clone();
                    }
                }
                _ => {}
            }
        }
        Ok(bound)
    }

    /// As [`Signature::bind`], with the words of CPython's C functions. `method`: the first parameter is `self` and is not
    /// counted.
    pub fn bind_c(&self, vm: &mut Vm, name: &str, method: bool, args: Args) -> PyResult<Args> {
        use ParameterKind::{KeywordOnly, KeywordRest, Positional, PositionalOnly, Rest};
        let skip = usize::from(method && self.parameters.first().is_some_and(|p| p.name == "self" || p.name == "cls"));
        let shown = &self.parameters[skip.min(self.parameters.len())..];
        let rest = shown.iter().any(|p| matches!(p.kind, Rest | KeywordRest));
        if rest || args.positional.len() < skip {
            return self.bind(vm, name, args);
        }
        let places = shown.iter().filter(|p| matches!(p.kind, PositionalOnly | Positional)).count();
        let needed = shown.iter().filter(|p| p.default.is_none()).count();
        let only_positional = shown.iter().all(|p| p.kind == PositionalOnly);
        let keyword_only = shown.iter().any(|p| p.kind == KeywordOnly);
        // CPython names the class where `__init__` does the checking.
        let name = if name == "__init__" {
            args.positional.first().map_or("__init__".into(), |this| vm.type_name(this))
        } else {
            Str::from(name)
        };
        let given_places = args.positional.len() - skip;
        let given = given_places + args.keywords.len();
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        if only_positional {
            if !args.keywords.is_empty() {
                return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
            }
            if given < needed || given > places {
                let (which, count) = match (given < needed, needed == places) {
                    (_, true) => ("", needed),
                    (true, _) => ("at least ", needed),
                    (false, _) => ("at most ", places),
                };
                return Err(
                    vm.type_error(format!("{name} expected {which}{count} argument{}, got {given}", plural(count)))
                );
            }
        }
        if given > shown.len() || given_places > places {
            let text = if places == 0 {
                format!("{name}() takes no positional arguments")
            } else if given_places > places && keyword_only {
                format!("{name}() takes at most {places} positional argument{} ({given_places} given)", plural(places))
            } else {
                let count = shown.len();
                let which = if needed == count { "exactly" } else { "at most" };
                format!("{name}() takes {which} {count} argument{} ({given} given)", plural(count))
            };
            return Err(vm.type_error(text));
        }
        let first_positional_only =
            shown.iter().take_while(|p| p.kind == PositionalOnly && p.default.is_none()).count();
        if given_places < first_positional_only {
            return Err(vm.type_error(format!(
                "{name}() takes at least {first_positional_only} positional argument{} ({given_places} given)",
                plural(first_positional_only)
            )));
        }
        for (at, parameter) in shown.iter().enumerate() {
            let passed = at < given_places || args.keywords.iter().any(|(known, _)| *known == parameter.name);
            if !passed && parameter.default.is_none() {
                return Err(vm.type_error(format!(
                    "{name}() missing required argument '{}' (pos {})",
                    parameter.name,
                    at + 1
                )));
            }
        }
        for (keyword, _) in &args.keywords {
            let place = shown.iter().position(|p| matches!(p.kind, Positional | KeywordOnly) && p.name == *keyword);
            match place {
                None => return Err(vm.type_error(format!("'{keyword}' is an invalid keyword argument for {name}()"))),
                Some(at) if at < given_places => {
                    return Err(vm.type_error(format!(
                        "argument for {name}() given by name ('{keyword}') and position ({})",
                        at + 1
                    )));
                }
                Some(_) => {}
            }
        }
        self.bind(vm, &name, args)
    }

    fn too_many(&self, vm: &mut Vm, name: &str, places: usize, given: usize, bound: &Args) -> super::Raised {
        use ParameterKind::{KeywordOnly, Positional, PositionalOnly};
        let defaults = self
            .parameters
            .iter()
            .filter(|p| matches!(p.kind, PositionalOnly | Positional) && p.default.is_some())
            .count();
        let keyword_only_given = self
            .parameters
            .iter()
            .zip(&bound.positional)
            .filter(|(p, v)| p.kind == KeywordOnly && !v.is_unset())
            .count();
        vm.type_error(too_many_text(name, places, defaults, given, keyword_only_given))
    }
}

/// The words for too many positional arguments.
pub fn too_many_text(name: &str, places: usize, defaults: usize, given: usize, keyword_only_given: usize) -> String {
    let takes = if defaults > 0 { format!("from {} to {places}", places - defaults) } else { places.to_string() };
    let plural = if places == 1 && defaults == 0 { "" } else { "s" };
    let mut text = format!("{name}() takes {takes} positional argument{plural} but {given}");
    if keyword_only_given > 0 {
        let given_plural = if given == 1 { "" } else { "s" };
        let keyword_plural = if keyword_only_given == 1 { "" } else { "s" };
        text += &format!(
            " positional argument{given_plural} (and {keyword_only_given} keyword-only argument{keyword_plural})"
        );
    }
    text + if given == 1 && keyword_only_given == 0 { " was given" } else { " were given" }
}

/// The words for arguments that were not passed; `kind` is `positional` or `keyword-only`.
pub fn missing_text(name: &str, kind: &str, missing: &[Str]) -> String {
    let quoted: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
    let list = match quoted.as_slice() {
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [front @ .., last] => format!("{}, and {last}", front.join(", ")),
        [] => String::new(),
    };
    let plural = if missing.len() == 1 { "" } else { "s" };
    format!("{name}() missing {} required {kind} argument{plural}: {list}", missing.len())
}

fn parse_default(text: &str) -> Value {
    match text {
        "None" => Value::None,
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        "()" => Value::tuple([]),
        _ => {
            if let Ok(number) = text.parse::<i64>() {
                return Value::Int(number);
            }
            let quoted = text.len() >= 2
                && (text.starts_with('\'') && text.ends_with('\'') || text.starts_with('"') && text.ends_with('"'));
            if quoted { Value::Str(Str::interned(&text[1..text.len() - 1])) } else { Value::Unset }
        }
    }
}

/// Checks the number of positional arguments as CPython's C functions do.
pub(crate) fn check_arity(
    vm: &mut Vm,
    qualname: &str,
    is_method: bool,
    least: u8,
    most: u8,
    args: &Args,
) -> PyResult<()> {
    if !args.keywords.is_empty() {
        return Err(vm.raise(Kind::TypeError, format!("{qualname}() takes no keyword arguments")));
    }
    let skip = usize::from(is_method);
    let given = args.positional.len();
    if is_method && given == 0 {
        return Err(vm.type_error(format!("unbound method {qualname}() needs an argument")));
    }
    let (given, least, most) = (given - skip, usize::from(least) - skip, usize::from(most) - skip);
    if (least..=most).contains(&given) {
        return Ok(());
    }
    let short = qualname.rsplit('.').next().unwrap_or(qualname);
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let parsed = matches!(short, "find" | "rfind" | "index" | "rindex" | "count" | "startswith" | "endswith")
        && (qualname.starts_with("str.") || qualname.starts_with("byte"));
    Err(vm.type_error(if parsed {
        let (which, count) = if given < least { ("least", least) } else { ("most", most) };
        format!("{short}() takes at {which} {count} argument{} ({given} given)", plural(count))
    } else if least == most && most == 0 {
        format!("{qualname}() takes no arguments ({given} given)")
    } else if least == most && most == 1 {
        format!("{qualname}() takes exactly one argument ({given} given)")
    } else if least == most {
        format!("{short} expected {least} argument{}, got {given}", plural(least))
    } else if given < least {
        format!("{short} expected at least {least} argument{}, got {given}", plural(least))
    } else {
        format!("{short} expected at most {most} argument{}, got {given}", plural(most))
    }))
}
