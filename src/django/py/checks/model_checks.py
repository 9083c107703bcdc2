"""The checks that run over all models."""

import inspect
import types
from collections import defaultdict

from django.apps import apps
from django.conf import settings
from django.core.checks.messages import Error, Warning
from django.core.checks.registry import Tags, register


def _models(app_configs):
    if app_configs is None:
        return apps.get_models()
    return [model for config in app_configs for model in config.get_models()]


@register(Tags.models)
def check_all_models(app_configs=None, **kwargs):
    tables, indexes, constraints = defaultdict(list), defaultdict(list), defaultdict(list)
    said = []
    for model in _models(app_configs):
        meta = model._meta
        if meta.managed and not meta.proxy:
            tables[meta.db_table].append(meta.label)
        if inspect.ismethod(model.check):
            said.extend(model.check(**kwargs))
        else:
            said.append(Error(
                "The '%s.check()' class method is currently overridden by %r." % (model.__name__, model.check),
                obj=model, id="models.E020"))
        for index in meta.indexes:
            indexes[index.name].append(meta.label)
        for constraint in meta.constraints:
            constraints[constraint.name].append(meta.label)
    for table, labels in tables.items():
        if len(labels) == 1:
            continue
        labels = ", ".join(labels)
        text = "db_table '%s' is used by multiple models: %s." % (table, labels)
        if settings.DATABASE_ROUTERS:
            said.append(Warning(text, obj=table, id="models.W035", hint=(
                "You have configured settings.DATABASE_ROUTERS. Verify that %s are correctly routed to separate "
                "databases." % labels)))
        else:
            said.append(Error(text, obj=table, id="models.E028"))
    for what, names, number in (("index", indexes, 29), ("constraint", constraints, 31)):
        for name, labels in names.items():
            if len(labels) > 1:
                one = len(set(labels)) == 1
                said.append(Error("%s name '%s' is not unique %s %s." % (
                    what, name, "for model" if one else "among models:", ", ".join(sorted(set(labels)))),
                    id="models.E0%d" % (number if one else number + 1)))
    return said


def _receiver(receiver):
    if isinstance(receiver, types.FunctionType):
        return "The function '%s'" % receiver.__name__
    if isinstance(receiver, types.MethodType):
        return "Bound method '%s.%s'" % (receiver.__self__.__class__.__name__, receiver.__name__)
    return "An instance of class '%s'" % receiver.__class__.__name__


def _check_lazy_references(apps, ignore=None):
    """Says which models were named that never came."""
    said = []
    for kind, key, about in apps._pending():
        if key in (ignore or ()):
            continue
        label = ".".join(key)
        try:
            apps.get_app_config(key[0])
            missing = "app '%s' doesn't provide model '%s'" % key
        except LookupError:
            missing = "app '%s' isn't installed" % key[0]
        if kind == "field":
            said.append(Error(
                "The field %s was declared with a lazy reference to '%s', but %s." % (about, label, missing),
                obj=about, id="fields.E307"))
        elif kind == "signal":
            receiver, signal = about
            said.append(Error(
                "%s was connected to the '%s' signal with a lazy reference to the sender '%s', but %s." % (
                    _receiver(receiver), signal, label, missing),
                obj=receiver.__module__, id="signals.E001"))
        else:
            said.append(Error(
                "%s contains a lazy reference to %s, but %s." % (about, label, missing), obj=about, id="models.E022"))
    return sorted(said, key=lambda one: one.msg)


@register(Tags.models)
def check_generic_foreign_keys(app_configs=None, **kwargs):
    """Generic foreign keys are no fields of `_meta.local_fields`: they are looked for in the classes."""
    import sys
    if "django.contrib.contenttypes.fields" not in sys.modules:
        return []
    from django.contrib.contenttypes.checks import check_generic_foreign_keys, check_model_name_lengths
    return [*check_generic_foreign_keys(app_configs), *check_model_name_lengths(app_configs)]


@register(Tags.models)
def check_lazy_references(app_configs=None, **kwargs):
    return _check_lazy_references(apps)
