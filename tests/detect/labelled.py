"""Labelled captures beside the checkout, and the alerts that files give."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from netwatch.capture.file_source import FileSource
from netwatch.detect.config import Profile
from netwatch.detect.settings import DetectionSettings
from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer

FOLDER = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"


@dataclass(frozen=True)
class Labelled:
    """One capture with what it shows."""

    file: str
    label: str


def labelled() -> list[Labelled]:
    """Return all of them; none where the folder is absent."""
    path = FOLDER / "labels.tsv"
    if not path.exists():
        return []
    with path.open() as lines:
        return [Labelled(row["file"], row["label"]) for row in csv.DictReader(lines, delimiter="\t")]


def session_of(file: str | Path, profile: Profile = Profile.BALANCED) -> Session:
    """Return a session that has read a capture file to its end."""
    session = Session(source=FileSource([str(file)]), buffer=PacketBuffer(0), detect=DetectionSettings(profile))
    while session.step(0):
        pass
    session.end()
    return session
