"""The rules of grid governance: standard library only, no SQL, no screen, no clock of its own."""
