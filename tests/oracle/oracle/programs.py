"""Random programs of writes about the models of one dataset.

A program is a list of nodes: a line of source, or a pair of a header and its body. `render` writes them as source,
`shorter` gives the programs that lack something of one.
"""

import random

TEXTS = ["'django'", "'Hello'", "'a'", "''", "'100%'", "'John'", "'done'", "'A'", "\"it's\"", "'zoë'", "'x' * 60", "'new'"]
WRONG = ["None", "'abc'", "-1", "3.7", "'12'", "True", "[]", "2 ** 70", "Decimal('1.005')", "b'x'", "date(2024, 2, 29)"]
MOMENTS = ["timezone.now()", "timezone.now() - timedelta(days=3)", "datetime(2024, 1, 2, 3, 4, 5, tzinfo=__import__('datetime').timezone.utc)", "'2026-02-01 00:00:00'", "datetime(2024, 5, 6, 7, 8)"]  # fmt: skip
DATES = ["date(2026, 1, 1)", "'2026-06-15'", "date(2019, 12, 31)"]
NUMBERS = ["0", "1", "2", "3", "5", "10", "25", "'7'"]
DECIMALS = ["Decimal('9.99')", "0", "100", "'12.50'", "Decimal('0.10')", "3"]
FAMILIES = {
    "CharField": TEXTS, "TextField": TEXTS, "SlugField": ["'s1'", "'s2'", "'s3'", "'django'", "'a b'"],
    "EmailField": ["'a@example.com'", "'b@example.com'", "'c@example.com'", "'nonsense'"],
    "URLField": ["'https://example.com/'", "''", "'x'"], "FileField": ["'f.txt'", "''"], "ImageField": ["'f.png'", "''"],
    "IntegerField": [*NUMBERS, "-4"], "PositiveIntegerField": NUMBERS, "PositiveSmallIntegerField": NUMBERS[:6],
    "FloatField": ["0.5", "1", "2.25"], "BooleanField": ["True", "False", "True", "False", "1"],
    "DecimalField": DECIMALS, "DateField": DATES, "DateTimeField": MOMENTS, "DurationField": ["timedelta(hours=2)", "timedelta(0)", "None"],
    "JSONField": ["{'a': 1}", "[1, 2]", "'text'", "{}", "5", "None"], "UUIDField": ["uuid.UUID(int=7)", "uuid.uuid4()"],
    "BinaryField": ["b'abc'", "b''"], "TimeField": ["time(1, 2)", "'12:30'", "time(23, 59, 59, 5)"], "SmallIntegerField": NUMBERS, "BigIntegerField": [*NUMBERS, "2 ** 40"],
    "AutoField": ["8", "1"], "BigAutoField": ["8", "1"], "GenericIPAddressField": ["'127.0.0.1'", "'::1'", "'x'"],
}  # fmt: skip
PLAIN = {"text": ("CharField", "TextField"), "number": ("IntegerField", "PositiveIntegerField", "PositiveSmallIntegerField", "SmallIntegerField", "BigIntegerField", "FloatField", "DecimalField")}  # fmt: skip


def render(nodes, indent=""):
    lines = []
    for node in nodes:
        if isinstance(node, str):
            lines += [indent + line for line in node.split("\n")]
        else:
            header, body = node
            lines += [indent + line for line in header.split("\n")[:1]]
            lines.append(render(body, indent + "    ").rstrip("\n") if body else indent + "    pass")
            lines += [indent + line for line in header.split("\n")[1:]]
    return "\n".join(lines) + "\n"


def shorter(nodes):
    """Programs with a node less, or with a block's body in its place; the larger cuts first."""
    size = len(nodes) // 2
    while size >= 1:
        for start in range(0, len(nodes), size):
            yield nodes[:start] + nodes[start + size :]
        size //= 2
    for place, node in enumerate(nodes):
        if isinstance(node, tuple):
            header, body = node
            if not header.startswith(("def ", "class ", "async ")):
                yield nodes[:place] + body + nodes[place + 1 :]
            for less in shorter(body):
                yield nodes[:place] + [(header, less)] + nodes[place + 1 :]


class Programs:
    """Writes programs about `models`; the same seed gives the same one."""

    def __init__(self, models, seed):
        self.models, self.random, self.seed = models, random.Random(seed), seed
        self.variables = []
        self.made = 0
        self.savepoints = []
        self.signals = False

    # What everything is put together from.

    def chance(self, share):
        return self.random.random() < share

    def pick(self, things):
        return self.random.choice(things)

    def of(self, model):
        """A variable that holds (or should hold) an instance of the model."""
        known = [name for name, kept in self.variables if kept is model]
        return self.pick(known) if known else f"{model.__name__}.objects.order_by('pk').first()"

    def variable(self):
        return self.pick(self.variables)

    def columns(self, model, relations=False):
        return [field for field in model._meta.concrete_fields if not field.primary_key and (relations or not field.is_relation)]

    def value(self, field, wrong=0.04):
        if self.chance(wrong):
            return self.pick(WRONG)
        if field.null and self.chance(0.2):
            return "None"
        if field.choices and self.chance(0.8):
            return repr(str(self.pick(field.choices)[0]))
        if field.primary_key or field.is_relation:
            return self.pick(["1", "2", "3", "999"])
        if field.unique and self.chance(0.7):
            self.made += 1
            return f"'u{self.made}@example.com'" if field.get_internal_type() == "EmailField" else f"'u{self.made}'"
        return self.pick(FAMILIES.get(field.get_internal_type(), TEXTS))

    def related_value(self, field):
        pick = self.random.random()
        if field.null and pick < 0.15:
            return "None"
        if pick < 0.04:
            return self.pick(["5", "'x'", f"{self.pick(self.models).__name__}()", "None"])
        if pick < 0.1:
            return f"{field.related_model.__name__}({self.arguments(field.related_model, False)})"
        return self.of(field.related_model)

    def argument(self, field, wrong=0.04):
        if not field.is_relation:
            return f"{field.name}={self.value(field, wrong)}"
        if self.chance(0.3):
            return f"{field.attname}={self.pick(['1', '2', '3', '999', 'None'] if self.chance(0.3) else ['1', '2', '3'])}"
        return f"{field.name}={self.related_value(field)}"

    def arguments(self, model, relations=True):
        """Keyword arguments that make a whole instance, mostly."""
        given = []
        key = model._meta.pk
        if key.column and not key.is_relation and not key.has_default() and "Auto" not in key.get_internal_type() and self.chance(0.9):
            self.made += 1
            text = key.get_internal_type() in PLAIN["text"]
            given.append(f"{self.pick(['pk', key.name])}=" + (f"'k{self.made}'" if text else str(self.made)))
        if key.column and key.is_relation and relations and not key.remote_field.parent_link and self.chance(0.9):
            given.append(self.argument(key))
        for field in self.columns(model, relations=relations):
            if getattr(field, "generated", False) and self.chance(0.97):
                continue
            needed = not field.has_default() and not field.null and not getattr(field, "auto_now", False) and not getattr(field, "auto_now_add", False)  # fmt: skip
            if (needed and self.chance(0.96)) or (not needed and self.chance(0.2)):
                given.append(self.argument(field))
        if self.chance(0.06):
            given.append(self.pick(["pk", "id"]) + "=" + self.pick(["1", "50", "'x'", "None", "700"]))
        if self.chance(0.02):
            given.append("nonsense=1")
        self.random.shuffle(given)
        return ", ".join(given)

    def condition(self, model):
        pick = self.random.random()
        if pick < 0.35:
            return f"pk{self.pick(['=', '__lt=', '__gte=', '__lte='])}{self.pick(['1', '2', '3', '4'])}"
        if pick < 0.45:
            return f"pk__in=[{self.pick(['1, 2', '3', '2, 1, 4', ''])}]"
        relations = [field for field in model._meta.get_fields() if field.is_relation and field.related_model]
        if pick < 0.65 and relations:
            relation = self.pick(relations)
            inner = self.pick(["__isnull=True", "__isnull=False", "=1", "=2", "__in=[1, 2]"])
            if self.chance(0.4):
                texts = [field for field in self.columns(relation.related_model) if field.get_internal_type() in PLAIN["text"]]
                if texts:
                    inner = f"__{self.pick(texts).name}__contains={self.pick(TEXTS)}"
            return f"{relation.name}{inner}"
        field = self.pick(self.columns(model) or [model._meta.pk])
        lookup = self.pick(["", "", "__gt", "__lte"]) if field.get_internal_type() != "BooleanField" else ""
        if field.get_internal_type() == "JSONField":
            return f"{field.name}__isnull=False"
        return f"{field.name}{lookup}={self.value(field, 0.01)}"

    def q(self, model):
        condition = self.condition(model)
        if self.chance(0.15):
            other = self.condition(model)
            return f"{self.pick(['', '~'])}Q({condition}) {self.pick('|&')} Q({other})"
        return condition

    def rows(self, model):
        """A queryset of the model."""
        start = f"{model.__name__}.objects"
        pick = self.random.random()
        if pick < 0.12:
            return f"{start}.all()"
        text = f"{start}.{self.pick(['filter', 'filter', 'filter', 'exclude'])}({self.q(model)})"
        if self.chance(0.15):
            text += f".filter({self.q(model)})"
        return text

    def changed(self, text):
        """The queryset in a shape that writing may refuse or must take care of."""
        pick = self.random.random()
        if pick < 0.08:
            return f"{text}.order_by('{self.pick(['', '-'])}pk')"
        if pick < 0.12:
            return f"{text}[:2]"
        if pick < 0.15:
            return f"{text}.distinct()"
        if pick < 0.18:
            return f"{text}.values('pk')"
        if pick < 0.2:
            return f"{text}.none()"
        if pick < 0.23:
            return f"{text}.annotate(n=Count('pk'))"
        if pick < 0.25:
            return f"{text}.only('pk')"
        return text

    def expression(self, model, field):
        """What a column may be set to beside a value."""
        kind = field.get_internal_type()
        same = [other for other in self.columns(model) if other.get_internal_type() == kind]
        if kind in PLAIN["number"]:
            other = self.pick(same).name
            return self.pick([
                f"F('{field.name}') + 1", f"F('{other}') * 2", f"F('{other}')", f"Case(When({self.condition(model)}, then=Value(1)), default=F('{field.name}'))",
                f"Coalesce(F('{field.name}'), Value(0))", f"F('{field.name}') - {self.pick(['1', '2', '100'])}", f"Greatest(F('{field.name}'), Value(3))",
                f"Subquery({model.__name__}.objects.filter(pk=OuterRef('pk')).values('{field.name}')[:1])", "F('pk')", "F('nothing')", f"Value({self.pick(NUMBERS)})",
            ])  # fmt: skip
        if kind in PLAIN["text"]:
            other = self.pick(same).name
            return self.pick([
                f"Upper('{other}')", f"Concat('{field.name}', Value('!'))", f"F('{other}')", f"Case(When({self.condition(model)}, then=Value('yes')), default=Value('no'))",
                f"Lower(F('{field.name}'))", f"Value({self.pick(TEXTS)})", f"Substr('{field.name}', 1, 3)",
            ])  # fmt: skip
        if kind == "BooleanField":
            return self.pick([f"~F('{field.name}')", f"Q({self.condition(model)})", f"Case(When({self.condition(model)}, then=True), default=False)"])
        return f"F('{self.pick(same).name}')"

    def update(self, model, expressions=0.5):
        """Keyword arguments of `update`."""
        given = {}
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            field = self.pick(self.columns(model, relations=True) or [model._meta.pk])
            if field.is_relation:
                given[field.name] = self.related_value(field) if self.chance(0.6) else self.pick(["1", "2", "999"])
            else:
                given[field.name] = self.expression(model, field) if self.chance(expressions) else self.value(field)
        if self.chance(0.02):
            given["nonsense"] = "1"
        if self.chance(0.02):
            many = [field.name for field in model._meta.many_to_many]
            given.update({many[0]: "[1]"} if many else {"pk": "7"})
        return ", ".join(f"{name}={value}" for name, value in given.items())

    # Statements.

    def guarded(self, line):
        """A line whose exception is printed, mostly."""
        if self.chance(0.07):
            return line
        catch = self.pick(["Exception"] * 6 + ["(IntegrityError, ValueError, ValidationError)", "DatabaseError"])
        return ("try:\nexcept " + catch + " as error:\n    print(type(error).__name__, error, isinstance(error, DatabaseError) and repr(error.__cause__))", [line])

    def statement(self, depth):
        kinds = [
            (10, self.create), (8, self.construct), (8, self.assign), (14, self.save), (7, self.delete), (4, self.refresh), (12, self.update_rows), (5, self.delete_rows),
            (8, self.bulk_create), (7, self.bulk_update), (6, self.get_or_create), (6, self.update_or_create), (10, self.many), (10, self.reverse),
            (3, self.one), (5, self.check), (4, self.deferred), (6, self.look), (2, self.locked), (4, self.cursor), (3, self.on_commit), (3, self.flags),
            (3, self.savepoint), (3, self.asynchronous), (2, self.copied), (3, self.identity),
            (3, self.wrapped), (2, self.columns_changed), (2, self.own_signal), (3, self.raw_rows), (3, self.twins), (2, self.forwards),
        ]  # fmt: skip
        if depth < 3:
            kinds += [(14, None)]
        kind = self.random.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]
        return self.block(depth) if kind is None else self.guarded(kind())

    def create(self):
        name, model = self.variable()
        start = f"{name} = {model.__name__}.objects.create({self.arguments(model)})"
        return start + f"\nprint({name}.pk, {name}._state.adding, {name}._state.db)"

    def construct(self):
        name, model = self.variable()
        if self.chance(0.08):
            values = ", ".join(self.pick(["None", "1", "'a'"]) for _ in range(self.pick([1, 2, 3, 30])))
            return f"{name} = {model.__name__}({values})"
        return f"{name} = {model.__name__}({self.arguments(model)})"

    def assign(self):
        name, model = self.variable()
        pick = self.random.random()
        if pick < 0.1:
            return f"{name}.{self.pick(['pk', 'id'])} = {self.pick(['None', '1', '60', 'None', '2'])}"
        if pick < 0.14:
            return f"{name}._state.adding = {self.pick(['True', 'False'])}"
        field = self.pick(self.columns(model, relations=True) or [model._meta.pk])
        if field.is_relation:
            if self.chance(0.4):
                return f"{name}.{field.attname} = {self.pick(['1', '2', '3', '999', 'None'])}"
            return f"{name}.{field.name} = {self.related_value(field)}"
        value = self.expression(model, field) if self.chance(0.15) else self.value(field)
        return f"{name}.{field.name} = {value}"

    def names(self, model, count=None):
        fields = [field.name for field in self.columns(model, relations=True)] or [model._meta.pk.name]
        chosen = [self.pick(fields) for _ in range(count or self.pick([1, 1, 2]))]
        if self.chance(0.05):
            chosen.append(self.pick(["nonsense", "id", "pk", *[field.name for field in model._meta.many_to_many]]))
        if self.chance(0.1):
            attnames = [field.attname for field in self.columns(model, relations=True)]
            chosen.append(self.pick(attnames or ["pk"]))
        return chosen

    def save(self):
        name, model = self.variable()
        pick = self.random.random()
        options = ""
        if pick < 0.25:
            options = f"update_fields={self.pick([self.names(model), self.names(model), tuple(self.names(model)), []])!r}"
        elif pick < 0.32:
            options = "force_insert=True"
        elif pick < 0.38:
            options = "force_update=True"
        elif pick < 0.4:
            options = self.pick(["force_insert=True, force_update=True", "using='default'", f"force_insert=({model.__name__},)", "force_insert=True, update_fields=['id']", "True", "update_fields='x'", "using='other'"])  # fmt: skip
        before = ""
        if self.chance(0.3):
            before = self.assign_to(name, model) + "\n"
        return f"{before}{name}.save({options})\nprint({name}.pk, {name}._state.adding)"

    def assign_to(self, name, model):
        fields = self.columns(model)
        if not fields:
            return "pass"
        field = self.pick(fields)
        return f"{name}.{field.name} = {self.expression(model, field) if self.chance(0.2) else self.value(field)}"

    def delete(self):
        name, model = self.variable()
        return f"print({name}.delete({self.pick(['', '', '', '', 'keep_parents=True'])}), {name}.pk)"

    def refresh(self):
        name, model = self.variable()
        options = ""
        if self.chance(0.4):
            options = f"fields={self.names(model)!r}"
        elif self.chance(0.2):
            options = f"from_queryset={self.rows(model)}"
        return f"{name}.refresh_from_db({options})\nprint({self.shown(name, model)})"

    def shown(self, name, model):
        fields = self.columns(model)
        if not fields:
            return f"{name}.pk"
        return f"{name}.{self.pick(fields).attname}"

    def update_rows(self):
        _, model = self.variable()
        method = self.pick(["update"] * 12 + ["_update_nothing"])
        if method == "update":
            return f"print({self.changed(self.rows(model))}.update({self.update(model)}))"
        return f"print({self.rows(model)}.update())"

    def delete_rows(self):
        _, model = self.variable()
        method = self.pick(["delete()"] * 4 + ["_raw_delete('default')"])
        return f"print({self.changed(self.rows(model))}.{method})"

    def objects(self, model, count=None):
        made = []
        for _ in range(count or self.pick([1, 2, 2, 3])):
            made.append(self.of(model) if self.chance(0.12) else f"{model.__name__}({self.arguments(model)})")
        return ", ".join(made)

    def bulk_create(self):
        _, model = self.variable()
        options = []
        pick = self.random.random()
        if pick < 0.2:
            options.append(f"batch_size={self.pick(['1', '2', '0', '-1', '100', 'None'])}")
        elif pick < 0.4:
            options.append("ignore_conflicts=True")
        elif pick < 0.65:
            options.append("update_conflicts=True")
            if self.chance(0.9):
                options.append(f"update_fields={self.names(model)!r}")
            unique = [field.name for field in self.columns(model) if field.unique]
            if self.chance(0.85):
                options.append(f"unique_fields={[self.pick(unique)] if unique and self.chance(0.7) else [self.pick(['pk', 'id'])]!r}")
            if self.chance(0.05):
                options.append("ignore_conflicts=True")
        objects = self.objects(model) if self.chance(0.95) else ""
        given = ", ".join([f"[{objects}]", *options])
        return f"made = {model.__name__}.objects.bulk_create({given})\nprint([(one.pk, one._state.adding, one._state.db) for one in made])"

    def bulk_update(self):
        _, model = self.variable()
        fields = self.columns(model, relations=True)
        if not fields:
            return "pass"
        lines = [f"some = list({self.rows(model)}.order_by('pk')[:{self.pick(['1', '2', '3'])}])"]
        chosen = self.names(model)
        for name in chosen[:2]:
            field = next((field for field in fields if field.name == name), None)
            if field is None:
                continue
            if field.is_relation:
                value = self.related_value(field)
            else:
                value = self.expression(model, field) if self.chance(0.25) else self.value(field)
            lines.append(f"for one in some:\n    one.{name} = {value}")
        if self.chance(0.06):
            lines.append(f"some.append({model.__name__}({self.arguments(model)}))")
        options = f", batch_size={self.pick(['1', '2', '0', '-1'])}" if self.chance(0.25) else ""
        names = chosen if self.chance(0.96) else []
        lines.append(f"print({model.__name__}.objects.bulk_update(some, {names!r}{options}))")
        return "\n".join(lines)

    def lookup_or(self, model):
        """Keyword arguments that find a row, or not."""
        given = {}
        for _ in range(self.pick([1, 1, 2])):
            field = self.pick(self.columns(model, relations=True) or [model._meta.pk])
            if field.is_relation:
                given[field.name] = self.of(field.related_model)
            else:
                given[field.name] = self.value(field, 0.02)
        if self.chance(0.15):
            given["pk"] = self.pick(["1", "2", "77"])
        if self.chance(0.04):
            texts = [field.name for field in self.columns(model) if field.get_internal_type() in PLAIN["text"]]
            if texts:
                given[self.pick(texts) + "__iexact"] = self.pick(TEXTS)
        return given

    def defaults(self, model):
        return "dict(" + self.arguments(model) + ")"

    def get_or_create(self):
        name, model = self.variable()
        given = ", ".join(f"{key}={value}" for key, value in self.lookup_or(model).items())
        options = f", defaults={self.defaults(model)}" if self.chance(0.75) else ""
        return f"{name}, made = {model.__name__}.objects.get_or_create({given}{options})\nprint({name}.pk, made)"

    def update_or_create(self):
        name, model = self.variable()
        given = ", ".join(f"{key}={value}" for key, value in self.lookup_or(model).items())
        options = ""
        if self.chance(0.85):
            changed = self.update(model, 0.15)
            options += f", defaults=dict({changed})" if self.chance(0.5) else f", defaults={self.defaults(model)}"
        if self.chance(0.25):
            options += f", create_defaults={self.defaults(model)}"
        return f"{name}, made = {model.__name__}.objects.update_or_create({given}{options})\nprint({name}.pk, made)"

    def managers(self, model, kind):
        """`(attribute, the other model, the relation)` of the model's managers of many."""
        found = []
        if kind == "many":
            for field in model._meta.many_to_many:
                found.append((field.name, field.related_model, field))
            for rel in model._meta.related_objects:
                if rel.many_to_many:
                    found.append((rel.get_accessor_name(), rel.related_model, rel))
        else:
            for rel in model._meta.related_objects:
                if rel.one_to_many:
                    found.append((rel.get_accessor_name(), rel.related_model, rel))
        return found

    def holder(self, kind):
        """A variable whose model has such managers, and one of them."""
        having = [(name, model) for name, model in self.variables if self.managers(model, kind)]
        if not having:
            return None
        name, model = self.pick(having)
        return (name, model, *self.pick(self.managers(model, kind)))

    def others(self, model, keys=True):
        """Instances or keys, as arguments."""
        given = []
        for _ in range(self.pick([0, 1, 1, 2, 3])):
            pick = self.random.random()
            if pick < 0.03:
                given.append(self.pick(["'x'", "None", f"{self.pick(self.models).__name__}()", "999"]))
            elif pick < 0.45 and keys:
                given.append(self.pick(["1", "2", "3", "4"]))
            elif pick < 0.5:
                given.append(f"{model.__name__}({self.arguments(model)})")
            else:
                given.append(self.of(model))
        return ", ".join(given)

    def many(self):
        found = self.holder("many")
        if not found:
            return self.reverse()
        name, model, attribute, other, relation = found
        manager = f"{name}.{attribute}"
        through = getattr(relation, "through", None) or relation.remote_field.through
        defaults = ""
        if not through._meta.auto_created and self.chance(0.6):
            plain = [field for field in self.columns(through) if not field.has_default()]
            if plain:
                field = self.pick(plain)
                defaults = f"through_defaults=dict({field.name}={self.value(field)})"
        elif self.chance(0.05):
            defaults = "through_defaults={'nonsense': 1}"
        last = f", {defaults}" if defaults else ""
        act = self.pick(["add", "add", "add", "remove", "remove", "set", "set", "clear", "create", "get_or_create", "update_or_create", "filter", "update", "delete", "read", "through"])  # fmt: skip
        others = self.others(other)
        if act == "add":
            return f"print({manager}.add({', '.join(part for part in (others, defaults) if part)}))"
        if act == "remove":
            return f"print({manager}.remove({others}))"
        if act == "set":
            options = self.pick(["", "", ", clear=True"])
            if self.chance(0.2):
                return f"{manager}.set({self.rows(other)}{options}{last})"
            return f"{manager}.set([{others}]{options}{last})"
        if act == "clear":
            return f"print({manager}.clear())"
        if act == "create":
            made = ", ".join(part for part in (self.arguments(other), defaults) if part)
            return f"print({manager}.create({made}).pk)"
        if act in ("get_or_create", "update_or_create"):
            given = ", ".join(f"{key}={value}" for key, value in self.lookup_or(other).items())
            return f"one, made = {manager}.{act}({given}, defaults={self.defaults(other)}{last})\nprint(one.pk, made)"
        if act == "filter":
            return f"print(list({manager}.filter({self.q(other)}).order_by('pk').values_list('pk', flat=True)))"
        if act == "update":
            return f"print({manager}.update({self.update(other)}))"
        if act == "delete":
            return f"print({manager}.filter({self.q(other)}).delete())"
        if act == "through":
            return f"print({manager}.through.objects.filter(pk__lte=2).delete())"
        return f"print({manager}.count(), {manager}.exists(), [one.pk for one in {manager}.all()])"

    def reverse(self):
        found = self.holder("reverse")
        if not found:
            return self.create()
        name, model, attribute, other, relation = found
        manager = f"{name}.{attribute}"
        act = self.pick(["add", "add", "remove", "set", "clear", "create", "create", "get_or_create", "update_or_create", "update", "delete", "read", "bulk_create", "assign", "missing"])  # fmt: skip
        if act in ("remove", "clear") and not relation.field.null and self.chance(0.8):
            act = "add"
        others = self.others(other, keys=self.chance(0.05))
        bulk = self.pick(["", "", "bulk=False", "bulk=True"])
        if act in ("add", "remove", "clear"):
            given = others if act != "clear" else ""
            return f"print({manager}.{act}({', '.join(part for part in (given, bulk) if part)}))"
        if act == "set":
            options = self.pick(["", "", ", clear=True", ", bulk=False"])
            return f"{manager}.set([{others}]{options})"
        if act == "create":
            given = self.without(self.arguments(other), relation.field)
            return f"print({manager}.create({given}).pk)"
        if act in ("get_or_create", "update_or_create"):
            given = ", ".join(f"{key}={value}" for key, value in self.lookup_or(other).items() if key != relation.field.name)
            parts = ", ".join(part for part in (given, f"defaults=dict({self.without(self.arguments(other), relation.field)})") if part)
            return f"one, made = {manager}.{act}({parts})\nprint(one.pk, made)"
        if act == "update":
            return f"print({manager}.update({self.update(other)}))"
        if act == "delete":
            return f"print({manager}.filter({self.q(other)}).delete())"
        if act == "bulk_create":
            return f"print([one.pk for one in {manager}.bulk_create([{self.objects(other)}])])"
        if act == "assign":
            return f"{manager} = []"
        if act == "missing":
            return f"{model.__name__}().{attribute}.count()"
        return f"print({manager}.count(), [one.pk for one in {manager}.all()])"

    def without(self, arguments, field):
        parts = [part for part in self.split(arguments) if not part.startswith((f"{field.name}=", f"{field.attname}="))]
        return ", ".join(parts)

    @staticmethod
    def split(arguments):
        parts, depth, start = [], 0, 0
        for place, char in enumerate(arguments):
            if char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
            elif char == "," and depth == 0:
                parts.append(arguments[start:place].strip())
                start = place + 1
        return [part for part in [*parts, arguments[start:].strip()] if part]

    def one(self):
        """One-to-one relations and foreign keys, read and assigned."""
        name, model = self.variable()
        ones = [(rel.get_accessor_name(), rel.related_model) for rel in model._meta.related_objects if rel.one_to_one]
        forward = [(field.name, field.related_model) for field in model._meta.concrete_fields if field.is_relation]
        if not ones + forward:
            return f"print({name}.pk)"
        attribute, other = self.pick(ones + forward)
        return self.pick([
            f"print({name}.{attribute}.pk)", f"{name}.{attribute} = {self.of(other)}", f"{name}.{attribute} = {other.__name__}({self.arguments(other)})",
            f"{name}.{attribute}.delete()", f"{name}.{attribute} = None", f"{name}.{attribute}.save()", f"print(hasattr({name}, '{attribute}'))",
        ])  # fmt: skip

    def check(self):
        name, model = self.variable()
        method = self.pick(["full_clean", "full_clean", "full_clean", "clean_fields", "validate_unique", "validate_constraints"])
        options = self.pick(["", "", f"exclude={self.names(model)!r}"])
        if method == "full_clean" and self.chance(0.15):
            options = self.pick(["validate_unique=False", "validate_constraints=False"])
        prepare = f"{self.assign_to(name, model)}\n" if self.chance(0.5) else ""
        if self.chance(0.6):
            return f"{prepare}try:\n    {name}.{method}({options})\nexcept ValidationError as invalid:\n    print(invalid.message_dict)"
        return f"{prepare}{name}.{method}({options})"

    def deferred(self):
        name, model = self.variable()
        fields = [field.name for field in self.columns(model, relations=True)] or ["pk"]
        chosen = sorted({self.pick(fields) for _ in range(self.pick([1, 2]))})
        first = f"{name} = {model.__name__}.objects.{self.pick(['only', 'defer'])}({', '.join(map(repr, chosen))}).order_by('pk').first()"
        return first + "\n" + self.pick([f"print(sorted({name}.get_deferred_fields()))", f"{self.assign_to(name, model)}\n{name}.save()", f"{name}.delete()", f"print({self.shown(name, model)})", f"{name}.save()"])  # fmt: skip

    def look(self):
        name, model = self.variable()
        return self.pick([
            f"print({self.rows(model)}.count())", f"print({name})", f"print({self.shown(name, model)})", f"print(repr({name}))",
            f"print(list({self.rows(model)}.order_by('pk').values_list('pk', flat=True)))", f"{name} = {self.rows(model)}.order_by('pk').first()",
            f"{name} = {model.__name__}.objects.get(pk={self.pick(['1', '2', '3', '999'])})", f"print(sorted({model.__name__}.objects.in_bulk([1, 2])))",
            f"print({self.rows(model)}.exists(), {model.__name__}.objects.latest('pk').pk)", f"{name} = {self.rows(model)}.order_by('pk').last()",
            f"{name} = {model.__name__}.objects.get({self.q(model)})",
        ])  # fmt: skip

    def identity(self):
        name, model = self.variable()
        other = self.pick(self.variables)[0]
        return self.pick([f"print({name} == {other}, {name} != {other})", f"print(len({{{name}, {other}}}))", f"print(sorted({name}.__dict__))", f"print({name}._get_pk_val(), {name}.serializable_value('pk'))", f"print({name} in list({self.rows(model)}))"])  # fmt: skip

    def copied(self):
        name, model = self.variable()
        return self.pick([f"{name}.pk = None\n{name}._state.adding = True\n{name}.save()\nprint({name}.pk)", f"import copy\n{name} = copy.copy({name})\n{name}.pk = None\n{name}.save()"])  # fmt: skip

    def locked(self):
        _, model = self.variable()
        return f"print([one.pk for one in {self.rows(model)}.select_for_update({self.pick(['', 'nowait=True', 'skip_locked=True'])}).order_by('pk')])"

    def cursor(self):
        _, model = self.variable()
        table, pk = model._meta.db_table, model._meta.pk.column
        column = self.pick(model._meta.concrete_fields).column
        run = self.pick([
            f'cursor.execute(\'SELECT "{column}" FROM "{table}" WHERE "{pk}" < %s ORDER BY 1\', [3])\n    print(cursor.fetchall(), cursor.rowcount)',
            f'cursor.execute(\'DELETE FROM "{table}" WHERE "{pk}" = %s\', [{self.pick(["1", "999"])}])\n    print(cursor.rowcount)',
            f'cursor.execute(\'UPDATE "{table}" SET "{column}" = "{column}" WHERE "{pk}" >= %(low)s\', {{"low": 2}})\n    print(cursor.rowcount)',
            f'cursor.executemany(\'DELETE FROM "{table}" WHERE "{pk}" = %s\', [(1,), (2,)])\n    print(cursor.rowcount)',
            f'cursor.execute(\'SELECT nothing FROM "{table}"\')',
            f'cursor.execute(\'SELECT COUNT(*) AS n, MAX("{pk}") FROM "{table}"\')\n    print(cursor.description[0][0], cursor.fetchone(), cursor.fetchone())',
            "cursor.execute('SELECT')",
        ])  # fmt: skip
        return f"with connection.cursor() as cursor:\n    {run}"

    def on_commit(self):
        self.made += 1
        action = self.pick([f"print('committed', {self.made})", f"print({self.rows(self.pick(self.models))}.count())", "1 / 0", f"transaction.on_commit(lambda: print('inner', {self.made}))"])  # fmt: skip
        options = self.pick(["", "", ", robust=True", ", using='default'"])
        return f"transaction.on_commit(lambda: {action}{options})"

    def flags(self):
        return self.pick([
            "transaction.set_rollback(True)", "transaction.set_rollback(False)", "print(transaction.get_rollback())", "print(transaction.get_autocommit())",
            "transaction.commit()", "transaction.rollback()", "print(connection.in_atomic_block, connection.needs_rollback)", "print(transaction.get_connection().alias)",
            "transaction.set_autocommit(False)\nprint(transaction.get_autocommit())\ntransaction.rollback()\ntransaction.set_autocommit(True)", "connection.check_constraints()",
            "raise ValueError('out')", "print(len(connection.savepoint_ids))", "transaction.clean_savepoints()",
        ])  # fmt: skip

    def savepoint(self):
        if self.savepoints and self.chance(0.5):
            name = self.pick(self.savepoints)
            return f"transaction.{self.pick(['savepoint_commit', 'savepoint_rollback'])}({name})"
        name = f"point{len(self.savepoints)}"
        self.savepoints.append(name)
        return f"{name} = transaction.savepoint()\nprint({name})"

    def asynchronous(self):
        name, model = self.variable()
        call = self.pick([
            f"{model.__name__}.objects.acreate({self.arguments(model)})", f"{name}.asave()", f"{name}.adelete()", f"{name}.arefresh_from_db()",
            f"{self.rows(model)}.aupdate({self.update(model)})", f"{self.rows(model)}.adelete()", f"{self.rows(model)}.acount()",
            f"{model.__name__}.objects.abulk_create([{self.objects(model)}])", f"{model.__name__}.objects.aget(pk=1)", f"{self.rows(model)}.afirst()",
        ])  # fmt: skip
        return f"import asyncio\nasync def main():\n    return await {call}\nprint(asyncio.run(main()))"

    def wrapped(self):
        """Statements sent past a wrapper, or looked up in the log."""
        self.made += 1
        _, model = self.variable()
        act = self.pick([f"{self.rows(model)}.count()", f"{model.__name__}.objects.create({self.arguments(model)})", f"{self.rows(model)}.update({self.update(model)})", f"{self.rows(model)}.delete()"])
        pick = self.random.random()
        if pick < 0.35:
            inner = self.pick(["return execute(sql, params, many, context)", "print(many, sorted(context))\n    return execute(sql, params, many, context)", "if 'DELETE' in sql:\n        raise DatabaseError('refused')\n    return execute(sql, params, many, context)"])
            return f"def watch{self.made}(execute, sql, params, many, context):\n    print('about', sql.split()[0], params)\n    {inner}\nwith connection.execute_wrapper(watch{self.made}):\n    {act}"
        if pick < 0.6:
            return f"from django.db import reset_queries\nreset_queries()\n{act}\nprint(len(connection.queries), [query['sql'][:40] for query in connection.queries])"
        if pick < 0.8:
            return f"with connection.cursor() as cursor:\n    cursor.executemany('INSERT INTO \"{model._meta.db_table}\" (\"{self.pick(model._meta.local_concrete_fields).column}\") VALUES (%s)', [({self.pick(TEXTS)},), ({self.pick(NUMBERS)},)])\n    print(cursor.rowcount)"
        return f"with connection.cursor() as cursor:\n    cursor.execute('SELECT * FROM \"{model._meta.db_table}\" ORDER BY 1 LIMIT %s', [{self.pick(['1', '2', '0'])}])\n    print([column[0] for column in cursor.description], cursor.fetchmany(1), cursor.fetchall())"

    def columns_changed(self):
        """The tables themselves, changed on the way."""
        self.made += 1
        _, model = self.variable()
        kind = self.pick(["IntegerField(default=3)", "IntegerField(null=True)", "CharField(max_length=5, default='z')", "TextField(null=True, unique=True)", "DateField(null=True, db_index=True)", "BooleanField(db_default=True)", f"ForeignKey({self.pick(self.models).__name__}, models.CASCADE, null=True)"])
        name = f"extra{self.made}"
        lines = [f"added = models.{kind}", f"added.set_attributes_from_name('{name}')", "with connection.schema_editor() as editor:", f"    editor.add_field({model.__name__}, added)"]
        plain = [field for field in self.columns(model) if not field.unique and getattr(field, "generated", False) is False]
        pick = self.random.random()
        if pick < 0.2 and plain:
            field = self.pick(plain)
            lines = [f"changed = models.{self.pick(['TextField(null=True)', 'CharField(max_length=77, null=True)', 'TextField(default=5)'])}", f"changed.set_attributes_from_name({field.name!r})", "with connection.schema_editor() as editor:", f"    editor.alter_field({model.__name__}, {model.__name__}._meta.get_field({field.name!r}), changed)"]
        elif pick < 0.4 and plain:
            lines = ["with connection.schema_editor() as editor:", f"    index = models.Index(fields=[{self.pick(plain).name!r}], name='{name}_ix')", f"    editor.add_index({model.__name__}, index)", *([f"    editor.remove_index({model.__name__}, index)"] if self.chance(0.5) else [])]
        elif pick < 0.55 and plain:
            lines = ["with connection.schema_editor() as editor:", f"    editor.alter_unique_together({model.__name__}, [], [({self.pick(plain).name!r}, {self.pick(plain).name!r})])"]
        if self.chance(0.1):
            lines = ["with transaction.atomic():", *("    " + line for line in lines)]
        return "\n".join(lines)

    def own_signal(self):
        """Receivers that come and go, and a signal of the program's own."""
        self.made += 1
        _, model = self.variable()
        hand = f"hand{self.made}"
        define = f"def {hand}(sender, **rest):\n    {self.pick(['pass', 'return 5', 'raise ValueError(1)'])}\n"
        return define + self.pick([
            f"print(pre_save.connect({hand}, sender={model.__name__}, dispatch_uid='one'), pre_save.connect({hand}, sender={model.__name__}, dispatch_uid='one'), len(pre_save.receivers))\nprint(pre_save.disconnect(sender={model.__name__}, dispatch_uid='one'), pre_save.disconnect({hand}))",
            f"from django.dispatch import Signal\nown = Signal()\nown.connect({hand}, weak=False)\nprint(own.send_robust(sender={model.__name__}, a=1)[0][1], own.has_listeners())\nprint(own.send(sender=None))",
            f"post_save.connect({hand}, sender='{model._meta.label}')\n{model.__name__}.objects.create({self.arguments(model)})\nprint(post_save.disconnect({hand}, sender={model.__name__}))",
            f"post_delete.connect({hand})\ndel {hand}\n{self.rows(model)}.delete()",
        ])  # fmt: skip

    def raw_rows(self):
        _, model = self.variable()
        table, pk = model._meta.db_table, model._meta.pk.column
        return self.pick([
            f"print([one.pk for one in {model.__name__}.objects.raw('SELECT * FROM \"{table}\" WHERE \"{pk}\" <= %s ORDER BY 1', [2])])",
            f"for one in {model.__name__}.objects.raw('SELECT \"{pk}\" FROM \"{table}\" ORDER BY 1 LIMIT 1'):\n    print(sorted(one.get_deferred_fields()))\n    one.save()",
            f"print(len(list({model.__name__}.objects.raw('SELECT 1 AS nothing'))))",
            f"print({model.__name__}.objects.raw('SELECT * FROM \"{table}\" WHERE \"{pk}\" = %(one)s', {{'one': 1}}).columns)",
        ])  # fmt: skip

    def twins(self):
        """More of the asynchronous methods."""
        name, model = self.variable()
        given = ", ".join(f"{key}={value}" for key, value in self.lookup_or(model).items())
        calls = [
            f"{model.__name__}.objects.aget_or_create({given}, defaults={self.defaults(model)})", f"{model.__name__}.objects.aupdate_or_create({given}, defaults={self.defaults(model)})",
            f"{model.__name__}.objects.abulk_update([{name}], {self.names(model)!r})", f"{name}.asave(update_fields={self.names(model)!r})", f"{self.rows(model)}.aexists()", f"{self.rows(model)}.ain_bulk([1])",
            f"{self.rows(model)}.aaggregate(n=Count('pk'))", f"{self.rows(model)}.alast()",
        ]  # fmt: skip
        for kind in ("many", "reverse"):
            found = self.holder(kind)
            if found:
                manager, other = f"{found[0]}.{found[2]}", found[3]
                calls += [f"{manager}.aadd({self.others(other, False)})", f"{manager}.aset([{self.others(other, False)}])", f"{manager}.acreate({self.arguments(other)})", f"{manager}.aclear()"]
        self.made += 1
        body = self.pick([f"return await {self.pick(calls)}", f"return [one.pk async for one in {self.rows(model)}.order_by('pk')]"])
        return f"import asyncio\nasync def twin{self.made}():\n    {body}\nprint(asyncio.run(twin{self.made}()))"

    def forwards(self):
        """What stands beside rows: neighbours, display names, order, locked and deferred reads of related rows."""
        name, model = self.variable()
        lines = [f"print({model.__name__}.objects.only('pk').get(pk=1).refresh_from_db())", f"print({model.__name__}.objects.earliest('pk').pk)", f"print({model.__name__}.objects.latest().pk)"]
        for field in self.columns(model):
            if field.choices:
                lines += [f"print({name}.get_{field.name}_display())"] * 2
            if field.get_internal_type() in ("DateField", "DateTimeField") and not field.null:
                lines.append(f"print({name}.get_{self.pick(['next', 'previous'])}_by_{field.name}().pk)")
        if model._meta.order_with_respect_to:
            lines += [f"print({name}.get_next_in_order().pk)", f"print({name}._order)"]
        for field in model._meta.fields:
            if field.is_relation:
                lines += [f"print({name}.{field.name} is {name}.{field.name}, {name}.{field.attname})", f"print([one.{field.name}_id for one in {self.rows(model)}.select_related('{field.name}').order_by('pk')])"]
        found = self.holder("reverse") or self.holder("many")
        if found:
            lines += [
                f"for one in {found[1].__name__}.objects.prefetch_related('{found[2]}').order_by('pk'):\n    print(one.pk, [each.pk for each in one.{found[2]}.all()], one.{found[2]}.count())",
                f"print({found[0]}.{found[2]}.select_for_update().filter({self.q(found[3])}).exists())",
            ]
        return self.pick(lines)

    def block(self, depth):
        body = [self.statement(depth + 1) for _ in range(self.pick([1, 2, 2, 3]))]
        pick = self.random.random()
        atomic = self.pick(["transaction.atomic()"] * 5 + ["transaction.atomic(savepoint=False)", "transaction.atomic(durable=True)", "transaction.atomic(using='default')"])  # fmt: skip
        if pick < 0.35:
            return (f"with {atomic}:", body)
        if pick < 0.65:
            return ("try:\nexcept Exception as error:\n    print('caught', type(error).__name__, error)", [(f"with {atomic}:", body)])
        if pick < 0.75:
            body.append(self.pick(["raise ValueError('stop')", "raise KeyError('stop')", "print('end')"]))
            return ("try:\nexcept ValueError as error:\n    print('stopped', error)", [(f"with {atomic}:", body)])
        if pick < 0.82:
            self.made += 1
            decorator = self.pick(["@transaction.atomic", "@transaction.atomic()", "@transaction.atomic(durable=True)", "@transaction.non_atomic_requests"])  # fmt: skip
            variables = ", ".join(name for name, _ in self.variables)
            header = f"def work{self.made}():\ntry:\n    work{self.made}()\nexcept Exception as error:\n    print('work', type(error).__name__, error)"
            return (f"if True:", [decorator + "\n" + render([(header.split("\n")[0], [f"global {variables}", *body])]).rstrip("\n"), "\n".join(header.split("\n")[1:])])  # fmt: skip
        if pick < 0.92:
            return ("with CaptureQueriesContext(connection) as captured:\nprint(len(captured), [query['sql'] for query in captured.captured_queries][:3])", body)
        return ("for again in range(2):", body)

    # Around the statements.

    def program(self):
        nodes = []
        chosen = [self.pick(self.models) for _ in range(4)]
        for place, model in enumerate(chosen):
            name = f"{model.__name__.lower()}{place}"
            self.variables.append((name, model))
            nodes.append(f"{name} = {model.__name__}.objects.order_by('pk')[{self.pick([0, 1, 2])}]")
        nodes.append("from django.test.utils import CaptureQueriesContext")
        if self.chance(0.3):
            nodes.append(self.listeners())
        if self.chance(0.12):
            nodes.append(self.subclass())
        for _ in range(self.random.randint(2, 9)):
            nodes.append(self.statement(0))
        nodes += self.tables()
        return nodes

    def listeners(self):
        """Receivers of signals that print what they were told."""
        chosen = self.random.sample(["pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "post_init", "pre_init"], self.pick([1, 2, 3]))
        chosen = [name for name in chosen if "init" not in name or self.chance(0.3)]
        lines = []
        for name in chosen:
            sender = "" if name == "m2m_changed" or self.chance(0.5) else f", sender={self.pick(self.models).__name__}"
            if name == "m2m_changed":
                told = "action, reverse, model.__name__, sorted(pk_set or ()), sender.__name__, using"
                parameters = "sender, instance, action, reverse, model, pk_set, using, **rest"
            elif "init" in name:
                told, parameters = "sender.__name__, sorted(rest)", "sender, **rest"
            else:
                keys = "rest.get('created'), rest.get('raw'), rest.get('update_fields') and sorted(rest['update_fields']), rest.get('using')"
                told, parameters = f"sender.__name__, instance.pk, {keys}, 'origin' in rest and type(rest['origin']).__name__", "sender, instance, **rest"
            extra = ""
            if self.chance(0.15) and "init" not in name:
                extra = self.pick(["\n    if instance.pk == 1:\n        raise ValueError('vetoed')", f"\n    {self.pick(self.models).__name__}.objects.count()"])
            lines.append(f"@receiver({name}{sender})\ndef on_{name}({parameters}):\n    print('{name}', {told}){extra}")
        return "\n".join(lines) or "pass"

    def subclass(self):
        """A proxy that writes with a say of its own; it stands in for its model."""
        name, model = self.variable()
        body = self.pick([
            "def save(self, *args, **kwargs):\n        print('saving', self.pk)\n        super().save(*args, **kwargs)",
            "def delete(self, *args, **kwargs):\n        print('deleting', self.pk)\n        return super().delete(*args, **kwargs)",
            "def clean(self):\n        raise ValidationError({'pk': 'no'} if self.pk == 1 else 'never')",
            "def save(self, **kwargs):\n        with transaction.atomic():\n            super().save(**kwargs)",
            "objects = models.Manager()\n    some = models.QuerySet.as_manager()",
        ])  # fmt: skip
        own = f"Own{model.__name__}"
        return f"class {own}({model.__name__}):\n    class Meta:\n        proxy = True\n    {body}\n{name} = {own}.objects.order_by('pk').first()"

    def tables(self):
        """The final state: every table as SQLite holds it."""
        names = []
        for model in self.models:
            names.append(model._meta.db_table)
            names += [field.remote_field.through._meta.db_table for field in model._meta.many_to_many]
        show = "final.execute(f'SELECT * FROM \"{table}\" ORDER BY 1')\n        print(table, *final.fetchall(), sep='\\n')"
        return [f"with connection.cursor() as final:\n    for table in {sorted(set(names))!r}:\n        {show}"]
