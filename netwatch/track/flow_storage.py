"""Growing columns: the rows of a tracker as one array a field, with a cap, rows given back and used again.

The fields of a row lie side by side in memory and the arrays are views with a stride: a batch touches thousands of
rows in no order, and each costs a few cache lines instead of one a field. So index columns; `take` would copy them.
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
    hot: bool


def column(dtype: type[np.generic], width: int = 1, fill: int = 0, *, hot: bool = False) -> Any:
    """Declare a column of `width` values a row, which a row that was not used yet holds as `fill`.

    The values of row r are those at r * width to (r + 1) * width - 1 of a one-dimensional array. Columns that every
    packet touches are `hot`: they lie together.
    """
    return _Column(dtype, width, fill, hot)


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
        self._blocks: dict[int, NDArray[Any]] = {}
        """The memory of all columns with so many values a row."""
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
        """Empty `rows` for somebody else."""
        for width, block in self._blocks.items():
            block.reshape(-1, width)[rows] = self._blank(width)
        self._free = np.concatenate((self._free, rows))
        self.used -= len(rows)

    def _grow(self, needed: int) -> None:
        size = max(self._size, FIRST_SIZE)
        while size < needed:
            size *= 2
        self._size = min(size, self.capacity)
        for width in {declared.width for declared in self._columns.values()}:
            columns = self._of_width(width)
            before = self._blocks.get(width)
            # Zeroed memory costs nothing before it is touched
            block = np.zeros(self._size * width, _layout(columns))
            if any(declared.fill for declared in columns.values()):
                block[:] = self._blank(width)
            if before is not None:
                block[: len(before)] = before
            self._blocks[width] = block
            for name in columns:
                setattr(self, name, block[name])

    def _of_width(self, width: int) -> dict[str, _Column]:
        return {name: declared for name, declared in self._columns.items() if declared.width == width}

    def _blank(self, width: int) -> NDArray[Any]:
        """Return the values of a row that was not used yet."""
        columns = self._of_width(width)
        blank = np.zeros((), _layout(columns))
        for name, declared in columns.items():
            blank[name] = declared.fill
        return blank


def _layout(columns: dict[str, _Column]) -> np.dtype[Any]:
    """Return the structure of one row: hot fields first, wide ones before narrow ones so that there are few gaps."""
    order = sorted(columns.items(), key=lambda item: (not item[1].hot, -np.dtype(item[1].dtype).itemsize))
    return np.dtype([(name, declared.dtype) for name, declared in order], align=True)
