//! `Window` and its frames.

use std::cell::RefCell;
use std::rc::Rc;

use crate::orm::query::{Expr, Expression, Frame, FrameBound, FrameExclusion, FrameKind, OrderBy, Window as OrmWindow};
use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;

use crate::django::convert::to_datum;
use crate::django::fields::OutputFields;

use super::subquery::given;
use super::{fill, lower, lower_opt};

/// What a frame object holds.
struct FramePayload {
    frame: RefCell<Option<Frame>>,
}

/// The members of a list or tuple; any other value is one by itself.
fn members(value: &Value) -> Vec<Value> {
    match value {
        Value::List(list) => list.to_vec(),
        Value::Tuple(items) => items.to_vec(),
        other => vec![other.clone()],
    }
}

fn partition(vm: &mut Vm, value: &Value) -> PyResult<Option<Expr>> {
    let Some(value) = given(value) else { return Ok(None) };
    let mut items = Vec::new();
    for member in members(value) {
        items.push(lower(vm, &member)?);
    }
    Ok(Some(Rc::new(Expression::List(items.into()))))
}

fn order(vm: &mut Vm, value: &Value) -> PyResult<Option<Expr>> {
    let Some(value) = given(value) else { return Ok(None) };
    let listed = matches!(value, Value::List(_) | Value::Tuple(_));
    if !listed && value.as_str().is_none() {
        // An `F` is no `BaseExpression`: Django takes it in a list alone.
        let fits = match lower_opt(vm, value)? {
            Some(expr) => !matches!(&*expr, Expression::F(_) | Expression::OuterRef { .. } | Expression::Q(_)),
            None => false,
        };
        if !fits {
            return Err(vm.value_error(
                "Window.order_by must be either a string reference to a field, an expression, or a list or tuple of them.",
            ));
        }
    }
    let mut items: Vec<Expr> = Vec::new();
    for member in members(value) {
        items.push(match member.as_str().and_then(|name| name.strip_prefix('-')) {
            Some(name) => Rc::new(Expression::OrderBy(OrderBy {
                expr: Rc::new(Expression::F(name.into())),
                descending: true,
                nulls_first: false,
                nulls_last: false,
            })),
            None => lower(vm, &member)?,
        });
    }
    Ok(Some(Rc::new(Expression::List(items.into()))))
}

fn window(vm: &mut Vm, args: Args) -> PyResult {
    let compatible = match vm.get_attr_opt(&args[1], "window_compatible")? {
        Some(value) => vm.truth(&value)?,
        None => false,
    };
    if !compatible {
        let name = vm.type_name(&args[1]).to_string();
        return Err(vm.value_error(format!("Expression '{name}' isn't compatible with OVER clauses.")));
    }
    let partition_by = partition(vm, &args[2])?;
    let order_by = order(vm, &args[3])?;
    let frame = match given(&args[4]) {
        None => None,
        Some(value) => match value.payload::<FramePayload>().and_then(|payload| payload.frame.borrow().clone()) {
            Some(frame) => Some(frame),
            None => return Err(vm.unsupported("a window frame of a class of its own")),
        },
    };
    let output = OutputFields::optional(vm, &args[5])?;
    let source = lower(vm, &args[1])?;
    fill(vm, &args[0], Expression::Window(OrmWindow { source, partition_by, order_by, frame, output }))
}

fn exclusion(vm: &mut Vm, this: &Value, value: &Value) -> PyResult<Option<FrameExclusion>> {
    let Some(value) = given(value) else { return Ok(None) };
    let name = match value.as_instance() {
        Some(instance) if instance.class().name() == "WindowFrameExclusion" => {
            let name = vm.get_attr(value, "name")?;
            vm.to_str(&name)?.to_string()
        }
        _ => String::new(),
    };
    Ok(Some(match name.as_str() {
        "CURRENT_ROW" => FrameExclusion::CurrentRow,
        "GROUP" => FrameExclusion::Group,
        "TIES" => FrameExclusion::Ties,
        "NO_OTHERS" => FrameExclusion::NoOthers,
        _ => {
            let class = vm.class_of(this).qualname();
            return Err(vm.type_error(format!("{class}.exclusion must be a WindowFrameExclusion instance.")));
        }
    }))
}

fn frame(vm: &mut Vm, args: Args, kind: FrameKind) -> PyResult {
    let exclusion = exclusion(vm, &args[0], &args[3])?;
    let start = to_datum(vm, &args[1])?;
    let end = to_datum(vm, &args[2])?;
    let made = Frame { kind, start: FrameBound(start), end: FrameBound(end), exclusion };
    *vm.payload::<FramePayload>(&args[0])?.frame.borrow_mut() = Some(made);
    Ok(Value::None)
}

fn frame_text(vm: &mut Vm, args: &Args) -> PyResult<String> {
    let held = vm.payload::<FramePayload>(&args[0])?.frame.borrow().clone();
    Ok(held.map(|frame| frame.str()).unwrap_or_default())
}

pub(super) fn classes(vm: &mut Vm, expression: &Rc<Class>) -> Vec<Rc<Class>> {
    let module = "django.db.models.expressions";
    let own = ClassBuilder::new("Window")
        .module(module)
        .base(expression)
        .value("contains_aggregate", false)
        .value("contains_over_clause", true)
        .method("__init__", "self, expression, partition_by=None, order_by=None, frame=None, output_field=None", window)
        .build(vm);
    const BOUNDS: &str = "self, start=None, end=None, exclusion=None";
    let base = ClassBuilder::new("WindowFrame")
        .module(module)
        .native_layout("WindowFrame")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, FramePayload { frame: RefCell::default() }).into())
        })
        .method("__str__", "self", |vm, args| frame_text(vm, &args).map(Value::from))
        .method("get_group_by_cols", "self", |_, _| Ok(Value::list(Vec::new())))
        .method("window_frame_start_end", "self, connection, start, end", |vm, _| {
            let text = "Subclasses must implement window_frame_start_end().";
            Err(vm.raise(crate::python::exceptions::Kind::NotImplementedError, text))
        })
        .method("__repr__", "self", |vm, args| {
            let name = vm.class_of(&args[0]).name();
            Ok(format!("<{name}: {}>", frame_text(vm, &args)?).into())
        })
        .build(vm);
    let rows = ClassBuilder::new("RowRange")
        .module(module)
        .base(&base)
        .value("frame_type", "ROWS")
        .method("__init__", BOUNDS, |vm, args| frame(vm, args, FrameKind::Rows))
        .build(vm);
    let range = ClassBuilder::new("ValueRange")
        .module(module)
        .base(&base)
        .value("frame_type", "RANGE")
        .method("__init__", BOUNDS, |vm, args| frame(vm, args, FrameKind::Range))
        .build(vm);
    vec![own, base, rows, range]
}
