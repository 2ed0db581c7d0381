"""Inspection: batches on their way through trackers and detectors, in parts that keep nobody waiting."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

from netwatch.capture.source import SourceCounters
from netwatch.decode.forwarded import without_copies
from netwatch.decode.join import follows, join
from netwatch.decode.part import taken
from netwatch.nanoseconds import SECOND
from netwatch.track.capture_health import EVERY_NS, CaptureHealth
from netwatch.track.event_log import unfolded
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.detection import Detection
    from netwatch.track.analysis import Analysis
    from netwatch.track.event_log import Event, EventLog
    from netwatch.track.watcher import Watcher

T = TypeVar("T")

DETECTION: Final = "detection"
READING_ON: Final = "reading on"
MOST_BYTES: Final = 64 << 20
"""Bytes of packets that wait at most: as many as half a ring holds, and few enough that the buffer has them too."""
MOST_PACKETS: Final = 200_000
"""Packets that wait at most: so many small ones take a second or two."""
PART_SECONDS: Final = 0.025
"""What a part should take: a key that asks for rows waits for half of it on the average."""
SMALLEST_PART: Final = 4000
"""Packets below which a part becomes hardly cheaper: of 2,000 it costs 1.6 ms, of 6,000 2.7, and more beside a load."""
LARGEST_JOINED: Final = 8000
"""Packets up to which batches are joined: a packet of 12,000 costs 0.34 us, of twice as many 0.26, and joining 0.14."""
REST: Final = 0.25
"""Of the time of a part, how much trackers rest behind it while they leave packets out anyway: at 1,000,000 packets/s
what they leave out differs less by it than from minute to minute, and the process takes no more than one processor."""
HARD_PRESSED: Final = 1.25
"""Seconds that a second's packets take from which on they rest: of a little more than there is time for, nearly all can
be inspected."""
FIRST_COST: Final = 10e-6
"""Seconds for a packet, before it was measured: at first every packet begins a flow."""
NEWEST: Final = 0.25
"""Weight of the last part among all before."""


class Rate:
    """How many packets come in a second of packet time, the last second above all."""

    def __init__(self) -> None:
        self._packets = self._last_ns = 0
        self._seconds = 0.0

    def add(self, batch: PacketBatch) -> None:
        """Take note of the packets of a batch."""
        last_ns = int(batch.frames.time_ns[-1])
        if self._last_ns:
            self._packets += len(batch)
            self._seconds += min(max(last_ns - self._last_ns, 0) / SECOND, 1.0)
        self._last_ns = last_ns
        if self._seconds > 1.0:
            self._packets, self._seconds = self._packets // 2, self._seconds / 2

    @property
    def packets_per_second(self) -> float:
        """0 while nothing is known."""
        return self._packets / self._seconds if self._seconds else 0.0


class Inspection:
    """Feeds trackers and detectors; used by the thread that captures.

    Packets of a file are inspected at once. Those of a live capture wait, bounded, and are inspected part by part
    between two reads, so that a burst of new flows, which costs ten times as much as packets of known ones, waits here
    and not in the kernel's ring, where it would be lost. What finds no room is counted in the totals and as not
    inspected: a tracker must not cost a packet.
    """

    def __init__(
        self,
        analysis: Analysis,
        detection: Detection,
        log: EventLog,
        *,
        live: bool,
        room: int = MOST_BYTES,
        counters: Callable[[], SourceCounters] = SourceCounters,
        monotonic: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Feed `analysis`, whose trackers write to `log`, and `detection`; `monotonic` and `sleep` are about seconds.

        At most `room` bytes of packets wait. `counters` are those of the source.
        """
        self._analysis = analysis
        self._detection = detection
        self._log = log
        self._live = live
        self._room = min(room, MOST_BYTES)
        self._monotonic = monotonic
        self._sleep = sleep
        self._counters = counters
        self._healthy_ns = 0
        """Capture time at which detectors were told last what the capture lost."""
        self._parts: deque[PacketBatch] = deque()
        self._packets = self._bytes = 0
        self._full = False
        """Nothing is let in until all that waits was inspected: long stretches tell more than many short ones."""
        self._cost = FIRST_COST
        self._rate = Rate()
        self._undetected: list[Event] = []
        """Events that the watcher heard of and detection not yet."""

    @property
    def waiting(self) -> bool:
        """True while packets wait."""
        return bool(self._parts)

    def take(self, batch: PacketBatch, watcher: Watcher | None) -> None:
        """Count a batch; inspect it at once, or, if live, let it wait for `go_on`."""
        self._attempt("traffic", lambda: self._analysis.count(batch))
        if not self._live:
            self._inspect(batch, watcher)
            return
        self._rate.add(batch)
        self._full = self._full and self.waiting
        packets, size = self._packets + len(batch), self._bytes + len(batch.frames.data)
        if self._full or (self.waiting and (packets > MOST_PACKETS or size > self._room)):
            self._full = True
            self._analysis.leave_out(len(batch))
        else:
            self._parts.append(batch)
            self._packets, self._bytes = packets, size

    def go_on(self, watcher: Watcher | None) -> None:
        """Inspect a part of what waits."""
        if not self._parts:
            return
        most = max(int(PART_SECONDS / self._cost), SMALLEST_PART)
        batch = self._parts.popleft()
        if len(batch) > most:
            # Parts alike: a small rest would cost nearly as much as they do
            most = -(-len(batch) // -(-len(batch) // most))
            self._parts.appendleft(taken(batch, slice(most, None)))
            batch = taken(batch, slice(0, most))
        else:
            self._bytes -= len(batch.frames.data)
            batch = self._with_next(batch, min(most, LARGEST_JOINED))
        self._packets -= len(batch)
        begun = self._monotonic()
        self._inspect(batch, watcher)
        took = self._monotonic() - begun
        if len(batch) >= SMALLEST_PART:
            self._cost += NEWEST * (took / len(batch) - self._cost)
        if self._full and self._rate.packets_per_second * self._cost >= HARD_PRESSED:
            # Blocks that come meanwhile are read together, which costs less than one by one
            self._sleep(min(took, PART_SECONDS) * REST)

    def _with_next(self, batch: PacketBatch, most: int) -> PacketBatch:
        """Return a batch with those behind it, as long as all have no more than `most` packets."""
        parts, packets = [batch], len(batch)
        while self._parts and packets + len(self._parts[0]) <= most and follows(parts[-1], self._parts[0]):
            parts.append(self._parts.popleft())
            packets += len(parts[-1])
            self._bytes -= len(parts[-1].frames.data)
        return join(*parts)

    def finish(self, watcher: Watcher | None) -> list[Event]:
        """Inspect all that waits, end detection with what trackers kept for later, and return that for a watcher."""
        self._full = False  # nothing comes any more that a rest would be for
        while self._parts:
            self.go_on(watcher)
        self._attempt("the last look of the trackers", self._analysis.settle)
        events = self._log.take()
        self._attempt(DETECTION, lambda: self._detection.finish(self._undetected + events))
        self._undetected = []
        return list(unfolded(events)) if watcher is not None else []

    def idle(self, now_ns: int, watcher: Watcher | None) -> None:
        """Let time pass without packets, up to `now_ns`; what trackers keep for later is read, not to wait for ever."""
        self._attempt(READING_ON, self._analysis.read_on)
        events = self._log.take()
        self._attempt(DETECTION, lambda: self._detection.idle(now_ns, self._undetected + events))
        self._undetected = []
        if watcher is not None:
            watcher.tell(list(unfolded(events)))

    def tell(self, watcher: Watcher) -> None:
        """Let the watcher hear at once of what trackers keep for later; detection hears of it with the next batch."""
        self._attempt(READING_ON, self._analysis.read_on)
        events = self._log.take()
        self._undetected += events
        watcher.tell(list(unfolded(events)))

    def _inspect(self, batch: PacketBatch, watcher: Watcher | None) -> None:
        batch = without_copies(batch)
        flows = self._attempt("flows", lambda: self._analysis.inspect(batch))
        if flows is None:  # all others need them
            self._analysis.leave_out(len(batch))
            return
        self._attempt("the health of the capture", lambda: self._tell_health(batch))
        events = self._log.take()
        waited, self._undetected = self._undetected, []
        serials = self._analysis.flows.columns.serial
        self._attempt(DETECTION, lambda: self._detection.feed(batch, flows, serials, waited + events))
        if watcher is not None:
            watcher.feed(batch, flows, list(unfolded(events)))

    def _attempt(self, part: str, work: Callable[[], T]) -> T | None:
        """Do what a part does, unless it broke before; what hostile packets break must not end the capture."""
        return self._analysis.parts.attempt(part, work)

    def _tell_health(self, batch: PacketBatch) -> None:
        """Add to the log what the capture lost so far, every few seconds."""
        now_ns = int(batch.frames.time_ns[-1]) if len(batch) else 0
        if now_ns - self._healthy_ns < EVERY_NS:
            return
        first, self._healthy_ns = self._healthy_ns == 0, now_ns
        if not first:
            counters, moment = self._counters(), Moment(now_ns, batch.last_number)
            unseen = self._analysis.flows.counts().gaps.segments
            tcp = sum(packets for name, packets, _ in self._analysis.traffic.protocols() if name == "TCP")
            self._log.add(CaptureHealth(moment, counters.received or 0, counters.dropped or 0, tcp, unseen))
