"""Random programs of writes about models that the program itself declares.

Declaring comes first, as source; a class of the same source says what the models have, so that statements can be written
about them. Everything happens in the process that asks, where the classes stay: `oracle.fuzz_writes` forks for each.
"""

from .programs import Programs

WORDS = ["Alpha", "Beta", "Gamma", "Delta", "Sigma"]
ON_DELETE = ["CASCADE"] * 4 + ["PROTECT", "RESTRICT", "SET_NULL", "SET_DEFAULT", "SET(1)", "SET(None)", "SET(first_key)", "DO_NOTHING"]
NUMERIC = ("count", "size", "rank", "price", "ratio")


class OwnPrograms(Programs):
    """Programs about the dataset's models and a few of the program's own."""

    def __init__(self, models, seed, names):
        super().__init__(models, seed)
        self.lent = list(models)
        self.bound = names
        self.declared = []

    # The declarations.

    def field_of(self, kind):
        """`(name, call)` of a field that is no relation."""
        chance, pick = self.chance, self.pick
        options = []
        null = chance(0.25)
        if null:
            options += ["null=True", "blank=True"] if chance(0.6) else ["null=True"]
        elif chance(0.15):
            options.append("blank=True")
        if chance(0.05):
            options.append("editable=False")
        if chance(0.05):
            options.append("db_index=True")
        if chance(0.06):
            options.append(f"db_column='{kind}_col'")
        if chance(0.06):
            options.append("verbose_name='the thing'")
        if chance(0.04):
            options.append("help_text='some'")
        if chance(0.05):
            options.append("error_messages={'null': 'not none', 'invalid': 'bad %(value)s', 'unique': 'twice', 'required': 'must', 'blank': 'never blank'}")
        default = []
        if kind in ("count", "size", "rank"):
            call = pick(["IntegerField", "PositiveIntegerField", "SmallIntegerField", "BigIntegerField", "PositiveSmallIntegerField"])
            default = ["default=0", "default=3", "default=len", "db_default=7", "db_default=Value(4)", "db_default=Value(2) + 3", "default=1, db_default=9"]
            if chance(0.15):
                options.append(pick(["validators=[MinValueValidator(1)]", "validators=[MaxValueValidator(20), MinValueValidator(0)]", "validators=[no_five]"]))
            if chance(0.15):
                options.append("choices=Level" if chance(0.5) else "choices=[(1, 'one'), (2, 'two'), ('More', [(3, 'three'), (4, 'four')])]")
        elif kind == "price":
            call = "DecimalField"
            options.insert(0, "max_digits=7, decimal_places=2")
            default = ["default=0", "default=Decimal('1.50')", "db_default=Decimal('2.25')", "db_default=0"]
        elif kind == "ratio":
            call, default = "FloatField", ["default=0.5", "db_default=1.5", "db_default=Value(0.25)"]
        elif kind in ("name", "label", "title"):
            call = "CharField"
            options.insert(0, f"max_length={pick([10, 20, 50])}")
            default = ["default='x'", "default=str", "db_default='there'", "db_default=Value('y')", "db_default=Upper(Value('up'))", "default=word"]
            if chance(0.1):
                options.append("choices=Kind" if chance(0.5) else "choices={'a': 'A', 'b': 'B'}")
            if chance(0.1):
                options.append(pick(["validators=[RegexValidator(r'^[a-z]+$')]", "validators=[MinLengthValidator(2)]", "validators=[no_five]", "db_collation='nocase'"]))
            if chance(0.12):
                options.append("unique=True")
        elif kind == "body":
            call, default = "TextField", ["default=''", "db_default='none'", "max_length=5"]
        elif kind == "code":
            call, default = pick(["SlugField", "EmailField", "URLField"]), ["default='abc'", "unique=True", "unique=True"]
        elif kind == "day":
            call, default = "DateField", ["auto_now=True", "auto_now_add=True", "default=date(2026, 1, 2)", "default=date.today", "db_default=Now()"]
        elif kind == "moment":
            call, default = "DateTimeField", ["auto_now=True", "auto_now_add=True", "default=timezone.now", "db_default=Now()"]
        elif kind == "at":
            call, default = "TimeField", ["auto_now=True", "default=time(1, 2)"]
        elif kind == "took":
            call, default = "DurationField", ["default=timedelta(days=1)", "default=timedelta"]
        elif kind == "data":
            call, default = "JSONField", ["default=dict", "default=list", "db_default=Value({'k': 1}, JSONField())"]
        elif kind == "ident":
            call, default = "UUIDField", ["default=uuid.uuid4", "default=uuid.uuid4, unique=True"]
        elif kind == "raw":
            call, default = "BinaryField", ["default=b'z'", "editable=True"]
        else:
            call, default = "BooleanField", ["default=False", "default=True", "db_default=True"]
        if default and chance(0.45):
            chosen = pick(default)
            if chosen.startswith("auto_now"):
                options = [option for option in options if not option.startswith(("editable", "blank"))]
            options.append(chosen)
        unique = {}
        for option in options:
            unique.setdefault(option.split("=")[0], option)
        return f"models.{call}({', '.join(unique.values())})"

    def relation_of(self, name, others):
        """`(attribute, call, kind)` of a relation from a model to one of the others."""
        target = self.pick([*others, "self"]) if others else "self"
        if self.chance(0.15):
            target = self.pick(self.lent).__name__
        kind = self.random.choices(["ForeignKey", "OneToOneField", "ManyToManyField"], [6, 2, 3])[0]
        attribute = self.pick(["owner", "parent", "link", "peer", "base"])
        shown = repr(target) if target == "self" or self.chance(0.3) else target
        options = []
        if self.chance(0.5) or target not in others:
            named = [f"'{name.lower()}_{attribute}s'", "'%(class)s_of'", "'+'", "'%(app_label)s_%(class)s_things'"]
            options.append("related_name=" + self.random.choices(named, [4, 2, 2, 1])[0])
        if self.chance(0.12):
            options.append(f"related_query_name='q_{name.lower()}'")
        if self.chance(0.08):
            options.append("limit_choices_to={'pk__lte': 2}")
        if kind == "ManyToManyField":
            if target == "self" and self.chance(0.4):
                options.append("symmetrical=False")
            options.append("blank=True") if self.chance(0.3) else None
            if self.chance(0.1):
                options.append(f"db_table='m2m_{name.lower()}_{attribute}'")
            return attribute + "s", kind, shown, options
        on_delete = self.pick(ON_DELETE)
        options.insert(0, f"on_delete=models.{on_delete}")
        if on_delete in ("SET_NULL", "SET(None)") or self.chance(0.25):
            options.append("null=True")
        if on_delete == "SET_DEFAULT" or self.chance(0.05):
            options.append("default=1")
        if self.chance(0.1):
            options.append("db_constraint=False")
        if self.chance(0.08):
            options.append(f"db_column='{attribute}_ref'")
        return attribute, kind, shown, options

    def model_source(self, name, before):
        chance, pick = self.chance, self.pick
        kinds = self.random.sample(
            ["count", "size", "rank", "price", "ratio", "name", "label", "title", "body", "code", "day", "moment", "at", "took", "data", "ident", "raw", "flag"],
            pick([2, 3, 3, 4, 5]),
        )  # fmt: skip
        lines, meta = [], []
        bases = "models.Model"
        inherits = None
        if [one for one in before if one not in self.composite] and chance(0.16):
            inherits = pick([one for one in before if one not in self.composite])
            bases = inherits
            taken = self.fields[inherits]
            kinds = [kind for kind in kinds if kind not in taken][:2]
        elif chance(0.12):
            bases = "Stamped"
            kinds = [kind for kind in kinds if kind not in ("moment", "rank")]
        if bases != inherits:
            pick_key = self.random.random()
            if pick_key < 0.06:
                lines.append("code_key = models.CharField(max_length=10, primary_key=True)")
            elif pick_key < 0.1:
                lines.append("key = models.UUIDField(primary_key=True, default=uuid.uuid4)")
            elif pick_key < 0.13:
                lines.append("number = models.IntegerField(primary_key=True)")
            elif pick_key < 0.15:
                lines.append("number = models.AutoField(primary_key=True)")
            elif pick_key < 0.18 and before:
                target = pick([one for one in before])
                lines.append(f"main = models.OneToOneField({target}, models.CASCADE, primary_key=True)")
            elif pick_key < 0.2 and len(kinds) >= 2:
                lines.append(f"pk = models.CompositePrimaryKey('{kinds[0]}', '{kinds[1]}')")
        composite = lines and "Composite" in lines[-1]
        for place, kind in enumerate(kinds):
            call = self.field_of(kind)
            if composite and place < 2:
                call = call.replace("null=True, ", "").replace(", null=True", "").replace("null=True", "")
            lines.append(f"{kind} = {call}")
        numbers = [kind for kind in kinds if kind in NUMERIC]
        texts = [kind for kind in kinds if kind in ("name", "label", "title")]
        if chance(0.14) and (numbers or texts):
            stored = pick(["True", "False"])
            if numbers:
                source = pick(numbers)
                expression = pick([f"F('{source}') + 1", f"F('{source}') * 2", f"Case(When({source}__gt=3, then=Value(1)), default=Value(0))", f"Coalesce(F('{source}'), Value(0))"])
                output = {"price": "models.DecimalField(max_digits=9, decimal_places=2)", "ratio": "models.FloatField()"}.get(source, "models.IntegerField()")
            else:
                source = pick(texts)
                expression, output = pick([f"Upper('{source}')", f"Concat('{source}', Value('!'))", f"Lower(F('{source}'))"]), "models.CharField(max_length=60)"
            lines.append(f"derived = models.GeneratedField(expression={expression}, output_field={output}, db_persist={stored})")
        relations = []
        for _ in range(pick([0, 0, 1, 1, 2]) if not composite else 0):
            attribute, kind, shown, options = self.relation_of(name, [one for one in before if one != inherits and one not in self.composite])
            if attribute in relations or inherits and attribute in self.fields[inherits]:
                continue
            relations.append(attribute)
            lines.append(f"{attribute} = models.{kind}({', '.join([shown, *options])})")
        if before and not composite and chance(0.12) and len(before) >= 2:
            # A model between two others.
            target = pick([one for one in before if one not in self.composite] or before)
            lines.append(f"via = models.ManyToManyField({target}, through='{name}Link', related_name='via_{name.lower()}')")
            self.links.append((name, target))
        plain = [kind for kind in kinds if kind not in ("raw",)]
        if inherits is None and plain:
            if chance(0.25):
                meta.append(f"ordering = {[pick(['', '-']) + pick(plain)]!r}")
            if chance(0.15) and len(plain) >= 2:
                meta.append(f"unique_together = {[tuple(plain[:2])]!r}")
            constraints = []
            if chance(0.2):
                constraints.append(pick([
                    f"models.UniqueConstraint(fields=['{plain[0]}'], name='{name.lower()}_uc')",
                    f"models.UniqueConstraint(fields=['{plain[0]}'], name='{name.lower()}_uc', condition=Q({plain[-1]}__isnull=False))",
                    f"models.UniqueConstraint(fields=['{plain[0]}'], name='{name.lower()}_uc', violation_error_message='again', violation_error_code='dup')",
                    *([f"models.UniqueConstraint(Lower('{texts[0]}'), name='{name.lower()}_uc')", f"models.UniqueConstraint(Lower('{texts[0]}').desc(), '{plain[0]}', name='{name.lower()}_uc')"] if texts else []),
                ]))  # fmt: skip
            if chance(0.2) and numbers:
                constraints.append(pick([
                    f"models.CheckConstraint(condition=Q({numbers[0]}__gte=0), name='{name.lower()}_cc')",
                    f"models.CheckConstraint(condition=Q({numbers[0]}__lt=50) | Q({numbers[0]}__isnull=True), name='{name.lower()}_cc', violation_error_message='%(name)s broken')",
                    f"models.CheckConstraint(condition=~Q({numbers[0]}=F('{numbers[-1]}') + 1), name='{name.lower()}_cc')",
                ]))  # fmt: skip
            if constraints:
                meta.append(f"constraints = [{', '.join(constraints)}]")
            if chance(0.1):
                meta.append(f"indexes = [models.Index(fields=['{pick(['', '-'])}{plain[0]}'], name='{name.lower()}_ix')]")
            if chance(0.08):
                meta.append(f"get_latest_by = '{plain[0]}'")
            if chance(0.06):
                meta.append("verbose_name = 'some thing'\n        verbose_name_plural = 'some things'")
            foreign = [one for one in relations if f"{one} = models.ForeignKey(" in "\n".join(lines)]
            if foreign and chance(0.08) and not any(line.startswith("ordering") for line in meta):
                meta.append(f"order_with_respect_to = '{foreign[0]}'")
            if chance(0.06):
                meta.append("select_on_save = True")
            if chance(0.06):
                meta.append(f"db_table = 'own_{name.lower()}'")
            if chance(0.05):
                meta.append("default_related_name = '%(class)s_rel'")
        if chance(0.2) and kinds:
            lines.append(f"def __str__(self):\n        return f'{name} {{self.{kinds[0]}}}'")
        if chance(0.1):
            lines.append(pick([
                f"def save(self, *args, **kwargs):\n        print('saving {name}', self.pk, sorted(kwargs))\n        super().save(*args, **kwargs)",
                f"def delete(self, *args, **kwargs):\n        print('deleting {name}', self.pk)\n        return super().delete(*args, **kwargs)",
                f"def clean(self):\n        if self.pk is None:\n            raise ValidationError({{'{(kinds or ['pk'])[0]}': 'no good', NON_FIELD: ['whole']}})",
                f"def clean(self):\n        raise ValidationError('Never: %(why)s', code='never', params={{'why': 'because'}})",
                "@classmethod\n    def from_db(cls, db, field_names, values):\n        made = super().from_db(db, field_names, values)\n        made.loaded = list(field_names)\n        return made",
            ]))  # fmt: skip
        if chance(0.1):
            lines.append(pick(["objects = Some.as_manager()", "objects = SomeManager()", "objects = models.Manager.from_queryset(Some)()", "things = models.Manager()\n    objects = SomeManager()"]))
        self.fields[name] = {*kinds, *relations, *(self.fields.get(inherits) or ()), "derived", "via"}
        if composite:
            self.composite.add(name)
        if meta:
            lines.append("class Meta:\n        " + "\n        ".join(meta))
        return f"class {name}({bases}):\n    " + ("\n    ".join(lines) or "pass")

    # What declarations may refer to, by the words that tell so.
    LENT = {
        "Validator": "from django.core.validators import MinValueValidator, MaxValueValidator, RegexValidator, MinLengthValidator",
        "NON_FIELD": "from django.core.exceptions import NON_FIELD_ERRORS as NON_FIELD",
        "Level": "class Level(models.IntegerChoices):\n    LOW = 1\n    MIDDLE = 2, 'In the middle'\n    HIGH = 5",
        "=Kind": "class Kind(models.TextChoices):\n    A = 'a', 'First'\n    B = 'b'",
        "no_five": "def no_five(value):\n    if value in (5, '5', 'five'):\n        raise ValidationError('%(value)s is five', code='five', params={'value': value})",
        "first_key": "def first_key():\n    return 1",
        "=word": "def word():\n    return 'word'",
        "Some.as_manager": "class Some(models.QuerySet):\n    def few(self):\n        return self.filter(pk__lte=2)",
        "(Some)": "class Some(models.QuerySet):\n    def few(self):\n        return self.filter(pk__lte=2)",
        "SomeManager": "class SomeManager(models.Manager):\n    def get_queryset(self):\n        return super().get_queryset().exclude(pk=3)",
        "Stamped": "class Stamped(models.Model):\n    moment = models.DateTimeField(auto_now_add=True)\n    rank = models.IntegerField(default=2)\n    class Meta:\n        abstract = True",
    }  # fmt: skip

    def declare(self):
        """The declarations as nodes; their classes join the models."""
        self.fields, self.links, self.composite, self.made = {}, [], set(), 0
        count = self.pick([2, 3, 3, 4])
        names, sources = [], []
        for name in WORDS[:count]:
            sources.append(self.model_source(name, names))
            names.append(name)
        for near, far in self.links:
            extra = self.pick(["note = models.CharField(max_length=20, default='n')", "note = models.CharField(max_length=20)", "since = models.DateField(null=True)", "weight = models.IntegerField(default=1)"])
            unique = f"\n    class Meta:\n        unique_together = [('near', 'far')]" if self.chance(0.4) else ""
            sources.append(f"class {near}Link(models.Model):\n    near = models.ForeignKey({near}, models.CASCADE)\n    far = models.ForeignKey({far}, models.CASCADE)\n    {extra}{unique}")
            names.append(f"{near}Link")
        if self.chance(0.2):
            base = self.pick(names)
            body = self.pick(["class Meta:\n        proxy = True", "objects = SomeManager()\n    class Meta:\n        proxy = True\n        ordering = ['-pk']", "class Meta:\n        proxy = True\n    def save(self, **kwargs):\n        print('proxy saves')\n        super().save(**kwargs)"])
            sources.append(f"class Proxy(" + base + f"):\n    {body}")
            names.append("Proxy")
        own = dict(self.bound, __name__="__main__")
        text = "\n".join(sources)
        sources = list(dict.fromkeys(lent for word, lent in self.LENT.items() if word in text)) + sources
        exec("\n".join(sources), own)
        made = [own[name] for name in names]
        tables = ", ".join(name for name, model in zip(names, made) if not model._meta.proxy)
        create = f"with connection.schema_editor() as editor:\n    for model in [{tables}]:\n        editor.create_model(model)"
        self.declared = made
        # The models that a program is about: its own, and what they refer to.
        self.models = made + [model for model in self.lent if any(f.related_model is model for one in made for f in one._meta.fields)]
        return [*sources, create]

    # Rows to begin with.

    def program(self):
        nodes = self.declare()
        for model in self.declared:
            if model._meta.proxy:
                continue
            for _ in range(self.pick([1, 2, 3])):
                nodes.append((
                    "try:\nexcept Exception as error:\n    print(type(error).__name__, error)",
                    [f"{model.__name__}.objects.create({self.arguments(model)})"],
                ))  # fmt: skip
        for place in range(4):
            model = self.pick(self.declared) if self.chance(0.85) else self.pick(self.models)
            name = f"{model.__name__.lower()}{place}"
            self.variables.append((name, model))
            nodes.append(f"{name} = {model.__name__}.objects.order_by('pk').{self.pick(['first', 'last'])}() or {model.__name__}({self.arguments(model, False)})")
        nodes.append("from django.test.utils import CaptureQueriesContext")
        if self.chance(0.3):
            nodes.append(self.listeners())
        for _ in range(self.random.randint(3, 9)):
            nodes.append(self.statement(0))
        return nodes + self.tables()
