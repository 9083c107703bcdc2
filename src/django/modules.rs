//! The modules of Django that can be imported, each made when it is first asked for.

use std::rc::Rc;

use crate::python::code::Source;
use crate::python::exceptions::Kind;
use crate::python::modules as library;
use crate::python::object::{Args, ClassBuilder, Module, PyResult, Value};
use crate::python::vm::Found;
use crate::python::vm::Vm;

use super::sources::SOURCES;
use super::state::Django;
use super::{connections, constraints, deletion, signals};

/// Makes one module.
type Make = fn(&mut Vm, Module) -> PyResult<Module>;

/// The modules by their full names.
const MODULES: &[(&str, Make)] = &[
    ("django.db.models", models),
    ("django.db.models.functions", functions),
    ("django.db.models.expressions", models_expressions),
    ("django.db.models.aggregates", models_aggregates),
    ("django.db.models.fields", models_fields),
    ("django.db.models.fields.json", models_json),
    ("django.db.models.enums", models_enums),
    ("django.db.models.base", models_base),
    ("django.db.models.lookups", models_lookups),
    ("django.db.models.fields.related_lookups", models_related_lookups),
    ("django.db.models.fields.tuple_lookups", models_tuple_lookups),
    ("django.db.models.query", models_query),
    ("django.db.models.query_utils", models_query_utils),
    ("django.db.models.sql", models_sql),
    ("django.db.models.sql.query", models_sql),
    ("django.db.models.sql.compiler", models_compiler),
    ("django.db.models.constants", models_constants),
    ("django.db.models.sql.datastructures", models_tables),
    ("django.db.models.sql.where", models_where),
    ("django.db.models.fields.related_descriptors", models_descriptors),
    ("django.db.models.fields.reverse_related", models_rels),
    ("django.db.models.constraints", models_constraints),
    ("django.db.models.indexes", models_own),
    ("django.db.models.options", models_options),
    ("django.db.models.manager", models_manager),
    ("django.db.models.fields.files", models_files),
    ("django.db.models.fields.related", models_related),
    ("django.db.models.fields.composite", models_own),
    ("django.db.models.fields.generated", models_own),
    ("django.core.exceptions", core_exceptions),
    ("django.db.utils", db_utils),
    ("django.db", connections::db_module),
    ("django.db.transaction", connections::transaction::module),
    ("django.db.models.deletion", deletion::module),
    ("django.db.models.signals", signals::models_module),
    ("django.db.backends.signals", signals::backends_module),
    ("django.core.signals", signals::core_module),
    ("django.dispatch", signals::dispatch_module),
    ("django.dispatch.dispatcher", signals::dispatch_module),
    ("django.conf", super::conf::module),
    ("django.contrib.auth", auth),
    ("django.contrib.auth.models", auth_models),
    ("_django", super::timezone::kernel),
    ("_django_generic", super::generic::kernel),
    ("_django_schema", super::models::kernel::module),
    ("_django_migrations", super::migrations::kernel),
    ("_django_test", super::testing::kernel),
    ("_django_editor", super::schema::kernel),
];

/// Packages that hold nothing but modules.
const PACKAGES: &[&str] = &[
    "django",
    "django.core",
    "django.core.serializers",
    "django.utils",
    "django.contrib",
    "django.template",
    "django.db.models.sql",
    "django.db.backends",
    "django.db.backends.sqlite3",
];

/// Makes Django's modules importable, after those of Python's library.
pub(super) fn install(vm: &mut Vm) {
    vm.set_importer(Rc::new(find));
}

/// The importer: Django's modules, then those of Python's library.
pub fn find(vm: &mut Vm, name: &str) -> PyResult<Option<Found>> {
    if let Some((_, make)) = MODULES.iter().find(|(known, _)| *known == name) {
        let module = make(vm, Module::new(name))?.build();
        module.dict.set_str("__path__", Value::list(Vec::new()));
        return Ok(Some(Found::Module(Value::Module(module))));
    }
    if let Some((_, text)) = SOURCES.iter().find(|(known, _)| *known == name) {
        return Ok(Some(Found::Source { source: Source::internal(name, *text), package: false }));
    }
    if PACKAGES.contains(&name) {
        let module = Module::new(name).value("__path__", Value::list(Vec::new())).build();
        return Ok(Some(Found::Module(Value::Module(module))));
    }
    library_module(vm, name)
}

fn library_module(vm: &mut Vm, name: &str) -> PyResult<Option<Found>> {
    Ok(match library::find(name) {
        Some(library::Source::Native(make)) => Some(Found::Module(Value::Module(make(vm)?))),
        Some(library::Source::Python(text)) => {
            Some(Found::Source { source: Source::internal(name, text), package: false })
        }
        Some(library::Source::Package(text)) => {
            Some(Found::Source { source: Source::internal(name, text), package: true })
        }
        Some(library::Source::Refused) => return Err(vm.unsupported(format!("module {name}"))),
        None => None,
    })
}

/// The expression classes that `django.db.models` itself has.
const OF_MODELS: &[&str] = &[
    "Aggregate",
    "Avg",
    "Case",
    "CombinedExpression",
    "Count",
    "Exists",
    "Expression",
    "ExpressionList",
    "ExpressionWrapper",
    "F",
    "FilteredRelation",
    "Func",
    "Lookup",
    "Max",
    "Min",
    "OrderBy",
    "OuterRef",
    "Q",
    "RowRange",
    "StdDev",
    "Subquery",
    "Sum",
    "Transform",
    "Value",
    "ValueRange",
    "Variance",
    "When",
    "Window",
    "WindowFrame",
];

/// The expression classes of one module.
fn expression_module(vm: &mut Vm, mut module: Module, wanted: &str) -> Module {
    let django = Django::of(vm);
    for class in &django.classes().expressions.all {
        if class.module().is_some_and(|name| *name == *wanted) {
            module = module.class(class);
        }
    }
    module
}

fn models_expressions(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let mut module = expression_module(vm, module, "django.db.models.expressions");
    // Names that the module takes from elsewhere.
    for name in ["Q"] {
        if let Some(class) = Django::of(vm).classes().expressions.named(name).cloned() {
            module = module.class(&class);
        }
    }
    let exclusion = window_frame_exclusion(vm)?;
    let combinable = Django::of(vm).classes().expressions.combinable.clone();
    let no_output = Django::of(vm).errors.output_field_is_none.clone();
    Ok(module.value("WindowFrameExclusion", exclusion).class(&combinable).class(&no_output))
}

fn models_aggregates(vm: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(expression_module(vm, module, "django.db.models.aggregates"))
}

fn models_fields(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    for class in django.classes().fields.all() {
        if class.module().is_some_and(|name| name == "django.db.models.fields") {
            module = module.class(class);
        }
    }
    Ok(module.value("NOT_PROVIDED", django.classes().not_provided.clone()))
}

/// A module whose classes `django.db.models` shows too.
fn models_own(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let shown = vm.import_module("django.db.models")?;
    let Value::Module(shown) = &shown else { return Ok(module) };
    let name = module.name().to_owned();
    for (_, value) in shown.dict.str_items() {
        if let Value::Class(class) = &value
            && class.module().is_some_and(|own| *own == *name)
        {
            module = module.class(class);
        }
    }
    Ok(module)
}

fn models_files(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let mut module = models_own(vm, module)?;
    let own = vm.import_module("_django_files")?;
    for name in ["FieldFile", "FileDescriptor", "ImageFieldFile", "ImageFileDescriptor"] {
        module = module.value(name, vm.get_attr(&own, name)?);
    }
    Ok(module)
}

fn models_lookups(vm: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(expression_module(vm, module, "django.db.models.lookups"))
}

fn models_related_lookups(vm: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(expression_module(vm, module, "django.db.models.fields.related_lookups"))
}

fn models_tuple_lookups(vm: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(expression_module(vm, module, "django.db.models.fields.tuple_lookups"))
}

fn models_query(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let classes = django.classes();
    for (_, class) in &classes.iterables.all {
        module = module.class(class);
    }
    module = module
        .class(&classes.iterables.base)
        .class(&classes.queryset)
        .class(&classes.raw_queryset)
        .class(&classes.prefetch)
        .class(&super::query::object::empty_queryset_class(vm))
        .value("MAX_GET_RESULTS", 21)
        .value("REPR_OUTPUT_SIZE", 20)
        .function("prefetch_related_objects", "model_instances, *related_lookups", super::query::prefetch_function);
    let shown = vm.import_module("django.db.models")?;
    if let Some(twin) = vm.get_attr_opt(&shown, "aprefetch_related_objects")? {
        module = module.value("aprefetch_related_objects", twin);
    }
    Ok(module)
}

fn models_query_utils(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let module = expression_module(vm, module, "django.db.models.query_utils");
    let mixin = ClassBuilder::new("RegisterLookupMixin").module("django.db.models.query_utils").build(vm);
    super::lookups::add_registry(vm, &mixin);
    let deferred = Django::of(vm).classes().related.columns.deferred.clone();
    Ok(module.class(&mixin).class(&deferred))
}

fn models_sql(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let query = super::query::object::class(vm);
    let raw = Django::of(vm).classes().raw_query.clone();
    Ok(module.class(&query).class(&raw).value("AND", "AND").value("OR", "OR").value("XOR", "XOR"))
}

fn models_compiler(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let compiler = super::query::compiler::class_of(vm);
    Ok(module.class(&compiler))
}

fn models_constants(_vm: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(module
        .value("LOOKUP_SEP", "__")
        .value("INNER", "INNER JOIN")
        .value("LOUTER", "LEFT OUTER JOIN")
        .value("GET_ITERATOR_CHUNK_SIZE", 100)
        .value("MULTI", "multi")
        .value("SINGLE", "single")
        .value("NO_RESULTS", "no results")
        .value("CURSOR", "cursor")
        .value("ROW_COUNT", "row count"))
}

fn models_tables(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let [table, join] = super::query::object::table_classes(vm);
    Ok(module.class(&table).class(&join))
}

fn models_where(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let module = expression_module(vm, module, "django.db.models.sql.where");
    Ok(module.value("AND", "AND").value("OR", "OR").value("XOR", "XOR"))
}

fn models_descriptors(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let related = &django.classes().related;
    Ok(module
        .class(&related.forward_many_to_one)
        .class(&related.forward_one_to_one)
        .class(&related.reverse_one_to_one)
        .class(&related.reverse_many_to_one)
        .class(&related.many_to_many))
}

/// What relational fields are made of stands in their module too.
fn models_related(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let module = models_own(vm, module)?;
    let module = models_descriptors(vm, module)?;
    let module = models_rels(vm, module)?;
    Ok(module.value("RECURSIVE_RELATIONSHIP_CONSTANT", "self"))
}

fn models_rels(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let rels = &django.classes().related.rels;
    Ok(module.class(&rels.base).class(&rels.many_to_one).class(&rels.one_to_one).class(&rels.many_to_many))
}

fn models_constraints(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let deferrable = constraints::deferrable(vm)?;
    Ok(models_own(vm, module)?.value("Deferrable", deferrable))
}

fn models_base(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let deferred = django.deferred(vm);
    let classes = django.classes();
    Ok(module
        .class(&classes.model)
        .class(&classes.model_base)
        .class(&classes.model_state)
        .value("DEFERRED", deferred)
        .function("model_unpickle", "model_id", super::models::instance::unpickle))
}

fn models_options(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let options = Django::of(vm).classes().options.clone();
    let names: Vec<Value> = super::models::OPTION_NAMES.iter().map(|name| Value::str(*name)).collect();
    let source = vm.import_module("_django_options")?;
    let mut module = module.class(&options).value("DEFAULT_NAMES", Value::tuple(names));
    for name in ["EMPTY_RELATION_TREE", "IMMUTABLE_WARNING", "make_immutable_fields_list", "normalize_together"] {
        module = module.value(name, vm.get_attr(&source, name)?);
    }
    Ok(module)
}

fn models_manager(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let classes = django.classes();
    Ok(module.class(&classes.base_manager).class(&classes.manager).class(&classes.manager_descriptor))
}

/// `django.db.models.__getattr__`: its submodules are its attributes.
fn submodule(vm: &mut Vm, args: Args) -> PyResult {
    let name = vm.to_str(&args[0])?;
    if name.as_str() == "Deferrable" {
        return constraints::deferrable(vm);
    }
    if name.as_str() == "NullBooleanField" {
        let module = vm.import_module("_django_removed_fields")?;
        return vm.get_attr(&module, "NullBooleanField");
    }
    let full = format!("django.db.models.{name}");
    if MODULES.iter().any(|(known, _)| *known == full) || SOURCES.iter().any(|(known, _)| *known == full) {
        return vm.import_module(&full);
    }
    Err(vm.raise(Kind::AttributeError, format!("module 'django.db.models' has no attribute '{name}'")))
}

fn models_json(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let mut module = expression_module(vm, module, "django.db.models.fields.json");
    if let Some(class) = django.classes().expressions.named("KeyTextTransform") {
        let from_lookup = vm.get_attr(&Value::Class(class.clone()), "from_lookup")?;
        module = module.value("KT", from_lookup);
    }
    Ok(module.class(django.classes().fields.get(crate::orm::models::FieldKind::Json)))
}

fn models_enums(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let enums = vm.import_module("_django_enums")?;
    for name in ["Choices", "ChoicesType", "IntegerChoices", "TextChoices"] {
        module = module.value(name, vm.get_attr(&enums, name)?);
    }
    Ok(module)
}

/// The enumeration is written in Python.
fn window_frame_exclusion(vm: &mut Vm) -> PyResult {
    let source = vm.import_module("_django_window")?;
    vm.get_attr(&source, "WindowFrameExclusion")
}

fn models(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let classes = django.classes();
    for class in classes.fields.all() {
        module = module.class(class);
    }
    for class in classes.expressions.all.iter().filter(|class| OF_MODELS.contains(&class.name().as_str())) {
        module = module.class(class);
    }
    for class in constraints::classes(vm) {
        module = module.class(&class);
    }
    for (name, handler) in deletion::handlers(vm) {
        module = module.value(name, handler);
    }
    let exclusion = window_frame_exclusion(vm)?;
    let enums = vm.import_module("_django_enums")?;
    for name in ["Choices", "IntegerChoices", "TextChoices"] {
        module = module.value(name, vm.get_attr(&enums, name)?);
    }
    let inner = signals::models_module(vm, Module::new("django.db.models.signals"))?.build();
    let deletion = deletion::module(vm, Module::new("django.db.models.deletion"))?.build();
    module = module.value("signals", Value::Module(inner)).value("deletion", Value::Module(deletion));
    Ok(module
        .function("__getattr__", "name", submodule)
        .value("WindowFrameExclusion", exclusion)
        .class(&classes.related.rels.base)
        .class(&classes.related.rels.many_to_one)
        .class(&classes.related.rels.one_to_one)
        .class(&classes.related.rels.many_to_many)
        .class(&classes.model)
        .class(&classes.manager)
        .class(&classes.queryset)
        .class(&classes.prefetch)
        .class(&classes.related.rels.base)
        .class(&classes.related.rels.many_to_one)
        .class(&classes.related.rels.one_to_one)
        .class(&classes.related.rels.many_to_many)
        .function("prefetch_related_objects", "model_instances, *related_lookups", super::query::prefetch_function)
        .class(&django.errors.protected_error)
        .class(&django.errors.restricted_error)
        .class(&django.errors.object_does_not_exist)
        .value("NOT_PROVIDED", classes.not_provided.clone()))
}

fn functions(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    for class in django
        .classes()
        .expressions
        .all
        .iter()
        .filter(|class| class.module().is_some_and(|name| name.starts_with("django.db.models.functions.")))
    {
        module = module.class(class);
    }
    Ok(module)
}

fn core_exceptions(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let errors = &django.errors;
    for class in [
        &errors.field_error,
        &errors.field_does_not_exist,
        &errors.object_does_not_exist,
        &errors.multiple_objects_returned,
        &errors.improperly_configured,
        &errors.suspicious_operation,
        &errors.permission_denied,
        &errors.app_registry_not_ready,
        &errors.synchronous_only_operation,
        &errors.empty_result_set,
        &errors.full_result_set,
    ] {
        module = module.class(class);
    }
    let validation = vm.import_module("_django_validation")?;
    for name in ["ValidationError", "NON_FIELD_ERRORS"] {
        let value = vm.get_attr(&validation, name)?;
        module = module.value(name, value);
    }
    let suspicious = errors.suspicious_operation.clone();
    let exception = vm.exceptions.get(Kind::Exception).clone();
    for (name, base) in [
        ("SuspiciousFileOperation", &suspicious),
        ("DisallowedHost", &suspicious),
        ("DisallowedRedirect", &suspicious),
        ("TooManyFieldsSent", &suspicious),
        ("RequestDataTooBig", &suspicious),
        ("SuspiciousMultipartForm", &suspicious),
        ("ViewDoesNotExist", &exception),
        ("MiddlewareNotUsed", &exception),
        ("BadRequest", &exception),
        ("RequestAborted", &exception),
    ] {
        let class = ClassBuilder::new(name).module("django.core.exceptions").base(base).build(vm);
        module = module.class(&class);
    }
    Ok(module)
}

fn db_utils(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let errors = &django.errors;
    for class in [
        &errors.db_error,
        &errors.interface_error,
        &errors.database_error,
        &errors.data_error,
        &errors.operational_error,
        &errors.integrity_error,
        &errors.internal_error,
        &errors.programming_error,
        &errors.not_supported_error,
        &errors.connection_does_not_exist,
    ] {
        module = module.class(class);
    }
    Ok(module)
}

/// The class that `AUTH_USER_MODEL` names.
fn user_model(vm: &mut Vm) -> PyResult {
    let django = Django::of(vm);
    let label = django.settings.borrow().auth_user_model.clone();
    match django.registry().find_label(&label).and_then(|model| django.class_of(&model)) {
        Some(class) => Ok(class.into()),
        None => {
            let class = django.errors.improperly_configured.clone();
            Err(super::state::raise_class(
                vm,
                &class,
                format!("AUTH_USER_MODEL refers to model '{label}' that has not been installed"),
            ))
        }
    }
}

fn auth(_: &mut Vm, module: Module) -> PyResult<Module> {
    Ok(module.function("get_user_model", "", |vm, _| {
        // The model stands in a module that nobody may have imported yet.
        if Django::of(vm).settings.borrow().auth_user_model == OWN_USER {
            vm.import_module("django.contrib.auth.models")?;
        }
        user_model(vm)
    }))
}

/// The user model of an installation that names no other.
pub const OWN_USER: &str = "auth.User";

/// Django's own users; or, where the models at hand have a plain model in their place, that one.
fn auth_models(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let django = Django::of(vm);
    let label = django.settings.borrow().auth_user_model.clone();
    let standing_in = django.settings.borrow().auth_user_stands_in;
    if standing_in {
        let user = user_model(vm)?;
        return Ok(module.value("User", user));
    }
    if label != OWN_USER || django.apps.borrow().label_of_module("django.contrib.auth").is_none() {
        let mut apps = django.apps.borrow_mut();
        apps.install("django.contrib.contenttypes", "contenttypes");
        apps.install("django.contrib.auth", "auth");
    }
    let own = vm.import_module("_django_auth_models")?;
    let mut module = module;
    if let Value::Module(own) = &own {
        for (name, value) in own.dict.str_items() {
            if !name.starts_with('_') {
                module = module.value(&name, value);
            }
        }
    }
    Ok(module)
}
