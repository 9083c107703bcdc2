//! `compile`, `eval` and `exec`.

use std::rc::Rc;

use super::{counted, signed};
use crate::diagnostics::Span;
use crate::python::code::{Code, Source};
use crate::python::nodes::{Stmt, StmtKind};
use crate::python::object::{Args, Dict, PyResult, Raised, Value};
use crate::python::parse::SyntaxError;
use crate::python::vm::Vm;

/// A text, or what was compiled from one.
enum Program {
    Text(String),
    Code(Rc<Code>),
}

fn program(vm: &mut Vm, value: &Value, name: &str) -> PyResult<Program> {
    match value {
        Value::Code(code) if code.has_namespace => Ok(Program::Code(code.clone())),
        Value::Code(_) => Err(vm.unsupported(format!("{name}() of a function's code"))),
        _ => match text(vm, value) {
            Some(text) => Ok(Program::Text(text)),
            None => Err(vm.type_error(format!("{name}() arg 1 must be a string, bytes or code object"))),
        },
    }
}

fn text(vm: &mut Vm, value: &Value) -> Option<String> {
    match (value.as_str(), vm.bytes_like(value)) {
        (Some(text), _) => Some(text.to_string()),
        (None, Some(data)) => Some(String::from_utf8_lossy(&data).into_owned()),
        _ => None,
    }
}

impl Program {
    fn code(self, vm: &mut Vm, expression: bool) -> PyResult<Rc<Code>> {
        match self {
            Program::Code(code) => Ok(code),
            Program::Text(text) => compiled(vm, &text, "<string>", expression),
        }
    }
}

fn compiled(vm: &mut Vm, text: &str, filename: &str, expression: bool) -> PyResult<Rc<Code>> {
    if !expression {
        return vm.compile(&Source::unlisted(filename, text), false);
    }
    let source = Source::unlisted(filename, text.trim_start_matches([' ', '\t']));
    let module = match vm.parse(&source) {
        Ok(module) => module,
        Err(raised) => return Err(without_end(&source, raised)),
    };
    match &module.body[..] {
        [statement] if matches!(statement.kind, StmtKind::Expr(_)) && !source.text.trim_end().ends_with(';') => {
            vm.compile(&source, true)
        }
        body => {
            let raised =
                vm.syntax_error(&source, &SyntaxError::new(after_expression(&source.text, body), "invalid syntax"));
            Err(without_end(&source, raised))
        }
    }
}

/// The word or sign at which a text stops to be an expression.
fn after_expression(text: &str, body: &[Stmt]) -> Span {
    let Some(first) = body.first() else { return Span::default() };
    let start = match &first.kind {
        StmtKind::Expr(_) => first.span.end,
        StmtKind::Assign { targets, .. } => targets.first().map_or(first.span.start, |target| target.span.end),
        StmtKind::AugAssign { target, .. } | StmtKind::AnnAssign { target, .. } => target.span.end,
        _ => first.span.start,
    };
    let rest = text.get(start as usize..).unwrap_or("");
    let gap = rest.len() - rest.trim_start_matches([' ', '\t', '\n', ')']).len();
    let rest = &rest[gap..];
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let sign = rest.find(|c: char| !c.is_ascii_punctuation()).unwrap_or(rest.len());
    let length = if rest.starts_with([';', ':']) { 1 } else { word.max(sign.min(3)) };
    let start = start + gap as u32;
    Span::new(start, start + length as u32)
}

/// CPython names no column for the end of an expression's text, and no line of an empty one.
fn without_end(source: &Source, raised: Raised) -> Raised {
    if let Some(state) = raised.0.exception_state()
        && let (Some(line), Some(column)) = (
            state.field("lineno").and_then(|line| line.as_i64()),
            state.field("offset").and_then(|column| column.as_i64()),
        )
    {
        let message = state.field("msg").and_then(|words| words.as_str().cloned());
        let last = source.text.trim_end_matches('\n').split('\n').count() as i64;
        let width = source.line_text(line as u32).chars().count() as i64;
        if message.is_some_and(|words| *words == *"invalid syntax") && line == last && column > width {
            let line = if source.text.is_empty() { 0 } else { line };
            for (field, value) in [("lineno", line), ("offset", 0), ("end_lineno", line), ("end_offset", 0)] {
                state.set_field(field, value);
            }
            if source.text.is_empty() {
                state.set_field("text", "");
            }
        }
    }
    raised
}

/// The names that a program sees, and where what it binds goes besides: those that it was given, else the caller's. In a
/// function these are a copy, so that what the program binds does not become a local.
fn names(vm: &mut Vm, args: &Args, name: &str) -> PyResult<(Rc<Dict>, Option<Value>)> {
    if let Some(globals) = args.some(1) {
        let Some(globals) = globals.as_dict().cloned() else {
            let given = vm.type_name(globals);
            return Err(vm.type_error(match name {
                "eval" => "globals must be a dict".to_owned(),
                _ => format!("exec() globals must be a dict, not {given}"),
            }));
        };
        let builtins = crate::python::object::Str::interned("__builtins__");
        if !globals.contains_str(&builtins) {
            globals.set_str(builtins, Value::Dict(vm.builtins.clone()));
        }
        return match args.some(2) {
            Some(locals) if !locals.as_dict().is_some_and(|locals| Rc::ptr_eq(locals, &globals)) => {
                let names = globals.copy().share();
                vm.dict_update(&names, locals)?;
                Ok((names, Some(locals.clone())))
            }
            _ => Ok((globals, None)),
        };
    }
    let globals = vm.frame_globals()?;
    let locals = match args.some(2) {
        Some(given) => given.clone(),
        None => vm.frame_locals()?,
    };
    let Some(globals) = globals.as_dict().cloned() else { return Ok((Rc::default(), None)) };
    if locals.as_dict().is_some_and(|locals| Rc::ptr_eq(locals, &globals)) {
        return Ok((globals, None));
    }
    let names = globals.copy().share();
    vm.dict_update(&names, &locals)?;
    Ok((names, Some(locals)))
}

fn eval(vm: &mut Vm, args: Args) -> PyResult {
    let code = program(vm, &args[0], "eval")?.code(vm, true)?;
    let (names, _) = names(vm, &args, "eval")?;
    let value = vm.nested("", |vm| vm.run_compiled(&code, &names))?;
    Ok(value.unwrap_or(Value::None))
}

impl Vm {
    /// The value of an expression in these names.
    pub fn eval_text(&mut self, text: &str, globals: &Rc<Dict>) -> PyResult {
        let code = compiled(self, text, "<string>", true)?;
        Ok(self.run_compiled(&code, globals)?.unwrap_or(Value::None))
    }
}

fn exec(vm: &mut Vm, args: Args) -> PyResult {
    let code = program(vm, &args[0], "exec")?.code(vm, false)?;
    let (names, locals) = names(vm, &args, "exec")?;
    let Some(locals) = locals else {
        vm.nested("", |vm| vm.run_compiled(&code, &names))?;
        return Ok(Value::None);
    };
    let before = names.copy();
    let result = vm.nested("", |vm| vm.run_compiled(&code, &names));
    for (name, value) in names.str_items() {
        if before.get_str(&name).is_none_or(|old| !old.is(&value)) {
            vm.set_item(&locals, &Value::Str(name), value)?;
        }
    }
    result.map(|_| Value::None)
}

fn compile(vm: &mut Vm, args: Args) -> PyResult {
    let (Some(filename), Some(mode)) = (args[1].as_str().cloned(), args[2].as_str().cloned()) else {
        return Err(vm.type_error("compile() argument 'mode' must be str"));
    };
    let code = match (&*mode, text(vm, &args[0])) {
        ("exec" | "eval", Some(text)) => compiled(vm, &text, &filename, *mode == *"eval")?,
        ("exec" | "eval", None) => match &args[0] {
            Value::Code(code) => code.clone(),
            _ => return Err(vm.type_error("compile() arg 1 must be a string, bytes or AST object")),
        },
        ("single", _) => return Err(vm.unsupported("compile() of a single statement")),
        _ => return Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    Ok(Value::Code(code))
}

pub(super) fn install(vm: &mut Vm) {
    counted(vm, "eval", 1, 3, eval);
    counted(vm, "exec", 1, 3, exec);
    signed(vm, "compile", "source, filename, mode, flags=0, dont_inherit=False, optimize=-1", compile);
}
