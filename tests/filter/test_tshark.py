"""For every expression our filter keeps the same packets as tshark's -Y; where it means not to, that is listed."""

from __future__ import annotations

import json

import pytest

from netwatch.filter.display_filter import compile_filter
from tests.filter.expressions import EXPRESSIONS, pairs
from tests.filter.matching import matching
from tests.filter.tshark_facts import CAPTURES, FACTS, compact

BEGINS = "a message is in the packet in which it begins; tshark reassembles it and has it where it ends"
DIFFERENCES: dict[str, dict[str, tuple[str, ...]]] = {
    BEGINS: {
        "http/packets__http_dvwa_clearlogin.pcapng": (
            "http",
            'http contains "HTTP/1.1"',
            'http.connection == "Keep-Alive"',
            "http.content_length > 1000",
            "http.content_length_header",
            'http.content_type contains "text"',
            "http.response",
            "http.response.code == 200",
            'http.response.phrase == "OK"',
            "http.server",
            'http.file_data contains "html"',
            'http.response.line contains "Server"',
        ),
        "dns/zeek__smb_smb_v2_only_non_zero_reserved1.pcap": ("smb2.cmd == 1", "smb2.flags.response == 1"),
        "tls/mercury__pcaps_tlsv1_3.pcap": (
            "ssl",
            "tls",
            "tcp.port == 443 and tls",
            "tls.app_data",
            "tls.record.version",
        ),
        "tls/ndpi__pcap_smtp-starttls.pcap": (
            "ssl",
            "ssl.handshake",
            "ssl.record.length < 100",
            "tls",
            "tls.handshake",
            "tls.handshake.length > 200",
            "tls.record.content_type == 22",
            "tls.record.version",
            "tls.record.version == 0x0301",
        ),
        "tls/zeek__tls_tls-expired-cert.pcap": (
            "ssl",
            "ssl.handshake",
            "ssl.record.length < 100",
            "tcp.port == 443 and tls",
            "tls",
            "tls.handshake",
            "tls.handshake.length > 200",
            "tls.record.content_type == 22",
            "tls.record.version",
            "tls.record.version == 0x0301",
        ),
    },
    "tshark has the type of records of TLS 1.3 in tls.record.opaque_type": {
        "tls/mercury__pcaps_tlsv1_3.pcap": ("tls.record.content_type == 23",),
    },
    "tshark's udp ends with its header of 8 bytes; ours goes on to the end, as its tcp does": {
        "dns/ja4__pcap_sshv1.pcap": ("udp[8] == 00",),
    },
    "tshark counts the UDP headers that ICMP errors quote as streams": {
        "dns/community-id-s__pcaps_combined.pcap": ("udp.stream == 1",),
    },
    "tshark reads what ICMP errors quote like the packet itself; ours knows only the headers there": {
        "dns/ja4__pcap_sshv1.pcap": (
            'frame.protocols contains "dns"',
            "data",
            "data.len",
            "data.data contains 00:00",
            "udp.checksum.status == 1",
        ),
        "frag/suricata-verif__ipv6-malformed-fragments-12_frag-12.pcap": ("ipv6.fraghdr", "ipv6.fraghdr.ident"),
    },
    "a checksum left to the network card is not bad but not verified, as the expert notes say": {
        "dns/packetq__test_dns.pcap": ("udp.checksum.status == 0",),
    },
    "a line that continues one of an earlier packet (AUTH, a literal of IMAP) is neither a command nor a reply": {
        "tls/zeek__Traces_smtp.pcap": ("smtp.req",),
        "other/arkime__pcap_imap.pcap": ("imap.isrequest == 0", "imap.response", "imap.response_tag"),
    },
    "the byte of a keep-alive is not in flight, it was acknowledged before": {
        "tcp/arkime__pcap_wireshark-smb-on-windows10.pcap": ("tcp.analysis.bytes_in_flight",),
    },
    "every acknowledgement that goes further than what was captured is told; tshark leaves some of a row of them out": {
        "benign/brimcap__ztests_alerts.pcap": ("tcp.analysis.flags", "tcp.analysis.ack_lost_segment"),
    },
    "a segment without any flag acknowledges nothing, and scales no window by an option that only a SYN may have": {
        "attack/network-analys__detection_and_discovery_sec-nmap-os-detection.pcapng": (
            "tcp.analysis.flags",
            "tcp.window_size > 65535",
            "tcp.window_size == 131072",
        ),
    },
    "a connection that FTP announced begins with its SYN; for tshark it was there before, so that no SYN opens it": {
        "dns/suricata-verif__filestore-ftp-active-mode_ftp-active-mode.pcap": (
            "tcp.completeness == 0",
            "tcp.completeness == 1",
            "tcp.completeness == 15",
        ),
    },
    "what acknowledges a SYN-ACK that was captured before its SYN still does": {
        "frag/zeek__Traces_ipv6-http-atomic-frag.pcap": (
            "tcp.analysis.initial_rtt",
            "tcp.analysis.initial_rtt < 0.02",
        ),
    },
    "what stands on the port of Modbus is taken for it where tshark looks more closely": {
        "tls/zeek__modbus_modbus-and-non-modbus-p502.pcap": ("mbtcp.trans_id > 0", "mbtcp.len > 5"),
    },
    "ours has something to say of headers, TCP and HTTP, tshark of every protocol": {
        "dns/suricata-verif__sip-method_sip.pcap": ("_ws.expert",),
        "dns/zeek__smb_smb_v2_only_non_zero_reserved1.pcap": ("_ws.expert",),
        "tls/zeek__modbus_modbus-and-non-modbus-p502.pcap": ("_ws.expert",),
        "dns/ja4__pcap_sshv1.pcap": ("_ws.expert",),
    },
    "a time of more than a million microseconds is negative for tshark": {
        "other/malcolm-test-a__protocols_DHCP.pcap": ("frame.time_delta > 0.1",),
    },
}
"""By reason and capture, the expressions for which our packets are others."""

DIFFERENT = {
    (capture, expression)
    for captures in DIFFERENCES.values()
    for capture, expressions in captures.items()
    for expression in expressions
}

by_capture = pytest.mark.parametrize("capture", sorted({capture for capture, _ in pairs()}))


def test_there_are_enough_expressions() -> None:
    """Issue 6 asks for 150, and each of them is understood."""
    expressions = {line for lines in EXPRESSIONS.values() for line in lines.strip().splitlines()}
    assert len(expressions) >= 300
    for expression in expressions:
        compile_filter(expression)


@by_capture
def test_the_same_packets_as_tshark(capture: str) -> None:
    """Packet numbers are equal, and the list of differences holds nothing that is not one."""
    path = CAPTURES / capture
    if not path.exists():
        pytest.skip("the development captures are not beside the checkout")
    facts = json.loads(FACTS.read_text())[capture]
    wrong = [
        expression
        for found, expression in pairs()
        if found == capture
        and (compact(matching(str(path), expression)) == facts[expression]) == ((capture, expression) in DIFFERENT)
    ]
    assert wrong == []
