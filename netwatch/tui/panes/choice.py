"""Which panes there are, and how each is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from netwatch.engine import Engine
    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.panes.pane import Pane
    from netwatch.tui.panes.table_view import TableView


class PaneChoice(NamedTuple):
    """One tab, and the command that goes there."""

    id: str
    key: str
    name: str
    help: str
    """What it shows, in lower case."""


PANES: Final = (
    PaneChoice("overview", "1", "Overview", "what is going on"),
    PaneChoice("packets", "2", "Packets", "one by one, as they arrive"),
    PaneChoice("flows", "3", "Flows", "who talks to whom, connections and conversations"),
    PaneChoice("handshakes", "4", "Handshakes", "who reaches whom, and why not"),
    PaneChoice("dns", "5", "DNS", "who asks whom for which name, and the answers"),
    PaneChoice("alerts", "6", "Alerts", "what looks like an attack, and why"),
    PaneChoice("hosts", "7", "Hosts", "machines with their addresses, names and roles"),
    PaneChoice("web", "8", "Web", "names, versions, fingerprints and status of TLS, QUIC and HTTP"),
    PaneChoice("baseline", "9", "Baseline", "what is not as on other days"),
)
"""In the order of their keys."""


def views_of(pane: str) -> tuple[TableView, ...]:
    """Return the views of a pane that is made of tables, () of another.

    Panes are imported when they are first looked at: the first screen need not wait for those behind it.
    """
    from netwatch.tui.panes.baseline import BASELINE
    from netwatch.tui.panes.dns import DNS, DNS_NAMES, DNS_SERVERS, DNS_UNANSWERED
    from netwatch.tui.panes.flows import FLOWS
    from netwatch.tui.panes.handshakes import HANDSHAKES, SERVICES
    from netwatch.tui.panes.hosts import HOSTS, NEIGHBOURS
    from netwatch.tui.panes.web import WEB
    from netwatch.tui.panes.web_groups import CERTIFICATES, WEB_AGENTS, WEB_NAMES

    views: Mapping[str, tuple[TableView, ...]] = {
        "baseline": (BASELINE,),
        "flows": (FLOWS,),
        "handshakes": (HANDSHAKES, SERVICES),
        "dns": (DNS, DNS_NAMES, DNS_SERVERS, DNS_UNANSWERED),
        "hosts": (HOSTS, NEIGHBOURS),
        "web": (WEB, WEB_NAMES, WEB_AGENTS, CERTIFICATES),
    }
    return views.get(pane, ())


def make_pane(pane: str, engine: Engine, glyphs: str, *, memory: PaneMemory, folder: Path) -> Pane:
    """Return a new pane; `pane` is its identifier in PANES."""
    if pane == "overview":
        from netwatch.tui.panes.overview import OverviewPane

        return OverviewPane(engine, glyphs, folder)
    from netwatch.tui.panes.table_pane import TablePane

    if pane == "alerts":
        from netwatch.tui.panes.alerts_pane import AlertsPane

        return AlertsPane(engine, glyphs, name_shown="Alerts", memory=memory, folder=folder)
    name = next(choice.name for choice in PANES if choice.id == pane)
    return TablePane(engine, glyphs, views_of(pane), name_shown=name, memory=memory, folder=folder)
