"""`netwatch lab check`: the detectors run over labelled captures, as a report would run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.lab.bench import Progress, Stop
from netwatch.lab.check import Found, Score, captures_with_labels, results_of, score
from netwatch.lab.labels import read_labels

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from netwatch.lab.results import Results

READ_TIMEOUT = 0.2


def check(options: argparse.Namespace) -> Results:
    """Run the engine over each capture and score it.

    Raises:
        NetwatchError: a file cannot be read, has no labels, or the engine is not installed.
    """
    pairs = captures_with_labels(options.capture, options.labels)
    labels = [(capture, read_labels(path)) for capture, path in pairs]
    scores: dict[str, Score] = {}
    progress = Progress(shown=False if options.quiet else None)
    stop = Stop()
    done = 0
    with stop.on_signals():
        for capture, wanted in labels:
            if stop.wanted:
                break
            progress.show(f"{done}/{len(labels)} captures")
            score(capture, _alerts(capture, options), wanted, scores)
            done += 1
    progress.clear()
    results = results_of(scores, done, options.saved)
    if stop.wanted:
        results.text += f"\ninterrupted after {done} of {len(labels)} captures"
        results.failed = True
    return results


def _alerts(capture: str, options: argparse.Namespace) -> list[Found]:
    if options.engine != "netwatch":
        from netwatch.lab.other_engines import alerts_of

        return alerts_of(options.engine, capture, options.rules)
    return list(_own_alerts(capture, options.profile, options.rules))


def _own_alerts(capture: str, profile: str, rules: Sequence[str]) -> Iterator[Found]:
    from netwatch.capture.file_source import FileSource
    from netwatch.detect.config import Profile
    from netwatch.detect.settings import DetectionSettings
    from netwatch.lab.input_file import InputFileError
    from netwatch.run.session import Session
    from netwatch.snapshot import CaptureState
    from netwatch.track.buffer import PacketBuffer

    source = FileSource([capture])
    chosen = {"sig.payload": {"rules": tuple(rules)}} if rules else {}
    session = Session(source=source, buffer=PacketBuffer(0), detect=DetectionSettings(Profile(profile), chosen))
    while session.step(READ_TIMEOUT):
        pass
    session.end()
    snapshot = session.snapshot()
    if snapshot.state is CaptureState.FAILED:
        raise InputFileError(snapshot.message)
    summary = session.summary("bytes", 1)
    for alert in summary.alerts.alerts if summary.alerts is not None else ():
        times = (alert.first_ns / 1e9, alert.last_ns / 1e9)
        yield Found(alert.rule, alert.source, alert.destination, *times, quiet=alert.word == "info")
