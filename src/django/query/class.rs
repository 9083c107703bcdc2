//! The class `QuerySet`: its methods and special methods.

use std::rc::Rc;

use crate::python::object::{Args, Class, ClassBuilder, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

use crate::django::models::model_of;
use crate::django::state::Django;
use crate::orm::query::Query;

use super::{QuerySetPayload, access, chain, combine, fetch, iterable, object, payload, prefetch, raw, write};

/// `QuerySet.__init__`
fn init(vm: &mut Vm, args: Args) -> PyResult {
    let own = payload(vm, &args[0])?;
    if let Value::Class(class) = &args[1] {
        *own.class.borrow_mut() = Some(class.clone());
    }
    *own.db.borrow_mut() = args[3].clone();
    *own.hints.borrow_mut() = args[4].clone();
    let query = match args.some(2) {
        Some(value) => match super::query_of(vm, value)? {
            Some(query) => Some((*query).clone()),
            None => object::query_object(value),
        },
        None => None,
    };
    let query = query.or_else(|| args[1].as_class().and_then(model_of).map(|model| Query::new(&model)));
    *own.query.borrow_mut() = query;
    Ok(Value::None)
}

fn iterable_class(vm: &mut Vm, args: Args) -> PyResult {
    if let Some(own) = iterable::own_class(vm, &args[0])? {
        return Ok(own);
    }
    let kind = payload(vm, &args[0])?.iterable.get();
    Ok(Django::of(vm).classes().iterables.of(kind).into())
}

/// A class of Django's own says what rows become; any other is asked for the rows.
fn set_iterable_class(vm: &mut Vm, args: Args) -> PyResult {
    let own = payload(vm, &args[0])?;
    let Some(instance) = args[0].as_instance() else { return Ok(Value::None) };
    match args[1].as_class().and_then(|class| Some((class.native, iterable::kind_of(class)?))) {
        Some((true, kind)) => {
            own.iterable.set(kind);
            instance.dict().remove_str(&Str::interned(iterable::OWN));
        }
        other => {
            if let Some((_, kind)) = other {
                own.iterable.set(kind);
            }
            instance.set(iterable::OWN, args[1].clone());
        }
    }
    Ok(Value::None)
}

/// `QuerySet`
pub fn queryset_class(vm: &mut Vm) -> Rc<Class> {
    let builder = ClassBuilder::new("QuerySet")
        .module("django.db.models.query")
        .native_layout("QuerySet")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            Ok(Instance::native(class, QuerySetPayload::new()).into())
        })
        .method("__init__", "self, model=None, query=None, using=None, hints=None", init)
        .method("filter", "self, *args, **kwargs", chain::filter)
        .method("exclude", "self, *args, **kwargs", chain::exclude)
        .method("complex_filter", "self, filter_obj", chain::complex_filter)
        .method("all", "self", chain::all)
        .method("none", "self", chain::none)
        .method("distinct", "self, *field_names", chain::distinct)
        .method("order_by", "self, *field_names", chain::order_by)
        .method("reverse", "self", chain::reverse)
        .method("annotate", "self, *args, **kwargs", chain::annotate)
        .method("alias", "self, *args, **kwargs", chain::alias)
        .method("values", "self, *fields, **expressions", chain::values)
        .method("values_list", "self, *fields, flat=False, named=False", chain::values_list)
        .method("select_related", "self, *fields", chain::select_related)
        .method("prefetch_related", "self, *lookups", chain::prefetch_related)
        .method("defer", "self, *fields", chain::defer)
        .method("only", "self, *fields", chain::only)
        .method("using", "self, alias", chain::using)
        .method(
            "select_for_update",
            "self, nowait=False, skip_locked=False, of=(), no_key=False",
            chain::select_for_update,
        )
        .method(
            "extra",
            "self, select=None, where=None, params=None, tables=None, order_by=None, select_params=None",
            chain::extra,
        )
        .method("_clone", "self", chain::clone)
        .method("_chain", "self", chain::clone)
        .method("union", "self, *other_qs, all=False", combine::union)
        .method("intersection", "self, *other_qs", combine::intersection)
        .method("difference", "self, *other_qs", combine::difference)
        .method("__and__", "self, other", combine::and)
        .method("__or__", "self, other", combine::or)
        .method("__xor__", "self, other", combine::xor)
        .method("dates", "self, field_name, kind, order='ASC'", combine::dates)
        .method("datetimes", "self, field_name, kind, order='ASC', tzinfo=None", combine::datetimes)
        .method("get", "self, *args, **kwargs", access::get)
        .method("first", "self", access::first)
        .method("last", "self", access::last)
        .method("earliest", "self, *fields", access::earliest)
        .method("latest", "self, *fields", access::latest)
        .method("count", "self", access::count)
        .method("exists", "self", access::exists)
        .method("contains", "self, obj", access::contains)
        .method("aggregate", "self, *args, **kwargs", access::aggregate)
        .method("in_bulk", "self, id_list=None, *, field_name='pk'", access::in_bulk)
        .method("iterator", "self, chunk_size=None", access::iterator)
        .method("explain", "self, *, format=None, **options", access::explain)
        .method("resolve_expression", "self, *args, **kwargs", |_, args| Ok(args[0].clone()))
        .method("_fetch_all", "self", |vm, args| {
            fetch::fetch_all(vm, &args[0])?;
            Ok(Value::None)
        })
        .method("__iter__", "self", |vm, args| {
            let rows = fetch::fetch_all(vm, &args[0])?;
            vm.iter(&Value::List(rows))
        })
        .method("__len__", "self", |vm, args| Ok(fetch::fetch_all(vm, &args[0])?.len().into()))
        .method("__bool__", "self", |vm, args| Ok((!fetch::fetch_all(vm, &args[0])?.is_empty()).into()))
        .method("__getitem__", "self, k", access::getitem)
        .method("__repr__", "self", access::repr)
        .method("__copy__", "self", |vm, args| {
            // A copy takes the rows along, which are fetched for it.
            let rows = fetch::fetch_all(vm, &args[0])?;
            let made = super::copy(vm, &args[0])?;
            let own = payload(vm, &made)?;
            *own.cache.borrow_mut() = Some(rows);
            own.prefetch_done.set(true);
            Ok(made)
        })
        .method("__deepcopy__", "self, memo", |vm, args| super::copy(vm, &args[0]))
        .method("__reduce__", "self", |vm, _| Err(vm.unsupported("pickling a queryset")))
        .method("__getstate__", "self", |vm, _| Err(vm.unsupported("pickling a queryset")))
        .class_method("as_manager", "cls", combine::as_manager)
        .property("model", |vm, args| Ok(payload(vm, &args[0])?.class.borrow().clone().into()))
        .property("db", |vm, args| {
            let held = payload(vm, &args[0])?.db.borrow().clone();
            if vm.truth(&held)? { Ok(held) } else { Ok(Value::Str(super::db(vm, &args[0])?)) }
        })
        .property("ordered", access::ordered)
        .property_mut("query", object::property, object::set_property)
        .property_mut(
            "_db",
            |vm, args| Ok(payload(vm, &args[0])?.db.borrow().clone()),
            |vm, args| {
                *payload(vm, &args[0])?.db.borrow_mut() = args[1].clone();
                Ok(Value::None)
            },
        )
        .property_mut(
            "_hints",
            |vm, args| Ok(payload(vm, &args[0])?.hints.borrow().clone()),
            |vm, args| {
                *payload(vm, &args[0])?.hints.borrow_mut() = args[1].clone();
                Ok(Value::None)
            },
        )
        .property_mut(
            "_result_cache",
            |vm, args| {
                let cache = payload(vm, &args[0])?.cache.borrow().clone();
                Ok(cache.map_or(Value::None, Value::List))
            },
            |vm, args| {
                *payload(vm, &args[0])?.cache.borrow_mut() = args[1].as_list().cloned();
                Ok(Value::None)
            },
        )
        .property_mut(
            "_prefetch_related_lookups",
            |vm, args| {
                let lookups = payload(vm, &args[0])?.prefetch.borrow().clone();
                Ok(Value::tuple(lookups))
            },
            |vm, args| {
                let lookups = vm.list_from(&args[1])?;
                *payload(vm, &args[0])?.prefetch.borrow_mut() = lookups;
                Ok(Value::None)
            },
        )
        .property_mut(
            "_prefetch_done",
            |vm, args| Ok(payload(vm, &args[0])?.prefetch_done.get().into()),
            |vm, args| {
                let done = vm.truth(&args[1])?;
                payload(vm, &args[0])?.prefetch_done.set(done);
                Ok(Value::None)
            },
        )
        .property_mut("_iterable_class", iterable_class, set_iterable_class)
        .property_mut(
            "_for_write",
            |vm, args| Ok(payload(vm, &args[0])?.for_write.get().into()),
            |vm, args| {
                let for_write = vm.truth(&args[1])?;
                payload(vm, &args[0])?.for_write.set(for_write);
                Ok(Value::None)
            },
        )
        .property("_fields", |vm, args| {
            let fields = payload(vm, &args[0])?.fields.borrow().clone();
            Ok(fields.map_or(Value::None, Value::tuple))
        })
        .method("_add_hints", "self, **hints", |vm, args| {
            for (name, value) in args.keyword_rest(1) {
                super::set_hint(vm, &args[0], &name, &value)?;
            }
            Ok(Value::None)
        })
        .method("_next_is_sticky", "self", |vm, args| {
            payload(vm, &args[0])?.sticky_filter.set(true);
            Ok(args[0].clone())
        })
        .method("_has_filters", "self", |vm, args| {
            Ok((!super::current_query(vm, &args[0])?.where_.children.is_empty()).into())
        });
    let builder = write::add_methods(builder);
    let builder = raw::add_methods(builder);
    let class = prefetch::add_methods(builder).build(vm);
    // `as_manager()` and `delete()` are for querysets alone; `get` and the rest are offered by managers too.
    for name in ["delete", "_clone", "_chain", "as_manager", "resolve_expression"] {
        if let Some(Value::Native(native)) = class.dict().get_text(name) {
            native.dict.get_or_init(Rc::default).set_str("queryset_only", true);
        }
    }
    class
}
