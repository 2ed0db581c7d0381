"""Signatures that say nothing but protocol, addresses and ports: each direction of a flow is asked as it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.detect.directions import Directions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.rules.signature import Signature

MOST_PAIRS: Final = 65_536
"""Pairs of addresses of which it is remembered which signatures are about them."""
MOST_A_BATCH: Final = 20_000
"""Beginnings of one batch that are looked at where nobody can wait."""
Pair = tuple[int, int]
"""Source and destination, addresses of 128 bit."""


class HeaderRules:
    """Finds the packets that are asked about, and the signatures that may be about their addresses."""

    def __init__(self, signatures: Sequence[Signature]) -> None:
        self._signatures = [each for each in signatures if each.of_headers]
        self.directions = Directions()
        self._about: dict[Pair, tuple[Signature, ...]] = {}

    def __len__(self) -> int:
        return len(self._signatures)

    @staticmethod
    def ends(batch: PacketBatch, rows: NDArray[np.intp]) -> Iterator[Pair]:
        """Yield source and destination of the packets in `rows`."""
        columns = (batch.src_high, batch.src_low, batch.dst_high, batch.dst_low)
        for high, low, to_high, to_low in zip(*(column[rows].tolist() for column in columns), strict=True):
            yield high << 64 | low, to_high << 64 | to_low

    def cost(self, pair: Pair) -> int:
        """Return how many signatures have to be asked about a pair of addresses, 1 if that was."""
        return 1 if pair in self._about else len(self._signatures)

    def about(self, pair: Pair) -> tuple[Signature, ...]:
        """Return the signatures that may be about a pair of addresses."""
        found = self._about.get(pair)
        if found is None:
            if len(self._about) >= MOST_PAIRS:
                self._about.clear()
            found = self._about[pair] = tuple(each for each in self._signatures if _concerns(each, *pair))
        return found


def _concerns(signature: Signature, source: int, destination: int) -> bool:
    forth = source in signature.source and destination in signature.destination
    return forth or (signature.both_ways and destination in signature.source and source in signature.destination)
