"""Lists and querysets in pages."""

import collections.abc
import inspect
import warnings
from math import ceil

from django.utils.functional import cached_property


class UnorderedObjectListWarning(RuntimeWarning):
    pass


class InvalidPage(Exception):
    pass


class PageNotAnInteger(InvalidPage):
    pass


class EmptyPage(InvalidPage):
    pass


def _counts_itself(method):
    """Whether `method` can be called as `count()`: a list's own method wants to know what to count."""
    if not callable(method) or inspect.isbuiltin(method):
        return False
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return True
    return not any(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters)


class Paginator:
    ELLIPSIS = "…"
    default_error_messages = {
        "invalid_page": "That page number is not an integer",
        "min_page": "That page number is less than 1",
        "no_results": "That page contains no results",
    }

    def __init__(self, object_list, per_page, orphans=0, allow_empty_first_page=True, error_messages=None):
        self.object_list = object_list
        self._check_object_list_is_ordered()
        self.per_page = int(per_page)
        self.orphans = int(orphans)
        self.allow_empty_first_page = allow_empty_first_page
        self.error_messages = {**self.default_error_messages, **(error_messages or {})}

    def __iter__(self):
        for number in self.page_range:
            yield self.page(number)

    def validate_number(self, number):
        whole = None
        if not (isinstance(number, float) and not number.is_integer()):
            try:
                whole = int(number)
            except (TypeError, ValueError):
                pass
        if whole is None:
            raise PageNotAnInteger(self.error_messages["invalid_page"])
        if whole < 1:
            raise EmptyPage(self.error_messages["min_page"])
        if whole > self.num_pages:
            raise EmptyPage(self.error_messages["no_results"])
        return whole

    def get_page(self, number):
        try:
            wanted = self.validate_number(number)
        except PageNotAnInteger:
            wanted = 1
        except EmptyPage:
            wanted = self.num_pages
        return self.page(wanted)

    def page(self, number):
        number = self.validate_number(number)
        first = self.per_page * (number - 1)
        last = first + self.per_page
        if self.count <= last + self.orphans:
            # What would be left over is shown here.
            last = self.count
        return self._get_page(self.object_list[first:last], number, self)

    def _get_page(self, *args, **kwargs):
        return Page(*args, **kwargs)

    @cached_property
    def count(self):
        method = getattr(self.object_list, "count", None)
        return method() if _counts_itself(method) else len(self.object_list)

    @cached_property
    def num_pages(self):
        if not self.allow_empty_first_page and self.count == 0:
            return 0
        return ceil(max(1, self.count - self.orphans) / self.per_page)

    @property
    def page_range(self):
        return range(1, self.num_pages + 1)

    def _check_object_list_is_ordered(self):
        rows = self.object_list
        if getattr(rows, "ordered", None) in (None, True):
            return
        shown = "%s %s" % (rows.model, type(rows).__name__) if hasattr(rows, "model") else repr(rows)
        warnings.warn(
            "Pagination may yield inconsistent results with an unordered object_list: %s." % shown,
            UnorderedObjectListWarning,
            stacklevel=3,
        )

    def get_elided_page_range(self, number=1, *, on_each_side=3, on_ends=2):
        number = self.validate_number(number)
        pages = self.num_pages
        around = on_each_side + on_ends
        if pages <= 2 * around:
            yield from self.page_range
            return
        start, stop = 1, pages + 1
        if number > around + 2:
            yield from range(1, on_ends + 1)
            yield self.ELLIPSIS
            start = number - on_each_side
        yield from range(start, number + 1)
        if number < pages - around - 1:
            yield from range(number + 1, number + on_each_side + 1)
            yield self.ELLIPSIS
            yield from range(pages - on_ends + 1, stop)
        else:
            yield from range(number + 1, stop)


class Page(collections.abc.Sequence):
    def __init__(self, object_list, number, paginator):
        self.object_list = object_list
        self.number = number
        self.paginator = paginator

    def __repr__(self):
        return f"<Page {self.number} of {self.paginator.num_pages}>"

    def __len__(self):
        return len(self.object_list)

    def __getitem__(self, index):
        if not isinstance(index, (int, slice)):
            raise TypeError(f"Page indices must be integers or slices, not {type(index).__name__}.")
        if not isinstance(self.object_list, list):
            # One statement, however often it is indexed.
            self.object_list = list(self.object_list)
        return self.object_list[index]

    def has_next(self):
        return self.number < self.paginator.num_pages

    def has_previous(self):
        return self.number > 1

    def has_other_pages(self):
        return self.has_previous() or self.has_next()

    def next_page_number(self):
        return self.paginator.validate_number(self.number + 1)

    def previous_page_number(self):
        return self.paginator.validate_number(self.number - 1)

    def start_index(self):
        if self.paginator.count == 0:
            return 0
        return self.paginator.per_page * (self.number - 1) + 1

    def end_index(self):
        if self.number == self.paginator.num_pages:
            return self.paginator.count
        return self.number * self.paginator.per_page
