"""new.service: a machine of this network answers on a TCP port on which nobody was served before."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.learning import LearningDetector, LearningThresholds
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.config import Config
    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation


class NewService(LearningDetector[LearningThresholds]):
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
    defaults: ClassVar[Config] = LearningThresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("successes",)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the connections of the slice."""
        for success in seen.successes:
            source, target, port, moment = success.source, success.target, success.port, success.moment
            if not target.local:
                continue
            key = target.entity, port
            if self.is_news(key, moment.time_ns, seen):
                yield success.finding(
                    key,
                    f"{target.text} serves on port {port}, for the first time here; {source.text} used it",
                    (("server", f"{target.text} {target.mac}".strip()), ("first client", source.text)),
                )
