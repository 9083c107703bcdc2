"""Addresses taken apart and put together."""

from collections import namedtuple as _namedtuple

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")


def quote(string, safe="/", encoding=None, errors=None):
    if isinstance(string, str):
        if not string:
            return string
        string = string.encode(encoding or "utf-8", errors or "strict")
    return quote_from_bytes(string, safe)


def quote_from_bytes(bs, safe="/"):
    if isinstance(safe, str):
        safe = safe.encode("ascii", "ignore")
    allowed = _SAFE | set(safe)
    return "".join([chr(byte) if byte in allowed else "%%%02X" % byte for byte in bs])


def quote_plus(string, safe="", encoding=None, errors=None):
    if isinstance(string, str) and " " not in string or isinstance(string, bytes) and b" " not in string:
        return quote(string, safe, encoding, errors)
    space = " " if isinstance(safe, str) else b" "
    return quote(string, safe + space, encoding, errors).replace(" ", "+")


def unquote_to_bytes(string):
    if isinstance(string, str):
        string = string.encode("utf-8")
    parts = string.split(b"%")
    out = [parts[0]]
    for part in parts[1:]:
        try:
            out.append(bytes([int(part[:2].decode("ascii"), 16)]) if len(part) >= 2 else None)
            out.append(part[2:])
        except (ValueError, TypeError):
            out.append(b"%" + part)
    return b"".join([part for part in out if part is not None])


def unquote(string, encoding="utf-8", errors="replace"):
    if isinstance(string, bytes):
        return unquote_to_bytes(string).decode(encoding, errors)
    return string if "%" not in string else unquote_to_bytes(string).decode(encoding, errors)


def unquote_plus(string, encoding="utf-8", errors="replace"):
    return unquote(string.replace("+", " "), encoding, errors)


def urlencode(query, doseq=False, safe="", encoding=None, errors=None, quote_via=quote_plus):
    if hasattr(query, "items"):
        query = query.items()
    parts = []

    def one(value):
        if isinstance(value, (bytes, str)):
            return quote_via(value, safe, encoding, errors)
        return quote_via(str(value), safe, encoding, errors)
    for key, value in query:
        if doseq and not isinstance(value, (str, bytes)):
            try:
                len(value)
            except TypeError:
                parts.append("%s=%s" % (one(key), one(value)))
            else:
                parts.extend("%s=%s" % (one(key), one(item)) for item in value)
        else:
            parts.append("%s=%s" % (one(key), one(value)))
    return "&".join(parts)


def parse_qsl(qs, keep_blank_values=False, strict_parsing=False, encoding="utf-8", errors="replace",
              max_num_fields=None, separator="&"):
    found = []
    for part in qs.split(separator):
        if not part and not strict_parsing:
            continue
        name, equals, value = part.partition("=")
        if not equals and strict_parsing:
            raise ValueError("bad query field: %r" % (part,))
        if value or keep_blank_values:
            found.append((unquote_plus(name, encoding, errors), unquote_plus(value, encoding, errors)))
    return found


def parse_qs(qs, keep_blank_values=False, **kwargs):
    found = {}
    for name, value in parse_qsl(qs, keep_blank_values, **kwargs):
        found.setdefault(name, []).append(value)
    return found


class _Net:
    __slots__ = ()

    def _server(self):
        return self.netloc.rpartition("@")[2]

    @property
    def hostname(self):
        server = self._server()
        if server.startswith("["):
            return server[1:].partition("]")[0].lower() or None
        return server.partition(":")[0].lower() or None

    @property
    def port(self):
        server = self._server()
        port = server.rpartition("]")[2] if "]" in server else server
        port = port.partition(":")[2]
        if not port:
            return None
        if not (port.isdigit() and port.isascii()):
            raise ValueError("Port could not be cast to integer value as %r" % port)
        port = int(port)
        if not 0 <= port <= 65535:
            raise ValueError("Port out of range 0-65535")
        return port

    @property
    def username(self):
        user, at, _ = self.netloc.rpartition("@")
        return user.partition(":")[0] if at else None

    @property
    def password(self):
        user, at, _ = self.netloc.rpartition("@")
        _, colon, password = user.partition(":")
        return password if at and colon else None


class SplitResult(_Net, _namedtuple("SplitResult", "scheme netloc path query fragment")):
    __slots__ = ()

    def geturl(self):
        return urlunsplit(self)


class ParseResult(_Net, _namedtuple("ParseResult", "scheme netloc path params query fragment")):
    __slots__ = ()

    def geturl(self):
        return urlunparse(self)


def urlsplit(url, scheme="", allow_fragments=True):
    url = url.lstrip("".join(map(chr, range(33))))
    for char in "\t\r\n":
        url = url.replace(char, "")
    netloc = query = fragment = ""
    at = url.find(":")
    if at > 0 and url[0].isascii() and url[0].isalpha() and all(
            c.isascii() and (c.isalnum() or c in "+-.") for c in url[:at]):
        scheme, url = url[:at].lower(), url[at + 1:]
    if url[:2] == "//":
        end = min([found for found in (url.find(c, 2) for c in "/?#") if found >= 0], default=len(url))
        netloc, url = url[2:end], url[end:]
        if ("[" in netloc) != ("]" in netloc):
            raise ValueError("Invalid IPv6 URL")
    if allow_fragments and "#" in url:
        url, fragment = url.split("#", 1)
    if "?" in url:
        url, query = url.split("?", 1)
    return SplitResult(scheme, netloc, url, query, fragment)


def urlparse(url, scheme="", allow_fragments=True):
    scheme, netloc, path, query, fragment = urlsplit(url, scheme, allow_fragments)
    params = ""
    head, slash, last = path.rpartition("/")
    if ";" in last:
        last, _, params = last.partition(";")
        path = head + slash + last
    return ParseResult(scheme, netloc, path, params, query, fragment)


def urlunsplit(components):
    scheme, netloc, url, query, fragment = components
    if netloc or url[:2] == "//":
        if url and url[:1] != "/":
            url = "/" + url
        url = "//" + netloc + url
    if scheme:
        url = scheme + ":" + url
    if query:
        url += "?" + query
    return url + "#" + fragment if fragment else url


def urlunparse(components):
    scheme, netloc, url, params, query, fragment = components
    return urlunsplit((scheme, netloc, "%s;%s" % (url, params) if params else url, query, fragment))


def urljoin(base, url, allow_fragments=True):
    if not base:
        return url
    if not url:
        return base
    first = urlsplit(base)
    other = urlsplit(url, first.scheme)
    if other.scheme != first.scheme:
        return url
    if other.netloc:
        return other.geturl()
    if not other.path:
        return SplitResult(other.scheme, first.netloc, first.path, other.query or first.query, other.fragment).geturl()
    if other.path.startswith("/"):
        segments = other.path.split("/")
    else:
        segments = first.path.split("/")[:-1] + other.path.split("/")
    out = []
    for at, segment in enumerate(segments):
        if segment == "..":
            if len(out) > 1:
                out.pop()
        elif segment != ".":
            out.append(segment)
        if segment in (".", "..") and at == len(segments) - 1:
            out.append("")
    path = "/".join(out)
    return SplitResult(other.scheme, first.netloc, path or "/", other.query, other.fragment).geturl()


def urldefrag(url):
    parts = urlsplit(url)
    return parts._replace(fragment="").geturl(), parts.fragment
