"""X District, invented: registers through the real import, casework through the real services."""
