"""The command line: thin; heavy modules are imported inside the commands."""
