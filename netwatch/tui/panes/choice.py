"""Which panes there are, and how each is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.tui.panes.dns import DNS, DNS_NAMES, DNS_SERVERS
from netwatch.tui.panes.flows import FLOWS
from netwatch.tui.panes.handshakes import HANDSHAKES, SERVICES
from netwatch.tui.panes.hosts import HOSTS, NEIGHBOURS
from netwatch.tui.panes.overview import OverviewPane
from netwatch.tui.panes.table_pane import TablePane

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from netwatch.engine import Engine
    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.panes.pane import Pane
    from netwatch.tui.panes.table_pane import TableView


class PaneChoice(NamedTuple):
    """One tab."""

    id: str
    key: str
    name: str


PANES: Final = (
    PaneChoice("overview", "1", "Overview"),
    PaneChoice("packets", "2", "Packets"),
    PaneChoice("flows", "3", "Flows"),
    PaneChoice("handshakes", "4", "Handshakes"),
    PaneChoice("dns", "5", "DNS"),
    PaneChoice("hosts", "7", "Hosts"),
)
"""In the order of their keys."""

TABLES: Final[Mapping[str, tuple[TableView, ...]]] = {
    "flows": (FLOWS,),
    "handshakes": (HANDSHAKES, SERVICES),
    "dns": (DNS, DNS_NAMES, DNS_SERVERS),
    "hosts": (HOSTS, NEIGHBOURS),
}
"""The views of panes that are tables."""


def make_pane(pane: str, engine: Engine, glyphs: str, *, memory: PaneMemory, folder: Path) -> Pane:
    """Return a new pane; `pane` is its identifier in PANES."""
    if pane == "overview":
        return OverviewPane(engine, glyphs)
    name = next(choice.name for choice in PANES if choice.id == pane)
    return TablePane(engine, glyphs, TABLES[pane], name_shown=name, memory=memory, folder=folder)
