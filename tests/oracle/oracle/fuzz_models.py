"""Models beside the datasets' own, for what those lack: inheritance, keys of other kinds, composite keys, self relations.

They are declared by a program's first lines, so that the engine reads them as it reads a learner's models.
"""

import random

MODELS = '''
class Place(models.Model):
    name = models.CharField(max_length=50)
    city = models.CharField(max_length=50, null=True, db_column="town")
    class Meta:
        db_table = "fuzz_place"

class Restaurant(Place):
    stars = models.IntegerField(null=True)
    serves = models.ManyToManyField("Dish", related_name="served_by")
    class Meta:
        db_table = "fuzz_restaurant"
        ordering = ["-stars"]

class Bar(Restaurant):
    happy = models.BooleanField(default=False)
    class Meta:
        db_table = "fuzz_bar"

class FamousRestaurant(Restaurant):
    class Meta:
        proxy = True
        ordering = ["name"]

class Dish(models.Model):
    name = models.CharField(max_length=50, unique=True)
    price = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    class Meta:
        db_table = "fuzz_dish"
        ordering = ["name"]

class Nation(models.Model):
    code = models.CharField(max_length=3, primary_key=True)
    label = models.CharField(max_length=30, unique=True)
    class Meta:
        db_table = "fuzz_nation"

class Person(models.Model):
    name = models.CharField(max_length=30)
    nation = models.ForeignKey(Nation, models.CASCADE, db_column="nation_code", related_name="people", related_query_name="citizen")
    born_in = models.ForeignKey(Nation, models.SET_NULL, null=True, to_field="label", related_name="+")
    friends = models.ManyToManyField("self")
    follows = models.ManyToManyField("self", symmetrical=False, through="Follow", through_fields=("source", "target"), related_name="followers")
    boss = models.ForeignKey("self", models.SET_NULL, null=True, related_name="staff")
    favourite = models.ForeignKey(Place, models.SET_NULL, null=True, related_name="fans")
    class Meta:
        db_table = "fuzz_person"
        ordering = ["boss__name", "-nation"]

class Follow(models.Model):
    source = models.ForeignKey(Person, models.CASCADE, related_name="out")
    target = models.ForeignKey(Person, models.CASCADE, related_name="into")
    since = models.DateField(null=True)
    class Meta:
        db_table = "fuzz_follow"

class Passport(models.Model):
    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="passport")
    number = models.UUIDField(null=True)
    class Meta:
        db_table = "fuzz_passport"

class Visa(models.Model):
    passport = models.ForeignKey(Passport, models.CASCADE, related_name="visas")
    until = models.DateTimeField(null=True)
    class Meta:
        db_table = "fuzz_visa"

class Entry(models.Model):
    pk = models.CompositePrimaryKey("book", "line")
    book = models.IntegerField()
    line = models.IntegerField()
    text = models.CharField(max_length=30, null=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="entries", null=True)
    class Meta:
        db_table = "fuzz_entry"

class Sample(models.Model):
    short = models.CharField(max_length=20, null=True)
    at = models.TimeField(null=True)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    took = models.DurationField(null=True)
    data = models.JSONField(null=True)
    ident = models.UUIDField(null=True)
    raw = models.BinaryField(null=True)
    ratio = models.FloatField(null=True)
    amount = models.DecimalField(max_digits=8, decimal_places=3, null=True)
    ok = models.BooleanField(null=True)
    address = models.GenericIPAddressField(null=True)
    small = models.SmallIntegerField(null=True)
    big = models.BigIntegerField(default=0)
    part_of = models.ForeignKey("self", models.CASCADE, null=True)
    class Meta:
        db_table = "fuzz_sample"
'''  # fmt: skip


def _cell(random, kind, unique):
    """A cell for a column."""
    if kind == "text":
        return random.choice(["django", "Hello", "a", "", "100%", "A_b", "é", "John"]) + (str(unique) if unique else "")
    choices = {
        "number": [0, 1, 2, 3, 5, 10, 100, -1], "decimal": ["12.5", "99.99", "0", "500"], "date": ["2026-01-01", "2019-01-01", "2025-12-31", "2026-06-15"],
        "moment": ["2026-02-01 00:00:00", "2026-06-15 12:00:00", "2025-03-30 01:30:15.000250"], "time": ["12:00:00", "08:30:00", "00:00:01.500000"],
        "boolean": [0, 1], "duration": [0, 7200000000, 86400000005], "json": ['"a"', "1", "{}", '{"a": 1, "likes": {"x": 2}}', "[1]", "null", "true", '{"a": null}'],
        "address": ["127.0.0.1", "::1"], "uuid": ["00000000000000000000000000000005", "00000000000000000000000000000006"], "binary": ["a", "b"],
    }  # fmt: skip
    return random.choice(choices[kind or "address"])


def prelude(made, family):
    """The source that declares the models, makes their tables and fills them; `made` are the models, declared here too."""
    from django.db import connection

    chance = random.Random(7)
    counts = {model: 5 for model in made}
    statements = []
    with connection.schema_editor(collect_sql=True) as editor:
        for model in made:
            if not model._meta.proxy:
                editor.create_model(model)
    statements += [sql.rstrip(";") for sql in editor.collected_sql if sql.startswith("CREATE TABLE")]
    tables = [model for model in made if not model._meta.proxy]
    for model in [*tables, *(f.remote_field.through for m in tables for f in m._meta.local_many_to_many if f.remote_field.through._meta.auto_created)]:  # fmt: skip
        fields, lines = model._meta.local_concrete_fields, []
        for number in range(1, counts.get(model, 8) + 1):
            cells = []
            for field in fields:
                if field.is_relation:
                    target = field.target_field
                    parent = field.primary_key
                    key = number if parent else chance.randint(1, 5)
                    while target.is_relation:
                        target = target.target_field
                    cell = key if family(target) != "text" else f"{'n' if target.primary_key else 'label'}{key}"
                    if model._meta.auto_created:
                        cell = (number * (3 if field is fields[1] else 1) + (number > 5)) % 5 + 1
                elif field.primary_key or field.name in ("book", "line"):
                    cell = f"n{number}" if family(field) == "text" else number if field.name != "book" else (number + 1) // 2
                elif field.name == "label":
                    cell = f"label{number}"
                else:
                    cell = _cell(chance, family(field), number if field.unique else 0)
                if field.null and chance.random() < 0.25:
                    cell = None
                cells.append("NULL" if cell is None else str(cell) if isinstance(cell, int) else "'" + cell.replace("%", "%%") + "'")
            lines.append(f"({', '.join(cells)})")
        columns = ", ".join(f'"{field.column}"' for field in fields)
        statements.append(f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {", ".join(lines)}')
    calls = "".join(f"_c.execute({statement!r})\n" for statement in statements)
    return f"{MODELS}\nwith connection.cursor() as _c:\n" + "".join(f"    {line}\n" for line in calls.splitlines())
