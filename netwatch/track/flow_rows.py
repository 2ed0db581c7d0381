"""FlowRows: which row each packet's flow has: a known one, a new one, or one that begins anew with a known key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_NONE, PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.nanoseconds import SECOND
from netwatch.track.flow_application import applications, sent_by_initiator
from netwatch.track.flow_fragments import FragmentPorts
from netwatch.track.flow_index import FlowIndex
from netwatch.track.flow_key import FlowHash, ports
from netwatch.track.flow_order import POSITION_BITS, flow_order
from netwatch.track.flow_serials import FlowSerials
from netwatch.track.flow_starts import Newest, find_restarts, kinds, remember, suspects
from netwatch.track.tcp_refusal import find_refusals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_key import FlowKeys
    from netwatch.track.flow_order import FlowOrder
    from netwatch.track.flow_starts import FlowTimeouts, Restarts
    from netwatch.track.tcp_refusal import Refusals


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """The flows of the packets of a batch."""

    rows: NDArray[np.intp]
    """Shape (n,)."""
    sender: NDArray[np.bool_]
    """End 1 of the key sent the packet, shape (n,)."""
    started: NDArray[np.intp]
    """Rows of the flows that begin in this batch, in the order of their first packets."""


class FlowRows:
    """Takes rows of `columns` for flows that begin and fills what their first packet decides."""

    def __init__(self, columns: FlowColumns, seed: int, timeouts: FlowTimeouts) -> None:
        self.begun = np.zeros(256, np.int64)
        """Conversations that began, by protocol; those of UDP and TCP without ports are under PROTOCOL_NONE: fragments
        that came before their first, as some systems send them, or without it."""
        self.resumed = 0
        """Flows that began because a conversation went on after its timeout."""
        self.serials = FlowSerials(columns)
        self._columns = columns
        self._timeouts = timeouts
        self._hash = FlowHash(seed)
        self._fragments = FragmentPorts(seed)
        self._index = FlowIndex(columns)
        self._serial = 0

    def assign(self, batch: PacketBatch) -> Assigned:
        """Return the rows of all packets of `batch`; there must be room for as many rows."""
        keys = self._hash.keys(batch, *self._fragments.complete(batch, *ports(batch)))
        rows = self._index.find(keys)
        born = self._add(batch, keys, rows)
        kind = kinds(batch, keys.swapped)
        apart = suspects(self._columns, rows, batch, born, self._timeouts, with_syn=kind is not None)
        newest_rows = rows
        if len(apart):
            order = flow_order(rows[apart], keys.swapped[apart], apart)
            restarts = find_restarts(self._columns, order, batch, kind, self._timeouts)
            if kind is not None:
                kind[order.positions[restarts.joined]] = Newest.JOINED
            if len(restarts.index):
                newest_rows = rows.copy()
                self._restart(batch, order, restarts, rows, newest_rows)
                born = np.sort(np.concatenate((born, order.positions[restarts.index])))
        remember(self._columns, newest_rows, batch, keys.swapped, kind)
        return Assigned(rows, keys.swapped, self._number(rows[born], batch.fragment[born]))

    def refusals(self, batch: PacketBatch) -> Refusals | None:
        """Return the ICMP errors of `batch` that quote a segment of a flow that has a row."""
        return find_refusals(batch, self._hash, self._index)

    def remove(self, rows: NDArray[np.intp]) -> None:
        """Forget `rows` and empty them for others."""
        self._index.remove(rows)
        self._columns.give_back(rows)

    def _add(self, batch: PacketBatch, keys: FlowKeys, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Take a row for each key that has none (-1 in `rows`, which is completed); return their first positions."""
        missing = np.flatnonzero(rows < 0)
        if not len(missing):
            return missing
        missing, group, first = _distinct(keys, missing)
        by_time = np.argsort(first)
        taken = np.empty(len(first), np.intp)
        taken[by_time] = self._columns.take(len(first))
        rows[missing] = taken[group]
        first, taken = first[by_time], taken[by_time]
        for column, values in zip(self._columns.key_columns(), keys.columns, strict=True):
            column[taken] = values[first]
        self._columns.hash[taken] = keys.hash[first]
        self._begin(batch, first, taken, keys.swapped[first])
        self._index.insert(taken)
        return first

    def _begin(
        self, batch: PacketBatch, positions: NDArray[np.intp], rows: NDArray[np.intp], swapped: NDArray[np.bool_]
    ) -> None:
        """Fill the columns that the first packet of a flow decides."""
        columns = self._columns
        time = batch.frames.time_ns[positions]
        columns.first_ns[rows] = time
        columns.last_ns[rows] = time
        columns.clock_ns[rows] = np.maximum(columns.clock_ns[rows], time)
        columns.rate_second[rows] = time // SECOND
        columns.vlan[rows] = batch.vlan[positions]
        columns.ethertype[rows] = batch.ethertype[positions]
        columns.protocol[rows] = batch.protocol[positions]
        columns.interface[rows] = batch.frames.interface[positions]
        columns.application[rows] = applications(batch, positions)
        columns.initiator[rows] = swapped ^ ~sent_by_initiator(batch, positions)

    def _restart(
        self,
        batch: PacketBatch,
        order: FlowOrder,
        restarts: Restarts,
        rows: NDArray[np.intp],
        newest_rows: NDArray[np.intp],
    ) -> None:
        """Give flows that begin with a known key rows of their own.

        Changes `rows` to the row of each packet's flow, `newest_rows` to that of the newest flow with its key.
        """
        at, segments = restarts.index, order.segments
        taken = self._columns.take(len(at))
        self._inherit(order.rows[at], taken)
        self._columns.resumed[taken] = restarts.resumed
        self._columns.reused[taken] = ~restarts.resumed
        self._begin(batch, order.positions[at], taken, order.sender[at] != 0)
        newest = np.zeros(len(order), np.intp)
        newest[at] = np.arange(1, len(at) + 1)
        newest = segments.running_max(newest)
        final = np.where(newest > 0, taken[newest - 1], order.rows)
        before, after = order.rows[segments.starts], final[segments.ends]
        replaced = after != before
        self._index.replace(before[replaced], after[replaced])
        rows[order.positions] = final
        newest_rows[order.positions] = after.take(segments.number)

    def _inherit(self, old: NDArray[np.intp], new: NDArray[np.intp]) -> None:
        """Give `new` rows the keys of `old` ones, and what is remembered of these keys."""
        columns = self._columns
        for name in ("high_0", "low_0", "high_1", "low_1", "rest", "hash", "clock_ns"):
            values = getattr(columns, name)
            values[new] = values[old]
        for name in ("syn_isn", "syn_known"):
            values = getattr(columns, name).reshape(-1, 2)
            values[new] = values[old]

    def _number(self, rows: NDArray[np.intp], fragment: NDArray[np.uint16]) -> NDArray[np.intp]:
        """Give flows that begin their serials; return their rows, in the same order.

        `fragment` is that of their first packets.
        """
        if not len(rows):
            return rows
        serials = np.arange(self._serial + 1, self._serial + 1 + len(rows))
        self._columns.serial[rows] = serials
        self.serials.note(serials, rows)
        self._serial += len(rows)
        resumed = self._columns.resumed[rows]
        self.resumed += int(np.count_nonzero(resumed))
        anew = rows[~resumed]
        protocol = self._columns.protocol[anew]
        # the key cannot tell fragments from a scanner that uses port 0 twice
        nameless = (fragment[~resumed] & FRAGMENT_OFFSET != 0) & (self._columns.rest[anew] >> np.uint64(32) == 0)
        nameless &= (protocol == PROTOCOL_UDP) | (protocol == PROTOCOL_TCP)
        self.begun += np.bincount(np.where(nameless, PROTOCOL_NONE, protocol), minlength=256)
        return rows


def _distinct(
    keys: FlowKeys, positions: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Group `positions` by key: return them sorted, the group of each, and the first position of each group."""
    mask = np.uint64((1 << POSITION_BITS) - 1)
    sorted_hash = keys.hash[positions] & ~mask | positions.astype(np.uint64)
    sorted_hash.sort()
    order = (sorted_hash & mask).astype(np.intp)
    same_hash = sorted_hash[1:] >> np.uint64(POSITION_BITS) == sorted_hash[:-1] >> np.uint64(POSITION_BITS)
    same = _same_as_before(keys, order)
    if (same != same_hash).any():
        # Two keys share a hash; only a full sort brings equal keys together
        order = positions[np.lexsort((positions, *(column[positions] for column in keys.columns)))]
        same = _same_as_before(keys, order)
    group = np.concatenate(([0], np.cumsum(~same)))
    first = order[np.concatenate(([True], ~same))]
    return order, group, first


def _same_as_before(keys: FlowKeys, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    same = np.ones(len(positions) - 1, np.bool_)
    for column in keys.columns:
        values = column[positions]
        same &= values[1:] == values[:-1]
    return same
