"""What stays out of a window's frame."""

from enum import Enum


class WindowFrameExclusion(Enum):
    __module__ = "django.db.models.expressions"

    CURRENT_ROW = "CURRENT ROW"
    GROUP = "GROUP"
    TIES = "TIES"
    NO_OTHERS = "NO OTHERS"

    def __repr__(self):
        return f"{self.__class__.__qualname__}.{self._name_}"
