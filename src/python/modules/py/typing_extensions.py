"""The names of `typing` and of its future."""

from typing import *
from typing import (
    Annotated, Any, Callable, ClassVar, Concatenate, Final, ForwardRef, Generic, Literal, NamedTuple, Never, NewType,
    NotRequired, Optional, ParamSpec, Protocol, Required, Self, TypedDict, TypeAlias, TypeGuard, TypeVar, TypeVarTuple,
    Union, Unpack, final, get_args, get_origin, get_type_hints, overload, override, runtime_checkable,
)
