"""Signatures: the Suricata rule language and plain patterns, read, checked, searched for and counted."""
