"""BurstTally: datagrams to one destination over the last minutes, by tick of packet time."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netwatch.decode.addresses import address_text
from netwatch.detect.gather_times import TICKS_A_SECOND
from netwatch.detect.recent import Recent
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.volume_events import Bursts

MOST_TICKS: Final = 600 * TICKS_A_SECOND
"""What is usual for a destination is learned over so long."""


class Burst(NamedTuple):
    """The packets to one destination in one tick."""

    moment: Moment
    target: tuple[int, int]
    protocol: int
    packets: int
    bytes: int
    replies: int
    sources: int
    source: str
    port: int
    source_port: int
    source_port_share: float


class BurstTally:
    """Of one destination and protocol."""

    __slots__ = ("bursts", "recent")

    def __init__(self) -> None:
        self.bursts: deque[Burst] = deque(maxlen=MOST_TICKS)
        self.recent = Recent()

    def add(self, burst: Burst) -> None:
        """Add the newest one."""
        self.bursts.append(burst)
        self.recent.add(
            burst.moment, f"{burst.packets:,} packets in {1000 // TICKS_A_SECOND} ms, last from {burst.source}"
        )

    def within(self, seconds: float) -> list[Burst]:
        """Return the bursts of the last seconds before the newest one."""
        since_ns = self.bursts[-1].moment.time_ns - round(seconds * SECOND)
        return [burst for burst in self.bursts if burst.moment.time_ns > since_ns]


def each(bursts: Bursts) -> Iterator[Burst]:
    """Yield the bursts of a slice."""
    columns: list[Any] = [
        getattr(bursts, name).tolist()
        for name in (
            "number", "time_ns", "dst_high", "dst_low", "protocol", "packets", "bytes", "replies", "sources",
            "source_high", "source_low", "port", "source_port", "source_port_share",
        )
    ]  # fmt: skip
    for number, time_ns, high, low, protocol, packets, size, replies, sources, *rest in zip(*columns, strict=True):
        source_high, source_low, port, source_port, share = rest
        yield Burst(
            Moment(time_ns, number), (high, low), protocol, packets, size, replies, sources,
            address_text(source_high, source_low), port, source_port, share,
        )  # fmt: skip
