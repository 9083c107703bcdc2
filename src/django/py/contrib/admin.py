"""The admin site as models files speak of it: its decorators work, registering is noted, nothing is shown."""


def display(function=None, *, boolean=None, ordering=None, description=None, empty_value=None):
    def decorate(func):
        if boolean is not None and empty_value is not None:
            raise ValueError("The boolean and empty_value arguments to the @display decorator are mutually exclusive.")
        for name, value in [
                ("boolean", boolean), ("admin_order_field", ordering), ("short_description", description),
                ("empty_value_display", empty_value)]:
            if value is not None:
                setattr(func, name, value)
        return func

    return decorate if function is None else decorate(function)


def action(function=None, *, permissions=None, description=None):
    def decorate(func):
        if permissions is not None:
            func.allowed_permissions = permissions
        if description is not None:
            func.short_description = description
        return func

    return decorate if function is None else decorate(function)


class ModelAdmin:
    def __init__(self, model, admin_site):
        self.model = model
        self.opts = model._meta
        self.admin_site = admin_site


class InlineModelAdmin:
    model = None
    extra = 3


class StackedInline(InlineModelAdmin):
    pass


class TabularInline(InlineModelAdmin):
    pass


class SimpleListFilter:
    title = None
    parameter_name = None


class AdminSite:
    def __init__(self, name="admin"):
        self.name = name
        self._registry = {}

    def register(self, model_or_iterable, admin_class=None, **options):
        admin_class = admin_class or ModelAdmin
        models = model_or_iterable if isinstance(model_or_iterable, (list, tuple)) else [model_or_iterable]
        for model in models:
            self._registry[model] = admin_class(model, self)

    def is_registered(self, model):
        return model in self._registry


site = AdminSite()


def register(*models, site=None):
    def decorate(admin_class):
        if not models:
            raise ValueError("At least one model must be passed to register.")
        (site or globals()["site"]).register(models, admin_class=admin_class)
        return admin_class

    return decorate
