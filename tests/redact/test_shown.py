"""What the engine answers, with everything replaced that names somebody."""

from __future__ import annotations

import re

from netwatch.redact.redactor import Redactor
from netwatch.redact.shown import shown
from netwatch.snapshot import Snapshot
from netwatch.track.address_filter import address_filter


def test_the_name_of_a_host_is_a_name_though_it_has_one_label() -> None:
    """It is on the screen as long as the packets are narrowed to that host; which packets pass stays."""
    laptop = address_filter("laptop", ("10.0.0.5", "fe80::5"))
    assert laptop.label == "laptop, 2 addresses"
    redacted = shown(laptop, Redactor(bytes(32)))
    assert "laptop" not in redacted.label
    assert redacted.label.endswith(", 2 addresses")
    assert redacted.addresses == laptop.addresses


def test_one_address_is_all_that_is_said() -> None:
    """Of a host without a name."""
    assert address_filter("10.0.0.5", ("10.0.0.5",)).label == "10.0.0.5"


def test_files_have_other_names_and_interfaces_keep_theirs() -> None:
    """A file is called after what is in it; its ending tells nothing."""
    redactor = Redactor(bytes(32))
    for name, ending in (
        ("acme lan 10.66.0.1.pcap", ".pcap"),
        ("acme.pcapng.zst and 2 more", ".pcapng.zst and 2 more"),
    ):
        source = shown(Snapshot(source=name), redactor).source
        assert source.endswith(ending)
        assert not {"acme", "lan", "10.66.0.1"} & set(re.split("[ .]", source.removesuffix(ending)))
    assert shown(Snapshot(source="eth0, wlan0.12", live=True), redactor).source == "eth0, wlan0.12"
