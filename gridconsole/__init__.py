"""GridConsole: a terminal command centre for urban community grid governance."""
