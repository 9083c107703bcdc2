//! The constructors of the field classes: what each adds to `Field.__init__`.

use std::cell::Cell;

use crate::orm::models::FieldKind;
use crate::python::object::{Args, NativeFn, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::FieldPayload;
use crate::django::state::Django;

thread_local! {
    /// Fields sort by the order in which they were made; those that Django makes itself count down from -1.
    static CREATED: Cell<i64> = const { Cell::new(0) };
    static AUTO_CREATED: Cell<i64> = const { Cell::new(-1) };
}

/// `Field.__init__`'s parameters; `self` is the first.
pub(super) const FIELD: &str = "self, verbose_name=None, name=None, primary_key=False, max_length=None, unique=False, \
    blank=False, null=False, db_index=False, rel=None, default=?, editable=True, serialize=True, unique_for_date=None, \
    unique_for_month=None, unique_for_year=None, choices=None, help_text='', db_column=None, db_tablespace=None, \
    auto_created=False, validators=(), error_messages=None, db_comment=None, db_default=?";

/// `Field.__init__`
pub(super) fn field(vm: &mut Vm, args: Args) -> PyResult {
    let this = args[0].clone();
    let Some(instance) = this.as_instance().cloned() else { return Ok(Value::None) };
    let not_provided = Django::of(vm).classes().not_provided.clone();
    let mut at = 1;
    let mut next = || {
        at += 1;
        args[at - 1].clone()
    };
    let verbose_name = next();
    instance.set("_verbose_name", verbose_name.clone());
    instance.set("verbose_name", verbose_name);
    instance.set("name", next());
    instance.set("primary_key", next());
    instance.set("max_length", next());
    instance.set("_unique", next());
    instance.set("blank", next());
    instance.set("null", next());
    instance.set("db_index", next());
    let rel = next();
    instance.set("is_relation", !rel.is_none());
    instance.set("remote_field", rel);
    instance.set("default", next().set().unwrap_or_else(|| not_provided.clone()));
    for name in ["editable", "serialize", "unique_for_date", "unique_for_month", "unique_for_year"] {
        instance.set(name, next());
    }
    let choices = next();
    let choices = super::choices::normalize(vm, &choices)?;
    instance.set("choices", choices);
    for name in ["help_text", "db_column", "_db_tablespace", "auto_created"] {
        instance.set(name, next());
    }
    let validators = vm.list_from(&next())?;
    instance.set("_validators", Value::list(validators));
    instance.set("_error_messages", next());
    instance.set("db_comment", next());
    let db_default = next().set().unwrap_or(not_provided);
    instance.set("db_default", db_default);
    let automatic = match instance.get(&Str::interned("auto_created")) {
        Some(value) => vm.truth(&value)?,
        None => false,
    };
    let counter =
        if automatic { AUTO_CREATED.replace(AUTO_CREATED.get() - 1) } else { CREATED.replace(CREATED.get() + 1) };
    if let Some(payload) = this.payload::<FieldPayload>() {
        payload.counter.set(counter);
    }
    instance.set("creation_counter", counter);
    Ok(Value::None)
}

/// Calls `Field.__init__` with what a subclass's constructor leaves to it.
fn base(vm: &mut Vm, this: &Value, positional: &[Value], keywords: Vec<(Str, Value)>) -> PyResult {
    let init = Django::of(vm).classes().field_init.clone();
    let mut args = Args::new([this.clone()]);
    args.positional.extend(positional.iter().cloned());
    args.keywords = keywords;
    vm.call(&init, args)
}

fn put(this: &Value, name: &str, value: impl Into<Value>) {
    if let Some(instance) = this.as_instance() {
        instance.set(name, value);
    }
}

/// Gives a keyword a value where the caller gave none.
fn default(keywords: &mut Vec<(Str, Value)>, name: &str, value: impl Into<Value>) {
    if !keywords.iter().any(|(known, _)| known == name) {
        force(keywords, name, value);
    }
}

/// Gives a keyword a value, whatever the caller gave.
fn force(keywords: &mut Vec<(Str, Value)>, name: &str, value: impl Into<Value>) {
    keywords.retain(|(known, _)| known != name);
    keywords.push((Str::interned(name), value.into()));
}

fn take(keywords: &mut Vec<(Str, Value)>, name: &str) -> Option<Value> {
    let at = keywords.iter().position(|(known, _)| known == name)?;
    Some(keywords.remove(at).1)
}

fn collated(vm: &mut Vm, args: Args) -> PyResult {
    put(&args[0], "db_collation", args[2].clone());
    base(vm, &args[0], args.rest(1), args.keyword_rest(3))
}

fn with_max_length(vm: &mut Vm, args: &Args, length: i64) -> PyResult {
    let mut keywords = args.keyword_rest(3);
    default(&mut keywords, "max_length", length);
    put(&args[0], "db_collation", args[2].clone());
    base(vm, &args[0], args.rest(1), keywords)
}

fn email(vm: &mut Vm, args: Args) -> PyResult {
    with_max_length(vm, &args, 254)
}

fn url(vm: &mut Vm, args: Args) -> PyResult {
    let mut keywords = args.keyword_rest(4);
    default(&mut keywords, "max_length", 200i64);
    put(&args[0], "db_collation", args[3].clone());
    base(vm, &args[0], &[args[1].clone(), args[2].clone()], keywords)
}

fn decimal(vm: &mut Vm, args: Args) -> PyResult {
    put(&args[0], "max_digits", args[3].clone());
    put(&args[0], "decimal_places", args[4].clone());
    base(vm, &args[0], &[args[1].clone(), args[2].clone()], args.keyword_rest(5))
}

fn temporal(vm: &mut Vm, args: Args) -> PyResult {
    put(&args[0], "auto_now", args[3].clone());
    put(&args[0], "auto_now_add", args[4].clone());
    let mut keywords = args.keyword_rest(5);
    if vm.truth(&args[3])? || vm.truth(&args[4])? {
        force(&mut keywords, "editable", false);
        force(&mut keywords, "blank", true);
    }
    base(vm, &args[0], &[args[1].clone(), args[2].clone()], keywords)
}

fn auto(vm: &mut Vm, args: Args) -> PyResult {
    let mut keywords = args.keyword_rest(2);
    force(&mut keywords, "blank", true);
    base(vm, &args[0], args.rest(1), keywords)
}

fn uuid(vm: &mut Vm, args: Args) -> PyResult {
    let mut keywords = args.keyword_rest(2);
    force(&mut keywords, "max_length", 32i64);
    base(vm, &args[0], &[args[1].clone()], keywords)
}

fn binary(vm: &mut Vm, args: Args) -> PyResult {
    let mut keywords = args.keyword_rest(2);
    default(&mut keywords, "editable", false);
    base(vm, &args[0], args.rest(1), keywords)
}

fn file(vm: &mut Vm, args: Args) -> PyResult {
    let mut keywords = args.keyword_rest(5);
    put(&args[0], "_primary_key_set_explicitly", keywords.iter().any(|(name, _)| name == "primary_key"));
    default(&mut keywords, "max_length", 100i64);
    put(&args[0], "upload_to", args[3].clone());
    put(&args[0], "storage", args[4].clone());
    crate::django::delegate::call(vm, "_django_files", "init_storage", Args::new([args[0].clone()]))?;
    base(vm, &args[0], &[args[1].clone(), args[2].clone()], keywords)
}

fn image(vm: &mut Vm, args: Args) -> PyResult {
    put(&args[0], "width_field", args[3].clone());
    put(&args[0], "height_field", args[4].clone());
    let mut keywords = args.keyword_rest(5);
    let upload_to = take(&mut keywords, "upload_to").unwrap_or_else(|| Value::str(""));
    let storage = take(&mut keywords, "storage").unwrap_or(Value::None);
    let mut call = Args::new([args[0].clone(), args[1].clone(), args[2].clone(), upload_to, storage]);
    call.keywords = keywords;
    let parent = Django::of(vm).classes().fields.get(FieldKind::File).clone();
    let init = vm.get_attr(&Value::Class(parent), "__init__")?;
    vm.call(&init, call)
}

/// Only a form would look into the folder that it names.
fn file_path(vm: &mut Vm, args: Args) -> PyResult {
    for (index, name) in [(3, "path"), (4, "match"), (5, "recursive"), (6, "allow_files"), (7, "allow_folders")] {
        put(&args[0], name, args[index].clone());
    }
    let mut keywords = args.keyword_rest(8);
    default(&mut keywords, "max_length", 100i64);
    base(vm, &args[0], &[args[1].clone(), args[2].clone()], keywords)
}

fn ip_address(vm: &mut Vm, args: Args) -> PyResult {
    put(&args[0], "protocol", args[3].clone());
    put(&args[0], "unpack_ipv4", args[4].clone());
    let mut keywords = args.keyword_rest(6);
    force(&mut keywords, "max_length", 39i64);
    let mut positional = vec![args[1].clone(), args[2].clone()];
    positional.extend(args.rest(5).iter().cloned());
    base(vm, &args[0], &positional, keywords)
}

fn json(vm: &mut Vm, args: Args) -> PyResult {
    for (index, name) in [(3, "encoder"), (4, "decoder")] {
        let given = &args[index];
        if vm.truth(given)? && !vm.is_callable(given) {
            return Err(vm.value_error(format!("The {name} parameter must be a callable object.")));
        }
        put(&args[0], name, given.clone());
    }
    base(vm, &args[0], &[args[1].clone(), args[2].clone()], args.keyword_rest(5))
}

fn generated(vm: &mut Vm, args: Args) -> PyResult {
    let mut keywords = args.keyword_rest(4);
    for (name, wanted, text) in
        [("editable", false, "GeneratedField cannot be editable."), ("blank", true, "GeneratedField must be blank.")]
    {
        if let Some(value) = take(&mut keywords, name)
            && vm.truth(&value)? != wanted
        {
            return Err(vm.value_error(text));
        }
    }
    for (name, text) in [
        ("default", "GeneratedField cannot have a default."),
        ("db_default", "GeneratedField cannot have a database default."),
    ] {
        if keywords.iter().any(|(known, _)| known == name) {
            return Err(vm.value_error(text));
        }
    }
    if !matches!(args[3], Value::Truth(_)) {
        return Err(vm.value_error("GeneratedField.db_persist must be True or False."));
    }
    put(&args[0], "expression", args[1].clone());
    put(&args[0], "output_field", args[2].clone());
    put(&args[0], "db_persist", args[3].clone());
    force(&mut keywords, "editable", false);
    force(&mut keywords, "blank", true);
    base(vm, &args[0], &[], keywords)
}

fn composite(vm: &mut Vm, args: Args) -> PyResult {
    let names = args.rest(1);
    let texts: Option<Vec<_>> = names.iter().map(Value::as_str).collect();
    let distinct = texts.is_some_and(|texts| {
        !texts.is_empty() && texts.iter().enumerate().all(|(at, text)| !texts[..at].iter().any(|known| known == text))
    });
    if !distinct {
        return Err(vm.value_error("CompositePrimaryKey args must be unique strings."));
    }
    if names.len() == 1 {
        return Err(vm.value_error("CompositePrimaryKey must include at least two fields."));
    }
    let mut keywords = args.keyword_rest(2);
    for (name, text) in [
        ("default", "CompositePrimaryKey cannot have a default."),
        ("db_default", "CompositePrimaryKey cannot have a database default."),
        ("db_column", "CompositePrimaryKey cannot have a db_column."),
    ] {
        if keywords.iter().any(|(known, value)| known == name && !value.is_none()) {
            return Err(vm.value_error(text));
        }
    }
    if let Some(editable) = take(&mut keywords, "editable")
        && vm.truth(&editable)?
    {
        return Err(vm.value_error("CompositePrimaryKey cannot be editable."));
    }
    if let Some(primary) = take(&mut keywords, "primary_key")
        && !vm.truth(&primary)?
    {
        return Err(vm.value_error("CompositePrimaryKey must be a primary key."));
    }
    if let Some(blank) = take(&mut keywords, "blank")
        && !vm.truth(&blank)?
    {
        return Err(vm.value_error("CompositePrimaryKey must be blank."));
    }
    put(&args[0], "field_names", Value::tuple(names.to_vec()));
    force(&mut keywords, "blank", true);
    force(&mut keywords, "editable", false);
    force(&mut keywords, "primary_key", true);
    base(vm, &args[0], &[], keywords)
}

/// The constructor of a built-in class that has one of its own: its parameters and its code.
pub(super) fn constructor(kind: FieldKind) -> Option<(&'static str, NativeFn)> {
    Some(match kind {
        FieldKind::Char | FieldKind::Text => ("self, *args, db_collation=None, **kwargs", collated as NativeFn),
        FieldKind::Email => ("self, *args, db_collation=None, **kwargs", email),
        FieldKind::Slug => ("self, *args, db_collation=None, max_length=50, allow_unicode=False, **kwargs", slug),
        FieldKind::Url => ("self, verbose_name=None, name=None, db_collation=None, **kwargs", url),
        FieldKind::Decimal => {
            ("self, verbose_name=None, name=None, max_digits=None, decimal_places=None, **kwargs", decimal)
        }
        FieldKind::Date | FieldKind::Time => {
            ("self, verbose_name=None, name=None, auto_now=False, auto_now_add=False, **kwargs", temporal)
        }
        FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto => ("self, *args, **kwargs", auto),
        FieldKind::Uuid => ("self, verbose_name=None, **kwargs", uuid),
        FieldKind::Binary => ("self, *args, **kwargs", binary),
        FieldKind::File => ("self, verbose_name=None, name=None, upload_to='', storage=None, **kwargs", file),
        FieldKind::Image => {
            ("self, verbose_name=None, name=None, width_field=None, height_field=None, **kwargs", image)
        }
        FieldKind::FilePath => (
            "self, verbose_name=None, name=None, path='', match=None, recursive=False, allow_files=True, \
             allow_folders=False, **kwargs",
            file_path,
        ),
        FieldKind::GenericIpAddress => {
            ("self, verbose_name=None, name=None, protocol='both', unpack_ipv4=False, *args, **kwargs", ip_address)
        }
        FieldKind::Json => ("self, verbose_name=None, name=None, encoder=None, decoder=None, **kwargs", json),
        FieldKind::Generated => ("self, *, expression, output_field, db_persist=None, **kwargs", generated),
        FieldKind::CompositePrimaryKey => ("self, *args, **kwargs", composite),
        _ => return None,
    })
}

fn slug(vm: &mut Vm, args: Args) -> PyResult {
    let mut rest = args.keyword_rest(5);
    force(&mut rest, "max_length", args[3].clone());
    default(&mut rest, "db_index", true);
    put(&args[0], "db_collation", args[2].clone());
    put(&args[0], "allow_unicode", args[4].clone());
    base(vm, &args[0], args.rest(1), rest)
}
