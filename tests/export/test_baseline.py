"""Baselines: new, gone, larger and smaller, in files that grow by a capture at a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from netwatch.baseline.compare import compare
from netwatch.baseline.sample import KINDS
from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save as save_packets
from netwatch.errors import FileError
from netwatch.export.baseline import MOST_SAMPLES, load, save
from tests.prepared import netwatch
from tests.scenes import CLIENT, SERVER, day, frames_of, udp
from tests.test_cli import refused

if TYPE_CHECKING:
    from pathlib import Path


def sample(**hosts: int) -> dict[str, dict[str, int]]:
    """Return a capture with these hosts and nothing else."""
    return {kind: dict(hosts) if kind == "hosts" else {} for kind in KINDS}


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        ([], 5, "new"),
        ([100, 110, 90], 0, "gone"),
        ([100, 0, 90], 0, ""),
        ([100, 110, 90], 120, ""),
        ([100, 110, 90], 160, "larger"),
        ([100, 110, 90], 40, "smaller"),
        ([100, 100, 100], 130, ""),
        ([100, 100, 100], 140, "larger"),
        ([100], 900, ""),
        ([100], 1100, "larger"),
        ([100], 9, "smaller"),
    ],
)
def test_what_counts_as_a_change(before: list[int], now: int, change: str) -> None:
    """By a robust z from three captures on, tenfold before."""
    samples = [sample(a=value) if value else sample() for value in before] or [sample()]
    found = compare(samples, sample(a=now) if now else sample())
    assert [one.change for one in found] == ([change] if change else [])


def test_a_baseline_grows_and_is_bounded(tmp_path: Path) -> None:
    """The oldest captures leave; what is no baseline is refused and kept."""
    path = tmp_path / "b.json"
    for number in range(MOST_SAMPLES + 3):
        assert save(str(path), sample(a=number)) == min(number + 1, MOST_SAMPLES)
    assert [one["hosts"]["a"] for one in load(str(path))] == list(range(3, MOST_SAMPLES + 3))
    assert path.stat().st_mode & 0o777 == 0o600
    for text in ("{}", "[]", "x", '{"netwatch_baseline": 1, "samples": [{"hosts": 3}]}', "[" * 100_000):
        path.write_text(text)
        with pytest.raises(FileError, match="not a baseline"):
            save(str(path), sample(a=1))
        assert path.read_text() == text


def test_reports_tell_the_differences(tmp_path: Path) -> None:
    """A host that was not there, in words and as JSON."""
    first, second, base = tmp_path / "1.pcap", tmp_path / "2.pcap", tmp_path / "b.json"
    save_packets(str(first), [(frames_of(day()), None)], [FrameInterface("eth0")])
    packets = [packet for packet in day() if b"\x0a\x00\x00\x05" not in packet[26:34]]
    save_packets(str(second), [(frames_of([*packets, *[udp(SERVER, CLIENT, 9, 9, b"x" * 9000)] * 20]), None)], [])
    done = netwatch("report", first, "--baseline", base, "--save-baseline", base)
    assert done.returncode == 0
    assert done.stderr == (
        f"netwatch: {base} begins with this capture: there is nothing to compare it with\n"
        f"netwatch: 1 capture in the baseline {base}\n"
    )
    text = netwatch("report", second, "--baseline", base).stdout
    assert "Beside the baseline of 1 capture" in text
    assert "gone     hosts     10.0.0.5" in text
    page = netwatch("report", second, "--baseline", base, "--format", "html").stdout
    assert "Beside 1 capture: " in page
    assert "<td>gone</td><td>hosts</td><td>10.0.0.5</td>" in page
    found = json.loads(netwatch("report", second, "--baseline", base, "--format", "json").stdout)["baseline"]
    assert found["captures"] == 1
    assert {"gone", "larger"} <= {one["change"] for one in found["changes"]}
    refused(netwatch("report", second, "--baseline", first), 1, "not a baseline")
