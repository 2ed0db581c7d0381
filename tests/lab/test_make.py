"""Labelled traffic: the same for the same seed, valid packets, labels that fit, and files that are written whole."""

from __future__ import annotations

import base64
import ipaddress
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netwatch.decode.batch import MALFORMED
from netwatch.decode.decoder import decode
from netwatch.errors import FileError, UsageError
from netwatch.lab.frame_block import ethernet_block
from netwatch.lab.labels import labels_path, read_labels
from netwatch.lab.make import LIMITS, MakeOptions, make, make_scene
from netwatch.lab.own_network import in_namespace, require_sendable
from netwatch.lab.passive import batches_of
from netwatch.lab.scenarios.catalogue import SCENARIOS
from netwatch.lab.surroundings import Surroundings
from netwatch.snapshot import Interface

if TYPE_CHECKING:
    from pathlib import Path

QUICK = (
    *("scan-syn", "scan-null", "scan-maimon", "scan-block", "scan-udp", "scan-horizontal", "sweep-icmp", "sweep-arp"),
    *("arp-spoof", "dga", "cleartext", "benign-lease", "benign-requests"),
)
"""Scenarios of few packets."""


def options(scenario: str, path: str | None = None, **words: object) -> MakeOptions:
    values: dict[str, object] = {"seed": 1, "network": "10.77.0.0/24", "payload": None, "speed": 1.0}
    return MakeOptions(scenario=scenario, path=path, **(values | words))


@pytest.mark.parametrize("name", QUICK)
def test_a_scenario_is_made_of_valid_packets_with_labels_that_fit(name: str) -> None:
    scene = make_scene(name, options(name))
    packets = list(scene.in_order())
    times = [time for time, _ in packets]
    assert times == sorted(times)
    batch = decode(ethernet_block(packets), 1)
    assert not (batch.status & MALFORMED).any()
    assert bool(scene.labels) != name.startswith("benign-")
    for label in scene.labels:
        assert 1 <= label.first <= label.last <= len(packets)
        assert times[0] <= label.start <= label.end <= times[-1]
        assert ipaddress.ip_address(label.source) in scene.network
    again = make_scene(name, options(name))
    assert (again.packets, again.labels) == (scene.packets, scene.labels)


def test_another_seed_is_other_traffic_and_another_network_other_hosts() -> None:
    first, second = (make_scene("scan-syn", options("scan-syn", seed=seed)).packets for seed in (1, 2))
    assert first != second
    elsewhere = make_scene("sweep-arp", options("sweep-arp", network="192.168.8.0/24"))
    assert elsewhere.labels[0].source == "192.168.8.66"


def test_the_syn_demonstration_is_slow_and_short() -> None:
    times = [time for time, _ in make_scene("syn-demo", options("syn-demo")).in_order()]
    assert times[-1] - times[0] <= 60
    gaps = np.diff(times)
    assert gaps.min() >= 0.0999
    assert LIMITS["syn-demo"] == (10.0, 60.0)


def test_a_payload_can_be_put_together_from_the_names(tmp_path: Path) -> None:
    from scapy.layers.dns import DNS
    from scapy.layers.l2 import Ether

    secret = bytes(range(256)) + b"the end"
    (tmp_path / "secret").write_bytes(secret)
    made = make(options("dns-exfil", str(tmp_path / "x.pcap"), payload=str(tmp_path / "secret")))
    frames = [frame for batch in batches_of(str(tmp_path / "x.pcap")) for frame in frames_in(batch)]
    messages = [Ether(frame)[DNS] for frame in frames]
    names = [message.qd[0].qname.decode() for message in messages if not message.qr]
    assert exfiltrated(names[::-1]) == secret
    assert all(len(label) <= 63 for name in names for label in name.split("."))
    assert made.rows[0]["packets"] == len(frames)


def exfiltrated(names: list[str]) -> bytes:
    """Return the payload that names of `dns_exfil` carry, in any order."""
    chunks: dict[int, bytes] = {}
    for name in names:
        text, number, *_ = name.split(".")
        padding = "=" * (-len(text) % 8)
        chunks[int(number)] = base64.b32decode(text.upper() + padding)
    return b"".join(chunks[number] for number in sorted(chunks))


def frames_in(batch: object) -> list[bytes]:
    frames = batch.frames
    starts = zip(frames.offset.tolist(), frames.captured.tolist(), strict=True)
    return [frames.data[start : start + size].tobytes() for start, size in starts]


def test_a_capture_and_its_labels_are_files_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "spoof.pcap"
    results = make(options("arp-spoof", str(path)))
    labels = read_labels(labels_path(str(path)))
    assert results.rows[0]["labels"] == len(labels) == 2
    assert labels[0].hosts == ("02:4e:57:00:00:42", "02:4e:57:00:00:0a")
    assert labels[0].detectors == ("arp.spoof",)
    written = json.loads((tmp_path / "spoof.labels.json").read_text())
    assert (written["scenario"], written["seed"], written["capture"]) == ("arp-spoof", 1, "spoof.pcap")
    content = path.read_bytes()
    with pytest.raises(FileError, match="exists already"):
        make(options("arp-spoof", str(path)))
    (tmp_path / "spoof.labels.json").unlink()
    with pytest.raises(FileError, match="exists already"):
        make(options("arp-spoof", str(path)))
    assert path.read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == ["spoof.pcap"]


def test_every_scenario_says_what_it_does() -> None:
    rows = make(options("list")).rows
    assert [row["scenario"] for row in rows] == list(SCENARIOS)
    assert all(row["does"].endswith(".") for row in rows)


@pytest.mark.parametrize(
    ("scenario", "words", "reason"),
    [
        ("nothing", {}, "no scenario nothing"),
        ("dga", {"network": "10.0.0.0/25"}, "too small"),
        ("dga", {"network": "fd00::/64"}, "too small"),
        ("dga", {"network": "home"}, "not a network"),
        ("dga", {"payload": "x"}, "carries no payload"),
    ],
)
def test_what_cannot_be_made(scenario: str, words: dict[str, object], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        make(options(scenario, "/nowhere/x.pcap", **words))


def around(interface: Interface, *, authorised: bool) -> Surroundings:
    return Surroundings((interface,), interface, authorised, dry=False)


def test_namespaces_are_those_with_a_name(tmp_path: Path) -> None:
    named, proc = tmp_path / "netns", tmp_path / "proc"
    (proc / "self/ns").mkdir(parents=True)
    (proc / "1/ns").mkdir(parents=True)
    named.mkdir()
    assert not in_namespace(proc, named)
    for name in ("mine", "main"):
        (named / name).touch()
    (proc / "1/ns/net").symlink_to(named / "main")
    for name, expected in (("mine", True), ("main", False)):
        (proc / "self/ns/net").unlink(missing_ok=True)
        (proc / "self/ns/net").symlink_to(named / name)
        assert in_namespace(proc, named) is expected
    (proc / "self/ns/net").unlink()
    (tmp_path / "other").touch()
    (proc / "self/ns/net").symlink_to(tmp_path / "other")
    assert not in_namespace(proc, named)


def test_where_traffic_may_be_sent() -> None:
    """In the main namespace only with the user's word, and only to a network that is there."""
    network = ipaddress.ip_network("10.77.0.0/24")
    wired = Interface("eth0", addresses=("10.77.0.3/24",), up=True, default_route=True)
    other = Interface("eth1", addresses=("192.0.2.3/24",), up=True)
    assert require_sendable(around(other, authorised=False), network, namespace=True) == "eth1"
    for interface, reason in ((wired, "has the default route"), (other, "not in a network namespace")):
        with pytest.raises(UsageError, match=reason):
            require_sendable(around(interface, authorised=False), network, namespace=False)
    assert require_sendable(around(wired, authorised=True), network, namespace=False) == "eth0"
    with pytest.raises(UsageError, match="no network of eth1"):
        require_sendable(around(other, authorised=True), network, namespace=False)
    with pytest.raises(UsageError, match="needs an interface"):
        require_sendable(Surroundings((), None, True, dry=False), network, namespace=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"netwatch_labels": 2, "labels": []}',
        '{"netwatch_labels": 1, "labels": 5}',
        '{"netwatch_labels": 1, "labels": [5]}',
        '{"netwatch_labels": 1, "labels": [{"detectors": ["a"]}]}',
        '{"netwatch_labels": 1, "labels": [{"detectors": [1], "source": "", "destination": "", "first": 1, "last": 1,'
        ' "start": 0, "end": 0, "what": ""}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_label_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.labels.json"
    path.write_text(text)
    with pytest.raises(FileError) as caught:
        read_labels(str(path))
    assert "\n" not in str(caught.value)
