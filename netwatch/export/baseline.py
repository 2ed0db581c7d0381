"""Baselines: what earlier captures held, kept in a file, and what is new, gone, larger or smaller in this one."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netwatch.capture.atomic import AtomicFile
from netwatch.errors import FileError
from netwatch.tables.query import TableQuery
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.session import Session

VERSION: Final = 1
MOST_SAMPLES: Final = 30
"""Captures that a baseline remembers; the oldest leave."""
MOST_KEYS: Final = 2000
"""Entries of one kind of a capture: those with most."""
LARGEST_FILE: Final = 64 << 20
LEAST_SAMPLES: Final = 3
"""Captures from which on a spread can be known; before, only tenfold differences are told."""
ROBUST: Final = 1.4826
"""Makes the median absolute deviation of a normal distribution its standard deviation."""
FAR: Final = 3.5
"""Robust z beyond which a value is unusual (Iglewicz and Hoaglin 1993)."""
TENFOLD: Final = 10.0
KINDS: Final = ("hosts", "services", "peers", "names")

Sample = dict[str, dict[str, int]]
"""By kind and key: bytes of hosts and of peers, attempts of services, queries of names."""


class Change(NamedTuple):
    """Something that is not as it was."""

    kind: str
    """Of KINDS."""
    change: str
    """new, gone, larger or smaller."""
    key: str
    """Printable."""
    value: int
    usual: float
    """The median of the baseline, 0 where it has none."""


class Comparison(NamedTuple):
    """A capture beside a baseline."""

    captures: int
    """In the baseline."""
    changes: list[Change]

    def text(self) -> str:
        """Return a section for people."""
        lines = [f"Beside the baseline of {self.captures:,} captures: {len(self.changes):,} differences"]
        for one in self.changes:
            usual = f" (usually {one.usual:,.0f})" if one.usual else ""
            lines.append(f"  {one.change:<8} {one.kind:<9} {one.key}  {one.value:,}{usual}")
        return "\n".join(lines)


def sample_of(session: Session) -> Sample:
    """Return what a finished capture holds."""
    hosts = session.page("hosts", TableQuery("bytes", count=MOST_KEYS)).table
    services = session.page("services", TableQuery("attempts", count=MOST_KEYS)).table
    flows = session.page("flows", TableQuery("bytes", count=MOST_KEYS)).table
    names = session.page("dns_names", TableQuery("queries", count=MOST_KEYS)).table
    peers: dict[str, int] = {}
    for at in range(len(flows)):
        ends = " - ".join(sorted((flows.source[at], flows.destination[at])))
        peers[ends] = peers.get(ends, 0) + int(flows.bytes[at].sum())
    return {
        "hosts": {hosts.address[at]: int(hosts.bytes[at].sum()) for at in range(len(hosts))},
        "services": {
            f"{services.server[at]} port {int(services.port[at])}": int(services.attempts[at])
            for at in range(len(services))
        },
        "peers": peers,
        "names": {names.name[at]: int(names.queries[at]) for at in range(len(names)) if names.queries[at]},
    }


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


def compare(samples: list[Sample], now: Sample) -> list[Change]:
    """Return what differs, new ones first, by kind and then the largest first."""
    changes: list[Change] = []
    for kind in KINDS:
        known = {key for sample in samples for key in sample[kind]}
        for key in sorted(known | now[kind].keys()):
            values = [sample[kind].get(key, 0) for sample in samples]
            if change := _change(values, now[kind].get(key, 0), known=key in known):
                changes.append(Change(kind, change, printable(key), now[kind].get(key, 0), float(median(values))))
    order = ("new", "gone", "larger", "smaller")
    return sorted(changes, key=lambda one: (order.index(one.change), KINDS.index(one.kind), -one.value, one.key))


def _change(values: list[int], now: int, *, known: bool) -> str:
    if not known:
        return "new"
    usual = median(values)
    if not now:
        return "gone" if all(values) else ""  # what was not always there is not missed
    if len(values) < LEAST_SAMPLES or not usual:
        return "larger" if usual and now > usual * TENFOLD else "smaller" if now * TENFOLD < usual else ""
    # a spread of zero would make any difference infinite: a tenth of what is usual is always allowed
    spread = max(ROBUST * median([abs(value - usual) for value in values]), usual / 10)
    far = (now - usual) / spread
    return "larger" if far > FAR else "smaller" if far < -FAR else ""


def _no_baseline(shown: str) -> FileError:
    return FileError(f"{shown} is not a baseline", "make one with --save-baseline")


def _is_sample(found: Any) -> bool:
    return all(
        isinstance(found[kind], dict)
        and all(isinstance(value, int) and not isinstance(value, bool) for value in found[kind].values())
        for kind in KINDS
    )
