"""brute.ssh: somebody tries passwords with SSH; encryption hides them, the shape of the connections does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_TCP, TCP_FIN, TCP_RST
from netwatch.detect.config import threshold
from netwatch.detect.guessing import Attempt, Guesses, GuessingDetector, GuessThresholds
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.ssh_shape import SshConnection
from netwatch.detect.window import SECOND
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
"""Segments of SSH of one batch that are looked at."""
MOST_CONNECTIONS: Final = 20_000


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
    failures: int | None


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

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._ssh = config
        self._open: dict[int, SshConnection] = {}
        """By row of the flow table."""
        self._done = np.zeros(1024, np.bool_)
        """Rows whose connection was judged."""
        self._ended: list[_Ended] = []
        self._left_out = 0

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Note the sizes of segments to and from the ports of SSH."""
        self._make_room(flows)
        if len(flows.started):
            self._done[flows.started] = False
            for row in np.intersect1d(flows.started, np.fromiter(self._open, np.intp, len(self._open))).tolist():
                del self._open[row]
        port = np.isin(batch.dport, self._ssh.ports) | np.isin(batch.sport, self._ssh.ports)
        wanted = port & (batch.protocol == PROTOCOL_TCP) & (batch.fragment & FRAGMENT_OFFSET == 0)
        ending = batch.tcp_flags & (TCP_FIN | TCP_RST) != 0
        chosen = np.flatnonzero(wanted & ((batch.payload_length > 0) | ending))
        chosen = chosen[~self._done[flows.rows[chosen]]]
        self._left_out += max(len(chosen) - MOST_A_BATCH, 0)
        chosen = chosen[:MOST_A_BATCH]
        for at, row, size, over in zip(
            chosen.tolist(), flows.rows[chosen].tolist(), batch.payload_length[chosen].tolist(),
            ending[chosen].tolist(), strict=True,
        ):  # fmt: skip
            self._segment(batch, flows, at, row, size, over)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Judge the connections that ended."""
        here = [ended for ended in self._ended if ended.moment.number <= seen.last]
        self._ended = [ended for ended in self._ended if ended.moment.number > seen.last]
        for ended in here:
            source, target = seen.surroundings.party(*ended.client), seen.surroundings.party(*ended.server)
            worked = ended.failures is None
            for _ in range(1 if ended.failures is None else ended.failures):
                yield from self.judge(Attempt(ended.moment, source, target, ended.port, "", not worked, worked))

    @property
    def skipped(self) -> int:
        """Segments that were left out."""
        return self._left_out

    def enough(self, pair: Guesses) -> bool:
        """Return True for many failures, or for some at once."""
        if super().enough(pair):
            return True
        return (
            len(pair.tries) >= self._ssh.burst
            and pair.tries[-1] - pair.tries[-self._ssh.burst] <= self._ssh.burst_s * SECOND
        )

    def _segment(self, batch: PacketBatch, flows: FlowBatch, at: int, row: int, size: int, over: bool) -> None:
        if self._done[row]:
            return
        now_ns = int(batch.frames.time_ns[at])
        connection = self._open.get(row)
        if connection is None:
            if len(self._open) >= MOST_CONNECTIONS:
                del self._open[next(iter(self._open))]
                self._left_out += 1
            connection = self._open[row] = SshConnection(now_ns)
        from_client = bool(flows.from_initiator[at])
        if size:
            connection.add(from_client, size)
        if not over and not connection.is_session(now_ns):
            return
        self._done[row] = True
        del self._open[row]
        ends = _end(batch.src_high, batch.src_low, at), _end(batch.dst_high, batch.dst_low, at)
        client, server = ends if from_client else (ends[1], ends[0])
        port = int((batch.dport if from_client else batch.sport)[at])
        moment = Moment(now_ns, batch.first_number + at)
        self._ended.append(_Ended(moment, client, server, port, connection.failures(now_ns)))

    def _make_room(self, flows: FlowBatch) -> None:
        most = int(flows.rows.max(initial=0)) + 1
        if most > len(self._done):
            grown = np.zeros(max(most, 2 * len(self._done)), np.bool_)
            grown[: len(self._done)] = self._done
            self._done = grown


def _end(high: NDArray[np.uint64], low: NDArray[np.uint64], at: int) -> tuple[int, int]:
    return int(high[at]), int(low[at])
