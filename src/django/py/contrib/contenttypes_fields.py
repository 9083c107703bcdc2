"""Keys that point at rows of any model, and the way back."""

import functools
import itertools
import warnings

import _django_generic
from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.utils.deprecation import RemovedInDjango60Warning

GenericForeignKey = _django_generic.GenericForeignKey
GenericRelation = _django_generic.GenericRelation
GenericRel = _django_generic.GenericRel
_UNSET = object()


def _method_of(cls):
    def give(function):
        _django_generic.give(cls, function.__name__, function)
        return function
    return give


def _manager(using):
    return ContentType.objects.db_manager(using)


def _old_way(method):
    warnings.warn(
        "get_prefetch_queryset() is deprecated. Use get_prefetch_querysets() instead.", RemovedInDjango60Warning,
        stacklevel=3)


@_method_of(GenericForeignKey)
def contribute_to_class(self, cls, name, **kwargs):
    models.Field.contribute_to_class(self, cls, name, private_only=True)
    setattr(cls, self.attname, self)


@_method_of(GenericForeignKey)
def get_filter_kwargs_for_object(self, obj):
    return {self.fk_field: getattr(obj, self.fk_field), self.ct_field: getattr(obj, self.ct_field)}


@_method_of(GenericForeignKey)
def get_forward_related_filter(self, obj):
    return {self.fk_field: obj.pk, self.ct_field: ContentType.objects.get_for_model(obj).pk}


@_method_of(GenericForeignKey)
def get_content_type(self, obj=None, id=None, using=None, model=None):
    if obj is not None:
        return _manager(obj._state.db).get_for_model(obj, for_concrete_model=self.for_concrete_model)
    if id is not None:
        return _manager(using).get_for_id(id)
    if model is not None:
        return _manager(using).get_for_model(model, for_concrete_model=self.for_concrete_model)
    raise Exception("Impossible arguments to GFK.get_content_type!")


@_method_of(GenericForeignKey)
def get_prefetch_queryset(self, instances, queryset=None):
    _old_way(self)
    return self.get_prefetch_querysets(instances, None if queryset is None else [queryset])


@_method_of(GenericForeignKey)
def get_prefetch_querysets(self, instances, querysets=None):
    given = {}
    for queryset in querysets or ():
        id = self.get_content_type(model=queryset.model, using=queryset.db).pk
        if id in given:
            raise ValueError("Only one queryset is allowed for each content type.")
        given[id] = queryset
    wanted, example = {}, {}
    attname = self.model._meta.get_field(self.ct_field).attname
    for instance in instances:
        id = getattr(instance, attname)
        if id is None:
            continue
        key = getattr(instance, self.fk_field)
        if key is not None:
            wanted.setdefault(id, set()).add(key)
            example[id] = instance
    found = []
    for id, keys in wanted.items():
        if id in given:
            found.extend(given[id].filter(pk__in=keys))
        else:
            kind = self.get_content_type(id=id, using=example[id]._state.db)
            found.extend(kind.get_all_objects_for_this_type(pk__in=keys))

    def key_of(obj):
        id = getattr(obj, attname)
        if id is None:
            return None
        model = self.get_content_type(id=id, using=obj._state.db).model_class()
        return model._meta.pk.get_prep_value(getattr(obj, self.fk_field)), model
    return found, lambda obj: (obj.pk, obj.__class__), key_of, True, self.name, False


@_method_of(GenericForeignKey)
def is_cached(self, instance):
    return self.name in instance._state.fields_cache


@_method_of(GenericForeignKey)
def get_cached_value(self, instance, default=_UNSET):
    try:
        return instance._state.fields_cache[self.name]
    except KeyError:
        if default is _UNSET:
            raise
        return default


@_method_of(GenericForeignKey)
def set_cached_value(self, instance, value):
    instance._state.fields_cache[self.name] = value


@_method_of(GenericForeignKey)
def delete_cached_value(self, instance):
    del instance._state.fields_cache[self.name]


@_method_of(GenericForeignKey)
def __get__(self, instance, cls=None):
    if instance is None:
        return self
    id = getattr(instance, self.model._meta.get_field(self.ct_field).attname, None)
    key = getattr(instance, self.fk_field)
    related = self.get_cached_value(instance, default=None)
    if related is None and self.is_cached(instance):
        return None
    if related is not None:
        same = id == self.get_content_type(obj=related, using=instance._state.db).id
        if same and related._meta.pk.to_python(key) == related.pk:
            return related
        related = None
    if id is not None:
        kind = self.get_content_type(id=id, using=instance._state.db)
        try:
            related = kind.get_object_for_this_type(using=instance._state.db, pk=key)
        except ObjectDoesNotExist:
            pass
    self.set_cached_value(instance, related)
    return related


@_method_of(GenericForeignKey)
def __set__(self, instance, value):
    kind = key = None
    if value is not None:
        kind, key = self.get_content_type(obj=value), value.pk
    setattr(instance, self.ct_field, kind)
    setattr(instance, self.fk_field, key)
    self.set_cached_value(instance, value)


class ReverseGenericManyToOneDescriptor:
    """Gives an instance the manager of the rows that point at it."""

    def __init__(self, rel):
        self.rel = rel
        self.field = rel.field

    @property
    def related_manager_cls(self):
        known = self.__dict__.get("_manager_class")
        if known is None:
            known = create_generic_related_manager(self.rel.model._default_manager.__class__, self.rel)
            self._manager_class = known
        return known

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        return self.related_manager_cls(instance)

    def __set__(self, instance, value):
        raise TypeError(
            "Direct assignment to the reverse side of a related set is prohibited. Use %s.set() instead."
            % (getattr(self.rel, "accessor", None) or self.rel.related_query_name or "+"))


@_method_of(GenericRelation)
def contribute_to_class(self, cls, name, **kwargs):
    models.Field.contribute_to_class(self, cls, name, private_only=True)
    setattr(cls, self.name, ReverseGenericManyToOneDescriptor(self.remote_field))


@_method_of(GenericRelation)
def get_content_type(self):
    return ContentType.objects.get_for_model(self.model, for_concrete_model=self.for_concrete_model)


@_method_of(GenericRelation)
def value_to_string(self, obj):
    return str([instance.pk for instance in getattr(obj, self.name).all()])


@_method_of(GenericRelation)
def bulk_related_objects(self, objs, using=DEFAULT_DB_ALIAS):
    kind = _manager(using).get_for_model(self.model, for_concrete_model=self.for_concrete_model)
    return self.remote_field.model._base_manager.db_manager(using).filter(**{
        "%s__pk" % self.content_type_field_name: kind.pk,
        "%s__in" % self.object_id_field_name: [obj.pk for obj in objs],
    })


def create_generic_related_manager(superclass, rel):
    """The manager of one instance's rows, derived from the model's own."""

    class GenericRelatedObjectManager(superclass):
        do_not_call_in_templates = True

        def __init__(self, instance=None):
            super().__init__()
            self.instance = instance
            self.model = rel.model
            self.get_content_type = functools.partial(
                _manager(instance._state.db).get_for_model, for_concrete_model=rel.field.for_concrete_model)
            self.content_type = self.get_content_type(instance)
            self.content_type_field_name = rel.field.content_type_field_name
            self.object_id_field_name = rel.field.object_id_field_name
            self.prefetch_cache_name = rel.field.attname
            self.pk_val = instance.pk
            self.core_filters = {
                "%s__pk" % self.content_type_field_name: self.content_type.id,
                self.object_id_field_name: self.pk_val,
            }

        def __call__(self, *, manager):
            chosen = getattr(self.model, manager)
            return create_generic_related_manager(chosen.__class__, rel)(instance=self.instance)

        def __str__(self):
            return repr(self)

        def _using(self):
            return self._db or self.instance._state.db or DEFAULT_DB_ALIAS

        def _apply_rel_filters(self, queryset):
            return queryset.using(self._using()).filter(**self.core_filters)

        def _remove_prefetched_objects(self):
            getattr(self.instance, "_prefetched_objects_cache", {}).pop(self.prefetch_cache_name, None)

        def get_queryset(self):
            known = getattr(self.instance, "_prefetched_objects_cache", {})
            if self.prefetch_cache_name in known:
                return known[self.prefetch_cache_name]
            return self._apply_rel_filters(super().get_queryset())

        def get_prefetch_queryset(self, instances, queryset=None):
            _old_way(self)
            return self.get_prefetch_querysets(instances, None if queryset is None else [queryset])

        def get_prefetch_querysets(self, instances, querysets=None):
            if querysets and len(querysets) != 1:
                raise ValueError("querysets argument of get_prefetch_querysets() should have a length of 1.")
            queryset = querysets[0] if querysets else super().get_queryset()
            queryset._add_hints(instance=instances[0])
            queryset = queryset.using(queryset._db or self._db)

            def kind_of(obj):
                return self.get_content_type(obj).pk
            conditions = []
            for id, those in itertools.groupby(sorted(instances, key=kind_of), kind_of):
                conditions.append(models.Q.create([
                    ("%s__pk" % self.content_type_field_name, id),
                    ("%s__in" % self.object_id_field_name, {obj.pk for obj in those}),
                ]))
            convert = instances[0]._meta.pk.to_python
            id_name = "%s_id" % self.content_type_field_name
            return (
                queryset.filter(models.Q.create(conditions, connector=models.Q.OR)),
                lambda obj: (convert(getattr(obj, self.object_id_field_name)), getattr(obj, id_name)),
                lambda obj: (obj.pk, kind_of(obj)),
                False,
                self.prefetch_cache_name,
                False,
            )

        def _own(self, obj):
            if not isinstance(obj, self.model):
                raise TypeError("'%s' instance expected, got %r" % (self.model._meta.object_name, obj))
            setattr(obj, self.content_type_field_name, self.content_type)
            setattr(obj, self.object_id_field_name, self.pk_val)

        def add(self, *objs, bulk=True):
            self._remove_prefetched_objects()
            db = self._using()
            if not bulk:
                with transaction.atomic(using=db, savepoint=False):
                    for obj in objs:
                        self._own(obj)
                        obj.save()
                return
            keys = []
            for obj in objs:
                if obj._state.adding or obj._state.db != db:
                    raise ValueError("%r instance isn't saved. Use bulk=False or save the object first." % obj)
                self._own(obj)
                keys.append(obj.pk)
            self.model._base_manager.using(db).filter(pk__in=keys).update(**{
                self.content_type_field_name: self.content_type,
                self.object_id_field_name: self.pk_val,
            })

        def remove(self, *objs, bulk=True):
            if objs:
                self._clear(self.filter(pk__in=[obj.pk for obj in objs]), bulk)

        def clear(self, *, bulk=True):
            self._clear(self, bulk)

        def _clear(self, queryset, bulk):
            self._remove_prefetched_objects()
            db = self._using()
            queryset = queryset.using(db)
            if bulk:
                queryset.delete()
                return
            with transaction.atomic(using=db, savepoint=False):
                for obj in queryset:
                    obj.delete()

        def set(self, objs, *, bulk=True, clear=False):
            objs = tuple(objs)
            db = self._using()
            with transaction.atomic(using=db, savepoint=False):
                if clear:
                    self.clear()
                    self.add(*objs, bulk=bulk)
                    return
                gone = set(self.using(db).all())
                fresh = []
                for obj in objs:
                    if obj in gone:
                        gone.remove(obj)
                    else:
                        fresh.append(obj)
                self.remove(*gone)
                self.add(*fresh, bulk=bulk)

        def _prepared(self, kwargs):
            self._remove_prefetched_objects()
            kwargs[self.content_type_field_name] = self.content_type
            kwargs[self.object_id_field_name] = self.pk_val
            return self._using()

        def create(self, **kwargs):
            db = self._prepared(kwargs)
            return super().using(db).create(**kwargs)

        def get_or_create(self, **kwargs):
            db = self._prepared(kwargs)
            return super().using(db).get_or_create(**kwargs)

        def update_or_create(self, **kwargs):
            db = self._prepared(kwargs)
            return super().using(db).update_or_create(**kwargs)

        async def aadd(self, *objs, bulk=True):
            return await sync_to_async(self.add)(*objs, bulk=bulk)

        async def aremove(self, *objs, bulk=True):
            return await sync_to_async(self.remove)(*objs, bulk=bulk)

        async def aclear(self, *, bulk=True):
            return await sync_to_async(self.clear)(bulk=bulk)

        async def aset(self, objs, *, bulk=True, clear=False):
            return await sync_to_async(self.set)(objs, bulk=bulk, clear=clear)

        async def acreate(self, **kwargs):
            return await sync_to_async(self.create)(**kwargs)

        async def aget_or_create(self, **kwargs):
            return await sync_to_async(self.get_or_create)(**kwargs)

        async def aupdate_or_create(self, **kwargs):
            return await sync_to_async(self.update_or_create)(**kwargs)

        for _changing in (add, remove, clear, set, create, get_or_create, update_or_create, _clear):
            _changing.alters_data = True

    return GenericRelatedObjectManager
