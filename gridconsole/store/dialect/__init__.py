"""What one database says differently from others."""
