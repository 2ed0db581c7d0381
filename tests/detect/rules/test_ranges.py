"""Addresses and ports, by variables of the user too."""

from __future__ import annotations

import pytest

from netwatch.detect.rules import ranges as ranges_module
from netwatch.detect.rules.ranges import addresses, ports
from netwatch.detect.rules.variables import variables
from netwatch.errors import UsageError
from tests.detect.rules.rule_events import number


def test_variables_of_the_user() -> None:
    """A definition that is neither addresses nor ports is refused at once."""
    chosen = variables(["HOME_NET=[10.0.0.0/8,!10.0.0.1]", "$MINE = [1,2:3]"])
    assert number("10.0.0.2") in addresses("$HOME_NET", chosen)
    assert number("10.0.0.1") not in addresses("$HOME_NET", chosen)
    assert number("10.0.0.1") in addresses("!$HOME_NET", chosen)
    assert 2 in ports("$MINE", chosen)
    for wrong in ("HOME_NET", "HOME_NET=", "A B=1", "X=nothing", "X=$X"):
        with pytest.raises(UsageError):
            variables([wrong])


@pytest.mark.parametrize(
    "text", ["any", "80", "!80", "[80,443]", "[1:1024,!22]", "[!80,!443]", "[8000:,![9000:9100]]", ":7"]
)
def test_a_table_of_ports_says_the_same(text: str) -> None:
    """The fast way to ask for all ports is the slow one for each."""
    ranges = ports(text, {})
    assert ranges.table(65536).tolist() == [port in ranges for port in range(65536)]


def test_a_list_is_read_once_and_anew_with_other_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    before = ranges_module._network
    monkeypatch.setattr(ranges_module, "_network", lambda text: read.append(text) or before(text))
    for _ in range(100):
        assert number("10.91.2.3") in addresses("$A", {"A": "10.91.0.0/16"})
        assert number("10.91.2.3") not in addresses("$A", {"A": "10.92.0.0/16"})
    assert read == ["10.91.0.0/16", "10.92.0.0/16"]
