"""What segments say of windows and probes, and which acknowledge what was never seen, as Wireshark tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import TCP_ACK, TCP_SYN
from netwatch.track.tcp_remarks import Remark
from netwatch.track.tcp_situation import NOTHING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.tcp_situation import Situation


def remark_windows(here: Situation) -> None:
    """Remark on the packets of a block; the rules are those of tcp_analyze_sequence_number in packet-tcp.c.

    To be called before the newest packet of each end is stored.
    """
    tcp, columns = here.tcp, here.columns
    plain = here.marks == 0
    peer_window = tcp.before_of_peer(tcp.window, columns.last_window)
    heard = _heard(here)
    asks = plain & heard & (tcp.length == 1) & (here.ahead == 0) & (peer_window == 0)
    here.remark(asks, Remark.ZERO_WINDOW_PROBE)
    alike = plain & (tcp.length == 0) & (here.ahead == 0)
    alike &= tcp.before_of_sender(here.ack, columns.ack_position) == here.ack
    before = tcp.before_of_sender(tcp.window, columns.last_window)
    here.remark(alike & (tcp.window != 0) & (before != tcp.window) & _not_first(here), Remark.WINDOW_UPDATE)
    same = alike & (before == tcp.window)
    probed = tcp.before_of_peer(here.probes, columns.last_probe)
    here.remark(same & probed & (tcp.window != 0), Remark.KEEP_ALIVE_ACK)
    asked = tcp.before_of_peer(asks, columns.last_window_probe)
    here.remark(same & asked & (tcp.window == 0), Remark.ZERO_WINDOW_PROBE_ACK)
    columns.last_window_probe[tcp.own] = asks[tcp.segments.ends]
    here.remark(_fills(here, peer_window) & plain & heard, Remark.WINDOW_FULL)
    beyond = (here.ack > here.peer_next) & (here.peer_next > NOTHING) & (here.ack > here.reached_before)
    beyond &= tcp.flags & TCP_ACK != 0
    here.remark(beyond, Remark.ACK_LOST_SEGMENT)


def _heard(here: Situation) -> NDArray[np.bool_]:
    """Return before which packets the peer had sent something."""
    heard: NDArray[np.bool_] = here.peer_next > NOTHING
    return heard


def _not_first(here: Situation) -> NDArray[np.bool_]:
    """Return which packets are not the first of their end."""
    known = here.columns.seen_ns[here.tcp.own] != 0
    later = np.ones(len(here.tcp), np.bool_)
    later[here.tcp.segments.starts] = known
    return later


def _fills(here: Situation, peer_window: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return which packets end just where the window of their peer ends; unknown without the peer's SYN."""
    tcp, columns = here.tcp, here.columns
    peers = tcp.ends ^ 1
    shift = columns.window_scale[peers].astype(np.int64) - 1
    both = (shift >= 0) & (columns.window_scale[tcp.ends] > 0)
    opened = columns.mss[peers] > 0
    # The window of a SYN itself is not scaled (RFC 7323 section 2.2)
    opens = tcp.before_of_peer(tcp.flags & TCP_SYN != 0, np.zeros(len(columns.last_window), np.bool_))
    room = peer_window.astype(np.int64) << np.where(both & ~opens, shift.clip(0, 14), 0)
    acked = here.tcp.before_of_peer(here.ack, columns.ack_position)
    fills: NDArray[np.bool_] = opened & (tcp.length > 0) & (here.acked > NOTHING) & (here.behind == acked + room)
    return fills
