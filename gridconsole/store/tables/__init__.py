"""The tables of an office, by area; each module of the store imports the areas it reads."""
