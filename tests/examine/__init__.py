"""Tests of what is asked of single packets and conversations."""
