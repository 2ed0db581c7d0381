"""What is sent again, receivers that take nothing, and captures that lose packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.capture.source import SourceCounters
from netwatch.detect.detectors.quality_retrans import _Path
from netwatch.detect.settings import DetectionSettings
from netwatch.nanoseconds import SECOND
from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer
from netwatch.track.path_health import PathSecond
from netwatch.track.stream_reader import Moment
from tests.detect.traffic import LAN, PEER, WEB, Traffic, alerts, block_of
from tests.reachable import bytes_reachable
from tests.scenes import SceneSource
from tests.track.flow_packets import ACK, PSH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.tables.alerts import Alert

SIZE = 1000


def sent(traffic: Traffic, parts: Iterable[int], *, window: int = 64240, gap: float = 0.05) -> None:
    """The server sends these parts of a page, and the client acknowledges each."""
    port = traffic.connect(LAN, WEB, 80, close=False, answer=b"")
    for part in parts:
        seq = 501 + part * SIZE
        traffic.wait(gap).tcp(WEB, LAN, 80, port, PSH | ACK, b"x" * SIZE, seq=seq, ack=119)
        traffic.tcp(LAN, WEB, port, 80, ACK, seq=119, ack=seq + SIZE, window=window, after=0.01)


def every(tenth: int, count: int = 300) -> list[int]:
    """Parts of which one in so many is sent a second time."""
    return [part for part in range(count) for _ in range(2 if part % tenth == 0 else 1)]


def quality(traffic: Traffic, **how: object) -> list[Alert]:
    return [alert for alert in alerts(traffic, **how) if alert.rule in ("quality.retrans", "capture.loss")]


def test_a_path_that_loses_is_one_alert() -> None:
    """One in five is sent again, by the server."""
    traffic = Traffic()
    sent(traffic, every(5))
    (alert,) = quality(traffic)
    assert (alert.rule, alert.source, alert.destination, alert.severity) == ("quality.retrans", WEB, LAN, 0)
    assert "were sent again" in alert.summary
    assert len(alert.packets) > 1


def test_the_same_whatever_the_batches() -> None:
    """Seconds are those of the packets."""
    traffic = Traffic()
    sent(traffic, every(5))
    (whole,) = quality(traffic)
    (cut,) = quality(traffic, cuts=range(0, 900, 37))
    assert (cut.first_ns, cut.summary.split()[1:], cut.value) == (
        whole.first_ns,
        whole.summary.split()[1:],
        whole.value,
    )


def test_what_is_told_of_parts_of_a_second_is_added_up() -> None:
    """A window of 30 s is some 30 parts however many blocks a second brings; else 100,000 packets/s were 20 MiB."""
    path, parts = _Path(), 50
    for part in range(60 * parts):
        now_ns = part * SECOND // parts
        second = PathSecond(Moment(now_ns, part + 1), (0, 1), (0, 2), 1, 3, 1, opened=True, shut_ns=0)
        path.add(second, now_ns - 30 * SECOND)
    assert 30 * parts <= path.resent <= 31 * parts
    assert path.segments == 3 * path.resent
    assert bytes_reachable(path) < 10_000


@pytest.mark.parametrize("tenth", [20, 1000], ids=["seldom", "once"])
def test_some_loss_is_usual(tenth: int) -> None:
    """One in twenty, or a single one."""
    traffic = Traffic()
    sent(traffic, every(tenth))
    assert quality(traffic) == []


def stalled(seconds: int, *, opens: bool) -> Traffic:
    """A client that announces a window of zero, asked once a second."""
    traffic = Traffic()
    sent(traffic, range(3))
    port = traffic._port
    for second in range(seconds):
        closed = not opens or second % 3
        traffic.wait(1).tcp(WEB, LAN, 80, port, ACK, seq=3500, ack=119)
        traffic.tcp(LAN, WEB, port, 80, ACK, seq=119, ack=3501, window=0 if closed else 4000, after=0.01)
    return traffic


def test_a_receiver_that_takes_nothing() -> None:
    """For longer than some seconds, and not where it takes something between."""
    (alert,) = quality(stalled(9, opens=False))
    assert (alert.source, alert.destination) == (LAN, WEB)
    assert "window is zero" in alert.summary
    assert quality(stalled(9, opens=True)) == quality(stalled(4, opens=False)) == []


class Dropping(SceneSource):
    """A source whose system drops every tenth packet."""

    def counters(self) -> SourceCounters:
        """See Source."""
        seen = super().counters()
        return SourceCounters(received=10_000, dropped=1000, progress=seen.progress)


def analysed(source: SceneSource) -> list[Alert]:
    session = Session(source, PacketBuffer(1 << 24), detect=DetectionSettings())
    while session.step(0):
        pass
    return [alert for alert in session.detection.episodes.alerts() if alert.rule in ("quality.retrans", "capture.loss")]


def blocks(parts: list[int], size: int = 100) -> list[object]:
    traffic = Traffic()
    sent(traffic, parts)
    frames = traffic.sorted()
    return [block_of(frames[at : at + size]) for at in range(0, len(frames), size)]


def test_what_the_system_drops() -> None:
    """Is told, and what is sent again then is not."""
    parts = [*range(250), *(250 + part for part in every(5))]
    (alert,) = analysed(Dropping(blocks(parts), live=False))
    assert (alert.rule, alert.severity) == ("capture.loss", 0)
    assert "10.0 % of all packets were dropped" in alert.summary
    assert [alert.rule for alert in analysed(SceneSource(blocks(parts), live=False))] == ["quality.retrans"]


def test_what_was_acknowledged_and_never_seen() -> None:
    """A capture that misses every third segment; none is sent again, so the network has lost none."""
    parts = [part for part in range(1200) if part % 3]
    (alert,) = analysed(SceneSource(blocks(parts), live=False))
    assert alert.rule == "capture.loss"
    assert "were never seen" in alert.summary


def test_a_whole_capture_is_quiet() -> None:
    """Nothing is lost, nothing is sent again; a machine nearby sends too."""
    traffic = Traffic()
    sent(traffic, range(300))
    traffic.connect(PEER, WEB, 80)
    assert quality(traffic) == []
