"""Redaction on the screen: in every pane, in what is saved and copied, begun and ended while it runs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from netwatch.tui.widgets.notice import Notice
from tests.detect.scenes import attack_engine
from tests.scenes import CLIENT, SERVER, wait_for
from tests.tui.screen import monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = (CLIENT, SERVER, "example", "3c:22:fb")


async def test_every_pane(tmp_path: Path) -> None:
    """Nothing of the scene can be read, and a snapshot has none of it either."""
    async with monitor((160, 45), save_folder=tmp_path) as (app, pilot):
        assert CLIENT in text_of(app)
        await pilot.press("colon", *"redact", "enter")
        await settle(app, pilot, lambda: "REDACTED" in text_of(app) and CLIENT not in text_of(app))
        for key in "1345678":
            await pilot.press(key)
            await settle(app, pilot, lambda: "REDACTED" in text_of(app))
            await pilot.pause(0.1)
            assert not [secret for secret in SECRETS if secret in text_of(app)], text_of(app)
        await pilot.press("2", "g", "enter")
        await settle(app, pilot, lambda: "Ethernet" in text_of(app))
        assert not [secret for secret in SECRETS if secret in text_of(app)], text_of(app)
        await pilot.press("escape", "s")
        wait_for(lambda: [*tmp_path.glob("*.pcap")])
        (saved,) = tmp_path.glob("*.pcap")
        data = saved.read_bytes()
        assert bytes([10, 0, 0, 17]) not in data
        assert b"example" not in data
        await pilot.press("X")
        await settle(app, pilot, lambda: CLIENT in text_of(app))


async def test_what_is_typed_is_put_back() -> None:
    """A filter made of what is seen finds the packets that it was made of."""
    async with monitor((160, 45)) as (app, pilot):
        await pilot.press("X")
        shown = app._engine.rows(3, 1)[0].source
        assert shown != CLIENT
        await pilot.press("slash", *f"ip.src == {shown}", "enter")
        await settle(app, pilot, lambda: "[/ 5" in text_of(app))
        assert app._engine.snapshot().view.text == f"ip.src == {shown}"
        app._engine.redact(on=False)
        assert app._engine.snapshot().view.text == f"ip.src == {CLIENT}"


async def test_what_keeps_real_addresses_is_told() -> None:
    """A file that goes on being written as it is, so that nobody gives it away by mistake; at 80 columns too."""
    async with monitor() as (app, pilot):
        app._engine.keeps = ("the file of events",)
        await pilot.press("X")
        await settle(app, pilot, lambda: "but the file of events still gets the" in text_of(app))


async def test_what_was_typed_before_is_not_shown(tmp_path: Path) -> None:
    """Filters of this run and of earlier ones, what was looked for, commands, quick filters: real words."""
    (tmp_path / "filters").write_text(f"host {SERVER}\n")
    (tmp_path / "display-filters").write_text(f"ip.addr == {SERVER}\n")
    (tmp_path / "saved-filters.json").write_text(json.dumps({"mine": 'dns.qry.name == "mail.example.org"'}))
    async with monitor((160, 45), history_file=tmp_path / "filters") as (app, pilot):
        await pilot.press("slash", *f'ip.addr == {CLIENT} && !(frame contains "examp")', "enter")
        await settle(app, pilot, lambda: "[/ " in text_of(app))
        await pilot.press("ctrl+f", *CLIENT, "enter")
        await settle(app, pilot, lambda: "not found" in text_of(app) or "n next" in text_of(app))
        await pilot.press("colon", *f"save /nowhere/{CLIENT}", "enter")
        await pilot.press("3", "ampersand", *CLIENT, "enter")
        await settle(app, pilot, lambda: f"&{CLIENT}" in text_of(app))
        await pilot.press("X")
        await settle(app, pilot, lambda: "REDACTED" in text_of(app) and CLIENT not in text_of(app))
        secret = re.compile("|".join(map(re.escape, (*SECRETS, "examp"))))
        for keys in (("slash", "up"), ("slash", *["backspace"] * 99, "at"), ("f", "up"), ("colon", "up"), ("ctrl+f",)):
            await pilot.press(*keys)
            await pilot.pause(0.3)
            assert not secret.search(text_of(app)), (keys, text_of(app))
            await pilot.press("escape")
        assert (tmp_path / "filters").read_text() == f"host {SERVER}\n"
        await pilot.press("X")
        await settle(app, pilot, lambda: "REDACTED" not in text_of(app))
        await pilot.press("f", "up")
        await settle(app, pilot, lambda: f"host {SERVER}" in text_of(app))


async def test_mutes_and_looks_mean_real_hosts() -> None:
    """A mute that is chosen of what is seen holds for the machine that stands behind it; nobody else is sent to."""
    async with monitor((120, 32), engine=attack_engine()) as (app, pilot):
        await pilot.press("6", "X")
        await settle(app, pilot, lambda: "REDACTED" in text_of(app) and "192.168.1.1" not in text_of(app))
        alerts = app._monitor.pane.list
        await settle(app, pilot, lambda: alerts.selected() is not None)
        total = alerts.total
        await pilot.press("E")
        await settle(app, pilot, lambda: "nobody is looked at while addresses are replaced" in text_of(app))
        await pilot.press("x")
        await settle(app, pilot, lambda: "Enter mutes" in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: alerts.total < total)
        shown = app._monitor.query_one(Notice).text.split(" of ")[1].split(",")[0].split(";")[0]
        await pilot.press("b", "b")
        await settle(app, pilot, lambda: "takes the mute back" in text_of(app) and f" of {shown}" in text_of(app))


async def test_a_comment_is_not_shown() -> None:
    """It is what the user wrote, with whatever names; one can still be written."""
    async with monitor() as (app, pilot):
        await pilot.press("g", "C", *f"from {CLIENT}", "enter", "X", "g", "C")
        await settle(app, pilot, lambda: "a comment is not shown while" in text_of(app))
        await pilot.press("j", "C")
        await settle(app, pilot, lambda: "Comment on packet 2" in text_of(app))
