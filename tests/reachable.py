"""How much memory is held by everything that can be reached from an object, so that tests can tell what grows."""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARED: Final = (type, ModuleType, FunctionType, BuiltinFunctionType)
"""What is there whether the object is or not."""
_CONTAINERS: Final = frozenset({"builtins", "collections"})


def bytes_reachable(root: object) -> int:
    """Return the bytes of `root` and of all objects that it leads to, each counted once."""
    total, seen, waiting = 0, set[int](), [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _SHARED):
            continue
        seen.add(id(one))
        whole = not isinstance(one, np.ndarray) or one.base is None
        total += one.nbytes if isinstance(one, np.ndarray) and whole else sys.getsizeof(one) if whole else 0
        waiting += _held_by(one)
    return total


def _held_by(one: Any) -> Iterator[Any]:
    if isinstance(one, str | bytes | int | float | None):
        return
    if isinstance(one, np.ndarray):
        yield one.base
        if one.dtype == object:
            yield from one.tolist()
        return
    if isinstance(one, MethodType):
        yield one.__self__
    if isinstance(one, dict):
        yield from one.keys()
        yield from one.values()
    elif type(one).__module__ in _CONTAINERS and hasattr(one, "__iter__"):
        yield from one
    yield from getattr(one, "__dict__", {}).values()
    for kind in type(one).__mro__:
        for name in getattr(kind, "__slots__", ()):
            hidden = f"_{kind.__name__}{name}" if name.startswith("__") and not name.endswith("__") else name
            yield getattr(one, hidden, None)
