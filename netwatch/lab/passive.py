"""What a capture file tells without a packet sent: which MAC address claimed which IP address."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from netwatch.lab.input_file import as_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netwatch.decode.batch import PacketBatch
    from netwatch.lab.targets import IpAddress

READ_TIMEOUT = 0.2


def batches_of(path: str, stopped: Callable[[], bool] = lambda: False) -> Iterator[PacketBatch]:
    """Yield the packets of a capture file, decoded.

    Raises:
        InputFileError: it cannot be read.
    """
    from netwatch.capture.file_source import FileSource
    from netwatch.decode.decoder import decode

    with as_input():
        source = FileSource([path])
    number = 1
    try:
        while not stopped():
            try:
                with as_input():
                    frames = source.read(READ_TIMEOUT)
            except EOFError:
                return
            if frames is not None and len(frames):
                yield decode(frames, number)
                number += len(frames)
    finally:
        source.close()


def neighbours_seen(path: str) -> dict[IpAddress, str]:
    """Return the MAC address that claimed each IP address last in a capture file.

    Raises:
        InputFileError: it cannot be read.
    """
    from netwatch.tables.query import TableQuery
    from netwatch.track.neighbours import NeighbourTracker
    from netwatch.track.vendors import Vendors

    tracker = NeighbourTracker(seed=1, vendors=Vendors(lambda: ""))
    for batch in batches_of(path):
        tracker.feed(batch)
    table = tracker.page(TableQuery("serial", count=tracker.held)).table
    return {ipaddress.ip_address(ip): mac for ip, mac in zip(table.ip, table.mac, strict=True)}
