"""The packet screen: fields and their bytes, both ways; related packets; all the room; tshark beside."""

from __future__ import annotations

import gzip
import threading
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from textual.widgets import OptionList

from netwatch.examine.http_messages import http_chunks
from netwatch.tables.stream import Chunk, Stream
from netwatch.tui.screens.follow import FollowScreen
from netwatch.tui.widgets.bits_line import bits_line
from netwatch.tui.widgets.detail import PacketDetail
from netwatch.tui.widgets.hexdump import Hexdump
from netwatch.tui.widgets.layers import Layers
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.packets import PacketTable
from netwatch.tui.widgets.stream_lines import StreamLines
from tests.tui.screen import check_frame, monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from netwatch.tui.app import NetwatchApp

SIZES = {"80x24": (80, 24), "160x45": (160, 45)}


async def opened(app: NetwatchApp, pilot: Pilot[int], number: int) -> PacketDetail:
    """Open a packet and wait for it."""
    table = app._monitor.query_one(PacketTable)
    await pilot.press("g")
    table.go(number)
    await pilot.press("enter")
    await settle(app, pilot, lambda: f"#{number} " in text_of(app) and "Ethernet" in text_of(app))
    return app._monitor.query_one(PacketDetail)


@pytest.mark.parametrize("size", SIZES)
async def test_zoomed_packet(size: str) -> None:
    """Tree, notes, bytes and bits have the whole pane."""
    async with monitor(SIZES[size]) as (app, pilot):
        await opened(app, pilot, 4)
        layers = app._monitor.query_one(Layers)
        before = layers.size.height
        await pilot.press("z")
        await settle(app, pilot, lambda: layers.has_focus and layers.size.height > before)
        layers.find(42)
        await check_frame(app, pilot, f"packet-{size}")
        await pilot.press("z")
        assert app._monitor.query_one(PacketTable).has_focus


async def test_field_to_bytes_and_back() -> None:
    """The field under the cursor has its bytes set off; a byte that is chosen finds its field."""
    async with monitor(SIZES["160x45"]) as (app, pilot):
        await opened(app, pilot, 4)
        layers, dump = app._monitor.query_one(Layers), app._monitor.query_one(Hexdump)
        layers.focus()
        await pilot.press("j")
        assert layers.name_chosen == "id"
        await settle(app, pilot, lambda: dump._marked == range(42, 44))
        assert "0x0000 = 0" in text_of(app)
        dump.focus()
        await pilot.press("right", "right")
        await settle(app, pilot, lambda: layers.name_chosen != "id")
        assert layers.name_chosen == "qr"
        assert "[1]0000001" in text_of(app)
        await pilot.press("up", "up")
        await settle(app, pilot, lambda: layers.name_chosen == "src" or layers.name_chosen == "type")
        await pilot.click(Hexdump, offset=(7, 0))
        await settle(app, pilot, lambda: layers.name_chosen == "dst")
        await pilot.click(Hexdump, offset=(7 + 48 + 2 + 12, 0))
        await settle(app, pilot, lambda: layers.name_chosen == "type")


async def test_related_packets_by_key() -> None:
    """From anywhere in the packet: answer, flow, handshake; where there is none that is said."""
    async with monitor() as (app, pilot):
        table = app._monitor.query_one(PacketTable)
        await opened(app, pilot, 3)
        app._monitor.query_one(Layers).focus()
        await pilot.press("A")
        await settle(app, pilot, lambda: table.number == 4)
        await pilot.press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n", "ctrl+b")
        assert table.number == 7
        await pilot.press("H")
        await settle(app, pilot, lambda: table.number == 5)
        await pilot.press("right_parenthesis")
        await settle(app, pilot, lambda: table.number == 6)
        await pilot.press("left_parenthesis")
        await settle(app, pilot, lambda: table.number == 5)
        await pilot.press("left_parenthesis")
        await settle(app, pilot, lambda: "no earlier packet" in str(app._monitor.query_one(Notice).render()))


async def test_notes_lead_to_packets() -> None:
    """Enter on a note goes to the packet that it speaks of."""
    async with monitor(SIZES["160x45"]) as (app, pilot):
        await opened(app, pilot, 4)
        layers = app._monitor.query_one(Layers)
        layers.focus()
        await pilot.press("g", "enter")
        await settle(app, pilot, lambda: "answers packet 3" in text_of(app))
        row = next(row for row in range(9) if "answers packet" in layers._lines[row].value)
        layers.go(row)
        await pilot.press("enter")
        await settle(app, pilot, lambda: app._monitor.query_one(PacketTable).number == 3)


async def test_tshark_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """D shows its words, or that it is not installed."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    async with monitor(SIZES["160x45"]) as (app, pilot):
        await opened(app, pilot, 4)
        await pilot.press("D")
        await settle(app, pilot, lambda: "tshark is not installed" in text_of(app))
        await pilot.press("D")
        await settle(app, pilot, lambda: "0000  3c 22" in text_of(app))


def test_bits_of_fields() -> None:
    """Number, bits, text; brackets where a field does not fill its bytes."""
    frame = bytes.fromhex("4500abcd41424344")
    assert bits_line(frame, 0, 4, "version") == "version   byte 0 of 8   0x4 = 4   [0100]0101   'E'"
    assert (
        bits_line(frame, 16, 16)
        == "bytes 2..3 of 8   0xabcd = 43981   1010 1011 1100 1101   little-endian 52651   '..'"
    )
    assert bits_line(frame, 0, 64, "all") == "all   bytes 0..7 of 8   'E...ABCD'"
    assert "cannot be told" in bits_line(frame, -1, 0, "x")


@pytest.mark.parametrize("size", SIZES)
async def test_following(size: str, tmp_path: Path) -> None:
    """Both sides in their forms, searched, saved; Enter shows the packet."""
    async with monitor(SIZES[size], save_folder=tmp_path) as (app, pilot):
        table = app._monitor.query_one(PacketTable)
        await pilot.press("g")
        table.go(10)
        await pilot.press("o")
        await settle(app, pilot, lambda: isinstance(app.screen, FollowScreen) and "> GET" in text_of(app))
        await check_frame(app, pilot, f"follow-{size}")
        await pilot.press("tab", "tab")
        await settle(app, pilot, lambda: "00000000  47 45 54" in text_of(app))
        await pilot.press("b", "b")
        await settle(app, pilot, lambda: "00000000  48 54 54 50" in text_of(app) and "47 45 54" not in text_of(app))
        await pilot.press("slash", *"html", "enter", "tab")
        await settle(app, pilot, lambda: "raw   only <" in text_of(app))
        await pilot.press("2")
        await settle(app, pilot, lambda: "saved" in text_of(app))
        (saved,) = tmp_path.glob("stream_server_*.bin")
        assert saved.read_bytes().startswith(b"HTTP/1.1 200 OK")
        assert saved.stat().st_mode & 0o777 == 0o600
        await pilot.press("n")
        await settle(app, pilot, lambda: "html: once round, from the beginning again" in text_of(app))
        lines = app.screen.query_one(StreamLines)
        await pilot.press("g", "slash", *["backspace"] * 4, *"3c70", "enter")
        await settle(app, pilot, lambda: lines.cursor > 0)
        await pilot.press("question_mark")
        await settle(app, pilot, lambda: "save what the client said" in text_of(app))
        await pilot.press("question_mark", "enter")
        await settle(app, pilot, lambda: not isinstance(app.screen, FollowScreen))
        assert table.number == 10


async def test_marks_comments_and_leaving() -> None:
    """Marked and commented packets can be seen and gone to; leaving asks first."""
    async with monitor() as (app, pilot):
        table = app._monitor.query_one(PacketTable)
        await pilot.press("apostrophe")
        await settle(app, pilot, lambda: "no packet is marked" in text_of(app))
        await pilot.press("g", "j", "m", "j", "j", "j", "m", "j", "C")
        await settle(app, pilot, lambda: "Comment on packet 6" in text_of(app))
        await pilot.press(*"look", "enter")
        await settle(app, pilot, lambda: "packet 6 has a comment" in text_of(app))
        lines = text_of(app).splitlines()
        assert [line[1] for line in lines[4:10]] == list(' *  *"')
        await pilot.press("apostrophe")
        assert table.number == 2
        await pilot.press("apostrophe")
        assert table.number == 5
        await pilot.press("q")
        await settle(app, pilot, lambda: "2 packets are marked. 1 packet is commented." in text_of(app))
        await pilot.press("n")
        assert app.is_running


async def test_copying_a_scapy_command() -> None:
    """It stands among the forms of a packet."""
    async with monitor() as (app, pilot):
        await pilot.press("g", "y")
        await settle(app, pilot, lambda: "Ether(dst=" in text_of(app))
        line = next(line for line in text_of(app).splitlines() if "Ether(dst=" in line)
        assert "Scapy command" in line


async def test_the_copy_menu_does_not_wait_for_an_export() -> None:
    """It is there while the worker is busy; what Scapy says comes when that is done, and is chosen like the others."""
    async with monitor() as (app, pilot):
        done = threading.Event()
        app._engine.work(lambda _request: done.wait(60))
        try:
            await pilot.press("g", "y")
            await settle(app, pilot, lambda: "Python bytes" in text_of(app))
            assert "is being made" in text_of(app)
            await pilot.press("k")  # round to the last that can be chosen
            await pilot.pause()
            assert app.screen.query_one(OptionList).highlighted == len(app.screen._forms) - 1
        finally:
            done.set()
        await settle(app, pilot, lambda: "Ether(dst=" in text_of(app))
        await pilot.press("j", "enter")
        await settle(app, pilot, lambda: "copied as Scapy command: Ether(" in text_of(app))
        assert app.clipboard.startswith("Ether(")


async def test_nothing_to_copy_is_said() -> None:
    """Where there is no row, y says so."""
    async with monitor() as (app, pilot):
        await pilot.press("3")
        await settle(app, pilot, lambda: "flows" in text_of(app))
        await pilot.press("ampersand", *"nobody", "enter")
        await settle(app, pilot, lambda: " 0 flows" in text_of(app))  # until then y copies what still stands there
        await pilot.press("y")
        await settle(app, pilot, lambda: "nothing to copy" in text_of(app))


HEAD = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
BODY = b"<p>\tthe body</p>\n"


async def test_a_search_in_a_conversation_begins_at_the_cursor(tmp_path: Path) -> None:
    """What stands in the first line is found, behind the last place comes the first, and what is not there is said."""
    said = Stream("TCP", ("a", "b"), (Chunk(0, b"GET / one\nGET / two\n", 1), Chunk(1, b"\tget none\n", 2)), 2)
    async with monitor() as (app, pilot):
        app.push_screen(FollowScreen(app._engine, said, tmp_path))
        await settle(app, pilot, lambda: "> GET / one" in text_of(app))
        lines = app.screen.query_one(StreamLines)
        assert "<         get none" in text_of(app)
        await pilot.press("slash", *"get", "enter")
        await settle(app, pilot, lambda: lines._found == b"get")
        assert lines.cursor == 0
        row = lines.row_segments(1, 40, selected=False)
        assert [segment.text for segment in row if segment.style and segment.style.reverse] == ["GET"]
        for place in (1, 2, 0):
            await pilot.press("n")
            assert lines.cursor == place
        await settle(app, pilot, lambda: "get: once round, from the beginning again" in text_of(app))
        await pilot.press("N")
        await settle(app, pilot, lambda: "get: once round, from the end again" in text_of(app))
        assert lines.cursor == 2
        await pilot.press("slash", *"s", "enter")
        await settle(app, pilot, lambda: "s: not found" in text_of(app))


async def test_saving_http_as_it_is_shown(tmp_path: Path) -> None:
    """In the HTTP form bodies are saved unpacked, in the others what went over the wire."""
    packed = gzip.compress(BODY, mtime=0)
    wire = HEAD % len(packed) + packed
    chunks = (Chunk(0, b"GET / HTTP/1.1\r\n\r\n", 1), Chunk(1, wire, 2))
    said = Stream("TCP", ("a", "b"), chunks, 2, http=http_chunks(chunks))
    async with monitor() as (app, pilot):
        app.push_screen(FollowScreen(app._engine, said, tmp_path))
        await settle(app, pilot, lambda: "< <p>     the body</p>" in text_of(app))
        await pilot.press("2")
        await settle(app, pilot, lambda: "bodies unpacked, to" in text_of(app))
        (unpacked,) = tmp_path.iterdir()
        assert unpacked.read_bytes() == HEAD % len(packed) + BODY
        await pilot.press("tab", "2")
        await settle(app, pilot, lambda: len([*tmp_path.iterdir()]) == 2)
        (bare,) = {*tmp_path.iterdir()} - {unpacked}
        assert bare.read_bytes() == wire


@pytest.mark.parametrize("width", [80, 120])
async def test_no_text_of_a_conversation_lies_beyond_the_edge(width: int) -> None:
    """However long its lines are, and whatever takes more than a cell or less."""
    said = (
        b"x" * 300
        + b"\r\n\r\n"
        + bytes(range(128)) * 3
        + "\u6f22\u5b57 \u00e9".encode() * 70
        + b"\n"
        + b"y" * 77
        + b"\n"
    )
    async with monitor((width, 30)) as (app, pilot):
        lines = StreamLines()
        await app.screen.mount(lines)
        lines.show((Chunk(0, said, 1),), "text")
        await pilot.pause()
        rows = [lines.row_segments(row, 10_000, selected=False) for row in range(lines.last + 1)]
        texts = ["".join(segment.text for segment in row).rstrip() for row in rows]
        assert all(cell_len(text) <= width - 1 for text in texts)
        assert "".join(text[2:] for text in texts).count("x") >= 300
        assert sum(text.count("\u6f22") for text in texts) == 70
        assert texts[-1] == "> " + "y" * 77
