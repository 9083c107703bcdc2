"""The schema editor: what makes and drops tables, indexes and constraints by statements of its own."""

import _django_editor as kernel
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

    def create_model(self, model):
        create, later = kernel.table_statements(model)
        self.execute(create, None)
        self.deferred_sql.extend(Statement(model._meta.db_table, sql) for sql in later)
        for field in model._meta.local_many_to_many:
            if field.remote_field.through._meta.auto_created:
                self.create_model(field.remote_field.through)

    def delete_model(self, model, handle_autom2m=True):
        if handle_autom2m:
            for field in model._meta.local_many_to_many:
                if field.remote_field.through._meta.auto_created:
                    self.delete_model(field.remote_field.through)
        table = model._meta.db_table
        self.execute(f"DROP TABLE {self.quote_name(table)}")
        self.deferred_sql = [sql for sql in self.deferred_sql if not sql.references_table(table)]

    def alter_db_table(self, model, old_db_table, new_db_table, disable_constraints=True):
        if old_db_table.lower() == new_db_table.lower():
            return
        self.execute(f"ALTER TABLE {self.quote_name(old_db_table)} RENAME TO {self.quote_name(new_db_table)}")
        self.deferred_sql = [sql.renamed(old_db_table, new_db_table) for sql in self.deferred_sql]

    def add_index(self, model, index):
        self.execute(kernel.index_statement(model, index), None)

    def remove_index(self, model, index):
        self.execute(f"DROP INDEX {self.quote_name(index.name)}")

    def rename_index(self, model, old_index, new_index):
        self.remove_index(model, old_index)
        self.add_index(model, new_index)

    def add_constraint(self, model, constraint):
        sql = kernel.constraint_statement(model, constraint)
        if sql is None:
            kernel.unsupported("schema_editor().add_constraint() that rebuilds the table")
        self.execute(sql, None)

    def remove_constraint(self, model, constraint):
        if kernel.constraint_statement(model, constraint) is None:
            kernel.unsupported("schema_editor().remove_constraint() that rebuilds the table")
        self.execute(f"DROP INDEX {self.quote_name(constraint.name)}")

    def add_field(self, model, field):
        if field.many_to_many and field.remote_field.through._meta.auto_created:
            self.create_model(field.remote_field.through)
        else:
            kernel.unsupported("schema_editor().add_field()")

    def remove_field(self, model, field):
        if field.many_to_many and field.remote_field.through._meta.auto_created:
            self.delete_model(field.remote_field.through)
        else:
            kernel.unsupported("schema_editor().remove_field()")

    def alter_field(self, model, old_field, new_field, strict=False):
        kernel.unsupported("schema_editor().alter_field()")

    def alter_unique_together(self, model, old_unique_together, new_unique_together):
        kernel.unsupported("schema_editor().alter_unique_together()")


class Statement(str):
    """A statement for the end of the block, which knows its table."""

    def __repr__(self):
        return f"<Statement {str(self)!r}>"

    def __new__(cls, table, sql):
        made = super().__new__(cls, sql)
        made.table = table
        return made

    def references_table(self, table):
        return self.table == table

    def renamed(self, old, new):
        return Statement(new, self.replace(f'"{old}"', f'"{new}"')) if self.table == old else self


DatabaseSchemaEditor.__module__ = "django.db.backends.sqlite3.schema"
