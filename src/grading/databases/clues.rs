//! [`Clues`]: what statements say about the rows that they tell apart. Rows next to what a statement compares with show
//! where another statement goes another way.

use std::ops::ControlFlow;
use std::rc::Rc;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArguments, LimitClause, Query, Select, SetExpr, TableFactor, UnaryOperator,
    Value, Visit, Visitor,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

use crate::db::{Connection, Params, SqlValue};
use crate::runner::TableInfo;

/// A column, by the positions of its table and of itself.
pub type Place = (usize, usize);

/// In what way a column is compared with a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `=`, and being in a list.
    Equal,
    /// `<>`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    More,
    /// `>=`.
    AtLeast,
    /// `LIKE`.
    Like,
    /// Through a function or an operation: the value counts, how it is compared does not.
    Other,
    /// The column's values are put together before they are compared.
    Together,
}

/// A column beside a constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Which column.
    pub place: Place,
    /// How.
    pub relation: Relation,
    /// The constant.
    pub constant: SqlValue,
}

/// What some statements say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clues {
    /// Columns beside constants.
    pub compared: Vec<Compared>,
    /// Columns beside columns.
    pub alike: Vec<(Place, Place)>,
    /// Numbers that counts are compared with.
    pub counts: Vec<i64>,
    /// How many rows of which table a page's end needs.
    pub pages: Vec<(usize, i64)>,
    /// Lengths of texts.
    pub lengths: Vec<(Place, i64)>,
    /// Columns that rows are ordered by.
    pub ordered: Vec<Place>,
    /// Columns that are looked at for NULL.
    pub missing: Vec<Place>,
    /// The tables that are read or written.
    pub tables: Vec<usize>,
}

impl Clues {
    /// What these statements say. What does not parse says nothing. `connection` works out constant expressions.
    pub fn of(statements: &[String], tables: &[TableInfo], connection: &Rc<Connection>) -> Self {
        let mut clues = Self::default();
        let mut seen: Vec<&String> = Vec::new();
        for sql in statements {
            // A loop sends the same statement with other keys many times over.
            if seen.len() >= 12 || seen.contains(&sql) {
                continue;
            }
            seen.push(sql);
            let Ok(parsed) = Parser::parse_sql(&SQLiteDialect {}, sql) else { continue };
            let mut names = Names { tables, aliases: Vec::new() };
            let _ = parsed.visit(&mut names);
            let aliases = names.aliases;
            for (_, table) in &aliases {
                push(&mut clues.tables, *table);
            }
            let mut reader = Reader { tables, aliases, connection, clues: &mut clues, summed: Vec::new() };
            let _ = parsed.visit(&mut reader);
        }
        clues
    }

    /// Adds what others say.
    pub fn extend(&mut self, other: &Self) {
        fn all<T: PartialEq + Clone>(to: &mut Vec<T>, from: &[T]) {
            for item in from {
                push(to, item.clone());
            }
        }
        all(&mut self.compared, &other.compared);
        all(&mut self.alike, &other.alike);
        all(&mut self.counts, &other.counts);
        all(&mut self.pages, &other.pages);
        all(&mut self.lengths, &other.lengths);
        all(&mut self.ordered, &other.ordered);
        all(&mut self.missing, &other.missing);
        all(&mut self.tables, &other.tables);
    }

    /// What these say and the others don't.
    pub fn beyond(&self, other: &Self) -> Self {
        fn rest<T: PartialEq + Clone>(mine: &[T], known: &[T]) -> Vec<T> {
            mine.iter().filter(|item| !known.contains(item)).cloned().collect()
        }
        Self {
            compared: rest(&self.compared, &other.compared),
            alike: rest(&self.alike, &other.alike),
            counts: rest(&self.counts, &other.counts),
            pages: rest(&self.pages, &other.pages),
            lengths: rest(&self.lengths, &other.lengths),
            ordered: rest(&self.ordered, &other.ordered),
            missing: rest(&self.missing, &other.missing),
            tables: rest(&self.tables, &other.tables),
        }
    }

    /// Whether they say nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// Collects the tables by the names that a statement gives them.
struct Names<'a> {
    tables: &'a [TableInfo],
    aliases: Vec<(String, usize)>,
}

impl Names<'_> {
    fn add(&mut self, name: &str, alias: Option<&str>) {
        let plain = name.trim_matches('"');
        if let Some(at) = self.tables.iter().position(|table| table.name.eq_ignore_ascii_case(plain)) {
            push(&mut self.aliases, (plain.to_lowercase(), at));
            if let Some(alias) = alias {
                push(&mut self.aliases, (alias.to_lowercase(), at));
            }
        }
    }
}

impl Visitor for Names<'_> {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &sqlparser::ast::ObjectName) -> ControlFlow<()> {
        self.add(&relation.to_string(), None);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias: Some(alias), .. } = factor {
            self.add(&name.to_string(), Some(&alias.name.value));
        }
        ControlFlow::Continue(())
    }
}

struct Reader<'a> {
    tables: &'a [TableInfo],
    aliases: Vec<(String, usize)>,
    connection: &'a Rc<Connection>,
    clues: &'a mut Clues,
    /// Columns inside aggregates other than counts, for comparisons by the aggregate's alias.
    summed: Vec<Place>,
}

/// What one side of a comparison is made of.
#[derive(Default)]
struct Side {
    places: Vec<Place>,
    /// Names that are no columns of tables: aliases of expressions.
    unknown: bool,
    counted: bool,
    summed: bool,
    length: bool,
    /// Whether it is the column itself.
    bare: bool,
}

impl Reader<'_> {
    fn places(&self, qualifier: Option<&str>, name: &str) -> Vec<Place> {
        let mut found = Vec::new();
        for (alias, table) in &self.aliases {
            if qualifier.is_some_and(|qualifier| !qualifier.eq_ignore_ascii_case(alias)) {
                continue;
            }
            let column = self.tables[*table].columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
            if let Some(column) = column {
                push(&mut found, (*table, column));
            }
        }
        found
    }

    fn named(&self, expr: &Expr) -> Option<Vec<Place>> {
        match expr {
            Expr::Identifier(name) => Some(self.places(None, &name.value)),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., qualifier, name] => Some(self.places(Some(&qualifier.value), &name.value)),
                _ => None,
            },
            Expr::Nested(inner) => self.named(inner),
            _ => None,
        }
    }

    fn side(&self, expr: &Expr) -> Side {
        let mut side = Side::default();
        if let Some(places) = self.named(expr) {
            side.unknown = places.is_empty();
            side.bare = !places.is_empty();
            side.places = places;
            return side;
        }
        let _ = sqlparser::ast::visit_expressions(expr, |inner| {
            match inner {
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                    let places = self.named(inner).unwrap_or_default();
                    side.unknown |= places.is_empty();
                    for place in places {
                        push(&mut side.places, place);
                    }
                }
                Expr::Function(function) => match name_of(function).as_str() {
                    "count" | "row_number" | "rank" | "dense_rank" | "ntile" => side.counted = true,
                    "sum" | "avg" | "min" | "max" | "total" => side.summed = true,
                    "length" => side.length = true,
                    _ => {}
                },
                _ => {}
            }
            ControlFlow::<()>::Continue(())
        });
        side
    }

    /// The value of an expression without columns.
    fn constant(&self, expr: &Expr) -> Option<SqlValue> {
        match expr {
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) => match digits.parse::<i64>() {
                    Ok(number) => Some(SqlValue::Integer(number)),
                    Err(_) => digits.parse().ok().map(SqlValue::Real),
                },
                Value::SingleQuotedString(text) => Some(SqlValue::Text(text.clone())),
                Value::Boolean(truth) => Some(SqlValue::Integer(i64::from(*truth))),
                _ => None,
            },
            Expr::Nested(inner) => self.constant(inner),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Subquery(_) | Expr::Exists { .. } => None,
            _ => {
                let mut plain = true;
                let _ = sqlparser::ast::visit_expressions(expr, |inner| {
                    plain &= !matches!(
                        inner,
                        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Subquery(_) | Expr::Exists { .. }
                    );
                    ControlFlow::<()>::Continue(())
                });
                if !plain {
                    return None;
                }
                let result = self.connection.execute_plain(&format!("SELECT {expr}"), &Params::None).ok()?;
                result.rows.into_iter().next()?.into_iter().next().filter(|value| !value.is_null())
            }
        }
    }

    fn beside(&mut self, side: &Side, relation: Relation, constant: &SqlValue) {
        let number = match constant {
            SqlValue::Integer(number) => Some(*number),
            SqlValue::Text(text) => text.parse().ok(),
            _ => None,
        };
        if side.length
            && let Some(length) = number
        {
            for place in &side.places {
                push(&mut self.clues.lengths, (*place, length));
            }
            return;
        }
        if (side.counted || side.unknown)
            && let Some(count) = number.filter(|count| (0..=40).contains(count))
        {
            push(&mut self.clues.counts, count);
        }
        let together = side.summed || side.unknown;
        let relation = match () {
            () if together => Relation::Together,
            () if side.bare => relation,
            () => Relation::Other,
        };
        let mut places = side.places.clone();
        if side.unknown {
            places.extend(self.summed.iter().copied());
        }
        if side.counted && !side.summed {
            places.clear();
        }
        for place in places {
            push(&mut self.clues.compared, Compared { place, relation, constant: constant.clone() });
        }
    }

    fn compare(&mut self, left: &Expr, relation: Relation, right: &Expr) {
        match (self.constant(left), self.constant(right)) {
            (None, Some(constant)) => self.beside(&self.side(left), relation, &constant),
            (Some(constant), None) => self.beside(&self.side(right), turned(relation), &constant),
            (None, None) => {
                let (one, other) = (self.side(left), self.side(right));
                for place in &one.places {
                    for twin in &other.places {
                        if place != twin {
                            push(&mut self.clues.alike, (*place.min(twin), *place.max(twin)));
                        }
                    }
                }
            }
            (Some(_), Some(_)) => {}
        }
    }

    /// A column that stands for itself where a truth value is wanted.
    fn truth(&mut self, expr: &Expr, wanted: bool) {
        for place in self.named(expr).unwrap_or_default() {
            let constant = SqlValue::Integer(i64::from(wanted));
            push(&mut self.clues.compared, Compared { place, relation: Relation::Equal, constant });
        }
    }

    fn function(&mut self, function: &Function) {
        if let Some(filter) = &function.filter {
            self.truth(filter, true);
        }
        if ["sum", "avg", "min", "max", "total"].contains(&name_of(function).as_str())
            && let FunctionArguments::List(_) = &function.args
        {
            let mut places = Vec::new();
            let _ = sqlparser::ast::visit_expressions(&function.args, |inner| {
                for place in self.named(inner).unwrap_or_default() {
                    push(&mut places, place);
                }
                ControlFlow::<()>::Continue(())
            });
            for place in places {
                push(&mut self.summed, place);
            }
        }
    }

    fn number(&self, expr: Option<&Expr>) -> i64 {
        match expr.and_then(|expr| self.constant(expr)) {
            Some(SqlValue::Integer(number)) => number,
            _ => 0,
        }
    }
}

fn name_of(function: &Function) -> String {
    function.name.to_string().to_lowercase()
}

/// The relation seen from the other side.
fn turned(relation: Relation) -> Relation {
    match relation {
        Relation::Less => Relation::More,
        Relation::AtMost => Relation::AtLeast,
        Relation::More => Relation::Less,
        Relation::AtLeast => Relation::AtMost,
        other => other,
    }
}

fn tables_in(body: &SetExpr, found: &mut Vec<String>) {
    match body {
        SetExpr::Select(select) => {
            for from in &select.from {
                let mut factors = vec![&from.relation];
                factors.extend(from.joins.iter().map(|join| &join.relation));
                for factor in factors {
                    match factor {
                        TableFactor::Table { name, .. } => {
                            found.push(name.to_string().trim_matches('"').to_lowercase())
                        }
                        TableFactor::Derived { subquery, .. } => tables_in(&subquery.body, found),
                        _ => {}
                    }
                }
            }
        }
        SetExpr::Query(query) => tables_in(&query.body, found),
        SetExpr::SetOperation { left, right, .. } => {
            tables_in(left, found);
            tables_in(right, found);
        }
        _ => {}
    }
}

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let end = match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                self.number(limit.as_ref()).max(0) + self.number(offset.as_ref().map(|offset| &offset.value))
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
                self.number(Some(offset)) + self.number(Some(limit))
            }
            None => 0,
        };
        if (1..=1_000).contains(&end) {
            let mut names = Vec::new();
            tables_in(&query.body, &mut names);
            for name in names {
                let known = self.aliases.iter().find(|(alias, _)| *alias == name).map(|(_, table)| *table);
                if let Some(table) = known {
                    push(&mut self.clues.pages, (table, end));
                }
            }
        }
        if let Some(order) = &query.order_by
            && let sqlparser::ast::OrderByKind::Expressions(keys) = &order.kind
        {
            for key in keys {
                for place in self.side(&key.expr).places {
                    push(&mut self.clues.ordered, place);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for condition in select.selection.iter().chain(&select.having) {
            self.truth(condition, true);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        use BinaryOperator as B;
        match expr {
            Expr::BinaryOp { left, op, right } => match op {
                B::Eq => self.compare(left, Relation::Equal, right),
                B::NotEq => self.compare(left, Relation::Unequal, right),
                B::Lt => self.compare(left, Relation::Less, right),
                B::LtEq => self.compare(left, Relation::AtMost, right),
                B::Gt => self.compare(left, Relation::More, right),
                B::GtEq => self.compare(left, Relation::AtLeast, right),
                B::And | B::Or => {
                    self.truth(left, true);
                    self.truth(right, true);
                }
                B::Plus | B::Minus => self.compare(left, Relation::Other, right),
                _ => {}
            },
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => self.truth(expr, false),
            Expr::Nested(inner) => self.truth(inner, true),
            Expr::Between { expr, low, high, .. } => {
                self.compare(expr, Relation::AtLeast, low);
                self.compare(expr, Relation::AtMost, high);
            }
            Expr::InList { expr, list, .. } => {
                for item in list.iter().take(8) {
                    self.compare(expr, Relation::Equal, item);
                }
            }
            Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
                self.compare(expr, Relation::Like, pattern);
            }
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => {
                for place in self.side(inner).places {
                    push(&mut self.clues.missing, place);
                }
            }
            Expr::Case { conditions, .. } => {
                for condition in conditions {
                    self.truth(&condition.condition, true);
                }
            }
            Expr::Function(function) => {
                if ["coalesce", "ifnull", "nullif"].contains(&name_of(function).as_str()) {
                    for place in self.side(expr).places {
                        push(&mut self.clues.missing, place);
                    }
                }
                self.function(function);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
