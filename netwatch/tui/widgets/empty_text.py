"""What stands where packets would be while there are none, or none that match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.snapshot import CaptureState
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.snapshot import Snapshot


def empty_text(snapshot: Snapshot) -> str:
    """Say why there is nothing, and what to do."""
    source = printable(snapshot.source)
    if not source:
        return "nothing is being captured: press i to choose an interface"
    if snapshot.message:
        return printable(snapshot.message)
    if not snapshot.live:
        return f"{source} holds no packets"
    if snapshot.capture_filter:
        return f"no packets yet on {source} that match the filter: f changes it"
    if snapshot.state is CaptureState.STARTING:
        return f"{source} begins"
    return f"no packets yet on {source}: i chooses another interface"


def unmatched_text(snapshot: Snapshot) -> str:
    """Say through what everything is seen, so that a table may have no rows; empty when all packets are."""
    view = snapshot.view
    if view is None:
        return ""
    through = " and ".join(["the display filter"] * bool(view.text) + ["the time range"] * bool(view.time_range))
    return f"nothing here matches {through}: Esc goes back" if view.progress is None else f"{through} is being applied"
