"""A network that falls silent: what the last packets said is told soon, not with the next packet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.detect.config import Profile
from netwatch.detect.settings import DetectionSettings
from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer
from netwatch.track.dns_event import DnsEvent
from tests.detect.names_traffic import LookUps
from tests.detect.traffic import block_of
from tests.scenes import SceneSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.event_log import Event
    from netwatch.track.flow_batch import FlowBatch

LONG = ".".join(("a" * 30, "b" * 20, "c" * 10, "example", "com"))
LATER = 10.0


class Heard:
    """A watcher that keeps names of look-ups."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def feed(self, _batch: PacketBatch, _flows: FlowBatch, events: Iterable[Event]) -> None:
        self.tell(events)

    def tell(self, events: Iterable[Event]) -> None:
        self.names += [event.name for event in events if isinstance(event, DnsEvent)]

    def finish(self, events: Iterable[Event]) -> None:
        self.tell(events)


def test_the_last_query_is_detected_and_told_when_nothing_follows() -> None:
    traffic = LookUps()
    traffic.query(LONG)
    block = block_of(traffic.sorted())
    heard, now = Heard(), int(block.time_ns[-1]) / 1e9
    session = Session(
        SceneSource([block]), PacketBuffer(1 << 20), clock=lambda: now + LATER, watcher=heard,
        detect=DetectionSettings(profile=Profile.LAB),
    )  # fmt: skip
    for _ in range(4):
        session.step(0.0)
    assert [alert.rule for alert in session.detection.episodes.alerts()] == ["lab.long_name"]
    assert heard.names == [LONG]
