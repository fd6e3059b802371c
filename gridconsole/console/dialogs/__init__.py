"""Dialogs: forms and choices on top of a screen."""
