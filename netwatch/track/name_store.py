"""NameStore: which names each address goes by, bounded, the ones that were learned longest ago leave first."""

from __future__ import annotations

from collections import OrderedDict
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES_A_KIND: Final = 4
"""Names of one kind that an address keeps, the newest ones."""
ADDRESS_BYTES: Final = 500
NAME_BYTES: Final = 180
ASKED_BYTES: Final = 320
"""Memory of an address, of a name without its letters and of a client's answer, measured with tracemalloc."""


class NameKind(StrEnum):
    """How a name was learned."""

    DNS = "dns"
    SNI = "sni"
    """The server name of a TLS client."""
    DHCP = "dhcp"
    DHCPV6 = "dhcpv6"
    MDNS = "mdns"
    NBNS = "nbns"
    LLMNR = "llmnr"
    PTR = "ptr"
    """A reverse look-up."""

    __hash__ = str.__hash__  # an enumeration's own is a function in Python, and names are kept by kind


class Name(NamedTuple):
    """One name of an address, printable."""

    name: str
    kind: NameKind


class NameStore:
    """Names by address; an address is one number of 128 bits."""

    def __init__(self, addresses: int, size: int) -> None:
        """Hold at most `addresses` addresses and as many answers to single clients, and `size` bytes in all."""
        self.bytes = 0
        """Estimate of the memory in use."""
        self.evicted = 0
        """Addresses and answers to single clients that were forgotten to make room."""
        self._most = max(addresses, 1)
        self._size = size
        self._names: OrderedDict[int, dict[NameKind, list[str]]] = OrderedDict()
        self._asked: OrderedDict[tuple[int, int], Name] = OrderedDict()

    def __len__(self) -> int:
        return len(self._names)

    def learn(self, address: int, name: str, kind: NameKind) -> None:
        """Remember that `address` is called `name`; the newest name of a kind counts."""
        kinds = self._names.get(address)
        if kinds is None:
            kinds = self._names[address] = {}
            self.bytes += ADDRESS_BYTES
        else:
            self._names.move_to_end(address)
        names = kinds.setdefault(kind, [])
        if names and names[-1] == name:
            return
        if name in names:
            names.remove(name)
        else:
            self.bytes += NAME_BYTES + len(name)
        names.append(name)
        if len(names) > NAMES_A_KIND:
            self.bytes -= NAME_BYTES + len(names.pop(0))
        self._make_room()

    def learn_asked(self, client: int, address: int, name: str, kind: NameKind) -> None:
        """Remember by which name `client` knows `address`; what DNS told it comes before what it told a server."""
        key = client, address
        before = self._asked.get(key)
        if before is None:
            self.bytes += ASKED_BYTES
        else:
            self._asked.move_to_end(key)
            if before.kind is NameKind.DNS and kind is not NameKind.DNS:
                return
        self._asked[key] = Name(name, kind)
        self._make_room()

    def asked(self, client: int, address: int) -> str:
        """Return the name by which `client` knows `address`, empty for none."""
        found = self._asked.get((client, address))
        return found.name if found else ""

    def newest(self, address: int, kinds: tuple[NameKind, ...]) -> str:
        """Return the newest name of the first of `kinds` that `address` has, empty for none."""
        known = self._names.get(address)
        if known is None:
            return ""
        return next((known[kind][-1] for kind in kinds if kind in known), "")

    def names(self, address: int, kinds: tuple[NameKind, ...]) -> tuple[Name, ...]:
        """Return all names of `address`, those of the first of `kinds` first, the newest first among these."""
        known = self._names.get(address, {})
        return tuple(Name(name, kind) for kind in kinds for name in reversed(known.get(kind, ())))

    def matching(self, word: str) -> Iterator[int]:
        """Yield the addresses that have a name with `word` in it, which is in lower case."""
        for address, kinds in self._names.items():
            if any(word in name.lower() for names in kinds.values() for name in names):
                yield address

    def _make_room(self) -> None:
        while len(self._names) > self._most:
            self._forget_address()
        while len(self._asked) > self._most:
            self._forget_asked()
        while self.bytes > self._size and (self._names or self._asked):
            if len(self._asked) >= len(self._names):
                self._forget_asked()
            else:
                self._forget_address()

    def _forget_address(self) -> None:
        _, kinds = self._names.popitem(last=False)
        self.bytes -= ADDRESS_BYTES + sum(NAME_BYTES + len(name) for names in kinds.values() for name in names)
        self.evicted += 1

    def _forget_asked(self) -> None:
        self._asked.popitem(last=False)
        self.bytes -= ASKED_BYTES
        self.evicted += 1
