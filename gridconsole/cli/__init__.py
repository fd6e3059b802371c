"""The command line: thin; what is heavy is imported inside the commands."""
