"""What the engine answers, with everything replaced that names somebody."""

from __future__ import annotations

from netwatch.redact.redactor import Redactor
from netwatch.redact.shown import shown
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
