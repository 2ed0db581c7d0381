"""Vendors: who made a network card, by the first bytes of its MAC address, from the list that Scapy ships."""

from __future__ import annotations

import base64
import importlib.util
import re
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.text import printable
from netwatch.track.vendor_list import VendorList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

LOCAL: Final = 1 << 41
"""The bit of a MAC address that says that no vendor gave it (IEEE 802-2014 section 8.4)."""
LOCAL_TEXT: Final = "locally administered"
GROUP: Final = 1 << 40
LONGEST: Final = 64
PREFIXES: Final = ("{0}:{1}:{2}:{3}:{4[0]}0/36", "{0}:{1}:{2}:{3[0]}0/28", "{0}:{1}:{2}")
"""How the list writes blocks of 2**12, 2**20 and 2**24 addresses, the smallest first."""
PIECE: Final = 5 << 12
"""Digits of base 85 that are decoded at once; five of them make four bytes."""
GZIP: Final = 16 + zlib.MAX_WBITS
"""What tells zlib to expect a gzip file."""
MOST_REMEMBERED: Final = 16384
"""Prefixes whose vendor is kept."""


class Vendors:
    """Looks vendors up in a list that is read when it is first asked for."""

    def __init__(self, read: Callable[[], str] | None = None) -> None:
        """Read the list with `read`, else the one of Scapy; a list that cannot be read knows nobody."""
        self._read = read
        self._lines: VendorList | None = None
        self._known: dict[int, str] = {}

    def load(self) -> VendorList:
        """Return the list, read now if need be, which takes 0.2 s; any thread may, so that `name` does not wait."""
        if self._lines is None:
            self._lines = VendorList(self._read()) if self._read else _lines_of_scapy()
        return self._lines

    def name(self, mac: int) -> str:
        """Return the vendor of a MAC address, printable; empty for 0, for groups and for unknown ones."""
        if not mac or mac & GROUP:
            return ""
        # Blocks are of 12 bits at least
        block = mac >> 12
        found = self._known.get(block)
        if found is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            found = self._known[block] = self._look_up(mac) or (LOCAL_TEXT if mac & LOCAL else "")
        return found

    def _look_up(self, mac: int) -> str:
        octets = [f"{byte:02X}" for byte in mac.to_bytes(6, "big")]
        found = map(self.load().line, (form.format(*octets) for form in PREFIXES))
        return next((_vendor(line) for line in found if line is not None), "")


def scapy_manufacturers() -> str:
    """Return Wireshark's `manuf` list as Scapy packs it, without importing Scapy; empty where there is none.

    The module scapy.libs.manuf holds one text literal: base 85 of a gzip file.
    """
    found = importlib.util.find_spec("scapy")
    for folder in (found.submodule_search_locations or ()) if found else ():
        try:
            source = (Path(folder) / "libs" / "manuf.py").read_text("ascii")
            packed = re.search(r'DATA = _d\("""(.*?)"""\)', source, re.DOTALL)
            if packed:
                return _unpacked(packed[1].replace("\n", "")).decode("utf-8", "replace")
        except (OSError, ValueError, zlib.error):
            continue
    return ""


def _unpacked(packed: str) -> bytes:
    """Return the bytes of a gzip file in base 85, decoded in pieces: at once takes 20 MiB that are not given back.

    Raises:
        ValueError: it is not base 85, or ends too soon.
        zlib.error: it is no gzip file.
    """
    reader = zlib.decompressobj(GZIP)
    parts = [
        reader.decompress(base64.b85decode(packed[begin : begin + PIECE])) for begin in range(0, len(packed), PIECE)
    ]
    if not reader.eof:
        raise ValueError("the list ends too soon")
    return b"".join(parts)


@cache
def _lines_of_scapy() -> VendorList:
    """Return the lines of Scapy's list, read once in a process: it is the same for every capture."""
    return VendorList(scapy_manufacturers())


def alphabetical(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return the place of each text among all in alphabetical order, NaN for empty ones, to sort pages by."""
    places = {text: place for place, text in enumerate(sorted({text.lower() for text in texts}))}
    return np.array([places[text.lower()] if text else np.nan for text in texts], np.float64)


def _vendor(line: str) -> str:
    """Return the long name, else the short one, of a line: prefix, short name, long name, separated by tabs."""
    fields = [field.strip() for field in line.split("\t")]
    return printable(next((field for field in reversed(fields[1:]) if field), ""), LONGEST)
