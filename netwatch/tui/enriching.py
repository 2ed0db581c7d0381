"""A look at the host of an alert: asked for by `E`, confirmed, and sent by a process of its own or by the user."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from textual.message import Message

from netwatch.request import in_own_thread
from netwatch.tui.deliver import deliver
from netwatch.tui.saving import free_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from textual.app import App

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.tables.alerts import Alert
    from netwatch.tables.enrichment import Look

INTERFACE: Final = r"[^\s,]{1,15}"
"""The name of one interface (IFNAMSIZ of linux/if.h)."""


class Looked(Protocol):
    """What a look found."""

    @property
    def found(self) -> dict[str, Any]:
        """As JSON types, for the alert's file."""

    @property
    def told(self) -> Sequence[tuple[str, str]]:
        """(part, result in words)."""


class Looker(Protocol):
    """Who may send, in place of this process."""

    def look(self, host: str, interface: str) -> Looked:
        """Look at a host; takes seconds."""


class Enrich(Message):
    """Somebody wants to know more about the hosts of an alert."""

    def __init__(self, alert: Alert, folder: Path) -> None:
        """Have the alert written to `folder`."""
        super().__init__()
        self.alert = alert
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Wish:
    """A look that was agreed to."""

    alert: Alert
    path: Path
    host: str
    interface: str
    """Named only where an address alone does not tell it."""


class Enriching:
    """Asks, then writes the alert's file, and has the look sent or says how the user can."""

    def __init__(self, app: App[Any], engine: Engine, looker: Looker | None, look: Look) -> None:
        """Without a `looker` nothing is sent from here."""
        self._app = app
        self._engine = engine
        self._looker = looker
        self._look = look

    def ask(self, wish: Enrich, failed: Callable[[str], None]) -> None:
        """Ask which host of an alert is meant and whether it may be sent to."""
        if self._engine.redacts:
            failed("nobody is looked at while addresses are replaced, it would be somebody else: :redact ends that")
            return
        hosts = hosts_of(wish.alert)
        if not hosts:
            failed("this alert names no address that could be looked at")
            return
        from netwatch.tui.screens.enrich import EnrichScreen

        screen = EnrichScreen(hosts, self._look, sends=self._looker is not None, live=self._engine.snapshot().live)
        self._app.push_screen(screen, partial(self._answered, wish))

    def _answered(self, asked: Enrich, host: str | None) -> None:
        if host is None:
            return
        path = free_name(asked.folder.absolute(), datetime.now().astimezone(), ".json", f"alert_{asked.alert.rule}")
        wish = Wish(asked.alert, path, host, self._interface(host))
        from netwatch.tui.screens.enriched import EnrichedScreen

        screen = EnrichedScreen(host)
        self._app.push_screen(screen)
        request: Request[list[tuple[str, str]]] = in_own_thread(lambda _: self._carry_out(wish))
        deliver(self._app, request, screen.tell, screen.fail)

    def _interface(self, host: str) -> str:
        """Return the interface of an address that each link may have; empty for others, or where there are several."""
        seen = self._engine.snapshot()
        one = seen.live and re.fullmatch(INTERFACE, seen.source) is not None
        return seen.source if one and ipaddress.ip_address(host).is_link_local else ""

    def _carry_out(self, wish: Wish) -> list[tuple[str, str]]:
        """Return what to show, (what, text).

        Raises:
            NetwatchError: the file cannot be written, or nothing could be sent; the file is there then.
        """
        from netwatch.export.alert_file import append_enrichment, read_alert, write_alert

        path = str(wish.path)
        write_alert(path, wish.alert)
        if self._looker is None:
            return [("written", path), ("command", enrich_command(wish, self._look))]
        looked = self._looker.look(wish.host, wish.interface)
        append_enrichment(path, read_alert(path), looked.found)
        return [*looked.told, ("kept in", path)]


def hosts_of(alert: Alert) -> list[tuple[str, str]]:
    """Return (role, address) of the hosts of an alert that a look could be sent to."""
    found: dict[str, str] = {}
    for role, text in (("source", alert.source), ("destination", alert.destination)):
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        if not (address.is_multicast or address.is_unspecified or text == "255.255.255.255"):
            found.setdefault(text, role)
    return [(role, text) for text, role in found.items()]


def enrich_command(wish: Wish, look: Look) -> str:
    """Return the shell command with which the user can have the look sent."""
    from netwatch.capture.privileges import permitted_command

    words = ["lab", "enrich", str(wish.path)]
    if wish.host != wish.alert.source:
        words += ["--host", "dst"]
    if wish.interface:
        words += ["-i", wish.interface]
    if not look.resolve:
        words.append("-n")
    return permitted_command(words)
