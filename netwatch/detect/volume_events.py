"""Bursts: destinations that got many UDP datagrams or ICMP requests in one tick of packet time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_UDP
from netwatch.detect.columns import Columns, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

LEAST_PACKETS: Final = 125
"""Packets to one destination in one tick that make a burst: 500 a second."""
MOST_BURSTS: Final = 64
"""Destinations of one tick, those with most packets."""


@dataclass(slots=True, eq=False)
class Bursts(Columns):
    """Destinations with many packets, those of UDP and ICMP apart; `number` is that of the last of them."""

    dst_high: NDArray[np.uint64]
    dst_low: NDArray[np.uint64]
    protocol: NDArray[np.uint8]
    packets: NDArray[np.int64]
    bytes: NDArray[np.int64]
    replies: NDArray[np.int64]
    """Packets of the same protocol that the destination sent in the tick."""
    sources: NDArray[np.int64]
    """Different addresses that sent them."""
    source_high: NDArray[np.uint64]
    source_low: NDArray[np.uint64]
    """Of the last packet."""
    port: NDArray[np.uint16]
    """Destination port of the last packet, of ICMP 0."""
    source_port: NDArray[np.uint16]
    """The most frequent one, 0 for ICMP."""
    source_port_share: NDArray[np.float64]
    """Share of the packets that came from it."""


class BurstCounter:
    """Keeps what it counts of the running tick, and counts only if there are enough packets in it."""

    def __init__(self) -> None:
        self._parts: list[dict[str, NDArray[Any]]] = []
        """_COLUMNS of the tick's packets of UDP and ICMP; copies, or a few packets would keep whole batches alive."""
        self._ready: list[Bursts] = []
        self._tick = -1

    def add(self, batch: PacketBatch, ticks: NDArray[np.int64]) -> None:
        """Take a batch; `ticks` are the ticks of its packets, ascending."""
        at = np.flatnonzero(_COUNTED.take(batch.protocol))
        if not len(at):
            return
        of = ticks[at]
        starts = np.flatnonzero(np.concatenate(([True], of[1:] != of[:-1])))
        stops = np.append(starts[1:], len(at))
        # A tick that begins and ends in this batch with too few packets is none that counts: nearly all of them
        wanted = stops - starts >= LEAST_PACKETS
        wanted[[0, -1]] = True
        for start, stop in zip(starts[wanted].tolist(), stops[wanted].tolist(), strict=True):
            running = int(of[start])
            if running != self._tick:
                self._count()
                self._tick = running
            self._parts.append(_columns(batch, at[start:stop]))

    @property
    def waiting(self) -> bool:
        """Whether bursts of ticks that are over wait."""
        return bool(self._ready)

    def numbers(self) -> NDArray[np.int64]:
        """Return the packet numbers of the bursts that wait."""
        return np.concatenate([np.zeros(0, np.int64), *(burst.number[-1:] for burst in self._ready)])

    def take(self, number: int) -> Bursts | None:
        """Return the bursts whose tick is over by packet `number`, those of several ticks one behind the other."""
        if self._parts and self._parts[-1]["number"][-1] <= number:
            self._count()
        found = [burst for burst in self._ready if burst.number[-1] <= number]
        self._ready = [burst for burst in self._ready if burst.number[-1] > number]
        return joined(found) if found else None

    def _count(self) -> None:
        parts, self._parts = self._parts, []
        if sum(len(part["number"]) for part in parts) < LEAST_PACKETS:
            return
        bursts = _bursts({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
        if bursts is not None:
            self._ready.append(bursts)


def _columns(batch: PacketBatch, at: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    """Return what is counted of some packets, by the names of PacketBatch, with their numbers and times."""
    columns: dict[str, NDArray[Any]] = {name: getattr(batch, name)[at] for name in _COLUMNS}
    return columns | {"number": batch.numbers_at(at), "time_ns": batch.frames.time_ns[at]}


def _bursts(columns: dict[str, NDArray[Any]]) -> Bursts | None:
    number, time_ns = columns["number"], columns["time_ns"]
    mixer = np.uint64(0x9E37_79B9_7F4A_7C15)
    udp = columns["protocol"] == PROTOCOL_UDP

    def ends(end: str) -> NDArray[np.uint64]:
        mixed: NDArray[np.uint64] = (columns[f"{end}_low"] ^ columns[f"{end}_high"] * mixer) * mixer
        mixed ^= udp.astype(np.uint64)
        return mixed

    to, of = ends("dst"), ends("src")
    keys, counts = np.unique(to, return_counts=True)
    most = np.argsort(counts, kind="stable")[::-1][:MOST_BURSTS]
    rows = []
    for key in keys[most[counts[most] >= LEAST_PACKETS]].tolist():
        here = np.flatnonzero(to == np.uint64(key))
        last = int(here[-1])
        sports, times = np.unique(columns["sport"][here], return_counts=True)
        top = int(np.argmax(times))
        rows.append(
            (
                number[last], time_ns[last], columns["dst_high"][last], columns["dst_low"][last],
                columns["protocol"][last], len(here), columns["payload_length"][here].sum(),
                np.count_nonzero(of == np.uint64(key)), len(np.unique(of[here])), columns["src_high"][last],
                columns["src_low"][last], columns["dport"][last] if udp[last] else 0,
                sports[top] if udp[last] else 0, times[top] / len(here),
            )
        )  # fmt: skip
    if not rows:
        return None
    rows.sort(key=lambda row: int(row[0]))
    kinds = ("i8", "i8", "u8", "u8", "u1", "i8", "i8", "i8", "i8", "u8", "u8", "u2", "u2", "f8")
    return Bursts(*(np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)))


_COLUMNS: Final = ("src_high", "src_low", "dst_high", "dst_low", "sport", "dport", "protocol", "payload_length")
_COUNTED: Final = np.zeros(256, np.bool_)
_COUNTED[[PROTOCOL_UDP, PROTOCOL_ICMP, PROTOCOL_ICMPV6]] = True
