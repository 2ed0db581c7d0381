"""Packets that left the buffer, read from their file again and decoded anew; the last ones asked for are kept."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from netwatch.decode.decoder import decode
from netwatch.decode.forwarded import ForwardedCopies

if TYPE_CHECKING:
    from netwatch.capture.source import FrameArchive
    from netwatch.decode.batch import PacketBatch

MOST_KEPT: Final = 6
"""Batches of usually 2 MiB: what one scrolls through to and fro."""


class PacketsAgain:
    """For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[PacketBatch] = []
        """The one asked for last is last."""

    def batch(self, archive: FrameArchive, number: int) -> PacketBatch:
        """Return the batch of a packet.

        Raises:
            LookupError: it was not read from the file.
            FileError: the file cannot be read again.
        """
        with self._lock:
            for place, batch in enumerate(self._kept):
                if batch.first_number <= number <= batch.last_number:
                    self._kept.append(self._kept.pop(place))
                    return batch
            batch = read_again(archive, number)
            self._kept = [*self._kept, batch][-MOST_KEPT:]
            return batch


def read_again(archive: FrameArchive, number: int) -> PacketBatch:
    """Return the packets of the block that holds packet `number`.

    Raises:
        LookupError: it was not read from the file.
        FileError: the file cannot be read again.
    """
    first, frames = archive.reread(number)
    return ForwardedCopies().marked(decode(frames, first))
