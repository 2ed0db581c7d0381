"""`python -m tests.fuzz [TARGET ...] [--minutes N | --runs N | --leaks]`: fuzz all targets in turn, or those named."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.fuzz.campaign import CAPTURES, Campaign
from tests.fuzz.leaks import growth
from tests.fuzz.rounds import Limits, guided
from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNS: Final = 20_000


def main(words: Sequence[str]) -> int:
    """Return 1 when something was found."""
    options = _parser().parse_args(words)
    engine = options.engine or ("atheris" if importlib.util.find_spec("atheris") else "random")
    folder = Path(options.findings)
    failed = 0
    for name in options.targets or TARGETS:
        if options.leaks:
            failed += _leaks(name, folder)
        # The blocks of `frames` are faster by a thousand than any guidance makes up for
        elif engine == "atheris" and not (TARGETS[name].grinds and not options.engine):
            failed += _guided(name, options, folder)
        else:
            failed += _random(name, options, folder)
    return 1 if failed else 0


def _random(name: str, options: argparse.Namespace, folder: Path) -> int:
    campaign = Campaign(name, TARGETS[name], folder, options.seed)
    count = campaign.run(minutes=options.minutes, runs=options.runs or (0 if options.minutes else RUNS))
    print(
        f"{name}: {count.inputs:,} inputs in {count.seconds:.0f} s, the slowest took {count.slowest:.3f} s, "
        f"{count.findings} found",
        flush=True,
    )
    return count.findings


def _guided(name: str, options: argparse.Namespace, folder: Path) -> int:
    runs = options.runs or (0 if options.minutes else RUNS)
    found, grown = guided(name, Limits(options.minutes, runs, options.seed), folder)
    if grown:
        print(f"{name}: {grown} processes had grown and made room for the next; is it a leak?", flush=True)
        # Not here: what was instrumented leaks of itself
        words = ["tests.fuzz", "--leaks", name, "--findings", str(folder)]
        found += subprocess.run([sys.executable, "-m", *words], check=False).returncode
    return found


def _leaks(name: str, folder: Path) -> int:
    """Look for memory that stays, with what was found by guided fuzzing, or else what that begins with."""
    paths = sorted((folder / "corpus" / name).glob("*"))
    inputs = [path.read_bytes() for path in paths] or TARGETS[name].seeds(CAPTURES)
    grown = growth(TARGETS[name].run, inputs)
    print(f"{name}: {'a leak' if grown.leaks else 'no leak'}: {grown}", flush=True)
    return int(grown.leaks)


def _parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    result.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of {', '.join(TARGETS)}; all")
    result.add_argument("--minutes", type=float, default=0.0, help="how long each target is fuzzed")
    result.add_argument("--runs", type=int, default=0, help=f"how many inputs each target gets ({RUNS})")
    result.add_argument("--seed", type=int, default=1, help="other seeds try other inputs (1)")
    result.add_argument("--leaks", action="store_true", help="look for memory that stays instead, in some minutes each")
    result.add_argument("--engine", choices=("atheris", "random"), help="atheris is guided by coverage, if installed")
    result.add_argument("--findings", default="/tmp/netwatch-fuzz", help="folder of what was found and of the counts")
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
