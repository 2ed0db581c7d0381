"""Lists of addresses and of ports in a rule's header: nested, negated, with variables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import IPV4_MAPPED
from netwatch.detect.rules.problems import MalformedRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

DEEPEST: Final = 16
"""Brackets and variables inside each other."""
MOST_ITEMS: Final = 4096
LAST_PORT: Final = 65535
KNOWN_LISTS: Final = 64
"""Lists of addresses that are read once: nearly all rules of a file say the same two variables."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ranges:
    """What a list accepts: what is in one of `included`, all there is if that is empty, and in none of `excluded`."""

    included: tuple[Ranges | Span, ...] = ()
    excluded: tuple[Ranges | Span, ...] = ()

    @property
    def anything(self) -> bool:
        """True where every number is accepted."""
        return not self.included and not self.excluded

    def __contains__(self, number: int) -> bool:
        if self.included and not any(_within(item, number) for item in self.included):
            return False
        return not any(_within(item, number) for item in self.excluded)

    def table(self, count: int) -> NDArray[np.bool_]:
        """Return which of the numbers below `count` are accepted."""
        accepted = np.zeros(count, np.bool_) if self.included else np.ones(count, np.bool_)
        for item in self.included:
            accepted |= _table(item, count)
        for item in self.excluded:
            accepted &= ~_table(item, count)
        return accepted


ANY: Final = Ranges()


def addresses(text: str, variables: Mapping[str, str]) -> Ranges:
    """Return the addresses that `text` means, as numbers of 128 bit with IPv4 mapped into them as PacketBatch has it.

    Raises:
        MalformedRule: the text is no list of addresses, or a variable is not defined.
    """
    return _addresses(text, tuple(variables.items()))


def ports(text: str, variables: Mapping[str, str]) -> Ranges:
    """Return the ports that `text` means.

    Raises:
        MalformedRule: the text is no list of ports, or a variable is not defined.
    """
    return _Reader(variables, _ports).read(text)


@lru_cache(KNOWN_LISTS)
def _addresses(text: str, variables: tuple[tuple[str, str], ...]) -> Ranges:
    return _Reader(dict(variables), _network).read(text)


def _within(item: Ranges | Span, number: int) -> bool:
    return item[0] <= number <= item[1] if isinstance(item, tuple) else number in item


def _table(item: Ranges | Span, count: int) -> NDArray[np.bool_]:
    if isinstance(item, Ranges):
        return item.table(count)
    numbers = np.zeros(count, np.bool_)
    numbers[item[0] : item[1] + 1] = True
    return numbers


def _network(text: str) -> Span:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise MalformedRule(f"{text[:40]} is no address") from None
    offset = IPV4_MAPPED if isinstance(network, IPv4Network) else 0
    return offset + int(network.network_address), offset + int(network.broadcast_address)


def _ports(text: str) -> Span:
    low, colon, high = text.partition(":")
    try:
        first = int(low) if low else 0
        last = int(high) if high else (LAST_PORT if colon else first)
    except ValueError:
        raise MalformedRule(f"{text[:40]} is no port") from None
    if not (low or high) or not 0 <= first <= last <= LAST_PORT:
        raise MalformedRule(f"{text[:40]} is no range of ports")
    return first, last


class _Reader:
    def __init__(self, variables: Mapping[str, str], atom: Callable[[str], Span]) -> None:
        self._variables = variables
        self._atom = atom
        self._items = 0

    def read(self, text: str, depth: int = 0) -> Ranges:
        """Return the meaning of one item or list that is not negated itself."""
        item = self._item(text.strip(), depth)
        return item if isinstance(item, Ranges) else Ranges((item,))

    def _item(self, text: str, depth: int) -> Ranges | Span:
        self._items += 1
        if depth > DEEPEST or self._items > MOST_ITEMS:
            raise MalformedRule("lists inside lists without an end")
        if text.startswith("!"):
            inner = self._item(text[1:].strip(), depth + 1)
            if isinstance(inner, Ranges) and inner.anything:
                raise MalformedRule("!any accepts nothing")
            return Ranges(excluded=(inner,))
        if text.lower() == "any":
            return ANY
        if text.startswith("$"):
            if text[1:] not in self._variables:
                raise MalformedRule(f"the variable {text[:40]} is not defined")
            return self._item(self._variables[text[1:]].strip(), depth + 1)
        if text.startswith("["):
            if not text.endswith("]"):
                raise MalformedRule("a bracket is not closed")
            return self._list(text[1:-1], depth + 1)
        return self._atom(text)

    def _list(self, text: str, depth: int) -> Ranges:
        included: list[Ranges | Span] = []
        excluded: list[Ranges | Span] = []
        everything = False
        for part in _parts(text):
            if part.startswith("!"):
                excluded.append(self._item(part[1:].strip(), depth))
                continue
            item = self._item(part, depth)
            everything |= isinstance(item, Ranges) and item.anything
            included.append(item)
        if not included and not excluded:
            raise MalformedRule("an empty list")
        return Ranges(() if everything else tuple(included), tuple(excluded))


def _parts(text: str) -> list[str]:
    """Split at commas outside brackets."""
    parts, part, depth = [], "", 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += character
    return [each for each in [*parts, part.strip()] if each]
