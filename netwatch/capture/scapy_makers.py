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
    name = str(before).partition(" - ")[0].removeprefix("<")
    scapy.data.MANUFDB = _later(lambda: scapy.data.load_manuf(None if name == PACKED else name).d)
    before.d.clear()  # conf and scapy.all may hold it too


def _later(load: Any) -> Any:
    """Return a list as Scapy has it whose entries are those that `load` returns, when somebody looks at them."""
    from scapy.data import ManufDA

    class MakersLater(ManufDA):  # type: ignore[misc]  # Scapy ships no types
        """Reads its entries once."""

        __slots__ = ("entries",)
        entries: Any

        @property
        def d(self) -> Any:
            """The entries, under the name and in the form that Scapy has them."""
            if not self.entries:
                self.entries = load()
            return self.entries

        @d.setter
        def d(self, entries: Any) -> None:
            self.entries = entries

    return MakersLater(_name=PACKED)
