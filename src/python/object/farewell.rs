//! What is to be done when an object goes: a generator that stands in a `try` is closed, `__del__` is called, and so are the
//! callbacks of weak references. An object goes in the middle of anything; these run Python code, so they wait here until the
//! machine can.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{Function, Instance, Value};

/// Something that went.
pub(crate) enum Gone {
    /// A generator that had begun: its function, where it stood, its slots and stack.
    Generator(Rc<Function>, usize, Vec<Value>),
    /// An instance whose class has a `__del__`, alive again for it.
    Instance(Rc<Instance>),
    /// An instance that a weak reference with a callback referred to.
    Watched,
}

/// No more than so many wait: what a program drops all at once when it is ended need not be told of.
const MOST: usize = 10_000;

thread_local! {
    static WAITING: Cell<bool> = const { Cell::new(false) };
    static OPEN: Cell<bool> = const { Cell::new(false) };
    static GONE: RefCell<Vec<Gone>> = const { RefCell::new(Vec::new()) };
}

/// Whether something waits.
#[inline(always)]
pub(crate) fn waits() -> bool {
    WAITING.get()
}

/// Whether a program runs that could be told.
#[inline]
pub(crate) fn is_open() -> bool {
    OPEN.get()
}

/// From now on what goes is kept, or no longer. Gives what it was before.
pub(crate) fn set_open(open: bool) -> bool {
    OPEN.replace(open)
}

/// Takes note of something that went; what can't wait is let go.
pub(crate) fn say(gone: Gone) {
    let mut gone = Some(gone);
    let _ = GONE.try_with(|all| {
        if let Ok(mut all) = all.try_borrow_mut()
            && all.len() < MOST
        {
            all.extend(gone.take());
            WAITING.set(true);
        }
    });
    if gone.is_some() {
        let before = set_open(false);
        drop(gone);
        set_open(before);
    }
}

/// Everything that waits.
pub(crate) fn take() -> Vec<Gone> {
    WAITING.set(false);
    GONE.with(|all| std::mem::take(&mut *all.borrow_mut()))
}
