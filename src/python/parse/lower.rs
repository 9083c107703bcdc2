//! The parser's tree rewritten as ours: names shared and, inside classes, mangled; literals turned into values.

use std::rc::Rc;

use num_bigint::BigInt;
use ruff_python_ast as ast;
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::{SyntaxError, SyntaxErrorKind, span};
use crate::diagnostics::Span;
use crate::python::nodes::*;

/// How deep a tree may be: past it CPython's own compiler gives up.
const DEPTH: u32 = 3000;

type Lowered<T> = Result<T, SyntaxError>;

/// The whole module.
pub(super) fn module(source: &str, module: &ast::ModModule) -> Lowered<Module> {
    let mut lower =
        Lower { source, names: FxHashMap::default(), classes: Vec::new(), scopes: 1, depth: 0, lazy: false };
    let body = lower.body(&module.body)?;
    Ok(Module { body, scopes: lower.scopes, lazy_annotations: lower.lazy })
}

struct Lower<'a> {
    source: &'a str,
    names: FxHashMap<String, Name>,
    /// The classes around, for private names.
    classes: Vec<String>,
    scopes: ScopeId,
    depth: u32,
    lazy: bool,
}

impl Lower<'_> {
    fn scope(&mut self) -> ScopeId {
        self.scopes += 1;
        self.scopes - 1
    }

    fn enter(&mut self, at: Span) -> Lowered<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(SyntaxError {
                kind: SyntaxErrorKind::Recursion,
                message: "maximum recursion depth exceeded during compilation".into(),
                span: at,
                quoted: None,
            });
        }
        Ok(())
    }

    fn plain_name(&mut self, name: &str) -> Name {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let shared: Name = Rc::from(name);
        self.names.insert(name.to_string(), shared.clone());
        shared
    }

    /// The name under which it is found: private ones carry their class's name.
    fn name(&mut self, name: &str) -> Name {
        if name.starts_with("__")
            && !name.ends_with("__")
            && !name.contains('.')
            && let Some(class) = self.classes.last().filter(|class| !class.is_empty())
        {
            let mangled = format!("_{class}{name}");
            return self.plain_name(&mangled);
        }
        self.plain_name(name)
    }

    fn optional_name(&mut self, name: Option<&ast::Identifier>) -> Option<Name> {
        name.map(|name| self.name(&name.id))
    }

    fn body(&mut self, body: &[ast::Stmt]) -> Lowered<Vec<Stmt>> {
        body.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn exprs(&mut self, exprs: &[ast::Expr]) -> Lowered<Vec<Expr>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn boxed(&mut self, expr: &ast::Expr) -> Lowered<Box<Expr>> {
        Ok(Box::new(self.expr(expr)?))
    }

    fn optional(&mut self, expr: Option<&ast::Expr>) -> Lowered<Option<Expr>> {
        expr.map(|expr| self.expr(expr)).transpose()
    }

    fn optional_boxed(&mut self, expr: Option<&ast::Expr>) -> Lowered<Option<Box<Expr>>> {
        expr.map(|expr| self.boxed(expr)).transpose()
    }

    fn stmt(&mut self, stmt: &ast::Stmt) -> Lowered<Stmt> {
        let mut at = span(stmt.range());
        self.enter(at)?;
        let kind = match stmt {
            ast::Stmt::Expr(stmt) => StmtKind::Expr(self.expr(&stmt.value)?),
            ast::Stmt::Assign(stmt) => {
                let targets = self.exprs(&stmt.targets)?;
                StmtKind::Assign { targets, value: self.expr(&stmt.value)? }
            }
            ast::Stmt::AugAssign(stmt) => StmtKind::AugAssign {
                target: self.expr(&stmt.target)?,
                op: binary_op(stmt.op),
                value: self.expr(&stmt.value)?,
            },
            ast::Stmt::AnnAssign(stmt) => StmtKind::AnnAssign {
                target: self.expr(&stmt.target)?,
                annotation: self.expr(&stmt.annotation)?,
                value: self.optional(stmt.value.as_deref())?,
                simple: stmt.simple,
            },
            ast::Stmt::Return(stmt) => StmtKind::Return(self.optional(stmt.value.as_deref())?),
            ast::Stmt::Delete(stmt) => StmtKind::Delete(self.exprs(&stmt.targets)?),
            ast::Stmt::Pass(_) => StmtKind::Pass,
            ast::Stmt::Break(_) => StmtKind::Break,
            ast::Stmt::Continue(_) => StmtKind::Continue,
            ast::Stmt::If(stmt) => self.if_chain(stmt)?,
            ast::Stmt::While(stmt) => StmtKind::While {
                test: self.expr(&stmt.test)?,
                body: self.body(&stmt.body)?,
                orelse: self.body(&stmt.orelse)?,
            },
            ast::Stmt::For(stmt) => StmtKind::For {
                is_async: stmt.is_async,
                target: self.expr(&stmt.target)?,
                iter: self.expr(&stmt.iter)?,
                body: self.body(&stmt.body)?,
                orelse: self.body(&stmt.orelse)?,
            },
            ast::Stmt::With(stmt) => {
                let mut items = Vec::new();
                for item in &stmt.items {
                    let context = self.expr(&item.context_expr)?;
                    items.push(WithItem { context, target: self.optional(item.optional_vars.as_deref())? });
                }
                StmtKind::With { is_async: stmt.is_async, items, body: self.body(&stmt.body)? }
            }
            ast::Stmt::Try(stmt) => {
                let body = self.body(&stmt.body)?;
                let mut handlers = Vec::new();
                for ast::ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
                    handlers.push(Handler {
                        span: span(handler.range),
                        class: self.optional(handler.type_.as_deref())?,
                        name: self.optional_name(handler.name.as_ref()),
                        body: self.body(&handler.body)?,
                    });
                }
                if let (true, Some(last), Some(first)) = (handlers.is_empty(), stmt.body.last(), stmt.orelse.first()) {
                    let between = last.end().to_usize()..first.start().to_usize();
                    let clause = self.source.get(between.clone()).and_then(|text| text.rfind("else"));
                    let at = (between.start + clause.unwrap_or(0)) as u32;
                    return Err(SyntaxError::new(Span::new(at, at + 4), "expected 'except' or 'finally' block"));
                }
                StmtKind::Try {
                    body,
                    handlers,
                    orelse: self.body(&stmt.orelse)?,
                    finalbody: self.body(&stmt.finalbody)?,
                    is_star: stmt.is_star,
                }
            }
            ast::Stmt::Raise(stmt) => StmtKind::Raise {
                exception: self.optional(stmt.exc.as_deref())?,
                cause: self.optional(stmt.cause.as_deref())?,
            },
            ast::Stmt::Assert(stmt) => {
                StmtKind::Assert { test: self.expr(&stmt.test)?, message: self.optional(stmt.msg.as_deref())? }
            }
            ast::Stmt::Import(stmt) => StmtKind::Import(self.aliases(&stmt.names)),
            ast::Stmt::ImportFrom(stmt) => {
                let names = self.aliases(&stmt.names);
                if stmt.level == 0 && stmt.module.as_ref().is_some_and(|module| module.id.as_str() == "__future__") {
                    self.lazy |= names.iter().any(|alias| &*alias.name == "annotations");
                }
                let module = stmt.module.as_ref().map(|module| self.plain_name(&module.id));
                StmtKind::ImportFrom { module, names, level: stmt.level }
            }
            ast::Stmt::Global(stmt) => StmtKind::Global(stmt.names.iter().map(|name| self.name(&name.id)).collect()),
            ast::Stmt::Nonlocal(stmt) => {
                StmtKind::Nonlocal(stmt.names.iter().map(|name| self.name(&name.id)).collect())
            }
            ast::Stmt::FunctionDef(stmt) => StmtKind::Function(Box::new(self.function(stmt)?)),
            ast::Stmt::ClassDef(stmt) => StmtKind::Class(Box::new(self.class(stmt)?)),
            ast::Stmt::Match(stmt) => {
                let subject = self.expr(&stmt.subject)?;
                let mut cases = Vec::new();
                for case in &stmt.cases {
                    cases.push(Case {
                        pattern: self.pattern(&case.pattern)?,
                        guard: self.optional(case.guard.as_deref())?,
                        body: self.body(&case.body)?,
                    });
                }
                StmtKind::Match { subject, cases }
            }
            ast::Stmt::TypeAlias(_) | ast::Stmt::IpyEscapeCommand(_) => {
                return Err(SyntaxError::new(at, "invalid syntax"));
            }
        };
        if let StmtKind::Function(function) = &kind {
            at.start = function.def_span.start;
        } else if let StmtKind::Class(class) = &kind {
            at.start = class.def_span.start;
        }
        self.depth -= 1;
        Ok(Stmt { span: at, kind })
    }

    /// `elif` as an `if` in the other branch, built from the last clause backwards.
    fn if_chain(&mut self, stmt: &ast::StmtIf) -> Lowered<StmtKind> {
        // Scopes are numbered in source order, so lower forwards first.
        let test = self.expr(&stmt.test)?;
        let body = self.body(&stmt.body)?;
        let mut clauses = Vec::new();
        for clause in &stmt.elif_else_clauses {
            self.enter(span(clause.range))?;
            let test = self.optional(clause.test.as_ref())?;
            clauses.push((span(clause.range), test, self.body(&clause.body)?));
        }
        let end = span(stmt.range).end;
        let mut orelse = Vec::new();
        for (at, test, body) in clauses.into_iter().rev() {
            self.depth -= 1;
            orelse = match test {
                None => body,
                Some(test) => {
                    vec![Stmt { span: Span::new(at.start, end), kind: StmtKind::If { test, body, orelse } }]
                }
            };
        }
        Ok(StmtKind::If { test, body, orelse })
    }

    fn aliases(&mut self, names: &[ast::Alias]) -> Vec<Alias> {
        let mut aliases = Vec::new();
        for alias in names {
            let name = self.name(&alias.name.id);
            aliases.push(Alias { span: span(alias.range), name, asname: self.optional_name(alias.asname.as_ref()) });
        }
        aliases
    }

    /// Where the definition itself starts: the parser's ranges begin at the decorators.
    fn keyword_before(&self, name: Span, keyword: &str) -> u32 {
        let before = self.source.get(..name.start as usize).unwrap_or("");
        before.rfind(keyword).map_or(name.start, |at| at as u32)
    }

    fn function(&mut self, stmt: &ast::StmtFunctionDef) -> Lowered<FunctionDef> {
        if let Some(parameters) = &stmt.type_params {
            return Err(SyntaxError::new(span(parameters.range), "expected '('"));
        }
        let name_span = span(stmt.name.range);
        let mut start = self.keyword_before(name_span, "def");
        if stmt.is_async {
            start = self.keyword_before(Span::new(start, start), "async");
        }
        let mut decorators = Vec::new();
        for decorator in &stmt.decorator_list {
            decorators.push(self.expr(&decorator.expression)?);
        }
        let scope = self.scope();
        Ok(FunctionDef {
            scope,
            name: self.plain_name(&stmt.name.id),
            bind: self.name(&stmt.name.id),
            name_span,
            def_span: Span::new(start, span(stmt.range).end),
            is_async: stmt.is_async,
            decorators,
            parameters: self.parameters(&stmt.parameters)?,
            returns: self.optional(stmt.returns.as_deref())?,
            body: self.body(&stmt.body)?,
        })
    }

    fn class(&mut self, stmt: &ast::StmtClassDef) -> Lowered<ClassDef> {
        if let Some(parameters) = &stmt.type_params {
            return Err(SyntaxError::new(span(parameters.range), "invalid syntax"));
        }
        let name_span = span(stmt.name.range);
        let start = self.keyword_before(name_span, "class");
        let mut decorators = Vec::new();
        for decorator in &stmt.decorator_list {
            decorators.push(self.expr(&decorator.expression)?);
        }
        let scope = self.scope();
        let (bases, keywords) = match &stmt.arguments {
            Some(arguments) => self.arguments(arguments)?,
            None => (Vec::new(), Vec::new()),
        };
        let name = self.plain_name(&stmt.name.id);
        let bind = self.name(&stmt.name.id);
        self.classes.push(stmt.name.id.trim_start_matches('_').to_string());
        let body = self.body(&stmt.body);
        self.classes.pop();
        let def_span = Span::new(start, span(stmt.range).end);
        Ok(ClassDef { scope, name, bind, name_span, def_span, decorators, bases, keywords, body: body? })
    }

    fn arguments(&mut self, arguments: &ast::Arguments) -> Lowered<(Vec<Expr>, Vec<Keyword>)> {
        let mut args = self.exprs(&arguments.args)?;
        // The parentheses of the call are a lone generator's own.
        if let ([ast::Expr::Generator(generator)], [only]) = (&*arguments.args, &mut args[..])
            && !generator.parenthesized
        {
            only.span = span(arguments.range);
        }
        let mut keywords = Vec::new();
        for keyword in &arguments.keywords {
            keywords.push(Keyword {
                span: span(keyword.range),
                name: keyword.arg.as_ref().map(|name| self.plain_name(&name.id)),
                value: self.expr(&keyword.value)?,
            });
        }
        Ok((args, keywords))
    }

    fn parameters(&mut self, parameters: &ast::Parameters) -> Lowered<Parameters> {
        Ok(Parameters {
            positional_only: self.parameter_list(&parameters.posonlyargs)?,
            positional: self.parameter_list(&parameters.args)?,
            var_positional: parameters.vararg.as_deref().map(|p| self.parameter(p, None)).transpose()?,
            keyword_only: self.parameter_list(&parameters.kwonlyargs)?,
            var_keyword: parameters.kwarg.as_deref().map(|p| self.parameter(p, None)).transpose()?,
        })
    }

    fn parameter_list(&mut self, list: &[ast::ParameterWithDefault]) -> Lowered<Vec<Parameter>> {
        list.iter().map(|one| self.parameter(&one.parameter, one.default.as_deref())).collect()
    }

    fn parameter(&mut self, parameter: &ast::Parameter, default: Option<&ast::Expr>) -> Lowered<Parameter> {
        Ok(Parameter {
            span: span(parameter.range),
            name: self.name(&parameter.name.id),
            annotation: self.optional(parameter.annotation.as_deref())?,
            default: self.optional(default)?,
        })
    }

    fn expr(&mut self, expr: &ast::Expr) -> Lowered<Expr> {
        let at = span(expr.range());
        self.enter(at)?;
        let kind = match expr {
            ast::Expr::NoneLiteral(_) => ExprKind::None,
            ast::Expr::BooleanLiteral(literal) => ExprKind::Bool(literal.value),
            ast::Expr::EllipsisLiteral(_) => ExprKind::Ellipsis,
            ast::Expr::NumberLiteral(literal) => number(&literal.value, at)?,
            ast::Expr::StringLiteral(literal) => ExprKind::Str(Rc::from(literal.value.to_str())),
            ast::Expr::BytesLiteral(literal) => ExprKind::Bytes(literal.value.bytes().collect::<Vec<u8>>().into()),
            ast::Expr::FString(string) => ExprKind::FString(self.f_string(&string.value)?),
            ast::Expr::TString(_) => return Err(SyntaxError::new(at, "invalid syntax")),
            ast::Expr::Name(name) => ExprKind::Name(self.name(&name.id)),
            ast::Expr::Attribute(attribute) => ExprKind::Attribute {
                value: self.boxed(&attribute.value)?,
                name: self.name(&attribute.attr.id),
                name_span: span(attribute.attr.range),
            },
            ast::Expr::Subscript(subscript) => {
                ExprKind::Subscript { value: self.boxed(&subscript.value)?, index: self.boxed(&subscript.slice)? }
            }
            ast::Expr::Slice(slice) => ExprKind::Slice {
                lower: self.optional_boxed(slice.lower.as_deref())?,
                upper: self.optional_boxed(slice.upper.as_deref())?,
                step: self.optional_boxed(slice.step.as_deref())?,
            },
            ast::Expr::Starred(starred) => ExprKind::Starred(self.boxed(&starred.value)?),
            ast::Expr::Call(call) => {
                let func = self.boxed(&call.func)?;
                let (args, keywords) = self.arguments(&call.arguments)?;
                ExprKind::Call { func, args, keywords }
            }
            ast::Expr::BinOp(op) => {
                ExprKind::Binary { left: self.boxed(&op.left)?, op: binary_op(op.op), right: self.boxed(&op.right)? }
            }
            ast::Expr::UnaryOp(op) => {
                let kind = match op.op {
                    ast::UnaryOp::Invert => UnaryOp::Invert,
                    ast::UnaryOp::Not => UnaryOp::Not,
                    ast::UnaryOp::UAdd => UnaryOp::Plus,
                    ast::UnaryOp::USub => UnaryOp::Minus,
                };
                ExprKind::Unary { op: kind, operand: self.boxed(&op.operand)? }
            }
            ast::Expr::BoolOp(op) => {
                ExprKind::BoolOp { is_and: op.op == ast::BoolOp::And, values: self.exprs(&op.values)? }
            }
            ast::Expr::Compare(compare) => ExprKind::Compare {
                left: self.boxed(&compare.left)?,
                ops: compare.ops.iter().map(|op| compare_op(*op)).collect(),
                comparators: self.exprs(&compare.comparators)?,
            },
            ast::Expr::If(cond) => {
                // Source order, so that scopes are numbered in it.
                let body = self.boxed(&cond.body)?;
                let test = self.boxed(&cond.test)?;
                ExprKind::Conditional { test, body, orelse: self.boxed(&cond.orelse)? }
            }
            ast::Expr::Named(named) => {
                ExprKind::Named { target: self.boxed(&named.target)?, value: self.boxed(&named.value)? }
            }
            ast::Expr::Lambda(lambda) => {
                let scope = self.scope();
                let parameters = match lambda.parameters.as_deref() {
                    Some(parameters) => self.parameters(parameters)?,
                    None => Parameters::default(),
                };
                ExprKind::Lambda(Box::new(Lambda { scope, parameters, body: self.expr(&lambda.body)? }))
            }
            ast::Expr::List(list) => ExprKind::List(self.exprs(&list.elts)?),
            ast::Expr::Tuple(tuple) => {
                ExprKind::Tuple { items: self.exprs(&tuple.elts)?, parenthesized: tuple.parenthesized }
            }
            ast::Expr::Set(set) => ExprKind::Set(self.exprs(&set.elts)?),
            ast::Expr::Dict(dict) => {
                let mut items = Vec::new();
                for item in &dict.items {
                    let key = self.optional(item.key.as_ref())?;
                    items.push((key, self.expr(&item.value)?));
                }
                ExprKind::Dict(items)
            }
            ast::Expr::ListComp(comp) => {
                self.comprehension(ComprehensionKind::List, &comp.elt, None, &comp.generators)?
            }
            ast::Expr::SetComp(comp) => {
                self.comprehension(ComprehensionKind::Set, &comp.elt, None, &comp.generators)?
            }
            ast::Expr::DictComp(comp) => match comp.key.as_deref() {
                Some(key) => self.comprehension(ComprehensionKind::Dict, key, Some(&comp.value), &comp.generators)?,
                None => return Err(SyntaxError::new(at, "dict unpacking cannot be used in dict comprehension")),
            },
            ast::Expr::Generator(comp) => {
                self.comprehension(ComprehensionKind::Generator, &comp.elt, None, &comp.generators)?
            }
            ast::Expr::Await(value) => ExprKind::Await(self.boxed(&value.value)?),
            ast::Expr::Yield(value) => ExprKind::Yield(self.optional_boxed(value.value.as_deref())?),
            ast::Expr::YieldFrom(value) => ExprKind::YieldFrom(self.boxed(&value.value)?),
            ast::Expr::IpyEscapeCommand(_) => return Err(SyntaxError::new(at, "invalid syntax")),
        };
        self.depth -= 1;
        Ok(Expr { span: at, kind })
    }

    fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        element: &ast::Expr,
        value: Option<&ast::Expr>,
        generators: &[ast::Comprehension],
    ) -> Lowered<ExprKind> {
        let scope = self.scope();
        if let ast::Expr::Starred(starred) = element {
            return Err(SyntaxError::new(span(starred.range), "iterable unpacking cannot be used in comprehension"));
        }
        let element = self.expr(element)?;
        let value = self.optional(value)?;
        let mut clauses = Vec::new();
        for generator in generators {
            clauses.push(For {
                target: self.expr(&generator.target)?,
                iter: self.expr(&generator.iter)?,
                ifs: self.exprs(&generator.ifs)?,
                is_async: generator.is_async,
            });
        }
        Ok(ExprKind::Comprehension(Box::new(Comprehension { scope, kind, element, value, generators: clauses })))
    }

    fn f_string(&mut self, value: &ast::FStringValue) -> Lowered<Vec<FPart>> {
        let mut parts = Vec::new();
        for part in value.as_slice() {
            match part {
                ast::FStringPart::Literal(literal) => push_literal(&mut parts, &literal.value),
                ast::FStringPart::FString(string) => self.f_elements(&string.elements, &mut parts, 0)?,
            }
        }
        Ok(parts)
    }

    fn f_elements(
        &mut self,
        elements: &ast::InterpolatedStringElements,
        parts: &mut Vec<FPart>,
        nested: u32,
    ) -> Lowered<()> {
        for element in elements.iter() {
            match element {
                ast::InterpolatedStringElement::Literal(literal) => push_literal(parts, &literal.value),
                ast::InterpolatedStringElement::Interpolation(field) => {
                    let at = span(field.range);
                    if nested > 1 {
                        return Err(SyntaxError::new(at, "f-string: expressions nested too deeply"));
                    }
                    if matches!(&*field.expression, ast::Expr::Starred(_)) {
                        return Err(SyntaxError::new(at, "f-string: cannot use starred expression here"));
                    }
                    let mut conversion = match field.conversion {
                        ast::ConversionFlag::None => Conversion::None,
                        ast::ConversionFlag::Str => Conversion::Str,
                        ast::ConversionFlag::Ascii => Conversion::Ascii,
                        ast::ConversionFlag::Repr => Conversion::Repr,
                    };
                    if let Some(debug) = &field.debug_text {
                        push_literal(parts, debug.as_str());
                        if conversion == Conversion::None && field.format_spec.is_none() {
                            conversion = Conversion::Repr;
                        }
                    }
                    let expr = self.expr(&field.expression)?;
                    let spec = match &field.format_spec {
                        Some(spec) => {
                            let mut inner = Vec::new();
                            self.f_elements(&spec.elements, &mut inner, nested + 1)?;
                            Some(inner)
                        }
                        None => None,
                    };
                    parts.push(FPart::Value { expr, conversion, spec, span: at });
                }
            }
        }
        Ok(())
    }

    fn patterns(&mut self, patterns: &[ast::Pattern]) -> Lowered<Vec<Pattern>> {
        patterns.iter().map(|pattern| self.pattern(pattern)).collect()
    }

    fn pattern(&mut self, pattern: &ast::Pattern) -> Lowered<Pattern> {
        let at = span(pattern.range());
        self.enter(at)?;
        let kind = match pattern {
            ast::Pattern::MatchValue(value) => PatternKind::Value(self.expr(&value.value)?),
            ast::Pattern::MatchSingleton(value) => PatternKind::Singleton(Expr {
                span: at,
                kind: match value.value {
                    ast::Singleton::None => ExprKind::None,
                    ast::Singleton::True => ExprKind::Bool(true),
                    ast::Singleton::False => ExprKind::Bool(false),
                },
            }),
            ast::Pattern::MatchSequence(sequence) => PatternKind::Sequence(self.patterns(&sequence.patterns)?),
            ast::Pattern::MatchMapping(mapping) => PatternKind::Mapping {
                keys: self.exprs(&mapping.keys)?,
                patterns: self.patterns(&mapping.patterns)?,
                rest: self.optional_name(mapping.rest.as_ref()),
            },
            ast::Pattern::MatchClass(class) => {
                let callee = self.expr(&class.cls)?;
                let patterns = self.patterns(&class.arguments.patterns)?;
                let mut keywords = Vec::new();
                for keyword in &class.arguments.keywords {
                    let name = self.name(&keyword.attr.id);
                    keywords.push((name, self.pattern(&keyword.pattern)?));
                }
                PatternKind::Class { class: callee, patterns, keywords }
            }
            ast::Pattern::MatchStar(star) => PatternKind::Star(self.optional_name(star.name.as_ref())),
            ast::Pattern::MatchAs(capture) => PatternKind::As {
                pattern: match capture.pattern.as_deref() {
                    Some(pattern) => Some(Box::new(self.pattern(pattern)?)),
                    None => None,
                },
                name: self.optional_name(capture.name.as_ref()),
            },
            ast::Pattern::MatchOr(or) => PatternKind::Or(self.patterns(&or.patterns)?),
        };
        self.depth -= 1;
        Ok(Pattern { span: at, kind })
    }
}

/// Neighbouring pieces of text become one.
fn push_literal(parts: &mut Vec<FPart>, text: &str) {
    if let Some(FPart::Literal(last)) = parts.last_mut() {
        *last = Rc::from(format!("{last}{text}"));
    } else if !text.is_empty() {
        parts.push(FPart::Literal(Rc::from(text)));
    }
}

fn number(number: &ast::Number, at: Span) -> Lowered<ExprKind> {
    Ok(match number {
        ast::Number::Int(int) => match int.as_i64() {
            Some(value) => ExprKind::Int(value),
            None => ExprKind::BigInt(Box::new(big(&int.to_string(), at)?)),
        },
        ast::Number::Float(value) => ExprKind::Float(*value),
        ast::Number::Complex { imag, .. } => ExprKind::Imaginary(*imag),
    })
}

/// The value of a long literal, which comes as its text.
fn big(text: &str, at: Span) -> Lowered<BigInt> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let lowered = digits.to_ascii_lowercase();
    let (radix, digits) = match lowered.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits.as_str()),
    };
    if radix == 10 && digits.len() > 4300 {
        let length = digits.len();
        return Err(SyntaxError::new(
            at,
            format!(
                "Exceeds the limit (4300 digits) for integer string conversion: value has {length} digits; use \
                 sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals \
                 to avoid decimal conversion limits."
            ),
        ));
    }
    BigInt::parse_bytes(digits.as_bytes(), radix).ok_or_else(|| SyntaxError::new(at, "invalid decimal literal"))
}

fn binary_op(op: ast::Operator) -> BinaryOp {
    match op {
        ast::Operator::Add => BinaryOp::Add,
        ast::Operator::Sub => BinaryOp::Sub,
        ast::Operator::Mult => BinaryOp::Mul,
        ast::Operator::MatMult => BinaryOp::MatMul,
        ast::Operator::Div => BinaryOp::Div,
        ast::Operator::Mod => BinaryOp::Mod,
        ast::Operator::Pow => BinaryOp::Pow,
        ast::Operator::LShift => BinaryOp::LShift,
        ast::Operator::RShift => BinaryOp::RShift,
        ast::Operator::BitOr => BinaryOp::BitOr,
        ast::Operator::BitXor => BinaryOp::BitXor,
        ast::Operator::BitAnd => BinaryOp::BitAnd,
        ast::Operator::FloorDiv => BinaryOp::FloorDiv,
    }
}

fn compare_op(op: ast::CmpOp) -> CompareOp {
    match op {
        ast::CmpOp::Eq => CompareOp::Eq,
        ast::CmpOp::NotEq => CompareOp::NotEq,
        ast::CmpOp::Lt => CompareOp::Lt,
        ast::CmpOp::LtE => CompareOp::LtE,
        ast::CmpOp::Gt => CompareOp::Gt,
        ast::CmpOp::GtE => CompareOp::GtE,
        ast::CmpOp::Is => CompareOp::Is,
        ast::CmpOp::IsNot => CompareOp::IsNot,
        ast::CmpOp::In => CompareOp::In,
        ast::CmpOp::NotIn => CompareOp::NotIn,
    }
}
