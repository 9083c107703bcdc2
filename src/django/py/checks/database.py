"""Checks of the databases themselves: the engine's own passes them."""

from django.core.checks.registry import Tags, register


@register(Tags.database)
def check_database_backends(databases=None, **kwargs):
    return []
