"""The columns: widths by terminal width alone, everything that matters readable at 80 columns."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from netwatch.tui.widgets.packet_columns import endpoint, layout, sets, usual_set
from tests.build import START_NS, packet

ALL = [
    (width, chosen, time_of_day)
    for width in (80, 99, 100, 139, 140, 160, 220)
    for chosen, time_of_day in product(range(sets(width)), (False, True))
]
GUTTER, SCROLLBAR, GAP = 2, 1, 1

ROW = replace(
    packet(1),
    source="192.168.16.34",
    source_port=43948,
    destination="192.168.16.100",
    destination_port=8006,
    protocol="TCP",
    info="43948 > 8006 [S] seq=1 win=64240 len=0",
)


@pytest.mark.parametrize(("width", "chosen", "time_of_day"), ALL)
@pytest.mark.parametrize(
    "row",
    [
        packet(1),
        replace(packet(1), source="2001:db8:85a3::8a2e:370:7334", destination="fe80::1ff:fe23:4567:890a"),
        replace(packet(1), source="s" * 300, protocol="P" * 99, vlan="1.2.3.4", interface="i" * 15, length=2**32 - 1),
        replace(packet(1), source="漢字" * 20, interface="é" * 9, time_ns=START_NS - 10**18),
    ],
    ids=("usual", "ipv6", "huge", "wide"),
)
def test_every_cell_is_as_wide_as_its_column(width: int, chosen: int, time_of_day: bool, row: object) -> None:
    """Nothing that a packet says can push a column aside."""
    columns = layout(width, chosen, 3, time_of_day=time_of_day)
    cells = columns.cells(row, START_NS, time_of_day=time_of_day)
    assert [cell_len(cell) for cell in cells] == [column.width for column in columns.columns]
    assert len(columns.title()) == sum(column.width + 1 for column in columns.columns) - 1


@pytest.mark.parametrize("width", range(80, 240, 5))
def test_the_usual_columns_leave_room_for_the_info(width: int) -> None:
    """At least `52144 > 443 [S]`, at 80 columns too."""
    columns = layout(width, usual_set(width), 6, time_of_day=False)
    assert width - SCROLLBAR - GUTTER - len(columns.title()) - GAP >= len("52144 > 443 [S]")


@pytest.mark.parametrize("width", [80, 100, 160])
def test_ends_ttl_and_flags_can_be_read_from_one_row(width: int) -> None:
    """`192.168.16.34:43948 > 192.168.16.100:8006 TTL 64 S` at every width, by one or two presses of `c`."""
    columns = layout(width, 1, 5, time_of_day=False)
    cells = columns.cells(ROW, START_NS, time_of_day=False)
    room = width - SCROLLBAR - GUTTER - len(columns.title()) - GAP
    shown = " ".join([*cells, columns.info(ROW)[:room]])
    for part in ("192.168.16.34", "43948", "192.168.16.100", "8006", " 64 ", "[S]"):
        assert part in shown


def test_ports_are_said_once() -> None:
    """Beside the addresses where there is room, else in the info column."""
    assert layout(80, 0, 5, time_of_day=False).info(ROW) == ROW.info
    assert layout(120, 0, 5, time_of_day=False).info(ROW) == "[S] seq=1 win=64240 len=0"
    arp = packet(4)
    assert layout(120, 0, 5, time_of_day=False).info(arp) == arp.info


@given(st.integers(1, 20))
def test_numbers_are_never_cut(digits: int) -> None:
    """At a million packets a second ten million are reached at once."""
    row = replace(packet(1), number=10**digits - 1)
    columns = layout(80, 0, digits, time_of_day=False)
    assert columns.cells(row, START_NS, time_of_day=False)[0].strip() == "9" * digits


def test_endpoints() -> None:
    """IPv6 addresses get brackets before a port."""
    assert endpoint("10.0.0.1", 53) == "10.0.0.1:53"
    assert endpoint("2001:db8::1", 53) == "[2001:db8::1]:53"
    assert endpoint("2001:db8::1", -1) == "2001:db8::1"
