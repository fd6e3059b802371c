"""X District, an invented office: its registers come from the real import, its casework from the real services."""
