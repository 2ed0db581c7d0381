"""PortDetector: the base of detectors of connections to listed ports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from netwatch.detect.config import Config
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.finding import Finding
    from netwatch.detect.outcome import Success


@dataclass(frozen=True, slots=True)
class PortThresholds(Config):
    """One connection is enough; a day passes before the same is a new alert."""

    ports: tuple[int, ...] = ()
    suppress_s: int = 86_400


class PortDetector(KeyedDetector[PortThresholds, Recent]):
    """Remembers the newest connections of each identity."""

    needs: ClassVar[tuple[str | type, ...]] = ("successes",)
    entry: ClassVar[type] = Recent

    def told(
        self, success: Success, key: tuple[Hashable, ...], summary: str, evidence: tuple[str, str], **more: Any
    ) -> Finding:
        """Return the finding of a connection with those before it; `more` are fields of Finding."""
        recent = self.keys.at(key)
        recent.add(success.moment, f"{success.source.text} > {success.target.text}:{success.port}")
        return replace(
            success.finding(key, summary, (evidence,)),
            first_ns=recent.first_ns,
            samples=recent.samples,
            packets=recent.packets,
            source_port=0,
            **more,
        )
