"""Names in a filter expression: which of them libpcap would have to ask the resolver for, and their addresses."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwatch.capture.filter_keywords import (
    FAMILIES,
    KEYWORDS,
    LINK_QUALIFIERS,
    LOCAL_TYPES,
    OPERATORS,
    TABLE_QUALIFIERS,
    TYPE_QUALIFIERS,
)
from netwatch.errors import FilterError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Resolve = Callable[[str], tuple[str, ...]]

_TOKEN = re.compile(
    r"""(?P<address>[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)      # IPv6 or MAC, when it is well formed
      | (?P<escaped>\\[^\ !()\n\t]+)
      | (?P<word>[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?)
      | (?P<operator>&&|\|\|)
      | (?P<sign>[()])""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"(?:[0-9]+|0[xX][0-9A-Fa-f]+)(?:\.(?:[0-9]+|0[xX][0-9A-Fa-f]+)){0,3}")
_PAIR = "[0-9A-Fa-f]{1,2}"
_MAC = re.compile(
    rf"{_PAIR}(?::{_PAIR}){{5}}|{_PAIR}(?:-{_PAIR}){{5}}|{_PAIR}(?:\.{_PAIR}){{5}}"
    r"|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{12}"
)


@dataclass(frozen=True, slots=True)
class HostName:
    """A name that stands where an address may stand."""

    name: str
    start: int
    end: int
    """The name is text[start:end]; an escaped one begins with a backslash there."""
    kind: str
    """`host`, `net` or `gateway`: the qualifier that it belongs to."""
    family: int
    """4 or 6 where a protocol qualifier asks for one kind of address, else 0."""
    link: bool
    """A link layer qualifier asks for a MAC address, which libpcap looks up in /etc/ethers."""


def host_names(text: str) -> Iterator[HostName]:
    """Yield every name that is neither a keyword nor a number, an address, a port or a protocol, in order.

    Follows scanner.l and grammar.y of libpcap closely enough to miss none; it may name one that libpcap would not
    come to because of a syntax error.
    """
    context = _NO_QUALIFIER
    outer: list[_Context] = []
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word == "(":
            outer.append(context)
        elif word == ")":
            context = outer.pop() if outer else context
        elif token.lastgroup == "operator" or word in OPERATORS:
            context = context.after_operator(word)
        elif token.lastgroup == "word" and word in KEYWORDS:
            context = context.after_qualifier(word)
        else:
            if context.kind not in LOCAL_TYPES and context.kind != _TABLE:
                yield from context.names(token)
            context = context.after_name()


def words(text: str) -> Iterator[str]:
    """Yield the keywords, names, numbers and addresses of `text`."""
    return (token.group() for token in _TOKEN.finditer(text) if token.lastgroup not in ("sign", "operator"))


def resolve_names(text: str, resolve: Resolve) -> str:
    """Return `text` with the names of hosts replaced by their addresses.

    libpcap would look them up itself, but then with the interpreter held for as long as the resolver takes.

    Raises:
        FilterError: a name has no address of the kind that is asked for.
    """
    parts: list[str] = []
    end = 0
    for name in host_names(text):
        if name.kind != "host" or name.link:
            continue
        addresses = [a for a in resolve(name.name) if name.family in (0, 6 if ":" in a else 4)]
        if not addresses:
            raise FilterError(f"unknown host '{printable(name.name, 200)}'")
        parts += (text[end : name.start], f"({' or '.join(addresses)})" if len(addresses) > 1 else addresses[0])
        end = name.end
    return "".join([*parts, text[end:]])


def system_addresses(name: str) -> tuple[str, ...]:
    """Ask the system's resolver for the addresses of `name`; may take many seconds, () when it knows none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


_TABLE = "table"


@dataclass(frozen=True, slots=True)
class _Context:
    """What the qualifiers before a name make of it."""

    kind: str = "host"
    family: int = 0
    link: bool = False
    used: bool = False
    """The qualifiers were used, by a name or as a primitive; the next qualifier begins a new list of them."""
    direction: bool = False
    """The last word was src or dst, so that an `or` after it continues the list: `src or dst port 80`."""

    def after_operator(self, word: str) -> _Context:
        if word == "not" or self.direction:
            return self
        return _NO_QUALIFIER if self.kind == _TABLE else self.after_name()

    def after_qualifier(self, word: str) -> _Context:
        if word in TABLE_QUALIFIERS:
            return _Context(_TABLE)
        family = FAMILIES.get(word, 0 if self.used else self.family)
        link = word in LINK_QUALIFIERS or (self.link and not self.used)
        kind = word if word in TYPE_QUALIFIERS else "host"
        return _Context(kind, family, link, direction=word in ("src", "dst"))

    def after_name(self) -> _Context:
        return _NO_QUALIFIER if self.kind == _TABLE else _Context(self.kind, self.family, self.link, used=True)

    def names(self, token: re.Match[str]) -> Iterator[HostName]:
        """Yield what stands at `token` and is neither a number nor an address."""
        kind = self.kind if self.kind in ("net", "gateway") else "host"
        for part in _parts(token):
            name = part.group()
            if token.lastgroup == "escaped" or not (_NUMBER.fullmatch(name) or _is_address(name)):
                start = token.start() + part.start()
                yield HostName(name.removeprefix("\\"), start, start + len(name), kind, self.family, self.link)


_NO_QUALIFIER = _Context()


def _parts(token: re.Match[str]) -> Iterator[re.Match[str]]:
    """Return the whole token, or what its colons separate when it only looks like an IPv6 or MAC address."""
    looks_like_address = token.lastgroup == "address" and not _is_address(token.group())
    return re.finditer(r"[^:]+" if looks_like_address else r".+", token.group(), re.DOTALL)


def _is_address(text: str) -> bool:
    if _MAC.fullmatch(text):
        return True
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
