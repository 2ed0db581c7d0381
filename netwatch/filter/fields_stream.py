"""Fields that only the packets before tell: streams, relative numbers, scaled windows, what was sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import MALFORMED, PROTOCOL_TCP, TCP_FIN, TCP_RST, TCP_SYN
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
MILLISECONDS: Final = 1000
"""Wireshark has some times in milliseconds, which are written as if they were seconds."""


def _told(
    name: str,
    read: Callable[[Streams], NDArray[np.int64]],
    title: str,
    kind: Kind = Kind.NUMBER,
    detail: str = "",
) -> Field:
    """Return a field whose values, one a packet, are -1 where there is none."""

    def read_all(packets: Packets) -> Values:
        streams = packets.around.streams
        if streams is None:
            return nothing(kind)
        values = read(streams)
        rows = np.flatnonzero(values >= 0)
        return Values(rows, values[rows])

    return columnar(name, kind, read_all, title, needs=STREAMS, detail=detail)


def _answer(name: str, chosen: Callable[[Packets], NDArray[np.bool_]], title: str, *, scale: int = 0) -> Field:
    """Return the field of what a packet answers, or with `scale` of how long that took, times that number."""
    kind = Kind.DURATION if scale else Kind.NUMBER

    def read_all(packets: Packets) -> Values:
        streams = packets.around.streams
        if streams is None:
            return nothing(kind)
        rows = np.flatnonzero((streams.answers >= 0) & chosen(packets))
        return Values(rows, streams.answer_time[rows] * scale if scale else streams.answers[rows])

    return columnar(name, kind, read_all, title, needs=STREAMS, detail="exchanges")


def _protocol(number: int) -> Callable[[Packets], NDArray[np.bool_]]:
    def chosen(packets: Packets) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = packets.batch.protocol == number
        return found

    return chosen


def _late(name: str, of: str, since: str, title: str) -> Field:
    """Return a field of seconds; `of` and `since` are columns of Streams: the stream, and how late the packet is."""

    def read_all(packets: Packets) -> Values:
        streams = packets.around.streams
        if streams is None:
            return nothing(Kind.DURATION)
        rows = np.flatnonzero(getattr(streams, of) >= 0)
        return Values(rows, getattr(streams, since)[rows])

    return columnar(name, Kind.DURATION, read_all, title, needs=STREAMS, detail="times")


def _expert(packets: Packets) -> NDArray[np.bool_]:
    """Return which packets there is something to say of: malformed, opening, closing, remarkable, or of HTTP."""
    batch, streams = packets.batch, packets.around.streams
    marked = (batch.protocol == PROTOCOL_TCP) & (batch.tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST) != 0)
    found: NDArray[np.bool_] = marked | (batch.status & MALFORMED != 0) | packets.has("http")
    return found if streams is None else found | (streams.remarks != 0)


def _remark(name: str, remark: Remark, title: str, detail: str = "") -> Field:
    def there(packets: Packets) -> NDArray[np.bool_]:
        streams = packets.around.streams
        if streams is None:
            return np.zeros(len(packets), np.bool_)
        marked: NDArray[np.bool_] = streams.remarks & int(remark) != 0
        return marked

    return present(name, there, title, needs=STREAMS, detail=detail)


FIELDS: Final = (
    _told("tcp.stream", lambda streams: streams.tcp, "number of the connection"),
    _told("udp.stream", lambda streams: streams.udp, "number of the conversation"),
    _told("tcp.seq", lambda streams: streams.seq, "sequence number since the beginning", detail="numbers"),
    _told("tcp.nxtseq", lambda streams: streams.next_seq, "sequence number that follows", detail="numbers"),
    _told("tcp.ack", lambda streams: streams.ack, "acknowledgement number since the beginning", detail="numbers"),
    _told("tcp.window_size", lambda streams: streams.window, "window in bytes", detail="numbers"),
    _late("tcp.time_relative", "tcp", "since_first", "time since the connection's first packet"),
    _late("tcp.time_delta", "tcp", "since_before", "time since the connection's packet before"),
    _late("udp.time_relative", "udp", "since_first", "time since the conversation's first packet"),
    _late("udp.time_delta", "udp", "since_before", "time since the conversation's packet before"),
    _told(
        "tcp.completeness",
        lambda streams: streams.completeness,
        "what was seen of the connection before",
        detail="completeness",
    ),
    _told(
        "tcp.analysis.initial_rtt",
        lambda streams: streams.initial_rtt,
        "round trip of the handshake",
        Kind.DURATION,
        "acks",
    ),
    _told("tcp.analysis.acks_frame", lambda streams: streams.acks, "packet that is acknowledged", detail="acks"),
    _told(
        "tcp.analysis.ack_rtt",
        lambda streams: np.where(streams.ack_rtt > 0, streams.ack_rtt, -1),
        "time until the acknowledgement",
        Kind.DURATION,
        "acks",
    ),
    _told(
        "tcp.analysis.bytes_in_flight",
        lambda streams: np.where(streams.in_flight > 0, streams.in_flight, -1),
        "bytes on their way",
        detail="acks",
    ),
    _answer("dns.response_to", lambda packets: packets.has("dns"), "packet that is answered"),
    _answer("dns.time", lambda packets: packets.has("dns"), "time until the answer", scale=1),
    _answer("http.request_in", lambda packets: packets.has("http"), "packet that is answered"),
    _answer("http.time", lambda packets: packets.has("http"), "time until the answer", scale=1),
    _answer("icmp.resp_to", _protocol(1), "packet that is answered"),
    _answer("icmp.resptime", _protocol(1), "milliseconds until the answer", scale=MILLISECONDS),
    _answer("icmpv6.resp_to", _protocol(58), "packet that is answered"),
    _answer("icmpv6.resptime", _protocol(58), "milliseconds until the answer", scale=MILLISECONDS),
    present("_ws.expert", _expert, "there is something to say of it", needs=STREAMS, detail="windows"),
    _remark("tcp.analysis.flags", Remark.ANY, "anything remarkable", "windows"),
    _remark("tcp.analysis.retransmission", Remark.RETRANSMISSION, "sent again"),
    _remark("tcp.analysis.fast_retransmission", Remark.FAST_RETRANSMISSION, "sent again at once"),
    _remark("tcp.analysis.spurious_retransmission", Remark.SPURIOUS_RETRANSMISSION, "sent again though it had arrived"),
    _remark("tcp.analysis.out_of_order", Remark.OUT_OF_ORDER, "out of order"),
    _remark("tcp.analysis.lost_segment", Remark.LOST_SEGMENT, "something before was not captured"),
    _remark("tcp.analysis.duplicate_ack", Remark.DUPLICATE_ACK, "acknowledges the same again"),
    _remark("tcp.analysis.reused_ports", Remark.REUSED_PORTS, "begins where another connection had the same ports"),
    _remark("tcp.analysis.keep_alive", Remark.KEEP_ALIVE, "keeps an idle connection alive"),
    _remark("tcp.analysis.zero_window", Remark.ZERO_WINDOW, "receiver is full"),
    _remark("tcp.analysis.window_update", Remark.WINDOW_UPDATE, "receiver has another room", "windows"),
    _remark("tcp.analysis.window_full", Remark.WINDOW_FULL, "fills the receiver's window", "windows"),
    _remark("tcp.analysis.zero_window_probe", Remark.ZERO_WINDOW_PROBE, "asks whether there is room again", "windows"),
    _remark("tcp.analysis.zero_window_probe_ack", Remark.ZERO_WINDOW_PROBE_ACK, "there is none yet", "windows"),
    _remark("tcp.analysis.keep_alive_ack", Remark.KEEP_ALIVE_ACK, "answers a keep-alive", "windows"),
    _remark("tcp.analysis.ack_lost_segment", Remark.ACK_LOST_SEGMENT, "acknowledges what was not captured", "windows"),
)
