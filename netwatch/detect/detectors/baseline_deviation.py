"""baseline.deviation: a machine moves far more in a day than on the days that netwatch remembers."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import address_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.moved_bytes import WaitingMoves
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.beginning import Beginning
    from netwatch.detect.moved_bytes import Moved
    from netwatch.detect.observation import Observation
    from netwatch.tables.baseline import UsualBytes
    from netwatch.track.flow_batch import FlowBatch

MEGABYTE: Final = 1_000_000
HOUR_NS: Final = 3600 * SECOND
DAY_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 9.3; what is unusual comes from the days before, see Beginning."""

    mb: int = threshold(100)
    """Megabytes within 24 hours below which nobody is told of."""
    suppress_s: int = 86_400


@dataclass(slots=True)
class _Machine:
    hours: OrderedDict[int, int] = field(default_factory=OrderedDict)
    """Bytes by hour of packet time."""
    recent: Recent = field(default_factory=Recent)


class BaselineDeviation(KeyedDetector[Thresholds, _Machine]):
    """Adds up what machines with a history move, in both directions; without remembered days it does nothing."""

    rule: ClassVar[Rule] = Rule(
        "baseline.deviation",
        233,
        "Far more than on other days",
        Severity.INFO,
        what="A machine moved far more bytes within 24 hours than on the days that netwatch remembers: beyond 3.5 "
        "times their usual spread, or tenfold where fewer than three days are known.",
        benign="A backup, an update, a new task of the machine, a first day at work after a holiday.",
        tune="Raise mb, or add the machine to ignore_src. The days are those of the setting history; pane 9 "
        "shows them.",
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Machine

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._usual: Mapping[str, UsualBytes] = {}
        self._moves = WaitingMoves()

    def begin(self, beginning: Beginning) -> None:
        """Take over what is usual."""
        self._usual = beginning.usual

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Count bytes, if anything is known of other days."""
        if self._usual:
            self._moves.add(batch, flows)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Judge the machines that moved much in this slice."""
        for moved in self._moves.take(seen.last):
            for end in (moved.client, moved.server):
                usual = self._usual.get(address_text(*end))
                if usual is not None:
                    yield from self._judge(moved, end, usual, seen)

    @property
    def skipped(self) -> int:
        """Mebibytes that were left out because too many came at once."""
        return self._moves.left_out

    def _judge(self, moved: Moved, end: tuple[int, int], usual: UsualBytes, seen: Observation) -> Iterator[Finding]:
        party = seen.surroundings.party(*end)
        machine = self.keys.at(party.text)
        hour = moved.moment.time_ns // HOUR_NS
        machine.hours[hour] = machine.hours.get(hour, 0) + moved.forth + moved.back
        while next(iter(machine.hours)) <= hour - DAY_HOURS:
            machine.hours.popitem(last=False)
        machine.recent.add(moved.moment)
        total = sum(machine.hours.values())
        least = max(usual.most, self.config.mb * MEGABYTE)
        if total < least:
            return
        yield Finding(
            key=(party.text,),
            moment=moved.moment,
            summary=f"{party.text} moved {total / MEGABYTE:,.0f} MB within 24 hours, "
            f"usually {usual.median / MEGABYTE:,.0f} MB a day",
            value=round(total / MEGABYTE, 1),
            threshold=round(least / MEGABYTE, 1),
            window_s=DAY_HOURS * 3600,
            source=party.text,
            actor=party.entity,
            confidence=50,
            first_ns=machine.recent.first_ns,
            evidence=(
                ("moved", f"{total / MEGABYTE:,.1f} MB in both directions"),
                ("usual", f"{usual.median / MEGABYTE:,.1f} MB, the median of {usual.days} days"),
            ),
            packets=machine.recent.packets,
        )
