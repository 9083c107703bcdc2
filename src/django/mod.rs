//! What Python code sees of Django: models, managers, querysets, signals, transactions, the test case.
//!
//! Takes the interpreter of [`crate::python`], the queries of [`crate::orm`] and the connections of [`crate::db`]; the
//! only place where they meet. Gives modules that an interpreter can import: [`install`] puts them there.

pub mod apps;
pub mod async_twins;
pub mod conf;
pub mod connections;
pub mod constraints;
pub mod convert;
mod delegate;
pub mod deletion;
pub mod errors;
pub mod expressions;
pub mod fields;
pub mod generic;
pub mod lazy;
pub mod lookups;
pub mod managers;
pub mod migrations;
pub mod models;
pub mod modules;
pub mod persistence;
pub mod query;
pub mod related;
mod schema;
pub mod signals;
mod sources;
pub mod state;
pub mod testing;
pub mod timezone;
pub mod validation;
pub mod vm_scope;

use std::rc::Rc;

use crate::orm::models::FieldKind;
use crate::python::object::{ClassBuilder, Str, Value};
use crate::python::vm::Vm;

use state::{Classes, Django, Settings};

/// Puts Django into an interpreter: its modules can be imported from then on.
pub fn install(vm: &mut Vm, settings: Settings) -> Rc<Django> {
    let django = Django::new(vm, settings);
    vm.set_host(django.clone());
    let not_provided = ClassBuilder::new("NOT_PROVIDED").module("django.db.models.fields").build(vm);
    let fields = fields::FieldClasses::new(vm);
    let field = Value::Class(fields.get(FieldKind::Plain).clone());
    let field_init = field.as_class().and_then(|class| class.lookup(&Str::interned("__init__"))).unwrap_or(Value::None);
    let model_base = models::base::model_base(vm);
    let model = models::instance::model_class(vm, &model_base);
    let model_state = models::state::state_class(vm);
    let options = models::options::options_class(vm);
    let queryset = query::queryset_class(vm);
    let prefetch = query::prefetch_class(vm);
    let raw_queryset = query::raw_queryset_class(vm);
    let raw_query = query::raw_query_class(vm);
    let iterables = query::IterableClasses::new(vm);
    let managers = managers::classes(vm, &queryset);
    let related = related::RelatedClasses::new(vm);
    let expressions = expressions::ExpressionClasses::new(vm);
    django.set_classes(Classes {
        fields,
        field_init,
        not_provided: not_provided.into(),
        model_base,
        model,
        model_state,
        options,
        manager: managers.manager,
        base_manager: managers.base,
        manager_descriptor: managers.descriptor,
        queryset,
        prefetch,
        raw_queryset,
        raw_query,
        iterables,
        related,
        expressions,
    });
    let plain = django.classes().fields.get(FieldKind::Plain).clone();
    let transform = django.classes().expressions.transform.clone();
    for class in [plain, transform] {
        lookups::add_registry(vm, &class);
    }
    modules::install(vm);
    timezone::tell_orm(vm);
    crate::orm::settings::set_json_probe(connections::probe_json);
    django
}
