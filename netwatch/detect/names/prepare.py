"""Says which domain names are worth judging; the rest belongs to machines, to reverse look-ups or to the house."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

LOCAL_SUFFIXES: Final = (
    ".arpa", ".home", ".internal", ".intranet", ".invalid", ".lan", ".local", ".localdomain", ".localhost", ".onion",
    ".private", ".test",
)  # fmt: skip
"""Never registered with anybody: RFC 6303, RFC 6761, RFC 6762, RFC 8375, ICANN's .internal, and habits of routers."""
DISCOVERY: Final = ("._tcp.", "._udp.")
"""Service discovery, RFC 6763."""
LONGEST_NAME: Final = 255
"""RFC 1035 section 2.3.4."""


@lru_cache(4096)
def prepared(name: str, local_domains: tuple[str, ...] = ()) -> str:
    """Return `name` in lower case and without the root's dot, or nothing where it tells nothing about its owner.

    `local_domains` are domains of the own network: search lists append them to every name that a user mistypes.
    """
    name = name.rstrip(".").lower()
    if "." not in name or len(name) > LONGEST_NAME or name.startswith("_."):  # RFC 9156 asks for `_.` of each zone
        return ""
    if name.endswith(LOCAL_SUFFIXES) or any(part in f".{name}" for part in DISCOVERY):
        return ""
    if any(name == domain or name.endswith(f".{domain}") for domain in local_domains):
        return ""
    return name
