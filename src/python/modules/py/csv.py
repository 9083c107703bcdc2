"""Tables as text with separators."""

QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE = range(4)
__doc__ = "CSV parsing and writing.\n"
__version__ = "1.0"

_limit = 131072
_dialects = {}


class Error(Exception):
    """A row can't be read or written."""


Error.__module__ = "_csv"


class Dialect:
    """How a table is written down; to be derived from."""

    _name = ""
    delimiter = None
    quotechar = None
    escapechar = None
    doublequote = None
    skipinitialspace = None
    lineterminator = None
    quoting = None

    def __init__(self):
        try:
            _Rules(self, {}, True)
        except TypeError as error:
            raise Error(str(error)) from None


class excel(Dialect):
    """As Excel writes it."""

    delimiter = ","
    quotechar = '"'
    doublequote = True
    skipinitialspace = False
    lineterminator = "\r\n"
    quoting = QUOTE_MINIMAL


class excel_tab(excel):
    """As Excel writes it, with tabs."""

    delimiter = "\t"


class unix_dialect(Dialect):
    """As is usual on Unix."""

    delimiter = ","
    quotechar = '"'
    doublequote = True
    skipinitialspace = False
    lineterminator = "\n"
    quoting = QUOTE_ALL


_DEFAULTS = {
    "delimiter": ",",
    "doublequote": True,
    "escapechar": None,
    "lineterminator": "\r\n",
    "quotechar": '"',
    "quoting": QUOTE_MINIMAL,
    "skipinitialspace": False,
    "strict": False,
}


class _Rules:
    """A dialect that was checked: what reader and writer go by."""

    def __init__(self, base, given, declared=False):
        if isinstance(base, str):
            base = get_dialect(base)
        for name in given:
            if name not in _DEFAULTS:
                raise TypeError("'%s' is an invalid keyword argument for this function" % name)
        for name, default in _DEFAULTS.items():
            if name in given:
                value = given[name]
            else:
                value = default if base is None else getattr(base, name, default)
            setattr(self, name, value)
        for name in "delimiter", "escapechar", "quotechar":
            value = getattr(self, name)
            if value is None and name != "delimiter":
                continue
            if not isinstance(value, str):
                words = '"%s" must be string, not %s' if name == "delimiter" else '"%s" must be string or None, not %s'
                raise TypeError(words % (name, type(value).__name__))
            if len(value) != 1:
                raise TypeError('"%s" must be a 1-character string' % name)
        if not isinstance(self.lineterminator, str):
            if declared and self.lineterminator is None:
                raise TypeError("lineterminator must be set")
            raise TypeError('"lineterminator" must be a string, not %s' % type(self.lineterminator).__name__)
        if not isinstance(self.quoting, int):
            raise TypeError('"quoting" must be an integer, not %s' % type(self.quoting).__name__)
        if not 0 <= self.quoting <= 3:
            raise TypeError('bad "quoting" value')
        quotechar_given = "quotechar" in given or getattr(base, "quotechar", None) is not None
        if self.quotechar is None and "quoting" not in given and not quotechar_given and base is None:
            self.quoting = QUOTE_NONE
        if self.quoting != QUOTE_NONE and self.quotechar is None:
            if "quotechar" in given and "quoting" not in given:
                self.quoting = QUOTE_NONE
            else:
                raise TypeError("quotechar must be set if quoting enabled")
        self.doublequote = bool(self.doublequote)
        self.skipinitialspace = bool(self.skipinitialspace)
        self.strict = bool(self.strict)


_Rules.__name__ = _Rules.__qualname__ = "Dialect"
_Rules.__module__ = "_csv"


def register_dialect(name, dialect=None, **fmtparams):
    if not isinstance(name, str):
        raise TypeError("dialect name must be a string")
    _dialects[name] = _Rules(dialect, fmtparams)


def unregister_dialect(name):
    if name not in _dialects:
        raise Error("unknown dialect")
    del _dialects[name]


def get_dialect(name):
    try:
        return _dialects[name]
    except KeyError:
        raise Error("unknown dialect") from None


def list_dialects():
    return list(_dialects)


def field_size_limit(new_limit=None):
    global _limit
    old = _limit
    if new_limit is not None:
        if not isinstance(new_limit, int):
            raise TypeError("limit must be an integer")
        _limit = new_limit
    return old


class reader:
    """Reads rows from lines."""

    def __init__(self, iterable, dialect="excel", **fmtparams):
        self._lines = iter(iterable)
        self.dialect = _Rules(dialect, fmtparams)
        self.line_num = 0

    def __iter__(self):
        return self

    def __next__(self):
        rules = self.dialect
        row, field, number = [], [], False
        # Where in a row the next character stands: at its start, at a field's start, in a field, in a quoted field, after
        # a quote in one, after the escape in either, after the row's end.
        state = "row"
        more = True
        while more:
            try:
                line = next(self._lines)
            except StopIteration:
                if field or state == "quoted":
                    if rules.strict:
                        raise Error("unexpected end of data") from None
                    self._save(row, field, number)
                    return row
                raise
            if not isinstance(line, str):
                raise Error(
                    "iterator should return strings, not %s (the file should be opened in text mode)" % type(line).__name__
                )
            self.line_num += 1
            for char in line:
                again = True
                while again:
                    again = False
                    if state == "row":
                        if char == "\n" or char == "\r":
                            state = "end"
                        else:
                            state, again = "start", True
                    elif state == "start":
                        if char == "\n" or char == "\r":
                            number = self._save(row, field, number)
                            field, state = [], "end"
                        elif char == rules.quotechar and rules.quoting != QUOTE_NONE:
                            state = "quoted"
                        elif char == rules.escapechar:
                            state = "escaped"
                        elif char == " " and rules.skipinitialspace:
                            pass
                        elif char == rules.delimiter:
                            number = self._save(row, field, number)
                            field = []
                        else:
                            number = rules.quoting == QUOTE_NONNUMERIC
                            self._add(field, char)
                            state = "field"
                    elif state == "escaped":
                        self._add(field, char)
                        state = "field"
                    elif state == "field":
                        if char == "\n" or char == "\r":
                            number = self._save(row, field, number)
                            field, state = [], "end"
                        elif char == rules.escapechar:
                            state = "escaped"
                        elif char == rules.delimiter:
                            number = self._save(row, field, number)
                            field, state = [], "start"
                        else:
                            self._add(field, char)
                    elif state == "quoted":
                        if char == rules.escapechar:
                            state = "escaped in quotes"
                        elif char == rules.quotechar and rules.quoting != QUOTE_NONE:
                            state = "quote" if rules.doublequote else "field"
                        else:
                            self._add(field, char)
                    elif state == "escaped in quotes":
                        self._add(field, char)
                        state = "quoted"
                    elif state == "quote":
                        if rules.quoting != QUOTE_NONE and char == rules.quotechar:
                            self._add(field, char)
                            state = "quoted"
                        elif char == rules.delimiter:
                            number = self._save(row, field, number)
                            field, state = [], "start"
                        elif char == "\n" or char == "\r":
                            number = self._save(row, field, number)
                            field, state = [], "end"
                        elif not rules.strict:
                            self._add(field, char)
                            state = "field"
                        else:
                            raise Error("'%s' expected after '%s'" % (rules.delimiter, rules.quotechar))
                    elif char != "\n" and char != "\r":
                        raise Error(
                            "new-line character seen in unquoted field - do you need to open the file with newline=''?"
                        )
            # The end of a line that did not say so.
            if state == "row" or state == "end":
                more = False
            elif state == "start" or state == "field" or state == "quote":
                self._save(row, field, number)
                more = False
            elif state == "escaped":
                self._add(field, "\n")
                state = "field"
            elif state == "escaped in quotes":
                self._add(field, "\n")
                state = "quoted"
        return row

    def _add(self, field, char):
        if len(field) >= _limit:
            raise Error("field larger than field limit (%d)" % _limit)
        field.append(char)

    def _save(self, row, field, number):
        text = "".join(field)
        row.append(float(text) if number else text)
        return False


reader.__module__ = "_csv"


class _Writer:
    """Writes rows to anything with `write`."""

    def __init__(self, fileobj, dialect="excel", **fmtparams):
        write = getattr(fileobj, "write", None)
        if not callable(write):
            raise TypeError('argument 1 must have a "write" method')
        self._write = write
        self.dialect = _Rules(dialect, fmtparams)

    def writerow(self, row):
        rules = self.dialect
        try:
            items = list(row)
        except TypeError:
            raise Error("iterable expected, not %s" % type(row).__name__) from None
        parts = [self._shown(item, rules) for item in items]
        if parts == [""]:
            if rules.quoting == QUOTE_NONE:
                raise Error("single empty field record must be quoted")
            parts = [rules.quotechar * 2]
        return self._write(rules.delimiter.join(parts) + rules.lineterminator)

    def writerows(self, rows):
        for row in rows:
            self.writerow(row)

    def _shown(self, item, rules):
        if item is None:
            text = ""
        elif isinstance(item, str):
            text = item
        elif type(item) is float:
            text = repr(item)
        else:
            text = str(item)
        quoted = rules.quoting == QUOTE_ALL
        if rules.quoting == QUOTE_NONNUMERIC:
            quoted = not (hasattr(item, "__index__") or hasattr(item, "__int__") or hasattr(item, "__float__"))
        out = []
        for char in text:
            if char in (rules.delimiter, rules.escapechar, rules.quotechar) or char in rules.lineterminator:
                escape = False
                if rules.quoting == QUOTE_NONE:
                    escape = True
                elif char == rules.quotechar:
                    if rules.doublequote:
                        out.append(char)
                        quoted = True
                    else:
                        escape = True
                elif char == rules.escapechar:
                    escape = True
                else:
                    quoted = True
                if escape:
                    if rules.escapechar is None:
                        raise Error("need to escape, but no escapechar set")
                    out.append(rules.escapechar)
            out.append(char)
        text = "".join(out)
        return rules.quotechar + text + rules.quotechar if quoted else text


_Writer.__name__ = _Writer.__qualname__ = "writer"
_Writer.__module__ = "_csv"


def writer(fileobj, dialect="excel", **fmtparams):
    return _Writer(fileobj, dialect, **fmtparams)


class DictReader:
    """Reads rows as dicts, by the names in the first one."""

    def __init__(self, f, fieldnames=None, restkey=None, restval=None, dialect="excel", *args, **kwds):
        if fieldnames is not None and iter(fieldnames) is fieldnames:
            fieldnames = list(fieldnames)
        self._fieldnames = fieldnames
        self.restkey = restkey
        self.restval = restval
        self.reader = reader(f, dialect, *args, **kwds)
        self.dialect = dialect
        self.line_num = 0

    def __iter__(self):
        return self

    @property
    def fieldnames(self):
        if self._fieldnames is None:
            try:
                self._fieldnames = next(self.reader)
            except StopIteration:
                pass
        self.line_num = self.reader.line_num
        return self._fieldnames

    @fieldnames.setter
    def fieldnames(self, value):
        self._fieldnames = value

    def __next__(self):
        if self.line_num == 0:
            self.fieldnames
        row = next(self.reader)
        while row == []:
            row = next(self.reader)
        self.line_num = self.reader.line_num
        names = self.fieldnames
        made = dict(zip(names, row))
        if len(row) > len(names):
            made[self.restkey] = row[len(names):]
        for name in names[len(row):]:
            made[name] = self.restval
        return made


class DictWriter:
    """Writes dicts as rows."""

    def __init__(self, f, fieldnames, restval="", extrasaction="raise", dialect="excel", *args, **kwds):
        if fieldnames is not None and iter(fieldnames) is fieldnames:
            fieldnames = list(fieldnames)
        self.fieldnames = fieldnames
        self.restval = restval
        extrasaction = extrasaction.lower()
        if extrasaction not in ("raise", "ignore"):
            raise ValueError("extrasaction (%s) must be 'raise' or 'ignore'" % extrasaction)
        self.extrasaction = extrasaction
        self.writer = writer(f, dialect, *args, **kwds)

    def writeheader(self):
        return self.writerow(dict(zip(self.fieldnames, self.fieldnames)))

    def _items(self, row):
        if self.extrasaction == "raise":
            wrong = row.keys() - self.fieldnames
            if wrong:
                raise ValueError(
                    "dict contains fields not in fieldnames: " + ", ".join([repr(name) for name in wrong])
                )
        return (row.get(name, self.restval) for name in self.fieldnames)

    def writerow(self, rowdict):
        return self.writer.writerow(self._items(rowdict))

    def writerows(self, rowdicts):
        return self.writer.writerows(map(self._items, rowdicts))


class Sniffer:
    """Left out: guesses the dialect of a text."""

    def __init__(self):
        from _engine import unsupported

        unsupported("csv.Sniffer")


register_dialect("excel", excel)
register_dialect("excel-tab", excel_tab)
register_dialect("unix", unix_dialect)
