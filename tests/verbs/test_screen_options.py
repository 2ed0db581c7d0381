"""How often the screen is drawn: as the user says, else seldom where somebody's link carries it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from netwatch.settings import Settings
from netwatch.verbs.opening import Opened
from netwatch.verbs.screen_options import LOW_REFRESH, REFRESH, REMOTE_REFRESH, is_thin, refresh_of


@pytest.mark.parametrize(
    ("wanted", "session", "environment", "rate"),
    [
        (0.0, "", {}, REFRESH),
        (0.0, "", {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, REMOTE_REFRESH),
        (0.0, "10.0.0.1:1 > 10.0.0.2:22", {}, REMOTE_REFRESH),  # sudo takes the variable away
        (9.0, "10.0.0.1:1 > 10.0.0.2:22", {"SSH_CONNECTION": "x"}, 9.0),
    ],
)
def test_refresh(wanted: float, session: str, environment: dict[str, str], rate: float) -> None:
    """Four frames a second over SSH, found by the session even under sudo."""
    live = SimpleNamespace(own_session=session)
    opened = Opened(None, live, Settings(refresh=wanted), session)
    assert refresh_of(opened, environment) == rate


@pytest.mark.parametrize(
    ("settings", "remote", "thin", "rate"),
    [
        (Settings(), False, False, REFRESH),
        (Settings(), True, True, REMOTE_REFRESH),
        (Settings(low_bandwidth=True), False, True, LOW_REFRESH),
        (Settings(plain_output=True), True, False, REMOTE_REFRESH),
        (Settings(reduced_motion=True), False, False, LOW_REFRESH),
    ],
    ids=["here", "ssh", "low", "plain", "still"],
)
def test_what_is_sent(settings: Settings, remote: bool, thin: bool, rate: float) -> None:
    """Only what differs where that matters, unless the user says otherwise."""
    environment = {"SSH_CONNECTION": "x"} if remote else {}
    opened = Opened(None, None, settings, "")
    assert (is_thin(opened, environment), refresh_of(opened, environment)) == (thin, rate)
