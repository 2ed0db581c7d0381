"""What is kept beyond the end of a monitor, and what is left out of one that shows replaced addresses."""

from __future__ import annotations

from netwatch.settings import Settings
from netwatch.verbs.keeping import unrecorded


def test_what_records_as_it_is_is_left_out() -> None:
    """And said, where the settings asked for it."""
    assert unrecorded(Settings()) == (Settings(), "")
    wanted = Settings(events="/tmp/e.json", record_alerts="high", theme="nord")
    left, said = unrecorded(wanted)
    assert left == Settings(theme="nord")
    assert said == "--redact leaves out events, record_alerts, which would keep real addresses"
