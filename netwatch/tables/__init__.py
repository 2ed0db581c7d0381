"""Frozen tables that cross the thread line, as snapshots do: numpy columns and look-up, no state."""
