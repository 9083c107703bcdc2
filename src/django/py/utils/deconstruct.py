"""Makes the objects of a class tell how they were made."""


def deconstructible(*args, path=None):
    def decorate(klass):
        def __new__(cls, *args, **kwargs):
            made = super(klass, cls).__new__(cls)
            made._constructor_args = (args, kwargs)
            return made

        def deconstruct(self):
            if path and type(self) is klass:
                full = path
            else:
                full = "%s.%s" % (self.__class__.__module__, self.__class__.__name__)
            return (full, self._constructor_args[0], self._constructor_args[1])

        klass.__new__ = staticmethod(__new__)
        klass.deconstruct = deconstruct
        return klass

    return decorate if not args else decorate(*args)
