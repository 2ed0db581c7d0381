"""What stays on the terminal: the figures of the capture, in a few lines without control characters."""

from __future__ import annotations

import re
from dataclasses import replace

from netwatch.export.farewell import farewell
from netwatch.snapshot import Loss, Saved, Snapshot
from netwatch.tables.resolution import Resolution
from tests.export.test_event_alerts import ALERT
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


def test_exports_are_told_and_lines_end_between_words() -> None:
    """A terminal would break them anywhere; what has no blank is left whole."""
    exported = [(f"table_{number}.csv", "12 flows") for number in range(6)]
    whole = farewell(SNAPSHOT, OVERVIEW, [], exported)
    told = next(line for line in whole.splitlines() if "exported" in line)
    assert told == "  exported    " + ", ".join(f"table_{number}.csv (12 flows)" for number in range(1, 6))
    broken = farewell(SNAPSHOT, OVERVIEW, [Saved("/tmp/" + "x" * 90, 1, 1)], exported, 62)
    assert [line for line in broken.splitlines() if len(line) > 62] == [" " * 14 + "/tmp/" + "x" * 90 + " (1 packet)"]
    assert "  exported    table_1.csv (12 flows), table_2.csv (12 flows),\n" + " " * 14 + "table_3" in broken
    assert broken.split() == farewell(SNAPSHOT, OVERVIEW, [Saved("/tmp/" + "x" * 90, 1, 1)], exported).split()


def test_what_is_told() -> None:
    """Duration, packets, rate, protocols, talkers, names, handshakes, losses and files."""
    alerts = tuple(replace(ALERT, summary=f"odd \x1b banner {number}") for number in range(7))
    seen = replace(OVERVIEW, alerts=alerts, http_hosts=(("www.example.com", 8),))
    text = farewell(replace(SNAPSHOT, alerts=(2, 0, 0, 1, 0)), seen, [Saved("/tmp/one.pcap", 12, 999)])
    lines = text.splitlines()
    assert lines[0] == "netwatch: eth0: 4,000 packets, 3.0 MiB in 2 min 05 s, 32 packets/s"
    told = dict(re.split(r"  +", line.strip(), maxsplit=1) for line in lines[1:] if line[2] != " ")
    assert told["HTTP hosts"] == "www.example.com 8"
    assert told["protocols"] == "TCP 3,000, DNS 1,000"
    assert "10.0.0.17" in told["talkers"]
    assert told["names"].startswith("www.example.com ")
    assert "complete" in told["handshakes"]
    assert told["alerts"] == "2 info, 1 high"
    begin = lines.index("  alerts      2 info, 1 high") + 1
    assert lines[begin].endswith(" high     odd \\x1b banner 0")
    assert [line[:4] for line in lines[begin : begin + 6]] == [*["    "] * 5, "  lo"]
    assert len([line for line in lines if "odd" in line]) == 5
    assert told["lost"] == "dropped 7, malformed 3, rows evicted 12"
    assert told["written"] == "/tmp/one.pcap (12 packets)"


def test_a_capture_lasts_longer_than_its_packets() -> None:
    """Six packets within 26 ms of ten seconds are less than one a second."""
    text = farewell(replace(SNAPSHOT, packets=6, last_time_ns=1_026_000_000, elapsed=10.0), OVERVIEW, [])
    assert text.splitlines()[0] == "netwatch: eth0: 6 packets, 3.0 MiB in 10.0 s, 0.6 packets/s"


def test_who_never_sent_is_no_talker() -> None:
    """Such as a multicast address."""
    heard = replace(OVERVIEW.talkers, bytes=OVERVIEW.talkers.bytes * [[1, 1], [0, 1], [1, 1], [0, 1]])
    assert "talkers     10.0.0.17 612 B, 93.184.216.34 155 B\n" in farewell(
        SNAPSHOT, replace(OVERVIEW, talkers=heard), []
    )


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
