"""`E` on an alert: the question, the file, the command, and what a look found."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from netwatch.errors import NetwatchError
from netwatch.tables.enrichment import Look
from netwatch.tui.enriching import Wish, enrich_command, hosts_of
from tests.detect.scenes import attack_engine
from tests.tui.screen import check_frame, monitor, settle, text_of


@dataclass
class CannedLooker:
    """Finds always the same, or fails."""

    error: NetwatchError | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=lambda: {"host": "192.0.2.1", "arp": None})
    told: tuple[tuple[str, str], ...] = (("ARP entry", "-"), ("round trip", "0.031 ms, 3 of 3 answered"))

    def look(self, host: str, interface: str) -> CannedLooker:
        """Note who was asked for."""
        self.asked.append((host, interface))
        if self.error is not None:
            raise self.error
        return self


async def to_alert(app, pilot) -> None:
    """Go to the alert of the scan."""
    await pilot.press("6")
    await settle(app, pilot, lambda: "scan.vertical" in text_of(app))
    await pilot.press("j", "E")
    await settle(app, pilot, lambda: "This sends to" in text_of(app))


def alert_in(folder: Path) -> dict[str, Any]:
    """The alert in the only file of a folder."""
    (path,) = folder.glob("alert_*.json")
    assert path.stat().st_mode & 0o777 == 0o600
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
async def test_the_question_names_what_is_sent(size: tuple[int, int]) -> None:
    async with monitor(size, engine=attack_engine()) as (app, pilot):
        await to_alert(app, pilot)
        await check_frame(app, pilot, f"enrich-{size[0]}x{size[1]}")


async def test_without_rights_the_alert_is_written_and_the_command_shown(tmp_path: Path) -> None:
    async with monitor((160, 45), engine=attack_engine(), save_folder=tmp_path) as (app, pilot):
        await to_alert(app, pilot)
        await pilot.press("escape")
        await settle(app, pilot, lambda: "This sends to" not in text_of(app))
        assert list(tmp_path.iterdir()) == []
        await pilot.press("enter")
        await settle(app, pilot, lambda: "What the rule looks for" in text_of(app))
        await pilot.press("E")
        await settle(app, pilot, lambda: "This sends to" in text_of(app))
        await pilot.press("j", "enter")
        await settle(app, pilot, lambda: "sudo" in text_of(app))
        assert "lab enrich" in text_of(app)
        assert "--host dst" in text_of(app)
        assert alert_in(tmp_path)["id"] == "scan.vertical"
        assert "enrichment" not in alert_in(tmp_path)
        await pilot.press("y")
        assert app.clipboard.startswith("sudo ")
        await pilot.press("escape")
        await settle(app, pilot, lambda: "lab enrich" not in text_of(app))


async def test_a_look_is_shown_and_kept_in_the_file(tmp_path: Path) -> None:
    looker = CannedLooker()
    options = {"engine": attack_engine(), "save_folder": tmp_path, "looker": looker}
    async with monitor((120, 32), **options) as (app, pilot):
        await to_alert(app, pilot)
        assert looker.asked == []
        await pilot.press("y")
        await settle(app, pilot, lambda: "3 of 3 answered" in text_of(app))
        alert = alert_in(tmp_path)
        assert looker.asked == [(alert["src"], "")]
        assert alert["enrichment"] == [looker.found]


async def test_a_look_that_fails_says_why_and_leaves_the_file(tmp_path: Path) -> None:
    looker = CannedLooker(NetwatchError("at most 10 looks a minute are sent"))
    options = {"engine": attack_engine(), "save_folder": tmp_path, "looker": looker}
    async with monitor((120, 32), **options) as (app, pilot):
        await to_alert(app, pilot)
        await pilot.press("enter")
        await settle(app, pilot, lambda: "looks a minute" in text_of(app))
        assert "enrichment" not in alert_in(tmp_path)


def alert(source: str, destination: str) -> Any:
    """An alert of which only the addresses matter."""

    @dataclass
    class Ends:
        source: str
        destination: str

    return Ends(source, destination)


def test_only_addresses_of_one_host_are_offered() -> None:
    assert hosts_of(alert("192.0.2.1", "fd98::1")) == [("source", "192.0.2.1"), ("destination", "fd98::1")]
    assert hosts_of(alert("192.0.2.1", "192.0.2.1")) == [("source", "192.0.2.1")]
    for nobody in ("", "several", "224.0.0.251", "255.255.255.255", "ff02::1", "0.0.0.0", "02:00:00:00:00:01"):
        assert hosts_of(alert(nobody, nobody)) == []


def test_the_command_says_what_the_question_said() -> None:
    wish = Wish(alert("fe80::1", "192.0.2.1"), Path("/tmp/a b.json"), "fe80::1", "eth0")
    assert enrich_command(wish, Look(resolve=False)).endswith(" lab enrich '/tmp/a b.json' -i eth0 -n")
    wish = Wish(alert("fe80::1", "192.0.2.1"), Path("/tmp/a.json"), "192.0.2.1", "")
    assert enrich_command(wish, Look()).endswith(" lab enrich /tmp/a.json --host dst")
