"""Of forms only what code without forms uses: the values of an instance by name."""


def model_to_dict(instance, fields=None, exclude=None):
    """What a form would begin with: the value of each field that may be edited."""
    meta = instance._meta
    values = {}
    for field in [*meta.concrete_fields, *meta.private_fields, *meta.many_to_many]:
        if not getattr(field, "editable", False) or (fields is not None and field.name not in fields):
            continue
        if not exclude or field.name not in exclude:
            values[field.name] = field.value_from_object(instance)
    return values
