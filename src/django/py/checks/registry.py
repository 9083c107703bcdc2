"""Which checks there are."""

from collections.abc import Iterable


class Tags:
    """The tags of Django's own checks."""


for _name in (
        "admin", "async_support", "caches", "commands", "compatibility", "database", "files", "gis", "models", "security",
        "signals", "sites", "staticfiles", "templates", "translation", "urls"):
    setattr(Tags, _name, _name)


def _takes_keywords(function):
    from inspect import Parameter, signature
    try:
        return any(one.kind == Parameter.VAR_KEYWORD for one in signature(function).parameters.values())
    except (TypeError, ValueError):
        return True


class CheckRegistry:
    """Checks by whether they are for deployment only; they run in the order in which they came."""

    def __init__(self):
        self.registered_checks = {}
        self.deployment_checks = {}

    def register(self, check=None, *tags, **kwargs):
        def add(function):
            if not _takes_keywords(function):
                raise TypeError("Check functions must accept keyword arguments (**kwargs).")
            function.tags = tags
            (self.deployment_checks if kwargs.get("deploy") else self.registered_checks)[function] = True
            return function
        if callable(check):
            return add(check)
        if check:
            tags += (check,)
        return add

    def get_checks(self, include_deployment_checks=False):
        found = list(self.registered_checks)
        if include_deployment_checks:
            found.extend(self.deployment_checks)
        return found

    def run_checks(self, app_configs=None, tags=None, include_deployment_checks=False, databases=None):
        said = []
        for check in self.get_checks(include_deployment_checks):
            if tags is not None and set(check.tags).isdisjoint(tags):
                continue
            new = check(app_configs=app_configs, databases=databases)
            if not isinstance(new, Iterable):
                raise TypeError(
                    "The function %r did not return a list. All functions registered with the checks registry must "
                    "return a list." % check)
            said.extend(new)
        return said

    def tags_available(self, deployment_checks=False):
        return {tag for check in self.get_checks(deployment_checks) for tag in check.tags}

    def tag_exists(self, tag, include_deployment_checks=False):
        return tag in self.tags_available(include_deployment_checks)


registry = CheckRegistry()
register = registry.register
run_checks = registry.run_checks
tag_exists = registry.tag_exists
