"""What stands behind the engine: its threads, what they share, and what they cost."""
