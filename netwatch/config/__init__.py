"""The user's settings file: its text, changed in place, looked at for changes."""
