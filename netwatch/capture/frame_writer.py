"""What the writers of pcap and pcapng have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.capture.frame_rows import Rows
    from netwatch.capture.frames import FrameInterface, Frames


class ByteSink(Protocol):
    """Where written bytes go."""

    def write(self, data: bytes) -> None:
        """Take all of `data`.

        Raises:
            FileError: it cannot be written.
        """
        ...


class FrameWriter(Protocol):
    """Turns blocks of frames into the bytes of a capture file; each call makes one write of whole records."""

    def add_interfaces(self, interfaces: Sequence[FrameInterface]) -> None:
        """Make known the interfaces that the column Frames.interface counts; each call repeats the earlier ones."""
        ...

    def write(self, frames: Frames, rows: Rows = None) -> int:
        """Write the frames that `rows` means and return how many they are.

        Raises:
            FileError: the format cannot hold them, or the sink failed.
        """
        ...

    def record_sizes(self, frames: Frames, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the bytes that each frame takes in the file, options and tags left out."""
        ...

    def finish(self, *, received: int | None = None, dropped: int | None = None) -> None:
        """Write what stands at the end of the file: what the capture received and lost."""
        ...
