"""One Django project around one dataset: settings, tables, rows, and the names a learner finds bound."""

import hashlib
import json
import sys
import types
import uuid

from .environment import DATASETS, FIXTURES, MODELS

_uuids = 0


def _next_uuid():
    """`uuid.uuid4` made repeatable: the n-th is the SHA-256 of `uuid n`, with the version's bits set."""
    global _uuids
    _uuids += 1
    return uuid.UUID(bytes=hashlib.sha256(b"uuid %d" % _uuids).digest()[:16], version=4)


def set_up(dataset):
    """Configures Django for the dataset's app alone, creates its tables and fills them.

    An app of `tests/oracle/models` comes with content types, and without rows.
    """
    uuid.uuid4 = _next_uuid
    generic = dataset not in DATASETS
    sys.path.insert(0, str(MODELS if generic else FIXTURES))
    import django
    from django.conf import settings

    settings.configure(
        DEBUG=True,
        SECRET_KEY="oracle",
        INSTALLED_APPS=["django.contrib.contenttypes", dataset] if generic else [dataset],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        AUTH_USER_MODEL="blog.User",
        USE_TZ=True,
        TIME_ZONE="UTC",
    )
    # One thread identity, so that savepoints are named s1_x1, s1_x2, ….
    import django.db.backends.base.base as base

    base._thread = types.SimpleNamespace(get_ident=lambda: 1)
    django.setup()
    _adopt_main_module(dataset)
    if dataset == "blog":
        _give_auth_user()
    create_tables()
    if not generic:
        load_rows(dataset)
    from django.db import connection

    connection.savepoint_state = 0
    connection.queries_log.clear()


def _adopt_main_module(dataset):
    """A model that a program defines without an app label belongs to the dataset's app."""
    from django.apps import apps

    containing = apps.get_containing_app_config

    def get_containing_app_config(name):
        return apps.get_app_config(dataset) if name == "__main__" else containing(name)

    apps.get_containing_app_config = get_containing_app_config


def _give_auth_user():
    from django.apps import apps

    module = types.ModuleType("django.contrib.auth.models")
    module.User = apps.get_model("blog", "User")
    sys.modules["django.contrib.auth.models"] = module


def create_tables():
    from django.apps import apps
    from django.db import connection

    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)


def read_rows(dataset):
    """The dataset's tables as they stand in `rows.json`, bytes decoded."""
    tables = json.loads((FIXTURES / dataset / "rows.json").read_text(encoding="utf-8"))
    for table in tables.values():
        table["rows"] = [
            [bytes.fromhex(cell["hex"]) if isinstance(cell, dict) else cell for cell in row] for row in table["rows"]
        ]
    return tables


def load_rows(dataset):
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for name, table in read_rows(dataset).items():
            columns = ", ".join(f'"{column}"' for column in table["columns"])
            places = ", ".join(["%s"] * len(table["columns"]))
            cursor.executemany(f'INSERT INTO "{name}" ({columns}) VALUES ({places})', table["rows"])
        connection.check_constraints()


def namespace(dataset):
    """What is bound before a learner's code runs, as datasets.md lists it."""
    import datetime
    import decimal

    import django.core.exceptions
    import django.db
    from django.apps import apps
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import connection, models, transaction
    from django.db.models import functions, signals
    from django.dispatch import receiver
    from django.utils import timezone

    names = {"__name__": "__main__", "__builtins__": __builtins__}
    for module in (models, functions):
        public = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
        names.update((name, getattr(module, name)) for name in public)
    for name, value in vars(signals).items():
        if isinstance(value, signals.Signal):
            names[name] = value
    for module in (django.core.exceptions, django.db):
        for name, value in vars(module).items():
            if isinstance(value, type) and issubclass(value, Exception):
                names[name] = value
    names.update(
        models=models,
        transaction=transaction,
        connection=connection,
        settings=settings,
        get_user_model=get_user_model,
        receiver=receiver,
        timezone=timezone,
        date=datetime.date,
        datetime=datetime.datetime,
        time=datetime.time,
        timedelta=datetime.timedelta,
        Decimal=decimal.Decimal,
        uuid=uuid,
    )
    names.update((model.__name__, model) for model in apps.get_app_config(dataset).get_models())
    return names
