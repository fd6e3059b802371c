"""Reasons for which an output file cannot be written."""

from __future__ import annotations

from enum import StrEnum

PRINTED = "GridConsole-printed"
"""Mark of everything that is printed for people: an import refuses it."""


class OutputFault(StrEnum):
    """Obstacle to writing an output file; worded in the message catalogue."""

    ENDING = "ending"
    """The name has an ending of another file type."""
    COMPANION = "companion"
    """The name is one that SQLite or the writers' lock uses beside a database."""
    BACKUP = "backup"
    """A backup is there, or the name is one of a backup."""
    NO_FOLDER = "no_folder"
    """The folder does not exist."""
    DATABASE = "database"
    """A database is there, or is about to be created there."""
    LINK = "link"
    """A symbolic link is there; its target must not be overwritten through it."""
    NOT_A_FILE = "not_a_file"
    """A folder or a device is there."""
    SOURCE = "source"
    """The same command reads this file."""
    TOO_LONG = "too_long"
    """More rows than a sheet can hold."""
    EXISTS = "exists"
    """A file exists, and the user did not allow replacing it."""
    FULL = "full"
    """The disk is full, or a quota or limit is reached."""
    NO_RIGHT = "no_right"
    """The folder may not be written to."""
    NAME = "name"
    """The file system does not accept the name."""
    DIFFERS = "differs"
    """The bytes read back differ from those written."""
    FAILED = "failed"
    """The disk reported another error."""
