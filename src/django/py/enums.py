"""`TextChoices`, `IntegerChoices` and `Choices`: enumerations whose members have labels."""

import enum


class ChoicesType(enum.EnumType):
    """The class of enumerations of choices."""

    def __new__(metacls, classname, bases, classdict, **kwds):
        labels = []
        for key in classdict._member_names:
            given = classdict[key]
            label = key.replace("_", " ").title()
            labelled = isinstance(given, (list, tuple)) and len(given) > 1
            if labelled and (isinstance(given[-1], str) or _is_promise(given[-1])):
                label = given[-1]
                given = tuple(given[:-1])
                dict.__setitem__(classdict, key, given)
            labels.append(label)
        cls = super().__new__(metacls, classname, bases, classdict, **kwds)
        for member, label in zip(cls.__members__.values(), labels):
            member._label_ = label
        return enum.unique(cls)

    def __contains__(cls, member):
        if isinstance(member, enum.Enum):
            return super().__contains__(member)
        # In 3.11 only members are asked for; here values count as well.
        return any(known.value == member for known in cls)

    @property
    def names(cls):
        return [*cls._empty_part("__empty__"), *(member.name for member in cls)]

    @property
    def choices(cls):
        pairs = [(member.value, member.label) for member in cls]
        if hasattr(cls, "__empty__"):
            pairs.insert(0, (None, cls.__empty__))
        return pairs

    @property
    def labels(cls):
        return [label for _, label in cls.choices]

    @property
    def values(cls):
        return [value for value, _ in cls.choices]

    def _empty_part(cls, name):
        return [name] if hasattr(cls, "__empty__") else []


def _is_promise(value):
    return hasattr(type(value), "_ormdojo_lazy")


class Choices(enum.Enum, metaclass=ChoicesType):
    """Choices of any type."""

    do_not_call_in_templates = enum.nonmember(True)

    @enum.property
    def label(self):
        return self._label_

    def __repr__(self):
        return f"{self.__class__.__qualname__}.{self._name_}"


class IntegerChoices(Choices, enum.IntEnum):
    """Choices that are whole numbers."""


class TextChoices(Choices, enum.StrEnum):
    """Choices that are texts."""

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name


for _class in (ChoicesType, Choices, IntegerChoices, TextChoices):
    type.__setattr__(_class, "__module__", "django.db.models.enums")
