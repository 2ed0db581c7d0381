"""What a certificate says of itself, read with the cryptography library, which is loaded on first use."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.text import printable

if TYPE_CHECKING:
    from cryptography import x509

MOST_NAMES: Final = 64
"""Alternative names that are kept."""
LONGEST_NAME: Final = 256
LARGEST: Final = 1 << 15
"""Bytes of a certificate that is read; those in use have a few thousand."""


class CertificateFacts(NamedTuple):
    """Texts are printable; empty where the certificate does not tell, or tells it in a way that nobody can read."""

    readable: bool = False
    subject: str = ""
    """As RFC 4514 writes it: CN=example.com,O=Example."""
    issuer: str = ""
    names: tuple[str, ...] = ()
    """Subject alternative names: host names, addresses, mail addresses, URIs."""
    not_before: int = 0
    not_after: int = 0
    """Seconds since the epoch."""
    self_signed: bool = False
    """The issuer is the subject; the signature is not checked."""
    key: str = ""
    """Type and bits of the public key, `RSA 2048`."""
    signature: str = ""
    """Algorithm of the signature."""


def read_certificate(der: bytes) -> CertificateFacts:
    """Read a certificate in DER; one that cannot be read gives facts that say so."""
    if not der or len(der) > LARGEST:
        return CertificateFacts()
    try:
        # The library warns of odd certificates on standard error, where the screen is
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _facts(der)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001  # strangers write certificates; what panics in Rust is no Exception
        return CertificateFacts()


def _facts(der: bytes) -> CertificateFacts:
    from cryptography import x509

    read = x509.load_der_x509_certificate(der)
    return CertificateFacts(
        readable=True,
        subject=_name(read, "subject"),
        issuer=_name(read, "issuer"),
        names=_names(read),
        not_before=int(read.not_valid_before_utc.timestamp()),
        not_after=int(read.not_valid_after_utc.timestamp()),
        self_signed=_is_self_signed(read),
        key=_key(read),
        signature=_signature(read),
    )


def _name(read: x509.Certificate, field: str) -> str:
    try:
        name: x509.Name = getattr(read, field)
        return printable(name.rfc4514_string(), LONGEST_NAME)
    except ValueError:
        return ""


def _is_self_signed(read: x509.Certificate) -> bool:
    try:
        return read.issuer == read.subject
    except ValueError:
        return False


def _names(read: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return ()
    names = [each.value for each, _ in zip(found, range(MOST_NAMES), strict=False)]
    return tuple(
        printable(name.rfc4514_string() if isinstance(name, x509.Name) else str(name), LONGEST_NAME) for name in names
    )


def _key(read: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    try:
        key = read.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return ""
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name} {key.key_size}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}"
    return type(key).__name__.strip("_").removesuffix("PublicKey")


def _signature(read: x509.Certificate) -> str:
    oid = read.signature_algorithm_oid.dotted_string
    return _signature_names().get(oid, oid)


@cache
def _signature_names() -> dict[str, str]:
    from cryptography.x509.oid import SignatureAlgorithmOID

    known = ((name, oid) for name, oid in vars(SignatureAlgorithmOID).items() if not name.startswith("_"))
    return {oid.dotted_string: name.lower().replace("_", "-") for name, oid in known}
