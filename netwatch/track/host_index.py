"""KeyedRows: rows that are found by a key of 64 bit numbers, for whole batches at once, with a cap."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from netwatch.track.flow_storage import Storage, column

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOBODY: Final = 0
"""The row of keys that get none: it is never shown, so what is counted there is left out."""
MOST_RECENT: Final = 2048
"""New keys that are held apart from the others."""
EVICTED_SHARE: Final = 8
"""When the table is full, one row in this many leaves at once."""


class KeyedColumns(Storage, ABC):
    """Columns whose rows have a key; row NOBODY is taken from the start."""

    serial: NDArray[np.int64] = column(np.int64)
    """Rows are numbered from 1 in the order in which their keys were first met; 0 for rows not in use and NOBODY."""

    def __init__(self, capacity: int) -> None:
        """Hold at most `capacity` rows besides NOBODY."""
        super().__init__(capacity + 1)
        self.take(1)

    @abstractmethod
    def key_columns(self) -> tuple[NDArray[np.uint64], ...]:
        """Return the columns of the key."""

    @abstractmethod
    def idleness(self, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Return numbers of which the smallest belong to the rows that can best be missed."""


class Admitted(NamedTuple):
    """What became of some keys."""

    rows: NDArray[np.intp]
    """The row of each key, NOBODY for those that found no room."""
    added: NDArray[np.intp]
    """The rows that are new, in the order of their keys."""
    at: NDArray[np.intp]
    """Where each of these first came among the keys."""
    gone: NDArray[np.intp]
    """Rows that left to make room; some of them may be among `added`."""


class KeyedRows:
    """Finds rows of KeyedColumns by a keyed hash that nobody outside can predict; sorted arrays are the index.

    A look-up costs two binary searches: fit for tables that are asked about new flows only. Two keys with the same 64
    bits of hash would be one row; the second gets NOBODY instead.
    """

    def __init__(self, columns: KeyedColumns, seed: int) -> None:
        self.evicted = 0
        """Rows that left because the table was full, and keys that found no room at all."""
        self._columns = columns
        secrets = np.random.default_rng(seed).integers(0, 1 << 64, 6, dtype=np.uint64) | np.uint64(1)
        self._secrets = secrets.tolist()
        self._index = _SortedIndex()
        self._recent = _SortedIndex()
        """New keys, so that adding some does not copy the whole index."""
        self._serial = 0

    def rows(self) -> NDArray[np.intp]:
        """Return all rows in use, the oldest first."""
        rows = np.concatenate((self._index.rows, self._recent.rows))
        return rows[np.argsort(self._columns.serial[rows])]

    def find(self, keys: tuple[NDArray[np.uint64], ...]) -> NDArray[np.intp]:
        """Return the row of each key, -1 for those that are not here."""
        return self._find(keys, self._hash(keys))

    def admit(self, keys: tuple[NDArray[np.uint64], ...]) -> Admitted:
        """Return the rows of `keys`; new ones get rows in the order in which they come.

        Where there is no room for all of them the idlest rows leave first, but none of `keys`. When that is not enough,
        the last ones get NOBODY.
        """
        hashes = self._hash(keys)
        rows = self._find(keys, hashes)
        missing = np.flatnonzero(rows < 0)
        if not len(missing):
            return Admitted(rows, missing, missing, missing)
        new, first, which = np.unique(hashes[missing], return_index=True, return_inverse=True)
        gone = self._evict(len(new) - self._columns.room, rows)
        order = np.argsort(first)[: self._columns.room]
        self.evicted += len(new) - len(order)
        at = missing[first[order]]
        added = self._columns.take(len(order))
        for stored, wanted in zip(self._columns.key_columns(), keys, strict=True):
            stored[added] = wanted[at]
        self._columns.serial[added] = np.arange(self._serial + 1, self._serial + 1 + len(added))
        self._serial += len(added)
        given = np.full(len(new), NOBODY, np.intp)
        given[order] = added
        rows[missing] = given[which]
        rows[self._differs(keys, rows)] = NOBODY
        inserted = np.sort(order)
        self._insert(new[inserted], given[inserted])
        return Admitted(rows, added, at, gone)

    def _evict(self, wanted: int, staying: NDArray[np.intp]) -> NDArray[np.intp]:
        """Let `wanted` rows leave or some more, but none of `staying`; return them."""
        columns = self._columns
        if wanted <= 0:
            return staying[:0]
        rows = np.concatenate((self._index.rows, self._recent.rows))
        marks = np.zeros(columns.high_water, np.bool_)
        marks[staying[staying >= 0]] = True
        candidates = rows[~marks[rows]]
        count = min(max(columns.capacity // EVICTED_SHARE, wanted), len(candidates), columns.capacity // 2)
        if not count:
            return candidates
        leaving = candidates[np.argpartition(columns.idleness(candidates), count - 1)[:count]]
        marks[:] = False
        marks[leaving] = True
        self._index, self._recent = self._index.without(marks), self._recent.without(marks)
        columns.give_back(leaving)
        self.evicted += count
        return leaving

    def _find(self, keys: tuple[NDArray[np.uint64], ...], hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        rows = self._index.find(hashes)
        if len(self._recent.rows):
            unknown = np.flatnonzero(rows < 0)
            rows[unknown] = self._recent.find(hashes[unknown])
        found = rows >= 0
        rows[found & self._differs(keys, rows)] = NOBODY
        return rows

    def _insert(self, hashes: NDArray[np.uint64], rows: NDArray[np.intp]) -> None:
        self._recent = self._recent.merged(hashes, rows)
        if len(self._recent.rows) > MOST_RECENT:
            self._index = self._index.merged(self._recent.hashes, self._recent.rows)
            self._recent = _SortedIndex()

    def _differs(self, keys: tuple[NDArray[np.uint64], ...], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        different = np.zeros(len(rows), np.bool_)
        for stored, wanted in zip(self._columns.key_columns(), keys, strict=True):
            different |= stored[rows] != wanted
        return different

    def _hash(self, keys: tuple[NDArray[np.uint64], ...]) -> NDArray[np.uint64]:
        one, two, three = self._secrets[:3]
        mixed = np.full(len(keys[0]), one, np.uint64)
        for number, part in enumerate(keys):
            # Bijective in each part, so addresses that differ in one part never share a hash
            mixed += part * np.uint64(self._secrets[3 + number])
            mixed ^= mixed >> np.uint64(32)
            mixed *= np.uint64(two)
            mixed ^= mixed >> np.uint64(29)
            mixed *= np.uint64(three)
            mixed ^= mixed >> np.uint64(32)
        return mixed


class _SortedIndex:
    """Hashes in rising order and the row of each."""

    def __init__(self, hashes: NDArray[np.uint64] | None = None, rows: NDArray[np.intp] | None = None) -> None:
        self.hashes = np.zeros(0, np.uint64) if hashes is None else hashes
        self.rows = np.zeros(0, np.intp) if rows is None else rows

    def find(self, hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Return the row of each hash, -1 for those that are not here."""
        if not len(self.hashes):
            return np.full(len(hashes), -1, np.intp)
        at = np.searchsorted(self.hashes, hashes)
        np.minimum(at, len(self.hashes) - 1, out=at)
        return np.where(self.hashes[at] == hashes, self.rows[at], -1)

    def merged(self, hashes: NDArray[np.uint64], rows: NDArray[np.intp]) -> _SortedIndex:
        """Return an index with these too, which are in rising order and not here yet."""
        at = np.searchsorted(self.hashes, hashes)
        return _SortedIndex(np.insert(self.hashes, at, hashes), np.insert(self.rows, at, rows))

    def without(self, gone: NDArray[np.bool_]) -> _SortedIndex:
        """Return an index without the rows that are `gone`, one value a row."""
        stays = ~gone[self.rows]
        return _SortedIndex(self.hashes[stays], self.rows[stays])
