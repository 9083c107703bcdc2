//! The roll of the containers that programs made. Counting alone keeps alive for ever what refers to itself; a process that
//! runs many programs empties at the end of each what is left on the roll, and with that all circles.
//!
//! Every circle goes through something that can be changed after it was made: a list, a dict (and with it the attributes of
//! instances, functions and classes), a variable of a closure, or a generator's frame. Only these are enrolled.

use std::any::Any;
use std::cell::Cell;
use std::ptr;
use std::rc::Rc;
use std::thread::LocalKey;

/// The neighbours of a container on the roll. The first has itself before it; where nothing is before it, a container is not
/// enrolled.
pub(crate) struct Link<T> {
    before: Cell<*const T>,
    after: Cell<*const T>,
}

impl<T> Default for Link<T> {
    fn default() -> Self {
        Self { before: Cell::new(ptr::null()), after: Cell::new(ptr::null()) }
    }
}

/// The first container of a kind on this thread's roll.
pub(crate) type First<T> = Cell<*const T>;

/// A kind of container that can be enrolled. It must [`leave`] when it is dropped, and must never be moved out of the [`Rc`]
/// that it was enrolled in.
pub(crate) trait Enrolled: Sized + 'static {
    /// Its place on the roll.
    fn link(&self) -> &Link<Self>;
    /// The first of its kind.
    fn first() -> &'static LocalKey<First<Self>>;
    /// Gives up all that it holds.
    fn surrender(&self) -> Box<dyn Any>;
}

/// Puts a fresh container on the roll.
#[inline]
pub(crate) fn enroll<T: Enrolled>(container: &Rc<T>) {
    let here = Rc::as_ptr(container);
    let first = T::first().replace(here);
    container.link().before.set(here);
    container.link().after.set(first);
    if !first.is_null() {
        // SAFETY: what is on the roll has not been dropped, for then it would have left.
        #[expect(unsafe_code, reason = "neighbours that kept each other alive would be circles themselves")]
        unsafe { &*first }.link().before.set(here);
    }
}

/// Takes a container off the roll, if it is on it.
#[inline]
pub(crate) fn leave<T: Enrolled>(container: &T) {
    let link = container.link();
    let before = link.before.replace(ptr::null());
    if before.is_null() {
        return;
    }
    let after = link.after.get();
    let is_first = ptr::eq(before, container);
    if is_first {
        T::first().set(after);
    }
    // SAFETY: as above, both neighbours are on the roll and so have not been dropped.
    #[expect(unsafe_code, reason = "as above")]
    unsafe {
        if !is_first {
            (*before).link().after.set(after);
        }
        if !after.is_null() {
            (*after).link().before.set(if is_first { after } else { before });
        }
    }
}

/// Empties all of a kind that are left.
pub(crate) fn empty<T: Enrolled>(given_up: &mut Vec<Box<dyn Any>>) {
    loop {
        let first = T::first().get();
        if first.is_null() {
            return;
        }
        // SAFETY: as above. Nothing is dropped until all have been emptied.
        #[expect(unsafe_code, reason = "as above")]
        let container = unsafe { &*first };
        leave(container);
        given_up.push(container.surrender());
    }
}
