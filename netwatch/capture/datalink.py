"""LINKTYPE_ values, which files and `Frames` hold, against the DLT_ values that this system's libpcap speaks."""

from __future__ import annotations

import sys
from typing import Final

_OPENBSD = sys.platform.startswith("openbsd")
_BSDOS_SWAPPED = sys.platform.startswith(("netbsd", "openbsd"))

_DLT_OF: Final = {
    100: 11,  # ATM_RFC1483
    101: 14 if _OPENBSD else 12,  # RAW
    102: 13 if _BSDOS_SWAPPED else 15,  # SLIP_BSDOS
    103: 14 if sys.platform.startswith("netbsd") else 16,  # PPP_BSDOS
    108: 12 if _OPENBSD else 108,  # LOOP
}
# https://www.tcpdump.org/linktypes.html and pcap/dlt.h; all other values are the same on both sides
_LINK_TYPE_OF: Final = {dlt: link_type for link_type, dlt in _DLT_OF.items()}


def dlt_of(link_type: int) -> int:
    """Return the DLT_ value of a LINKTYPE_ value."""
    return _DLT_OF.get(link_type, link_type)


def link_type_of_dlt(dlt: int) -> int:
    """Return the LINKTYPE_ value of a DLT_ value."""
    return _LINK_TYPE_OF.get(dlt, dlt)
