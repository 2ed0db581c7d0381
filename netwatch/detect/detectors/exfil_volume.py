"""exfil.volume: a machine sends far more to one place elsewhere than it gets from there."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.moved_bytes import WaitingMoves
from netwatch.detect.outcomes import PROTOCOL_NAMES
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Keys
from netwatch.nanoseconds import SECOND
from netwatch.track.tls_event import DatagramHello, TlsHello

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.moved_bytes import Moved
    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party
    from netwatch.track.flow_batch import FlowBatch

MEGABYTE: Final = 1_000_000
HOUR_NS: Final = 3600 * SECOND
MINUTE_NS: Final = 60 * SECOND
"""Parts of the window."""
MOST_HOURS: Final = 14 * 24
"""Of a machine, whose uploads are remembered."""
SIGMAS: Final = 4
"""Above the mean of the hours before, and at least as much again as that: hours may be all alike."""
MOST_NAMES: Final = 20_000
ALLOWED: Final = (
    "dropbox.com", "dropboxapi.com", "backblaze.com", "backblazeb2.com", "backup.apple.com", "icloud-content.com",
    "storage.live.com", "crashplan.com", "carbonite.com", "rsync.net",
)  # fmt: skip
"""Where people's own backups and photographs go."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 173 and 7.3: what a machine usually sends is learned before it is held against it."""

    mb: int = threshold(100)
    """Megabytes sent to one place within an hour, once the machine was seen for `learn_h`, and more than usual."""
    unlearned_mb: int = threshold(500)
    """Megabytes before that."""
    learn_h: int = 72
    ratio: float = 5.0
    """Times as much sent as received; calls with pictures send about as much as they get."""
    allowed: tuple[str, ...] = ALLOWED
    """Names, and all below them, that may be sent to."""
    suppress_s: int = 86_400
    max_keys: int = 20_000


class _Place:
    """What one machine moved to and from one place within an hour."""

    __slots__ = ("parts", "recent")

    def __init__(self) -> None:
        self.parts: deque[list[int]] = deque()
        """[time, bytes sent, bytes received] of minutes."""
        self.recent = Recent()

    def add(self, moved: Moved) -> tuple[int, int]:
        """Count, and return (bytes sent, bytes received) of the hour until now."""
        now_ns = moved.moment.time_ns
        if self.parts and now_ns - self.parts[-1][0] < MINUTE_NS:
            self.parts[-1][1] += moved.forth
            self.parts[-1][2] += moved.back
        else:
            self.parts.append([now_ns, moved.forth, moved.back])
        while self.parts[0][0] < now_ns - HOUR_NS:
            self.parts.popleft()
        self.recent.add(moved.moment)
        return sum(part[1] for part in self.parts), sum(part[2] for part in self.parts)


class ExfilVolume(KeyedDetector[Thresholds, _Place]):
    """Adds up what clients here send to servers elsewhere, by machine and name."""

    rule: ClassVar[Rule] = Rule(
        "exfil.volume",
        173,
        "Large upload",
        Severity.MEDIUM,
        what="A machine sent far more to one place elsewhere than it got from there, and more than it usually sends in "
        "an hour. Whoever carries data out of a network does so.",
        benign="A backup, photographs on their way to a cloud, a large file for somebody.",
        tune="Add the name to allowed, or raise mb and unlearned_mb.",
        mitre=("T1048", "T1567.002"),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Place

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._moves = WaitingMoves()
        self._names: Keys[list[str]] = Keys(MOST_NAMES, list)
        """The name in the newest hello, by client and server."""
        self._hours: Keys[OrderedDict[int, int]] = Keys(config.max_keys, OrderedDict)
        """Bytes that each machine sent, by hour."""

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Count bytes."""
        self._moves.add(batch, flows)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Judge every place that got much in this slice."""
        for request in (
            *(hello.request for hello in seen.of(TlsHello)),
            *(hello.request for hello in seen.of(DatagramHello)),
        ):
            if request.name:
                self._names.at((*request.client, *request.server))[:] = [request.name]
        for moved in self._moves.take(seen.last):
            source, target = seen.surroundings.party(*moved.client), seen.surroundings.party(*moved.server)
            if source.local and not target.local:
                yield from self._judge(moved, source, target, seen.surroundings.began_ns)

    @property
    def skipped(self) -> int:
        """Mebibytes that were left out because too many came at once."""
        return self._moves.left_out

    def _judge(self, moved: Moved, source: Party, target: Party, began_ns: int) -> Iterator[Finding]:
        ends = (*moved.client, moved.client_port, *moved.server, moved.server_port)
        names = self._names.get(ends)
        name = names[0] if names else ""
        hours = self._hours.at(source.entity)
        hour = moved.moment.time_ns // HOUR_NS
        hours[hour] = hours.get(hour, 0) + moved.forth
        if len(hours) > MOST_HOURS:
            hours.popitem(last=False)
        if any(f".{name}".endswith(f".{suffix}") for suffix in self.config.allowed):
            return
        place = self.keys.at((source.entity, name or target.text))
        sent, received = place.add(moved)
        least, usual = self._least(hours, hour, began_ns)
        if sent < least * MEGABYTE or sent < self.config.ratio * received:
            return
        yield Finding(
            key=(source.entity, name or target.text),
            moment=moved.moment,
            summary=f"{source.text} sent {sent // MEGABYTE:,} MB to {name or target.text} within an hour",
            value=sent // MEGABYTE,
            threshold=least,
            window_s=HOUR_NS // SECOND,
            source=source.text,
            destination=target.text,
            port=moved.server_port,
            protocol=PROTOCOL_NAMES.get(moved.protocol, ""),
            actor=source.entity,
            victim=target.text,
            severity=None if usual else Severity.LOW,
            confidence=60 if usual else 40,
            first_ns=place.parts[0][0],
            evidence=(
                ("sent", f"{sent / MEGABYTE:,.0f} MB, {received / MEGABYTE:,.1f} MB received"),
                ("usual", usual or f"not known: this machine was seen for less than {self.config.learn_h} hours"),
                ("name", name or "none seen"),
            ),
            packets=place.recent.packets,
            source_port=moved.client_port,
        )

    def _least(self, hours: OrderedDict[int, int], hour: int, began_ns: int) -> tuple[float, str]:
        """Return the megabytes that are too much, and in words what is usual, empty while that is not known."""
        first = max(began_ns // HOUR_NS, hour - MOST_HOURS)
        if hour - first < self.config.learn_h:
            return float(self.config.unlearned_mb), ""
        past = np.array([hours.get(one, 0) for one in range(first, hour)], np.float64) / MEGABYTE
        mean, deviation = float(past.mean()), float(past.std())
        usual = f"{mean:,.1f} MB an hour, standard deviation {deviation:,.1f}"
        return max(float(self.config.mb), mean + max(SIGMAS * deviation, mean)), usual
