"""Baselines: what earlier captures held, kept in a file, and what is new, gone, larger or smaller in this one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netwatch.baseline.sample import KINDS
from netwatch.capture.atomic import AtomicFile
from netwatch.errors import FileError
from netwatch.plural import counted
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.baseline.compare import Change
    from netwatch.baseline.sample import Sample

VERSION: Final = 1
MOST_SAMPLES: Final = 30
"""Captures that a baseline remembers; the oldest leave."""
LARGEST_FILE: Final = 64 << 20


class Comparison(NamedTuple):
    """A capture beside a baseline."""

    captures: int
    """In the baseline."""
    changes: list[Change]
    of: str = "captures"
    """What `captures` counts: captures of a baseline, or days."""

    def text(self) -> str:
        """Return a section for people."""
        found = counted(len(self.changes), "differences")
        lines = [f"Beside the baseline of {counted(self.captures, self.of)}: {found}"]
        for one in self.changes:
            usual = f" (usually {one.usual:,.0f})" if one.usual else ""
            lines.append(f"  {one.change:<8} {one.kind:<9} {one.key}  {one.value:,}{usual}")
        return "\n".join(lines)


def load(path: str) -> list[Sample]:
    """Return the captures of a baseline, the oldest first.

    Raises:
        FileError: it cannot be read, or is no baseline.
    """
    shown = printable(path)
    try:
        with open(path, "rb") as file:
            found = json.loads(file.read(LARGEST_FILE))
        samples = found["samples"]
        good = found["netwatch_baseline"] == VERSION and samples and all(_is_sample(one) for one in samples)
    except OSError as error:
        raise FileError(f"cannot read {shown}: {printable(str(error.strerror))}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _no_baseline(shown) from error
    if not good:
        raise _no_baseline(shown)
    result: list[Sample] = samples
    return result


def save(path: str, sample: Sample) -> int:
    """Add a capture to a baseline, which is made if it is not there; return how many it has now.

    Raises:
        FileError: it cannot be written, or something else has the name.
    """
    before = load(path) if Path(path).exists() else []
    samples = [*before, sample][-MOST_SAMPLES:]
    with AtomicFile(path, overwrite=bool(before)) as file:
        file.write(json.dumps({"netwatch_baseline": VERSION, "samples": samples}).encode())
        file.commit()
    return len(samples)


def _no_baseline(shown: str) -> FileError:
    return FileError(f"{shown} is not a baseline", "make one with --save-baseline")


def _is_sample(found: Any) -> bool:
    return all(
        isinstance(found[kind], dict)
        and all(isinstance(value, int) and not isinstance(value, bool) for value in found[kind].values())
        for kind in KINDS
    )
