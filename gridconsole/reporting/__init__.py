"""Reports: figures become a Report (plain data), which the writers output."""
