"""A number and what it counts, in the singular where there is one of it."""

from __future__ import annotations

import re
from typing import Final

_PLURAL: Final = re.compile(r"(?:(?P<y>ies)|(?<=ss|ch)es|s)(?=$| \()")
"""The ending of a plural: queries, addresses, packets."""


def counted(number: int, noun: str) -> str:
    """Return a number and what is counted, given in the plural: 2 DNS servers, 1 neighbour, 1 query, 1 file (pcap)."""
    if number == 1:
        noun = _PLURAL.sub(lambda ending: "y" if ending["y"] else "", noun, count=1)
    return f"{number:,} {noun}"
