//! What a program may use up, and how that is watched.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::python::exceptions::Kind;
use crate::python::object::{Fatal, Instance, PyResult, Raised, Value};
use crate::python::vm::Vm;

/// The bounds of one run. The defaults stand here and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls, turns of loops and steps of native iterations.
    pub steps: u64,
    /// Live bytes above those at the start, where the binary counts them with [`CountingAllocator`].
    pub memory: usize,
    /// Nested Python calls.
    pub recursion: usize,
    /// Bytes printed.
    pub output: usize,
    /// Time, where the host gives a clock.
    pub time: Duration,
    /// Bytes of one source text.
    pub source: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 100_000_000,
            memory: 512 << 20,
            recursion: 1000,
            output: 4 << 20,
            time: Duration::from_secs(10),
            source: crate::python::parse::SOURCE_CAP,
        }
    }
}

/// So many steps pass between two looks at time, memory and interrupts.
const STRIDE: u64 = 2048;
/// Native calls nested deeper than this would endanger the stack of [`with_big_stack`].
pub(crate) const NATIVE_DEPTH: usize = 4000;

/// The state behind [`Vm::tick`].
pub(crate) struct Watch {
    /// The bounds.
    pub limits: Limits,
    /// Steps until the next look.
    pub fuel: u64,
    /// Steps left after those.
    steps_left: u64,
    /// Live bytes at the start.
    memory_base: isize,
    clock: Option<Rc<dyn Fn() -> Duration>>,
    deadline: Duration,
    interrupt: Arc<AtomicBool>,
}

impl Default for Watch {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            fuel: STRIDE,
            steps_left: limits.steps,
            memory_base: LIVE.get(),
            limits,
            clock: None,
            deadline: Duration::MAX,
            interrupt: Arc::default(),
        }
    }
}

impl Vm {
    /// Sets the bounds and starts counting anew: a submission begins.
    pub fn set_limits(&mut self, limits: Limits) {
        self.watch.limits = limits;
        self.restart_limits();
    }

    /// Starts counting anew under the same bounds.
    pub fn restart_limits(&mut self) {
        let watch = &mut self.watch;
        watch.fuel = STRIDE.min(watch.limits.steps);
        watch.steps_left = watch.limits.steps - watch.fuel;
        watch.memory_base = LIVE.get();
        watch.deadline = match &watch.clock {
            Some(clock) => clock().saturating_add(watch.limits.time),
            None => Duration::MAX,
        };
        self.output.clear();
    }

    /// The bounds.
    pub fn limits(&self) -> &Limits {
        &self.watch.limits
    }

    /// Gives the machine a clock to keep the time limit by: how long something has been running.
    pub fn set_clock(&mut self, clock: Rc<dyn Fn() -> Duration>) {
        self.watch.clock = Some(clock);
        self.restart_limits();
    }

    /// Raised by another thread (or a signal), it ends the program that runs.
    pub fn interrupt_flag(&self) -> Arc<AtomicBool> {
        self.watch.interrupt.clone()
    }

    /// Puts a flag of the host's in place of the machine's own.
    pub fn set_interrupt_flag(&mut self, flag: Arc<AtomicBool>) {
        self.watch.interrupt = flag;
    }

    /// Counts a step of native work; fails where a limit is hit. Called in every native iteration.
    #[inline]
    pub fn tick(&mut self) -> PyResult<()> {
        match self.watch.fuel.checked_sub(1) {
            Some(left) => {
                self.watch.fuel = left;
                Ok(())
            }
            None => self.look_at_limits(),
        }
    }

    /// Counts work on so many bytes, after which the limits are looked at sooner.
    #[inline]
    pub fn burn(&mut self, bytes: usize) {
        self.watch.fuel = self.watch.fuel.saturating_sub(bytes as u64 >> 10);
    }

    /// Counts so many steps at once, for work whose length is known before it begins.
    pub fn spend(&mut self, steps: u64) -> PyResult<()> {
        let watch = &mut self.watch;
        if let Some(left) = watch.fuel.checked_sub(steps) {
            watch.fuel = left;
            return Ok(());
        }
        let beyond = steps - watch.fuel;
        watch.fuel = 0;
        if beyond > watch.steps_left {
            watch.steps_left = 0;
            return Err(self.fatal(Fatal::Steps));
        }
        watch.steps_left -= beyond;
        self.look_at_limits()
    }

    #[cold]
    fn look_at_limits(&mut self) -> PyResult<()> {
        if self.watch.interrupt.swap(false, Ordering::Relaxed) {
            return Err(self.fatal(Fatal::Interrupt));
        }
        if self.watch.steps_left == 0 {
            return Err(self.fatal(Fatal::Steps));
        }
        let portion = STRIDE.min(self.watch.steps_left);
        self.watch.steps_left -= portion;
        self.watch.fuel = portion;
        if let Some(clock) = &self.watch.clock
            && clock() > self.watch.deadline
        {
            return Err(self.fatal(Fatal::Time));
        }
        self.reserve(0)
    }

    /// Looks at the memory limit before so many bytes are taken and filled, and counts the work.
    pub fn claim(&mut self, bytes: usize) -> PyResult<()> {
        self.burn(bytes);
        self.reserve(bytes)
    }

    /// Looks at the memory limit before so many bytes are taken at once.
    pub fn reserve(&mut self, bytes: usize) -> PyResult<()> {
        let used = LIVE.get().wrapping_sub(self.watch.memory_base).max(0) as usize;
        if used.saturating_add(bytes) > self.watch.limits.memory {
            return Err(self.fatal(Fatal::Memory));
        }
        Ok(())
    }

    /// Prints; fails where that is too much.
    pub fn write_output(&mut self, text: &str) -> PyResult<()> {
        if self.output.len() + text.len() > self.watch.limits.output {
            let room = self.watch.limits.output.saturating_sub(self.output.len());
            let mut cut = room.min(text.len());
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            self.output.push_str(&text[..cut]);
            return Err(self.fatal(Fatal::Output));
        }
        self.output.push_str(text);
        Ok(())
    }

    /// The end of the program past its handlers.
    #[cold]
    pub fn fatal(&mut self, why: Fatal) -> Raised {
        let (kind, text) = match why {
            Fatal::Steps => (Kind::RuntimeError, "the program took too many steps"),
            Fatal::Memory => (Kind::MemoryError, "the program took too much memory"),
            Fatal::Output => (Kind::RuntimeError, "the program printed too much"),
            Fatal::Rows => (Kind::RuntimeError, "the program read too many rows"),
            Fatal::Time => (Kind::RuntimeError, "the program took too long"),
            Fatal::Stack => (Kind::RecursionError, "the program nested too deeply"),
            Fatal::Interrupt => (Kind::KeyboardInterrupt, ""),
        };
        let args = if text.is_empty() { Vec::new() } else { vec![Value::str(text)] };
        let exception = Instance::exception(self.exceptions.get(kind).clone(), args);
        if let Some(state) = exception.exception_state() {
            state.fatal.set(Some(why));
        }
        Raised(exception)
    }

    /// Runs `body` one call deeper; fails with `RecursionError` where that is too deep.
    pub fn nested<T>(&mut self, doing: &str, body: impl FnOnce(&mut Vm) -> PyResult<T>) -> PyResult<T> {
        if self.depth >= self.watch.limits.recursion {
            return Err(self.raise(Kind::RecursionError, format!("maximum recursion depth exceeded{doing}")));
        }
        self.depth += 1;
        let result = body(self);
        self.depth -= 1;
        result
    }
}

thread_local! {
    /// Counted a thread: a machine stays on the one that it was made on, and what is shared would have to be counted slowly.
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    LIVE.set(LIVE.get().wrapping_add(bytes));
}

/// How many bytes this thread has taken and not given back, as counted by [`CountingAllocator`]; 0 where the binary doesn't
/// use it.
pub fn live_bytes() -> usize {
    LIVE.get().max(0) as usize
}

/// The system's allocator, counting. The binary installs it with `#[global_allocator]`, so that the memory limit holds.
pub struct CountingAllocator;

// SAFETY: every call is handed on to the system's allocator unchanged; counting has no part in what is returned.
#[expect(unsafe_code, reason = "an allocator can't be written otherwise, and nothing else sees every allocation")]
unsafe impl std::alloc::GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: std::alloc::Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { std::alloc::System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: std::alloc::Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { std::alloc::System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: std::alloc::Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as above.
        unsafe { std::alloc::System.realloc(pointer, layout, size) }
    }
}

/// Runs `work` on a thread whose stack holds the deepest nesting that the limits allow. Whatever parses or runs a
/// program must run in here.
pub fn with_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    const STACK: usize = 1 << 30;
    std::thread::scope(|scope| {
        match std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work) {
            Ok(handle) => match handle.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            // No address space for such a stack: there is nothing sensible left to do.
            Err(error) => std::panic::panic_any(format!("cannot start the interpreter's thread: {error}")),
        }
    })
}
