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

    /// The members of anything iterable; Python's TypeError otherwise.
    pub fn iterate(&self) -> OrmResult<Vec<Self>> {
        match self {
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => Ok(items.to_vec()),
            Self::Str(text) => Ok(text.chars().map(|c| Self::str(c.to_string())).collect()),
            Self::Dict(pairs) => Ok(pairs.iter().map(|(key, _)| key.clone()).collect()),
            Self::Bytes(bytes) => Ok(bytes.iter().map(|byte| Self::Int(i64::from(*byte))).collect()),
            Self::Object(object) => object.iterate().unwrap_or_else(|| Err(self.not_iterable())),
            _ => Err(self.not_iterable()),
        }
    }

    fn not_iterable(&self) -> super::OrmError {
        super::OrmError::type_error(format!("'{}' object is not iterable", self.type_name_in_full()))
    }

    /// What errors of CPython's own call the type: classes written in C have their module in it.
    pub fn type_name_in_full(&self) -> String {
        let module = match self {
            Self::Date(_) | Self::Time(_) | Self::DateTime(_) | Self::Duration(_) => "datetime.",
            Self::Decimal(_) => "decimal.",
            _ => "",
        };
        format!("{module}{}", self.type_name())
    }

    /// `str(value)`.
    pub fn py_str(&self) -> OrmResult<String> {
        Ok(match self {
            Self::Str(text) => text.to_string(),
            Self::Decimal(number) => number.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Time(time) => time.to_string(),
            Self::DateTime(moment) => moment.to_string(),
            Self::Duration(duration) => duration.to_string(),
            Self::Uuid(uuid) => uuid.to_string(),
            Self::Instance(instance) => instance.str()?,
            Self::Object(object) => object.str()?,
            other => other.py_repr()?,
        })
    }

    /// `repr(value)`.
    pub fn py_repr(&self) -> OrmResult<String> {
        fn joined(items: &[Datum]) -> OrmResult<String> {
            Ok(items.iter().map(Datum::py_repr).collect::<OrmResult<Vec<_>>>()?.join(", "))
        }
        Ok(match self {
            Self::Null => "None".to_owned(),
            Self::Bool(truth) => if *truth { "True" } else { "False" }.to_owned(),
            Self::Int(number) => number.to_string(),
            Self::BigInt(number) => number.to_string(),
            Self::Float(number) => crate::values::float_repr(*number),
            Self::Str(text) => super::text::repr_str(text),
            Self::Bytes(bytes) => {
                let mut out = String::from("b'");
                for byte in bytes.iter() {
                    match byte {
                        b'\\' => out.push_str("\\\\"),
                        b'\'' => out.push_str("\\'"),
                        0x20..=0x7e => out.push(*byte as char),
                        b'\n' => out.push_str("\\n"),
                        b'\r' => out.push_str("\\r"),
                        b'\t' => out.push_str("\\t"),
                        other => out.push_str(&format!("\\x{other:02x}")),
                    }
                }
                out.push('\'');
                out
            }
            Self::Decimal(number) => format!("Decimal('{number}')"),
            Self::Uuid(uuid) => format!("UUID('{uuid}')"),
            Self::Date(date) => date.repr(),
            Self::Time(time) => time.repr(),
            Self::DateTime(moment) => moment.repr(),
            Self::Duration(duration) => duration.repr(),
            Self::List(items) => format!("[{}]", joined(items)?),
            Self::Tuple(items) if items.len() == 1 => format!("({},)", items[0].py_repr()?),
            Self::Tuple(items) => format!("({})", joined(items)?),
            Self::Set(items) if items.is_empty() => "set()".to_owned(),
            Self::Set(items) => format!("{{{}}}", joined(items)?),
            Self::Dict(pairs) => {
                let mut out = Vec::new();
                for (key, value) in pairs.iter() {
                    out.push(format!("{}: {}", key.py_repr()?, value.py_repr()?));
                }
                format!("{{{}}}", out.join(", "))
            }
            Self::Instance(instance) => instance.repr()?,
            Self::Query(_) => "<QuerySet>".to_owned(),
            Self::Expr(expr) => expr.repr(),
            Self::Object(object) => object.repr()?,
        })
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
