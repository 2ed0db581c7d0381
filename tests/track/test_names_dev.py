"""Names and hosts of real captures, beside what tshark says of them."""

from __future__ import annotations

import json
from functools import cache

import pytest
from host_packets import DEV, Network, halves

from netwatch.tables.query import TableQuery
from netwatch.track.name_store import NameKind
from netwatch.track.vendors import Vendors

pytestmark = pytest.mark.skipif(not (DEV / "truth.json").exists(), reason=f"no captures in {DEV}")

LARGEST = 300_000
"""Bytes of the captures that are read, so that the tests stay fast."""


@cache
def truth():
    return json.loads((DEV / "truth.json").read_text())["files"]


@cache
def network(name):
    return Network().read(DEV / name)


def learned(names, kind):
    """Return all names of a kind."""
    addresses = zip(*(half.tolist() for half in names.find_addresses("")), strict=True)
    return {name.name for address in addresses for name in names.names(*address) if name.kind is kind}


def test_names_of_dns_are_those_that_were_asked_for():
    seen = 0
    for name, facts in truth().items():
        if not name.startswith(("dns/", "benign/", "http/")) or facts["file"]["size"] > LARGEST:
            continue
        asked = {row[1].lower() for row in facts["dns"]["names"]}
        found = learned(network(name).names, NameKind.DNS)
        assert found <= asked, name
        seen += len(found)
    assert seen > 80


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        ("dns/ipfixprobe__inputs_dnssd.pcap", "147.229.180.52", "desktop-m3jamsq.local"),
        ("dns/network-analys__network_forensics_dns-ptr.pcapng", "24.6.150.207", "c-24-6-150-207.hsd1.ca.comcast.net"),
        ("dns/suricata-verif__llmnr-authority-additional_input.pcap", "192.168.1.10", "server.local"),
        ("dns/suricata-verif__smb2-ntlmssp-negotiateflags_input.pcap", "192.168.199.133", "DESKTOP-V1FA0UQ"),
        ("dns/suricata-verif__smb2-ntlmssp-negotiateflags_input.pcap", "00:0c:29:61:f5:5f", "DESKTOP-V1FA0UQ"),
        ("dns/zeek__Traces_wikipedia-filtered-plus-udp.pcap", "208.80.152.3", "upload.wikimedia.org"),
        ("dns/zeek__smb_smb_v2_only_non_zero_reserved1.pcap", "172.31.112.17", "WIN-I82B81NSLLJ"),
        ("dns/ja4__pcap_sshv1.pcap", "3ffe:501:0:1001::2", "www.wide.ad.jp"),
        ("other/malcolm-test-a__protocols_DHCP.pcap", "192.168.15.250", "pop-os"),
    ],
)
def test_the_best_name(name, address, expected):
    assert network(name).names.best(*halves(address)) == expected


def hosts(name):
    found = network(name).hosts.page(TableQuery("bytes", count=1000)).table
    return {address: row for row, address in enumerate(found.address)}, found


def test_a_small_network_with_a_gateway():
    """A plug that sets itself up: its two addresses, the gateway that names everything, servers behind it."""
    rows, found = hosts("dns/iot_sentinel__EdimaxPlug1101W_Setup-C-14-STA.pcap")
    plug, gateway, server = rows["10.10.10.186"], rows["10.10.10.1"], rows["122.248.252.67"]
    assert found.addresses[plug] == ("10.10.10.186", "192.168.20.3")
    assert found.mac[plug] == "74:da:38:4a:76:49"
    assert found.roles[gateway] == ("gateway", "dns")
    assert found.services[gateway] == ("53/udp domain",)
    assert (found.mac[server], found.via[server], found.name[server]) == ("", found.mac[gateway], "www.myedimax.com")


def test_vendors_of_a_real_network():
    rows, found = hosts("arp/ipfixprobe__inputs_arp.pcap")
    vendors = Vendors()
    macs = {address: int(found.mac[row].replace(":", "") or "0", 16) for address, row in rows.items()}
    assert vendors.name(macs["192.168.0.251"]) == "Raspberry Pi Foundation"
    assert vendors.name(macs["192.168.0.11"]) == "Intel Corporate"
    assert found.roles[rows["192.168.0.37"]] == ("silent",)
