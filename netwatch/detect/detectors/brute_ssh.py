"""brute.ssh: somebody tries passwords with SSH; encryption hides them, the shape of the connections does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_TCP, TCP_FIN, TCP_RST
from netwatch.detect.config import threshold
from netwatch.detect.guessing import Attempt, Guesses, GuessingDetector, GuessThresholds
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.ssh_shape import SESSION, SshShapes
from netwatch.detect.waiting_events import WaitingEvents
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.config import Config
    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation
    from netwatch.track.flow_batch import FlowBatch

MOST_A_BATCH: Final = 4000
"""Connections that end in one batch that are looked at."""


@dataclass(frozen=True, slots=True)
class Thresholds(GuessThresholds):
    """detections.md 8.3: sizes of NEMEA, threshold between Zeek's 30 and ntopng's."""

    burst: int = threshold(6)
    """Passwords that failed within `burst_s`: tools try several at once, people do not."""
    burst_s: int = 5
    ports: tuple[int, ...] = (22, 2222)


class _Ended(NamedTuple):
    """A connection that is over, or a session for sure."""

    moment: Moment
    client: tuple[int, int]
    server: tuple[int, int]
    port: int
    failures: int
    """Passwords that failed, SESSION for a session."""


class BruteSsh(GuessingDetector):
    """Follows connections to the ports of SSH by the sizes of their segments."""

    protocols: ClassVar[frozenset[str]] = frozenset()
    service: ClassVar[str] = "SSH"
    rule: ClassVar[Rule] = Rule(
        "brute.ssh",
        200,
        "Password guessing with SSH",
        Severity.MEDIUM,
        what="One source opened many short SSH connections to one host that have the size of failed logins, and none "
        "that has the size of a session. Programs that go through lists of passwords look like this.",
        benign="A program with an old key or password that tries again and again; a monitor that only looks at the "
        "banner sends less.",
        tune="Raise failures and burst, or add the program's host to ignore_src.",
        mitre=("T1110.001",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ()

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._ssh = config
        self._shapes = SshShapes()
        self._is_port = np.zeros(65536, np.bool_)
        self._is_port[[port for port in config.ports if 0 <= port < len(self._is_port)]] = True
        self._ended: WaitingEvents[_Ended] = WaitingEvents()

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Note the sizes of segments to and from the ports of SSH."""
        if len(flows.started):
            ported = self._is_port.take(batch.dport) | self._is_port.take(batch.sport)
            self._shapes.begin(flows.started, flows.rows[ported & (batch.protocol == PROTOCOL_TCP)])
        chosen = self._shapes.undecided(flows.rows)
        if not len(chosen):
            return
        ending = batch.tcp_flags[chosen] & (TCP_FIN | TCP_RST) != 0
        useful = (batch.payload_length[chosen] > 0) | ending
        useful &= (batch.fragment[chosen] & FRAGMENT_OFFSET == 0) & (batch.protocol[chosen] == PROTOCOL_TCP)
        chosen, ending = chosen[useful], ending[useful]
        if not len(chosen):
            return
        client, size = flows.from_initiator[chosen], batch.payload_length[chosen].astype(np.int64)
        stops = self._shapes.add(flows.rows[chosen], client, size, batch.frames.time_ns[chosen], ending)
        which, failures = stops
        if not self._ended and not self.held:
            # Nobody has failed yet: sessions before the first who does mean nothing
            first = int(np.argmax(failures != SESSION)) if np.count_nonzero(failures != SESSION) else len(which)
            which, failures = which[first:], failures[first:]
        if len(which):
            self.left_out += max(len(which) - MOST_A_BATCH, 0)
            which, failures = which[:MOST_A_BATCH], failures[:MOST_A_BATCH]
            self._ended.add(_ended(batch, chosen[which], client[which], failures))

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Judge the connections that ended."""
        for ended in self._ended.take(seen.last):
            worked = ended.failures == SESSION
            if worked and not self.held:
                continue
            source, target = seen.surroundings.party(*ended.client), seen.surroundings.party(*ended.server)
            for _ in range(1 if worked else ended.failures):
                yield from self.judge(Attempt(ended.moment, source, target, ended.port, "", not worked, worked))

    def enough(self, pair: Guesses) -> bool:
        """Return True for many failures, or for some at once."""
        if super().enough(pair):
            return True
        return (
            len(pair.tries) >= self._ssh.burst
            and pair.tries[-1] - pair.tries[-self._ssh.burst] <= self._ssh.burst_s * SECOND
        )


def _ended(
    batch: PacketBatch, rows: NDArray[np.intp], forward: NDArray[np.bool_], failures: NDArray[np.int64]
) -> Iterator[_Ended]:
    """Yield connections whose newest packets are in `rows`; `forward` tells which of these came from the client."""
    ends = []
    for here, there in (("src", "dst"), ("dst", "src")):
        halves = [
            np.where(forward, getattr(batch, f"{here}_{half}")[rows], getattr(batch, f"{there}_{half}")[rows]).tolist()
            for half in ("high", "low")
        ]
        ends.append(list(zip(*halves, strict=True)))
    ports = np.where(forward, batch.dport[rows], batch.sport[rows]).tolist()
    times, numbers = batch.frames.time_ns[rows].tolist(), batch.numbers_at(rows).tolist()
    for source, target, port, time_ns, number, failed in zip(
        *ends, ports, times, numbers, failures.tolist(), strict=True
    ):
        yield _Ended(Moment(time_ns, number), source, target, port, failed)
