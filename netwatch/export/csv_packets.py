"""One line of CSV for each packet of a batch, with what the packet table says of it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.addresses import UNSPECIFIED_IPV6, address_text
from netwatch.decode.batch import ETHERTYPE_IPV6, PROTOCOL_TCP
from netwatch.decode.info.tcp import FLAGS
from netwatch.decode.row import NONE, packet_row, shown_lengths
from netwatch.export.direction_texts import DirectionTexts
from netwatch.export.eve import timestamps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.flow_columns import FlowColumns

CSV_HEADER: Final = ("timestamp", "src", "dst", "sport", "dport", "proto", "flags", "ttl", "length", "info")


class PacketTable:
    """Makes the lines of the log; the addresses of a flow's packets are written once and kept."""

    def __init__(self, columns: FlowColumns) -> None:
        """Name flows as `columns` has them."""
        self._addresses = DirectionTexts(columns, _addresses)

    def lines(self, batch: PacketBatch, flows: FlowBatch) -> list[str]:
        """Return a line for each packet of `batch`."""
        from netwatch.decode.info.ordinary import ordinary  # 50 readers, 0.1 s: nobody waits for them at the start

        if not len(batch):
            return []
        times = timestamps(batch.frames.time_ns)
        plain = ordinary(batch)
        found = [""] * len(batch)
        rows = plain.rows
        addresses = self._addresses.of(batch, flows)
        for at, sport, dport, protocol, flags, ttl, length, info in zip(
            rows.tolist(),
            batch.sport[rows].tolist(),
            batch.dport[rows].tolist(),
            plain.protocols,
            np.where(batch.protocol[rows] == PROTOCOL_TCP, batch.tcp_flags[rows], 0).tolist(),
            batch.ttl[rows].tolist(),
            shown_lengths(batch, rows).tolist(),
            plain.texts,
            strict=True,
        ):
            words = _quoted(info)
            found[at] = f"{times[at]},{addresses[at]},{sport},{dport},{protocol},{FLAGS[flags]},{ttl},{length},{words}"
        others = np.ones(len(batch), np.bool_)
        others[rows] = False
        rest = np.flatnonzero(others).tolist()
        for at, line in zip(rest, _one_by_one(batch, rest, times), strict=True):
            found[at] = line
        return found


def csv_header() -> str:
    """Return the first line of the CSV log."""
    return ",".join(CSV_HEADER)


def _addresses(batch: PacketBatch, rows: NDArray[np.intp]) -> list[str]:
    """Return the addresses of packets of IP; nobody asks for those of others."""
    unspecified = np.where(batch.ethertype[rows] == ETHERTYPE_IPV6, UNSPECIFIED_IPV6, "").tolist()
    return [
        f"{address_text(source_high, source_low) or nothing},{address_text(high, low) or nothing}"
        for source_high, source_low, high, low, nothing in zip(
            batch.src_high[rows].tolist(),
            batch.src_low[rows].tolist(),
            batch.dst_high[rows].tolist(),
            batch.dst_low[rows].tolist(),
            unspecified,
            strict=True,
        )
    ]


def _one_by_one(batch: PacketBatch, rows: list[int], times: list[str]) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for at in rows:
        row = packet_row(batch, at, "")
        flags = FLAGS[batch.tcp_flags.item(at)] if batch.protocol.item(at) == PROTOCOL_TCP else ""
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
        yield text.getvalue()[:-1]
        text.seek(0)
        text.truncate()


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _quoted(text: str) -> str:
    """Return a line of printable ASCII as the field that the csv module makes of it."""
    if text[:1] in "=+-@":
        text = harmless(text)
    if '"' in text:
        return f'"{text.replace(chr(34), chr(34) * 2)}"'
    return f'"{text}"' if "," in text else text


def _known(number: int) -> str:
    return "" if number == NONE else str(number)
