//! Signals: who listens, and what is sent to them.

mod class;
mod receivers;

use std::rc::Rc;

use crate::python::object::{Args, Class, Dict, Module, PyResult, Str, Value};
use crate::python::vm::Vm;

use class::SignalPayload;

/// The signals that models send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Django's own names")]
pub enum ModelSignal {
    PreInit,
    PostInit,
    PreSave,
    PostSave,
    PreDelete,
    PostDelete,
    M2mChanged,
    PreMigrate,
    PostMigrate,
    ClassPrepared,
}

/// The names in `django.db.models.signals`, in the order of [`ModelSignal`].
const NAMES: &[&str] = &[
    "pre_init",
    "post_init",
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "m2m_changed",
    "pre_migrate",
    "post_migrate",
    "class_prepared",
];

/// The signal objects and their classes.
pub(super) struct Signals {
    signal: Rc<Class>,
    model_signal: Rc<Class>,
    models: Vec<Value>,
}

impl Signals {
    /// Those of this machine; made on first use.
    fn of(vm: &mut Vm) -> Rc<Self> {
        if let Some(known) = vm.host::<Self>() {
            return known;
        }
        let (signal, model_signal) = class::classes(vm);
        let models = NAMES
            .iter()
            .map(|name| {
                let class = if *name == "class_prepared" { &signal } else { &model_signal };
                class::new(class)
            })
            .collect();
        let made = Rc::new(Self { signal, model_signal, models });
        vm.set_host(made.clone());
        made
    }
}

/// The object of a signal; `None` while nobody has ever asked for one.
fn object(vm: &Vm, which: ModelSignal) -> Option<Value> {
    vm.host::<Signals>().and_then(|signals| signals.models.get(which as usize).cloned())
}

/// Who listens to models that did not exist when they were named: label, receiver and the signal's name.
pub fn pending_senders(vm: &mut Vm) -> Value {
    let Some(signals) = vm.host::<Signals>() else { return Value::list(Vec::new()) };
    let mut all = Vec::new();
    for (signal, name) in signals.models.iter().zip(NAMES) {
        let Some(payload) = signal.payload::<SignalPayload>() else { continue };
        for (label, receiver) in payload.awaiting() {
            all.push(Value::tuple(vec![label.into(), receiver, Value::str(*name)]));
        }
    }
    Value::list(all)
}

/// Whether anyone listens to a signal of `sender`.
pub fn has_listeners(vm: &Vm, which: ModelSignal, sender: &Value) -> bool {
    object(vm, which)
        .is_some_and(|signal| signal.payload::<SignalPayload>().is_some_and(|payload| payload.has_listeners(sender)))
}

/// Sends a signal to whoever listens.
pub fn send(vm: &mut Vm, which: ModelSignal, sender: &Value, named: Vec<(&str, Value)>) -> PyResult<()> {
    if !has_listeners(vm, which, sender) {
        return Ok(());
    }
    let Some(signal) = object(vm, which) else { return Ok(()) };
    let keywords = named.into_iter().map(|(name, value)| (Str::interned(name), value)).collect();
    class::send(vm, &signal, sender, keywords, false)?;
    Ok(())
}

/// Sends `pre_init`.
pub fn send_pre_init(vm: &mut Vm, class: &Rc<Class>, args: &[Value], kwargs: &Rc<Dict>) -> PyResult<()> {
    let named = vec![("args", Value::tuple(args.to_vec())), ("kwargs", Value::Dict(kwargs.clone()))];
    send(vm, ModelSignal::PreInit, &Value::Class(class.clone()), named)
}

/// Sends `post_init`.
pub fn send_post_init(vm: &mut Vm, class: &Rc<Class>, instance: &Value) -> PyResult<()> {
    send(vm, ModelSignal::PostInit, &Value::Class(class.clone()), vec![("instance", instance.clone())])
}

/// Sends `class_prepared`.
pub fn send_class_prepared(vm: &mut Vm, class: &Rc<Class>) -> PyResult<()> {
    send(vm, ModelSignal::ClassPrepared, &Value::Class(class.clone()), Vec::new())
}

/// Whether anyone listens to `pre_init` or `post_init` of the class.
pub fn listens_to_init(vm: &Vm, class: &Rc<Class>) -> bool {
    let sender = Value::Class(class.clone());
    has_listeners(vm, ModelSignal::PreInit, &sender) || has_listeners(vm, ModelSignal::PostInit, &sender)
}

/// `receiver(signal, **kwargs)`
fn receiver(_: &mut Vm, args: Args) -> PyResult {
    let (signal, keywords) = (args[0].clone(), args.keyword_rest(1));
    let decorator = crate::python::object::NativeFunction::closure("_decorator", "func", move |vm, args| {
        let signals = match &signal {
            Value::List(_) | Value::Tuple(_) => vm.list_from(&signal)?,
            one => vec![one.clone()],
        };
        for signal in signals {
            let mut call = Args::new([args[0].clone()]);
            call.keywords.clone_from(&keywords);
            vm.call_method(&signal, "connect", call)?;
        }
        Ok(args[0].clone())
    });
    Ok(decorator.into_value())
}

/// `django.dispatch`
pub fn dispatch_module(vm: &mut Vm, module: Module) -> PyResult<Module> {
    let signals = Signals::of(vm);
    Ok(module.class(&signals.signal).function("receiver", "signal, **kwargs", receiver))
}

/// `django.db.models.signals`
pub fn models_module(vm: &mut Vm, mut module: Module) -> PyResult<Module> {
    let signals = Signals::of(vm);
    for (name, signal) in NAMES.iter().zip(&signals.models) {
        module = module.value(name, signal.clone());
    }
    Ok(module.class(&signals.model_signal).class(&signals.signal))
}

/// A module of further signals that nobody here sends.
pub fn silent_module(vm: &mut Vm, mut module: Module, names: &[&str]) -> PyResult<Module> {
    let signals = Signals::of(vm);
    for name in names {
        module = module.value(name, class::new(&signals.signal));
    }
    Ok(module.class(&signals.signal))
}

/// `django.core.signals`
pub fn core_module(vm: &mut Vm, module: Module) -> PyResult<Module> {
    silent_module(vm, module, &["request_started", "request_finished", "got_request_exception", "setting_changed"])
}

/// `django.db.backends.signals`
pub fn backends_module(vm: &mut Vm, module: Module) -> PyResult<Module> {
    silent_module(vm, module, &["connection_created"])
}
