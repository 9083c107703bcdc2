//! Expressions.

use super::stmt::names_tuple;
use super::unit::Label;
use super::{CodeKind, Compiled, Compiler};
use crate::diagnostics::Span;
use crate::python::code::{Op, function_parts};
use crate::python::nodes::*;
use crate::python::object::{Str, Value};

/// So many arguments or items go through the stack; more are gathered in a list.
const ON_STACK: usize = 60;

impl<'a> Compiler<'a> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Compiled {
        let before = std::mem::replace(&mut self.unit.span, expr.span);
        let result = self.expr_here(expr);
        self.unit.span = before;
        result
    }

    fn expr_here(&mut self, expr: &Expr) -> Compiled {
        if let Some(value) = constant(expr) {
            self.load_constant(value);
            return Ok(());
        }
        match &expr.kind {
            ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Ellipsis
            | ExprKind::Int(_)
            | ExprKind::BigInt(_)
            | ExprKind::Float(_)
            | ExprKind::Imaginary(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes(_) => {}
            ExprKind::FString(parts) => self.f_string(parts)?,
            ExprKind::Name(name) => match &**name {
                "__debug__" => self.load_constant(Value::Bool(true)),
                name => self.load_name(name),
            },
            ExprKind::Attribute { value, name, .. } => {
                self.expr(value)?;
                let site = self.unit.site(name);
                self.unit.span = self.attribute_span(expr, expr.span);
                self.emit(Op::LoadAttr(site));
            }
            ExprKind::Subscript { value, index } => {
                self.expr(value)?;
                self.index(index)?;
                self.emit(Op::Subscript);
            }
            ExprKind::Slice { .. } => self.index(expr)?,
            ExprKind::Starred(_) => return self.fail(expr.span, "can't use starred expression here"),
            ExprKind::Call { func, args, keywords } => self.call(func, args, keywords)?,
            ExprKind::Binary { left, op, right } => {
                self.expr(left)?;
                self.expr(right)?;
                self.emit(Op::Binary(*op));
            }
            ExprKind::Unary { op, operand } => {
                self.expr(operand)?;
                self.emit(match op {
                    UnaryOp::Invert => Op::Invert,
                    UnaryOp::Not => Op::Not,
                    UnaryOp::Plus => Op::Plus,
                    UnaryOp::Minus => Op::Minus,
                });
            }
            ExprKind::BoolOp { is_and, values } => {
                let end = self.unit.label();
                for (at, value) in values.iter().enumerate() {
                    self.expr(value)?;
                    if at + 1 < values.len() {
                        self.emit(if *is_and { Op::JumpIfFalseOrPop(end) } else { Op::JumpIfTrueOrPop(end) });
                    }
                }
                self.unit.place(end);
            }
            ExprKind::Compare { left, ops, comparators } => self.compare(left, ops, comparators)?,
            ExprKind::Conditional { test, body, orelse } => {
                let otherwise = self.unit.label();
                let end = self.unit.label();
                self.jump_if(test, false, otherwise)?;
                self.expr(body)?;
                self.emit(Op::Jump(end));
                self.unit.place(otherwise);
                self.expr(orelse)?;
                self.unit.place(end);
            }
            ExprKind::Named { target, value } => {
                self.expr(value)?;
                self.emit(Op::Dup);
                self.store(target)?;
            }
            ExprKind::Lambda(lambda) => self.lambda(lambda, expr.span)?,
            ExprKind::List(items) => {
                self.items(items, Op::BuildList, Op::ListAppend(1), Op::ListExtend)?;
            }
            ExprKind::Tuple { items, .. } => {
                let starred = items.iter().any(is_starred);
                if !starred && items.len() <= ON_STACK {
                    items.iter().try_for_each(|item| self.expr(item))?;
                    self.emit(Op::BuildTuple(items.len() as u32));
                } else {
                    self.items(items, Op::BuildList, Op::ListAppend(1), Op::ListExtend)?;
                    self.emit(Op::ListToTuple);
                }
            }
            ExprKind::Set(items)
                if (3..=ON_STACK).contains(&items.len()) && items.iter().all(|i| constant(i).is_some()) =>
            {
                items.iter().try_for_each(|item| self.expr(item))?;
                self.emit(Op::BuildConstantSet(items.len() as u32));
            }
            ExprKind::Set(items) => self.items(items, Op::BuildSet, Op::SetAdd(1), Op::SetUpdate)?,
            ExprKind::Dict(items) => self.dict(items)?,
            ExprKind::Comprehension(comp) => self.comprehension(comp, expr.span)?,
            ExprKind::Await(value) => {
                self.expr(value)?;
                self.await_();
            }
            ExprKind::Yield(value) => {
                match value {
                    Some(value) => self.expr(value)?,
                    None => self.emit(Op::None),
                }
                self.emit(Op::Yield);
            }
            ExprKind::YieldFrom(value) => {
                self.expr(value)?;
                self.emit(Op::GetYieldFromIter);
                self.emit(Op::None);
                self.emit(Op::YieldFrom);
            }
        }
        Ok(())
    }

    pub(super) fn load_constant(&mut self, value: Value) {
        match value {
            Value::None => self.emit(Op::None),
            Value::Int(number) if i32::try_from(number).is_ok() => self.emit(Op::Int(number as i32)),
            value => {
                let index = self.unit.constant(value);
                self.emit(Op::Const(index));
            }
        }
    }

    /// What stands between brackets, a slice among it.
    pub(super) fn index(&mut self, index: &Expr) -> Compiled {
        let ExprKind::Slice { lower, upper, step } = &index.kind else { return self.expr(index) };
        for part in [lower, upper] {
            match part {
                Some(part) => self.expr(part)?,
                None => self.emit(Op::None),
            }
        }
        if let Some(step) = step {
            self.expr(step)?;
        }
        self.at(index.span, |this| this.emit(Op::BuildSlice(step.is_some())));
        Ok(())
    }

    /// A list or set of items, some of them starred.
    fn items(&mut self, items: &[Expr], build: fn(u32) -> Op, add: Op, extend: Op) -> Compiled {
        let plain = items.iter().take_while(|item| !is_starred(item)).count().min(ON_STACK);
        for item in &items[..plain] {
            self.expr(item)?;
        }
        self.emit(build(plain as u32));
        for item in &items[plain..] {
            match &item.kind {
                ExprKind::Starred(inner) => {
                    self.expr(inner)?;
                    self.at(inner.span, |this| this.emit(extend));
                }
                _ => {
                    self.expr(item)?;
                    self.emit(add);
                }
            }
        }
        Ok(())
    }

    fn dict(&mut self, items: &[(Option<Expr>, Expr)]) -> Compiled {
        let plain = items.iter().take_while(|(key, _)| key.is_some()).count().min(ON_STACK);
        for (key, value) in &items[..plain] {
            if let Some(key) = key {
                self.expr(key)?;
            }
            self.expr(value)?;
        }
        self.emit(Op::BuildDict(plain as u32));
        for (key, value) in &items[plain..] {
            match key {
                Some(key) => {
                    self.expr(key)?;
                    self.expr(value)?;
                    self.emit(Op::DictAdd(1));
                }
                None => {
                    self.expr(value)?;
                    self.at(value.span, |this| this.emit(Op::DictUpdate));
                }
            }
        }
        Ok(())
    }

    fn compare(&mut self, left: &Expr, ops: &[CompareOp], comparators: &[Expr]) -> Compiled {
        self.expr(left)?;
        if let ([op], [right]) = (ops, comparators) {
            self.comparand(*op, right)?;
            self.emit(Op::Compare(*op));
            return Ok(());
        }
        let fail = self.unit.label();
        let end = self.unit.label();
        for (at, (op, right)) in ops.iter().zip(comparators).enumerate() {
            if at + 1 < ops.len() {
                self.expr(right)?;
                self.emit(Op::Swap);
                self.emit(Op::Copy(2));
                // `a < b < c`: b is compared twice and evaluated once.
                self.emit(Op::Compare(*op));
                self.emit(Op::JumpIfFalseOrPop(fail));
            } else {
                self.comparand(*op, right)?;
                self.emit(Op::Compare(*op));
                self.emit(Op::Jump(end));
            }
        }
        self.unit.place(fail);
        self.emit(Op::Swap);
        self.emit(Op::Pop);
        self.unit.place(end);
        Ok(())
    }

    /// The right side of a comparison: a display that is only searched is built once.
    fn comparand(&mut self, op: CompareOp, right: &Expr) -> Compiled {
        if matches!(op, CompareOp::In | CompareOp::NotIn)
            && let ExprKind::List(items) = &right.kind
            && let Some(items) = items.iter().map(constant).collect::<Option<Vec<_>>>()
        {
            self.load_constant(Value::tuple(items));
            return Ok(());
        }
        self.expr(right)
    }

    /// Jumps to `label` if the truth of `test` is `wanted`; leaves nothing on the stack.
    pub(super) fn jump_if(&mut self, test: &Expr, wanted: bool, label: Label) -> Compiled {
        match &test.kind {
            ExprKind::Unary { op: UnaryOp::Not, operand } => return self.jump_if(operand, !wanted, label),
            ExprKind::BoolOp { is_and, values } => {
                // `and` is false as soon as one is, `or` true as soon as one is.
                let Some((last, before)) = values.split_last() else { return Ok(()) };
                if *is_and == wanted {
                    let end = self.unit.label();
                    for value in before {
                        self.jump_if(value, !wanted, end)?;
                    }
                    self.jump_if(last, wanted, label)?;
                    self.unit.place(end);
                } else {
                    for value in values {
                        self.jump_if(value, wanted, label)?;
                    }
                }
                return Ok(());
            }
            _ => {}
        }
        if let Some(truth) = constant_truth(test) {
            if truth == wanted {
                self.emit(Op::Jump(label));
            }
            return Ok(());
        }
        let before = std::mem::replace(&mut self.unit.span, test.span);
        let result = self.expr(test);
        // The test's truth is asked for by the statement around.
        self.unit.span = before;
        result?;
        self.emit(if wanted { Op::JumpIfTrue(label) } else { Op::JumpIfFalse(label) });
        Ok(())
    }

    /// Where an attribute is read, or called: an attribute on a later line than what it is read from is its own place.
    fn attribute_span(&self, attribute: &Expr, whole: Span) -> Span {
        let ExprKind::Attribute { name_span, .. } = &attribute.kind else { return whole };
        let before = self.source.text.get(whole.start as usize..name_span.start as usize);
        if before.is_some_and(|before| before.contains('\n')) { Span::new(name_span.start, whole.end) } else { whole }
    }

    fn call(&mut self, func: &Expr, args: &[Expr], keywords: &[Keyword]) -> Compiled {
        self.check_keywords(keywords)?;
        let plain = !args.iter().any(is_starred)
            && keywords.iter().all(|keyword| keyword.name.is_some())
            && args.len() + keywords.len() <= ON_STACK;
        match &func.kind {
            ExprKind::Attribute { value, name, .. } if plain => {
                self.expr(value)?;
                let site = self.unit.site(name);
                let load = self.attribute_span(func, func.span);
                self.at(load, |this| this.emit(Op::LoadMethod(site)));
                self.unit.span = self.attribute_span(func, self.unit.span);
            }
            _ => {
                self.expr(func)?;
                self.emit(Op::Unset);
            }
        }
        self.arguments(args, keywords, 0)
    }

    /// The arguments of a call whose function and `self` (and `given` first arguments) are on the stack, and the call.
    pub(super) fn arguments(&mut self, args: &[Expr], keywords: &[Keyword], given: usize) -> Compiled {
        let starred = args.iter().any(is_starred) || keywords.iter().any(|keyword| keyword.name.is_none());
        if !starred && args.len() + keywords.len() <= ON_STACK {
            args.iter().try_for_each(|arg| self.expr(arg))?;
            let mut names = Vec::new();
            for keyword in keywords {
                self.expr(&keyword.value)?;
                names.extend(keyword.name.clone());
            }
            let count = given + args.len() + keywords.len();
            if names.is_empty() {
                self.emit(Op::Call(count as u32));
            } else {
                let names = self.unit.constant(names_tuple(&names));
                self.emit(Op::CallKeywords { count: count as u16, names });
            }
            return Ok(());
        }
        self.emit(Op::BuildList(given as u32));
        for arg in args {
            match &arg.kind {
                ExprKind::Starred(inner) => {
                    self.expr(inner)?;
                    self.emit(Op::ArgsExtend);
                }
                _ => {
                    self.expr(arg)?;
                    self.emit(Op::ListAppend(1));
                }
            }
        }
        self.emit(Op::ListToTuple);
        if !keywords.is_empty() {
            self.emit(Op::BuildDict(0));
            for keyword in keywords {
                match &keyword.name {
                    Some(name) => {
                        // Through a mapping of one, so that a second value for a name is noticed.
                        let name = self.unit.constant(Value::Str(Str::interned(name)));
                        self.emit(Op::Const(name));
                        self.expr(&keyword.value)?;
                        self.emit(Op::BuildDict(1));
                    }
                    None => self.expr(&keyword.value)?,
                }
                self.emit(Op::DictMerge(1));
            }
        }
        self.emit(Op::CallUnpacked(!keywords.is_empty()));
        Ok(())
    }

    pub(super) fn check_keywords(&self, keywords: &[Keyword]) -> Compiled {
        for (at, keyword) in keywords.iter().enumerate() {
            let Some(name) = &keyword.name else { continue };
            if &**name == "__debug__" {
                return self.fail(self.unit.span, "cannot assign to __debug__");
            }
            if keywords[..at].iter().any(|earlier| earlier.name.as_ref() == Some(name)) {
                return self.fail(keyword.span, format!("keyword argument repeated: {name}"));
            }
        }
        Ok(())
    }

    fn f_string(&mut self, parts: &[FPart]) -> Compiled {
        let mut count = 0;
        for part in parts {
            match part {
                FPart::Literal(text) => {
                    let index = self.unit.constant(Value::str(&**text));
                    self.emit(Op::Const(index));
                }
                FPart::Value { expr, conversion, spec, .. } => {
                    self.expr(expr)?;
                    if let Some(spec) = spec {
                        self.f_string(spec)?;
                    }
                    let op = Op::Format { conversion: *conversion, has_spec: spec.is_some() };
                    self.emit(op);
                }
            }
            count += 1;
        }
        if count != 1 {
            self.emit(Op::BuildString(count));
        }
        Ok(())
    }

    fn lambda(&mut self, lambda: &Lambda, span: Span) -> Compiled {
        let mut parts = self.defaults(&lambda.parameters)?;
        self.open(lambda.scope, "<lambda>", span);
        self.expr(&lambda.body)?;
        self.emit(Op::Return);
        let kind = match self.scope().is_generator {
            true => CodeKind::Generator,
            false => CodeKind::Plain,
        };
        let code = self.close(kind, super::function::counts(&lambda.parameters));
        if self.closure(&code) {
            parts |= function_parts::CLOSURE;
        }
        let code = self.unit.constant(Value::Code(code));
        self.emit(Op::MakeFunction { parts, code });
        Ok(())
    }
}

pub(super) fn is_starred(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Starred(_))
}

fn constant_truth(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::None => Some(false),
        ExprKind::Bool(truth) => Some(*truth),
        ExprKind::Int(number) => Some(*number != 0),
        ExprKind::Str(text) => Some(!text.is_empty()),
        ExprKind::Name(name) if &**name == "__debug__" => Some(true),
        _ => None,
    }
}

/// The value of an expression that is the same every time.
pub(super) fn constant(expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::None => Value::None,
        ExprKind::Bool(truth) => Value::Bool(*truth),
        ExprKind::Ellipsis => Value::Ellipsis,
        ExprKind::Int(number) => Value::Int(*number),
        ExprKind::BigInt(number) => Value::int((**number).clone()),
        ExprKind::Float(number) => Value::Float(*number),
        ExprKind::Imaginary(number) => Value::Complex(std::rc::Rc::new((0.0, *number))),
        ExprKind::Str(text) => Value::str(&**text),
        ExprKind::Bytes(bytes) => Value::bytes(bytes.to_vec()),
        ExprKind::Tuple { items, .. } => Value::tuple(items.iter().map(constant).collect::<Option<Vec<_>>>()?),
        ExprKind::Unary { op: UnaryOp::Minus, operand } => match constant(operand)? {
            Value::Int(number) => Value::Int(number.checked_neg()?),
            Value::Real(number) => Value::Float(-number.get()),
            Value::BigInt(number) => Value::int(-(*number).clone()),
            _ => return None,
        },
        ExprKind::Binary { left, op, right } => match (constant(left)?, constant(right)?) {
            (Value::Int(a), Value::Int(b)) => Value::Int(fold(*op, a, b)?),
            _ => return None,
        },
        _ => return None,
    })
}

fn fold(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Pow if (0..64).contains(&b) => a.checked_pow(b as u32),
        BinaryOp::LShift if (0..62).contains(&b) && (0..=1).contains(&a) => Some(a << b),
        _ => None,
    }
}
