"""The parser of every verb's arguments."""

from __future__ import annotations

import argparse
from typing import NoReturn

from netwatch.errors import UsageError
from netwatch.text import printable


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's words."""
        raise UsageError(printable(message), f"see {self.prog} --help")
