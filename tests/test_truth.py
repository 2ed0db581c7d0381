"""Whole sessions over real captures beside what tshark and capinfos find in them (truth.json): what a report says.

Packets of all captures are compared in tests/capture/test_file_source_dev.py, flows and handshakes in
tests/track/test_flow_truth.py, DNS in tests/track/test_dns_dev.py. Here it is everything together, of a sample.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.export.report import report_object
from netwatch.session import Session
from netwatch.snapshot import CaptureState
from netwatch.track.buffer import PacketBuffer

DEV = Path(__file__).resolve().parents[1] / "../shared/pcaps/dev"
TRUTH = DEV / "truth.json"
LARGEST = 60_000
EVERY = 30
"""Of the captures that are no larger one in so many is read: a session makes a hundred tables first."""
NAMES = 10_000

pytestmark = pytest.mark.skipif(not TRUTH.exists(), reason=f"no {TRUTH}")


@cache
def facts() -> dict[str, Any]:
    """Return what is known of each capture."""
    found: dict[str, Any] = json.loads(TRUTH.read_text())["files"]
    return found


def sample() -> list[str]:
    """Return the captures that are read."""
    if not TRUTH.exists():
        return []
    return [name for name in sorted(facts()) if (DEV / name).stat().st_size <= LARGEST][::EVERY]


@pytest.mark.parametrize("name", sample())
def test_a_report_says_what_is_in_the_capture(name: str) -> None:
    """Counts, times, HTTP, server names."""
    wanted = facts()[name]
    if not wanted["file"]["packets"]:
        pytest.skip("there is nothing in it")
    source = FileSource([str(DEV / name)])
    session = Session(source=source, buffer=PacketBuffer(0))
    while session.step(1):
        pass
    snapshot = session.snapshot()
    assert snapshot.state is CaptureState.STOPPED, snapshot.message
    assert snapshot.problems == ()
    report = report_object(snapshot, session.summary("bytes", 10))
    assert report["capture"]["packets"] == wanted["file"]["packets"]
    assert report["capture"]["bytes"] == wanted["bytes_wire"]
    first, last = wanted["file"].get("first_ts") or "", wanted["file"].get("last_ts") or ""
    if first and "-" not in first + last:
        times = sorted((float(first), float(last)))
        assert report["capture"]["first_time"] == pytest.approx(times[0], abs=1e-5)
        assert report["capture"]["last_time"] == pytest.approx(times[1], abs=1e-5)
    assert report["http"]["requests"] == wanted["http"]["requests"]
    assert Counter(report["http"]["hosts"]) >= Counter(wanted["http"]["hosts"])
    mine = {text.lower() for text in session.analysis.web.summary(NAMES).names.name}
    theirs = {text.lower() for text in wanted.get("tls", {}).get("sni", {})}
    assert theirs <= mine
