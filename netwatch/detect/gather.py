"""Gatherer: takes out of each batch what detectors may need, and gives it away by slices of packet time."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.detect.bindings import Bindings
from netwatch.detect.columns import Waiting, chosen, joined
from netwatch.detect.dns_slice import dns_slice
from netwatch.detect.forwarders import Forwarders
from netwatch.detect.gather_times import TICK_NS, TICKS_A_SECOND
from netwatch.detect.icmp_events import IcmpReader
from netwatch.detect.link_events import LinkReader
from netwatch.detect.observation import Observation
from netwatch.detect.outcomes import OutcomeReader
from netwatch.detect.probe_events import find_probes
from netwatch.detect.senders import FirstPackets, Senders, senders
from netwatch.detect.slices import BEFORE, SliceCutter
from netwatch.detect.syns import find_syns
from netwatch.detect.tcp_follower import AttemptFollower
from netwatch.detect.volume_events import BurstCounter
from netwatch.detect.waiting_events import WaitingEvents
from netwatch.track.dns_event import DnsBlock, DnsEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.icmp_events import Echoes, Errors
    from netwatch.detect.link_events import LinkEvent
    from netwatch.detect.probe_events import Probes
    from netwatch.detect.surroundings import Surroundings
    from netwatch.detect.tcp_events import Connections, Endings, Syns
    from netwatch.track.event_log import Event, EventBlock
    from netwatch.track.flow_batch import FlowBatch


SET_BACK_NS: Final = 10_000_000_000
"""Nanoseconds that a live capture goes back when the clock was set; otherwise no packet is as late as that."""


class Gatherer:
    """Packets in, slices out. A slice is over when a packet of a later one comes, or when a live capture says so."""

    def __init__(self, surroundings: Surroundings, rows: int, *, live: bool, lab: bool = False) -> None:
        """Follow connections in so many rows of the flow table; for a `lab` look at every SYN."""
        self._surroundings, self._live = surroundings, live
        self._follower = AttemptFollower(rows)
        self._first = FirstPackets(rows)
        self._outcomes = OutcomeReader(surroundings, live=live)
        self._icmp = IcmpReader()
        self._link = LinkReader()
        self._bindings = Bindings(surroundings)
        self._forwarders = Forwarders(surroundings, self._bindings)
        self._bursts = BurstCounter()
        self._attempts: Waiting[Connections] = Waiting()
        self._lab = lab
        self._syns: Waiting[Syns] = Waiting()
        self._completed: Waiting[Connections] = Waiting()
        self._endings: Waiting[Endings] = Waiting()
        self._probes: Waiting[Probes] = Waiting()
        self._errors: Waiting[Errors] = Waiting()
        self._echoes: Waiting[Echoes] = Waiting()
        self._senders: Waiting[Senders] = Waiting()
        self._dns: Waiting[DnsBlock] = Waiting()
        self._messages_left_out = 0
        """No detector looks at them: counted once, not by each."""
        self._columns = (
            self._syns, self._attempts, self._completed, self._endings, self._probes, self._errors, self._echoes,
            self._senders, self._dns,
        )  # fmt: skip
        self._link_events: WaitingEvents[LinkEvent] = WaitingEvents()
        self._events: WaitingEvents[Event] = WaitingEvents()
        self._clock_ns = 0
        self._until_ns = 0
        """Where the slice before ended."""
        self._cutter = SliceCutter()
        self._last = 0
        """Number of the newest packet."""

    @property
    def skipped(self) -> int:
        """Packets, and messages of DNS, that were left out because too many of their kind came at once."""
        return self._outcomes.skipped + self._icmp.skipped + self._link.skipped + self._messages_left_out

    def take(
        self, batch: PacketBatch, flows: FlowBatch, serials: NDArray[np.int64], events: Iterable[Event]
    ) -> Iterator[Observation]:
        """Take a batch and what trackers logged; yield the slices that are over by its last packet."""
        if self._live and int(batch.frames.time_ns.max()) < self._clock_ns - SET_BACK_NS:
            self._cutter, self._clock_ns, self._until_ns = SliceCutter(), 0, 0
        clock = np.maximum.accumulate(batch.frames.time_ns)
        np.maximum(clock, self._clock_ns, out=clock)
        if self._cutter.tick < 0:
            self._surroundings.began_ns = int(clock[0])
        ticks = clock // TICK_NS
        before = self._cutter.tick
        cuts = self._cutter.cuts(ticks)
        if cuts and cuts[0] == BEFORE:
            if self._anything_waits():
                yield self._slice_until(self._last, (before + 1) * TICK_NS)
            del cuts[0]
        self._gather(batch, flows, serials, events)
        self._bursts.add(batch, ticks)
        at = np.array(cuts, np.intp)
        ends = dict(zip(batch.numbers_at(at).tolist(), ticks[at].tolist(), strict=True))
        for number in self._wanted(batch.numbers_at(at)).tolist():
            yield self._slice_until(number, (ends[number] + 1) * TICK_NS)
        self._clock_ns, self._last = int(clock[-1]), batch.last_number

    def idle(self, now_ns: int, events: Iterable[Event] = ()) -> Iterator[Observation]:
        """Yield the running slice if it was over by `now_ns`: nothing came for a while but what trackers logged."""
        self._add(events)
        if self._cutter.pass_time(now_ns // TICK_NS, eager=self._anything_waits()):
            self._clock_ns = max(now_ns, self._clock_ns)
            yield self._slice_until(self._last, self._clock_ns)

    def finish(self, events: Iterable[Event]) -> Observation:
        """Return what is left: the capture is over."""
        self._add(events)
        return self._slice_until(self._last, self._clock_ns, over=True)

    def _gather(
        self, batch: PacketBatch, flows: FlowBatch, serials: NDArray[np.int64], events: Iterable[Event]
    ) -> None:
        if self._lab:
            self._syns.add(find_syns(batch))
        began, completed, endings = self._follower.follow(batch, flows, serials)
        self._attempts.add(began)
        self._completed.add(completed)
        self._endings.add(endings)
        first = self._first.find(flows)
        self._senders.add(senders(batch, first))
        self._probes.add(find_probes(batch, first))
        errors, echoes = self._icmp.read(batch)
        self._errors.add(errors)
        self._echoes.add(echoes)
        self._link_events.add(self._link.read(batch))
        self._add(events)

    def _add(self, events: Iterable[Event]) -> None:
        """Let events of trackers wait, those in blocks apart."""
        others = []
        for event in events:
            if isinstance(event, DnsBlock):
                self._dns.add(event)
            else:
                others.append(event)
        self._events.add(others)

    def _anything_waits(self) -> bool:
        waiting = len(self._link_events) or len(self._events) or self._bursts.waiting
        return bool(waiting) or any(columns.waiting for columns in self._columns)

    def _wanted(self, cuts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return those of the cuts between slices before which anything waits."""
        if not len(cuts):
            return cuts
        numbers = [waiting.newest() for waiting in self._columns]
        numbers += [self._link_events.numbers(), self._events.numbers()]
        numbers.append(self._bursts.numbers())
        which = np.unique(np.searchsorted(cuts, np.concatenate(numbers)))
        return cuts[which[which < len(cuts)]]

    def _slice_until(self, number: int, clock_ns: int, *, over: bool = False) -> Observation:
        sent = self._senders_until(number)
        silent = self._follower.flush() if over else self._follower.expire(clock_ns, number)
        endings = [part for part in (self._endings.take(number), silent) if part is not None]
        link = self._link.sorted(self._link_events.take(number))
        self._bindings.learn_leases(link["dhcp"])
        claims = [claimed for event in link["arp"] if (claimed := self._bindings.claim(event)) is not None]
        self._forwarders.learn(sent, link["arp"])
        ended, errors = _by_time(endings) if endings else None, self._errors.take(number)
        ticks = min(max(clock_ns - self._until_ns, 0) // TICK_NS + 1, TICKS_A_SECOND)
        self._until_ns = clock_ns
        half_open = self._outcomes.half_open(self._follower.half_open(clock_ns, number))
        failures, successes = self._outcomes.read(ended, errors, self._follower.asked, ticks=ticks)
        events, messages = _by_kind(self._events.take(number)), self._dns.take(number)
        if messages is not None:
            events[DnsEvent] = messages
        dns = dns_slice(messages)
        self._messages_left_out += dns.left_out
        return Observation(
            now_ns=clock_ns,
            last=number,
            surroundings=self._surroundings,
            record=self._outcomes.record,
            syns=self._syns.take(number),
            attempts=self._attempts.take(number),
            completed=self._completed.take(number),
            endings=ended,
            failures=failures,
            half_open=half_open,
            successes=successes,
            probes=self._probes.take(number),
            errors=errors,
            echoes=self._echoes.take(number),
            bursts=self._bursts.take(number),
            senders=sent,
            **link,
            claims=tuple(claims),
            bindings=self._bindings,
            forwarders=self._forwarders,
            events=events,
            dns=dns,
            over=over,
        )

    def _senders_until(self, number: int) -> Senders | None:
        found = self._senders.take(number)
        if found is not None:
            self._surroundings.learn(found.each())
            self._surroundings.learn(found.receivers())
        return found


def _by_time(parts: list[Endings]) -> Endings:
    everything = joined(parts)
    times = everything.time_ns
    if not np.count_nonzero(times[1:] <= times[:-1]):
        return everything
    return chosen(everything, np.lexsort((everything.number, everything.time_ns)))


def _by_kind(events: Iterable[Any]) -> dict[type, tuple[Any, ...] | EventBlock]:
    found: defaultdict[type, list[Any]] = defaultdict(list)
    for event in events:
        found[type(event)].append(event)
    return {kind: tuple(some) for kind, some in found.items()}
