"""Warnings: recorded where a program asks for it, else silent."""

import sys

from _engine import caller as _caller

filters = []
onceregistry = {}
_defaultaction = "ignore"
_recorders = []


class WarningMessage:
    """A warning that was given."""

    def __init__(self, message, category, filename, lineno, file=None, line=None, source=None):
        self.message = message
        self.category = category
        self.filename = filename
        self.lineno = lineno
        self.file = file
        self.line = line
        self.source = source
        self._category_name = category.__name__ if category else None

    def __str__(self):
        return "{message : %r, category : %r, filename : %r, lineno : %s, line : %r}" % (
            self.message, self._category_name, self.filename, self.lineno, self.line)


def showwarning(message, category, filename, lineno, file=None, line=None):
    (file or sys.stderr).write(formatwarning(message, category, filename, lineno, line))


def formatwarning(message, category, filename, lineno, line=None):
    text = "%s:%s: %s: %s\n" % (filename, lineno, category.__name__, message)
    return text + "  %s\n" % line.strip() if line else text


def _action_for(text, category):
    for action, message, kind, module, lineno in filters:
        if (message is None or message.match(text)) and issubclass(category, kind):
            return action
    return _defaultaction


def warn(message, category=None, stacklevel=1, source=None):
    """Gives a warning."""
    if isinstance(message, Warning):
        category = message.__class__
    elif category is None:
        category = UserWarning
    if not (isinstance(category, type) and issubclass(category, Warning)):
        raise TypeError("category must be a Warning subclass, not '%s'" % type(category).__name__)
    filename, lineno, _ = _caller(stacklevel)
    _give(message, category, filename, lineno, source)


def warn_explicit(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None):
    if isinstance(message, Warning):
        category = message.__class__
    _give(message, category, filename, lineno, source)


def _give(message, category, filename, lineno, source):
    if isinstance(message, Warning):
        text = str(message)
    else:
        text = message
        message = category(message)
    action = _action_for(text, category)
    if action == "ignore":
        return
    if action == "error":
        raise message
    if action == "once" or action in ("default", "module"):
        key = (text, category)
        if key in onceregistry:
            return
        onceregistry[key] = 1
    note = WarningMessage(message, category, filename, lineno, source=source)
    if _recorders:
        _recorders[-1].append(note)
    else:
        showwarning(message, category, filename, lineno)


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    """Puts a filter in front."""
    if action not in ("error", "ignore", "always", "default", "module", "once"):
        raise ValueError("invalid action: %r" % (action,))
    pattern = None
    if message:
        import re
        pattern = re.compile(message, re.I)
    _add((action, pattern, category, None, lineno), append)


def simplefilter(action, category=Warning, lineno=0, append=False):
    """Puts a filter for all texts in front."""
    _add((action, None, category, None, lineno), append)


def _add(item, append):
    if append:
        if item not in filters:
            filters.append(item)
    else:
        if item in filters:
            filters.remove(item)
        filters.insert(0, item)


def resetwarnings():
    filters[:] = []


class catch_warnings:
    """Keeps the filters as they were; records the warnings of a block, where asked."""

    def __init__(self, *, record=False, module=None, action=None, category=Warning, lineno=0, append=False):
        self._record = record
        self._filter = None if action is None else (action, category, lineno, append)
        self._entered = False

    def __enter__(self):
        if self._entered:
            raise RuntimeError("Cannot enter %r twice" % (self,))
        self._entered = True
        self._filters = filters[:]
        self._seen = dict(onceregistry)
        onceregistry.clear()
        log = None
        if self._record:
            log = []
            _recorders.append(log)
            self._log = log
        if self._filter is not None:
            simplefilter(*self._filter)
        elif self._record and not filters:
            # As under CPython's own filters, what is recorded shows once.
            simplefilter("default", append=True)
        return log

    def __exit__(self, *exc_info):
        if not self._entered:
            raise RuntimeError("Cannot exit %r without entering first" % (self,))
        filters[:] = self._filters
        onceregistry.clear()
        onceregistry.update(self._seen)
        if self._record:
            for at in range(len(_recorders)):
                if _recorders[at] is self._log:
                    del _recorders[at]
                    break
