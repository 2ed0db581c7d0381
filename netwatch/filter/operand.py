"""Operand: something that has values in packets, whatever it was made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netwatch.filter.error import DisplayFilterError
from netwatch.filter.values import Kind, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.filter.field import Reader
    from netwatch.filter.packets import Packets
    from netwatch.filter.syntax import Entity

SLICED: Final = frozenset({Kind.BYTES, Kind.PROTOCOL, Kind.TEXT, Kind.ETHER, Kind.IPV4, Kind.IPV6})
CALCULATED: Final = frozenset({Kind.NUMBER, Kind.BOOLEAN, Kind.DURATION})


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """Something that has values in packets."""

    kind: Kind
    read: Reader
    cost: int = 0
    needs: frozenset[str] = frozenset()
    symbols: Mapping[str, int] | None = None
    there: Callable[[Packets], NDArray[np.bool_]] | None = None
    layer: str = ""
    """As Field has it."""


def mapped(inner: Operand, change: Callable[[Any], Any]) -> Reader:
    """Return what reads `inner` and changes all its values at once."""

    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        values = inner.read(packets, wanted)
        return Values(values.rows, change(values.data))

    return read


def check_kind(operand: Operand, kinds: frozenset[Kind], entity: Entity, wanted: str) -> None:
    """Raise DisplayFilterError unless `operand` is of one of `kinds`; `wanted` says what belongs at `entity`."""
    if operand.kind not in kinds:
        at = entity.span.position
        raise DisplayFilterError(f"{wanted} is needed here, this is {operand.kind.value}", at, entity.span.end - at)
