"""SIP, RTSP and SSDP: protocols with the shape of HTTP, told by the version in their first line."""

from __future__ import annotations

from netwatch.decode.info.lines import first_line, is_text, shown, with_fields
from netwatch.decode.info.reading import Context, Reading

_FIELDS: dict[str, tuple[tuple[bytes, str], ...]] = {
    "SIP": ((b"cseq", "cseq"), (b"call-id", "call")),
    "RTSP": ((b"cseq", "cseq"),),
    "ICAP": ((b"host", "host"),),
    "SSDP": ((b"nts", "nts"), (b"nt", "nt"), (b"st", "st"), (b"server", "server"), (b"location", "location")),
}
_VERSIONS = ((b"SIP/2.0", "SIP"), (b"RTSP/1.0", "RTSP"), (b"ICAP/1.0", "ICAP"))
_SSDP_METHODS = (b"M-SEARCH ", b"NOTIFY ", b"HTTP/1.1 200 ", b"HTTP/1.0 200 ")


def read_sip_or_rtsp(data: bytes, _context: Context) -> Reading | None:
    """Read the request or status line of SIP (RFC 3261), RTSP (RFC 2326) and ICAP (RFC 3507), never a credential."""
    line = first_line(data)
    for version, protocol in _VERSIONS:
        if line.startswith(version + b" ") or line.endswith(b" " + version):
            if not is_text(line):
                return None
            return Reading(protocol, with_fields(data, shown(line), _FIELDS[protocol]))
    return None


def read_ssdp(data: bytes, _context: Context) -> Reading | None:
    """Read a UPnP discovery message (UPnP Device Architecture 2.0 section 1)."""
    if not data.startswith(_SSDP_METHODS):
        return None
    return Reading("SSDP", with_fields(data, shown(first_line(data)), _FIELDS["SSDP"]))
