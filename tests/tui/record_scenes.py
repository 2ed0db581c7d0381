"""The screens that the record holds: how each is reached from the monitor, and what it says when it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.detect.scenes import attack_engine
from tests.scenes import SceneSource, running_engine, scene_engine
from tests.tui.screen import CannedLive
from tests.tui.showing import See
from tests.web_scene import web_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.engine import Engine

SIZES = ((80, 24), (120, 36), (160, 45))
LARGE = (240, 60)
"""A size in which what fills the terminal is looked at in the first theme only."""
THEMES = ("netwatch-dark", "netwatch-light")


class Scene(NamedTuple):
    """A screen."""

    steps: tuple[str, ...]
    """Keys, and what must be seen before the next one; the last is seen when the screen is there."""
    themes: tuple[str, ...] = THEMES
    sizes: tuple[tuple[int, int], ...] = SIZES

    def at(self, size: tuple[int, int], theme: str) -> bool:
        """Return whether the screen is looked at in such a terminal."""
        return size in self.sizes and theme in self.themes and (size != LARGE or theme == THEMES[0])

    def filling(self) -> Scene:
        """Return the same screen, looked at in a large terminal too."""
        return self._replace(sizes=(*self.sizes, LARGE))


def steps(*keys: str, seen: str) -> tuple[str, ...]:
    """Return the steps that end with `seen`."""
    return (*keys, See(seen))


def empty_engine() -> Engine:
    """Return an engine on an interface on which nothing comes."""
    return running_engine(SceneSource([]), 0, CannedLive())


FLOWS = ("3", See("34 flows"))
ALERTS = ("6", See("scan.vertical"))
WEB = ("8", See("web transactions"))
PACKETS = ("2", See("Proto"))
ANSWER = (*PACKETS, "g", See(" 0.000000"), "j", "j", "j")
REQUEST = (*PACKETS, "g", See(" 0.000000"), "ctrl+f", See("Tab"), *"GET /", "enter", See("GET /: packet 9"))

DAY = {
    "overview": Scene(steps("1", seen="Connections")).filling(),
    "traffic": Scene(steps("1", See("Connections"), "b", seen="All traffic")).filling(),
    "packets": Scene(PACKETS).filling(),
    "paused": Scene(steps(*PACKETS, "space", seen="PAUSED")),
    "flows": Scene(FLOWS).filling(),
    "flow-columns": Scene(steps(*FLOWS, "c", seen="Space ticks")),
    "quick": Scene(steps(*FLOWS, "ampersand", See("quick filter"), *"443", seen="&443")),
    "quick-nothing": Scene(steps(*FLOWS, "ampersand", See("quick filter"), *"zz", "enter", seen="nothing matches zz")),
    "held": Scene(steps(*FLOWS, "j", "j", seen="order held")),
    "handshakes": Scene(steps("4", seen="24 attempts")).filling(),
    "services": Scene(steps("4", See("24 attempts"), "b", seen="services")),
    "dns": Scene(steps("5", seen="8 look-ups")).filling(),
    "dns-names": Scene(steps("5", See("8 look-ups"), "b", seen="1 name")),
    "dns-servers": Scene(steps("5", See("8 look-ups"), "b", See("1 name"), "b", seen="1 DNS server")),
    "hosts": Scene(steps("7", seen="4 hosts")).filling(),
    "neighbours": Scene(steps("7", See("4 hosts"), "b", seen="neighbours")),
    "baseline": Scene(steps("9", seen="0 differences")),
    "no-alerts": Scene(steps("6", seen="0 alerts")),
    "opened": Scene(steps(*ANSWER, "enter", seen="DNS Ans")).filling(),
    "opened-zoomed": Scene(steps(*ANSWER, "enter", See("DNS Ans"), "z", seen="DNS Ans")),
    "follow": Scene(steps(*REQUEST, "o", seen="> GET")),
    "follow-hexdump": Scene(steps(*REQUEST, "o", See("> GET"), "tab", "tab", seen="47 45 54")),
    "follow-find": Scene(steps(*REQUEST, "o", See("> GET"), "slash", *"example", seen=" example")),
    "packet-columns": Scene(steps(*PACKETS, "ctrl+k", seen="n new field")),
    "as-filter": Scene(steps(*PACKETS, "a", seen="Filter by")),
    "copy": Scene(steps(*PACKETS, "y", seen="Scapy command     Ether(")),
    "comment": Scene(steps(*PACKETS, "C", seen="Comment on packet")),
    "capture-filter": Scene(steps("f", *"arp", seen="Enter")),
    "capture-filter-wrong": Scene(steps("f", *"bogus", seen="syntax error")),
    "display-filter": Scene(steps("slash", *"tls.handshake.ex", seen="did you mean")),
    "display-filter-list": Scene(steps("slash", *"dns.q", seen="dns.qry")),
    "find": Scene(steps("ctrl+f", *"GET", seen="Tab")),
    "command": Scene(steps("colon", seen="command, or packet number")),
    "command-word": Scene(steps("colon", *"theme n", seen="netwatch-dark   ")),
    "command-wrong": Scene(steps("colon", *"nonsense", "enter", seen="nonsense")),
    "interfaces": Scene(steps("i", seen="Enter starts")),
    "settings": Scene(steps("comma", seen="Enter changes")),
    "theme-dark": Scene(steps("t", seen="Enter takes"), themes=("netwatch-dark",)),
    "theme-light": Scene(steps("t", seen="Enter takes"), themes=("netwatch-light",)),
    "help": Scene(steps("question_mark", seen="closes this help")),
    "help-flows": Scene(steps(*FLOWS, "question_mark", seen="closes this help")),
    "help-search": Scene(steps("question_mark", See("closes this help"), "slash", *"filter", seen="quick filter")),
    "palette": Scene(steps(*PACKETS, "ctrl+p", seen="Show only")),
    "palette-search": Scene(steps(*PACKETS, "ctrl+p", See("Show only"), *"theme", seen="choose colours")),
    "split": Scene(steps(*FLOWS, "vertical_line", seen="move this border")).filling(),
    "zoom": Scene(steps(*FLOWS, "z", seen="34 flows")),
    "redacted": Scene(steps(*PACKETS, "X", seen="REDACTED")),
    "quit": Scene(steps(*PACKETS, "m", "q", seen="marked")),
    "too-small": Scene((See("netwatch needs"),), sizes=((60, 20),)),
}
ATTACK = {
    "alerts": Scene(ALERTS).filling(),
    "alerts-by-time": Scene(steps(*ALERTS, "b", seen="by Time")),
    "alert": Scene(steps(*ALERTS, "enter", seen="What the rule looks for")),
    "mute": Scene(steps(*ALERTS, "x", seen="Enter mutes")),
    "mutes": Scene(steps(*ALERTS, "b", See("by Time"), "b", seen="nothing is muted")),
    "enrich": Scene(steps(*ALERTS, "E", seen="This sends to")),
}
WEB_SCENES = {
    "web": Scene(WEB).filling(),
    "web-names": Scene(steps(*WEB, "b", seen=" names ")),
    "web-agents": Scene(steps(*WEB, "b", See(" names "), "b", seen="agents")),
    "web-certificates": Scene(steps(*WEB, "b", See(" names "), "b", See("agents"), "b", seen="certificate")),
}
EMPTY = {
    "empty-overview": Scene(steps("1", seen="Connections")),
    "empty-packets": Scene(steps("2", seen="no packets yet on eth0")),
    "empty-flows": Scene(steps("3", seen="0 flows")),
}
CAPTURES: dict[str, tuple[Callable[[], Engine], dict[str, Scene]]] = {
    "day": (lambda: scene_engine(CannedLive())[0], DAY),
    "attack": (attack_engine, ATTACK),
    "web": (web_engine, WEB_SCENES),
    "empty": (empty_engine, EMPTY),
}
"""By what was captured: the engine, and the screens that show most of it."""
