"""One line a packet: as EVE records of the type `packet`, and as a CSV log."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP
from netwatch.decode.row import NONE, packet_row
from netwatch.export.eve import Ends, endpoints, identity, timestamps, vlans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.flow_columns import FlowColumns

REMEMBERED: Final = 50_000
"""Directions of flows whose common fields are kept as text."""
_LETTERS: Final = "FSRPAUEC"
"""The eight flags from the lowest on."""
FLAG_TEXTS: Final = tuple(
    "".join(letter for bit, letter in enumerate(_LETTERS) if flags & 1 << bit) for flags in range(256)
)
CSV_HEADER: Final = ("timestamp", "src", "dst", "sport", "dport", "proto", "flags", "ttl", "length", "info")
_NO_FLAGS: Final = 256
_TAILS: Final = (*(f',"flags":"{text}"}}' for text in FLAG_TEXTS), "}")


class PacketLines:
    """Makes EVE lines of packets; what a flow's packets have in common is made once and kept."""

    def __init__(self, columns: FlowColumns) -> None:
        """Name flows as `columns` has them."""
        self._columns = columns
        self._common: dict[int, str] = {}
        """By serial * 2 + direction."""

    def lines(self, batch: PacketBatch, flows: FlowBatch, interfaces: Sequence[str]) -> list[str]:
        """Return a line for each packet of `batch`."""
        if not len(batch):
            return []
        frames = batch.frames
        key = self._columns.serial[flows.rows] * 2 + flows.from_initiator
        # packets of one flow may come from several interfaces, and messages of ICMP differ
        key = key << 32 | frames.interface.astype(np.int64) << 16
        icmp = (batch.protocol == PROTOCOL_ICMP) | (batch.protocol == PROTOCOL_ICMPV6)
        if icmp.any():
            key += np.where(icmp, batch.sport.astype(np.int64) << 8 | batch.dport & 0xFF, 0)
        keys, first, place = np.unique(key, return_index=True, return_inverse=True)
        texts = [
            self._common.get(known) or self._describe(known, batch, at, interfaces)
            for known, at in zip(keys.tolist(), first.tolist(), strict=True)
        ]
        tails = np.where(batch.protocol == PROTOCOL_TCP, batch.tcp_flags.astype(np.int16), _NO_FLAGS)
        return [
            f'{{"timestamp":"{time}",{texts[which]},"pcap_cnt":{number},"ttl":{ttl},"length":{length}{_TAILS[tail]}'
            for number, time, which, ttl, length, tail in zip(
                batch.numbered().tolist(),
                timestamps(frames.time_ns),
                place.tolist(),
                batch.ttl.tolist(),
                frames.wire_length.tolist(),
                tails.tolist(),
                strict=True,
            )
        ]

    def _describe(self, key: int, batch: PacketBatch, at: int, interfaces: Sequence[str]) -> str:
        ends = packet_ends(batch, at)
        found = identity(ends)
        interface = batch.frames.interface.item(at)
        if interface < len(interfaces) and interfaces[interface]:
            found["in_iface"] = interfaces[interface]
        if vlan := vlans(batch.vlan.item(at)):
            found["vlan"] = vlan
        text = json.dumps(found | {"event_type": "packet"} | endpoints(ends), separators=(",", ":"))[1:-1]
        if len(self._common) >= REMEMBERED:
            self._common.clear()
        self._common[key] = text
        return text


def packet_ends(batch: PacketBatch, at: int) -> Ends:
    """Return who sends the packet at `at` to whom."""
    return Ends(
        (batch.src_high.item(at), batch.src_low.item(at)),
        batch.sport.item(at) if batch.protocol.item(at) != 255 else 0,
        (batch.dst_high.item(at), batch.dst_low.item(at)),
        batch.dport.item(at) if batch.protocol.item(at) != 255 else 0,
        batch.protocol.item(at),
        batch.ethertype.item(at),
    )


def csv_lines(batch: PacketBatch, rows: NDArray[np.intp] | None = None) -> list[str]:
    """Return a line for each packet, or for those at `rows`, with what the packet table says of it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    times = timestamps(batch.frames.time_ns)
    for at in range(len(batch)) if rows is None else rows.tolist():
        row = packet_row(batch, at, "")
        flags = FLAG_TEXTS[batch.tcp_flags.item(at)] if batch.protocol.item(at) == PROTOCOL_TCP else ""
        writer.writerow(
            (
                times[at],
                row.source,
                row.destination,
                _known(row.source_port),
                _known(row.destination_port),
                row.protocol,
                flags,
                _known(row.ttl),
                row.length,
                harmless(row.info),
            )
        )
    return text.getvalue().splitlines()


def csv_header() -> str:
    """Return the first line of the CSV log."""
    return ",".join(CSV_HEADER)


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _known(number: int) -> str:
    return "" if number == NONE else str(number)
