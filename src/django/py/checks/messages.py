"""What system checks say."""

DEBUG, INFO, WARNING, ERROR, CRITICAL = 10, 20, 30, 40, 50

_PARTS = ("level", "msg", "hint", "obj", "id")


class CheckMessage:
    """One finding: how serious it is, what it says, about what."""

    def __init__(self, level, msg, hint=None, obj=None, id=None):
        if not isinstance(level, int):
            raise TypeError("The first argument should be level.")
        self.level = level
        self.msg = msg
        self.hint = hint
        self.obj = obj
        self.id = id

    def __eq__(self, other):
        return isinstance(other, self.__class__) and all(
            getattr(self, part) == getattr(other, part) for part in _PARTS)

    def __str__(self):
        from django.db.models.base import ModelBase
        about = self.obj
        if about is None:
            about = "?"
        elif isinstance(about, ModelBase):
            about = about._meta.label
        return "%s: %s%s%s" % (
            about, "(%s) " % self.id if self.id else "", self.msg, "\n\tHINT: %s" % self.hint if self.hint else "")

    def __repr__(self):
        return "<%s: %s>" % (
            self.__class__.__name__, ", ".join("%s=%r" % (part, getattr(self, part)) for part in _PARTS))

    def is_serious(self, level=ERROR):
        return self.level >= level

    def is_silenced(self):
        from django.conf import settings
        return self.id in settings.SILENCED_SYSTEM_CHECKS


def _kind(name, level):
    def __init__(self, *args, **kwargs):
        CheckMessage.__init__(self, level, *args, **kwargs)
    return type(name, (CheckMessage,), {"__init__": __init__, "__module__": __name__})


Debug = _kind("Debug", DEBUG)
Info = _kind("Info", INFO)
Warning = _kind("Warning", WARNING)
Error = _kind("Error", ERROR)
Critical = _kind("Critical", CRITICAL)
