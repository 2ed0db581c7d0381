"""Which packets a StreamTracker has to look at one by one, found out for a part of a batch at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    CUT_SHORT,
    FRAGMENT_OFFSET,
    MALFORMED,
    MORE_FRAGMENTS,
    TCP_ACK,
    TCP_FIN,
    TCP_RST,
    TCP_SYN,
)
from netwatch.track.stream_columns import IDLE, READING, UNDECIDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.stream_columns import StreamColumns
    from netwatch.track.stream_opening import StreamProtocols

TRIES: Final = 4
"""Segments of a direction that may tell the protocol of a stream whose beginning was not captured."""
LOOK_AHEAD: Final = 16
"""Packets of a flow that are looked for at once when it turns out that they matter."""
MARKS: Final = TCP_SYN | TCP_FIN | TCP_RST
"""What a segment without payload may tell."""


@dataclass(frozen=True, slots=True, eq=False)
class StreamPackets:
    """Packets of a batch and their flows; columns have shape (n,)."""

    batch: PacketBatch
    rows: NDArray[np.intp]
    from_initiator: NDArray[np.bool_]
    numbers: NDArray[np.int64] | None = None
    """Packet numbers, where they are not those of the batch."""

    def __len__(self) -> int:
        return len(self.rows)

    def number(self, position: int) -> int:
        """Return a packet's number."""
        return self.batch.number(position) if self.numbers is None else int(self.numbers[position])

    def keys(self, start: int, stop: int) -> NDArray[np.intp]:
        """Return the directions, as StreamColumns numbers them, of some of the packets."""
        keys: NDArray[np.intp] = self.rows[start:stop] * 2
        keys += self.from_initiator[start:stop]
        return keys


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """The packets to look at, in order; columns have shape (n,)."""

    positions: NDArray[np.intp]
    keys: NDArray[np.intp]
    reading: NDArray[np.bool_]
    """The flow was read before this part of the batch."""

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, chosen: NDArray[np.intp]) -> Selected:
        """Return only some of them."""
        return Selected(self.positions[chosen], self.keys[chosen], self.reading[chosen])


def select(
    packets: StreamPackets, start: int, stop: int, columns: StreamColumns, protocols: StreamProtocols
) -> Selected | None:
    """Return what to look at of the packets `start` to `stop` - 1, None for nothing.

    Directions that began with something that no protocol begins with are IDLE from now on.
    """
    batch = packets.batch
    telling = batch.payload_length[start:stop] > 0
    telling |= batch.tcp_flags[start:stop] & MARKS != 0
    if columns.waits:
        telling |= columns.waiting.take(packets.keys(start, stop) ^ 1)
    at = np.flatnonzero(telling)
    at += start
    keys = packets.rows.take(at) * 2
    keys += packets.from_initiator.take(at)
    live = columns.state.take(keys) != IDLE
    if columns.waits:
        live |= columns.waiting.take(keys ^ 1)
    resets = np.flatnonzero(batch.tcp_flags.take(at) & TCP_RST)
    if len(resets):
        live[resets] |= columns.state[keys[resets] ^ 1] == READING
    chosen = np.flatnonzero(live)
    if not len(chosen):
        return None
    at, keys = at.take(chosen), keys.take(chosen)
    sound = _sound(batch, at)
    if sound is not None:
        at, keys = at[sound], keys[sound]
    state = columns.state[keys]
    reading = (state == READING) | (columns.state[keys ^ 1] == READING)
    wanted = np.zeros(len(at), np.bool_)
    read = np.flatnonzero(reading)
    if len(read):
        wanted[read] = _wanted(batch, at[read], keys[read], columns)
    new = np.flatnonzero((state == UNDECIDED) & ~reading)
    if len(new):
        wanted[new] = _may_begin(batch, at[new], keys[new], columns, protocols)
    chosen = np.flatnonzero(wanted)
    return Selected(at[chosen], keys[chosen], reading[chosen]) if len(chosen) else None


def matters(
    packets: StreamPackets, key: int, start: int, stop: int, columns: StreamColumns
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return positions and directions of the next packets of the flow of a direction that may matter by now."""
    batch = packets.batch
    at = start + np.flatnonzero(packets.rows[start:stop] == key >> 1)
    sound = _sound(batch, at)
    at = at if sound is None else at[sound]
    keys = (key & ~1) + packets.from_initiator[at]
    wanted = (batch.payload_length[at] > 0) & _ahead(batch, at, keys, columns) & (columns.state[keys] != IDLE)
    wanted |= batch.tcp_flags[at] & MARKS != 0
    if columns.waits:
        wanted |= _resolves(batch, at, keys, columns)
    chosen = np.flatnonzero(wanted)[:LOOK_AHEAD]
    return at[chosen], keys[chosen]


def _sound(batch: PacketBatch, at: NDArray[np.intp]) -> NDArray[np.bool_] | None:
    """Return which packets are whole segments with a header that could be read; None for all."""
    damaged = batch.status[at] & (MALFORMED | CUT_SHORT) != 0
    pieces = batch.fragment[at] & (FRAGMENT_OFFSET | MORE_FRAGMENTS) != 0
    if not (damaged.any() or pieces.any()):
        return None
    # Flags that could not be read are 0, as no segment of a connection has them
    sound: NDArray[np.bool_] = ~pieces & (~damaged | (batch.tcp_flags[at] != 0))
    return sound


def _ahead(
    batch: PacketBatch, at: NDArray[np.intp], keys: NDArray[np.intp], columns: StreamColumns
) -> NDArray[np.bool_]:
    """Return which segments reach behind what was handed on or skipped of their direction."""
    ahead: NDArray[np.bool_] = (
        _begin(batch, at) + batch.payload_length[at].astype(np.uint32) - columns.next[keys]
    ).view(np.int32) > 0
    return ahead | ~columns.known[keys]


def _wanted(
    batch: PacketBatch, at: NDArray[np.intp], keys: NDArray[np.intp], columns: StreamColumns
) -> NDArray[np.bool_]:
    """Return which packets of flows that are read matter."""
    flags = batch.tcp_flags[at]
    wanted = (batch.payload_length[at] > 0) & _ahead(batch, at, keys, columns)
    wanted |= flags & TCP_FIN != 0
    # A direction may begin while the other is read already
    wanted |= (flags & TCP_SYN != 0) & ~columns.known[keys]
    wanted &= columns.state[keys] != IDLE
    wanted |= flags & TCP_RST != 0
    if columns.waits:
        wanted |= _resolves(batch, at, keys, columns)
    return wanted


def _resolves(
    batch: PacketBatch, at: NDArray[np.intp], keys: NDArray[np.intp], columns: StreamColumns
) -> NDArray[np.bool_]:
    """Return which packets acknowledge what the capture misses of the other direction."""
    other = keys ^ 1
    found: NDArray[np.bool_] = columns.waiting[other] & (batch.tcp_flags[at] & TCP_ACK != 0)
    found &= (batch.tcp_ack[at] - columns.gap_end[other]).view(np.int32) >= 0
    return found


def _may_begin(
    batch: PacketBatch,
    at: NDArray[np.intp],
    keys: NDArray[np.intp],
    columns: StreamColumns,
    protocols: StreamProtocols,
) -> NDArray[np.bool_]:
    """Return which packets of flows that are not read yet may matter: all that tell of those that may begin a protocol.

    Most turn out not to matter once the first of them were looked at, which costs less than to look for them again.
    Of other flows it is noted here what they told: where a direction begins, or nothing.
    """
    telling = (batch.payload_length[at] > 0) | (batch.tcp_flags[at] & MARKS != 0)
    irregular = _note_beginnings(batch, at, keys, np.flatnonzero(telling), columns)
    payload = np.flatnonzero(batch.payload_length[at] > 0)
    # Keep-alives repeat a byte in front of all others
    payload = payload[_ahead(batch, at[payload], keys[payload], columns)]
    hopeful = _hopeful(batch, at[payload], keys[payload], columns, protocols)
    marked = np.unique(np.concatenate((keys[payload[hopeful]] >> 1, irregular)))
    rows = keys[payload] >> 1
    of_marked = _among(rows, marked)
    _give_up(keys[payload[~of_marked]], columns)
    marks = batch.tcp_flags[at] & MARKS
    # All that a SYN tells is known by now, unless it comes with data
    wanted: NDArray[np.bool_] = (marks != 0) & ((marks != TCP_SYN) | ~columns.known[keys])
    wanted &= _among(keys >> 1, marked)
    wanted[payload[of_marked]] = True
    if len(irregular):
        wanted |= telling & _among(keys >> 1, np.unique(irregular))
    return wanted


def _note_beginnings(
    batch: PacketBatch,
    at: NDArray[np.intp],
    keys: NDArray[np.intp],
    telling: NDArray[np.intp],
    columns: StreamColumns,
) -> NDArray[np.intp]:
    """Note the sequence numbers of first SYNs; return rows of flows in which another packet that tells is before."""
    syns = np.flatnonzero(batch.tcp_flags[at] & TCP_SYN)
    syns = syns[~columns.known[keys[syns]]]
    if not len(syns):
        return syns
    of_syn, first = np.unique(keys[syns], return_index=True)
    syns = syns[first]
    place = np.minimum(np.searchsorted(of_syn, keys[telling]), len(of_syn) - 1)
    early = (of_syn[place] == keys[telling]) & (telling < syns[place])
    irregular: NDArray[np.intp] = keys[telling[early]] >> 1
    if len(irregular):
        syns = syns[~_among(keys[syns] >> 1, np.unique(irregular))]
    columns.known[keys[syns]] = True
    columns.next[keys[syns]] = batch.tcp_seq[at[syns]] + np.uint32(1)
    return irregular


def _among(values: NDArray[np.intp], wanted: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which values are among those `wanted`, which ascend."""
    if not len(wanted):
        return np.zeros(len(values), np.bool_)
    found: NDArray[np.bool_] = wanted[np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)] == values
    return found


def _hopeful(
    batch: PacketBatch,
    at: NDArray[np.intp],
    keys: NDArray[np.intp],
    columns: StreamColumns,
    protocols: StreamProtocols,
) -> NDArray[np.bool_]:
    """Return which segments may be the first of a protocol, or leave room for one that may."""
    known, ports = columns.known[keys], (batch.sport[at], batch.dport[at])
    data, begin, captured = batch.frames.data, batch.payload_offset[at], batch.payload_captured[at]
    hopeful = protocols.may_begin(data, begin, captured, ports, known)
    return hopeful | (known & ((_begin(batch, at) - columns.next[keys]).view(np.int32) > 0))


def _begin(batch: PacketBatch, at: NDArray[np.intp]) -> NDArray[np.uint32]:
    """Return the sequence number of the first byte of payload."""
    begin: NDArray[np.uint32] = batch.tcp_seq[at] + (batch.tcp_flags[at] & TCP_SYN != 0).astype(np.uint32)
    return begin


def _give_up(keys: NDArray[np.intp], columns: StreamColumns) -> None:
    """Note segments that told nothing."""
    if not len(keys):
        return
    keys, counts = np.unique(keys, return_counts=True)
    tries = columns.tries[keys] + counts
    columns.tries[keys] = np.minimum(tries, TRIES)
    columns.state[keys[tries >= np.where(columns.known[keys], 1, TRIES)]] = IDLE
