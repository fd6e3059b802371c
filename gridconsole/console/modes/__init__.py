"""Screens one switches between with F6, and what they share."""
