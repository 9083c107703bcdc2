//! Class definitions.

use super::{CodeKind, Compiled, Compiler, ParameterCounts, Place};
use crate::python::code::{Op, function_parts};
use crate::python::nodes::*;
use crate::python::object::{Str, Value};

impl<'a> Compiler<'a> {
    pub(super) fn class(&mut self, class: &'a ClassDef) -> Compiled {
        for decorator in &class.decorators {
            self.expr(decorator)?;
            self.emit(Op::Unset);
        }
        self.unit.span = class.def_span;
        self.check_keywords(&class.keywords)?;
        self.emit(Op::LoadBuildClass);
        self.emit(Op::Unset);
        self.open(class.scope, &class.name, class.def_span);
        self.load_name("__name__");
        self.store_name("__module__");
        let qualname = self.unit.qualname.clone();
        self.load_constant(Value::Str(qualname));
        self.store_name("__qualname__");
        self.set_doc(&class.body);
        if super::stmt::has_annotations(&class.body) {
            self.emit(Op::SetupAnnotations);
        }
        self.body(&class.body)?;
        if self.place("__class__") == Place::Cell {
            let slot = self.unit.slot("__class__");
            self.emit(Op::LoadClosure(slot));
        } else {
            self.emit(Op::None);
        }
        self.emit(Op::Return);
        let code = self.close(CodeKind::Plain, ParameterCounts::default());
        self.unit.span = class.def_span;
        let parts = if self.closure(&code) { function_parts::CLOSURE } else { 0 };
        let code = self.unit.constant(Value::Code(code));
        self.emit(Op::MakeFunction { parts, code });
        let name = self.unit.constant(Value::Str(Str::interned(&class.name)));
        self.emit(Op::Const(name));
        self.arguments(&class.bases, &class.keywords, 2)?;
        self.decorate(&class.decorators);
        self.store_name(&class.bind);
        Ok(())
    }
}
