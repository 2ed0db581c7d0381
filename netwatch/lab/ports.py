"""Lists of ports as people write them: `22,80,8000-8010`."""

from __future__ import annotations

import re
from typing import Final

from netwatch.errors import UsageError
from netwatch.text import printable

_PART: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


def parse_ports(text: str) -> tuple[int, ...]:
    """Return the ports that `text` names, each once, in the order given.

    Raises:
        UsageError: it is no such list, or a port is not between 1 and 65535.
    """
    found: dict[int, None] = {}
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise UsageError(f"{printable(text, 80)} is not a list of ports", "write it as 22,80,8000-8010")
        first = int(match[1])
        last = int(match[2] or first)
        if not 1 <= first <= last <= 65535:
            raise UsageError(f"{printable(part.strip(), 20)} is not a range of ports between 1 and 65535")
        found.update(dict.fromkeys(range(first, last + 1)))
    return tuple(found)
