"""Reading single packets of a session from any thread: rows, bytes, and the packets that a paused view holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.capture.frame_bytes import frame_bytes
from netwatch.decode.row import packet_row
from netwatch.snapshot import History
from netwatch.track.buffer import find

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch
    from netwatch.session import Session
    from netwatch.snapshot import PacketRow


class PacketReader:
    """Looks packets up by number among what is held and what the buffer has; both are tuples that never change."""

    def __init__(self) -> None:
        self.session: Session | None = None
        """Whose packets are read; replaced when another capture begins."""
        self.held: tuple[PacketBatch, ...] = ()

    def rows(self, first: int, count: int) -> list[PacketRow]:
        """Return packets `first` to `first + count - 1` as far as they are there."""
        if self.session is None:
            return []
        names = [interface.name for interface in self.session.source.interfaces]
        batches = self.batches(first)
        rows = []
        number = first
        while number < first + count:
            try:
                batch, position = find(batches, number)
            except LookupError:
                following = [batch.first_number for batch in batches if batch.first_number > number]
                if not following:
                    break
                number = following[0]
                continue
            interface = int(batch.frames.interface[position])
            rows.append(packet_row(batch, position, names[interface] if interface < len(names) else ""))
            number += 1
        return rows

    def frame(self, number: int) -> tuple[bytes, int]:
        """Return the bytes of a packet, its VLAN tag put back, and its link type.

        Raises:
            LookupError: the packet is not there any more.
        """
        batch, position = find(self.batches(number), number)
        return frame_bytes(batch.frames, position), int(batch.frames.link_type[position])

    def hold(self) -> History:
        """Keep the newest packets of the buffer and tell which they are."""
        self.held = self.session.buffer.newest() if self.session else ()
        if not self.held:
            return History()
        size = sum(batch.nbytes for batch in self.held)
        return History(self.held[0].first_number, self.held[-1].last_number, size, size)

    def batches(self, number: int) -> tuple[PacketBatch, ...]:
        """Return the batches among which packet `number` is to be looked for."""
        held = self.held
        if held and held[0].first_number <= number <= held[-1].last_number:
            return held
        return self.session.buffer.batches if self.session else ()
