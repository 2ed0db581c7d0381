"""netwatch on a system with a fault: `python -m tests.live.faulty FAULT VALUE WORDS`.

`ring ERROR:BLOCKS` has the kernel refuse packet rings of more than so many blocks, as it does without memory;
`clock PATH` has the clock wrong by the seconds in a file, whenever it is asked.
"""

from __future__ import annotations

import errno
import struct
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.capture import ring as module

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCKS: Final = 4
"""Where struct tpacket_req3 has tp_block_nr."""


def ring(value: str) -> None:
    """Refuse large rings."""
    name, most = value.split(":")
    set_ring = module.set_ring

    def limited(descriptor: int, request: bytes) -> None:
        if struct.unpack_from("=I", request, BLOCKS)[0] > int(most):
            raise OSError(getattr(errno, name), "no memory for the ring")
        set_ring(descriptor, request)

    module.set_ring = limited


def clock(value: str) -> None:
    """Be wrong by what the file says now."""
    path, now = Path(value), time.time
    time.time = lambda: now() + float(path.read_text() or 0)


FAULTS: Final[dict[str, Callable[[str], None]]] = {"ring": ring, "clock": clock}


def main() -> int:
    """Break what is wanted, then be netwatch."""
    fault, value, *words = sys.argv[1:]
    FAULTS[fault](value)
    from netwatch.cli import main as netwatch

    return netwatch(words)


if __name__ == "__main__":
    sys.exit(main())
