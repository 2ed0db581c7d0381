"""Field: a name of the language, what its values are, and how they are read out of packets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.filter.packets import Packets
    from netwatch.filter.values import Kind, Values

    Reader: TypeAlias = Callable[[Packets, NDArray[np.bool_]], Values]
    """Given the packets of a batch and which of them matter, shape (n,); values of others may be left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field as Wireshark names it, or one of ours."""

    name: str
    kind: Kind
    read: Reader
    title: str
    """A few words for completion."""
    cost: int = 0
    """0 when numpy reads whole batches, 1 when Python reads each packet: those are asked last."""
    symbols: Mapping[str, int] = field(default_factory=dict)
    """Names of its numbers."""
    needs: str = ""
    """What must be known besides the packets: empty, `streams` or `tables`."""
    detail: str = ""
    """Which of streams.DETAILS it needs, empty for none."""
    layer: str = ""
    """Of a protocol, the name of its headers in LayerTable."""
    there: Callable[[Packets], NDArray[np.bool_]] | None = None
    """Tells at once which packets have it, where that is cheaper than to read the values."""
