"""Mining of coins and new domains."""

from __future__ import annotations

from netwatch.detect.settings import DetectionSettings
from tests.detect.fixtures.sessions import NOTIFY, SUBSCRIBE
from tests.detect.names_traffic import LookUps
from tests.detect.traffic import LAN, PEER, WEB, Traffic, alerts
from tests.quic_packets import crypto, initial
from tests.tls_messages import alpn, client_hello, server_name, versions

MONERO = b'{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4A","pass":"x","agent":"XMRig/6.0"}}\n'
JOB = b'{"jsonrpc":"2.0","result":{"id":"1","job":{"blob":"07","job_id":"4BiG","target":"b88d0600"},"status":"OK"}}\n'


def test_miners() -> None:
    """Bitcoin's and Monero's form, one alert of each."""
    traffic = Traffic()
    traffic.connect(LAN, WEB, 3333, request=SUBSCRIBE, answer=NOTIFY)
    traffic.connect(LAN, WEB, 3333, request=SUBSCRIBE, answer=NOTIFY)
    traffic.connect(PEER, WEB, 5555, request=MONERO, answer=JOB)
    found = [alert for alert in alerts(traffic) if alert.rule == "coin.stratum"]
    assert [(alert.source, alert.severity, alert.port) for alert in found] == [(LAN, 3, 3333), (PEER, 3, 5555)]


def test_what_is_no_mining() -> None:
    """JSON of other programs, one word alone, and pages about mining."""
    traffic = Traffic()
    traffic.connect(
        LAN, WEB, 8000, request=b'{"method":"login","params":{"user":"bob"}}', answer=b'{"job_id":"build-17"}'
    )
    traffic.connect(LAN, WEB, 8001, request=b'{"method":"status"}', answer=b'{"job_id":1,"seed_hash":"ab"}')
    traffic.connect(LAN, WEB, 80, answer=b'HTTP/1.1 200 OK\r\n\r\n{"method":"mining.subscribe"} mining.notify')
    traffic.connect(PEER, WEB, 3333, request=SUBSCRIBE, answer=b"")
    assert [alert for alert in alerts(traffic) if alert.rule == "coin.stratum"] == []


def test_pools_over_quic() -> None:
    """The name of a known pool, as over TLS."""
    traffic = Traffic()
    hello = client_hello(server_name(b"eu.nanopool.org"), alpn(b"h3"), versions(0x0304))
    traffic.udp(LAN, WEB, 40000, 443, initial(crypto(0, hello), original=b"original", size=1100))
    (alert,) = alerts(traffic)
    assert (alert.rule, alert.severity, alert.protocol) == ("coin.stratum", 1, "QUIC")


def test_new_domains() -> None:
    """After the time of learning, once each; names that do not exist say nothing."""
    traffic = LookUps()
    traffic.look_up("www.known.com", WEB)
    traffic.wait(7200)
    for name in ("www.known.com", "www.fresh.com", "mail.fresh.com"):
        traffic.look_up(name, WEB)
        traffic.wait(1)
    traffic.missing("www.nowhere.com")
    chosen = {"new.domain": {"learn_s": 3600}, "dns.unexpected": {"enabled": False}}
    (alert,) = alerts(traffic, settings=DetectionSettings(chosen=chosen))
    assert (alert.rule, alert.destination, alert.severity) == ("new.domain", "fresh.com", 0)
    plain = DetectionSettings(chosen={"dns.unexpected": {"enabled": False}})
    assert alerts(traffic, settings=plain) == ()
    remembered = frozenset({"mail.known.com", "other.example.org"})
    (alert,) = alerts(traffic, settings=plain, known_names=remembered)
    assert (alert.rule, alert.destination) == ("new.domain", "fresh.com")
    assert alerts(traffic, settings=plain, known_names=remembered | {"fresh.com"}) == ()
