//! Function calls: what Django's `Func` subclasses say of themselves, as tables.

use std::rc::Rc;

use super::{Expr, OutputType};
use crate::orm::models::FieldKind;
use crate::orm::sql::{SqlBuffer, SqlCompiler};
use crate::orm::{Datum, OrmResult};

/// How a function's type follows when none is declared.
#[derive(Clone, Copy)]
pub enum Output {
    /// From the arguments, which must agree.
    FromArguments,
    /// Always this one.
    Kind(FieldKind),
    /// By a rule of the function's own; `None` when it has no type.
    By(fn(&Func) -> OrmResult<Option<OutputType>>),
}

/// Writes a call in a way that no template can say.
pub type FuncWriter = fn(&Func, &mut SqlCompiler<'_>, &mut SqlBuffer) -> OrmResult<()>;

/// Checks a resolved call, or gives what stands in its place.
pub type FuncRule = fn(&Func) -> OrmResult<Option<Expr>>;

/// What a built-in function class says of itself. A family's file declares one `static` a class, starting from
/// [`FuncSpec::DEFAULT`].
pub struct FuncSpec {
    /// The class's name.
    pub name: &'static str,
    /// `function`.
    pub function: &'static str,
    /// `template`.
    pub template: &'static str,
    /// `arg_joiner`.
    pub arg_joiner: &'static str,
    /// `arity`.
    pub arity: Option<usize>,
    /// `lookup_name`, for transforms.
    pub lookup_name: Option<&'static str>,
    /// The type.
    pub output: Output,
    /// Replaces writing by the template, as `as_sqlite` and `as_sql` overrides do.
    pub write: Option<FuncWriter>,
    /// Works on the resolved call, as overrides of `resolve_expression` do: checks it or replaces it.
    pub resolved: Option<FuncRule>,
    /// `window_compatible`.
    pub window_compatible: bool,
    /// `bilateral`.
    pub bilateral: bool,
    /// `contains_aggregate` and `contains_over_clause` of the class itself: aggregates and window functions.
    pub is_aggregate: bool,
    /// Whether an aggregate's value over no rows is not NULL: `Count`'s 0.
    pub empty_result_zero: bool,
    /// `allow_distinct`.
    pub allow_distinct: bool,
    /// `allow_order_by`.
    pub allow_order_by: bool,
    /// `contains_subquery`-like marker: rows multiply.
    pub set_returning: bool,
    /// Whether a decimal result is cast, as `SQLiteNumericMixin` does.
    pub numeric_cast: bool,
    /// `allowed_default`, read off the arguments when `None`.
    pub allowed_default: Option<bool>,
}

impl FuncSpec {
    /// `Func` itself.
    pub const DEFAULT: Self = Self {
        name: "Func",
        function: "",
        template: "%(function)s(%(expressions)s)",
        arg_joiner: ", ",
        arity: None,
        lookup_name: None,
        output: Output::FromArguments,
        write: None,
        resolved: None,
        window_compatible: false,
        bilateral: false,
        is_aggregate: false,
        empty_result_zero: false,
        allow_distinct: false,
        allow_order_by: false,
        set_returning: false,
        numeric_cast: true,
        allowed_default: None,
    };
}

/// `Func`, for calls that name their function themselves.
pub static FUNC: FuncSpec = FuncSpec::DEFAULT;

/// What one call says otherwise than its class: keyword arguments of `Func(…)` and attributes of a host's subclass.
#[derive(Clone, Default)]
pub struct FuncOverrides {
    /// A subclass's name.
    pub class_name: Option<Rc<str>>,
    /// `function`.
    pub function: Option<Rc<str>>,
    /// `template`.
    pub template: Option<Rc<str>>,
    /// `arg_joiner`.
    pub arg_joiner: Option<Rc<str>>,
    /// A subclass's `window_compatible`.
    pub window_compatible: Option<bool>,
    /// A subclass's `lookup_name`.
    pub lookup_name: Option<Rc<str>>,
    /// A subclass's `bilateral`.
    pub bilateral: Option<bool>,
}

/// A call of a function.
#[derive(Clone)]
pub struct Func {
    /// The built-in class.
    pub spec: &'static FuncSpec,
    /// The arguments.
    pub args: Vec<Expr>,
    /// The declared type.
    pub output: Option<OutputType>,
    /// Names for the template, and what a family's own writer goes by (`lookup_name`, `tzname`, `precision` …).
    pub extra: Vec<(Rc<str>, Datum)>,
    /// What the call says otherwise than its class.
    pub overrides: Option<Rc<FuncOverrides>>,
}

impl Func {
    /// A call of `spec` with `args`.
    pub fn new(spec: &'static FuncSpec, args: Vec<Expr>) -> Self {
        Self { spec, args, output: None, extra: Vec::new(), overrides: None }
    }

    /// The class's name, a subclass's when a host gave one.
    pub fn class_name(&self) -> &str {
        self.overrides.as_ref().and_then(|own| own.class_name.as_deref()).unwrap_or(self.spec.name)
    }

    /// A value of [`Self::extra`].
    pub fn extra(&self, name: &str) -> Option<&Datum> {
        self.extra.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }
}
