//! `match`.

use super::stmt::names_tuple;
use super::unit::Label;
use super::{Compiled, Compiler};
use crate::diagnostics::Span;
use crate::python::code::Op;
use crate::python::nodes::*;
use crate::python::object::Value;

/// One case under compilation. Captured values wait in hidden slots until the whole pattern has matched.
struct Captures {
    names: Vec<Name>,
}

impl<'a> Compiler<'a> {
    pub(super) fn match_(&mut self, subject: &Expr, cases: &'a [Case]) -> Compiled {
        self.expr(subject)?;
        self.unit.blocks.push(super::flow::Block::Value);
        let depth = self.unit.depth;
        let end = self.unit.label();
        for (at, case) in cases.iter().enumerate() {
            let last = at + 1 == cases.len();
            if !last && case.guard.is_none() {
                self.check_refutable(&case.pattern)?;
            }
            let next = self.unit.label();
            let mut captures = Captures { names: Vec::new() };
            self.unit.span = case.pattern.span;
            self.emit(Op::Dup);
            self.pattern(&case.pattern, &mut captures, next, depth)?;
            for (at, name) in captures.names.iter().enumerate().rev() {
                let slot = self.capture_slot(at);
                self.emit(Op::LoadUnchecked(slot));
                self.store_name(name);
                self.emit(Op::None);
                self.emit(Op::Store(slot));
            }
            if let Some(guard) = &case.guard {
                self.jump_if(guard, false, next)?;
            }
            self.emit(Op::Pop);
            self.unit.blocks.pop();
            self.body(&case.body)?;
            self.unit.blocks.push(super::flow::Block::Value);
            if !self.unit.is_dead() {
                self.emit(Op::Jump(end));
            }
            self.unit.place_at(next, depth);
        }
        self.unit.blocks.pop();
        self.emit(Op::Pop);
        self.unit.place_at(end, depth - 1);
        Ok(())
    }

    /// The hidden slot of a capture. Nested matches may share them: a pattern's captures are taken out before its body
    /// runs.
    fn capture_slot(&mut self, at: usize) -> u32 {
        self.unit.slot(&format!(".capture{at}"))
    }

    fn check_refutable(&self, pattern: &Pattern) -> Compiled {
        match &pattern.kind {
            PatternKind::As { pattern: None, name: Some(name) } => {
                self.fail(pattern.span, format!("name capture '{name}' makes remaining patterns unreachable"))
            }
            PatternKind::As { pattern: None, name: None } => {
                self.fail(pattern.span, "wildcard makes remaining patterns unreachable")
            }
            PatternKind::As { pattern: Some(inner), .. } => self.check_refutable(inner),
            _ => Ok(()),
        }
    }

    fn capture(&mut self, captures: &mut Captures, name: &Name, span: Span) -> Compiled {
        if captures.names.contains(name) {
            return self.fail(span, format!("multiple assignments to name '{name}' in pattern"));
        }
        captures.names.push(name.clone());
        let slot = self.capture_slot(captures.names.len() - 1);
        self.emit(Op::Store(slot));
        Ok(())
    }

    /// Jumps to `fail` with the stack `extra` values above `depth` cleaned away, if the top of the stack is false.
    fn fail_unless(&mut self, fail: Label, depth: u32) {
        let on = self.unit.label();
        self.emit(Op::JumpIfTrue(on));
        self.fail_now(fail, depth);
        self.unit.place(on);
    }

    fn fail_now(&mut self, fail: Label, depth: u32) {
        let here = self.unit.depth;
        for _ in depth..here {
            self.emit(Op::Pop);
        }
        self.emit(Op::Jump(fail));
        self.unit.depth = here;
    }

    /// `subject →`, on to `fail` with the stack at `depth` if it doesn't match.
    fn pattern(&mut self, pattern: &Pattern, captures: &mut Captures, fail: Label, depth: u32) -> Compiled {
        let before = std::mem::replace(&mut self.unit.span, pattern.span);
        match &pattern.kind {
            PatternKind::Value(value) => {
                self.expr(value)?;
                self.emit(Op::Compare(CompareOp::Eq));
                self.fail_unless(fail, depth);
            }
            PatternKind::Singleton(value) => {
                self.expr(value)?;
                self.emit(Op::Compare(CompareOp::Is));
                self.fail_unless(fail, depth);
            }
            PatternKind::As { pattern: inner, name } => {
                if let Some(inner) = inner {
                    if name.is_some() {
                        self.emit(Op::Dup);
                    }
                    self.pattern(inner, captures, fail, depth)?;
                }
                match name {
                    Some(name) => self.capture(captures, name, pattern.span)?,
                    None if inner.is_none() => self.emit(Op::Pop),
                    None => {}
                }
            }
            PatternKind::Star(_) => return self.fail(pattern.span, "star pattern cannot be used here"),
            PatternKind::Or(alternatives) => self.alternatives(alternatives, captures, fail, depth)?,
            PatternKind::Sequence(items) => self.sequence(items, captures, fail, depth, pattern.span)?,
            PatternKind::Mapping { keys, patterns, rest } => {
                self.mapping(keys, patterns, rest.as_ref(), captures, fail, depth, pattern.span)?;
            }
            PatternKind::Class { class, patterns, keywords } => {
                self.expr(class)?;
                let names: Vec<Name> = keywords.iter().map(|(name, _)| name.clone()).collect();
                for (at, name) in names.iter().enumerate() {
                    if names[..at].contains(name) {
                        return self.fail(pattern.span, format!("attribute name repeated in class pattern: {name}"));
                    }
                }
                let names = self.unit.constant(names_tuple(&names));
                self.emit(Op::Const(names));
                self.emit(Op::MatchClass(patterns.len() as u32));
                self.parts(patterns.iter().chain(keywords.iter().map(|(_, pattern)| pattern)), captures, fail, depth)?;
            }
        }
        self.unit.span = before;
        Ok(())
    }

    /// `tuple-or-None →`: each item against its pattern.
    fn parts<'p>(
        &mut self,
        patterns: impl Iterator<Item = &'p Pattern>,
        captures: &mut Captures,
        fail: Label,
        depth: u32,
    ) -> Compiled {
        let on = self.unit.label();
        self.emit(Op::Dup);
        self.emit(Op::JumpIfNotNone(on));
        self.fail_now(fail, depth);
        self.unit.place(on);
        let patterns: Vec<&Pattern> = patterns.collect();
        self.emit(Op::Unpack(patterns.len() as u32));
        for pattern in patterns {
            self.pattern(pattern, captures, fail, depth)?;
        }
        Ok(())
    }

    fn sequence(
        &mut self,
        items: &[Pattern],
        captures: &mut Captures,
        fail: Label,
        depth: u32,
        span: Span,
    ) -> Compiled {
        let mut stars =
            items.iter().enumerate().filter(|(_, item)| matches!(item.kind, PatternKind::Star(_))).map(|(at, _)| at);
        let star = stars.next();
        if stars.next().is_some() {
            return self.fail(span, "multiple starred names in sequence pattern");
        }
        self.emit(Op::MatchSequence);
        self.fail_unless(fail, depth);
        self.emit(Op::MatchLength);
        let least = items.len() - usize::from(star.is_some());
        self.emit(Op::Int(least as i32));
        self.emit(Op::Compare(if star.is_some() { CompareOp::GtE } else { CompareOp::Eq }));
        self.fail_unless(fail, depth);
        match star {
            None => self.emit(Op::Unpack(items.len() as u32)),
            Some(at) => self.emit(Op::UnpackStar(at as u16, (items.len() - at - 1) as u16)),
        }
        for item in items {
            match &item.kind {
                PatternKind::Star(Some(name)) => self.capture(captures, name, item.span)?,
                PatternKind::Star(None) => self.emit(Op::Pop),
                _ => self.pattern(item, captures, fail, depth)?,
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "a mapping pattern has three parts of its own")]
    fn mapping(
        &mut self,
        keys: &[Expr],
        patterns: &[Pattern],
        rest: Option<&Name>,
        captures: &mut Captures,
        fail: Label,
        depth: u32,
        span: Span,
    ) -> Compiled {
        self.check_keys(keys, span)?;
        self.emit(Op::MatchMapping);
        self.fail_unless(fail, depth);
        if keys.is_empty() && rest.is_none() {
            self.emit(Op::Pop);
            return Ok(());
        }
        for key in keys {
            self.expr(key)?;
        }
        self.emit(Op::BuildTuple(keys.len() as u32));
        self.emit(Op::MatchKeys);
        // subject keys values
        let on = self.unit.label();
        self.emit(Op::Dup);
        self.emit(Op::JumpIfNotNone(on));
        self.fail_now(fail, depth);
        self.unit.place(on);
        self.emit(Op::Rot3);
        match rest {
            Some(name) => {
                self.emit(Op::MatchRest);
                self.capture(captures, name, span)?;
            }
            None => {
                self.emit(Op::Pop);
                self.emit(Op::Pop);
            }
        }
        self.emit(Op::Unpack(patterns.len() as u32));
        for pattern in patterns {
            self.pattern(pattern, captures, fail, depth)?;
        }
        Ok(())
    }

    fn check_keys(&self, keys: &[Expr], span: Span) -> Compiled {
        let known: Vec<Option<Value>> = keys.iter().map(super::expr::constant).collect();
        for (at, key) in known.iter().enumerate() {
            let Some(key) = key else { continue };
            let again = known[..at].iter().flatten().any(|earlier| match (earlier, key) {
                (Value::Str(a), Value::Str(b)) => a == b,
                (Value::Int(a), Value::Int(b)) => a == b,
                _ => false,
            });
            if again {
                let shown = match key {
                    Value::Str(text) => format!("'{text}'"),
                    Value::Int(number) => number.to_string(),
                    _ => String::new(),
                };
                return self.fail(span, format!("mapping pattern checks duplicate key ({shown})"));
            }
        }
        Ok(())
    }

    fn alternatives(&mut self, alternatives: &[Pattern], captures: &mut Captures, fail: Label, depth: u32) -> Compiled {
        let matched = self.unit.label();
        let base = captures.names.len();
        let mut bound: Option<Vec<Name>> = None;
        let here = self.unit.depth;
        for (at, alternative) in alternatives.iter().enumerate() {
            let last = at + 1 == alternatives.len();
            if !last {
                self.check_refutable(alternative)?;
            }
            let next = self.unit.label();
            let mut own = Captures { names: captures.names.clone() };
            self.emit(Op::Dup);
            self.pattern(alternative, &mut own, next, here)?;
            let names = own.names.split_off(base);
            match &bound {
                None => bound = Some(names),
                Some(first) => {
                    let mut sorted = (first.clone(), names.clone());
                    sorted.0.sort();
                    sorted.1.sort();
                    if sorted.0 != sorted.1 {
                        return self.fail(alternative.span, "alternative patterns bind different names");
                    }
                    if *first != names {
                        // The same names in another order: bring them into the first's.
                        for name in &names {
                            if let Some(slot) = names.iter().position(|known| known == name) {
                                let slot = self.capture_slot(base + slot);
                                self.emit(Op::LoadUnchecked(slot));
                            }
                        }
                        for name in names.iter().rev() {
                            if let Some(slot) = first.iter().position(|known| known == name) {
                                let slot = self.capture_slot(base + slot);
                                self.emit(Op::Store(slot));
                            }
                        }
                    }
                }
            }
            self.emit(Op::Jump(matched));
            self.unit.place_at(next, here);
        }
        self.fail_now(fail, depth);
        self.unit.place_at(matched, here);
        self.emit(Op::Pop);
        captures.names.extend(bound.unwrap_or_default());
        Ok(())
    }
}
