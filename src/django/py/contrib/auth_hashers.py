"""Passwords as a quick hasher stores them: enough to tell a right one from a wrong one, with nothing drawn by chance."""

import hashlib

UNUSABLE_PASSWORD_PREFIX = "!"
UNUSABLE_PASSWORD_SUFFIX_LENGTH = 40
_SALT = "ormdojo"


def is_password_usable(encoded):
    return encoded is None or not encoded.startswith(UNUSABLE_PASSWORD_PREFIX)


def make_password(password, salt=None, hasher="default"):
    if password is None:
        return UNUSABLE_PASSWORD_PREFIX + "0" * UNUSABLE_PASSWORD_SUFFIX_LENGTH
    if not isinstance(password, (bytes, str)):
        raise TypeError("Password must be a string or bytes, got %s." % type(password).__qualname__)
    if isinstance(password, str):
        password = password.encode()
    salt = salt or _SALT
    return "md5$%s$%s" % (salt, hashlib.md5(salt.encode() + password).hexdigest())


def check_password(password, encoded, setter=None, preferred="default"):
    if password is None or not is_password_usable(encoded) or encoded.count("$") != 2:
        return False
    return make_password(password, encoded.split("$")[1]) == encoded
