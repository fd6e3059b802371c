"""Archive of years: a closed year is sealed, its entries go to a file, and its cases leave the database.

``seals`` are the rules, ``rows`` the statements, ``files`` the format of a year's file, ``retiring`` the actions of an auditor.
"""
