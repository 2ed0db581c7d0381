"""What a terminal that does not take UTF-8 gets instead of characters that are not ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Mapping

LIKE: Final = {
    "\u2026": ".",
    "\u25be": "v",
    "\u25b4": "^",
    **{chr(code): "-" for code in (0x2500, 0x2501, 0x2504, 0x2505, 0x2508, 0x2509)},
    **{chr(code): "|" for code in (0x2502, 0x2503, 0x2506, 0x2507, 0x250A, 0x250B, 0x258F, 0x2590, 0x2595)},
    **{chr(code): "#" for code in range(0x2580, 0x258F)},
}
"""What our drawing and Textual's consists of."""


def takes_utf8(environment: Mapping[str, str]) -> bool:
    """Return what the locale says of the terminal (locale(7)); where it says nothing, UTF-8 is what is usual."""
    said = next(filter(None, map(environment.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "UTF-8")
    return "utf8" in said.lower().replace("-", "")


def as_ascii(text: str) -> str:
    """Return `text` in ASCII, as wide as it was: what has nothing alike becomes question marks."""
    if text.isascii():
        return text
    return "".join(one if one.isascii() else LIKE.get(one, "?" * cell_len(one)) for one in text)
