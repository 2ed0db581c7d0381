"""Real servers inside namespaces for live tests; each serves while its context lasts."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.live.child import PATIENCE, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.live.conftest import Cable

NGINX = """
daemon off; master_process off; user root; pid {folder}/pid; error_log stderr error;
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ {listen} root {folder}; }}
    {more}
}}
"""


def need(*tools: str) -> None:
    """Skip the test where a tool is missing."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


@contextmanager
def running(cable: Cable, namespace: str, *words: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server from when it listens on a TCP port."""
    command = ["ip", "netns", "exec", namespace, *words]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: cable.run(namespace, "ss", "-Hltn", f"sport = :{port}"), f"{words[0]} on port {port}")
        yield server
    finally:
        server.terminate()
        server.wait(PATIENCE)


@contextmanager
def nginx(
    cable: Cable, namespace: str, addresses: Sequence[str], folder: Path, more: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the files in a folder on port 80; `more` are further servers."""
    need("nginx")
    listen = " ".join(f"listen {address}:80;" for address in addresses)
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, listen=listen, more=more))
    with running(cable, namespace, "nginx", "-p", str(folder), "-c", str(configuration), port=80) as server:
        yield server


@contextmanager
def dnsmasq(cable: Cable, namespace: str, address: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Answer for the domain `test` with what the options say, and ask nobody else."""
    need("dnsmasq")
    words = ("--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--pid-file")
    listen = ("--bind-interfaces", f"--listen-address={address}", "--local=/test/")
    with running(cable, namespace, "dnsmasq", *words, *listen, *options, port=53) as server:
        yield server


def certify(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a key and a certificate that it signed itself."""
    need("openssl")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30")
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run(
        ["openssl", "req", "-x509", *words, *files, "-subj", f"/CN={name}"], check=True, capture_output=True, timeout=60
    )
    return key, certificate
