//! Expressions whose class was written in Python: which of Django's methods they override, and how the ORM calls those.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use crate::django::connections::connection_object;
use crate::django::convert::{from_datum, to_kept_datum};
use crate::django::fields::overrides;
use crate::django::lookups;
use crate::django::query::{compiler, object};
use crate::django::state::{hook, orm};
use crate::orm::query::resolve::AliasSet;
use crate::orm::query::{
    Custom, Expr, Expression, ExpressionHooks, Func, FuncOverrides, LookupClass, OutputType, Query, Resolve,
};
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmResult};
use crate::python::object::{Class, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{ExprPayload, lower, wrap};

/// What a class says otherwise than the built-in one it descends from.
#[derive(Clone, Copy, Default)]
struct Overrides {
    /// The method that renders, where it is the class's own.
    sql: Option<&'static str>,
    resolve: bool,
    output: bool,
    convert: bool,
    group_by: bool,
    sources: bool,
    bilateral: bool,
    aggregate: Option<bool>,
    conditional: bool,
    lookups: bool,
}

/// Methods of a lookup that its `as_sql` goes through.
const LOOKUP_STEPS: &[&str] = &[
    "process_lhs",
    "process_rhs",
    "get_rhs_op",
    "get_db_prep_lookup",
    "batch_process_rhs",
    "get_prep_lhs",
    "lookup_name",
];

impl Overrides {
    fn of(vm: &mut Vm, class: &Rc<Class>, held: Option<&Expr>) -> PyResult<Self> {
        let own = |name: &str| overrides(class, name);
        let is_lookup = held.is_some_and(|expr| matches!(**expr, Expression::Lookup(_)));
        let truth = |vm: &mut Vm, name: &str| -> PyResult<Option<bool>> {
            match class.lookup_where(&Str::interned(name)) {
                Some((holder, value)) if !holder.native && !vm.is_property(&value) => vm.truth(&value).map(Some),
                _ => Ok(None),
            }
        };
        let is_transform = held.is_some_and(|expr| matches!(&**expr, Expression::Func(func) if func.is_transform()));
        Ok(Self {
            sql: if own("as_sqlite") {
                Some("as_sqlite")
            } else if own("as_sql") || (is_lookup && LOOKUP_STEPS.iter().any(|name| own(name))) {
                Some("as_sql")
            } else {
                None
            },
            resolve: own("resolve_expression"),
            output: own("output_field") || own("_resolve_output_field"),
            convert: own("convert_value") || own("get_db_converters"),
            group_by: own("get_group_by_cols"),
            sources: own("get_source_expressions"),
            bilateral: is_transform && truth(vm, "bilateral")?.unwrap_or(false),
            aggregate: truth(vm, "contains_aggregate")?,
            conditional: own("conditional"),
            lookups: is_transform || own("get_lookup") || own("get_transform"),
        })
    }

    fn any(&self) -> bool {
        self.sql.is_some()
            || self.resolve
            || self.output
            || self.convert
            || self.group_by
            || self.sources
            || self.bilateral
            || self.aggregate.is_some()
            || self.conditional
            || self.lookups
    }
}

/// A Python object behind an expression.
struct PyExpression {
    object: Value,
    class: Rc<Class>,
    own: Overrides,
}

/// The aliases that a resolving expression may reuse, on their way through Python code.
struct Reuse(RefCell<AliasSet>);

impl PyExpression {
    /// Whether the object's parts are its own attributes, not the base's.
    fn keeps_parts(&self) -> bool {
        self.object.payload::<ExprPayload>().is_none_or(|payload| payload.expr.borrow().is_none())
    }

    fn class_of_output(&self, vm: &mut Vm, value: &Value) -> PyResult<OutputType> {
        crate::django::fields::output_field(vm, value)
    }
}

impl ExpressionHooks for PyExpression {
    fn class_name(&self) -> String {
        self.class.name().to_string()
    }

    fn rebind(&self, base: &Expr) -> OrmResult<Rc<dyn ExpressionHooks>> {
        hook(|vm| {
            let made = copy(&self.object);
            if !self.keeps_parts() {
                if let Some(payload) = made.payload::<ExprPayload>() {
                    *payload.expr.borrow_mut() = Some(base.clone());
                }
            } else if let Expression::List(parts) = &**base
                && vm.get_attr_opt(&made, "set_source_expressions")?.is_some()
            {
                let parts: Vec<Value> = parts.iter().map(|part| wrap(vm, part)).collect();
                vm.call_method(&made, "set_source_expressions", [Value::list(parts)])?;
            }
            Ok(Rc::new(Self { object: made, class: self.class.clone(), own: self.own }) as Rc<dyn ExpressionHooks>)
        })
    }

    fn as_sql(&self, _base: &Expr, compiler: &mut SqlCompiler<'_>, out: &mut SqlBuffer) -> Option<OrmResult<()>> {
        let method = self.own.sql?;
        let using: Rc<str> = compiler.using.clone().unwrap_or_else(|| "default".into());
        let written = hook(|vm| {
            let handle = compiler::new(vm, compiler.query.clone(), &using);
            let connection = connection_object(vm, &using)?;
            let answer = vm.call_method(&self.object, method, [handle.clone(), connection])?;
            if let Some(query) = compiler::query_of(&handle) {
                *compiler.query = query;
            }
            compiler::unpack(vm, &answer)
        });
        Some(written.map(|fragment| out.fragment(&fragment)))
    }

    fn output_field(&self, _base: &Expr) -> Option<OrmResult<OutputType>> {
        let given = self.object.as_instance().and_then(|instance| instance.get(&Str::interned("output_field")));
        if let Some(given) = given.filter(|given| !given.is_none()) {
            return Some(hook(|vm| self.class_of_output(vm, &given)));
        }
        if !self.own.output {
            return None;
        }
        Some(hook(|vm| {
            let name = if overrides(&self.class, "output_field") { "output_field" } else { "_resolve_output_field" };
            let found = vm.get_attr(&self.object, name)?;
            let found = if name == "output_field" { found } else { vm.call(&found, ())? };
            self.class_of_output(vm, &found)
        }))
    }

    fn resolve(&self, _base: &Expr, query: &mut Query, how: Resolve<'_>) -> Option<OrmResult<Expr>> {
        if !self.own.resolve {
            return None;
        }
        Some(hook(|vm| {
            let handle = object::new(vm, query.clone());
            let reuse = how.reuse.map(|reuse| {
                let class = vm.types.object.clone();
                Value::from(Instance::native(class, Reuse(RefCell::new(reuse.borrow().clone()))))
            });
            let call = [
                handle.clone(),
                how.allow_joins.into(),
                reuse.clone().unwrap_or(Value::None),
                how.summarize.into(),
                how.for_save.into(),
            ];
            let answer = vm.call_method(&self.object, "resolve_expression", call)?;
            if let Some(changed) = object::query_object(&handle) {
                *query = changed;
            }
            if let (Some(reuse), Some(target)) = (&reuse, how.reuse)
                && let Some(changed) = reuse.payload::<Reuse>()
            {
                *target.borrow_mut() = changed.0.borrow().clone();
            }
            lower(vm, &answer)
        }))
    }

    fn converts(&self) -> bool {
        self.own.convert
    }

    fn convert(&self, _base: &Expr, value: Datum) -> OrmResult<Datum> {
        hook(|vm| {
            let connection = connection_object(vm, "default")?;
            let mut value = from_datum(vm, &value)?;
            if overrides(&self.class, "get_db_converters") {
                let converters = vm.call_method(&self.object, "get_db_converters", [connection.clone()])?;
                for converter in vm.list_from(&converters)? {
                    value = vm.call(&converter, [value, self.object.clone(), connection.clone()])?;
                }
            } else {
                value = vm.call_method(&self.object, "convert_value", [value, self.object.clone(), connection])?;
            }
            to_kept_datum(vm, &value)
        })
    }

    fn contains_aggregate(&self) -> Option<bool> {
        self.own.aggregate
    }

    fn conditional(&self) -> Option<bool> {
        if !self.own.conditional {
            return None;
        }
        hook(|vm| {
            let answer = vm.get_attr(&self.object, "conditional")?;
            vm.truth(&answer)
        })
        .ok()
    }

    fn group_by_cols(&self, _base: &Expr) -> Option<OrmResult<Vec<Expr>>> {
        if !self.own.group_by {
            return None;
        }
        Some(hook(|vm| {
            let answer = vm.call_method(&self.object, "get_group_by_cols", ())?;
            let mut cols = Vec::new();
            for col in vm.list_from(&answer)? {
                cols.push(lower(vm, &col)?);
            }
            Ok(cols)
        }))
    }

    fn bilateral_transforms(&self, base: &Expr) -> Vec<LookupClass> {
        if !self.own.bilateral {
            return base.bilateral_transforms();
        }
        let inner = base.sources().into_iter().next();
        let mut transforms = inner.map(|inner| inner.bilateral_transforms()).unwrap_or_default();
        transforms.push(lookups::host(&self.class));
        transforms
    }

    fn get_lookup(&self, _base: &Expr, name: &str) -> Option<LookupClass> {
        self.own.lookups.then(|| lookups::of_expression(&self.object, &self.class, "get_lookup", name)).flatten()
    }

    fn get_transform(&self, _base: &Expr, name: &str) -> Option<LookupClass> {
        self.own.lookups.then(|| lookups::of_expression(&self.object, &self.class, "get_transform", name)).flatten()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The expression of an object whose class was written in Python: what its constructor made, behind hooks where the class
/// overrides what the ORM would do.
pub(super) fn of_object(vm: &mut Vm, value: &Value, held: Option<Expr>) -> PyResult<Expr> {
    let class = vm.class_of(value);
    let held = held.map(|expr| with_attributes(value, expr));
    let own = Overrides::of(vm, &class, held.as_ref())?;
    match held {
        Some(held) if own.any() => Ok(hooked(value, class, own, held)),
        Some(held) => Ok(held),
        None => {
            let base = parts_of(vm, value)?;
            Ok(hooked(value, class, own, base))
        }
    }
}

/// The parts that an object without built-in behaviour says it has.
fn parts_of(vm: &mut Vm, value: &Value) -> PyResult<Expr> {
    let class = vm.class_of(value);
    let mut parts = Vec::new();
    if overrides(&class, "get_source_expressions") {
        let answer = vm.call_method(value, "get_source_expressions", ())?;
        for part in vm.list_from(&answer)? {
            if !part.is_none() {
                parts.push(lower(vm, &part)?);
            }
        }
    }
    Ok(Rc::new(Expression::List(parts.into())))
}

/// `function`, `template` and `arg_joiner` may be set on the object itself.
fn with_attributes(value: &Value, expr: Expr) -> Expr {
    let Some(dict) = value.as_instance().and_then(|instance| instance.dict_opt().cloned()) else { return expr };
    let text = |name: &str| dict.get_text(name).and_then(|held| held.as_str().map(|text| Rc::from(text.as_str())));
    let (function, template, joiner) = (text("function"), text("template"), text("arg_joiner"));
    if function.is_none() && template.is_none() && joiner.is_none() {
        return expr;
    }
    let change = |func: &Func| {
        let mut func = func.clone();
        let mut own: FuncOverrides = func.overrides.as_deref().cloned().unwrap_or_default();
        own.function = function.clone().or(own.function);
        own.template = template.clone().or(own.template);
        own.arg_joiner = joiner.clone().or(own.arg_joiner);
        func.overrides = Some(Rc::new(own));
        func
    };
    match &*expr {
        Expression::Func(func) => Rc::new(Expression::Func(change(func))),
        Expression::Aggregate(aggregate) => {
            let mut aggregate = aggregate.clone();
            aggregate.func = change(&aggregate.func);
            Rc::new(Expression::Aggregate(aggregate))
        }
        _ => expr,
    }
}

fn hooked(value: &Value, class: Rc<Class>, own: Overrides, base: Expr) -> Expr {
    Rc::new(Expression::Custom(Custom { base, hooks: Rc::new(PyExpression { object: value.clone(), class, own }) }))
}

/// The Python object behind a custom expression.
pub(super) fn object_of(custom: &Custom) -> Option<Value> {
    custom.hooks.as_any().downcast_ref::<PyExpression>().map(|hooks| hooks.object.clone())
}

/// What the built-in class alone would do: the expression without its hooks.
pub(super) fn built_in(vm: &mut Vm, value: &Value) -> PyResult<Expr> {
    let held = value.payload::<ExprPayload>().and_then(|payload| payload.expr.borrow().clone());
    match held {
        Some(expr) => Ok(with_attributes(value, expr)),
        None => parts_of(vm, value),
    }
}

/// Another object with the same expression and attributes.
pub(super) fn copy(value: &Value) -> Value {
    let Some(instance) = value.as_instance() else { return value.clone() };
    let fresh = match value.payload::<ExprPayload>() {
        Some(payload) => Instance::native(
            instance.class(),
            ExprPayload { expr: RefCell::new(payload.expr.borrow().clone()), ..ExprPayload::default() },
        ),
        None if !instance.has_payload() => Instance::new(instance.class()),
        None => return value.clone(),
    };
    if let Some(dict) = instance.dict_opt() {
        for (name, held) in dict.str_items() {
            fresh.set(name, held);
        }
    }
    fresh.into()
}

/// `resolve_expression()` of the built-in class, for an object of any class below it.
pub(super) fn resolve(vm: &mut Vm, this: &Value, handle: &Value, how: (bool, &Value, bool, bool)) -> PyResult {
    let base = built_in(vm, this)?;
    let (allow_joins, reuse, summarize, for_save) = how;
    let empty;
    let reuse = match reuse.payload::<Reuse>() {
        Some(reuse) => Some(&reuse.0),
        None if reuse.is_none() => None,
        None => {
            let mut names = AliasSet::new();
            for name in vm.list_from(reuse)? {
                names.push(vm.to_str(&name)?.as_str().into());
            }
            empty = RefCell::new(names);
            Some(&empty)
        }
    };
    let how = Resolve { allow_joins, reuse, summarize, for_save };
    let resolved =
        if handle.is_none() { base.clone() } else { object::edit(vm, handle, |query| base.resolve(query, how))? };
    let class = vm.class_of(this);
    if class.native {
        return Ok(wrap(vm, &resolved));
    }
    let same = std::mem::discriminant(&*base) == std::mem::discriminant(&*resolved);
    if !same {
        return Ok(wrap(vm, &resolved));
    }
    let own = Overrides::of(vm, &class, Some(&base))?;
    let hooks = PyExpression { object: this.clone(), class, own };
    let rebound = orm(vm, || hooks.rebind(&resolved))?;
    Ok(rebound.as_any().downcast_ref::<PyExpression>().map_or_else(|| this.clone(), |hooks| hooks.object.clone()))
}

/// `set_source_expressions()` of the built-in class.
pub(super) fn set_parts(vm: &mut Vm, this: &Value, parts: &Value) -> PyResult<()> {
    let Some(payload) = this.payload::<ExprPayload>() else { return Ok(()) };
    let Some(base) = payload.expr.borrow().clone() else { return Ok(()) };
    let mut fresh = Vec::new();
    for part in vm.list_from(parts)? {
        if !part.is_none() {
            fresh.push(super::operand(vm, &part)?);
        }
    }
    let changed = match &*base {
        // A call may get more or fewer arguments.
        Expression::Func(func) => Rc::new(Expression::Func(Func { args: fresh, ..func.clone() })),
        _ => {
            let mut left = fresh.into_iter();
            orm(vm, || base.map_sources(&mut |part| Ok(left.next().unwrap_or_else(|| part.clone()))))?
        }
    };
    *payload.expr.borrow_mut() = Some(changed);
    Ok(())
}

/// `repr(expression)`
pub(super) fn repr(vm: &mut Vm, value: &Value) -> PyResult<String> {
    let expr = built_in(vm, value)?;
    if let (Expression::List(_), false) = (&*expr, vm.class_of(value).native) {
        let name = vm.type_name(value).to_string();
        return Ok(format!("<{name}>"));
    }
    crate::django::state::orm(vm, || Ok(expr.repr()))
}
