//! `uuid`: the class over [`crate::values::uuid`]. A host makes and reads them with [`new_uuid`] and [`as_uuid`].

use std::cell::Cell;
use std::rc::Rc;

use num_traits::ToPrimitive;
use sha2::{Digest, Sha256};

use super::arguments::{Comparison, keywords};
use crate::python::object::{Args, Class, ClassBuilder, Instance, Module, ModuleObject, PyResult, Value};
use crate::python::vm::Vm;
use crate::values::uuid::Uuid;

/// The class, and how many random ones were made.
struct Uuids {
    class: Rc<Class>,
    made: Cell<u64>,
}

fn uuids(vm: &mut Vm) -> Rc<Uuids> {
    vm.hosted(|vm| Uuids { class: class(vm), made: Cell::new(0) })
}

/// `UUID`
pub fn uuid_class(vm: &mut Vm) -> Rc<Class> {
    uuids(vm).class.clone()
}

/// A `UUID`.
pub fn new_uuid(vm: &mut Vm, uuid: Uuid) -> Value {
    let class = uuid_class(vm);
    Instance::native(class, uuid).into()
}

/// The bits that a `UUID` is.
pub fn as_uuid(value: &Value) -> Option<Uuid> {
    value.payload::<Uuid>().copied()
}

/// `uuid4()`: the n-th of a run is made of the SHA-256 of `uuid n`, so that every run makes the same.
pub fn random_uuid(vm: &mut Vm) -> Uuid {
    let uuids = uuids(vm);
    let count = uuids.made.get() + 1;
    uuids.made.set(count);
    let mut bytes = [0; 16];
    for (byte, digest) in bytes.iter_mut().zip(Sha256::digest(format!("uuid {count}"))) {
        *byte = digest;
    }
    Uuid::v4(bytes)
}

/// Begins the row of random ones anew: a run begins.
pub fn restart_random(vm: &mut Vm) {
    uuids(vm).made.set(0);
}

fn own(vm: &mut Vm, args: &Args) -> PyResult<Uuid> {
    Ok(*vm.payload::<Uuid>(&args[0])?)
}

fn class(vm: &mut Vm) -> Rc<Class> {
    let mut builder = ClassBuilder::new("UUID")
        .module("uuid")
        .native_layout("UUID")
        .has_dict(false)
        .constructor(new)
        .property("int", |vm, args| Ok(Value::int(own(vm, &args)?.int())))
        .property("hex", |vm, args| Ok(own(vm, &args)?.hex().into()))
        .property("bytes", |vm, args| Ok(Value::bytes(own(vm, &args)?.bytes().to_vec())))
        .property("bytes_le", |vm, args| Ok(Value::bytes(own(vm, &args)?.bytes_le().to_vec())))
        .property("urn", |vm, args| Ok(own(vm, &args)?.urn().into()))
        .property("variant", |vm, args| Ok(own(vm, &args)?.variant().into()))
        .property("version", |vm, args| Ok(own(vm, &args)?.version().map(i64::from).into()))
        .property("time_low", |vm, args| Ok(own(vm, &args)?.time_low().into()))
        .property("time_mid", |vm, args| Ok(i64::from(own(vm, &args)?.time_mid()).into()))
        .property("time_hi_version", |vm, args| Ok(i64::from(own(vm, &args)?.time_hi_version()).into()))
        .property("clock_seq_hi_variant", |vm, args| Ok(i64::from(own(vm, &args)?.clock_seq_hi_variant()).into()))
        .property("clock_seq_low", |vm, args| Ok(i64::from(own(vm, &args)?.clock_seq_low()).into()))
        .property("node", |vm, args| Ok(own(vm, &args)?.node().into()))
        .property("time", |vm, args| Ok(own(vm, &args)?.time().into()))
        .property("clock_seq", |vm, args| Ok(i64::from(own(vm, &args)?.clock_seq()).into()))
        .property("is_safe", |_, _| Ok(Value::None))
        .property("fields", |vm, args| {
            let uuid = own(vm, &args)?;
            Ok(Value::tuple([
                uuid.time_low().into(),
                i64::from(uuid.time_mid()).into(),
                i64::from(uuid.time_hi_version()).into(),
                i64::from(uuid.clock_seq_hi_variant()).into(),
                i64::from(uuid.clock_seq_low()).into(),
                uuid.node().into(),
            ]))
        })
        .method("__int__", "self", |vm, args| Ok(Value::int(own(vm, &args)?.int())))
        .method("__str__", "self", |vm, args| Ok(own(vm, &args)?.to_string().into()))
        .method("__repr__", "self", |vm, args| {
            let uuid = own(vm, &args)?;
            let name = vm.type_name(&args[0]);
            Ok(format!("{name}('{uuid}')").into())
        })
        .method("__hash__", "self", |vm, args| {
            let number = Value::int(own(vm, &args)?.int());
            vm.hash(&number).map(Value::from)
        })
        .method("__setattr__", "self, name, value", |vm, _| Err(vm.type_error("UUID objects are immutable")))
        .method("__copy__", "self", |_, args| Ok(args[0].clone()))
        .method("__deepcopy__", "self, memo", |_, args| Ok(args[0].clone()))
        .method("__reduce__", "self", |vm, args| {
            let text = own(vm, &args)?.to_string();
            let class = vm.class_of(&args[0]);
            Ok(Value::tuple([class.into(), Value::tuple([text.into()])]))
        });
    for (name, comparison) in Comparison::METHODS {
        builder =
            builder.method_closure(name, "self, other", move |_, args| match (as_uuid(&args[0]), as_uuid(&args[1])) {
                (Some(a), Some(b)) => Ok(comparison.holds(a.cmp(&b)).into()),
                _ => Ok(Value::NotImplemented),
            });
    }
    builder.build(vm)
}

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let names = ["hex", "bytes", "bytes_le", "fields", "int", "version", "is_safe"];
    let given = keywords(vm, args, 1, "UUID.__init__", names, 0)?;
    let [hex, bytes, little, fields, int, version, _] = &given;
    if given[..5].iter().filter(|value| !value.is_unset() && !value.is_none()).count() != 1 {
        return Err(vm.type_error("one of the hex, bytes, bytes_le, fields, or int arguments must be given"));
    }
    let some = |value: &Value| !value.is_unset() && !value.is_none();
    let mut uuid = if some(hex) {
        let Some(text) = hex.as_str() else {
            let kind = vm.type_name(hex);
            let name = crate::python::object::Str::from("replace");
            let text = format!("'{kind}' object has no attribute '{}'", name.as_str());
            return Err(vm.raise(crate::python::exceptions::Kind::AttributeError, text));
        };
        match Uuid::parse(text) {
            Ok(uuid) => uuid,
            Err(error) => return Err(vm.value_error(error.to_string())),
        }
    } else if some(bytes) || some(little) {
        let data = if some(bytes) { bytes } else { little };
        let Some(sixteen) = data.as_bytes().and_then(|data| <[u8; 16]>::try_from(data).ok()) else {
            let which = if some(bytes) { "bytes" } else { "bytes_le" };
            return Err(vm.value_error(format!("{which} is not a 16-char string")));
        };
        if some(bytes) { Uuid::from_bytes(sixteen) } else { Uuid::from_bytes_le(sixteen) }
    } else if some(fields) {
        from_fields(vm, fields)?
    } else {
        let number = super::arguments::index(vm, int)?;
        match number.to_u128() {
            Some(number) => Uuid::from_int(number),
            None => return Err(vm.value_error("int is out of range (need a 128-bit value)")),
        }
    };
    if some(version) {
        match version.as_i64() {
            Some(version @ 1..=5) => uuid = uuid.with_version(version as u8),
            _ => return Err(vm.value_error("illegal version number")),
        }
    }
    Ok(Instance::native(class, uuid).into())
}

fn from_fields(vm: &mut Vm, fields: &Value) -> PyResult<Uuid> {
    let parts = vm.list_from(fields)?;
    if parts.len() != 6 {
        return Err(vm.value_error("fields is not a 6-tuple"));
    }
    let mut numbers = [0u64; 6];
    for (at, (number, bits)) in numbers.iter_mut().zip([32, 16, 16, 8, 8, 48]).enumerate() {
        let value = super::arguments::index(vm, &parts[at])?;
        match value.to_u64().filter(|value| value >> bits == 0) {
            Some(value) => *number = value,
            None => return Err(vm.value_error(format!("field {} out of range (need a {bits}-bit value)", at + 1))),
        }
    }
    let [low, mid, high, clock_high, clock_low, node] = numbers;
    Ok(Uuid::from_fields(low as u32, mid as u16, high as u16, clock_high as u8, clock_low as u8, node))
}

fn named(vm: &mut Vm, args: &Args, make: fn(Uuid, &str) -> Uuid) -> PyResult {
    let namespace = *vm.payload::<Uuid>(&args[0])?;
    let name = super::arguments::text(vm, &args[1], "name")?;
    Ok(new_uuid(vm, make(namespace, &name)))
}

/// The module.
pub fn module(vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let class = uuid_class(vm);
    let mut module = Module::new("uuid")
        .class(&class)
        .function("uuid1", "node=None, clock_seq=None", |vm, _| {
            // Made of the pinned clock and the run's random numbers, as a machine without a network card does it.
            let uuid = random_uuid(vm);
            Ok(new_uuid(vm, uuid.with_version(1)))
        })
        .function("uuid3", "namespace, name", |vm, args| named(vm, &args, Uuid::v3))
        .function("uuid4", "", |vm, _| {
            let uuid = random_uuid(vm);
            Ok(new_uuid(vm, uuid))
        })
        .function("uuid5", "namespace, name", |vm, args| named(vm, &args, Uuid::v5))
        .function("getnode", "", |_, _| Ok(0x0242_ac11_0002_i64.into()))
        .value("RESERVED_NCS", "reserved for NCS compatibility")
        .value("RFC_4122", "specified in RFC 4122")
        .value("RESERVED_MICROSOFT", "reserved for Microsoft compatibility")
        .value("RESERVED_FUTURE", "reserved for future definition");
    for (name, uuid) in [
        ("NAMESPACE_DNS", Uuid::NAMESPACE_DNS),
        ("NAMESPACE_URL", Uuid::NAMESPACE_URL),
        ("NAMESPACE_OID", Uuid::NAMESPACE_OID),
        ("NAMESPACE_X500", Uuid::NAMESPACE_X500),
    ] {
        let value = new_uuid(vm, uuid);
        module = module.value(name, value);
    }
    Ok(module.build())
}
