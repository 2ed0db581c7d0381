"""What is usual: samples of captures, the days that the monitor remembers, and what differs from them."""
