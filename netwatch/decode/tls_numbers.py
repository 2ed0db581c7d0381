"""Names of the numbers in TLS: versions, cipher suites, alerts, and those numbers that mean nothing."""

from __future__ import annotations

from typing import Final

VERSIONS: Final = {
    0x0002: "SSLv2", 0x0300: "SSLv3", 0x0301: "TLS1.0", 0x0302: "TLS1.1", 0x0303: "TLS1.2", 0x0304: "TLS1.3",
    0xFEFF: "DTLS1.0", 0xFEFD: "DTLS1.2", 0xFEFC: "DTLS1.3",
}  # fmt: skip
TLS_1_3: Final = 0x0304
_DRAFTS: Final = {0x7F: "TLS1.3 draft {}", 0xFB: "TLS1.3 Facebook draft {}"}
"""Drafts of TLS 1.3 by the first byte of their numbers (RFC 8446 section 4.2.1 of the drafts)."""
CIPHER_SUITES: Final = {
    0x0004: "RSA_RC4_128_MD5", 0x0005: "RSA_RC4_128_SHA", 0x000A: "RSA_3DES_CBC_SHA",
    0x0016: "DHE_RSA_3DES_CBC_SHA", 0x002F: "RSA_AES_128_CBC_SHA", 0x0032: "DHE_DSS_AES_128_CBC_SHA",
    0x0033: "DHE_RSA_AES_128_CBC_SHA", 0x0034: "DH_anon_AES_128_CBC_SHA", 0x0035: "RSA_AES_256_CBC_SHA",
    0x0038: "DHE_DSS_AES_256_CBC_SHA", 0x0039: "DHE_RSA_AES_256_CBC_SHA", 0x003A: "DH_anon_AES_256_CBC_SHA",
    0x003C: "RSA_AES_128_CBC_SHA256", 0x003D: "RSA_AES_256_CBC_SHA256", 0x0041: "RSA_CAMELLIA_128_CBC_SHA",
    0x0067: "DHE_RSA_AES_128_CBC_SHA256", 0x006B: "DHE_RSA_AES_256_CBC_SHA256", 0x0084: "RSA_CAMELLIA_256_CBC_SHA",
    0x0088: "DHE_RSA_CAMELLIA_256_CBC_SHA", 0x0096: "RSA_SEED_CBC_SHA", 0x009C: "RSA_AES_128_GCM_SHA256",
    0x009D: "RSA_AES_256_GCM_SHA384", 0x009E: "DHE_RSA_AES_128_GCM_SHA256", 0x009F: "DHE_RSA_AES_256_GCM_SHA384",
    0x00A8: "PSK_AES_128_GCM_SHA256", 0x00A9: "PSK_AES_256_GCM_SHA384", 0x1301: "AES_128_GCM_SHA256",
    0x1302: "AES_256_GCM_SHA384", 0x1303: "CHACHA20_POLY1305_SHA256", 0x1304: "AES_128_CCM_SHA256",
    0x1305: "AES_128_CCM_8_SHA256", 0xC007: "ECDHE_ECDSA_RC4_128_SHA", 0xC008: "ECDHE_ECDSA_3DES_CBC_SHA",
    0xC009: "ECDHE_ECDSA_AES_128_CBC_SHA", 0xC00A: "ECDHE_ECDSA_AES_256_CBC_SHA", 0xC011: "ECDHE_RSA_RC4_128_SHA",
    0xC012: "ECDHE_RSA_3DES_CBC_SHA", 0xC013: "ECDHE_RSA_AES_128_CBC_SHA", 0xC014: "ECDHE_RSA_AES_256_CBC_SHA",
    0xC018: "ECDH_anon_AES_128_CBC_SHA", 0xC019: "ECDH_anon_AES_256_CBC_SHA",
    0xC023: "ECDHE_ECDSA_AES_128_CBC_SHA256", 0xC024: "ECDHE_ECDSA_AES_256_CBC_SHA384",
    0xC027: "ECDHE_RSA_AES_128_CBC_SHA256", 0xC028: "ECDHE_RSA_AES_256_CBC_SHA384",
    0xC02B: "ECDHE_ECDSA_AES_128_GCM_SHA256", 0xC02C: "ECDHE_ECDSA_AES_256_GCM_SHA384",
    0xC02F: "ECDHE_RSA_AES_128_GCM_SHA256", 0xC030: "ECDHE_RSA_AES_256_GCM_SHA384",
    0xC0AC: "ECDHE_ECDSA_AES_128_CCM", 0xC0AE: "ECDHE_ECDSA_AES_128_CCM_8", 0xCC13: "ECDHE_RSA_CHACHA20_POLY1305_old",
    0xCC14: "ECDHE_ECDSA_CHACHA20_POLY1305_old", 0xCCA8: "ECDHE_RSA_CHACHA20_POLY1305",
    0xCCA9: "ECDHE_ECDSA_CHACHA20_POLY1305", 0xCCAA: "DHE_RSA_CHACHA20_POLY1305",
}  # fmt: skip
"""IANA's TLS cipher suites that servers choose in practice, without their TLS_ and WITH_."""
ALERTS: Final = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
    30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
    90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
    112: "unrecognized_name", 113: "bad_certificate_status_response", 115: "unknown_psk_identity",
    116: "certificate_required", 120: "no_application_protocol",
}  # fmt: skip
"""RFC 8446 section 6 and its forerunners."""
ALERT_LEVELS: Final = {1: "warning", 2: "fatal"}
GREASE: Final = frozenset(0x0A0A + 0x1010 * step for step in range(16))
"""RFC 8701: values that mean nothing."""


def version_text(version: int) -> str:
    """Return the name of a protocol version."""
    known = VERSIONS.get(version)
    if known:
        return known
    draft = _DRAFTS.get(version >> 8)
    return draft.format(version & 0xFF) if draft else f"version 0x{version:04x}"


def cipher_text(suite: int) -> str:
    """Return the name of a cipher suite."""
    return CIPHER_SUITES.get(suite) or f"cipher 0x{suite:04x}"
