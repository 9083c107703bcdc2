//! Edits of SQL statements on the tree that a real parser makes of them.

use std::mem::replace;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator as Op, CastKind, Distinct, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, GroupByExpr, Ident, JoinOperator, LimitClause, ObjectName, OrderByKind, Query, Select, SetExpr,
    SetOperator, SetQuantifier, Statement, UnaryOperator, Value, VisitMut, VisitorMut, WindowType,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

/// The variants of a statement, each with what it gets wrong; none when there is not exactly one, or it doesn't parse.
pub fn variants(source: &str) -> Option<(String, Vec<(String, &'static str)>)> {
    let parsed = Parser::parse_sql(&SQLiteDialect {}, source).ok()?;
    let [statement] = parsed.as_slice() else { return None };
    let mut all = Vec::new();
    for target in 0..400 {
        let mut variant: Statement = statement.clone();
        let mut editor = Editor { target, at: 0, done: None };
        let _ = variant.visit(&mut editor);
        let Some(finding) = editor.done else { break };
        all.push((variant.to_string(), finding));
    }
    Some((statement.to_string(), all))
}

/// Makes the edit with one number of all that could be made, counted from the statement's beginning.
struct Editor {
    target: usize,
    at: usize,
    done: Option<&'static str>,
}

impl Editor {
    /// Whether the edit that is reached now is the one to make.
    fn is_it(&mut self, finding: &'static str) -> bool {
        let now = self.at == self.target;
        self.at += 1;
        if now {
            self.done = Some(finding);
        }
        now
    }

    fn flow(&self) -> ControlFlow<()> {
        if self.done.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn binary(&mut self, expr: &mut Expr) {
        let Expr::BinaryOp { left, op, right } = expr else { return };
        let others: &[(Op, &'static str)] = match op {
            Op::And => &[(Op::Or, "wrong-operator")],
            Op::Or => &[(Op::And, "wrong-operator")],
            Op::Lt => &[(Op::LtEq, "wrong-boundary"), (Op::Gt, "wrong-operator")],
            Op::LtEq => &[(Op::Lt, "wrong-boundary"), (Op::GtEq, "wrong-operator")],
            Op::Gt => &[(Op::GtEq, "wrong-boundary"), (Op::Lt, "wrong-operator")],
            Op::GtEq => &[(Op::Gt, "wrong-boundary"), (Op::LtEq, "wrong-operator")],
            Op::Eq => &[(Op::NotEq, "wrong-operator")],
            Op::NotEq => &[(Op::Eq, "wrong-operator")],
            Op::Plus => &[(Op::Minus, "wrong-value")],
            Op::Minus => &[(Op::Plus, "wrong-value")],
            Op::Multiply => &[(Op::Plus, "wrong-value")],
            Op::Divide => &[(Op::Multiply, "wrong-value")],
            _ => &[],
        };
        for (other, finding) in others {
            if self.is_it(finding) {
                *op = other.clone();
                return;
            }
        }
        if matches!(op, Op::And | Op::Or) {
            for keep_left in [true, false] {
                if self.is_it("missing-condition") {
                    let kept = if keep_left { left } else { right };
                    *expr = (**kept).clone();
                    return;
                }
            }
        }
    }

    fn function(&mut self, function: &mut Function) {
        let name = function.name.to_string().to_uppercase();
        let others: &[(&str, &'static str)] = match name.as_str() {
            "SUM" => &[("AVG", "wrong-aggregate"), ("COUNT", "wrong-aggregate"), ("MAX", "wrong-aggregate")],
            "AVG" => &[("SUM", "wrong-aggregate"), ("MIN", "wrong-aggregate")],
            "MAX" => &[("MIN", "wrong-aggregate")],
            "MIN" => &[("MAX", "wrong-aggregate")],
            "ROW_NUMBER" => &[("RANK", "wrong-aggregate"), ("DENSE_RANK", "wrong-aggregate")],
            "RANK" => &[("DENSE_RANK", "wrong-aggregate"), ("ROW_NUMBER", "wrong-aggregate")],
            "DENSE_RANK" => &[("RANK", "wrong-aggregate"), ("ROW_NUMBER", "wrong-aggregate")],
            "LAG" => &[("LEAD", "wrong-direction")],
            "LEAD" => &[("LAG", "wrong-direction")],
            "FIRST_VALUE" => &[("LAST_VALUE", "wrong-direction")],
            _ => &[],
        };
        for (other, finding) in others {
            if self.is_it(finding) {
                function.name = ObjectName::from(vec![Ident::new(*other)]);
                return;
            }
        }
        if function.filter.is_some() && self.is_it("missing-condition") {
            function.filter = None;
            return;
        }
        if let Some(WindowType::WindowSpec(window)) = &mut function.over {
            if !window.partition_by.is_empty() && self.is_it("wrong-grouping") {
                window.partition_by.clear();
                return;
            }
            for key in &mut window.order_by {
                if self.is_it("wrong-direction") {
                    turn(key);
                    return;
                }
            }
        }
        let FunctionArguments::List(list) = &mut function.args else { return };
        if ["COUNT", "SUM", "AVG"].contains(&name.as_str()) && function.over.is_none() {
            let is_star = matches!(list.args.as_slice(), [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]);
            let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
            if !is_star && self.is_it("wrong-aggregate") {
                list.duplicate_treatment = if distinct { None } else { Some(DuplicateTreatment::Distinct) };
                return;
            }
            if !is_star && name == "COUNT" && self.is_it("wrong-aggregate") {
                list.duplicate_treatment = None;
                list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Wildcard)];
            }
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Number(digits, _) => {
                let Ok(number) = digits.parse::<i64>() else { return };
                for other in [number + 1, number - 1] {
                    if other >= 0 && self.is_it("wrong-literal") {
                        *digits = other.to_string();
                        return;
                    }
                }
            }
            Value::SingleQuotedString(text) => {
                if text.len() > 1 && text.starts_with('%') && self.is_it("wrong-operator") {
                    text.remove(0);
                    return;
                }
                if text.len() > 1 && text.ends_with('%') && self.is_it("wrong-operator") {
                    text.pop();
                    return;
                }
                if text.bytes().any(|byte| byte.is_ascii_alphabetic()) && self.is_it("case-sensitivity") {
                    *text = super::twin(text);
                }
            }
            _ => {}
        }
    }

    /// Takes the place of the expression that it is made from.
    fn rewritten(&mut self, expr: &mut Expr, finding: &'static str, make: impl FnOnce(Expr) -> Expr) {
        if self.is_it(finding) {
            let old = replace(expr, Expr::Value(Value::Null.into()));
            *expr = make(old);
        }
    }

    fn limit(&mut self, query: &mut Query) {
        let Some(clause) = &mut query.limit_clause else { return };
        let mut numbers: Vec<&mut Expr> = Vec::new();
        match clause {
            LimitClause::LimitOffset { limit, offset, .. } => {
                numbers.extend(limit.as_mut());
                numbers.extend(offset.as_mut().map(|offset| &mut offset.value));
            }
            LimitClause::OffsetCommaLimit { offset, limit } => numbers.extend([offset, limit]),
        }
        for number in numbers {
            let Expr::Value(value) = number else { continue };
            let Value::Number(digits, _) = &mut value.value else { continue };
            let Ok(known) = digits.parse::<i64>() else { continue };
            for other in [known + 1, known - 1] {
                if other >= 0 && self.is_it("off-by-one-slice") {
                    *digits = other.to_string();
                    return;
                }
            }
        }
        if self.is_it("missing-condition") {
            query.limit_clause = None;
        }
    }
}

fn turn(key: &mut sqlparser::ast::OrderByExpr) {
    use sqlparser::ast::OrderBySort;
    key.options.sort = match key.options.sort {
        Some(OrderBySort::Desc) => None,
        _ => Some(OrderBySort::Desc),
    };
}

impl VisitorMut for Editor {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(order) = &mut query.order_by
            && let OrderByKind::Expressions(keys) = &mut order.kind
        {
            for key in keys.iter_mut() {
                if self.is_it("wrong-direction") {
                    turn(key);
                    return self.flow();
                }
            }
            for at in 0..keys.len() {
                let finding = if at == 0 { "missing-order" } else { "missing-tie-break" };
                if keys.len() > 1 && self.is_it(finding) {
                    keys.remove(at);
                    return self.flow();
                }
            }
            if self.is_it("missing-order") {
                query.order_by = None;
                return self.flow();
            }
        }
        self.limit(query);
        if let SetExpr::SetOperation { op, set_quantifier, .. } = query.body.as_mut()
            && self.done.is_none()
        {
            let all = *set_quantifier == SetQuantifier::All;
            if *op == SetOperator::Union && self.is_it("missing-distinct") {
                *set_quantifier = if all { SetQuantifier::None } else { SetQuantifier::All };
            } else if self.is_it("wrong-operator") {
                *set_quantifier = SetQuantifier::None;
                *op = match op {
                    SetOperator::Union => SetOperator::Intersect,
                    SetOperator::Intersect => SetOperator::Union,
                    _ => SetOperator::Intersect,
                };
            }
        }
        self.flow()
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if self.done.is_some() {
            return self.flow();
        }
        if self.is_it("missing-distinct") {
            select.distinct = if select.distinct.is_some() { None } else { Some(Distinct::Distinct) };
            return self.flow();
        }
        if let GroupByExpr::Expressions(keys, _) = &mut select.group_by {
            for at in 0..keys.len() {
                if self.is_it("wrong-grouping") {
                    keys.remove(at);
                    return self.flow();
                }
            }
        }
        if select.having.is_some() && self.is_it("missing-condition") {
            select.having = None;
            return self.flow();
        }
        if select.selection.is_some() && self.is_it("missing-condition") {
            select.selection = None;
            return self.flow();
        }
        for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
            match &mut join.join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) if self.is_it("outer-join-keeps-rows") => {
                    join.join_operator = JoinOperator::Left(on.clone());
                    return self.flow();
                }
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) if self.is_it("inner-join-drops-rows") => {
                    join.join_operator = JoinOperator::Join(on.clone());
                    return self.flow();
                }
                _ => {}
            }
        }
        self.flow()
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.done.is_some() {
            return self.flow();
        }
        match expr {
            Expr::BinaryOp { .. } => self.binary(expr),
            Expr::IsNull(_) => self.rewritten(expr, "null-handling", |old| match old {
                Expr::IsNull(inner) => Expr::IsNotNull(inner),
                other => other,
            }),
            Expr::IsNotNull(_) => self.rewritten(expr, "null-handling", |old| match old {
                Expr::IsNotNull(inner) => Expr::IsNull(inner),
                other => other,
            }),
            Expr::Between { negated, expr: middle, low, high } => {
                if self.is_it("wrong-operator") {
                    *negated = !*negated;
                } else if self.is_it("wrong-boundary") {
                    let side =
                        |op, bound: &Expr| Expr::BinaryOp { left: middle.clone(), op, right: Box::new(bound.clone()) };
                    let inside = Expr::BinaryOp {
                        left: Box::new(side(Op::Gt, low)),
                        op: Op::And,
                        right: Box::new(side(Op::Lt, high)),
                    };
                    *expr = Expr::Nested(Box::new(inside));
                }
            }
            Expr::InList { negated, list, .. } => {
                if self.is_it("wrong-operator") {
                    *negated = !*negated;
                } else if list.len() > 1 {
                    for at in 0..list.len().min(4) {
                        if self.is_it("wrong-literal") {
                            list.remove(at);
                            break;
                        }
                    }
                }
            }
            Expr::InSubquery { negated, .. } | Expr::Exists { negated, .. } | Expr::Like { negated, .. }
                if self.is_it("wrong-operator") =>
            {
                *negated = !*negated;
            }
            Expr::UnaryOp { op: UnaryOperator::Not, .. } => self.rewritten(expr, "wrong-operator", |old| match old {
                Expr::UnaryOp { expr, .. } => *expr,
                other => other,
            }),
            Expr::Case { else_result, conditions, .. } => {
                if else_result.is_some() && self.is_it("null-handling") {
                    *else_result = None;
                } else if conditions.len() > 1 {
                    for at in 0..conditions.len().min(4) {
                        if self.is_it("missing-condition") {
                            conditions.remove(at);
                            break;
                        }
                    }
                }
            }
            Expr::Cast { kind: CastKind::Cast, .. } => self.rewritten(expr, "wrong-value", |old| match old {
                Expr::Cast { expr, .. } => Expr::Nested(expr),
                other => other,
            }),
            Expr::Function(function) => {
                let name = function.name.to_string().to_uppercase();
                if ["COALESCE", "IFNULL", "NULLIF"].contains(&name.as_str())
                    && let FunctionArguments::List(list) = &function.args
                    && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first))) = list.args.first().cloned()
                    && self.is_it("null-handling")
                {
                    *expr = first;
                    return self.flow();
                }
                self.function(function);
            }
            Expr::Value(value) => self.value(&mut value.value),
            _ => {}
        }
        self.flow()
    }
}
