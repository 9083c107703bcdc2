//! `atomic` blocks, savepoints, autocommit, and what runs after a commit.

use std::rc::Rc;

use crate::django::state::{Django, raise_class};
use crate::python::exceptions::Kind;
use crate::python::object::{Class, PyResult, Raised, Value};
use crate::python::vm::Vm;

use super::{Database, NotedParams, database};

/// An open `atomic` block.
pub struct Block {
    /// Whether a test case opened it: such a block does not count for `durable`.
    pub from_test_case: bool,
    /// The `Atomic` that opened it; `None` for blocks of the ORM's own.
    pub object: Value,
}

/// A function that runs once the outermost block has been committed.
pub struct OnCommit {
    /// The savepoints that were open when it was registered.
    pub savepoints: Vec<Option<String>>,
    /// The function.
    pub function: Value,
    /// Whether its failure is only logged.
    pub robust: bool,
}

impl Database {
    /// Opens a block: a transaction, a savepoint, or nothing but a level. As Atomic.__enter__.
    pub fn begin_atomic(
        &self,
        vm: &mut Vm,
        savepoint: bool,
        durable: bool,
        from_test_case: bool,
        object: Value,
    ) -> PyResult<()> {
        let nested = self.blocks.borrow().last().is_some_and(|block| !block.from_test_case);
        if durable && nested {
            return Err(
                vm.raise(Kind::RuntimeError, "A durable atomic block cannot be nested within another atomic block.")
            );
        }
        if !self.in_atomic_block.get() {
            self.commit_on_exit.set(true);
            self.needs_rollback.set(false);
            super::refuse_in_coroutine(vm)?;
            if !self.autocommit.get() {
                self.in_atomic_block.set(true);
                self.commit_on_exit.set(false);
            }
        }
        if self.in_atomic_block.get() {
            let made = if savepoint && !self.needs_rollback.get() { self.savepoint(vm)? } else { None };
            self.savepoint_ids.push(made.map_or(Value::None, Value::from));
        } else {
            self.set_autocommit(vm, false, true)?;
            self.in_atomic_block.set(true);
        }
        self.blocks.borrow_mut().push(Block { from_test_case, object });
        Ok(())
    }

    /// Leaves a block; `failed` when an exception leaves it. As Atomic.__exit__.
    pub fn end_atomic(&self, vm: &mut Vm, failed: bool) -> PyResult<()> {
        if self.in_atomic_block.get() {
            self.blocks.borrow_mut().pop();
        }
        let savepoint = self.savepoint_ids.borrow_mut().pop();
        if savepoint.is_none() {
            self.in_atomic_block.set(false);
        }
        let savepoint = savepoint.and_then(|id| id.as_str().map(ToString::to_string));
        let outcome = self.settle(vm, savepoint.as_deref(), failed);
        if !self.in_atomic_block.get() {
            self.set_autocommit(vm, true, false)?;
        } else if self.savepoint_ids.is_empty() && !self.commit_on_exit.get() {
            self.in_atomic_block.set(false);
        }
        outcome
    }

    /// Commits or rolls back what the block that is being left did.
    fn settle(&self, vm: &mut Vm, savepoint: Option<&str>, failed: bool) -> PyResult<()> {
        if !failed && !self.needs_rollback.get() {
            if !self.in_atomic_block.get() {
                if let Err(raised) = self.commit(vm) {
                    if is_database_error(vm, &raised) {
                        // What goes wrong with the rollback is of no interest beside the first error.
                        drop(self.rollback(vm));
                    }
                    return Err(raised);
                }
                return Ok(());
            }
            let Some(savepoint) = savepoint else { return Ok(()) };
            if let Err(raised) = self.savepoint_commit(vm, savepoint) {
                if is_database_error(vm, &raised) && self.undo_savepoint(vm, savepoint).is_err() {
                    self.needs_rollback.set(true);
                }
                return Err(raised);
            }
            return Ok(());
        }
        self.needs_rollback.set(false);
        if self.in_atomic_block.get() {
            match savepoint {
                None => self.needs_rollback.set(true),
                Some(savepoint) => {
                    if self.undo_savepoint(vm, savepoint).is_err() {
                        self.needs_rollback.set(true);
                    }
                }
            }
            return Ok(());
        }
        match self.rollback(vm) {
            Err(raised) if raised.fatal().is_some() => Err(raised),
            _ => Ok(()),
        }
    }

    fn undo_savepoint(&self, vm: &mut Vm, savepoint: &str) -> PyResult<()> {
        self.savepoint_rollback(vm, savepoint)?;
        self.savepoint_commit(vm, savepoint)
    }

    /// `connection.savepoint()`: the identifier, none outside of blocks.
    pub fn savepoint(&self, vm: &mut Vm) -> PyResult<Option<String>> {
        if !self.in_atomic_block.get() {
            return Ok(None);
        }
        self.savepoint_state.set(self.savepoint_state.get() + 1);
        let id = format!("s1_x{}", self.savepoint_state.get());
        self.run_bare(vm, &format!("SAVEPOINT \"{id}\""))?;
        Ok(Some(id))
    }

    /// `connection.savepoint_rollback(id)`
    pub fn savepoint_rollback(&self, vm: &mut Vm, id: &str) -> PyResult<()> {
        if !self.in_atomic_block.get() {
            return Ok(());
        }
        self.run_bare(vm, &format!("ROLLBACK TO SAVEPOINT \"{id}\""))?;
        self.on_commit.borrow_mut().retain(|hook| !hook.savepoints.iter().any(|known| known.as_deref() == Some(id)));
        Ok(())
    }

    /// `connection.savepoint_commit(id)`
    pub fn savepoint_commit(&self, vm: &mut Vm, id: &str) -> PyResult<()> {
        if !self.in_atomic_block.get() {
            return Ok(());
        }
        self.run_bare(vm, &format!("RELEASE SAVEPOINT \"{id}\""))?;
        Ok(())
    }

    /// `connection.commit()`
    pub fn commit(&self, vm: &mut Vm) -> PyResult<()> {
        super::refuse_in_coroutine(vm)?;
        self.validate_no_atomic_block(vm)?;
        self.note(vm, NotedParams::None);
        if let Err(error) = self.connection.commit() {
            return Err(super::raise(vm, &error));
        }
        self.hooks_due.set(true);
        Ok(())
    }

    /// `connection.rollback()`
    pub fn rollback(&self, vm: &mut Vm) -> PyResult<()> {
        super::refuse_in_coroutine(vm)?;
        self.validate_no_atomic_block(vm)?;
        self.note(vm, NotedParams::None);
        if let Err(error) = self.connection.rollback() {
            return Err(super::raise(vm, &error));
        }
        self.needs_rollback.set(false);
        self.on_commit.borrow_mut().clear();
        Ok(())
    }

    /// `connection.set_autocommit(autocommit)`; with `begin` the transaction starts at once.
    pub fn set_autocommit(&self, vm: &mut Vm, autocommit: bool, begin: bool) -> PyResult<()> {
        self.validate_no_atomic_block(vm)?;
        if !autocommit && begin {
            self.run_bare(vm, "BEGIN")?;
        } else if autocommit {
            self.implicit_begin.set(false);
            // The driver commits what is open when its isolation level is taken away.
            if self.connection.in_transaction()
                && let Err(error) = self.connection.execute_plain("COMMIT", &crate::db::Params::None)
            {
                return Err(super::raise(vm, &error));
            }
        } else {
            self.note(vm, NotedParams::None);
            self.connection.log_unsent("BEGIN");
            self.implicit_begin.set(true);
        }
        self.autocommit.set(autocommit);
        if autocommit && self.hooks_due.get() {
            self.run_and_clear_commit_hooks(vm)?;
            self.hooks_due.set(false);
        }
        Ok(())
    }

    /// Refuses what only makes sense outside of blocks.
    pub fn validate_no_atomic_block(&self, vm: &mut Vm) -> PyResult<()> {
        if self.in_atomic_block.get() {
            return Err(management_error(vm, "This is forbidden when an 'atomic' block is active."));
        }
        Ok(())
    }

    /// `connection.get_rollback()`
    pub fn get_rollback(&self, vm: &mut Vm) -> PyResult<bool> {
        self.require_block(vm)?;
        Ok(self.needs_rollback.get())
    }

    /// `connection.set_rollback(rollback)`
    pub fn set_rollback(&self, vm: &mut Vm, rollback: bool) -> PyResult<()> {
        self.require_block(vm)?;
        self.needs_rollback.set(rollback);
        Ok(())
    }

    fn require_block(&self, vm: &mut Vm) -> PyResult<()> {
        if self.in_atomic_block.get() {
            return Ok(());
        }
        Err(management_error(vm, "The rollback flag doesn't work outside of an 'atomic' block."))
    }

    /// `connection.on_commit(function, robust)`
    pub fn on_commit(&self, vm: &mut Vm, function: &Value, robust: bool) -> PyResult<()> {
        if !vm.is_callable(function) {
            return Err(vm.type_error("on_commit()'s callback must be a callable."));
        }
        if self.in_atomic_block.get() {
            let ids = self.savepoint_ids.to_vec();
            let savepoints = ids.iter().map(|id| id.as_str().map(ToString::to_string)).collect();
            self.on_commit.borrow_mut().push(OnCommit { savepoints, function: function.clone(), robust });
            return Ok(());
        }
        if !self.autocommit.get() {
            return Err(management_error(vm, "on_commit() cannot be used in manual transaction management"));
        }
        run_hook(vm, function, robust, "in on_commit() (%s).")
    }

    /// `connection.run_and_clear_commit_hooks()`
    pub fn run_and_clear_commit_hooks(&self, vm: &mut Vm) -> PyResult<()> {
        self.validate_no_atomic_block(vm)?;
        let hooks = std::mem::take(&mut *self.on_commit.borrow_mut());
        for hook in hooks {
            run_hook(vm, &hook.function, hook.robust, "in on_commit() during transaction (%s).")?;
        }
        Ok(())
    }

    /// Remembers that only a rollback can follow, after an exception inside a block.
    pub fn mark_broken(&self, vm: &mut Vm, raised: &Raised) {
        if self.in_atomic_block.get() && raised.is(vm.exceptions.get(Kind::Exception)) {
            self.needs_rollback.set(true);
            *self.rollback_exception.borrow_mut() = Some(raised.value());
        }
    }
}

/// Runs a hook; the failure of a robust one is only logged.
fn run_hook(vm: &mut Vm, function: &Value, robust: bool, where_: &str) -> PyResult<()> {
    match vm.call(function, ()) {
        Ok(_) => Ok(()),
        Err(raised) if robust && raised.fatal().is_none() && raised.is(vm.exceptions.get(Kind::Exception)) => {
            let name = vm.get_attr(function, "__qualname__")?;
            let name = vm.to_str(&name)?;
            log_error(
                vm,
                "django.db.backends.base",
                &format!("Error calling {name} {where_}"),
                &[raised.value()],
                &raised,
            )
        }
        Err(raised) => Err(raised),
    }
}

/// `logging.getLogger(logger).error(text, *args, exc_info=raised)`
pub fn log_error(vm: &mut Vm, logger: &str, text: &str, args: &[Value], raised: &Raised) -> PyResult<()> {
    let logging = vm.import_module("logging")?;
    let logger = vm.call_method(&logging, "getLogger", [Value::str(logger)])?;
    let mut call = crate::python::object::Args::new([Value::str(text)]);
    call.positional.extend(args.iter().cloned());
    vm.call_method(&logger, "error", call.keyword("exc_info", raised.value()))?;
    Ok(())
}

/// `TransactionManagementError`
pub fn management_error(vm: &mut Vm, text: &str) -> Raised {
    let class: Rc<Class> = Django::of(vm).errors.transaction_management_error.clone();
    raise_class(vm, &class, text)
}

fn is_database_error(vm: &Vm, raised: &Raised) -> bool {
    raised.is(&Django::of(vm).errors.database_error)
}

/// `with transaction.atomic(using=alias, savepoint=savepoint): …`
pub fn atomic<T>(vm: &mut Vm, alias: &str, savepoint: bool, body: impl FnOnce(&mut Vm) -> PyResult<T>) -> PyResult<T> {
    let database = database(vm, alias)?;
    database.begin_atomic(vm, savepoint, false, false, Value::None)?;
    match body(vm) {
        Ok(value) => {
            database.end_atomic(vm, false)?;
            Ok(value)
        }
        Err(raised) if raised.fatal().is_some() => Err(raised),
        Err(raised) => {
            database.end_atomic(vm, true)?;
            Err(raised)
        }
    }
}

/// `with transaction.mark_for_rollback_on_error(using=alias): …`
pub fn mark_for_rollback_on_error<T>(
    vm: &mut Vm,
    alias: &str,
    body: impl FnOnce(&mut Vm) -> PyResult<T>,
) -> PyResult<T> {
    match body(vm) {
        Ok(value) => Ok(value),
        Err(raised) => {
            let database = database(vm, alias)?;
            database.mark_broken(vm, &raised);
            Err(raised)
        }
    }
}
