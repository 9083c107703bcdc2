//! Function definitions.

use super::{Compiled, Compiler, ParameterCounts};
use crate::python::code::{Op, function_parts};
use crate::python::nodes::*;
use crate::python::object::{Str, Value};

impl<'a> Compiler<'a> {
    pub(super) fn function(&mut self, function: &'a FunctionDef) -> Compiled {
        for decorator in &function.decorators {
            self.expr(decorator)?;
            self.emit(Op::Unset);
        }
        self.unit.span = function.def_span;
        let mut parts = self.defaults(&function.parameters)?;
        if self.annotations(&function.parameters, function.returns.as_ref())? {
            parts |= function_parts::ANNOTATIONS;
        }
        self.open(function.scope, &function.name, function.def_span);
        self.set_doc(&function.body);
        self.body(&function.body)?;
        let kind = self.kind_of(function.scope, function.is_async);
        let code = self.close(kind, counts(&function.parameters));
        self.unit.span = function.def_span;
        if self.closure(&code) {
            parts |= function_parts::CLOSURE;
        }
        let code = self.unit.constant(Value::Code(code));
        self.emit(Op::MakeFunction { parts, code });
        self.decorate(&function.decorators);
        self.store_name(&function.bind);
        Ok(())
    }

    /// Calls the decorators that are on the stack, innermost first.
    pub(super) fn decorate(&mut self, decorators: &[Expr]) {
        for decorator in decorators.iter().rev() {
            self.at(decorator.span, |this| this.emit(Op::Call(1)));
        }
    }

    /// Puts the defaults on the stack; gives the parts that they are.
    pub(super) fn defaults(&mut self, parameters: &Parameters) -> Compiled<u8> {
        let mut parts = 0;
        let mut count = 0;
        for parameter in parameters.positional_only.iter().chain(&parameters.positional) {
            if let Some(default) = &parameter.default {
                self.expr(default)?;
                count += 1;
            }
        }
        if count > 0 {
            self.emit(Op::BuildTuple(count));
            parts |= function_parts::DEFAULTS;
        }
        let mut count = 0;
        for parameter in &parameters.keyword_only {
            if let Some(default) = &parameter.default {
                let name = self.unit.constant(Value::Str(Str::interned(&parameter.name)));
                self.emit(Op::Const(name));
                self.expr(default)?;
                count += 1;
            }
        }
        if count > 0 {
            self.emit(Op::BuildDict(count));
            parts |= function_parts::KEYWORD_DEFAULTS;
        }
        Ok(parts)
    }

    fn annotations(&mut self, parameters: &Parameters, returns: Option<&Expr>) -> Compiled<bool> {
        // CPython evaluates those of `*args` before the keyword-only ones.
        let in_order = parameters
            .positional_only
            .iter()
            .chain(&parameters.positional)
            .chain(&parameters.var_positional)
            .chain(&parameters.keyword_only)
            .chain(&parameters.var_keyword);
        let mut count = 0;
        let named = in_order.filter_map(|parameter| Some((&*parameter.name, parameter.annotation.as_ref()?)));
        for (name, annotation) in named.chain(returns.map(|returns| ("return", returns))) {
            let name = self.unit.constant(Value::Str(Str::interned(name)));
            self.emit(Op::Const(name));
            self.annotation(annotation)?;
            count += 1;
        }
        if count > 0 {
            self.emit(Op::BuildDict(count));
        }
        Ok(count > 0)
    }
}

/// How many parameters there are of each kind.
pub(super) fn counts(parameters: &Parameters) -> ParameterCounts {
    ParameterCounts {
        positional_only: parameters.positional_only.len() as u16,
        positional: (parameters.positional_only.len() + parameters.positional.len()) as u16,
        keyword_only: parameters.keyword_only.len() as u16,
        var_positional: parameters.var_positional.is_some(),
        var_keyword: parameters.var_keyword.is_some(),
    }
}
