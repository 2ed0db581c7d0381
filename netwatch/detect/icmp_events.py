"""ICMP messages that detectors look at: errors with the packet that they quote, and echoes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, IPV4_MAPPED, PROTOCOL_ICMP, PROTOCOL_ICMPV6
from netwatch.decode.window import headers
from netwatch.detect.columns import Directed, chosen, directed, joined
from netwatch.track.host_links import mac_addresses
from netwatch.track.tcp_refusal import QUOTED_V4, QUOTED_V6

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

UNREACHABLE, REDIRECT, TIME_EXCEEDED = 3, 5, 11
UNREACHABLE_V6, TIME_EXCEEDED_V6 = 1, 3
"""Types (RFC 792, RFC 4443)."""
PORT_UNREACHABLE: Final = 3
PORT_UNREACHABLE_V6: Final = 4
REFUSING_CODES: Final = (0, 1, 2, 3, 9, 10, 13)
"""Codes of unreachable that say that nobody will answer (RFC 792, RFC 1812 section 5.2.7.1)."""
ECHO_REQUEST, ECHO_REPLY, TIMESTAMP_REQUEST, TIMESTAMP_REPLY, MASK_REQUEST, MASK_REPLY = 8, 0, 13, 14, 17, 18
ECHO_REQUEST_V6, ECHO_REPLY_V6 = 128, 129
REQUESTS: Final = (ECHO_REQUEST, TIMESTAMP_REQUEST, MASK_REQUEST)
REPLIES: Final = (ECHO_REPLY, TIMESTAMP_REPLY, MASK_REPLY)
MOST_SAMPLED: Final = 256
"""Echoes of one batch whose payload is kept for a while."""
SAMPLED: Final = 512
"""Bytes of it."""
SAMPLED_FROM: Final = 64
"""Only of payloads that are larger than what ping sends."""
_PORTS: Final = np.dtype([("sport", ">u2"), ("dport", ">u2")])
_ECHO: Final = np.dtype([("kind", "u1"), ("code", "u1"), ("checksum", ">u2"), ("identifier", ">u2"), ("seq", ">u2")])


@dataclass(slots=True, eq=False)
class Errors(Directed):
    """ICMP errors; `src` sent the packet that is quoted to `dst`, `reporter` the error."""

    protocol: NDArray[np.uint8]
    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    vlan: NDArray[np.int32]
    reporter_high: NDArray[np.uint64]
    reporter_low: NDArray[np.uint64]
    exceeded: NDArray[np.bool_]
    """Time exceeded; else unreachable or a redirect."""
    redirect: NDArray[np.bool_]
    """The quoted packet is to go another way; of ICMPv6 neighbour discovery has them."""
    code: NDArray[np.uint8]
    """Those of ICMPv6 as ICMP would have them."""


@dataclass(slots=True, eq=False)
class Echoes(Directed):
    """Requests and replies of echo, timestamp and address mask."""

    vlan: NDArray[np.int32]
    mac: NDArray[np.uint64]
    request: NDArray[np.bool_]
    identifier: NDArray[np.uint16]
    seq: NDArray[np.uint16]
    size: NDArray[np.int32]
    """Bytes behind the ICMP header, captured or not."""
    sample: NDArray[np.object_]
    """The first SAMPLED of them as bytes, empty for small ones."""


class IcmpReader:
    """Reads the ICMP messages of batches."""

    def __init__(self) -> None:
        self.skipped = 0
        """Echoes whose payload was not kept because too many came at once."""

    def read(self, batch: PacketBatch) -> tuple[Errors | None, Echoes | None]:
        """Return the errors and the echoes of `batch`."""
        family = _FAMILY.take(batch.protocol)
        if not np.count_nonzero(family):
            return None, None
        at = np.flatnonzero(family)
        at = at[batch.fragment[at] & FRAGMENT_OFFSET == 0]
        kind, six = batch.sport[at], family[at] == 2  # ICMPv6
        role = np.where(six, _ROLES_V6.take(kind & 0xFF), _ROLES.take(kind & 0xFF))
        errors = self._errors(batch, at[(role == _ERROR) & ~six], at[(role == _ERROR) & six])
        echoes = self._echoes(batch, at[(role == _REQUEST) | (role == _REPLY)])
        return errors, echoes

    def _errors(self, batch: PacketBatch, four: NDArray[np.intp], six: NDArray[np.intp]) -> Errors | None:
        parts = [part for part in (_quoted_v4(batch, four), _quoted_v6(batch, six)) if part is not None and len(part)]
        if not parts:
            return None
        found = joined(parts)
        return chosen(found, np.argsort(found.number, kind="stable")) if len(parts) > 1 else found

    def _echoes(self, batch: PacketBatch, at: NDArray[np.intp]) -> Echoes | None:
        at = at[batch.payload_captured[at] + batch.payload_offset[at] - batch.transport_offset[at] >= _ECHO.itemsize]
        if not len(at):
            return None
        header = headers(batch.frames.data, batch.transport_offset[at], _ECHO)
        begin = batch.transport_offset[at] + _ECHO.itemsize
        size = batch.payload_offset[at] + batch.payload_length[at] - begin
        end = np.minimum(batch.payload_offset[at] + batch.payload_captured[at], begin + SAMPLED)
        sample = np.full(len(at), b"", np.object_)
        large = np.flatnonzero(size > SAMPLED_FROM)
        self.skipped += max(len(large) - MOST_SAMPLED, 0)
        data = batch.frames.data.data
        for index in large[:MOST_SAMPLED].tolist():
            sample[index] = bytes(data[int(begin[index]) : int(end[index])])
        return Echoes(
            **directed(batch, at),
            vlan=batch.vlan[at],
            mac=mac_addresses(batch, at)[0],
            request=np.isin(batch.sport[at], (*REQUESTS, ECHO_REQUEST_V6)),
            identifier=header["identifier"].astype(np.uint16),
            seq=header["seq"].astype(np.uint16),
            size=size.astype(np.int32),
            sample=sample,
        )


def _quoted_v4(batch: PacketBatch, at: NDArray[np.intp]) -> Errors | None:
    at = at[batch.payload_captured[at] >= QUOTED_V4.itemsize + _PORTS.itemsize]
    if not len(at):
        return None
    header = headers(batch.frames.data, batch.payload_offset[at], QUOTED_V4)
    size = (header["version_ihl"] & 15).astype(np.int32) << 2
    whole = (header["version_ihl"] >> 4 == 4) & (size >= QUOTED_V4.itemsize)
    whole &= batch.payload_captured[at] >= size + _PORTS.itemsize
    at, header, size = at[whole], header[whole], size[whole]
    high = np.zeros(len(at), np.uint64)
    source = high, header["src"].astype(np.uint64) | np.uint64(IPV4_MAPPED)
    destination = high, header["dst"].astype(np.uint64) | np.uint64(IPV4_MAPPED)
    exceeded = batch.sport[at] == TIME_EXCEEDED
    code = batch.dport[at].astype(np.uint8)
    return _errors(batch, at, (*source, *destination, header["protocol"]), size, (exceeded, code))


def _quoted_v6(batch: PacketBatch, at: NDArray[np.intp]) -> Errors | None:
    # The four bytes in front of the quoted packet are unused (RFC 4443 section 3.1)
    size = QUOTED_V6.itemsize
    at = at[batch.payload_captured[at] >= size + _PORTS.itemsize]
    if not len(at):
        return None
    header = headers(batch.frames.data, batch.payload_offset[at], QUOTED_V6)
    ends = tuple(header[name].astype(np.uint64) for name in ("src_high", "src_low", "dst_high", "dst_low"))
    exceeded = batch.sport[at] == TIME_EXCEEDED_V6
    code = batch.dport[at].astype(np.uint8)
    code = np.where(code == PORT_UNREACHABLE_V6, np.uint8(PORT_UNREACHABLE), np.where(code == 1, np.uint8(13), code))
    return _errors(batch, at, (*ends, header["next_header"]), np.full(len(at), size), (exceeded, code))


def _errors(
    batch: PacketBatch,
    at: NDArray[np.intp],
    quoted: tuple[NDArray[Any], ...],
    size: NDArray[Any],
    what: tuple[NDArray[np.bool_], NDArray[np.uint8]],
) -> Errors:
    ports = headers(batch.frames.data, batch.payload_offset[at] + size, _PORTS)
    return Errors(
        batch.numbers_at(at),
        batch.frames.time_ns[at],
        **dict(zip(_QUOTED, quoted, strict=True)),
        sport=ports["sport"].astype(np.uint16),
        dport=ports["dport"].astype(np.uint16),
        vlan=batch.vlan[at],
        reporter_high=batch.src_high[at],
        reporter_low=batch.src_low[at],
        exceeded=what[0],
        redirect=(batch.protocol[at] == PROTOCOL_ICMP) & (batch.sport[at] == REDIRECT),
        code=what[1],
    )


_QUOTED: Final = ("src_high", "src_low", "dst_high", "dst_low", "protocol")
_ERROR, _REQUEST, _REPLY = 1, 2, 3


def _roles(errors: tuple[int, ...], requests: tuple[int, ...], replies: tuple[int, ...]) -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    table[list(errors)], table[list(requests)], table[list(replies)] = _ERROR, _REQUEST, _REPLY
    return table


_ROLES: Final = _roles((UNREACHABLE, REDIRECT, TIME_EXCEEDED), REQUESTS, REPLIES)
_ROLES_V6: Final = _roles((UNREACHABLE_V6, TIME_EXCEEDED_V6), (ECHO_REQUEST_V6,), (ECHO_REPLY_V6,))
_FAMILY: Final = np.zeros(256, np.uint8)
_FAMILY[PROTOCOL_ICMP], _FAMILY[PROTOCOL_ICMPV6] = 1, 2
