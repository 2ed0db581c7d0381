"""Replacements: the same each time, with prefixes kept, and back again where somebody types one."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from netwatch.redact.redactor import BLOCKS, BLOCKS_6, KEPT, Redactor

KEY = bytes(range(32))


def common(one: str, other: str) -> int:
    """Return how many leading bits two addresses share."""
    first, second = ip_address(one), ip_address(other)
    return first.max_prefixlen - (int(first) ^ int(second)).bit_length()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("8.8.8.8", "8.8.4.4"),
        ("93.184.216.34", "93.184.216.35"),
        ("10.0.0.1", "10.200.0.1"),
        ("1.1.1.1", "200.1.1.1"),
        ("2001:db8::1", "2001:db8::2"),
        ("fe80::1", "fe80::2:1"),
        ("2001:db8::1", "2a00::1"),
    ],
)
def test_prefixes_are_kept(one: str, other: str) -> None:
    """Two addresses share as many bits as before, no more and no fewer."""
    redactor = Redactor(KEY)
    assert common(redactor.address(one), redactor.address(other)) == common(one, other)
    assert redactor.address(one) != one


def test_no_two_become_one() -> None:
    """A block is mapped onto itself, one to one, and what names nobody stays."""
    redactor = Redactor(KEY)
    for text in (*BLOCKS, *BLOCKS_6):
        network = ip_network(text)
        for address in (network[0], network[1], network[-1]):
            assert ip_address(redactor.address(str(address))) in network
    inside = [f"192.168.0.{number}" for number in range(256)]
    assert len({redactor.address(text) for text in inside}) == len(inside)
    for text in KEPT:
        assert redactor.address(str(ip_network(text)[-1])) == str(ip_network(text)[-1])


def test_another_key_replaces_otherwise() -> None:
    """And keys are drawn."""
    assert len({Redactor().address("8.8.8.8") for _ in range(8)}) > 1
    assert len({Redactor().name("nas") for _ in range(8)}) > 1


def test_macs() -> None:
    """Cards of one maker stay of one maker; groups stay, and so does whether a local one."""
    redactor = Redactor(KEY)
    one, other = (redactor.packed(bytes.fromhex(f"3c22fb1011{last}")) for last in ("12", "13"))
    assert one[:5] == other[:5] != bytes.fromhex("3c22fb1011")
    assert one != other
    assert one[0] & 3 == 0
    for kept in ("ffffffffffff", "01005e000001", "000000000000"):
        assert redactor.packed(bytes.fromhex(kept)).hex() == kept


def test_names() -> None:
    """Names of a domain stay in one; service labels stay; reverse names follow their addresses."""
    redactor = Redactor(KEY)
    domain = redactor.name("example.com")
    assert domain.endswith(".com")
    assert redactor.name("www.EXAMPLE.com").endswith(f".{domain}")
    assert redactor.name("_http._tcp.local") == "_http._tcp.local"
    assert redactor.name("nas") not in ("nas", redactor.name("nas2"))
    back = ".".join(reversed(redactor.address("10.0.0.1").split(".")))
    assert redactor.name("1.0.0.10.in-addr.arpa") == f"{back}.in-addr.arpa"


@pytest.mark.parametrize(
    "text", ["TLSv1.2", "12:34:56.789", "id=0x0001", "53 > 41800 [SA]", "HTTP/1.1 200 OK", "1.5 s", "", "::"]
)
def test_other_text_stays(text: str) -> None:
    """Numbers, times and versions are no addresses."""
    assert Redactor(KEY).text(text) == text


@pytest.mark.parametrize(
    "secret", ["3c:22:fb:10:11:12", "3c-22-fb-10-11-12", "10.20.30.40", "2001:db8::1", "fe80::2:1"]
)
@pytest.mark.parametrize(
    "said",
    ["took it from {}: it uses", "{}.", "{}, {};", "({})", "<{}>", "'{}'", "{}", "before: {}\nnow", "is {}?", "{}:"],
)
def test_nothing_beside_an_address_keeps_it(said: str, secret: str) -> None:
    """Sentences end behind them, and go on behind a colon."""
    redactor = Redactor(KEY)
    shown = redactor.text(said.replace("{}", secret))
    assert secret not in shown
    assert redactor.real(shown) == said.replace("{}", secret)


def test_text_and_back() -> None:
    """What is read off the screen means what it stands for."""
    redactor = Redactor(KEY)
    said = "A? www.example.com 10.0.0.1:53 > [2001:db8::1] 3c:22:fb:10:11:12 10.0.0.0/8 A? nas"
    shown = redactor.text(said)
    for secret in ("example", "10.0.0.1", "2001:db8", "3c:22", "nas"):
        assert secret not in shown
    assert "10.0.0.0/8" in shown
    assert redactor.real(shown.replace("10.0.0.0/8", "")) == said.replace("10.0.0.0/8", "")
    wanted = f'ip.addr == {redactor.address("10.0.0.1")} && dns.qry.name == "{redactor.name("www.example.com")}"'
    assert redactor.real(wanted) == 'ip.addr == 10.0.0.1 && dns.qry.name == "www.example.com"'
    assert redactor.filter('ip.addr == 10.0.0.1 && dns.qry.name == "www.example.com"') == wanted


@pytest.mark.parametrize(
    "network", ["10.66.0.0/24", "10.64.0.0/10", "10.0.0.0/8", "203.0.113.128/25", "fd66::/64", "0.0.0.0/0"]
)
def test_a_network_off_the_screen_is_the_real_one(network: str) -> None:
    """Also one that nobody has seen: what is asked for is worked out of the addresses that are."""
    redactor = Redactor(KEY)
    shown = redactor.text(f"net {network}")
    assert Redactor(KEY).real(shown) == redactor.real(shown) == f"net {network}"
    inside = ip_network(network)[0]
    assert ip_address(redactor.address(str(inside))) in ip_network(shown.removeprefix("net "))


def test_filters_and_back() -> None:
    """BPF's short networks and parts of names in quotes name somebody as well."""
    redactor = Redactor(KEY)
    for said, secret, meant in (
        ("tcp and net 10.66 or net 172", "10.66", "tcp and net 10.66.0.0/16 or net 172.0.0.0/8"),
        ("src net 10.66.3 and host db.example.org", "10.66.3", "src net 10.66.3.0/24 and host db.example.org"),
    ):
        shown = redactor.capture_filter(said)
        assert secret not in shown
        assert "example" not in shown
        assert redactor.real(shown) == meant
    for said in ('http.host contains "Shop" && tcp', 'frame matches "(?i)shop.*lan" or ip.addr == 10.66.0.0/24'):
        shown = redactor.filter(said)
        assert "shop" not in shown.lower()
        assert "10.66" not in shown
        assert redactor.real(shown) == said
    assert redactor.filter('tcp.port == 443 && data contains "1234"') == 'tcp.port == 443 && data contains "1234"'


@pytest.mark.parametrize("length", [40, 64])
def test_hashes_of_certificates(length: int) -> None:
    """Logs that everybody may read have them with their names; shorter ones are of programs, and stay."""
    redactor = Redactor(KEY)
    digest = ("0123456789abcdef" * 4)[:length]
    shown = redactor.text(f"fingerprint: {digest}  key: RSA 2048")
    assert digest not in shown
    assert len(shown) == len(f"fingerprint: {digest}  key: RSA 2048")
    assert redactor.real(shown) == f"fingerprint: {digest}  key: RSA 2048"
    assert redactor.text("ja3 " + "0123456789abcdef" * 2) == "ja3 " + "0123456789abcdef" * 2
