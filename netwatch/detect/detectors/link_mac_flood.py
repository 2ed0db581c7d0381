"""link.mac_flood: frames from hundreds of MAC addresses that nobody has, to fill the tables of switches."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config, threshold
from netwatch.detect.detector import Detector
from netwatch.detect.finding import Finding
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.senders import FAR
from netwatch.detect.surroundings import mac_text
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.senders import Senders

SAMPLED: Final = 4
"""MAC addresses of one slice that are named."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """macof sends thousands of frames a second, each from another MAC address to another destination."""

    addresses: int = threshold(64)
    """Different MAC addresses that began flows within a second with source addresses of elsewhere."""
    share: float = 0.9
    """Share of flows that come from a MAC address, and go out with an IP address, of their own."""
    max_keys: int = 1


class LinkMacFlood(Detector[Thresholds]):
    """Counts MAC addresses of the whole link."""

    rule: ClassVar[Rule] = Rule(
        "link.mac_flood",
        152,
        "MAC address flood",
        Severity.MEDIUM,
        what="Within a second flows began from very many MAC addresses, almost every one from another address: made-up "
        "frames that fill the tables of switches, which then send everything everywhere, so that it can be read.",
        benign="A mirror port of a large network with very many machines, in its first second.",
        tune="Raise addresses to more than the machines of your network.",
        mitre=("T1557",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("senders",)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._slices: deque[tuple[int, int, int]] = deque()
        """(time, flows, MAC addresses) of the last second."""
        self._recent = Recent()
        self._total = 0

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the senders of the slice."""
        senders = seen.senders
        if senders is None:
            return
        now_ns = int(senders.time_ns[-1])
        shown = self._count(senders, now_ns)
        if not shown:
            return
        flows = sum(count for _, count, _ in self._slices)
        found = sum(count for _, _, count in self._slices)
        if found < self.config.addresses or found < self.config.share * flows:
            return
        self._total += self._slices[-1][2]
        for index in shown:
            moment = Moment(int(senders.time_ns[index]), int(senders.number[index]))
            self._recent.add(moment, mac_text(int(senders.mac[index])))
        yield Finding(
            key=(),
            moment=Moment(now_ns, int(senders.number[-1])),
            summary=f"flows from {found:,} MAC addresses within a second",
            value=max(self._total, found),
            threshold=self.config.addresses,
            window_s=1,
            protocol="Ethernet",
            first_ns=self._recent.first_ns,
            evidence=(("MAC addresses", f"{found:,} of {flows:,} flows"),),
            samples=self._recent.samples,
            packets=self._recent.packets,
        )

    def _count(self, senders: Senders, now_ns: int) -> list[int]:
        """Count the slice, forget those of more than a second ago; return the positions of samples, none of a few."""
        while self._slices and self._slices[0][0] <= now_ns - SECOND:
            self._slices.popleft()
        # Machines on a link have addresses of the link; what comes from elsewhere comes from a few routers
        far = (senders.scope & FAR).nonzero()[0]
        if not len(far):
            return []
        back = far[::-1]
        # Of several flows from a MAC address the first one stays: it is written last
        first = dict(zip(senders.mac[back].tolist(), back.tolist(), strict=True))
        self._slices.append((now_ns, len(far), min(len(first), len(set(senders.low[back].tolist())))))
        return sorted(first.values())[:SAMPLED] if len(first) >= SAMPLED else []
