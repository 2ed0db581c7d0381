"""Traces: which ICMP errors answer traceroute or mtr, whose last packets go to ports that are meant to be closed."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_UDP
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.detect.icmp_events import Errors

TRACEROUTE: Final = (33434, 33534)
"""Ports that traceroute expects to be closed."""
FIRST: Final = 33000
"""mtr counts up from here with every packet that it sends, as far as there are ports."""
LASTS_NS: Final = 180 * SECOND
"""A router on the way said so lately that a packet to the same target had expired."""
MOST: Final = 2000
"""Ways that are remembered."""
MOST_A_SLICE: Final = 256
"""Errors of a slice that are looked at: a trace has few."""


class Traces:
    """Remembers who traces the way to whom."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[int, ...], int] = OrderedDict()
        """The time of the newest error of a router by source and target."""

    def read(self, errors: Errors) -> NDArray[np.bool_]:
        """Return which of the errors, in the order of their packets, answer a trace."""
        udp = errors.protocol == PROTOCOL_UDP
        found: NDArray[np.bool_] = udp & (errors.dport >= TRACEROUTE[0]) & (errors.dport <= TRACEROUTE[1])
        exceeded = np.flatnonzero(udp & errors.exceeded)[:MOST_A_SLICE]
        for ends, time_ns in _rows(errors, exceeded):
            self._seen[ends] = time_ns
            self._seen.move_to_end(ends)
            if len(self._seen) > MOST:
                self._seen.popitem(last=False)
        if self._seen:
            others = np.flatnonzero(udp & ~errors.exceeded & ~found & (errors.dport >= FIRST))[:MOST_A_SLICE]
            for at, (ends, time_ns) in zip(others.tolist(), _rows(errors, others), strict=True):
                found[at] = time_ns - self._seen.get(ends, -LASTS_NS - 1) <= LASTS_NS
        return found


def _rows(errors: Errors, at: NDArray[np.intp]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield (ends of the packet that is quoted, time) of errors."""
    names = ("src_high", "src_low", "dst_high", "dst_low")
    ends = zip(*(getattr(errors, name)[at].tolist() for name in names), strict=True)
    return zip(ends, errors.time_ns[at].tolist(), strict=True)
