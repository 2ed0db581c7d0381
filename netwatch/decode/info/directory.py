"""LDAP (RFC 4511) and Kerberos (RFC 4120): operations and names. No password is ever shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.info.ber import ENUMERATED, INTEGER, SEQUENCE, integer, octets, read_element, read_elements
from netwatch.decode.info.fields import name_or_number, text, u32
from netwatch.decode.info.reading import Context, Reading

if TYPE_CHECKING:
    from netwatch.decode.info.ber import Element

_OPERATIONS = {
    0x60: "bindRequest", 0x61: "bindResponse", 0x42: "unbindRequest", 0x63: "searchRequest",
    0x64: "searchResultEntry", 0x65: "searchResultDone", 0x73: "searchResultReference", 0x66: "modifyRequest",
    0x67: "modifyResponse", 0x68: "addRequest", 0x69: "addResponse", 0x4A: "deleteRequest", 0x6B: "deleteResponse",
    0x6C: "modifyDNRequest", 0x6D: "modifyDNResponse", 0x6E: "compareRequest", 0x6F: "compareResponse",
    0x50: "abandonRequest", 0x77: "extendedRequest", 0x78: "extendedResponse", 0x79: "intermediateResponse",
}  # fmt: skip
_RESULTS = {0: "success", 1: "operationsError", 2: "protocolError", 3: "timeLimitExceeded", 4: "sizeLimitExceeded",
            7: "authMethodNotSupported", 8: "strongerAuthRequired", 10: "referral", 14: "saslBindInProgress",
            32: "noSuchObject", 34: "invalidDNSyntax", 48: "inappropriateAuthentication", 49: "invalidCredentials",
            50: "insufficientAccessRights", 53: "unwillingToPerform", 68: "entryAlreadyExists"}  # fmt: skip
_SCOPES = {0: "base", 1: "one", 2: "subtree"}
_BIND, _SEARCH = 0x60, 0x63
_NAMED = frozenset({0x64, 0x66, 0x68, 0x6C, 0x6E})
"""Operations whose first element is the name of an entry."""
_SIMPLE, _SASL = 0x80, 0xA3

_KERBEROS = {
    0x6A: "AS-REQ", 0x6B: "AS-REP", 0x6C: "TGS-REQ", 0x6D: "TGS-REP", 0x6E: "AP-REQ", 0x6F: "AP-REP",
    0x74: "SAFE", 0x75: "PRIV", 0x76: "CRED", 0x7E: "KRB-ERROR",
}  # fmt: skip
_KERBEROS_ERRORS = {6: "client unknown", 7: "server unknown", 14: "encryption type not supported", 18: "revoked",
                    23: "key expired", 24: "pre-authentication failed", 25: "pre-authentication required",
                    32: "ticket expired", 37: "clock skew", 41: "modified", 52: "answer too big",
                    60: "generic", 68: "wrong realm"}  # fmt: skip
_ERROR_CODE = 0xA6
_ERROR = 0x7E


def read_ldap(data: bytes, _context: Context) -> Reading | None:
    """Read an LDAP message: operation, name or result."""
    message = read_element(data, 0)
    if message is None or message.tag != SEQUENCE:
        return None
    parts = read_elements(data, message.begin, message.end, 2)
    if len(parts) < 2 or parts[0].tag != INTEGER or parts[1].tag not in _OPERATIONS:
        return None
    words = _OPERATIONS[parts[1].tag] + _operation_detail(data, parts[1])
    return Reading("LDAP", f"{words} id={integer(data, parts[0])}")


def read_kerberos(data: bytes, _context: Context) -> Reading | None:
    """Read a Kerberos message in UDP."""
    message = read_element(data, 0)
    if message is None or message.tag not in _KERBEROS:
        return None
    sequence = read_element(data, message.begin)
    if sequence is None or sequence.tag != SEQUENCE:
        return None
    words = _KERBEROS[message.tag]
    if message.tag == _ERROR:
        for part in read_elements(data, sequence.begin, sequence.end, 12):
            code = read_element(data, part.begin) if part.tag == _ERROR_CODE else None
            if code is not None:
                words += f" {name_or_number(_KERBEROS_ERRORS, integer(data, code), 'code {}')}"
    return Reading("KRB5", words)


def read_kerberos_tcp(data: bytes, context: Context) -> Reading | None:
    """Read a Kerberos message in TCP, which a length of four bytes precedes (RFC 4120 section 7.2.2)."""
    return read_kerberos(data[4:], context) if 4 < u32(data, 0) < 1 << 20 else None


def _operation_detail(data: bytes, operation: Element) -> str:
    parts = read_elements(data, operation.begin, operation.end, 3)
    if not parts:
        return ""
    if operation.tag == _BIND and len(parts) == 3:
        how = {_SIMPLE: "simple", _SASL: "sasl"}.get(parts[2].tag, "")
        return f" {_quoted(octets(data, parts[1]))} {how}".rstrip()
    if operation.tag == _SEARCH and len(parts) > 1:
        return f" {_quoted(octets(data, parts[0]))} {_SCOPES.get(integer(data, parts[1]), '')}".rstrip()
    if parts[0].tag == ENUMERATED:
        return f" {name_or_number(_RESULTS, integer(data, parts[0]), 'code {}')}"
    return f" {_quoted(octets(data, parts[0]))}" if operation.tag in _NAMED else ""


def _quoted(name: bytes) -> str:
    return f'"{text(name)}"'
