"""Suffixes: which part of a domain name somebody registered, by the Public Suffix List in two views."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

DYNAMIC_DNS: Final = frozenset(
    {
        "afraid.org", "changeip.com", "chickenkiller.com", "crabdance.com", "ddns.net", "dns-dynamic.net",
        "dnsdynamic.org", "duckdns.org", "dynalias.com", "dyndns.org", "dynu.com", "dynu.net", "freeddns.org",
        "gotdns.com", "homeip.net", "hopto.org", "ignorelist.com", "jumpingcrab.com", "mooo.com", "myftp.org",
        "myvnc.com", "no-ip.biz", "no-ip.com", "no-ip.info", "no-ip.org", "noip.com", "noip.me",
        "redirectme.net", "serveftp.com", "servehttp.com", "strangled.net", "sytes.net",
        "twilightparadox.com", "us.to", "yi.org", "zapto.org",
    }
)  # fmt: skip
"""Domains whose subdomains belong to different people, although the ICANN part of the list does not say so."""
REMEMBERED: Final = 8192
"""Names whose answers are kept, because most names are asked for again and again."""


class Suffixes:
    """Answers from the snapshot of the list inside its library, never from the network; used by one thread.

    The ICANN view tells who a registry sold a name to (every customer of a CDN has the CDN's); the private view
    counts hosting services as suffixes, so that each of their customers stands for itself.
    """

    def __init__(self) -> None:
        """Read no list yet: it takes 0.05 to 0.12 s when the first name comes."""
        self._icann: PublicSuffixList | None = None
        self._private: PublicSuffixList | None = None
        self._answers: dict[tuple[str, bool], str] = {}

    def registered(self, name: str) -> str:
        """Return the registrable domain of `name` in the ICANN view, empty for none or a top level that is unknown."""
        return self._remembered(name, private=False)

    def delegated(self, name: str) -> str:
        """Return the registrable domain of `name` in the private view; an unknown top level counts as a suffix."""
        return self._remembered(name, private=True)

    def _remembered(self, name: str, *, private: bool) -> str:
        key = (name, private)
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            answer = self._answers[key] = self._look_up(name, private=private)
        return answer

    def _look_up(self, name: str, *, private: bool) -> str:
        if not name or ".." in name or name.startswith("."):
            return ""
        found = (self._private_list() if private else self._icann_list()).privatesuffix(name) or ""
        if found in DYNAMIC_DNS:
            owner = name.removesuffix(found).rstrip(".").rpartition(".")[2]
            return f"{owner}.{found}" if owner else ""
        return found

    def _icann_list(self) -> PublicSuffixList:
        if self._icann is None:
            from publicsuffixlist import PublicSuffixList

            self._icann = PublicSuffixList(only_icann=True, accept_unknown=False)
        return self._icann

    def _private_list(self) -> PublicSuffixList:
        if self._private is None:
            from publicsuffixlist import PublicSuffixList

            self._private = PublicSuffixList()
        return self._private


@cache
def public_suffixes() -> Suffixes:
    """Return the one that detectors share, because reading the list takes time."""
    return Suffixes()
