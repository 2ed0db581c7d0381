"""What stands in the packet table while there are no packets."""

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
