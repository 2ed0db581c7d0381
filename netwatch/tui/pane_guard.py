"""A pane that breaks is switched off and says so; capture, the other panes and the terminal go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.dom import DOMNode
from textual.widgets import Static

from netwatch.problem import Problem
from netwatch.tui.panes.packets import PacketsPane
from netwatch.tui.panes.pane import Pane

if TYPE_CHECKING:
    from types import TracebackType

    from textual.app import ComposeResult
    from textual.screen import Screen

    from netwatch.snapshot import Snapshot
    from netwatch.tui.screens.arranging import ArrangingScreen


class BrokenPane(Pane):
    """Stands where a pane broke."""

    def __init__(self, broken: Pane, words: str) -> None:
        """Keep the name of the pane that was here, and say why it is not."""
        super().__init__(broken.engine, broken.glyphs)
        self.name_shown = broken.name_shown
        self._words = words

    def compose(self) -> ComposeResult:
        """Say what happened."""
        yield Static(Text(f"\n {self._words}\n\n Capture and the other panes go on. What broke is in the log."))

    def show(self, snapshot: Snapshot, *, paused: bool) -> None:
        """Stay as it is."""
        del snapshot, paused


class Guarded:
    """Lets what is done inside break a pane without breaking what does it."""

    def __init__(self, screen: Screen[Any]) -> None:
        """Switch panes of `screen` off; on another than the monitor's there are none."""
        self._screen = screen

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        """Hold an error back when a pane could be switched off for it."""
        return isinstance(error, Exception) and switch_off(self._screen, error)


def switch_off(monitor: Screen[Any], error: Exception) -> bool:
    """Replace the pane that `error` came from; False when it came from elsewhere, or the screen cannot go on."""
    from netwatch.tui.screens.arranging import ArrangingScreen  # it guards itself by this module

    if not isinstance(monitor, ArrangingScreen):
        return False
    pane = _pane_of(error.__traceback__, monitor)
    if pane is None or not pane.is_attached or isinstance(pane, PacketsPane | BrokenPane):
        return False
    problem = Problem.of(f"{pane.name_shown or type(pane).__name__} is off", error)
    monitor.replace_pane(pane, BrokenPane(pane, problem.words))
    pane.engine.report(problem)
    return True


def _pane_of(trace: TracebackType | None, monitor: ArrangingScreen) -> Pane | None:
    """Return the pane that the calls of a traceback went through.

    None when a message to the screen or the app itself was answered: Textual reads no more of these after an error.
    """
    found: Pane | None = None
    while trace is not None:
        frame = trace.tb_frame
        one = frame.f_locals.get("self")
        if frame.f_code.co_name == "_dispatch_message" and one in (monitor, monitor.app):
            return None
        if isinstance(one, DOMNode):
            found = next((node for node in one.ancestors_with_self if isinstance(node, Pane)), found)
        trace = trace.tb_next
    return found
