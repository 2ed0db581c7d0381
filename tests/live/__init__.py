"""Live tests: real sockets, real programs, namespaces of our own."""
