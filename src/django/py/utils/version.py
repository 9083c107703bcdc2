"""Versions."""

PY36 = PY37 = PY38 = PY39 = PY310 = PY311 = True
PY312 = PY313 = PY314 = False


def get_version(version=None):
    return "5.2.19"


def get_main_version(version=None):
    return "5.2.19"


def get_complete_version(version=None):
    return (5, 2, 19, "final", 0)


def get_version_tuple(version):
    return tuple(int(part) for part in version.split(".") if part.isdigit())
