//! Branches, loops, `try`, `with`, and the ways out of them.

use super::unit::Label;
use super::{Compiled, Compiler};
use crate::diagnostics::Span;
use crate::python::code::{CodeKind, Op};
use crate::python::nodes::*;

/// What a `return`, `break` or `continue` has to leave on its way.
pub(super) enum Block<'a> {
    /// A loop; `iterator` says whether it keeps an iterator on the stack.
    Loop { top: Label, end: Label, iterator: bool },
    /// A protected body: exceptions go to `target` with `depth` values left. `start` opens the present range.
    Protected { start: u32, target: Label, depth: u32 },
    /// A body whose `finally` runs on the way out, compiled anew for each way.
    Finally(&'a [Stmt]),
    /// The body of a `with`: its exit function is on the stack.
    With { is_async: bool, span: Span },
    /// An `except` body: what was handled before is on the stack. The name is unbound afterwards.
    Handler { name: Option<Name> },
    /// A `finally` body that runs for an exception: what was handled before and the exception are on the stack.
    FinallyHandler,
    /// A value on the stack that belongs to nothing else.
    Value,
}

impl<'a> Compiler<'a> {
    pub(super) fn if_(&mut self, test: &Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Compiled {
        let otherwise = self.unit.label();
        self.jump_if(test, false, otherwise)?;
        self.body(body)?;
        if orelse.is_empty() {
            self.unit.place(otherwise);
            return Ok(());
        }
        let end = self.unit.label();
        if !self.unit.is_dead() {
            self.emit(Op::Jump(end));
        }
        self.unit.place(otherwise);
        self.body(orelse)?;
        self.unit.place(end);
        Ok(())
    }

    pub(super) fn while_(&mut self, test: &Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Compiled {
        let top = self.unit.label();
        let otherwise = self.unit.label();
        let end = self.unit.label();
        let depth = self.unit.depth;
        self.unit.place_at(top, depth);
        self.jump_if(test, false, otherwise)?;
        self.unit.blocks.push(Block::Loop { top, end, iterator: false });
        self.body(body)?;
        self.unit.blocks.pop();
        self.emit(Op::JumpBack(top));
        self.unit.place(otherwise);
        self.body(orelse)?;
        self.unit.place(end);
        Ok(())
    }

    pub(super) fn for_(&mut self, target: &Expr, iter: &Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Compiled {
        let top = self.unit.label();
        let otherwise = self.unit.label();
        let end = self.unit.label();
        let span = self.unit.span;
        self.expr(iter)?;
        self.emit(Op::GetIter);
        let depth = self.unit.depth;
        self.unit.place_at(top, depth);
        self.emit(Op::ForIter(otherwise));
        self.unit.blocks.push(Block::Loop { top, end, iterator: true });
        self.store(target)?;
        self.body(body)?;
        self.unit.blocks.pop();
        self.unit.span = span;
        self.emit(Op::JumpBack(top));
        self.unit.place(otherwise);
        self.body(orelse)?;
        self.unit.place(end);
        Ok(())
    }

    pub(super) fn async_for(&mut self, target: &Expr, iter: &Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Compiled {
        let top = self.unit.label();
        let stop = self.unit.label();
        let end = self.unit.label();
        self.expr(iter)?;
        self.emit(Op::GetAsyncIter);
        let depth = self.unit.depth;
        self.unit.place_at(top, depth);
        self.async_next(stop, depth);
        self.unit.blocks.push(Block::Loop { top, end, iterator: true });
        self.store(target)?;
        self.body(body)?;
        self.unit.blocks.pop();
        self.emit(Op::JumpBack(top));
        self.unit.place_at(stop, depth + 1);
        self.emit(Op::EndAsyncFor);
        self.body(orelse)?;
        self.unit.place(end);
        Ok(())
    }

    /// The next item of the asynchronous iterator below; its end arrives at `stop`.
    pub(super) fn async_next(&mut self, stop: Label, depth: u32) {
        let start = self.unit.here();
        self.emit(Op::GetAsyncNext);
        self.emit(Op::GetAwaitable);
        self.emit(Op::None);
        self.emit(Op::YieldFrom);
        let end = self.unit.here();
        self.unit.handler(start, end, stop, depth);
    }

    pub(super) fn break_(&mut self, span: Span) -> Compiled {
        self.leave_loop(span, true)
    }

    pub(super) fn continue_(&mut self, span: Span) -> Compiled {
        self.leave_loop(span, false)
    }

    fn leave_loop(&mut self, span: Span, is_break: bool) -> Compiled {
        let found = self.unit.blocks.iter().rposition(|block| matches!(block, Block::Loop { .. }));
        let Some(at) = found else {
            let text = if is_break { "'break' outside loop" } else { "'continue' not properly in loop" };
            return self.fail(span, text);
        };
        let Block::Loop { top, end, iterator } = self.unit.blocks[at] else { return Ok(()) };
        let depth = self.unit.depth;
        let keep = self.unwind(at + 1, false)?;
        if is_break && iterator {
            self.emit(Op::Pop);
        }
        self.emit(if is_break { Op::Jump(end) } else { Op::JumpBack(top) });
        self.rewind(keep);
        self.unit.depth = depth;
        Ok(())
    }

    pub(super) fn return_(&mut self, span: Span, value: Option<&Expr>) -> Compiled {
        match value {
            Some(value) => self.expr(value)?,
            None => self.emit(Op::None),
        }
        self.unit.span = span;
        let depth = self.unit.depth;
        let keep = self.unwind(0, true)?;
        self.unit.span = span;
        self.emit(Op::Return);
        self.rewind(keep);
        self.unit.depth = depth - 1;
        Ok(())
    }

    /// Emits what leaving the blocks from `from` on takes; `value`: the top of the stack is carried out. Gives the
    /// blocks, to be put back by [`Compiler::rewind`].
    fn unwind(&mut self, from: usize, value: bool) -> Compiled<Vec<Block<'a>>> {
        let mut left = Vec::new();
        while self.unit.blocks.len() > from {
            let Some(block) = self.unit.blocks.pop() else { break };
            match &block {
                Block::Loop { iterator: true, .. } | Block::Value => {
                    if value {
                        self.emit(Op::Swap);
                    }
                    self.emit(Op::Pop);
                }
                Block::Loop { .. } => {}
                Block::Protected { start, target, depth } => {
                    let end = self.unit.here();
                    self.unit.handler(*start, end, *target, *depth);
                }
                Block::Finally(body) => {
                    if value {
                        self.unit.blocks.push(Block::Value);
                    }
                    let span = self.unit.span;
                    self.body(body)?;
                    self.unit.span = span;
                    if value {
                        self.unit.blocks.pop();
                    }
                }
                Block::With { is_async, span } => {
                    if value {
                        self.emit(Op::Swap);
                    }
                    let (is_async, span) = (*is_async, *span);
                    self.at(span, |this| this.exit_quietly(is_async));
                }
                Block::Handler { name } => {
                    if value {
                        self.emit(Op::Swap);
                    }
                    self.emit(Op::PopHandled);
                    if let Some(name) = name.clone() {
                        self.unbind(&name);
                    }
                }
                Block::FinallyHandler => {
                    if value {
                        self.emit(Op::Rot3);
                    }
                    self.emit(Op::Pop);
                    self.emit(Op::PopHandled);
                }
            }
            left.push(block);
        }
        Ok(left)
    }

    /// Puts blocks back that [`Compiler::unwind`] left, their ranges starting anew.
    fn rewind(&mut self, mut left: Vec<Block<'a>>) {
        let here = self.unit.here();
        while let Some(mut block) = left.pop() {
            if let Block::Protected { start, .. } = &mut block {
                *start = here;
            }
            self.unit.blocks.push(block);
        }
    }

    fn unbind(&mut self, name: &str) {
        self.emit(Op::None);
        self.store_name(name);
        self.delete_name(name);
    }

    fn protect(&mut self, target: Label, depth: u32) {
        let start = self.unit.here();
        self.unit.blocks.push(Block::Protected { start, target, depth });
    }

    fn unprotect(&mut self) {
        let end = self.unit.here();
        if let Some(Block::Protected { start, target, depth }) = self.unit.blocks.pop() {
            self.unit.handler(start, end, target, depth);
        }
    }

    /// `handled-before exception`, both gone and the exception raised again.
    fn raise_again(&mut self) {
        self.emit(Op::Swap);
        self.emit(Op::PopHandled);
        self.emit(Op::Reraise);
    }

    pub(super) fn try_(
        &mut self,
        body: &'a [Stmt],
        handlers: &'a [Handler],
        orelse: &'a [Stmt],
        finalbody: &'a [Stmt],
    ) -> Compiled {
        if finalbody.is_empty() {
            return self.try_except(body, handlers, orelse);
        }
        let span = self.unit.span;
        let depth = self.unit.depth;
        let on_error = self.unit.label();
        let cleanup = self.unit.label();
        let end = self.unit.label();
        self.unit.blocks.push(Block::Finally(finalbody));
        self.protect(on_error, depth);
        if handlers.is_empty() {
            self.body(body)?;
            self.body(orelse)?;
        } else {
            self.try_except(body, handlers, orelse)?;
        }
        self.unprotect();
        self.unit.blocks.pop();
        if !self.unit.is_dead() {
            self.body(finalbody)?;
            if !self.unit.is_dead() {
                self.emit(Op::Jump(end));
            }
        }
        self.unit.place_at(on_error, depth + 1);
        self.unit.span = span;
        self.emit(Op::PushHandled);
        self.unit.blocks.push(Block::FinallyHandler);
        self.protect(cleanup, depth + 1);
        self.body(finalbody)?;
        self.unprotect();
        self.unit.blocks.pop();
        if !self.unit.is_dead() {
            self.raise_again();
        }
        self.unit.place_at(cleanup, depth + 2);
        self.raise_again();
        self.unit.place(end);
        Ok(())
    }

    fn try_except(&mut self, body: &'a [Stmt], handlers: &'a [Handler], orelse: &'a [Stmt]) -> Compiled {
        let depth = self.unit.depth;
        let on_error = self.unit.label();
        let end = self.unit.label();
        let give_up = self.unit.label();
        self.protect(on_error, depth);
        self.body(body)?;
        self.unprotect();
        self.body(orelse)?;
        if !self.unit.is_dead() {
            self.emit(Op::Jump(end));
        }
        self.unit.place_at(on_error, depth + 1);
        self.emit(Op::PushHandled);
        for (at, handler) in handlers.iter().enumerate() {
            let next = self.unit.label();
            self.unit.span = handler.class.as_ref().map_or(handler.span, |class| class.span);
            if let Some(class) = &handler.class {
                self.protect(give_up, depth + 1);
                self.expr(class)?;
                self.unit.span = handler.span;
                self.emit(Op::MatchesException);
                self.unprotect();
                self.emit(Op::JumpIfFalse(next));
            } else if at + 1 < handlers.len() {
                return self.fail(handler.span, "default 'except:' must be last");
            }
            match &handler.name {
                Some(name) => self.store_name(name),
                None => self.emit(Op::Pop),
            }
            let cleanup = self.unit.label();
            self.unit.blocks.push(Block::Handler { name: handler.name.clone() });
            self.protect(cleanup, depth + 1);
            self.body(&handler.body)?;
            self.unprotect();
            self.unit.blocks.pop();
            if !self.unit.is_dead() {
                self.emit(Op::PopHandled);
                if let Some(name) = &handler.name {
                    self.unbind(name);
                }
                self.emit(Op::Jump(end));
            }
            self.unit.place_at(cleanup, depth + 2);
            if let Some(name) = &handler.name {
                self.unbind(name);
            }
            self.raise_again();
            self.unit.place_at(next, depth + 2);
        }
        self.raise_again();
        self.unit.place_at(give_up, depth + 2);
        self.raise_again();
        self.unit.place(end);
        Ok(())
    }

    /// `exit →`: calls it as for a body that ended well.
    fn exit_quietly(&mut self, is_async: bool) {
        self.emit(Op::Unset);
        self.emit(Op::None);
        self.emit(Op::None);
        self.emit(Op::None);
        self.emit(Op::Call(3));
        if is_async {
            self.await_();
        }
        self.emit(Op::Pop);
    }

    /// `awaitable → result`
    pub(super) fn await_(&mut self) {
        self.emit(Op::GetAwaitable);
        self.emit(Op::None);
        self.emit(Op::YieldFrom);
    }

    pub(super) fn with(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool, span: Span) -> Compiled {
        let Some((item, rest)) = items.split_first() else { return self.body(body) };
        let on_error = self.unit.label();
        let cleanup = self.unit.label();
        let suppressed = self.unit.label();
        let end = self.unit.label();
        self.expr(&item.context)?;
        let at = span;
        self.unit.span = at;
        self.emit(if is_async { Op::EnterAsyncWith } else { Op::EnterWith });
        if is_async {
            self.await_();
        }
        let depth = self.unit.depth - 1;
        self.unit.blocks.push(Block::With { is_async, span: at });
        self.protect(on_error, depth);
        match &item.target {
            Some(target) => self.store(target)?,
            None => self.emit(Op::Pop),
        }
        if rest.is_empty() {
            self.body(body)?;
        } else {
            self.with(rest, body, is_async, span)?;
        }
        self.unprotect();
        self.unit.blocks.pop();
        self.unit.span = at;
        if !self.unit.is_dead() {
            self.exit_quietly(is_async);
            self.emit(Op::Jump(end));
        }
        self.unit.place_at(on_error, depth + 1);
        self.emit(Op::PushHandled);
        self.protect(cleanup, depth + 1);
        self.emit(Op::ExitWith);
        if is_async {
            self.await_();
        }
        self.unprotect();
        self.emit(Op::JumpIfTrue(suppressed));
        self.raise_again();
        self.unit.place_at(suppressed, depth + 2);
        self.emit(Op::Pop);
        self.emit(Op::PopHandled);
        self.emit(Op::Pop);
        self.emit(Op::Jump(end));
        self.unit.place_at(cleanup, depth + 2);
        self.raise_again();
        self.unit.place_at(end, depth - 1);
        Ok(())
    }

    /// The kind of code that a function's scope makes.
    pub(super) fn kind_of(&self, scope: ScopeId, is_async: bool) -> CodeKind {
        match (is_async, self.scopes[scope as usize].is_generator) {
            (false, false) => CodeKind::Plain,
            (false, true) => CodeKind::Generator,
            (true, false) => CodeKind::Coroutine,
            (true, true) => CodeKind::AsyncGenerator,
        }
    }
}
