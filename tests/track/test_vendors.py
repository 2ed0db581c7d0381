"""Vendors of MAC addresses: Scapy's list, blocks of all sizes, and lists that are not there."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from host_packets import MANUFACTURERS, mac

from netwatch.track.vendors import LOCAL_TEXT, Vendors, alphabetical, scapy_manufacturers


def number(text):
    return int.from_bytes(mac(text), "big")


@pytest.mark.parametrize(
    ("address", "vendor"),
    [
        ("00:00:0c:12:34:56", "Cisco Systems, Inc"),
        ("00:1b:c5:00:1f:ff", "OpenRB.com, Direct SIA"),
        ("00:1b:c5:00:2f:ff", ""),
        ("00:55:da:1f:ff:ff", "KoolPOS Inc."),
        ("00:55:da:2f:ff:ff", ""),
        ("02:07:01:00:00:01", "Racal-Datacom"),
        ("02:42:ac:11:00:02", LOCAL_TEXT),
        ("01:00:5e:00:00:fb", ""),
        ("ff:ff:ff:ff:ff:ff", ""),
        ("00:00:00:00:00:00", ""),
        ("fc:fc:fc:00:00:00", ""),
    ],
)
def test_blocks_of_all_sizes(address, vendor):
    vendors = Vendors(lambda: MANUFACTURERS)
    assert vendors.name(number(address)) == vendor
    assert vendors.name(number(address)) == vendor


def test_the_list_is_read_when_it_is_needed_and_once():
    reads = []

    def read():
        reads.append(1)
        return MANUFACTURERS

    vendors = Vendors(read)
    assert vendors.name(0) == ""
    assert not reads
    assert vendors.name(number("00:00:0c:00:00:01")) == "Cisco Systems, Inc"
    vendors.load()
    vendors.name(number("00:10:4b:00:00:01"))
    assert reads == [1]


def test_lines_that_are_odd():
    vendors = Vendors(lambda: "00:00:01\n00:00:02 \n00:00:03 \t\n00:00:04 \tshort\n00:00:05 \tx\t\x1b[2J\n00:00:06 \ty")
    names = [vendors.name(number(f"00:00:0{n}:00:00:00")) for n in range(1, 7)]
    assert names == ["", "", "", "short", "\\x1b[2J", "y"]


def test_scapys_list_and_what_reading_it_loads():
    """Without Scapy itself, which takes a second to import."""
    assert Vendors().name(number("b8:27:eb:00:00:01")) == "Raspberry Pi Foundation"
    assert scapy_manufacturers().count("\n") > 30_000
    code = (
        "import sys\nfrom netwatch.track.vendors import Vendors\nVendors().name(0xB827EB000001)\n"
        "print([name for name in sys.modules if name.startswith('scapy')])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize("content", [None, "", 'DATA = _d("""\n!!!!\n""")', 'DATA = _d("""\n0000000000\n""")'])
def test_a_list_that_cannot_be_read_knows_nobody(content, tmp_path, monkeypatch):
    (tmp_path / "scapy" / "libs").mkdir(parents=True)
    (tmp_path / "scapy" / "__init__.py").touch()
    if content is not None:
        (tmp_path / "scapy" / "libs" / "manuf.py").write_text(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "scapy", raising=False)
    assert Vendors(scapy_manufacturers).name(number("00:00:0c:00:00:01")) == ""


def test_alphabetical_places():
    places = alphabetical(["b", "", "A", "c", "B"]).tolist()
    assert places[2] < places[0] == places[4] < places[3]
    assert math.isnan(places[1])


def test_a_list_in_any_order_whose_later_lines_count():
    text = "00:00:05\tfive\n00:00:01\tone\n00:00:05\tsix\n\n#00:00:07\tseven\n00:00:0A\tlast"
    vendors = Vendors(lambda: text)
    names = [vendors.name(number(f"00:00:{n:02x}:00:00:00")) for n in (1, 5, 7, 10)]
    assert names == ["one", "six", "", "last"]
