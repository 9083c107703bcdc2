"""Checks of single values."""

import math
import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.ipv6 import is_valid_ipv6_address
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

EMPTY_VALUES = (None, "", [], (), {})


def _compiled(regex, flags=0):
    return re.compile(regex, flags) if isinstance(regex, str) else regex


class _Refusing:
    """A check that tells what it refuses."""

    def _refuse(self, value):
        raise ValidationError(self.message, code=self.code, params={"value": value})


@deconstructible
class RegexValidator(_Refusing):
    """The text matches a pattern, or does not."""

    regex = ""
    message = _("Enter a valid value.")
    code = "invalid"
    inverse_match = False
    flags = 0

    def __init__(self, regex=None, message=None, code=None, inverse_match=None, flags=None):
        given = {"regex": regex, "message": message, "code": code, "inverse_match": inverse_match, "flags": flags}
        for name, value in given.items():
            if value is not None:
                setattr(self, name, value)
        if self.flags and not isinstance(self.regex, str):
            raise TypeError("If the flags are set, regex must be a regular expression string.")
        self.regex = _compiled(self.regex, self.flags)

    def __call__(self, value):
        found = self.regex.search(str(value)) is not None
        if found is bool(self.inverse_match):
            self._refuse(value)

    def __eq__(self, other):
        return (isinstance(other, RegexValidator) and self.regex.pattern == other.regex.pattern and
                self.regex.flags == other.regex.flags and self.message == other.message and
                self.code == other.code and self.inverse_match == other.inverse_match)


_LETTERS = "\u00a1-\uffff"


@deconstructible
class DomainNameValidator(RegexValidator):
    """A name of a domain."""

    message = _("Enter a valid domain name.")
    ul = _LETTERS
    hostname_re = "[a-z%s0-9](?:[a-z%s0-9-]{0,61}[a-z%s0-9])?" % (ul, ul, ul)
    domain_re = r"(?:\.(?!-)[a-z%s0-9-]{1,63}(?<!-))*" % ul
    tld_no_fqdn_re = r"\.(?!-)(?:[a-z%s-]{2,63}|xn--[a-z0-9]{1,59})(?<!-)" % ul
    tld_re = tld_no_fqdn_re + r"\.?"
    ascii_only_hostname_re = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    ascii_only_domain_re = r"(?:\.(?!-)[a-zA-Z0-9-]{1,63}(?<!-))*"
    ascii_only_tld_re = r"\.(?!-)(?:[a-zA-Z0-9-]{2,63})(?<!-)\.?"
    max_length = 255

    def __init__(self, **kwargs):
        self.accept_idna = kwargs.pop("accept_idna", True)
        if self.accept_idna:
            parts = (self.hostname_re, self.domain_re, self.tld_re)
        else:
            parts = (self.ascii_only_hostname_re, self.ascii_only_domain_re, self.ascii_only_tld_re)
        self.regex = re.compile("^" + "".join(parts) + r"\Z", re.IGNORECASE)
        super().__init__(**kwargs)

    def __call__(self, value):
        if not isinstance(value, str) or len(value) > self.max_length:
            self._refuse(value)
        if not self.accept_idna and not value.isascii():
            self._refuse(value)
        super().__call__(value)


validate_domain_name = DomainNameValidator()


@deconstructible
class URLValidator(RegexValidator):
    """A URL."""

    _octet = "(?:0|25[0-5]|2[0-4][0-9]|1[0-9]?[0-9]?|[1-9][0-9]?)"
    ipv4_re = r"%s(?:\.%s){3}" % (_octet, _octet)
    ipv6_re = r"\[[0-9a-f:.]+\]"
    hostname_re = DomainNameValidator.hostname_re
    domain_re = DomainNameValidator.domain_re
    tld_re = DomainNameValidator.tld_re
    host_re = "(" + hostname_re + domain_re + tld_re + "|localhost)"
    regex = re.compile(
        r"^(?:[a-z0-9.+-]*)://(?:[^\s:@/]+(?::[^\s:@/]*)?@)?(?:" + ipv4_re + "|" + ipv6_re + "|" + host_re +
        r")(?::[0-9]{1,5})?(?:[/?#][^\s]*)?\Z", re.IGNORECASE)
    message = _("Enter a valid URL.")
    schemes = ["http", "https", "ftp", "ftps"]
    unsafe_chars = frozenset("\t\r\n")
    max_length = 2048

    def __init__(self, schemes=None, **kwargs):
        super().__init__(**kwargs)
        if schemes is not None:
            self.schemes = schemes

    def __call__(self, value):
        if not isinstance(value, str) or len(value) > self.max_length or self.unsafe_chars.intersection(value):
            self._refuse(value)
        if value.split("://")[0].lower() not in self.schemes:
            self._refuse(value)
        try:
            parts = urlsplit(value)
        except ValueError:
            self._refuse(value)
        super().__call__(value)
        bracketed = re.search(r"^\[(.+)\](?::[0-9]{1,5})?$", parts.netloc)
        if bracketed and not is_valid_ipv6_address(bracketed[1]):
            self._refuse(value)
        if parts.hostname is None or len(parts.hostname) > 253:
            self._refuse(value)


integer_validator = RegexValidator(re.compile(r"^-?\d+\Z"), message=_("Enter a valid integer."), code="invalid")


def validate_integer(value):
    return integer_validator(value)


@deconstructible
class EmailValidator(_Refusing):
    """An address of electronic mail."""

    message = _("Enter a valid email address.")
    code = "invalid"
    hostname_re = DomainNameValidator.hostname_re
    domain_re = DomainNameValidator.domain_re
    tld_no_fqdn_re = DomainNameValidator.tld_no_fqdn_re
    _atom = r"[-!#$%&'*+/=?^_`{}|~0-9A-Z]+"
    _quoted = r'"([\001-\010\013\014\016-\037!#-\[\]-\177]|\\[\001-\011\013\014\016-\177])*"'
    user_regex = re.compile(r"(^" + _atom + r"(\." + _atom + r")*\Z|^" + _quoted + r"\Z)", re.IGNORECASE)
    domain_regex = re.compile("^" + hostname_re + domain_re + tld_no_fqdn_re + r"\Z", re.IGNORECASE)
    literal_regex = re.compile(r"\[([A-F0-9:.]+)\]\Z", re.IGNORECASE)
    domain_allowlist = ["localhost"]

    def __init__(self, message=None, code=None, allowlist=None):
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code
        if allowlist is not None:
            self.domain_allowlist = allowlist

    def __call__(self, value):
        if not value or "@" not in value or len(value) > 320:
            self._refuse(value)
        user, domain = value.rsplit("@", 1)
        if not self.user_regex.match(user):
            self._refuse(value)
        if domain not in self.domain_allowlist and not self.validate_domain_part(domain):
            self._refuse(value)

    def validate_domain_part(self, domain_part):
        if self.domain_regex.match(domain_part):
            return True
        literal = self.literal_regex.match(domain_part)
        return literal is not None and (_is_ipv4(literal[1]) or is_valid_ipv6_address(literal[1]))

    def __eq__(self, other):
        return (isinstance(other, EmailValidator) and set(self.domain_allowlist) == set(other.domain_allowlist) and
                self.message == other.message and self.code == other.code)


validate_email = EmailValidator()

slug_re = re.compile(r"^[-a-zA-Z0-9_]+\Z")
validate_slug = RegexValidator(
    slug_re, _("Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."), "invalid")
slug_unicode_re = re.compile(r"^[-\w]+\Z")
validate_unicode_slug = RegexValidator(
    slug_unicode_re,
    _("Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens."), "invalid")


def _is_ipv4(value):
    numbers = str(value).split(".")
    return len(numbers) == 4 and all(
        number.isascii() and number.isdigit() and len(number) <= 3 and int(number) <= 255 and
        (number == "0" or number[0] != "0") for number in numbers)


def _address_error(protocol, value):
    return ValidationError(
        _("Enter a valid %(protocol)s address."), code="invalid", params={"protocol": protocol, "value": value})


def validate_ipv4_address(value):
    if not _is_ipv4(value):
        raise _address_error(_("IPv4"), value)


def validate_ipv6_address(value):
    if not is_valid_ipv6_address(value):
        raise _address_error(_("IPv6"), value)


def validate_ipv46_address(value):
    if not _is_ipv4(value) and not is_valid_ipv6_address(value):
        raise _address_error(_("IPv4 or IPv6"), value)


ip_address_validator_map = {
    "both": [validate_ipv46_address],
    "ipv4": [validate_ipv4_address],
    "ipv6": [validate_ipv6_address],
}


def ip_address_validators(protocol, unpack_ipv4):
    if protocol != "both" and unpack_ipv4:
        raise ValueError("You can only use `unpack_ipv4` if `protocol` is set to 'both'")
    try:
        return ip_address_validator_map[protocol.lower()]
    except KeyError:
        raise ValueError(
            "The protocol '%s' is unknown. Supported: %s" % (protocol, list(ip_address_validator_map)))


def int_list_validator(sep=",", message=None, code="invalid", allow_negative=False):
    number = r"(-)?\d+" if allow_negative else r"\d+"
    return RegexValidator(
        re.compile(r"^%s(?:%s%s)*\Z" % (number, re.escape(sep), number)), message=message, code=code)


validate_comma_separated_integer_list = int_list_validator(message=_("Enter only digits separated by commas."))


@deconstructible
class BaseValidator:
    """A comparison with a limit, which may be a function that gives it."""

    message = _("Ensure this value is %(limit_value)s (it is %(show_value)s).")
    code = "limit_value"

    def __init__(self, limit_value, message=None):
        self.limit_value = limit_value
        if message:
            self.message = message

    def _limit(self):
        return self.limit_value() if callable(self.limit_value) else self.limit_value

    def __call__(self, value):
        cleaned = self.clean(value)
        limit = self._limit()
        if self.compare(cleaned, limit):
            raise ValidationError(
                self.message, code=self.code, params={"limit_value": limit, "show_value": cleaned, "value": value})

    def __eq__(self, other):
        if not isinstance(other, self.__class__):
            return NotImplemented
        return (self.limit_value == other.limit_value and self.message == other.message and self.code == other.code)

    def compare(self, a, b):
        return a is not b

    def clean(self, x):
        return x


@deconstructible
class MaxValueValidator(BaseValidator):
    message = _("Ensure this value is less than or equal to %(limit_value)s.")
    code = "max_value"

    def compare(self, a, b):
        return a > b


@deconstructible
class MinValueValidator(BaseValidator):
    message = _("Ensure this value is greater than or equal to %(limit_value)s.")
    code = "min_value"

    def compare(self, a, b):
        return a < b


@deconstructible
class StepValueValidator(BaseValidator):
    message = _("Ensure this value is a multiple of step size %(limit_value)s.")
    code = "step_size"

    def __init__(self, limit_value, message=None, offset=None):
        super().__init__(limit_value, message)
        if offset is not None:
            self.message = _(
                "Ensure this value is a multiple of step size %(limit_value)s, starting from %(offset)s, e.g. "
                "%(offset)s, %(valid_value1)s, %(valid_value2)s, and so on.")
        self.offset = offset

    def __call__(self, value):
        if self.offset is None:
            return super().__call__(value)
        cleaned = self.clean(value)
        limit = self._limit()
        if self.compare(cleaned, limit):
            offset = cleaned.__class__(self.offset)
            raise ValidationError(self.message, code=self.code, params={
                "limit_value": limit, "offset": offset, "valid_value1": offset + limit,
                "valid_value2": offset + 2 * limit})

    def compare(self, a, b):
        offset = 0 if self.offset is None else self.offset
        return not math.isclose(math.remainder(a - offset, b), 0, abs_tol=1e-9)


@deconstructible
class MinLengthValidator(BaseValidator):
    message = ngettext_lazy(
        "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).", "limit_value")
    code = "min_length"

    def compare(self, a, b):
        return a < b

    def clean(self, x):
        return len(x)


@deconstructible
class MaxLengthValidator(BaseValidator):
    message = ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).", "limit_value")
    code = "max_length"

    def compare(self, a, b):
        return a > b

    def clean(self, x):
        return len(x)


@deconstructible
class DecimalValidator:
    """A number of so many digits, so many of them after the point."""

    messages = {
        "invalid": _("Enter a number."),
        "max_digits": ngettext_lazy(
            "Ensure that there are no more than %(max)s digit in total.",
            "Ensure that there are no more than %(max)s digits in total.", "max"),
        "max_decimal_places": ngettext_lazy(
            "Ensure that there are no more than %(max)s decimal place.",
            "Ensure that there are no more than %(max)s decimal places.", "max"),
        "max_whole_digits": ngettext_lazy(
            "Ensure that there are no more than %(max)s digit before the decimal point.",
            "Ensure that there are no more than %(max)s digits before the decimal point.", "max"),
    }

    def __init__(self, max_digits, decimal_places):
        self.max_digits = max_digits
        self.decimal_places = decimal_places

    def __call__(self, value):
        _sign, held, exponent = value.as_tuple()
        if exponent in {"F", "n", "N"}:
            raise ValidationError(self.messages["invalid"], code="invalid", params={"value": value})
        digits = len(held)
        decimals = 0
        if exponent >= 0:
            if held != (0,):
                digits += exponent
        else:
            decimals = -exponent
            digits = max(digits, decimals)

        def refuse(code, limit):
            raise ValidationError(self.messages[code], code=code, params={"max": limit, "value": value})
        if self.max_digits is not None and digits > self.max_digits:
            refuse("max_digits", self.max_digits)
        if self.decimal_places is not None and decimals > self.decimal_places:
            refuse("max_decimal_places", self.decimal_places)
        if self.max_digits is not None and self.decimal_places is not None:
            whole = self.max_digits - self.decimal_places
            if digits - decimals > whole:
                refuse("max_whole_digits", whole)

    def __eq__(self, other):
        return (isinstance(other, self.__class__) and self.max_digits == other.max_digits and
                self.decimal_places == other.decimal_places)


@deconstructible
class FileExtensionValidator:
    """A name of a file that ends as it should."""

    message = _("File extension “%(extension)s” is not allowed. Allowed extensions are: %(allowed_extensions)s.")
    code = "invalid_extension"

    def __init__(self, allowed_extensions=None, message=None, code=None):
        if allowed_extensions is not None:
            allowed_extensions = [extension.lower() for extension in allowed_extensions]
        self.allowed_extensions = allowed_extensions
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code

    def __call__(self, value):
        name = value.name.rpartition("/")[2]
        stem, dot, extension = name.rpartition(".")
        extension = extension.lower() if dot and stem else ""
        if self.allowed_extensions is not None and extension not in self.allowed_extensions:
            raise ValidationError(self.message, code=self.code, params={
                "extension": extension, "allowed_extensions": ", ".join(self.allowed_extensions), "value": value})

    def __eq__(self, other):
        return (isinstance(other, self.__class__) and
                set(self.allowed_extensions or []) == set(other.allowed_extensions or []) and
                self.message == other.message and self.code == other.code)


@deconstructible
class ProhibitNullCharactersValidator(_Refusing):
    """A text without NUL."""

    message = _("Null characters are not allowed.")
    code = "null_characters_not_allowed"

    def __init__(self, message=None, code=None):
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code

    def __call__(self, value):
        if "\x00" in str(value):
            self._refuse(value)

    def __eq__(self, other):
        return isinstance(other, self.__class__) and self.message == other.message and self.code == other.code
