"""Records the capture behind `netwatch --demo`: a small network of namespaces with real programs, for 40 seconds.

`python -m tests.demo_capture [FILE]`, as root. Every packet stays in namespaces that this makes and deletes.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTPUT: Final = Path(__file__).resolve().parent.parent / "netwatch" / "capture" / "demo.pcap.gz"
SECONDS: Final = 40.0
# Addresses of the documentation networks 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737)
HOSTS: Final = {"gate": 1, "anna": 17, "bert": 23, "mallory": 66}
SITES: Final = {
    "www.example.com": "203.0.113.5",
    "cdn.example.net": "203.0.113.10",
    "mail.example.org": "198.51.100.25",
    "api.example.com": "203.0.113.20",
}
PRINTER: Final = "192.0.2.5"
NOBODY: Final = "203.0.113.99"
TOOLS: Final = ("ip", "ethtool", "tcpdump", "nginx", "dnsmasq", "curl", "openssl", "nmap", "arpspoof", "ping")

NGINX = """
daemon off; master_process off; user root; pid {folder}/pid; error_log stderr error;
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder}; types {{ text/html html; image/png png; }}
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
    server {{ listen 203.0.113.5:80; listen 203.0.113.5:443 ssl http2; ssl_protocols TLSv1.3; root {folder}; }}
    server {{ listen 203.0.113.10:80; root {folder}; }}
    server {{ listen 198.51.100.25:443 ssl; ssl_protocols TLSv1.2; root {folder}; }}
    server {{ listen 203.0.113.20:80; location / {{ return 200 '{{"status": "ok"}}'; }} }}
}}
"""


class Network:
    """Namespaces: a hub, machines on it, a tap that hears everything, and servers behind a gateway."""

    def __init__(self) -> None:
        self._prefix = f"nwdemo{os.getpid()}"
        self._names = [self.name(host) for host in ("hub", "tap", "web", *HOSTS)]

    def name(self, host: str) -> str:
        """Return the namespace of a host."""
        return f"{self._prefix}-{host}"

    def run(self, host: str, *words: str, seconds: float = 20) -> None:
        """Run a program on a host; its failure may be what is to be seen."""
        command = ["ip", "netns", "exec", self.name(host), *words]
        subprocess.run(command, check=False, capture_output=True, timeout=seconds)

    def start(self, host: str, *words: str) -> subprocess.Popen[bytes]:
        """Start a program on a host."""
        command = ["ip", "netns", "exec", self.name(host), *words]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @contextmanager
    def up(self) -> Iterator[None]:
        """Build it, and take it down afterwards."""
        resolvers = [Path("/etc/netns") / self.name(host) for host in ("anna", "bert", "mallory")]
        try:
            for name in self._names:
                subprocess.run(["ip", "netns", "add", name], check=True)
            for folder in resolvers:
                folder.mkdir(parents=True)
                (folder / "resolv.conf").write_text("nameserver 192.0.2.1\noptions timeout:1 attempts:1\n")
            self._build()
            yield
        finally:
            for name in self._names:
                subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
            for folder in resolvers:
                shutil.rmtree(folder, ignore_errors=True)

    def _build(self) -> None:
        for name in self._names:
            self._ip(name, "link", "set", "lo", "up")
            quiet = ("net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
            subprocess.run(["ip", "netns", "exec", name, "sysctl", "-qw", *quiet], check=True)
        hub = self.name("hub")
        # A bridge that remembers no address is a hub: the tap hears all
        self._ip(hub, "link", "add", "br0", "type", "bridge", "ageing_time", "0")
        self._ip(hub, "link", "set", "br0", "up")
        for host, number in {**HOSTS, "tap": 0}.items():
            self._join(self.name(host), "v0", hub, host)
            self._ip(hub, "link", "set", host, "master", "br0")
            if number:
                self._ip(self.name(host), "link", "set", "v0", "address", f"02:00:c0:00:02:{number:02x}")
                self._ip(self.name(host), "addr", "add", f"192.0.2.{number}/24", "dev", "v0")
            if number > 1:
                self._ip(self.name(host), "route", "add", "default", "via", "192.0.2.1")
        gate, web = self.name("gate"), self.name("web")
        self._ip(gate, "addr", "add", f"{PRINTER}/24", "dev", "v0")
        self._join(gate, "v1", web, "v0")
        for network in ("203.0.113", "198.51.100"):
            self._ip(gate, "addr", "add", f"{network}.1/24", "dev", "v1")
        for address in SITES.values():
            self._ip(web, "addr", "add", f"{address}/24", "dev", "v0")
        self._ip(web, "route", "add", "192.0.2.0/24", "via", "203.0.113.1")
        self._ip(gate, "route", "add", "blackhole", NOBODY)
        subprocess.run(["ip", "netns", "exec", gate, "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)

    def _join(self, one: str, here: str, other: str, there: str) -> None:
        subprocess.run(
            ["ip", "link", "add", here, "netns", one, "type", "veth", "peer", "name", there, "netns", other], check=True
        )
        for name, link in ((one, here), (other, there)):
            # As on a cable: no super-frames, checksums filled in
            words = ("ethtool", "-K", link, "tso", "off", "gso", "off", "gro", "off", "tx", "off")
            subprocess.run(["ip", "netns", "exec", name, *words], check=True, capture_output=True)
            self._ip(name, "link", "set", link, "up")

    @staticmethod
    def _ip(namespace: str, *words: str) -> None:
        subprocess.run(["ip", "-n", namespace, *words], check=True)


def servers(network: Network, folder: Path, stack: ExitStack) -> None:
    """Start a web server, a resolver and the recording; they end with `stack`."""
    (folder / "index.html").write_text("<html><body>" + "<p>Hello from the demo.</p>" * 60 + "</body></html>")
    (folder / "logo.png").write_bytes(random.Random(1).randbytes(9_000))  # the same each time
    names = ",".join(f"DNS:{name}" for name in SITES)
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=www.example.com"
    keys = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(
        ["openssl", *words.split(), "-addext", f"subjectAltName={names}", *keys], check=True, capture_output=True
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder))
    addresses = [f"--address=/{name}/{address}" for name, address in SITES.items()]
    commands = (
        ("web", "nginx", "-p", str(folder), "-c", str(configuration)),
        ("gate", "dnsmasq", "-k", "-R", "-h", "-C", "/dev/null", "-i", "v0", "-z", "--local=/#/", *addresses),
        ("tap", "tcpdump", "-i", "v0", "-n", "-U", "-w", str(folder / "demo.pcap")),
    )
    for host, *command in commands:
        started = network.start(host, *command)
        stack.callback(started.wait, 10)
        stack.callback(started.send_signal, signal.SIGINT if host == "tap" else signal.SIGTERM)
    time.sleep(1.5)


def anna(network: Network, end: float) -> None:
    """Browse: pages, pictures, mail, a mistyped name, an echo now and then."""
    draw = random.Random(2)
    fetch = ("curl", "-sk", "-m", "4", "-o", "/dev/null")
    wishes = (
        (*fetch, "https://www.example.com/"),
        (*fetch, "http://cdn.example.net/logo.png", "http://cdn.example.net/missing.png"),
        (*fetch, "https://mail.example.org/index.html"),
        (*fetch, "-A", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", "http://www.example.com/index.html"),
        (*fetch, "http://wwww.example.com/"),
        ("ping", "-c", "2", "-i", "0.3", SITES["www.example.com"]),
    )
    while time.monotonic() < end:
        network.run("anna", *draw.choices(wishes, (4, 3, 3, 3, 1, 1))[0])
        time.sleep(draw.uniform(0.2, 0.9))


def bert(network: Network, end: float) -> None:
    """Ask a service every two seconds; print to a printer that refuses; wait for a host that never answers."""
    rounds = 0
    while time.monotonic() < end:
        network.run("bert", "curl", "-s", "-m", "2", "http://api.example.com/status")
        if rounds % 4 == 1:
            network.run("bert", "curl", "-s", "-m", "2", f"http://{PRINTER}:9100/")
        if rounds % 8 == 3:
            network.start("bert", "curl", "-s", "-m", "6", f"http://{NOBODY}:8080/")
        rounds += 1
        time.sleep(2)


def mallory(network: Network, begun: float) -> None:
    """Scan a neighbour, try an injection, and pose as the gateway."""
    time.sleep(max(begun + 9 - time.monotonic(), 0))
    network.run("mallory", "nmap", "-sS", "-Pn", "-n", "--max-rate", "60", "--max-retries", "0", "-p", "1-150",
                "192.0.2.17", seconds=15)  # fmt: skip
    time.sleep(max(begun + 19 - time.monotonic(), 0))
    for query in ("id=1%27%20OR%201=1--", "id=1%20UNION%20SELECT%20user,password%20FROM%20users"):
        network.run("mallory", "curl", "-s", "-A", "sqlmap/1.8", f"http://www.example.com/item?{query}")
        time.sleep(0.6)
    time.sleep(max(begun + 26 - time.monotonic(), 0))
    spoofing = network.start("mallory", "arpspoof", "-i", "v0", "-t", "192.0.2.17", "192.0.2.1")
    time.sleep(7)
    spoofing.send_signal(signal.SIGINT)  # it puts things right before it ends
    spoofing.wait(15)


def main() -> None:
    """Record, and keep the file."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        sys.exit(f"needs root and {', '.join(missing or TOOLS)}")
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    network = Network()
    with tempfile.TemporaryDirectory(prefix="netwatch-demo-") as name, network.up():
        folder = Path(name)
        folder.chmod(0o755)
        with ExitStack() as stack:
            servers(network, folder, stack)
            begun = time.monotonic()
            actors = [
                threading.Thread(target=anna, args=(network, begun + SECONDS)),
                threading.Thread(target=bert, args=(network, begun + SECONDS)),
                threading.Thread(target=mallory, args=(network, begun)),
            ]
            for actor in actors:
                actor.start()
            for actor in actors:
                actor.join()
            time.sleep(1)
        # gzip -n leaves the time out, so that the same capture is the same file
        with output.open("wb") as file:
            subprocess.run(["gzip", "-9nc", str(folder / "demo.pcap")], stdout=file, check=True)
    print(f"{output}: {output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
