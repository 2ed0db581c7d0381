"""Tests of netwatch; the folders mirror the package."""
