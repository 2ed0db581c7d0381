"""Hosts: counters, machines, gateways, roles, services, pages, bounds, and the same result for any batches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from host_packets import (
    DEV,
    EVERYBODY,
    PC,
    PRINTER,
    ROUTER,
    SECOND,
    SERVER,
    START,
    Network,
    a_record,
    advertisement,
    arp,
    batch_of,
    dns,
    ethernet,
    router_advertisement,
    tcp,
    udp,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.decode.addresses import address_text
from netwatch.errors import FileError
from netwatch.tables.query import TableQuery
from netwatch.track.host_columns import SERVICES
from netwatch.track.host_pending import MOST_PACKETS
from netwatch.track.host_table import SORT_KEYS

SYN, SYN_ACK, ACK, RST_ACK = 0x02, 0x12, 0x10, 0x14
LAN = (PC, PRINTER)


def page(network, sort="serial", by_machine=True, **query):
    query = {"descending": False, "count": 1000} | query
    return network.hosts.page(TableQuery(sort, **query), by_machine=by_machine)


def table(network, **query):
    return page(network, **query).table


def column(network, name, **query):
    found = table(network, **query)
    values = getattr(found, name)
    return dict(zip(found.address, values if isinstance(values, tuple) else values.tolist(), strict=True))


def test_what_each_address_sent_and_received():
    there = udp("10.0.0.2", "10.0.0.3", 40000, 9999, b"question", LAN)
    back = udp("10.0.0.3", "10.0.0.2", 9999, 40000, b"a longer answer", LAN[::-1])
    network = Network().fed(there, back, there)
    assert column(network, "packets") == {"10.0.0.2": [2, 1], "10.0.0.3": [1, 2]}
    assert column(network, "bytes")["10.0.0.2"] == [2 * len(there), len(back)]
    assert column(network, "first_ns") == {"10.0.0.2": START + 1_000_000, "10.0.0.3": START + 1_000_000}
    assert column(network, "last_ns")["10.0.0.3"] == START + 3_000_000
    assert column(network, "mac") == {"10.0.0.2": PC, "10.0.0.3": PRINTER}
    assert column(network, "vendor") == {"10.0.0.2": "3Com", "10.0.0.3": "Hewlett Packard"}


def test_a_page_shows_what_was_fed_before_it():
    network = Network()
    frame = udp("10.0.0.2", "10.0.0.3", 1, 2, b"x", LAN)
    for count in range(1, 4):
        network.fed(frame)
        assert column(network, "packets")["10.0.0.2"] == [count, 0]


def test_packets_to_and_from_nobody():
    lldp = ethernet(0x88CC, bytes(40), PC, "01:80:c2:00:00:0e")
    network = Network().fed(
        udp("0.0.0.0", "255.255.255.255", 68, 67, b"", (PC, EVERYBODY)), lldp, arp(1, "0.0.0.0", PC, "10.0.0.9")
    )
    assert column(network, "packets") == {
        "255.255.255.255": [0, 1],
        PC: [1, 0],
        "01:80:c2:00:00:0e": [0, 1],
        "10.0.0.9": [0, 1],
    }
    assert column(network, "roles") == {
        "255.255.255.255": ("broadcast",),
        PC: (),
        "01:80:c2:00:00:0e": ("multicast",),
        "10.0.0.9": ("silent",),
    }


def test_addresses_of_one_machine_are_one_host():
    network = Network().fed(
        udp("fe80::2", "fe80::3", 1, 2, b"", LAN),
        udp("10.0.0.2", "10.0.0.3", 1, 2, b"", LAN),
        udp("2001:db8::2", "2001:db8::3", 1, 2, b"", LAN),
        ethernet(0x88CC, bytes(40), PC, "01:80:c2:00:00:0e"),
    )
    found = table(network)
    assert found.addresses[0] == ("10.0.0.2", "2001:db8::2", "fe80::2")
    assert found.addresses[1] == ("10.0.0.3", "2001:db8::3", "fe80::3")
    assert found.serial[:2].tolist() == [1, 2]
    assert found.packets[0].tolist() == [4, 0]
    apart = page(network, by_machine=False).table
    assert len(apart) == 8
    assert all(len(addresses) == 1 for addresses in apart.addresses)
    assert network.hosts.machines == len(found)


def test_many_machines_are_told_nearly(monkeypatch):
    monkeypatch.setattr("netwatch.track.hosts.MOST_COUNTED", 100)
    network = Network()
    told = []
    for count in (199, 200, 201, 220):
        network.fed(*[tcp("10.0.0.2", f"10.1.0.{n}", 1, 2, SYN, macs=LAN) for n in range(1, count)])
        told.append((network.hosts.held, network.hosts.machines))
    assert told == [(199, 199), (200, 199), (201, 199), (220, 220)]


def surf(*servers):
    """A machine that talks to servers on the internet through its router, in both directions."""
    frames = []
    for server in servers:
        frames.append(tcp("192.168.1.5", server, 50000, 443, SYN, macs=(PC, ROUTER)))
        frames.append(tcp(server, "192.168.1.5", 443, 50000, SYN_ACK, macs=(ROUTER, PC)))
    return frames


def test_what_lies_behind_a_gateway_is_not_the_gateway():
    resolver = udp("192.168.1.1", "192.168.1.5", 53, 50000, dns("a.example"), (ROUTER, PC))
    network = Network().fed(*surf("93.184.216.34", "198.51.100.7"), resolver)
    assert column(network, "roles") == {
        "192.168.1.5": (),
        "93.184.216.34": (),
        "198.51.100.7": (),
        "192.168.1.1": ("gateway", "dns"),
    }
    assert column(network, "mac")["192.168.1.1"] == ROUTER
    assert column(network, "mac")["93.184.216.34"] == ""
    assert column(network, "via")["93.184.216.34"] == ROUTER
    assert column(network, "vendor")["93.184.216.34"] == ""
    assert column(network, "via")["192.168.1.1"] == ""


def test_one_public_server_is_enough_to_tell_a_gateway():
    network = Network().fed(surf("93.184.216.34")[0])
    assert column(network, "via") == {"192.168.1.5": "", "93.184.216.34": ROUTER}


def test_public_addresses_on_the_link_are_machines():
    frames = [
        udp("203.0.113.5", "203.0.113.9", 1, 2, b"", LAN),
        udp("203.0.113.9", "203.0.113.5", 2, 1, b"", LAN[::-1]),
    ]
    assert column(Network().fed(*frames), "mac") == {"203.0.113.5": PC, "203.0.113.9": PRINTER}


def test_a_mac_that_carries_many_networks_is_a_gateway():
    frames = [udp("203.0.113.5", f"198.51.{n}.1", 1, 2, b"", (PC, ROUTER)) for n in range(3)]
    network = Network().fed(*frames, arp(2, "203.0.113.1", ROUTER, "203.0.113.5"))
    assert column(network, "roles")["203.0.113.1"] == ("gateway",)
    assert column(network, "via")["198.51.2.1"] == ROUTER
    assert column(network, "roles")["203.0.113.5"] == ()
    assert column(Network().fed(*frames[:2]), "via") == {"203.0.113.5": "", "198.51.0.1": ""}


def test_a_router_that_advertises_itself():
    network = Network().fed(
        router_advertisement("fe80::1", ROUTER),
        udp("2001:db8::5", "2a00:1450::1", 50000, 443, b"", (PC, ROUTER)),
    )
    assert column(network, "roles")["fe80::1"] == ("gateway", "router")
    assert column(network, "via")["2a00:1450::1"] == ROUTER
    assert column(network, "mac")["2001:db8::5"] == PC


def test_a_mac_with_too_many_addresses_is_not_one_machine():
    frames = [udp(f"10.0.0.{n}", "10.0.0.250", 1, 2, b"", LAN) for n in range(1, 19)]
    found = column(Network().fed(*frames), "addresses")
    assert found["10.0.0.1"] == ("10.0.0.1",)
    assert len(found) == 19
    assert len(column(Network().fed(*frames[:16]), "addresses")) == 2


def test_tunnelled_addresses_have_no_mac():
    inner = udp("172.16.0.1", "172.16.0.2", 1, 2, b"x")[14:]
    outer = udp("10.0.0.2", "10.0.0.3", 1, 2, b"", LAN)[:14] + udp("10.0.0.2", "10.0.0.3", 1, 2)[14:34]
    frame = bytearray(outer + inner)
    frame[16:18] = (20 + len(inner)).to_bytes(2, "big")
    frame[23] = 4
    assert column(Network().fed(bytes(frame)), "mac") == {"172.16.0.1": "", "172.16.0.2": ""}


def test_arp_tells_the_mac_of_who_was_only_asked_by_broadcast():
    network = Network().fed(arp(1, "10.0.0.2", PC, "10.0.0.3"), arp(2, "10.0.0.3", PRINTER, "10.0.0.2", PC))
    assert column(network, "mac") == {"10.0.0.2": PC, "10.0.0.3": PRINTER}


def test_open_services():
    network = Network().fed(
        tcp("10.0.0.2", "10.0.0.3", 50000, 443, SYN, macs=LAN),
        tcp("10.0.0.3", "10.0.0.2", 443, 50000, SYN_ACK, macs=LAN[::-1]),
        tcp("10.0.0.2", "10.0.0.3", 50001, 22, SYN, macs=LAN),
        tcp("10.0.0.3", "10.0.0.2", 22, 50001, RST_ACK, macs=LAN[::-1]),
        udp("10.0.0.2", "10.0.0.3", 50000, 53, dns("a.example"), LAN),
        udp("10.0.0.2", "10.0.0.3", 50000, 161, b"?", LAN),
        udp("10.0.0.3", "10.0.0.2", 53, 50000, dns("a.example"), LAN[::-1]),
        udp("10.0.0.3", "10.0.0.2", 45678, 50000, b"!", LAN[::-1]),
        tcp("10.0.0.3", "10.0.0.2", 443, 50002, SYN_ACK, macs=LAN[::-1]),
    )
    assert column(network, "services") == {"10.0.0.2": (), "10.0.0.3": ("53/udp domain", "443/tcp https")}
    assert column(network, "roles") == {"10.0.0.2": (), "10.0.0.3": ("dns",)}


@pytest.mark.parametrize(("server", "client", "source"), [(67, 68, "10.0.0.1"), (547, 546, "fe80::1")])
def test_dhcp_servers(server, client, source):
    destination = "ff02::1:2" if ":" in source else "255.255.255.255"
    network = Network().fed(udp(source, destination, server, client, b"offer", (ROUTER, EVERYBODY)))
    assert column(network, "roles")[source] == ("dhcp",)
    asks = Network().fed(udp("10.0.0.2", destination.replace("ff02::1:2", "10.0.0.1"), client, server, b"ask", LAN))
    assert column(asks, "roles")["10.0.0.2"] == ()


def test_services_are_bounded():
    frames = [tcp("10.0.0.3", "10.0.0.2", port, 50000, SYN_ACK, macs=LAN) for port in range(1000, 1100)]
    shown = column(Network().fed(*frames), "services")["10.0.0.3"]
    assert shown == (*(f"{port}/tcp" + (" socks" if port == 1080 else "") for port in range(1000, 1016)), "...")
    assert len(shown) == SERVICES + 1


def test_names_of_a_machine():
    answer = udp("10.0.0.1", "10.0.0.2", 53, 50000, dns("box.example", a_record(b"\xc0\x0c", "10.0.0.3")), (ROUTER, PC))
    network = Network().fed(answer, udp("10.0.0.2", "10.0.0.3", 1, 2, b"", LAN), advertisement("fe80::3", PRINTER))
    assert column(network, "name")["10.0.0.3"] == "box.example"
    assert column(network, "names")["10.0.0.3"] == ("box.example",)
    assert column(network, "name")["10.0.0.2"] == ""


def crowd():
    """Four hosts of different kinds."""
    answer = dns("www.example.com", a_record(b"\xc0\x0c", "93.184.216.34"))
    return Network().fed(
        *surf("93.184.216.34"),
        udp("192.168.1.1", "192.168.1.5", 53, 50000, answer, (ROUTER, PC)),
        udp("192.168.1.9", "192.168.1.5", 161, 50001, bytes(500), (PRINTER, PC)),
        udp("fe80::9", "ff02::fb", 5353, 5353, b"", (PRINTER, "33:33:00:00:00:fb")),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.168.1.9", {"192.168.1.9"}),
        ("192.168", {"192.168.1.1", "192.168.1.5", "192.168.1.9"}),
        ("192.168.1.0/29", {"192.168.1.1", "192.168.1.5"}),
        ("192.168.1.5/32", {"192.168.1.5"}),
        ("0.0.0.0/0", {"192.168.1.1", "192.168.1.5", "192.168.1.9", "93.184.216.34"}),
        ("fe80::/10", {"192.168.1.9"}),
        ("::/0", {"192.168.1.9", "ff02::fb"}),
        ("10.0.0.0/99", set()),
        ("00:01:e6", {"192.168.1.9"}),
        ("00-01-E6", {"192.168.1.9"}),
        ("example", {"93.184.216.34"}),
        ("EXAMPLE www", {"93.184.216.34"}),
        ("hewlett", {"192.168.1.9"}),
        ("gateway", {"192.168.1.1"}),
        ("dns", {"192.168.1.1"}),
        ("multicast", {"ff02::fb"}),
        ("https", {"93.184.216.34"}),
        ("snmp", {"192.168.1.9"}),
        ("161", {"192.168.1.9"}),
        ("192.168 gateway", {"192.168.1.1"}),
        ("gateway printer", set()),
        ("   ", {"192.168.1.1", "192.168.1.5", "192.168.1.9", "93.184.216.34", "ff02::fb"}),
        ("\x1b[2J", set()),
        ("%s" * 500, set()),
    ],
)
def test_the_quick_filter(text, expected):
    network = crowd()
    found = page(network, text=text)
    assert set(found.table.address) == expected
    assert found.total == len(expected)


def test_every_column_sorts_both_ways():
    network = crowd()
    for key in SORT_KEYS:
        assert set(table(network, sort=key).address) == set(table(network, sort=key, descending=True).address)
    assert table(network, sort="address").address[:2] == ("93.184.216.34", "192.168.1.1")
    assert table(network, sort="sent", descending=True, count=1).address == ("192.168.1.9",)
    assert table(network, sort="received", descending=True, count=1).address == ("192.168.1.5",)
    assert table(network, sort="name").address[0] == "93.184.216.34"
    assert table(network, sort="vendor").vendor[:3] == ("3Com", "Cisco Systems, Inc", "Hewlett Packard")
    with pytest.raises(KeyError):
        page(network, sort="nothing")


def test_a_held_order_keeps_rows_still():
    network = crowd()
    order = page(network, sort="bytes", descending=True, whole_order=True).order
    network.fed(*[udp("192.168.1.1", "192.168.1.5", 53, 50000, bytes(1000), (ROUTER, PC))] * 9)
    held = page(network, sort="bytes", held=order, first=1, count=2)
    assert held.table.serial.tolist() == order[1:3].tolist()
    assert held.total == 5


def test_an_empty_tracker():
    network = Network()
    assert page(network).total == 0
    assert len(table(network, sort="name", text="a 10.0.0.0/8 https gateway 3com")) == 0
    assert (network.hosts.held, network.hosts.evicted) == (0, 0)


def test_silent_hosts_leave_first_when_there_are_too_many():
    real = udp("10.0.0.2", "10.0.0.3", 1, 2, b"", LAN)
    scan = [tcp("10.0.0.2", f"10.1.{n // 250}.{n % 250 + 1}", 50000, 80, SYN, macs=LAN) for n in range(500)]
    network = Network(capacity=100).fed(real, real, *scan, cuts=range(2, 502, 20))
    assert network.hosts.held <= 100
    assert network.hosts.evicted == 502 - network.hosts.held
    found = column(network, "packets")
    assert found["10.0.0.2"] == [502, 0]
    assert "10.1.1.250" in found
    assert "10.1.0.1" not in found


def test_the_idlest_leave_then():
    frames = [udp(f"10.1.{n // 250}.{n % 250 + 1}", "10.0.0.2", 50000, 9, b"", LAN) for n in range(500)]
    for cuts in (range(0, 500, 7), ()):
        network = Network(capacity=100).fed(*frames, cuts=cuts)
        assert network.hosts.held <= 100
        assert network.hosts.held + network.hosts.evicted >= 501
    network = Network(capacity=100).fed(*frames, cuts=range(0, 500, 7))
    assert "10.1.1.250" in column(network, "packets")
    assert "10.1.0.9" not in column(network, "packets")


def test_a_flow_that_goes_on_after_its_host_was_evicted():
    old = udp("10.0.0.7", "10.0.0.2", 1, 9, b"", LAN)
    frames = [udp(f"10.1.{n // 250}.{n % 250 + 1}", "10.0.0.2", 50000, 9, b"", LAN) for n in range(300)]
    network = Network(capacity=80).fed(old, *frames, cuts=range(10, 300, 10))
    assert "10.0.0.7" not in column(network, "packets")
    network.fed(old, old)
    assert column(network, "packets")["10.0.0.7"] == [2, 0]


def naive(batches):
    """Packets and bytes that each address sent and received, counted one by one."""
    counted = defaultdict(lambda: [0, 0, 0, 0])
    for batch in batches:
        for at in range(len(batch)):
            size = int(batch.frames.wire_length[at])
            for end, place in (("src", 0), ("dst", 1)):
                address = address_text(int(getattr(batch, f"{end}_high")[at]), int(getattr(batch, f"{end}_low")[at]))
                if address and address != "0.0.0.0":
                    counted[address][place] += 1
                    counted[address][place + 2] += size
    return dict(counted)


def told(network):
    found = page(network, by_machine=False).table
    return {
        address: [*packets, *sizes]
        for address, packets, sizes in zip(found.address, found.packets.tolist(), found.bytes.tolist(), strict=True)
    }


ADDRESSES = [f"10.0.0.{n}" for n in range(2, 7)] + ["fe80::2", "fe80::3", "8.8.8.8"]
MACS = [PC, PRINTER, SERVER, ROUTER]
TALK = st.tuples(
    st.integers(0, 4), st.integers(0, 4), st.sampled_from([53, 80, 50000]), st.integers(0, 3), st.integers(0, 3)
)


def frame_of(source, destination, port, sender, receiver):
    return udp(
        ADDRESSES[source], ADDRESSES[destination], port, 50001, bytes(port % 100), (MACS[sender], MACS[receiver])
    )


@settings(max_examples=30)
@given(st.lists(TALK, min_size=1, max_size=40), st.sets(st.integers(1, 39)), st.lists(st.integers(-5, 5), max_size=40))
def test_the_same_however_the_packets_are_split(talks, cuts, steps):
    frames = [frame_of(*talk) for talk in talks]
    times = np.cumsum([START, *steps, *[1] * len(frames)])[: len(frames)].tolist()
    whole, split = Network().fed(*frames, times=times), Network().fed(*frames, cuts=cuts, times=times)
    looked = Network()
    for position, frame in enumerate(frames):
        looked.fed(frame, times=times[position : position + 1])
        page(looked)
    first = table(whole)
    for other in (table(split), table(looked)):
        for name in first.__slots__:
            one, two = getattr(first, name), getattr(other, name)
            assert one == two if isinstance(one, tuple) else one.tolist() == two.tolist(), name


@settings(max_examples=12)
@given(st.lists(TALK, min_size=1, max_size=120), st.sets(st.integers(1, 119)))
def test_no_packet_is_lost_when_flows_are_evicted(talks, cuts):
    """The flow table is full all the time, and rows stand for other flows in the next batch or in the same one."""
    frames = [
        udp(ADDRESSES[a], ADDRESSES[b], port + n, 1024 + n, b"", (MACS[c], MACS[d]))
        for n, (a, b, port, c, d) in enumerate(talks)
    ] * 2
    network = Network(flow_capacity=64).fed(*frames, cuts=cuts)
    plain = Network().fed(*frames)
    assert told(network) == told(plain)
    assert column(network, "first_ns") == column(plain, "first_ns")


def test_no_packet_is_lost_when_counters_are_brought_up_to_date():
    frame = udp("10.0.0.2", "10.0.0.3", 1, 2, b"x", LAN)
    network = Network()
    batch = [frame] * 5000
    for _ in range(MOST_PACKETS // 5000 + 2):
        network.fed(*batch)
    count = 5000 * (MOST_PACKETS // 5000 + 2)
    assert column(network, "packets") == {"10.0.0.2": [count, 0], "10.0.0.3": [0, count]}
    assert column(network, "bytes")["10.0.0.2"] == [count * len(frame), 0]


def test_wire_lengths_that_lie():
    """A file may say of each packet that it had 4 GiB."""
    batch = batch_of([udp("10.0.0.2", "10.0.0.3", 1, 2, b"x", LAN)] * 6000)
    frames = replace(batch.frames, wire_length=np.full(6000, 0xFFFFFFFF, np.uint32))
    network = Network().feed([replace(batch, frames=frames)] * 2)
    assert column(network, "packets")["10.0.0.2"] == [12000, 0]
    assert column(network, "bytes")["10.0.0.3"] == [0, 12000 * 0xFFFFFFFF]


def test_tags_that_the_kernel_took_out_count():
    batch = batch_of([udp("10.0.0.2", "10.0.0.3", 1, 2, b"x", LAN)] * 3)
    frames = replace(batch.frames, stripped_tag=np.array([0, 0x81000005, 0], np.uint32))
    network = Network().feed([replace(batch, frames=frames)])
    assert column(network, "bytes")["10.0.0.2"] == [int(batch.frames.wire_length.sum()) + 4, 0]


def test_time_that_goes_back():
    frame = udp("10.0.0.2", "10.0.0.3", 1, 2, b"x", LAN)
    network = Network().fed(frame, frame, frame, frame, cuts=(2,), times=[START, START + SECOND, START - 9, START + 5])
    assert column(network, "first_ns")["10.0.0.2"] == START - 9
    assert column(network, "last_ns")["10.0.0.3"] == START + SECOND


def captures(*folders):
    found = [path for folder in folders for path in sorted((DEV / folder).glob("*"))] if DEV.exists() else []
    return [path for path in found if path.stat().st_size < 400_000][::5]


@pytest.mark.skipif(not (DEV / "truth.json").exists(), reason=f"no captures in {DEV}")
@pytest.mark.parametrize(
    "path", captures("benign", "dns", "arp", "linktype", "fuzz", "tunnel"), ids=lambda path: path.name
)
def test_counts_in_real_captures(path):
    """Every packet is counted once on each side, whatever the file."""
    kept = []

    class Keeping(Network):
        def feed(self, batches):
            kept.extend(batches)
            return super().feed(batches)

    try:
        network = Keeping(capacity=50_000, flow_capacity=200_000).read(path)
    except FileError as error:
        pytest.skip(str(error))
    assert told(network) == naive(kept)
