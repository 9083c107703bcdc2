"""Regular expressions."""

import _re
import enum
import functools
from types import GenericAlias, MappingProxyType


class RegexFlag(enum.IntFlag):
    """How a pattern is read."""

    NOFLAG = 0
    ASCII = A = 256
    IGNORECASE = I = 2
    LOCALE = L = 4
    UNICODE = U = 32
    MULTILINE = M = 8
    DOTALL = S = 16
    VERBOSE = X = 64
    TEMPLATE = T = 1
    DEBUG = 128

    def __repr__(self):
        value = self._value_
        if not value:
            return "re.NOFLAG"
        parts = []
        for flag in _IN_ORDER:
            if value & flag._value_:
                parts.append("re." + flag._name_)
                value &= ~flag._value_
        if value:
            parts.append(hex(value))
        return "|".join(parts)

    __str__ = object.__str__


_IN_ORDER = [RegexFlag.TEMPLATE, RegexFlag.IGNORECASE, RegexFlag.LOCALE, RegexFlag.MULTILINE, RegexFlag.DOTALL,
             RegexFlag.UNICODE, RegexFlag.VERBOSE, RegexFlag.DEBUG, RegexFlag.ASCII]
NOFLAG = RegexFlag.NOFLAG
A = ASCII = RegexFlag.ASCII
I = IGNORECASE = RegexFlag.IGNORECASE
L = LOCALE = RegexFlag.LOCALE
U = UNICODE = RegexFlag.UNICODE
M = MULTILINE = RegexFlag.MULTILINE
S = DOTALL = RegexFlag.DOTALL
X = VERBOSE = RegexFlag.VERBOSE
T = TEMPLATE = RegexFlag.TEMPLATE
DEBUG = RegexFlag.DEBUG


class error(Exception):
    """A pattern or a template is wrong."""

    __module__ = "re"

    def __init__(self, msg, pattern=None, pos=None):
        self.msg = msg
        self.pattern = pattern
        self.pos = pos
        if pattern is not None and pos is not None:
            text = "%s at position %d" % (msg, pos)
            newline = "\n" if isinstance(pattern, str) else b"\n"
            self.lineno = pattern.count(newline, 0, pos) + 1
            self.colno = pos - pattern.rfind(newline, 0, pos)
            if newline in pattern:
                text = "%s (line %d, column %d)" % (text, self.lineno, self.colno)
        else:
            text = msg
            self.lineno = self.colno = None
        super().__init__(text)


def _text_of(pattern, string):
    """The text to search: bytes are read as one character each."""
    if isinstance(string, str):
        if pattern._bytes:
            raise TypeError("cannot use a bytes pattern on a string-like object")
        return string
    if isinstance(string, (bytes, bytearray, memoryview)):
        if not pattern._bytes:
            raise TypeError("cannot use a string pattern on a bytes-like object")
        return bytes(string).decode("latin-1")
    raise TypeError("expected string or bytes-like object, got %r" % type(string).__name__)


class Pattern:
    """A compiled pattern."""

    __module__ = "re"

    def __init__(self, pattern, flags):
        if isinstance(pattern, str):
            self._bytes = False
            text = pattern
        elif isinstance(pattern, (bytes, bytearray)):
            self._bytes = True
            text = bytes(pattern).decode("latin-1")
            flags |= 256
        else:
            raise TypeError("first argument must be string or compiled pattern")
        self._compiled = _re.compile(text, int(flags), error)
        self.pattern = pattern
        self.flags = self._compiled.flags & ~256 if self._bytes else self._compiled.flags
        self.groups = self._compiled.groups
        names = self._compiled.names
        self.groupindex = MappingProxyType(dict(names))

    def _find(self, string, pos, endpos, anchor):
        text = _text_of(self, string)
        length = len(text)
        pos = min(max(pos, 0), length)
        endpos = length if endpos is None else min(max(endpos, 0), length)
        if endpos < pos:
            return None
        spans = self._compiled.find(text if endpos == length else text[:endpos], pos, anchor)
        return None if spans is None else Match(self, string, pos, endpos, spans)

    def search(self, string, pos=0, endpos=None):
        """The first match anywhere."""
        return self._find(string, pos, endpos, 0)

    def match(self, string, pos=0, endpos=None):
        """The match at the beginning."""
        return self._find(string, pos, endpos, 1)

    def fullmatch(self, string, pos=0, endpos=None):
        """The match of the whole."""
        return self._find(string, pos, endpos, 2)

    def finditer(self, string, pos=0, endpos=None):
        """All matches, one after the other."""
        text = _text_of(self, string)
        length = len(text)
        at = min(max(pos, 0), length)
        endpos = length if endpos is None else min(max(endpos, 0), length)
        return self._walk(string, text if endpos == length else text[:endpos], at, at, endpos)

    def _walk(self, string, text, pos, at, endpos):
        find = self._compiled.find
        while at <= endpos:
            spans = find(text, at, 0)
            if spans is None:
                return
            yield Match(self, string, pos, endpos, spans)
            at = spans[1] if spans[1] > spans[0] else spans[1] + 1

    def findall(self, string, pos=0, endpos=None):
        """The texts of all matches: of their groups, where there are any."""
        found = []
        empty = b"" if self._bytes else ""
        for match in self.finditer(string, pos, endpos):
            if self.groups == 0:
                found.append(match._part(0, empty))
            elif self.groups == 1:
                found.append(match._part(1, empty))
            else:
                found.append(match.groups(empty))
        return found

    def split(self, string, maxsplit=0):
        """The pieces between the matches, with the groups of these."""
        pieces = []
        last = count = 0
        for match in self.finditer(string):
            if maxsplit and count >= maxsplit or maxsplit < 0:
                break
            start, end = match.span()
            pieces.append(string[last:start])
            pieces.extend(match.groups())
            last = end
            count += 1
        pieces.append(string[last:])
        return pieces

    def sub(self, repl, string, count=0):
        """The text with the matches replaced."""
        return self.subn(repl, string, count)[0]

    def subn(self, repl, string, count=0):
        """The same, with the number of replacements."""
        if not callable(repl):
            parts = _template(self, repl)
            if len(parts) == 1 and not isinstance(parts[0], int) or not parts:
                fixed = parts[0] if parts else repl[:0]

                def replace(match):
                    return fixed
            else:
                def replace(match):
                    return match._fill(parts)
        else:
            replace = repl
        pieces = []
        last = made = 0
        for match in self.finditer(string):
            if count and made >= count:
                break
            start, end = match.span()
            pieces.append(string[last:start])
            new = replace(match)
            if new is not None:
                pieces.append(new)
            last = end
            made += 1
        if not made:
            return string, 0
        pieces.append(string[last:])
        return string[:0].join(pieces), made

    def scanner(self, string, pos=0, endpos=None):
        return _Scanner(self, string, pos, endpos)

    def __repr__(self):
        shown = repr(self.pattern)
        if len(shown) > 200:
            shown = shown[:200]
        flags = self.flags
        if not self._bytes:
            flags &= ~32
        text = "re.compile(%s" % shown
        if flags:
            text += ", " + repr(RegexFlag(flags))
        return text + ")"

    def __eq__(self, other):
        if not isinstance(other, Pattern):
            return NotImplemented
        return self.flags == other.flags and self.pattern == other.pattern and self._bytes == other._bytes

    def __hash__(self):
        return hash((self.pattern, self.flags))

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return _compile, (self.pattern, self.flags)

    __class_getitem__ = classmethod(GenericAlias)


class _Scanner:
    def __init__(self, pattern, string, pos, endpos):
        self.pattern = pattern
        self._matches = pattern.finditer(string, pos, endpos)

    def search(self):
        return next(self._matches, None)


class Match:
    """A match."""

    __module__ = "re"
    __slots__ = ("re", "string", "pos", "endpos", "_spans")

    def __init__(self, pattern, string, pos, endpos, spans):
        self.re = pattern
        self.string = string
        self.pos = pos
        self.endpos = endpos
        self._spans = spans

    def _number(self, group):
        if isinstance(group, int):
            if 0 <= group <= self.re.groups:
                return group
        else:
            try:
                found = self.re.groupindex.get(group)
            except TypeError:
                found = None
            if found is not None:
                return found
            index = getattr(type(group), "__index__", None)
            if index is not None and 0 <= index(group) <= self.re.groups:
                return index(group)
        raise IndexError("no such group")

    def _part(self, number, default=None):
        start = self._spans[2 * number]
        return default if start < 0 else self.string[start:self._spans[2 * number + 1]]

    def group(self, *groups):
        """The text of a group, or of several."""
        if not groups:
            return self._part(0)
        parts = tuple([self._part(self._number(group)) for group in groups])
        return parts[0] if len(parts) == 1 else parts

    def __getitem__(self, group):
        return self._part(self._number(group))

    def groups(self, default=None):
        """The texts of all groups."""
        return tuple([self._part(number, default) for number in range(1, self.re.groups + 1)])

    def groupdict(self, default=None):
        """The texts of the named groups."""
        return {name: self._part(number, default) for name, number in self.re.groupindex.items()}

    def start(self, group=0, /):
        return self._spans[2 * self._number(group)]

    def end(self, group=0, /):
        return self._spans[2 * self._number(group) + 1]

    def span(self, group=0, /):
        number = self._number(group)
        return self._spans[2 * number], self._spans[2 * number + 1]

    @property
    def regs(self):
        return tuple([self.span(number) for number in range(self.re.groups + 1)])

    @property
    def lastindex(self):
        return self._spans[-1] or None

    @property
    def lastgroup(self):
        last = self._spans[-1]
        for name, number in self.re.groupindex.items():
            if number == last:
                return name
        return None

    def expand(self, template):
        """A template with the groups filled in."""
        return self._fill(_template(self.re, template))

    def _fill(self, parts):
        empty = self.string[:0]
        return empty.join([self._part(part, empty) if isinstance(part, int) else part for part in parts])

    def __repr__(self):
        return "<re.Match object; span=%r, match=%r>" % (self.span(), self.group())

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __bool__(self):
        return True


_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_OCTAL = "01234567"
_DIGITS = "0123456789"
_templates = {}


def _template(pattern, template):
    """The parts of a replacement: texts, and the numbers of groups."""
    key = (pattern.groups, pattern.pattern, template)
    try:
        return _templates[key]
    except (KeyError, TypeError):
        pass
    is_bytes = isinstance(template, (bytes, bytearray))
    text = bytes(template).decode("latin-1") if is_bytes else template
    parts, literal = [], []
    at, length = 0, len(text)

    def add_group(number, place):
        if number > pattern.groups:
            raise error("invalid group reference %d" % number, template, place)
        if literal:
            parts.append("".join(literal))
            literal.clear()
        parts.append(number)

    while at < length:
        char = text[at]
        if char != "\\":
            literal.append(char)
            at += 1
            continue
        start = at
        at += 1
        if at >= length:
            raise error("bad escape (end of pattern)", template, start)
        char = text[at]
        at += 1
        if char == "g":
            if text[at:at + 1] != "<":
                raise error("missing <", template, at)
            close = text.find(">", at + 1)
            name = text[at + 1:close] if close >= 0 else text[at + 1:]
            if close < 0:
                if not name:
                    raise error("missing group name", template, at + 1)
                raise error("missing >, unterminated name", template, at + 1)
            if not name:
                raise error("missing group name", template, at + 1)
            place = at + 1
            at = close + 1
            if name.isidentifier():
                number = pattern.groupindex.get(name)
                if number is None:
                    raise IndexError("unknown group name %r" % name)
            else:
                digits = name[1:] if name[:1] in "+-" else name
                if not (digits.isascii() and digits.isdigit()) or name[:1] == "-":
                    raise error("bad character in group name %r" % name, template, place)
                number = int(name)
            add_group(number, place)
        elif char == "0":
            digits = ""
            while len(digits) < 2 and at < length and text[at] in _OCTAL:
                digits += text[at]
                at += 1
            literal.append(chr(int("0" + digits, 8) & 0xFF))
        elif char in _DIGITS:
            digits = char
            if at < length and text[at] in _DIGITS:
                digits += text[at]
                at += 1
                if digits[0] in _OCTAL and digits[1] in _OCTAL and at < length and text[at] in _OCTAL:
                    digits += text[at]
                    at += 1
                    code = int(digits, 8)
                    if code > 0o377:
                        raise error("octal escape value \\%s outside of range 0-0o377" % digits, template, start)
                    literal.append(chr(code))
                    continue
            add_group(int(digits), start + 1)
        elif char in _ESCAPES:
            literal.append(_ESCAPES[char])
        elif char.isascii() and char.isalpha():
            raise error("bad escape \\%s" % char, template, start)
        else:
            literal.append("\\" + char)
    if literal:
        parts.append("".join(literal))
    if is_bytes:
        parts = [part if isinstance(part, int) else part.encode("latin-1") for part in parts]
    if len(_templates) > 500:
        _templates.clear()
    try:
        _templates[key] = parts
    except TypeError:
        pass
    return parts


_cache = {}


def _compile(pattern, flags=0):
    if isinstance(pattern, Pattern):
        if flags:
            raise ValueError("cannot process flags argument with a compiled pattern")
        return pattern
    key = (type(pattern), pattern, int(flags))
    try:
        found = _cache.get(key)
    except TypeError:
        raise TypeError("unhashable type: %r" % type(pattern).__name__) from None
    if found is None:
        found = Pattern(pattern, flags)
        if len(_cache) >= 512:
            del _cache[next(iter(_cache))]
        _cache[key] = found
    return found


def compile(pattern, flags=0):
    """A pattern, compiled."""
    return _compile(pattern, flags)


def match(pattern, string, flags=0):
    """The match at the beginning of the text."""
    return _compile(pattern, flags).match(string)


def fullmatch(pattern, string, flags=0):
    """The match of the whole text."""
    return _compile(pattern, flags).fullmatch(string)


def search(pattern, string, flags=0):
    """The first match in the text."""
    return _compile(pattern, flags).search(string)


def sub(pattern, repl, string, count=0, flags=0):
    """The text with the matches replaced."""
    return _compile(pattern, flags).sub(repl, string, count)


def subn(pattern, repl, string, count=0, flags=0):
    """The same, with the number of replacements."""
    return _compile(pattern, flags).subn(repl, string, count)


def split(pattern, string, maxsplit=0, flags=0):
    """The pieces between the matches."""
    return _compile(pattern, flags).split(string, maxsplit)


def findall(pattern, string, flags=0):
    """The texts of all matches."""
    return _compile(pattern, flags).findall(string)


def finditer(pattern, string, flags=0):
    """All matches."""
    return _compile(pattern, flags).finditer(string)


def purge():
    """Forgets the compiled patterns."""
    _cache.clear()
    _templates.clear()


_special = {ord(char): "\\" + char for char in "()[]{}?*+-|^$\\.&~# \t\n\r\v\f"}


def escape(pattern):
    """The text with what is special in patterns escaped."""
    if isinstance(pattern, str):
        return pattern.translate(_special)
    return str(pattern, "latin1").translate(_special).encode("latin1")


__all__ = [
    "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer", "compile", "purge", "escape", "error",
    "Pattern", "Match", "A", "I", "L", "M", "S", "X", "U", "ASCII", "IGNORECASE", "LOCALE", "MULTILINE", "DOTALL",
    "VERBOSE", "UNICODE", "NOFLAG", "RegexFlag",
]
