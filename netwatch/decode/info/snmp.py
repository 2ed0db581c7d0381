"""SNMP versions 1, 2c (RFC 1157, 3416) and 3 (RFC 3412, 3414). A community is a password: one letter of it shows."""

from __future__ import annotations

from netwatch.decode.info.ber import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    Element,
    integer,
    object_identifier,
    octets,
    read_element,
    read_elements,
)
from netwatch.decode.info.commands import MASK
from netwatch.decode.info.fields import name_or_number, text
from netwatch.decode.info.reading import Context, Reading

_VERSIONS = {0: "v1", 1: "v2c", 3: "v3"}
_REQUESTS = {
    0xA0: "get-request", 0xA1: "get-next-request", 0xA2: "response", 0xA3: "set-request", 0xA4: "trap",
    0xA5: "get-bulk-request", 0xA6: "inform-request", 0xA7: "trap", 0xA8: "report",
}  # fmt: skip
_TRAP_V1 = 0xA4
_ERRORS = {1: "tooBig", 2: "noSuchName", 3: "badValue", 4: "readOnly", 5: "genErr", 6: "noAccess", 7: "wrongType",
           16: "authorizationError", 17: "notWritable"}  # fmt: skip


def read_snmp(data: bytes, _context: Context) -> Reading | None:
    """Read a message: version, request and the first variable."""
    message = read_element(data, 0)
    if message is None or message.tag != SEQUENCE:
        return None
    parts = read_elements(data, message.begin, message.end, 4)
    if not parts or parts[0].tag != INTEGER or (version := _VERSIONS.get(integer(data, parts[0]))) is None:
        return None
    if version == "v3":
        return Reading("SNMP", f"v3{_version3(data, parts)}")
    if len(parts) < 3 or parts[1].tag != OCTET_STRING:
        return Reading("SNMP", version)
    community = octets(data, parts[1])
    masked = (text(community[:1]) if len(community) > 3 else "") + MASK
    return Reading("SNMP", f"{version} {_request(data, parts[2])} community={masked}")


def _version3(data: bytes, parts: list[Element]) -> str:
    words = ""
    # msgSecurityParameters hold a sequence whose fourth element is the user name (RFC 3414 section 2.4)
    if len(parts) > 2 and parts[2].tag == OCTET_STRING and (inner := read_element(data, parts[2].begin)):
        security = read_elements(data, inner.begin, inner.end, 4)
        if len(security) == 4 and (user := octets(data, security[3])):
            words = f" user={text(user)}"
    if len(parts) < 4:
        return words
    if parts[3].tag != SEQUENCE:
        return f" encrypted{words}"
    scoped = read_elements(data, parts[3].begin, parts[3].end, 3)
    return (f" {_request(data, scoped[2])}" if len(scoped) == 3 else "") + words


def _request(data: bytes, request: Element) -> str:
    name = name_or_number(_REQUESTS, request.tag, "request 0x{:02x}")
    parts = read_elements(data, request.begin, request.end, 6)
    if request.tag == _TRAP_V1:
        identified = bool(parts) and parts[0].tag == OBJECT_IDENTIFIER
        return f"{name} {object_identifier(data, parts[0])}" if identified else name
    if len(parts) < 4:
        return name
    failed = integer(data, parts[1]) if request.tag == 0xA2 else 0
    error = f" {name_or_number(_ERRORS, failed, 'error {}')}" if failed else ""
    return f"{name}{error}{_first_variable(data, parts[3])}"


def _first_variable(data: bytes, variables: Element) -> str:
    bindings = read_elements(data, variables.begin, variables.end, 64)
    if not bindings or (name := read_element(data, bindings[0].begin)) is None or name.tag != OBJECT_IDENTIFIER:
        return ""
    more = f" and {len(bindings) - 1} more" if len(bindings) > 1 else ""
    return f" {object_identifier(data, name)}{more}"
