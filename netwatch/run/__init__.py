"""One capture while it runs: what takes its packets in, keeps them, and answers."""
