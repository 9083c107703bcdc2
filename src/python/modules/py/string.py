"""Constants, templates and formatting of text."""

import re as _re
from collections import ChainMap as _ChainMap

whitespace = " \t\n\r\v\f"
ascii_lowercase = "abcdefghijklmnopqrstuvwxyz"
ascii_uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ascii_letters = ascii_lowercase + ascii_uppercase
digits = "0123456789"
hexdigits = digits + "abcdef" + "ABCDEF"
octdigits = "01234567"
punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
printable = digits + ascii_letters + punctuation + whitespace


def capwords(s, sep=None):
    """The words of a text, each with a capital."""
    return (sep or " ").join(word.capitalize() for word in s.split(sep))


_nothing = {}


class Template:
    """A text with `$name` in the places of values."""

    delimiter = "$"
    idpattern = r"(?a:[_a-z][_a-z0-9]*)"
    braceidpattern = None
    flags = _re.IGNORECASE

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls._prepare()

    @classmethod
    def _prepare(cls):
        own = cls.__dict__.get("pattern")
        if own is None:
            delimiter = _re.escape(cls.delimiter)
            own = r"%s(?:(?P<escaped>%s)|(?P<named>%s)|{(?P<braced>%s)}|(?P<invalid>))" % (
                delimiter, delimiter, cls.idpattern, cls.braceidpattern or cls.idpattern)
        cls.pattern = _re.compile(own, cls.flags | _re.VERBOSE)

    def __init__(self, template):
        self.template = template

    def _invalid(self, match):
        at = match.start("invalid")
        lines = self.template[:at].splitlines(keepends=True)
        if lines:
            column, line = at - len("".join(lines[:-1])), len(lines)
        else:
            column = line = 1
        raise ValueError("Invalid placeholder in string: line %d, col %d" % (line, column))

    def substitute(self, mapping=_nothing, /, **kws):
        if mapping is _nothing:
            mapping = kws
        elif kws:
            mapping = _ChainMap(kws, mapping)

        def convert(match):
            name = match.group("named") or match.group("braced")
            if name is not None:
                return str(mapping[name])
            if match.group("escaped") is not None:
                return self.delimiter
            self._invalid(match)
        return self.pattern.sub(convert, self.template)

    def safe_substitute(self, mapping=_nothing, /, **kws):
        if mapping is _nothing:
            mapping = kws
        elif kws:
            mapping = _ChainMap(kws, mapping)

        def convert(match):
            name = match.group("named") or match.group("braced")
            if name is not None:
                try:
                    return str(mapping[name])
                except KeyError:
                    return match.group()
            if match.group("escaped") is not None:
                return self.delimiter
            return match.group()
        return self.pattern.sub(convert, self.template)

    def is_valid(self):
        return all(match.group("invalid") is None for match in self.pattern.finditer(self.template))

    def get_identifiers(self):
        names = []
        for match in self.pattern.finditer(self.template):
            name = match.group("named") or match.group("braced")
            if name is not None and name not in names:
                names.append(name)
        return names


Template._prepare()


class Formatter:
    """Formats as `str.format` does, in steps that can be overridden."""

    def format(self, format_string, /, *args, **kwargs):
        return self.vformat(format_string, args, kwargs)

    def vformat(self, format_string, args, kwargs):
        used = set()
        result, _ = self._vformat(format_string, args, kwargs, used, 2, 0)
        self.check_unused_args(used, args, kwargs)
        return result

    def _vformat(self, format_string, args, kwargs, used, depth, auto):
        if depth < 0:
            raise ValueError("Max string recursion exceeded")
        out = []
        for literal, name, spec, conversion in self.parse(format_string):
            if literal:
                out.append(literal)
            if name is None:
                continue
            if name == "":
                if auto is False:
                    raise ValueError("cannot switch from manual field specification to automatic field numbering")
                name = str(auto)
                auto += 1
            elif name.isdigit():
                if auto:
                    raise ValueError("cannot switch from manual field to automatic field numbering")
                auto = False
            value, key = self.get_field(name, args, kwargs)
            used.add(key)
            value = self.convert_field(value, conversion)
            spec, auto = self._vformat(spec, args, kwargs, used, depth - 1, auto)
            out.append(self.format_field(value, spec))
        return "".join(out), auto

    def get_value(self, key, args, kwargs):
        return args[key] if isinstance(key, int) else kwargs[key]

    def check_unused_args(self, used_args, args, kwargs):
        pass

    def format_field(self, value, format_spec):
        return format(value, format_spec)

    def convert_field(self, value, conversion):
        if conversion is None:
            return value
        if conversion == "s":
            return str(value)
        if conversion == "r":
            return repr(value)
        if conversion == "a":
            return ascii(value)
        raise ValueError("Unknown conversion specifier %s" % conversion)

    def parse(self, format_string):
        at, length = 0, len(format_string)
        literal = ""
        while at < length:
            char = format_string[at]
            if char in "{}" and format_string[at:at + 2] == char * 2:
                literal += char
                at += 2
                continue
            if char == "}":
                raise ValueError("Single '}' encountered in format string")
            if char != "{":
                literal += char
                at += 1
                continue
            depth, end = 1, at + 1
            while end < length and depth:
                depth += {"{": 1, "}": -1}.get(format_string[end], 0)
                end += 1
            if depth:
                raise ValueError("expected '}' before end of string" if end > at + 1 else
                                 "Single '{' encountered in format string")
            field = format_string[at + 1:end - 1]
            name, colon, spec = field.partition(":")
            conversion = None
            if "!" in name:
                name, _, conversion = name.partition("!")
            yield literal, name, spec, conversion
            literal = ""
            at = end
        if literal:
            yield literal, None, None, None

    def get_field(self, field_name, args, kwargs):
        match = _re.match(r"[^.\[]*", field_name)
        first = match.group()
        key = int(first) if first.isdigit() else first
        value = self.get_value(key, args, kwargs)
        for name, item in _re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", field_name[match.end():]):
            value = getattr(value, name) if name else value[int(item) if item.isdigit() else item]
        return value, key
