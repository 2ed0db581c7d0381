"""What pcap and pcapng readers have in common: a block of file bytes in, frames and the bytes used out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from netwatch.capture.frames import Frames

MAX_RECORD: Final = 256 << 20
"""Bytes of one record or block beyond which its length is taken for damage; twice the largest that libpcap accepts
for any link type (MAXIMUM_SNAPLEN of USBPCAP, 128 MiB)."""
USUAL_SNAPLEN: Final = 262144
"""libpcap's MAXIMUM_SNAPLEN; what a file means that states no limit."""
LINKTYPE_MASK: Final = 0xFFFF
"""The upper bits of the link-type field hold the length of the frame check sequence (draft-ietf-opsawg-pcap, 4)."""
_RAW_IP: Final = {12: 101, 14: 101}
"""DLT_RAW of most systems and of OpenBSD, written by old programs instead of LINKTYPE_RAW."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The outcome of looking through one block."""

    frames: Frames | None
    """The frames of all complete records; `data` is the whole block that was given."""
    consumed: int
    """Bytes of the block that are dealt with."""
    partial: bool
    """What remains is the beginning of a record (or nothing), so more bytes are needed before it is worth calling
    again; False when there is more to find in the same bytes."""
    wanted: int = 0
    """Bytes from `consumed` on that the next record takes as far as it is known, at most MAX_RECORD; 0 unknown."""
    problem: str = ""
    """Why nothing after `consumed` can be read."""


Losses: TypeAlias = "tuple[int | None, int | None, int | None]"
"""What is stated of frames received, dropped by the system, dropped by the interface; None where nothing is."""


class CaptureFormat(Protocol):
    """A reader of one capture format; it keeps what is needed from one block to the next."""

    @property
    def started(self) -> bool:
        """True once the file header was read and can be used."""
        ...

    def parse(self, block: NDArray[np.uint8], filled: int) -> Parsed:
        """Read the records in `block[:filled]`; at least PADDING bytes of any content follow."""
        ...

    def continuation(self) -> Callable[[], CaptureFormat]:
        """Return what makes readers that go on from here, in any thread: for the same bytes a second time."""
        ...

    def losses(self) -> Losses:
        """Return what the file states of losses; may be called from any thread."""
        ...

    def section_comments(self) -> tuple[str, ...]:
        """Return the comments on the file or its sections, not yet printable."""
        ...


def summed(losses: Iterable[Losses]) -> Losses:
    """Return the sums of what is stated, None where nobody states anything."""
    total: list[int | None] = [None, None, None]
    for stated in losses:
        for place, value in enumerate(stated):
            if value is not None:
                total[place] = value + (total[place] or 0)
    return total[0], total[1], total[2]


def link_type_of(field: int) -> int:
    """Return the LINKTYPE_ value in a link-type field, without its FCS bits and with raw IP in one form."""
    link_type = field & LINKTYPE_MASK
    return _RAW_IP.get(link_type, link_type)


def usable_snaplen(value: int) -> int:
    """Return a snaplen as FrameInterface has it: what states no limit or an absurd one becomes USUAL_SNAPLEN."""
    return value if 0 < value <= MAX_RECORD else USUAL_SNAPLEN


def records_at(
    block: NDArray[np.uint8], positions: NDArray[np.intp], layout: np.dtype[Any]
) -> NDArray[Any]:  # a structured array has no narrower type
    """Return the record header at each of `positions` as a structured array; the last may reach into the padding."""
    size = layout.itemsize
    # an opaque type is copied by memmove, ten times as fast as field by field
    windows = np.ndarray((len(block) - size + 1,), f"V{size}", block.data, strides=(1,))
    found: NDArray[Any] = windows[positions].view(layout)
    return found
