//! Edits of Python answers on their syntax tree: conditions, comparisons, statements, and the calls that querysets are made of.

use super::Edit;
use crate::diagnostics::Span;
use crate::python::nodes::{CompareOp, Comprehension, Expr, ExprKind, FPart, Keyword, Stmt, StmtKind, UnaryOp};
use crate::python::parse::parse_module;

/// Names of calls and what they are mistaken for.
const CALLS: &[(&str, &str, &str)] = &[
    ("update_or_create", "get_or_create", "wrong-final-state"),
    ("get_or_create", "update_or_create", "wrong-final-state"),
    ("get_or_create", "create", "wrong-final-state"),
    ("union", "intersection", "wrong-operator"),
    ("intersection", "union", "wrong-operator"),
    ("difference", "intersection", "wrong-operator"),
    ("asc", "desc", "wrong-direction"),
    ("desc", "asc", "wrong-direction"),
    ("Avg", "Max", "wrong-aggregate"),
    ("Sum", "Count", "wrong-aggregate"),
    ("Sum", "Min", "wrong-aggregate"),
    ("RowNumber", "Rank", "wrong-aggregate"),
    ("Rank", "RowNumber", "wrong-aggregate"),
    ("Rank", "DenseRank", "wrong-aggregate"),
    ("DenseRank", "Rank", "wrong-aggregate"),
    ("Lag", "Lead", "wrong-direction"),
    ("Lead", "Lag", "wrong-direction"),
    ("Greatest", "Least", "wrong-operator"),
    ("Least", "Greatest", "wrong-operator"),
    ("any", "all", "wrong-operator"),
    ("all", "any", "wrong-operator"),
    ("max", "min", "wrong-aggregate"),
    ("min", "max", "wrong-aggregate"),
    ("append", "count", "wrong-value"),
];

/// Lookups and what they are mistaken for, beyond a shifted boundary.
const LOOKUPS: &[(&str, &str, &str)] = &[
    ("gte", "lte", "wrong-operator"),
    ("lte", "gte", "wrong-operator"),
    ("gt", "lt", "wrong-operator"),
    ("lt", "gt", "wrong-operator"),
    ("icontains", "iexact", "wrong-operator"),
    ("contains", "exact", "wrong-operator"),
    ("startswith", "exact", "wrong-operator"),
    ("istartswith", "iexact", "wrong-operator"),
    ("endswith", "startswith", "wrong-operator"),
    ("iendswith", "istartswith", "wrong-operator"),
];

/// Calls without which the chain still makes sense.
const LINKS: &[(&str, &str)] = &[
    ("filter", "missing-condition"),
    ("exclude", "missing-condition"),
    ("reverse", "wrong-direction"),
    ("annotate", "missing-column"),
    ("alias", "missing-condition"),
    ("values", "wrong-grouping"),
    ("delete", "wrong-final-state"),
];

/// Calls that lose a named argument without ceasing to make sense.
const NAMED: &[(&str, &str, &str)] = &[
    ("Window", "partition_by", "wrong-grouping"),
    ("Window", "order_by", "missing-order"),
    ("Sum", "filter", "missing-condition"),
    ("Avg", "filter", "missing-condition"),
    ("Max", "filter", "missing-condition"),
    ("Min", "filter", "missing-condition"),
    ("Sum", "default", "null-handling"),
    ("Avg", "default", "null-handling"),
    ("union", "all", "missing-distinct"),
    ("Case", "default", "null-handling"),
    ("get_or_create", "defaults", "wrong-final-state"),
    ("update_or_create", "defaults", "wrong-final-state"),
    ("values_list", "flat", "missing-column"),
];

/// The edits of a program; none where it does not parse.
pub fn edits(source: &str) -> Vec<Edit> {
    let Ok(module) = parse_module(source, 100_000) else { return Vec::new() };
    let mut walk = Walk { source, edits: Vec::new() };
    walk.body(&module.body, true);
    walk.edits
}

struct Walk<'a> {
    source: &'a str,
    edits: Vec<Edit>,
}

impl Walk<'_> {
    fn text(&self, span: Span) -> &str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn edit(&mut self, span: Span, with: impl Into<String>, finding: &'static str) {
        self.edits.push(Edit::new(span.start as usize..span.end as usize, with, finding));
    }

    fn body(&mut self, body: &[Stmt], outermost: bool) {
        for (at, statement) in body.iter().enumerate() {
            let is_value = outermost && at + 1 == body.len();
            self.statement(statement, is_value);
        }
    }

    fn statement(&mut self, statement: &Stmt, is_value: bool) {
        match &statement.kind {
            StmtKind::Expr(value) => {
                if !is_value {
                    self.edit(statement.span, "pass", "wrong-final-state");
                }
                self.expr(value);
            }
            StmtKind::Assign { targets, value } => {
                // An attribute that is not set is a change that is forgotten.
                if targets.iter().all(|target| matches!(target.kind, ExprKind::Attribute { .. })) {
                    self.edit(statement.span, "pass", "wrong-final-state");
                }
                self.expr(value);
            }
            StmtKind::AugAssign { value, .. } => {
                self.edit(statement.span, "pass", "wrong-value");
                self.expr(value);
            }
            StmtKind::AnnAssign { value: Some(value), .. } | StmtKind::Return(Some(value)) => self.expr(value),
            StmtKind::Continue | StmtKind::Break => self.edit(statement.span, "pass", "wrong-operator"),
            StmtKind::If { test, body, orelse } => {
                self.condition(test);
                self.body(body, false);
                self.body(orelse, false);
            }
            StmtKind::While { test, body, .. } => {
                self.expr(test);
                self.body(body, false);
            }
            StmtKind::For { iter, body, .. } => {
                self.expr(iter);
                self.body(body, false);
            }
            StmtKind::With { items, body, .. } => {
                for item in items {
                    self.expr(&item.context);
                }
                self.body(body, false);
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.body(body, false);
                for handler in handlers {
                    self.body(&handler.body, false);
                }
                self.body(orelse, false);
                self.body(finalbody, false);
            }
            StmtKind::Function(function) => self.body(&function.body, false),
            StmtKind::Class(class) => {
                for member in &class.body {
                    if let StmtKind::Function(function) = &member.kind {
                        self.body(&function.body, false);
                    }
                }
            }
            _ => {}
        }
    }

    /// A condition that decides what runs or what is kept.
    fn condition(&mut self, test: &Expr) {
        let negated = format!("not ({})", self.text(test.span));
        self.edit(test.span, negated, "wrong-operator");
        self.edit(test.span, "True", "missing-condition");
        self.expr(test);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::BoolOp { is_and, values } => {
                let texts: Vec<String> = values.iter().map(|value| format!("({})", self.text(value.span))).collect();
                let turned = texts.join(if *is_and { " or " } else { " and " });
                self.edit(expr.span, turned, "wrong-operator");
                let joined = if *is_and { " and " } else { " or " };
                for dropped in 0..texts.len() {
                    let kept: Vec<&str> = texts
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| *at != dropped)
                        .map(|(_, text)| text.as_str())
                        .collect();
                    self.edit(expr.span, kept.join(joined), "missing-condition");
                }
                for value in values {
                    self.expr(value);
                }
            }
            ExprKind::Compare { left, ops, comparators } => {
                self.comparison(expr, left, ops, comparators);
                self.expr(left);
                for comparator in comparators {
                    self.expr(comparator);
                }
            }
            ExprKind::Conditional { test, body, orelse } => {
                let turned =
                    format!("{} if {} else {}", self.text(orelse.span), self.text(test.span), self.text(body.span));
                self.edit(expr.span, turned, "wrong-operator");
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            ExprKind::Unary { op, operand } => {
                if *op == UnaryOp::Not {
                    let plain = format!("({})", self.text(operand.span));
                    self.edit(expr.span, plain, "wrong-operator");
                }
                self.expr(operand);
            }
            ExprKind::Call { func, args, keywords } => self.call(expr, func, args, keywords),
            ExprKind::Attribute { value, .. } | ExprKind::Starred(value) | ExprKind::Await(value) => self.expr(value),
            ExprKind::Subscript { value, index } => {
                if matches!(index.kind, ExprKind::Slice { .. }) {
                    let whole = self.text(value.span).to_owned();
                    self.edit(expr.span, whole, "missing-condition");
                }
                self.expr(value);
                self.expr(index);
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Named { value, .. } => self.expr(value),
            ExprKind::Lambda(lambda) => self.expr(&lambda.body),
            ExprKind::List(items) | ExprKind::Set(items) | ExprKind::Tuple { items, .. } => {
                for item in items {
                    self.expr(item);
                }
            }
            ExprKind::Dict(pairs) => {
                for (_, value) in pairs {
                    self.expr(value);
                }
            }
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension),
            ExprKind::FString(parts) => {
                for part in parts {
                    if let FPart::Value { expr, .. } = part {
                        self.expr(expr);
                    }
                }
            }
            ExprKind::Yield(Some(value)) | ExprKind::YieldFrom(value) => self.expr(value),
            _ => {}
        }
    }

    fn comprehension(&mut self, comprehension: &Comprehension) {
        self.expr(&comprehension.element);
        if let Some(value) = &comprehension.value {
            self.expr(value);
        }
        for part in &comprehension.generators {
            self.expr(&part.iter);
            for condition in &part.ifs {
                self.condition(condition);
            }
        }
    }

    fn comparison(&mut self, whole: &Expr, left: &Expr, ops: &[CompareOp], comparators: &[Expr]) {
        let ([op], [right]) = (ops, comparators) else { return };
        let others: &[(&str, &'static str)] = match op {
            CompareOp::Eq => &[("!=", "wrong-operator")],
            CompareOp::NotEq => &[("==", "wrong-operator")],
            CompareOp::Lt => &[(">", "wrong-operator")],
            CompareOp::LtE => &[(">=", "wrong-operator")],
            CompareOp::Gt => &[("<", "wrong-operator")],
            CompareOp::GtE => &[("<=", "wrong-operator")],
            CompareOp::Is => &[("is not", "null-handling")],
            CompareOp::IsNot => &[("is", "null-handling")],
            CompareOp::In => &[("not in", "wrong-operator")],
            CompareOp::NotIn => &[("in", "wrong-operator")],
        };
        for (other, finding) in others {
            let text = format!("{} {other} {}", self.text(left.span), self.text(right.span));
            self.edit(whole.span, text, finding);
        }
    }

    fn call(&mut self, whole: &Expr, func: &Expr, args: &[Expr], keywords: &[Keyword]) {
        let (name, span, receiver) = match &func.kind {
            ExprKind::Name(name) => (name.to_string(), func.span, None),
            ExprKind::Attribute { value, name, name_span } => (name.to_string(), *name_span, Some(value)),
            _ => (String::new(), func.span, None),
        };
        for (_, other, finding) in CALLS.iter().filter(|(call, ..)| *call == name) {
            self.edit(span, *other, finding);
        }
        if let Some(receiver) = receiver {
            if let Some((_, finding)) = LINKS.iter().find(|(call, _)| *call == name) {
                let rest = self.text(receiver.span).to_owned();
                self.edit(whole.span, rest, finding);
            }
            // What is excluded together is not what is excluded one after the other.
            let parts: Vec<Span> =
                args.iter().map(|arg| arg.span).chain(keywords.iter().map(|keyword| keyword.span)).collect();
            if name == "exclude" && parts.len() > 1 {
                let chain: String = parts.iter().map(|part| format!(".exclude({})", self.text(*part))).collect();
                let text = format!("{}{chain}", self.text(receiver.span));
                self.edit(whole.span, text, "exclude-multi-valued");
            }
        }
        if ["filter", "exclude", "Q", "When"].contains(&name.as_str()) {
            for arg in args {
                let negatable = match &arg.kind {
                    ExprKind::Call { func, .. } => {
                        matches!(&func.kind, ExprKind::Name(name) if ["Q", "Exists"].contains(&&**name))
                    }
                    _ => false,
                };
                if negatable {
                    let text = format!("~{}", self.text(arg.span));
                    self.edit(arg.span, text, "wrong-operator");
                }
            }
            for keyword in keywords {
                self.lookup(keyword);
            }
        }
        for (_, named, finding) in NAMED.iter().filter(|(call, ..)| *call == name) {
            self.without(whole, func, args, keywords, named, finding);
        }
        if name == "OuterRef"
            && let [only] = args
            && !["\"pk\"", "'pk'"].contains(&self.text(only.span))
        {
            self.edit(only.span, "\"pk\"", "wrong-relation");
        }
        if ["Sum", "Avg"].contains(&name.as_str())
            && !keywords.iter().any(|keyword| keyword.name.as_ref().is_some_and(|name| &**name == "distinct"))
            && let Some(last) = args.last()
        {
            let text = format!("{}, distinct=True", self.text(last.span));
            self.edit(last.span, text, "wrong-aggregate");
        }
        self.expr(func);
        for arg in args {
            self.expr(arg);
        }
        for keyword in keywords {
            self.expr(&keyword.value);
        }
    }

    fn lookup(&mut self, keyword: &Keyword) {
        let Some(name) = keyword.name.as_ref().map(ToString::to_string) else { return };
        let Some((stem, lookup)) = name.rsplit_once("__") else { return };
        let start = keyword.span.start;
        let span = Span::new(start, start + u32::try_from(name.len()).unwrap_or(0));
        for (_, other, finding) in LOOKUPS.iter().filter(|(from, ..)| *from == lookup) {
            self.edit(span, format!("{stem}__{other}"), finding);
        }
    }

    /// The call without one of its named arguments.
    fn without(
        &mut self,
        whole: &Expr,
        func: &Expr,
        args: &[Expr],
        keywords: &[Keyword],
        named: &str,
        finding: &'static str,
    ) {
        let is_it = |keyword: &&Keyword| keyword.name.as_ref().is_some_and(|name| &**name == named);
        if !keywords.iter().any(|keyword| is_it(&keyword)) {
            return;
        }
        let kept: Vec<&str> = args
            .iter()
            .map(|arg| self.text(arg.span))
            .chain(keywords.iter().filter(|keyword| !is_it(keyword)).map(|keyword| self.text(keyword.span)))
            .collect();
        let text = format!("{}({})", self.text(func.span), kept.join(", "));
        self.edit(whole.span, text, finding);
    }
}
