"""Scapy's list of makers of network cards, left unloaded until a dissected field asks for one."""

from __future__ import annotations

from typing import Any

PACKED = "scapy/manufdb"
"""What Scapy calls the list that it brings along; others are called by their files."""


def put_makers_off() -> None:
    """Drop the list that Scapy loaded with its first import; who asks for a maker has it loaded again.

    It takes 10 MiB, and netwatch has a list of its own (track/vendors.py) that takes a third of that.
    """
    import scapy.data

    before = scapy.data.MANUFDB
    if type(before) is not scapy.data.ManufDA:
        return  # put off before, or not the list that we know
    name = before._name  # noqa: SLF001  # Scapy says nowhere else which list it loaded
    scapy.data.MANUFDB = _later(None if name == PACKED else name)
    before.d.clear()  # conf and scapy.all may hold it too


def _later(path: str | None) -> Any:
    """Return a list as Scapy has it, read from a file, or Scapy's own, when somebody looks at its entries."""
    from scapy.data import ManufDA, load_manuf

    class MakersLater(ManufDA):  # type: ignore[misc]  # Scapy ships no types
        """Reads its entries once."""

        __slots__ = ("entries",)
        entries: Any

        @property
        def d(self) -> Any:
            """The entries, under the name and in the form that Scapy has them."""
            if not self.entries:
                try:
                    self.entries = load_manuf(path).d
                except OSError:  # by now a sandbox may forbid it
                    self.entries = load_manuf().d
            return self.entries

        @d.setter
        def d(self, entries: Any) -> None:
            self.entries = entries

    return MakersLater(_name=PACKED)
