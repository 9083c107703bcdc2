"""The schema editor: what makes and drops tables, indexes and constraints by statements of its own."""

import _django_editor as kernel
from django.db.models import UniqueConstraint
from django.db.transaction import atomic
from django.db.utils import NotSupportedError

__all__ = ["DatabaseSchemaEditor"]

NOT_WHILE_CHECKING = (
    "SQLite schema editor cannot be used while foreign key constraint checks are enabled. Make sure to disable them "
    "before entering a transaction.atomic() context because SQLite does not support disabling them in the middle of a "
    "multi-statement transaction."
)


class DatabaseSchemaEditor:
    def __init__(self, connection, collect_sql=False, atomic=True):
        self.connection = connection
        self.collect_sql = collect_sql
        if self.collect_sql:
            self.collected_sql = []
        self.atomic_migration = connection.features.can_rollback_ddl and atomic

    def __enter__(self):
        # SQLite ignores the switch inside a transaction, and rebuilding a table needs it off.
        if not self.connection.disable_constraint_checking():
            raise NotSupportedError(NOT_WHILE_CHECKING)
        self.deferred_sql = []
        if self.atomic_migration:
            self.atomic = atomic(self.connection.alias)
            self.atomic.__enter__()
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.connection.check_constraints()
        if exc_type is None:
            for sql in self.deferred_sql:
                self.execute(sql, None)
        if self.atomic_migration:
            self.atomic.__exit__(exc_type, exc_value, traceback)
        self.connection.enable_constraint_checking()

    def execute(self, sql, params=()):
        sql = str(sql)
        if self.collect_sql:
            ending = "" if sql.rstrip().endswith(";") else ";"
            if params is not None:
                sql = sql % tuple(map(self.quote_value, params))
            self.collected_sql.append(sql + ending)
        else:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, params)

    def quote_name(self, name):
        return self.connection.ops.quote_name(name)

    def quote_value(self, value):
        return kernel.quote_value(value)

    def prepare_default(self, value):
        return self.quote_value(value)

    def effective_default(self, field):
        return field.get_db_prep_save(kernel.effective_default(field), self.connection)

    def _edit(self, action, model, one=None, other=None, bare=False):
        """Sends what a change needs; `bare` where its statements about indexes have no parameters, not even none."""
        known = [sql for sql in self.deferred_sql if isinstance(sql, Statement)]
        others = [sql for sql in self.deferred_sql if not isinstance(sql, Statement)]
        statements, later = kernel.edit(action, [sql.parts for sql in known], model, one, other)
        self.deferred_sql = [Statement(*kept) for kept in later] + others
        for sql in statements:
            definition = sql.startswith("CREATE TABLE ") or sql.startswith("ALTER TABLE ") and " ADD COLUMN " in sql
            self.execute(sql, None if bare or definition else ())

    def create_model(self, model):
        self._edit("create_model", model)

    def delete_model(self, model, handle_autom2m=True):
        if handle_autom2m:
            self._edit("delete_model", model)
            return
        table = model._meta.db_table
        self.execute(f"DROP TABLE {self.quote_name(table)}")
        self.deferred_sql = [
            sql for sql in self.deferred_sql if not (isinstance(sql, Statement) and sql.references_table(table))]

    def alter_db_table(self, model, old_db_table, new_db_table, disable_constraints=True):
        self._edit("alter_db_table", model, old_db_table, new_db_table)

    def alter_db_table_comment(self, model, old_db_table_comment, new_db_table_comment):
        pass

    def add_index(self, model, index):
        self._edit("add_index", model, index, bare=True)

    def remove_index(self, model, index):
        self._edit("remove_index", model, index)

    def rename_index(self, model, old_index, new_index):
        self.remove_index(model, old_index)
        self.add_index(model, new_index)

    def add_constraint(self, model, constraint):
        # A table that is made again has the indexes of the old one by statements with parameters.
        self._edit("add_constraint", model, constraint, bare=_by_index(constraint))

    def remove_constraint(self, model, constraint):
        self._edit("remove_constraint", model, constraint)

    def add_field(self, model, field):
        self._edit("add_field", model, field)

    def remove_field(self, model, field):
        self._edit("remove_field", model, field)

    def alter_field(self, model, old_field, new_field, strict=False):
        self._edit("alter_field", model, old_field, new_field)

    def alter_unique_together(self, model, old_unique_together, new_unique_together):
        olds = {tuple(fields) for fields in old_unique_together}
        news = {tuple(fields) for fields in new_unique_together}
        for names in sorted(olds - news):
            self._drop_unique_together(model, names)
        for names in sorted(news - olds):
            self._edit("add_unique", model, names)

    def _drop_unique_together(self, model, names):
        opts = model._meta
        columns = [opts.get_field(name).column for name in names]
        apart = {made.name for made in [*opts.constraints, *opts.indexes]}
        with self.connection.cursor() as cursor:
            constraints = self.connection.introspection.get_constraints(cursor, opts.db_table)
        found = [
            name for name, told in constraints.items()
            if told["columns"] == columns and told["unique"] and not told["primary_key"] and name not in apart]
        default = kernel.unique_name(opts.db_table, columns)
        if default in found:
            found = [default]
        if len(found) != 1:
            raise ValueError("Found wrong number (%s) of constraints for %s(%s)" % (
                len(found), opts.db_table, ", ".join(columns)))
        self.execute(f"DROP INDEX {self.quote_name(found[0])}")


def _by_index(constraint):
    return isinstance(constraint, UniqueConstraint) and bool(
        constraint.condition or constraint.contains_expressions or constraint.include or constraint.deferrable)


class Statement(str):
    """A statement for the end of the block, which knows its parts."""

    def __repr__(self):
        return f"<Statement {str(self)!r}>"

    def __new__(cls, parts, sql):
        made = super().__new__(cls, sql)
        made.parts = parts
        return made

    def references_table(self, table):
        return self.parts[1] == table

    def references_column(self, table, column):
        return self.parts[1] == table and column in self.parts[2]


DatabaseSchemaEditor.__module__ = "django.db.backends.sqlite3.schema"
