"""DnsFilter: which packets of a batch belong to one DNS transaction or server, in any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.window import headers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

End: TypeAlias = "tuple[int, int, int]"
"""High and low half of the address, and the port."""
ANY: Final = -1
_IDENTIFIER: Final = np.dtype(">u2")


@dataclass(frozen=True, slots=True)
class DnsFilter:
    """Implements PacketFilter for the packets between a client and a server."""

    label: str
    client: End | None
    """None for any."""
    server: End
    """Its address may be anything where `group` is set."""
    tcp: bool | None = None
    """None for TCP and UDP."""
    identifier: int = ANY
    """Of datagrams, where it is not ANY."""
    group: bool = False
    """A group was asked: queries go there, responses come from its members."""

    def mask(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets of `batch` pass, shape (len(batch),)."""
        wanted = (PROTOCOL_TCP, PROTOCOL_UDP) if self.tcp is None else (PROTOCOL_TCP if self.tcp else PROTOCOL_UDP,)
        found: NDArray[np.bool_] = np.isin(batch.protocol, wanted)
        source = batch.src_high, batch.src_low, batch.sport
        destination = batch.dst_high, batch.dst_low, batch.dport
        found &= self._between(source, destination) | self._between(destination, source)
        if self.identifier != ANY and not self.tcp and found.any():
            at = np.flatnonzero(found)
            header = headers(batch.frames.data, batch.payload_offset[at], _IDENTIFIER)
            found[at] = (batch.payload_captured[at] >= _IDENTIFIER.itemsize) & (header == self.identifier)
        return found

    def _between(self, client: tuple[NDArray[Any], ...], server: tuple[NDArray[Any], ...]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = server[2] == self.server[2]
        if not self.group:
            found &= _is(server, self.server)
        if self.client is not None:
            found &= _is(client, self.client)
        return found


def _is(end: tuple[NDArray[Any], ...], wanted: End) -> NDArray[np.bool_]:
    high, low, port = end
    found: NDArray[np.bool_] = (low == np.uint64(wanted[1])) & (high == np.uint64(wanted[0])) & (port == wanted[2])
    return found
