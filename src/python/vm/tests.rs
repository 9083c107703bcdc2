//! The machine as a whole: limits, poisoned names, the place of a call.

use std::rc::Rc;

use super::{Limits, Vm, with_big_stack};
use crate::python::code::Source;
use crate::python::object::{Fatal, NativeFunction, Str, Value};

fn fatal(program: &'static str, limits: Limits) -> Option<Fatal> {
    with_big_stack(move || {
        let mut vm = Vm::new();
        vm.set_limits(limits);
        let globals = vm.new_globals();
        vm.run_source(program, "<stdin>", &globals).err().and_then(|raised| raised.fatal())
    })
}

#[test]
fn limits_end_a_program_past_its_handlers() {
    let few = || Limits { steps: 50_000, ..Limits::default() };
    let endless = "try:\n    while True: pass\nexcept BaseException: pass\nfinally: pass\n";
    assert_eq!(fatal(endless, few()), Some(Fatal::Steps));
    assert_eq!(fatal("sum(range(10**12))", few()), Some(Fatal::Steps));
    assert_eq!(fatal("x = 'a' * 10**12", few()), Some(Fatal::Memory));
    let output = Limits { output: 100, ..Limits::default() };
    assert_eq!(fatal("while True: print('x' * 30)", output), Some(Fatal::Output));
}

#[test]
fn recursion_is_an_ordinary_error() {
    with_big_stack(|| {
        let mut vm = Vm::new();
        let globals = vm.new_globals();
        let program = "def f(): f()\ntry: f()\nexcept RecursionError as e: text = str(e)\ntext";
        let value = vm.run_source(program, "<stdin>", &globals).ok().flatten();
        assert_eq!(value.as_ref().and_then(Value::as_str).map(Str::as_str), Some("maximum recursion depth exceeded"));
    });
}

#[test]
fn a_failed_statement_poisons_its_names_only() {
    with_big_stack(|| {
        let mut vm = Vm::new();
        let globals = vm.new_globals();
        let source = Source::new("tests.py", "import ctypes\ndef f(): return ctypes.x\ndef g(): return 1\n");
        assert!(vm.run_tolerantly(&source, &globals).is_ok());
        assert_eq!(vm.poisoned().len(), 1);
        assert_eq!(vm.poisoned()[0].names, ["ctypes"]);
        assert!(matches!(vm.run_source("g()", "<stdin>", &globals), Ok(Some(Value::Int(1)))));
        let raised = vm.run_source("f()", "<stdin>", &globals).err();
        assert_eq!(raised.map(|raised| raised.0.class().name().to_string()).as_deref(), Some("Unsupported"));
    });
}

#[test]
fn a_call_knows_its_place_in_the_learners_code() {
    with_big_stack(|| {
        let mut vm = Vm::new();
        let globals = vm.new_globals();
        let place = NativeFunction::raw("place", |vm, _| {
            Ok(vm.call_site().map_or(Value::None, |site| {
                Value::tuple(vec![Value::from(site.line()), Value::from(site.column()), Value::Str(site.name.clone())])
            }))
        });
        vm.builtins.set_str(Str::interned("place"), Value::Native(Rc::new(place)));
        vm.add_source_module("helper", "def ask():\n    return place()\n");
        let program = "import helper\ndef f():\n    x = 1; return helper.ask()\nrepr(f())";
        let value = vm.run_source(program, "<stdin>", &globals).ok().flatten();
        assert_eq!(value.as_ref().and_then(Value::as_str).map(Str::as_str), Some("(3, 19, 'f')"));
    });
}

#[test]
fn an_interrupt_ends_what_runs_and_nothing_after() {
    let flag = with_big_stack(|| {
        let mut vm = Vm::new();
        let globals = vm.new_globals();
        let flag = vm.interrupt_flag();
        let raise = flag.clone();
        let later = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(50));
            raise.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        let endless = "x = 1\ntry:\n    while True: pass\nexcept BaseException: x = 2\n";
        let ended = vm.run_source(endless, "<stdin>", &globals).err().and_then(|raised| raised.fatal());
        assert_eq!(ended, Some(Fatal::Interrupt));
        assert!(later.join().is_ok());
        assert!(matches!(vm.run_source("x", "<stdin>", &globals), Ok(Some(Value::Int(1)))));
        flag
    });
    assert!(!flag.load(std::sync::atomic::Ordering::SeqCst));
}

#[test]
fn a_machine_leaves_nothing_behind() {
    let program = "class A:\n    def __init__(self): self.me = self\n    def f(self): return super().__init__\n\
                   a = A(); a.f()\ndef g():\n    yield a\nh = g(); next(h)\nc = lambda: c\nl = []; l.append(l)\n\
                   try: 1 / 0\nexcept ZeroDivisionError as e: kept = e\nimport dataclasses, enum, decimal";
    with_big_stack(|| {
        let mut vm = Vm::new();
        let globals = vm.new_globals();
        assert!(vm.run_source(program, "<stdin>", &globals).is_ok());
        let function = match globals.get_text("g") {
            Some(Value::Function(function)) => std::rc::Rc::downgrade(&function),
            _ => std::rc::Weak::new(),
        };
        let class = match globals.get_text("A") {
            Some(Value::Class(class)) => std::rc::Rc::downgrade(&class),
            _ => std::rc::Weak::new(),
        };
        let object = std::rc::Rc::downgrade(&vm.types.object);
        assert!(function.upgrade().is_some() && class.upgrade().is_some());
        drop(globals);
        drop(vm);
        assert!(function.upgrade().is_none(), "a function");
        assert!(class.upgrade().is_none(), "a class");
        assert!(object.upgrade().is_none(), "`object`");
    });
}
