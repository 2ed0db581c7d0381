"""The detectors that look at what packets carry: names, requests, logins, certificates and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.detect.detectors.brute_ftp import BruteFtp
from netwatch.detect.detectors.brute_http import BruteHttp
from netwatch.detect.detectors.brute_mail import BruteMail
from netwatch.detect.detectors.brute_rdp import BruteRdp
from netwatch.detect.detectors.brute_service import BruteService
from netwatch.detect.detectors.brute_smb import BruteSmb
from netwatch.detect.detectors.brute_spray import BruteSpray
from netwatch.detect.detectors.brute_ssh import BruteSsh
from netwatch.detect.detectors.brute_telnet import BruteTelnet
from netwatch.detect.detectors.coin_stratum import CoinStratum
from netwatch.detect.detectors.cred_clear import CredClear
from netwatch.detect.detectors.dns_dga import DnsDga
from netwatch.detect.detectors.dns_doh import DnsDoh
from netwatch.detect.detectors.dns_nx_burst import DnsNxBurst
from netwatch.detect.detectors.dns_qtype import DnsQtype
from netwatch.detect.detectors.dns_rebind import DnsRebind
from netwatch.detect.detectors.dns_spoof import DnsSpoof
from netwatch.detect.detectors.dns_tunnel import DnsTunnel
from netwatch.detect.detectors.dns_unexpected import DnsUnexpected
from netwatch.detect.detectors.http_rce import HttpRce
from netwatch.detect.detectors.http_scanner import HttpScanner
from netwatch.detect.detectors.http_smuggling import HttpSmuggling
from netwatch.detect.detectors.http_sqli import HttpSqli
from netwatch.detect.detectors.http_traversal import HttpTraversal
from netwatch.detect.detectors.http_xss import HttpXss
from netwatch.detect.detectors.lab_names import LabLongName, LabRandomLabel
from netwatch.detect.detectors.lab_web_words import LabWebWords
from netwatch.detect.detectors.new_domain import NewDomain
from netwatch.detect.detectors.proto_mismatch import ProtoMismatch
from netwatch.detect.detectors.sig_payload import SigPayload
from netwatch.detect.detectors.smb_v1 import SmbV1
from netwatch.detect.detectors.tls_expired import TlsExpired
from netwatch.detect.detectors.tls_fingerprint import TlsFingerprint
from netwatch.detect.detectors.tls_nosni import TlsNosni
from netwatch.detect.detectors.tls_selfsigned import TlsSelfsigned
from netwatch.detect.detectors.tls_weak import TlsWeak

if TYPE_CHECKING:
    from netwatch.detect.detector import Detector

CONTENT: Final[tuple[type[Detector[Any]], ...]] = (
    DnsTunnel,
    DnsDga,
    DnsNxBurst,
    DnsQtype,
    DnsSpoof,
    DnsRebind,
    DnsUnexpected,
    DnsDoh,
    TlsExpired,
    TlsSelfsigned,
    TlsWeak,
    TlsFingerprint,
    TlsNosni,
    HttpScanner,
    HttpSqli,
    HttpXss,
    HttpTraversal,
    HttpRce,
    HttpSmuggling,
    BruteSsh,
    BruteFtp,
    BruteTelnet,
    BruteMail,
    BruteHttp,
    BruteRdp,
    BruteSmb,
    BruteService,
    BruteSpray,
    CredClear,
    SmbV1,
    ProtoMismatch,
    CoinStratum,
    NewDomain,
    SigPayload,
    LabLongName,
    LabRandomLabel,
    LabWebWords,
)
"""In the order in which they are fed: parents before the children that they hide."""
