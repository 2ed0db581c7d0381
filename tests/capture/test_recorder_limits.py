"""The texts of -a and -b."""

from __future__ import annotations

import pytest

from netwatch.capture.autostop import Limits, parse_autostop, parse_ring
from netwatch.capture.recorder import Recorder
from netwatch.errors import UsageError


def test_limits_of_the_command_line():
    assert parse_autostop([]) == Limits()
    assert parse_autostop(["duration:5", "packets:10", "filesize:100", "files:2"]) == Limits(
        5_000_000_000, 10, 100_000, 2
    )
    assert parse_autostop(["duration:0.25", "duration:1.5"]) == Limits(duration_ns=1_500_000_000)
    assert parse_ring(["files:3", "filesize:1"]) == Limits(filesize=1000, files=3)


@pytest.mark.parametrize(
    "text",
    [
        *("", "5", "duration", "duration:", "duration:x", "duration:-1", "duration:nan", "duration:inf", "duration:0"),
        *(
            "packets:0",
            "packets:1.5",
            "packets:-3",
            "packets:²",
            "filesize:1e3",
            "files:" + "9" * 30,
            "files:" + "9" * 9999,
        ),
        *("size:3", "Duration:5", "duration:\x1b[31m", "duration:1e400", "duration:1e-12"),
    ],
)
def test_limits_that_are_none(text):
    with pytest.raises(UsageError) as raised:
        parse_autostop([text])
    assert raised.value.message.isprintable()
    assert len(raised.value.message) < 1200


def test_a_ring_needs_to_know_when_a_file_is_full(tmp_path):
    with pytest.raises(UsageError, match="when to begin a new file"):
        parse_ring(["files:3"])
    with pytest.raises(UsageError, match="-b filesize"):
        Recorder(str(tmp_path / "a"), [], ring=Limits(packets=1), autostop=Limits(filesize=1))
