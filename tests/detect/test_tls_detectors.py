"""Detectors of TLS, fed with what readers of TLS tell."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from netwatch.decode.batch import IPV4_MAPPED
from netwatch.decode.x509 import CertificateFacts
from netwatch.detect.config import Config
from netwatch.detect.detectors.dns_doh import DnsDoh
from netwatch.detect.detectors.tls_expired import TlsExpired
from netwatch.detect.detectors.tls_fingerprint import Thresholds, TlsFingerprint
from netwatch.detect.detectors.tls_nosni import TlsNosni
from netwatch.detect.detectors.tls_selfsigned import TlsSelfsigned
from netwatch.detect.detectors.tls_weak import TlsWeak
from netwatch.detect.rule import Severity
from netwatch.track.stream_reader import Moment
from netwatch.track.tls_event import DatagramAnswer, DatagramHello, TlsAnswer, TlsCertificate, TlsHello
from netwatch.track.web_transaction import End, WebKind, WebRequest, WebResponse
from tests.detect.test_logins import fed, make, stream
from tests.detect.traffic import LAN, PEER, WEB

DAY = 86400
NOW = 1_700_000_000
INFO, LOW = 0, 1


def end(address: str, port: int) -> End:
    """Return an end as transactions have it."""
    return 0, IPV4_MAPPED + int(ip_address(address)), port


def request(name: str = "www.example.com", *, server: str = WEB, port: int = 443, **more: Any) -> WebRequest:
    """Return a hello."""
    return WebRequest(WebKind.TLS, 1, NOW * 10**9, end(LAN, 40000), end(server, port), name=name, **more)


def hello(name: str = "www.example.com", **more: Any) -> TlsHello:
    """Return the event of a hello."""
    return TlsHello(stream(), Moment(NOW * 10**9, 3), request(name, **more))


def shown(server: str = WEB, **facts: Any) -> TlsCertificate:
    """Return the event of a certificate, a good one unless `facts` say otherwise."""
    good = {
        "readable": True,
        "subject": "CN=a",
        "issuer": "CN=b",
        "not_before": NOW - DAY,
        "not_after": NOW + DAY,
        "key": "RSA 2048",
    }
    return TlsCertificate(
        stream(), Moment(NOW * 10**9, 3), request(server=server), "ab" * 32, CertificateFacts(**{**good, **facts})
    )


def answer(version: str, cipher: str, server: str = WEB) -> TlsAnswer:
    """Return the event of an answer."""
    return TlsAnswer(
        stream(), Moment(NOW * 10**9, 3), request(server=server), WebResponse(NOW, version=version, cipher=cipher)
    )


@pytest.mark.parametrize(
    ("event", "severities"),
    [
        (shown(), []),
        (shown(not_after=NOW - DAY), [LOW]),
        (shown(not_before=NOW + DAY, not_after=NOW + 9 * DAY), [LOW]),
        (shown(not_before=NOW + 5000 * DAY, not_after=NOW + 9000 * DAY), [INFO]),
        (shown(PEER, not_after=NOW - DAY), [INFO]),
        (shown(readable=False, not_after=0), []),
        (shown(not_after=10**15, not_before=10**14), [INFO]),
    ],
)
def test_times_of_certificates(event: TlsCertificate, severities: list[int]) -> None:
    """Expired, not valid yet, and captures whose clock is wrong."""
    assert [
        finding.severity if finding.severity is not None else LOW for finding in fed(make(TlsExpired), event)
    ] == severities


def test_self_signed_certificates() -> None:
    """F32: those of printers are information only."""
    assert fed(make(TlsSelfsigned), shown()) == []
    (finding,) = fed(make(TlsSelfsigned), shown(self_signed=True))
    assert (finding.severity, finding.destination) == (None, WEB)
    (finding,) = fed(make(TlsSelfsigned), shown(PEER, self_signed=True))
    assert finding.severity == INFO


@pytest.mark.parametrize(
    ("event", "severity"),
    [
        (answer("TLS 1.2", "ECDHE_RSA_AES_128_GCM_SHA256"), None),
        (answer("TLS 1.3", "AES_128_GCM_SHA256"), None),
        (answer("TLS 1.0", "RSA_AES_128_CBC_SHA"), INFO),
        (answer("TLS 1.2", "RSA_RC4_128_SHA"), INFO),
        (answer("TLS 1.2", "RSA_3DES_EDE_CBC_SHA"), INFO),
        (answer("SSL 3.0", "RSA_RC4_128_SHA"), LOW),
        (answer("TLS 1.2", "RSA_EXPORT_RC4_40_MD5"), LOW),
        (answer("TLS 1.2", "DH_anon_AES_128_CBC_SHA"), LOW),
        (answer("TLS 1.2", "RSA_NULL_SHA", PEER), INFO),
        (shown(), None),
        (shown(key="RSA 1024"), INFO),
        (shown(key="RSA 512"), LOW),
        (shown(key="EC 256"), None),
    ],
)
def test_weak_encryption(event: TlsAnswer | TlsCertificate, severity: int | None) -> None:
    """What anybody can read is low, what takes effort is information."""
    found = fed(make(TlsWeak), event)
    assert [finding.severity if finding.severity is not None else LOW for finding in found] == (
        [] if severity is None else [severity]
    )


def test_listed_fingerprints() -> None:
    """JA3 and JA4 of the user's list, and none without one."""
    assert fed(make(TlsFingerprint), hello(ja3="aa" * 16)) == []
    detector = TlsFingerprint(
        Thresholds(fingerprints=("AA" * 16 + " some malware", "t13d1516h2_8daaf6152771_e5627efa2ab1"))
    )
    found = fed(detector, hello(ja3="aa" * 16), hello(ja4="t13d1516h2_8daaf6152771_e5627efa2ab1"), hello(ja3="bb" * 16))
    assert len(found) == 2
    assert "some malware" in found[0].summary


def test_no_server_name() -> None:
    """Three connections to a server elsewhere."""
    assert len(fed(make(TlsNosni), *[hello("")] * 4)) == 2
    assert fed(make(TlsNosni), *[hello("", server=PEER)] * 4) == []
    assert fed(make(TlsNosni), *[hello()] * 4) == []


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (hello("mozilla.cloudflare-dns.com"), True),
        (hello("abc123.dns.nextdns.io"), True),
        (hello("", port=853), True),
        (hello("ns.example.com", protocols=("dot",)), True),
        (hello("www.cloudflare.com", server="104.16.249.249"), False),  # F37
        (hello("notdns.google.example"), False),
    ],
)
def test_look_ups_over_tls(event: TlsHello, told: bool) -> None:
    """By name, port and protocol, never by address."""
    assert bool(fed(make(DnsDoh), event)) is told


def datagram_hello(kind: WebKind, name: str = "", **more: Any) -> DatagramHello:
    """Return the event of a hello over UDP."""
    return DatagramHello(stream(), Moment(NOW * 10**9, 3), request(name, **more)._replace(kind=kind))


def test_quic_and_dtls_are_looked_at_as_well() -> None:
    """What a hello tells, it tells over UDP too; but calls in browsers, in DTLS, never name a server."""
    found = fed(make(DnsDoh), datagram_hello(WebKind.QUIC, "dns.google"))
    assert (found[0].protocol, "over QUIC" in found[0].summary) == ("QUIC", True)
    assert fed(make(DnsDoh), datagram_hello(WebKind.QUIC, port=853))
    listed = TlsFingerprint(Thresholds(fingerprints=("q13d0310h3_55b375c5d22e_cd85d2d88918",)))
    assert len(fed(listed, datagram_hello(WebKind.QUIC, ja4="q13d0310h3_55b375c5d22e_cd85d2d88918"))) == 1
    assert len(fed(make(TlsNosni), *[datagram_hello(WebKind.QUIC)] * 4)) == 2
    assert fed(make(TlsNosni), *[datagram_hello(WebKind.DTLS)] * 4) == []
    old = WebResponse(NOW * 10**9, version="DTLS 1.0", cipher="TLS_RSA_WITH_AES_128_CBC_SHA")
    weak = DatagramAnswer(stream(), Moment(NOW * 10**9, 3), request()._replace(kind=WebKind.DTLS), old)
    assert [(one.severity, one.protocol) for one in fed(make(TlsWeak), weak)] == [(Severity.INFO, "DTLS")]


def test_what_is_held_is_bounded() -> None:
    """Many servers evict, and are counted."""
    detector = TlsWeak(TlsWeak.defaults.__class__(max_keys=5))
    fed(detector, *(answer("TLS 1.0", "x", f"93.184.216.{number}") for number in range(20)))
    assert (detector.held, detector.evicted) == (5, 15)
    assert isinstance(detector.config, Config)
