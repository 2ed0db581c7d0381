"""What is asked of the packets held: all of them, or those that pass a filter."""
