//! The lookup classes themselves: `Lookup`, `Exact`, `GreaterThan` and the rest of `django.db.models.lookups`.

use std::rc::Rc;

use crate::django::convert::{from_datum, to_datum};
use crate::django::expressions::{ExprPayload, built_in, fill, operand, wrap};
use crate::django::fields::overrides;
use crate::django::query::compiler;
use crate::django::state::orm;
use crate::orm::Datum;
use crate::orm::models::FieldKind;
use crate::orm::query::lookups::{self, LOOKUP, preparing_field, right_side, write_lhs};
use crate::orm::query::{Expression, Lookup, LookupSpec, functions};
use crate::orm::sql::{Dialect, Fragment, SqlBuffer, Sqlite};
use crate::python::nodes::BinaryOp;
use crate::python::object::{Args, Class, ClassBuilder, PyResult, Str, Value};
use crate::python::vm::Vm;

/// The attribute by which a class names the lookup that it is.
const SPEC: &str = "_ormdojo_lookup";

/// The built-in lookup behind a class.
pub(super) fn spec_of(class: &Rc<Class>) -> Option<&'static LookupSpec> {
    let name = class.lookup(&Str::interned(SPEC))?.as_str()?.to_string();
    if name.is_empty() {
        return Some(&LOOKUP);
    }
    let (family, short) = name.split_once(':').unwrap_or(("", &name));
    match family {
        "json" => lookups::lookup_of_kind(FieldKind::Json, short),
        "related" => lookups::lookup_of_kind(FieldKind::ForeignObject, short),
        "tuple" => lookups::lookup_of_kind(FieldKind::CompositePrimaryKey, short),
        "uuid" => lookups::lookup_of_kind(FieldKind::Uuid, short),
        "year" => functions::datetime::year_spec(short),
        "integer" => lookups::integer_lookup(short),
        _ => lookups::base_lookup(short),
    }
}

/// The lookup that an object is.
fn own(vm: &mut Vm, this: &Value) -> PyResult<Lookup> {
    let expr = built_in(vm, this)?;
    match &*expr {
        Expression::Lookup(lookup) => Ok(lookup.clone()),
        _ => Err(vm.type_error("the lookup was not initialized")),
    }
}

fn put(this: &Value, lookup: Lookup) {
    if let Some(payload) = this.payload::<ExprPayload>() {
        *payload.expr.borrow_mut() = Some(Rc::new(Expression::Lookup(lookup)));
    }
}

fn init(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let class = vm.class_of(&this);
    let spec = spec_of(&class).unwrap_or(&LOOKUP);
    let lhs = operand(vm, &args[1])?;
    let rhs = to_datum(vm, &args[2])?;
    let prepares = match class.lookup_where(&Str::interned("prepare_rhs")) {
        Some((holder, value)) if !holder.native => vm.truth(&value)?,
        _ => spec.prepare_rhs,
    };
    if overrides(&class, "get_prep_lookup") || prepares != spec.prepare_rhs {
        let bilateral = lhs.bilateral_transforms();
        let rhs = match rhs {
            Datum::Query(query) => Datum::Expr(Rc::new(Expression::Query(crate::orm::query::QueryExpr { query }))),
            other => other,
        };
        put(&this, Lookup { spec, lhs, rhs, bilateral, written: None });
        let prepared = vm.call_method(&this, "get_prep_lookup", ())?;
        let prepared = to_datum(vm, &prepared)?;
        let mut lookup = own(vm, &this)?;
        lookup.rhs = prepared;
        put(&this, lookup);
        return Ok(Value::None);
    }
    let lookup = orm(vm, || Lookup::new(spec, lhs, rhs))?;
    fill(vm, &this, Expression::Lookup(lookup))
}

/// `get_prep_lookup()` of the built-in class.
fn get_prep_lookup(vm: &mut Vm, args: Args) -> PyResult {
    let lookup = own(vm, &args[0])?;
    let class = vm.class_of(&args[0]);
    if let Some((holder, value)) = class.lookup_where(&Str::interned("prepare_rhs"))
        && !holder.native
        && !vm.truth(&value)?
    {
        return from_datum(vm, &lookup.rhs);
    }
    let prepared = orm(vm, || (lookup.spec.prepare)(lookup.spec, &lookup.lhs, lookup.rhs.clone()))?;
    from_datum(vm, &prepared)
}

/// `process_lhs(compiler, connection, lhs=None)`
fn process_lhs(vm: &mut Vm, args: Args) -> PyResult {
    let lhs = match args.some(3) {
        Some(lhs) => operand(vm, lhs)?,
        None => own(vm, &args[0])?.lhs,
    };
    let fragment = compiler::with(vm, &args[1], |compiler| {
        let mut out = SqlBuffer::new();
        write_lhs(&lhs, compiler, &mut out)?;
        Ok(out.finish())
    })?;
    compiler::pair(vm, fragment)
}

/// `process_rhs(compiler, connection)`
fn process(vm: &mut Vm, args: Args) -> PyResult {
    let lookup = own(vm, &args[0])?;
    let class = vm.class_of(&args[0]);
    let direct = lookup.rhs_is_direct() && lookup.bilateral.is_empty();
    if direct && overrides(&class, "get_db_prep_lookup") {
        let rhs = from_datum(vm, &lookup.rhs)?;
        return vm.call_method(&args[0], "get_db_prep_lookup", [rhs, args[2].clone()]);
    }
    let parts = compiler::with(vm, &args[1], |compiler| right_side(&lookup, compiler))?;
    if lookup.spec.lookup_name == "range" && parts.len() > 1 {
        let mut params = Vec::new();
        let mut texts = Vec::new();
        for part in &parts {
            texts.push(Value::from(part.sql.clone()));
            params.extend(part.params.iter().cloned());
        }
        let all = compiler::pair(vm, Fragment { sql: String::new(), params })?;
        let params = all.as_tuple().and_then(|pair| pair.get(1).cloned()).unwrap_or(Value::None);
        return Ok(Value::tuple(vec![Value::tuple(texts), params]));
    }
    match parts.into_iter().next() {
        Some(part) => compiler::pair(vm, part),
        None => compiler::pair(vm, Fragment::default()),
    }
}

/// `get_db_prep_lookup(value, connection)`
fn get_db_prep_lookup(vm: &mut Vm, args: Args) -> PyResult {
    let lookup = own(vm, &args[0])?;
    let value = to_datum(vm, &args[1])?;
    let prepared = if lookup.spec.db_prepare {
        orm(vm, || preparing_field(&lookup.lhs)?.get_db_prep_value(&value, true))?
    } else {
        value
    };
    compiler::pair(vm, Fragment { sql: "%s".to_owned(), params: vec![prepared] })
}

/// `get_rhs_op(connection, rhs)`
fn get_rhs_op(vm: &mut Vm, args: Args) -> PyResult {
    let lookup = own(vm, &args[0])?;
    let name = vm.get_attr(&args[0], "lookup_name")?;
    let name = vm.to_str(&name)?;
    let text = match lookup.spec.lookup_name {
        "in" => format!("IN {}", vm.to_str(&args[2])?),
        "range" => {
            let bounds = vm.list_from(&args[2])?;
            let template = Value::str("BETWEEN %s AND %s");
            return vm.binary(BinaryOp::Mod, &template, &Value::tuple(bounds));
        }
        "contains" | "icontains" | "startswith" | "istartswith" | "endswith" | "iendswith"
            if !lookup.rhs_is_direct() || !lookup.bilateral.is_empty() =>
        {
            Sqlite.pattern(&name, &vm.to_str(&args[2])?)
        }
        _ => match Sqlite.operator(&name) {
            Some(operator) => return vm.binary(BinaryOp::Mod, &Value::str(operator), &args[2]),
            None => return Err(vm.key_error(Value::Str(name))),
        },
    };
    Ok(text.into())
}

/// `as_sql(compiler, connection)`: through the object's own steps, where its class has such.
fn as_sql(vm: &mut Vm, args: Args) -> PyResult {
    let lookup = own(vm, &args[0])?;
    let class = vm.class_of(&args[0]);
    let steps = ["process_lhs", "process_rhs", "get_rhs_op", "get_db_prep_lookup", "lookup_name"];
    let is_own = steps.iter().any(|name| overrides(&class, name));
    let is_null = lookup.spec.lookup_name == "isnull";
    if class.native || !is_own || is_null {
        if std::ptr::eq(lookup.spec, &LOOKUP) {
            return Err(vm.raise(crate::python::exceptions::Kind::NotImplementedError, ""));
        }
        let fragment = compiler::with(vm, &args[1], |compiler| {
            let mut out = SqlBuffer::new();
            (lookup.spec.write)(&lookup, compiler, &mut out)?;
            Ok(out.finish())
        })?;
        return compiler::pair(vm, fragment);
    }
    let sides = [args[1].clone(), args[2].clone()];
    let left = vm.call_method(&args[0], "process_lhs", sides.clone())?;
    let left = compiler::unpack(vm, &left)?;
    let right = vm.call_method(&args[0], "process_rhs", sides)?;
    let parts = vm.list_from(&right)?;
    let [right_sql, right_params] = parts.as_slice() else {
        return Err(vm.value_error("process_rhs() gives SQL and parameters"));
    };
    let operator = vm.call_method(&args[0], "get_rhs_op", [args[2].clone(), right_sql.clone()])?;
    let operator = vm.to_str(&operator)?;
    let mut params = left.params;
    for param in vm.list_from(right_params)? {
        params.push(to_datum(vm, &param)?);
    }
    compiler::pair(vm, Fragment { sql: format!("{} {operator}", left.sql), params })
}

/// `batch_process_rhs(compiler, connection, rhs=None)`
fn batch_process_rhs(vm: &mut Vm, args: Args) -> PyResult {
    let mut lookup = own(vm, &args[0])?;
    if let Some(rhs) = args.some(3) {
        lookup.rhs = to_datum(vm, rhs)?;
    }
    let items = orm(vm, || lookup.rhs.iterate())?;
    let parts = compiler::with(vm, &args[1], |compiler| lookups::process_items(&lookup, &items, compiler))?;
    let texts: Vec<Value> = parts.iter().map(|part| Value::from(part.sql.clone())).collect();
    let params = parts.into_iter().flat_map(|part| part.params).collect();
    let pair = compiler::pair(vm, Fragment { sql: String::new(), params })?;
    let params = pair.as_tuple().and_then(|pair| pair.get(1).cloned()).unwrap_or(Value::None);
    Ok(Value::tuple(vec![Value::tuple(texts), params]))
}

/// A side of the lookup that can be read and set.
fn set_side(vm: &mut Vm, args: &Args, left: bool) -> PyResult {
    let mut lookup = own(vm, &args[0])?;
    if left {
        lookup.lhs = operand(vm, &args[1])?;
    } else {
        lookup.rhs = to_datum(vm, &args[1])?;
    }
    put(&args[0], lookup);
    Ok(Value::None)
}

fn lookup_class(vm: &mut Vm, expression: &Rc<Class>) -> Rc<Class> {
    ClassBuilder::new("Lookup")
        .module("django.db.models.lookups")
        .base(expression)
        .value(SPEC, "")
        .value("lookup_name", Value::None)
        .value("prepare_rhs", true)
        .value("can_use_none_as_rhs", false)
        .method("__init__", "self, lhs, rhs", init)
        .property_mut(
            "lhs",
            |vm, args| {
                let lhs = own(vm, &args[0])?.lhs;
                Ok(wrap(vm, &lhs))
            },
            |vm, args| set_side(vm, &args, true),
        )
        .property_mut(
            "rhs",
            |vm, args| {
                let rhs = own(vm, &args[0])?.rhs;
                from_datum(vm, &rhs)
            },
            |vm, args| set_side(vm, &args, false),
        )
        .property("bilateral_transforms", |vm, args| {
            let count = own(vm, &args[0])?.bilateral.len();
            Ok(Value::list(vec![Value::None; count]))
        })
        .method("get_prep_lookup", "self", get_prep_lookup)
        .method("get_prep_lhs", "self", |vm, args| vm.get_attr(&args[0], "lhs"))
        .method("get_db_prep_lookup", "self, value, connection", get_db_prep_lookup)
        .method("rhs_is_direct_value", "self", |vm, args| Ok(own(vm, &args[0])?.rhs_is_direct().into()))
        .method("process_lhs", "self, compiler, connection, lhs=None", process_lhs)
        .method("process_rhs", "self, compiler, connection", process)
        .method("batch_process_rhs", "self, compiler, connection, rhs=None", batch_process_rhs)
        .method("get_rhs_op", "self, connection, rhs", get_rhs_op)
        .method("as_sql", "self, compiler, connection", as_sql)
        .build(vm)
}

/// The classes by name: their module's other classes first, then what each is.
const CLASSES: &[(&str, &[&str], &str)] = &[
    ("Exact", &["FieldGetDbPrepValueMixin", "BuiltinLookup"], "exact"),
    ("IExact", &["BuiltinLookup"], "iexact"),
    ("GreaterThan", &["FieldGetDbPrepValueMixin", "BuiltinLookup"], "gt"),
    ("GreaterThanOrEqual", &["FieldGetDbPrepValueMixin", "BuiltinLookup"], "gte"),
    ("LessThan", &["FieldGetDbPrepValueMixin", "BuiltinLookup"], "lt"),
    ("LessThanOrEqual", &["FieldGetDbPrepValueMixin", "BuiltinLookup"], "lte"),
    ("IntegerFieldExact", &["IntegerFieldOverflow", "Exact"], "integer:exact"),
    ("IntegerGreaterThan", &["IntegerFieldOverflow", "GreaterThan"], "integer:gt"),
    (
        "IntegerGreaterThanOrEqual",
        &["IntegerFieldOverflow", "IntegerFieldFloatRounding", "GreaterThanOrEqual"],
        "integer:gte",
    ),
    ("IntegerLessThan", &["IntegerFieldOverflow", "IntegerFieldFloatRounding", "LessThan"], "integer:lt"),
    ("IntegerLessThanOrEqual", &["IntegerFieldOverflow", "LessThanOrEqual"], "integer:lte"),
    ("In", &["FieldGetDbPrepValueIterableMixin", "BuiltinLookup"], "in"),
    ("Contains", &["PatternLookup"], "contains"),
    ("IContains", &["Contains"], "icontains"),
    ("StartsWith", &["PatternLookup"], "startswith"),
    ("IStartsWith", &["StartsWith"], "istartswith"),
    ("EndsWith", &["PatternLookup"], "endswith"),
    ("IEndsWith", &["EndsWith"], "iendswith"),
    ("Range", &["FieldGetDbPrepValueIterableMixin", "BuiltinLookup"], "range"),
    ("IsNull", &["BuiltinLookup"], "isnull"),
    ("Regex", &["BuiltinLookup"], "regex"),
    ("IRegex", &["Regex"], "iregex"),
];

/// A class: its name, those that it extends, and the lookup that it is (none for a mixin).
type Named = (&'static str, &'static [&'static str], &'static str);

/// The lookups of kinds of fields and of expressions, by module.
const FAMILIES: &[(&str, &[Named])] = &[
    (
        "django.db.models.lookups",
        &[
            ("YearLookup", &["Lookup"], ""),
            ("YearExact", &["YearLookup", "Exact"], "year:exact"),
            ("YearGt", &["YearLookup", "GreaterThan"], "year:gt"),
            ("YearGte", &["YearLookup", "GreaterThanOrEqual"], "year:gte"),
            ("YearLt", &["YearLookup", "LessThan"], "year:lt"),
            ("YearLte", &["YearLookup", "LessThanOrEqual"], "year:lte"),
            ("UUIDTextMixin", &[], ""),
            ("UUIDIExact", &["UUIDTextMixin", "IExact"], "uuid:iexact"),
            ("UUIDContains", &["UUIDTextMixin", "Contains"], "uuid:contains"),
            ("UUIDIContains", &["UUIDTextMixin", "IContains"], "uuid:icontains"),
            ("UUIDStartsWith", &["UUIDTextMixin", "StartsWith"], "uuid:startswith"),
            ("UUIDIStartsWith", &["UUIDTextMixin", "IStartsWith"], "uuid:istartswith"),
            ("UUIDEndsWith", &["UUIDTextMixin", "EndsWith"], "uuid:endswith"),
            ("UUIDIEndsWith", &["UUIDTextMixin", "IEndsWith"], "uuid:iendswith"),
        ],
    ),
    (
        "django.db.models.fields.related_lookups",
        &[
            ("RelatedLookupMixin", &[], ""),
            ("RelatedIn", &["In"], "related:in"),
            ("RelatedExact", &["RelatedLookupMixin", "Exact"], "related:exact"),
            ("RelatedLessThan", &["RelatedLookupMixin", "LessThan"], "related:lt"),
            ("RelatedGreaterThan", &["RelatedLookupMixin", "GreaterThan"], "related:gt"),
            ("RelatedGreaterThanOrEqual", &["RelatedLookupMixin", "GreaterThanOrEqual"], "related:gte"),
            ("RelatedLessThanOrEqual", &["RelatedLookupMixin", "LessThanOrEqual"], "related:lte"),
            ("RelatedIsNull", &["RelatedLookupMixin", "IsNull"], "related:isnull"),
        ],
    ),
    (
        "django.db.models.fields.tuple_lookups",
        &[
            ("TupleLookupMixin", &[], ""),
            ("TupleExact", &["TupleLookupMixin", "Exact"], "tuple:exact"),
            ("TupleIsNull", &["TupleLookupMixin", "IsNull"], "tuple:isnull"),
            ("TupleGreaterThan", &["TupleLookupMixin", "GreaterThan"], "tuple:gt"),
            ("TupleGreaterThanOrEqual", &["TupleLookupMixin", "GreaterThanOrEqual"], "tuple:gte"),
            ("TupleLessThan", &["TupleLookupMixin", "LessThan"], "tuple:lt"),
            ("TupleLessThanOrEqual", &["TupleLookupMixin", "LessThanOrEqual"], "tuple:lte"),
            ("TupleIn", &["TupleLookupMixin", "In"], "tuple:in"),
        ],
    ),
];

/// Makes the classes of `django.db.models.lookups`.
pub fn classes(vm: &mut Vm, expression: &Rc<Class>) -> Vec<Rc<Class>> {
    let module = "django.db.models.lookups";
    let lookup = lookup_class(vm, expression);
    let mut all = vec![lookup.clone()];
    let builtin = ClassBuilder::new("BuiltinLookup").module(module).base(&lookup).build(vm);
    all.push(builtin.clone());
    for name in ["FieldGetDbPrepValueMixin", "IntegerFieldOverflow", "IntegerFieldFloatRounding"] {
        all.push(ClassBuilder::new(name).module(module).build(vm));
    }
    let mixin = all[2].clone();
    all.push(ClassBuilder::new("FieldGetDbPrepValueIterableMixin").module(module).base(&mixin).build(vm));
    all.push(ClassBuilder::new("PatternLookup").module(module).base(&builtin).value("prepare_rhs", false).build(vm));
    for (name, bases, spec) in CLASSES {
        let short = spec.split_once(':').map_or(*spec, |(_, short)| short);
        let mut builder = ClassBuilder::new(*name).module(module).value(SPEC, *spec).value("lookup_name", short);
        for base in *bases {
            if let Some(base) = all.iter().find(|class| *class.name() == **base) {
                builder = builder.base(base);
            }
        }
        if matches!(*name, "IExact" | "IsNull" | "Regex") {
            builder = builder.value("prepare_rhs", false);
        }
        all.push(builder.build(vm));
    }
    for (module, classes) in FAMILIES {
        for (name, bases, spec) in *classes {
            let mut builder = ClassBuilder::new(*name).module(*module);
            if !spec.is_empty() {
                builder = builder.value(SPEC, *spec);
            }
            for base in *bases {
                if let Some(base) = all.iter().find(|class| *class.name() == **base) {
                    builder = builder.base(base);
                }
            }
            all.push(builder.build(vm));
        }
    }
    json_classes(vm, &builtin, &mut all);
    all
}

/// The lookups of JSON fields.
fn json_classes(vm: &mut Vm, builtin: &Rc<Class>, all: &mut Vec<Rc<Class>>) {
    let module = "django.db.models.fields.json";
    for (name, spec) in [
        ("DataContains", "json:contains"),
        ("ContainedBy", "json:contained_by"),
        ("HasKey", "json:has_key"),
        ("HasKeys", "json:has_keys"),
        ("HasAnyKeys", "json:has_any_keys"),
        ("JSONExact", "json:exact"),
    ] {
        let short = spec.trim_start_matches("json:");
        all.push(
            ClassBuilder::new(name)
                .module(module)
                .base(builtin)
                .value(SPEC, spec)
                .value("lookup_name", short)
                .build(vm),
        );
    }
    all.push(
        ClassBuilder::new("KeyTransformTextLookupMixin")
            .module(module)
            .method("__init__", "self, key_transform, *args, **kwargs", |vm, _| {
                let text = "Transform should be an instance of KeyTransform in order to use this lookup.";
                Err(vm.type_error(text))
            })
            .build(vm),
    );
}
