"""File fields as names only: what a column holds is a name, and nothing is ever opened, stored or deleted."""

import _django_test
from django.core.exceptions import FieldError, SuspiciousFileOperation
from django.db.models.expressions import DatabaseDefault
from django.db.models.query_utils import DeferredAttribute


def _base(path):
    return str(path).rpartition("/")[2]


def _join(folder, name):
    if name.startswith("/") or not folder:
        return name
    return folder + name if folder.endswith("/") else folder + "/" + name


def _normal(path):
    """A path without empty, `.` and `..` parts."""
    root = "/" if path.startswith("/") else ""
    parts = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part == ".." and not root or part not in ("", ".", ".."):
            parts.append(part)
    return root + "/".join(parts) or "."


def _refuse(what):
    _django_test.unsupported("%s: files are names only" % what)


def validate_file_name(name, allow_relative_path=False):
    if _base(name) in ("", ".", ".."):
        raise SuspiciousFileOperation("Could not derive file name from '%s'" % name)
    if allow_relative_path:
        text = str(name).replace("\\", "/")
        if text.startswith("/") or ".." in text.split("/"):
            raise SuspiciousFileOperation("Detected path traversal attempt in '%s'" % name)
    elif name != _base(name):
        raise SuspiciousFileOperation("File name '%s' includes path elements" % name)
    return name


class File:
    """A file with a name."""

    DEFAULT_CHUNK_SIZE = 64 * 2 ** 10

    def __init__(self, file, name=None):
        self.file = file
        if name is None:
            name = getattr(file, "name", None)
        self.name = name
        if hasattr(file, "mode"):
            self.mode = file.mode

    def __str__(self):
        return self.name or ""

    def __repr__(self):
        return "<%s: %s>" % (self.__class__.__name__, self or "None")

    def __bool__(self):
        return bool(self.name)

    def __len__(self):
        return self.size

    @property
    def size(self):
        if hasattr(self.file, "size"):
            return self.file.size
        if hasattr(self.file, "tell") and hasattr(self.file, "seek"):
            place = self.file.tell()
            self.file.seek(0, 2)
            size = self.file.tell()
            self.file.seek(place)
            return size
        raise AttributeError("Unable to determine the file's size.")

    @property
    def closed(self):
        return not self.file or self.file.closed

    def chunks(self, chunk_size=None):
        chunk_size = chunk_size or self.DEFAULT_CHUNK_SIZE
        self.file.seek(0)
        while True:
            data = self.file.read(chunk_size)
            if not data:
                return
            yield data

    def multiple_chunks(self, chunk_size=None):
        return self.size > (chunk_size or self.DEFAULT_CHUNK_SIZE)

    def __iter__(self):
        return iter(self.file)

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.close()

    def open(self, mode=None, *args, **kwargs):
        if not self.closed:
            self.seek(0)
            return self
        _refuse("opening a file")

    def close(self):
        self.file.close()

    def read(self, *args):
        return self.file.read(*args)

    def readline(self, *args):
        return self.file.readline(*args)

    def write(self, *args):
        return self.file.write(*args)

    def seek(self, *args):
        return self.file.seek(*args)

    def tell(self):
        return self.file.tell()


File.__module__ = "django.core.files.base"


class ContentFile(File):
    """A file whose content is at hand."""

    def __init__(self, content, name=None):
        from io import BytesIO, StringIO
        super().__init__(StringIO(content) if isinstance(content, str) else BytesIO(content), name=name)
        self.size = len(content)

    size = None

    def __str__(self):
        return "Raw content"

    def __bool__(self):
        return True

    def open(self, mode=None):
        self.seek(0)
        return self

    def close(self):
        """There is nothing to close."""

    def write(self, data):
        self.__dict__.pop("size", None)
        return self.file.write(data)


ContentFile.__module__ = "django.core.files.base"


class ImageFile(File):
    """A file that would know the size of its picture."""

    @property
    def width(self):
        _refuse("the size of a picture")

    @property
    def height(self):
        _refuse("the size of a picture")


ImageFile.__module__ = "django.core.files.images"


class Storage:
    """Where files would be."""

    def open(self, name, mode="rb"):
        _refuse("opening a file")

    def save(self, name, content, max_length=None):
        _refuse("storing a file")

    def delete(self, name):
        _refuse("deleting a file")

    def exists(self, name):
        _refuse("looking for a file")

    listdir = size = get_accessed_time = get_created_time = get_modified_time = exists

    def get_valid_name(self, name):
        from django.utils.text import get_valid_filename
        return get_valid_filename(name)

    def generate_filename(self, filename):
        filename = str(filename).replace("\\", "/")
        folder, _slash, name = filename.rpartition("/")
        if ".." in folder.split("/"):
            raise SuspiciousFileOperation("Detected path traversal attempt in '%s'" % folder)
        return _normal(_join(folder, self.get_valid_name(name)))

    def path(self, name):
        raise NotImplementedError("This backend doesn't support absolute paths.")

    def url(self, name):
        raise NotImplementedError("subclasses of Storage must provide a url() method")


Storage.__module__ = "django.core.files.storage.base"


class FileSystemStorage(Storage):
    """The storage of a folder, whose names alone are known."""

    def __init__(self, location=None, base_url=None, file_permissions_mode=None, directory_permissions_mode=None,
                 allow_overwrite=False):
        self._location = location
        self._base_url = base_url
        self._allow_overwrite = allow_overwrite
        self._arguments = {name: value for name, value in (
            ("location", location), ("base_url", base_url), ("file_permissions_mode", file_permissions_mode),
            ("directory_permissions_mode", directory_permissions_mode)) if value is not None}

    def deconstruct(self):
        return "django.core.files.storage.FileSystemStorage", [], dict(self._arguments)

    def __eq__(self, other):
        return type(self) is type(other) and self._arguments == other._arguments

    __hash__ = object.__hash__

    @property
    def base_location(self):
        from django.conf import settings
        return self._location if self._location is not None else settings.MEDIA_ROOT

    @property
    def location(self):
        return _normal(_join("/", str(self.base_location)))

    @property
    def base_url(self):
        from django.conf import settings
        base = self._base_url if self._base_url is not None else settings.MEDIA_URL
        return base if not base or base.endswith("/") else base + "/"

    def path(self, name):
        path = _normal(_join(self.location, str(name)))
        root = self.location.rstrip("/")
        if path != root and not path.startswith(root + "/"):
            raise SuspiciousFileOperation(
                "The joined path (%s) is located outside of the base path component (%s)" % (path, self.location))
        return path

    def url(self, name):
        from urllib.parse import quote, urljoin
        if self.base_url is None:
            raise ValueError("This file is not accessible via a URL.")
        name = quote(str(name).replace("\\", "/"), safe="/~!*()'")
        return urljoin(self.base_url, name.lstrip("/"))


FileSystemStorage.__module__ = "django.core.files.storage.filesystem"


class DefaultStorage(FileSystemStorage):
    """The storage that the settings name."""


DefaultStorage.__module__ = "django.core.files.storage"
default_storage = DefaultStorage()


class FieldFile(File):
    """The value of a file field: a name."""

    def __init__(self, instance, field, name):
        super().__init__(None, name)
        self.instance = instance
        self.field = field
        self.storage = field.storage
        self._committed = True

    def __eq__(self, other):
        return self.name == (other.name if hasattr(other, "name") else other)

    def __hash__(self):
        return hash(self.name)

    def _require_file(self):
        if not self:
            raise ValueError("The '%s' attribute has no file associated with it." % self.field.name)

    @property
    def file(self):
        self._require_file()
        if getattr(self, "_file", None) is None:
            self._file = self.storage.open(self.name, "rb")
        return self._file

    @file.setter
    def file(self, file):
        self._file = file

    @file.deleter
    def file(self):
        del self._file

    @property
    def path(self):
        self._require_file()
        return self.storage.path(self.name)

    @property
    def url(self):
        self._require_file()
        return self.storage.url(self.name)

    @property
    def size(self):
        self._require_file()
        return self.storage.size(self.name) if self._committed else self.file.size

    @property
    def closed(self):
        file = getattr(self, "_file", None)
        return file is None or file.closed

    def open(self, mode="rb"):
        self._require_file()
        if getattr(self, "_file", None) is None:
            self.file = self.storage.open(self.name, mode)
        else:
            self.file.open(mode)
        return self

    def close(self):
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()

    def _set_instance_attribute(self, name, content):
        setattr(self.instance, self.field.attname, name)

    def save(self, name, content, save=True):
        name = self.field.generate_filename(self.instance, name)
        self.name = self.storage.save(name, content, max_length=self.field.max_length)
        self._set_instance_attribute(self.name, content)
        self._committed = True
        if save:
            self.instance.save()

    def delete(self, save=True):
        if not self:
            return
        if hasattr(self, "_file"):
            self.close()
            del self.file
        self.storage.delete(self.name)
        self.name = None
        setattr(self.instance, self.field.attname, self.name)
        self._committed = False
        if save:
            self.instance.save()

    open.alters_data = save.alters_data = delete.alters_data = True

    def __getstate__(self):
        return {"name": self.name, "closed": False, "_committed": True, "_file": None, "instance": self.instance,
                "field": self.field}

    def __setstate__(self, state):
        for name, value in state.items():
            if name != "closed":
                self.__dict__[name] = value
        self.storage = self.field.storage


FieldFile.__module__ = "django.db.models.fields.files"


class ImageFieldFile(ImageFile, FieldFile):
    """The value of an image field: a name."""

    def _set_instance_attribute(self, name, content):
        setattr(self.instance, self.field.attname, content)
        self.instance.__dict__[self.field.attname] = self.name


ImageFieldFile.__module__ = "django.db.models.fields.files"


class FileDescriptor(DeferredAttribute):
    """Gives names as `FieldFile`s."""

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        field = self.field
        held = super().__get__(instance, cls)
        if isinstance(held, str) or held is None:
            held = field.attr_class(instance, field, held)
        elif isinstance(held, DatabaseDefault):
            held = field.attr_class(instance, field, field.db_default)
        elif isinstance(held, File) and not isinstance(held, FieldFile):
            given = held
            held = field.attr_class(instance, field, given.name)
            held.file = given
            held._committed = False
        elif isinstance(held, FieldFile):
            if not hasattr(held, "field"):
                held.field = field
                held.storage = field.storage
            if getattr(held, "instance", None) is not instance:
                held.instance = instance
        instance.__dict__[field.attname] = held
        return held

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value


FileDescriptor.__module__ = "django.db.models.fields.files"


class ImageFileDescriptor(FileDescriptor):
    """As for other files: the size of a picture is never measured."""


ImageFileDescriptor.__module__ = "django.db.models.fields.files"


def init_storage(field):
    given = field.storage or default_storage
    if callable(given):
        field._storage_callable = given
        given = given()
        if not isinstance(given, Storage):
            raise TypeError("%s.storage must be a subclass/instance of %s.%s" % (
                type(field).__qualname__, Storage.__module__, Storage.__qualname__))
    field.storage = given


def attr_class(field):
    return ImageFieldFile if field._ormdojo_class == "ImageField" else FieldFile


def descriptor_class(field):
    return ImageFileDescriptor if field._ormdojo_class == "ImageField" else FileDescriptor


def pre_save(field, instance, add):
    file = getattr(instance, field.attname)
    if file.name is None and file._file is not None:
        problem = FieldError("File for %s must have the name attribute specified to be saved." % field.name)
        if isinstance(file._file, ContentFile):
            problem.add_note("Pass a 'name' argument to ContentFile.")
        raise problem
    if file and not file._committed:
        file.save(file.name, file.file, save=False)
    return file


def generate_filename(field, instance, filename):
    import datetime
    if callable(field.upload_to):
        filename = field.upload_to(instance, filename)
    else:
        filename = _join(datetime.datetime.now().strftime(str(field.upload_to)), filename)
    return field.storage.generate_filename(validate_file_name(filename, allow_relative_path=True))


def save_form_data(field, instance, data):
    if data is not None:
        setattr(instance, field.name, data or "")
