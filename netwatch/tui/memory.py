"""What the user chose on the screen, kept in a small file: columns and order of tables, theme, pane, interfaces."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture import small_file
from netwatch.tui.last_drawn import LastDrawn, last_drawn
from netwatch.tui.packet_look import TIMES as FORMS
from netwatch.tui.packet_look import PacketLook, look_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from netwatch.tui.packet_look import Times

LARGEST_FILE: Final = 1 << 16
THEME: Final = "theme"
PANE: Final = "pane"
INTERFACES: Final = "interfaces"
PACKETS: Final = "packets"
TERMINAL: Final = "terminal"
TIMES: Final = "times"
"""Where these stand among the tables."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The choices of one table."""

    sort: str = ""
    descending: bool = True
    columns: frozenset[str] | None = None
    """None for the usual ones."""


class PaneMemory:
    """Choices by table; without a file they live as long as the program."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept = _read(path) if path is not None else {}
        self.unsaved = False
        """Something was chosen since the file was written."""
        self._saving = threading.Lock()

    def recall(self, table: str) -> Kept:
        """Return what was chosen in `table`; a file that makes no sense is as good as none."""
        found = self._kept.get(table)
        if not isinstance(found, dict):
            return Kept()
        sort, descending, columns = found.get("sort"), found.get("descending"), found.get("columns")
        wanted = frozenset(filter(lambda name: isinstance(name, str), columns)) if isinstance(columns, list) else None
        return Kept(sort if isinstance(sort, str) else "", descending is not False, wanted or None)

    def keep(self, table: str, sort: str, *, descending: bool, columns: frozenset[str] | None) -> None:
        """Remember the choices, for the file by the next `save`: that it cannot be written bothers nobody."""
        chosen = {"sort": sort, "descending": descending, "columns": sorted(columns) if columns else None}
        if self._kept.get(table) == chosen:
            return
        self._kept[table] = chosen
        self.unsaved = True

    @property
    def packets(self) -> PacketLook:
        """How the packet table is to look."""
        return look_of(self._kept.get(PACKETS))

    def keep_packets(self, look: PacketLook) -> None:
        """Remember how it is to look."""
        self._kept[PACKETS] = look.as_values()
        self.unsaved = True

    @property
    def times(self) -> Times | None:
        """The form of times that was chosen last, in whatever pane; None while none was."""
        found = self._kept.get(TIMES)
        return found if found in FORMS else None

    def keep_times(self, times: Times) -> None:
        """Remember the form of times, for the packets and for every table."""
        self._kept[TIMES] = times
        self.keep_packets(replace(self.packets, times=times))

    def keep_names(self, *, names: bool) -> None:
        """Remember whether names stand in place of addresses, for the packets and for every table."""
        self.keep_packets(replace(self.packets, names=names))

    @property
    def theme(self) -> str:
        """The theme that was chosen last, empty for none."""
        found = self._kept.get(THEME)
        return found if isinstance(found, str) else ""

    def keep_theme(self, name: str) -> None:
        """Remember the theme."""
        self._kept[THEME] = name
        self.unsaved = True

    @property
    def pane(self) -> str:
        """The pane that was seen last, empty for none."""
        found = self._kept.get(PANE)
        return found if isinstance(found, str) else ""

    def keep_pane(self, name: str) -> None:
        """Remember the pane."""
        if self.pane != name:
            self._kept[PANE] = name
            self.unsaved = True

    @property
    def interfaces(self) -> tuple[str, ...]:
        """The interfaces that were chosen last, none where none ever were."""
        found = self._kept.get(INTERFACES)
        return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()

    def keep_interfaces(self, names: Sequence[str]) -> None:
        """Remember the interfaces."""
        self._kept[INTERFACES] = [*names]
        self.unsaved = True

    @property
    def last_drawn(self) -> LastDrawn | None:
        """What went to the terminal of the last run, None where nobody knows."""
        return last_drawn(self._kept.get(TERMINAL))

    def keep_last_drawn(self, drawn: LastDrawn) -> None:
        """Remember what went to the terminal."""
        self._kept[TERMINAL] = drawn.as_values()
        self.unsaved = True

    def save(self) -> None:
        """Write the file if it is out of date; a disk takes its milliseconds, so not while somebody waits for a key."""
        with self._saving:  # or an older state might be the last to get the file's name
            if self._path is not None and self.unsaved:
                self.unsaved = False
                small_file.write_json(self._path, dict(self._kept))


def _read(path: Path) -> dict[str, Any]:
    found = small_file.read_json(path, LARGEST_FILE)
    return found if isinstance(found, dict) else {}
