"""Migrations and their operations as migration files write them."""

from django.db import models


class Migration:
    """What a migration file declares."""

    operations = []
    dependencies = []
    run_before = []
    replaces = []
    initial = None
    atomic = True

    def __init__(self, name, app_label):
        self.name = name
        self.app_label = app_label
        for word in ("operations", "dependencies", "run_before", "replaces"):
            setattr(self, word, list(getattr(type(self), word)))

    def __eq__(self, other):
        return isinstance(other, Migration) and (self.name, self.app_label) == (other.name, other.app_label)

    def __repr__(self):
        return "<Migration %s.%s>" % (self.app_label, self.name)

    def __str__(self):
        return "%s.%s" % (self.app_label, self.name)

    def __hash__(self):
        return hash(str(self))

    def suggest_name(self):
        from _django_migrations import suggest_name
        return suggest_name(self)


class SwappableTuple(tuple):
    """A dependency on whichever app holds the model that a setting names."""

    def __new__(cls, value, setting):
        made = tuple.__new__(cls, value)
        made.setting = setting
        return made


def swappable_dependency(value):
    return SwappableTuple((value.split(".", 1)[0], "__first__"), value)


class Operation:
    """One step."""

    reversible = True
    reduces_to_sql = True
    atomic = False
    elidable = False
    category = None
    serialization_expand_args = []

    def __new__(cls, *args, **kwargs):
        made = object.__new__(cls)
        made._constructor_args = (args, kwargs)
        return made

    def deconstruct(self):
        return self.__class__.__name__, self._constructor_args[0], self._constructor_args[1]

    def state_forwards(self, app_label, state):
        raise NotImplementedError("subclasses of Operation must provide a state_forwards() method")

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        raise NotImplementedError("subclasses of Operation must provide a database_forwards() method")

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        raise NotImplementedError("subclasses of Operation must provide a database_backwards() method")

    def describe(self):
        return "%s: %s" % (self.__class__.__name__, self._constructor_args)

    def formatted_description(self):
        from _django_migrations import category
        return "%s %s" % (category(self), self.describe())

    @property
    def migration_name_fragment(self):
        return None

    def references_model(self, name, app_label):
        return True

    def references_field(self, model_name, name, app_label):
        return self.references_model(model_name, app_label)

    def __repr__(self):
        return "<%s %s%s>" % (
            self.__class__.__name__, ", ".join(map(repr, self._constructor_args[0])),
            ",".join(" %s=%r" % pair for pair in self._constructor_args[1].items()))


class _Known(Operation):
    """An operation of Django's own: the engine knows what it does."""

    def describe(self):
        from _django_migrations import describe
        return describe(self)

    @property
    def migration_name_fragment(self):
        from _django_migrations import name_fragment
        return name_fragment(self)

    def deconstruct(self):
        from _django_migrations import arguments
        return self.__class__.__name__, [], {name: getattr(self, name) for name in arguments(self)}


class _Model(_Known):
    def __init__(self, name):
        self.name = name

    @property
    def name_lower(self):
        return self.name.lower()


class CreateModel(_Model):
    def __init__(self, name, fields, options=None, bases=None, managers=None):
        self.fields = fields
        self.options = options or {}
        self.bases = bases or (models.Model,)
        self.managers = managers or []
        super().__init__(name)
        named = [base if not hasattr(base, "_meta") else base._meta.label_lower for base in self.bases]
        _once("fields", [name for name, _ in self.fields])
        _once("bases", [base.lower() if isinstance(base, str) else base for base in named])
        _once("managers", [name for name, _ in self.managers])


def _once(argument, values):
    for at, value in enumerate(values):
        if value in values[:at]:
            raise ValueError("Found duplicate value %s in CreateModel %s argument." % (value, argument))


class DeleteModel(_Model):
    pass


class RenameModel(_Model):
    def __init__(self, old_name, new_name):
        self.old_name = old_name
        self.new_name = new_name
        super().__init__(old_name)


class AlterModelTable(_Model):
    def __init__(self, name, table):
        self.table = table
        super().__init__(name)


class AlterModelTableComment(_Model):
    def __init__(self, name, table_comment):
        self.table_comment = table_comment
        super().__init__(name)


def _groups(value):
    if not value:
        return value
    value = list(value)
    if isinstance(value[0], str):
        value = [value]
    return {tuple(group) for group in value}


class AlterUniqueTogether(_Model):
    option_name = "unique_together"

    def __init__(self, name, unique_together):
        self.unique_together = _groups(unique_together)
        super().__init__(name)


class AlterIndexTogether(_Model):
    option_name = "index_together"

    def __init__(self, name, index_together):
        self.index_together = _groups(index_together)
        super().__init__(name)


class AlterOrderWithRespectTo(_Model):
    def __init__(self, name, order_with_respect_to):
        self.order_with_respect_to = order_with_respect_to
        super().__init__(name)


class AlterModelOptions(_Model):
    def __init__(self, name, options):
        self.options = options
        super().__init__(name)


class AlterModelManagers(_Model):
    def __init__(self, name, managers):
        self.managers = managers
        super().__init__(name)


class _Part(_Known):
    @property
    def model_name_lower(self):
        return self.model_name.lower()


class AddIndex(_Part):
    def __init__(self, model_name, index):
        self.model_name = model_name
        if not index.name:
            raise ValueError(
                "Indexes passed to AddIndex operations require a name argument. %r doesn't have one." % index)
        self.index = index


class RemoveIndex(_Part):
    def __init__(self, model_name, name):
        self.model_name = model_name
        self.name = name


class RenameIndex(_Part):
    def __init__(self, model_name, new_name, old_name=None, old_fields=None):
        if not old_name and not old_fields:
            raise ValueError("RenameIndex requires one of old_name and old_fields arguments to be set.")
        if old_name and old_fields:
            raise ValueError("RenameIndex.old_name and old_fields are mutually exclusive.")
        self.model_name = model_name
        self.new_name = new_name
        self.old_name = old_name
        self.old_fields = old_fields


class AddConstraint(_Part):
    def __init__(self, model_name, constraint):
        self.model_name = model_name
        self.constraint = constraint


class RemoveConstraint(_Part):
    def __init__(self, model_name, name):
        self.model_name = model_name
        self.name = name


class AlterConstraint(_Part):
    def __init__(self, model_name, name, constraint):
        self.model_name = model_name
        self.name = name
        self.constraint = constraint


class FieldOperation(_Part):
    def __init__(self, model_name, name, field=None):
        self.model_name = model_name
        self.name = name
        self.field = field

    @property
    def name_lower(self):
        return self.name.lower()


class AddField(FieldOperation):
    def __init__(self, model_name, name, field, preserve_default=True):
        self.preserve_default = preserve_default
        super().__init__(model_name, name, field)


class RemoveField(FieldOperation):
    pass


class AlterField(FieldOperation):
    def __init__(self, model_name, name, field, preserve_default=True):
        self.preserve_default = preserve_default
        super().__init__(model_name, name, field)


class RenameField(FieldOperation):
    def __init__(self, model_name, old_name, new_name):
        self.old_name = old_name
        self.new_name = new_name
        super().__init__(model_name, old_name)


class RunSQL(_Known):
    noop = ""

    def __init__(self, sql, reverse_sql=None, state_operations=None, hints=None, elidable=False):
        self.sql = sql
        self.reverse_sql = reverse_sql
        self.state_operations = state_operations or []
        self.hints = hints or {}
        self.elidable = elidable

    @property
    def reversible(self):
        return self.reverse_sql is not None


class RunPython(_Known):
    reduces_to_sql = False

    def __init__(self, code, reverse_code=None, atomic=None, hints=None, elidable=False):
        self.atomic = atomic
        if not callable(code):
            raise ValueError("RunPython must be supplied with a callable")
        self.code = code
        if reverse_code is not None and not callable(reverse_code):
            raise ValueError("RunPython must be supplied with callable arguments")
        self.reverse_code = reverse_code
        self.hints = hints or {}
        self.elidable = elidable

    @property
    def reversible(self):
        return self.reverse_code is not None

    @staticmethod
    def noop(apps, schema_editor):
        return None


class SeparateDatabaseAndState(_Known):
    def __init__(self, database_operations=None, state_operations=None):
        self.database_operations = database_operations or []
        self.state_operations = state_operations or []


_SHOWN = (
    "CreateModel", "DeleteModel", "AlterModelTable", "AlterModelTableComment", "AlterUniqueTogether", "RenameModel",
    "AlterIndexTogether", "AlterModelOptions", "AddIndex", "RemoveIndex", "RenameIndex", "AddField", "RemoveField",
    "AlterField", "RenameField", "AddConstraint", "RemoveConstraint", "AlterConstraint", "SeparateDatabaseAndState",
    "RunSQL", "RunPython", "AlterOrderWithRespectTo", "AlterModelManagers",
)
for _name in _SHOWN:
    globals()[_name].__module__ = "django.db.migrations.operations." + (
        "special" if _name in ("RunSQL", "RunPython", "SeparateDatabaseAndState") else
        "fields" if _name in ("AddField", "RemoveField", "AlterField", "RenameField") else "models")
Operation.__module__ = "django.db.migrations.operations.base"
Migration.__module__ = "django.db.migrations.migration"
