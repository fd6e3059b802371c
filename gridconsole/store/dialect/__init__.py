"""Words and functions that differ between databases."""
