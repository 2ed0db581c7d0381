"""Detector: the small interface that every detection implements; custom ones of the user as well."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from netwatch.detect.config import ALL_PROFILES, Config

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.beginning import Beginning
    from netwatch.detect.config import Profile
    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation
    from netwatch.detect.rule import Rule
    from netwatch.track.flow_batch import FlowBatch

C = TypeVar("C", bound=Config)


class Detector(ABC, Generic[C]):
    """One detection. Used by one thread; all state is bounded by `config.max_keys` and counted when it leaves.

    A subclass says what it is in `rule`, has its thresholds in a frozen dataclass that extends Config, and is listed
    in registry.py.
    """

    rule: ClassVar[Rule]
    profiles: ClassVar[frozenset[Profile]] = ALL_PROFILES
    """Profiles in which it works."""
    defaults: ClassVar[Config]
    needs: ClassVar[tuple[str | type, ...]] = ()
    """Fields of Observation ("failures") and classes of events (DnsEvent) of which a slice must have one, or `feed` is
    not called; () for every slice, which few detectors want: those that act when time passes, or that `watch`."""

    left_out = 0
    """Events that came when there was no time for them, or no room."""

    def __init__(self, config: C) -> None:
        """Begin without state."""
        self.config = config

    def begin(self, beginning: Beginning) -> None:  # few detectors need it
        """Learn what there is to know of the capture, before anything else."""

    @abstractmethod
    def feed(self, seen: Observation) -> Iterable[Finding]:
        """Take what happened in one slice of packet time; return what crossed a threshold, or is still above one.

        Whatever is decided must depend on the events' own times and order only, never on which of them came together.
        """

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:  # few detectors need it
        """Look at packets themselves, before `feed`; only for what no event tells. Must cost almost nothing."""

    @property
    def held(self) -> int:
        """Identities that are followed now."""
        return 0

    @property
    def evicted(self) -> int:
        """Identities that left because there were too many."""
        return 0

    @property
    def skipped(self) -> int:
        """Events that were left out because too many came at once."""
        return self.left_out
