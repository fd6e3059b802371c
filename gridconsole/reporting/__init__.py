"""Figures → Report (plain data) → writers."""
