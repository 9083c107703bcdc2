"""Random programs of writes about models that point at anything; see `tests/oracle/models/notes`."""

from .programs_models import OwnPrograms


class GenericPrograms(OwnPrograms):
    """Programs that begin with a few rows of the app's models."""

    def declare(self):
        self.made = 0
        self.declared = [model for model in self.lent if model.__name__ not in ("Label", "Remark")]
        self.models = self.lent
        return ["from django.contrib.contenttypes.models import ContentType"]

    def program(self):
        nodes = super().program()
        # In front of the tables.
        for _ in range(self.pick([2, 4, 6, 8])):
            nodes.insert(-1, self.guarded(self.generic()))
        return nodes

    def columns(self, model, relations=False):
        """A content type is given by the objects that are pointed at, now and then by itself."""
        fields = super().columns(model, relations)
        return [field for field in fields if field.related_model is None or field.related_model._meta.app_label == "notes"]

    def arguments(self, model, relations=True):
        given = super().arguments(model, relations)
        if model.__name__ == "Label":
            given = f"about={self.anything()}, " + ", ".join(part for part in self.split(given) if not part.startswith("object_id"))
        elif model.__name__ == "Remark" and self.chance(0.8):
            given = f"target={self.anything()}, " + ", ".join(part for part in self.split(given) if not part.startswith("key"))
        return given.rstrip(", ")

    def anything(self):
        if self.chance(0.04):
            return self.pick(["None", "5", "Song()", "'x'"])
        return self.of(self.pick([model for model in self.models if model.__name__ != "Label"]))

    def generic(self):
        holders = [(name, model) for name, model in self.variables if any(field.name in ("labels", "remarks") for field in model._meta.private_fields)]
        if not holders:
            return "print(Label.objects.count())"
        name, model = self.pick(holders)
        relation = self.pick([field for field in model._meta.private_fields if field.name in ("labels", "remarks")])
        manager, other = f"{name}.{relation.name}", relation.related_model
        key, pointer = ("text", "about") if other.__name__ == "Label" else ("body", "target")
        some = ", ".join(self.pick([f"{other.__name__}({key}={self.pick(['1', chr(39) + 'n' + chr(39)])})", f"{other.__name__}.objects.order_by('pk').first()", f"{other.__name__}.objects.order_by('pk').last()"]) for _ in range(self.pick([0, 1, 1, 2])))
        query = relation.related_query_name() if self.chance(0.9) else relation.name
        return self.pick([
            f"print({manager}.create({key}='made').pk)", f"print({manager}.create({key}='made', nonsense=1))", f"print({manager}.get_or_create({key}='made')[1], {manager}.update_or_create({key}='made', defaults={{'{key}': 'done'}})[1])",
            f"print({manager}.add({some}))", f"print({manager}.add({some}{', ' if some else ''}bulk=False))", f"print({manager}.remove({some}))", f"print({manager}.set([{some}]))", f"print({manager}.set([{some}], clear=True))",
            f"print({manager}.set([{some}], bulk=False))", f"print({manager}.clear())", f"print({manager}.clear(bulk=False))", f"print({manager}.count(), [one.pk for one in {manager}.order_by('pk')])", f"print({manager}.filter(pk__lte=2).delete())",
            f"print({manager}.update({key}='changed'))", f"{manager} = []", f"print([one.{pointer} for one in {other.__name__}.objects.order_by('pk')])", f"print([one.{pointer} for one in {other.__name__}.objects.order_by('pk').prefetch_related('{pointer}')])",
            f"print([[each.pk for each in one.{relation.name}.all()] for one in {model.__name__}.objects.order_by('pk').prefetch_related('{relation.name}')])",
            f"print(list({model.__name__}.objects.filter({relation.name}__{key}__contains='a').values_list('pk', flat=True)))", f"print(list({model.__name__}.objects.exclude({relation.name}__{key}='made').values_list('pk', flat=True)))",
            f"print(list({model.__name__}.objects.annotate(n=Count('{relation.name}')).order_by('pk').values_list('pk', 'n')))", f"print({other.__name__}.objects.filter({query}__isnull=False).count())", f"print(list({other.__name__}.objects.filter({query}={name}).values_list('pk', flat=True)))",
            f"print({name}.delete())", f"print({model.__name__}.objects.filter(pk__lte=2).delete())", f"one = {other.__name__}.objects.first()\none.{pointer} = {name}\none.save()\nprint(one.{pointer} is {name})",
            f"one = {other.__name__}({pointer}={name}, {key}='x')\nprint(one.{pointer} is {name}, one.pk)\none.full_clean()\none.save()", f"print({model.__name__}.objects.filter({relation.name}__in=[1, 2]).update({self.update(model)}))",
            f"print(ContentType.objects.get_for_model({name}).model, ContentType.objects.count())", f"print({manager}.bulk_create([{other.__name__}({key}='b')]))",
            f"one = {other.__name__}.objects.first()\n{name}.delete()\none.refresh_from_db()\nprint(one.{pointer})", f"print({other.__name__}.objects.filter({pointer}={name}))",
        ])  # fmt: skip
