"""`python -m oracle.models fill|check`: what Django makes of the model files in `tests/conformance/models/`.

Each case is a models.py of an app called `app`. Written down are `error` (what importing it raised), `checks` (the lines
that `manage.py check --database default` would group, sorted) and `ddl` (what the schema editor collects for the app's
models). `inspectdb_<dataset>.txt` holds what `inspectdb` prints of a dataset.
"""

import contextlib
import io
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from . import cases
from .cases import Block
from .environment import CONFORMANCE, DATASETS, child_environment

FOLDER = CONFORMANCE / "models"
WRITTEN = ("error", "checks", "ddl")
AUTH = ("AUTH_USER_MODEL", "contrib.auth", "auth.User", "get_user_model")


def examine(source):
    """The blocks of one models.py; runs in a process of its own."""
    import django
    from django.conf import settings

    folder = tempfile.mkdtemp()
    app = Path(folder, "app")
    app.mkdir()
    (app / "__init__.py").write_text("")
    (app / "models.py").write_text(source)
    sys.path.insert(0, folder)
    own_user = "class User(" in source
    installed = []
    named = AUTH[1:3] if own_user else AUTH
    if any(name in source for name in named):
        installed = ["django.contrib.contenttypes", "django.contrib.auth"]
    elif "contenttypes" in source:
        installed = ["django.contrib.contenttypes"]
    settings.configure(
        SECRET_KEY="oracle",
        INSTALLED_APPS=[*installed, "app"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        AUTH_USER_MODEL="app.User" if own_user else "auth.User",
        USE_TZ=True,
    )
    try:
        django.setup()
    except Exception as problem:
        return [Block("error", "", f"{type(problem).__name__}: {problem}".split("\n"))]
    from django.apps import apps
    from django.core import checks
    from django.db import connection

    blocks = []
    found = sorted(str(one) for one in checks.run_checks(databases=["default"]))
    if found:
        blocks.append(Block("checks", "", "\n".join(found).split("\n")))
    try:
        with connection.schema_editor(collect_sql=True) as editor:
            for model in apps.get_app_config("app").get_models():
                if model._meta.can_migrate(connection):
                    editor.create_model(model)
        blocks.append(Block("ddl", "", editor.collected_sql))
    except Exception as problem:
        blocks.append(Block("ddl", "", [f"{type(problem).__name__}: {problem}"]))
    return blocks


def in_child(function, *args):
    """The result of a function that must not leave traces in this process."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        with os.fdopen(writer, "wb") as out:
            pickle.dump(function(*args), out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        result = pickle.load(answer)
    os.waitpid(pid, 0)
    return result


def inspected(dataset):
    from .project import set_up

    set_up(dataset)
    from django.core.management import call_command

    out = io.StringIO()
    with contextlib.redirect_stderr(io.StringIO()):
        call_command("inspectdb", stdout=out)
    return out.getvalue()


def texts():
    for path in sorted(FOLDER.glob("*.md")):
        found = cases.parse(path.read_text(encoding="utf-8"))
        for case in found:
            if case.program is None:
                continue
            keep = [p for p in case.parts if not (isinstance(p, Block) and p.language in WRITTEN)]
            while keep and keep[-1] == "":
                keep.pop()
            case.parts = keep + in_child(examine, case.source) + [""]
        yield path, cases.render(found)
    for dataset in DATASETS:
        yield FOLDER / f"inspectdb_{dataset}.txt", in_child(inspected, dataset)


def main():
    stale = 0
    for path, text in texts():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old != text:
            stale += 1
            print(path)
            if sys.argv[2] == "fill":
                path.write_text(text, encoding="utf-8")
    print(f"{stale} {'rewritten' if sys.argv[2] == 'fill' else 'not current'}")
    sys.exit(stale > 0 and sys.argv[2] == "check")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("fill", "check", "child"):
        sys.exit(__doc__)
    if sys.argv[1] == "child":
        main()
    else:
        done = subprocess.run([sys.executable, "-m", "oracle.models", "child", sys.argv[1]], env=child_environment())
        sys.exit(done.returncode)
