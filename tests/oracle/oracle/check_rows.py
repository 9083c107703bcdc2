"""`python -m oracle.check_rows`: the datasets, read through Django, hold exactly what `rows.json` says."""

import os
import subprocess
import sys
from decimal import Decimal

from .environment import DATASETS, child_environment


def check(dataset):
    """Compares one dataset in this process; gives the number of rows."""
    from . import project

    project.set_up(dataset)
    from django.apps import apps
    from django.db import connection

    tables = project.read_rows(dataset)
    count = 0
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    if set(models) != set(tables):
        sys.exit(f"{dataset}: tables differ: {sorted(set(models) ^ set(tables))}")
    for name, table in tables.items():
        fields = [field for field in models[name]._meta.concrete_fields]
        if [field.column for field in fields] != table["columns"]:
            sys.exit(f"{dataset}.{name}: columns are {[field.column for field in fields]}")
        loaded = models[name]._base_manager.order_by("pk")
        stored = [[field.get_db_prep_save(getattr(item, field.attname), connection) for field in fields] for item in loaded]
        stored = [[_bare(cell) for cell in row] for row in stored]
        if stored != [[_bare(cell) for cell in row] for row in table["rows"]]:
            pairs = [pair for pair in zip(stored, table["rows"]) if pair[0] != pair[1]]
            sys.exit(f"{dataset}.{name}: {len(pairs)} rows differ, the first: {pairs[:1]}")
        for item in loaded:
            # Empty text is allowed in the database, though a form would refuse it.
            empty = [f.name for f in fields if f.is_relation or getattr(item, f.attname) in f.empty_values]
            item.clean_fields(exclude=empty)
        count += len(stored)
    return count


def _bare(cell):
    if isinstance(cell, memoryview):
        return bytes(cell)
    if isinstance(cell, bool):
        return int(cell)
    if isinstance(cell, Decimal):
        return str(cell)
    return cell


def main():
    if len(sys.argv) > 1:
        print(f"{sys.argv[1]}: {check(sys.argv[1])} rows")
        return
    os.environ.update(child_environment())
    failed = [name for name in DATASETS if subprocess.run([sys.executable, "-m", "oracle.check_rows", name]).returncode]
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
