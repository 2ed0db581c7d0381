"""Fuzzing of every reader of bytes from strangers."""
