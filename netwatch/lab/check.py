"""`lab check`: what detectors found in labelled captures, counted as true and false positives, and compared."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.lab.input_file import InputFileError
from netwatch.lab.labels import labels_path
from netwatch.lab.results import Results
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netwatch.lab.scenarios.scene import Label

COLUMNS: Final = ("detector", "labels", "true_positives", "missed", "false_positives", "captures_missed")
CAPTURES: Final = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz")
MOST_CAPTURES: Final = 10_000
LATE: Final = 1.0
"""Seconds after the end of what a label describes in which an alert of another engine still counts as its own."""
_MOST_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """An alert, of whatever engine."""

    detector: str
    """Our detector, or the engine's name, `:` and its own name of what it found."""
    source: str
    destination: str
    start: float
    end: float
    quiet: bool = False
    """Of severity info: a remark, which is no false positive."""


@dataclass(slots=True)
class Score:
    """How one detector did."""

    labels: int = 0
    found: int = 0
    false: int = 0
    missed_in: list[str] = field(default_factory=list)


def captures_with_labels(path: str, labels: str | None) -> list[tuple[str, str]]:
    """Return (capture, label file) for a capture or for each in a folder; `labels` is another file or folder of labels.

    Raises:
        UsageError: there is no capture, or one has no labels.
    """
    root = Path(path)
    if not root.is_dir():
        return [(path, labels if labels is not None and not Path(labels).is_dir() else _beside(root, labels))]
    captures = sorted(one for one in root.iterdir() if one.name.endswith(CAPTURES))[:MOST_CAPTURES]
    if not captures:
        raise UsageError(f"there is no capture file in {printable(path)}")
    pairs = [(str(one), _beside(one, labels)) for one in captures]
    for capture, wanted in pairs:
        if not Path(wanted).exists():
            raise UsageError(f"{printable(capture)} has no labels", f"they would be in {printable(wanted)}")
    return pairs


def score(name: str, alerts: Iterable[Found], labels: Sequence[Label], scores: dict[str, Score]) -> None:
    """Add what was found in the capture `name` to the scores.

    A label is found by an alert of one of its detectors with its source or destination. An alert that belongs to no
    label, not even as something that rightly comes along, is a false positive.
    """
    found = list(alerts)
    for label in labels:
        entry = scores.setdefault(label.detectors[0], Score())
        entry.labels += 1
        if any(_is_of(alert, label, label.detectors) for alert in found):
            entry.found += 1
        else:
            entry.missed_in.append(name)
    for alert in found:
        allowed = any(_is_of(alert, label, (*label.detectors, *label.also)) for label in labels)
        if not allowed and not alert.quiet:
            scores.setdefault(alert.detector, Score()).false += 1


def results_of(scores: dict[str, Score], captures: int, saved: str | None) -> Results:
    """Return a row a detector; failed when one is worse than in the `saved` JSON of an earlier run.

    Raises:
        InputFileError: that cannot be read.
    """
    rows: list[dict[str, Any]] = [
        {
            "detector": detector,
            "labels": entry.labels,
            "true_positives": entry.found,
            "missed": entry.labels - entry.found,
            "false_positives": entry.false,
            "captures_missed": sorted(set(entry.missed_in)),
        }
        for detector, entry in sorted(scores.items())
    ]
    worse = _worse(rows, _saved(saved)) if saved is not None else []
    totals = {key: sum(row[key] for row in rows) for key in ("labels", "true_positives", "missed", "false_positives")}
    text = f"{captures} captures: {totals['true_positives']} of {totals['labels']} labels found, "
    text += f"{totals['false_positives']} false positives"
    if saved is not None:
        text += "".join(f"\nWORSE: {line}" for line in worse) or "\nnot worse than the saved result"
    return Results(COLUMNS, rows, {**totals, "captures": captures, "worse": worse}, text, failed=bool(worse))


def _beside(capture: Path, labels: str | None) -> str:
    wanted = labels_path(str(capture))
    return wanted if labels is None else str(Path(labels) / Path(wanted).name)


def _is_of(alert: Found, label: Label, detectors: Sequence[str]) -> bool:
    if ":" in alert.detector:
        # other engines have names of their own, so any alert about the hosts at that time counts
        named = alert.start <= label.end + LATE
    else:
        named = any(fnmatchcase(alert.detector, pattern) for pattern in detectors)
    hosts = {label.source, label.destination, *label.hosts} - {""}
    return named and bool(hosts & {alert.source, alert.destination}) and alert.end >= label.start - 1


def _worse(rows: Sequence[dict[str, Any]], before: dict[str, dict[str, Any]]) -> list[str]:
    lines = []
    now = {row["detector"]: row for row in rows}
    for detector, old in before.items():
        new = now.get(detector, {"true_positives": 0, "false_positives": 0})
        if new["true_positives"] < old["true_positives"]:
            lines.append(f"{detector} finds {new['true_positives']}, not {old['true_positives']} labels")
    for detector, new in now.items():
        old_false = before.get(detector, {}).get("false_positives", 0)
        if new["false_positives"] > old_false:
            lines.append(f"{detector} has {new['false_positives']}, not {old_false} false positives")
    return lines


def _saved(path: str) -> dict[str, dict[str, Any]]:
    shown = printable(path)
    try:
        with Path(path).open("rb") as file:
            rows = json.loads(file.read(_MOST_BYTES))["results"]
        kept = {str(row["detector"]): row for row in rows}
        for row in rows:
            int(row["true_positives"]) + int(row["false_positives"])
    except OSError as error:
        raise InputFileError(f"cannot read {shown}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputFileError(f"{shown} is no saved result", "netwatch lab check --json -o writes one") from error
    return kept
