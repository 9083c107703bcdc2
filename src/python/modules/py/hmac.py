"""Hashes with a key."""

import hashlib


class HMAC:
    def __init__(self, key, msg=None, digestmod=""):
        if not digestmod:
            raise TypeError("Missing required argument 'digestmod'.")
        self._make = digestmod if callable(digestmod) else lambda data=b"": hashlib.new(digestmod, data)
        inner = self._make()
        self.digest_size, self.block_size = inner.digest_size, inner.block_size
        self.name = "hmac-" + inner.name
        if len(key) > self.block_size:
            key = self._make(key).digest()
        self._key = bytes(key).ljust(self.block_size, b"\0")
        self._data = b""
        if msg is not None:
            self.update(msg)

    def update(self, msg):
        self._data += bytes(msg)

    def digest(self):
        inner = self._make(bytes([byte ^ 0x36 for byte in self._key]) + self._data).digest()
        return self._make(bytes([byte ^ 0x5C for byte in self._key]) + inner).digest()

    def hexdigest(self):
        return self.digest().hex()


def new(key, msg=None, digestmod=""):
    return HMAC(key, msg, digestmod)


def digest(key, msg, digest):
    return HMAC(key, msg, digest).digest()


def compare_digest(a, b):
    return a == b
