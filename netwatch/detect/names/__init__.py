"""Domain names: what a registrant registered, what is worth judging, and how much like a word it reads."""
