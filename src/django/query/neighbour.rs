//! `get_next_by_FOO()` and `get_previous_by_FOO()`.

use crate::orm::models::Field;
use crate::orm::query::{Connector, Q, QNode};
use crate::python::object::{Args, PyResult, Str, Value};
use crate::python::vm::Vm;

use crate::django::expressions::q_from_call;
use crate::django::managers::{default_manager, raise_of_model};
use crate::django::models::instance::pk_of;

/// The instance whose `field` comes next (or before), by primary key where they are equal.
pub fn neighbour(
    vm: &mut Vm,
    instance: &Value,
    field: &Field,
    is_next: bool,
    conditions: Vec<(Str, Value)>,
) -> PyResult {
    let pk = pk_of(vm, instance)?;
    if pk.is_none() {
        return Err(vm.value_error("get_next/get_previous cannot be used on unsaved objects."));
    }
    let (op, order) = if is_next { ("gt", "") } else { ("lt", "-") };
    let moment = vm.get_attr(instance, &*field.attname)?;
    let name = |lookup: &str| Str::from(format!("{}__{lookup}", field.name));
    let same =
        q_from_call(vm, &[], vec![(Str::from(&*field.name), moment.clone()), (Str::from(format!("pk__{op}")), pk)])?;
    let beyond = q_from_call(vm, &[], vec![(name(op), moment)])?;
    let q = Q { connector: Connector::Or, ..Q::new(vec![QNode::Q(same), QNode::Q(beyond)]) };
    let q = crate::django::expressions::q_object(vm, q);
    let class = vm.class_of(instance);
    let manager = default_manager(vm, &class)?;
    let step = vm.call_method(&manager, "filter", {
        let mut call = Args::none();
        call.keywords = conditions;
        call
    })?;
    let step = vm.call_method(&step, "filter", [q])?;
    let terms = [Value::from(format!("{order}{}", field.name)), Value::from(format!("{order}pk"))];
    let step = vm.call_method(&step, "order_by", terms)?;
    let first = vm.call_method(&step, "first", ())?;
    if first.is_none() {
        let text = format!("{} matching query does not exist.", class.name());
        return Err(raise_of_model(vm, &class, "DoesNotExist", text));
    }
    Ok(first)
}
