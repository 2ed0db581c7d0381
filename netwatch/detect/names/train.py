"""Makes the table of trigrams: `python -m netwatch.detect.names.train` with the extra `train` installed.

The names are those that browsers are told to reach over TLS only, as the library `hstspreload` ships them: 160,000 host
names that people chose, most of them of small sites, which no list of popular sites has.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from netwatch.detect.names.suffixes import Suffixes
from netwatch.detect.names.trigrams import END, SIZE, START, STEPS, TABLE, UNDECODED, codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SMOOTHING: Final = 0.1
"""Added to each count, so that what was never seen is unlikely, not impossible."""
LEAF: Final = 0x80
"""Flag of an entry that is a whole host name."""


def train(labels: Iterable[str]) -> bytes:
    """Return the table of the trigrams in `labels`, not compressed."""
    third: Counter[tuple[int, int, int]] = Counter()
    pairs: Counter[tuple[int, int]] = Counter()
    for label in labels:
        sequence = (START, START, *codes(label), END)
        for before, last, code in zip(sequence, sequence[1:], sequence[2:], strict=False):
            third[before, last, code] += 1
            pairs[before, last] += 1
    table = bytearray()
    for before in range(SIZE):
        for last in range(SIZE):
            total = pairs[before, last] + SMOOTHING * SIZE
            for code in range(SIZE):
                bits = -math.log2((third[before, last, code] + SMOOTHING) / total)
                table.append(min(255, round(bits * STEPS)))
    return bytes(table)


def preloaded_hosts() -> Iterator[str]:
    """Yield the host names in the data of `hstspreload`: entries of flags, length and text."""
    data = (files("hstspreload") / "hstspreload.bin").read_bytes()
    at = 0
    while at + 2 <= len(data):
        flags, size = data[at], data[at + 1]
        if flags & LEAF:
            yield data[at + 2 : at + 2 + size].decode("ascii")
        at += 2 + size


def registered_labels(hosts: Iterable[str]) -> list[str]:
    """Return the labels that were registered, each once, sorted; those in other scripts are left out."""
    suffixes = Suffixes()
    labels = {suffixes.registered(host).partition(".")[0] for host in hosts}
    return sorted(label for label in labels if label and not label.startswith(UNDECODED))


def main() -> None:
    """Write the table beside this module."""
    TABLE.write_bytes(zlib.compress(train(registered_labels(preloaded_hosts())), 9))


if __name__ == "__main__":
    main()
