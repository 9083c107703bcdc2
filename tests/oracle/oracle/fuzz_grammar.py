"""Random querysets: what may stand in one, and how often.

Most of what is written is meant to run; a small part misuses the API on purpose, since what is raised then is compared too.
"""

import random

from .fuzz_more import More
from .fuzz_tree import Maybe, Node, Several

TEXTS = ["'django'", "'Hello'", "'a'", "''", "'%'", "'_'", "'100%'", "'John'", "'done'", "'A'", "'é'", "'\\\\'", "'a b'"]
DATES = ["date(2026, 1, 1)", "date(2019, 1, 1)", "'2026-06-15'", "date(2025, 12, 31)", "timezone.now().date()"]
MOMENTS = ["timezone.now()", "timezone.now() - timedelta(days=30)", "'2026-02-01 00:00:00'", "datetime(2026, 3, 1, 12, 30)", "datetime(2026, 3, 1, tzinfo=timezone.get_current_timezone())", "date(2026, 2, 1)"]  # fmt: skip
NUMBERS = ["0", "1", "2", "3", "5", "10", "25", "90", "100", "1000", "'7'", "-1", "2.5"]
VALUES = {
    "text": TEXTS,
    "number": NUMBERS,
    "decimal": [*NUMBERS, "Decimal('99.99')", "Decimal('500')", "'12.50'"],
    "date": DATES,
    "moment": MOMENTS,
    "time": ["time(12, 0)", "'08:30:00'", "time(0, 0, 1)"],
    "boolean": ["True", "False", "1", "0"],
    "duration": ["timedelta(hours=2)", "timedelta(0)", "timedelta(days=1, microseconds=5)"],
    "json": ["'a'", "1", "{}", "{'a': 1}", "[1]", "None", "True", "1.5", "Value(None, JSONField())", "'null'"],
    "uuid": ["uuid.UUID(int=5)", "'00000000-0000-0000-0000-000000000005'", "'xyz'"],
    "binary": ["b'a'", "b''"],
}  # fmt: skip
SAME = ["", "exact", "in", "isnull"]
ORDERED = [*SAME, "gt", "gte", "lt", "lte", "range"]
PATTERNS = ["iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "regex", "iregex"]
LOOKUPS = {
    "text": [*ORDERED, *PATTERNS, *PATTERNS],
    "number": [*ORDERED, *ORDERED, "contains", "startswith", "regex"],
    "decimal": [*ORDERED, *ORDERED, "icontains"],
    "date": [*ORDERED, *ORDERED, "contains"],
    "moment": [*ORDERED, *ORDERED, "contains"],
    "time": ORDERED,
    "boolean": ["", "", "exact", "in", "isnull", "gt"],
    "duration": ORDERED,
    "json": [*SAME, "has_key", "has_keys", "has_any_keys", "contains", "icontains", "gt", "iexact", "startswith"],
    "uuid": [*ORDERED, "icontains", "iexact", "startswith"],
    "binary": SAME,
}
PARTS = {
    "date": ["year", "iso_year", "month", "day", "week", "week_day", "iso_week_day", "quarter"],
    "time": ["hour", "minute", "second"],
}
PARTS["moment"] = [*PARTS["date"], *PARTS["time"]]
FIELDS = {
    "text": "CharField()", "number": "IntegerField()", "decimal": "DecimalField(max_digits=8, decimal_places=2)",
    "date": "DateField()", "moment": "DateTimeField()", "time": "TimeField()", "boolean": "BooleanField()",
    "duration": "DurationField()", "json": "JSONField()", "uuid": "UUIDField()", "binary": "BinaryField()",
}  # fmt: skip
TEXT_FUNCTIONS = ["Upper", "Lower", "Trim", "LTrim", "RTrim", "Reverse", "MD5", "SHA1", "SHA256"]
MATH = ["Abs", "Ceil", "Floor", "Sign", "Round", "Sqrt", "Exp", "Ln", "Sin", "Cos", "Tan", "ACos", "ASin", "ATan", "Cot", "Degrees", "Radians"]  # fmt: skip
KINDS = ["text", "number", "number", "decimal", "date", "moment", "time", "boolean", "duration", "json"]
# After a step of one kind, Django refuses steps of others.
REFUSED = {
    "values": ["related", "only", "defer", "prefetch", "dates"],
    "values_list": ["related", "only", "defer", "prefetch", "dates"],
    "dates": ["related", "only", "defer", "prefetch", "values", "values_list", "annotate", "aggregate", "window"],
    "slice": ["narrow", "q", "order", "distinct", "reverse", "operator", "extra", "filtered", "dates", "combine", "slice"],
    "combine": ["narrow", "q", "annotate", "aggregate", "alias", "window", "distinct", "extra", "filtered", "dates", "related", "only", "defer", "prefetch", "operator"],
    "distinct": ["operator", "combine"],
}  # fmt: skip


def family(field):
    """Which values and lookups suit a field; none for relations."""
    kind = field.get_internal_type()
    if "Text" in kind or kind in ("CharField", "SlugField", "EmailField", "URLField", "FileField", "ImageField"):
        return "text"
    if "Integer" in kind or "Auto" in kind or kind == "FloatField":
        return "number"
    names = {
        "DecimalField": "decimal", "DateField": "date", "DateTimeField": "moment", "BooleanField": "boolean",
        "DurationField": "duration", "JSONField": "json", "UUIDField": "uuid", "BinaryField": "binary", "TimeField": "time",
    }  # fmt: skip
    return names.get(kind)


class Scope:
    """A queryset that is being written: its model, the names annotated so far, the queryset around it."""

    def __init__(self, model, outer=None):
        self.model, self.outer, self.names, self.paths, self.stages = model, outer, {}, {}, set()
        self.windows = set()


class Writer(More):
    """Writes programs about the models of one dataset."""

    def __init__(self, models, seed, misuse=0.03):
        self.models, self.random, self.misuse = models, random.Random(seed), misuse

    def pick(self, choices):
        return self.random.choice(choices)

    def chance(self, part):
        return self.random.random() < part

    def weighted(self, table):
        return self.random.choices(list(table), list(table.values()))[0]

    def quoted(self, text):
        return Node("name", repr(text))

    # --- Paths.

    def relations(self, model):
        return [field for field in model._meta.get_fields() if field.is_relation and field.related_model]

    def path(self, scope, kind=None, depth=None):
        """A lookup path to a column (of a kind, where one is asked for and can be found), and the column's kind."""
        if self.chance(self.misuse / 3):
            return self.pick(["nope", "pk__nope", "id__id", "pk", "", "title__nope__x", "_", "author__nope"]), kind or "number"
        for _ in range(12):
            prefix, model = "", scope.model
            for _ in range(self.pick([0, 0, 0, 1, 1, 2, 3]) if depth is None else depth):
                relations = self.relations(model)
                if not relations:
                    break
                relation = self.pick(relations)
                prefix, model = f"{prefix}{relation.name}__", relation.related_model
            fields = [field for field in model._meta.concrete_fields if not field.is_relation and family(field) in ((kind,) if kind else VALUES)]  # fmt: skip
            if fields:
                field = self.pick(fields)
                name = "pk" if field.primary_key and self.chance(0.3) else field.name
                return prefix + name, family(field)
        return None, None

    def named(self, scope, kind):
        """An annotation of the kind, if there is one and chance has it."""
        names = [name for name, held in scope.names.items() if held == kind]
        return self.pick(names) if names and self.chance(0.35) else None

    # --- Values and conditions.

    def value(self, kind):
        if self.chance(self.misuse / 2):
            return Node("value", self.pick(["None", "'abc'", "[]", "object", "{}", "()", "1.5", "True", "[1, 2]", "Value(1)", "timezone.now()", "F('nope')"]))  # fmt: skip
        return Node("value", self.pick(VALUES[kind]))

    def right_side(self, scope, kind):
        """What a comparison has on its right."""
        pick = self.random.random()
        if pick < 0.72:
            return self.value(kind)
        if pick < 0.82:
            return self.field(scope, kind)
        if pick < 0.86 and scope.outer:
            return self.outer(scope.outer, kind)
        return self.expression(scope, kind, 1)

    def regex(self):
        return Node("value", self.pick(["r'^[A-D]'", "r'o+'", "r'\\d+$'", "''", "r'(a|e).*n'", "r'\\bthe\\b'", "r'[^a-z]'"]))

    def comparison(self, scope, path, kind):
        """`path__lookup=value` for a path of a kind."""
        part = None
        if kind in PARTS and self.chance(0.3):
            part = self.pick([*PARTS[kind], *(["date", "time"] if kind == "moment" else [])])
            path, kind = f"{path}__{part}", {"date": "date", "time": "time"}.get(part, "number")
        elif kind == "json" and self.chance(0.5):
            path += "__" + self.pick(["a", "likes", "0", "words__x", "topics__0", "score"])
        lookup = self.pick(LOOKUPS[kind])
        if self.chance(self.misuse / 3):
            lookup = self.pick(["nope", "exakt", "year", "gt__lt", "date", "regex", "search", "range"])
        if lookup == "isnull":
            value = Node("value", self.pick(["True", "False"] if not self.chance(self.misuse) else ["1", "None"]))
        elif lookup in ("range", "in") and path in scope.windows:
            # An expression among several members makes Django write SQL that is none.
            values = Several([self.value(kind) for _ in range(2)], least=2)
            value = Node("range", "(", values, ")")
        elif lookup == "range":
            value = Node("range", "(", self.right_side(scope, kind), ", ", self.right_side(scope, kind), ")")
        elif lookup == "in":
            value = self.members(scope, kind)
        elif "regex" in lookup:
            value = self.regex()
        elif lookup in PATTERNS and not self.chance(0.15):
            value = Node("value", self.pick(TEXTS))
        elif lookup == "has_key":
            value = Node("value", self.pick(["'a'", "'likes'", "0", "'words'"]))
        elif lookup in ("has_keys", "has_any_keys"):
            value = Node("value", self.pick(["['a']", "['likes', 'a']", "[]"]))
        elif part and part not in ("date", "time"):
            value = Node("value", self.pick(["1", "2", "6", "12", "2025", "2026", "0"])) if not self.chance(0.1) else self.right_side(scope, "number")  # fmt: skip
        else:
            value = self.right_side(scope, kind)
        return Node("keyword", f"{path}{'__' + lookup if lookup else ''}=", value)

    def members(self, scope, kind):
        if self.chance(0.25):
            return self.subqueryset(scope, kind)
        items = Several([self.right_side(scope, kind) if self.chance(0.1) else self.value(kind) for _ in range(self.pick([0, 1, 2, 2, 3]))])  # fmt: skip
        return Node("members", self.pick(["[", "["]), items, "]")

    def subqueryset(self, scope, kind):
        """A queryset of one column of a kind."""
        inner = Scope(self.pick(self.models), scope)
        path, _ = self.path(inner, kind, self.pick([0, 0, 1]))
        steps = [self.narrowing(inner)] if self.chance(0.7) else []
        columns = Maybe(f".values{self.pick(['', '_list'])}({path!r})") if path else ""
        return Node("queryset", f"{inner.model.__name__}.objects", Several(steps, ""), columns, Maybe(self.pick(["", "", "[:3]", ".distinct()", ".order_by('pk')[:2]"])))  # fmt: skip

    def related(self, scope):
        """A condition on a relation itself."""
        relations = self.relations(scope.model)
        if not relations:
            return self.comparison(scope, "pk", "number")
        relation = self.pick(relations)
        prefix, target = relation.name, relation.related_model
        if self.chance(0.25) and (further := self.relations(target)):
            relation = self.pick(further)
            prefix, target = f"{prefix}__{relation.name}", relation.related_model
        name = target.__name__
        pick = self.random.random()
        if pick < 0.35:
            return Node("keyword", f"{prefix}__isnull={self.pick(['True', 'False'])}")
        if pick < 0.5:
            return Node("keyword", f"{prefix}={self.pick(['1', '2', '3', 'None', f'{name}(pk=1)', f'{name}.objects.first()'])}")
        if pick < 0.62:
            return Node("keyword", f"{prefix}__in={self.pick(['[1, 2]', '[]', '[None, 1]', f'[{name}(pk=1), {name}(pk=3)]'])}")
        if pick < 0.82:
            inner = Scope(target, scope)
            lookup = self.pick(["in", "in", "in", "exact"])
            columns = self.pick(["", "", ".values('pk')", ".values_list('pk', flat=True)", "[:2]"]) if lookup == "in" else "[:1]" if not self.chance(self.misuse) else ""  # fmt: skip
            return Node("keyword", f"{prefix}__{lookup}={name}.objects", Several([self.narrowing(inner)], ""), Maybe(columns))
        if pick < 0.9:
            return Node("keyword", f"{prefix}__{self.pick(['gt=1', 'lte=2', 'range=(1, 3)', 'pk=1', 'pk__in=[1, 2]', 'pk__gt=2', 'lt=[1]' if self.chance(self.misuse) else 'gte=3'])}")
        if self.chance(self.misuse * 5):
            return Node("keyword", f"{prefix}={self.pick(self.models).__name__}{self.pick(['()', '(pk=1)', '.objects.all()'])}")
        return Node("keyword", f"{prefix}=", self.field(scope, "number"))

    def keyword(self, scope):
        pick = self.random.random()
        if scope.names and pick < 0.25:
            name = self.pick(list(scope.names))
            return self.comparison(scope, name, scope.names[name])
        if scope.paths and pick < 0.4:
            name, model = self.pick(list(scope.paths.items()))
            path, kind = self.path(Scope(model), depth=self.pick([0, 0, 1]))
            if path:
                return self.comparison(scope, f"{name}__{path}", kind)
        if pick < 0.55:
            return self.related(scope)
        path, kind = self.path(scope)
        if kind is None:
            return Node("keyword", "pk=1")
        return self.comparison(scope, path, kind)

    def keywords(self, scope, most=2):
        unique = {}
        for _ in range(self.random.randint(1, most)):
            keyword = self.keyword(scope)
            unique[keyword.text().split("=")[0]] = keyword
        return Several(list(unique.values()))

    def q(self, scope, depth=2):
        pick = self.random.random()
        if depth > 0 and pick < 0.55:
            operator = self.pick([" | ", " | ", " & ", " & ", " ^ "])
            return Node("q", self.pick(["(", "(", "~("]), self.q(scope, depth - 1), operator, self.q(scope, depth - 1), ")")
        if pick < 0.63:
            return Node("q", self.pick(["", "~"]), "Q(", self.condition(scope), ")")
        if pick < 0.66:
            return Node("q", "Q()")
        return Node("q", self.pick(["", "", "~"]), "Q(", self.keywords(scope), ")")

    def condition(self, scope):
        """A positional condition."""
        pick = self.random.random()
        if pick < 0.4:
            return self.exists(scope)
        if pick < 0.7:
            kind = self.pick(["number", "text", "date", "decimal"])
            lookup = self.pick(["GreaterThan", "LessThan", "Exact", "GreaterThanOrEqual", "LessThanOrEqual"])
            return Node("condition", f"models.lookups.{lookup}(", self.expression(scope, kind, 1), ", ", self.expression(scope, kind, 1), ")")
        if pick < 0.8:
            return Node("condition", "models.lookups.IsNull(", self.expression(scope, self.pick(KINDS), 1), ", ", self.pick(["True", "False"]), ")")
        return Node("condition", self.expression(scope, "boolean", 1))

    def exists(self, scope):
        reverse = [field for field in scope.model._meta.related_objects if field.field.concrete]
        if not reverse:
            inner = Scope(self.pick(self.models), scope)
            return Node("condition", f"{self.pick(['', '~'])}Exists({inner.model.__name__}.objects", Several([self.narrowing(inner)], ""), ")")
        relation = self.pick(reverse)
        inner = Scope(relation.related_model, scope)
        return Node("condition", f"{self.pick(['', '~'])}Exists({inner.model.__name__}.objects.filter({relation.field.name}=OuterRef('pk')", Maybe(", ", self.keywords(inner)), "))")  # fmt: skip

    # --- Expressions.

    def field(self, scope, kind):
        name = self.named(scope, kind) or self.path(scope, kind)[0]
        return Node(f"e-{kind}", f"F({name!r})") if name else Node(f"e-{kind}", self.literal(kind))

    def outer(self, scope, kind):
        if scope.outer and self.chance(0.2):
            return Node(f"e-{kind}", "OuterRef(", self.outer(scope.outer, kind), ")")
        path, _ = self.path(scope, kind, self.pick([0, 0, 1]))
        return Node(f"e-{kind}", f"OuterRef({path or 'pk'!r})")

    def literal(self, kind):
        value = self.pick(VALUES[kind])
        typed = kind in ("json", "uuid") or value.startswith("'") and kind != "text" or self.chance(0.2)
        return f"Value({value}, {FIELDS[kind]})" if typed and not value.startswith("Value") else f"Value({value})" if not value.startswith("Value") else value  # fmt: skip

    def expression(self, scope, kind, depth=2):
        """An expression of a kind."""
        if self.chance(self.misuse / 3):
            kind = self.pick(KINDS)
        pick = self.random.random()
        if depth <= 0 or pick < 0.25:
            return self.field(scope, kind) if self.chance(0.8) else Node(f"e-{kind}", self.literal(kind))
        def sub(wanted=kind):
            return self.expression(scope, wanted, depth - 1)

        def node(*parts):
            return Node(f"e-{kind}", *parts)

        if pick < 0.33:
            whens = Several([Node("when", "When(", self.q(scope, 1) if self.chance(0.5) else self.keywords(scope), ", then=", sub(), ")") for _ in range(self.pick([1, 1, 2]))], least=1)  # fmt: skip
            return node("Case(", whens, Maybe(", default=", sub()), Maybe(f", output_field={FIELDS[kind]}") if self.chance(0.3) else "", ")")
        if pick < 0.39:
            return node("Coalesce(", sub(), ", ", sub(), Maybe(f", output_field={FIELDS[kind]}") if self.chance(0.3) else "", ")")
        if pick < 0.42:
            return node(self.pick(["Greatest(", "Least("]), sub(), ", ", sub(), ")")
        if pick < 0.44:
            return node("NullIf(", sub(), ", ", sub(), ")")
        if pick < 0.5:
            return self.subquery(scope, kind)
        if pick < 0.53:
            return node("Cast(", sub(self.pick(["text", "number", kind])), f", {FIELDS[kind]})")
        if pick < 0.56:
            return node("ExpressionWrapper(", sub(), f", output_field={FIELDS[kind]})")
        return getattr(self, f"{kind}_expression")(scope, sub, node)

    def subquery(self, scope, kind):
        inner = Scope(self.pick(self.models), scope)
        path, _ = self.path(inner, kind, self.pick([0, 0, 1]))
        if not path:
            return self.field(scope, kind)
        steps = [self.narrowing(inner) for _ in range(self.pick([0, 1, 1]))]
        reverse = [field for field in scope.model._meta.related_objects if field.field.concrete and field.related_model == inner.model]
        link = f".filter({self.pick(reverse).field.name}=OuterRef('pk'))" if reverse else ""
        order = self.pick([".order_by('pk')", ".order_by('-pk')", ""])
        return Node(f"e-{kind}", f"Subquery({inner.model.__name__}.objects", Maybe(link), Several(steps, ""), Maybe(order), f".values({path!r})[:1]", Maybe(f", output_field={FIELDS[kind]}") if self.chance(0.15) else "", ")")  # fmt: skip

    def text_expression(self, scope, sub, node):
        pick = self.random.random()
        if pick < 0.4:
            return node(f"{self.pick(TEXT_FUNCTIONS)}(", sub(), ")")
        if pick < 0.55:
            return node("Concat(", Several([sub() if self.chance(0.6) else Node("e-text", f"Value({self.pick(TEXTS)})") for _ in range(self.pick([2, 2, 3]))], least=2), Maybe(", output_field=CharField()"), ")")  # fmt: skip
        if pick < 0.65:
            return node(f"{self.pick(['Left', 'Right', 'Repeat'])}(", sub(), f", {self.pick(['1', '3', '2', '0', '-1'])})")
        if pick < 0.72:
            return node("Substr(", sub(), f", {self.pick(['1', '2', '3', '0'])}", Maybe(f", {self.pick(['1', '4'])}"), ")")
        if pick < 0.8:
            return node("Replace(", sub(), f", Value({self.pick(TEXTS)})", Maybe(", ", sub()), ")")
        if pick < 0.86:
            return node(f"{self.pick(['LPad', 'RPad'])}(", sub(), ", ", self.pick(["8", "0", "3"]), Maybe(f", Value({self.pick(TEXTS)})"), ")")
        if pick < 0.9:
            return node("Collate(", sub(), ", 'nocase')")
        if pick < 0.94:
            return node("Chr(", sub("number"), ")")
        path = self.path(scope, "json", self.pick([0, 1]))[0]
        return node(f"KT('{path}__", self.pick(["a", "likes__x", "0"]), "')") if path else self.field(scope, "text")

    def number_expression(self, scope, sub, node):
        pick = self.random.random()
        if pick < 0.35:
            right = Node("e-number", self.pick(["1", "2", "10", "0", "100"])) if self.chance(0.5) else sub()
            return node("(", sub(), self.pick([" + ", " - ", " * ", " / ", " % ", " ** "]), right, ")")
        if pick < 0.4:
            return node(sub(), self.pick([".bitand(", ".bitor(", ".bitxor(", ".bitleftshift(", ".bitrightshift("]), self.pick(["1", "3"]), ")")
        if pick < 0.5:
            return node(f"{self.pick(['Length', 'Length', 'Ord'])}(", sub("text"), ")")
        if pick < 0.55:
            return node("StrIndex(", sub("text"), f", Value({self.pick(TEXTS)}))")
        if pick < 0.7:
            return node(f"{self.pick(MATH)}(", sub(), ")")
        if pick < 0.78:
            return node(f"{self.pick(['Mod', 'Power', 'Log', 'ATan2'])}(", sub(), ", ", sub(), ")")
        if pick < 0.93:
            kind = self.pick(["date", "moment"])
            extract = self.pick(["ExtractYear", "ExtractMonth", "ExtractDay", "ExtractWeek", "ExtractWeekDay", "ExtractIsoWeekDay", "ExtractIsoYear", "ExtractQuarter", *(["ExtractHour", "ExtractMinute", "ExtractSecond"] if kind == "moment" else [])])  # fmt: skip
            return node(f"{extract}(", sub(kind), self.zone(), ")")
        return node("-", sub())

    def zone(self):
        zones = ["timezone.get_fixed_timezone(330)", "timezone.get_current_timezone()", "timezone.get_fixed_timezone(-570)", "__import__('zoneinfo').ZoneInfo('Europe/Berlin')", "__import__('zoneinfo').ZoneInfo('America/New_York')"]  # fmt: skip
        return Maybe(f", tzinfo={self.pick(zones)}") if self.chance(0.2) else ""

    def scope(self, model):
        return Scope(model)

    def decimal_expression(self, scope, sub, node):
        pick = self.random.random()
        if pick < 0.6:
            right = Node("e-decimal", self.pick(["2", "Decimal('0.5')", "Value(Decimal('1.10'))", "0"])) if self.chance(0.5) else sub(self.pick(["decimal", "decimal", "number"]))
            return node("(", sub(), self.pick([" + ", " - ", " * ", " / "]), right, ")")
        if pick < 0.75:
            return node("Round(", sub(), Maybe(f", precision={self.pick(['1', '0', '2'])}"), ")")
        return node(f"{self.pick(['Abs', 'Ceil', 'Floor', 'Sign'])}(", sub(), ")")

    def date_expression(self, scope, sub, node):
        pick = self.random.random()
        if pick < 0.4:
            return node(f"{self.pick(['TruncYear', 'TruncMonth', 'TruncWeek', 'TruncQuarter', 'TruncDay'])}(", sub(), Maybe(", output_field=DateField()") if self.chance(0.2) else "", ")")  # fmt: skip
        if pick < 0.65:
            return node("TruncDate(", sub("moment"), self.zone(), ")")
        return node("ExpressionWrapper(", sub(), self.pick([" + ", " - "]), self.pick(["timedelta(days=3)", "timedelta(hours=30)"]), ", output_field=", self.pick(["DateField()", "DateTimeField()"]), ")")  # fmt: skip

    def moment_expression(self, scope, sub, node):
        pick = self.random.random()
        if pick < 0.5:
            return node(f"Trunc{self.pick(['Year', 'Month', 'Week', 'Quarter', 'Day', 'Hour', 'Minute', 'Second'])}(", sub(), self.zone(), ")")
        if pick < 0.6:
            return node(f"Trunc(", sub(), f", {self.pick(['year', 'day', 'hour', 'nope'])!r}", ")")
        if pick < 0.7:
            return node("Now()")
        return node("(", sub(), self.pick([" + ", " - "]), self.pick(["timedelta(days=3)", "timedelta(hours=30)", "Value(timedelta(1))"]), ")")

    def time_expression(self, scope, sub, node):
        if self.chance(0.7):
            return node("TruncTime(", sub("moment"), self.zone(), ")")
        return node(f"Trunc{self.pick(['Hour', 'Minute'])}(", sub(), ")")

    def duration_expression(self, scope, sub, node):
        pick = self.random.random()
        if pick < 0.6:
            kind = self.pick(["moment", "moment", "date"])
            return node("(", sub(kind), " - ", sub(kind), ")")
        if pick < 0.8:
            return node("(", sub(), self.pick([" + ", " - "]), sub(), ")")
        return node("ExpressionWrapper(", sub(), self.pick([" * ", " / "]), "2, output_field=DurationField())")

    def boolean_expression(self, scope, sub, node):
        pick = self.random.random()
        if pick < 0.35:
            return node(self.exists(scope))
        if pick < 0.75:
            return node(self.q(scope, 1))
        if pick < 0.9:
            return node("ExpressionWrapper(", self.q(scope, 1), ", output_field=BooleanField())")
        return node("models.lookups.GreaterThan(", sub("number"), ", ", sub("number"), ")")

    def json_expression(self, scope, sub, node):
        pick = self.random.random()
        if pick < 0.5:
            return node("JSONObject(", Several([Node("member", f"{name}=", sub(self.pick(["text", "number", "json"]))) for name in self.random.sample(["a", "b", "c"], self.pick([1, 2]))]), ")")  # fmt: skip
        if pick < 0.7:
            return node("JSONArray(", Several([Node("member", sub(self.pick(["text", "number"]))) for _ in range(self.pick([0, 1, 2]))]), ")")
        path = self.path(scope, "json", self.pick([0, 1]))[0]
        return node(f"F('{path}", self.pick(["", "__a", "__likes__x", "__topics__0"]), "')") if path else node(self.literal("json"))

    def uuid_expression(self, scope, sub, node):
        return node(self.literal("uuid"))

    def binary_expression(self, scope, sub, node):
        return node(self.literal("binary"))

    def aggregate(self, scope):
        """An aggregate and the kind of its value."""
        name = self.weighted({"Count": 5, "Sum": 2, "Avg": 2, "Max": 2, "Min": 2, "StdDev": 0.5, "Variance": 0.5})
        options = []
        if name == "Count":
            pick = self.random.random()
            relations = self.relations(scope.model)
            inner = Node("name", repr(self.pick(relations).name)) if pick < 0.6 and relations else Node("name", "'*'") if pick < 0.7 else self.expression(scope, self.pick(KINDS), 1)  # fmt: skip
            kind = "number"
        else:
            kind = self.weighted({"number": 5, "decimal": 3, "duration": 0.5, "moment": 1.5 if name[0] == "M" else 0.1, "text": 1 if name[0] == "M" else 0.1, "date": 1 if name[0] == "M" else 0.05})  # fmt: skip
            path, _ = self.path(scope, kind, self.pick([0, 1, 1, 2]))
            named = self.named(scope, kind)
            inner = Node("name", repr(named or path)) if (path or named) and self.chance(0.65) else self.expression(scope, kind, 1)
        if self.chance(0.2 if name not in ("Max", "Min", "StdDev", "Variance") else self.misuse / 2):
            options.append(Node("option", "distinct=True"))
        if self.chance(0.25):
            options.append(Node("option", "filter=", self.q(scope, 1)))
        if name != "Count" and self.chance(0.15) or self.chance(self.misuse / 2):
            options.append(Node("option", "default=", self.pick(["0", "1", "Value(0)", "Decimal('0')", "None"]) if kind in ("number", "decimal") else self.literal(kind)))  # fmt: skip
        if name in ("StdDev", "Variance") and self.chance(0.4):
            options.append(Node("option", "sample=True"))
        if name in ("Sum", "Avg") and self.chance(0.1):
            options.append(Node("option", f"output_field={self.pick(['FloatField()', 'DecimalField()', 'IntegerField()'])}"))
        return Node("aggregate", f"{name}(", inner, Maybe(", ", Several(options)) if options else "", ")"), kind

    def window(self, scope):
        kind = self.pick(["number", "text", "decimal"])
        name = self.pick(["RowNumber", "Rank", "DenseRank", "PercentRank", "CumeDist", "Ntile", "Lag", "Lead", "FirstValue", "LastValue", "NthValue", "Sum", "Avg", "Count", "Max"])  # fmt: skip
        if name in ("RowNumber", "Rank", "DenseRank", "PercentRank", "CumeDist"):
            inner, kind = Node("call", f"{name}()"), "number"
        elif name == "Ntile":
            inner, kind = Node("call", f"Ntile({self.pick(['2', '4', 'num_buckets=3', '0'])})"), "number"
        elif name in ("Sum", "Avg", "Count", "Max"):
            kind = self.pick(["number", "decimal"])
            inner = Node("call", f"{name}(", self.expression(scope, kind, 1), Maybe(", filter=", self.q(scope, 0)) if self.chance(0.2) else "", ")")
        else:
            extra = {"Lag": ["", ", 2", ", offset=1, default=Value(0)"], "Lead": ["", ", 0", ", 1"], "NthValue": ["", ", 2", ", nth=3"]}.get(name, [""])
            inner = Node("call", f"{name}(", self.expression(scope, kind, 1), Maybe(self.pick(extra)), ")")
        options = []
        if self.chance(0.6):
            options.append(Node("option", "partition_by=", Node("list", "[", Several([self.field(scope, self.pick(KINDS)) for _ in range(self.pick([1, 2]))], least=1), "]") if self.chance(0.5) else self.quoted(self.path(scope)[0] or "pk")))  # fmt: skip
        if self.chance(0.8):
            options.append(Node("option", "order_by=", self.pick([self.quoted(self.pick(["", "-"]) + (self.path(scope)[0] or "pk")), Node("list", "[", Several([self.order(scope) for _ in range(2)], least=1), "]"), self.order(scope)])))  # fmt: skip
        if self.chance(0.3):
            exclusion = f", exclusion=WindowFrameExclusion.{self.pick(['CURRENT_ROW', 'GROUP', 'TIES', 'NO_OTHERS'])}"
            frame = self.pick(["RowRange", "RowRange", "ValueRange"])
            bounds = self.pick(["start=None, end=0", "start=-1, end=1", "start=0, end=None", "start=-2, end=0", "", "start=1, end=3", "start=2, end=1", "start=-3, end=-1"])
            options.append(Node("option", f"frame={frame}({bounds}", Maybe(exclusion if bounds else "") if self.chance(0.4) else "", ")"))
        return Node("window", "Window(", inner, Maybe(", ", Several(options)), ")"), kind

    # --- Steps of a chain.

    def narrowing(self, scope):
        method = self.pick(["filter", "filter", "exclude"])
        return Node("step", f".{method}(", self.keywords(scope), ")")

    def order(self, scope):
        """One argument of order_by()."""
        pick = self.random.random()
        if scope.names and pick < 0.3:
            return self.quoted(self.pick(["", "-"]) + self.pick(list(scope.names)))
        if pick < 0.65:
            return self.quoted(self.pick(["", "-"]) + (self.path(scope, depth=self.pick([0, 0, 1]))[0] or "pk"))
        if pick < 0.7:
            return self.quoted(self.pick(["", "-"]) + self.pick([field.name for field in self.relations(scope.model)] or ["pk"]))
        expression = self.expression(scope, self.pick(KINDS), 1)
        return Node("order", expression, self.pick([".asc()", ".desc()", ".desc(nulls_last=True)", ".asc(nulls_first=True)", ".asc(nulls_last=True)", ""]))  # fmt: skip

    def step(self, scope):
        kinds = {
            "narrow": 5, "q": 4, "annotate": 4, "aggregate": 4, "alias": 1.5, "window": 1.5, "order": 3, "values": 2.5,
            "values_list": 1.5, "related": 1.5, "only": 1, "defer": 1, "distinct": 1, "reverse": 0.5, "slice": 0.5,
            "filtered": 1.2, "prefetch": 1, "combine": 1, "operator": 0.7, "extra": 0.4, "dates": 0.5, "other": 0.7, "misuse": 0.5, "deep": 0.6, "bulk": 0.15,
        }  # fmt: skip
        kind = self.weighted(kinds)
        for _ in range(6):
            if self.chance(self.misuse * 2) or not any(kind in REFUSED[stage] for stage in scope.stages):
                break
            kind = self.weighted(kinds)
        scope.stages.update({kind} & set(REFUSED))
        return getattr(self, f"step_{kind}")(scope)

    def step_narrow(self, scope):
        return self.narrowing(scope)

    def step_q(self, scope):
        inner = self.q(scope) if self.chance(0.8) else self.condition(scope)
        method = self.pick(["filter", "filter", "exclude", "complex_filter"] if inner.kind == "q" else ["filter", "exclude"])
        return Node("step", f".{method}(", inner, ")")

    def new_name(self, scope, kind):
        name = f"x{len(scope.names)}"
        if self.chance(self.misuse / 2):
            name = self.pick(["id", "title", "name", "a__b", "x0", "pk", "x 1", "posts", "_x"])
        scope.names[name] = kind
        return name

    def step_annotate(self, scope, method="annotate"):
        kind = self.pick(KINDS)
        expression = self.expression(scope, kind)
        return Node("step", f".{method}({self.new_name(scope, kind)}=", expression, ")")

    def step_alias(self, scope):
        return self.step_annotate(scope, "alias") if self.chance(0.5) else self.step_aggregate(scope, "alias")

    def step_aggregate(self, scope, method="annotate"):
        aggregate, kind = self.aggregate(scope)
        if self.chance(0.1):
            return Node("step", f".{method}(", aggregate, ")")
        if self.chance(0.15):
            aggregate = Node("aggregate", self.pick(["Coalesce(", "Greatest("]), aggregate, ", ", self.pick(["0", "Value(1)"]), ")")
        elif self.chance(0.1):
            aggregate = Node("aggregate", aggregate, self.pick([" + 1", " * 2", " / 2", " - F('pk')"]))
        return Node("step", f".{method}({self.new_name(scope, kind)}=", aggregate, ")")

    def step_window(self, scope):
        window, kind = self.window(scope)
        name = self.new_name(scope, kind)
        scope.windows.add(name)
        return Node("step", f".annotate({name}=", window, ")")

    def step_order(self, scope):
        return Node("step", ".order_by(", Several([self.order(scope) for _ in range(self.pick([0, 1, 1, 2]))]), ")")

    def column(self, scope):
        if scope.names and self.chance(0.35):
            return self.quoted(self.pick(list(scope.names)))
        if self.chance(0.15):
            return self.quoted(self.pick([field.name for field in self.relations(scope.model)] or ["pk"]))
        return self.quoted(self.path(scope, depth=self.pick([0, 0, 1]))[0] or "pk")

    def step_values(self, scope):
        columns = [self.column(scope) for _ in range(self.pick([0, 1, 1, 2, 3]))]
        if self.chance(0.2):
            kind = self.pick(KINDS)
            expression = self.expression(scope, kind, 1)
            columns.append(Node("column", f"{self.new_name(scope, kind)}=", expression))
        return Node("step", ".values(", Several(columns), ")")

    def step_values_list(self, scope):
        columns = [self.column(scope) for _ in range(self.pick([0, 1, 1, 2]))]
        if self.chance(0.15):
            columns.append(Node("column", self.expression(scope, self.pick(KINDS), 1)))
        option = "flat=True" if len(columns) == 1 and self.chance(0.5) else "named=True" if self.chance(0.2) else ""
        return Node("step", ".values_list(", Several(columns), Maybe(", " if columns and option else "", option), ")")

    def step_related(self, scope):
        names = []
        for _ in range(self.pick([0, 1, 1, 2])):
            name, model = "", scope.model
            for _ in range(self.pick([1, 1, 2])):
                relations = [field for field in self.relations(model) if field.many_to_one or field.one_to_one]
                if self.chance(self.misuse):
                    relations = self.relations(model)
                if not relations:
                    break
                relation = self.pick(relations)
                name, model = f"{name}{'__' if name else ''}{relation.name}", relation.related_model
            if name:
                names.append(self.quoted(name))
        return Node("step", ".select_related(", Several(names) if not self.chance(0.05) else "None", ")")

    def step_only(self, scope, method="only"):
        names = [self.quoted(self.path(scope, depth=self.pick([0, 0, 0, 1]))[0] or "pk") for _ in range(self.pick([1, 1, 2]))]
        return Node("step", f".{method}(", Several(names) if not self.chance(0.03) else "None", ")")

    def step_defer(self, scope):
        return self.step_only(scope, "defer")

    def step_distinct(self, scope):
        return Node("step", ".distinct()" if not self.chance(self.misuse) else ".distinct('pk')")

    def step_reverse(self, scope):
        return Node("step", ".reverse()")

    def step_slice(self, scope):
        return Node("step", self.pick(["[:3]", "[1:4]", "[2:]", "[:0]", "[5:2]", "[:2]", "[::2]"]))

    def step_filtered(self, scope):
        relations = self.relations(scope.model)
        if not relations:
            return self.narrowing(scope)
        relation = self.pick(relations)
        path, kind = self.path(Scope(relation.related_model), depth=self.pick([0, 0, 0, 1]))
        if not path:
            return self.narrowing(scope)
        name = f"r{len(scope.paths)}"
        condition = self.comparison(scope, f"{relation.name}__{path}", kind)
        scope.paths[name] = relation.related_model
        use = self.pick(["", f".filter({name}__isnull={self.pick(['True', 'False'])})", f".values('pk', '{name}')", f".annotate(c{name}=Count('{name}'))", f".annotate(f{name}=F('{name}__pk'))", f".select_related('{name}')"])  # fmt: skip
        return Node("step", f".annotate({name}=FilteredRelation('{relation.name}'", Maybe(", condition=", self.pick(["Q(", "Q(", "~Q("]), condition, ")"), "))", Maybe(use))  # fmt: skip

    def step_prefetch(self, scope):
        relations = self.relations(scope.model)
        if not relations:
            return self.narrowing(scope)
        relation = self.pick(relations)
        accessor = relation.get_accessor_name() if relation.auto_created and not relation.concrete else relation.name
        inner = Scope(relation.related_model, scope)
        pick = self.random.random()
        if pick < 0.3:
            return Node("step", f".prefetch_related({accessor!r})")
        if pick < 0.45:
            further = [f.get_accessor_name() if f.auto_created and not f.concrete else f.name for f in self.relations(relation.related_model)]
            return Node("step", f".prefetch_related({accessor + '__' + self.pick(further or ['x'])!r})")
        steps = [self.pick([self.narrowing, self.step_order, self.step_q, self.step_annotate, self.step_related, self.step_only])(inner) for _ in range(self.pick([1, 1, 2]))]  # fmt: skip
        return Node("step", f".prefetch_related(Prefetch({accessor!r}, queryset={inner.model.__name__}.objects", Several(steps, ""), Maybe(self.pick(["", "[:2]"])), Maybe(f", to_attr={self.pick(['got', 'kept'])!r}") if self.chance(0.3) else "", "))")  # fmt: skip

    def step_combine(self, scope):
        method = self.pick(["union", "union", "intersection", "difference"])
        inner = Scope(scope.model if self.chance(0.9) else self.pick(self.models))
        steps = [self.narrowing(inner) for _ in range(self.pick([0, 1, 1]))]
        columns = self.pick(["", "", ".values('pk')", ".values_list('pk')", ".values('pk')", ".order_by()", ".order_by('pk')", "[:2]"])
        own = self.pick(["", "", ".order_by()", ".values('pk')", ".values_list('pk')"])
        return Node("step", Maybe(own), f".{method}({inner.model.__name__}.objects", Several(steps, ""), Maybe(columns), Maybe(", all=True") if method == "union" and self.chance(0.3) else "", ")", Maybe(self.pick(["", "", ".order_by('pk')", ".order_by('-pk')[:3]", ".count()", ".filter(pk=1)", ".values('pk')"])))  # fmt: skip

    def step_operator(self, scope):
        inner = Scope(scope.model)
        steps = [self.pick([self.narrowing, self.step_q, self.step_annotate])(inner) for _ in range(self.pick([1, 1, 2]))]
        return Node("step", f".all() {self.pick('&|^')} {inner.model.__name__}.objects", Several(steps, ""))

    def step_extra(self, scope):
        table = scope.model._meta.db_table
        return Node("step", ".extra(", self.pick(["select={'e': '1 + 1'}", "select={'e': 'SELECT %s'}, select_params=[3]", f"where=['\"{table}\".\"id\" > %s'], params=[1]", f"order_by=['-{table}.id']", "order_by=['e']", f"where=['1=1 OR 2=2', '\"{table}\".\"id\" < 5']", "tables=['nope']", "select={'id': '3'}"]), ")")  # fmt: skip

    def step_dates(self, scope):
        kind = self.pick(["date", "moment", "moment"])
        path, _ = self.path(scope, kind, 0)
        if not path:
            return self.narrowing(scope)
        if kind == "date" or self.chance(0.4):
            return Node("step", f".dates({path!r}, {self.pick(['year', 'month', 'week', 'day', 'hour'])!r}", Maybe(f", order={self.pick(['ASC', 'DESC', 'x'])!r}") if self.chance(0.4) else "", ")")  # fmt: skip
        return Node("step", f".datetimes({path!r}, {self.pick(['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'x'])!r}", Maybe(", order='DESC'") if self.chance(0.4) else "", self.zone(), ")")  # fmt: skip

    def step_other(self, scope):
        return Node("step", self.pick([".all()", ".none()", ".using('default')", ".select_for_update()", ".filter()", ".exclude()", ".order_by('?').order_by('pk')", ".defer(None)", ".annotate()", ".values().all()", ".distinct().distinct()"]))  # fmt: skip

    # --- Whole programs.

    def terminal(self, scope, whole):
        name = scope.model.__name__
        path, _ = self.path(scope, depth=0)
        fixed = [
            ".count()", ".count()", ".exists()", ".exists()", ".first()", ".last()", "[:3]", "[1:4]", "[0]", ".distinct()", ".order_by('pk')",
            ".order_by('pk')[:2]", ".get()", f".latest({path!r})", f".earliest({path!r})", ".in_bulk([1, 2])", ".in_bulk()",
            ".in_bulk([])", f".contains({name}(pk=1))", ".values_list('pk', flat=True)", ".values()", ".get(pk=1)", "[:5].count()",
            ".explain()", ".values('pk').distinct().count()", "[:2].values_list('pk')", ".query.sql_with_params()",
        ]  # fmt: skip
        if scope.stages & {"values", "values_list", "dates"} or not whole:
            fixed = [".distinct()", ".order_by('pk')[:2]", "[:3]", "[1:4]", ".reverse()", ".values_list('pk', flat=True)", "[2:]"] if not self.chance(self.misuse) else fixed  # fmt: skip
            if not whole:
                return Maybe(self.pick(["", "", *fixed]))
        pick = self.random.random()
        if pick < 0.45:
            return Maybe()
        if pick < 0.6:
            items = []
            for place in range(self.pick([1, 1, 2])):
                aggregate, _ = self.aggregate(scope)
                items.append(Node("item", f"t{place}=" if self.chance(0.8) else "", aggregate))
            items.sort(key=lambda item: "=" in item.text().split("(")[0])
            return Maybe(".aggregate(", Several(items), ")")
        return Maybe(self.pick(fixed))

    def program(self):
        """A program, as a tree: a model, what is called on it, and how it is looked at."""
        pick = self.random.random()
        if pick < 0.03:
            return self.raw_program()
        if pick < 0.07:
            return self.prefetch_program()
        scope = Scope(self.pick(self.models))
        steps = Several([self.step(scope) for _ in range(self.pick([1, 1, 2, 2, 3, 3, 4, 5]))], "")
        frame = self.weighted({"": 22, "str": 2, "list": 1.5, "len": 0.5, "iterator": 1, "bool": 0.5, "related": 2.5, "repr": 0.5, "twice": 0.5})
        terminal = self.terminal(scope, frame in ("", "repr", "len", "bool", "twice") and not (frame == "len" and self.chance(0.9)))
        chain = Node("chain", f"{scope.model.__name__}.objects", steps, terminal)
        if not steps.parts and not terminal.text() and not frame:
            terminal = Maybe(".all()")
        if frame == "str":
            return Node(None, "str((", chain, ").query)\n")
        if frame == "iterator":
            return Node(None, "list((", chain, f").iterator({self.pick(['', 'chunk_size=2', 'chunk_size=100'])}))\n")
        if frame == "related":
            return self.walk(scope, chain)
        if frame == "twice":
            return Node(None, "got = ", chain, "\nbool(got), len(got), got[0], got[:2]\n")
        return Node(None, f"{frame}(", chain, ")\n")

    def walk(self, scope, chain):
        """Reads a relation of every row."""
        relations = self.relations(scope.model)
        if not relations:
            return Node(None, "list(", chain, ")\n")
        relation = self.pick(relations)
        accessor = relation.get_accessor_name() if relation.auto_created and not relation.concrete else relation.name
        if relation.one_to_many or relation.many_to_many:
            inner = Scope(relation.related_model)
            steps = [self.pick([self.narrowing, self.step_order, self.step_annotate, self.step_values])(inner) for _ in range(self.pick([0, 0, 1]))]
            return Node(None, "[list(row.", accessor, ".all()", Several(steps, ""), ") for row in ", chain, "]\n")
        return Node(None, f"[getattr(row, {accessor!r}, None) for row in ", chain, "]\n")
