"""The columns: widths by terminal width alone, everything that matters readable at 80 columns."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from netwatch.tables.row_fact import RowFact
from netwatch.tui.packet_look import TIMES, OwnColumn, Times
from netwatch.tui.widgets.packet_columns import endpoint, layout, own_layout, sets, usual_set
from netwatch.tui.widgets.packet_times import REFERENCE, Clock
from tests.build import START_NS, packet

if TYPE_CHECKING:
    from netwatch.dissection import PacketRow

ALL = [
    (width, chosen, times)
    for width in (80, 99, 100, 139, 140, 160, 220)
    for chosen, times in product(range(sets(width)), TIMES)
]
CLOCK = Clock("relative", START_NS)
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


@pytest.mark.parametrize(("width", "chosen", "times"), ALL)
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
def test_every_cell_is_as_wide_as_its_column(width: int, chosen: int, times: Times, row: PacketRow) -> None:
    """Nothing that a packet says can push a column aside."""
    columns = layout(width, chosen, 3, times)
    cells = columns.cells(row, Clock(times, START_NS))
    assert [cell_len(cell) for cell in cells] == [column.width for column in columns.columns]
    assert len(columns.title()) == sum(column.width + 1 for column in columns.columns) - 1


@pytest.mark.parametrize("width", range(80, 240, 5))
def test_the_usual_columns_leave_room_for_the_info(width: int) -> None:
    """At least `52144 > 443 [S]`, at 80 columns too."""
    columns = layout(width, usual_set(width), 6)
    assert width - SCROLLBAR - GUTTER - len(columns.title()) - GAP >= len("52144 > 443 [S]")


@pytest.mark.parametrize("width", [80, 100, 160])
def test_ends_ttl_and_flags_can_be_read_from_one_row(width: int) -> None:
    """`192.168.16.34:43948 > 192.168.16.100:8006 TTL 64 S` at every width, by one or two presses of `c`."""
    columns = layout(width, 1, 5)
    cells = columns.cells(ROW, CLOCK)
    room = width - SCROLLBAR - GUTTER - len(columns.title()) - GAP
    shown = " ".join([*cells, columns.info(ROW)[:room]])
    for part in ("192.168.16.34", "43948", "192.168.16.100", "8006", " 64 ", "[S]"):
        assert part in shown


def test_ports_are_said_once() -> None:
    """Beside the addresses where there is room, else in the info column."""
    assert layout(80, 0, 5).info(ROW) == ROW.info
    assert layout(120, 0, 5).info(ROW) == "[S] seq=1 win=64240 len=0"
    arp = packet(4)
    assert layout(120, 0, 5).info(arp) == arp.info


@given(st.integers(1, 20))
def test_numbers_are_never_cut(digits: int) -> None:
    """At a million packets a second ten million are reached at once."""
    row = replace(packet(1), number=10**digits - 1)
    columns = layout(80, 0, digits)
    assert columns.cells(row, CLOCK)[0].strip() == "9" * digits


def test_endpoints() -> None:
    """IPv6 addresses get brackets before a port."""
    assert endpoint("10.0.0.1", 53) == "10.0.0.1:53"
    assert endpoint("2001:db8::1", 53) == "[2001:db8::1]:53"
    assert endpoint("2001:db8::1", -1) == "2001:db8::1"


OWN = (
    OwnColumn("protocol"),
    OwnColumn("ip.ttl", 5),
    OwnColumn("info"),
    OwnColumn("time", shown=False),
    OwnColumn("number", 3),
)


def test_own_columns_in_their_order_and_width() -> None:
    """Fields have the cells that were read for them; a number is never cut, a hidden column is not there."""
    columns = own_layout(80, OWN, 7)
    assert [column.field for column in columns.columns] == ["protocol", "ip.ttl", "number"]
    assert [column.width for column in columns.columns] == [6, 5, 7]
    assert columns.cells(ROW, CLOCK, RowFact(("64",))) == ["TCP   ", "64   ", "      1"]
    assert columns.cells(ROW, CLOCK)[1] == "     "
    assert columns.protocol == 0
    assert columns.info(ROW) == ROW.info
    assert own_layout(80, OWN[:2], 7).info(ROW) == ""


FIELDS = st.sampled_from(["time", "source", "eth.src", "x"])


@given(st.integers(20, 300), st.lists(st.tuples(FIELDS, st.integers(0, 80))))
def test_own_columns_leave_room_for_the_info(width: int, wanted: list[tuple[str, int]]) -> None:
    """Whatever is wanted, at any width."""
    columns = own_layout(width, (*(OwnColumn(name, size) for name, size in wanted), OwnColumn("info")), 5)
    assert len(columns.columns) <= 1 or len(columns.title()) <= width - 16


def test_names_stand_in_place_of_addresses() -> None:
    """Where there are any; ports stay."""
    cells = layout(160, 0, 5).cells(ROW, CLOCK, RowFact(names=("client.example", "")))
    assert cells[2].strip() == "client.example:43948"
    assert cells[3].strip() == "192.168.16.100:8006"


def test_each_form_of_times() -> None:
    """Relative, of day, UTC, with date, since the packet before, since a reference."""
    row = replace(packet(7), time_ns=START_NS + 61_250_000_000)

    def shown(clock: Clock) -> str:
        return clock.text(row, row.time_ns - 5_000, 26).strip()

    assert shown(Clock("relative", START_NS)) == "61.250000"
    assert shown(Clock("utc", START_NS)) == "00:01:01.250000Z"
    assert shown(Clock("delta", START_NS)) == "0.000005"
    assert Clock("delta").text(row, None, 11) == "0.000000"
    assert shown(Clock("reference", START_NS)) == "61.250000"
    assert shown(Clock("reference", START_NS, ((3, START_NS + 1_250_000_000), (9, 0)))) == "60.000000"
    assert shown(Clock("reference", START_NS, ((7, row.time_ns),))) == REFERENCE
    assert shown(Clock("date", START_NS))[4::3][:2] == "--"
    assert shown(Clock("day", START_NS)).endswith(".250000")


def test_an_address_is_cut_before_it_is_left_out() -> None:
    """A longer form of times at 80 columns takes cells of the destination, not all of it."""
    wanted = tuple(OwnColumn(name) for name in ("number", "ip.ttl", "time", "source", "destination", "info"))
    usual, longer = (own_layout(80, wanted, 3, times).columns for times in ("relative", "utc"))
    assert (
        [column.field for column in usual] == [column.field for column in longer] == [each.field for each in wanted[:5]]
    )
    assert [[column.width for column in columns[2:]] for columns in (usual, longer)] == [[9, 15, 15], [13, 15, 14]]
