//! Receivers, held weakly where they were connected so.

use std::rc::{Rc, Weak};

use crate::django::models::model_of_value;
use crate::python::object::{BoundMethod, Class, Function, Instance, NativeFunction, Value};

/// A receiver.
pub(super) enum Held {
    /// Kept alive by the signal.
    Strong(Value),
    /// A function.
    Function(Weak<Function>),
    /// A function of the engine's.
    Native(Weak<NativeFunction>),
    /// An object that can be called.
    Instance(Weak<Instance>),
    /// A class.
    Class(Weak<Class>),
    /// A method: its function, and the object it is bound to.
    Method(Value, Weak<Instance>),
}

impl Held {
    /// As `weakref.ref` and `WeakMethod` would hold it; what cannot be referred to weakly is kept.
    pub(super) fn weak(receiver: &Value) -> Self {
        match receiver {
            Value::Function(function) => Held::Function(Rc::downgrade(function)),
            Value::Native(native) => Held::Native(Rc::downgrade(native)),
            Value::Instance(instance) => Held::Instance(Rc::downgrade(instance)),
            Value::Class(class) => Held::Class(Rc::downgrade(class)),
            Value::BoundMethod(method) => match &method.receiver {
                Value::Instance(instance) => Held::Method(method.function.clone(), Rc::downgrade(instance)),
                _ => Held::Strong(receiver.clone()),
            },
            _ => Held::Strong(receiver.clone()),
        }
    }

    /// The receiver, while it lives.
    pub(super) fn get(&self) -> Option<Value> {
        match self {
            Held::Strong(value) => Some(value.clone()),
            Held::Function(weak) => weak.upgrade().map(Value::Function),
            Held::Native(weak) => weak.upgrade().map(Value::Native),
            Held::Instance(weak) => weak.upgrade().map(Value::Instance),
            Held::Class(weak) => weak.upgrade().map(Value::Class),
            Held::Method(function, weak) => weak.upgrade().map(|instance| {
                let method = BoundMethod { function: function.clone(), receiver: Value::Instance(instance) };
                Value::BoundMethod(Rc::new(method))
            }),
        }
    }
}

/// By what a receiver is known: `dispatch_uid`, or itself.
#[derive(Clone)]
pub(super) enum ReceiverKey {
    /// A name of the caller's.
    Uid(Value),
    /// The object's place; of a method also that of its function.
    Place(usize, usize),
}

impl ReceiverKey {
    /// The key of a receiver without a uid.
    pub(super) fn of(receiver: &Value) -> Self {
        match receiver {
            Value::BoundMethod(method) => ReceiverKey::Place(
                method.receiver.address().unwrap_or_default(),
                method.function.address().unwrap_or_default(),
            ),
            other => ReceiverKey::Place(other.address().unwrap_or_default(), 0),
        }
    }
}

/// Whose signals a receiver hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SenderKey {
    /// Everybody's.
    Any,
    /// One object's.
    Place(usize),
    /// Those of a model that did not exist yet: its label in lower case.
    Label(String),
}

impl SenderKey {
    /// The key of a sender.
    pub(super) fn of(sender: &Value) -> Self {
        match sender {
            Value::None | Value::Unset => SenderKey::Any,
            other => match other.address() {
                Some(place) => SenderKey::Place(place),
                None => SenderKey::Label(format!("{other:?}")),
            },
        }
    }

    /// Whether a receiver with this key hears `sender`.
    pub(super) fn hears(&self, sender: &Value) -> bool {
        match self {
            SenderKey::Any => true,
            SenderKey::Place(place) => sender.address() == Some(*place),
            SenderKey::Label(label) => {
                model_of_value(sender).is_some_and(|model| model.label_lower() == *label)
                    || SenderKey::of(sender) == *self
            }
        }
    }
}

/// A connected receiver.
pub(super) struct Receiver {
    pub(super) key: ReceiverKey,
    pub(super) sender: SenderKey,
    pub(super) held: Held,
}
