"""`python -m oracle.migration_fuzz ENGINE [--seed N] [--count N] [--jobs N]`: random pairs of models, their migrations by
real Django and by the engine."""

import argparse
import difflib
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .environment import child_environment

HEAD = """import datetime
import uuid
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Concat, Length, Lower, Now, Upper
from django.utils.translation import gettext_lazy as _


def make_code():
    return "c"


class Level(models.TextChoices):
    LOW = "l", "Low"
    HIGH = "h", "High"

"""

NAMES = ["alpha", "beta", "gamma", "delta", "count", "title", "email", "owner", "parent", "kind", "total", "note"]
MODELS = ["Author", "Book", "Tag", "Shop", "Order", "Item", "City"]


class Maker:
    """Models as data: a list of {name, fields, meta, base}."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *items):
        return self.random.choice(items)

    def chance(self, share):
        return self.random.random() < share

    def scalar(self):
        pick, chance = self.pick, self.chance
        text = lambda: "models.CharField(max_length=%d" % pick(10, 20, 50)
        kinds = [
            (text, "'x'"), (text, "Level.LOW"), (lambda: "models.TextField(", "''"),
            (lambda: "models.IntegerField(", str(pick(0, 1, -5))), (lambda: "models.PositiveIntegerField(", "1"),
            (lambda: "models.BigIntegerField(", "2"), (lambda: "models.SmallIntegerField(", "3"),
            (lambda: "models.BooleanField(", pick("True", "False")), (lambda: "models.FloatField(", "1.5"),
            (lambda: "models.DecimalField(max_digits=%d, decimal_places=2" % pick(5, 8), "Decimal('1.50')"),
            (lambda: "models.DateField(", "datetime.date(2020, 1, 2)"),
            (lambda: "models.DateTimeField(", "datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)"),
            (lambda: "models.TimeField(", "datetime.time(1, 2)"),
            (lambda: "models.DurationField(", "datetime.timedelta(hours=2)"),
            (lambda: "models.UUIDField(", "uuid.UUID(int=5)"), (lambda: "models.JSONField(", pick("dict", "list")),
            (lambda: "models.EmailField(", "'a@b.c'"), (lambda: "models.URLField(", "'http://x.y'"),
            (lambda: "models.SlugField(", "'s'"), (lambda: "models.BinaryField(", "b'x'"),
            (lambda: "models.GenericIPAddressField(", "'1.2.3.4'"),
        ]
        make, default = pick(*kinds)
        head = make()
        options = []
        given = chance(0.45)
        if given:
            options.append("default=%s" % default)
        if chance(0.4):
            options.append("null=True")
        elif not given and chance(0.3) and default != "''":
            options.append("db_default=%s" % pick("Now()" if "Date" in head else default) if "JSON" not in head and "Binary" not in head and "Level" not in default else "null=True")
        if chance(0.15):
            options.append("blank=True")
        if chance(0.12) and "Boolean" not in head and "JSON" not in head:
            options.append("unique=True")
        elif chance(0.15):
            options.append("db_index=True")
        if chance(0.1):
            options.append("db_column='col_%d'" % self.random.randrange(100000))
        if chance(0.1):
            options.append("help_text='why not?'")
        if chance(0.08):
            options.append("verbose_name=%s" % pick("'a word'", "_('lazy')"))
        if chance(0.08) and "CharField" in head:
            options.append("choices=%s" % pick("Level", "Level.choices", "[('x', 'X'), ('s', 'S')]"))
        if chance(0.06) and "Integer" in head:
            options.append("validators=[MinValueValidator(%d)]" % pick(-9, -8))
        if chance(0.05) and "CharField" in head:
            options.append("validators=[RegexValidator(r'^\\w+$', 'no')]")
        if chance(0.05):
            options.append("editable=False")
        return {"call": head, "options": options}

    def relation(self, models, own):
        pick, chance = self.pick, self.chance
        target = pick(*[model["name"] for model in models], "self")
        if target == own:
            target = "self"
        kind = pick("ForeignKey", "ForeignKey", "OneToOneField", "ManyToManyField")
        options = []
        if kind != "ManyToManyField":
            options.append(pick("models.CASCADE", "on_delete=models.PROTECT", "models.SET_NULL", "on_delete=models.DO_NOTHING"))
            if "SET_NULL" in options[0] or chance(0.4):
                options.append("null=True")
            if chance(0.1):
                options.append("db_constraint=False")
            if chance(0.1):
                options.append("db_index=False")
            if chance(0.08):
                options.append("limit_choices_to={'pk__gt': 1}")
        else:
            if chance(0.3):
                options.append("blank=True")
            if chance(0.15):
                options.append("db_table='m2m_%d'" % self.random.randrange(10000))
        options.append("related_name='%s'" % pick("+", "r%d" % self.random.randrange(1000000)))
        return {"call": "models.%s('%s', " % (kind, target), "options": options, "target": target, "kind": kind}

    def field(self, models, own):
        return self.relation(models, own) if self.chance(0.25) else self.scalar()

    def models(self):
        count = self.random.randrange(1, 4)
        made = [{"name": name, "fields": {}, "meta": {}} for name in self.random.sample(MODELS, count)]
        for model in made:
            for name in self.random.sample(NAMES, self.random.randrange(1, 6)):
                model["fields"][name] = self.field(made, model["name"])
            self.meta(model)
        return made

    def columns(self, model):
        return [name for name, field in model["fields"].items() if field.get("kind") != "ManyToManyField"]

    def scalars(self, model):
        return [name for name, field in model["fields"].items()
                if "kind" not in field and "JSON" not in field["call"] and "Binary" not in field["call"]]

    def meta(self, model):
        pick, chance = self.pick, self.chance
        columns, scalars = self.columns(model), self.scalars(model)
        meta = model["meta"]
        if chance(0.15):
            meta["ordering"] = pick("['-id']", "('id',)", "[F('id').desc()]")
        if chance(0.1):
            meta["verbose_name"] = pick("'thing'", "_('a thing')")
        if chance(0.1):
            meta["db_table"] = "'table_%d'" % self.random.randrange(1000)
        unique = [name for name in columns if not any("unique=True" in o for o in model["fields"][name]["options"])]
        if chance(0.15) and len(columns) > 1:
            meta["unique_together"] = "[%r]" % (tuple(self.random.sample(columns, 2)),)
        if chance(0.3) and columns:
            items = []
            for at in range(pick(1, 1, 2)):
                name = pick(*columns)
                form = pick(0, 0, 1, 2, 3)
                if form == 0:
                    items.append("models.Index(fields=[%r])" % pick(name, "-" + name))
                elif form == 1:
                    items.append("models.Index(fields=[%r, 'id'], name='i%d')" % (name, self.random.randrange(10**6)))
                elif form == 2 and scalars:
                    items.append("models.Index(%s, name='i%d')" % (
                        pick("Lower(%r)", "F(%r).desc()", "Upper(%r).asc(nulls_last=True)", "Coalesce(%r, 'id')") % pick(*scalars),
                        self.random.randrange(10**6)))
                else:
                    items.append("models.Index(fields=[%r], condition=Q(id__gt=5), name='i%d')" % (
                        name, self.random.randrange(10**6)))
            meta["indexes"] = "[%s]" % ", ".join(dict.fromkeys(items))
        if chance(0.3) and columns:
            items = []
            for at in range(pick(1, 1, 2)):
                key = self.random.randrange(10**6)
                name = pick(*columns)
                form = pick(0, 1, 2, 3, 4)
                if form == 0:
                    items.append("models.UniqueConstraint(fields=[%r, 'id'], name='u%d')" % (name, key))
                elif form == 1:
                    items.append("models.UniqueConstraint(fields=[%r], condition=Q(id__lt=%d), name='u%d')" % (name, pick(3, 4), key))
                elif form == 2:
                    items.append("models.CheckConstraint(condition=Q(%s__isnull=False) | Q(id__gt=%d), name='c%d')" % (name, pick(1, 2), key))
                elif form == 3 and scalars:
                    items.append("models.UniqueConstraint(Lower(%r), name='u%d')" % (pick(*scalars), key))
                else:
                    items.append("models.CheckConstraint(condition=~Q(id=F('id') + %d), name='c%d'%s)" % (
                        pick(1, 2), key, pick("", ", violation_error_message='no'")))
            meta["constraints"] = "[%s]" % ", ".join(items)
        keys = [name for name, field in model["fields"].items() if field.get("kind") in ("ForeignKey", "OneToOneField")]
        if chance(0.08) and keys:
            meta["order_with_respect_to"] = repr(pick(*keys))
            meta.pop("ordering", None)

    def changed(self, models):
        """Another version of the models."""
        made = json.loads(json.dumps(models))
        for _ in range(self.pick(1, 1, 2, 3)):
            self.change(made)
        return [model for model in made if model["fields"] or True]

    def change(self, made):
        pick, chance = self.pick, self.chance
        model = pick(*made) if made else None
        what = pick("add", "add", "remove", "alter", "alter", "alter", "rename", "meta", "meta", "model", "drop", "option", "call", "name")
        if model is None or what == "model":
            free = [name for name in MODELS if name not in {m["name"] for m in made}]
            if free:
                fresh = {"name": pick(*free), "fields": {}, "meta": {}}
                made.append(fresh)
                for name in self.random.sample(NAMES, 2):
                    fresh["fields"][name] = self.field(made, fresh["name"])
                self.meta(fresh)
        elif what == "add":
            name = pick(*NAMES)
            if name not in model["fields"]:
                model["fields"][name] = self.field(made, model["name"])
        elif what == "remove" and model["fields"]:
            self.forget(model, pick(*model["fields"]))
        elif what == "alter" and model["fields"]:
            model["fields"][pick(*model["fields"])] = self.field(made, model["name"])
            model["meta"] = {}
        elif what == "option" and model["fields"]:
            field = model["fields"][pick(*model["fields"])]
            if field.get("kind") != "ManyToManyField":
                for option in ("null=True", "db_index=True", "unique=True"):
                    if chance(0.5) and not ("SET_NULL" in field["options"][0] if field["options"] else False):
                        if option in field["options"]:
                            field["options"].remove(option)
                        elif option != "unique=True" or "kind" not in field:
                            field["options"].append(option)
        elif what == "rename" and model["fields"]:
            old, new = pick(*model["fields"]), pick(*NAMES)
            if new not in model["fields"]:
                model["fields"] = {new if name == old else name: field for name, field in model["fields"].items()}
                model["meta"] = {key: value.replace("'%s'" % old, "'%s'" % new).replace("'-%s'" % old, "'-%s'" % new)
                                 .replace("(%s__" % old, "(%s__" % new) for key, value in model["meta"].items()}
        elif what == "meta":
            if chance(0.5):
                model["meta"] = {}
            self.meta(model)
        elif what == "drop" and len(made) > 1:
            made.remove(model)
            for other in made:
                for name in [n for n, f in other["fields"].items() if f.get("target") == model["name"]]:
                    self.forget(other, name)
        elif what == "name":
            free = [name for name in MODELS if name not in {m["name"] for m in made}]
            if free:
                new = pick(*free)
                for other in made:
                    for field in other["fields"].values():
                        if field.get("target") == model["name"]:
                            field["target"] = new
                            field["call"] = field["call"].replace("'%s'" % model["name"], "'%s'" % new)
                model["name"] = new

    def forget(self, model, name):
        del model["fields"][name]
        for key in list(model["meta"]):
            text = model["meta"][key]
            if "'%s'" % name in text or "'-%s'" % name in text or "(%s__" % name in text:
                del model["meta"][key]

    def text(self, models):
        parts = [HEAD]
        for model in models:
            lines = ["", "class %s(models.Model):" % model["name"]]
            for name, field in model["fields"].items():
                joiner = "" if field["call"].endswith(("(", ", ")) else ", "
                options = ", ".join(field["options"])
                lines.append("    %s = %s%s%s)" % (name, field["call"], joiner if options else "", options))
            if model["meta"]:
                lines.append("")
                lines.append("    class Meta:")
                lines += ["        %s = %s" % pair for pair in model["meta"].items()]
            elif not model["fields"]:
                lines.append("    pass")
            parts.append("\n".join(lines) + "\n")
        return "\n".join(parts)


def engine_says(engine, case):
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder, "old.py"), Path(folder, "new.py")
        old.write_text(case["old"])
        new.write_text(case["new"])
        flags = ["--app", "app", "--noinput", *(["--yes-renames"] if case["answers"].get("yes") else [])]
        for name, code in case["answers"].get("defaults", {}).items():
            flags += ["--default", "%s=%s" % (name, code)]
        forwards = subprocess.run([engine, "makemigrations", "--json", *flags, old, new], capture_output=True, text=True)
        backwards = subprocess.run([engine, "sqlmigrate", "--backwards", *flags, old, new], capture_output=True, text=True)
    return forwards, backwards


def difference(case, django, forwards, backwards):
    if "checks" in django or "broken" in django or django.get("error", [""])[0] in ("ImportError", "SyntaxError"):
        return None
    out = []

    def compare(word, expected, got):
        if expected != got:
            lines = difflib.unified_diff(expected.splitlines(True), got.splitlines(True), "django", "engine", n=1)
            out.append(word + "\n" + "".join(lines))

    said = json.loads(forwards.stdout) if forwards.stdout.strip() else None
    if django.get("gave_up"):
        if forwards.returncode != 3 or "".join(line + "\n" for line in django["log"]) != forwards.stderr:
            out.append("gave up: %s\n%s" % (django["log"], forwards.stderr))
        return "\n".join(out)
    if said is None:
        return "nothing said: %s" % forwards.stderr
    if "made" not in django or "error" in django:
        told = said["error"] and [said["error"]["type"], said["error"]["message"]]
        if told != django["error"]:
            out.append("error %s, engine %s" % (django["error"], told))
        return "\n".join(out)
    if said["error"]:
        return "error %s" % said["error"]
    compare("names", "\n".join(one["name"] for one in django["made"]), "\n".join(one["name"] for one in said["migrations"]))
    for one, mine in zip(django["made"], said["migrations"]):
        compare("file", one["text"], mine["text"])
    compare("sql", django["sql"], "".join(line + "\n" for one in said["migrations"] for line in one["sql"]))
    if "backwards_error" not in django:
        compare("backwards", django["backwards"], backwards.stdout)
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    environment = {**child_environment(), "ORACLE_CHILD": "1"}

    def share(numbers):
        worker = subprocess.Popen(
            [sys.executable, "-m", "oracle.migrations", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment)
        same = skipped = 0
        different = []
        for number in numbers:
            maker = Maker(number)
            models = maker.models()
            case = {"id": number, "old": maker.text(models), "new": maker.text(maker.changed(models)), "answers": {}}
            if maker.chance(0.6):
                case["answers"]["yes"] = True
            if maker.chance(0.85):
                case["answers"]["defaults"] = {name: maker.pick("7", "'x'", "1") for name in NAMES}
            worker.stdin.write(json.dumps(case) + "\n")
            worker.stdin.flush()
            forwards, backwards = engine_says(options.engine, case)
            django = json.loads(worker.stdout.readline())
            found = difference(case, django, forwards, backwards)
            if found is None:
                skipped += 1
            elif found:
                different.append(number)
                print("### %d  %s" % (number, case["answers"]))
                print("--- old", case["old"][len(HEAD):], "--- new", case["new"][len(HEAD):], found, sep="\n", flush=True)
            else:
                same += 1
        worker.stdin.close()
        worker.wait()
        return same, skipped, different

    numbers = range(options.seed, options.seed + options.count)
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(share, [numbers[at::options.jobs] for at in range(options.jobs)]))
    print("%d equal, %d different, %d refused by Django's checks" % (
        sum(r[0] for r in results), sum(len(r[2]) for r in results), sum(r[1] for r in results)))
    sys.exit(any(r[2] for r in results))


if __name__ == "__main__":
    main()
