"""The community of SNMP versions 1 and 2c (RFC 1157, RFC 3416): a password in clear, of which only a digest is kept."""

from __future__ import annotations

from typing import Final, NamedTuple

from netwatch.decode.info.ber import INTEGER, OCTET_STRING, SEQUENCE, integer, octets, read_element, read_elements
from netwatch.track.application_events import secret_digest

VERSIONS: Final = {0: "v1", 1: "v2c"}


class Community(NamedTuple):
    """What may be kept of it."""

    version: str
    public: bool
    """It is `public`, which is no secret."""
    secret: str
    """As Login.secret."""


def snmp_community(message: bytes) -> Community | None:
    """Return the community of a message, None where it has none."""
    whole = read_element(message, 0)
    if whole is None or whole.tag != SEQUENCE:
        return None
    parts = read_elements(message, whole.begin, whole.end, 2)
    if len(parts) < 2 or parts[0].tag != INTEGER or parts[1].tag != OCTET_STRING:
        return None
    version = VERSIONS.get(integer(message, parts[0]))
    if version is None:
        return None
    community = octets(message, parts[1])
    return Community(version, community == b"public", secret_digest(community))
