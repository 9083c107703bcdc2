"""`python -m oracle.fuzz ENGINE [--dataset D] [--seed N] [--count N]`: random querysets, on Django and on the engine.

ENGINE is the `ormdojo` binary (or `oracle`, Django against itself). Each program that differs is made shorter as long as
it still differs, and printed with what differs. What the engine calls unsupported is counted, not printed.
"""

import argparse
import json
import random
import subprocess
import sys
from collections import Counter

from .environment import DATASETS, child_environment

TEXTS = ["'django'", "'Hello'", "'a'", "''", "'%'", "'_'", "'100%'", "'John'", "'done'", "'A'"]
DATES = ["date(2026, 1, 1)", "date(2019, 1, 1)", "'2026-06-15'"]
MOMENTS = ["timezone.now()", "timezone.now() - timedelta(days=30)", "'2026-02-01 00:00:00'"]
NUMBERS = ["0", "1", "2", "3", "5", "10", "25", "90", "100", "1000", "'7'"]
VALUES = {
    "text": TEXTS, "number": NUMBERS, "decimal": [*NUMBERS, "Decimal('99.99')", "Decimal('500')"], "date": DATES,
    "moment": MOMENTS, "boolean": ["True", "False"], "duration": ["timedelta(hours=2)", "timedelta(0)"],
}  # fmt: skip
LOOKUPS = {
    "text": ["", "exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "gt", "lte"],
    "number": ["", "gt", "gte", "lt", "lte", "exact"],
    "decimal": ["", "gt", "gte", "lt", "lte"],
    "date": ["", "gt", "gte", "lt", "lte"],
    "moment": ["", "gt", "gte", "lt", "lte"],
    "boolean": ["", "exact"],
    "duration": ["", "gt", "lte"],
}
PARTS = {"date": ["year", "month", "day", "week_day", "quarter"], "moment": ["year", "month", "day", "hour", "week"]}


def family(field):
    """Which values and lookups suit a field; none for those that are left alone."""
    kind = field.get_internal_type()
    if "Text" in kind or kind in ("CharField", "SlugField", "EmailField", "URLField"):
        return "text"
    if "Integer" in kind or "Auto" in kind or kind == "FloatField":
        return "number"
    names = {"DecimalField": "decimal", "DateField": "date", "DateTimeField": "moment", "BooleanField": "boolean", "DurationField": "duration"}  # fmt: skip
    return names.get(kind)


class Writer:
    """Writes programs about the models of one dataset."""

    def __init__(self, models, seed):
        self.models, self.random = models, random.Random(seed)

    def program(self):
        """A program as a list of parts: the model, then what is called on it; joined, they are an expression."""
        model = self.random.choice(self.models)
        parts = [f"{model.__name__}.objects"]
        names = []
        for _ in range(self.random.randint(1, 4)):
            parts.append(self.step(model, names))
        parts.append(self.random.choice(["", "", "", ".count()", ".exists()", ".first()", "[:3]", "[1:4]", ".distinct()", ".order_by('pk')", ".order_by('pk')[:2]"]))  # fmt: skip
        return parts

    def path(self, model, depth=None):
        """A lookup path that ends in a column, and the column's field."""
        prefix = ""
        depth = self.random.choice([0, 0, 0, 1, 1, 2, 3]) if depth is None else depth
        for _ in range(depth):
            relations = [field for field in model._meta.get_fields() if field.is_relation and field.related_model]
            if not relations:
                break
            relation = self.random.choice(relations)
            prefix, model = f"{prefix}{relation.name}__", relation.related_model
        fields = [field for field in model._meta.concrete_fields if not field.is_relation and family(field)]
        field = self.random.choice(fields)
        return prefix + field.name, field

    def relation(self, model):
        relations = [field for field in model._meta.get_fields() if field.is_relation and field.related_model]
        return self.random.choice(relations).name if relations else "pk"

    def condition(self, model, names):
        pick = self.random.random()
        if names and pick < 0.2:
            return f"{self.random.choice(names)}__{self.random.choice(['gt', 'lte', 'exact'])}={self.random.choice(NUMBERS[:6])}"
        if pick < 0.3:
            return f"{self.relation(model)}__isnull={self.random.choice(['True', 'False'])}"
        path, field = self.path(model)
        kind = family(field)
        if kind in PARTS and self.random.random() < 0.3:
            number = self.random.choice(["1", "2", "6", "2025", "2026"])
            return f"{path}__{self.random.choice(PARTS[kind])}={number}"
        if self.random.random() < 0.1:
            return f"{path}__in=[{', '.join(self.random.sample(VALUES[kind], 2))}]"
        if self.random.random() < 0.1:
            return f"{path}__isnull={self.random.choice(['True', 'False'])}"
        if self.random.random() < 0.1:
            other, _ = self.path(model, self.random.choice([0, 1]))
            return f"{path}=F('{other}')"
        lookup = self.random.choice(LOOKUPS[kind])
        return f"{path}{'__' + lookup if lookup else ''}={self.random.choice(VALUES[kind])}"

    def q(self, model, names):
        left, right = (f"Q({self.condition(model, names)})" for _ in range(2))
        return f"{self.random.choice(['', '~'])}{left} {self.random.choice('|&|&^')} {self.random.choice(['', '~'])}{right}"

    def step(self, model, names):
        kind = self.random.choice(["filter", "filter", "filter", "exclude", "exclude", "q", "annotate", "annotate", "order", "values", "values_list", "f", "exists", "related", "only"])  # fmt: skip
        if kind in ("filter", "exclude"):
            conditions = {self.condition(model, names) for _ in range(self.random.choice([1, 1, 2]))}
            unique = {condition.split("=")[0]: condition for condition in sorted(conditions)}
            return f".{kind}({', '.join(unique.values())})"
        if kind == "q":
            return f".{self.random.choice(['filter', 'exclude'])}({self.q(model, names)})"
        if kind == "annotate":
            name = f"x{len(names)}"
            names.append(name)
            function = self.random.choice(["Count", "Count", "Max", "Min", "Sum", "Avg"])
            path, field = self.path(model, self.random.choice([1, 1, 2]))
            if function == "Count":
                extra = self.random.choice(["", ", distinct=True", f", filter=Q({self.condition(model, [])})"])
                return f".annotate({name}=Count('{self.relation(model)}'{extra}))"
            return f".annotate({name}={function}('{path}'))"
        if kind == "f":
            name = f"x{len(names)}"
            names.append(name)
            path, field = self.path(model, self.random.choice([0, 1]))
            if family(field) == "text":
                return f".annotate({name}={self.random.choice(['Length', 'Upper', 'Lower', 'F'])}('{path}'))"
            return f".annotate({name}=F('{path}'))"
        if kind == "exists":
            reverse = [field for field in model._meta.related_objects if field.one_to_many]
            if not reverse:
                return ".all()"
            relation = self.random.choice(reverse)
            child, key = relation.related_model, relation.field.name
            condition = self.condition(child, [])
            return f".filter({self.random.choice(['', '~'])}Exists({child.__name__}.objects.filter({key}=OuterRef('pk'), {condition})))"
        if kind == "order":
            keys = [self.random.choice(["", "-"]) + self.path(model, self.random.choice([0, 0, 1]))[0] for _ in range(2)]
            return f".order_by({', '.join(map(repr, keys))})"
        if kind == "related":
            forward = [field.name for field in model._meta.concrete_fields if field.is_relation]
            return f".select_related('{self.random.choice(forward)}')" if forward else ".all()"
        fields = sorted({self.path(model, self.random.choice([0, 0, 1]) if kind != "only" else 0)[0] for _ in range(2)})
        return f".{kind}({', '.join(map(repr, fields))})"


class Worker:
    """A process that answers programs with run objects."""

    def __init__(self, command):
        self.command, self.process = command, None

    def run(self, source):
        for _ in range(2):
            if self.process is None:
                self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8", env=child_environment() if "-m" in self.command else None)  # fmt: skip
            try:
                self.process.stdin.write(json.dumps({"id": 0, "source": source}) + "\n")
                self.process.stdin.flush()
                line = self.process.stdout.readline()
            except BrokenPipeError:
                line = ""
            if line:
                return json.loads(line)
            self.process = None
        return {"error": {"type": "died", "message": "the worker died"}}


def essence(answer):
    """What must agree."""
    error = answer.get("error")
    return {
        "queries": [(query["sql"], query["params"]) for query in answer.get("queries") or []],
        "columns": answer.get("columns"),
        "rows": answer.get("rows"),
        "value": answer.get("value"),
        "error": error and (error["type"], error["message"]),
    }


def fuzz(options):
    from django.apps import apps

    oracle = Worker([sys.executable, "-m", "oracle.worker", options.dataset])
    command = [options.engine, "run", "--jsonl", "--dataset", options.dataset]
    engine = Worker(oracle.command if options.engine == "oracle" else command)
    writer = Writer(list(apps.get_app_config(options.dataset).get_models()), options.seed)
    tally = Counter()

    def differs(parts):
        source = "".join(parts) + "\n"
        wanted, seen = oracle.run(source), engine.run(source)
        if (seen.get("error") or {}).get("unsupported"):
            return "unsupported", wanted, seen
        same = essence(wanted) == essence(seen)
        return ("same, raised" if wanted.get("error") else "same") if same else "differs", wanted, seen

    for _ in range(options.count):
        parts = writer.program()
        verdict, wanted, seen = differs(parts)
        tally[verdict] += 1
        if verdict != "differs":
            continue
        place = 1
        while place < len(parts):
            shorter = parts[:place] + parts[place + 1 :]
            again = differs(shorter)
            if len(shorter) > 1 and again[0] == "differs":
                parts, wanted, seen = shorter, again[1], again[2]
            else:
                place += 1
        print("".join(parts))
        wanted, seen = essence(wanted), essence(seen)
        for key in wanted:
            if wanted[key] != seen[key]:
                print(f"  Django {key}: {str(wanted[key])[:1500]}\n  engine {key}: {str(seen[key])[:1500]}")
                break
    print(f"{options.dataset}, seed {options.seed}: " + ", ".join(f"{count} {word}" for word, count in sorted(tally.items())))
    return tally["differs"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("--dataset", choices=DATASETS, default="blog")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    options = parser.parse_args()
    from . import project

    project.set_up(options.dataset)
    sys.exit(fuzz(options) > 0)


if __name__ == "__main__":
    main()
