"""What waits for the trackers of a live capture: in parts, in order, bounded, and counted when there is no room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netwatch.decode.decoder import decode
from netwatch.detect.detection import Detection
from netwatch.detect.settings import DetectionSettings
from netwatch.run.inspection import FIRST_COST, PART_SECONDS, REST, SMALLEST_PART, Inspection
from netwatch.track.analysis import Analysis
from netwatch.track.application_events import Login, Outcome
from netwatch.track.event_log import EventLog
from tests.detect.traffic import ACK, LAN, PEER, PSH, Traffic, block_of
from tests.scenes import START_NS, day, frames_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.event_log import Event
    from netwatch.track.flow_batch import FlowBatch

PACKETS = day()
MANY = (PACKETS * (5 * SMALLEST_PART // len(PACKETS) + 1))[: 5 * SMALLEST_PART]


@dataclass
class Numbers:
    """A watcher that notes which packets were inspected, and a clock that goes on by `seconds` a packet."""

    seconds: float = 0.0
    parts: list[list[int]] = field(default_factory=list)
    now: float = 0.0

    def feed(self, batch: PacketBatch, _flows: FlowBatch, _events: Iterable[Event]) -> None:
        """See Watcher."""
        self.parts.append(np.asarray(batch.numbered()).tolist())
        self.now += self.seconds * len(batch)

    def tell(self, events: Iterable[Event]) -> None:
        """See Watcher."""

    def finish(self, events: Iterable[Event]) -> None:
        """See Watcher."""

    @property
    def seen(self) -> list[int]:
        """Every packet that was inspected, in order."""
        return [number for part in self.parts for number in part]


@dataclass
class Heard(Numbers):
    """Notes logins besides."""

    logins: list[Login] = field(default_factory=list)

    def feed(self, batch: PacketBatch, flows: FlowBatch, events: Iterable[Event]) -> None:
        """See Watcher."""
        super().feed(batch, flows, events)
        self.tell(events)

    def tell(self, events: Iterable[Event]) -> None:
        """See Watcher."""
        self.logins += [event for event in events if isinstance(event, Login)]


def inspection(
    numbers: Numbers, *, live: bool = True, room: int = 1 << 30, sleep: Callable[[float], None] = lambda _: None
) -> tuple[Inspection, Analysis]:
    log = EventLog()
    analysis = Analysis(live=live, log=log)
    detection = Detection(DetectionSettings(), analysis.flows.columns.capacity, live=live)
    tested = Inspection(analysis, detection, log, live=live, room=room, monotonic=lambda: numbers.now, sleep=sleep)
    return tested, analysis


def batches(count: int) -> list[PacketBatch]:
    return [decode(frames_of(MANY), 1 + index * len(MANY)) for index in range(count)]


def test_a_file_is_inspected_at_once() -> None:
    """Nothing waits: a file does."""
    numbers = Numbers()
    tested, _ = inspection(numbers, live=False)
    tested.take(batches(1)[0], numbers)
    assert not tested.waiting
    assert numbers.seen == list(range(1, len(MANY) + 1))


def test_a_live_batch_is_inspected_in_parts_that_take_a_bounded_time() -> None:
    """The first part guesses, later ones know that a packet costs less; none is left out, and totals are ahead."""
    numbers = Numbers(seconds=0.0)
    tested, analysis = inspection(numbers)
    given = batches(6)
    for batch in given:
        tested.take(batch, numbers)
    assert analysis.traffic.packets == len(given) * len(MANY)
    assert numbers.parts == []
    while tested.waiting:
        tested.go_on(numbers)
    assert numbers.seen == list(range(1, len(given) * len(MANY) + 1))
    sizes = [len(part) for part in numbers.parts]
    assert sizes[0] == max(int(PART_SECONDS / FIRST_COST), SMALLEST_PART)
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(MANY) > 2 * sizes[0]


def test_a_batch_that_is_too_long_is_divided_into_parts_alike() -> None:
    """A small rest would cost nearly as much as a whole part."""
    numbers = Numbers(seconds=FIRST_COST)
    tested, _ = inspection(numbers)
    third = (2 * SMALLEST_PART + 1) // 3
    tested.take(decode(frames_of(MANY[: 3 * third]), 1), numbers)
    while tested.waiting:
        tested.go_on(numbers)
    assert [len(part) for part in numbers.parts] == [third] * 3


@pytest.mark.parametrize(("load", "rests"), [(2.0, True), (1.1, False)])
def test_trackers_rest_only_while_many_packets_are_left_out(load: float, rests: bool) -> None:
    """A quarter of what a part took: with a processor that is never free, keys would wait for it.

    Where there is time for nearly all that comes, `load` being what it takes of each second, none of it is wasted.
    """
    numbers, slept = Numbers(seconds=1e-6), list[float]()
    tested, _ = inspection(numbers, room=2 * len(batches(1)[0].frames.data), sleep=slept.append)
    step_ns = int(1000 / load)
    given = [
        decode(frames_of(MANY, START_NS + index * len(MANY) * step_ns, step_ns), 1 + index * len(MANY))
        for index in range(8)
    ]
    for batch in given[:5]:
        tested.take(batch, numbers)
        while tested.waiting:
            tested.go_on(numbers)
    assert slept == [], "nothing is left out"
    for batch in given[5:]:
        tested.take(batch, numbers)
    tested.go_on(numbers)
    assert slept == [pytest.approx(1e-6 * len(numbers.parts[-1]) * REST)] * rests
    before = len(slept)
    tested.finish(numbers)
    assert len(slept) == before, "who ends a capture does not wait for that"


def test_small_batches_that_wait_are_joined() -> None:
    """A part costs much by itself; what does not follow, because some were left out, stays apart."""
    numbers = Numbers()
    tested, _ = inspection(numbers)
    for first in (1, 1 + len(PACKETS), 1 + 3 * len(PACKETS)):
        tested.take(decode(frames_of(PACKETS), first), numbers)
    tested.go_on(numbers)
    assert numbers.parts == [list(range(1, 2 * len(PACKETS) + 1))]
    tested.go_on(numbers)
    assert len(numbers.parts[1]) == len(PACKETS)
    assert not tested.waiting


@pytest.mark.parametrize("bound", ["packets", "bytes"])
def test_what_finds_no_room_is_counted_and_nothing_is_let_in_until_all_was_inspected(
    bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Totals count everything; the rest is inspected whole, in order."""
    numbers, fit = Numbers(), 3
    given = batches(fit + 1)
    if bound == "packets":
        monkeypatch.setattr("netwatch.run.inspection.MOST_PACKETS", fit * len(MANY))
    tested, analysis = inspection(numbers, room=1 << 30 if bound == "packets" else fit * len(given[0].frames.data))
    for batch in given[: fit + 1]:
        tested.take(batch, numbers)
    assert analysis.losses(exact=True).inspection_skipped == len(MANY)
    tested.go_on(numbers)
    tested.take(given[fit], numbers)  # still no room: what waits is not yet inspected
    while tested.waiting:
        tested.go_on(numbers)
    tested.take(given[fit], numbers)
    tested.finish(numbers)
    assert analysis.traffic.packets == (fit + 3) * len(MANY)
    assert len(numbers.seen) == (fit + 1) * len(MANY)
    assert numbers.seen == sorted(numbers.seen)


def test_one_batch_always_finds_room() -> None:
    """However small the room: a buffer of a mebibyte must not blind the trackers."""
    numbers = Numbers()
    tested, analysis = inspection(numbers, room=1)
    tested.take(decode(frames_of(PACKETS), 1), numbers)
    tested.finish(numbers)
    assert len(numbers.seen) == len(PACKETS)
    assert analysis.losses(exact=True).inspection_skipped == 0


def test_telling_at_once_ends_no_conversation() -> None:
    """Somebody who types slowly logs in: between two packets the watcher is told what there is."""
    traffic = Traffic()
    port = traffic.connect(LAN, PEER, 21, request=b"", answer=b"220 ready\r\n", close=False)
    talk = ((False, b"USER al\r\n"), (True, b"331 password?\r\n"), (False, b"PASS x\r\n"), (True, b"530 no\r\n"))
    said = {False: 101, True: 501 + len(b"220 ready\r\n")}
    for answers, text in talk:
        ends = (PEER, LAN, 21, port) if answers else (LAN, PEER, port, 21)
        traffic.wait(1).tcp(*ends, PSH | ACK, text, seq=said[answers], ack=said[not answers])
        said[answers] += len(text)
    numbers = Heard()
    tested, _ = inspection(numbers, live=True)
    for number, frame in enumerate(traffic.sorted(), 1):
        tested.take(decode(block_of([frame]), number), numbers)
        tested.go_on(numbers)
        tested.tell(numbers)
    assert [(event.protocol, event.outcome) for event in numbers.logins] == [("FTP", Outcome.FAILURE)]
