"""Content types: the models of the installed apps as rows."""

import _django_generic
from django.apps import apps
from django.db import models
from django.db.models import Q


class ContentTypeManager(models.Manager):
    """Finds content types, each asked for once."""

    use_in_migrations = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._cache = {}

    def get_by_natural_key(self, app_label, model):
        found = self._cache.get(self.db, {}).get((app_label, model))
        if found is None:
            found = self.get(app_label=app_label, model=model)
            self._add_to_cache(self.db, found)
        return found

    def _get_opts(self, model, for_concrete_model):
        return model._meta.concrete_model._meta if for_concrete_model else model._meta

    def _get_from_cache(self, opts):
        return self._cache[self.db][(opts.app_label, opts.model_name)]

    def get_for_model(self, model, for_concrete_model=True):
        opts = self._get_opts(model, for_concrete_model)
        try:
            return self._get_from_cache(opts)
        except KeyError:
            pass
        try:
            found = self.get(app_label=opts.app_label, model=opts.model_name)
        except self.model.DoesNotExist:
            found, _created = self.get_or_create(app_label=opts.app_label, model=opts.model_name)
        self._add_to_cache(self.db, found)
        return found

    def get_for_models(self, *models, for_concrete_models=True):
        results = {}
        by_app = {}
        waiting = {}
        for model in models:
            opts = self._get_opts(model, for_concrete_models)
            try:
                results[model] = self._get_from_cache(opts)
            except KeyError:
                by_app.setdefault(opts.app_label, set()).add(opts.model_name)
                waiting.setdefault((opts.app_label, opts.model_name), []).append(model)
        if waiting:
            condition = Q(
                *(Q(("app_label", label), ("model__in", names)) for label, names in by_app.items()), _connector=Q.OR)
            for found in self.filter(condition):
                for model in waiting.pop((found.app_label, found.model), []):
                    results[model] = found
                self._add_to_cache(self.db, found)
        for (label, name), those in waiting.items():
            made = self.create(app_label=label, model=name)
            self._add_to_cache(self.db, made)
            for model in those:
                results[model] = made
        return results

    def get_for_id(self, id):
        found = self._cache.get(self.db, {}).get(id)
        if found is None:
            found = self.get(pk=id)
            self._add_to_cache(self.db, found)
        return found

    def clear_cache(self):
        self._cache.clear()

    def _add_to_cache(self, using, ct):
        held = self._cache.setdefault(using, {})
        held[(ct.app_label, ct.model)] = ct
        held[ct.id] = ct


class ContentType(models.Model):
    app_label = models.CharField(max_length=100)
    model = models.CharField("python model class name", max_length=100)
    objects = ContentTypeManager()

    class Meta:
        app_label = "contenttypes"
        verbose_name = "content type"
        verbose_name_plural = "content types"
        db_table = "django_content_type"
        unique_together = [["app_label", "model"]]

    def __str__(self):
        return self.app_labeled_name

    @property
    def name(self):
        model = self.model_class()
        return str(model._meta.verbose_name) if model else self.model

    @property
    def app_labeled_name(self):
        model = self.model_class()
        if not model:
            return self.model
        return "%s | %s" % (model._meta.app_config.verbose_name, model._meta.verbose_name)

    def model_class(self):
        try:
            return apps.get_model(self.app_label, self.model)
        except LookupError:
            return None

    def get_object_for_this_type(self, using=None, **kwargs):
        return self.model_class()._base_manager.using(using).get(**kwargs)

    def get_all_objects_for_this_type(self, **kwargs):
        return self.model_class()._base_manager.filter(**kwargs)

    def natural_key(self):
        return (self.app_label, self.model)


def _id_of(model, for_concrete_model):
    return ContentType.objects.get_for_model(model, for_concrete_model=for_concrete_model).pk


_django_generic.set_content_types(_id_of)
