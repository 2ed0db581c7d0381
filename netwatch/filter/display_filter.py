"""DisplayFilter: a compiled expression, and the run of one over the batches of a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.filter.packets import Packets, Surroundings
from netwatch.filter.parser import parse
from netwatch.filter.resolve import condition
from netwatch.filter.streams import StreamTracker
from netwatch.text import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.filter.conditions import PacketTest
    from netwatch.filter.tables import Tables


@dataclass(frozen=True, slots=True)
class DisplayFilter:
    """An expression that was understood; frozen, so that any thread may use it."""

    text: str
    test: PacketTest | None
    """None passes everything."""

    @property
    def needs(self) -> frozenset[str]:
        """What must be known besides the packets: `streams`, `tables`, and which of streams.DETAILS."""
        return self.test.needs if self.test is not None else frozenset()

    @property
    def label(self) -> str:
        """The expression, printable."""
        return printable(self.text, 200)


def compile_filter(text: str) -> DisplayFilter:
    """Return the filter that `text` describes in Wireshark's language; an empty one passes everything.

    Raises:
        DisplayFilterError: it is not understood; the error tells where.
    """
    tree = parse(text)
    return DisplayFilter(text.strip(), condition(tree) if tree is not None else None)


class FilterRun:
    """One filter over the batches of one capture, which must come in order; used by one thread."""

    def __init__(
        self,
        wanted: DisplayFilter,
        *,
        tables: Tables | None = None,
        interfaces: tuple[str, ...] = (),
        first_ns: int = 0,
    ) -> None:
        """Begin with the first batch; `first_ns` is the time of the capture's first packet, if that is not in it."""
        self.filter = wanted
        self.interfaces = interfaces
        self._tables = tables
        self._streams = StreamTracker(details=wanted.needs) if "streams" in wanted.needs else None
        self._first_ns = first_ns
        self._before_ns: int | None = None

    def mask(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets of the next batch pass, shape (len(batch),)."""
        every = np.ones(len(batch), np.bool_)
        if not len(batch) or self.filter.test is None:
            return every
        time_ns = batch.frames.time_ns
        self._first_ns = self._first_ns or int(time_ns[0])
        around = Surroundings(
            first_ns=self._first_ns,
            before_ns=int(time_ns[0]) if self._before_ns is None else self._before_ns,
            streams=self._streams.feed(batch) if self._streams is not None else None,
            tables=self._tables,
            interfaces=self.interfaces,
        )
        self._before_ns = int(time_ns[-1])
        return self.filter.test.mask(Packets(batch, around), every)
