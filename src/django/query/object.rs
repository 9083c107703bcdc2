//! `queryset.query`: a query as Python code sees and changes it.

use std::cell::RefCell;
use std::rc::Rc;

use crate::django::convert::{from_datum, to_datum};
use crate::django::expressions::{lower, q_value, wrap};
use crate::django::models::meta::order_term;
use crate::django::models::model_of_value;
use crate::django::state::{Django, class_of, orm};
use crate::orm::models::OrderTerm;
use crate::orm::query::{Expression, GroupBy, JoinType, Query, Related, RelatedNames, Resolve, Table};
use crate::orm::{OrmResult, sql};
use crate::python::object::{Args, Class, ClassBuilder, Dict, Instance, PyResult, Truth, Value};
use crate::python::vm::Vm;

use super::{QuerySetPayload, compiler, current_query, payload};

/// A query, and the queryset that it is the query of: changes reach it.
struct QueryPayload {
    query: RefCell<Query>,
    owner: Option<Value>,
}

/// The classes of this file.
struct Classes {
    query: Rc<Class>,
    table: Rc<Class>,
    join: Rc<Class>,
}

fn classes(vm: &mut Vm) -> Rc<Classes> {
    if let Some(known) = vm.host::<Classes>() {
        return known;
    }
    let module = "django.db.models.sql.datastructures";
    let table = ClassBuilder::new("BaseTable").module(module).build(vm);
    let join = ClassBuilder::new("Join").module(module).build(vm);
    let query = query_class(vm);
    let made = Rc::new(Classes { query, table, join });
    vm.set_host(made.clone());
    made
}

/// `Query`, for `django.db.models.sql`.
pub fn class(vm: &mut Vm) -> Rc<Class> {
    classes(vm).query.clone()
}

/// `BaseTable` and `Join`.
pub fn table_classes(vm: &mut Vm) -> [Rc<Class>; 2] {
    let classes = classes(vm);
    [classes.table.clone(), classes.join.clone()]
}

/// `EmptyQuerySet`: a queryset without rows is an instance of it, and nothing else can be.
pub fn empty_queryset_class(vm: &mut Vm) -> Rc<Class> {
    let type_ = vm.types.type_.clone();
    let metaclass = ClassBuilder::new("InstanceCheckMeta")
        .module("django.db.models.query")
        .base(&type_)
        .method("__instancecheck__", "self, instance", |vm, args| {
            if args[1].payload::<QuerySetPayload>().is_none() {
                return Ok(false.into());
            }
            Ok(current_query(vm, &args[1])?.is_empty().into())
        })
        .build(vm);
    ClassBuilder::new("EmptyQuerySet")
        .module("django.db.models.query")
        .metaclass(&metaclass)
        .method("__init__", "self, *args, **kwargs", |vm, _| Err(vm.type_error("EmptyQuerySet can't be instantiated")))
        .build(vm)
}

/// The query in a `Query` object.
pub fn query_object(value: &Value) -> Option<Query> {
    value.payload::<QueryPayload>().map(|payload| payload.query.borrow().clone())
}

/// A `Query` object of its own.
pub fn new(vm: &mut Vm, query: Query) -> Value {
    let class = classes(vm).query.clone();
    Instance::native(class, QueryPayload { query: RefCell::new(query), owner: None }).into()
}

/// `queryset.query`
pub(super) fn property(vm: &mut Vm, args: Args) -> PyResult {
    let query = current_query(vm, &args[0])?;
    let class = classes(vm).query.clone();
    Ok(Instance::native(class, QueryPayload { query: RefCell::new(query), owner: Some(args[0].clone()) }).into())
}

/// `queryset.query = query`
pub(super) fn set_property(vm: &mut Vm, args: Args) -> PyResult {
    let Some(query) = query_object(&args[1]) else {
        let given = vm.type_name(&args[1]);
        return Err(vm.type_error(format!("'{given}' object is no query")));
    };
    let own = payload(vm, &args[0])?;
    *own.query.borrow_mut() = Some(query);
    Ok(Value::None)
}

/// The query of `self`, as it stands now.
pub(super) fn read(vm: &mut Vm, this: &Value) -> PyResult<Query> {
    let held = vm.payload::<QueryPayload>(this)?;
    if let Some(own) = held.owner.as_ref().and_then(|owner| owner.payload::<QuerySetPayload>())
        && let Some(query) = own.query.borrow().as_ref()
    {
        return Ok(query.clone());
    }
    Ok(held.query.borrow().clone())
}

/// Puts a changed query back, into the queryset too.
pub(super) fn write(vm: &mut Vm, this: &Value, query: Query) -> PyResult<()> {
    let held = vm.payload::<QueryPayload>(this)?;
    if let Some(own) = held.owner.as_ref().and_then(|owner| owner.payload::<QuerySetPayload>()) {
        *own.query.borrow_mut() = Some(query.clone());
    }
    *held.query.borrow_mut() = query;
    Ok(())
}

/// Changes the query of `self` by a call into the ORM.
pub fn edit<T>(vm: &mut Vm, this: &Value, change: impl FnOnce(&mut Query) -> OrmResult<T>) -> PyResult<T> {
    let mut query = read(vm, this)?;
    let result = orm(vm, || change(&mut query))?;
    write(vm, this, query)?;
    Ok(result)
}

fn text(name: &Rc<str>) -> Value {
    Value::str(&**name)
}

fn texts<'n>(names: impl IntoIterator<Item = &'n Rc<str>>) -> Vec<Value> {
    names.into_iter().map(text).collect()
}

fn set_of(vm: &mut Vm, items: Vec<Value>) -> PyResult {
    let class = Value::Class(vm.types.set.clone());
    vm.call(&class, [Value::list(items)])
}

fn term(vm: &mut Vm, term: &OrderTerm) -> Value {
    match term {
        OrderTerm::Name(name) => text(name),
        OrderTerm::Expr(expr) => wrap(vm, expr),
    }
}

fn related_dict(names: &RelatedNames) -> Value {
    let dict = Dict::new();
    for (name, below) in &names.0 {
        dict.set_str(&**name, related_dict(below));
    }
    Value::Dict(Rc::new(dict))
}

fn count(number: usize) -> Value {
    number.into()
}

/// A table of `alias_map`.
fn table(vm: &mut Vm, entry: &Table) -> Value {
    let classes = classes(vm);
    match entry {
        Table::Base { table, alias } => {
            let made = Instance::new(classes.table.clone());
            made.set("table_name", text(table));
            made.set("table_alias", text(alias));
            made.set("join_type", Value::None);
            made.set("parent_alias", Value::None);
            made.set("filtered_relation", Value::None);
            made.into()
        }
        Table::Join(join) => {
            let made = Instance::new(classes.join.clone());
            made.set("table_name", text(&join.table));
            made.set("table_alias", text(&join.alias));
            made.set("parent_alias", text(&join.parent_alias));
            made.set(
                "join_type",
                match join.join_type {
                    JoinType::Inner => "INNER JOIN",
                    JoinType::LeftOuter => "LEFT OUTER JOIN",
                },
            );
            made.set("nullable", join.nullable);
            let side = crate::django::models::options::side_object(vm, &join.join_field);
            made.set("join_field", side);
            let columns: Vec<Value> =
                join.join_columns.iter().map(|(near, far)| Value::tuple(vec![text(near), text(far)])).collect();
            made.set("join_cols", Value::tuple(columns));
            made.into()
        }
    }
}

/// Reads one attribute.
type Get = fn(&mut Vm, &Query) -> PyResult;

/// The attributes that can only be read.
const ATTRIBUTES: &[(&str, Get)] = &[
    ("model", |vm, query| Ok(class_of(vm, &query.model)?.into())),
    ("is_sliced", |_, query| Ok(query.is_sliced().into())),
    ("has_limit_one", |_, query| Ok(query.has_limit_one().into())),
    ("where", |vm, query| Ok(wrap(vm, &Rc::new(Expression::Where(query.where_.clone()))))),
    ("alias_map", |vm, query| {
        let dict = Dict::new();
        for entry in query.tables.iter() {
            let made = table(vm, &entry.table);
            dict.set_str(&*entry.alias, made);
        }
        Ok(Value::Dict(Rc::new(dict)))
    }),
    ("alias_refcount", |_, query| {
        let dict = Dict::new();
        for entry in query.tables.iter() {
            dict.set_str(&*entry.alias, i64::from(entry.refs));
        }
        Ok(Value::Dict(Rc::new(dict)))
    }),
    ("table_map", |_, query| {
        let dict = Dict::new();
        for (name, aliases) in query.table_map.iter() {
            dict.set_str(&**name, Value::list(texts(aliases)));
        }
        Ok(Value::Dict(Rc::new(dict)))
    }),
    ("base_table", |_, query| Ok(query.base_table().map_or(Value::None, |name| text(&name)))),
    ("annotations", |vm, query| {
        let dict = Dict::new();
        for annotation in query.annotations.iter() {
            let made = wrap(vm, &annotation.expr);
            dict.set_str(&*annotation.name, made);
        }
        Ok(Value::Dict(Rc::new(dict)))
    }),
    ("annotation_select", |vm, query| {
        let dict = Dict::new();
        for annotation in query.annotation_select() {
            let made = wrap(vm, &annotation.expr);
            dict.set_str(&*annotation.name, made);
        }
        Ok(Value::Dict(Rc::new(dict)))
    }),
    ("annotation_select_mask", |vm, query| match &query.annotation_mask {
        Some(mask) => set_of(vm, texts(mask.iter())),
        None => Ok(Value::None),
    }),
    ("extra", |vm, query| extra_dict(vm, query, false)),
    ("extra_select", |vm, query| extra_dict(vm, query, true)),
    ("extra_tables", |_, query| Ok(Value::tuple(texts(query.extra_tables.iter())))),
    ("select", |vm, query| {
        let parts: Vec<Value> = query.select.iter().map(|expr| wrap(vm, expr)).collect();
        Ok(Value::tuple(parts))
    }),
    ("values_select", |_, query| Ok(Value::tuple(texts(query.values_select.iter())))),
    ("selected", |_, query| match &query.selected {
        Some(selected) => {
            let dict = Dict::new();
            for (name, what) in selected.iter() {
                use crate::orm::query::Selected;
                dict.set_str(
                    &**name,
                    match what {
                        Selected::Field(at) => count(*at),
                        Selected::Annotation(name) | Selected::Extra(name) => text(name),
                    },
                );
            }
            Ok(Value::Dict(Rc::new(dict)))
        }
        None => Ok(Value::None),
    }),
    ("has_select_fields", |_, query| {
        let masked = query.annotation_mask.as_ref().is_some_and(|mask| !mask.is_empty())
            || query.extra_mask.as_ref().is_some_and(|mask| !mask.is_empty());
        Ok((!query.select.is_empty() || masked).into())
    }),
    ("order_by", |vm, query| {
        let terms: Vec<Value> = query.order_by.iter().map(|one| term(vm, one)).collect();
        Ok(Value::tuple(terms))
    }),
    ("extra_order_by", |vm, query| {
        let terms: Vec<Value> = query.extra_order_by.iter().map(|one| term(vm, one)).collect();
        Ok(Value::tuple(terms))
    }),
    ("distinct_fields", |_, query| Ok(Value::tuple(texts(query.distinct_fields.iter())))),
    ("deferred_loading", |vm, query| {
        let names = set_of(vm, texts(query.deferred.names.iter()))?;
        Ok(Value::tuple(vec![names, query.deferred.defer.into()]))
    }),
    ("combinator", |_, query| Ok(query.combinator.into())),
    ("combinator_all", |_, query| Ok(query.combinator_all.into())),
    ("combined_queries", |vm, query| {
        let parts: Vec<Value> = query.combined_queries.iter().map(|part| new(vm, (**part).clone())).collect();
        Ok(Value::tuple(parts))
    }),
    ("select_for_update", |_, query| Ok(query.select_for_update.into())),
    ("subquery", |_, query| Ok(query.subquery.into())),
    ("used_aliases", |vm, query| set_of(vm, texts(query.used_aliases.iter()))),
    ("output_field", |vm, query| {
        let field = orm(vm, || query.output_or_none())?;
        Ok(field.and_then(|field| Django::of(vm).object_of(&field)).unwrap_or(Value::None))
    }),
    ("contains_aggregate", |_, _| Ok(false.into())),
    ("identity", |vm, query| {
        let class = class_of(vm, &query.model)?;
        Ok(Value::tuple(vec![class.into()]))
    }),
];

fn extra_dict(_vm: &mut Vm, query: &Query, selected: bool) -> PyResult {
    let dict = Dict::new();
    let shown =
        |extra: &crate::orm::query::Extra| -> Value { Value::tuple(vec![text(&extra.sql), Value::list(Vec::new())]) };
    if selected {
        for (name, extra) in query.extra_select() {
            dict.set_str(&**name, shown(extra));
        }
    } else {
        for (name, extra) in query.extra.iter() {
            dict.set_str(&**name, shown(extra));
        }
    }
    Ok(Value::Dict(Rc::new(dict)))
}

fn own(vm: &mut Vm, args: &Args) -> PyResult<Query> {
    read(vm, &args[0])
}

fn group_by(vm: &mut Vm, args: Args) -> PyResult {
    Ok(match own(vm, &args)?.group_by {
        GroupBy::None => Value::None,
        GroupBy::All => Value::Bool(true),
        GroupBy::Exprs(exprs) => Value::tuple(exprs.iter().map(|expr| wrap(vm, expr)).collect::<Vec<_>>()),
    })
}

fn set_group_by(vm: &mut Vm, args: Args) -> PyResult {
    let wanted = match &args[1] {
        Value::None => GroupBy::None,
        Value::Truth(Truth::True) => GroupBy::All,
        given => {
            let mut query = own(vm, &args)?;
            let mut exprs = Vec::new();
            for part in vm.list_from(given)? {
                let expr = lower(vm, &part)?;
                exprs.push(orm(vm, || expr.resolve(&mut query, Resolve::PLAIN))?);
            }
            write(vm, &args[0], query)?;
            GroupBy::Exprs(exprs.into())
        }
    };
    edit(vm, &args[0], |query| {
        query.group_by = wanted;
        Ok(())
    })?;
    Ok(Value::None)
}

fn select_related(vm: &mut Vm, args: Args) -> PyResult {
    Ok(match own(vm, &args)?.select_related {
        Related::None => Value::Bool(false),
        Related::All => Value::Bool(true),
        Related::Names(names) => related_dict(&names),
    })
}

fn set_select_related(vm: &mut Vm, args: Args) -> PyResult {
    let wanted = if vm.truth(&args[1])? { Related::All } else { Related::None };
    if args[1].as_dict().is_some() {
        return Err(vm.unsupported("setting Query.select_related to a dict"));
    }
    edit(vm, &args[0], |query| {
        query.select_related = wanted;
        Ok(())
    })?;
    Ok(Value::None)
}

/// A truth value that can be read and set.
macro_rules! flag {
    ($builder:expr, $name:literal, $field:ident) => {
        $builder.property_mut(
            $name,
            |vm, args| Ok(own(vm, &args)?.$field.into()),
            |vm, args| {
                let truth = vm.truth(&args[1])?;
                edit(vm, &args[0], |query| {
                    query.$field = truth;
                    Ok(())
                })?;
                Ok(Value::None)
            },
        )
    };
}

fn mark(vm: &mut Vm, value: &Value) -> PyResult<Option<u64>> {
    match value {
        Value::None => Ok(None),
        value => match value.as_i64().and_then(|number| u64::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => {
                let given = vm.type_name(value);
                Err(vm.type_error(format!("a limit must be a number, not '{given}'")))
            }
        },
    }
}

fn query_class(vm: &mut Vm) -> Rc<Class> {
    let mut builder = ClassBuilder::new("Query")
        .module("django.db.models.sql.query")
        .native_layout("Query")
        .constructor(|vm, args| {
            let class = vm.class_arg(&args, 0)?;
            let Some(model) = args.get(1).and_then(model_of_value) else {
                return Err(vm.type_error("Query() needs a model"));
            };
            Ok(Instance::native(class, QueryPayload { query: RefCell::new(Query::new(&model)), owner: None }).into())
        })
        .method("__init__", "self, model, alias_cols=True", |_, _| Ok(Value::None))
        .method("__str__", "self", |vm, args| {
            let mut query = own(vm, &args)?;
            let text = orm(vm, || {
                let statement = sql::compile(&mut query, None)?;
                sql::interpolate(&statement.sql, &statement.params)
            })?;
            Ok(text.into())
        })
        .method("sql_with_params", "self", |vm, args| {
            let mut query = own(vm, &args)?;
            let statement = orm(vm, || sql::compile(&mut query, None))?;
            let mut values = Vec::with_capacity(statement.params.len());
            for param in &statement.params {
                let value = from_datum(vm, param)?;
                values.push(match param {
                    crate::orm::Datum::Bytes(_) => {
                        let class = Value::Class(vm.types.memoryview.clone());
                        vm.call(&class, [value])?
                    }
                    _ => value,
                });
            }
            Ok(Value::tuple(vec![statement.sql.into(), Value::tuple(values)]))
        })
        .method("clone", "self", |vm, args| {
            let query = own(vm, &args)?;
            Ok(new(vm, query))
        })
        .method("chain", "self, klass=None", |vm, args| {
            let query = own(vm, &args)?.chain();
            Ok(new(vm, query))
        })
        .method("__deepcopy__", "self, memo", |vm, args| {
            let query = own(vm, &args)?;
            Ok(new(vm, query))
        })
        .method("get_meta", "self", |vm, args| {
            let model = own(vm, &args)?.model;
            let class = class_of(vm, &model)?;
            vm.get_attr(&Value::Class(class), "_meta")
        })
        .method("get_compiler", "self, using=None, connection=None, elide_empty=True", |vm, args| {
            let query = own(vm, &args)?;
            let using = match (args.some(1), args.some(2)) {
                (Some(using), _) => vm.to_str(using)?,
                (None, Some(connection)) => {
                    let alias = vm.get_attr(connection, "alias")?;
                    vm.to_str(&alias)?
                }
                (None, None) => return Err(vm.value_error("Need either using or connection")),
            };
            Ok(compiler::new(vm, query, &using))
        })
        .method("is_empty", "self", |vm, args| Ok(own(vm, &args)?.is_empty().into()))
        .method("has_filters", "self", |vm, args| {
            let query = own(vm, &args)?;
            Ok(wrap(vm, &Rc::new(Expression::Where(query.where_.clone()))))
        })
        .method("can_filter", "self", |vm, args| Ok((!own(vm, &args)?.is_sliced()).into()))
        .method("count_active_tables", "self", |vm, args| Ok(count(own(vm, &args)?.count_active_tables())))
        .method("get_count", "self, using", |vm, args| {
            let query = own(vm, &args)?;
            let alias = vm.to_str(&args[1])?;
            super::fetch::count(vm, &query, &alias)
        })
        .method("has_results", "self, using", |vm, args| {
            let query = own(vm, &args)?;
            let alias = vm.to_str(&args[1])?;
            Ok(super::fetch::has_results(vm, &query, &alias)?.into())
        })
        .method("exists", "self, limit=True", |vm, args| {
            let query = own(vm, &args)?;
            let limit = vm.truth(&args[1])?;
            let narrowed = orm(vm, || query.exists(limit))?;
            Ok(new(vm, narrowed))
        })
        .method("get_initial_alias", "self", |vm, args| {
            let alias = edit(vm, &args[0], |query| Ok(query.get_initial_alias()))?;
            Ok(text(&alias))
        })
        .method("clear_ordering", "self, force=False, clear_default=True", |vm, args| {
            let (force, default) = (vm.truth(&args[1])?, vm.truth(&args[2])?);
            edit(vm, &args[0], |query| {
                query.clear_ordering(force, default);
                Ok(())
            })?;
            Ok(Value::None)
        })
        .method("add_ordering", "self, *ordering", |vm, args| {
            let mut terms = Vec::new();
            for one in args.rest(1).to_vec() {
                terms.push(order_term(vm, &one)?);
            }
            edit(vm, &args[0], |query| query.add_ordering(&terms))?;
            Ok(Value::None)
        })
        .method("set_limits", "self, low=None, high=None", |vm, args| {
            let (low, high) = (mark(vm, &args[1])?, mark(vm, &args[2])?);
            edit(vm, &args[0], |query| {
                query.set_limits(low, high);
                Ok(())
            })?;
            Ok(Value::None)
        })
        .method("clear_limits", "self", |vm, args| {
            edit(vm, &args[0], |query| {
                query.clear_limits();
                Ok(())
            })?;
            Ok(Value::None)
        })
        .method("set_empty", "self", |vm, args| {
            edit(vm, &args[0], |query| {
                query.set_empty();
                Ok(())
            })?;
            Ok(Value::None)
        })
        .method("add_q", "self, q_object, reuse_all=False", |vm, args| {
            let Some(q) = q_value(&args[1]) else { return Err(vm.type_error("add_q() takes a Q object")) };
            let reuse_all = vm.truth(&args[2])?;
            edit(vm, &args[0], |query| query.add_q_reusing(&q, reuse_all))?;
            Ok(Value::None)
        })
        .method("add_filter", "self, filter_lhs, filter_rhs", |vm, args| {
            let name = vm.to_str(&args[1])?;
            let value = to_datum(vm, &args[2])?;
            edit(vm, &args[0], |query| query.add_filter(&name, value))?;
            Ok(Value::None)
        })
        .method("add_annotation", "self, annotation, alias, select=True", |vm, args| {
            let expr = lower(vm, &args[1])?;
            let alias = vm.to_str(&args[2])?;
            let select = vm.truth(&args[3])?;
            edit(vm, &args[0], |query| query.add_annotation(&expr, &alias, select))?;
            Ok(Value::None)
        })
        .method("resolve_ref", "self, name, allow_joins=True, reuse=None, summarize=False", |vm, args| {
            let name = vm.to_str(&args[1])?;
            let (allow_joins, summarize) = (vm.truth(&args[2])?, vm.truth(&args[4])?);
            let how = Resolve { allow_joins, summarize, ..Resolve::PLAIN };
            let expr = edit(vm, &args[0], |query| query.resolve_ref(&name, how))?;
            Ok(wrap(vm, &expr))
        })
        .method("resolve_expression", "self, query, *args, **kwargs", |vm, args| {
            let query = own(vm, &args)?;
            Ok(new(vm, query))
        })
        .property_mut("group_by", group_by, set_group_by)
        .property_mut("select_related", select_related, set_select_related)
        .property_mut(
            "low_mark",
            |vm, args| Ok(own(vm, &args)?.low_mark.into()),
            |vm, args| {
                let low = mark(vm, &args[1])?.unwrap_or_default();
                edit(vm, &args[0], |query| {
                    query.low_mark = low;
                    Ok(())
                })?;
                Ok(Value::None)
            },
        )
        .property_mut(
            "high_mark",
            |vm, args| Ok(own(vm, &args)?.high_mark.into()),
            |vm, args| {
                let high = mark(vm, &args[1])?;
                edit(vm, &args[0], |query| {
                    query.high_mark = high;
                    Ok(())
                })?;
                Ok(Value::None)
            },
        )
        .method("__getattr__", "self, name", |vm, args| {
            let name = vm.to_str(&args[1])?;
            if name.starts_with("__") || name == "as_sql" {
                let text = format!("'Query' object has no attribute '{name}'");
                return Err(vm.raise(crate::python::exceptions::Kind::AttributeError, text));
            }
            Err(vm.unsupported(format!("Query.{name}")))
        });
    builder = flag!(builder, "distinct", distinct);
    builder = flag!(builder, "default_cols", default_cols);
    builder = flag!(builder, "default_ordering", default_ordering);
    builder = flag!(builder, "standard_ordering", standard_ordering);
    builder = flag!(builder, "filter_is_sticky", filter_is_sticky);
    for &(name, get) in ATTRIBUTES {
        builder = builder.property_closure(name, move |vm, args| {
            let query = own(vm, &args)?;
            get(vm, &query)
        });
    }
    builder.build(vm)
}
