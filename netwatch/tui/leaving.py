"""Why somebody who leaves should be asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.snapshot import CaptureState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.snapshot import Snapshot


def reasons(snapshot: Snapshot, marked: int, commented: int) -> Iterator[str]:
    """Yield what would be lost or ended by leaving, with so many packets marked and commented."""
    recording = snapshot.recording
    ended = snapshot.state in (CaptureState.STOPPED, CaptureState.FAILED)
    if recording is not None and not recording.error and not ended:
        yield f"A recording to {recording.path} runs; leaving completes and closes it."
    for count, what in ((marked, "marked"), (commented, "commented")):
        if count:
            yield f"{count} packet{'s are' if count > 1 else ' is'} {what}."
