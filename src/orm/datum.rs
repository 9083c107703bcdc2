//! The values that cross the border between a host and the ORM.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use num_bigint::BigInt;

use super::OrmResult;
use super::models::Model;
use super::query::{Expr, Query};
use crate::values::{Date, DateTime, Decimal, Time, TimeDelta, Uuid};

/// A value as the host gave it: a Python object in the ORM's words.
#[derive(Clone)]
pub enum Datum {
    /// `None`.
    Null,
    /// A `bool`.
    Bool(bool),
    /// An `int` that fits.
    Int(i64),
    /// An `int` beyond 64 bits.
    BigInt(Rc<BigInt>),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(Rc<str>),
    /// A `bytes`, `bytearray` or `memoryview`.
    Bytes(Rc<[u8]>),
    /// A `decimal.Decimal`.
    Decimal(Rc<Decimal>),
    /// A `datetime.date` that is no `datetime`.
    Date(Date),
    /// A `datetime.time`.
    Time(Rc<Time>),
    /// A `datetime.datetime`, naive or aware.
    DateTime(Rc<DateTime>),
    /// A `datetime.timedelta`.
    Duration(TimeDelta),
    /// A `uuid.UUID`.
    Uuid(Uuid),
    /// A `list`.
    List(Rc<[Datum]>),
    /// A `tuple`.
    Tuple(Rc<[Datum]>),
    /// A `set` or `frozenset`, in the host's iteration order.
    Set(Rc<[Datum]>),
    /// A `dict`, in order.
    Dict(Rc<[(Datum, Datum)]>),
    /// A model instance.
    Instance(Rc<dyn Instance>),
    /// A queryset's query.
    Query(Rc<Query>),
    /// An expression, a `Q` or a lookup.
    Expr(Expr),
    /// Any other object.
    Object(Rc<dyn HostObject>),
}

/// A model instance, as far as queries look into it.
pub trait Instance {
    /// The instance's class.
    fn model(&self) -> Model;
    /// The value of the attribute `attname` (`pk` included), as `getattr` gives it.
    fn attribute(&self, attname: &str) -> OrmResult<Datum>;
    /// `repr(instance)`.
    fn repr(&self) -> OrmResult<String>;
    /// `str(instance)`.
    fn str(&self) -> OrmResult<String>;
    /// A number that tells two live instances apart.
    fn identity(&self) -> usize;
    /// The host's own handle.
    fn as_any(&self) -> &dyn Any;
}

/// An object of the host that the ORM has no word for.
pub trait HostObject {
    /// `type(object).__name__`.
    fn type_name(&self) -> String;
    /// `repr(object)`.
    fn repr(&self) -> OrmResult<String>;
    /// `str(object)`.
    fn str(&self) -> OrmResult<String>;
    /// `int(object)`, failing as Python fails.
    fn int(&self) -> OrmResult<Datum>;
    /// `float(object)`, failing as Python fails.
    fn float(&self) -> OrmResult<Datum>;
    /// The members, when the object is iterable.
    fn iterate(&self) -> Option<OrmResult<Vec<Datum>>>;
    /// A number that tells two live objects apart.
    fn identity(&self) -> usize;
    /// The host's own handle.
    fn as_any(&self) -> &dyn Any;
}

impl Datum {
    /// A `str`.
    pub fn str(text: impl Into<Rc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// Whether this is `None`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether Django would find a `resolve_expression` on it.
    pub fn is_expression(&self) -> bool {
        matches!(self, Self::Expr(_) | Self::Query(_))
    }

    /// The members of a list, tuple or set.
    pub fn items(&self) -> Option<&Rc<[Self]>> {
        match self {
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a `str`.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Debug for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("None"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(number) => write!(f, "{number}"),
            Self::BigInt(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Str(text) => write!(f, "{text:?}"),
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => f.debug_list().entries(items.iter()).finish(),
            other => write!(f, "<{}>", other.type_name()),
        }
    }
}

impl Datum {
    /// `type(value).__name__`.
    pub fn type_name(&self) -> String {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::BigInt(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::Decimal(_) => "Decimal",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::DateTime(_) => "datetime",
            Self::Duration(_) => "timedelta",
            Self::Uuid(_) => "UUID",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Set(_) => "set",
            Self::Dict(_) => "dict",
            Self::Instance(instance) => return instance.model().name.to_string(),
            Self::Query(_) => "QuerySet",
            Self::Expr(expr) => return expr.class_name().to_string(),
            Self::Object(object) => return object.type_name(),
        }
        .to_owned()
    }
}
