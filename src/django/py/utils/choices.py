"""Choices in the forms that Django takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, tee, zip_longest

from django.utils.functional import Promise

__all__ = [
    "BaseChoiceIterator", "BlankChoiceIterator", "CallableChoiceIterator", "flatten_choices", "normalize_choices",
]


class BaseChoiceIterator:
    """Choices that are worked out each time they are gone through."""

    def __eq__(self, other):
        if isinstance(other, Iterable):
            return all(a == b for a, b in zip_longest(self, other, fillvalue=object()))
        return super().__eq__(other)

    def __getitem__(self, index):
        if isinstance(index, slice) or index < 0:
            return list(self)[index]
        try:
            return next(islice(self, index, index + 1))
        except StopIteration:
            raise IndexError("index out of range") from None

    def __iter__(self):
        raise NotImplementedError("BaseChoiceIterator subclasses must implement __iter__().")


class BlankChoiceIterator(BaseChoiceIterator):
    """Choices with a blank one in front, unless there is one."""

    def __init__(self, choices, blank_choice):
        self.choices = choices
        self.blank_choice = blank_choice

    def __iter__(self):
        choices, other = tee(self.choices)
        if not any(value in ("", None) for value, _ in flatten_choices(other)):
            yield from self.blank_choice
        yield from choices


class CallableChoiceIterator(BaseChoiceIterator):
    """The choices that a function gives."""

    def __init__(self, func):
        self.func = func

    def __iter__(self):
        yield from normalize_choices(self.func())


def flatten_choices(choices):
    """The pairs, those of groups among them."""
    for value_or_group, label_or_nested in choices or ():
        if isinstance(label_or_nested, (list, tuple)):
            yield from label_or_nested
        else:
            yield value_or_group, label_or_nested


def normalize_choices(value, *, depth=0):
    """Pairs, whatever form they came in."""
    from django.db.models.enums import ChoicesType
    if isinstance(value, BaseChoiceIterator) or isinstance(value, Promise) or isinstance(value, (bytes, str)):
        return value
    if isinstance(value, Mapping):
        value = value.items()
    elif isinstance(value, Iterator) and depth:
        return value
    elif isinstance(value, ChoicesType):
        return value.choices
    elif isinstance(value, Callable):
        return CallableChoiceIterator(value) if not depth else value
    elif not isinstance(value, Iterable):
        return value
    if depth > 1:
        return value
    try:
        return [(held, normalize_choices(label, depth=depth + 1)) for held, label in value]
    except (TypeError, ValueError):
        return value
