"""Well-known ports: the service names of IANA's registry that are met in practice, and the protocol each speaks."""

from __future__ import annotations

from typing import Final

SERVICES: Final = {
    7: "echo", 9: "discard", 13: "daytime", 17: "qotd", 19: "chargen", 20: "ftp-data", 21: "ftp", 22: "ssh",
    23: "telnet", 25: "smtp", 37: "time", 42: "nameserver", 43: "whois", 49: "tacacs", 53: "domain", 67: "bootps",
    68: "bootpc", 69: "tftp", 70: "gopher", 79: "finger", 80: "http", 88: "kerberos", 102: "iso-tsap", 109: "pop2",
    110: "pop3", 111: "sunrpc", 113: "auth", 119: "nntp", 123: "ntp", 135: "epmap", 137: "netbios-ns",
    138: "netbios-dgm", 139: "netbios-ssn", 143: "imap", 161: "snmp", 162: "snmptrap", 177: "xdmcp", 179: "bgp",
    194: "irc", 319: "ptp-event", 320: "ptp-general", 389: "ldap", 427: "svrloc", 443: "https", 445: "microsoft-ds",
    464: "kpasswd", 465: "submissions", 500: "isakmp", 502: "mbap", 512: "exec", 513: "login", 514: "shell",
    515: "printer", 520: "router", 521: "ripng", 523: "ibm-db2", 524: "ncp", 546: "dhcpv6-client",
    547: "dhcpv6-server", 548: "afpovertcp", 554: "rtsp", 563: "nntps", 587: "submission", 593: "http-rpc-epmap",
    601: "syslog-conn", 623: "asf-rmcp", 631: "ipp", 636: "ldaps", 639: "msdp", 646: "ldp", 698: "olsr",
    830: "netconf-ssh", 853: "domain-s", 860: "iscsi", 873: "rsync", 989: "ftps-data", 990: "ftps", 992: "telnets",
    993: "imaps", 995: "pop3s", 1080: "socks", 1099: "rmiregistry", 1194: "openvpn", 1344: "icap", 1352: "lotusnote",
    1433: "ms-sql-s", 1434: "ms-sql-m", 1494: "ica", 1512: "wins", 1521: "oracle", 1589: "vqp", 1645: "radius-old",
    1646: "radacct-old", 1701: "l2tp", 1719: "h323gatestat", 1720: "h323hostcall", 1723: "pptp",
    1755: "ms-streaming", 1801: "msmq", 1812: "radius", 1813: "radius-acct", 1863: "msnp", 1883: "mqtt",
    1900: "ssdp", 1935: "macromedia-fcs", 1985: "hsrp", 2000: "cisco-sccp", 2029: "hsrpv6", 2049: "nfs",
    2055: "netflow", 2083: "radsec", 2123: "gtp-control", 2152: "gtp-user", 2181: "zookeeper", 2222: "EtherNet-IP-1",
    2375: "docker", 2376: "docker-s", 2377: "swarm", 2379: "etcd-client", 2380: "etcd-server", 2404: "iec-104",
    2427: "mgcp-gateway", 2484: "ttc-ssl", 2598: "citriximaclient", 2638: "sybaseanywhere", 2727: "mgcp-callagent",
    2775: "smpp", 2905: "m3ua", 2944: "megaco-h248", 2947: "gpsd", 2948: "wap-push", 3128: "ndl-aas", 3222: "glbp",
    3260: "iscsi-target", 3268: "msft-gc", 3269: "msft-gc-ssl", 3306: "mysql", 3386: "gprs-data",
    3389: "ms-wbt-server", 3478: "stun", 3493: "nut", 3544: "teredo", 3632: "distcc", 3689: "daap", 3690: "svn",
    3702: "ws-discovery", 3784: "bfd-control", 3785: "bfd-echo", 3799: "radius-dynauth", 3868: "diameter",
    4190: "sieve", 4341: "lisp-data", 4342: "lisp-control", 4369: "epmd", 4379: "lsp-ping", 4500: "ipsec-nat-t",
    4569: "iax", 4739: "ipfix", 4784: "bfd-multi-ctl", 4786: "smart-install", 4789: "vxlan", 4840: "opcua-tcp",
    4843: "opcua-tls", 5004: "avt-profile-1", 5005: "avt-profile-2", 5060: "sip", 5061: "sips", 5190: "aol",
    5222: "xmpp-client", 5246: "capwap-control", 5247: "capwap-data", 5269: "xmpp-server", 5280: "xmpp-bosh",
    5351: "nat-pmp", 5353: "mdns", 5355: "llmnr", 5357: "wsdapi", 5432: "postgresql", 5671: "amqps", 5672: "amqp",
    5683: "coap", 5684: "coaps", 5900: "rfb", 5984: "couchdb", 5985: "wsman", 5986: "wsmans", 6000: "x11",
    6081: "geneve", 6343: "sflow", 6346: "gnutella-svc", 6379: "redis", 6443: "kubernetes", 6514: "syslog-tls",
    6633: "openflow-old", 6635: "mpls-udp", 6640: "ovsdb", 6653: "openflow", 6667: "ircu", 6697: "ircs-u",
    6771: "bt-lsd", 6784: "bfd-lag", 6881: "bittorrent", 7001: "afs3-callback", 7400: "rtps-discovery",
    8008: "http-alt", 8009: "ajp13", 8080: "http-alt", 8086: "influxdb", 8089: "splunkd", 8333: "bitcoin",
    8443: "pcsync-https", 8472: "otv", 8554: "rtsp-alt", 8805: "pfcp", 8883: "secure-mqtt", 9042: "cassandra",
    9092: "kafka", 9100: "pdl-datastream", 9200: "elasticsearch", 9418: "git", 9600: "omron-fins",
    9995: "netflow-2", 9996: "netflow-3", 10000: "ndmp", 10050: "zabbix-agent", 10051: "zabbix-trapper",
    10250: "kubelet", 11211: "memcache", 13400: "doip-data", 17500: "db-lsp", 20000: "dnp", 22000: "syncthing",
    25565: "minecraft", 27017: "mongodb", 27960: "quake3", 30303: "ethereum", 34964: "profinet-cm",
    34980: "ethercat", 37008: "tzsp", 44818: "EtherNet-IP-2", 47808: "bacnet",
}  # fmt: skip
"""Name by port, the same for TCP and UDP. A name that IANA does not have is the one the program itself goes by.
Ports from 49152 on are dynamic (RFC 6335 section 6) and never name a service."""

UDP_SERVICES: Final = {512: "comsat", 513: "who", 514: "syslog"}
"""Ports that IANA gives another service in UDP."""

PROTOCOLS: Final = {
    "nameserver": "WINS", "domain": "DNS", "bootps": "DHCP", "bootpc": "DHCP", "kerberos": "KRB5", "iso-tsap": "COTP",
    "pop3": "POP", "sunrpc": "RPC", "epmap": "DCERPC", "netbios-ns": "NBNS", "netbios-dgm": "NBDS",
    "netbios-ssn": "NBSS", "snmptrap": "SNMP", "ptp-event": "PTP", "ptp-general": "PTP", "svrloc": "SLP",
    "https": "TLS", "microsoft-ds": "SMB", "submissions": "TLS", "mbap": "Modbus", "exec": "REXEC", "login": "RLOGIN",
    "shell": "RSH", "printer": "LPD", "router": "RIP", "ripng": "RIPng", "ibm-db2": "DB2", "dhcpv6-client": "DHCPv6",
    "dhcpv6-server": "DHCPv6", "afpovertcp": "AFP", "nntps": "TLS", "submission": "SMTP", "http-rpc-epmap": "DCERPC",
    "syslog-conn": "SYSLOG", "asf-rmcp": "RMCP", "ldaps": "TLS", "netconf-ssh": "SSH", "domain-s": "TLS",
    "iscsi": "iSCSI", "ftps-data": "TLS", "ftps": "TLS", "telnets": "TLS", "imaps": "TLS", "pop3s": "TLS",
    "rmiregistry": "RMI", "openvpn": "OpenVPN", "ms-sql-s": "TDS", "ms-sql-m": "MS-SQL", "oracle": "TNS",
    "radius-old": "RADIUS", "radacct-old": "RADIUS", "h323gatestat": "H.225", "h323hostcall": "H.225",
    "radius-acct": "RADIUS", "msnp": "MSNP", "macromedia-fcs": "RTMP", "cisco-sccp": "SCCP", "hsrpv6": "HSRP",
    "netflow": "NetFlow", "radsec": "TLS", "gtp-control": "GTP", "gtp-user": "GTP", "zookeeper": "ZooKeeper",
    "EtherNet-IP-1": "ENIP", "docker-s": "TLS", "etcd-client": "ETCD", "etcd-server": "ETCD", "iec-104": "IEC104",
    "mgcp-gateway": "MGCP", "ttc-ssl": "TLS", "citriximaclient": "ICA", "sybaseanywhere": "TDS",
    "mgcp-callagent": "MGCP", "megaco-h248": "H.248", "wap-push": "WSP", "ndl-aas": "HTTP", "iscsi-target": "iSCSI",
    "msft-gc": "LDAP", "msft-gc-ssl": "TLS", "mysql": "MySQL", "gprs-data": "GTP'", "ms-wbt-server": "RDP",
    "teredo": "Teredo", "ws-discovery": "WSD", "bfd-control": "BFD", "bfd-echo": "BFD", "radius-dynauth": "RADIUS",
    "diameter": "Diameter", "lisp-data": "LISP", "lisp-control": "LISP", "lsp-ping": "MPLS-ECHO",
    "ipsec-nat-t": "UDPENCAP", "iax": "IAX2", "bfd-multi-ctl": "BFD", "opcua-tcp": "OPC-UA", "opcua-tls": "TLS",
    "avt-profile-1": "RTP", "avt-profile-2": "RTCP", "sips": "TLS", "aol": "AIM", "xmpp-client": "XMPP",
    "capwap-control": "CAPWAP", "capwap-data": "CAPWAP", "xmpp-server": "XMPP", "xmpp-bosh": "HTTP", "mdns": "mDNS",
    "wsdapi": "HTTP", "postgresql": "PGSQL", "amqps": "TLS", "coap": "CoAP", "coaps": "DTLS", "rfb": "VNC",
    "couchdb": "HTTP", "wsman": "HTTP", "wsmans": "TLS", "geneve": "Geneve", "sflow": "sFlow",
    "gnutella-svc": "Gnutella", "redis": "RESP", "kubernetes": "TLS", "syslog-tls": "TLS", "openflow-old": "OpenFlow",
    "mpls-udp": "MPLS", "openflow": "OpenFlow", "ircu": "IRC", "ircs-u": "TLS", "bt-lsd": "BT-LSD", "bfd-lag": "BFD",
    "bittorrent": "BitTorrent", "afs3-callback": "RX", "rtps-discovery": "RTPS", "http-alt": "HTTP", "ajp13": "AJP13",
    "influxdb": "HTTP", "splunkd": "TLS", "bitcoin": "Bitcoin", "pcsync-https": "TLS", "otv": "VXLAN",
    "rtsp-alt": "RTSP", "secure-mqtt": "TLS", "cassandra": "CQL", "kafka": "Kafka", "pdl-datastream": "JetDirect",
    "elasticsearch": "HTTP", "git": "Git", "omron-fins": "OMRON", "netflow-2": "NetFlow", "netflow-3": "NetFlow",
    "zabbix-agent": "Zabbix", "zabbix-trapper": "Zabbix", "kubelet": "TLS", "doip-data": "DoIP", "db-lsp": "DB-LSP",
    "dnp": "DNP3", "syncthing": "TLS", "minecraft": "Minecraft", "mongodb": "MongoDB", "quake3": "QUAKE3",
    "ethereum": "RLPx", "profinet-cm": "DCERPC", "ethercat": "EtherCAT", "EtherNet-IP-2": "ENIP", "bacnet": "BACnet",
    "time": "TIME", "pop2": "POP", "auth": "IDENT",
}  # fmt: skip
"""Protocol column by service name, where it is not the name in upper case."""

UDP_PROTOCOLS: Final = {"https": "QUIC", "http": "QUIC", "domain-s": "DTLS", "radsec": "DTLS"}
"""Services that speak another protocol in UDP."""


SPOKEN_IN_UDP: Final = frozenset(
    {
        "echo", "discard", "daytime", "qotd", "chargen", "time", "nameserver", "tacacs", "domain", "bootps", "bootpc",
        "tftp", "kerberos", "sunrpc", "ntp", "netbios-ns", "netbios-dgm", "snmp", "snmptrap", "xdmcp", "ptp-event",
        "ptp-general", "ldap", "svrloc", "https", "kpasswd", "isakmp", "comsat", "who", "syslog", "router", "ripng",
        "dhcpv6-client", "dhcpv6-server", "asf-rmcp", "ldp", "olsr", "domain-s", "openvpn", "ms-sql-m", "ica", "wins",
        "vqp", "radius-old", "radacct-old", "l2tp", "h323gatestat", "radius", "radius-acct", "ssdp", "hsrp", "hsrpv6",
        "nfs", "netflow", "gtp-control", "gtp-user", "EtherNet-IP-1", "mgcp-gateway", "citriximaclient",
        "mgcp-callagent", "megaco-h248", "wap-push", "glbp", "gprs-data", "ms-wbt-server", "stun", "teredo",
        "ws-discovery", "bfd-control", "bfd-echo", "radius-dynauth", "lisp-data", "lisp-control", "lsp-ping",
        "ipsec-nat-t", "iax", "ipfix", "bfd-multi-ctl", "vxlan", "avt-profile-1", "avt-profile-2", "sip",
        "capwap-control", "capwap-data", "nat-pmp", "mdns", "llmnr", "coap", "coaps", "geneve", "sflow",
        "gnutella-svc", "mpls-udp", "bt-lsd", "bfd-lag", "bittorrent", "afs3-callback", "rtps-discovery", "otv", "pfcp",
        "omron-fins", "netflow-2", "netflow-3", "memcache", "doip-data", "db-lsp", "syncthing", "quake3", "ethereum",
        "profinet-cm", "ethercat", "tzsp", "EtherNet-IP-2", "bacnet",
    }
)  # fmt: skip
"""Services that are used over UDP; IANA reserves the port there for nearly all others too, but nothing speaks them."""


def service(port: int, *, udp: bool = False) -> str:
    """Return the name of the service that uses `port`, empty when none is known."""
    return (UDP_SERVICES.get(port) if udp else None) or SERVICES.get(port, "")


def service_of(source_port: int, destination_port: int, *, udp: bool = False) -> str:
    """Return the name of the service of a conversation: that of the lower port if it has one, else of the other.

    A server's port is registered and nearly always below the ephemeral port of its client.
    """
    low, high = sorted((source_port, destination_port))
    return service(low, udp=udp) or service(high, udp=udp)


def service_protocol(name: str, *, udp: bool = False) -> str:
    """Return the protocol that the service called `name` speaks, as the protocol column writes it."""
    return (UDP_PROTOCOLS.get(name) if udp else None) or PROTOCOLS.get(name) or name.upper()
