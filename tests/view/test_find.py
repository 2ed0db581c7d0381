"""Finding packets by what they hold: text, pattern, bytes, info; forwards, backwards, inside a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.errors import FilterError
from tests.scenes import SceneSource, day, frames_of, running_engine, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.engine import Engine

PACKETS = day()
PER_ROUND = len(PACKETS) // 8


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Return an engine that has seen the scene."""
    running = running_engine(SceneSource([frames_of(PACKETS)]), len(PACKETS))
    yield running
    running.close()


@pytest.mark.parametrize(
    ("mode", "text", "start", "step", "found"),
    [
        ("text", "get /index", 1, 1, 9),
        ("text", "GET /index", 10, 1, PER_ROUND + 9),
        ("text", "Get /index", 1, 1, None),
        ("text", "get /index", 112, -1, 7 * PER_ROUND + 9),
        ("text", "get /index", 8, -1, None),
        ("hex", "47 45 54", 1, 1, 9),
        ("hex", "160301", 9, -1, 8),
        ("regex", r"http/1\.[01] 2\d\d", 1, 1, 10),
        ("info", "echo reply", 1, 1, 12),
        ("info", "who has", 2, 1, PER_ROUND + 1),
        ("info-regex", r"^icmp echo .* reply", 1, 1, None),
        ("info-regex", r"^icmp .*echo .*reply", 1, 1, 12),
        ("regex", r"^\x00\x80", 1, 1, 13),
        ("detail", "hwtype", 2, 1, 2),
        ("detail-regex", r"^ttl +\d+$", 112, -1, 112),
        ("text", "get", 113, 1, None),
        ("text", "get", 0, -1, None),
    ],
)
def test_the_next_packet(engine: Engine, mode: str, text: str, start: int, step: int, found: int | None) -> None:
    """Small letters find both; capitals find only capitals."""
    assert engine.find(mode, text, start, step).result(180) == found


@pytest.mark.parametrize(("mode", "text"), [("hex", "xyz"), ("regex", "(a"), ("regex", "(a+)+"), ("text", "")])
def test_what_cannot_be_looked_for(engine: Engine, mode: str, text: str) -> None:
    """It is said, not tried."""
    with pytest.raises(FilterError):
        engine.find(mode, text, 1, 1).result(180)


def test_only_what_is_seen_is_found(engine: Engine) -> None:
    """A view leaves out the rest."""
    number = engine.set_view("frame.number > 20").result(180)
    wait_for(lambda: (view := engine.snapshot().view) is not None and view.id == number and view.progress is None)
    assert engine.find("text", "get /index", 1, 1).result(180) == PER_ROUND + 9
    assert engine.find("text", "get /index", PER_ROUND, -1).result(180) is None
    engine.set_view("").result(180)
