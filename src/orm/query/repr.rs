//! Expressions as Python's `repr` writes them, for messages.

use super::{Expression, Func, QNode};

impl Expression {
    /// `repr(expression)`.
    pub fn repr(&self) -> String {
        match self {
            Self::F(name) => format!("F({name})"),
            Self::OuterRef { name, .. } => format!("OuterRef({name})"),
            Self::ResolvedOuterRef(name) => format!("ResolvedOuterRef({name})"),
            Self::Col(col) => {
                let target = match col.target.model() {
                    Some(model) => format!("{}.{}", model.label(), col.target.name),
                    None => col.target.name.to_string(),
                };
                match &col.alias {
                    Some(alias) => format!("Col({alias}, {target})"),
                    None => format!("Col({target})"),
                }
            }
            Self::Ref { refs, source } => format!("Ref({refs}, {})", source.repr()),
            Self::Value(value) => {
                format!("Value({})", value.value.py_repr().unwrap_or_else(|_| value.value.type_name()))
            }
            Self::Star => "'*'".to_owned(),
            Self::Func(func) => func.repr(Vec::new()),
            Self::Aggregate(aggregate) => {
                let mut options = Vec::new();
                if aggregate.distinct {
                    options.push(("distinct", "True".to_owned()));
                }
                if let Some(filter) = &aggregate.filter {
                    options.push(("filter", filter.str()));
                }
                if matches!(aggregate.func.spec.name, "StdDev" | "Variance") {
                    let sample = aggregate.func.spec.function.ends_with("SAMP");
                    options.push(("sample", if sample { "True" } else { "False" }.to_owned()));
                }
                aggregate.func.repr(options)
            }
            Self::Combined(combined) => {
                format!(
                    "<{}: {} {} {}>",
                    self.class_name(),
                    combined.lhs.repr(),
                    combined.connector,
                    combined.rhs.repr()
                )
            }
            Self::Wrapper { inner, .. } | Self::Negated(inner) => format!("{}({})", self.class_name(), inner.repr()),
            Self::Case(_) => format!("<Case: {}>", self.str()),
            Self::When(_) => format!("<When: {}>", self.str()),
            Self::RawSql(raw) => {
                let params: Vec<String> =
                    raw.params.iter().map(|param| param.py_repr().unwrap_or_else(|_| param.type_name())).collect();
                format!("RawSQL({}, [{}])", raw.sql, params.join(", "))
            }
            Self::OrderBy(order) => {
                let descending = if order.descending { "True" } else { "False" };
                format!("OrderBy({}, descending={descending})", order.expr.repr())
            }
            Self::Window(_) => format!("<Window: {}>", self.str()),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.str()).collect();
                format!("ExpressionList({})", items.join(", "))
            }
            Self::Lookup(lookup) => {
                let rhs = lookup.rhs.py_repr().unwrap_or_else(|_| lookup.rhs.type_name());
                format!("{}({}, {rhs})", lookup.spec.name, lookup.lhs.repr())
            }
            Self::Q(q) => q.repr(),
            Self::Where(_) => format!("<WhereNode: {}>", self.str()),
            // As object.__repr__; the address is nobody's.
            other => format!("<django.db.models.expressions.{} object at 0x7f0000000000>", other.class_name()),
        }
    }

    /// `str(expression)`.
    pub fn str(&self) -> String {
        match self {
            Self::When(when) => format!("WHEN {} THEN {}", when.condition.repr(), when.result.repr()),
            Self::Where(node) => {
                let children: Vec<String> = node.children.iter().map(|child| child.str()).collect();
                let inner = format!("({}: {})", node.connector.as_str(), children.join(", "));
                if node.negated { format!("(NOT {inner})") } else { inner }
            }
            Self::Case(case) => {
                let cases: Vec<String> = case.cases.iter().map(|case| case.str()).collect();
                format!("CASE {}, ELSE {}", cases.join(", "), case.default.repr())
            }
            Self::Window(window) => {
                let part = |part: &Option<super::Expr>, prefix: &str| {
                    part.as_ref().map(|part| format!("{prefix}{}", part.str())).unwrap_or_default()
                };
                format!(
                    "{} OVER ({}{}{})",
                    window.source.str(),
                    part(&window.partition_by, "PARTITION BY "),
                    part(&window.order_by, ""),
                    window.frame.as_ref().map(super::Frame::str).unwrap_or_default()
                )
            }
            Self::Combined(combined) => {
                format!("{} {} {}", combined.lhs.str(), combined.connector, combined.rhs.str())
            }
            Self::List(items) => items.iter().map(|item| item.str()).collect::<Vec<_>>().join(", "),
            Self::Q(q) => q.str(),
            other => other.repr(),
        }
    }
}

impl Func {
    fn repr(&self, options: Vec<(&str, String)>) -> String {
        if self.spec.name == "Sliced" {
            return self.slice_repr();
        }
        // What a class with a writer of its own keeps for it was no keyword of the call.
        let own = self.spec.write.is_some();
        let args: Vec<String> = self.args.iter().map(|arg| arg.str()).collect();
        let joiner = self.overrides.as_ref().and_then(|own| own.arg_joiner.as_deref()).unwrap_or(self.spec.arg_joiner);
        let mut extra: Vec<(&str, String)> = self
            .extra
            .iter()
            .filter(|(name, _)| {
                !own || !matches!(&**name, "lookup_name" | "tzname" | "kind" | "key_name" | "collation" | "tzinfo")
            })
            .map(|(name, value)| (&**name, value.py_str().unwrap_or_else(|_| value.type_name())))
            .chain(options)
            .collect();
        extra.sort();
        let args = args.join(joiner);
        if extra.is_empty() {
            return format!("{}({args})", self.class_name());
        }
        let extra: Vec<String> = extra.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}({args}, {})", self.class_name(), extra.join(", "))
    }
}

impl super::Frame {
    /// `str(frame)`, which also shows bounds that no database takes.
    pub fn str(&self) -> String {
        use super::{FrameExclusion, FrameKind};
        let bound = |value: &crate::orm::Datum, unbounded: &str| match value {
            crate::orm::Datum::Int(0) => "CURRENT ROW".to_owned(),
            crate::orm::Datum::Int(number) if *number < 0 => format!("{} PRECEDING", number.unsigned_abs()),
            crate::orm::Datum::Int(number) => format!("{number} FOLLOWING"),
            _ => unbounded.to_owned(),
        };
        let kind = match self.kind {
            FrameKind::Rows => "ROWS",
            FrameKind::Range => "RANGE",
        };
        let exclusion = match self.exclusion {
            None => "",
            Some(FrameExclusion::CurrentRow) => " EXCLUDE CURRENT ROW",
            Some(FrameExclusion::Group) => " EXCLUDE GROUP",
            Some(FrameExclusion::Ties) => " EXCLUDE TIES",
            Some(FrameExclusion::NoOthers) => " EXCLUDE NO OTHERS",
        };
        format!(
            "{kind} BETWEEN {} AND {}{exclusion}",
            bound(&self.start.0, "UNBOUNDED PRECEDING"),
            bound(&self.end.0, "UNBOUNDED FOLLOWING")
        )
    }
}

impl Func {
    fn slice_repr(&self) -> String {
        let number = |name: &str| match self.extra(name) {
            Some(crate::orm::Datum::Int(number)) => Some(*number),
            _ => None,
        };
        let start = number("start").unwrap_or(1) - 1;
        let stop = number("length").map_or_else(|| "None".to_owned(), |length| (start + length).to_string());
        let inner = self.args.first().map(|arg| arg.repr()).unwrap_or_default();
        format!("Sliced({inner}, slice({start}, {stop}, None))")
    }
}

impl super::Q {
    /// `str(q)`.
    pub fn str(&self) -> String {
        let children: Vec<String> = self
            .children
            .iter()
            .map(|child| match child {
                QNode::Pair(name, value) => {
                    let value = value.py_repr().unwrap_or_else(|_| value.type_name());
                    format!("({}, {value})", crate::orm::text::repr_str(name))
                }
                QNode::Q(q) => q.str(),
                QNode::Expr(expr) => expr.str(),
            })
            .collect();
        let inner = format!("({}: {})", self.connector.as_str(), children.join(", "));
        if self.negated { format!("(NOT {inner})") } else { inner }
    }

    /// `repr(q)`.
    pub fn repr(&self) -> String {
        format!("<Q: {}>", self.str())
    }
}
