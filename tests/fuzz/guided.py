"""`python -m tests.fuzz.guided TARGET [libFuzzer's words]`: one target, guided by coverage (pip install atheris)."""

from __future__ import annotations

import sys

import atheris


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    with atheris.instrument_imports(include=["netwatch"]):
        from tests.fuzz.targets import TARGETS

        target = TARGETS[sys.argv[1]].run
        target(b"")
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


main()
