"""What `Options` does beside telling: its methods call the functions of the same names."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

EMPTY_RELATION_TREE = ()
IMMUTABLE_WARNING = (
    "The return type of '%s' should never be mutated. If you want to manipulate this list for your own use, make a copy "
    "first.")


class ImmutableList(tuple):
    """A tuple that says why it cannot be changed."""

    warning = "ImmutableList object is immutable."

    def __new__(cls, items, *, warning=None):
        made = tuple.__new__(cls, items)
        if warning is not None:
            made.warning = warning
        return made

    def complain(self, *args, **kwargs):
        raise AttributeError(self.warning)

    __delitem__ = __setitem__ = __iadd__ = __imul__ = append = extend = insert = pop = remove = sort = reverse = complain


def make_immutable_fields_list(name, data):
    return ImmutableList(data, warning=IMMUTABLE_WARNING % name)


def normalize_together(together):
    """Sets of names as a tuple of tuples; what is none stays as it is."""
    try:
        if not together:
            return ()
        if not isinstance(together, (tuple, list)):
            raise TypeError
        if not isinstance(next(iter(together)), (tuple, list)):
            together = (together,)
        return tuple(tuple(names) for names in together)
    except TypeError:
        return together


def default_pk_class():
    from django.db.models import AutoField
    from django.utils.module_loading import import_string
    path = settings.DEFAULT_AUTO_FIELD
    if not path:
        raise ImproperlyConfigured("DEFAULT_AUTO_FIELD must not be empty.")
    try:
        found = import_string(path)
    except ImportError as problem:
        raise ImproperlyConfigured(
            "DEFAULT_AUTO_FIELD refers to the module '%s' that could not be imported." % path) from problem
    if not issubclass(found, AutoField):
        raise ValueError("Primary key '%s' referred by DEFAULT_AUTO_FIELD must subclass AutoField." % path)
    return found


def _maps(meta):
    forward, reverse = {}, {}
    for field in meta._get_fields(reverse=False):
        forward[field.name] = field
        if hasattr(field, "attname"):
            forward[field.attname] = field
    for field in meta._get_fields(forward=False, include_hidden=True):
        reverse[field.name] = field
        if hasattr(field, "attname"):
            reverse[field.attname] = field
    return forward, reverse


def forward_fields_map(meta):
    return _maps(meta)[0]


def fields_map(meta):
    return _maps(meta)[1]


def relation_tree(meta):
    """The fields of other models that point here."""
    tree = []
    for model in meta.apps.get_models(include_auto_created=True):
        if model._meta.abstract:
            continue
        for field in model._meta._get_fields(reverse=False, include_parents=False):
            if field.is_relation and field.related_model is not None and not isinstance(
                    getattr(field.remote_field, "model", ""), str):
                if field.remote_field.model._meta.concrete_model._meta is meta.concrete_model._meta:
                    tree.append(field)
    return tree


def db_returning_fields(meta):
    return [field for field in meta._get_fields(reverse=False) if getattr(field, "db_returning", False)]


def base_reverse_one_to_one(meta):
    return {field.name for field in meta.related_objects if field.one_to_one}


def can_migrate(meta, connection):
    if meta.proxy or meta.swapped or not meta.managed:
        return False
    if isinstance(connection, str):
        from django.db import connections
        connection = connections[connection]
    if meta.required_db_vendor:
        return meta.required_db_vendor == connection.vendor
    if meta.required_db_features:
        return all(getattr(connection.features, feature, False) for feature in meta.required_db_features)
    return True


def setup_pk(meta, field):
    """A model's key is set when its field joins it."""


def get_base_chain(meta, model):
    if not meta.parents:
        return []
    if model in meta.parents:
        return [model]
    for parent in meta.parents:
        chain = parent._meta.get_base_chain(model)
        if chain:
            return [parent, *chain]
    return []
