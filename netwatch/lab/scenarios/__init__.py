"""Labelled traffic: one file a family of scenarios, each a function from a Scene to packets and labels."""
