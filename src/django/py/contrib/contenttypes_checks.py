"""Checks of generic relations and of names that the table of content types must hold."""

from django.apps import apps
from django.core.checks.messages import Error


def _models(app_configs):
    if app_configs is None:
        return apps.get_models()
    return [model for config in app_configs for model in config.get_models()]


def check_generic_foreign_keys(app_configs=None, **kwargs):
    from django.contrib.contenttypes.fields import GenericForeignKey
    return [
        problem for model in _models(app_configs) for held in vars(model).values()
        if isinstance(held, GenericForeignKey) for problem in held.check()]


def check_model_name_lengths(app_configs=None, **kwargs):
    return [
        Error("Model names must be at most 100 characters (got %d)." % len(model._meta.model_name), obj=model,
              id="contenttypes.E005")
        for model in _models(app_configs) if len(model._meta.model_name) > 100]
