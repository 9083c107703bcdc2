"""Further programs for the reading fuzzer: what is called wrongly, raw SQL, relations read in other ways, deep subqueries.

Each method gives a whole program or a step; `fuzz_grammar.Writer` mixes them in.
"""

from .fuzz_tree import Maybe, Node, Several

# Arguments that a person may give by mistake where a queryset method takes others.
ODD = [
    "1", "None", "'nope'", "''", "'-'", "['pk']", "object", "Q(pk=1)", "~Q()", "F('pk')", "Value(1)", "Count('pk')", "{model}", "{model}.objects",
    "{model}.objects.all()", "{model}.objects.first()", "{model}(pk=1)", "{model}.objects.values('pk')", "lambda row: row", "('pk', 1)", "{{'pk': 1}}",
    "'pk'", "'-pk'", "True", "2.5", "b'pk'", "Lower('pk')", "OuterRef('pk')", "Exists({model}.objects.all())", "Window(Rank())", "Prefetch('x')", "date(2026, 1, 1)",
]  # fmt: skip
CALLS = [
    "filter", "exclude", "annotate", "alias", "order_by", "values", "values_list", "only", "defer", "select_related", "prefetch_related", "distinct",
    "aggregate", "latest", "earliest", "in_bulk", "union", "intersection", "difference", "contains", "dates", "datetimes", "get", "complex_filter",
    "count", "exists", "first", "last", "reverse", "iterator", "using", "raw", "explain", "none", "all",
]  # fmt: skip
ODD_SUBSCRIPTS = ["[-1]", "['a']", "[1.5]", "[None]", "[:-1]", "[::0]", "[3:1]", "[:'2']", "[True]", "[100]", "[0:0]", "[1:][1:]", "[::2][0]", "[2:4][5]"]


class More:
    def odd(self):
        return self.pick(ODD).format(model=self.pick(self.models).__name__)

    def step_misuse(self, scope):
        """A call with an argument of any kind, by position or by a name."""
        if self.chance(0.15):
            return Node("step", self.pick(ODD_SUBSCRIPTS))
        method = self.pick(CALLS)
        arguments = [Node("odd", self.odd()) for _ in range(self.pick([1, 1, 1, 2]))]
        if method in ("filter", "exclude", "get", "annotate", "alias", "aggregate", "values") and self.chance(0.6):
            path, _ = self.path(scope)
            name = (path or "pk") + self.pick(["", "", "__in", "__exact", "__gt", "__isnull", "__contains", "__range"]) if method in ("filter", "exclude", "get") else "odd"  # fmt: skip
            arguments = [Node("odd", f"{name}={self.odd()}")]
        return Node("step", f".{method}(", Several(arguments), ")")

    def step_deep(self, scope):
        """A subquery in a subquery that reads the outermost rows."""
        reverse = [field for field in scope.model._meta.related_objects if field.field.concrete]
        if not reverse:
            return self.narrowing(scope)
        one = self.pick(reverse)
        middle = one.related_model
        inner = self.pick(self.models)
        kind = self.pick(["number", "text", "moment", "number"])
        path, _ = self.path(type(scope)(inner), kind, self.pick([0, 0, 1]))
        outer, _ = self.path(scope, kind, self.pick([0, 0, 1]))
        if not path or not outer:
            return self.narrowing(scope)
        lookup = self.pick(["", "__gt", "__lte", "__in" if self.chance(0.2) else ""])
        deep = Node("condition", f"Exists({inner.__name__}.objects.filter({path}{lookup}=OuterRef(OuterRef({outer!r}))", Maybe(", ", self.keywords(type(scope)(inner))), "))")  # fmt: skip
        chain = [f"{middle.__name__}.objects.filter({one.field.name}=OuterRef('pk')).filter(", Maybe(self.pick(["", "~"])), deep, ")"]
        if self.chance(0.5):
            return Node("step", f".{self.pick(['filter', 'exclude'])}(", Maybe(self.pick(["", "~"])), "Exists(", *chain, "))")
        column, _ = self.path(type(scope)(middle), "number", 0)
        name = self.new_name(scope, "number")
        counted = f".order_by().values({one.field.name!r}).annotate(c=Count('pk')).values('c')" if self.chance(0.4) else f".order_by('pk').values({column or 'pk'!r})[:1]"
        return Node("step", f".annotate({name}=Subquery(", *chain, counted, "))")

    def step_bulk(self, scope):
        unique = [field.name for field in scope.model._meta.concrete_fields if field.unique]
        names = [field.name for field in scope.model._meta.concrete_fields]
        name = self.pick(unique) if not self.chance(self.misuse * 3) else self.pick(names)
        values = self.pick(["", "[]", "[1, 2, 99]", "['1']", "['django', 'a']", "(3,)", "{1}", "1", "None"] if self.chance(0.8) else [f"{scope.model.__name__}.objects.values_list({name!r}, flat=True)[:3]"])  # fmt: skip
        return Node("step", f".in_bulk({values}{', ' if values else ''}field_name={name!r})" if self.chance(0.6) else f".in_bulk({values})")

    def raw_program(self):
        """`raw()` on a model's own table."""
        model = self.pick(self.models)
        meta = model._meta
        fields = list(meta.local_concrete_fields)
        chosen = [meta.pk, *self.random.sample(fields, min(len(fields), self.pick([0, 1, 2, 3])))] if not self.chance(self.misuse) else self.random.sample(fields, 1)  # fmt: skip
        columns = [f'"{field.column}"' for field in dict.fromkeys(chosen) if getattr(field, "column", None)] or ["*"]
        extra = self.pick(["", "", ", 1 + 1 AS extra", ", NULL AS nothing", ", 'a' AS name_", f", {columns[0]} AS again"])
        every = self.pick([", ".join(columns), ", ".join(columns), "*"])
        where, params = self.pick([("", ""), ("", ""), (" WHERE 1 = %s", ", [1]"), (" WHERE 1 = %(n)s", ", {'n': 1}"), (" WHERE 1 < 2 AND 'a%%' LIKE 'a%%'", ", []"), (" WHERE 'a%' LIKE 'a%'", "")])  # fmt: skip
        order = self.pick(["", f" ORDER BY {columns[0]}", f" LIMIT {self.pick([0, 1, 2])}"]) if columns[0] != "*" else ""
        sql = f'SELECT {every}{extra} FROM "{meta.db_table}"{where}{order}'
        relations = [field for field in self.relations(model) if field.many_to_one or field.one_to_one or field.many_to_many and not field.auto_created]
        call = f"{model.__name__}.objects.raw({sql!r}{params}"
        if self.chance(0.15) and fields:
            call += f", translations={{'extra': {self.pick(fields).name!r}, 'again': {self.pick(fields).attname!r}}}"
        raw = Node("raw", call, ")")
        frames = ["list({})", "{}[0]", "{}[:2]", "len({})", "bool({})", "{}.columns", "str({}.query)", "[row.pk for row in {}]", "list({}.iterator())", "repr({})", "{}.using('default').db"]
        if relations:
            name = self.pick(relations).name
            frames += [f"list({{}}.prefetch_related({name!r}))", f"[getattr(row, {name!r}, None) and 1 for row in {{}}]"]
        if fields:
            frames.append(f"[getattr(row, {self.pick(fields).attname!r}) for row in {{}}]")
        before, after = self.pick(frames).split("{}", 1)
        return Node(None, before.replace("{{", "{"), raw, after, "\n")

    def prefetch_program(self):
        """Objects that are there already, and lookups of several steps with querysets of their own."""
        model = self.pick(self.models)
        scope = self.scope(model)
        steps = Several([self.pick([self.narrowing, self.step_order, self.step_only, self.step_related])(scope) for _ in range(self.pick([0, 0, 1]))], "")
        lookups, reads = [], []
        for _ in range(self.pick([1, 1, 2])):
            names, here = [], model
            for _ in range(self.pick([1, 1, 2, 3])):
                relations = self.relations(here)
                if not relations:
                    break
                relation = self.pick(relations)
                names.append(relation.get_accessor_name() if relation.auto_created and not relation.concrete else relation.name)
                here = relation.related_model
            if not names:
                continue
            through = "__".join(names)
            if self.chance(0.5):
                lookups.append(Node("lookup", repr(through)))
            else:
                inner = self.scope(here)
                more = [self.pick([self.narrowing, self.step_order, self.step_related, self.step_only, self.step_annotate, self.step_slice])(inner) for _ in range(self.pick([0, 1, 1]))]  # fmt: skip
                lookups.append(Node("lookup", f"Prefetch({through!r}, queryset={here.__name__}.objects.all()", Several(more, ""), Maybe(f", to_attr={self.pick(['got', 'kept', 'name', names[-1]])!r}") if self.chance(0.4) else "", ")"))  # fmt: skip
            reads.append(names[0])
        if not lookups:
            return Node(None, f"list({model.__name__}.objects.all())\n")
        read = f"[str(getattr(row, {self.pick(reads)!r}, None)) for row in rows]"
        if self.chance(0.6):
            return Node(None, f"rows = list({model.__name__}.objects.all()", steps, ")\nmodels.prefetch_related_objects(rows, ", Several(lookups, least=1), ")\n", Maybe(read, "\n"))
        return Node(None, f"rows = {model.__name__}.objects.all()", steps, ".prefetch_related(", Several(lookups, least=1), ")\n", Maybe(read, "\n"), "rows\n")
