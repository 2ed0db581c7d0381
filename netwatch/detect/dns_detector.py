"""DnsDetector: what detectors have in common that follow something by key through the messages of DNS."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from netwatch.detect.config import Config
from netwatch.detect.dns_roles import DnsRoles
from netwatch.detect.keyed import KeyedDetector
from netwatch.track.dns_event import DnsEvent

C = TypeVar("C", bound=Config)
V = TypeVar("V")


class DnsDetector(KeyedDetector[C, V]):
    """Holds what belongs to each key, bounded by `max_keys`."""

    needs: ClassVar[tuple[str | type, ...]] = (DnsEvent,)

    def __init__(self, config: C) -> None:
        """Follow nobody yet."""
        super().__init__(config)
        self.roles = DnsRoles()
