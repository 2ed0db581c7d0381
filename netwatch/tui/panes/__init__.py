"""The panes: what the numbered keys show, one at a time."""
