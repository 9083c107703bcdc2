//! What can go wrong while a query is built or compiled, in Django's words.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

/// A result whose failure is worded as Django words it.
pub type OrmResult<T> = Result<T, OrmError>;

/// The exception class that a host raises for an [`OrmError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `django.core.exceptions.FieldError`.
    FieldError,
    /// `django.core.exceptions.FieldDoesNotExist`.
    FieldDoesNotExist,
    /// `django.core.exceptions.ValidationError`, as `to_python` raises it.
    ValidationError,
    /// `TypeError`.
    TypeError,
    /// `ValueError`.
    ValueError,
    /// `AttributeError`.
    AttributeError,
    /// `KeyError`; the message is the key's repr.
    KeyError,
    /// `IndexError`.
    IndexError,
    /// `LookupError`: an app or a model that no registry knows.
    LookupError,
    /// `OverflowError`.
    OverflowError,
    /// `decimal.InvalidOperation`.
    InvalidOperation,
    /// `json.JSONDecodeError`.
    JsonDecodeError,
    /// `AssertionError`.
    AssertionError,
    /// `RuntimeError`.
    RuntimeError,
    /// `RecursionError`.
    RecursionError,
    /// `NotImplementedError`.
    NotImplementedError,
    /// `django.db.NotSupportedError`.
    NotSupportedError,
    /// `django.db.DatabaseError`.
    DatabaseError,
    /// `django.core.exceptions.ImproperlyConfigured`.
    ImproperlyConfigured,
    /// `django.db.models.expressions.OutputFieldIsNoneError`, a `FieldError`.
    OutputFieldIsNone,
    /// Control flow: the condition can hold for no row.
    EmptyResultSet,
    /// Control flow: the condition holds for every row.
    FullResultSet,
    /// The engine cannot do this; the message names the feature.
    Unsupported,
    /// An exception that a host's own code raised; see [`OrmError::host`].
    Host,
}

/// An exception on its way to the host.
#[derive(Clone)]
pub struct OrmError(Rc<Payload>);

struct Payload {
    kind: ErrorKind,
    message: String,
    host: Option<Rc<dyn Any>>,
}

impl OrmError {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Rc::new(Payload { kind, message: message.into(), host: None }))
    }

    /// Carries an exception of the host through the ORM untouched.
    pub fn from_host(exception: Rc<dyn Any>) -> Self {
        Self(Rc::new(Payload { kind: ErrorKind::Host, message: String::new(), host: Some(exception) }))
    }

    /// The exception class.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The exception's text.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The host's own exception, when this error only carries it.
    pub fn host(&self) -> Option<&Rc<dyn Any>> {
        self.0.host.as_ref()
    }

    /// Whether no row can match.
    pub fn is_empty_result(&self) -> bool {
        self.0.kind == ErrorKind::EmptyResultSet
    }

    /// Whether every row matches.
    pub fn is_full_result(&self) -> bool {
        self.0.kind == ErrorKind::FullResultSet
    }

    /// Whether `except FieldError` would catch it.
    pub fn is_field_error(&self) -> bool {
        matches!(self.0.kind, ErrorKind::FieldError | ErrorKind::OutputFieldIsNone)
    }
}

macro_rules! constructors {
    ($($name:ident $kind:ident $class:literal),* $(,)?) => {
        impl OrmError {
            $(
                #[doc = concat!("`", $class, "` with a message.")]
                pub fn $name(message: impl Into<String>) -> Self {
                    Self::new(ErrorKind::$kind, message)
                }
            )*
        }
    };
}

constructors! {
    field_error FieldError "FieldError",
    field_does_not_exist FieldDoesNotExist "FieldDoesNotExist",
    type_error TypeError "TypeError",
    value_error ValueError "ValueError",
    attribute_error AttributeError "AttributeError",
    not_implemented NotImplementedError "NotImplementedError",
    not_supported NotSupportedError "NotSupportedError",
    database_error DatabaseError "DatabaseError",
    improperly_configured ImproperlyConfigured "ImproperlyConfigured",
    unsupported Unsupported "Unsupported",
    runtime_error RuntimeError "RuntimeError",
}

thread_local! {
    static EMPTY: OrmError = OrmError::new(ErrorKind::EmptyResultSet, "");
    static FULL: OrmError = OrmError::new(ErrorKind::FullResultSet, "");
}

impl OrmError {
    /// The condition can hold for no row.
    pub fn empty_result() -> Self {
        EMPTY.with(Clone::clone)
    }

    /// The condition holds for every row.
    pub fn full_result() -> Self {
        FULL.with(Clone::clone)
    }
}

impl fmt::Debug for OrmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)
    }
}

impl fmt::Display for OrmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for OrmError {}
