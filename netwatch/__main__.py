"""`python -m netwatch` and the installed command."""

from __future__ import annotations

import sys

from netwatch.cli import main as run


def main() -> None:
    """Run the command line and leave with its exit status."""
    sys.exit(run())


if __name__ == "__main__":
    main()
