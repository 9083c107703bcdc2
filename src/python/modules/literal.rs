//! `ast.literal_eval`: the value of a text that holds constants and displays of them, and nothing that runs.

use std::rc::Rc;

use crate::python::code::Source;
use crate::python::nodes::{BinaryOp, Expr, ExprKind, StmtKind, UnaryOp};
use crate::python::object::{Dict, PyResult, Set, Value};
use crate::python::parse::SyntaxError;
use crate::python::vm::Vm;

/// The value that the text writes down.
pub(super) fn literal(vm: &mut Vm, text: &str) -> PyResult {
    let source = Source::unlisted("<unknown>", text.trim_start_matches([' ', '\t']));
    let module = vm.parse(&source)?;
    let [statement] = &module.body[..] else {
        let place = module.body.get(1).map_or_else(Default::default, |statement| statement.span);
        return Err(vm.syntax_error(&source, &SyntaxError::new(place, "invalid syntax")));
    };
    match &statement.kind {
        StmtKind::Expr(expression) => value(vm, &source, expression),
        _ => Err(vm.syntax_error(&source, &SyntaxError::new(statement.span, "invalid syntax"))),
    }
}

fn value(vm: &mut Vm, source: &Rc<Source>, expression: &Expr) -> PyResult {
    vm.tick()?;
    Ok(match &expression.kind {
        ExprKind::None => Value::None,
        ExprKind::Bool(truth) => Value::Bool(*truth),
        ExprKind::Ellipsis => Value::Ellipsis,
        ExprKind::Str(text) => Value::from(&**text),
        ExprKind::Bytes(data) => Value::bytes(data.to_vec()),
        ExprKind::Tuple { items, .. } => Value::tuple(values(vm, source, items)?),
        ExprKind::List(items) => Value::list(values(vm, source, items)?),
        ExprKind::Set(items) => {
            let set = Set::new();
            for item in values(vm, source, items)? {
                set.add(vm, item)?;
            }
            Value::Set(Rc::new(set))
        }
        ExprKind::Call { func, args, keywords } => match &func.kind {
            ExprKind::Name(name) if **name == *"set" && args.is_empty() && keywords.is_empty() => {
                Value::Set(Rc::new(Set::new()))
            }
            _ => return Err(malformed(vm, source, expression)),
        },
        ExprKind::Dict(items) => {
            let dict = Dict::new();
            for (key, item) in items {
                let Some(key) = key else { return Err(malformed(vm, source, expression)) };
                let (key, item) = (value(vm, source, key)?, value(vm, source, item)?);
                dict.set(vm, key, item)?;
            }
            Value::Dict(Rc::new(dict))
        }
        ExprKind::Binary { left, op: op @ (BinaryOp::Add | BinaryOp::Sub), right } => {
            let (real, imaginary) = (signed(vm, source, left)?, number(vm, source, right)?);
            if matches!(real, Value::Complex(_)) || !matches!(imaginary, Value::Complex(_)) {
                return Err(malformed(vm, source, expression));
            }
            vm.binary(*op, &real, &imaginary)?
        }
        _ => signed(vm, source, expression)?,
    })
}

fn values(vm: &mut Vm, source: &Rc<Source>, items: &[Expr]) -> PyResult<Vec<Value>> {
    items.iter().map(|item| value(vm, source, item)).collect()
}

fn signed(vm: &mut Vm, source: &Rc<Source>, expression: &Expr) -> PyResult {
    match &expression.kind {
        ExprKind::Unary { op: UnaryOp::Plus, operand } => number(vm, source, operand),
        ExprKind::Unary { op: UnaryOp::Minus, operand } => {
            let number = number(vm, source, operand)?;
            vm.negative(&number)
        }
        _ => number(vm, source, expression),
    }
}

fn number(vm: &mut Vm, source: &Rc<Source>, expression: &Expr) -> PyResult {
    Ok(match &expression.kind {
        ExprKind::Int(number) => Value::Int(*number),
        ExprKind::BigInt(number) => Value::int((**number).clone()),
        ExprKind::Float(number) => Value::Float(*number),
        ExprKind::Imaginary(imaginary) => Value::Complex(Rc::new((0.0, *imaginary))),
        _ => return Err(malformed(vm, source, expression)),
    })
}

fn malformed(vm: &mut Vm, source: &Rc<Source>, expression: &Expr) -> crate::python::object::Raised {
    let line = source.line(expression.span.start);
    let kind = kind(&expression.kind);
    vm.value_error(format!("malformed node or string on line {line}: <ast.{kind} object at 0x7f0000000000>"))
}

/// What CPython calls the node.
fn kind(kind: &ExprKind) -> &'static str {
    use crate::python::nodes::ComprehensionKind;
    match kind {
        ExprKind::FString(_) => "JoinedStr",
        ExprKind::Name(_) => "Name",
        ExprKind::Attribute { .. } => "Attribute",
        ExprKind::Subscript { .. } => "Subscript",
        ExprKind::Slice { .. } => "Slice",
        ExprKind::Starred(_) => "Starred",
        ExprKind::Call { .. } => "Call",
        ExprKind::Binary { .. } => "BinOp",
        ExprKind::Unary { .. } => "UnaryOp",
        ExprKind::BoolOp { .. } => "BoolOp",
        ExprKind::Compare { .. } => "Compare",
        ExprKind::Conditional { .. } => "IfExp",
        ExprKind::Named { .. } => "NamedExpr",
        ExprKind::Lambda(_) => "Lambda",
        ExprKind::List(_) => "List",
        ExprKind::Tuple { .. } => "Tuple",
        ExprKind::Set(_) => "Set",
        ExprKind::Dict(_) => "Dict",
        ExprKind::Comprehension(comprehension) => match comprehension.kind {
            ComprehensionKind::List => "ListComp",
            ComprehensionKind::Set => "SetComp",
            ComprehensionKind::Dict => "DictComp",
            ComprehensionKind::Generator => "GeneratorExp",
        },
        ExprKind::Await(_) => "Await",
        ExprKind::Yield(_) => "Yield",
        ExprKind::YieldFrom(_) => "YieldFrom",
        _ => "Constant",
    }
}
