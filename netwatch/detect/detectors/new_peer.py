"""new.peer: a machine of this network administers another one for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.learning import LearningDetector, LearningThresholds
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.config import Config
    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(LearningThresholds):
    """Pairs on ports of administration."""

    ports: tuple[int, ...] = (22, 135, 445, 3389, 5985)
    """SSH, Windows' remote procedures, files, desktop and management."""


class NewPeer(LearningDetector[Thresholds]):
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
        self._ports = frozenset(config.ports)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the connections of the slice."""
        for success in seen.successes:
            source, target, moment = success.source, success.target, success.moment
            if success.port not in self._ports or not (source.local and target.local):
                continue
            key = source.entity, target.entity, success.port
            if not self.is_news(key, moment.time_ns, seen):
                continue
            yield success.finding(
                key,
                f"{source.text} used port {success.port} of {target.text} for the first time here",
                (("client", f"{source.text} {source.mac}".strip()), ("server", target.text)),
            )
