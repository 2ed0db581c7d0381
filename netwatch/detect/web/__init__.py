"""Attacks in web requests: what the parts of a request say once every layer of encoding is taken off."""
