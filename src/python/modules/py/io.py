"""Files in memory. There are no others."""

from abc import ABCMeta as _ABCMeta

SEEK_SET, SEEK_CUR, SEEK_END = 0, 1, 2
DEFAULT_BUFFER_SIZE = 8192


class UnsupportedOperation(OSError, ValueError):
    """A file can't do this."""


class IOBase(metaclass=_ABCMeta):
    """What files have in common."""

    closed = False

    def close(self):
        self.closed = True

    def _open(self):
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def flush(self):
        self._open()

    def readable(self):
        return False

    def writable(self):
        return False

    def seekable(self):
        return False

    def isatty(self):
        return False

    def fileno(self):
        raise UnsupportedOperation("fileno")

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *exc_info):
        self.close()

    def __iter__(self):
        self._open()
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def readlines(self, hint=-1):
        lines = []
        size = 0
        for line in self:
            lines.append(line)
            size += len(line)
            if hint is not None and 0 < hint <= size:
                break
        return lines

    def writelines(self, lines):
        for line in lines:
            self.write(line)


class RawIOBase(IOBase):
    pass


class BufferedIOBase(IOBase):
    pass


class TextIOBase(IOBase):
    encoding = errors = newlines = None


class _Memory:
    """Reading and writing within a value of text or bytes."""

    def readable(self):
        self._open()
        return True

    writable = seekable = readable

    def tell(self):
        self._open()
        return self._at

    def getvalue(self):
        self._open()
        if len(self._parts) > 1:
            self._parts = [self._empty.join(self._parts)]
        return self._parts[0]

    def _write(self, data):
        value_size = self._size
        if self._at == value_size:
            # What is added at the end is only put together when it is asked for.
            self._parts.append(data)
            self._size += len(data)
            self._at = self._size
            return len(data)
        value = self.getvalue()
        if self._at > value_size:
            value += self._blank * (self._at - value_size)
        value = value[:self._at] + data + value[self._at + len(data):]
        self._parts = [value]
        self._size = len(value)
        self._at += len(data)
        return len(data)

    def read(self, size=-1, /):
        value = self.getvalue()
        end = len(value) if size is None or size < 0 else min(self._at + size, len(value))
        data = value[self._at:end]
        self._at = max(self._at, end)
        return data

    def readline(self, size=-1, /):
        value = self.getvalue()
        end = value.find(self._newline, self._at)
        end = len(value) if end < 0 else end + 1
        if size is not None and size >= 0:
            end = min(end, self._at + size)
        line = value[self._at:end]
        self._at = max(self._at, end)
        return line

    def truncate(self, pos=None, /):
        value = self.getvalue()
        pos = self._at if pos is None else pos
        if pos < 0:
            raise ValueError("Negative size value %d" % pos)
        self._parts = [value[:pos]]
        self._size = len(self._parts[0])
        return pos


class StringIO(_Memory, TextIOBase):
    """A text file in memory."""

    _empty, _blank, _newline = "", "\0", "\n"

    def __init__(self, initial_value="", newline="\n"):
        if initial_value is not None and not isinstance(initial_value, str):
            raise TypeError("initial_value must be str or None, not %s" % type(initial_value).__name__)
        value = initial_value or ""
        if newline is None:
            value = value.replace("\r\n", "\n").replace("\r", "\n")
        self._parts = [value]
        self._size = len(value)
        self._at = 0

    def write(self, s, /):
        self._open()
        if not isinstance(s, str):
            raise TypeError("string argument expected, got %r" % type(s).__name__)
        return self._write(s)

    def seek(self, pos, whence=0, /):
        self._open()
        if whence == 0:
            if pos < 0:
                raise ValueError("Negative seek position %d" % pos)
            self._at = pos
        elif pos != 0:
            raise OSError("Can't do nonzero cur-relative seeks")
        elif whence == 2:
            self._at = self._size
        return self._at


class BytesIO(_Memory, BufferedIOBase):
    """A binary file in memory."""

    _empty, _blank, _newline = b"", b"\0", b"\n"

    def __init__(self, initial_bytes=b""):
        value = b"" if initial_bytes is None else bytes(initial_bytes)
        self._parts = [value]
        self._size = len(value)
        self._at = 0

    def write(self, b, /):
        self._open()
        if isinstance(b, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        return self._write(bytes(b))

    def seek(self, pos, whence=0, /):
        self._open()
        if whence == 1:
            pos += self._at
        elif whence == 2:
            pos += self._size
        elif pos < 0:
            raise ValueError("negative seek value %d" % pos)
        self._at = max(pos, 0)
        return self._at

    def getbuffer(self):
        return memoryview(self.getvalue())

    read1 = _Memory.read


class TextIOWrapper(TextIOBase):
    """Text over a binary file."""

    def __init__(self, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False):
        self.buffer = buffer
        self.encoding = encoding or "utf-8"
        self.errors = errors or "strict"

    def read(self, size=-1, /):
        return self.buffer.read(size).decode(self.encoding, self.errors)

    def readline(self, size=-1, /):
        return self.buffer.readline(size).decode(self.encoding, self.errors)

    def write(self, s, /):
        self.buffer.write(s.encode(self.encoding, self.errors))
        return len(s)

    def flush(self):
        self.buffer.flush()


class BufferedReader(BufferedIOBase):
    def __init__(self, raw, buffer_size=DEFAULT_BUFFER_SIZE):
        self.raw = raw
        self.read = raw.read
        self.readline = raw.readline


def open(*args, **kwargs):
    from builtins import open
    return open(*args, **kwargs)
