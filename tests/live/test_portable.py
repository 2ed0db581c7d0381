"""Capture through libpcap inside a network namespace of the test's own: the same frames, filters and counters."""

from __future__ import annotations

import pytest

from tests.live.portable_script import script

pytestmark = pytest.mark.live


def test_frames_are_whole_in_order_and_stamped_in_nanoseconds(namespace):
    found = script(
        namespace,
        """
source = PortableSource('vb', PortableOptions())
out, a = sender('va'), time.time_ns()
for size in range(200):
    out.send(frame(size=size))
blocks = collect(source, 200)
b = time.time_ns()
packets = [bytes_of(block, place) for block in blocks for place in range(len(block))]
times = [int(value) for block in blocks for value in block.time_ns]
print(json.dumps({
    "same": packets == [frame(size=size) for size in range(200)],
    "wire": [int(v) for block in blocks for v in block.wire_length] == [len(frame(size=s)) for s in range(200)],
    "between": a - 10**7 <= min(times) and max(times) <= b, "rising": times == sorted(times),
    "nanoseconds": any(value % 1000 for value in times),
    "columns": sorted({len(getattr(blocks[0], name)) == len(blocks[0]) for name in blocks[0].__slots__
                       if name not in ('data', 'comments')}),
    "padding": bool((blocks[0].data[-128:] == 0).all()), "link_type": int(blocks[0].link_type[0]),
    "interfaces": [i.name for i in source.interfaces], "received": source.counters().received,
    "dropped": source.counters().dropped}))
source.close()
source.close()
""",
    )
    assert found == {
        "same": True, "wire": True, "between": True, "rising": True, "nanoseconds": True, "columns": [True],
        "padding": True, "link_type": 1, "interfaces": ["vb"], "received": 200, "dropped": 0,
    }  # fmt: skip


def test_loopback_shows_each_packet_once(namespace):
    found = script(
        namespace,
        """
source = PortableSource('lo', PortableOptions())
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.bind(('127.0.0.1', 0))
talker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(10):
    talker.sendto(b'x', listener.getsockname())
print(json.dumps(sum(map(len, collect(source, 10)))))
source.close()
""",
    )
    assert found == 10


def test_filters_change_while_it_runs(namespace):
    found = script(
        namespace,
        """
compiler = FilterCompiler.open()
source = PortableSource('vb', PortableOptions(), CaptureFilter('udp port 53', compiler))
out, heard = sender('va'), []
def volley(wanted):
    for port in (53, 80, 53, 443):
        out.send(frame(port=port))
    out.send(frame(tag=5))
    heard.append(sum(map(len, collect(source, wanted))))
volley(2)
source.set_filter(CaptureFilter('vlan 5', compiler))
volley(1)
for text in ('udp and', 'tcp and udp'):
    try:
        source.set_filter(CaptureFilter(text, compiler))
    except NetwatchError as error:
        heard.append(type(error).__name__)
volley(1)
source.set_filter(None)
volley(5)
print(json.dumps(heard))
source.close()
compiler.close()
""",
    )
    assert found == [2, 1, "FilterError", "FilterError", 1, 5]


def test_tags_are_put_back_and_long_frames_cut(namespace):
    found = script(
        namespace,
        """
compiler = FilterCompiler.open()
source = PortableSource('vb', PortableOptions(snaplen=64), CaptureFilter('vlan 5', compiler))
out = sender('va')
out.send(frame(size=500))
out.send(frame(tag=5, size=500))
[block] = collect(source, 1)
print(json.dumps({"start": bytes_of(block, 0).hex(), "frames": len(block),
                  "captured": int(block.captured[0]), "wire": int(block.wire_length[0])}))
source.close()
compiler.close()
""",
    )
    whole = bytes(12) + bytes.fromhex("810000050800")
    assert found["start"].startswith(whole.hex())
    assert found["frames"] == 1
    assert found["wire"] == 12 + 4 + 2 + 28 + 500
    assert 64 <= found["captured"] <= 68


def test_any_has_the_cooked_header(namespace):
    found = script(
        namespace,
        """
compiler = FilterCompiler.open()
source = PortableSource('any', PortableOptions(), CaptureFilter('udp port 9', compiler))
out = sender('va')
out.send(frame())
out.send(frame(port=10))
blocks = collect(source, 1)
names = {socket.if_indextoname(int.from_bytes(bytes_of(block, place)[4:8], 'big'))
         for block in blocks for place in range(len(block))}
print(json.dumps({"link_type": int(blocks[0].link_type[0]), "names": sorted(names)}))
source.close()
compiler.close()
""",
    )
    assert found["link_type"] == 276
    assert "vb" in found["names"]


def test_a_read_waits_and_can_be_woken(namespace):
    found = script(
        namespace,
        """
source = PortableSource('vb', PortableOptions())
begun = time.monotonic()
nothing = source.read(0.2)
waited = time.monotonic() - begun
threading.Timer(0.2, source.wake).start()
begun = time.monotonic()
source.read(PATIENCE)
woken = time.monotonic() - begun
source.close()
try:
    source.read(1)
except EOFError:
    print(json.dumps({"nothing": nothing is None, "waited": waited >= 0.19, "woken": woken < PATIENCE / 2}))
""",
    )
    assert found == {"nothing": True, "waited": True, "woken": True}


def test_a_flood_is_read_in_bounded_blocks_and_losses_are_counted(namespace):
    found = script(
        namespace,
        """
source = PortableSource('vb', PortableOptions(buffer_bytes=8 << 20))
out = sender('va')
for _ in range(20_000):
    out.send(frame(size=1400))
blocks, end = [], time.monotonic() + PATIENCE
def balance():
    counters = source.counters()
    return counters.received - counters.dropped - sum(map(len, blocks))
while time.monotonic() < end and (not blocks or balance()):  # the kernel may deliver some only now
    blocks += collect(source, 0)
print(json.dumps({"largest": max(len(block.data) for block in blocks), "dropped": source.counters().dropped,
                  "balance": balance()}))
source.close()
""",
    )
    assert found["largest"] < 5 << 20
    assert found["dropped"] > 0
    assert found["balance"] == 0
