"""Redaction on the screen: in every pane, in what is saved and copied, begun and ended while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
