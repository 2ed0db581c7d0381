"""Growing columns: the rows of a tracker as one array a field, with a cap, rows given back and used again.

Rows are touched in ascending order where it matters, so that an array a field is read almost in sequence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_SIZE: Final = 1024
"""Rows that memory is taken for at first; it doubles from there."""


@dataclass(frozen=True, slots=True)
class _Column:
    dtype: type[np.generic]
    width: int
    fill: int


def column(dtype: type[np.generic], width: int = 1, fill: int = 0) -> Any:
    """Declare a column of `width` values a row, which a row that was not used yet holds as `fill`.

    The values of row r are those at r * width to (r + 1) * width - 1 of a one-dimensional array.
    """
    return _Column(dtype, width, fill)


class Storage:
    """The base of classes that declare columns. Rows are numbered from 0 and handed out by `take`."""

    def __init__(self, capacity: int) -> None:
        """Hold at most `capacity` rows; memory is taken as they are used."""
        self.capacity = capacity
        self.used = 0
        """Rows in use."""
        self.high_water = 0
        """All rows that were ever in use are below this number."""
        self._size = 0
        self._free = np.zeros(0, np.intp)
        self._columns = {
            name: declared
            for cls in reversed(type(self).__mro__)
            for name, declared in vars(cls).items()
            if isinstance(declared, _Column)
        }
        for name, declared in self._columns.items():
            setattr(self, name, np.zeros(0, declared.dtype))
        self._grow(1)

    @property
    def room(self) -> int:
        """Rows that can still be taken."""
        return self.capacity - self.used

    def take(self, count: int) -> NDArray[np.intp]:
        """Return `count` rows whose columns hold their fill.

        Raises:
            ValueError: there is no room for them.
        """
        if count > self.room:
            raise ValueError(f"{count} rows wanted, {self.room} left of {self.capacity}")
        again = self._free[:count]
        self._free = self._free[count:]
        more = count - len(again)
        if self.high_water + more > self._size:
            self._grow(self.high_water + more)
        rows = np.concatenate((again, np.arange(self.high_water, self.high_water + more)))
        self.high_water += more
        self.used += count
        return rows

    def give_back(self, rows: NDArray[np.intp]) -> None:
        """Empty `rows` for somebody else; quickest when they are ascending."""
        indices = {
            width: (rows[:, None] * width + np.arange(width)).reshape(-1)
            for width in {declared.width for declared in self._columns.values()}
        }
        for name, declared in self._columns.items():
            getattr(self, name)[indices[declared.width]] = declared.fill
        self._free = np.concatenate((self._free, rows))
        self.used -= len(rows)

    def _grow(self, needed: int) -> None:
        size = max(self._size, FIRST_SIZE)
        while size < needed:
            size *= 2
        self._size = min(size, self.capacity)
        for name, declared in self._columns.items():
            before: NDArray[Any] = getattr(self, name)
            # Zeroed memory costs nothing before it is touched
            after = np.zeros(self._size * declared.width, declared.dtype)
            if declared.fill:
                after[len(before) :] = declared.fill
            after[: len(before)] = before
            setattr(self, name, after)
