"""The display filter on the screen: typed, completed, made of a row, saved, a time range; every pane follows."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from netwatch.filter.display_filter import compile_filter
from netwatch.tables.query import TableQuery
from netwatch.tables.resolution import Resolution
from netwatch.tui.copies import copies, row_copies
from netwatch.tui.panes.alerts import ALERTS, ALERTS_BY_TIME
from netwatch.tui.panes.carrier import Carrier
from netwatch.tui.panes.choice import PANES, views_of
from netwatch.tui.panes.conditions import of_row, overview, packet
from netwatch.tui.saved_filters import LONGEST, SavedFilters
from netwatch.tui.screens.as_filter import combined
from netwatch.tui.thin import ShownCells
from netwatch.tui.widgets.packets import PacketTable
from netwatch.tui.widgets.prompt import Prompt
from tests.detect.scenes import attack_engine
from tests.scenes import SceneSource, day, frames_of, running_engine, scene_engine, wait_for
from tests.tui.screen import check_frame, monitor, settle, text_of
from tests.web_scene import web_engine

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from netwatch.tui.app import NetwatchApp


async def see(app: NetwatchApp, pilot: Pilot[int], text: str) -> None:
    """Type a display filter and wait until everything is seen through it."""
    await pilot.press("slash")
    await settle(app, pilot, lambda: "Tab completes" in text_of(app))
    app.screen.query_one("#display-text").value = text
    await pilot.press("enter")
    await settle(app, pilot, lambda: f" of 112 {text[:10]}" in text_of(app))


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_one_filter_narrows_every_pane(size: tuple[int, int]) -> None:
    """The chip counts the matches; packets, flows, DNS and the overview are of them; Esc brings all back."""
    async with monitor(size) as (app, pilot):
        await see(app, pilot, "tcp.port == 443")
        await settle(app, pilot, lambda: "32 of 112" in text_of(app))
        assert "ARP" not in text_of(app).split("Proto")[1]
        await check_frame(app, pilot, f"display_filter_{size[0]}")
        await pilot.press("3")
        await settle(app, pilot, lambda: "8 flows" in text_of(app))
        await pilot.press("5")
        await settle(app, pilot, lambda: "0 look-ups" in text_of(app))
        await pilot.press("4")
        await settle(app, pilot, lambda: "8 attempts" in text_of(app) or "8 handshakes" in text_of(app))
        await pilot.press("1")
        await settle(app, pilot, lambda: "TCP attempts 8: 8 complete" in text_of(app))
        await pilot.press("escape")
        await settle(app, pilot, lambda: "TCP attempts 16" in text_of(app))
        assert "of 112" not in text_of(app)
        await pilot.press("2")
        await settle(app, pilot, lambda: "ARP" in text_of(app))


async def test_a_filter_narrows_paused_packets() -> None:
    """What is paused is looked through too, up to where it was paused; Esc and going on show all again."""
    async with monitor((120, 40)) as (app, pilot):
        await pilot.press("space")
        table = app._monitor.query_one(PacketTable)
        await see(app, pilot, "tcp.port == 443")
        await settle(app, pilot, lambda: len(table.shown_numbers()) == 32)
        assert "PAUSED" in text_of(app)
        assert "ARP" not in text_of(app).split("Proto")[1]
        await pilot.press("escape")
        await settle(app, pilot, lambda: len(table.shown_numbers()) == 112)
        await see(app, pilot, "arp")
        await settle(app, pilot, lambda: len(table.shown_numbers()) == 16)
        await pilot.press("space")
        await settle(app, pilot, lambda: "PAUSED" not in text_of(app))
        assert len(table.shown_numbers()) == 16


async def test_a_mistake_is_shown_and_the_prompt_completes(tmp_path: Path) -> None:
    """A wrong filter is not applied; Tab takes the next completion; history and saved filters come back."""
    async with monitor(history_file=tmp_path / "capture-filters") as (app, pilot):
        await pilot.press("slash", *"tcp.prot")
        await settle(app, pilot, lambda: "did you mean tcp.port" in text_of(app))
        await pilot.press("enter")
        assert "character 1" in text_of(app)
        await pilot.press(*["backspace"] * 4, *"flags.sy")
        await settle(app, pilot, lambda: "tcp.flags.syn       " in text_of(app))
        await pilot.press("tab", "space", "equals_sign", "equals_sign", "space", "T")
        await settle(app, pilot, lambda: "True      " in text_of(app))
        await check_frame(app, pilot, "display_prompt_80")
        await pilot.press("tab")
        await settle(app, pilot, lambda: "\n ok" in text_of(app))
        line = app.screen.query_one("#display-text")
        assert line.value == "tcp.flags.syn == True"
        await pilot.press("x", "ctrl+s", *"syns", "enter")
        await settle(app, pilot, lambda: "character 18" in text_of(app))
        assert not (tmp_path / "saved-filters.json").exists()
        await pilot.press("backspace", "ctrl+s", *"syns", "enter")
        await settle(app, pilot, lambda: "\n ok" in text_of(app))
        assert "@syns stands for it" in text_of(app)  # beside the verdict, which comes later
        await pilot.press("enter")
        await settle(app, pilot, lambda: "24 of 112" in text_of(app))
        assert json.loads((tmp_path / "saved-filters.json").read_text()) == {"syns": "tcp.flags.syn == True"}
        line.value = ""
        await pilot.press("slash", *["backspace"] * 30, *"arp or @syns")
        await settle(app, pilot, lambda: "@syns  " in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: "40 of 112" in text_of(app))
        await pilot.press("slash", "up")
        assert line.value == "arp or @syns"
        await pilot.press("up")
        assert line.value == "tcp.flags.syn == True"
        await pilot.press("escape")
        assert not app.screen.query_one("DisplayPrompt").is_open


async def test_a_saved_filter_is_forgotten(tmp_path: Path) -> None:
    """By its name alone; anything else says how."""
    (tmp_path / "saved-filters.json").write_text(json.dumps({"syns": "tcp.flags.syn == True", "web": "tcp.port == 80"}))
    async with monitor((120, 40), history_file=tmp_path / "capture-filters") as (app, pilot):
        await pilot.press("slash", "@")
        await settle(app, pilot, lambda: "@syns  " in text_of(app) and "@web  " in text_of(app))
        await pilot.press("ctrl+r")
        await settle(app, pilot, lambda: "to have it forgotten" in text_of(app))
        await pilot.press(*"syns", "ctrl+r")
        await settle(app, pilot, lambda: "Enter applies" in text_of(app))
        assert "forgotten: @syns" in text_of(app)
        assert json.loads((tmp_path / "saved-filters.json").read_text()) == {"web": "tcp.port == 80"}


async def test_a_prompt_takes_the_place_of_one_that_asks_for_a_name() -> None:
    """Esc leaves the name only; another prompt, opened by a click, leaves both."""
    async with monitor((120, 40)) as (app, pilot):
        await pilot.press("slash", *"arp", "ctrl+s")
        await settle(app, pilot, lambda: "a name for arp" in text_of(app))
        await app._monitor.action_command()
        await pilot.pause()
        assert [type(prompt).__name__ for prompt in app._monitor.query(Prompt) if prompt.is_open] == ["CommandPrompt"]


async def test_a_filter_is_made_of_the_row() -> None:
    """`a` in the packets and in the flows: is, is not, and, or."""
    async with monitor() as (app, pilot):
        await pilot.press("g", "j", "j", "a")
        await settle(app, pilot, lambda: "Filter by" in text_of(app))
        assert "ip.src == 10.0.0.17" in text_of(app)
        await check_frame(app, pilot, "as_filter_80")
        await pilot.press("j", "enter")
        await settle(app, pilot, lambda: "56 of 112" in text_of(app))
        await pilot.press("3")
        await settle(app, pilot, lambda: "flows" in text_of(app) and "TLS" in text_of(app))
        await pilot.press("a")
        await settle(app, pilot, lambda: "this flow" in text_of(app))
        await pilot.press("j", "ampersand")
        await settle(app, pilot, lambda: "9 flows" in text_of(app))
        await pilot.press("escape")
        await settle(app, pilot, lambda: "of 112" not in text_of(app))


async def test_a_filter_is_made_of_what_the_overview_lists() -> None:
    """Of talkers, names, outcomes and ports."""
    async with monitor((160, 45)) as (app, pilot):
        await pilot.press("1")
        await settle(app, pilot, lambda: "Top talkers" in text_of(app))
        await pilot.press("a")
        await settle(app, pilot, lambda: "Filter by" in text_of(app))
        assert "ip.addr == 10.0.0.17" in text_of(app)
        await pilot.press("j", "enter")
        await settle(app, pilot, lambda: " of 112 " in text_of(app))


async def test_a_time_range_by_keys_and_by_mouse() -> None:
    """[ and ] take the time of the packet under the cursor; the graph is brushed with the mouse."""
    async with monitor((160, 45)) as (app, pilot):
        await pilot.press("g", *["j"] * 13, "left_square_bracket")
        await settle(app, pilot, lambda: "99 of 112" in text_of(app))
        await pilot.press("g", *["j"] * 13, "right_square_bracket")
        await settle(app, pilot, lambda: "14 of 112" in text_of(app))
        await pilot.press("slash", *"arp", "enter")
        await settle(app, pilot, lambda: "2 of 112" in text_of(app))
        await pilot.press("escape")
        await settle(app, pilot, lambda: "[/ 16 of 112 arp" in text_of(app))
        await pilot.press("escape")
        await settle(app, pilot, lambda: "of 112" not in text_of(app))
        await pilot.press("1")
        await settle(app, pilot, lambda: "Throughput" in text_of(app))
        pane = app.screen.query_one("OverviewPane")
        await settle(app, pilot, lambda: pane._latest is not None)
        await pilot.mouse_down(pane, offset=(100, 4))
        await pilot.hover(pane, offset=(158, 4))
        await pilot.mouse_up(pane, offset=(158, 4))
        await settle(app, pilot, lambda: "112 of 112" in text_of(app))
        await pilot.press("escape")
        await settle(app, pilot, lambda: "of 112" not in text_of(app))


def test_how_filters_are_combined() -> None:
    """Each part keeps its own precedence."""
    assert combined("a or b", "c && d", "and not") == "(a or b) and (!(c && d))"
    assert combined("", "c", "and") == "c"
    assert combined("a", "c", "") == "c"
    assert combined("a", "c", "not") == "!(c)"


SCENES = {
    "day": (lambda: scene_engine()[0], "flows handshakes services dns dns_names dns_servers hosts neighbours"),
    "web": (web_engine, "flows web web_names web_agents certificates"),
    "attack": (attack_engine, "alerts alerts_by_time services"),
}

SORTS = {view.table: view.sort for pane in PANES for view in (*views_of(pane.id), ALERTS, ALERTS_BY_TIME)}


@pytest.mark.parametrize("scene", SCENES)
def test_every_condition_is_a_filter(scene: str) -> None:
    """Rows of every table of every pane offer something, and whatever they offer is understood."""
    make, tables = SCENES[scene]
    engine = make()
    try:
        offered = [pair for row in engine.rows(1, 14) for pair in packet(row, "tcp")]
        for name in tables.split():
            page = engine.page(name, TableQuery(SORTS[name])).result(180)
            rows = [of_row(name, page.table, index) for index in range(len(page.table))]
            assert rows, name
            assert all(rows), name
            offered += [pair for row in rows for pair in row]
        offered += (listed := overview(engine.overview(Resolution.SECOND, 100).result(180)))
        assert listed
        for words, expression in offered:
            assert words
            compile_filter(expression)
    finally:
        engine.close()


@pytest.mark.parametrize(
    ("cells", "conditions", "forms"),
    [
        (
            [("From", "10.0.0.1:9 "), ("Name", " ")],
            [("conversation", "ip.addr == 10.0.0.1 && ip.addr == 10.0.0.2 && udp.port == 9 && udp.port == 9")],
            {
                "From": "10.0.0.1:9",
                "BPF filter": "host 10.0.0.1 and host 10.0.0.2 and udp port 9",
                "tcpdump command": "tcpdump -n 'host 10.0.0.1 and host 10.0.0.2 and udp port 9'",
            },
        ),
        ([], [("address ::1", "ipv6.addr == ::1")], {"BPF filter": "host ::1", "Wireshark filter": "ipv6.addr == ::1"}),
        ([], [("address 0:1", "eth.addr == 00:00:5e:00:53:01")], {"BPF filter": "ether host 00:00:5e:00:53:01"}),
        ([], [("conversation", "flow.id == 3")], {"Wireshark filter": "flow.id == 3", "row": "line"}),
    ],
    ids=("both", "address", "card", "neither"),
)
def test_forms_of_a_row(cells: list[tuple[str, str]], conditions: list[tuple[str, str]], forms: dict[str, str]) -> None:
    """Cells, and what other tools need to show the same; what they cannot say is left out."""
    found = dict(row_copies("line", cells, conditions))
    assert found.items() >= forms.items()
    assert ("BPF filter" in found) == ("BPF filter" in forms)
    assert "Name" not in found


async def test_the_clipboard_behind_tmux(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is copied goes to tmux, and wrapped to the terminal that tmux is in."""
    async with monitor() as (app, _):
        written: list[str] = []
        monkeypatch.setattr(app._driver, "write", written.append)
        monkeypatch.delenv("TMUX", raising=False)
        app.copy_to_clipboard("tcp")
        monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
        app.copy_to_clipboard("tcp")
        plain = "\x1b]52;c;dGNw\x07"
        copied = [text for text in written if "52;c" in text]
        assert copied == [plain, plain, f"\x1bPtmux;\x1b{plain}\x1b\\"]
        assert "".join(copied) in ShownCells().thin("".join(copied))


def test_saved_filters_survive_nonsense(tmp_path: Path) -> None:
    """Files with anything inside are read without harm; names inside names are bounded."""
    path = tmp_path / "saved.json"
    path.write_text('{"a b": "x", "ok": "tcp", "n": 3}')
    saved = SavedFilters(path)
    assert saved.by_name == {"ok": "tcp"}
    assert not saved.save("a b", "udp")
    assert saved.save("self", "@self or @ok")
    assert "@self" in saved.expanded("@self")
    assert saved.expanded("x @ok y @no") == "x (tcp) y @no"
    assert saved.forget("ok")
    assert not saved.forget("ok")
    assert SavedFilters(path).by_name == {"self": "@self or @ok"}
    assert saved.save("many", "@many " * 100)
    assert LONGEST < len(saved.expanded("@many")) < 10 * LONGEST
    path.write_text("[")
    assert SavedFilters(path).by_name == {}


async def test_packets_are_found_and_gone_to() -> None:
    """Ctrl+F, n, N and a number after a colon."""
    async with monitor() as (app, pilot):
        table = app._monitor._packets.table
        await pilot.press("g", "ctrl+f", *"echo", "tab", "tab", "tab")
        await settle(app, pilot, lambda: "info: text in protocol" in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: table.number == 11)
        await pilot.press("n")
        await settle(app, pilot, lambda: table.number == 12)
        await pilot.press("N")
        await settle(app, pilot, lambda: table.number == 11)
        await pilot.press("N")
        await settle(app, pilot, lambda: "not found above" in text_of(app))
        await pilot.press("colon", *"77", "enter")
        await settle(app, pilot, lambda: table.number == 77)
        await pilot.press("1", "colon", *"9999", "enter")
        await settle(app, pilot, lambda: table.number == 112)


async def test_a_packet_is_copied_in_the_form_one_wants() -> None:
    """Bytes for programs, filters for other tools, through the terminal's clipboard."""
    async with monitor() as (app, pilot):
        await pilot.press("g", "j", "j", "y")
        await settle(app, pilot, lambda: "C array" in text_of(app))
        await pilot.press("j", "enter")
        frame = app._engine.frame(3)
        assert app.clipboard == frame.hex()
        row = app._engine.rows(3, 1)[0]
        forms = dict(copies(row, "line", frame, by=Carrier("udp")))
        assert eval(forms["Python bytes"]) == frame
        assert forms["C array"].startswith(f"unsigned char packet[{len(frame)}] = {{\n    0x00, 0x1c,")
        assert base64.b64decode(forms["base64"]) == frame
        ports = "udp port 41800 and udp port 53"
        assert forms["tcpdump command"] == f"tcpdump -n 'host 10.0.0.17 and host 10.0.0.1 and {ports}'"
        assert "ip.addr == 10.0.0.17 && ip.addr == 10.0.0.1" in forms["Wireshark filter"]


async def test_enter_on_a_row_without_packets_of_its_own() -> None:
    """Offers filters made of it, as on a service."""
    async with monitor((120, 30)) as (app, pilot):
        await pilot.press("4", "b")
        await settle(app, pilot, lambda: " services " in text_of(app) and "10.0.0.5:23" in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: "Filter by" in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: app._monitor._snapshot.view is not None)


async def test_a_packet_is_gone_to_that_was_found_before_it_is_shown() -> None:
    """A search asks the buffer, which knows packets that the table learns of with the next tick."""
    source = SceneSource([frames_of(day())])
    async with monitor(engine=running_engine(source, 112)) as (app, pilot):
        table = app._monitor.query_one(PacketTable)
        await settle(app, pilot, lambda: table.number == 112)
        app._monitor._ticking.pause()
        source.blocks.append(frames_of(day()))
        source.wake()
        wait_for(lambda: app._engine.snapshot().packets == 224)
        await pilot.press("ctrl+f", *"GET /", "enter")
        await settle(app, pilot, lambda: "GET /: packet 121 " in text_of(app))
        assert table.last == 112
        app._monitor._ticking.resume()
        await settle(app, pilot, lambda: table.number == 121)
