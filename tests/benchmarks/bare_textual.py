"""`python -m tests.benchmarks.bare_textual`: the least that draws with Textual, beside which a start is measured."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    """One word; `q` ends it."""

    BINDINGS: ClassVar = [("q", "quit", "quit")]

    def compose(self) -> ComposeResult:
        """Show the word that benchmarks wait for."""
        yield Static("pkts")


if __name__ == "__main__":
    Bare().run()
