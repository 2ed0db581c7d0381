"""Trackers that are fed one after another, each of which may break without ending the others or the capture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from netwatch.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch

T = TypeVar("T")


class Feed(Protocol):
    """What a tracker does with a batch."""

    def __call__(self, batch: PacketBatch, flow_batch: FlowBatch, /) -> None:
        """Take the packets of `batch` and which flows they belong to."""
        ...


class Parts:
    """Feeds trackers by name; one that raises is switched off and said, what it learned before stays."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        """Feed these, in their order."""
        self._feeds = dict(feeds)
        self._off: set[str] = set()
        self.problems: tuple[Problem, ...] = ()

    def feed(self, batch: PacketBatch, flow_batch: FlowBatch) -> None:
        """Feed every tracker that still works."""
        for name, feed in tuple(self._feeds.items()):
            try:
                feed(batch, flow_batch)
            except Exception as error:  # noqa: BLE001  # what hostile packets break must not end the capture
                del self._feeds[name]
                self.problems += (Problem.of(f"{name} is off", error),)

    def attempt(self, name: str, work: Callable[[], T]) -> T | None:
        """Return what `work` does for a part that is not fed here; None once it raised, it is switched off then."""
        if name in self._off:
            return None
        try:
            return work()
        except Exception as error:  # noqa: BLE001  # as in `feed`
            self._off.add(name)
            self.problems += (Problem.of(f"{name} is off", error),)
            return None
