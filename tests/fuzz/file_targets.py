"""Files from strangers: captures, settings, labels, what other engines write; a wrong one is one line, no traceback."""

from __future__ import annotations

import contextlib

from netwatch.errors import NetwatchError
from tests.fuzz.scratch import written

MOST_BLOCKS = 1000
"""Blocks that a file of some kilobytes never has."""


def capture(data: bytes) -> None:
    """Read `data` as a capture file, whichever kind it is, and decode what is in it."""
    from netwatch.capture.file_source import FileSource
    from netwatch.decode.decoder import decode

    with contextlib.suppress(NetwatchError):
        source = FileSource([str(written(data, "capture"))])
        try:
            for _ in range(MOST_BLOCKS):
                frames = source.read(1.0)
                if frames is not None and len(frames):
                    decode(frames, 1)
            raise AssertionError("a small file has no end")
        except EOFError:
            source.counters()
        finally:
            source.close()


def documents(data: bytes) -> None:
    """Read `data` as each of the small files that others may have written."""
    from netwatch.export.alert_file import read_alert
    from netwatch.export.baseline import load
    from netwatch.lab.labels import read_labels
    from netwatch.run.mute_file import read_mutes
    from netwatch.tui.memory import PaneMemory

    path = written(data, "document.json")
    for read in (read_labels, read_alert, load):
        with contextlib.suppress(NetwatchError):
            read(str(path))
    read_mutes(path)
    PaneMemory(path).recall("flows")


def engines(data: bytes) -> None:
    """Read `data` as the alerts of Suricata and the notices of Zeek."""
    from netwatch.lab import other_engines

    path = written(data, "eve.json")
    for parse in (other_engines._of_suricata, other_engines._of_zeek):
        list(other_engines._read(path, parse))


def settings(data: bytes) -> None:
    """Read `data` as config.toml and prepare the detectors that it wants."""
    from netwatch.settings import load
    from netwatch.verbs.detecting import detection_settings

    with contextlib.suppress(NetwatchError):
        detection_settings(load(written(data, "config.toml")))


def theme(data: bytes) -> None:
    """Read `data` as a theme."""
    from netwatch.tui.theme import load_themes

    load_themes(written(data, "theme.toml").parent)
