"""The display filter: an expression in Wireshark's language becomes a mask over the packets of a batch."""
