"""What a command line asks for: one module a verb, each a function from arguments to an exit status."""
