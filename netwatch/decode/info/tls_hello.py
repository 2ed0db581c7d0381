"""The hello messages of TLS in one line: version, server name, application protocols and cipher suite."""

from __future__ import annotations

from netwatch.decode.tls_hello import read_client_hello, read_server_hello
from netwatch.decode.tls_numbers import cipher_text, version_text


def client_hello(message: bytes, *, datagram: bool = False) -> str:
    """Return what a ClientHello asks for, as far as it is there, with a space before each part."""
    hello = read_client_hello(message, datagram=datagram)
    parts = [""]
    if hello.version:
        parts.append(version_text(hello.version))
    if hello.server_name:
        parts.append(f"sni={hello.server_name}")
    if hello.protocols:
        parts.append("alpn=" + ",".join(hello.protocols))
    if hello.encrypted:
        parts.append("ech")
    return " ".join(parts)


def server_hello(message: bytes) -> str:
    """Return what a ServerHello says."""
    hello = read_server_hello(message)
    name = "Hello Retry Request" if hello.retry else "Server Hello"
    if not hello.version:
        return name
    chosen = f" alpn={hello.protocol}" if hello.protocol else ""
    return f"{name} {version_text(hello.version)} {cipher_text(hello.cipher)}{chosen}"
