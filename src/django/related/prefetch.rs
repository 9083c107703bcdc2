//! What `prefetch_related()` asks of a relation: one queryset for many instances, and how its rows find their instance.

use std::rc::Rc;

use crate::django::convert::{from_datum, to_datum};
use crate::django::expressions::{q_from_call, wrap};
use crate::django::managers;
use crate::django::query;
use crate::django::state::orm;
use crate::orm::Datum;
use crate::orm::models::{Field, FieldKind, Side};
use crate::orm::query::{ColPairs, Connector, Expr, Expression, Func, Lookup, QNode, Resolve, Window, lookups};
use crate::python::object::{Args, ClassBuilder, Dict, NativeFunction, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{RelationPayload, cached, owner_class, remember, reverse_cache_name, target_class};

/// A relation from one side.
#[derive(Clone)]
pub struct Relation {
    /// The field that declares it.
    pub field: Field,
    /// Whether it is seen from the model that the field points at.
    pub reverse: bool,
}

/// What rows and instances are matched by.
pub enum Key {
    /// These attributes.
    Attributes(Vec<Str>),
    /// These attributes, prepared for the database by their fields.
    Prepared(Vec<(Str, Field)>),
    /// What a function of Python's gives.
    Python(Value),
}

/// The answer: what Django's `get_prefetch_querysets()` gives.
pub struct Found {
    /// The related objects: a queryset, or a list.
    pub queryset: Value,
    /// What a related object is found by.
    pub related_key: Key,
    /// What an instance is found by.
    pub instance_key: Key,
    /// Whether each instance has one related object at most.
    pub single: bool,
    /// Where the instance remembers it.
    pub cache_name: Str,
    /// Whether it is set as an attribute rather than remembered.
    pub is_descriptor: bool,
}

impl Key {
    /// The key of one object.
    pub fn of(&self, vm: &mut Vm, object: &Value) -> PyResult {
        match self {
            Self::Attributes(names) => {
                let mut parts = Vec::with_capacity(names.len());
                for name in names {
                    parts.push(vm.get_attr_str(object, name)?);
                }
                Ok(Value::tuple(parts))
            }
            Self::Prepared(fields) => {
                let mut parts = Vec::with_capacity(fields.len());
                for (name, field) in fields {
                    let held = vm.get_attr_str(object, name)?;
                    let datum = to_datum(vm, &held)?;
                    let prepared = orm(vm, || field.get_db_prep_value(&datum, false))?;
                    parts.push(from_datum(vm, &prepared)?);
                }
                Ok(Value::tuple(parts))
            }
            Self::Python(function) => vm.call(function, [object.clone()]),
        }
    }

    /// The same as a function of Python's.
    pub fn into_value(self) -> Value {
        match self {
            Self::Python(function) => function,
            key => NativeFunction::closure("key", "instance", move |vm, args| key.of(vm, &args[0])).into_value(),
        }
    }

    fn near(vm: &mut Vm, field: &Field) -> PyResult<Self> {
        let pairs = orm(vm, || field.related_fields())?;
        Ok(Self::Attributes(pairs.iter().map(|(near, _)| Str::interned(&near.attname)).collect()))
    }

    fn far(vm: &mut Vm, field: &Field) -> PyResult<Self> {
        let pairs = orm(vm, || field.related_fields())?;
        Ok(Self::Attributes(pairs.iter().map(|(_, far)| Str::interned(&far.attname)).collect()))
    }
}

/// The relation behind a descriptor of Django's own.
pub fn relation_of(descriptor: &Value) -> Option<Relation> {
    descriptor
        .payload::<RelationPayload>()
        .map(|payload| Relation { field: payload.field.clone(), reverse: payload.reverse })
}

impl Relation {
    /// Whether an instance has one related object at most.
    pub fn is_single(&self) -> bool {
        match self.field.kind {
            FieldKind::OneToOne => true,
            FieldKind::ForeignKey | FieldKind::ForeignObject => !self.reverse,
            _ => false,
        }
    }

    /// Where an instance remembers what it was related to.
    pub fn cache_name(&self) -> Rc<str> {
        match (self.field.is_many_to_many(), self.reverse) {
            (true, true) => self.field.related_query_name(),
            (false, true) => reverse_cache_name(&self.field),
            (_, false) => self.field.name.clone(),
        }
    }

    /// Whether an instance remembers its related object.
    pub fn is_cached(&self, instance: &Value) -> bool {
        cached(instance, &self.cache_name()).is_some()
    }

    /// `get_prefetch_querysets(instances, querysets)`; `manager` is the related manager of the first instance where the
    /// relation has several objects.
    pub fn fetch(
        &self,
        vm: &mut Vm,
        instances: &[Value],
        queryset: Option<Value>,
        manager: Option<&Value>,
    ) -> PyResult<Found> {
        match (self.field.is_many_to_many(), self.reverse, self.is_single()) {
            (true, ..) => self.many_to_many(vm, instances, queryset, manager),
            (false, false, _) => self.forward(vm, instances, queryset),
            (false, true, true) => self.reverse_one(vm, instances, queryset),
            (false, true, false) => self.reverse_many(vm, instances, queryset, manager),
        }
    }

    fn forward(&self, vm: &mut Vm, instances: &[Value], queryset: Option<Value>) -> PyResult<Found> {
        let field = &self.field;
        let queryset = match queryset {
            Some(queryset) => queryset,
            None => {
                let class = target_class(vm, field)?;
                let manager = managers::base_manager(vm, &class)?;
                vm.call_method(&manager, "all", ())?
            }
        };
        query::add_hint(vm, &queryset, &instances[0])?;
        let (near, far) = (Key::near(vm, field)?, Key::far(vm, field)?);
        let by_key = by_key(vm, instances, &near)?;
        let mut keys = Vec::with_capacity(by_key.len());
        for key in by_key.keys() {
            keys.push(to_datum(vm, &key)?);
        }
        let condition = in_keys(vm, field, &queryset, keys)?;
        let condition = wrap(vm, &condition);
        let queryset = vm.call_method(&queryset, "filter", [condition])?;
        query::clear_ordering(vm, &queryset)?;
        if field.kind == FieldKind::OneToOne {
            let back = reverse_cache_name(field);
            for related in vm.list_from(&queryset)? {
                let key = far.of(vm, &related)?;
                if let Some(instance) = by_key.get(vm, &key)? {
                    remember(&related, &back, &instance);
                }
            }
        }
        Ok(self.found(queryset, far, near, true))
    }

    fn reverse_one(&self, vm: &mut Vm, instances: &[Value], queryset: Option<Value>) -> PyResult<Found> {
        let field = &self.field;
        let queryset = match queryset {
            Some(queryset) => queryset,
            None => {
                let class = owner_class(vm, field)?;
                let manager = managers::base_manager(vm, &class)?;
                vm.call_method(&manager, "all", ())?
            }
        };
        query::add_hint(vm, &queryset, &instances[0])?;
        let (near, far) = (Key::near(vm, field)?, Key::far(vm, field)?);
        let by_key = by_key(vm, instances, &far)?;
        let call = Args::none().keyword(format!("{}__in", field.name).as_str(), Value::list(instances.to_vec()));
        let queryset = vm.call_method(&queryset, "filter", call)?;
        query::clear_ordering(vm, &queryset)?;
        for related in vm.list_from(&queryset)? {
            let key = near.of(vm, &related)?;
            match by_key.get(vm, &key)? {
                Some(instance) => remember(&related, &field.name, &instance),
                None => return Err(vm.key_error(key)),
            }
        }
        Ok(self.found(queryset, near, far, true))
    }

    fn reverse_many(
        &self,
        vm: &mut Vm,
        instances: &[Value],
        queryset: Option<Value>,
        manager: Option<&Value>,
    ) -> PyResult<Found> {
        let field = &self.field;
        let queryset = self.start(vm, instances, queryset, manager)?;
        let (near, far) = (Key::near(vm, field)?, Key::far(vm, field)?);
        let by_key = by_key(vm, instances, &far)?;
        narrow(vm, &queryset, &field.name, instances)?;
        for related in vm.list_from(&queryset)? {
            if cached(&related, &field.name).is_none() {
                let key = near.of(vm, &related)?;
                match by_key.get(vm, &key)? {
                    Some(instance) => remember(&related, &field.name, &instance),
                    None => return Err(vm.key_error(key)),
                }
            }
        }
        Ok(self.found(queryset, near, far, false))
    }

    fn many_to_many(
        &self,
        vm: &mut Vm,
        instances: &[Value],
        queryset: Option<Value>,
        manager: Option<&Value>,
    ) -> PyResult<Found> {
        let queryset = self.start(vm, instances, queryset, manager)?;
        let name = self.query_name();
        narrow(vm, &queryset, &name, instances)?;
        let source = self.source(vm)?;
        let table = orm(vm, || Ok(source.require_model()?.db_table()))?;
        let table = table.trim_matches('"').to_owned();
        let pairs = orm(vm, || source.related_fields())?;
        let select = Dict::new();
        let (mut related_key, mut instance_key) = (Vec::new(), Vec::new());
        for (near, far) in &pairs {
            let name = format!("_prefetch_related_val_{}", near.attname);
            let column = near.column.clone().unwrap_or_else(|| near.attname.clone());
            select.set_str(name.as_str(), format!("\"{table}\".\"{column}\""));
            related_key.push((Str::interned(&name), near.clone()));
            instance_key.push((Str::interned(&far.attname), far.clone()));
        }
        let call = Args::none().keyword("select", Value::Dict(Rc::new(select)));
        let queryset = vm.call_method(&queryset, "extra", call)?;
        Ok(self.found(queryset, Key::Prepared(related_key), Key::Prepared(instance_key), false))
    }

    /// The key of the model between that leads to the instances' side.
    pub fn source(&self, vm: &mut Vm) -> PyResult<Field> {
        let field = &self.field;
        orm(vm, || if self.reverse { field.m2m_reverse_field() } else { field.m2m_field() })
    }

    /// The name by which the related model's queries reach the instances.
    pub fn query_name(&self) -> Rc<str> {
        match (self.field.is_many_to_many(), self.reverse) {
            (true, false) => self.field.related_query_name(),
            _ => self.field.name.clone(),
        }
    }

    /// The queryset to narrow: the given one, or the manager's own, on its database.
    fn start(&self, vm: &mut Vm, instances: &[Value], queryset: Option<Value>, manager: Option<&Value>) -> PyResult {
        let queryset = match (queryset, manager) {
            (Some(queryset), _) => queryset,
            (None, Some(manager)) => super::manager::parent_queryset(vm, manager)?,
            (None, None) => return Err(vm.type_error("the relation has no manager")),
        };
        query::add_hint(vm, &queryset, &instances[0])?;
        let mut alias = vm.get_attr(&queryset, "_db")?;
        if alias.is_none()
            && let Some(manager) = manager
        {
            alias = vm.get_attr(manager, "_db")?;
        }
        vm.call_method(&queryset, "using", [alias])
    }

    fn found(&self, queryset: Value, related_key: Key, instance_key: Key, single: bool) -> Found {
        let cache_name = Str::interned(&self.cache_name());
        Found { queryset, related_key, instance_key, single, cache_name, is_descriptor: false }
    }

    /// Narrows a queryset to the objects of one instance, once somebody looks at its query: `_apply_rel_filters`.
    pub fn narrow_to(&self, vm: &mut Vm, queryset: &Value, instance: &Value) -> PyResult {
        if query::current_query(vm, queryset)?.is_sliced() {
            return Err(vm.type_error("Cannot filter a query once a slice has been taken."));
        }
        let made = query::copy(vm, queryset)?;
        query::add_hint(vm, &made, instance)?;
        let mut conditions = Vec::new();
        let field = &self.field;
        if field.is_many_to_many() {
            let source = self.source(vm)?;
            let name = self.query_name();
            for (_, far) in orm(vm, || source.related_fields())? {
                let held = vm.get_attr_str(instance, &Str::interned(&far.attname))?;
                conditions.push((Str::from(format!("{name}__{}", far.name)), held));
            }
        } else {
            conditions.push((Str::interned(&field.name), instance.clone()));
        }
        query::defer_filter(vm, &made, conditions)?;
        if !field.is_many_to_many() {
            let known = Dict::new();
            let mut key = Vec::new();
            for (_, far) in orm(vm, || field.related_fields())? {
                key.push(vm.get_attr_str(instance, &Str::interned(&far.attname))?);
            }
            let key = if key.len() == 1 { key.remove(0) } else { Value::tuple(key) };
            known.set(vm, key, instance.clone())?;
            let payload = query::payload(vm, &made)?;
            *payload.known_related.borrow_mut() = vec![(field.clone(), Rc::new(known))];
        }
        Ok(made)
    }

    /// Whether each instance's manager gives the same kind of queryset, so that one can serve for all of them.
    pub fn shares_queryset(&self, vm: &mut Vm, manager: &Value) -> bool {
        let name = Str::interned("get_queryset");
        vm.class_of(manager).mro().iter().all(|class| class.native || class.dict().get_str(&name).is_none())
    }
}

/// The methods by which a related manager takes part in prefetching.
pub(super) fn add_methods(builder: ClassBuilder, relation: Relation) -> ClassBuilder {
    let narrowing = relation.clone();
    builder
        .method_closure("get_prefetch_querysets", "self, instances, querysets=None", move |vm, args| {
            method(vm, &relation, Some(&args[0]), &args)
        })
        .method_closure("_apply_rel_filters", "self, queryset", move |vm, args| {
            let this = vm.get_attr(&args[0], "instance")?;
            narrowing.narrow_to(vm, &args[1], &this)
        })
}

/// The queryset that a relation to one model may be given.
pub fn only(vm: &mut Vm, querysets: Option<Vec<Value>>) -> PyResult<Option<Value>> {
    let mut querysets = querysets.unwrap_or_default();
    if querysets.len() > 1 {
        return Err(vm.value_error("querysets argument of get_prefetch_querysets() should have a length of 1."));
    }
    Ok(querysets.pop())
}

/// `get_prefetch_querysets()` of a descriptor or a related manager, for Python code that calls it.
pub fn method(vm: &mut Vm, relation: &Relation, manager: Option<&Value>, args: &Args) -> PyResult {
    let instances = vm.list_from(&args[1])?;
    let querysets = match args.some(2) {
        Some(querysets) => vm.list_from(querysets)?,
        None => Vec::new(),
    };
    let queryset = only(vm, Some(querysets))?;
    if instances.is_empty() {
        return Err(vm.raise(crate::python::exceptions::Kind::IndexError, "list index out of range"));
    }
    let found = relation.fetch(vm, &instances, queryset, manager)?;
    Ok(Value::tuple(vec![
        found.queryset,
        found.related_key.into_value(),
        found.instance_key.into_value(),
        found.single.into(),
        Value::Str(found.cache_name),
        found.is_descriptor.into(),
    ]))
}

/// The instances by their keys; of equal ones the last stays.
fn by_key(vm: &mut Vm, instances: &[Value], key: &Key) -> PyResult<Dict> {
    let dict = Dict::new();
    for instance in instances {
        let key = key.of(vm, instance)?;
        dict.set(vm, key, instance.clone())?;
    }
    Ok(dict)
}

/// The far side's key columns are one of these.
fn in_keys(vm: &mut Vm, field: &Field, queryset: &Value, keys: Vec<Datum>) -> PyResult<Expr> {
    let pairs = orm(vm, || field.related_fields())?;
    let mut held = query::current_query(vm, queryset)?;
    orm(vm, || {
        let mut targets = Vec::with_capacity(pairs.len());
        for (_, far) in &pairs {
            let name: Rc<str> = far.name.clone();
            let reference: Expr = Rc::new(Expression::F(name));
            match &*reference.resolve(&mut held, Resolve::PLAIN)? {
                Expression::Col(col) => targets.push(col.target.clone()),
                _ => targets.push(far.clone()),
            }
        }
        let table: Rc<str> = held.model.db_table();
        let targets: Rc<[Field]> = targets.into();
        let cols = ColPairs {
            alias: Some(table),
            targets: targets.clone(),
            sources: targets,
            output: Side::Forward(field.clone()),
        };
        let lookup = Lookup::new(lookups::tuple_in(), Rc::new(Expression::ColPairs(cols)), Datum::List(keys.into()))?;
        Ok(Rc::new(Expression::Lookup(lookup)) as Expr)
    })
}

/// `_filter_prefetch_queryset`: the rows that belong to the instances; a slice counts for each of them.
fn narrow(vm: &mut Vm, queryset: &Value, name: &str, instances: &[Value]) -> PyResult<()> {
    let condition = (Str::from(format!("{name}__in")), Value::list(instances.to_vec()));
    let mut q = q_from_call(vm, &[], vec![condition])?;
    let mut held = query::current_query(vm, queryset)?;
    orm(vm, || {
        if held.is_sliced() {
            let (low, high) = (held.low_mark, held.high_mark);
            let order = crate::orm::sql::order_by(&mut held)?;
            let by: Expr = Rc::new(Expression::F(name.into()));
            let window: Expr = Rc::new(Expression::Window(Window {
                source: Rc::new(Expression::Func(Func::new(
                    &crate::orm::query::functions::window::ROW_NUMBER,
                    Vec::new(),
                ))),
                partition_by: Some(Rc::new(Expression::List(Rc::from([by])))),
                order_by: (!order.is_empty()).then(|| Rc::new(Expression::List(order.into())) as Expr),
                frame: None,
                output: None,
            }));
            let bound = |spec, mark: u64| -> crate::orm::OrmResult<QNode> {
                let mark = Datum::Int(i64::try_from(mark).unwrap_or(i64::MAX));
                Ok(QNode::Expr(Rc::new(Expression::Lookup(Lookup::new(spec, window.clone(), mark)?))))
            };
            q = q.combine(&bound(lookups::greater_than(), low)?, Connector::And);
            if let Some(high) = high {
                q = q.combine(&bound(lookups::less_than_or_equal(), high)?, Connector::And);
            }
            held.clear_limits();
        }
        held.add_q_reusing(&q, true)
    })?;
    *query::payload(vm, queryset)?.query.borrow_mut() = Some(held);
    Ok(())
}
