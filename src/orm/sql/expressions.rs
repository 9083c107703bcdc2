//! Expressions as SQL text.

use std::rc::Rc;

use super::{Fragment, SqlBuffer, SqlCompiler};
use crate::orm::models::FieldKind;
use crate::orm::query::{Aggregate, Case, Combined, CombinedKind, Expr, Expression, Func, OrderBy, Subquery, Value};
use crate::orm::{Datum, ErrorKind, OrmError, OrmResult};

/// A constant as an expression.
pub(super) fn constant(value: Datum) -> Expr {
    Rc::new(Expression::Value(Value { value, output: None, for_save: false }))
}

impl SqlCompiler<'_> {
    /// Writes an expression.
    pub fn compile(&mut self, expr: &Expr, out: &mut SqlBuffer) -> OrmResult<()> {
        let _level = crate::orm::query::resolve::Level::enter()?;
        match &**expr {
            Expression::Col(col) => {
                if let Some(alias) = &col.alias {
                    self.name(alias, out);
                    out.push(".");
                }
                self.name(col.target.column.as_deref().unwrap_or("None"), out);
                Ok(())
            }
            Expression::ColPairs(pairs) => self.joined(&pairs.cols(), ", ", out),
            Expression::Ref { refs, .. } => {
                out.name(refs);
                Ok(())
            }
            Expression::PositionRef { ordinal, .. } => {
                out.push(&ordinal.to_string());
                Ok(())
            }
            Expression::Value(value) => self.numeric(expr, out, |compiler, out| compiler.value(value, out)),
            Expression::Star => {
                out.push("*");
                Ok(())
            }
            Expression::Func(func) => self.func(func, out),
            Expression::Aggregate(aggregate) => {
                self.numeric(expr, out, |compiler, out| compiler.aggregate(aggregate, out))
            }
            Expression::Combined(combined) => self.combined(expr, combined, out),
            Expression::Wrapper { inner, .. } => self.numeric(expr, out, |compiler, out| compiler.compile(inner, out)),
            Expression::Negated(inner) => {
                let mark = out.mark();
                out.push("NOT ");
                match self.compile(inner, out) {
                    Err(error) if error.is_empty_result() => {
                        out.rewind(mark);
                        self.compile(&constant(Datum::Bool(true)), out)
                    }
                    other => other,
                }
            }
            Expression::Case(case) => self.numeric(expr, out, |compiler, out| compiler.case(case, out)),
            Expression::When(when) => {
                out.push("WHEN ");
                self.compile(&when.condition, out)?;
                out.push(" THEN ");
                self.compile(&when.result, out)
            }
            Expression::Subquery(subquery) => self.subquery(subquery, out),
            Expression::Query(inner) => {
                let sql = self.inner_sql(&inner.query)?;
                if inner.query.subquery {
                    out.push("(");
                    out.fragment(&sql);
                    out.push(")");
                } else {
                    out.fragment(&sql);
                }
                Ok(())
            }
            Expression::Window(window) => self.window(expr, window, out),
            Expression::RawSql(raw) => {
                out.push("(");
                out.push(&raw.sql);
                out.push(")");
                out.params.extend_from_slice(&raw.params);
                Ok(())
            }
            Expression::OrderBy(order) => self.order_term(order, out),
            Expression::List(items) => self.joined(items, ", ", out),
            Expression::Where(node) => self.write_where(node, out),
            Expression::Lookup(lookup) => (lookup.spec.write)(lookup, self, out),
            Expression::ExtraWhere(extra) => {
                for (position, sql) in extra.sqls.iter().enumerate() {
                    out.push(if position == 0 { "(" } else { " AND (" });
                    out.push(sql);
                    out.push(")");
                }
                out.params.extend_from_slice(&extra.params);
                Ok(())
            }
            Expression::Nothing => Err(OrmError::empty_result()),
            Expression::DatabaseDefault(inner) => self.compile(inner, out),
            Expression::Custom(custom) => match custom.hooks.as_sql(&custom.base, self, out) {
                Some(written) => written,
                None => self.compile(&custom.base, out),
            },
            Expression::ResolvedOuterRef(_) => Err(OrmError::value_error(
                "This queryset contains a reference to an outer query and may only be used in a subquery.",
            )),
            Expression::F(_) | Expression::OuterRef { .. } | Expression::Q(_) => {
                Err(OrmError::attribute_error(format!("'{}' object has no attribute 'as_sql'", expr.class_name())))
            }
        }
    }

    fn joined(&mut self, items: &[Expr], joiner: &str, out: &mut SqlBuffer) -> OrmResult<()> {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                out.push(joiner);
            }
            self.argument(item, out)?;
        }
        Ok(())
    }

    /// Writes an argument: over no rows it is its value there, and a condition that always holds is true.
    fn argument(&mut self, arg: &Expr, out: &mut SqlBuffer) -> OrmResult<()> {
        let mark = out.mark();
        match self.compile(arg, out) {
            Err(error) if error.is_empty_result() => match arg.empty_result_set_value() {
                Some(value) => {
                    out.rewind(mark);
                    self.compile(&constant(value), out)
                }
                None => Err(error),
            },
            Err(error) if error.is_full_result() => {
                out.rewind(mark);
                self.compile(&constant(Datum::Bool(true)), out)
            }
            other => other,
        }
    }

    /// Writes with a cast around when the type is a decimal: SQLite compares and sorts the text otherwise.
    fn numeric(
        &mut self,
        expr: &Expression,
        out: &mut SqlBuffer,
        write: impl FnOnce(&mut Self, &mut SqlBuffer) -> OrmResult<()>,
    ) -> OrmResult<()> {
        if !is_decimal(expr)? {
            return write(self, out);
        }
        out.push("(CAST(");
        write(self, out)?;
        out.push(" AS NUMERIC))");
        Ok(())
    }

    fn value(&mut self, value: &Value, out: &mut SqlBuffer) -> OrmResult<()> {
        let mut sent = value.value.clone();
        let output = match &value.output {
            Some(output) => Some(output.clone()),
            None => Expression::Value(value.clone()).output_or_none()?,
        };
        if let Some(output) = &output {
            sent = if value.for_save {
                output.get_db_prep_save(&sent)?
            } else {
                output.get_db_prep_value(&sent, false)?
            };
            if let Some(placeholder) = output.hooks.as_ref().and_then(|hooks| hooks.get_placeholder(output, &sent)) {
                out.push(&placeholder?);
                out.params.push(sent);
                return Ok(());
            }
            if sent.is_null() && output.is_a(crate::orm::models::FieldKind::Binary) {
                // Binary columns have a placeholder of their own, for a NULL too.
                out.param(sent);
                return Ok(());
            }
        }
        match sent {
            Datum::Null => out.push("NULL"),
            Datum::Expr(expr) => return self.compile(&expr, out),
            sent => out.param(sent),
        }
        Ok(())
    }

    fn func(&mut self, func: &Func, out: &mut SqlBuffer) -> OrmResult<()> {
        if let Some(write) = func.spec.write {
            return write(func, self, out);
        }
        self.write_func(func, out)
    }

    /// Writes a call by its template, with the cast that a decimal needs.
    pub fn write_func(&mut self, func: &Func, out: &mut SqlBuffer) -> OrmResult<()> {
        let template = func.template();
        let decimal = func.spec.numeric_cast
            && match func.output_or_none() {
                Ok(output) => output.is_some_and(|field| &*field.internal_type() == "DecimalField"),
                Err(error) if error.is_field_error() => false,
                Err(error) => return Err(error),
            };
        if decimal {
            out.push("(CAST(");
        }
        self.write_template(func, out, &template, &[])?;
        if decimal {
            out.push(" AS NUMERIC))");
        }
        Ok(())
    }

    /// Writes a call's arguments alone, joined as the class says.
    pub fn write_arguments(&mut self, func: &Func, out: &mut SqlBuffer) -> OrmResult<()> {
        let joiner = func.arg_joiner();
        self.joined(&func.args, &joiner, out)
    }

    /// Writes a call by `template`; `names` go before the call's own.
    pub fn write_template(
        &mut self,
        func: &Func,
        out: &mut SqlBuffer,
        template: &str,
        names: &[(&str, &str)],
    ) -> OrmResult<()> {
        let mut arguments = SqlBuffer::new();
        self.write_arguments(func, &mut arguments)?;
        let function = func.function();
        let mut rendered = Ok(());
        render(template, out, &mut |name, out| {
            if let Some((_, text)) = names.iter().find(|(known, _)| *known == name) {
                out.push(text);
            } else if name == "expressions" || name == "field" {
                out.push(&arguments.sql);
            } else if name == "function" {
                out.push(function.as_deref().unwrap_or("None"));
            } else if let Some(value) = func.extra(name) {
                match value.py_str() {
                    Ok(text) => out.push(&text),
                    Err(error) => rendered = Err(error),
                }
            } else if name == "distinct" {
                // Aggregates alone have it.
            } else {
                rendered = Err(OrmError::new(ErrorKind::KeyError, crate::orm::text::repr_str(name)));
            }
        });
        out.params.append(&mut arguments.params);
        rendered
    }

    fn aggregate(&mut self, aggregate: &Aggregate, out: &mut SqlBuffer) -> OrmResult<()> {
        let func = &aggregate.func;
        let mut filter = None;
        if let Some(condition) = &aggregate.filter {
            match self.fragment(condition) {
                Ok(sql) => filter = Some(sql),
                Err(error) if error.is_full_result() => {}
                Err(error) => return Err(error),
            }
        }
        check_aggregate(aggregate)?;
        let distinct = if aggregate.distinct { "DISTINCT " } else { "" };
        if let Some(write) = func.spec.write {
            write(func, self, out)?;
        } else {
            self.write_template(func, out, &func.template(), &[("distinct", distinct)])?;
        }
        if let Some(filter) = filter {
            out.push(" FILTER (WHERE ");
            out.fragment(&filter);
            out.push(")");
        }
        Ok(())
    }

    fn combined(&mut self, expr: &Expression, combined: &Combined, out: &mut SqlBuffer) -> OrmResult<()> {
        match combined.kind {
            CombinedKind::Plain => self.numeric(expr, out, |compiler, out| {
                let function = match combined.connector {
                    "^" => Some("(POWER("),
                    "#" => Some("(BITXOR("),
                    _ => None,
                };
                out.push(function.unwrap_or("("));
                compiler.compile(&combined.lhs, out)?;
                if function.is_some() {
                    out.push(",");
                } else {
                    out.push(" ");
                    out.push(combined.connector);
                    out.push(" ");
                }
                compiler.compile(&combined.rhs, out)?;
                out.push(if function.is_some() { "))" } else { ")" });
                Ok(())
            }),
            CombinedKind::Duration => {
                let connector = combined.connector;
                let lhs = self.fragment(&combined.lhs)?;
                let rhs = self.fragment(&combined.rhs)?;
                if !matches!(connector, "+" | "-" | "*" | "/") {
                    return Err(OrmError::database_error(format!("Invalid connector for timedelta: {connector}.")));
                }
                out.push(&format!("(django_format_dtdelta('{connector}', "));
                out.fragment(&lhs);
                out.push(", ");
                out.fragment(&rhs);
                out.push("))");
                if matches!(connector, "*" | "/")
                    && let (Some(lhs), Some(rhs)) = (combined.lhs.internal_type(), combined.rhs.internal_type())
                {
                    let fits =
                        |name: &str| matches!(name, "DecimalField" | "DurationField" | "FloatField" | "IntegerField");
                    if !fits(&lhs) || !fits(&rhs) {
                        return Err(OrmError::database_error(format!("Invalid arguments for operator {connector}.")));
                    }
                }
                Ok(())
            }
            CombinedKind::TemporalSubtraction => {
                let time = combined.lhs.output_field()?.internal_type();
                out.push(if &*time == "TimeField" { "django_time_diff(" } else { "django_timestamp_diff(" });
                self.compile(&combined.lhs, out)?;
                out.push(", ");
                self.compile(&combined.rhs, out)?;
                out.push(")");
                Ok(())
            }
        }
    }

    fn case(&mut self, case: &Case, out: &mut SqlBuffer) -> OrmResult<()> {
        let mut parts: Vec<Fragment> = Vec::new();
        let mut default = &case.default;
        for branch in &case.cases {
            match self.fragment(branch) {
                Ok(sql) => parts.push(sql),
                Err(error) if error.is_empty_result() => {}
                Err(error) if error.is_full_result() => {
                    if let Expression::When(when) = &**branch {
                        default = &when.result;
                    }
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        if parts.is_empty() {
            return self.compile(default, out);
        }
        out.push("CASE ");
        for part in &parts {
            out.fragment(part);
            out.push(" ");
        }
        out.push("ELSE ");
        self.compile(default, out)?;
        out.push(" END");
        // A type that the branches don't agree on shows only here, where Django asks for it.
        Expression::Case(case.clone()).output_or_none().map(|_| ())
    }

    /// A query inside this one, without parentheses.
    pub(super) fn inner_sql(&mut self, query: &Rc<crate::orm::query::Query>) -> OrmResult<Fragment> {
        let mut query = (**query).clone();
        let mut inner = SqlCompiler::with(&mut query, self.dialect);
        inner.using = self.using.clone();
        inner.as_sql(true, false)
    }

    fn subquery(&mut self, subquery: &Subquery, out: &mut SqlBuffer) -> OrmResult<()> {
        let sql = match self.inner_sql(&subquery.query) {
            Err(error) if error.is_empty_result() && subquery.exists => {
                return self.compile(&constant(Datum::Bool(false)), out);
            }
            other => other?,
        };
        let template = match subquery.extra.iter().find(|(name, _)| &**name == "template") {
            Some((_, Datum::Str(template))) => Some(template.clone()),
            _ => subquery.template.clone(),
        };
        let Some(template) = template else {
            out.push(if subquery.exists { "EXISTS(" } else { "(" });
            out.fragment(&sql);
            out.push(")");
            return Ok(());
        };
        let mut rendered = Ok(());
        render(&template, out, &mut |name, out| {
            if name == "subquery" {
                out.push(&sql.sql);
            } else {
                match subquery.extra.iter().find(|(known, _)| **known == *name).map(|(_, value)| value.py_str()) {
                    Some(Ok(text)) => out.push(&text),
                    Some(Err(error)) => rendered = Err(error),
                    None => rendered = Err(OrmError::new(ErrorKind::KeyError, crate::orm::text::repr_str(name))),
                }
            }
        });
        out.params.extend(sql.params);
        rendered
    }

    fn order_term(&mut self, order: &OrderBy, out: &mut SqlBuffer) -> OrmResult<()> {
        if let Expression::ColPairs(pairs) = &*order.expr {
            for (position, col) in pairs.cols().into_iter().enumerate() {
                if position > 0 {
                    out.push(", ");
                }
                self.order_term(&OrderBy { expr: col, ..order.clone() }, out)?;
            }
            return Ok(());
        }
        self.compile(&order.expr, out)?;
        out.push(if order.descending { " DESC" } else { " ASC" });
        if order.nulls_last {
            out.push(" NULLS LAST");
        } else if order.nulls_first {
            out.push(" NULLS FIRST");
        }
        Ok(())
    }
}

fn is_decimal(expr: &Expression) -> OrmResult<bool> {
    match expr.output_field() {
        Ok(field) => Ok(&*field.internal_type() == "DecimalField"),
        Err(error) if error.is_field_error() => Ok(false),
        Err(error) => Err(error),
    }
}

/// What SQLite cannot aggregate.
fn check_aggregate(aggregate: &Aggregate) -> OrmResult<()> {
    let func = &aggregate.func;
    if matches!(func.spec.name, "Sum" | "Avg" | "Variance" | "StdDev") {
        for source in func.args.iter().chain(&aggregate.filter) {
            let Ok(field) = source.output_field() else { continue };
            if field.is_a(FieldKind::Date) || field.is_a(FieldKind::Time) {
                return Err(OrmError::not_supported(
                    "You cannot use Sum, Avg, StdDev, and Variance aggregations on date/time fields in sqlite3 since \
                     date/time is saved as text.",
                ));
            }
        }
    }
    if aggregate.distinct && func.args.len() > 1 {
        return Err(OrmError::not_supported(
            "SQLite doesn't support DISTINCT on aggregate functions accepting multiple arguments.",
        ));
    }
    Ok(())
}

/// Fills in a template of Python's `%` formatting by name.
pub fn render(template: &str, out: &mut SqlBuffer, fill: &mut dyn FnMut(&str, &mut SqlBuffer)) {
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('%') {
            out.push("%");
            rest = tail;
        } else if after.starts_with('(')
            && let Some(end) = after.find(")s")
        {
            fill(&after[1..end], out);
            rest = &after[end + 2..];
        } else {
            out.push("%");
            rest = after;
        }
    }
    out.push(rest);
}

impl Func {
    fn named(&self, name: &str) -> Option<Rc<str>> {
        match self.extra(name) {
            Some(Datum::Str(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// The template: the call's, a subclass's, or the class's.
    pub fn template(&self) -> Rc<str> {
        self.named("template")
            .or_else(|| self.overrides.as_ref().and_then(|own| own.template.clone()))
            .unwrap_or_else(|| self.spec.template.into())
    }

    /// The function's name, likewise.
    pub fn function(&self) -> Option<Rc<str>> {
        self.named("function")
            .or_else(|| self.overrides.as_ref().and_then(|own| own.function.clone()))
            .or_else(|| (!self.spec.function.is_empty()).then(|| self.spec.function.into()))
    }

    /// What stands between arguments, likewise.
    pub fn arg_joiner(&self) -> Rc<str> {
        self.named("arg_joiner")
            .or_else(|| self.overrides.as_ref().and_then(|own| own.arg_joiner.clone()))
            .unwrap_or_else(|| self.spec.arg_joiner.into())
    }
}
