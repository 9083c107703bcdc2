"""Command lines, taken apart and put together."""

import re as _re

_UNSAFE = _re.compile(r"[^\w@%+=:,./-]", _re.ASCII)


def quote(s):
    if not s:
        return "''"
    if _UNSAFE.search(s) is None:
        return s
    return "'" + s.replace("'", "'\"'\"'") + "'"


def join(split_command):
    return " ".join(quote(part) for part in split_command)


def split(s, comments=False, posix=True):
    if s is None:
        raise ValueError("s argument must not be None")
    if not posix:
        from _engine import unsupported

        unsupported("shlex.split(posix=False)")
    words, word, within, at = [], None, "", 0
    while at < len(s):
        char = s[at]
        at += 1
        if within == "'":
            if char == "'":
                within = ""
            else:
                word += char
        elif within == '"':
            if char == '"':
                within = ""
            elif char == "\\":
                if at >= len(s):
                    raise ValueError("No escaped character")
                if s[at] not in '"\\':
                    word += char
                word += s[at]
                at += 1
            else:
                word += char
        elif char in " \t\r\n":
            if word is not None:
                words.append(word)
                word = None
        elif comments and char == "#":
            while at < len(s) and s[at] != "\n":
                at += 1
        elif char in "'\"":
            within = char
            word = word or ""
        elif char == "\\":
            if at >= len(s):
                raise ValueError("No escaped character")
            word = (word or "") + s[at]
            at += 1
        else:
            word = (word or "") + char
    if within:
        raise ValueError("No closing quotation")
    if word is not None:
        words.append(word)
    return words
