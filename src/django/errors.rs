//! Django's exception classes, and how errors of the floors below become them.

use std::rc::Rc;

use crate::python::exceptions::Kind;
use crate::python::object::{Class, ClassBuilder};
use crate::python::vm::Vm;

/// The exception classes that live in Django's own modules.
pub struct Errors {
    /// `django.core.exceptions.FieldError`
    pub field_error: Rc<Class>,
    /// `django.core.exceptions.FieldDoesNotExist`
    pub field_does_not_exist: Rc<Class>,
    /// `django.core.exceptions.ObjectDoesNotExist`
    pub object_does_not_exist: Rc<Class>,
    /// `django.core.exceptions.ObjectNotUpdated`-like parents are absent in 5.2; `MultipleObjectsReturned`
    pub multiple_objects_returned: Rc<Class>,
    /// `django.core.exceptions.ImproperlyConfigured`
    pub improperly_configured: Rc<Class>,
    /// `django.core.exceptions.SuspiciousOperation`
    pub suspicious_operation: Rc<Class>,
    /// `django.core.exceptions.PermissionDenied`
    pub permission_denied: Rc<Class>,
    /// `django.core.exceptions.AppRegistryNotReady`
    pub app_registry_not_ready: Rc<Class>,
    /// `django.core.exceptions.SynchronousOnlyOperation`
    pub synchronous_only_operation: Rc<Class>,
    /// `django.core.exceptions.EmptyResultSet`
    pub empty_result_set: Rc<Class>,
    /// `django.core.exceptions.FullResultSet`
    pub full_result_set: Rc<Class>,
    /// `django.db.models.expressions.OutputFieldIsNoneError`
    pub output_field_is_none: Rc<Class>,
    /// `django.db.utils.Error`
    pub db_error: Rc<Class>,
    /// `django.db.utils.InterfaceError`
    pub interface_error: Rc<Class>,
    /// `django.db.utils.DatabaseError`
    pub database_error: Rc<Class>,
    /// `django.db.utils.DataError`
    pub data_error: Rc<Class>,
    /// `django.db.utils.OperationalError`
    pub operational_error: Rc<Class>,
    /// `django.db.utils.IntegrityError`
    pub integrity_error: Rc<Class>,
    /// `django.db.utils.InternalError`
    pub internal_error: Rc<Class>,
    /// `django.db.utils.ProgrammingError`
    pub programming_error: Rc<Class>,
    /// `django.db.utils.NotSupportedError`
    pub not_supported_error: Rc<Class>,
    /// `django.db.utils.ConnectionDoesNotExist`
    pub connection_does_not_exist: Rc<Class>,
    /// `django.db.transaction.TransactionManagementError`
    pub transaction_management_error: Rc<Class>,
    /// `django.db.models.deletion.ProtectedError`
    pub protected_error: Rc<Class>,
    /// `django.db.models.deletion.RestrictedError`
    pub restricted_error: Rc<Class>,
}

impl Errors {
    /// Makes the classes.
    pub fn new(vm: &mut Vm) -> Self {
        let exception = vm.exceptions.get(Kind::Exception).clone();
        let mut class = |name: &str, module: &str, base: &Rc<Class>| -> Rc<Class> {
            ClassBuilder::new(name).module(module).base(base).build(vm)
        };
        let core = "django.core.exceptions";
        let utils = "django.db.utils";
        let field_error = class("FieldError", core, &exception);
        let db_error = class("Error", utils, &exception);
        let database_error = class("DatabaseError", utils, &db_error);
        let programming_error = class("ProgrammingError", utils, &database_error);
        let integrity_error = class("IntegrityError", utils, &database_error);
        Self {
            field_does_not_exist: class("FieldDoesNotExist", core, &exception),
            object_does_not_exist: class("ObjectDoesNotExist", core, &exception),
            multiple_objects_returned: class("MultipleObjectsReturned", core, &exception),
            improperly_configured: class("ImproperlyConfigured", core, &exception),
            suspicious_operation: class("SuspiciousOperation", core, &exception),
            permission_denied: class("PermissionDenied", core, &exception),
            app_registry_not_ready: class("AppRegistryNotReady", core, &exception),
            synchronous_only_operation: class("SynchronousOnlyOperation", core, &exception),
            empty_result_set: class("EmptyResultSet", core, &exception),
            full_result_set: class("FullResultSet", core, &exception),
            output_field_is_none: class("OutputFieldIsNoneError", "django.db.models.expressions", &field_error),
            interface_error: class("InterfaceError", utils, &db_error),
            data_error: class("DataError", utils, &database_error),
            operational_error: class("OperationalError", utils, &database_error),
            internal_error: class("InternalError", utils, &database_error),
            not_supported_error: class("NotSupportedError", utils, &database_error),
            connection_does_not_exist: class("ConnectionDoesNotExist", utils, &exception),
            transaction_management_error: class(
                "TransactionManagementError",
                "django.db.transaction",
                &programming_error,
            ),
            protected_error: super::deletion::blocked_class(
                vm,
                "ProtectedError",
                "protected_objects",
                &integrity_error,
            ),
            restricted_error: super::deletion::blocked_class(
                vm,
                "RestrictedError",
                "restricted_objects",
                &integrity_error,
            ),
            field_error,
            db_error,
            database_error,
            programming_error,
            integrity_error,
        }
    }
}
