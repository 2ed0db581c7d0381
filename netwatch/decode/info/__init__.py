"""What one packet says in one line: one file a family of protocols, one table that names them all."""
