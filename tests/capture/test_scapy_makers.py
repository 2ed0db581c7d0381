"""Scapy's own list of makers: gone after the import of the sniffer, and back as soon as a field asks for it."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import scapy.data
from scapy.config import conf
entries = dict(scapy.data.MANUFDB.d)
from netwatch.capture.host import SnifferThread
thread = SnifferThread(lambda: False)
thread.start()
thread.stop(5)
later = scapy.data.MANUFDB
print(later.entries, conf.manufdb is later)
from scapy.fields import OUIField
print(OUIField("maker", 0).i2repr(None, 0xB827EB), len(later.d) == len(entries) > 30000)
from netwatch.capture.scapy_makers import put_makers_off
put_makers_off()
print(scapy.data.MANUFDB is later, later._resolve_MAC("b8:27:eb:00:00:01"), later._resolve_MAC("02:00:00:00:00:01"))
"""


def test_makers_come_when_they_are_asked_for() -> None:
    """In a process of its own, whose Scapy nobody else uses."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    gone, field, again = done.stdout.splitlines()
    assert gone == "{} True"
    assert field == "Raspberry Pi Foundation (b8:27:eb) True"
    assert again.startswith("True ")
    assert again.endswith(":00:00:01 02:00:00:00:00:01")
    assert "b8:27:eb" not in again


FORBIDDEN = """
import scapy.data
from netwatch.capture.scapy_makers import put_makers_off
scapy.data.MANUFDB._name = "/nowhere/manuf"
put_makers_off()
print(scapy.data.MANUFDB._get_manuf("b8:27:eb:00:00:01"))
"""


def test_a_list_that_cannot_be_read_any_more_is_scapys_own() -> None:
    """A sandbox may have come between; the packet is dissected all the same."""
    done = subprocess.run([sys.executable, "-c", FORBIDDEN], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Raspberry Pi")
