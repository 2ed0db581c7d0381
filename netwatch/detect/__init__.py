"""Detectors: what goes wrong on the network, said once, with its evidence."""
