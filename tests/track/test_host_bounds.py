"""Hosts when there are too many, in any split into batches, and in real captures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from host_packets import (
    DEV,
    PC,
    PRINTER,
    ROUTER,
    SERVER,
    START,
    Network,
    batch_of,
    tcp,
    udp,
)
from host_pages import LAN, SYN, column, page, table, told
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.decode.addresses import address_text
from netwatch.errors import FileError
from netwatch.nanoseconds import SECOND
from netwatch.track.host_pending import MOST_PACKETS


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
