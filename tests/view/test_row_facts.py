"""Cells and colours of rows in sight that need all packets before: as the display filter knows them, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.decode.decoder import decode
from netwatch.filter.streams import StreamTracker
from netwatch.view import stream_facts
from tests.scenes import SceneSource, day, frames_of, running_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.engine import Engine

PACKETS = day()
PER_ROUND = len(PACKETS) // 8
# What the first round said is said once more: sent again, as nobody acknowledged it
AGAIN = [*PACKETS, *PACKETS[7:9]]
FIELDS = ("tcp.stream", "tcp.seq", "tcp.analysis.retransmission", "frame.time_delta")


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Return an engine that has seen the scene."""
    running = running_engine(SceneSource([frames_of(AGAIN)]), len(AGAIN))
    yield running
    running.close()


@pytest.mark.parametrize("most", [2_000_000, 20], ids=("kept", "forgotten"))
def test_streams_of_rows_in_sight(engine: Engine, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Wherever one looks first, forwards and backwards, and when what was learned is not kept."""
    monkeypatch.setattr(stream_facts, "PART", 8)
    monkeypatch.setattr(stream_facts, "MOST", most)
    streams = StreamTracker().feed(decode(frames_of(AGAIN), 1))
    retransmitted = []
    for first in (40, 100, 1, len(AGAIN) - 9):
        told = engine.facts_asked(range(first, first + 10), FIELDS, ("tcp.analysis.flags",), names=False).result(180)
        assert sorted(told) == list(range(first, first + 10))
        for number, fact in told.items():
            stream, seq = int(streams.tcp[number - 1]), int(streams.seq[number - 1])
            assert fact.cells[:2] == ("" if stream < 0 else str(stream), "" if seq < 0 else str(seq))
            assert fact.cells[3] == ("0.000000" if number == 1 else "0.011003")
            assert (fact.rule == 0) == bool(streams.remarks[number - 1])
            retransmitted += [number] if fact.cells[2] else []
    assert set(retransmitted) >= {len(AGAIN) - 1, len(AGAIN)}


def test_without_asking_nothing_is_told_of_streams(engine: Engine) -> None:
    """The cells stay empty, and a later rule that is known colours the row, until the answer is there."""
    assert engine.check_facts(FIELDS, ()).result(180)
    assert engine.check_facts((), ("tcp.analysis.flags",)).result(180)
    assert not engine.check_facts(("ip.ttl",), ("tcp",)).result(180)
    told = engine.facts([8], FIELDS, ("tcp.analysis.flags", "tcp"))
    assert told[8].cells == ("", "", "", "0.011003")
    assert told[8].rule == 1
