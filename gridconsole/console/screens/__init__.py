"""Modes and dialogs."""
