//! How the ORM's hooks reach the interpreter again.
//!
//! `orm` knows nothing of Python, so its traits (a custom field's `get_prep_value`, an instance's attribute) have no
//! interpreter among their parameters. A call into the ORM that may come back is therefore made inside [`enter`], and a
//! hook that has work for Python asks for the interpreter with [`with`].

use std::cell::Cell;
use std::ptr::{self, NonNull};

use crate::python::vm::Vm;

thread_local! {
    static CURRENT: Cell<*mut Vm> = const { Cell::new(ptr::null_mut()) };
}

/// Puts the pointer back that stood there before, also when the body panics.
struct Restore(*mut Vm);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

/// Runs `body`, during which hooks can reach `vm`. The exclusive borrow of `vm` lasts as long as `body`, so nothing else
/// touches the interpreter meanwhile.
pub fn enter<T>(vm: &mut Vm, body: impl FnOnce() -> T) -> T {
    let _restore = Restore(CURRENT.replace(ptr::from_mut(vm)));
    body()
}

/// Lends the interpreter of the innermost [`enter`] to `body`; `None` outside of any, and while it is lent already.
pub fn with<T>(body: impl FnOnce(&mut Vm) -> T) -> Option<T> {
    let pointer = CURRENT.replace(ptr::null_mut());
    let _restore = Restore(pointer);
    let mut pointer = NonNull::new(pointer)?;
    // SAFETY: the pointer comes from the `&mut Vm` that the innermost `enter` on this thread holds and does not use while
    // its body runs. It is taken out of its place for the duration of `body`, so no second reference can be made from it;
    // whoever wants one deeper in must call `enter` with the reference that `body` got.
    let vm = unsafe { pointer.as_mut() };
    Some(body(vm))
}
