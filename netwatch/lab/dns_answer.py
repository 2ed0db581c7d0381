"""A DNS answer taken apart: every flag of its header, every record of its sections."""

from __future__ import annotations

from typing import Any, Final

from netwatch.text import printable, printable_bytes

OPCODES: Final = {0: "QUERY", 1: "IQUERY", 2: "STATUS", 4: "NOTIFY", 5: "UPDATE"}
RCODES: Final = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 9: "NOTAUTH"}
# IANA DNS parameters
_SECTIONS: Final = (("question", "qd"), ("answer", "an"), ("authority", "ns"), ("additional", "ar"))


def flags_of(data: bytes) -> dict[str, Any]:
    """Return the header of a message of 12 bytes or more (RFC 1035 section 4.1.1, RFC 4035 section 3)."""
    first, second = data[2], data[3]
    opcode, rcode = first >> 3 & 15, second & 15
    bits = {"qr": first & 128, "aa": first & 4, "tc": first & 2, "rd": first & 1}
    more = {"ra": second & 128, "z": second & 64, "ad": second & 32, "cd": second & 16}
    counts = [int.from_bytes(data[at : at + 2], "big") for at in (4, 6, 8, 10)]
    named = dict(zip(("questions", "answers", "authorities", "additional"), counts, strict=True))
    codes = {"opcode": OPCODES.get(opcode, str(opcode)), "rcode": RCODES.get(rcode, str(rcode))}
    return {**codes, **{key: bool(value) for key, value in (bits | more).items()}, **named}


def records_of(data: bytes, most: int) -> list[dict[str, Any]]:
    """Return the questions and records of a message, `most` at most; one row says so when it cannot be read."""
    from scapy.layers.dns import DNS

    try:
        message = DNS(data)
        found = [(section, record) for section, name in _SECTIONS for record in getattr(message, name) or ()]
        return [_row(section, record) for section, record in found[:most]]
    except Exception as error:  # noqa: BLE001 - Scapy's dissectors raise anything at all for messages that are made up
        reason = printable(str(error), 100) or type(error).__name__
        return [{"section": "malformed", "name": "", "type": "", "class": "", "ttl": None, "data": reason}]


def _row(section: str, record: Any) -> dict[str, Any]:
    question = section == "question"
    if record.__class__.__name__ == "DNSRROPT":
        data = f"EDNS {record.version}, {record.rclass} bytes, DO {record.z >> 15}"
        return {"section": section, "name": ".", "type": "OPT", "class": "", "ttl": None, "data": data}
    return {
        "section": section,
        "name": _text(record.qname if question else record.rrname),
        "type": record.sprintf("%qtype%" if question else "%type%"),
        "class": record.sprintf("%qclass%" if question else "%rclass%"),
        "ttl": None if question else record.ttl,
        "data": "" if question else _data(record),
    }


def _data(record: Any) -> str:
    if hasattr(record, "rdata"):
        return _text(record.rdata)
    skipped = {"rrname", "type", "rclass", "cacheflush", "ttl", "rdlen"}
    fields = [field.name for field in record.fields_desc if field.name not in skipped]
    return " ".join(f"{name}={_text(record.getfieldval(name))}" for name in fields)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return printable_bytes(value)
    if isinstance(value, list):
        return " ".join(f'"{_text(one)}"' for one in value)
    return printable(str(value))
