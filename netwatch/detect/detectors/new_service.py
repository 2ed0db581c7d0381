"""new.service: a machine of this network answers on a TCP port on which nobody was served before."""

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
    """Packet time from the start of a capture in which everything is new and nothing is told."""
    horizon_d: int = 30
    """Days after which a service that nobody used is new again."""
    max_keys: int = 50_000


class NewService(Detector[Thresholds]):
    """Remembers (machine, port) of connections to machines of this network that carried data.

    Services over UDP are not seen.
    """

    rule: ClassVar[Rule] = Rule(
        "new.service",
        221,
        "New service",
        Severity.INFO,
        what="A machine of this network served data on a TCP port on which it had served nobody since the capture "
        "began, after a time of learning. By itself it means little; after another alert on the same machine it may be "
        "what an intruder left behind.",
        benign="Somebody installed or started a program; a file transfer of FTP, which opens a new port each time.",
        tune="Set learn_s to how long it takes until all services were used once, or add the server to ignore_dst.",
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("successes",)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._known = FirstSeen(config.max_keys, config.horizon_d * DAY * SECOND)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the connections of the slice."""
        learned_ns = seen.surroundings.began_ns + self.config.learn_s * SECOND
        for success in seen.successes:
            source, target, port, moment = success.source, success.target, success.port, success.moment
            if not target.local:
                continue
            new = self._known.add((target.entity, port), moment.time_ns)
            if not new or moment.time_ns < learned_ns:
                continue
            yield Finding(
                key=(target.entity, port),
                moment=moment,
                summary=f"{target.text} serves on port {port}, for the first time here; {source.text} used it",
                value=1,
                threshold=1,
                source=source.text,
                destination=target.text,
                port=port,
                protocol="TCP",
                actor=source.entity,
                victim=target.text,
                evidence=(("server", f"{target.text} {target.mac}".strip()), ("first client", source.text)),
                packets=(moment.number,),
                source_port=success.source_port,
            )

    @property
    def held(self) -> int:
        """Services that are remembered."""
        return len(self._known)

    @property
    def evicted(self) -> int:
        """Services that left."""
        return self._known.evicted
