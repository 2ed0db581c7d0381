"""Sizes and link-layer counters of hand-made frames."""

from __future__ import annotations

import pytest
from traffic_packets import batch_of, fed

from netwatch.capture import frames as link_types
from netwatch.capture.frames import DIRECTION_IN, DIRECTION_OUT
from netwatch.tables.traffic import Count
from netwatch.track.traffic_delivery import BROADCAST, MULTICAST, UNICAST, UNKNOWN, delivery_of, link_types_of
from tests.frames import arp, cooked, cooked2, ethernet, gre, ipv4, radiotap, tcp, udp, wireless

PLAIN = ethernet(0x0800, ipv4(6, tcp()))
TO_ALL, TO_GROUP = b"\xff" * 6, bytes.fromhex("01005e0000fb")


def to(address, frame=PLAIN):
    """Return an Ethernet frame with another destination."""
    return address + frame[6:]


def delivered(contents, link_type):
    """Return how each of `contents` is delivered."""
    block = batch_of(contents, link_type=link_type).frames
    return delivery_of(block, link_types_of(block)).tolist()


def test_every_size_is_in_its_class():
    sizes = [14, 63, 64, 127, 128, 255, 256, 511, 512, 1023, 1024, 1514, 1518, 1519, 9018, 9019, 70000]
    table = fed(batch_of([PLAIN] * len(sizes), wire=sizes)).table()
    assert [(row.least, row.most, row.packets) for row in table.sizes] == [
        (0, 63, 2), (64, 127, 2), (128, 255, 2), (256, 511, 2), (512, 1023, 2), (1024, 1518, 3), (1519, 9018, 2),
        (9019, None, 2),
    ]  # fmt: skip
    assert sum(row.bytes for row in table.sizes) == table.bytes == sum(sizes)
    assert (table.smallest, table.largest) == (14, 70000)


def test_no_traffic_has_no_sizes():
    table = fed().table()
    assert (table.smallest, table.largest, table.packets, table.bytes) == (0, 0, 0, 0)
    assert table.hierarchy == table.protocols == table.ports == table.ethertypes == ()
    assert table.link.unicast == Count()


def test_a_frame_of_four_gigabytes_counts_as_it_is_stated():
    table = fed(batch_of([PLAIN] * 5, wire=[2**32 - 1] * 5)).table()
    assert (table.bytes, table.largest, table.sizes[-1].packets) == (5 * (2**32 - 1), 2**32 - 1, 5)


def test_ethernet_is_delivered_by_its_destination():
    contents = [PLAIN, to(TO_ALL), to(TO_GROUP), to(b"\xff" * 5 + b"\xfe"), to(TO_GROUP)[:6], to(TO_GROUP)[:5], b""]
    assert delivered(contents, link_types.LINKTYPE_ETHERNET) == [
        UNICAST, BROADCAST, MULTICAST, MULTICAST, MULTICAST, UNKNOWN, UNKNOWN,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", range(7))
def test_cooked_captures_say_it_by_the_packet_type(kind):
    """The numbers of linux/if_packet.h: host, broadcast, multicast, other host, outgoing, and what is none."""
    expected = [UNICAST, BROADCAST, MULTICAST, UNICAST, UNKNOWN, UNKNOWN, UNKNOWN][kind]
    first = cooked(0x0800, ipv4(6, tcp()))
    assert delivered([bytes([0, kind]) + first[2:]], link_types.LINKTYPE_LINUX_SLL) == [expected]
    second = cooked2(0x0800, ipv4(6, tcp()))
    assert delivered([second[:10] + bytes([kind]) + second[11:]], link_types.LINKTYPE_LINUX_SLL2) == [expected]
    assert delivered([second[:10]], link_types.LINKTYPE_LINUX_SLL2) == [UNKNOWN]


def test_wireless_frames_are_delivered_by_their_receiver():
    frame = wireless(b"")
    loud = frame[:4] + TO_ALL + frame[10:]
    assert delivered([frame, loud, loud[:9]], link_types.LINKTYPE_IEEE802_11) == [UNICAST, BROADCAST, UNKNOWN]
    behind = [radiotap(loud), radiotap(loud, fields=bytes(30)), radiotap(frame), radiotap(loud)[:12], b"\0\0\xff", b""]
    assert delivered(behind, link_types.LINKTYPE_IEEE802_11_RADIOTAP) == [
        BROADCAST, BROADCAST, UNICAST, UNKNOWN, UNKNOWN, UNKNOWN,
    ]  # fmt: skip


def test_a_link_type_without_addresses_is_unknown():
    assert delivered([ipv4(6, tcp())], link_types.LINKTYPE_RAW) == [UNKNOWN]
    assert delivered([to(TO_ALL), ipv4(6, tcp()), PLAIN], [1, 101, 1]) == [BROADCAST, UNKNOWN, UNICAST]


def test_link_counters():
    contents = [PLAIN, to(TO_ALL, ethernet(0x0806, arp(1))), to(TO_GROUP), PLAIN]
    link = fed(batch_of(contents)).table().link
    size = len(PLAIN)
    assert (link.unicast, link.multicast, link.broadcast) == (Count(2, 2 * size), Count(1, size), Count(1, 42))
    assert link.tagged == link.tunnelled == link.fragments == link.malformed == link.cut_short == Count()


def test_directions():
    traffic = fed(batch_of([PLAIN], direction=DIRECTION_IN), batch_of([PLAIN] * 2, direction=DIRECTION_OUT))
    link = traffic.table().link
    assert (link.incoming.packets, link.outgoing.packets) == (1, 2)


def test_tags_count_where_they_are_and_where_they_were():
    within = ethernet(0x0800, ipv4(6, tcp()), tags=[(0x8100, 5)])
    traffic = fed(batch_of([within, PLAIN, PLAIN], tags=[0, 0x8100 << 16 | 5, 0]))
    assert traffic.table().link.tagged == Count(2, 2 * len(within))


def test_fragments_tunnels_malformed_and_cut_short():
    contents = [
        ethernet(0x0800, ipv4(17, bytes(40), fragment=0x2000)),
        ethernet(0x0800, ipv4(17, bytes(40), fragment=0x0005)),
        ethernet(0x0800, ipv4(17, udp(), fragment=0x4000)),
        ethernet(0x0800, ipv4(47, gre(0x0800, ipv4(6, tcp())))),
        ethernet(0x0800, b"\x41" + bytes(30)),
        PLAIN[:40],
    ]
    wire = [*map(len, contents[:-1]), len(PLAIN)]
    traffic = fed(batch_of(contents, wire=wire))
    link = traffic.table().link
    assert (link.fragments.packets, link.tunnelled.packets) == (2, 1)
    assert link.malformed.packets == traffic.malformed == 2, "40 zeros are no UDP header either"
    assert link.cut_short == Count(1, len(PLAIN))
