"""What is asked of one packet or one conversation: what it is related to, what is wrong with it, what was said."""
