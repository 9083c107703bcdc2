//! Functions that only windows have.

use std::rc::Rc;

use crate::orm::query::functions::window;
use crate::python::object::{Args, Class, PyResult, Value};
use crate::python::vm::Vm;

use super::{Bases, fill_call, is_below};

fn needs_source(vm: &mut Vm, args: &Args) -> PyResult<()> {
    if args[1].is_none() {
        let name = vm.class_of(&args[0]).name();
        return Err(vm.value_error(format!("{name} requires a non-null source expression.")));
    }
    Ok(())
}

fn is_positive(vm: &mut Vm, value: &Value) -> PyResult<bool> {
    Ok(!value.is_none() && !is_below(vm, value, 1)?)
}

fn shifted(vm: &mut Vm, args: Args) -> PyResult {
    needs_source(vm, &args)?;
    if !is_positive(vm, &args[2])? {
        let name = vm.class_of(&args[0]).name();
        return Err(vm.value_error(format!("{name} requires a positive integer for the offset.")));
    }
    let mut given = vec![args[1].clone(), args[2].clone()];
    given.extend(args.some(3).cloned());
    fill_call(vm, &args[0], &given, args.keyword_rest(4))
}

fn nth(vm: &mut Vm, args: Args) -> PyResult {
    needs_source(vm, &args)?;
    if !is_positive(vm, &args[2])? {
        let name = vm.class_of(&args[0]).name();
        return Err(vm.value_error(format!("{name} requires a positive integer as for nth.")));
    }
    let given = [args[1].clone(), args[2].clone()];
    fill_call(vm, &args[0], &given, args.keyword_rest(3))
}

fn ntile(vm: &mut Vm, args: Args) -> PyResult {
    if is_below(vm, &args[1], 1)? {
        return Err(vm.value_error("num_buckets must be greater than 0."));
    }
    fill_call(vm, &args[0], &[args[1].clone()], args.keyword_rest(2))
}

pub(super) fn classes(vm: &mut Vm, bases: &Bases, all: &mut Vec<Rc<Class>>) {
    let module = "window";
    for spec in [&window::LAG, &window::LEAD] {
        all.push(
            bases
                .class(module, spec)
                .method("__init__", "self, expression, offset=1, default=None, **extra", shifted)
                .build(vm),
        );
    }
    let made = [
        bases.class(module, &window::NTH_VALUE).method("__init__", "self, expression, nth=1, **extra", nth).build(vm),
        bases.class(module, &window::NTILE).method("__init__", "self, num_buckets=1, **extra", ntile).build(vm),
    ];
    all.extend(made);
    let plain = [
        &window::CUME_DIST,
        &window::DENSE_RANK,
        &window::FIRST_VALUE,
        &window::LAST_VALUE,
        &window::PERCENT_RANK,
        &window::RANK,
        &window::ROW_NUMBER,
    ];
    bases.plain(vm, module, &plain, all);
}
