//! A field of a model, or the type of an expression's value.

use std::any::Any;
use std::cell::{Cell, OnceCell};
use std::ops::Deref;
use std::rc::Rc;

use super::{GenericKey, Model, Relation};
use crate::orm::query::{Expr, LookupClass};
use crate::orm::{Datum, OrmError, OrmResult};

/// The built-in field class that a field is, or descends from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is Django's class of that name without `Field`")]
pub enum FieldKind {
    /// `Field` itself, and subclasses that give their own column type.
    Plain,
    Auto,
    BigAuto,
    SmallAuto,
    Integer,
    BigInteger,
    SmallInteger,
    PositiveInteger,
    PositiveBigInteger,
    PositiveSmallInteger,
    Float,
    Decimal,
    Boolean,
    Char,
    Text,
    Slug,
    Email,
    Url,
    FilePath,
    File,
    Image,
    IpAddress,
    GenericIpAddress,
    CommaSeparatedInteger,
    Binary,
    Date,
    DateTime,
    Time,
    Duration,
    Uuid,
    Json,
    Generated,
    ForeignKey,
    OneToOne,
    ForeignObject,
    ManyToMany,
    GenericForeignKey,
    GenericRelation,
    CompositePrimaryKey,
}

/// What a field's constructor was given.
#[derive(Clone, Default)]
pub struct FieldOptions {
    /// `null=`.
    pub null: bool,
    /// `blank=`.
    pub blank: bool,
    /// `unique=`, not counting the primary key's own.
    pub unique: bool,
    /// `primary_key=`.
    pub primary_key: bool,
    /// `db_index=`.
    pub db_index: bool,
    /// `max_length=`.
    pub max_length: Option<i64>,
    /// `max_digits=`.
    pub max_digits: Option<i64>,
    /// `decimal_places=`.
    pub decimal_places: Option<i64>,
    /// Whether `default=` was given; the value itself stays with the host.
    pub has_default: bool,
    /// `db_default=`, a value wrapped as an expression.
    pub db_default: Option<Expr>,
    /// `db_column=`.
    pub db_column: Option<Rc<str>>,
    /// `db_collation=`.
    pub db_collation: Option<Rc<str>>,
    /// `db_comment=`.
    pub db_comment: Option<Rc<str>>,
    /// `db_tablespace=`.
    pub db_tablespace: Option<Rc<str>>,
    /// `auto_now=`.
    pub auto_now: bool,
    /// `auto_now_add=`.
    pub auto_now_add: bool,
    /// Whether the field was made by Django, as an automatic `id`.
    pub auto_created: bool,
    /// Whether it stands for a parent's link and is left out of forms.
    pub editable: bool,
    /// The unique check of `unpack_ipv4=` on a generic IP address.
    pub unpack_ipv4: bool,
}

/// A generated column's definition.
#[derive(Clone)]
pub struct Generated {
    /// `expression=`.
    pub expression: Expr,
    /// `db_persist=`.
    pub db_persist: bool,
    /// `output_field=`.
    pub output_field: Field,
}

/// What a custom field class overrides. Each method's `None` means "as the built-in class does".
pub trait FieldHooks {
    /// `get_prep_value(value)`.
    fn get_prep_value(&self, _field: &Field, _value: &Datum) -> Option<OrmResult<Datum>> {
        None
    }
    /// What `to_python(value)` raises, where the field has words of its own for what it refuses.
    fn refusal(&self, _field: &Field, _value: &Datum) -> Option<OrmError> {
        None
    }
    /// `get_db_prep_value(value, connection, prepared)`.
    fn get_db_prep_value(&self, _field: &Field, _value: &Datum, _prepared: bool) -> Option<OrmResult<Datum>> {
        None
    }
    /// `get_db_prep_save(value, connection)`.
    fn get_db_prep_save(&self, _field: &Field, _value: &Datum) -> Option<OrmResult<Datum>> {
        None
    }
    /// Whether the class has `from_db_value`, so that rows pass through [`Self::from_db_value`].
    fn has_from_db_value(&self) -> bool {
        false
    }
    /// `from_db_value(value, expression, connection)`.
    #[expect(clippy::wrong_self_convention, reason = "Django's word for it")]
    fn from_db_value(&self, _field: &Field, value: Datum, _expression: &Expr) -> OrmResult<Datum> {
        Ok(value)
    }
    /// `db_type(connection)`; the inner `None` is a field without a column.
    fn db_type(&self, _field: &Field) -> Option<OrmResult<Option<String>>> {
        None
    }
    /// `get_internal_type()`.
    fn internal_type(&self, _field: &Field) -> Option<String> {
        None
    }
    /// `get_placeholder(value, compiler, connection)`.
    fn get_placeholder(&self, _field: &Field, _value: &Datum) -> Option<OrmResult<String>> {
        None
    }
    /// `select_format(compiler, sql, params)`.
    fn select_format(&self, _field: &Field, _sql: &str) -> Option<OrmResult<String>> {
        None
    }
    /// A lookup or transform that the class, or its `get_lookup`/`get_transform`, answers for `name`.
    fn get_lookup(&self, _field: &Field, _name: &str) -> Option<LookupClass> {
        None
    }
    /// See [`Self::get_lookup`].
    fn get_transform(&self, _field: &Field, _name: &str) -> Option<LookupClass> {
        None
    }
    /// The host's own handle.
    fn as_any(&self) -> &dyn Any;
}

/// Everything about one field. Immutable but for what is known later than it: its model and what a relation points at.
pub struct FieldData {
    /// The attribute that the class declared.
    pub name: Rc<str>,
    /// The attribute that holds the value: `author_id` for a key `author`.
    pub attname: Rc<str>,
    /// The column; `None` for a field that has none.
    pub column: Option<Rc<str>>,
    /// The class, as far as behaviour goes.
    pub kind: FieldKind,
    /// The class's name, as error texts say it.
    pub class_name: Rc<str>,
    /// The constructor's options.
    pub options: FieldOptions,
    /// What a relation points at.
    pub relation: Option<Relation>,
    /// A generic foreign key's two fields.
    pub generic: Option<GenericKey>,
    /// A composite key's members.
    pub composite: Vec<Rc<str>>,
    /// A generated column's definition.
    pub generated: Option<Generated>,
    /// What a custom class overrides.
    pub hooks: Option<Rc<dyn FieldHooks>>,
    /// The attname and the column that a custom class chose.
    pub own_names: Option<(Rc<str>, Option<Rc<str>>)>,
    /// The order of creation: fields of a model sort by it; automatic fields count down from -1.
    pub creation_counter: i64,
    pub(super) model: OnceCell<Model>,
    pub(super) serial: u64,
}

/// A shared handle to a field; two handles are equal when they are the same field.
#[derive(Clone)]
pub struct Field(Rc<FieldData>);

impl Deref for Field {
    type Target = FieldData;
    fn deref(&self) -> &FieldData {
        &self.0
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Field {}

impl std::hash::Hash for Field {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.serial.hash(state);
    }
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{} {}>", self.class_name, self.name)
    }
}

thread_local! {
    static SERIAL: Cell<u64> = const { Cell::new(0) };
}

impl FieldData {
    /// A field that its caller goes on to fill before it becomes a [`Field`].
    pub fn new(kind: FieldKind, name: impl Into<Rc<str>>) -> Self {
        let name = name.into();
        let serial = SERIAL.with(|serial| {
            serial.set(serial.get() + 1);
            serial.get()
        });
        Self {
            attname: name.clone(),
            column: None,
            name,
            kind,
            class_name: kind.class_name().into(),
            options: FieldOptions { editable: true, ..FieldOptions::default() },
            relation: None,
            generic: None,
            composite: Vec::new(),
            generated: None,
            hooks: None,
            own_names: None,
            creation_counter: serial as i64,
            model: OnceCell::new(),
            serial,
        }
    }

    /// Fills in the attname and the column that follow from the name, where none were given.
    pub(super) fn fill_names(&mut self) {
        if let Some((attname, column)) = self.own_names.clone() {
            self.attname = attname;
            self.column = column;
            return;
        }
        let given = self.options.db_column.clone();
        match self.kind {
            FieldKind::ForeignKey | FieldKind::OneToOne => {
                self.attname = format!("{}_id", self.name).into();
                self.column = Some(given.unwrap_or_else(|| self.attname.clone()));
            }
            FieldKind::ManyToMany
            | FieldKind::ForeignObject
            | FieldKind::GenericRelation
            | FieldKind::GenericForeignKey
            | FieldKind::CompositePrimaryKey => {
                self.attname = self.name.clone();
                self.column = None;
            }
            _ => {
                self.attname = self.name.clone();
                self.column = Some(given.unwrap_or_else(|| self.name.clone()));
            }
        }
    }

    /// What another field declares, for a field of another model.
    pub fn like(field: &Field) -> Self {
        let mut data = Self::new(field.kind, field.name.clone());
        data.attname = field.attname.clone();
        data.column = field.column.clone();
        data.class_name = field.class_name.clone();
        data.options = field.options.clone();
        data.relation = field.relation.as_ref().map(Relation::like);
        data.generic = field.generic.clone();
        data.composite = field.composite.clone();
        data.generated = field.generated.clone();
        data.hooks = field.hooks.clone();
        data.own_names = field.own_names.clone();
        data.creation_counter = field.creation_counter;
        data
    }

    /// The finished field.
    pub fn finish(self) -> Field {
        Field(Rc::new(self))
    }
}

impl Field {
    /// An unnamed field that only says what type a value has, as `IntegerField()` does.
    pub fn of_kind(kind: FieldKind) -> Self {
        thread_local! {
            static MADE: std::cell::RefCell<rustc_hash::FxHashMap<FieldKind, Field>> = std::cell::RefCell::default();
        }
        MADE.with(|made| made.borrow_mut().entry(kind).or_insert_with(|| FieldData::new(kind, "").finish()).clone())
    }

    /// `isinstance(field, Class)` for a built-in class.
    pub fn is_a(&self, class: FieldKind) -> bool {
        self.kind.is_a(class)
    }

    /// `isinstance(field, type(other))`: a host's own classes count by name.
    pub fn is_instance_of_class_of(&self, other: &Self) -> bool {
        if *other.class_name == *other.kind.class_name() {
            self.kind.is_a(other.kind)
        } else {
            self.class_name == other.class_name
        }
    }

    /// `get_internal_type()`: the class whose column the field uses.
    pub fn internal_type(&self) -> Rc<str> {
        if let Some(own) = self.hooks.as_ref().and_then(|hooks| hooks.internal_type(self)) {
            return own.into();
        }
        match self.kind {
            FieldKind::Email | FieldKind::Url | FieldKind::CommaSeparatedInteger => "CharField".into(),
            FieldKind::Image => "FileField".into(),
            FieldKind::GenericRelation => "ManyToManyField".into(),
            FieldKind::Generated => match &self.generated {
                Some(generated) => generated.output_field.internal_type(),
                None => self.class_name.clone(),
            },
            FieldKind::Plain | FieldKind::ForeignObject => self.class_name.clone(),
            kind => kind.class_name().into(),
        }
    }

    /// The model that declares the field; a field that only types a value has none.
    pub fn model(&self) -> Option<&Model> {
        self.0.model.get()
    }

    /// The declaring model, for fields that models hold.
    pub fn require_model(&self) -> OrmResult<&Model> {
        self.model()
            .ok_or_else(|| OrmError::attribute_error(format!("'{}' object has no attribute 'model'", self.class_name)))
    }

    /// Whether the field has a column of its own.
    pub fn is_concrete(&self) -> bool {
        self.column.is_some()
    }

    /// Whether the field points at another model.
    pub fn is_relation(&self) -> bool {
        self.relation.is_some() || self.generic.is_some()
    }

    /// `many_to_many`.
    pub fn is_many_to_many(&self) -> bool {
        self.kind == FieldKind::ManyToMany
    }

    /// Whether the relation's other side has no name.
    pub fn is_hidden_relation(&self) -> bool {
        self.relation.as_ref().is_some_and(Relation::is_hidden)
    }

    /// The model that a relation points at, once it exists.
    pub fn related_model(&self) -> Option<Model> {
        self.relation.as_ref().and_then(Relation::model)
    }

    /// The name that queries use for the reverse side: `related_query_name()`.
    pub fn related_query_name(&self) -> Rc<str> {
        let named = self
            .relation
            .as_ref()
            .and_then(|relation| relation.related_query_name.clone().or_else(|| relation.related_name.clone()));
        named.or_else(|| self.model().map(|model| model.model_name.clone())).unwrap_or_else(|| self.name.clone())
    }

    /// The attribute that the reverse side gets on the target: `get_accessor_name()`.
    pub fn accessor_name(&self) -> Option<Rc<str>> {
        let relation = self.relation.as_ref()?;
        let model = self.model()?;
        if let Some(name) = &relation.related_name {
            return Some(name.clone());
        }
        if self.is_many_to_many() && relation.symmetrical && relation.model().as_ref() == Some(model) {
            return None;
        }
        let multiple = self.kind != FieldKind::OneToOne;
        Some(if multiple { format!("{}_set", model.model_name).into() } else { model.model_name.clone() })
    }

    /// `field.null` as queries see it.
    pub fn is_null(&self) -> bool {
        self.options.null
    }

    /// `field.unique`: a primary key is.
    pub fn is_unique(&self) -> bool {
        self.options.unique || self.options.primary_key || self.kind == FieldKind::OneToOne
    }

    /// `field.primary_key`.
    pub fn is_primary_key(&self) -> bool {
        self.options.primary_key
    }

    /// Whether its model's rows are told apart by it: a link to a parent may have become the key.
    pub fn is_pk(&self) -> bool {
        self.is_primary_key() || self.model().and_then(|model| model.pk_or_none()).is_some_and(|pk| pk == *self)
    }
}

impl FieldKind {
    /// Django's name of the class.
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Plain => "Field",
            Self::Auto => "AutoField",
            Self::BigAuto => "BigAutoField",
            Self::SmallAuto => "SmallAutoField",
            Self::Integer => "IntegerField",
            Self::BigInteger => "BigIntegerField",
            Self::SmallInteger => "SmallIntegerField",
            Self::PositiveInteger => "PositiveIntegerField",
            Self::PositiveBigInteger => "PositiveBigIntegerField",
            Self::PositiveSmallInteger => "PositiveSmallIntegerField",
            Self::Float => "FloatField",
            Self::Decimal => "DecimalField",
            Self::Boolean => "BooleanField",
            Self::Char => "CharField",
            Self::Text => "TextField",
            Self::Slug => "SlugField",
            Self::Email => "EmailField",
            Self::Url => "URLField",
            Self::FilePath => "FilePathField",
            Self::File => "FileField",
            Self::Image => "ImageField",
            Self::IpAddress => "IPAddressField",
            Self::GenericIpAddress => "GenericIPAddressField",
            Self::CommaSeparatedInteger => "CommaSeparatedIntegerField",
            Self::Binary => "BinaryField",
            Self::Date => "DateField",
            Self::DateTime => "DateTimeField",
            Self::Time => "TimeField",
            Self::Duration => "DurationField",
            Self::Uuid => "UUIDField",
            Self::Json => "JSONField",
            Self::Generated => "GeneratedField",
            Self::ForeignKey => "ForeignKey",
            Self::OneToOne => "OneToOneField",
            Self::ForeignObject => "ForeignObject",
            Self::ManyToMany => "ManyToManyField",
            Self::GenericForeignKey => "GenericForeignKey",
            Self::GenericRelation => "GenericRelation",
            Self::CompositePrimaryKey => "CompositePrimaryKey",
        }
    }

    /// The class that this one extends, as far as lookups and types go.
    pub fn parent(self) -> Option<Self> {
        Some(match self {
            Self::Plain | Self::GenericForeignKey => return None,
            Self::Auto | Self::BigInteger | Self::SmallInteger | Self::PositiveInteger => Self::Integer,
            Self::PositiveSmallInteger => Self::Integer,
            Self::BigAuto | Self::PositiveBigInteger => Self::BigInteger,
            Self::SmallAuto => Self::SmallInteger,
            Self::Slug | Self::Email | Self::Url | Self::CommaSeparatedInteger => Self::Char,
            Self::Image => Self::File,
            Self::DateTime => Self::Date,
            Self::OneToOne => Self::ForeignKey,
            Self::ForeignKey | Self::GenericRelation => Self::ForeignObject,
            _ => Self::Plain,
        })
    }

    /// Whether `isinstance(field, Class)` holds for `class`.
    pub fn is_a(self, class: Self) -> bool {
        let mut kind = Some(self);
        while let Some(current) = kind {
            if current == class {
                return true;
            }
            kind = current.parent();
        }
        false
    }
}

impl Field {
    /// `str(field)`: `app.Model.name`.
    pub fn str(&self) -> String {
        match self.model() {
            Some(model) => format!("{}.{}", model.label(), self.name),
            None => format!("<django.db.models.fields.{}>", self.class_name),
        }
    }

    /// `repr(field)`.
    pub fn repr(&self) -> String {
        let module = match self.kind {
            FieldKind::ForeignKey | FieldKind::OneToOne | FieldKind::ManyToMany | FieldKind::ForeignObject => {
                "django.db.models.fields.related"
            }
            FieldKind::Json => "django.db.models.fields.json",
            FieldKind::File | FieldKind::Image => "django.db.models.fields.files",
            _ => "django.db.models.fields",
        };
        if self.name.is_empty() {
            return format!("<{module}.{}>", self.class_name);
        }
        format!("<{module}.{}: {}>", self.class_name, self.name)
    }
}
