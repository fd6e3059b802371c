"""Rows for display: frozen, filled by the store and the services, worded by ``language``, shown by every layer above.

They carry facts only, with times in UTC; texts are masked where the docstring of a row says so.
"""
