"""Probes out and answers in: the loop that discovery, ping, scan, trace and send have in common."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from netwatch.lab.bench import Bench
    from netwatch.lab.wire import Heard


@dataclass(frozen=True, slots=True)
class Probe:
    """One packet that asks for an answer."""

    key: Hashable
    packet: bytes
    summary: str
    """What the log and a dry run say of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A packet that answers a probe."""

    heard: Heard
    rtt: float
    """Seconds from when the kernel sent the probe until it got the answer."""


@dataclass(slots=True)
class Exchange:
    """What became of probes."""

    sent: dict[Hashable, float] = field(default_factory=dict)
    """When each probe left last, seconds since the epoch, by the kernel's stamp where it was heard leaving."""
    earlier: dict[Hashable, list[float]] = field(default_factory=dict)
    """When probes that were sent again had left before."""
    answers: dict[Hashable, list[Answer]] = field(default_factory=dict)
    """All answers by probe, the first first."""
    unreadable: int = 0
    """Packets that Scapy could not take apart."""

    def first(self, key: Hashable) -> Answer | None:
        """Return the first answer to a probe."""
        found = self.answers.get(key)
        return found[0] if found else None


def exchange(
    bench: Bench,
    probes: Iterable[Probe],
    match: Callable[[bytes], Hashable | None],
    *,
    timeout: float,
    total: int = 0,
    several: bool = False,
    on_answer: Callable[[Hashable, Answer], None] | None = None,
    before: Exchange | None = None,
) -> Exchange:
    """Send `probes` at the bench's pace and collect the answers of each for `timeout` seconds.

    `match` returns the key of the probe that a received packet answers, None for any other packet. `several` waits
    for more than one answer to a probe. `probes` is consumed as packets go out, so that it may depend on answers.
    `before` is an exchange that this one continues.
    """
    return _Run(bench, match, timeout, several, on_answer, total, before).run(iter(probes))


def exchange_again(
    bench: Bench,
    make: Callable[[Exchange], Iterable[Probe]],
    match: Callable[[bytes], Hashable | None],
    *,
    timeout: float,
    retries: int,
    total: int = 0,
    several: bool = False,
    on_answer: Callable[[Hashable, Answer], None] | None = None,
) -> Exchange:
    """Exchange the probes that `make` returns, wait, and do so `retries` times more for those still to be asked.

    `make` is given what became of probes so far. As exchange() otherwise. A dry run asks once.
    """
    done = Exchange()
    for _ in range(1 if bench.dry else retries + 1):
        if bench.stop.wanted:
            break
        probes = make(done)
        done = exchange(
            bench, probes, match, timeout=timeout, total=total, several=several, on_answer=on_answer, before=done
        )
    return done


class _Run:
    def __init__(
        self,
        bench: Bench,
        match: Callable[[bytes], Hashable | None],
        timeout: float,
        several: bool,
        on_answer: Callable[[Hashable, Answer], None] | None,
        total: int,
        before: Exchange | None,
    ) -> None:
        self.bench = bench
        self.match = match
        self.timeout = timeout
        self.several = several
        self.on_answer = on_answer
        self.total = total
        self.result = before if before is not None else Exchange()
        self.leaving: dict[bytes, Hashable] = {}
        self.waiting: dict[Hashable, float] = {}
        """When, by the bench's clock, the wait for each probe's answer ends; in the order of sending."""

    def run(self, probes: Iterator[Probe]) -> Exchange:
        bench = self.bench
        following = next(probes, None)
        while not bench.stop.wanted and (following is not None or self._expire()):
            # a dry run keeps no pace, because nothing leaves
            wait = self._patience() if following is None else 0.0 if bench.dry else bench.pacer.delay()
            if following is not None and wait <= 0:
                self._send(following)
                following = next(probes, None)
            if bench.dry and following is None:
                break
            if not bench.dry:
                self._hear(min(wait, 0.1))
        self.bench.progress.clear()
        return self.result

    def _send(self, probe: Probe) -> None:
        self.leaving[_identity(probe.packet, frames=self.bench.wire.frames)] = probe.key
        if probe.key in self.result.sent:
            self.result.earlier.setdefault(probe.key, []).append(self.result.sent[probe.key])
        self.result.sent[probe.key] = time.time()
        reached = self.bench.transmit(probe.packet, probe.summary)
        if reached:
            self.waiting[probe.key] = self.bench.clock() + self.timeout
        done = len(self.result.sent)
        of = f"/{self.total}" if self.total else ""
        self.bench.progress.show(f"{done}{of} sent, {len(self.result.answers)} answered")

    def _hear(self, timeout: float) -> Heard | None:
        heard = self.bench.wire.receive(timeout)
        if heard is not None:
            self._take(heard)
        return heard

    def _take(self, heard: Heard) -> None:
        if heard.outgoing:
            key = self.leaving.get(_identity(heard.data, frames=self.bench.wire.frames))
            if key is not None:
                self.result.sent[key] = heard.time
            return
        try:
            key = self.match(heard.data)
        except Exception:  # noqa: BLE001 - Scapy's dissectors raise anything at all for packets that are cut or made up
            self.result.unreadable += 1
            return
        if key is None or key not in self.result.sent:
            return
        answers = self.result.answers.setdefault(key, [])
        # an answer that comes late belongs to the probe before it, not to one that left after it
        left = [stamp for stamp in (*self.result.earlier.get(key, ()), self.result.sent[key]) if stamp <= heard.time]
        answer = Answer(heard, max(heard.time - left[-1], 0.0) if left else 0.0)
        answers.append(answer)
        if not self.several:
            self.waiting.pop(key, None)
        if self.on_answer is not None:
            self.on_answer(key, answer)

    def _expire(self) -> bool:
        """Forget probes whose time is over and return whether others still wait."""
        now = self.bench.clock()
        if self.waiting and next(iter(self.waiting.values())) <= now:
            self._catch_up()
        while self.waiting:
            key, end = next(iter(self.waiting.items()))
            if end > now:
                return True
            del self.waiting[key]
        return False

    def _catch_up(self) -> None:
        """Hear what came already: an answer is not late because this process was held up."""
        begun = time.time()
        while (heard := self._hear(0.0)) is not None and heard.time <= begun:
            pass

    def _patience(self) -> float:
        return max(next(iter(self.waiting.values()), 0.0) - self.bench.clock(), 0.0)


def _identity(packet: bytes, *, frames: bool) -> bytes:
    """Return what a packet keeps while the kernel completes its IP header (identification, checksum, length)."""
    if frames or not packet:
        return packet
    if packet[0] >> 4 == 4:
        return packet[16:20] + packet[4 * (packet[0] & 15) :]
    return packet[24:]
