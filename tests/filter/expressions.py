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
        "tcp/packets__tcp_retransmissions.pcapng",
        "tcp/zeek__tcp_retransmit-fast009.pcap",
        "tcp/arkime__pcap_wireshark-smb-on-windows10.pcap",
    ],
    "connections": [
        "attack/network-analys__detection_and_discovery_sec-nmap-os-detection.pcapng",
        "tunnel/network-analys__http_analysis_http-rst-ack.pcapng",
        "benign/brimcap__ztests_alerts.pcap",
        "benign/malcolm-test-a__protocols_NTP.pcap",
        "dns/go-dnscollecto__pcap_dnsdump_tcp_fastopen.pcap",
        "dns/suricata-verif__filestore-ftp-active-mode_ftp-active-mode.pcap",
        "format/ndpi__pcap_http_asymmetric.pcapng",
        "frag/zeek__Traces_ipv6-http-atomic-frag.pcap",
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
    "wireless": [
        "linktype/packets__3e80211_wpaauth.pcapng",
        "linktype/libtrace__traces_10_packets_radiotap.pcap",
        "linktype/pcaps__ppa-capture-files_FailedWEPAuth.pcap",
    ],
    "cooked": [
        "linktype/suricata-verif__smb-eicar-file_input.pcap",
        "linktype/filesamples__simple_http_sll2.pcap",
        "tunnel/akvorado__testdata_mpls-explicit-null-ipv6.pcap",
        "linktype/suricata-verif__pppoe_input.pcap",
        "tls/libtrace__traces_8021x.pcap",
    ],
    "lines": [
        "attack/zeek__ftp_bruteforce.pcap",
        "tls/zeek__Traces_smtp.pcap",
        "other/arkime__pcap_imap.pcap",
        "other/snort3_demo__pop_split_pop_boundary.pcap",
    ],
    "made of": [
        "dns/ja4__pcap_sshv1.pcap",
        "http/ndpi__pcap_webdav.pcap",
        "dns/packetq__test_dns.pcap",
        "attack/ndpi__pcap_icmp-tunnel.pcap",
    ],
    "checksums": [
        "tcp/zeek__chksums_ip4-tcp-good-chksum.pcap",
        "tls/sgr__pcap_for_test_tcp_analysis.pcapng",
        "dns/packetq__test_dns.pcap",
        "dns/ja4__pcap_sshv1.pcap",
    ],
    "extensions": [
        "dns/malcolm-test-a__protocols_PROFINET.pcap",
        "frag/suricata-verif__ipv6-malformed-fragments-12_frag-12.pcap",
        "frag/nfstream__pcaps_dns_fragmented.pcap",
        "tunnel/pcapplusplus__PacketExamples_ipv6_options.pcap",
    ],
    "messages": [
        "dns/suricata-verif__sip-method_sip.pcap",
        "dns/zeek__smb_smb_v2_only_non_zero_reserved1.pcap",
        "linktype/ipfixprobe__inputs_mqtt.pcap",
        "tls/zeek__modbus_modbus-and-non-modbus-p502.pcap",
        "dns/ja4__pcap_sshv1.pcap",
    ],
    "routers": [
        "other/arkime__pcap_ospf.pcap",
        "other/libpcap__filter_vrrp.pcap",
        "other/suricata-verif__igmp-v1-v2-rgmp-01_wireshark-wiki-IGMP-dataset.pcap",
        "tunnel/ndpi__pcap_esp.pcapng",
        "tunnel/suricata-verif__vxlan-decoder-02_vxlan.pcap",
    ],
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
arp.isprobe
eth.src.oui == 0x000c29
eth.dst.oui
eth.addr.oui == 0x000569
dhcp.hw.type == 1
dhcp.hw.len == 6
dhcp.flags
dhcp.flags.bc == 1
dhcp.option.length > 4
dhcp.option.request_list_item == 3
dhcp.option.broadcast_address
dhcp.option.renewal_time_value > 100
dhcp.option.rebinding_time_value
dhcp.option.dhcp_max_message_size
dhcp.option.ntp_server
dhcp.option.message contains "a"
dhcp.fqdn.name
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
ip.host == "192.168.1.1"
ip.src_host contains "192.168"
ip.dst_host matches "255$"
ipv6.host contains "fe80"
ipv6.dst_host == "ff02::1:3"
icmp.ident_le
icmp.seq_le > 255
icmp.mtu
icmp.redir_gw
icmpv6.opt.type == 1
icmpv6.opt.type
icmpv6.opt.linkaddr
icmpv6.opt.length == 1
icmpv6.nd.ra.flag.m == 0
icmpv6.nd.ra.router_lifetime > 0
icmpv6.nd.na.flag.s == 1
icmpv6.nd.na.flag.r
icmpv6.mld.multicast_address == ff02::/16
icmpv6.opt.prefix
ipv6.hopopts
ipv6.hopopts.nxt == 58
ipv6.opt.type == 5
ipv6.fraghdr
igmp.maddr == 224.0.0.0/4
igmp.checksum > 0
nbns.flags.response == 0
nbns.flags.opcode == 5
nbns.id > 0x8000
nbns.count.queries == 1
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
tcp.flags.str contains "AP"
tcp.flags.str contains "R"
tcp.options.wscale.multiplier > 4
tcp.option_len == 10
tcp.options.sack_le
tcp.options.sack_re > 1000
tcp.options.sack.count == 1
tcp.options.nop
tcp.options.eol
tcp.analysis.flags
tcp.analysis.ack_rtt
tcp.analysis.ack_rtt > 0.01
tcp.analysis.initial_rtt
tcp.analysis.initial_rtt > 0.02
tcp.analysis.acks_frame > 10
tcp.analysis.bytes_in_flight
tcp.analysis.bytes_in_flight > 3000
tcp.analysis.window_update
tcp.analysis.window_full
tcp.analysis.zero_window_probe
tcp.analysis.zero_window_probe_ack
tcp.analysis.keep_alive_ack
tcp.analysis.ack_lost_segment
tcp.completeness == 31
tcp.completeness & 0x20
tcp.completeness == 0
""",
    "connections": """
tcp.completeness
tcp.completeness == 0
tcp.completeness == 1
tcp.completeness == 15
tcp.completeness & 2
tcp.completeness & 32
tcp.analysis.initial_rtt
tcp.analysis.initial_rtt < 0.02
tcp.analysis.initial_rtt > 1
tcp.analysis.reused_ports
tcp.analysis.flags
tcp.analysis.ack_lost_segment
tcp.analysis.bytes_in_flight
tcp.nxtseq
tcp.nxtseq == 1
tcp.nxtseq > 1000
tcp.window_size > 65535
tcp.window_size == 131072
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
dns.mx.preference > 5
dns.soa.rname contains "a"
dns.soa.serial_number
dns.soa.refresh_interval > 1000
dns.soa.minimum_ttl < 3600
dns.srv.port
dns.srv.priority == 0
dns.srv.weight == 0
dns.rr.udp_payload_size > 512
dns.resp.ext_rcode
dns.resp.edns0_version == 0
dns.resp.z.do == 1
dns.opt.code
dns.qry.qu == 1
dns.qry.qu == 0
dns.resp.cache_flush == 1
dns.txt.length > 10
ntp.flags.mode == 3
ntp.flags.vn >= 3
ntp.flags.li
ntp.stratum == 2
ntp.ppoll > 6
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
http.cookie_pair contains "="
http.authbasic
http.file_data contains "html"
http.response.line contains "Server"
http.sec_websocket_key
http.proxy_authorization
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
tls.handshake.extension.len > 20
tls.handshake.cipher_suites_length > 30
tls.handshake.extensions_ec_point_format == 0
tls.handshake.extensions_key_share_group == 29
tls.handshake.length > 200
tls.handshake.ja3s_full contains "771"
""",
    "quic": """
quic
quic.version == 1
quic.version > 1
quic.header_form == 1
quic.long.packet_type == 0
udp.port == 443
quic.dcil > 0
quic.scil == 0
""",
    "wireless": """
wlan
wlan.fc == 0x8000
wlan.fc.type == 0
wlan.fc.type == 2
wlan.fc.subtype == 8
wlan.fc.type_subtype == 0x0b
wlan.fc.type_subtype in {0x20..0x2f}
wlan.fc.ds == 1
wlan.fc.tods == 1
wlan.fc.fromds == 1
wlan.fc.retry == 1
wlan.fc.protected == 1
wlan.fc.pwrmgt == 1
wlan.fc.version == 0
wlan.flags == 0
wlan.addr == ff:ff:ff:ff:ff:ff
wlan.ra == ff:ff:ff:ff:ff:ff
wlan.ta[0:3] == 28:c6:8e
wlan.sa[0:3] == 28:c6:8e
wlan.da[0] & 1
wlan.bssid
wlan.bssid == 28:c6:8e:ab:96:16
wlan.duration > 100
wlan.seq > 10
wlan.frag == 0
wlan.ssid
wlan.ssid contains "D"
wlan.ds.current_channel > 1
wlan.tag.number == 3
wlan.fixed.reason_code
wlan.fixed.status_code == 0
radiotap
wlan[0] == 80
""",
    "cooked": """
sll
sll.pkttype == 4
sll.pkttype == 0
sll.hatype == 1
sll.hatype == 772
sll.halen == 6
sll.etype == 0x0800
sll.src.eth
sll.ifindex
sll.src.eth[0:2] == 00:00
mpls
mpls.label > 15
mpls.exp == 0
mpls.bottom == 1
mpls.ttl > 200
pppoe.session_id > 0
pppoe.code == 0
pppoe.code == 9
pppoe.payload_length > 100
eapol
eapol.type == 0
eapol.version == 1
eapol.len > 20
""",
    "lines": """
ftp
ftp.request
ftp.request == 1
ftp.response == 1
ftp.request.command == "USER"
ftp.request.command in {"USER", "PASS"}
ftp.request.arg contains "b"
ftp.response.code == 530
ftp.response.code >= 400
ftp.response.arg contains "Login"
smtp.req
smtp.req.command == "EHLO"
smtp.req.command
smtp.req.parameter contains "@"
smtp.rsp
smtp.response.code == 250
smtp.response.code >= 300
smtp.rsp.parameter contains "Ok"
pop.request
pop.request.command == "RETR"
pop.request.parameter
pop.response
pop.response.indicator == "+OK"
pop.response.description contains "ready"
imap.isrequest == 1
imap.isrequest == 0
imap.request
imap.request.command == "FETCH"
imap.request_tag == "a0005"
imap.request contains "LOGIN"
imap.response
imap.response.status == "OK"
imap.response_tag
""",
    "made of": """
dns.time
dns.time > 0.01
dns.response_to
dns.response_to < 10
http.time > 0.015
http.request_in
icmp.resp_to
icmp.resptime < 1
icmp.resptime > 100
frame.protocols contains "dns"
frame.protocols contains "ip:udp"
frame.protocols == "eth:ethertype:ip:tcp"
frame.protocols matches "tcp:http"
frame.protocols contains "icmp"
data
data.len
data.len > 40
data.data contains 00:00
""",
    "checksums": """
ip.checksum.status == 1
ip.checksum.status == 0
tcp.checksum.status == 1
tcp.checksum.status == 0
udp.checksum.status == 1
udp.checksum.status == 0
udp.checksum.status == 3
icmp.checksum.status == 1
icmpv6.checksum.status == 1
tcp.checksum.status == "Good"
""",
    "extensions": """
ipv6.hopopts
ipv6.hopopts.nxt
ipv6.dstopts
ipv6.dstopts.nxt == 58
ipv6.routing
ipv6.routing.type == 0
ipv6.fraghdr
ipv6.fraghdr.nxt == 17
ipv6.fraghdr.more == 1
ipv6.fraghdr.ident
ipv6.fraghdr.offset > 0
ipv6.opt.type == 1
ipv6.opt.type == 5
""",
    "messages": """
sip.Method == "INVITE"
sip.Method
sip.r-uri contains "sip:"
sip.Request-Line
sip.Status-Code == 200
sip.Status-Code >= 400
sip.Status-Line contains "OK"
sip.Call-ID
sip.From contains "sip"
sip.To contains "sip"
sip.CSeq contains "INVITE"
sip.Via
sip.User-Agent
ssh.protocol contains "SSH"
mqtt.msgtype == 3
mqtt.msgtype == 1
smb2.cmd == 1
smb2.cmd == 0
smb2.nt_status != 0
smb2.flags.response == 1
mbtcp.trans_id > 0
mbtcp.unit_id == 1
mbtcp.len > 5
modbus.func_code == 3
radius.code == 1
_ws.expert
tcp.connection.syn
tcp.connection.synack
tcp.connection.fin
tcp.connection.rst
""",
    "routers": """
ospf
ospf.msg == 1
ospf.version == 2
ospf.srcrouter == 192.168.0.0/16
ospf.area_id == 0.0.0.0
vrrp.virt_rtr_id > 0
vrrp.prio == 100
igmp.type == 0x16
igmp.maddr
igmp.maddr == 224.0.0.0/8
esp.spi
gre.key
esp.sequence == 1
vxlan.flags
vxlan.vni > 0
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
