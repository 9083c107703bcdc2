"""The collector: counted references need none."""

garbage = []


def collect(generation=2):
    return 0


def enable():
    pass


def disable():
    pass


def isenabled():
    return True


def get_count():
    return (0, 0, 0)


def get_objects(generation=None):
    return []


def get_referrers(*objs):
    return []


get_referents = get_referrers


def is_tracked(obj):
    return not isinstance(obj, (int, float, str, bytes, bool, type(None)))


def freeze():
    pass


def set_threshold(threshold0, threshold1=10, threshold2=10):
    pass


def get_threshold():
    return (700, 10, 10)
