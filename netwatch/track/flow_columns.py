"""FlowColumns: everything that is known of each flow, one array a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.flow_storage import column
from netwatch.track.tcp_columns import HealthColumns, OpeningColumns

if TYPE_CHECKING:
    from numpy.typing import NDArray

HISTORY_LENGTH: Final = 24
"""Letters of a flow's history that are kept."""
RATE_SECONDS: Final = 16
"""Seconds of a flow's rate that are kept."""


class FlowColumns(OpeningColumns, HealthColumns):
    """Row r is one flow. Columns with two values a row hold one for each end, in the order of the key."""

    high_0: NDArray[np.uint64] = column(np.uint64)
    low_0: NDArray[np.uint64] = column(np.uint64)
    high_1: NDArray[np.uint64] = column(np.uint64)
    low_1: NDArray[np.uint64] = column(np.uint64)
    rest: NDArray[np.uint64] = column(np.uint64)
    """The key as FlowKeys.columns has it."""
    hash: NDArray[np.uint64] = column(np.uint64)
    slot: NDArray[np.intp] = column(np.intp)
    """Where the index has this row, plus 1; 0 for a row that is not in use or whose key has a newer flow."""

    serial: NDArray[np.int64] = column(np.int64)
    """Flows are numbered from 1 in the order of their first packets; 0 for a row that is not in use."""
    initiator: NDArray[np.uint8] = column(np.uint8)
    """The end that began, 0 or 1."""
    interface: NDArray[np.uint16] = column(np.uint16)
    vlan: NDArray[np.int32] = column(np.int32)
    """As in PacketBatch."""
    ethertype: NDArray[np.uint16] = column(np.uint16)
    protocol: NDArray[np.uint8] = column(np.uint8)
    application: NDArray[np.uint16] = column(np.uint16)
    """Index into flow_application.APPLICATIONS."""
    looked_at: NDArray[np.uint8] = column(np.uint8)
    """Datagrams that DatagramTracker looked at."""
    resumed: NDArray[np.bool_] = column(np.bool_)
    """The same conversation was idle for longer than its timeout before."""
    reused: NDArray[np.bool_] = column(np.bool_)
    """A SYN began it whose addresses and ports an earlier flow had."""

    first_ns: NDArray[np.int64] = column(np.int64)
    last_ns: NDArray[np.int64] = column(np.int64)
    """Earliest and latest capture time."""
    clock_ns: NDArray[np.int64] = column(np.int64)
    """The latest time of all packets with this key, of earlier flows too."""
    packets: NDArray[np.int64] = column(np.int64, 2)
    bytes: NDArray[np.int64] = column(np.int64, 2)
    """Bytes on the wire that each end sent."""
    payload: NDArray[np.int64] = column(np.int64, 2)
    """Bytes behind the transport header that each end sent."""
    flags: NDArray[np.uint8] = column(np.uint8, 2)
    """All TCP flags that each end sent, or-ed."""
    ttl: NDArray[np.uint8] = column(np.uint8, 2)
    """Of the newest packet of each end."""

    rate_second: NDArray[np.int64] = column(np.int64)
    """The newest second with traffic, since the epoch."""
    rate_bytes: NDArray[np.int64] = column(np.int64, RATE_SECONDS)
    """Bytes of second s at index s % RATE_SECONDS, of the RATE_SECONDS seconds up to `rate_second`."""
    rate_peak: NDArray[np.int64] = column(np.int64)
    """Most bytes in one second."""

    state: NDArray[np.uint8] = column(np.uint8)
    """EndState of the initiator, and that of the responder << 4; TCP only."""
    history: NDArray[np.uint8] = column(np.uint8, HISTORY_LENGTH)
    """Zeek's history as ASCII."""
    history_length: NDArray[np.uint8] = column(np.uint8)
    letters: NDArray[np.uint8] = column(np.uint8, 2)
    """The kinds of packets (flow_history.Kind) that each end sent."""
    history_syn: NDArray[np.uint32] = column(np.uint32, 2)
    history_fin: NDArray[np.uint32] = column(np.uint32, 2)
    history_rst: NDArray[np.uint32] = column(np.uint32, 2)
    """Sequence numbers of the newest SYN or SYN-ACK, the end of the newest FIN, the newest RST."""

    syn_isn: NDArray[np.uint32] = column(np.uint32, 2)
    """Initial sequence number of the newest SYN without ACK that each end sent with this key, in earlier flows too."""
    syn_known: NDArray[np.bool_] = column(np.bool_, 2)
    newest: NDArray[np.uint8] = column(np.uint8)
    """What the newest packet with this key was (flow_starts.Newest)."""
    suspect: NDArray[np.bool_] = column(np.bool_)
    """Set only while flow_starts.suspects runs."""
    newest_ack: NDArray[np.uint32] = column(np.uint32)
    """Its acknowledgement number."""

    def ends(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return where columns with two values a row have those of initiators and of responders; shape (n, 2)."""
        first = self.initiator[rows]
        return np.stack((rows * 2 + first, rows * 2 + (1 - first)), axis=1)

    def key_columns(self) -> tuple[NDArray[np.uint64], ...]:
        """Return the columns of the key."""
        return self.high_0, self.low_0, self.high_1, self.low_1, self.rest
