"""What leaves the program as text: reports and event streams."""
