"""Patterns as shells have them."""

import re


def translate(pat):
    """The pattern as a regular expression."""
    out = []
    at = 0
    while at < len(pat):
        char = pat[at]
        at += 1
        if char == "*":
            out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "[":
            end = at
            if end < len(pat) and pat[end] == "!":
                end += 1
            if end < len(pat) and pat[end] == "]":
                end += 1
            while end < len(pat) and pat[end] != "]":
                end += 1
            if end >= len(pat):
                out.append("\\[")
            else:
                inside = pat[at:end].replace("\\", "\\\\")
                at = end + 1
                if inside[0] == "!":
                    inside = "^" + inside[1:]
                elif inside[0] in "^[":
                    inside = "\\" + inside
                out.append("[%s]" % inside)
        else:
            out.append(re.escape(char))
    return "(?s:%s)\\Z" % "".join(out)


def fnmatchcase(name, pat):
    return re.match(translate(pat), name) is not None


fnmatch = fnmatchcase


def filter(names, pat):
    match = re.compile(translate(pat)).match
    return [name for name in names if match(name)]
