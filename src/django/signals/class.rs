//! The classes `Signal` and `ModelSignal`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::django::async_twins;
use crate::django::connections::log_error;
use crate::django::state::Django;
use crate::python::exceptions::Kind;
use crate::python::object::{Args, Class, ClassBuilder, Instance, ParameterKind, PyResult, Str, Value};
use crate::python::vm::Vm;

use super::receivers::{Held, Receiver, ReceiverKey, SenderKey};

/// What a signal holds.
#[derive(Default)]
pub(super) struct SignalPayload {
    receivers: RefCell<Vec<Receiver>>,
}

impl SignalPayload {
    /// Whether anyone alive hears `sender`.
    pub(super) fn has_listeners(&self, sender: &Value) -> bool {
        let receivers = self.receivers.borrow();
        receivers.iter().any(|receiver| receiver.sender.hears(sender) && receiver.held.get().is_some())
    }

    /// The receivers of models that were named before they existed, each with the model's label.
    pub(super) fn awaiting(&self) -> Vec<(String, Value)> {
        let receivers = self.receivers.borrow();
        let named = receivers.iter().filter_map(|receiver| match &receiver.sender {
            SenderKey::Label(label) => Some((label.clone(), receiver.held.get()?)),
            _ => None,
        });
        named.collect()
    }

    fn live(&self, sender: &Value) -> Vec<Value> {
        self.clear_dead();
        let receivers = self.receivers.borrow();
        receivers
            .iter()
            .filter(|receiver| receiver.sender.hears(sender))
            .filter_map(|receiver| receiver.held.get())
            .collect()
    }

    fn clear_dead(&self) {
        self.receivers.borrow_mut().retain(|receiver| receiver.held.get().is_some());
    }
}

/// A signal without receivers.
pub(super) fn new(class: &Rc<Class>) -> Value {
    Instance::native(class.clone(), SignalPayload::default()).into()
}

/// `Signal` and `ModelSignal`
pub(super) fn classes(vm: &mut Vm) -> (Rc<Class>, Rc<Class>) {
    let builder = ClassBuilder::new("Signal")
        .module("django.dispatch.dispatcher")
        .native_layout("Signal")
        .constructor(|vm, args| Ok(new(&vm.class_arg(&args, 0)?)))
        .method("__init__", "self, use_caching=False", |vm, args| {
            vm.set_attr_str(&args[0], &Str::interned("use_caching"), args[1].clone())?;
            Ok(Value::None)
        })
        .method("connect", "self, receiver, sender=None, weak=True, dispatch_uid=None", |vm, args| {
            let sender = SenderKey::of(&args[2]);
            connect(vm, &args, sender)
        })
        .method("disconnect", "self, receiver=None, sender=None, dispatch_uid=None", |vm, args| {
            let sender = SenderKey::of(&args[2]);
            disconnect(vm, &args, &sender)
        })
        .method("has_listeners", "self, sender=None", |vm, args| {
            let payload = vm.payload::<SignalPayload>(&args[0])?;
            Ok(payload.has_listeners(&args[1]).into())
        })
        .method("send", "self, sender, **named", |vm, args| send(vm, &args[0], &args[1], args.keyword_rest(2), false))
        .method("send_robust", "self, sender, **named", |vm, args| {
            send(vm, &args[0], &args[1], args.keyword_rest(2), true)
        })
        .method("_clear_dead_receivers", "self", |vm, args| {
            vm.payload::<SignalPayload>(&args[0])?.clear_dead();
            Ok(Value::None)
        })
        .property("lock", |vm, _| Ok(lock(vm)))
        .property("receivers", |vm, args| {
            let payload = vm.payload::<SignalPayload>(&args[0])?;
            payload.clear_dead();
            let live: Vec<Value> = payload.receivers.borrow().iter().filter_map(|one| one.held.get()).collect();
            Ok(Value::list(live.into_iter().map(|one| Value::tuple(vec![Value::None, one])).collect::<Vec<_>>()))
        });
    let signal = async_twins::add(builder, &["send", "send_robust"]).build(vm);
    let model_signal = ClassBuilder::new("ModelSignal")
        .module("django.db.models.signals")
        .base(&signal)
        .method("connect", "self, receiver, sender=None, weak=True, dispatch_uid=None, apps=None", |vm, args| {
            let sender = model_sender(vm, &args[2])?;
            connect(vm, &args, sender)
        })
        .method("disconnect", "self, receiver=None, sender=None, dispatch_uid=None, apps=None", |vm, args| {
            let sender = model_sender(vm, &args[2])?;
            let found = disconnect(vm, &args, &sender)?;
            // What waits for a model by its label tells nothing.
            Ok(if args[2].as_str().is_some() { Value::None } else { found })
        })
        .build(vm);
    (signal, model_signal)
}

/// A model may be named by its label, also before it exists.
fn model_sender(vm: &mut Vm, sender: &Value) -> PyResult<SenderKey> {
    let Some(label) = sender.as_str() else { return Ok(SenderKey::of(sender)) };
    if label.split('.').count() != 2 {
        return Err(vm.value_error(format!(
            "Invalid model reference '{label}'. String model references must be of the form 'app_label.ModelName'."
        )));
    }
    let label = label.to_lowercase();
    let django = Django::of(vm);
    let known = django.registry().find_label(&label).and_then(|model| django.class_of(&model));
    Ok(match known {
        Some(class) => SenderKey::of(&Value::Class(class)),
        None => SenderKey::Label(label),
    })
}

fn key(vm: &mut Vm, uid: &Value, receiver: &Value) -> PyResult<ReceiverKey> {
    Ok(if vm.truth(uid)? { ReceiverKey::Uid(uid.clone()) } else { ReceiverKey::of(receiver) })
}

fn same_key(vm: &mut Vm, a: &ReceiverKey, b: &ReceiverKey) -> PyResult<bool> {
    match (a, b) {
        (ReceiverKey::Uid(a), ReceiverKey::Uid(b)) => vm.eq(a, b),
        (ReceiverKey::Place(a, b), ReceiverKey::Place(c, d)) => Ok(a == c && b == d),
        _ => Ok(false),
    }
}

/// The position of the receiver with this key and sender.
fn position(vm: &mut Vm, payload: &SignalPayload, key: &ReceiverKey, sender: &SenderKey) -> PyResult<Option<usize>> {
    let known: Vec<(ReceiverKey, SenderKey)> =
        payload.receivers.borrow().iter().map(|one| (one.key.clone(), one.sender.clone())).collect();
    for (at, (known, from)) in known.iter().enumerate() {
        if from == sender && same_key(vm, known, key)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn connect(vm: &mut Vm, args: &Args, sender: SenderKey) -> PyResult {
    let receiver = &args[1];
    if Django::of(vm).settings.borrow().debug {
        if !vm.is_callable(receiver) {
            return Err(vm.type_error("Signal receivers must be callable."));
        }
        if !accepts_keywords(vm, receiver)? {
            return Err(vm.value_error("Signal receivers must accept keyword arguments (**kwargs)."));
        }
        remember_signature(vm, receiver);
    }
    let key = key(vm, &args[4], receiver)?;
    let weak = vm.truth(&args[3])?;
    let payload = vm.payload::<SignalPayload>(&args[0])?;
    payload.clear_dead();
    if position(vm, payload, &key, &sender)?.is_none() {
        let held = if weak { Held::weak(receiver) } else { Held::Strong(receiver.clone()) };
        payload.receivers.borrow_mut().push(Receiver { key, sender, held });
    }
    Ok(Value::None)
}

/// The functions whose signature was asked for last.
#[derive(Default)]
struct Signatures(RefCell<VecDeque<Value>>);

/// How many signatures are remembered.
const SIGNATURES: usize = 512;

/// Django remembers the signatures of functions, and with them the functions: where a receiver is checked, it outlives
/// its last name.
fn remember_signature(vm: &mut Vm, receiver: &Value) {
    let function = match receiver {
        Value::BoundMethod(method) => method.function.clone(),
        Value::Function(_) => receiver.clone(),
        _ => return,
    };
    let known = vm.host::<Signatures>().unwrap_or_default();
    {
        let mut functions = known.0.borrow_mut();
        functions.retain(|one| !one.is(&function));
        functions.push_back(function);
        if functions.len() > SIGNATURES {
            functions.pop_front();
        }
    }
    vm.set_host(known);
}

fn disconnect(vm: &mut Vm, args: &Args, sender: &SenderKey) -> PyResult {
    let key = key(vm, &args[3], &args[1])?;
    let payload = vm.payload::<SignalPayload>(&args[0])?;
    payload.clear_dead();
    let found = position(vm, payload, &key, sender)?;
    if let Some(at) = found {
        let removed = payload.receivers.borrow_mut().remove(at);
        drop(removed);
    }
    Ok(found.is_some().into())
}

/// `func_accepts_kwargs`
#[expect(clippy::only_used_in_recursion, reason = "looking up a callable object's method needs the machine")]
fn accepts_keywords(vm: &mut Vm, callable: &Value) -> PyResult<bool> {
    Ok(match callable {
        Value::Function(function) => function.code.parameters.var_keyword,
        Value::Native(native) => match &native.binding {
            crate::python::object::Binding::Signature(signature) => {
                signature.parameters.iter().any(|parameter| parameter.kind == ParameterKind::KeywordRest)
            }
            crate::python::object::Binding::Raw => true,
            crate::python::object::Binding::Arity(..) => false,
        },
        Value::BoundMethod(method) => {
            let function = method.function.clone();
            return accepts_keywords(vm, &function);
        }
        Value::Instance(instance) => match instance.class().lookup(&Str::interned("__call__")) {
            Some(call) => return accepts_keywords(vm, &call),
            None => true,
        },
        _ => true,
    })
}

/// Calls every receiver that hears `sender`; gives pairs of receiver and response. With `robust`, an exception is the
/// response.
pub(super) fn send(vm: &mut Vm, signal: &Value, sender: &Value, named: Vec<(Str, Value)>, robust: bool) -> PyResult {
    let live = vm.payload::<SignalPayload>(signal)?.live(sender);
    let (waiting, plain): (Vec<Value>, Vec<Value>) = live.into_iter().partition(is_async);
    let mut responses = Vec::with_capacity(plain.len() + waiting.len());
    for (receiver, awaits) in
        plain.into_iter().map(|one| (one, false)).chain(waiting.into_iter().map(|one| (one, true)))
    {
        let mut call = Args::none().keyword("signal", signal.clone()).keyword("sender", sender.clone());
        call.keywords.extend(named.iter().cloned());
        let outcome = match vm.call(&receiver, call) {
            Ok(coroutine) if awaits => vm.run_awaitable(&coroutine),
            other => other,
        };
        let response = match outcome {
            Ok(response) => response,
            Err(raised) if robust && raised.fatal().is_none() && raised.is(vm.exceptions.get(Kind::Exception)) => {
                let name = vm.get_attr(&receiver, "__qualname__")?;
                let args = [name, raised.value()];
                log_error(vm, "django.dispatch", "Error calling %s in Signal.send_robust() (%s)", &args, &raised)?;
                raised.value()
            }
            Err(raised) => return Err(raised),
        };
        responses.push(Value::tuple(vec![receiver, response]));
    }
    Ok(Value::list(responses))
}

/// What `with signal.lock:` enters: there is one thread, so nothing is ever waited for.
fn lock(vm: &mut Vm) -> Value {
    struct LockClass(Rc<Class>);
    let class = match vm.host::<LockClass>() {
        Some(known) => known.0.clone(),
        None => {
            let made = ClassBuilder::new("lock")
                .module("_thread")
                .method("__enter__", "self", |_, _| Ok(Value::Bool(true)))
                .method("__exit__", "self, *args", |_, _| Ok(Value::None))
                .build(vm);
            vm.set_host(Rc::new(LockClass(made.clone())));
            made
        }
    };
    Instance::new(class).into()
}

/// Whether calling it gives a coroutine.
fn is_async(callable: &Value) -> bool {
    match callable {
        Value::Function(function) => function.code.kind == crate::python::code::CodeKind::Coroutine,
        Value::BoundMethod(method) => is_async(&method.function),
        Value::Instance(instance) => {
            instance.class().lookup(&Str::interned("__call__")).is_some_and(|call| is_async(&call))
        }
        _ => false,
    }
}
