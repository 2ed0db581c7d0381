"""What stays on the terminal: the figures of the capture, in a few lines without control characters."""

from __future__ import annotations

from dataclasses import replace

from netwatch.export.farewell import farewell
from netwatch.snapshot import Loss, Saved, Snapshot
from netwatch.tables.traffic import Resolution
from tests.scenes import analysed, day

ANALYSIS = analysed(day(1))
OVERVIEW = ANALYSIS.overview(ANALYSIS.traffic.last_time_ns, Resolution.SECOND, 1)
SNAPSHOT = Snapshot(
    source="eth0",
    live=True,
    packets=4000,
    bytes=3 << 20,
    first_time_ns=1_000_000_000,
    last_time_ns=126_000_000_000,
    protocols=(("TCP", 3000, 750_000), ("DNS", 1000, 250_000)),
    loss=Loss(kernel_dropped=7, malformed=3, evicted_flows=12),
)


def test_what_is_told() -> None:
    """Duration, packets, rate, protocols, talkers, names, handshakes, losses and files."""
    text = farewell(SNAPSHOT, OVERVIEW, [Saved("/tmp/one.pcap", 12, 999)])
    lines = text.splitlines()
    assert lines[0] == "netwatch: eth0: 4,000 packets, 3.0 MiB in 2 min 05 s, 32 packets/s"
    told = dict(line.split(maxsplit=1) for line in lines[1:])
    assert told["protocols"] == "TCP 3,000, DNS 1,000"
    assert "10.0.0.17" in told["talkers"]
    assert told["names"].startswith("www.example.com ")
    assert "complete" in told["handshakes"]
    assert told["lost"] == "dropped 7, malformed 3, rows evicted 12"
    assert told["written"] == "/tmp/one.pcap (12 packets)"


def test_nothing_was_seen() -> None:
    """Then nothing is said."""
    assert farewell(replace(SNAPSHOT, packets=0), OVERVIEW, []) == ""


def test_a_file_name_cannot_write_to_the_terminal() -> None:
    """Whatever it holds, and however many there are."""
    text = farewell(SNAPSHOT, OVERVIEW, [Saved(f"/tmp/{number}\x1b[2J\n" + "x" * 500, 1, 1) for number in range(9)])
    assert "\x1b" not in text
    assert text.count("\n") < 8


def test_a_moment_and_a_day() -> None:
    """Durations of any length, and none at all."""
    moment = replace(SNAPSHOT, last_time_ns=SNAPSHOT.first_time_ns)
    assert farewell(moment, OVERVIEW, []).splitlines()[0].endswith("in 0.0 s")
    day_long = replace(SNAPSHOT, last_time_ns=SNAPSHOT.first_time_ns + 86_461_000_000_000)
    assert "in 24 h 01 min" in farewell(day_long, OVERVIEW, [])
