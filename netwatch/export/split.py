"""Capture files of what matters: the packets of each alert, or of each of the heaviest flows, read a second time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.capture.frame_rows import chosen
from netwatch.capture.recorder import Recorder
from netwatch.decode.decoder import decode
from netwatch.errors import FileError
from netwatch.tables.query import TableQuery

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from netwatch.capture.source import Source
    from netwatch.decode.batch import PacketBatch
    from netwatch.run.session import Session
    from netwatch.tables.selection import PacketFilter

MOST_FILES: Final = 100
"""Alerts or flows that get a file; all are open at once."""
MOST_FLOWS: Final = 20
"""Flows of one alert whose packets are written."""
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class Pick(NamedTuple):
    """What goes into one file."""

    name: str
    """Of the file, without its suffix."""
    numbers: frozenset[int]
    """Packets that belong to it whatever the filters say."""
    filters: tuple[PacketFilter, ...]

    def mask(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets of a batch belong to it."""
        found = np.zeros(len(batch), np.bool_)
        for wanted in self.filters:
            found |= wanted.mask(batch)
        here = [number for number in self.numbers if batch.first_number <= number <= batch.last_number]
        found[np.array(here, np.intp) - batch.first_number] = True
        return found


def alert_picks(session: Session) -> list[Pick]:
    """Return a file for each alert: its evidence, and the flows between its source and destination."""
    summary = session.detection.summary()
    return [
        Pick(
            f"alert_{alert.serial:05d}_{_safe(alert.rule)}",
            frozenset(alert.packets),
            _flows_between(session, alert.source, alert.destination),
        )
        for alert in summary.alerts[:MOST_FILES]
    ]


def flow_picks(session: Session, sort: str, count: int) -> list[Pick]:
    """Return a file for each of the flows that are first by `sort`."""
    table = session.page("flows", TableQuery(sort, count=min(count, MOST_FILES))).table
    return [
        Pick(
            f"flow_{place + 1:05d}_{_safe(table.source[place])}_{int(table.sport[place])}_to_"
            f"{_safe(table.destination[place])}_{int(table.dport[place])}",
            frozenset(),
            (session.analysis.packet_filter("flows", int(table.serial[place])),),
        )
        for place in range(len(table))
    ]


def split(source: Source, picks: list[Pick], folder: Path) -> dict[str, int]:
    """Write the packets of `source` that each of `picks` wants; return how many each file has.

    Files without packets are not made.

    Raises:
        FileError: a file exists, or there is no space; those that were begun are valid as far as they go.
    """
    recorders: dict[str, Recorder] = {}
    first = 1
    try:
        while True:
            try:
                frames = source.read(1.0)
            except EOFError:
                break
            if frames is None:
                continue
            batch = decode(frames, first)
            first += len(frames)
            for pick in picks:
                rows = pick.mask(batch).nonzero()[0]
                if not len(rows):
                    continue
                if pick.name not in recorders:
                    recorders[pick.name] = Recorder(str(folder / f"{pick.name}.pcapng"), source.interfaces)
                recorders[pick.name].append(chosen(frames, rows), source.interfaces)
    finally:
        for recorder in recorders.values():
            recorder.close()
    for recorder in recorders.values():
        if recorder.state.error:
            raise FileError(recorder.state.error)
    return {name: recorder.state.packets for name, recorder in recorders.items()}


def _flows_between(session: Session, source: str, destination: str) -> tuple[PacketFilter, ...]:
    if not source or not destination:
        return ()
    table = session.page("flows", TableQuery("first", text=f"{source} {destination}", count=MOST_FLOWS)).table
    return tuple(session.analysis.packet_filter("flows", int(serial)) for serial in table.serial.tolist())


def _safe(text: str) -> str:
    return _UNSAFE.sub("-", text)[:60]
