"""Variables of rule headers: what $HOME_NET and the like mean unless the user says otherwise."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from netwatch.detect.rules.problems import MalformedRule
from netwatch.detect.rules.ranges import addresses, ports
from netwatch.errors import UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "HOME_NET": "[10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,127.0.0.0/8,::1,fc00::/7,fe80::/10]",
        "EXTERNAL_NET": "any",
        **{
            f"{name}_{kind}": "$HOME_NET"
            for name in ("HTTP", "SMTP", "SQL", "DNS", "TELNET", "DC", "DNP3", "MODBUS", "ENIP")
            for kind in ("SERVERS", "SERVER", "CLIENT")
        },
        "AIM_SERVERS": "$EXTERNAL_NET",
        "HTTP_PORTS": "[80,81,591,3128,8000,8008,8080,8081,8088,8888]",
        "SHELLCODE_PORTS": "!80",
        "ORACLE_PORTS": "1521",
        "SSH_PORTS": "22",
        "DNP3_PORTS": "20000",
        "MODBUS_PORTS": "502",
        "FILE_DATA_PORTS": "[$HTTP_PORTS,110,143]",
        "FTP_PORTS": "21",
        "SIP_PORTS": "[5060,5061]",
        "GENEVE_PORTS": "6081",
        "VXLAN_PORTS": "4789",
        "TEREDO_PORTS": "3544",
    }
)
"""As Suricata's, but that EXTERNAL_NET is everybody: an attack inside the network is one too."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def variables(chosen: Iterable[str]) -> dict[str, str]:
    """Return the defaults with what the user chose, each as `NAME=VALUE`.

    Raises:
        UsageError: one of them is written wrongly.
    """
    result = dict(DEFAULTS)
    for item in chosen:
        name, equals, value = item.partition("=")
        name = name.strip().lstrip("$")
        if not equals or not _NAME.fullmatch(name) or not value.strip():
            raise UsageError(f"{printable(item, 60)} is not NAME=VALUE", "such as HOME_NET=[10.0.0.0/8,!10.0.0.1]")
        result[name] = value.strip()
    for item in chosen:
        name = item.partition("=")[0].strip().lstrip("$")
        _check(name, result)
    return result


def _check(name: str, known: Mapping[str, str]) -> None:
    errors = []
    for read in (addresses, ports):
        try:
            read(f"${name}", known)
        except MalformedRule as error:
            errors.append(error.message)
        else:
            return
    raise UsageError(f"the variable {name} is neither addresses nor ports: {printable(errors[0], 80)}")
