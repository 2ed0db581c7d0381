"""Tests: what a filter asks of packets, each a mask over those of a batch; the cheap ones are asked first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from netwatch.filter.packets import scattered
from netwatch.filter.values import paired

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.filter.literal_search import LiteralSearch
    from netwatch.filter.operand import Operand
    from netwatch.filter.packets import Packets


class PacketTest(Protocol):
    """Something that packets pass or not."""

    @property
    def cost(self) -> int:
        """0 when numpy looks at whole batches, 1 when Python looks at packets."""

    @property
    def needs(self) -> frozenset[str]:
        """What must be known besides the packets."""

    def mask(self, packets: Packets, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which packets pass; only the answers about `wanted` ones mean something."""


@dataclass(frozen=True, slots=True, eq=False)
class Exists:
    """The packet has a value."""

    operand: Operand

    @property
    def cost(self) -> int:
        """That of the operand."""
        return 0 if self.operand.there is not None else self.operand.cost

    @property
    def needs(self) -> frozenset[str]:
        """Those of the operand."""
        return self.operand.needs

    def mask(self, packets: Packets, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """See PacketTest."""
        if self.operand.there is not None:
            return self.operand.there(packets)
        return scattered(len(packets), self.operand.read(packets, wanted).rows)


@dataclass(frozen=True, slots=True, eq=False)
class Holds:
    """One value of the packet, or with `every` each of at least one, is as `holds` wants it."""

    operand: Operand
    holds: Callable[[object], NDArray[np.bool_]]
    every: bool = False

    @property
    def cost(self) -> int:
        """That of the operand."""
        return self.operand.cost

    @property
    def needs(self) -> frozenset[str]:
        """Those of the operand."""
        return self.operand.needs

    def mask(self, packets: Packets, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """See PacketTest."""
        values = self.operand.read(packets, wanted)
        return _quantified(len(packets), values.rows, self.holds(values.data), every=self.every)


@dataclass(frozen=True, slots=True, eq=False)
class HoldsBytes:
    """A protocol's header, or what is behind it, holds some bytes: looked for in all packets at once."""

    layer: str
    wanted: LiteralSearch
    by_value: Holds
    """The same, value by value, for headers inside of headers."""

    @property
    def cost(self) -> int:
        """Dearer than a column, as it looks at every byte."""
        return 1

    @property
    def needs(self) -> frozenset[str]:
        """Nothing."""
        return self.by_value.needs

    def mask(self, packets: Packets, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """See PacketTest."""
        found = packets.layers(self.layer)
        keep = np.flatnonzero(wanted[found.rows])
        begins, ends = found.begin[keep], found.end[keep]
        if self.by_value.every or (begins[1:] < ends[:-1]).any():
            return self.by_value.mask(packets, wanted)
        holding = self.wanted.every(packets.block, begins.tolist(), ends.tolist())
        return scattered(len(packets), found.rows[keep[np.array(holding, np.intp)]])


@dataclass(frozen=True, slots=True, eq=False)
class HoldsForPairs:
    """One pair of values of two fields, or with `every` each pair, is as `holds` wants it."""

    left: Operand
    right: Operand
    holds: Callable[[object, object], NDArray[np.bool_]]
    every: bool = False

    @property
    def cost(self) -> int:
        """That of the dearer side."""
        return max(self.left.cost, self.right.cost)

    @property
    def needs(self) -> frozenset[str]:
        """Those of both sides."""
        return self.left.needs | self.right.needs

    def mask(self, packets: Packets, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """See PacketTest."""
        left, right = paired(self.left.read(packets, wanted), self.right.read(packets, wanted))
        return _quantified(len(packets), left.rows, self.holds(left.data, right.data), every=self.every)


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    """What does not pass."""

    part: PacketTest

    @property
    def cost(self) -> int:
        """That of the part."""
        return self.part.cost

    @property
    def needs(self) -> frozenset[str]:
        """Those of the part."""
        return self.part.needs

    def mask(self, packets: Packets, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """See PacketTest."""
        return ~self.part.mask(packets, wanted)


@dataclass(frozen=True, slots=True, eq=False)
class Every:
    """What passes all parts, or, with `any`, one of them."""

    parts: tuple[PacketTest, ...]
    """The cheap ones first."""
    any: bool = False

    @property
    def cost(self) -> int:
        """That of the dearest part."""
        return max(part.cost for part in self.parts)

    @property
    def needs(self) -> frozenset[str]:
        """Those of all parts."""
        return frozenset().union(*(part.needs for part in self.parts))

    def mask(self, packets: Packets, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """See PacketTest."""
        open_still = wanted
        passed = np.zeros(len(packets), np.bool_)
        for part in self.parts:
            if not open_still.any():
                break
            found = part.mask(packets, open_still) & open_still
            if self.any:
                passed |= found
                open_still = open_still & ~found
            else:
                open_still = found
        return passed if self.any else open_still


@dataclass(frozen=True, slots=True, eq=False)
class OneOf:
    """What passes one of two parts and not the other."""

    left: PacketTest
    right: PacketTest

    @property
    def cost(self) -> int:
        """That of the dearer part."""
        return max(self.left.cost, self.right.cost)

    @property
    def needs(self) -> frozenset[str]:
        """Those of both parts."""
        return self.left.needs | self.right.needs

    def mask(self, packets: Packets, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """See PacketTest."""
        return self.left.mask(packets, wanted) ^ self.right.mask(packets, wanted)


def _quantified(count: int, rows: NDArray[np.intp], holds: NDArray[np.bool_], *, every: bool) -> NDArray[np.bool_]:
    if every:
        return scattered(count, rows) & ~scattered(count, rows[~holds])
    return scattered(count, rows[holds])
