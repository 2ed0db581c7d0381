"""Runs all benchmarks and prints their table; `--seconds N` sets how long each load lasts (20)."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks.alerts import alert_figures
from tests.benchmarks.events import event_figures
from tests.benchmarks.files import file_figures
from tests.benchmarks.large import large_figures
from tests.benchmarks.link import link_figures
from tests.benchmarks.live import live_figures
from tests.benchmarks.names import name_figures
from tests.benchmarks.record import record_figures
from tests.benchmarks.start import start_figures
from tests.benchmarks.views import live_view_figures, view_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


PARTS: Final[dict[str, Callable[[Path, float], Iterable[tuple[str, str]]]]] = {
    "start": lambda _folder, _seconds: start_figures(),
    "files": lambda folder, _seconds: file_figures(folder),
    "large": lambda folder, _seconds: large_figures(folder),
    "events": lambda folder, _seconds: event_figures(folder),
    "views": lambda folder, _seconds: view_figures(folder),
    "live-views": live_view_figures,
    "record": record_figures,
    "live": live_figures,
    "alerts": alert_figures,
    "names": name_figures,
    "link": link_figures,
}


def main() -> None:
    """Print a row a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--only", choices=tuple(PARTS))
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("benchmarks need root for their network namespaces")
    print("| what | figure |\n|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="netwatch-benchmark-") as folder:
        for name, figures in PARTS.items():
            if options.only in (None, name):
                for what, figure in figures(Path(folder), options.seconds):
                    print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()
