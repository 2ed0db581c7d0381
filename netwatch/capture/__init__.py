"""Bytes in, bytes out: where frames come from and the files that they are saved to."""
