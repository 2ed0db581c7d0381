"""Detection in a process of its own finds what it finds here, and says when that process is gone."""

from __future__ import annotations

import gc
import signal
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from netwatch.decode.decoder import decode
from netwatch.detect.apart import DetectionApart, DetectionTold, can_be_apart
from netwatch.detect.detection import Detection
from netwatch.detect.settings import DetectionSettings
from netwatch.problem import Problem
from netwatch.track.analysis import Analysis
from netwatch.track.checksums import ChecksumCounter
from netwatch.track.event_log import EventLog
from tests.detect.scenes import attack
from tests.detect.traffic import block_of, detect

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.tables.alerts import AlertNews

pytestmark = [
    pytest.mark.skipif(not can_be_apart(), reason="no second processor, or not Linux"),
    # The process of tests has threads of its own; netwatch has none yet
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]
PACKETS_A_BATCH = 50


def apart(
    between: Callable[[Any], None] = lambda _detection: None,
    kind: Callable[..., DetectionApart] = DetectionApart,
) -> DetectionApart:
    """Return the detection that saw the attack in several batches; `between` two of them something may happen."""
    log, frames = EventLog(), attack().sorted()
    analysis = Analysis(log=log)
    detection = kind(DetectionSettings(), analysis.flows.columns.capacity)
    detection.keep_news()
    edges = [*range(0, len(frames), PACKETS_A_BATCH), len(frames)]
    for start, stop in pairwise(edges):
        batch = decode(block_of(frames[start:stop]), start + 1)
        flows = analysis.feed(batch)
        detection.feed(batch, flows, analysis.flows.columns.serial, log.take())
        between(detection)
    analysis.settle()
    detection.finish(log.take())
    return detection


def test_the_same_is_found_as_in_this_process() -> None:
    """Alerts with all that they say, and every count."""
    here, there = detect(attack()), apart()
    assert there.summary() == here.summary()
    assert len(there.summary().alerts) > 2
    assert (there.held, there.problems) == (here.held, here.problems)


def test_news_are_told_behind_the_batches_that_led_to_them() -> None:
    """Whatever the other process is behind, each piece of news stands behind the same batch as here."""
    here: list[tuple[int, tuple[AlertNews, ...]]] = []
    there: list[tuple[int, tuple[AlertNews, ...]]] = []
    here += apart(lambda detection: here.extend(detection.take_news()), Detection).take_news()
    there += apart(lambda detection: there.extend(detection.take_news()), DetectionTold).take_news()
    assert [each for each in there if each[1]] == [each for each in here if each[1]]
    assert len({batches for batches, news in there if news}) > 2


def test_no_news_are_waited_for_of_a_process_that_is_gone() -> None:
    """Every batch counts as looked at, so that nothing else waits."""
    told: list[int] = []

    def kill(detection: DetectionApart) -> None:
        detection.process.kill()
        detection.process.join()
        told.append(detection.take_news()[-1][0])

    detection = apart(kill, DetectionTold)
    assert told == list(range(1, len(told) + 1))
    assert detection.problems == [Problem("all detectors are off: their process ended")]


def test_what_breaks_there_keeps_nothing_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The batches behind it count as looked at."""

    def broken(*_told: object) -> None:
        raise ValueError

    monkeypatch.setattr(Detection, "feed", broken)
    told: list[int] = []
    detection = apart(lambda one: told.extend(batches for batches, _ in one.take_news()), DetectionTold)
    told += [batches for batches, _ in detection.take_news()]
    assert set(told) == set(range(1, detection.batches + 1))


def test_a_process_that_is_gone_is_told_of() -> None:
    """The capture goes on without alerts, and says so once."""

    def kill(detection: DetectionApart) -> None:
        detection.process.kill()
        detection.process.join()

    detection = apart(kill)
    assert detection.problems == [Problem("all detectors are off: their process ended")]
    assert detection.summary().alerts == ()


def test_what_breaks_there_is_told_of(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """In one line, once, and without a traceback of the other process."""

    def broken(*_told: object) -> None:
        raise ValueError("\x1b[2J")

    monkeypatch.setattr(Detection, "feed", broken)
    detection = apart()
    (problem,) = detection.problems
    assert problem.words == r"all detectors are off: ValueError('\x1b[2J')"
    assert "in broken" in problem.trace
    assert capfd.readouterr().err == ""


def test_nobody_waits_for_it_who_breaks_off() -> None:
    """It ends with the detection that began it, whatever it was told last."""
    detection = DetectionApart(DetectionSettings(), Analysis().flows.columns.capacity)
    process = detection.process
    del detection
    gc.collect()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def test_checksums_are_judged_there_too() -> None:
    """The same counts and senders as here; of a part that breaks it is said, and the rest goes on."""
    here, there = ChecksumCounter(), ChecksumCounter()
    here.feed(decode(block_of(attack().sorted()), 1))
    apart(kind=partial(DetectionApart, checksums=there))
    assert there.summary() == here.summary()
    assert there.judged


def test_checksums_that_cannot_be_judged_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether judging breaks, or the process is gone; detectors find what they find as long as it lives."""

    def broken(*_: object) -> None:
        raise ArithmeticError("sum")

    whole = apart()
    monkeypatch.setattr(ChecksumCounter, "feed", broken)
    found = apart(kind=partial(DetectionApart, checksums=ChecksumCounter()))
    assert [problem.words.partition(":")[0] for problem in found.problems] == ["checksums were not judged"]
    assert found.summary() == whole.summary()
    monkeypatch.undo()
    gone = apart(lambda detection: detection.process.kill(), partial(DetectionApart, checksums=ChecksumCounter()))
    assert [problem.words for problem in gone.problems][-1] == (
        "checksums were not judged: the process of the detectors ended"
    )
