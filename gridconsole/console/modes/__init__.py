"""Screens that F6 switches between, and their common parts."""
