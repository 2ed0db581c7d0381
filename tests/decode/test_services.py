from __future__ import annotations

import pytest

from netwatch.decode import services


@pytest.mark.parametrize(
    ("port", "name"), [(22, "ssh"), (53, "domain"), (80, "http"), (443, "https"), (3389, "ms-wbt-server"), (4, "")]
)
def test_names_by_port(port, name):
    assert services.service(port) == name


def test_udp_has_services_of_its_own():
    assert services.service(514) == "shell"
    assert services.service(514, udp=True) == "syslog"


@pytest.mark.parametrize(("ends", "name"), [((52144, 443), "https"), ((22, 51000), "ssh"), ((53, 8080), "domain")])
def test_the_lower_port_names_a_conversation(ends, name):
    assert services.service_of(*ends) == name
    assert services.service_of(*reversed(ends)) == name


def test_the_higher_port_names_it_when_the_lower_is_unknown():
    assert services.service_of(4, 443) == "https"
    assert services.service_of(40000, 40001) == ""


@pytest.mark.parametrize(
    ("name", "udp", "protocol"),
    [("https", False, "TLS"), ("https", True, "QUIC"), ("domain", True, "DNS"), ("ssh", False, "SSH")],
)
def test_protocols_by_service(name, udp, protocol):
    assert services.service_protocol(name, udp=udp) == protocol


def test_the_tables_agree_with_each_other():
    names = set(services.SERVICES.values()) | set(services.UDP_SERVICES.values())
    assert set(services.PROTOCOLS) <= names
    assert set(services.UDP_PROTOCOLS) <= names
    assert names >= services.SPOKEN_IN_UDP


def test_dynamic_ports_never_name_a_service():
    # RFC 6335 section 6
    assert max(services.SERVICES) < 49152
