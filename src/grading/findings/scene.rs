//! [`Scene`]: an answer's words beside the statements that it sent, in which the costly habits are looked for.

use crate::diagnostics::{Place, Span};
use crate::python::compile::visit::Walk;
use crate::python::nodes::{Expr, ExprKind, Module, Name, Stmt, StmtKind};
use crate::python::parse::{SOURCE_CAP, parse_module};
use crate::runner::{Execution, Language, LoggedQuery, QueryKind, TableInfo};

/// What is done with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// `len(value)`, or ones summed up over it.
    Counted,
    /// It stands where a truth is asked for.
    Tested,
    /// It is gone through, and rows are left out on the way.
    Sifted,
    /// A function of Python's goes through it: its name.
    Folded(&'static str),
}

/// A value, what is done with it, and where.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What is done.
    pub done: Use,
    /// The value's text.
    pub text: String,
    /// The lines that its text spans.
    pub lines: (u32, u32),
}

/// An answer that ran.
pub struct Scene<'a> {
    /// Its text.
    pub source: &'a str,
    /// What it did on the visible database.
    pub answer: &'a Execution,
    /// What the reference did there.
    pub reference: &'a Execution,
    /// What it did on two databases of which the second has more rows, pair by pair.
    pub growth: Vec<(&'a Execution, &'a Execution)>,
    /// The dataset's tables.
    pub tables: &'a [TableInfo],
    /// What is done with values; empty for SQL.
    pub facts: Vec<Fact>,
    /// Every name that is read, once for each time.
    pub names: Vec<String>,
    /// `a.b.id`: the name before the last, and the line.
    pub keys: Vec<(String, u32)>,
}

impl<'a> Scene<'a> {
    /// Looks an answer through.
    pub fn new(
        source: &'a str,
        language: Language,
        answer: &'a Execution,
        reference: &'a Execution,
        growth: Vec<(&'a Execution, &'a Execution)>,
        tables: &'a [TableInfo],
    ) -> Self {
        let mut reader = Reader { source, facts: Vec::new(), names: Vec::new(), keys: Vec::new(), items: Vec::new() };
        if language == Language::Python
            && let Ok(Module { body, .. }) = &parse_module(source, SOURCE_CAP)
        {
            reader.body(body);
        }
        let Reader { facts, names, keys, .. } = reader;
        Self { source, answer, reference, growth, tables, facts, names, keys }
    }

    /// The statements that read.
    pub fn selects(&self) -> impl Iterator<Item = &'a LoggedQuery> {
        self.answer.queries.iter().filter(|query| query.kind == QueryKind::Select && !query.failed)
    }

    /// A line of the answer, without the white space around it.
    pub fn line(&self, number: u32) -> &'a str {
        self.source.lines().nth((number as usize).wrapping_sub(1)).unwrap_or_default().trim()
    }

    /// The statement that fetches whole rows for a value: sent from its lines, or from where a name is first used.
    pub fn fetch_of(&self, fact: &Fact) -> Option<&'a LoggedQuery> {
        self.selects()
            .filter(|query| !summarizes(&query.sql))
            .find(|query| (fact.lines.0..=fact.lines.1).contains(&query.line))
    }

    /// Whether a value is of no other use: an expression, or a name that is read for this alone.
    pub fn only_for(&self, fact: &Fact) -> bool {
        if !is_name(&fact.text) {
            return true;
        }
        let reads = self.names.iter().filter(|name| **name == fact.text).count();
        let alike = self.facts.iter().filter(|other| other.text == fact.text && other.done == fact.done).count();
        reads == alike
    }
}

/// Whether a statement gives numbers or a truth rather than rows of a table.
pub fn summarizes(sql: &str) -> bool {
    let head = sql.split(" FROM ").next().unwrap_or(sql);
    let is_aggregate = ["COUNT(", "SUM(", "MIN(", "MAX(", "AVG("].iter().any(|word| head.contains(word));
    head.starts_with("SELECT 1 AS") || (is_aggregate && !sql.contains(" GROUP BY "))
}

/// Whether a text is one name.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|symbol| symbol.is_alphanumeric() || symbol == '_')
}

struct Reader<'a> {
    source: &'a str,
    facts: Vec<Fact>,
    names: Vec<String>,
    keys: Vec<(String, u32)>,
    /// Names that loops and parameters bind.
    items: Vec<String>,
}

impl Reader<'_> {
    fn note(&mut self, done: Use, value: &Expr) {
        let text = self.source.get(value.span.start as usize..value.span.end as usize).unwrap_or_default();
        let line = |offset| Place::of(self.source, offset).line;
        let lines = (line(value.span.start), line(value.span.end));
        self.facts.push(Fact { done, text: text.to_owned(), lines });
    }

    /// A truth is asked of an expression; its parts where it is put together.
    fn tested(&mut self, test: &Expr) {
        match &test.kind {
            ExprKind::BoolOp { values, .. } => values.iter().for_each(|value| self.tested(value)),
            ExprKind::Unary { operand, op: crate::python::nodes::UnaryOp::Not } => self.tested(operand),
            ExprKind::Compare { left, comparators, .. } => {
                let is_zero = |expr: &Expr| matches!(expr.kind, ExprKind::Int(0 | 1));
                if let [other] = comparators.as_slice()
                    && is_zero(other)
                {
                    match &left.kind {
                        ExprKind::Call { func, args, .. } if is_called(func, "len") && args.len() == 1 => {
                            self.note(Use::Tested, &args[0]);
                        }
                        ExprKind::Call { func, .. } if is_method_of_rows(func) => self.note(Use::Tested, left),
                        _ => {}
                    }
                }
            }
            ExprKind::Name(name) if !self.items.iter().any(|item| **item == **name) => self.note(Use::Tested, test),
            ExprKind::Call { func, .. } if is_method_of_rows(func) => self.note(Use::Tested, test),
            _ => {}
        }
    }

    /// Remembers what a loop gives one by one.
    fn item(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.items.push(name.to_string()),
            ExprKind::Tuple { items, .. } | ExprKind::List(items) => items.iter().for_each(|item| self.item(item)),
            _ => {}
        }
    }
}

/// Whether what is called is a method that a queryset or a manager has.
fn is_method_of_rows(func: &Expr) -> bool {
    const METHODS: [&str; 12] = [
        "filter",
        "exclude",
        "all",
        "order_by",
        "distinct",
        "values",
        "values_list",
        "select_related",
        "only",
        "count",
        "prefetch_related",
        "annotate",
    ];
    matches!(&func.kind, ExprKind::Attribute { name, .. } if METHODS.contains(&&**name))
}

fn is_called(func: &Expr, name: &str) -> bool {
    matches!(&func.kind, ExprKind::Name(called) if **called == *name)
}

impl Walk for Reader<'_> {
    fn bound_name(&mut self, _: &Name, _: Span) {}

    fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(_) => {}
            ExprKind::Tuple { items, .. } | ExprKind::List(items) => items.iter().for_each(|item| self.target(item)),
            _ => self.walk_expr(target),
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Function(function) => {
                self.exprs(&function.decorators);
                for parameter in function.parameters.iter() {
                    self.items.push(parameter.name.to_string());
                    parameter.default.iter().for_each(|expr| self.expr(expr));
                }
                return self.body(&function.body);
            }
            StmtKind::Class(class) => {
                self.exprs(&class.bases);
                return self.body(&class.body);
            }
            StmtKind::If { test, .. } | StmtKind::While { test, .. } | StmtKind::Assert { test, .. } => {
                self.tested(test);
            }
            StmtKind::For { target, iter, body, .. } => {
                self.item(target);
                // A loop whose whole body hangs on a condition leaves rows out.
                let conditional = |orelse: &[Stmt]| orelse.is_empty();
                let skips = |body: &[Stmt]| matches!(body, [Stmt { kind: StmtKind::Continue, .. }]);
                match body.as_slice() {
                    [Stmt { kind: StmtKind::If { orelse, .. }, .. }] if conditional(orelse) => {
                        self.note(Use::Sifted, iter);
                    }
                    [Stmt { kind: StmtKind::If { body: inner, orelse, .. }, .. }, ..]
                        if conditional(orelse) && skips(inner) =>
                    {
                        self.note(Use::Sifted, iter);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        self.walk_stmt(stmt);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.names.push(name.to_string()),
            ExprKind::Attribute { value, name, .. } if matches!(&**name, "id" | "pk") => {
                if let ExprKind::Attribute { name: before, .. } = &value.kind {
                    self.keys.push((before.to_string(), Place::of(self.source, value.span.start).line));
                }
            }
            ExprKind::Conditional { test, .. } => self.tested(test),
            ExprKind::Unary { operand, op: crate::python::nodes::UnaryOp::Not } => self.tested(operand),
            ExprKind::Call { func, args, .. } => {
                if let (ExprKind::Name(name), Some(first)) = (&func.kind, args.first()) {
                    match &**name {
                        "len" => self.note(Use::Counted, first),
                        "bool" | "any" if !matches!(first.kind, ExprKind::Comprehension(_)) => {
                            self.note(Use::Tested, first);
                        }
                        "filter" => {
                            if let Some(rows) = args.get(1) {
                                self.note(Use::Sifted, rows);
                            }
                        }
                        "sum" | "max" | "min" | "sorted" => {
                            let done = match &**name {
                                "sum" => "sum",
                                "max" => "max",
                                "min" => "min",
                                _ => "sorted",
                            };
                            match &first.kind {
                                ExprKind::Comprehension(inner) => {
                                    if let Some(clause) = inner.generators.first() {
                                        let ones = matches!(inner.element.kind, ExprKind::Int(1));
                                        let plain = ones && clause.ifs.is_empty();
                                        self.note(if plain { Use::Counted } else { Use::Folded(done) }, &clause.iter);
                                    }
                                }
                                _ => self.note(Use::Folded(done), first),
                            }
                        }
                        _ => {}
                    }
                }
            }
            ExprKind::Lambda(lambda) => self.expr(&lambda.body),
            ExprKind::Comprehension(comprehension) => {
                comprehension.generators.iter().for_each(|clause| self.item(&clause.target));
                for clause in &comprehension.generators {
                    if !clause.ifs.is_empty() {
                        self.note(Use::Sifted, &clause.iter);
                    }
                    self.expr(&clause.iter);
                    self.exprs(&clause.ifs);
                }
                self.expr(&comprehension.element);
                comprehension.value.iter().for_each(|value| self.expr(value));
            }
            _ => {}
        }
        self.walk_expr(expr);
    }
}
