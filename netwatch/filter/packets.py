"""Packets: the packets of a batch as fields read them, with what was already read of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from netwatch.filter.layers import LayerTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.filter.layers import Layers
    from netwatch.filter.streams import Streams
    from netwatch.filter.tables import Tables
    from netwatch.filter.values import Values

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known besides the packets of a batch."""

    first_ns: int = 0
    """Capture time of the first packet of all."""
    before_ns: int | NDArray[np.int64] = 0
    """Capture time of the packet before the first of the batch, whose packets follow one another; or of the packet
    before each, shape (n,). The first of all has its own."""
    streams: Streams | None = None
    """What the TCP and UDP streams of the capture tell, where a filter asks for it."""
    tables: Tables | None = None
    """What the trackers know, where a filter asks for it."""
    interfaces: tuple[str, ...] = ()
    """Names of the interfaces by Frames.interface."""


class Packets:
    """One batch while a filter looks at it."""

    def __init__(self, batch: PacketBatch, around: Surroundings) -> None:
        self.batch = batch
        self.around = around
        self._layers = LayerTable(batch)
        self._values: dict[str, Values] = {}
        self._read: dict[tuple[str, int], Any] = {}
        self._block: bytes | None = None

    def __len__(self) -> int:
        return len(self.batch)

    @property
    def block(self) -> bytes:
        """The bytes of all frames."""
        if self._block is None:
            self._block = self.batch.frames.data.tobytes()
        return self._block

    def layers(self, layer: str) -> Layers:
        """Return the headers of a protocol."""
        return self._layers[layer]

    def has(self, layer: str) -> NDArray[np.bool_]:
        """Return which packets have a header of a protocol, shape (n,)."""
        return scattered(len(self), self._layers[layer].rows)

    def values(self, name: str, make: Callable[[], Values]) -> Values:
        """Return the values of a field of a whole batch, made by `make` the first time."""
        if name not in self._values:
            self._values[name] = make()
        return self._values[name]

    def read(self, what: str, row: int, make: Callable[[], T]) -> T:
        """Return what `make` reads of one packet, which is done once."""
        key = (what, row)
        if key not in self._read:
            self._read[key] = make()
        found: T = self._read[key]
        return found

    def payload(self, row: int) -> bytes:
        """Return the captured bytes behind the transport header of a packet."""
        begin = self.batch.payload_offset.item(row)
        return self.block[begin : begin + self.batch.payload_captured.item(row)]


def scattered(count: int, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return a mask of shape (count,) that is True at `rows`."""
    mask = np.zeros(count, np.bool_)
    mask[rows] = True
    return mask
