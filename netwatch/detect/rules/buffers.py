"""Buffers: the parts of protocols that a rule may look into, by the names of the Suricata rule language."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PAYLOAD: Final = "pkt_data"
"""Bytes behind the transport header."""
DNS: Final = frozenset({"dns.query"})
TLS_CLIENT: Final = frozenset({"tls.sni", "ja3.hash", "ja4.hash"})
TLS_SERVER: Final = frozenset({"tls.cert_subject", "tls.cert_issuer", "tls.version", "ja3s.hash"})
HTTP_REQUEST: Final = frozenset(
    {
        "http.method", "http.uri", "http.uri.raw", "http.host", "http.host.raw", "http.user_agent", "http.header",
        "http.header.raw", "http.header_names", "http.content_type", "http.content_len", "http.referer", "http.accept",
        "http.accept_lang", "http.accept_enc", "http.connection", "http.protocol", "http.request_line", "http.start",
        "http.request_header", "http.request_body",
    }
)  # fmt: skip
HTTP_RESPONSE: Final = frozenset({"http.stat_code", "http.response_body", "file.data"})
RESPONSE: Final = TLS_SERVER | HTTP_RESPONSE
"""Those that the server fills."""
PROTOCOL_OF: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(DNS, "dns")
    | dict.fromkeys(TLS_CLIENT | TLS_SERVER, "tls")
    | dict.fromkeys(HTTP_REQUEST | HTTP_RESPONSE, "http")
    | {PAYLOAD: ""}
)
"""Every buffer that netwatch fills, and the protocol that it belongs to."""

OLD_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dns_query": "dns.query", "tls_sni": "tls.sni", "tls_cert_subject": "tls.cert_subject",
        "tls_cert_issuer": "tls.cert_issuer", "tls.subject": "tls.cert_subject",
        "tls.issuerdn": "tls.cert_issuer", "ja3_hash": "ja3.hash",
        "ja3s_hash": "ja3s.hash", "file_data": "file.data",
        "http_accept": "http.accept", "http_accept_lang": "http.accept_lang", "http_accept_enc": "http.accept_enc",
        "http_connection": "http.connection", "http_content_type": "http.content_type",
        "http_content_len": "http.content_len", "http_header_names": "http.header_names",
        "http_protocol": "http.protocol", "http_referer": "http.referer", "http_request_line": "http.request_line",
        "http_start": "http.start",
    }
)  # fmt: skip
"""Sticky buffers by their older names."""
MODIFIERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "http_uri": "http.uri", "http_raw_uri": "http.uri.raw", "http_method": "http.method",
        "http_header": "http.header", "http_raw_header": "http.header.raw", "http_host": "http.host",
        "http_raw_host": "http.host.raw", "http_user_agent": "http.user_agent", "http_stat_code": "http.stat_code",
        "http_client_body": "http.request_body", "http_server_body": "http.response_body",
    }
)  # fmt: skip
"""Words behind a content that say in which buffer it is looked for."""
PCRE_FLAGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "U": "http.uri", "I": "http.uri.raw", "P": "http.request_body", "Q": "http.response_body", "H": "http.header",
        "D": "http.header.raw", "M": "http.method", "S": "http.stat_code", "V": "http.user_agent", "W": "http.host",
        "Z": "http.host.raw",
    }
)  # fmt: skip
"""Letters behind an expression that say the same."""
_COOKIES: Final = "cookies are secrets, which are not kept"
_RESPONSE_HEAD: Final = "of the head of a response only its status is kept"
_SHA_1: Final = "of a certificate neither its serial nor its SHA-1 is kept"
UNKEPT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tls.cert_serial": _SHA_1, "tls_cert_serial": _SHA_1, "tls.cert_fingerprint": _SHA_1,
        "tls_cert_fingerprint": _SHA_1, "tls.fingerprint": _SHA_1,
        "http.cookie": _COOKIES, "http_cookie": _COOKIES, "http.stat_msg": _RESPONSE_HEAD,
        "http_stat_msg": _RESPONSE_HEAD,
        "http.response_line": _RESPONSE_HEAD, "http.server": _RESPONSE_HEAD, "http.location": _RESPONSE_HEAD,
        "http.response_header": _RESPONSE_HEAD,
    }
)  # fmt: skip
"""Buffers of the language that netwatch has reasons not to fill."""
