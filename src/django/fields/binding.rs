//! How a field object becomes the ORM's field: when it joins a model, or where it says what type a value has.

use std::rc::Rc;

use crate::django::convert::to_datum;
use crate::django::expressions;
use crate::django::state::{Django, orm};
use crate::orm::models::{Field, FieldData, FieldKind, FieldOptions, Generated, Model};
use crate::python::object::{Class, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::{FieldPayload, attribute, flag, hooks, text};
use crate::django::{models, related};

/// What a field object says, as the ORM's data.
pub fn field_data(vm: &mut Vm, object: &Value, name: &str) -> PyResult<FieldData> {
    let Some(payload) = object.payload::<FieldPayload>() else {
        let given = vm.type_name(object);
        return Err(vm.type_error(format!("'{given}' object is not a field")));
    };
    let kind = payload.kind;
    let counter = payload.counter.get();
    let mut data = FieldData::new(kind, name);
    let class = vm.class_of(object);
    data.class_name = class.name().as_str().into();
    data.creation_counter = counter;
    let not_provided = Django::of(vm).classes().not_provided.clone();
    let given = |name: &str| attribute(object, name).filter(|value| !value.is(&not_provided));
    let number = |name: &str| attribute(object, name).and_then(|value| value.as_i64());
    data.options = FieldOptions {
        null: flag(vm, object, "null")?,
        blank: flag(vm, object, "blank")?,
        unique: flag(vm, object, "_unique")?,
        primary_key: flag(vm, object, "primary_key")?,
        db_index: flag(vm, object, "db_index")?,
        max_length: number("max_length"),
        max_digits: number("max_digits"),
        decimal_places: number("decimal_places"),
        has_default: given("default").is_some(),
        db_default: None,
        db_column: text(object, "db_column"),
        db_collation: text(object, "db_collation"),
        db_comment: text(object, "db_comment"),
        db_tablespace: text(object, "_db_tablespace"),
        auto_now: flag(vm, object, "auto_now")?,
        auto_now_add: flag(vm, object, "auto_now_add")?,
        auto_created: flag(vm, object, "auto_created")?,
        editable: flag(vm, object, "editable")?,
        unpack_ipv4: flag(vm, object, "unpack_ipv4")?,
    };
    let mut constant = None;
    if let Some(value) = given("db_default") {
        data.options.db_default = expressions::lower_opt(vm, &value)?;
        if data.options.db_default.is_none() {
            constant = Some(to_datum(vm, &value)?);
        }
    }
    match kind {
        FieldKind::Generated => {
            let expression = attribute(object, "expression").unwrap_or(Value::None);
            let output = attribute(object, "output_field").unwrap_or(Value::None);
            data.generated = Some(Generated {
                expression: expressions::lower(vm, &expression)?,
                db_persist: flag(vm, object, "db_persist")?,
                output_field: output_field(vm, &output)?,
            });
        }
        FieldKind::CompositePrimaryKey => {
            let names = attribute(object, "field_names").unwrap_or(Value::None);
            for name in vm.list_from(&names)? {
                data.composite.push(vm.to_str(&name)?.as_str().into());
            }
        }
        _ => related::relation_data(vm, object, &mut data)?,
    }
    data.hooks = hooks::of(object, &class);
    if let Some(constant) = constant {
        // A constant is sent as the field itself would send it.
        let typed = data.finish();
        data = FieldData::like(&typed);
        data.options.db_default = Some(expressions::value(constant, Some(typed)));
    }
    Ok(data)
}

/// The ORM's field for an object that types a value (`output_field=`): the one it has, or a nameless one of its own.
pub fn output_field(vm: &mut Vm, object: &Value) -> PyResult<Field> {
    let Some(payload) = object.payload::<FieldPayload>() else {
        let given = vm.type_name(object);
        return Err(vm.type_error(format!("'{given}' object is not a field")));
    };
    if let Some(known) = payload.field.borrow().clone() {
        return Ok(known);
    }
    let field = field_data(vm, object, "")?.finish();
    *payload.field.borrow_mut() = Some(field.clone());
    Django::of(vm).set_object_of(&field, object);
    Ok(field)
}

/// `Field.contribute_to_class(cls, name, private_only)`
pub fn contribute(vm: &mut Vm, object: &Value, class: &Rc<Class>, name: &Str, private_only: bool) -> PyResult<()> {
    let Some(model) = models::model_of(class) else {
        return Err(vm.type_error("a field joins a model class"));
    };
    let (Some(instance), Some(payload)) = (object.as_instance().cloned(), object.payload::<FieldPayload>()) else {
        return Ok(());
    };
    let name = match attribute(object, "name").and_then(|own| own.as_str().cloned()) {
        Some(own) => own,
        None => name.clone(),
    };
    instance.set("name", name.clone());
    if attribute(object, "verbose_name").is_none_or(|verbose| verbose.is_none()) {
        instance.set("verbose_name", name.replace('_', " "));
    }
    if payload.kind.is_a(FieldKind::Auto) || matches!(payload.kind, FieldKind::BigAuto | FieldKind::SmallAuto) {
        let has_one = model
            .local_fields()
            .iter()
            .any(|field| matches!(field.kind, FieldKind::Auto | FieldKind::BigAuto | FieldKind::SmallAuto));
        if has_one {
            return Err(
                vm.value_error(format!("Model {} can't have more than one auto-generated field.", model.label()))
            );
        }
    }
    related::before_joining(vm, object, &model)?;
    let mut data = field_data(vm, object, &name)?;
    super::names::settle(vm, object, &vm.class_of(object), &mut data)?;
    let field = join(vm, &model, data, private_only)?;
    *payload.field.borrow_mut() = Some(field.clone());
    Django::of(vm).set_object_of(&field, object);
    instance.set("model", class);
    instance.set("attname", &*field.attname);
    let (column, concrete) = super::names::shown(&field, object);
    instance.set("column", column);
    instance.set("concrete", concrete);
    if field.options.primary_key {
        instance.set("serialize", false);
    }
    models::descriptors::install(vm, class, object, &field)?;
    related::after_joining(vm, object, class, &model, &field)?;
    if let Some(choices) = attribute(object, "choices").filter(|choices| !choices.is_none()) {
        install_display(class, &name, &field, &choices);
    }
    if (field.options.auto_now || field.options.auto_now_add || !field.options.null) && field.kind.is_a(FieldKind::Date)
    {
        models::descriptors::install_neighbours(class, &field);
    }
    Ok(())
}

fn join(vm: &mut Vm, model: &Model, data: FieldData, private_only: bool) -> PyResult<Field> {
    orm(vm, || Ok(if private_only { model.add_private_field(data) } else { model.add_field(data) }))
}

/// `get_FOO_display`, unless the class or its parents have their own.
fn install_display(class: &Rc<Class>, name: &Str, field: &Field, choices: &Value) {
    let method = Str::interned(&format!("get_{name}_display"));
    if class.dict().contains_str(&method) {
        return;
    }
    let attname = Str::interned(&field.attname);
    let choices = choices.clone();
    let display = crate::python::object::NativeFunction::closure(&method, "self", move |vm, args| {
        let value = vm.get_attr_str(&args[0], &attname)?;
        super::choices::display(vm, &choices, &value)
    })
    .method_of(&class.name());
    class.set(method, Value::Native(Rc::new(display)));
}

/// The field classes' ways to a type, for expressions.
pub struct OutputFields;

impl OutputFields {
    /// An `output_field=` argument: `None` where nothing was given.
    pub fn optional(vm: &mut Vm, value: &Value) -> PyResult<Option<Field>> {
        if value.is_none() || value.is_unset() {
            return Ok(None);
        }
        output_field(vm, value).map(Some)
    }
}
