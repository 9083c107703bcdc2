"""Texts that need no escaping."""


class SafeData:
    def __html__(self):
        return self


class SafeString(str, SafeData):
    def __add__(self, rhs):
        made = str.__add__(self, rhs)
        return SafeString(made) if isinstance(rhs, SafeData) else made

    def __str__(self):
        return self


SafeText = SafeString


def mark_safe(s):
    return s if hasattr(s, "__html__") else SafeString(s)
