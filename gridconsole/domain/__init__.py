"""The rules of grid governance: standard library only, no SQL, no screen, no system clock."""
