"""Scans and sweeps of every kind, and a few SYNs that nobody acknowledges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwatch.lab.scenarios.conversation import Connection, arp
from netwatch.lab.scenarios.scene import ROUND_TRIP

if TYPE_CHECKING:
    from netwatch.lab.scenarios.scene import Scene

OPEN = (22, 80, 443)
PORTS = 60
SYN_RATE = 10.0
"""Packets a second of the SYN demonstration: enough to see, far too few to harm."""
SYN_SECONDS = 60.0


def scan_syn(scene: Scene) -> None:
    """Scan 60 ports by SYN, half-open as nmap -sS."""
    _tcp_scan(scene, "S", ("scan.vertical",), "nmap -sS")


def scan_connect(scene: Scene) -> None:
    """Scan 60 ports by full handshakes as nmap -sT."""
    with scene.label(("scan.vertical",), scene.attacker, scene.victim, "TCP connect scan", "tcp.*", "port.*"):
        for port in _ports(scene):
            connection = Connection(scene, scene.attacker, scene.victim, port)
            if port in OPEN:
                connection.open().reset()
            else:
                connection.refused()
            scene.wait(0.05, 0.5)


def scan_null(scene: Scene) -> None:
    """Scan by segments without any flag as nmap -sN."""
    _tcp_scan(scene, "", ("scan.stealth",), "nmap -sN")


def scan_fin(scene: Scene) -> None:
    """Scan by FIN as nmap -sF."""
    _tcp_scan(scene, "F", ("scan.stealth",), "nmap -sF")


def scan_xmas(scene: Scene) -> None:
    """Scan by FIN, PSH and URG together as nmap -sX."""
    _tcp_scan(scene, "FPU", ("scan.stealth",), "nmap -sX")


def scan_maimon(scene: Scene) -> None:
    """Scan by FIN with ACK as nmap -sM."""
    _tcp_scan(scene, "FA", ("scan.stealth",), "nmap -sM")


def scan_ack(scene: Scene) -> None:
    """Scan by ACK, which maps what a firewall lets through, after ten minutes of other traffic."""
    for _ in range(60):
        Connection(scene, scene.client, scene.victim, 443).open().say(b"x" * 200).answer(b"y" * 900).close()
        scene.wait(10, 0.3)
    _tcp_scan(scene, "A", ("scan.ack",), "nmap -sA")


def scan_udp(scene: Scene) -> None:
    """Scan 60 UDP ports; closed ones answer with ICMP port unreachable."""
    from scapy.layers.inet import ICMP, IP, UDP, IPerror, UDPerror

    with scene.label(("scan.udp",), scene.attacker, scene.victim, "nmap -sU", "scan.vertical"):
        sport = scene.port()
        for port in scene.draw.sample(range(1, 1024), PORTS):
            scene.ip(scene.attacker, scene.victim, UDP(sport=sport, dport=port))
            scene.wait(ROUND_TRIP, 0.3)
            quoted: Any = IP(bytes(IP(src=scene.attacker, dst=scene.victim) / UDP(sport=sport, dport=port)))
            inner = IPerror(bytes(quoted)[:20]) / UDPerror(bytes(quoted)[20:28])
            scene.ip(scene.victim, scene.attacker, ICMP(type=3, code=3) / inner)
            scene.wait(0.2, 0.5)


def scan_horizontal(scene: Scene) -> None:
    """Try one port, SSH, of 60 hosts, most of which refuse."""
    with scene.label(
        ("scan.horizontal",), scene.attacker, "", "SSH on 60 hosts", "scan.*", "sweep.*", "tcp.*", "port.*"
    ):
        for number in scene.draw.sample(range(100, 250), 60):
            connection = Connection(scene, scene.attacker, scene.host(number), 22)
            if number % 3:
                connection.refused()
            else:
                connection.open().reset()
            scene.wait(0.3, 0.5)


def scan_block(scene: Scene) -> None:
    """Try ten ports of each of twelve hosts, in no order; all refuse."""
    also = ("scan.*", "tcp.*", "port.*")
    with scene.label(("scan.block",), scene.attacker, "", "ten ports of twelve hosts", *also):
        tries = [(number, port) for number in range(100, 112) for port in scene.draw.sample(range(1024, 9000), 10)]
        scene.draw.shuffle(tries)
        for number, port in tries:
            Connection(scene, scene.attacker, scene.host(number), port).refused()
            scene.wait(0.4, 0.5)


def sweep_icmp(scene: Scene) -> None:
    """Ping 80 addresses, few of which answer."""
    from scapy.layers.inet import ICMP
    from scapy.packet import Raw

    with scene.label(("sweep.icmp",), scene.attacker, "", "ping sweep", "scan.*"):
        for number in range(100, 180):
            echo = Raw(bytes(range(56)))
            scene.ip(scene.attacker, scene.host(number), ICMP(type=8, id=7, seq=number) / echo)
            scene.wait(0.01)
            if number % 8 == 0:
                scene.ip(scene.host(number), scene.attacker, ICMP(type=0, id=7, seq=number) / echo)
            scene.wait(0.1, 0.3)


def sweep_arp(scene: Scene) -> None:
    """Ask by ARP for 100 addresses, few of which answer."""
    mac = scene.mac(scene.attacker)
    with scene.label(("sweep.arp",), scene.attacker, "", "arp-scan", "scan.*"):
        for number in range(100, 200):
            target = scene.host(number)
            arp(scene, 1, (mac, scene.attacker), ("00:00:00:00:00:00", target), "ff:ff:ff:ff:ff:ff")
            scene.wait(0.002)
            if number % 20 == 0:
                arp(scene, 2, (scene.mac(target), target), (mac, scene.attacker), mac)
            scene.wait(0.02)


def syn_demo(scene: Scene) -> None:
    """Leave handshakes with one port half open: 10 packets a second, for 60 seconds."""
    from scapy.layers.inet import TCP

    also = ("flood.syn", "tcp.*", "scan.*")
    with scene.label(
        ("tcp.half_open", "lab.half_open", "lab.syn"), scene.attacker, scene.victim, "SYNs without ACK", *also
    ):
        begin = scene.now
        for number in range(int(SYN_RATE * SYN_SECONDS) // 2):
            sport, seq = 20000 + number, scene.draw.getrandbits(32)
            scene.ip(scene.attacker, scene.victim, TCP(sport=sport, dport=80, flags="S", seq=seq))
            scene.now = begin + (2 * number + 1) / SYN_RATE
            answer = TCP(sport=80, dport=sport, flags="SA", seq=scene.draw.getrandbits(32), ack=seq + 1 & 0xFFFFFFFF)
            scene.ip(scene.victim, scene.attacker, answer)
            scene.now = begin + (2 * number + 2) / SYN_RATE


def _ports(scene: Scene) -> list[int]:
    ports = [*OPEN, *scene.draw.sample(range(1024, 9000), PORTS - len(OPEN))]
    scene.draw.shuffle(ports)
    return ports


def _tcp_scan(scene: Scene, flags: str, detectors: tuple[str, ...], what: str) -> None:
    from scapy.layers.inet import TCP

    with scene.label(detectors, scene.attacker, scene.victim, what, "scan.*", "tcp.*"):
        sport = scene.port()
        for port in _ports(scene):
            seq = scene.draw.getrandbits(32)
            probe = TCP(sport=sport, dport=port, flags=flags, seq=seq, window=1024, options=[("MSS", 1460)])
            scene.ip(scene.attacker, scene.victim, probe)
            scene.wait(ROUND_TRIP, 0.3)
            if flags == "S" and port in OPEN:
                answer = TCP(sport=port, dport=sport, flags="SA", seq=seq ^ 1, ack=seq + 1 & 0xFFFFFFFF, window=64240)
                scene.ip(scene.victim, scene.attacker, answer)
                scene.wait(0.001)
                scene.ip(
                    scene.attacker, scene.victim, TCP(sport=sport, dport=port, flags="R", seq=seq + 1 & 0xFFFFFFFF)
                )
            elif flags in ("S", "A", "FA") or port not in OPEN:
                kind = "R" if "A" in flags else "RA"
                scene.ip(
                    scene.victim, scene.attacker, TCP(sport=port, dport=sport, flags=kind, ack=seq + 1 & 0xFFFFFFFF)
                )
            scene.wait(0.05, 0.5)
