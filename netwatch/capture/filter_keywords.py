"""The keywords of libpcap's filter language, by what they make of a name that follows them."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TYPE_QUALIFIERS: Final = _words("host net gateway mask port portrange proto protochain")
LOCAL_TYPES: Final = _words("port portrange proto protochain")
"""Names after these are looked up in /etc/services and /etc/protocols, never in the DNS."""
TABLE_QUALIFIERS: Final = _words("type subtype dir direction llc on ifname rset ruleset reason action")
"""The one name after these comes from a table inside libpcap."""
LINK_QUALIFIERS: Final = _words("link ether ppp slip fddi tr wlan ra ta addr1 addr2 addr3 addr4")
FAMILIES: Final = {"ip": 4, "arp": 4, "rarp": 4, "ip6": 6}
OPERATORS: Final = _words("and or not")
_OTHER_KEYWORDS = _words(
    """
    dst src sctp tcp udp icmp igmp igrp pim vrrp carp radio icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis
    es-is isis is-is l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui address1 address2 address3 address4 less greater
    byte broadcast multicast len length inbound outbound ifindex vlan mpls pppoed pppoes geneve lane metac bcc oam oamf4
    oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect rnr rulenum srnr subrulenum fisu lssu lsu msu hfisu hlssu
    hmsu sio opc dpc sls hsio hopc hdpc hsls icmptype icmpcode icmp-echoreply icmp-unreach icmp-sourcequench
    icmp-redirect icmp-echo icmp-routeradvert icmp-routersolicit icmp-timxceed icmp-paramprob icmp-tstamp
    icmp-tstampreply icmp-ireq icmp-ireqreply icmp-maskreq icmp-maskreply icmp6type icmp6code icmp6-destinationunreach
    icmp6-packettoobig icmp6-timeexceeded icmp6-parameterproblem icmp6-echo icmp6-echoreply
    icmp6-multicastlistenerquery icmp6-multicastlistenerreportv1 icmp6-multicastlistenerdone icmp6-routersolicit
    icmp6-routeradvert icmp6-neighborsolicit icmp6-neighboradvert icmp6-redirect icmp6-routerrenum
    icmp6-nodeinformationquery icmp6-nodeinformationresponse icmp6-ineighbordiscoverysolicit
    icmp6-ineighbordiscoveryadvert icmp6-multicastlistenerreportv2 icmp6-homeagentdiscoveryrequest
    icmp6-homeagentdiscoveryreply icmp6-mobileprefixsolicit icmp6-mobileprefixadvert icmp6-certpathsolicit
    icmp6-certpathadvert icmp6-multicastrouteradvert icmp6-multicastroutersolicit icmp6-multicastrouterterm tcpflags
    tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr
    """
)
# the keywords of scanner.l in libpcap 1.10
KEYWORDS: Final = TYPE_QUALIFIERS | TABLE_QUALIFIERS | LINK_QUALIFIERS | FAMILIES.keys() | OPERATORS | _OTHER_KEYWORDS
