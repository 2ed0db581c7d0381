"""Group records of multicast listener reports, which IGMPv3 (RFC 3376 4.2) and MLDv2 (RFC 3810 5.2) have alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.info.fields import name_or_number, u16

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN_GROUPS = 3
RECORDS = {1: "is include", 2: "is exclude", 3: "to include", 4: "to exclude", 5: "allow", 6: "block"}


def group_records(data: bytes, address: Callable[[bytes, int], str], size: int) -> str:
    """Return the groups of a report, whose addresses have `size` bytes and are read by `address`."""
    count, at = u16(data, 6), 8
    words: list[str] = []
    for _ in range(min(count, SHOWN_GROUPS)):
        if at + 4 + size > len(data):
            break
        words.append(f"{name_or_number(RECORDS, data[at])} {address(data, at + 4)}")
        at += 4 + size + data[at + 1] * 4 + u16(data, at + 2) * size
    more = f", {count - SHOWN_GROUPS} more" if count > SHOWN_GROUPS else ""
    return f" {', '.join(words)}{more}" if words else ""
