"""Frames to columns: reads headers of whole batches at once and writes one-line summaries of single packets."""
