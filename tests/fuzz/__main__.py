"""`python -m tests.fuzz [TARGET ...] [-runs=N]`: fuzz with atheris where it is installed, else with random changes."""

from __future__ import annotations

import sys

from tests.fuzz.mutations import mutate
from tests.fuzz.targets import TARGETS

RUNS = 20_000


def main(words: list[str]) -> None:
    """Fuzz the targets that are named, or all in turn."""
    names = [word for word in words if not word.startswith("-")] or list(TARGETS)
    options = [word for word in words if word.startswith("-")]
    try:
        import atheris
    except ImportError:
        runs = next((int(word.partition("=")[2]) for word in options if word.startswith("-runs=")), RUNS)
        for name in names:
            print(f"{name}: {runs} random changes")
            mutate(TARGETS[name], runs, seed=0)
        return
    name = names[0]  # libFuzzer never comes back
    with atheris.instrument_imports(include=["netwatch"]):
        target = TARGETS[name]
        target(b"")
    atheris.Setup([sys.argv[0], *options], target)
    atheris.Fuzz()


main(sys.argv[1:])
