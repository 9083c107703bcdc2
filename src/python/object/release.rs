//! Letting go of what values hold: a chain of any length must not use up the stack when its first link is dropped.

use std::any::Any;
use std::cell::{Cell, RefCell};

/// So many containers are dropped within one another; what is nested deeper waits until those are gone.
const DEEPEST: u32 = 128;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static LATER: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Drops what a container held.
#[inline]
pub(super) fn release<T: 'static>(contents: T) {
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        postpone(Box::new(contents));
        return;
    }
    DEPTH.set(depth + 1);
    drop(contents);
    DEPTH.set(depth);
    if depth == 0 {
        drop_postponed();
    }
}

#[cold]
fn postpone(contents: Box<dyn Any>) {
    let mut contents = Some(contents);
    let _ = LATER.try_with(|later| {
        if let Ok(mut later) = later.try_borrow_mut() {
            later.extend(contents.take());
        }
    });
    // Left only where the thread is ending.
    drop(contents);
}

fn drop_postponed() {
    loop {
        let next = LATER.try_with(|later| later.try_borrow_mut().ok().and_then(|mut later| later.pop()));
        let Ok(Some(contents)) = next else { return };
        DEPTH.set(1);
        drop(contents);
        DEPTH.set(0);
    }
}
