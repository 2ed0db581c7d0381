"""What the palette offers: every command that works now, carried out where its key would be."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import App
    from textual.dom import DOMNode
    from textual.screen import Screen

    from netwatch.tui.keymap import Keymap
    from netwatch.tui.screens.monitor import MonitorScreen


def offered(app: App[Any], monitor: MonitorScreen, keys: Keymap) -> Iterable[SystemCommand]:
    """Yield the commands of the monitor and of the pane that is seen."""
    for command in keys.of(monitor.pane.places):
        if command.action and command.id != "palette":
            run = partial(app.call_later, app.run_action, command.action, who_can(monitor, command.action))
            named = command.help.startswith(command.label)
            yield SystemCommand(f"{'' if named else f'{command.label}   '}{command.help}", command.key_text, run)


def who_can(monitor: Screen[None], action: str) -> DOMNode:
    """Return what a key would reach: what has the focus, or the nearest around it that knows the action."""
    name = f"action_{action.partition('(')[0]}"
    around = (monitor.focused or monitor).ancestors_with_self
    return next((node for node in around if hasattr(node, name)), monitor)
