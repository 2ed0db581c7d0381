"""What refuses an attempt to connect and what does not: errors of ICMP, resets, options of hostile length."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from flow_packets import A6, ACK, B6, FIN, RST, SYN, Packet, handshake
from handshake_packets import RESET, SYN_PACKET, attempts, icmp_error


@pytest.mark.parametrize("damage", [slice(0, 20), slice(0, 27), slice(5, 28)])
def test_errors_that_quote_too_little_or_nonsense_refuse_nothing(damage):
    error = icmp_error(SYN_PACKET)
    error = replace(error, payload=error.payload[damage])
    assert attempts([SYN_PACKET, error]).outcome == ("incomplete",)


def test_errors_that_refuse_nothing():
    other = replace(SYN_PACKET, seq=4)
    for error in (icmp_error(SYN_PACKET, code=4), icmp_error(SYN_PACKET, kind=11, code=0), icmp_error(other)):
        assert attempts([SYN_PACKET, error]).outcome == ("incomplete",)
    answered = [*handshake()[:2], icmp_error(SYN_PACKET, time=0.02)]
    assert attempts(answered).outcome == ("half_open",)


def test_an_answer_outdoes_an_icmp_error_before_it():
    """Such errors are no reason to give up (RFC 1122 section 4.2.3.9); Linux tries again."""
    error = icmp_error(SYN_PACKET, code=1, time=0.001)
    again = [packet.later(1) for packet in handshake()]
    for cuts in ((), range(6)):
        table = attempts([SYN_PACKET, error, *again], cuts)
        assert table.outcome == ("complete",)
        assert table.retries.tolist() == [1]
        assert table.ended_ns.tolist() == table.ack_ns.tolist()
        table = attempts([SYN_PACKET, error, *again[:2]], cuts)
        assert table.outcome == ("half_open",)
        assert table.ended_ns.tolist() == [0]
        table = attempts([SYN_PACKET, error, SYN_PACKET.later(1), SYN_PACKET.later(3)], cuts)
        assert table.outcome == ("refused",)
        assert table.retries.tolist() == [2]
        assert table.diagnosis == ("refused by ICMP in 1 ms: the host does not answer its router",)


def test_giving_up_after_an_icmp_error_changes_nothing_of_why():
    """The initiator's own RST is no refusal."""
    error = icmp_error(SYN_PACKET, code=1, time=0.001)
    for cuts in ((), (1, 2)):
        table = attempts([SYN_PACKET, error, SYN_PACKET.later(0.01, flags=RST, seq=1001)], cuts)
        assert table.state == ("refused by ICMP",)
        table = attempts([SYN_PACKET, error, RESET.later(1)], cuts)
        assert table.state == ("refused by RST",)


def test_icmpv6_refuses_too():
    syn = Packet(source=A6, destination=B6, flags=SYN, seq=1000)
    error = Packet(
        time=0.004, source=B6, destination=A6, protocol=58, sport=1, dport=1, payload=syn.frame()[14 : 14 + 60]
    )
    for cuts in ((), (1,)):
        table = attempts([syn, error], cuts)
        assert table.diagnosis == ("refused by ICMP in 4 ms: a firewall prohibits it",)


def test_options_of_hostile_length():
    for options in (
        b"\2\0\0\0",
        b"\3\3",
        b"\x08\xff\0\0",
        b"\2\4\5",
        bytes([1]) * 40,
        struct.pack("!BBHB", 2, 4, 1460, 3),
    ):
        padded = options + bytes(-len(options) % 4)
        table = attempts([replace(SYN_PACKET, options=padded)])
        assert table.outcome == ("incomplete",)


def test_a_reset_of_an_older_connection_ends_no_attempt():
    """RFC 9293 section 3.5.1, figure 9: the server acknowledges what it remembers, the client resets that."""
    remembered = SYN_PACKET.back(time=0.01, flags=ACK, seq=700, ack=400_000)
    reset = SYN_PACKET.later(0.011, flags=RST, seq=400_000)
    packets = [SYN_PACKET, remembered, reset, *(packet.later(1) for packet in handshake())]
    for cuts in ((), range(6)):
        assert attempts(packets, cuts).outcome == ("complete",)


def test_a_fin_is_no_answer():
    packets = [SYN_PACKET, SYN_PACKET.later(1, flags=FIN | ACK, seq=1001)]
    assert attempts(packets).outcome == ("incomplete",)
