"""IPv6 addresses."""

from django.core.exceptions import ValidationError

MAX_IPV6_ADDRESS_LENGTH = 39


def _parts(text):
    """The eight numbers of an address, and whether its end was written as IPv4; `None` if it is none."""
    if not text or len(text) > MAX_IPV6_ADDRESS_LENGTH:
        return None
    dotted = False
    head, colon, tail = text.rpartition(":")
    if "." in tail:
        numbers = tail.split(".")
        if len(numbers) != 4 or not colon:
            return None
        for number in numbers:
            if not (number.isascii() and number.isdigit()) or int(number) > 255 or (len(number) > 1 and number[0] == "0"):
                return None
        a, b, c, d = map(int, numbers)
        text = "%s:%x:%x" % (head, a * 256 + b, c * 256 + d)
        dotted = True
    if text.count("::") > 1 or ":::" in text:
        return None

    def words(part):
        found = []
        for word in part.split(":") if part else []:
            if not 1 <= len(word) <= 4 or any(c not in "0123456789abcdefABCDEF" for c in word):
                return None
            found.append(int(word, 16))
        return found
    if "::" in text:
        before, after = text.split("::")
        before, after = words(before), words(after)
        if before is None or after is None or len(before) + len(after) > 7:
            return None
        return before + [0] * (8 - len(before) - len(after)) + after, dotted
    all_words = words(text)
    return (all_words, dotted) if all_words is not None and len(all_words) == 8 else None


def is_valid_ipv6_address(ip_addr):
    return _parts(str(ip_addr)) is not None


def _compressed(words):
    best, length, at = None, 1, 0
    while at < 8:
        end = at
        while end < 8 and words[end] == 0:
            end += 1
        if end - at > length:
            best, length = at, end - at
        at = max(end, at + 1)
    if best is None:
        return ":".join("%x" % word for word in words)
    return "%s::%s" % (":".join("%x" % word for word in words[:best]),
                       ":".join("%x" % word for word in words[best + length:]))


def clean_ipv6_address(ip_str, unpack_ipv4=False, error_message="This is not a valid IPv6 address.", max_length=39):
    """An address in its shortest form."""
    found = _parts(ip_str) if len(ip_str) <= max_length else None
    if found is None:
        raise ValidationError(error_message, code="invalid", params={"protocol": "IPv6"})
    words, _ = found
    if words[:5] == [0] * 5 and words[5] == 0xFFFF:
        dotted = "%d.%d.%d.%d" % (words[6] >> 8, words[6] & 255, words[7] >> 8, words[7] & 255)
        return dotted if unpack_ipv4 else "::ffff:" + dotted
    return _compressed(words)
