"""FlowIndex: a hash table from flow key to row number, looked up and filled for whole batches at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_key import FlowKeys

SMALLEST: Final = 1 << 12
SLOTS_A_ROW: Final = 8
"""Slots for each row when the table is made; a search then reads 1.07 slots on average."""
FULLEST: Final = 0.25
"""Share of slots that may be taken, removed entries included, before a new table is made."""
ROW: Final = 0xFFFF_FFFF
TAG: Final = 0xFFFF_FFFF_0000_0000
NO_ROW: Final = ROW - 1
"""Larger than any row: entries with another tag give this or more."""
REMOVED: Final = ROW
"""An entry whose flow was removed: it matches nothing and does not end a search. Its tag is 0."""


class FlowIndex:
    """Open addressing with linear probing over 64 bit entries: 32 bits of the key's hash, then row + 1; 0 is empty.

    A tag that matches is not believed: the whole key is compared with the one in the row, so flows never merge.
    """

    def __init__(self, columns: FlowColumns) -> None:
        self._columns = columns
        self._filled = 0
        """Slots that are not empty, removed entries included."""
        self._entries = np.zeros(SMALLEST, np.uint64)
        self._shift = np.uint64(64 - SMALLEST.bit_length() + 1)

    def find(self, keys: FlowKeys) -> NDArray[np.intp]:
        """Return the row of each key, -1 for those that are not here."""
        tags = keys.hash << np.uint64(32)
        slots = (keys.hash >> self._shift).view(np.intp)
        # An entry with the right tag, minus the tag, is row + 1; minus 1 wraps for an empty one
        rows = self._entries.take(slots)
        rows -= tags
        rows -= np.uint64(1)
        missing = (rows >= NO_ROW).nonzero()[0]
        if len(missing):
            behind = missing[self._entries.take(slots[missing]) != 0]
            rows[missing] = NO_ROW
            if len(behind):
                rows[behind] = self._look_ahead(tags[behind], slots[behind])
                missing = (rows == NO_ROW).nonzero()[0]
            rows[missing] = 0
        result = rows.view(np.intp)
        different = self._differs(result, keys)
        result[missing] = -1
        different[missing] = 0
        wrong = different.nonzero()[0]
        if len(wrong):
            result[wrong] = self._search(keys, wrong)
        return result

    def insert(self, rows: NDArray[np.intp]) -> None:
        """Add `rows`, whose keys and hashes are in the columns already and are different from each other."""
        self._reserve(len(rows))
        self._place(rows)

    def replace(self, old: NDArray[np.intp], new: NDArray[np.intp]) -> None:
        """Let the key of each row of `old` lead to the row of `new` beside it, which has the same key."""
        slots = self._columns.slot[old] - 1
        self._columns.slot[new] = slots + 1
        self._entries[slots] = self._entries[slots] & TAG | (new + 1).astype(np.uint64)
        self._columns.slot[old] = 0

    def remove(self, rows: NDArray[np.intp]) -> None:
        """Forget `rows`; those that were replaced before are not here any more."""
        slots = self._columns.slot[rows]
        self._entries[slots[slots > 0] - 1] = REMOVED
        self._columns.slot[rows] = 0

    def _look_ahead(self, tags: NDArray[np.uint64], slots: NDArray[np.intp]) -> NDArray[np.uint64]:
        """Return the rows that the slots behind `slots` have for these tags, NO_ROW for none.

        The key of such a row is still to be compared.
        """
        last = len(self._entries) - 1
        result = np.full(len(tags), NO_ROW, np.uint64)
        pending = np.arange(len(tags))
        while len(pending):
            slots = slots + 1
            slots &= last
            rows = self._entries.take(slots)
            full = rows != 0
            rows -= tags
            rows -= np.uint64(1)
            found = rows < NO_ROW
            result[pending[found]] = rows[found]
            full &= ~found
            pending, slots, tags = pending[full], slots[full], tags[full]
        return result

    def _search(self, keys: FlowKeys, positions: NDArray[np.intp]) -> list[int]:
        """Return the rows of keys whose tags led to another key, slot by slot; two tags are hardly ever the same."""
        found = []
        last = len(self._entries) - 1
        for position in positions.tolist():
            tag = int(keys.hash[position]) & ROW
            slot = int(keys.hash[position]) >> int(self._shift)
            key = [int(column[position]) for column in keys.columns]
            while (entry := int(self._entries[slot])) != 0:
                row = (entry & ROW) - 1
                if entry >> 32 == tag and key == [int(column[row]) for column in self._columns.key_columns()]:
                    break
                slot = (slot + 1) & last
            found.append(row if entry else -1)
        return found

    def _differs(self, rows: NDArray[np.intp], keys: FlowKeys) -> NDArray[np.uint64]:
        """Return 0 for keys that are those of `rows`."""
        different = np.zeros(len(rows), np.uint64)
        for stored, wanted in zip(self._columns.key_columns(), keys.columns, strict=True):
            bits = stored.take(rows)
            bits ^= wanted
            different |= bits
        return different

    def _place(self, rows: NDArray[np.intp]) -> None:
        hashes = self._columns.hash[rows]
        entries = hashes << np.uint64(32) | (rows + 1).astype(np.uint64)
        at = (hashes >> self._shift).astype(np.intp)
        last = len(self._entries) - 1
        waiting = np.arange(len(rows))
        while len(waiting):
            where = at[waiting]
            empty = self._entries.take(where) == 0
            # Of several that want the same empty slot the last one gets it, which reading back shows
            self._entries[where[empty]] = entries[waiting[empty]]
            settled = self._entries.take(where) == entries[waiting]
            self._columns.slot[rows[waiting[settled]]] = where[settled] + 1
            waiting = waiting[~settled]
            at[waiting] = (at[waiting] + 1) & last
        self._filled += len(rows)

    def _reserve(self, more: int) -> None:
        """Make room: a larger table, or the same one without its removed entries."""
        if self._filled + more <= len(self._entries) * FULLEST:
            return
        rows = np.flatnonzero(self._columns.slot)
        size = SMALLEST
        while size < (len(rows) + more) * SLOTS_A_ROW:
            size *= 2
        self._entries = np.zeros(size, np.uint64)
        self._shift = np.uint64(64 - size.bit_length() + 1)
        self._filled = 0
        self._place(rows)
