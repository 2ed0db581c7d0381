"""DNS of a real server, TLS of real programs: who asked whom for what, and what the answer was."""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.child import PATIENCE
from tests.live.servers import certify, dnsmasq, need, nginx
from tests.live.sockets import connect
from tests.live.talk import Script, serving
from tests.live.tap import inside
from tests.scenes import dns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.live.child import Child
    from tests.live.conftest import Cable

pytestmark = pytest.mark.live

CLIENT, SERVER = "10.98.0.1", "10.98.0.2"
OPTIONS = ("--address=/www.test/192.0.2.80", "--address=/web.test/10.98.0.2")
LONG = tuple(f"--host-record=long.test,192.0.2.{at}" for at in range(1, 61))
"""More than fits into 512 bytes."""
TLS = "server {{ listen {address}:{port} ssl; ssl_protocols {version}; {files} root {folder}; }}"


class Resolver:
    """A client that keeps its sockets, so that it can be found out who it is."""

    def __init__(self, cable: Cable) -> None:
        self.over_tcp = connect(cable.one, SERVER, 53)
        with inside(cable.one):
            self.over_udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.over_udp.settimeout(PATIENCE)
        self.over_udp.connect((SERVER, 53))
        self._identifier = 0

    def ask(self, name: str) -> bytes:
        """Ask over UDP and return the answer."""
        self._identifier += 1
        self.over_udp.send(dns(self._identifier, name))
        return self.over_udp.recv(65536)

    def ask_again(self, name: str) -> None:
        """Ask over TCP and wait for the answer."""
        self._identifier += 1
        message = dns(self._identifier, name)
        self.over_tcp.sendall(struct.pack("!H", len(message)) + message)
        (size,) = struct.unpack("!H", self.over_tcp.recv(2, socket.MSG_WAITALL))
        assert len(self.over_tcp.recv(size, socket.MSG_WAITALL)) == size

    def close(self) -> None:
        """Close both sockets."""
        self.over_tcp.close()
        self.over_udp.close()


def test_dns(cable: Cable, child: Callable[..., Child], tmp_path: Path) -> None:
    """Every look-up is matched with its answer, over UDP and TCP, with its latency and who asked."""
    with dnsmasq(cable, cable.two, SERVER, *OPTIONS, *LONG):
        capturing = child("v0")
        resolver = Resolver(cable)
        for number in range(20):
            resolver.ask(f"{number}.www.test")
        resolver.ask("none.test")
        resolver.ask("web.test")
        resolver.ask("long.test")
        resolver.ask_again("long.test")
        rows = known(capturing, 24)
        infos = capturing.ask()["infos"]
        resolver.close()
        report = capturing.ask(f"report {tmp_path / 'saved.pcap'}")
    assert [row["state"] for row in rows] == ["answered"] * 24
    assert all(0 < row["latency_ns"] < PATIENCE * 1e9 for row in rows)
    assert {row["process"] for row in rows} == {"user root"}  # whose processes only root may see
    by_name = {(row["name"], row["transport"]): row for row in rows}
    assert by_name["19.www.test", "UDP"]["answers"] == ["A 192.0.2.80"]
    assert by_name["none.test", "UDP"]["rcode"] == "NXDOMAIN"
    cut, whole = by_name["long.test", "UDP"], by_name["long.test", "TCP"]
    assert (cut["truncated"], cut["tcp_fallback"], whole["tcp_fallback"]) == (True, True, True)
    assert whole["answer_count"] == 60
    assert {key: report["dns"][key] for key in ("queries", "responses", "matched", "unanswered")} == {
        "queries": 24,
        "responses": 24,
        "matched": 24,
        "unanswered": 0,
    }
    answers = [info for info in infos if "A 192.0.2.80" in info]
    assert len(answers) == 20
    assert all(info.endswith((" us", " ms", " s")) for info in answers)


def known(capturing: Child, count: int) -> list[dict[str, Any]]:
    """Return the look-ups once so many are answered and it is known who asked."""

    def settled(tables: dict[str, Any]) -> bool:
        rows = tables["dns"]
        done = [row for row in rows if row["state"] == "answered" and row["process"] not in ("", "unknown")]
        return len(done) >= count

    rows: list[dict[str, Any]] = capturing.until(settled, command="tables")["dns"]
    return rows


def fetch(cable: Cable, *words: str) -> None:
    """Run curl in namespace `one`."""
    cable.run(cable.one, "curl", "-sSk", "--noproxy", "*", "-m", str(PATIENCE), "-o", "/dev/null", *words)


def test_tls(cable: Cable, child: Callable[..., Child], tmp_path: Path) -> None:
    """Versions, names and, up to TLS 1.2, certificates; flows have the name that was asked for."""
    need("curl", "nginx")
    key, certificate = certify(tmp_path, "web.test")
    files = f"ssl_certificate {certificate}; ssl_certificate_key {key};"
    servers = [
        TLS.format(address=SERVER, port=port, version=version, files=files, folder=tmp_path)
        for port, version in ((443, "TLSv1.2"), (8443, "TLSv1.3"))
    ]
    (tmp_path / "page").write_bytes(b"hello " * 1000)
    with nginx(cable, cable.two, [SERVER], tmp_path, "\n".join(servers)):
        capturing = child("v0")
        for port in (443, 8443):
            fetch(cable, "--resolve", f"web.test:{port}:{SERVER}", f"https://web.test:{port}/page")
        fetch(cable, "--resolve", f"plain.test:80:{SERVER}", "http://plain.test/page")
        tables = capturing.until(
            lambda tables: [row["outcome"] for row in tables["web"]] == ["answered"] * 3, command="tables"
        )
        infos = capturing.ask()["infos"]
        report = capturing.ask(f"report {tmp_path / 'saved.pcap'}")
    old, new, plain = tables["web"]
    assert [(row["kind"], row["name"], row["version"]) for row in (old, new, plain)] == [
        ("TLS", "web.test", "TLS1.2"),
        ("TLS", "web.test", "TLS1.3"),
        ("HTTP", "plain.test", "HTTP/1.1"),
    ]
    assert old["certificate"].startswith("CN=web.test")
    assert new["certificate"] == ""
    assert old["ja4"] == new["ja4"] != ""
    assert all(row["latency_ns"] > 0 for row in (old, new, plain))
    assert {row["destination_name"] for row in tables["flows"] if row["dport"] in (443, 8443)} == {"web.test"}
    assert report["tls"]["server_names"] == {"web.test": 2}
    assert any(info.startswith("HTTP/1.1 200 OK") and info.endswith((" us", " ms", " s")) for info in infos)


class StartTls(Script):
    """A mail server that goes on in TLS when it is asked to."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(b"220 mx.test ESMTP\r\n", lambda _heard: b"")
        self._context = context

    def serve(self, client: socket.socket) -> None:
        """Talk until TLS has begun."""
        client.settimeout(PATIENCE)
        client.sendall(b"220 mx.test ESMTP\r\n")
        while data := client.recv(65536):
            begin = data.upper().startswith(b"STARTTLS")
            client.sendall(b"220 go\r\n" if begin else b"250-mx.test\r\n250 STARTTLS\r\n")
            if begin:
                with suppress(OSError), self._context.wrap_socket(client, server_side=True) as secured:
                    secured.recv(65536)
                return


def test_tls_inside_smtp(cable: Cable, child: Callable[..., Child], tmp_path: Path) -> None:
    """The greeting is told by the flow, the name of the server by the hello behind STARTTLS."""
    need("curl")
    key, certificate = certify(tmp_path, "mx.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(cable.two, SERVER, {2525: StartTls(context)}):
        capturing = child("v0")
        with suppress(Exception):  # curl is left alone behind the handshake
            fetch(cable, "--ssl-reqd", "--resolve", f"mx.test:2525:{SERVER}", "smtp://mx.test:2525")
        tables = capturing.until(
            lambda tables: [row["outcome"] for row in tables["web"]] == ["answered"], command="tables"
        )
    (row,) = tables["web"]
    assert (row["kind"], row["name"], row["server_port"]) == ("TLS", "mx.test", 2525)
    (flow,) = [flow for flow in tables["flows"] if flow["dport"] == 2525]
    assert (flow["application"], flow["about"]) == ("TLS", "220 mx.test ESMTP")
