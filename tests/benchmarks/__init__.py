"""Benchmarks: `sudo .venv/bin/python -m tests.benchmarks` prints figures and ratios; never part of the suite."""
