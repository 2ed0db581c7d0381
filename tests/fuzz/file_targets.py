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
    from netwatch.tui.saved_filters import SavedFilters

    path = written(data, "document.json")
    for read in (read_labels, read_alert, load):
        with contextlib.suppress(NetwatchError):
            read(str(path))
    memory = PaneMemory(path)
    memory.recall("flows")
    assert all(isinstance(text, str) for text in (memory.theme, memory.pane, *memory.interfaces))
    assert (memory.packets, memory.times, memory.last_drawn) is not None
    shown = [word for mute in read_mutes(path) for word in (mute.rule, mute.host)]
    saved = SavedFilters(path)
    shown += [saved.expanded("@a and @b"), *saved.by_name.values()]
    assert all(word.isprintable() for word in shown), shown


def lines(data: bytes) -> None:
    """Read `data` as each of the files of lines that are remembered, and as the log of problems."""
    from netwatch.run.name_history import NameHistory
    from netwatch.tui.filter_history import FilterHistory
    from netwatch.verbs.bundle import without_data

    path = written(data, "lines")
    history = FilterHistory(path)
    assert all(entry.isprintable() for entry in history.entries)
    history.add(data.decode("utf-8", "surrogateescape"))
    path.write_bytes(data)
    names = NameHistory(path)
    assert all(name.isprintable() for name in names.known)
    names.remember(["a.example"])
    assert all(line.isprintable() for line in without_data(data.decode("utf-8", "replace")))


def history(data: bytes) -> None:
    """Read `data` as the history of days, and add to it."""
    from netwatch.baseline.day_file import DayFile
    from netwatch.baseline.sample import KINDS

    days = DayFile(written(data, "days.db"))
    with contextlib.suppress(NetwatchError):
        for day in days.days():
            assert day.source.isprintable()
    with contextlib.suppress(NetwatchError):
        days.add("2026-01-02", "eth0", 60, {kind: {"a": 1} for kind in KINDS})


def engines(data: bytes) -> None:
    """Read `data` as the alerts of Suricata and the notices of Zeek."""
    from netwatch.lab import other_engines

    path = written(data, "eve.json")
    for parse in (other_engines._of_suricata, other_engines._of_zeek):
        list(other_engines._read(path, parse))


def settings(data: bytes) -> None:
    """Read `data` as config.toml, prepare the detectors that it wants, and change a setting in it."""
    from netwatch.config.settings_edit import edited
    from netwatch.settings import load
    from netwatch.verbs.detecting import detection_settings

    with contextlib.suppress(NetwatchError):
        detection_settings(load(written(data, "config.toml")))
    with contextlib.suppress(NetwatchError):
        edited(data.decode("utf-8", "replace"), "buffer", 5)


def theme(data: bytes) -> None:
    """Read `data` as a theme."""
    from netwatch.tui.theme import load_themes

    load_themes(written(data, "theme.toml").parent)
