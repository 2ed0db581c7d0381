"""Batches to state, in packet time: the buffer and the trackers. Every table has a cap."""
