"""Completions and the manual page, made of what the command line takes."""
