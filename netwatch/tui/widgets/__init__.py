"""Widgets; each knows what it draws and nothing of where its data comes from."""
