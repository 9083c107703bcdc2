//! A few lines of Python, so that cases read as they were put to real Django: names, calls, constants, slices and the
//! operators of conditions and expressions.

use std::rc::Rc;

use super::blog::Set;
use crate::orm::models::{Model, OrderTerm};
use crate::orm::query::functions::{self, AVG, COUNT, MAX, MIN, SUM};
use crate::orm::query::{
    Aggregate, Case, Combined, CombinedKind, Connector, Expr, Expression, FilteredRelation, Func, GroupBy, OrderBy, Q,
    QNode, Query, Related, Subquery, Value, When, Window,
};
use crate::orm::sql::{Fragment, UpdatePlan, compile_aggregation, compile_delete, compile_update, interpolate};
use crate::orm::{Datum, OrmError, OrmResult};

/// What an expression is.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a handful of them live at a time")]
pub enum V {
    Model(Model),
    Set(Query),
    Expr(Expr),
    Q(Q),
    Filtered(FilteredRelation),
    Datum(Datum),
    Bound(Box<V>, String),
    Name(String),
    /// Statements that were sent.
    Sent(Fragment),
}

pub struct Script<'a> {
    text: Vec<char>,
    at: usize,
    models: &'a [Model],
}

type Args = (Vec<V>, Vec<(String, V)>);

fn expr(expression: Expression) -> Expr {
    Rc::new(expression)
}

fn unfit<T>(what: &str) -> OrmResult<T> {
    Err(OrmError::unsupported(what))
}

pub fn run(text: &str, models: &[Model]) -> OrmResult<V> {
    let mut script = Script { text: text.chars().collect(), at: 0, models };
    script.or()
}

impl V {
    fn datum(self) -> OrmResult<Datum> {
        Ok(match self {
            V::Datum(datum) => datum,
            V::Expr(expr) => Datum::Expr(expr),
            V::Q(q) => Datum::Expr(expr(Expression::Q(q))),
            V::Set(query) => Datum::Query(Rc::new(query)),
            _ => return unfit("a value"),
        })
    }

    fn expr(self) -> OrmResult<Expr> {
        Ok(match self {
            V::Expr(expr) => expr,
            V::Q(q) => expr(Expression::Q(q)),
            V::Datum(Datum::Str(name)) => expr(Expression::F(name)),
            V::Datum(value) => expr(Expression::Value(Value { value, output: None, for_save: false })),
            _ => return unfit("an expression"),
        })
    }

    /// As an operand: a text is itself.
    fn operand(self) -> OrmResult<Expr> {
        match self {
            V::Datum(value) => Ok(expr(Expression::Value(Value { value, output: None, for_save: false }))),
            other => other.expr(),
        }
    }

    fn node(self) -> OrmResult<QNode> {
        match self {
            V::Q(q) => Ok(QNode::Q(q)),
            V::Expr(expr) => Ok(QNode::Expr(expr)),
            _ => unfit("a condition"),
        }
    }

    fn name(self) -> OrmResult<Rc<str>> {
        match self {
            V::Datum(Datum::Str(name)) => Ok(name),
            _ => unfit("a name"),
        }
    }

    fn query(self) -> OrmResult<Query> {
        match self {
            V::Set(query) => Ok(query),
            _ => unfit("a queryset"),
        }
    }
}

fn condition((args, mut kwargs): Args) -> OrmResult<Q> {
    kwargs.sort_by(|a, b| a.0.cmp(&b.0));
    let mut children = args.into_iter().map(V::node).collect::<OrmResult<Vec<_>>>()?;
    for (name, value) in kwargs {
        children.push(QNode::Pair(name.as_str().into(), value.datum()?));
    }
    Ok(Q::new(children))
}

impl Script<'_> {
    fn blank(&mut self) {
        while self.text.get(self.at) == Some(&' ') {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> char {
        self.blank();
        self.text.get(self.at).copied().unwrap_or('\0')
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == c;
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> OrmResult<V> {
        let mut left = self.and()?;
        loop {
            let connector = match self.peek() {
                '|' => Connector::Or,
                '^' => Connector::Xor,
                _ => return Ok(left),
            };
            self.at += 1;
            left = combine(left, self.and()?, connector)?;
        }
    }

    fn and(&mut self) -> OrmResult<V> {
        let mut left = self.sum()?;
        while self.eat('&') {
            left = combine(left, self.sum()?, Connector::And)?;
        }
        Ok(left)
    }

    fn sum(&mut self) -> OrmResult<V> {
        let mut left = self.product()?;
        loop {
            let connector = match self.peek() {
                '+' => "+",
                '-' => "-",
                _ => return Ok(left),
            };
            self.at += 1;
            let rhs = self.product()?;
            left = combined(left, connector, rhs)?;
        }
    }

    fn product(&mut self) -> OrmResult<V> {
        let mut left = self.unary()?;
        loop {
            let connector = match self.peek() {
                '*' => "*",
                '/' => "/",
                '%' => "%%",
                _ => return Ok(left),
            };
            self.at += 1;
            let rhs = self.unary()?;
            left = combined(left, connector, rhs)?;
        }
    }

    fn unary(&mut self) -> OrmResult<V> {
        if self.eat('~') {
            return Ok(match self.unary()? {
                V::Q(q) => V::Q(q.negate()),
                V::Expr(inner) => V::Expr(expr(Expression::Negated(inner))),
                _ => return unfit("~"),
            });
        }
        if self.eat('-') {
            return match self.unary()? {
                V::Datum(Datum::Int(number)) => Ok(V::Datum(Datum::Int(-number))),
                _ => unfit("-"),
            };
        }
        let mut value = self.atom()?;
        loop {
            if self.eat('.') {
                let name = self.word();
                value = self.attribute(value, name)?;
            } else if self.eat('(') {
                let args = self.arguments()?;
                value = self.call(value, args)?;
            } else if self.eat('[') {
                let low = if self.peek() == ':' { None } else { Some(self.or()?) };
                let mut high = None;
                let mut single = true;
                if self.eat(':') {
                    single = false;
                    if self.peek() != ']' {
                        high = Some(self.or()?);
                    }
                }
                self.eat(']');
                let number = |value: Option<V>| match value {
                    Some(V::Datum(Datum::Int(number))) => Some(number as u64),
                    _ => None,
                };
                let mut query = value.query()?.chain();
                let (low, mut high) = (number(low), number(high));
                if single {
                    high = low.map(|low| low.saturating_add(1));
                }
                query.set_limits(low, high);
                value = V::Set(query);
            } else {
                return Ok(value);
            }
        }
    }

    fn word(&mut self) -> String {
        self.blank();
        let start = self.at;
        while self.text.get(self.at).is_some_and(|c| c.is_alphanumeric() || *c == '_') {
            self.at += 1;
        }
        self.text[start..self.at].iter().collect()
    }

    fn items(&mut self, end: char) -> OrmResult<Vec<Datum>> {
        let mut items = Vec::new();
        while !self.eat(end) {
            items.push(self.or()?.datum()?);
            self.eat(',');
        }
        Ok(items)
    }

    fn atom(&mut self) -> OrmResult<V> {
        let c = self.peek();
        match c {
            '\'' | '"' => {
                self.at += 1;
                let start = self.at;
                while self.text.get(self.at).is_some_and(|next| *next != c) {
                    self.at += 1;
                }
                let text: String = self.text[start..self.at].iter().collect();
                self.at += 1;
                Ok(V::Datum(Datum::str(text)))
            }
            '0'..='9' => {
                let start = self.at;
                while self.text.get(self.at).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
                    self.at += 1;
                }
                let text: String = self.text[start..self.at].iter().collect();
                Ok(V::Datum(match text.parse() {
                    Ok(number) => Datum::Int(number),
                    Err(_) => Datum::Float(text.parse().unwrap_or_default()),
                }))
            }
            '[' => {
                self.at += 1;
                Ok(V::Datum(Datum::List(self.items(']')?.into())))
            }
            '(' => {
                self.at += 1;
                let first = self.or()?;
                if self.eat(')') {
                    return Ok(first);
                }
                self.eat(',');
                let mut items = vec![first.datum()?];
                items.extend(self.items(')')?);
                Ok(V::Datum(Datum::Tuple(items.into())))
            }
            _ => {
                let name = self.word();
                Ok(match &*name {
                    "None" => V::Datum(Datum::Null),
                    "True" => V::Datum(Datum::Bool(true)),
                    "False" => V::Datum(Datum::Bool(false)),
                    "" => return unfit("this character"),
                    _ => match self.models.iter().find(|model| *model.name == *name) {
                        Some(model) => V::Model(model.clone()),
                        None => V::Name(name),
                    },
                })
            }
        }
    }

    fn arguments(&mut self) -> OrmResult<Args> {
        let mut args = (Vec::new(), Vec::new());
        while !self.eat(')') {
            let start = self.at;
            let name = self.word();
            if !name.is_empty() && self.peek() == '=' {
                self.at += 1;
                args.1.push((name, self.or()?));
            } else {
                self.at = start;
                args.0.push(self.or()?);
            }
            self.eat(',');
        }
        Ok(args)
    }

    fn attribute(&mut self, value: V, name: String) -> OrmResult<V> {
        match (&value, &*name) {
            (V::Model(model), "objects") => Ok(V::Set(Query::new(model))),
            _ => Ok(V::Bound(Box::new(value), name)),
        }
    }

    fn call(&mut self, callee: V, args: Args) -> OrmResult<V> {
        match callee {
            V::Name(name) => function(&name, args),
            V::Bound(value, name) => match *value {
                V::Set(query) => method(query, &name, args),
                V::Expr(inner) => {
                    let connector = match &*name {
                        "bitand" => "&",
                        "bitor" => "|",
                        "bitxor" => "#",
                        "bitleftshift" => "<<",
                        "bitrightshift" => ">>",
                        _ => "",
                    };
                    if !connector.is_empty() {
                        let rhs = args.0.into_iter().next().ok_or_else(|| OrmError::unsupported("no operand"))?;
                        return combined(V::Expr(inner), connector, rhs);
                    }
                    let has = |name: &str| args.1.iter().any(|(known, _)| known == name);
                    Ok(V::Expr(expr(Expression::OrderBy(OrderBy {
                        expr: inner,
                        descending: name == "desc",
                        nulls_first: has("nulls_first"),
                        nulls_last: has("nulls_last"),
                    }))))
                }
                _ => unfit("this method"),
            },
            _ => unfit("this call"),
        }
    }
}

fn combine(left: V, right: V, connector: Connector) -> OrmResult<V> {
    Ok(match left {
        V::Set(mut query) => {
            query = query.chain();
            query.combine(&right.query()?, connector)?;
            V::Set(query)
        }
        V::Q(q) => V::Q(q.combine(&right.node()?, connector)),
        V::Expr(expr) => V::Q(Q::new(vec![QNode::Expr(expr)]).combine(&right.node()?, connector)),
        _ => return unfit("these operands"),
    })
}

fn combined(lhs: V, connector: &'static str, rhs: V) -> OrmResult<V> {
    Ok(V::Expr(expr(Expression::Combined(Combined {
        lhs: lhs.operand()?,
        connector,
        rhs: rhs.operand()?,
        output: None,
        kind: CombinedKind::Plain,
    }))))
}

fn take(kwargs: &mut Vec<(String, V)>, name: &str) -> Option<V> {
    let at = kwargs.iter().position(|(known, _)| known == name)?;
    Some(kwargs.remove(at).1)
}

fn list(value: Option<V>) -> OrmResult<Option<Expr>> {
    let Some(value) = value else { return Ok(None) };
    let items: Vec<Expr> = match value {
        V::Datum(Datum::List(items)) => items
            .iter()
            .map(|item| V::Datum(item.clone()))
            .map(|item| match item {
                V::Datum(Datum::Expr(expr)) => Ok(expr),
                other => other.expr(),
            })
            .collect::<OrmResult<_>>()?,
        other => vec![other.expr()?],
    };
    Ok(Some(expr(Expression::List(items.into()))))
}

fn function(name: &str, (mut args, mut kwargs): Args) -> OrmResult<V> {
    let first = |args: &mut Vec<V>| if args.is_empty() { unfit("no arguments") } else { Ok(args.remove(0)) };
    let spec = match name {
        "Count" => Some(&COUNT),
        "Sum" => Some(&SUM),
        "Avg" => Some(&AVG),
        "Min" => Some(&MIN),
        "Max" => Some(&MAX),
        _ => None,
    };
    if let Some(spec) = spec {
        let arg = match first(&mut args)? {
            V::Datum(Datum::Str(star)) if &*star == "*" => expr(Expression::Star),
            other => other.expr()?,
        };
        return Ok(V::Expr(expr(Expression::Aggregate(Aggregate {
            func: Func::new(spec, vec![arg]),
            distinct: take(&mut kwargs, "distinct").is_some(),
            filter: take(&mut kwargs, "filter").map(V::expr).transpose()?,
            order_by: None,
            default: take(&mut kwargs, "default").map(V::operand).transpose()?,
            default_typed: false,
            is_summary: false,
        }))));
    }
    Ok(match name {
        "Q" => V::Q(condition((args, kwargs))?),
        "F" => V::Expr(expr(Expression::F(first(&mut args)?.name()?))),
        "OuterRef" => V::Expr(expr(match first(&mut args)? {
            V::Expr(inner) => match &*inner {
                Expression::OuterRef { name, depth } => Expression::OuterRef { name: name.clone(), depth: depth + 1 },
                _ => return unfit("this OuterRef"),
            },
            other => Expression::OuterRef { name: other.name()?, depth: 0 },
        })),
        "Value" => V::Expr(first(&mut args)?.operand()?),
        "Subquery" => V::Expr(expr(Expression::Subquery(Subquery::of(&first(&mut args)?.query()?)))),
        "Exists" => V::Expr(expr(Expression::Subquery(Subquery::exists(&first(&mut args)?.query()?)?))),
        "When" => {
            let then = take(&mut kwargs, "then");
            let then = match then {
                Some(then) => then,
                None => args.pop().ok_or_else(|| OrmError::unsupported("When without then"))?,
            };
            let condition = condition((args, kwargs))?;
            V::Expr(expr(Expression::When(When { condition: expr(Expression::Q(condition)), result: then.expr()? })))
        }
        "Case" => {
            let default = take(&mut kwargs, "default").unwrap_or(V::Datum(Datum::Null)).expr()?;
            let cases = args.into_iter().map(V::expr).collect::<OrmResult<Vec<_>>>()?;
            V::Expr(expr(Expression::Case(Case { cases, default, output: None })))
        }
        "Window" => V::Expr(expr(Expression::Window(Window {
            source: first(&mut args)?.expr()?,
            partition_by: list(take(&mut kwargs, "partition_by"))?,
            order_by: list(take(&mut kwargs, "order_by").map(backwards))?,
            frame: None,
            output: None,
        }))),
        "FilteredRelation" => {
            let condition = match take(&mut kwargs, "condition") {
                Some(V::Q(q)) => q,
                _ => Q::new(Vec::new()),
            };
            V::Filtered(FilteredRelation::new(&first(&mut args)?.name()?, condition)?)
        }
        "Concat" => {
            let mut args = args.into_iter().map(V::expr).collect::<OrmResult<Vec<_>>>()?;
            let mut pair = args.pop().ok_or_else(|| OrmError::unsupported("Concat of nothing"))?;
            while let Some(arg) = args.pop() {
                pair = expr(Expression::Func(Func::new(&functions::text::CONCAT_PAIR, vec![arg, pair])));
            }
            V::Expr(expr(Expression::Func(Func::new(&functions::text::CONCAT, vec![pair]))))
        }
        _ => match functions::PLAIN.iter().find(|spec| spec.name == name) {
            Some(spec) => {
                let args = args.into_iter().map(V::expr).collect::<OrmResult<Vec<_>>>()?;
                V::Expr(expr(Expression::Func(Func::new(spec, args))))
            }
            None => return unfit(name),
        },
    })
}

/// `"-name"` as a window's ordering takes it.
fn backwards(term: V) -> V {
    match &term {
        V::Datum(Datum::Str(name)) => match name.strip_prefix('-') {
            Some(name) => V::Expr(expr(Expression::OrderBy(OrderBy {
                expr: expr(Expression::F(name.into())),
                descending: true,
                nulls_first: false,
                nulls_last: false,
            }))),
            None => term,
        },
        _ => term,
    }
}

fn terms(args: Vec<V>) -> OrmResult<Vec<OrderTerm>> {
    args.into_iter()
        .map(|arg| match arg {
            V::Datum(Datum::Str(name)) => Ok(OrderTerm::Name(name)),
            other => other.expr().map(OrderTerm::Expr),
        })
        .collect()
}

fn annotate(query: &mut Query, (args, kwargs): Args, select: bool) -> OrmResult<()> {
    let mut names = Vec::new();
    for arg in args {
        let arg = arg.expr()?;
        let Expression::Aggregate(aggregate) = &*arg else { return unfit("an annotation without a name") };
        let Expression::F(field) = &*aggregate.func.args[0] else {
            return unfit("Complex annotations require an alias");
        };
        names.push((format!("{field}__{}", aggregate.func.spec.name.to_lowercase()), V::Expr(arg.clone())));
    }
    names.extend(kwargs);
    let mut aggregates = false;
    for (name, value) in names {
        if let V::Filtered(filtered) = value {
            query.add_filtered_relation(&filtered, &name)?;
            continue;
        }
        query.add_annotation(&value.operand()?, &name, select)?;
        aggregates |= query.annotation(&name).is_some_and(|expr| expr.contains_aggregate());
    }
    if aggregates {
        if query.values_select.is_empty() && query.selected.is_none() {
            query.group_by = GroupBy::All;
        } else {
            query.set_group_by(true)?;
        }
    }
    Ok(())
}

fn method(query: Query, name: &str, (args, kwargs): Args) -> OrmResult<V> {
    let mut query = query.chain();
    let names = |args: Vec<V>| args.into_iter().map(V::name).collect::<OrmResult<Vec<_>>>();
    match name {
        "all" => {}
        "filter" => query.add_q(&condition((args, kwargs))?)?,
        "exclude" => query.add_q(&condition((args, kwargs))?.negate())?,
        "order_by" => {
            query.clear_ordering(true, false);
            query.add_ordering(&terms(args)?)?;
        }
        "reverse" => query.standard_ordering = !query.standard_ordering,
        "distinct" => {
            if args.is_empty() {
                query.distinct = true;
            } else {
                query.add_distinct_fields(&names(args)?);
            }
        }
        "annotate" => annotate(&mut query, (args, kwargs), true)?,
        "alias" => annotate(&mut query, (args, kwargs), false)?,
        "values" | "values_list" => {
            let mut names = names(args)?;
            for (name, value) in kwargs.into_iter().filter(|(name, _)| name != "flat" && name != "named") {
                annotate(&mut query, (Vec::new(), vec![(name.clone(), value)]), true)?;
                names.push(name.as_str().into());
            }
            query.set_values(&names)?;
        }
        "only" => query.add_immediate_loading(&names(args)?)?,
        "defer" => query.add_deferred_loading(&names(args)?),
        "select_related" => {
            if args.is_empty() {
                query.select_related = Related::All;
            } else {
                query.add_select_related(&names(args)?);
            }
        }
        "union" | "intersection" | "difference" => {
            let mut parts = vec![Rc::new(query.clone())];
            for arg in args {
                parts.push(Rc::new(arg.query()?));
            }
            query.clear_ordering(true, true);
            query.clear_limits();
            query.combined_queries = parts.into();
            query.combinator = Some(match name {
                "union" => "union",
                "intersection" => "intersection",
                _ => "difference",
            });
            query.combinator_all = !kwargs.is_empty();
        }
        "count" => {
            return aggregated(
                query,
                vec![("__count".into(), function("Count", (vec![text("*")], Vec::new()))?.expr()?)],
            );
        }
        "aggregate" => {
            let pairs = kwargs.into_iter().map(|(name, value)| Ok((name.as_str().into(), value.expr()?)));
            let mut pairs = pairs.collect::<OrmResult<Vec<(Rc<str>, Expr)>>>()?;
            for arg in args {
                let arg = arg.expr()?;
                let Expression::Aggregate(aggregate) = &*arg else { return unfit("an aggregate without a name") };
                let Expression::F(field) = &*aggregate.func.args[0] else {
                    return unfit("an aggregate without a name");
                };
                pairs.push((format!("{field}__{}", aggregate.func.spec.name.to_lowercase()).into(), arg.clone()));
            }
            return aggregated(query, pairs);
        }
        "exists" => return Ok(V::Set(query.exists(true)?)),
        "update" => {
            let mut query = query.as_update();
            let pairs = kwargs.into_iter().map(|(name, value)| Ok((name.as_str().into(), value.datum()?)));
            query.add_update_values(&pairs.collect::<OrmResult<Vec<(Rc<str>, Datum)>>>()?)?;
            query.order_by = Rc::new([]);
            query.clear_select_clause();
            return match compile_update(&mut query)? {
                UpdatePlan::One(Some(sql)) => Ok(V::Sent(sql)),
                UpdatePlan::One(None) => Ok(V::Sent(Fragment { sql: "no query".to_owned(), params: Vec::new() })),
                UpdatePlan::ReadKeys { select, .. } => Ok(V::Set(*select)),
            };
        }
        "_raw_delete" => {
            let sql = compile_delete(&mut query)?;
            return Ok(V::Sent(sql));
        }
        _ => return unfit(name),
    }
    Ok(V::Set(query))
}

fn text(text: &str) -> V {
    V::Datum(Datum::str(text))
}

fn aggregated(mut query: Query, pairs: Vec<(Rc<str>, Expr)>) -> OrmResult<V> {
    let mut aggregation = query.aggregation(&pairs)?;
    match compile_aggregation(&mut aggregation, None) {
        Err(error) if error.is_empty_result() => {
            Ok(V::Sent(Fragment { sql: "no query".to_owned(), params: Vec::new() }))
        }
        other => {
            let statement = other?;
            Ok(V::Sent(Fragment { sql: statement.sql, params: statement.params }))
        }
    }
}

/// `str(queryset.query)`, or the exception as the case files name it.
pub fn printed(text: &str, models: &[Model]) -> String {
    match run(text, models) {
        Ok(V::Sent(sent)) => interpolate(&sent.sql, &sent.params).unwrap_or_else(|error| format!("{error:?}")),
        Ok(V::Set(query)) => Set(query).sql(),
        Ok(_) => "neither a queryset nor a statement".to_owned(),
        Err(error) => format!("{error:?}").trim_end_matches(": ").to_owned(),
    }
}
