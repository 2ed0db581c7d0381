"""Traffic that looks like an attack to careless rules and is none: no alert above info belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.lab.scenarios.conversation import Connection, arp, arp_exchange, http, look_up
from netwatch.lab.scenarios.intrusions import PAGE
from netwatch.lab.scenarios.scene import OUTSIDE

if TYPE_CHECKING:
    from netwatch.lab.scenarios.scene import Scene


def browsing(scene: Scene) -> None:
    """Browse: dozens of connections to a few servers within seconds, nearly all answered."""
    for page in range(12):
        for server in OUTSIDE:
            look_up(
                scene,
                scene.client,
                scene.gateway,
                f"cdn{page % 3}.site-{server[-2:].strip('.')}.example",
                answer=server,
            )
            for number in range(4):
                connection = Connection(scene, scene.client, server, 443)
                if scene.draw.random() < 0.03:
                    connection.refused()
                else:
                    connection.open().say(b"\x17\x03\x03\x00\x20" + scene.draw.randbytes(32))
                    connection.answer(b"\x17\x03\x03\x04\x00" + scene.draw.randbytes(1024 + number)).close()
        scene.wait(20, 0.8)


def long_names(scene: Scene) -> None:
    """Look up names that are long or look random for good reasons: CDNs, block lists, reverse look-ups, mail."""
    for number in range(60):
        token = "".join(scene.draw.choice("0123456789abcdef") for _ in range(14))
        look_up(scene, scene.client, scene.gateway, f"d{token}.cloudfront.net", answer="203.0.113.10")
        scene.wait(8, 0.6)
        look_up(scene, scene.client, scene.gateway, f"{number}.2.0.192.in-addr.arpa", kind="PTR", rcode=3)
        scene.wait(2, 0.5)
        look_up(scene, scene.client, scene.gateway, f"{number}.113.0.203.zen.spamhaus.org", rcode=3)
        scene.wait(4, 0.5)
    look_up(
        scene,
        scene.client,
        scene.gateway,
        "selector1._domainkey.mail.example",
        kind="TXT",
        answer=b"v=DKIM1; p=" + b"A" * 200,
    )
    for name in ("gogle.example", "exmaple.example", "wikpedia.example"):
        look_up(scene, scene.client, scene.gateway, name, rcode=3)
        scene.wait(5)


def new_lease(scene: Scene) -> None:
    """Move an address to another machine by DHCP; both announce themselves."""
    from scapy.layers.dhcp import BOOTP, DHCP
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    old, new, address = scene.mac(scene.host(40)), scene.mac(scene.host(41)), scene.host(50)
    server = scene.mac(scene.gateway)
    for mac in (old, new):
        raw = bytes.fromhex(mac.replace(":", ""))
        xid = scene.draw.getrandbits(32)
        for kind, source in (("discover", mac), ("offer", server), ("request", mac), ("ack", server)):
            ours = source == server
            nobody = "0.0.0.0"  # noqa: S104  # the source of a client without an address: nothing is bound
            mine = scene.gateway if ours else nobody
            header = Ether(src=source, dst="ff:ff:ff:ff:ff:ff") / IP(src=mine, dst="255.255.255.255", id=1)
            ports = UDP(sport=67 if ours else 68, dport=68 if ours else 67)
            body = BOOTP(op=2 if ours else 1, chaddr=raw, xid=xid, yiaddr=address if ours else nobody)
            options = [("message-type", kind), *([("server_id", scene.gateway), ("lease_time", 600)] if ours else [])]
            scene.frame(header / ports / body / DHCP(options=[*options, "end"]))
            scene.wait(0.05)
        arp(scene, 1, (mac, address), ("00:00:00:00:00:00", address), "ff:ff:ff:ff:ff:ff")
        scene.wait(1)
        arp_exchange(scene, scene.client, address, mac)
        scene.wait(900 if mac == old else 5)
        if mac == old:
            header = Ether(src=old, dst=server) / IP(src=address, dst=scene.gateway, id=2) / UDP(sport=68, dport=67)
            release = BOOTP(op=1, chaddr=raw, ciaddr=address, xid=xid + 1 & 0xFFFFFFFF)
            scene.frame(
                header / release / DHCP(options=[("message-type", "release"), ("server_id", scene.gateway), "end"])
            )
            scene.wait(60)


def harmless_requests(scene: Scene) -> None:
    """Ask for pages whose words look like injections and are not."""
    paths = (
        "/search?q=select+a+car+from+the+list",
        "/blog?tag=hello&SELECT0=true",
        "/plugin?wp-updates=1&settings-updated=true",
    )
    for path in paths * 4:
        request = f"GET {path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0\r\n\r\n".encode()
        http(scene, scene.client, scene.victim, request, PAGE)
        scene.wait(15, 0.5)
    lesson = b"<html>To read /etc/passwd an attacker tries ../../ and union select</html>"
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(lesson) + lesson
    http(scene, scene.client, scene.victim, b"GET /lesson HTTP/1.1\r\nHost: shop.example\r\n\r\n", answer)


def regular(scene: Scene) -> None:
    """Repeat things for good reasons: NTP, health checks, many short logins that succeed, anonymous FTP."""
    for number in range(40):
        scene.udp(scene.client, 123, scene.gateway, 123, b"\x23" + bytes(47))
        scene.wait(0.01)
        scene.udp(scene.gateway, 123, scene.client, 123, b"\x24\x02" + bytes(46))
        scene.wait(0.5)
        Connection(scene, scene.gateway, scene.victim, 443).open().reset()
        scene.wait(0.5)
        if number % 2:
            talk = Connection(scene, scene.host(31), scene.victim, 22).open().answer(b"SSH-2.0-OpenSSH_9.6\r\n")
            talk.say(b"SSH-2.0-OpenSSH_9.6\r\n").answer(scene.draw.randbytes(9000)).say(scene.draw.randbytes(4000))
            talk.answer(scene.draw.randbytes(14000)).close()
        scene.wait(60, 0.02)
    talk = Connection(scene, scene.client, OUTSIDE[0], 21).open().answer(b"220 mirror\r\n")
    talk.say(b"USER anonymous\r\n").answer(b"331 Send your mail address\r\n").say(b"PASS guest@\r\n").answer(
        b"230 Welcome\r\n"
    )
    talk.close()
