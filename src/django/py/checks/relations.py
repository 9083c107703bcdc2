"""What is wrong with relations."""

import keyword

from django.conf import settings
from django.core.checks.messages import Error, Warning
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.base import ModelBase


def relation(field, kwargs):
    """What all relations are checked for."""
    for step in (_related_name, _query_name, _target, _swapped, _clashes):
        yield from step(field)


def _related_name(field):
    name = field.remote_field.related_name
    if name is None or name.endswith("+") or (name.isidentifier() and not keyword.iskeyword(name)):
        return
    yield Error(
        "The name '%s' is invalid related_name for field %s.%s" % (name, field.model._meta.object_name, field.name),
        hint="Related name must be a valid Python identifier or end with a '+'", obj=field, id="fields.E306")


def _query_name(field):
    if field.remote_field.hidden:
        return
    name = field.related_query_name()
    hint = "Add or change a related_name or related_query_name argument for this field."
    if name.endswith("_"):
        yield Error(
            "Reverse query name '%s' must not end with an underscore." % name, hint=hint, obj=field, id="fields.E308")
    if "__" in name:
        yield Error("Reverse query name '%s' must not contain '__'." % name, hint=hint, obj=field, id="fields.E309")


def _target(field):
    target = field.remote_field.model
    if target in field.opts.apps.get_models(include_auto_created=True):
        return
    named = isinstance(target, str)
    if named or not target._meta.swapped:
        yield Error(
            "Field defines a relation with model '%s', which is either not installed, or is abstract." % (
                target if named else target._meta.object_name), obj=field, id="fields.E300")


def _swapped(field):
    target = field.remote_field.model
    if isinstance(target, str) or target in field.opts.apps.get_models() or not target._meta.swapped:
        return
    yield Error(
        "Field defines a relation with the model '%s', which has been swapped out." % target._meta.label,
        hint="Update the relation to point at 'settings.%s'." % target._meta.swappable, obj=field, id="fields.E301")


def _clashes(field):
    target = field.remote_field.model
    if not isinstance(target, ModelBase):
        return
    there = target._meta
    hidden = field.remote_field.hidden
    accessor, query_name = field.remote_field.accessor_name, field.related_query_name()
    mine = "%s.%s" % (field.model._meta.label, field.name)
    reverse = "Reverse accessor '%s.%s' for '%s' clashes with " % (there.object_name, accessor, mine)
    for other in [*there.fields, *there.many_to_many]:
        theirs = "%s.%s" % (there.label, other.name)
        hint = "Rename field '%s', or add/change a related_name argument to the definition for field '%s'." % (
            theirs, mine)
        if not hidden and other.name == accessor:
            yield Error(reverse + "field name '%s'." % theirs, hint=hint, obj=field, id="fields.E302")
        if other.name == query_name:
            yield Error("Reverse query name for '%s' clashes with field name '%s'." % (mine, theirs), hint=hint,
                        obj=field, id="fields.E303")
    for other in there.related_objects:
        if other.field is field:
            continue
        theirs = "%s.%s" % (other.related_model._meta.label, other.field.name)
        hint = "Add or change a related_name argument to the definition for '%s' or '%s'." % (mine, theirs)
        if not hidden and other.accessor_name == accessor:
            yield Error(reverse + "reverse accessor for '%s'." % theirs, hint=hint, obj=field, id="fields.E304")
        if other.accessor_name == query_name:
            yield Error("Reverse query name for '%s' clashes with reverse query name for '%s'." % (mine, theirs),
                        hint=hint, obj=field, id="fields.E305")


def _meta_field(model, name):
    try:
        return model._meta.pk if name is None else model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _composite(name):
    return "Field defines a relation involving model %r which has a CompositePrimaryKey and such relations are not " \
        "supported." % name


def to_fields(field, kwargs):
    """The fields that a key points at."""
    target = field.remote_field.model
    if isinstance(target, str):
        return
    names = getattr(field, "to_fields", ())
    for name in names:
        if name and _meta_field(target, name) is None:
            yield Error("The to_field '%s' doesn't exist on the related model '%s'." % (name, target._meta.label),
                        obj=field, id="fields.E312")
    for name in names:
        if isinstance(_meta_field(target, name), models.CompositePrimaryKey):
            yield Error(_composite(target._meta.object_name), obj=field, id="fields.E347")
    yield from _unique_target(field, target)


def _unique_target(field, target):
    if field._ormdojo_class == "GenericRelation" or not getattr(field, "requires_unique_target", True):
        return
    try:
        far = field.foreign_related_fields
    except (FieldDoesNotExist, AttributeError):
        return
    if not far or any(one.unique for one in far):
        return
    names, there = {one.name for one in far}, target._meta
    if any(set(together) <= names for together in there.unique_together):
        return
    if any(set(constraint.fields) <= names for constraint in there.total_unique_constraints):
        return
    if {one.name for one in there.pk_fields} == names:
        return
    if len(far) > 1:
        yield Error(
            "No subset of the fields %s on model '%s' is unique." % (
                ", ".join("'%s'" % one.name for one in far), target.__name__),
            hint="Mark a single field as unique=True or add a set of fields to a unique constraint (via unique_together "
                 "or a UniqueConstraint (without condition) in the model Meta.constraints).",
            obj=field, id="fields.E310")
    else:
        yield Error(
            "'%s.%s' must be unique because it is referenced by a foreign key." % (target.__name__, far[0].name),
            hint="Add unique=True to this field or add a UniqueConstraint (without condition) in the model "
                 "Meta.constraints.", obj=field, id="fields.E311")


def foreign_key(field, kwargs):
    on_delete = getattr(field.remote_field, "on_delete", None)
    if on_delete == models.SET_NULL and not field.null:
        yield Error(
            "Field specifies on_delete=SET_NULL, but cannot be null.",
            hint="Set null=True argument on the field, or change the on_delete rule.", obj=field, id="fields.E320")
    elif on_delete == models.SET_DEFAULT and not field.has_default():
        yield Error(
            "Field specifies on_delete=SET_DEFAULT, but has no default value.",
            hint="Set a default value, or change the on_delete rule.", obj=field, id="fields.E321")
    if field.unique and field._ormdojo_class == "ForeignKey":
        yield Warning(
            "Setting unique=True on a ForeignKey has the same effect as using a OneToOneField.",
            hint="ForeignKey(unique=True) is usually better served by a OneToOneField.", obj=field, id="fields.W342")


def many_to_many(field, kwargs):
    if field.unique:
        yield Error("ManyToManyFields cannot be unique.", obj=field, id="fields.E330")
    yield from _between(field, kwargs.get("from_model"))
    for wrong, text, number in (
            (field.has_null_arg, "null has no effect on ManyToManyField.", "fields.W340"),
            (field._validators, "ManyToManyField does not support validators.", "fields.W341"),
            (field.remote_field.symmetrical and field._related_name,
             'related_name has no effect on ManyToManyField with a symmetrical relationship, e.g. to "self".',
             "fields.W345"),
            (field.db_comment, "db_comment has no effect on ManyToManyField.", "fields.W346")):
        if wrong:
            yield Warning(text, obj=field, id=number)
    yield from _table(field)


def _points_at(model, field):
    return model == getattr(field.remote_field, "model", None)


def _between(field, from_model):
    """The model between the two sides, and the two keys in it."""
    remote = field.remote_field
    through = remote.through
    if through is None:
        # Made as soon as the other side exists.
        return
    if hasattr(through, "_meta"):
        label = "%s.%s" % (through._meta.app_label, through.__name__)
    else:
        label = through
    installed = through in field.opts.apps.get_models(include_auto_created=True)
    if not installed:
        yield Error(
            "Field specifies a many-to-many relation through model '%s', which has not been installed." % label,
            obj=field, id="fields.E331")
    else:
        assert from_model is not None, (
            "ManyToManyField with intermediate tables cannot be checked if you don't pass the model where the field is "
            "attached to.")
        yield from _two_keys(field, from_model, through)
    names = remote.through_fields
    if names is None:
        return
    if not (len(names) >= 2 and names[0] and names[1]):
        yield Error(
            "Field specifies 'through_fields' but does not provide the names of the two link fields that should be used "
            "for the relation through model '%s'." % label,
            hint="Make sure you specify 'through_fields' as through_fields=('field1', 'field2')", obj=field,
            id="fields.E337")
        return
    for name, model in zip(names[:2], (from_model, remote.model)):
        known = [one.name for one in through._meta.fields if _points_at(model, one)]
        hint = None
        if known:
            hint = "Did you mean one of the following foreign keys to '%s': %s?" % (
                model._meta.object_name, ", ".join(known))
        key = _meta_field(through, name)
        if key is None:
            yield Error("The intermediary model '%s' has no field '%s'." % (label, name), hint=hint, obj=field,
                        id="fields.E338")
        elif not (hasattr(key, "remote_field") and _points_at(model, key)):
            yield Error(
                "'%s.%s' is not a foreign key to '%s'." % (through._meta.object_name, name, model._meta.object_name),
                hint=hint, obj=field, id="fields.E339")


def _two_keys(field, from_model, through):
    remote = field.remote_field
    to_model = from_model if remote.model == "self" else remote.model
    from_name = from_model._meta.object_name
    to_name = to_model if isinstance(to_model, str) else to_model._meta.object_name
    if remote.through_fields is None and not isinstance(to_model, str):
        for model in (to_model, from_model):
            if isinstance(model._meta.pk, models.CompositePrimaryKey):
                yield Error(_composite(model._meta.object_name), obj=field, id="fields.E347")
                break
    used = "The model is used as an intermediate model by '%s', but it " % field
    which = ", which is ambiguous. You must specify which %s Django should use via the through_fields keyword argument."
    from_count = sum(_points_at(from_model, one) for one in through._meta.fields)
    if from_model == to_model:
        if from_count > 2 and not remote.through_fields:
            yield Error(
                used + "has more than two foreign keys to '%s'" % from_name + which % "two foreign keys",
                hint="Use through_fields to specify which two foreign keys Django should use.", obj=through,
                id="fields.E333")
        return
    to_count = sum(_points_at(to_model, one) for one in through._meta.fields)
    hint = 'If you want to create a recursive relationship, use ManyToManyField("self", through="%s").' % (
        through._meta.object_name)
    for count, way, name, number in (
            (from_count, "from", from_name, "fields.E334"), (to_count, "to", to_name, "fields.E335")):
        if count > 1 and not remote.through_fields:
            yield Error(used + "has more than one foreign key %s '%s'" % (way, name) + which % "foreign key",
                        hint=hint, obj=field, id=number)
    if not from_count or not to_count:
        yield Error(used + "does not have a foreign key to '%s' or '%s'." % (from_name, to_name), obj=through,
                    id="fields.E336")


def _table(field):
    through = field.remote_field.through
    if through is None or isinstance(through, str) or not through._meta.managed:
        return
    table, found = field.m2m_db_table(), None
    for model in field.opts.apps.get_models(include_auto_created=True):
        if model != through and model._meta.managed and model._meta.db_table == table:
            found = model
    if found is None or found._meta.concrete_model == through._meta.concrete_model:
        return
    clash = found._meta.label
    if found._meta.auto_created:
        owner = found._meta.auto_created._meta
        name = next((one.name for one in owner.many_to_many if one.remote_field.through is found), None)
        clash = "%s.%s" % (owner.label, name)
    text = "The field's intermediary table '%s' clashes with the table name of '%s'." % (table, clash)
    if settings.DATABASE_ROUTERS:
        yield Warning(text, obj=field, id="fields.W344", hint=(
            "You have configured settings.DATABASE_ROUTERS. Verify that the table of %r is correctly routed to a "
            "separate database." % clash))
    else:
        yield Error(text, obj=field, id="fields.E340")


def generic_foreign_key(field, kwargs):
    from django.contrib.contenttypes.models import ContentType
    said = list(field._check_field_name())
    there = field.model._meta
    if _meta_field(field.model, field.fk_field) is None:
        said.append(Error(
            "The GenericForeignKey object ID references the nonexistent field '%s'." % field.fk_field, obj=field,
            id="contenttypes.E001"))
    key = _meta_field(field.model, field.ct_field)
    label = "%s.%s" % (there.object_name, field.ct_field)
    hint = "GenericForeignKeys must use a ForeignKey to 'contenttypes.ContentType' as the 'content_type' field."
    if key is None:
        said.append(Error(
            "The GenericForeignKey content type references the nonexistent field '%s'." % label, obj=field,
            id="contenttypes.E002"))
    elif not isinstance(key, models.ForeignKey):
        said.append(Error("'%s' is not a ForeignKey." % label, hint=hint, obj=field, id="contenttypes.E003"))
    elif key.remote_field.model != ContentType:
        said.append(Error(
            "'%s' is not a ForeignKey to 'contenttypes.ContentType'." % label, hint=hint, obj=field,
            id="contenttypes.E004"))
    return said


def generic_relation(field, kwargs):
    from django.contrib.contenttypes.fields import GenericForeignKey
    target = field.remote_field.model
    if not isinstance(target, ModelBase):
        return []
    for one in target._meta.private_fields:
        if (isinstance(one, GenericForeignKey) and one.ct_field == field.content_type_field_name
                and one.fk_field == field.object_id_field_name):
            return []
    return [Error(
        "The GenericRelation defines a relation with the model '%s', but that model does not have a GenericForeignKey."
        % target._meta.label, obj=field, id="contenttypes.E004")]
