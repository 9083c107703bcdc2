"""What `Meta.order_with_respect_to` gives a model and the one that it is ordered by."""


def neighbours(model):
    """`get_next_in_order()` and `get_previous_in_order()`."""
    def get_next_in_order(self):
        return _neighbour(self, True)

    def get_previous_in_order(self):
        return _neighbour(self, False)

    model.get_next_in_order = get_next_in_order
    model.get_previous_in_order = get_previous_in_order


def _neighbour(instance, is_next):
    cache = f"__{is_next}_order_cache"
    if not hasattr(instance, cache):
        manager = type(instance)._default_manager
        meta = instance._meta
        own = manager.values("_order").filter(**{meta.pk.name: instance.pk})
        siblings = manager.filter(**alike(meta.order_with_respect_to, instance))
        beyond = siblings.filter(**{f"_order__{'gt' if is_next else 'lt'}": own})
        setattr(instance, cache, beyond.order_by("_order" if is_next else "-_order")[:1].get())
    return getattr(instance, cache)


def alike(field, instance):
    """What rows with the same value have."""
    if hasattr(field, "get_filter_kwargs_for_object"):
        return field.get_filter_kwargs_for_object(instance)
    return {field.name: getattr(instance, field.attname)}


def _pointing_at(field, instance):
    """What rows have whose key points at the instance."""
    if hasattr(field, "get_forward_related_filter"):
        return field.get_forward_related_filter(instance)
    return {f"{field.name}__{far.name}": getattr(instance, far.attname) for _, far in field.related_fields}


def on_the_other_side(ordered, target):
    """`get_X_order()` and `set_X_order()` of the model that X is ordered with respect to."""
    def belonging(self):
        return _pointing_at(ordered._meta.order_with_respect_to, self)

    def get_order(self):
        return ordered.objects.filter(**belonging(self)).values_list(ordered._meta.pk.name, flat=True)

    def set_order(self, id_list, using=None):
        rows = ordered.objects.db_manager(using).filter(**belonging(self))
        rows.bulk_update([ordered(pk=pk, _order=place) for place, pk in enumerate(id_list)], ["_order"])

    name = ordered.__name__.lower()
    setattr(target, f"get_{name}_order", get_order)
    setattr(target, f"set_{name}_order", set_order)
