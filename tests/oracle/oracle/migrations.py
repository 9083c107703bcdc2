"""`python -m oracle.migrations fill|check [FILES]`: what real Django's autodetector, writer and `sqlmigrate` say of two
versions of a models.py. `python -m oracle.migrations serve` answers JSON lines.

A case of tests/conformance/migrations/*.md is a heading, a `py` block marked `old` (or none), one marked `new` or
`migration`, and what Django said: the file of each migration (`file NAME`), `sql`, `backwards`, or an `error`.
"""

import contextlib
import difflib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from .environment import CONFORMANCE, child_environment

SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "app"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": %r}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTH_USER_MODEL = %r
"""


class GaveUp(Exception):
    """A default was needed and none was there."""


def questioner(answers, log):
    """Answers as the flags of the command say them."""
    import datetime

    from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
    from django.utils import timezone

    class Given(NonInteractiveMigrationQuestioner):
        def __init__(self):
            super().__init__(specified_apps={"app"}, verbosity=1, log=log.append)

        def _given(self, field_name, model_name):
            for name in ("%s.%s" % (model_name, field_name), field_name):
                if name in answers.get("defaults", {}):
                    code = answers["defaults"][name]
                    return True, eval(code, {}, {"datetime": datetime, "timezone": timezone})
            return False, None

        def ask_rename(self, *args):
            return bool(answers.get("yes"))

        def ask_rename_model(self, *args):
            return bool(answers.get("yes"))

        def ask_not_null_addition(self, field_name, model_name):
            found, value = self._given(field_name, model_name)
            return value if found else super().ask_not_null_addition(field_name, model_name)

        def ask_not_null_alteration(self, field_name, model_name):
            found, value = self._given(field_name, model_name)
            return value if found else super().ask_not_null_alteration(field_name, model_name)

        def ask_auto_now_add_addition(self, field_name, model_name):
            found, value = self._given(field_name, model_name)
            return value if found else super().ask_auto_now_add_addition(field_name, model_name)

    return Given()


def in_child(work, *args):
    """What `work` gives, in a process of its own."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        try:
            answer = work(*args)
        except BaseException as error:
            if isinstance(error, SystemExit):
                answer = {"error": ["SystemExit", str(error.code)]}
            else:
                answer = {"error": [type(error).__name__, str(error)], "trace": traceback.format_exc()}
        with os.fdopen(write, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        text = stream.read()
    os.waitpid(pid, 0)
    return json.loads(text)


def set_up(folder, user_model):
    sys.path.insert(0, folder)
    Path(folder, "case_settings.py").write_text(SETTINGS % (folder + "/db.sqlite3", user_model))
    os.environ["DJANGO_SETTINGS_MODULE"] = "case_settings"
    import django

    django.setup()


def make(folder, user_model, answers, name):
    """Writes the migrations that are missing and gives their names and texts."""
    set_up(folder, user_model)
    from django.apps import apps
    from django.core import checks
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState
    from django.db.migrations.writer import MigrationWriter

    errors = [error for error in checks.run_checks() if error.is_serious()]
    if errors:
        return {"checks": ["%s: %s" % (error.id, error.msg) for error in errors]}
    log = []
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), questioner(answers, log))
    try:
        changes = detector.changes(
            graph=loader.graph, trim_to_apps={"app"}, convert_apps={"app"}, migration_name=name)
    except SystemExit:
        return {"log": log, "gave_up": True}
    made = []
    for migration in changes.get("app", []):
        text = MigrationWriter(migration).as_string()
        Path(folder, "app/migrations", migration.name + ".py").write_text(text)
        made.append({
            "name": migration.name, "text": text,
            "operations": [operation.formatted_description() for operation in migration.operations]})
    return {"made": made, "log": log}


def quietly(*args, **kwargs):
    from django.core.management import call_command

    out = io.StringIO()
    with contextlib.redirect_stderr(io.StringIO()):
        call_command(*args, stdout=out, stderr=io.StringIO(), no_color=True, skip_checks=True, **kwargs)
    return out.getvalue()


def migrate(folder, user_model, name):
    set_up(folder, user_model)
    quietly("migrate", "app", name, verbosity=0)
    return {}


def sqlmigrate(folder, user_model, name, backwards):
    set_up(folder, user_model)
    text = quietly("sqlmigrate", "app", name, backwards=backwards)
    return {"sql": text}


def run(case):
    """What Django says of one case: `old`, `new` or `migration`, `answers`, `name`."""
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder, "app")
        (app / "migrations").mkdir(parents=True)
        (app / "__init__.py").write_text("")
        (app / "migrations/__init__.py").write_text("")
        texts = (case.get("old") or "") + (case.get("new") or "")
        user_model = "app.User" if re.search(r"^class User\(.*Abstract(Base)?User", texts, re.M) else "auth.User"
        answers = case.get("answers", {})
        (app / "models.py").write_text(case.get("old") or "")
        before = []
        if (case.get("old") or "").strip():
            first = in_child(make, folder, user_model, {}, None)
            if "made" not in first:
                return {"broken": "old", **first}
            before = [one["name"] for one in first["made"]]
        if before:
            done = in_child(migrate, folder, user_model, before[-1])
            if "error" in done:
                return {"broken": "old", **done}
        if case.get("migration"):
            name = case.get("name") or "0002_case"
            (app / "migrations" / (name + ".py")).write_text(case["migration"])
            found = {"made": [{"name": name}]}
        else:
            (app / "models.py").write_text(case.get("new") or "")
            found = in_child(make, folder, user_model, answers, case.get("name"))
        if "made" not in found:
            return found
        answer = {"made": found["made"], "log": found.get("log", []), "sql": "", "backwards": ""}
        for one in found["made"]:
            told = in_child(sqlmigrate, folder, user_model, one["name"], False)
            if "error" in told:
                answer["error"] = told["error"]
                answer["trace"] = told.get("trace")
                return answer
            answer["sql"] += told["sql"]
            done = in_child(migrate, folder, user_model, one["name"])
            if "error" in done:
                answer["migrate"] = done["error"]
        for one in found["made"]:
            told = in_child(sqlmigrate, folder, user_model, one["name"], True)
            if "error" in told:
                answer["backwards_error"] = told["error"]
                break
            answer["backwards"] += told["sql"]
        return answer


def without_header(text):
    return re.sub(r"\A# Generated by Django [^\n]*\n\n", "", text)


BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)


def parse(text):
    """The cases of a file: heading, what it is given, and the text of the given part."""
    cases = []
    for part in re.split(r"^(?=## )", text, flags=re.M):
        if not part.startswith("## "):
            cases.append({"lead": part})
            continue
        case = {"heading": part.split("\n", 1)[0][3:], "answers": {}}
        prose_end = 0
        for found in BLOCK.finditer(part):
            language, info, body = found.groups()
            if language != "py":
                break
            words = info.split()
            case[words[0]] = body
            for word in words[1:]:
                if word == "yes-renames":
                    case["answers"]["yes"] = True
                elif word.startswith("name="):
                    case["name"] = word[5:]
                elif word.startswith("default="):
                    name, code = word[8:].split("=", 1)
                    case["answers"].setdefault("defaults", {})[name] = code
                else:
                    sys.exit("%s: unknown word %s" % (case["heading"], word))
            prose_end = found.end()
        case["given"] = part[:prose_end]
        cases.append(case)
    return cases


def block(kind, text):
    if text and not text.endswith("\n"):
        text += "\n"
    return "\n\n```%s\n%s```" % (kind, text)


def told(case, answer):
    """A case with what Django said of it."""
    if "broken" in answer or "checks" in answer:
        sys.exit("%s: %s" % (case["heading"], answer.get("checks") or answer.get("trace") or answer))
    text = case["given"]
    if answer.get("gave_up"):
        return text + block("log", "\n".join(answer["log"])) + "\n\n"
    if "made" not in answer:
        return text + block("error", ": ".join(answer["error"])) + "\n\n"
    for one in answer["made"]:
        if "text" in one:
            text += block("file " + one["name"], without_header(one["text"]))
    if answer["log"]:
        text += block("log", "\n".join(answer["log"]))
    if "error" in answer:
        text += block("error", ": ".join(answer["error"]))
    elif answer["made"]:
        text += block("sql", answer["sql"])
        if "backwards_error" in answer:
            text += block("undone", ": ".join(answer["backwards_error"]))
        else:
            text += block("backwards", answer["backwards"])
    return text + "\n\n"


def corpus(paths, fill):
    stale = count = 0
    for path in paths:
        old = path.read_text(encoding="utf-8")
        text = ""
        for case in parse(old):
            if "lead" in case:
                text += case["lead"]
                continue
            count += 1
            text += told(case, run(case))
        text = text.rstrip("\n") + "\n"
        if text == old:
            continue
        stale += 1
        if fill:
            path.write_text(text, encoding="utf-8")
        else:
            sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), text.splitlines(True), str(path), "oracle"))
    print("%d cases in %d files, %d %s" % (count, len(paths), stale, "rewritten" if fill else "not current"))
    return stale and not fill


def warm():
    """What every case imports, once."""
    import django.contrib.auth.models  # noqa: F401


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("fill", "check", "serve"):
        sys.exit(__doc__)
    if not os.environ.get("ORACLE_CHILD"):
        environment = {**child_environment(), "ORACLE_CHILD": "1"}
        sys.exit(subprocess.run([sys.executable, "-m", "oracle.migrations", *sys.argv[1:]], env=environment).returncode)
    import django.core.management  # noqa: F401
    import django.db.migrations.autodetector  # noqa: F401
    import django.db.migrations.writer  # noqa: F401

    if sys.argv[1] == "serve":
        for line in sys.stdin:
            case = json.loads(line)
            answer = run(case)
            answer["id"] = case.get("id")
            print(json.dumps(answer), flush=True)
        return
    paths = [Path(name).resolve() for name in sys.argv[2:]] or sorted((CONFORMANCE / "migrations").glob("*.md"))
    sys.exit(corpus(paths, sys.argv[1] == "fill"))


if __name__ == "__main__":
    main()
