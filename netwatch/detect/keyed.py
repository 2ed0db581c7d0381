"""KeyedDetector: the base of detectors that follow identities, so that all of them are bounded and counted alike."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from netwatch.detect.config import Config
from netwatch.detect.detector import Detector
from netwatch.detect.window import Keys

C = TypeVar("C", bound=Config)
V = TypeVar("V")


class KeyedDetector(Detector[C], Generic[C, V]):
    """Has a V for each identity, at most `config.max_keys` of them."""

    entry: ClassVar[type]
    """V: the class of what belongs to one identity."""

    def __init__(self, config: C) -> None:
        """Follow nobody yet."""
        super().__init__(config)
        self.keys: Keys[V] = Keys(config.max_keys, self.entry)

    @property
    def held(self) -> int:
        """Identities that are followed."""
        return len(self.keys)

    @property
    def evicted(self) -> int:
        """Identities that left."""
        return self.keys.evicted
