"""The columns that are compared with tshark: integers of one meaning on both sides, and short digests of them."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from netwatch.capture.file_source import FileSource
from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_RARP,
    FRAGMENT_OFFSET,
    MORE_FRAGMENTS,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
)
from netwatch.decode.decoder import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

COLUMNS = (
    "time", "length", "captured", "link", "vlan", "network", "source_high", "source_low", "destination_high",
    "destination_low", "protocol", "sport", "dport", "flags", "seq", "ack", "window", "ttl", "fragment", "tunnel",
    "payload",
)  # fmt: skip
"""`link` is the LINKTYPE_, `network` the EtherType of IPv4, IPv6, ARP and RARP and 0 for the rest, `payload` the bytes
behind the header of an unfragmented TCP or UDP packet; the others are as PacketBatch has them."""

PAIRS = {"source": ("source_high", "source_low"), "destination": ("destination_high", "destination_low")}
DIGESTED = ("time", "length", "captured", "link", "vlan", "network", "source", "destination", *COLUMNS[10:])
"""What has a digest of its own; both halves of an address have one."""

DIGEST_BYTES = 4


def decoded_columns(path: Path) -> dict[str, NDArray[np.uint64]]:
    """Return what our reader and decoder say of a capture, one value a packet of each of COLUMNS."""
    source = FileSource([str(path)])
    parts: list[dict[str, NDArray[np.uint64]]] = []
    number = 1
    while True:
        try:
            frames = source.read(1.0)
        except EOFError:
            break
        if frames is not None:
            parts.append(_columns(decode(frames, number)))
            number += len(frames)
    source.close()
    return {name: np.concatenate([np.zeros(0, np.uint64), *(part[name] for part in parts)]) for name in COLUMNS}


def digests(columns: Mapping[str, NDArray[np.uint64]], left_out: Mapping[str, Sequence[int]]) -> dict[str, str]:
    """Return a digest by name for DIGESTED; packets whose numbers `left_out` has for a name do not count."""
    result = {}
    for name in DIGESTED:
        drop = [number - 1 for number in left_out.get(name, ())]
        parts = [np.delete(columns[part], drop) for part in PAIRS.get(name, (name,))]
        result[name] = blake2b(np.concatenate(parts).astype("<u8").tobytes(), digest_size=DIGEST_BYTES).hexdigest()
    return result


def differing(ours: Mapping[str, NDArray[np.uint64]], theirs: Mapping[str, NDArray[np.uint64]]) -> dict[str, list[int]]:
    """Return the numbers of the packets that differ by name, where any does; both have equally many packets."""
    found = {}
    for name in DIGESTED:
        unlike = np.zeros(len(ours["time"]), np.bool_)
        for part in PAIRS.get(name, (name,)):
            unlike |= ours[part] != theirs[part]
        if unlike.any():
            found[name] = (np.flatnonzero(unlike) + 1).tolist()
    return found


def _columns(batch: PacketBatch) -> dict[str, NDArray[np.uint64]]:
    whole = batch.fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS) == 0
    counted = np.isin(batch.protocol, (PROTOCOL_TCP, PROTOCOL_UDP)) & whole
    named = np.isin(batch.ethertype, (ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_ARP, ETHERTYPE_RARP))
    frames = batch.frames
    values: dict[str, NDArray[Any]] = {
        "time": frames.time_ns,
        "length": frames.wire_length,
        "captured": frames.captured,
        "link": frames.link_type,
        "vlan": batch.vlan,
        "network": np.where(named, batch.ethertype, 0),
        "source_high": batch.src_high,
        "source_low": batch.src_low,
        "destination_high": batch.dst_high,
        "destination_low": batch.dst_low,
        "protocol": batch.protocol,
        "sport": batch.sport,
        "dport": batch.dport,
        "flags": batch.tcp_flags,
        "seq": batch.tcp_seq,
        "ack": batch.tcp_ack,
        "window": batch.tcp_window,
        "ttl": batch.ttl,
        "fragment": batch.fragment,
        "tunnel": batch.tunnel_depth,
        "payload": np.where(counted, batch.payload_length, 0),
    }
    # Negative numbers become what they are modulo 2**64, as on the other side
    return {name: value.astype(np.uint64) for name, value in values.items()}
