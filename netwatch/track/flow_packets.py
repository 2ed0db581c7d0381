"""FlowPackets: what is measured of packets whose flows are known, and the block in which they wait to be measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import CUT_SHORT, FRAGMENT_OFFSET, MALFORMED, PROTOCOL_TCP, TCP_SYN
from netwatch.track.tcp_options import SynOptions, syn_options
from netwatch.track.tcp_refusal import Refusals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

BLOCK: Final = 65536
"""Packets that are measured at once, in some 20 ms. A numpy call costs as much as the work on a thousand packets, and
looking up what is known of a flow as much as the work on several of its packets: many are measured at less cost."""
VLAN_TAG_BYTES: Final = 4
"""Bytes of a tag that the kernel took out; they were on the wire, and a saved file has them again."""


@dataclass(frozen=True, slots=True, eq=False)
class FlowPackets:
    """Packets in the order of their arrival; arrays have shape (n,)."""

    rows: NDArray[np.intp]
    """The row of each packet's flow."""
    sender: NDArray[np.intp]
    """The end of the flow's key that sent it, 0 or 1."""
    time_ns: NDArray[np.int64]
    size: NDArray[np.int64]
    """Bytes on the wire, a VLAN tag that the kernel took out included."""
    payload: NDArray[np.int64]
    """Bytes behind the transport header."""
    protocol: NDArray[np.uint8]
    ttl: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    seq: NDArray[np.uint32]
    ack: NDArray[np.uint32]
    window: NDArray[np.uint16]
    """Fields of the TCP header."""
    segment: NDArray[np.bool_]
    """Has a whole TCP header."""
    number: NDArray[np.int64]
    """Packet numbers."""
    options: SynOptions
    """Those of the segments with SYN."""
    refusals: Refusals
    """The ICMP errors among the packets."""

    def __len__(self) -> int:
        return len(self.rows)


class PacketBlock:
    """Room for BLOCK packets."""

    def __init__(self) -> None:
        self._columns: dict[str, NDArray[Any]] = {name: np.zeros(BLOCK, dtype) for name, dtype in _COLUMNS.items()}
        self._used = 0
        self._options: list[SynOptions] = []
        self._refusals: list[Refusals] = []

    def __len__(self) -> int:
        return self._used

    @property
    def first_ns(self) -> int:
        """Capture time of the first packet that waits; there must be one."""
        return int(self._columns["time_ns"][0])

    def add(
        self, batch: PacketBatch, rows: NDArray[np.intp], sender: NDArray[np.bool_], refusals: Refusals | None
    ) -> None:
        """Add the packets of `batch`, which must fit; `refusals` are the ICMP errors among them."""
        start, stop = self._used, self._used + len(batch)
        segment = _segments(batch)
        values = (
            rows, sender, batch.frames.time_ns, batch.frames.wire_length, batch.payload_length, batch.protocol,
            batch.ttl, batch.tcp_flags, batch.tcp_seq, batch.tcp_ack, batch.tcp_window, segment,
            batch.numbered(),
        )  # fmt: skip
        for column, added in zip(self._columns.values(), values, strict=True):
            column[start:stop] = added
        if batch.frames.stripped_tag.any():
            self._columns["size"][start:stop] += np.where(batch.frames.stripped_tag != 0, VLAN_TAG_BYTES, 0)
        syns = np.flatnonzero(batch.tcp_flags & TCP_SYN)
        if len(syns):
            syns = syns[segment[syns]]
            self._options.append(syn_options(batch, syns, start))
        if refusals is not None:
            self._refusals.append(refusals.shifted(start))
        self._used = stop

    def take(self) -> FlowPackets:
        """Return the packets that wait, which are views until the next `add`, and forget them."""
        columns = {name: column[: self._used] for name, column in self._columns.items()}
        packets = FlowPackets(
            **columns, options=SynOptions.joined(self._options), refusals=Refusals.joined(self._refusals)
        )
        self._used = 0
        self._options, self._refusals = [], []
        return packets


_COLUMNS: Final[dict[str, type[np.generic]]] = {
    "rows": np.intp,
    "sender": np.intp,
    "time_ns": np.int64,
    "size": np.int64,
    "payload": np.int64,
    "protocol": np.uint8,
    "ttl": np.uint8,
    "flags": np.uint8,
    "seq": np.uint32,
    "ack": np.uint32,
    "window": np.uint16,
    "segment": np.bool_,
    "number": np.int64,
}


def _segments(batch: PacketBatch) -> NDArray[np.bool_]:
    """Return which packets have a whole TCP header: no later fragments, none that is cut short in it."""
    segment: NDArray[np.bool_] = batch.protocol == PROTOCOL_TCP
    pieces = batch.fragment & FRAGMENT_OFFSET
    if pieces.any():
        segment &= pieces == 0
    damaged = batch.status & (MALFORMED | CUT_SHORT)
    if damaged.any():
        # Flags that could not be read are 0, as no segment of a connection has them
        segment &= (damaged == 0) | (batch.tcp_flags != 0)
    return segment
