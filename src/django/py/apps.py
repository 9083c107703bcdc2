"""The registry of apps and models."""

from collections import defaultdict

import _django_test
from django.core.exceptions import ImproperlyConfigured


class AppConfig:
    """An installed app."""

    def __init__(self, app_name, app_module=None):
        self.name = app_name
        self.module = app_module
        self.apps = None
        if not hasattr(self, "label"):
            self.label = app_name.rpartition(".")[2]
        if not self.label.isidentifier():
            raise ImproperlyConfigured("The app label '%s' is not a valid Python identifier." % self.label)
        if not hasattr(self, "verbose_name"):
            self.verbose_name = self.label.title()
        self.models_module = None

    def __repr__(self):
        return "<%s: %s>" % (self.__class__.__name__, self.label)

    @property
    def default_auto_field(self):
        from django.conf import settings
        return settings.DEFAULT_AUTO_FIELD

    @property
    def _is_default_auto_field_overridden(self):
        return "default_auto_field" in vars(type(self)) and type(self) is not AppConfig

    @property
    def models(self):
        return self.apps.all_models[self.label]

    def get_model(self, model_name, require_ready=True):
        try:
            return self.models[model_name.lower()]
        except KeyError:
            raise LookupError("App '%s' doesn't have a '%s' model." % (self.label, model_name))

    def get_models(self, include_auto_created=False, include_swapped=False):
        for model in self.models.values():
            if model._meta.auto_created and not include_auto_created:
                continue
            if model._meta.swapped and not include_swapped:
                continue
            yield model

    def ready(self):
        """Called once the models are there."""


class Apps:
    """The apps that are installed, and their models."""

    ready = apps_ready = models_ready = True
    loading = False

    def __init__(self, installed_apps=()):
        self._installed = installed_apps
        self._lazy = []
        self._registry = _django_test.main_registry() if installed_apps is None else _django_test.new_registry(self)

    def _pairs(self):
        """Names and labels of the installed apps."""
        known = _django_test.installed()
        if self._installed is None:
            return known
        labels = dict(known)
        return [(name, labels.get(name, name.rpartition(".")[2])) for name in self._installed]

    @property
    def app_configs(self):
        return {config.label: config for config in self.get_app_configs()}

    def get_app_configs(self):
        configs = []
        for name, label in self._pairs():
            config = AppConfig(name)
            config.label = label
            config.verbose_name = label.replace("_", " ").title()
            config.apps = self
            configs.append(config)
        return configs

    def get_app_config(self, app_label):
        configs = self.get_app_configs()
        for config in configs:
            if config.label == app_label:
                return config
        text = "No installed app with label '%s'." % app_label
        for config in configs:
            if config.name == app_label:
                text += " Did you mean '%s'?" % config.label
                break
        raise LookupError(text)

    @property
    def all_models(self):
        models = defaultdict(dict)
        for model in _django_test.registered(self._registry):
            models[model._meta.app_label][model._meta.model_name] = model
        return models

    def get_models(self, include_auto_created=False, include_swapped=False):
        found = []
        for config in self.get_app_configs():
            found.extend(config.get_models(include_auto_created, include_swapped))
        return found

    def get_model(self, app_label, model_name=None, require_ready=True):
        if model_name is None:
            app_label, model_name = app_label.split(".")
        return self.get_app_config(app_label).get_model(model_name, require_ready=require_ready)

    def get_registered_model(self, app_label, model_name):
        model = self.all_models[app_label].get(model_name.lower())
        if model is None:
            raise LookupError("Model '%s.%s' not registered." % (app_label, model_name))
        return model

    def is_installed(self, app_name):
        return any(name == app_name for name, _ in self._pairs())

    def get_containing_app_config(self, object_name):
        best = None
        for config in self.get_app_configs():
            if object_name == config.name or object_name.startswith(config.name + "."):
                if best is None or len(config.name) > len(best.name):
                    best = config
        return best

    def get_swappable_settings_name(self, to_string):
        to_string = to_string.lower()
        for model in self.get_models(include_swapped=True):
            swapped = model._meta.swapped
            if swapped and swapped.lower() == to_string:
                return model._meta.swappable
            if model._meta.swappable and model._meta.label_lower == to_string:
                return model._meta.swappable
        return None

    # Nothing is kept.
    get_swappable_settings_name.cache_clear = lambda: None

    def _pending(self):
        """What waits for models that are not there: its kind, the model's app and name, what it is about."""
        waiting = []
        for label, field in _django_test.pending(self._registry):
            key, remote, meta = tuple(label.split(".")), field.remote_field, field.model._meta
            if meta.abstract:
                continue
            target = remote.model
            if isinstance(target, str) and label == (target if "." in target else meta.app_label + "." + target).lower():
                waiting.append(("field", key, field))
                if field.many_to_many and getattr(remote, "through", None) is None:
                    # The table between would wait for it too.
                    waiting.append(("field", key, "%s_%s.%s" % (meta.label, field.name, key[1])))
            else:
                waiting.append(("through", key, (
                    "<function ManyToManyField.contribute_to_class.<locals>.resolve_through_model at 0x0>")))
        for model in _django_test.registered(self._registry):
            for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
                target = getattr(field.remote_field, "model", None)
                if isinstance(target, type) and target._meta.abstract:
                    waiting.append(("field", (target._meta.app_label, target._meta.model_name), field))
        for key, functions in self._pending_operations.items():
            for function in functions:
                while hasattr(function, "func"):
                    function = function.func
                waiting.append(("operation", key, function))
        for label, receiver, signal in _django_test.pending_senders():
            key = tuple(label.split("."))
            if key[1] not in self.all_models.get(key[0], ()):
                waiting.append(("signal", key, (receiver, signal)))
        return waiting

    def check_apps_ready(self):
        """They always are."""

    check_models_ready = check_apps_ready

    def clear_cache(self):
        """Nothing is kept that could be stale."""

    def lazy_model_operation(self, function, *model_keys):
        """Calls a function with models as soon as all of them exist."""
        waiting = [(app, name.lower()) for app, name in model_keys]
        if all(name in self.all_models[app] for app, name in waiting):
            function(*(self.all_models[app][name] for app, name in waiting))
            return
        if not self._lazy:
            from django.db.models.signals import class_prepared
            class_prepared.connect(self._go_on, weak=False)
        self._lazy.append((function, waiting))

    def _go_on(self, sender=None, **kwargs):
        lazy, self._lazy = self._lazy, []
        for function, waiting in lazy:
            self.lazy_model_operation(function, *waiting)

    @property
    def _pending_operations(self):
        operations = defaultdict(list)
        for function, waiting in self._lazy:
            for key in waiting:
                if key[1] not in self.all_models[key[0]]:
                    operations[key].append(function)
        return operations

    def set_available_apps(self, available):
        """Every installed app stays available."""

    def unset_available_apps(self):
        """Every installed app stays available."""


apps = Apps(installed_apps=None)
