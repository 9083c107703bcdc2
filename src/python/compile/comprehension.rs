//! Comprehensions and generator expressions: functions of one argument, the first iterator.

use super::{CodeKind, Compiled, Compiler, ParameterCounts};
use crate::diagnostics::Span;
use crate::python::code::{Op, function_parts};
use crate::python::nodes::*;
use crate::python::object::Value;

impl<'a> Compiler<'a> {
    pub(super) fn comprehension(&mut self, comp: &Comprehension, span: Span) -> Compiled {
        let Some(first) = comp.generators.first() else { return Ok(()) };
        let name = match comp.kind {
            ComprehensionKind::List => "<listcomp>",
            ComprehensionKind::Set => "<setcomp>",
            ComprehensionKind::Dict => "<dictcomp>",
            ComprehensionKind::Generator => "<genexpr>",
        };
        self.open(comp.scope, name, span);
        self.unit.span = span;
        match comp.kind {
            ComprehensionKind::List => self.emit(Op::BuildList(0)),
            ComprehensionKind::Set => self.emit(Op::BuildSet(0)),
            ComprehensionKind::Dict => self.emit(Op::BuildDict(0)),
            ComprehensionKind::Generator => {}
        }
        self.clause(comp, 0)?;
        if comp.kind == ComprehensionKind::Generator {
            self.emit(Op::None);
        }
        self.emit(Op::Return);
        let is_async = self.scope().async_comprehension.is_some();
        let kind = match (comp.kind == ComprehensionKind::Generator, is_async) {
            (true, false) => CodeKind::Generator,
            (true, true) => CodeKind::AsyncGenerator,
            (false, false) => CodeKind::Plain,
            (false, true) => CodeKind::Coroutine,
        };
        let code =
            self.close(kind, ParameterCounts { positional: 1, positional_only: 1, ..ParameterCounts::default() });
        let parts = if self.closure(&code) { function_parts::CLOSURE } else { 0 };
        let code = self.unit.constant(Value::Code(code));
        self.emit(Op::MakeFunction { parts, code });
        self.emit(Op::Unset);
        self.expr(&first.iter)?;
        self.emit(if first.is_async { Op::GetAsyncIter } else { Op::GetIter });
        self.emit(Op::Call(1));
        if is_async && comp.kind != ComprehensionKind::Generator {
            self.await_();
        }
        Ok(())
    }

    fn clause(&mut self, comp: &Comprehension, at: usize) -> Compiled {
        let Some(clause) = comp.generators.get(at) else { return self.element(comp) };
        let top = self.unit.label();
        let end = self.unit.label();
        if at == 0 {
            self.emit(Op::LoadUnchecked(0));
        } else {
            self.expr(&clause.iter)?;
            self.emit(if clause.is_async { Op::GetAsyncIter } else { Op::GetIter });
        }
        let depth = self.unit.depth;
        self.unit.place_at(top, depth);
        if clause.is_async {
            self.async_next(end, depth);
        } else {
            self.emit(Op::ForIter(end));
        }
        self.store(&clause.target)?;
        for test in &clause.ifs {
            let next = self.unit.label();
            let body = self.unit.label();
            self.jump_if(test, true, body)?;
            self.unit.place(next);
            self.emit(Op::JumpBack(top));
            self.unit.place(body);
        }
        self.clause(comp, at + 1)?;
        self.emit(Op::JumpBack(top));
        if clause.is_async {
            self.unit.place_at(end, depth + 1);
            self.emit(Op::EndAsyncFor);
        } else {
            self.unit.place(end);
        }
        Ok(())
    }

    fn element(&mut self, comp: &Comprehension) -> Compiled {
        // Above the collection stand the iterators of all clauses.
        let below = comp.generators.len() as u32 + 1;
        self.expr(&comp.element)?;
        match comp.kind {
            ComprehensionKind::List => self.emit(Op::ListAppend(below)),
            ComprehensionKind::Set => self.emit(Op::SetAdd(below)),
            ComprehensionKind::Dict => {
                if let Some(value) = &comp.value {
                    self.expr(value)?;
                }
                self.emit(Op::DictAdd(below));
            }
            ComprehensionKind::Generator => {
                self.emit(Op::Yield);
                self.emit(Op::Pop);
            }
        }
        Ok(())
    }
}
