"""DetectionApart: detection in a process of its own, so that trackers and detectors of a file share two processors."""

from __future__ import annotations

import gc
import os
import signal
import sys
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, ClassVar, Final
from weakref import finalize

import numpy as np

from netwatch.detect.conveyor import Conveyor
from netwatch.detect.detection import Detection
from netwatch.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.episodes import Episodes
    from netwatch.detect.settings import DetectionSettings
    from netwatch.tables.alerts import AlertNews
    from netwatch.track.checksums import ChecksumCounter
    from netwatch.track.event_log import Event
    from netwatch.track.flow_batch import FlowBatch

YOUNG: Final = 5000
"""Objects after which Python looks for garbage; the usual 700 are reached many times in each batch."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What the process knows at the end."""

    episodes: Episodes
    problems: list[Problem]
    skipped: int
    evicted: int
    held: int
    checksums: ChecksumCounter | None


def can_be_apart() -> bool:
    """Return whether there is a second processor, and a system on which a process is copied safely."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


class DetectionApart(Detection):
    """Detection of a file: the same batches in the same order, so that the same is found, but known only later.

    Packets are copied to the other process as they are in memory, which takes a tenth of a microsecond each.
    """

    telling: ClassVar[bool] = False
    """Whether news of alerts come before the end, to whoever takes them all the time."""

    def __init__(
        self,
        settings: DetectionSettings,
        rows: int,
        *,
        live: bool = False,
        known_names: frozenset[str] | None = None,
        checksums: ChecksumCounter | None = None,
    ) -> None:
        """Begin as Detection does and start the process; must be called before threads are started.

        Packets are judged by `checksums` there too; what it counted is added to this one when everything was looked at.

        Raises:
            UsageError: the settings name something that there is not.
        """
        super().__init__(settings, rows, live=live, known_names=known_names)
        self._checksums = checksums
        self.episodes.keeps_news = self.telling  # the process cannot be asked for it later
        self._found: _Found | None = None
        self._told: list[tuple[int, tuple[AlertNews, ...]]] = []
        self._broken = False
        """The other process is gone."""
        self._off = False
        """Something broke in the other process; what it found before counts."""
        context = get_context("fork")
        self._conveyor = Conveyor(context)
        self.process = context.Process(target=self._work, args=(rows,), daemon=True)
        self.process.start()
        self._conveyor.receiver.close()
        finalize(self, self.process.kill)  # who breaks off does not wait for it

    def feed(
        self, batch: PacketBatch, flows: FlowBatch, serials: NDArray[np.int64], events: Iterable[Event] = ()
    ) -> None:
        """Pass all of it on."""
        if len(batch):
            self.batches += 1
            bare = replace(batch, frames=replace(batch.frames, comments=None))
            self._send((bare, flows, serials[flows.rows], list(events)))

    def finish(self, events: Iterable[Event] = ()) -> None:
        """Wait until everything was looked at, and take over what was found."""
        if self._over:
            return
        self._over = True
        self._send((list(events),))
        try:
            while not isinstance(answer := self._conveyor.answer(), _Found):
                self._told.append(answer)
            self._found = answer
        except (EOFError, OSError):
            self._tell_broken()
        else:
            self.episodes, self.problems = self._found.episodes, self._found.problems
            if self._checksums is not None and self._found.checksums is not None:
                self._checksums.add(self._found.checksums)
        self._conveyor.sender.close()
        self.process.join()

    def take_news(self) -> list[tuple[int, tuple[AlertNews, ...]]]:
        """Return what the other process has told since the last time; what is left when it is gone is no news."""
        if not (self._over or self._broken):
            try:
                self._told += self._conveyor.answers()
            except (EOFError, OSError):
                self._tell_broken()
        told, self._told = self._told, []
        if self._over or self._broken:
            told.append((self.batches, self.episodes.take_news()))
        return told

    @property
    def skipped(self) -> int:
        """Events that were left out."""
        return self._found.skipped if self._found is not None else 0

    @property
    def evicted(self) -> int:
        """Identities and alerts that left."""
        return self._found.evicted if self._found is not None else 0

    @property
    def held(self) -> int:
        """Identities that are followed."""
        return self._found.held if self._found is not None else 0

    def _send(self, message: tuple[Any, ...]) -> None:
        try:
            self._conveyor.send(message)
        except (EOFError, OSError):
            self._tell_broken()

    def _tell_broken(self) -> None:
        if not self._broken:
            self._broken = True
            self.problems.append(Problem("all detectors are off: their process ended"))
            if self._checksums is not None:
                self.problems.append(Problem("checksums were not judged: the process of the detectors ended"))

    def _work(self, rows: int) -> None:
        """Do what a Detection does, in the other process."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # whoever asked for the end wants to hear what was found
        self._conveyor.sender.close()
        gc.freeze()
        gc.set_threshold(YOUNG)
        serials = np.zeros(rows, np.int64)
        seen = 0
        try:
            while len(message := self._conveyor.receive()) > 1:
                self._look(message, serials)
                self._judge(message[0])
                seen += 1
                if self.telling:
                    self._conveyor.reply((seen, self.episodes.take_news()))
            self._look(message, serials)
            found = _Found(
                self.episodes, self.problems, super().skipped, super().evicted, super().held, self._checksums
            )
            self._conveyor.reply(found)
        except (EOFError, OSError):
            return  # whoever sends is gone

    def _judge(self, batch: PacketBatch) -> None:
        """Judge the checksums of a batch, even after detectors broke."""
        if self._checksums is None:
            return
        try:
            self._checksums.feed(batch)
        except Exception as error:  # noqa: BLE001  # as in _look
            self._checksums = None
            self.problems.append(Problem.of("checksums were not judged", error))

    def _look(self, message: tuple[Any, ...], serials: NDArray[np.int64]) -> None:
        """Look at a batch, or at what was told at the end."""
        try:
            if len(message) == 1:
                super().finish(message[0])
            elif not self._off:
                batch, flows, of_packets, events = message
                serials[flows.rows] = of_packets
                super().feed(batch, flows, serials, events)
        except Exception as error:  # noqa: BLE001  # a traceback would show what a packet put there
            self._off = True
            self.problems.append(Problem.of("all detectors are off", error))


class DetectionTold(DetectionApart):
    """The same, but whoever follows hears of alerts some batches after the one that showed them."""

    telling = True
