"""Writes golden.tsv, tshark's facts of all real captures as digests, or shows where a capture differs from them.

`python -m tests.decode.golden` runs tshark once for every capture (minutes); with names of captures, such as
`linktype/dnscap__test_sll2.pcap`, it runs tshark over these and prints every packet that differs.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.decode.golden_columns import DIGESTED, decoded_columns, differing, digests
from tests.decode.golden_differences import left_out
from tests.decode.golden_tshark import tshark_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CAPTURES = Path(__file__).resolve().parents[3] / "shared/pcaps/dev"
GOLDEN = Path(__file__).with_name("golden.tsv")
NOT_CAPTURES = {".json", ".tsv", ".md"}


class Fact(NamedTuple):
    """What tshark says of a capture."""

    packets: int
    digests: dict[str, str]


def facts() -> dict[str, Fact]:
    """Return what golden.tsv holds, by name of the capture."""
    lines = [line.split("\t") for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]
    return {name: Fact(int(packets), dict(zip(DIGESTED, rest, strict=True))) for name, packets, *rest in lines}


def capture_names() -> list[str]:
    """Return the captures beside the checkout as golden.tsv names them."""
    paths = (path.relative_to(CAPTURES) for path in CAPTURES.glob("*/*"))
    return sorted(path.as_posix() for path in paths if path.suffix not in NOT_CAPTURES)


def write() -> None:
    """Write golden.tsv; say on standard output what differs and is not explained, or is and does not."""
    version = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    lines = [f"# {version}", "\t".join(("# capture", "packets", *DIGESTED))]
    for name in capture_names():
        theirs = tshark_columns(CAPTURES / name)
        found = digests(theirs, left_out(name))
        lines.append("\t".join((name, str(len(theirs["time"])), *found.values())))
        explain(name, {column: sorted(numbers) for column, numbers in left_out(name).items()}, theirs)
    GOLDEN.write_text("\n".join(lines) + "\n")


def explain(name: str, known: Mapping[str, Sequence[int]], theirs: Mapping[str, Sequence[int]]) -> None:
    """Print where our decoder and `theirs` differ in other packets of `name` than the `known` ones."""
    ours = decoded_columns(CAPTURES / name)
    if len(ours["time"]) != len(theirs["time"]):
        print(f"{name}: {len(ours['time'])} packets, tshark has {len(theirs['time'])}")
        return
    found = differing(ours, theirs)
    for column in sorted({*found, *known}):
        if found.get(column, []) != known.get(column, []):
            print(f"{name}: {column} differs in {found.get(column, [])}, known are {known.get(column, [])}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        explain(argument, {}, tshark_columns(CAPTURES / argument))
    if not sys.argv[1:]:
        write()
