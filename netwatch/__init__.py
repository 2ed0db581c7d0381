"""netwatch: a full-screen terminal monitor for network packets."""

__version__ = "0.1.0"
