"""Fields that only the packets before tell: streams, relative numbers, scaled windows, what was sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.filter.builders import columnar, present
from netwatch.filter.values import Kind, Values, nothing
from netwatch.track.tcp_remarks import Remark

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets
    from netwatch.filter.streams import Streams

STREAMS: Final = "streams"


def _told(name: str, read: Callable[[Streams], NDArray[np.int64]], title: str) -> Field:
    """Return a field whose values, one a packet, are -1 where there is none."""

    def read_all(packets: Packets) -> Values:
        streams = packets.around.streams
        if streams is None:
            return nothing(Kind.NUMBER)
        values = read(streams)
        rows = np.flatnonzero(values >= 0)
        return Values(rows, values[rows])

    return columnar(name, Kind.NUMBER, read_all, title, needs=STREAMS)


def _late(name: str, of: str, since: str, title: str) -> Field:
    """Return a field of seconds; `of` and `since` are columns of Streams: the stream, and how late the packet is."""

    def read_all(packets: Packets) -> Values:
        streams = packets.around.streams
        if streams is None:
            return nothing(Kind.DURATION)
        rows = np.flatnonzero(getattr(streams, of) >= 0)
        return Values(rows, getattr(streams, since)[rows])

    return columnar(name, Kind.DURATION, read_all, title, needs=STREAMS)


def _remark(name: str, remark: Remark, title: str) -> Field:
    def there(packets: Packets) -> NDArray[np.bool_]:
        streams = packets.around.streams
        if streams is None:
            return np.zeros(len(packets), np.bool_)
        marked: NDArray[np.bool_] = streams.remarks & int(remark) != 0
        return marked

    return present(name, there, title, needs=STREAMS)


FIELDS: Final = (
    _told("tcp.stream", lambda streams: streams.tcp, "number of the connection"),
    _told("udp.stream", lambda streams: streams.udp, "number of the conversation"),
    _told("tcp.seq", lambda streams: streams.seq, "sequence number since the beginning"),
    _told("tcp.nxtseq", lambda streams: streams.next_seq, "sequence number that follows"),
    _told("tcp.ack", lambda streams: streams.ack, "acknowledgement number since the beginning"),
    _told("tcp.window_size", lambda streams: streams.window, "window in bytes"),
    _late("tcp.time_relative", "tcp", "since_first", "time since the connection's first packet"),
    _late("tcp.time_delta", "tcp", "since_before", "time since the connection's packet before"),
    _late("udp.time_relative", "udp", "since_first", "time since the conversation's first packet"),
    _late("udp.time_delta", "udp", "since_before", "time since the conversation's packet before"),
    _remark("tcp.analysis.flags", Remark.ANY, "anything remarkable"),
    _remark("tcp.analysis.retransmission", Remark.RETRANSMISSION, "sent again"),
    _remark("tcp.analysis.fast_retransmission", Remark.FAST_RETRANSMISSION, "sent again at once"),
    _remark("tcp.analysis.spurious_retransmission", Remark.SPURIOUS_RETRANSMISSION, "sent again though it had arrived"),
    _remark("tcp.analysis.out_of_order", Remark.OUT_OF_ORDER, "out of order"),
    _remark("tcp.analysis.lost_segment", Remark.LOST_SEGMENT, "something before was not captured"),
    _remark("tcp.analysis.duplicate_ack", Remark.DUPLICATE_ACK, "acknowledges the same again"),
    _remark("tcp.analysis.keep_alive", Remark.KEEP_ALIVE, "keeps an idle connection alive"),
    _remark("tcp.analysis.zero_window", Remark.ZERO_WINDOW, "receiver is full"),
)
