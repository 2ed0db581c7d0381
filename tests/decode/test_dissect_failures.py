"""Layers that fail, that never end, and a Scapy that cannot be loaded."""

import sys
import time
from contextlib import suppress

import pytest
from dissected import DNS, assert_covers, names, taken_apart
from packet_bytes import (
    tcp_frame,
    udp_frame,
)

from netwatch.decode import dissect as dissect_module
from netwatch.decode.dissect import warm_up
from netwatch.decode.dissect_deadline import OutOfTimeError, deadline


def test_a_layer_that_fails_leaves_the_others(monkeypatch):
    from scapy.layers.dns import DNS as LAYER

    def broken(*_arguments):
        raise AttributeError("no such\x1bthing")

    monkeypatch.setattr(LAYER, "do_dissect", broken)
    found = taken_apart(udp_frame(DNS))
    assert names(found) == ["Ethernet", "IP", "UDP", "DNS"]  # our name for what Scapy could not read
    assert found.note == "DNS could not be read: AttributeError: no such\\x1bthing"
    assert_covers(found)


def test_a_layer_that_never_ends_is_stopped(monkeypatch):
    from scapy.layers.dns import DNS as LAYER

    def endless(*_arguments):
        while True:
            step()

    def step():
        return None

    monkeypatch.setattr(LAYER, "do_dissect", endless)
    monkeypatch.setattr(dissect_module, "SECONDS", 0.05)
    found = taken_apart(udp_frame(DNS))
    assert names(found) == ["Ethernet", "IP", "UDP", "DNS"]
    assert "stopped after" in found.note
    assert sys.gettrace() is None or sys.gettrace().__name__ != "look"


def test_the_deadline_passes_through_except_exception():
    def swallow():
        for _ in range(1000):
            with suppress(Exception):
                pause()

    def pause():
        time.sleep(0.001)

    with pytest.raises(OutOfTimeError), deadline(0.01):
        swallow()


def test_a_scapy_that_cannot_be_loaded_is_said(monkeypatch):
    def broken(*_enough):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(dissect_module, "import_basics", broken)
    warm_up()
    found = taken_apart(tcp_frame())
    assert names(found) == ["Raw"]
    assert found.note == "Scapy cannot be loaded: PermissionError: [Errno 13] Permission denied"
