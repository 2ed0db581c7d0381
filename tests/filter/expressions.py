"""A table of data: the expressions whose matching packets are compared with tshark's, and the captures on which."""

from __future__ import annotations

CAPTURES = {
    "link": [
        "dns/ipfixprobe__inputs_mixed.pcap",
        "dns/dnscap__test_vlan11.pcap",
        "arp/network-analys__detection_and_discovery_arp-recon.pcapng",
        "other/malcolm-test-a__protocols_DHCP.pcap",
    ],
    "network": [
        "dns/malcolm-test-a__protocols_PROFINET.pcap",
        "attack/network-analys__detection_and_discovery_sec-nmap-udp-scan.pcapng",
        "dns/ja4__pcap_sshv1.pcap",
        "tunnel/libtrace__traces_100_packets.pcap",
    ],
    "transport": [
        "tls/sgr__pcap_for_test_tcp_analysis.pcapng",
        "benign/network-analys__tcp_ip_analysis_overview_http-tcp-analysis-1.pcapng",
        "dns/community-id-s__pcaps_combined.pcap",
        "attack/ndpi__pcap_WebattackRCE.pcap",
    ],
    "dns": [
        "dns/suricata-verif__smb2-ntlmssp-negotiateflags_input.pcap",
        "dns/iot_sentinel__HueBridge_Setup-C-12-STA.pcap",
        "attack/sgr__DNS_dgapcap.pcapng",
        "dns/packetq__test_dns.pcap",
    ],
    "web": [
        "attack/ndpi__pcap_WebattackRCE.pcap",
        "http/packets__http_dvwa_clearlogin.pcapng",
        "http/ndpi__pcap_webdav.pcap",
    ],
    "tls": [
        "tls/pcapfs__system_system-tests.pcap",
        "tls/mercury__pcaps_tlsv1_3.pcap",
        "tls/ndpi__pcap_smtp-starttls.pcap",
        "tls/zeek__tls_tls-expired-cert.pcap",
    ],
    "quic": ["tls/nfstream__pcaps_quic-24.pcap"],
}
"""Groups of captures, relative to the folder of the development captures."""

EXPRESSIONS = {
    "link": """
frame
frame.number == 7
frame.number in {1, 3..9, 20}
frame.number > 10 and frame.number <= 20
frame.len > 300
frame.len < 60 or frame.len >= 1400
frame.cap_len == 60
frame.time_relative > 1.5
frame.time_relative <= 0.25
frame.time_delta > 0.1
frame.time_epoch > 1300000000.5
frame contains "http"
frame contains 00:01:00:01
frame[0:6] == ff:ff:ff:ff:ff:ff
frame[12:2] == 08:06
frame[-1] == 00
frame[0:3,6:3] contains 00:00
frame matches "x.?p"
eth
eth.addr == ff:ff:ff:ff:ff:ff
eth.src == ff:ff:ff:ff:ff:ff
eth.dst == ff:ff:ff:ff:ff:ff
eth.addr != ff:ff:ff:ff:ff:ff
eth.dst[0] & 1
eth.dst[0:3] == 01:00:5e
eth.src[0:3] != 00:00:00
eth.addr[0:2] == 33:33
eth.type == 0x0806
eth.type == 0x86dd or eth.type == 2048
eth.len
eth.len < 200
eth.dst.ig == 1
eth.ig == True
eth.src.lg == 1
vlan
vlan.id == 11
vlan.id
vlan.priority == 0
vlan.id != 11
arp
arp.opcode == 1
arp.opcode == 2
arp.opcode != 1
arp.src.proto_ipv4 == 192.168.0.0/16
arp.dst.proto_ipv4 == 10.0.0.0/8
arp.src.hw_mac[0:3] == 00:0c:29
arp.dst.hw_mac == 00:00:00:00:00:00
arp.hw.type == 1
arp.isgratuitous
arp and !eth.dst == ff:ff:ff:ff:ff:ff
dhcp
bootp
dhcp.type == 1
dhcp.option.dhcp == 1
dhcp.option.dhcp in {3, 5}
bootp.option.hostname
dhcp.option.hostname contains "a"
dhcp.option.type == 55
dhcp.ip.your != 0.0.0.0
dhcp.hw.mac_addr[0:2] == 00:00
dhcp.option.requested_ip_address
dhcp.id > 0x80000000
""",
    "network": """
ip
ipv6
ip or ipv6
ip.version == 4
ip.version == 6
ipv6.version == 6
udp[8] == 00
ip.hdr_len > 20
ip.addr == 192.168.0.0/16
ip.addr == 10.0.0.0/8
ip.src == 192.168.1.1
ip.addr != 192.168.0.0/16
!(ip.addr == 192.168.0.0/16)
ip.addr !== 192.168.0.0/16
ip.addr ~= 192.168.0.0/16
ip.addr === 192.168.0.0/16
all ip.addr == 192.168.0.0/16
any ip.addr != 192.168.0.0/16
ip.src == ip.dst
ip.src != ip.dst
ip.src > ip.dst
ip.dst in {224.0.0.0..239.255.255.255}
ip.dst == 255.255.255.255
ip.ttl < 64
ip.ttl == 64 || ip.ttl == 128
ip.ttl in {1, 32..63}
ip.len > 1000
ip.len == 40
ip.id == 0
ip.id > 0xf000
ip.flags == 2
ip.flags.df == 1
ip.flags.df
not ip.flags.df == True
ip.flags.mf == 1
ip.frag_offset > 0
ip.proto == 17
ip.proto == 6 and ip.ttl > 100
ip.dsfield != 0
ip.dsfield.dscp == 0
ip.dsfield.ecn > 0
ip.checksum == 0
ip.src[0:2] == c0:a8
ipv6.addr == fe80::/10
ipv6.src == fe80::/64 and ipv6.dst == ff02::/16
ipv6.dst == ff02::1:3
ipv6.addr != fe80::/10
ipv6.plen < 40
ipv6.nxt == 58
ipv6.nxt == 17
ipv6.hlim == 255
ipv6.flow != 0
ipv6.src > ipv6.dst
ipv6.dst[0:2] == ff:02
icmp
icmp.type == 3
icmp.type == 3 and icmp.code == 3
icmp.type == 8
icmp.seq > 1
icmpv6
icmpv6.type == 135
icmpv6.type in {133..136}
icmpv6.nd.ns.target_address == fe80::/10
igmp
icmp and udp
icmp and udp.port > 1000
udp.port == 137 and not icmp
ip.addr == 192.168.1.1 and (tcp or udp) and not udp.port == 53
ip.ttl + 1 > 64
ip.len - ip.hdr_len > 500
count(ip.addr) > 2
max(ip.ttl) == 255
""",
    "transport": """
tcp
udp
tcp.port == 80
tcp.port != 80
!(tcp.port == 80)
tcp.srcport == 443
tcp.dstport > 1024
tcp.port in {80, 443, 8000..8100}
tcp.port not in {80, 443}
tcp.srcport == tcp.dstport
tcp.srcport < tcp.dstport
tcp.flags == 0x002
tcp.flags == 0x012
tcp.flags.syn == 1
tcp.flags.syn == 1 && tcp.flags.ack == 0
tcp.flags.syn == True and tcp.flags.ack == False
tcp.flags.fin == 1 or tcp.flags.reset == 1
tcp.flags.push == 1
tcp.flags & 0x02
tcp.flags & 0x12 == 0x12
tcp.flags.urg
tcp.len > 0
tcp.len == 0
tcp.len >= 1000 && tcp.len < 1460
tcp.hdr_len > 20
tcp.hdr_len == 32
tcp.window_size_value == 0
tcp.window_size_value < 1000
tcp.window_size > 65535
tcp.seq == 0
tcp.seq == 1
tcp.seq > 1000
tcp.ack == 1
tcp.ack > 5000
tcp.seq_raw > 0x80000000
tcp.ack_raw == 0
tcp.nxtseq == 1
tcp.checksum == 0
tcp.urgent_pointer == 0
tcp.stream == 0
tcp.stream eq 3
tcp.stream > 4
tcp.stream in {1..3}
tcp.options
tcp.options.mss_val == 1460
tcp.options.mss_val
tcp.options.mss
tcp.options.wscale.shift > 2
tcp.options.sack_perm
tcp.options.timestamp.tsval > 0
tcp.option_kind == 5
tcp.payload
tcp.payload contains "HTTP"
tcp.payload[0:3] == "GET"
tcp contains "Host"
tcp[0:2] == 00:50
tcp[13] == 0x12
tcp.analysis.retransmission
tcp.analysis.fast_retransmission
tcp.analysis.spurious_retransmission
tcp.analysis.out_of_order
tcp.analysis.lost_segment
tcp.analysis.duplicate_ack
tcp.analysis.keep_alive
tcp.analysis.zero_window
tcp.time_relative > 0.5
tcp.time_delta > 0.1
tcp.time_delta == 0
udp.time_delta > 1
udp.time_relative > 0.5
tcp.flags.ack && !tcp.flags.push
tcp.srcport + tcp.dstport > 50000
tcp.flags & 0x18 == 0x18
any tcp.port in {80, 443}
all tcp.port > 1000
string(ip.ttl) == "64"
max(tcp.port) > 50000
udp.port == 53
udp.srcport == 53
udp.length > 100
udp.length < 50
udp.stream == 1
udp.port > 1024 and udp.port < 60000
sctp
tcp || udp && ip.ttl < 64
(tcp || udp) && ip.ttl < 64
not tcp and not udp
! tcp
tcp and not tcp
tcp.port >= 1024 and tcp.port lt 2000
""",
    "dns": """
dns
mdns
llmnr
nbns
dns or mdns or llmnr
dns.flags.response == 0
dns.flags.response == 1
dns.flags.response
dns.flags.rcode != 0
dns.flags.rcode == 3
dns.flags.opcode == 0
dns.flags.recdesired == 1
dns.flags.authoritative == True
dns.flags.truncated == 1
dns.id == 0
dns.id > 0x8000
dns.count.queries == 1
dns.count.answers > 1
dns.count.auth_rr > 0
dns.count.add_rr >= 1
dns.qry.name contains "a"
dns.qry.name contains "local"
dns.qry.name matches "^[a-m].*(com|local)$"
dns.qry.name matches "WPAD"
lower(dns.qry.name) contains "wpad"
len(dns.qry.name) > 20
dns.qry.name.len > 30
dns.qry.type == 1
dns.qry.type == 28
dns.qry.type in {12, 16, 33}
dns.qry.type == 255
dns.qry.class == 1
dns.count.labels > 2
dns.flags.z == 0
dns.resp.type == 5
dns.resp.type == 41
dns.resp.ttl < 60
dns.resp.name contains "com"
dns.a
dns.a == 192.168.0.0/16
dns.aaaa
dns.cname
dns.cname contains "net"
dns.ptr.domain_name
dns.srv.target
dns and ip.src == 192.168.0.0/16
ntp
""",
    "web": """
http
http.request
http.response
http.request.method == "GET"
http.request.method == GET
http.request.method != "GET"
http.request.method in {"POST", "PUT"}
http.request.uri contains "php"
http.request.uri matches "\\\\.(php|css|js)"
http.request.uri == "/"
http.request.uri.path
http.request.uri.path contains "a"
http.request.uri.query
http.request.uri.query.parameter
http.request.version == "HTTP/1.1"
http.host
http.host contains "a"
http.host matches "^[0-9.]+$"
http.user_agent contains "Mozilla"
http.user_agent
http.referer
http.cookie contains "="
http.response.code == 200
http.response.code >= 300
http.response.code in {301, 302, 304}
http.response.code != 200
http.response.phrase == "OK"
http.content_type contains "text"
http.content_length_header
http.content_length > 1000
http.server
http.location
http.connection == "Keep-Alive"
http.request and not http.cookie
http.request || http.response.code == 404
http contains "HTTP/1.1"
http.request.full_uri contains "http"
upper(http.request.method) == "POST"
len(http.request.uri) > 20
http.accept_language
""",
    "tls": """
tls
ssl
tls.record.content_type == 22
tls.record.content_type == 23
tls.record.version == 0x0301
tls.record.version
ssl.record.length < 100
tls.handshake
ssl.handshake
tls.handshake.type == 1
tls.handshake.type == 2
ssl.handshake.type in {1, 2}
tls.handshake.version == 0x0303
tls.handshake.ciphersuite == 0xc02f
tls.handshake.ciphersuite == 0x1301
tls.handshake.extensions_server_name
tls.handshake.extensions_server_name contains "google"
tls.handshake.extensions_server_name matches "com$"
ssl.handshake.extensions_server_name contains "o"
tls.handshake.extensions_alpn_str == "h2"
tls.handshake.extension.type == 43
tls.handshake.extensions.supported_version == 0x0304
tls.handshake.session_id_length == 32
tls.handshake.extensions_server_name_len > 10
tls.handshake.ja3
tls.handshake.ja3 matches "^[0-7]"
tls.handshake.ja3_full contains "771"
tls.handshake.ja3s matches "^[0-7]"
tls.change_cipher_spec
tls.alert_message
tls.app_data
tcp.port == 443 and tls
""",
    "quic": """
quic
quic.version == 1
quic.version > 1
quic.header_form == 1
quic.long.packet_type == 0
udp.port == 443
""",
}
"""One expression a line."""


def pairs() -> list[tuple[str, str]]:
    """Return (capture, expression) of everything that is compared."""
    return [
        (capture, expression)
        for group, lines in EXPRESSIONS.items()
        for expression in lines.strip().splitlines()
        for capture in CAPTURES[group]
    ]
