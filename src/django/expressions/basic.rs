//! `Expression`, `F`, `OuterRef`, `Value`, `Star`, `ExpressionWrapper`, `RawSQL`, `OrderBy`.

use std::rc::Rc;

use crate::orm::query::{Combined, CombinedKind, Expr, Expression, OrderBy, RawSql};
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Str, Truth, Value};
use crate::python::vm::Vm;

use crate::django::convert::{from_datum, to_datum};
use crate::django::fields::OutputFields;
use crate::django::state::orm;

use super::{ExprPayload, fill, lower, wrap};

/// The classes of this file.
pub(super) struct Basic {
    pub(super) expression: Rc<Class>,
    pub(super) f: Rc<Class>,
    pub(super) value: Rc<Class>,
    pub(super) all: Vec<Rc<Class>>,
}

/// The expression of `self`.
pub(super) fn this(vm: &mut Vm, args: &Args) -> PyResult<Expr> {
    lower(vm, &args[0])
}

/// `asc()` and `desc()`
fn order(vm: &mut Vm, args: &Args, descending: bool) -> PyResult {
    let expr = this(vm, args)?;
    let (first, last) = (args[1].clone(), args[2].clone());
    let made = make_order(vm, expr, descending, &first, &last)?;
    let mut keywords = Vec::new();
    if descending {
        keywords.push((Str::interned("descending"), Value::Bool(true)));
    }
    for (name, value) in [("nulls_first", first), ("nulls_last", last)] {
        if !value.is_none() {
            keywords.push((Str::interned(name), value));
        }
    }
    super::set_made_with(&made, vec![args[0].clone()], keywords);
    Ok(made)
}

fn make_order(vm: &mut Vm, expr: Expr, descending: bool, first: &Value, last: &Value) -> PyResult {
    let term = order_by(vm, expr, descending, first, last)?;
    Ok(wrap(vm, &Rc::new(Expression::OrderBy(term))))
}

fn order_by(vm: &mut Vm, expr: Expr, descending: bool, first: &Value, last: &Value) -> PyResult<OrderBy> {
    if vm.truth(first)? && vm.truth(last)? {
        return Err(vm.value_error("nulls_first and nulls_last are mutually exclusive"));
    }
    for given in [first, last] {
        if matches!(given, Value::Truth(Truth::False)) {
            return Err(vm.value_error("nulls_first and nulls_last values must be True or None."));
        }
    }
    let (nulls_first, nulls_last) = (vm.truth(first)?, vm.truth(last)?);
    Ok(OrderBy { expr, descending, nulls_first, nulls_last })
}

/// What `deconstruct()` gives: where the class is, and the arguments that make an equal object.
fn deconstructed(vm: &mut Vm, this: &Value, args: Vec<Value>, keywords: crate::python::object::Dict) -> Value {
    let class = vm.class_of(this);
    let module = if class.native {
        "django.db.models".to_owned()
    } else {
        class.module().map(|module| module.to_string()).unwrap_or_default()
    };
    let path = format!("{module}.{}", class.qualname());
    Value::tuple(vec![path.into(), Value::tuple(args), Value::Dict(Rc::new(keywords))])
}

const ORDER: &str = "self, *, nulls_first=None, nulls_last=None";

pub(super) fn classes(vm: &mut Vm, combinable: &Rc<Class>) -> Basic {
    let module = "django.db.models.expressions";
    let with_order = |builder: ClassBuilder| {
        builder
            .method("asc", ORDER, |vm, args| order(vm, &args, false))
            .method("desc", ORDER, |vm, args| order(vm, &args, true))
    };
    let base = super::methods::add(with_order(ClassBuilder::new("BaseExpression").module(module).base(combinable)))
        .method("__eq__", "self, other", |vm, args| {
            if args[1].payload::<ExprPayload>().is_none() {
                return Ok(Value::NotImplemented);
            }
            let (mine, theirs) = (this(vm, &args)?, lower(vm, &args[1])?);
            Ok((mine == theirs).into())
        })
        .method("__hash__", "self", |vm, args| {
            let expr = this(vm, &args)?;
            let mut text = orm(vm, || Ok(expr.repr()))?;
            if let Expression::OrderBy(order) = &*expr {
                text.push_str(&format!("{}{}", order.nulls_first, order.nulls_last));
            }
            let class = vm.class_of(&args[0]);
            if !class.native {
                text.push_str(class.name().as_str());
            }
            // A list of values equals a tuple of them.
            text.retain(|symbol| !matches!(symbol, '[' | ']' | '(' | ')' | ','));
            Ok(Value::Int(vm.hash(&Value::from(text))?))
        })
        .method("__repr__", "self", |vm, args| super::custom::repr(vm, &args[0]).map(Value::from))
        .method("__str__", "self", |vm, args| {
            // A class with a `__repr__` of its own is shown by it.
            let class = vm.class_of(&args[0]);
            if class.lookup_where(&Str::interned("__repr__")).is_some_and(|(holder, _)| !holder.native) {
                return vm.repr(&args[0]).map(Value::from);
            }
            let Some(expr) = super::lower_opt(vm, &args[0])? else { return vm.repr(&args[0]).map(Value::from) };
            orm(vm, || Ok(expr.str())).map(Value::from)
        })
        .value("window_compatible", false)
        .value("filterable", true)
        .build(vm);
    let expression = ClassBuilder::new("Expression").module(module).base(&base).build(vm);
    let f = with_order(ClassBuilder::new("F").module(module).base(combinable))
        .method("__init__", "self, name", |vm, args| {
            let expression = match args[1].as_str() {
                Some(name) => Expression::F(name.as_str().into()),
                None => super::misplaced::unnamed(&args[1]),
            };
            fill(vm, &args[0], expression)
        })
        .method("__repr__", "self", |vm, args| {
            let name = vm.get_attr(&args[0], "name")?;
            let class = vm.type_name(&args[0]);
            Ok(format!("{class}({})", vm.to_str(&name)?).into())
        })
        .method("__eq__", "self, other", |vm, args| {
            if !Rc::ptr_eq(&vm.class_of(&args[0]), &vm.class_of(&args[1])) {
                return Ok(false.into());
            }
            let (mine, theirs) = (vm.get_attr(&args[0], "name")?, vm.get_attr(&args[1], "name")?);
            Ok(vm.eq(&mine, &theirs)?.into())
        })
        .method("__hash__", "self", |vm, args| {
            let name = vm.get_attr(&args[0], "name")?;
            Ok(Value::Int(vm.hash(&name)?))
        })
        .method("__contains__", "self, other", |vm, _| Err(vm.type_error("argument of type 'F' is not iterable")))
        .method(
            "resolve_expression",
            "self, query=None, allow_joins=True, reuse=None, summarize=False, for_save=False",
            super::methods::resolve_expression,
        )
        .method("copy", "self", |_, args| Ok(super::custom::copy(&args[0])))
        .value("allowed_default", false)
        .method(
            "replace_expressions",
            "self, replacements",
            crate::django::delegate::in_python!("_django_constraints", "replace_f"),
        )
        .method("__getitem__", "self, subscript", |vm, args| super::functions::slice(vm, &args[0], &args[1]))
        .method("deconstruct", "self", |vm, args| {
            let name = vm.get_attr(&args[0], "name")?;
            Ok(deconstructed(vm, &args[0], vec![name], crate::python::object::Dict::new()))
        })
        .property("name", |vm, args| {
            let expr = this(vm, &args)?;
            Ok(match &*expr {
                Expression::F(name) | Expression::OuterRef { name, .. } | Expression::ResolvedOuterRef(name) => {
                    Value::str(&**name)
                }
                // A slice goes by the name of what it is a slice of.
                Expression::Func(func) => match func.args.first().map(|arg| &**arg) {
                    Some(Expression::F(name) | Expression::OuterRef { name, .. }) => Value::str(&**name),
                    _ => Value::None,
                },
                other => super::misplaced::name_of(other).unwrap_or(Value::None),
            })
        })
        .build(vm);
    let outer_ref = ClassBuilder::new("OuterRef")
        .module(module)
        .base(&f)
        .method("__init__", "self, name", |vm, args| {
            let expr = match args[1].as_str() {
                Some(name) => Expression::OuterRef { name: name.as_str().into(), depth: 0 },
                // `OuterRef(OuterRef("pk"))` reaches one query further out.
                None => {
                    let inner = lower(vm, &args[1])?;
                    match &*inner {
                        Expression::OuterRef { name, depth } => {
                            Expression::OuterRef { name: name.clone(), depth: depth + 1 }
                        }
                        _ => return Err(vm.type_error("OuterRef() takes a name")),
                    }
                }
            };
            fill(vm, &args[0], expr)
        })
        .build(vm);
    let value = ClassBuilder::new("Value")
        .module(module)
        .base(&expression)
        .method("__init__", "self, value, output_field=None", |vm, args| {
            let output = OutputFields::optional(vm, &args[2])?;
            let datum = to_datum(vm, &args[1])?;
            fill(vm, &args[0], Expression::Value(crate::orm::query::Value { value: datum, output, for_save: false }))
        })
        .method("deconstruct", "self", |vm, args| {
            let value = vm.get_attr(&args[0], "value")?;
            let keywords = crate::python::object::Dict::new();
            if let Expression::Value(constant) = &*this(vm, &args)?
                && let Some(output) = &constant.output
            {
                let field = crate::django::fields::object_of(vm, output)?;
                keywords.set_str("output_field", field);
            }
            Ok(deconstructed(vm, &args[0], vec![value], keywords))
        })
        .property("value", |vm, args| match &*this(vm, &args)? {
            Expression::Value(value) => {
                let datum = value.value.clone();
                from_datum(vm, &datum)
            }
            _ => Ok(Value::None),
        })
        .build(vm);
    let wrapper = ClassBuilder::new("ExpressionWrapper")
        .module(module)
        .base(&expression)
        .method("__init__", "self, expression, output_field", |vm, args| {
            let inner = super::misplaced::member(vm, &args[1])?;
            let Some(output) = OutputFields::optional(vm, &args[2])? else {
                return Err(vm.type_error("ExpressionWrapper needs an output_field"));
            };
            fill(vm, &args[0], Expression::Wrapper { inner, output })
        })
        .property("expression", |vm, args| match &*this(vm, &args)? {
            Expression::Wrapper { inner, .. } => Ok(wrap(vm, &inner.clone())),
            _ => Ok(Value::None),
        })
        .build(vm);
    let raw = ClassBuilder::new("RawSQL")
        .module(module)
        .base(&expression)
        .method("__init__", "self, sql, params, output_field=None", |vm, args| {
            let output = OutputFields::optional(vm, &args[3])?;
            let sql = vm.to_str(&args[1])?;
            let mut params = Vec::new();
            for param in vm.list_from(&args[2])? {
                params.push(to_datum(vm, &param)?);
            }
            fill(vm, &args[0], Expression::RawSql(RawSql { sql: sql.as_str().into(), params: params.into(), output }))
        })
        .build(vm);
    let order_by_class = ClassBuilder::new("OrderBy")
        .module(module)
        .base(&expression)
        .method("__init__", "self, expression, descending=False, nulls_first=None, nulls_last=None", |vm, args| {
            let expr = lower(vm, &args[1])?;
            let descending = vm.truth(&args[2])?;
            let (first, last) = (args[3].clone(), args[4].clone());
            let term = order_by(vm, expr, descending, &first, &last)?;
            fill(vm, &args[0], Expression::OrderBy(term))
        })
        .build(vm);
    let star = ClassBuilder::new("Star")
        .module(module)
        .base(&expression)
        .method("__init__", "self", |vm, args| fill(vm, &args[0], Expression::Star))
        .build(vm);
    let combined = ClassBuilder::new("CombinedExpression")
        .module(module)
        .base(&expression)
        .method("__init__", "self, lhs, connector, rhs, output_field=None", |vm, args| {
            let (lhs, rhs) = (super::misplaced::member(vm, &args[1])?, super::misplaced::member(vm, &args[3])?);
            let written = vm.to_str(&args[2])?;
            let Some(connector) = super::combine::connector(&written) else {
                return Err(vm.unsupported(format!("the connector {written}")));
            };
            let output = OutputFields::optional(vm, &args[4])?;
            let kind = CombinedKind::Plain;
            fill(vm, &args[0], Expression::Combined(Combined { lhs, connector, rhs, output, kind }))
        })
        .build(vm);
    let mut all = vec![
        base,
        expression.clone(),
        f.clone(),
        outer_ref,
        value.clone(),
        wrapper,
        raw,
        order_by_class,
        star,
        combined,
    ];
    // Classes that code never makes itself but meets: their names are what their reprs say.
    for name in [
        "Col",
        "Ref",
        "DurationExpression",
        "TemporalSubtraction",
        "NegatedExpression",
        "ExpressionList",
        "DatabaseDefault",
        "ResolvedOuterRef",
        "ColPairs",
    ] {
        all.push(ClassBuilder::new(name).module(module).base(&expression).build(vm));
    }
    all.push(
        ClassBuilder::new("Sliced")
            .module(module)
            .base(&f)
            .method("__repr__", "self", |vm, args| super::custom::repr(vm, &args[0]).map(Value::from))
            .build(vm),
    );
    all.extend(where_classes(vm, &expression));
    Basic { expression, f, value, all }
}

/// What the conditions of a query are made of.
fn where_classes(vm: &mut Vm, expression: &Rc<Class>) -> Vec<Rc<Class>> {
    let module = "django.db.models.sql.where";
    let node = |vm: &mut Vm, args: &Args| -> PyResult<Option<Rc<crate::orm::query::WhereNode>>> {
        Ok(match &*this(vm, args)? {
            Expression::Where(node) => Some(node.clone()),
            _ => None,
        })
    };
    let where_node = ClassBuilder::new("WhereNode")
        .module(module)
        .base(expression)
        .property_closure("children", move |vm, args| {
            let children = node(vm, &args)?.map(|node| node.children.clone()).unwrap_or_default();
            Ok(Value::list(children.iter().map(|child| wrap(vm, child)).collect::<Vec<_>>()))
        })
        .property_closure("connector", move |vm, args| {
            Ok(node(vm, &args)?.map_or(Value::None, |node| node.connector.as_str().into()))
        })
        .property_closure("negated", move |vm, args| Ok(node(vm, &args)?.is_some_and(|node| node.negated).into()))
        .property("is_summary", |_, _| Ok(false.into()))
        .method("__str__", "self", |vm, args| {
            let expr = this(vm, &args)?;
            let shown = orm(vm, || Ok(expr.repr()))?;
            Ok(shown.strip_prefix("<WhereNode: ").and_then(|rest| rest.strip_suffix('>')).unwrap_or(&shown).into())
        })
        .method_closure("__len__", "self", move |vm, args| {
            Ok(node(vm, &args)?.map_or(0, |node| node.children.len()).into())
        })
        .method_closure("__bool__", "self", move |vm, args| {
            Ok(node(vm, &args)?.is_some_and(|node| !node.children.is_empty()).into())
        })
        .build(vm);
    let nothing = ClassBuilder::new("NothingNode").module(module).base(expression).build(vm);
    let extra = ClassBuilder::new("ExtraWhere").module(module).base(expression).build(vm);
    vec![where_node, nothing, extra]
}
