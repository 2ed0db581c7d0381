"""`python -m tests.fuzz [TARGET ...] [--minutes N | --runs N]`: fuzz all targets in turn, or those that are named."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.fuzz.campaign import CAPTURES, Campaign
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
        # The blocks of `frames` are faster by a thousand than any guidance makes up for
        if engine == "atheris" and not (TARGETS[name].grinds and not options.engine):
            failed += _guided(name, options, folder)
            continue
        campaign = Campaign(name, TARGETS[name], folder, options.seed)
        runs = options.runs or (0 if options.minutes else RUNS)
        count = campaign.run(minutes=options.minutes, runs=runs)
        print(
            f"{name}: {count.inputs:,} inputs in {count.seconds:.0f} s, the slowest took {count.slowest:.3f} s, "
            f"{count.findings} found",
            flush=True,
        )
        failed += count.findings
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    result.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of {', '.join(TARGETS)}; all")
    result.add_argument("--minutes", type=float, default=0.0, help="how long each target is fuzzed")
    result.add_argument("--runs", type=int, default=0, help=f"how many inputs each target gets ({RUNS})")
    result.add_argument("--seed", type=int, default=1, help="other seeds try other inputs (1)")
    result.add_argument("--engine", choices=("atheris", "random"), help="atheris is guided by coverage, if installed")
    result.add_argument("--findings", default="/tmp/netwatch-fuzz", help="folder of what was found and of the counts")
    return result


def _guided(name: str, options: argparse.Namespace, folder: Path) -> int:
    """Fuzz with libFuzzer, which never comes back, in a process of its own."""
    seeds = folder / "corpus" / name
    seeds.mkdir(parents=True, exist_ok=True)
    if not any(seeds.iterdir()):
        for number, data in enumerate(TARGETS[name].seeds(CAPTURES)):
            (seeds / f"seed-{number}").write_bytes(data)
    limit = [f"-max_total_time={60 * options.minutes:.0f}"] if options.minutes else [f"-runs={options.runs or RUNS}"]
    command = [
        sys.executable, "-m", "tests.fuzz.guided", name, str(seeds), *limit, f"-max_len={TARGETS[name].longest}",
        f"-seed={options.seed}", f"-artifact_prefix={folder}/{name}-", "-timeout=60", "-print_final_stats=1",
    ]  # fmt: skip
    return int(subprocess.run(command, check=False).returncode != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
