"""new.peer: a machine of this network administers another one for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config
from netwatch.detect.detector import Detector
from netwatch.detect.finding import Finding
from netwatch.detect.first_seen import FirstSeen
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 9.2. What was learned lasts for one run."""

    learn_s: int = DAY
    """Packet time from the start of a capture in which every pair is new and nothing is told."""
    horizon_d: int = 30
    """Days after which a pair that did not talk is new again."""
    ports: tuple[int, ...] = (22, 135, 445, 3389, 5985)
    """SSH, Windows' remote procedures, files, desktop and management."""
    max_keys: int = 50_000


class NewPeer(Detector[Thresholds]):
    """Remembers (client, server, port) of connections inside this network that carried data."""

    rule: ClassVar[Rule] = Rule(
        "new.peer",
        223,
        "New pair of machines on a port of administration",
        Severity.INFO,
        what="A machine of this network used a service for administration of another one, which it had not done since "
        "the capture began, after a time of learning. Whoever has taken one machine goes on like this.",
        benign="An administrator's new task or machine; a first backup or file share.",
        tune="Set learn_s to how long it takes until all usual pairs have met, or add the administrator to ignore_src.",
        mitre=("T1021",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("successes",)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._known = FirstSeen(config.max_keys, config.horizon_d * DAY * SECOND)
        self._ports = frozenset(config.ports)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the connections of the slice."""
        learned_ns = seen.surroundings.began_ns + self.config.learn_s * SECOND
        for success in seen.successes:
            source, target, moment = success.source, success.target, success.moment
            if success.port not in self._ports or not (source.local and target.local):
                continue
            key = source.entity, target.entity, success.port
            if not self._known.add(key, moment.time_ns) or moment.time_ns < learned_ns:
                continue
            yield Finding(
                key=key,
                moment=moment,
                summary=f"{source.text} used port {success.port} of {target.text} for the first time here",
                value=1,
                threshold=1,
                source=source.text,
                destination=target.text,
                port=success.port,
                protocol="TCP",
                actor=source.entity,
                victim=target.text,
                evidence=(("client", f"{source.text} {source.mac}".strip()), ("server", target.text)),
                packets=(moment.number,),
                source_port=success.source_port,
            )

    @property
    def held(self) -> int:
        """Pairs that are remembered."""
        return len(self._known)

    @property
    def evicted(self) -> int:
        """Pairs that left."""
        return self._known.evicted
