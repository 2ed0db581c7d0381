"""The file of days: what is added is there again, it is bounded, private, and what is not ours is left alone."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netwatch.baseline import day_file
from netwatch.baseline.compare import Day, compare_days
from netwatch.baseline.day_file import APPLICATION, DayFile
from netwatch.baseline.days import merged
from netwatch.baseline.sample import KINDS, Sample, added, growth
from netwatch.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path


def sample(**hosts: int) -> Sample:
    """Return a sample with these hosts and nothing else."""
    return {kind: dict(hosts) if kind == "hosts" else {} for kind in KINDS}


def test_days_grow_and_are_there_again(tmp_path: Path) -> None:
    """Each place counts for itself; nothing is made by looking."""
    path = tmp_path / "state" / "days.db"
    file = DayFile(path)
    assert file.days() == []
    assert not path.exists()
    file.add("2026-01-02", "eth0", 60, sample(a=5))
    file.add("2026-01-01", "eth0", 30, sample(a=1))
    file.add("2026-01-02", "eth0", 60, sample(a=2, b=1))
    file.add("2026-01-02", "lo", 10, sample(c=1))
    assert DayFile(path).days() == [
        Day("2026-01-01", "eth0", 30, sample(a=1)),
        Day("2026-01-02", "eth0", 120, sample(a=7, b=1)),
        Day("2026-01-02", "lo", 10, sample(c=1)),
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert merged(DayFile(path).days())[1] == Day("2026-01-02", "", 120, sample(a=7, b=1, c=1))


def test_the_oldest_days_and_the_smallest_entries_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it runs."""
    monkeypatch.setattr(day_file, "MOST_DAYS", 3)
    monkeypatch.setattr(day_file, "MOST_KEYS", 2)
    file = DayFile(tmp_path / "days.db")
    for day in range(1, 7):
        file.add(f"2026-01-0{day}", "eth0", 60, sample(a=1, b=2, c=3))
    days = file.days()
    assert [day.date for day in days] == ["2026-01-04", "2026-01-05", "2026-01-06"]
    assert [day.sample for day in days] == [sample(b=2, c=3)] * 3
    with closing(sqlite3.connect(file.path)) as database:
        assert database.execute("SELECT count(*) FROM amount").fetchone() == (6,)


def make_foreign(path: Path, kind: str) -> None:
    """Put something else where the file should be."""
    if kind == "text":
        path.write_text("something else\n" * 1000)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        DayFile(path.with_name("real.db")).add("2026-01-01", "eth0", 60, sample(a=1))
        path.symlink_to(path.with_name("real.db"))
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "database":
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE day (id INTEGER)")
    elif kind == "trigger":
        DayFile(path).add("2026-01-01", "eth0", 60, sample(a=1))
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TRIGGER more AFTER INSERT ON amount BEGIN DELETE FROM day; END")
    else:
        DayFile(path).add("2026-01-01", "eth0", 60, sample(**{f"h{at}": at for at in range(900)}))
        damaged = bytearray(path.read_bytes())
        damaged[4096 : 3 * 4096] = b"\xff" * (2 * 4096)
        path.write_bytes(damaged)


@pytest.mark.parametrize("kind", ["text", "folder", "link", "pipe", "database", "trigger", "damaged"])
def test_what_is_not_ours_is_left_alone(tmp_path: Path, kind: str) -> None:
    """One line says so, and the bytes stay."""
    path = tmp_path / "days.db"
    make_foreign(path, kind)
    before = path.read_bytes() if path.is_file() else b""
    for act in (DayFile(path).days, lambda: DayFile(path).add("2026-01-02", "eth0", 60, sample(a=1))):
        with pytest.raises(FileError, match="cannot be used"):
            act()
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_an_index_that_points_elsewhere(tmp_path: Path) -> None:
    """SQLite finds the day when it is added and not when it is looked for (found by fuzzing)."""
    path = tmp_path / "days.db"
    for date in ("2026-01-01", "2026-01-02"):
        DayFile(path).add(date, "eth0", 60, sample(a=1))
    damaged = bytearray(path.read_bytes())
    damaged[2 * 4096 + 11] -= 8  # the second entry of the index, in its third page, begins earlier now
    path.write_bytes(damaged)
    with pytest.raises(FileError, match="cannot be used"):
        DayFile(path).add("2026-01-02", "eth0", 60, sample(a=1))
    assert path.read_bytes() == damaged


def test_wrong_types_and_hostile_text_in_our_own_tables(tmp_path: Path) -> None:
    """SQLite lets any value into any column."""
    path = tmp_path / "days.db"
    DayFile(path).add("2026-01-01", "eth0", 60, sample(a=1))
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO day VALUES (7, '2026-01-02', char(27) || '[31m', 'long')")
        database.execute("INSERT INTO day VALUES (8, '2026-01-03', char(27) || '[31m', -5)")
        database.execute("INSERT INTO amount VALUES (1, 'hosts', 'b', 'much'), (1, 'cows', 'c', 1)")
        database.execute("INSERT INTO amount VALUES (1, 'hosts', x'00ff', 3)")
        database.commit()
    assert DayFile(path).days() == [
        Day("2026-01-01", "eth0", 60, sample(a=1)),
        Day("2026-01-03", "\\x1b[31m", 0, sample()),
    ]
    assert APPLICATION < 1 << 31


def test_growth_and_sums() -> None:
    """What left its table and came back began at nothing."""
    assert growth(sample(a=5, b=9), sample(a=7, b=2, c=1)) == sample(a=2, b=2, c=1)
    assert growth({}, sample(a=5)) == sample(a=5)
    assert added(sample(a=1), sample(a=2, b=1)) == sample(a=3, b=1)


def test_days_are_compared_over_as_long_as_was_watched() -> None:
    """A tenth of a day is beside a tenth of the others; what may still come is not gone."""
    days = [Day(f"2026-01-0{at}", "eth0", 1000, sample(a=1000 + 10 * at, quiet=500)) for at in range(1, 6)]
    assert compare_days(days, sample(a=101), 100) == []
    found = compare_days(days, sample(a=900, n=1), 100)
    assert [(one.change, one.key) for one in found] == [("new", "n"), ("larger", "a")]
    assert found[1].score > 3.5
    assert [(one.change, one.key) for one in compare_days(days, sample(a=1030), 1000)] == [("gone", "quiet")]
    assert [(one.change, one.key) for one in compare_days(days, sample(a=300, quiet=500), 1000)] == [("smaller", "a")]
    assert compare_days([Day("2026-01-01", "eth0", 5, sample(a=1))], sample(b=1), 100) == []
