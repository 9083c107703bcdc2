"""Objects that can say how an equal one is made."""

from importlib import import_module


def deconstructible(*args, path=None):
    """A class whose objects keep what they were made with."""

    def decorate(klass):
        def __new__(cls, *args, **kwargs):
            made = super(klass, cls).__new__(cls)
            made._constructor_args = (args, kwargs)
            return made

        def deconstruct(obj):
            if path and type(obj) is klass:
                module_name, _, name = path.rpartition(".")
            else:
                module_name, name = obj.__module__, obj.__class__.__name__
            module = import_module(module_name)
            if not hasattr(module, name):
                raise ValueError(
                    "Could not find object %s in %s.\n"
                    "Please note that you cannot serialize things like inner "
                    "classes. Please move the object into the main module "
                    "body to use migrations.\n"
                    "For more information, see "
                    "https://docs.djangoproject.com/en/5.2/topics/migrations/#serializing-values" % (name, module_name))
            where = path if path and type(obj) is klass else "%s.%s" % (obj.__class__.__module__, name)
            return where, obj._constructor_args[0], obj._constructor_args[1]

        klass.__new__ = staticmethod(__new__)
        klass.deconstruct = deconstruct
        return klass

    return decorate(*args) if args else decorate
