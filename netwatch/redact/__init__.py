"""Redaction: addresses and names replaced consistently, so that what is shown or saved can be shown to others."""
